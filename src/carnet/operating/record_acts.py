"""`carnet records ACT RECORD`: what the operator does to the life of one record, or to its identity, at someone's request."""

import argparse
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.consent.doubting import release_matricule, step_identity
from carnet.domain.consent.model import Motive
from carnet.domain.consent.record_life import activate, close, erase, oppose, reopen
from carnet.domain.people.identity_status import IdentityStep
from carnet.storage.database import Connection
from carnet.storage.keys import KeyRing
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins


@frozen
class RecordAct:
    """text: one line of help. verb: called with the transaction, the record, and actor, keys, at. takes_matricule: the record is its holder's."""

    text: str
    verb: Callable[..., Awaitable[Any]]
    takes_matricule: bool = False


def _step(step: IdentityStep) -> Callable[..., Awaitable[bool]]:
    async def take(tx: Connection, patient_id: UUID, *, actor: Actor, keys: KeyRing, at: datetime) -> bool:
        return await step_identity(tx, patient_id, step, actor=actor, keys=keys, at=at)

    return take


ACTS: Mapping[str, RecordAct] = {
    "activate": RecordAct("open at once a record that is announced or opposed", activate),
    "oppose": RecordAct("record the opposition to the opening of an announced record", oppose),
    "close": RecordAct("close a record; it is kept ten years", close),
    "reopen": RecordAct("open a closed record again", reopen),
    "erase": RecordAct("erase for good a closed or opposed record", erase),
    "doubt": RecordAct("doubt its identity: no door finds it until a source qualifies it again", _step(IdentityStep.DOUBTED)),
    "clear": RecordAct("lift the doubt; the identity stays provisional", _step(IdentityStep.DOUBT_LIFTED)),
    "release": RecordAct("give back a matricule that was attributed by mistake", release_matricule, takes_matricule=True),
}  # fmt: skip


def add_acts(actions: Any) -> list[argparse.ArgumentParser]:
    """A sub-command for each act."""
    parsers = []
    for name, act in ACTS.items():
        parser = actions.add_parser(name, help=act.text)
        what = "MATRICULE@OID" if act.takes_matricule else "RECORD"
        parser.add_argument("record", metavar=what, help="a matricule with its OID, or a record's id")
        if name == "close":
            parser.add_argument("--death", action="store_true", help="because the person died")
            parser.add_argument("--reason", help="what the person said: kept sealed")
        if name == "erase":
            parser.add_argument(
                "--for-good", action="store_true", required=True, help="said, since nothing brings it back"
            )
        parsers.append(parser)
    return parsers


def verb_of(arguments: argparse.Namespace) -> Callable[..., Awaitable[Any]]:
    """The verb with what its options say."""
    act = ACTS[arguments.action]
    if arguments.action == "close":
        motive = Motive.DEATH if arguments.death else Motive.PATIENT_REQUEST
        return partial(act.verb, motive=motive, reason=arguments.reason)
    if act.takes_matricule:
        matricule, _, oid = arguments.record.partition("@")
        return partial(act.verb, ins=Ins(matricule, oid))
    return act.verb
