"""
`carnet professionals`, for the operator: whose day of reading asks for a look, and the word that lets them go on.

Nothing here names a patient: a number of records, a day, a professional.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from carnet.app import Carnet, open_carnet
from carnet.domain.access.reach import clear
from carnet.domain.access.reach import store as reach_store
from carnet.domain.access.reach.model import ReachAlert, ReachKind
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.operating.running import database
from carnet.settings import Settings
from carnet.vocabulary.identifiers import ProfessionalId

_OPERATOR = Actor(ActorKind.OPERATOR, "Exploitant", authentication=Authentication("command-line"))
_KINDS = {
    ReachKind.DECLARED: "by authorisations they declared",
    ReachKind.EXCEPTIONAL: "in emergencies or as a regulator",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    alerts = actions.add_parser("alerts", help="days unlike the others, and caps that were reached")
    alerts.add_argument("--all", action="store_true", help="also those that someone looked at")
    cleared = actions.add_parser("clear", help="you asked them and it is well: lift today's cap")
    cleared.add_argument("person", metavar="PS_IDNAT", help="8 and the RPPS, as `alerts` gives it")
    for action in (alerts, cleared):
        action.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="where carnet keeps what it must keep")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0 done; 1 nothing to clear; 2 not a professional's number."""
    if arguments.action == "clear":
        try:
            ProfessionalId(arguments.person)
        except ValueError:
            print(f"{arguments.person} is not a PS_IdNat: 8 and the RPPS", file=sys.stderr)
            return 2
    with database(settings) as conninfo:
        return asyncio.run(_run(arguments, settings, conninfo))


async def _run(arguments: argparse.Namespace, settings: Settings, conninfo: str) -> int:
    carnet = await open_carnet(settings, conninfo)
    try:
        if arguments.action == "clear":
            return await _clear(carnet, arguments.person)
        async with carnet.database.connection() as connection:
            alerts = await reach_store.alerts(connection, also_cleared=arguments.all)
        for alert in alerts:
            print(_line(alert))
        if not alerts:
            print("no alert")
        return 0
    finally:
        await carnet.close()


async def _clear(carnet: Carnet, person: str) -> int:
    services = carnet.services
    async with carnet.database.transaction() as tx:
        cleared = await clear(tx, person, by=_OPERATOR, at=services.clock(), system=services.store.system_key)
    print("cleared for today" if cleared else "no alert of today to clear")
    return 0 if cleared else 1


def _line(alert: ReachAlert) -> str:
    looked = f"cleared by {alert.cleared_by}" if alert.cleared_by else "nobody has looked yet"
    return f"{alert.day:%Y-%m-%d}  {alert.person}  {alert.reached} records {_KINDS[alert.kind]}  ({looked})"
