"""`carnet feed`: send files through the machine door as a hospital's software would, and say what became of each."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
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
from carnet.formats.fhir.standalone import bundle_of_resource, with_patient
from carnet.operating.client import ClientError, Server, base_url_of
from carnet.settings import Settings
from carnet.vocabulary.codes import Code
from carnet.vocabulary.ins import NIR_TEST, Ins
from carnet.vocabulary.moments import Moment
from carnet.web.wording import issue_text

SUFFIXES = frozenset({".xml", ".json", ".pdf", ".dcm"})
SOURCE_ID = "1.2.250.1.999.1.1"  # of this command as a sender: an arc that nobody holds
CONTENT_TYPE = Code("07", "1.2.250.1.213.2.2", None)


@dataclass(frozen=True, slots=True)
class Told:
    """
    What became of a file. status: `stored`, `replayed` or `refused`. issues: code, expression and French text of each.
    """

    file: str
    status: str
    unique_id: str | None = None
    patient: dict[str, str] | None = None
    issues: list[dict[str, str | None]] = field(default_factory=list)

    def as_json(self) -> str:
        members = {
            "file": self.file,
            "status": self.status,
            "uniqueId": self.unique_id,
            "patient": self.patient,
            "issues": self.issues,
        }
        return json.dumps(members, ensure_ascii=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="file or folder: CDA .xml, FHIR .json, .pdf with its .json"
    )
    parser.add_argument(
        "--as", dest="name", default="hopital", metavar="NAME", help="who sends (see carnet token --list)"
    )
    parser.add_argument("--base-url", help="the server (default: the running demonstration)")
    parser.add_argument(
        "--open-records",
        action="store_true",
        help="first open a test record for each qualified identity met (demo only)",
    )
    parser.add_argument(
        "--patient",
        metavar="MATRICULE[@OID]",
        help="put this INS in FHIR files instead of theirs (published examples name nobody)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line instead of a table")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Exit status: 0 when everything was stored, 1 when a file was refused, 2 when nothing could be tried."""
    files = list(_files(arguments.paths))
    if not files:
        print("no file to send: give CDA .xml, FHIR .json, or .pdf beside its .json", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_feed(files, arguments, settings))
    except ClientError as error:
        print(error, file=sys.stderr)
        return 2


def _files(paths: list[Path]) -> Iterator[Path]:
    """Files to send, in a stable order; the fiche of a PDF is not a file of its own."""
    for path in paths:
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in found:
            is_fiche = file.suffix == ".json" and file.with_suffix(".pdf").exists()
            if path == file or (file.is_file() and file.suffix.lower() in SUFFIXES and not is_fiche):
                yield file


async def _feed(files: list[Path], arguments: argparse.Namespace, settings: Settings) -> int:
    ins = _patient(arguments.patient)
    async with httpx.AsyncClient(timeout=60) as http:
        server = Server(base_url_of(settings, arguments.base_url), http)
        if arguments.open_records:
            await _open_records(server, files)
        feeder = Feeder(server, await server.token(arguments.name), DocumentTypes.load(), ins)
        tolds = []
        for file in files:
            told = await feeder.send(file)
            tolds.append(told)
            print(told.as_json() if arguments.json else _line(told), flush=True)
    refused = sum(told.status == "refused" for told in tolds)
    if not arguments.json:
        counts = ", ".join(f"{sum(t.status == s for t in tolds)} {w}" for s, w in _WORDS.items())
        print(f"\n{len(tolds)} fichiers : {counts}.")
    return 1 if refused else 0


_WORDS = {"stored": "enregistrés", "replayed": "déjà là", "refused": "refusés"}
_MARKS = {"stored": "enregistré", "replayed": "déjà là   ", "refused": "refusé    "}


def _line(told: Told) -> str:
    lines = [f"{_MARKS[told.status]}  {told.file}"]
    lines += [f"            {issue['code']}  {issue['text']}" + (f"  [{issue['expression']}]" if issue["expression"] else "")
              for issue in told.issues]  # fmt: skip
    return "\n".join(lines)


def _patient(text: str | None) -> Ins | None:
    if text is None:
        return None
    matricule, _, oid = text.partition("@")
    try:
        return Ins(matricule, oid or NIR_TEST)
    except ValueError as error:
        raise ClientError(f"--patient {text}: {error}") from error


async def _open_records(server: Server, files: list[Path]) -> None:
    """One record per INS, with the traits of the first header that carries them all."""
    identities: dict[Ins, dict[str, Any]] = {}
    for file in files:
        if file.suffix.lower() != ".xml":
            continue
        try:
            header = read_header(file.read_bytes())
        except Invalid:
            continue
        if header.ins is not None and header.traits is not None:
            identities.setdefault(header.ins, _identity(header))
    if identities:
        await server.open_records(list(identities.values()))


def _identity(header: DocumentHeader) -> dict[str, Any]:
    ins, traits = header.ins, header.traits
    assert ins is not None
    assert traits is not None
    return {
        "matricule": ins.matricule, "oid": ins.oid, "birth_name": traits.birth_name, "first_given_name": traits.first_given_name,
        "given_names": traits.given_names, "birth_date": traits.birth_date, "sex": traits.sex, "birth_place": traits.birth_place,
        "used_name": header.used_name, "used_given_name": header.used_given_name,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feeder:
    """Sends one file after another with one token. ins: put in FHIR files instead of theirs, or None."""

    server: Server
    token: str
    types: DocumentTypes
    ins: Ins | None = None

    async def send(self, file: Path) -> Told:
        """Send one file; what cannot even be sent is refused here, with the same codes as the server's."""
        name = str(file)
        try:
            body, unique_id, ins, corrected = self._bundle(file)
        except (DomainError, OSError) as error:
            issues = error.issues if isinstance(error, DomainError) else (Issue("file-unreadable"),)
            return Told(name, "refused", issues=[_worded(issue) for issue in issues])
        patient = None if ins is None else {"oid": ins.oid, "matricule": ins.matricule}
        told = await self.post(body, name=name, unique_id=unique_id, patient=patient)
        if corrected is not None and [issue["code"] for issue in told.issues] == ["replaces-differs"]:
            # The document corrects one that the record holds: send it again with the relation, as its own software would have.
            return await self.post(corrected, name=name, unique_id=unique_id, patient=patient)
        return told

    async def post(self, body: bytes, *, name: str, unique_id: str | None, patient: dict[str, str] | None) -> Told:
        """Send a transaction and read its answer."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/fhir+json"}
        try:
            response = await self.server.http.post(self.server.base_url + "/fhir", content=body, headers=headers)
        except httpx.TransportError as error:
            raise ClientError(f"{self.server.base_url} stopped answering: {type(error).__name__}") from error
        answer = orjson.loads(response.content)
        if response.status_code != 200:
            return Told(name, "refused", unique_id, patient, list(_issues(answer)))
        made = [
            entry["response"]
            for entry in answer["entry"]
            if "DocumentReference/" in entry["response"].get("location", "")
        ]
        status = "replayed" if all(item["status"].startswith("200") for item in made) else "stored"
        warnings = [issue for entry in answer["entry"] for issue in _issues(entry["response"].get("outcome"))]
        return Told(name, status, unique_id, patient, warnings)

    def _bundle(self, file: Path) -> tuple[bytes, str | None, Ins | None, bytes | None]:
        match file.suffix.lower():
            case ".xml":
                return self.cda(file.read_bytes())
            case ".json":
                return self._resource(file.read_bytes(), None)
            case _:
                fiche = file.with_suffix(".json")
                if not fiche.exists():
                    raise Invalid("fiche-missing", expected=fiche.name)
                return self._resource(fiche.read_bytes(), file.read_bytes())

    def cda(self, content: bytes) -> tuple[bytes, str | None, Ins | None, bytes | None]:
        """
        A CDA as a transaction: its fiche is what its header says.

        Gives
            the body, uniqueId and INS; and the body with the replacement that the header tells of, or None when it tells of none.
        """
        header, fiche = self._fiche(content)
        assert header.ins is not None
        write = partial(
            write_provide_bundle,
            fiche,
            content,
            media_type="text/xml",
            ins=header.ins,
            submission_set=submission_set(_sender(header)),
        )
        corrected = None
        if header.replaces is not None:
            corrected = write(replaces=RelatesTo(AssociationKind.REPLACES, unique_id=header.replaces))
        return write(), None if header.unique_id is None else str(header.unique_id), header.ins, corrected

    def labelled_cda(
        self, content: bytes, *, labels: frozenset[Confidentiality] = frozenset(), replaces: RelatesTo | None = None
    ) -> bytes:
        """The body of one CDA with the visibility its author chose, and what it replaces."""
        header, fiche = self._fiche(content)
        assert header.ins is not None
        return write_provide_bundle(
            fiche, content, media_type="text/xml", ins=header.ins, submission_set=submission_set(_sender(header)), labels=labels,
            replaces=replaces,
        )  # fmt: skip

    def _fiche(self, content: bytes) -> tuple[DocumentHeader, Fiche]:
        header = read_header(content)
        if header.ins is None:
            raise Invalid(
                header.ins_fault or "header-ins-missing", expression="/ClinicalDocument/recordTarget/patientRole/id"
            )
        known = None if header.type is None else self.types.find(header.type.code, header.type.system)
        format_ = None
        if known is not None:
            format_ = self.types.format_for(known, template_ids=header.template_ids, body=header.body, mime_type="text/xml")
        category = known.category if known else None
        return header, fiche_of_header(header, media_type="text/xml", category=category, format_code=format_)

    def _resource(self, text: bytes, content: bytes | None) -> tuple[bytes, str | None, Ins | None, None]:
        bundle = bundle_of_resource(text, content, submission_set=submission_set(None))
        if self.ins is not None:
            bundle = with_patient(bundle, self.ins)
        return orjson.dumps(bundle), None, self.ins, None


def submission_set(author: Author | None) -> SubmissionSet:
    """A new submission set, sent now."""
    return SubmissionSet(
        "", source_id=SOURCE_ID, content_type=CONTENT_TYPE, submitted=Moment.at(datetime.now(UTC)), author=author
    )


def _sender(header: DocumentHeader) -> Author:
    """The depositor is the first author, or the organisation that keeps the document."""
    for author in header.authors:
        if author.identifier:
            return author
    return Author(AuthorKind.ORGANIZATION, organization=header.custodian or OrganizationName("carnet feed"))


def _issues(outcome: dict[str, Any] | None) -> Iterator[dict[str, str | None]]:
    for issue in (outcome or {}).get("issue", ()):
        details = issue.get("details", {})
        code = next((coding["code"] for coding in details.get("coding", ())), issue.get("code"))
        yield {"code": code, "expression": next(iter(issue.get("expression", ())), None), "text": details.get("text")}


def _worded(issue: Issue) -> dict[str, str | None]:
    return {"code": issue.code, "expression": issue.expression, "text": issue_text(issue)[1]}
