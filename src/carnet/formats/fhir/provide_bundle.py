"""
The transaction Bundle of ITI-65, read: one submission set, its fiches, their contents, its folders.

Source: IHE MHD 4.2 ITI-65; PDSm `pdsm-comprehensive-provide-document-bundle` (documents.md §3.2, flux 1).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from carnet.domain.errors import Invalid, Issue, Severity
from carnet.domain.record.lists.model import Folder
from carnet.domain.record.model import Fiche, PatientReference, SubmissionSet
from carnet.formats.fhir.bundle_contents import Contents
from carnet.formats.fhir.bundle_entries import Entries, Entry, EntryKind, read_entries, updated_list
from carnet.formats.fhir.document_reference import read_fiche_and_patients
from carnet.formats.fhir.faults import Place, errors, fault
from carnet.formats.fhir.folder import read_folder
from carnet.formats.fhir.references import Recent, Resolve
from carnet.formats.fhir.submission_set import read_submission_set
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import UniqueId

# Faults of what the message names rather than of the message: told together with those found in the documents.
DEFERRED = frozenset({"ins-oid", "ins-format", "ins-key", "patient-unknown", "target-unknown"})


class ReadDocument(NamedTuple):
    """One fiche, its content in clear, and the media type its content was sent under (lower case, no parameters)."""

    fiche: Fiche
    content: bytes
    media_type: str


@frozen
class ReadEntry:
    """
    One entry of the request: its kind and, for a fiche or a content, the position of its document in `documents`; for a folder, its
    position in `folders`.
    """

    kind: EntryKind
    document: int | None = None
    folder: int | None = None


@frozen
class ReadBundle:
    """
    A bundle in the words of the domain.

    patient_references: every way in which the patient was named, in order. entries: one for each entry of the request, so that the
    answer keeps its order. faults: errors of identity or target (DEFERRED) that refuse the deposit, to be told with those of the
    documents; the reference or relation concerned then names nothing. warnings: to be repeated in the answer.
    """

    submission_set: SubmissionSet
    documents: tuple[ReadDocument, ...]
    patient_references: tuple[PatientReference, ...]
    entries: tuple[ReadEntry, ...]
    faults: tuple[Issue, ...] = ()
    warnings: tuple[Issue, ...] = ()
    folders: tuple[Folder, ...] = ()


def read_provide_bundle(
    bundle: dict[str, Any], *, files: dict[str, bytes] | None = None, max_entries: int = 1000
) -> ReadBundle:
    """
    Read a transaction bundle.

    Takes
        bundle: as `read_json` gives it; faulty members are taken out of it. files: lifted from the message, by their marks; each is
            taken out when its document is met.

    Raises
    ------
        Invalid: with every fault found, those of DEFERRED included; `bundle-too-many-entries` before anything else is read.
    Source
        IHE MHD ITI-65 §3.65.4.1.2; documents.md §3.2.
    """
    issues: list[Issue] = []
    entries = read_entries(bundle, max_entries=max_entries, issues=issues)
    index = entries.by_reference()

    def resolve(reference: str) -> dict[str, Any] | None:
        found = index.get(reference)
        return None if found is None else found.resource

    recent = Recent()
    patients: list[PatientReference] = []
    submission_set = None
    if entries.submission_set is not None:
        place = f"Bundle.entry[{entries.submission_set.position}].resource"
        submission_set, named = read_submission_set(
            entries.submission_set.resource, place=place, resolve=resolve, issues=issues, recent=recent
        )
        patients.extend(named)
        _check_members(entries, entries.submission_set, index, issues)
    contents = Contents(entries.binaries, index, issues, files={} if files is None else files)
    documents: list[ReadDocument] = []
    positions: dict[int, int] = {}
    for order, entry in enumerate(entries.documents):
        place = f"Bundle.entry[{entry.position}].resource"
        fiche, named = read_fiche_and_patients(
            entry.resource, place=place, resolve=resolve, issues=issues, recent=recent
        )
        patients.extend(named)
        content, sent_as, binary = contents.of(entry.resource, place=place)
        positions[entry.position] = order
        if binary is not None:
            positions[binary] = order
        documents.append(ReadDocument(fiche, content, sent_as))
    contents.tell_unreferenced()
    folders = _folders(entries, index, resolve, patients, issues, recent=recent) if entries.folders else ()
    _check_unique_ids(documents, issues)
    _check_circles(documents, issues)
    entries.check_patches(issues)
    raise_unless_deferred(issues)
    assert submission_set is not None  # its absence is a fault
    return ReadBundle(
        submission_set,
        tuple(documents),
        tuple(patients),
        _entries(entries, positions),
        faults=tuple(errors(issues)),
        warnings=tuple(issue for issue in issues if issue.severity is Severity.WARNING),
        folders=folders,
    )


def _entries(entries: Entries, positions: Mapping[int, int]) -> tuple[ReadEntry, ...]:
    folders = {entry.position: order for order, entry in enumerate(entries.folders)}
    return tuple(
        ReadEntry(kind, positions.get(position), folders.get(position)) for position, kind in enumerate(entries.kinds)
    )


def _folders(
    entries: Entries, index: Mapping[str, Entry], resolve: Resolve, patients: list[PatientReference], issues: list[Issue], *,
    recent: Recent,
) -> tuple[Folder, ...]:  # fmt: skip
    """The folders of the bundle; each way in which they name the patient joins the others."""
    orders = {entry.position: order for order, entry in enumerate(entries.documents)}

    def position(reference: str) -> int | None:
        found = index.get(reference)
        return None if found is None else orders.get(found.position)

    folders = []
    for entry in entries.folders:
        place = f"Bundle.entry[{entry.position}].resource"
        folder, patient = read_folder(
            entry.resource, place=place, folder_id=updated_list(entry), resolve=resolve, position=position, issues=issues,
            recent=recent,
        )  # fmt: skip
        folders.append(folder)
        if patient is not None:
            patients.append(patient)
    return tuple(folders)


def raise_unless_deferred(issues: list[Issue]) -> None:
    """Raises Invalid with every error, when one of them is not DEFERRED."""
    found = errors(issues)
    first = next((issue for issue in found if issue.code not in DEFERRED), None)
    if first is not None:
        raise Invalid(first.code, issues=found)


def _check_members(entries: Entries, submission: Entry, index: Mapping[str, Entry], issues: list[Issue]) -> None:
    """The set lists exactly the fiches of the bundle; it may list its folders too, which belong to it anyway."""
    documents = entries.documents
    place: Place = f"Bundle.entry[{submission.position}].resource"
    listed: set[int] = set()
    wanted = {entry.position for entry in (*documents, *entries.folders)}
    for order, member in enumerate(submission.resource.get("entry", ())):
        where = (place, f".entry[{order}].item")
        reference = member.get("item", {}).get("reference")
        found = index.get(reference) if reference is not None else None
        if reference is None:
            fault(issues, "element-required", (where, ".reference"), name="reference")
        elif found is None or found.position not in wanted:
            fault(issues, "list-entry-unknown", (where, ".reference"), reference=reference)
        elif found.position in listed:
            fault(issues, "list-entry-duplicate", (where, ".reference"), reference=reference)
        else:
            listed.add(found.position)
    for entry in documents:
        if entry.position not in listed:
            fault(issues, "list-entry-missing", f"Bundle.entry[{entry.position}]", reference=entry.full_url or "")


def _check_unique_ids(documents: list[ReadDocument], issues: list[Issue]) -> None:
    seen: set[UniqueId] = set()
    for fiche, _, _ in documents:
        if fiche.unique_id is None:
            continue
        if fiche.unique_id in seen:
            fault(
                issues,
                "duplicate-unique-id-in-message",
                fiche.expression + ".masterIdentifier",
                unique_id=str(fiche.unique_id),
            )
        seen.add(fiche.unique_id)


def _check_circles(documents: list[ReadDocument], issues: list[Issue]) -> None:
    """No fiche may, by way of relations within the message, relate to itself."""
    if not any(fiche.relates_to for fiche, _, _ in documents):
        return
    within = {fiche.unique_id for fiche, _, _ in documents}
    graph: dict[UniqueId, set[UniqueId]] = {}
    for fiche, _, _ in documents:
        if fiche.unique_id is not None and fiche.relates_to:
            targets = {relation.unique_id for relation in fiche.relates_to if relation.unique_id is not None}
            graph[fiche.unique_id] = targets & within
    in_circles = _without_ends(_reversed(_without_ends(graph)))
    for fiche, _, _ in documents:
        if fiche.unique_id in in_circles:
            fault(issues, "relation-circular", fiche.expression + ".relatesTo", unique_id=str(fiche.unique_id))


_Graph = dict[UniqueId, set[UniqueId]]


def _without_ends(graph: _Graph) -> _Graph:
    """What is left once those that lead nowhere are taken away, again and again; linear in the relations."""
    sources = _reversed(graph)
    left = {node: len(targets) for node, targets in graph.items()}
    ends = [node for node in sources if not left.get(node)]
    while ends:
        for source in sources.get(ends.pop(), ()):
            left[source] -= 1
            if left[source] == 0:
                ends.append(source)
    kept = {node for node, count in left.items() if count}
    return {node: graph[node] & kept for node in kept}


def _reversed(graph: _Graph) -> _Graph:
    found: _Graph = {}
    for node, targets in graph.items():
        for target in targets:
            found.setdefault(target, set()).add(node)
    return found
