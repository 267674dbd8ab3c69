"""Files as a hospital's software would send them: each becomes a transaction of ITI-65, and its answer is told."""

import json
from collections.abc import Iterator
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from carnet.document_types.table import DocumentTypes
from carnet.domain.access.model import Confidentiality
from carnet.domain.errors import DomainError, Invalid, Issue
from carnet.domain.record.model import (
    AssociationKind,
    Author,
    AuthorKind,
    DocumentHeader,
    Fiche,
    OrganizationName,
    RelatesTo,
    SubmissionSet,
)
from carnet.formats.cda.header import read_header
from carnet.formats.fhir.feeding import fiche_of_header, write_provide_bundle
from carnet.formats.fhir.standalone import Named, bundle_of_resource, named_in, publication, with_patient
from carnet.formats.xdm.archive import read_archive
from carnet.operating.client import ClientError, Server, answer_of
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.moments import Moment
from carnet.web.wording import issue_text

SOURCE_ID = "1.2.250.1.999.1.1"  # of this command as a sender: an arc that nobody holds
CONTENT_TYPE = Code("07", "1.2.250.1.213.2.2", None)
_INS_PLACE = "/ClinicalDocument/recordTarget/patientRole/id"


@frozen
class Told:
    """
    What became of a document. status: `stored`, `replayed` or `refused`. issues: code, expression and French text of each.

    unique_id, patient: as the file says, None when it does not.
    """

    file: str
    status: str
    unique_id: str | None = None
    patient: Ins | None = None
    issues: tuple[dict[str, str | None], ...] = field(default_factory=tuple)

    def as_json(self) -> str:
        """One line of `carnet feed --json`."""
        patient = None if self.patient is None else {"oid": self.patient.oid, "matricule": self.patient.matricule}
        members = {
            "file": self.file,
            "status": self.status,
            "uniqueId": self.unique_id,
            "patient": patient,
            "issues": self.issues,
        }
        return json.dumps(members, ensure_ascii=False)


_DONE = frozenset({"document-filed", "document-already-held"})  # what the status says already


@frozen
class _Item:
    """Something to send: a CDA with its visibility, or a FHIR file with the content beside it, if any."""

    name: str
    content: bytes
    is_cda: bool
    labels: frozenset[Confidentiality] = frozenset()
    beside: bytes | None = None


@frozen
class Feeder:
    """Sends documents with one token. ins: put in FHIR files instead of theirs, or None."""

    server: Server
    token: str
    types: DocumentTypes
    ins: Ins | None = None

    async def send(self, file: Path) -> list[Told]:
        """Send one file; an archive gives one answer per document. What cannot even be sent is refused here, with the server's codes."""
        try:
            items = list(_items(file))
        except (DomainError, OSError) as error:
            return [_refused(str(file), error)]
        return [await self._send(item) for item in items]

    async def _send(self, item: _Item) -> Told:
        named = Named()
        try:
            if not item.is_cda:
                alone = publication(item.content) if item.beside is None else None
                if alone is not None:
                    alone = alone if self.ins is None else with_patient(alone, self.ins)
                    named = named_in({"entry": [{"resource": alone}]})
                    return await self.publish(orjson.dumps(alone), name=item.name, named=named)
                bundle = bundle_of_resource(item.content, item.beside, submission_set=submission_set(None))
                bundle = bundle if self.ins is None else with_patient(bundle, self.ins)
                named = named_in(bundle)
                return await self.post(orjson.dumps(bundle), name=item.name, named=named)
            header = read_header(item.content)
            named = Named(None if header.unique_id is None else str(header.unique_id), header.ins)
            told = await self.post(
                self.cda(item.content, header=header, labels=item.labels), name=item.name, named=named
            )
            if header.replaces is not None and [issue["code"] for issue in told.issues] == ["replaces-differs"]:
                # It corrects a document that the record holds: send it again with the relation, as its own software would have.
                replaces = RelatesTo(AssociationKind.REPLACES, unique_id=header.replaces)
                body = self.cda(item.content, header=header, labels=item.labels, replaces=replaces)
                return await self.post(body, name=item.name, named=named)
        except DomainError as error:
            return _refused(item.name, error, named)
        return told

    async def post(self, body: bytes, *, name: str, named: Named) -> Told:
        """
        Send a transaction and read its answer.

        Raises
        ------
            ClientError: the server is gone, or something else answers in its place.
        """
        response = await self._posted("/fhir", body)
        answer = answer_of(response)
        if response.status_code != 200:
            return Told(name, "refused", named.unique_id, named.ins, tuple(_issues(answer)))
        responses = [entry["response"] for entry in answer["entry"]]
        made = [item for item in responses if "DocumentReference/" in item.get("location", "")]
        status = "replayed" if all(item["status"].startswith("200") for item in made) else "stored"
        warnings = tuple(issue for item in responses for issue in _issues(item.get("outcome")))
        return Told(name, status, named.unique_id, named.ins, warnings)

    async def publish(self, body: bytes, *, name: str, named: Named) -> Told:
        """Send one document alone (ITI-105). Raises ClientError, as `post`."""
        response = await self._posted("/fhir/DocumentReference", body, Prefer="return=OperationOutcome")
        status = {200: "replayed", 201: "stored"}.get(response.status_code, "refused")
        told = (issue for issue in _issues(answer_of(response)) if issue["code"] not in _DONE)
        return Told(name, status, named.unique_id, named.ins, tuple(told))

    async def _posted(self, address: str, body: bytes, **more: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/fhir+json", **more}
        try:
            return await self.server.http.post(self.server.base_url + address, content=body, headers=headers)
        except httpx.TransportError as error:
            raise ClientError(f"{self.server.base_url} stopped answering: {type(error).__name__}") from error

    def cda(
        self, content: bytes, *, header: DocumentHeader | None = None, labels: frozenset[Confidentiality] = frozenset(),
        replaces: RelatesTo | None = None,
    ) -> bytes:  # fmt: skip
        """
        One CDA as a transaction: its fiche is what its header says.

        Raises
        ------
            Invalid: unreadable, or without an INS that names somebody.
        """
        header = header or read_header(content)
        if header.ins is None:
            raise Invalid(header.ins_fault or "header-ins-missing", expression=_INS_PLACE)
        return write_provide_bundle(
            fiche_of_cda(header, self.types), content, media_type="text/xml", ins=header.ins, submission_set=submission_set(sender_of(header)),
            labels=labels, replaces=replaces,
        )  # fmt: skip


def fiche_of_cda(header: DocumentHeader, types: DocumentTypes) -> Fiche:
    """The fiche that a CDA's own software would send with it: what the header says, class and format by the tables."""
    known = None if header.type is None else types.find(header.type.code, header.type.system)
    if known is None:
        return fiche_of_header(header, media_type="text/xml", category=None, format_code=None)
    format_ = types.format_for(known, template_ids=header.template_ids, body=header.body, mime_type="text/xml")
    return fiche_of_header(header, media_type="text/xml", category=known.category, format_code=format_)


def _items(file: Path) -> Iterator[_Item]:
    """What a file holds to send. Raises Invalid, OSError."""
    name = str(file)
    match file.suffix.lower():
        case ".xml":
            yield _Item(name, file.read_bytes(), is_cda=True)
        case ".json":
            yield _Item(name, file.read_bytes(), is_cda=False)
        case ".zip":
            for document in read_archive(file.read_bytes()):
                if "xml" not in document.mime_type:
                    raise Invalid("xdm-media-type", name=document.name[:80])
                yield _Item(f"{name}!{document.name}", document.content, is_cda=True, labels=document.labels)
        case _:
            fiche = file.with_suffix(".json")
            if not fiche.exists():
                raise Invalid("fiche-missing", expected=fiche.name)
            yield _Item(name, fiche.read_bytes(), is_cda=False, beside=file.read_bytes())


def submission_set(author: Author | None) -> SubmissionSet:
    """A new submission set, sent now."""
    sent = Moment.at(datetime.now(UTC))
    return SubmissionSet("", source_id=SOURCE_ID, content_type=CONTENT_TYPE, submitted=sent, author=author)


def sender_of(header: DocumentHeader) -> Author:
    """The depositor is the first author, or the organisation that keeps the document."""
    for author in header.authors:
        if author.identifier:
            return author
    return Author(AuthorKind.ORGANIZATION, organization=header.custodian or OrganizationName("carnet feed"))


def _refused(name: str, error: Exception, named: Named = Named()) -> Told:  # noqa: B008  an immutable value
    issues = error.issues if isinstance(error, DomainError) else (Issue("file-unreadable"),)
    worded = tuple({"code": i.code, "expression": i.expression, "text": issue_text(i)[1]} for i in issues)
    return Told(name, "refused", named.unique_id, named.ins, worded)


def _issues(outcome: dict[str, Any] | None) -> Iterator[dict[str, str | None]]:
    for issue in (outcome or {}).get("issue", ()):
        details = issue.get("details", {})
        code = next((coding["code"] for coding in details.get("coding", ())), issue.get("code"))
        yield {"code": code, "expression": next(iter(issue.get("expression", ())), None), "text": details.get("text")}
