"""`carnet feed`: send files through the machine door as a hospital's software would, and say what became of each."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from carnet.document_types.table import DocumentTypes
from carnet.domain.errors import Invalid
from carnet.domain.record.model import DocumentHeader
from carnet.formats.cda.header import read_header
from carnet.operating.client import ClientError, Server, base_url_of
from carnet.operating.feeder import Feeder, Told
from carnet.settings import Settings
from carnet.vocabulary.ins import NIR_TEST, Ins

SUFFIXES = frozenset({".xml", ".json", ".pdf", ".dcm", ".zip"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="file or folder: CDA .xml, FHIR .json, .pdf with its .json, XDM .zip",
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
    """Exit status: 0 when everything was stored, 1 when a document was refused, 2 when nothing could be tried."""
    found = files(arguments.paths)
    if not found:
        print("no file to send: give CDA .xml, FHIR .json, .pdf beside its .json, or XDM .zip", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_feed(found, arguments, settings))
    except ClientError as error:
        print(error, file=sys.stderr)
        return 2


def files(paths: list[Path]) -> list[Path]:
    """Files to send, in a stable order: those named, and in folders those of a known kind; the fiche of a PDF is not one of its own."""
    return [file for path in paths for file in (_within(path) if path.is_dir() else [path])]


def _within(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and is_to_send(file):
            yield file


def is_to_send(file: Path) -> bool:
    """Whether a file of a folder is of a known kind, and not the fiche of a PDF."""
    is_fiche = file.suffix == ".json" and file.with_suffix(".pdf").exists()
    return file.suffix.lower() in SUFFIXES and not is_fiche


async def _feed(found: list[Path], arguments: argparse.Namespace, settings: Settings) -> int:
    ins = _patient(arguments.patient)
    async with httpx.AsyncClient(timeout=120) as http:
        server = Server(base_url_of(settings, arguments.base_url), http)
        if arguments.open_records:
            await open_records(server, found)
        feeder = Feeder(server, await server.token(arguments.name), DocumentTypes.load(), ins)
        tolds: list[Told] = []
        for file in found:
            for told in await feeder.send(file):
                tolds.append(told)
                print(told.as_json() if arguments.json else _line(told), flush=True)
    if not arguments.json:
        counts = ", ".join(
            f"{sum(told.status == status for told in tolds)} {words}" for status, words in _COUNTS.items()
        )
        print(f"\n{len(tolds)} documents : {counts}.")
    return 1 if any(told.status == "refused" for told in tolds) else 0


_COUNTS = {"stored": "enregistrés", "replayed": "déjà là", "refused": "refusés"}
_MARKS = {"stored": "enregistré", "replayed": "déjà là   ", "refused": "refusé    "}


def _line(told: Told) -> str:
    lines = [f"{_MARKS[told.status]}  {told.file}"]
    for issue in told.issues:
        place = f"  [{issue['expression']}]" if issue["expression"] else ""
        lines.append(f"            {issue['code']}  {issue['text']}{place}")
    return "\n".join(lines)


def _patient(text: str | None) -> Ins | None:
    if text is None:
        return None
    matricule, _, oid = text.partition("@")
    try:
        return Ins(matricule, oid or NIR_TEST)
    except ValueError as error:
        raise ClientError(f"--patient {text}: {error}") from error


async def open_records(server: Server, found: list[Path]) -> None:
    """One record per INS met in the CDA headers, with the traits of the first header that carries them all (demo only)."""
    identities: dict[Ins, dict[str, Any]] = {}
    for file in found:
        if file.suffix.lower() != ".xml" or not file.is_file():
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
