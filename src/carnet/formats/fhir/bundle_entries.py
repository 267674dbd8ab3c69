"""
The entries of a transaction Bundle, sorted by kind, each with the request that its kind asks for.

Source: IHE MHD 4.2 ITI-65 (slices of the Bundle; Patient 0..0 in PDSm); FHIR R4 Bundle (unique fullUrl, resolving by fullUrl).
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import unquote
from uuid import UUID

from carnet.domain.errors import Invalid, Issue
from carnet.formats.fhir import systems
from carnet.formats.fhir.faults import Place, fault, note
from carnet.formats.fhir.identities import parse_unique_id
from carnet.formats.fhir.relations import entry_of
from carnet.formats.fhir.shapes import SHAPES
from carnet.formats.fhir.structure import check
from carnet.vocabulary.identifiers import is_uuid


class EntryKind(StrEnum):
    """What an entry is, for the answer."""

    SUBMISSION_SET = "List"
    FOLDER = "folder"
    DOCUMENT = "DocumentReference"
    CONTENT = "Binary"
    PATCH = "Parameters"
    SUPPORT = "support"  # an author or organisation beside the fiche: read, kept within the fiche, not created
    REFUSED = "refused"


class Entry(NamedTuple):
    """position: in the bundle. full_url: None when absent."""

    position: int
    full_url: str | None
    resource: dict[str, Any]
    request_url: str


_SUPPORT = frozenset({"Practitioner", "PractitionerRole", "Organization", "Device"})
# Known resources that have no place here, each with its own word.
_REFUSED = {"Patient": "patient-entry-not-allowed", "Bundle": "fhir-document-not-supported"}


@dataclass(slots=True)
class Entries:
    """Entries by kind, in order; kinds: of every entry."""

    submission_set: Entry | None = None
    folders: list[Entry] = field(default_factory=list)
    documents: list[Entry] = field(default_factory=list)
    binaries: list[Entry] = field(default_factory=list)
    patches: list[Entry] = field(default_factory=list)
    support: list[Entry] = field(default_factory=list)
    kinds: list[EntryKind] = field(default_factory=list)

    def by_reference(self) -> dict[str, Entry]:
        """Entries by fullUrl, and by `Type/id` when the fullUrl is the address of a resource."""
        index: dict[str, Entry] = {}
        one = [self.submission_set] if self.submission_set is not None else []
        for entry in (*one, *self.folders, *self.documents, *self.binaries, *self.support):
            if entry.full_url is not None:
                index[entry.full_url] = entry
                if not entry.full_url.startswith("urn:"):
                    index.setdefault("/".join(entry.full_url.split("/")[-2:]), entry)
        return index

    def check_patches(self, issues: list[Issue]) -> None:
        """A PATCH may only say what a `replaces` already implies: that the same fiche is superseded."""
        if not self.patches:
            return
        replaced = set()
        for entry in self.documents:
            for relation in entry.resource.get("relatesTo", ()):
                if relation.get("code") == "replaces":
                    replaced.add(_named(relation.get("target", {})))
        for entry in self.patches:
            place = f"Bundle.entry[{entry.position}]"
            if not _sets_superseded(entry.resource):
                fault(issues, "patch-not-allowed", place + ".resource")
            elif _short(entry.request_url) not in replaced:
                fault(issues, "patch-without-replaces", place + ".request.url", url=entry.request_url)


def read_entries(bundle: dict[str, Any], *, max_entries: int, issues: list[Issue]) -> Entries:
    """
    Sort the entries of a transaction.

    Raises
    ------
        Invalid: `bundle-expected`, or `bundle-too-many-entries` before any entry is looked at.
    """
    if bundle.get("resourceType") != "Bundle":
        raise Invalid("bundle-expected", expression="Bundle", type=str(bundle.get("resourceType"))[:80])
    items = bundle.get("entry")
    if isinstance(items, list) and len(items) > max_entries:
        raise Invalid(
            "bundle-too-many-entries", expression="Bundle.entry", limit=str(max_entries), count=str(len(items))
        )
    check(bundle, SHAPES["Bundle"], "Bundle", issues=issues)
    if bundle.get("type") != "transaction":
        fault(issues, "bundle-type", "Bundle.type", type=str(bundle.get("type")), expected="transaction")
    entries = Entries()
    urls: set[str] = set()
    for position, item in enumerate(bundle.get("entry", ())):
        place = f"Bundle.entry[{position}]"
        check(item, SHAPES["Entry"], place, issues=issues)
        resource = item.get("resource")
        if resource is None:
            fault(issues, "element-required", place + ".resource", name="resource")
            entries.kinds.append(EntryKind.REFUSED)
            continue
        url = item.get("fullUrl")
        _check_full_url(url, urls, place, issues)
        request = item.get("request", {})
        entry = Entry(position, url, resource, request.get("url", ""))
        entries.kinds.append(_sort(entry, entries, place, issues, method=request.get("method")))
    if "entry" not in bundle and not issues:
        fault(issues, "element-required", "Bundle.entry", name="entry")
    if entries.submission_set is None:
        fault(issues, "submission-set-missing", "Bundle.entry")
    if not entries.documents:
        fault(issues, "document-reference-missing", "Bundle.entry")
    return entries


def _sort(entry: Entry, entries: Entries, place: str, issues: list[Issue], *, method: str | None) -> EntryKind:
    kind = str(entry.resource.get("resourceType"))
    where = place + ".resource"
    if kind in _REFUSED:
        fault(issues, _REFUSED[kind], where, type=kind)
        return EntryKind.REFUSED
    if kind == "Parameters":
        return _patch(entry, entries, place, issues, method)
    if kind == "List":
        return _list(entry, entries, place, issues, method=method)
    if kind == "DocumentReference":
        _check_request(entry, place, issues, method=method, url=kind)
        entries.documents.append(entry)
    elif kind == "Binary":
        _check_request(entry, place, issues, method=method, url=kind)
        check(entry.resource, SHAPES["Binary"], where, issues=issues)
        entries.binaries.append(entry)
    elif kind in _SUPPORT:
        _check_request(entry, place, issues, method=method, url=kind)
        check(entry.resource, SHAPES[kind], where, issues=issues)
        note(issues, "entry-not-created", where, type=kind)
        entries.support.append(entry)
        return EntryKind.SUPPORT
    else:
        fault(issues, "entry-type", where, type=kind)
        return EntryKind.REFUSED
    if entry.full_url is None:
        fault(issues, "element-required", place + ".fullUrl", name="fullUrl")
    return EntryKind.DOCUMENT if kind == "DocumentReference" else EntryKind.CONTENT


def _list(entry: Entry, entries: Entries, place: str, issues: list[Issue], *, method: str | None) -> EntryKind:
    concept = entry.resource.get("code")
    codings = concept.get("coding") if isinstance(concept, dict) else None
    # The list is not checked yet: it will be by what reads a submission set, or a folder.
    is_folder = isinstance(codings, list) and any(
        isinstance(coding, dict) and coding.get("code") == "folder" for coding in codings
    )
    if not (is_folder and method == "PUT"):
        _check_request(entry, place, issues, method=method, url="List")
    elif updated_list(entry) is None:
        fault(issues, "entry-url", place + ".request.url", url=entry.request_url, expected="List/<id>")
    if is_folder:
        entries.folders.append(entry)
        return EntryKind.FOLDER
    if entries.submission_set is not None:
        fault(issues, "submission-set-too-many", place + ".resource")
        return EntryKind.REFUSED
    entries.submission_set = entry
    return EntryKind.SUBMISSION_SET


def updated_list(entry: Entry) -> UUID | None:
    """The id in `List/{uuid}`, the address of a folder that receives documents (PUT); None for one that is made (POST)."""
    kind, _, ident = entry.request_url.strip("/").rpartition("/")
    return UUID(ident) if kind.rpartition("/")[2] == "List" and is_uuid(ident) else None


def _patch(entry: Entry, entries: Entries, place: str, issues: list[Issue], method: str | None) -> EntryKind:
    if method != "PATCH":
        fault(issues, "entry-method", place + ".request.method", method=str(method), expected="PATCH")
    check(entry.resource, SHAPES["Parameters"], place + ".resource", issues=issues)
    entries.patches.append(entry)
    return EntryKind.PATCH


def _check_request(entry: Entry, place: str, issues: list[Issue], *, method: str | None, url: str) -> None:
    if method is None and not entry.request_url:
        fault(issues, "element-required", place + ".request", name="request")
        return
    if method != "POST":
        fault(issues, "entry-method", place + ".request.method", method=str(method), expected="POST")
    if entry.request_url.strip("/") != url:
        fault(issues, "entry-url", place + ".request.url", url=entry.request_url, expected=url)


def _check_full_url(url: str | None, urls: set[str], place: Place, issues: list[Issue]) -> None:
    if url is None:
        return
    where = (place, ".fullUrl")
    if url in urls:
        fault(issues, "full-url-duplicate", where, url=url)
    urls.add(url)
    if url[:9].lower() == systems.UUID_PREFIX:
        if not is_uuid(url[9:]):
            fault(issues, "full-url-format", where, url=url)
    elif ":" not in url or "/_history/" in url:
        fault(issues, "full-url-format", where, url=url)


def _short(url: str) -> str:
    """
    What an address of a fiche names, so that relative and absolute ones, and every writing of an identifier, compare equal: its id, its
    uniqueId, or the address itself when it is neither.
    """
    entry = entry_of(url)
    if entry is not None:
        return str(entry)
    _, found, condition = url.partition("DocumentReference?identifier=")
    if not found:
        return url
    system, _, value = unquote(condition).rpartition("|")
    return _identified(system or None, value) or url


def _named(target: dict[str, Any]) -> str:
    if "reference" in target:
        return _short(target["reference"])
    node = target.get("identifier", {})
    return _identified(node.get("system"), node.get("value", "")) or ""


def _identified(system: str | None, value: str) -> str | None:
    unique_id = parse_unique_id(system, value)
    return None if unique_id is None else str(unique_id)


def _sets_superseded(parameters: dict[str, Any]) -> bool:
    """One operation: replace DocumentReference.status by superseded (a value written as code or as string)."""
    operations = parameters.get("parameter", ())
    if len(operations) != 1 or operations[0].get("name") != "operation":
        return False
    parts = {part.get("name"): part.get("valueCode", part.get("valueString")) for part in operations[0].get("part", ())}
    return parts == {"type": "replace", "path": "DocumentReference.status", "value": "superseded"}
