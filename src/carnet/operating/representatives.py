"""`carnet records represent` and `unrepresent`: legal representatives, as the identity source or a judgment tells the operator."""

import argparse
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from carnet.domain.access.model import Representation
from carnet.domain.access.representing import name_representative, remove_representative
from carnet.domain.actor import Actor
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import Invalid, NotFound
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.moments import PARIS
from carnet.web.services import Services

ACTIONS = {
    "represent": "name a legal representative of its person",
    "unrepresent": "end a representation",
}


def add_actions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> list[argparse.ArgumentParser]:
    """The two actions, with what both are given."""
    added = []
    for name, text in ACTIONS.items():
        action = actions.add_parser(name, help=text)
        action.add_argument("record", metavar="RECORD", help="its id, or MATRICULE@OID")
        action.add_argument("representative", metavar="MATRICULE@OID", help="the representative's own INS")
        action.add_argument("--guardianship", action="store_true", help="tutelle; without it, parental authority")
        if name == "represent":
            action.add_argument("--read", action="store_true", help="may look, not decide nor deposit")
            action.add_argument("--until", metavar="YYYY-MM-DD", help="last day, when a mandate has one")
        added.append(action)
    return added


async def change_representation(
    arguments: argparse.Namespace, services: Services, patient_id: UUID, *, actor: Actor
) -> bool:
    """
    Do what was asked; False when it is so already.

    Raises
        NotFound: `record-unknown` for an INS that is none. Invalid, Conflict, Refused: as the verbs.
    """
    matricule, _, oid = arguments.representative.partition("@")
    try:
        ins = Ins(matricule, oid)
    except ValueError as error:
        raise NotFound("record-unknown") from error
    kind = ConsentKind.GUARDIANSHIP if arguments.guardianship else ConsentKind.PARENTAL_AUTHORITY
    if arguments.action == "unrepresent":
        return await remove_representative(
            services.rights, patient_id, ins, kind, actor=actor, terms=services.rights_terms
        )
    scope = Representation.READ if arguments.read else Representation.FULL
    until = None if arguments.until is None else _day_after(arguments.until)
    return await name_representative(
        services.rights, patient_id, ins, kind, scope=scope, actor=actor, terms=services.rights_terms, until=until
    )


def _day_after(text: str) -> datetime:
    """The midnight in Paris that ends this day. Raises Invalid: `date-format`."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("date-format", value=text[:40]) from error
    return datetime.combine(day + timedelta(days=1), time(), PARIS).astimezone(UTC)
