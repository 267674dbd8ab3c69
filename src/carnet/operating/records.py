"""
`carnet records`, for the operator: link two records of one person, take them apart, act on the life of one (record_acts), name who represents
its person (representatives).
"""

import argparse
import asyncio
import sys
from pathlib import Path

from carnet.app import Carnet, open_carnet
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.errors import DomainError
from carnet.domain.record.linked.linking import link, unlink
from carnet.operating.naming import named_record
from carnet.operating.record_acts import ACTS, add_acts, verb_of
from carnet.operating.representatives import ACTIONS, add_actions, change_representation
from carnet.operating.running import database
from carnet.settings import Settings
from carnet.storage.database import Connection
from carnet.web.wording import issue_text

_OPERATOR = Actor(ActorKind.OPERATOR, "Exploitant", authentication=Authentication("command-line"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text in {
        "link": "say that they are of one person",
        "unlink": "say that OTHER is of someone else",
    }.items():
        action = actions.add_parser(name, help=text)
        action.add_argument("one", metavar="ONE", help="a record: its id, or MATRICULE@OID")
        action.add_argument("other", metavar="OTHER", help="another")
        action.add_argument("--motive", required=True, help="why: kept sealed, and told in both trails")
        action.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="where carnet keeps what it must keep")
    for action in (*add_acts(actions), *add_actions(actions)):
        action.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="where carnet keeps what it must keep")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0 done, or so already; 2 refused."""
    try:
        with database(settings) as conninfo:
            changed = asyncio.run(_run(arguments, settings, conninfo))
    except DomainError as refused:
        print(f"{issue_text(refused.issues[0])[1]} ({refused.code})", file=sys.stderr)
        return 2
    print("done" if changed else "so already")
    return 0


async def _run(arguments: argparse.Namespace, settings: Settings, conninfo: str) -> bool:
    carnet = await open_carnet(settings, conninfo)
    try:
        if arguments.action in ACTIONS:
            async with carnet.database.connection() as connection:
                patient_id = await named_record(connection, arguments.record)
            return await change_representation(arguments, carnet.services, patient_id, actor=_OPERATOR)
        async with carnet.database.transaction() as tx:
            return await _change(tx, arguments, carnet)
    finally:
        await carnet.close()


async def _change(tx: Connection, arguments: argparse.Namespace, carnet: Carnet) -> bool:
    services = carnet.services
    if arguments.action in ACTS:
        patient_id = await named_record(tx, arguments.record)
        said = await verb_of(arguments)(tx, patient_id, actor=_OPERATOR, keys=services.keys, at=services.clock())
        return said is not False
    one, other = await named_record(tx, arguments.one), await named_record(tx, arguments.other)
    verb = link if arguments.action == "link" else unlink
    return await verb(tx, one, other, actor=_OPERATOR, motive=arguments.motive, keys=services.keys, at=services.clock())
