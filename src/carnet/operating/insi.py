"""`carnet insi`: ask INSi about one person, to see that the teleservice answers and what it says of their traits. Nothing is kept of the answer."""

import argparse
import asyncio
import os
import sys
from importlib.metadata import version
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import orjson

from carnet.app import open_carnet
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.errors import DomainError
from carnet.domain.people.model import ReceivedIdentity
from carnet.formats.fhir.identity.reading import read_patient
from carnet.formats.fhir.identity.writing import patient_resource
from carnet.formats.fhir.json_reading import read_json
from carnet.formats.insi.model import Caller
from carnet.operating.running import database
from carnet.partners.insi.opening import InsiTerms, open_insi
from carnet.partners.insi.retrieval import NotRetrieved, Retrieved, applied, retrieve_ins
from carnet.settings import Settings
from carnet.vocabulary.clock import system_clock
from carnet.vocabulary.moments import PARIS
from carnet.web.wording import issue_text

_OPERATOR = Actor(ActorKind.OPERATOR, "Exploitant")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "patient",
        type=Path,
        metavar="PATIENT.json",
        help="a FR Core Patient with the traits to ask about: in a file, since a command line is seen by others",
    )
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="write the Patient as it is after the answer, with the matricule when it is qualified by it; the file is for you alone",
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0: found, with the traits given; 1: not found, or other traits; 2: nothing could be asked."""
    try:
        stated = read_patient(read_json(arguments.patient.read_bytes())).identity
        with database(settings) as conninfo:
            answer = asyncio.run(_ask(settings, conninfo, stated))
    except DomainError as error:
        for issue in error.issues:
            print(f"{issue.code}: {issue_text(issue)[1]}", file=sys.stderr)
        return 2
    if isinstance(answer, NotRetrieved):
        told = "aucune identité" if answer.why == "none" else "plusieurs identités, que rien ne départage"
        print(f"{told} ({answer.questions} questions)")
        return 1
    if arguments.write is not None:
        _write(arguments.write, applied(stated, answer, on=system_clock().astimezone(PARIS).date()))
    ends = "" if answer.differing else ", avec les mêmes traits"
    print(
        f"une identité ({answer.questions} questions), matricule …{answer.ins.matricule[-4:]} ({answer.ins.oid}){ends}"
    )
    if answer.former:
        print(f"anciens matricules : {len(answer.former)}")
    if answer.differing:
        print(f"traits différents : {', '.join(answer.differing)}")
    return 1 if answer.differing else 0


def _write(path: Path, identity: ReceivedIdentity) -> None:
    """A Patient that names someone: readable by its owner alone, from the first byte."""
    resource = patient_resource(
        identity,
        patient_id=None,
        is_active=identity.is_active,
        is_deceased=identity.is_deceased,
        former=identity.former,
        local=() if identity.local is None else (identity.local,),
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(orjson.dumps(resource, option=orjson.OPT_INDENT_2))


async def _ask(settings: Settings, conninfo: str, stated: ReceivedIdentity) -> Retrieved | NotRetrieved:
    carnet = await open_carnet(settings, conninfo)
    outcome = Outcome.REFUSED
    try:
        async with open_insi(terms_of(settings), demo=carnet.services.demo, clock=system_clock) as insi:
            answer = await retrieve_ins(insi, stated.traits, attributes=stated.attributes)
        outcome = Outcome.SUCCESS
        return answer
    finally:
        # Every transmission of traits or of an INS leaves its trace (guide INS, INS 41).
        await carnet.services.trace(did(_OPERATOR, EventType.INS_SOUGHT, at=system_clock(), outcome=outcome))
        await carnet.close()


def terms_of(settings: Settings) -> InsiTerms:
    """What INSi is called with. This installation is known by its public address."""
    caller = Caller(
        emitter="carnet",
        idam=settings.insi_idam or "",
        name="carnet",
        version=version("carnet"),
        instance=uuid5(NAMESPACE_URL, settings.public_url),
    )
    return InsiTerms(
        settings.insi_url,
        settings.insi_certificate,
        settings.insi_authorities,
        caller,
        settings.insi_birth_place_element,
    )
