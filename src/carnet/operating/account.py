"""
`carnet account`: what the insurance register says of people, the letters of provisional codes, and help for one person. Each act is in the
person's trail; nothing of their record, of their address or of their mail is ever shown.
"""

import argparse
import asyncio
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from carnet.app import Carnet, open_carnet
from carnet.domain.accounts import sessions
from carnet.domain.accounts.activation import provisional_codes
from carnet.domain.accounts.activation import store as activation_store
from carnet.domain.accounts.means.choosing import drop_means
from carnet.domain.accounts.means.model import Channel
from carnet.domain.accounts.means.parts import held_record, trace
from carnet.domain.accounts.means.reading import account_of
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit.model import EventType
from carnet.domain.errors import DomainError, NotFound
from carnet.domain.people import store as people_store
from carnet.operating.account_letters import print_letters
from carnet.operating.naming import named_record
from carnet.operating.running import database, migrated
from carnet.settings import Settings
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins
from carnet.web.wording import issue_text

_OPERATOR = Actor(ActorKind.OPERATOR, "L’exploitant", authentication=Authentication("command-line"))
_COLUMNS = ("matricule", "oid", "cards", "mail", "address")
_BATCH = 500
_REFUSED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    register = actions.add_parser("register", help="take what the insurance register says: cards, mail, postal address")
    register.add_argument("file", type=Path, metavar="FILE", help=f"CSV with a heading: {', '.join(_COLUMNS)}; UTF-8")
    letters = actions.add_parser("letters", help="print the letters of the codes that wait to be posted")
    letters.add_argument("--out", type=Path, required=True, metavar="FILE", help="the PDF to write, one page each")
    letters.add_argument(
        "--new",
        action="store_true",
        help="make a code first for everyone who was never given one, by mail when one is known",
    )
    letters.add_argument("--limit", type=int, default=_BATCH, help="letters at most (default: 500)")
    code = actions.add_parser("code", help="make a provisional code and show it, for someone at a desk")
    show = actions.add_parser("show", help="say which means an account has, for someone who asks for help")
    drop = actions.add_parser("drop", help="take every means away and close every session: they were stolen")
    for action in (code, show, drop):
        action.add_argument("record", metavar="RECORD", help="a record: its id, or MATRICULE@OID")
    for action in (register, letters, code, show, drop):
        action.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="where carnet keeps what it must keep")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0 done, 1 when lines of a file were refused, 2 refused."""
    try:
        with database(settings) as conninfo:
            if settings.database_url is None:
                settings = migrated(settings, conninfo)  # ours alone, as for serve
            return asyncio.run(_run(arguments, settings, conninfo))
    except DomainError as refused:
        print(f"{issue_text(refused.issues[0])[1]} ({refused.code})", file=sys.stderr)
        return 2
    except OSError as error:
        print(error, file=sys.stderr)
        return 2


async def _run(arguments: argparse.Namespace, settings: Settings, conninfo: str) -> int:
    carnet = await open_carnet(settings, conninfo)
    try:
        match arguments.action:
            case "register":
                return await _register(carnet, arguments.file)
            case "letters":
                if arguments.new:
                    await _make_codes(carnet)
                count = await print_letters(carnet, arguments.out, limit=arguments.limit)
                print(f"{count} letters in {arguments.out}" if count else "no letter waits")
            case "code":
                await _code(carnet, arguments.record)
            case "show":
                await _show(carnet, arguments.record)
            case _:
                await _drop(carnet, arguments.record)
    finally:
        await carnet.close()
    return 0


@frozen
class _Line:
    """address: its lines are separated by `|`, cards by spaces."""

    number: int
    ins: Ins
    cards: tuple[str, ...]
    mail: str | None
    address: tuple[str, ...]


async def _register(carnet: Carnet, path: Path) -> int:
    """Each line is an act of its own: interrupted, it is run again without harm."""
    taken, refused = 0, 0
    for number, line in _lines(path):
        if isinstance(line, str):
            print(f"line {number}: {line}", file=sys.stderr)
            refused += 1
            continue
        try:
            async with carnet.database.transaction() as tx:
                patient_id = await people_store.holder_of(tx, line.ins)
                if patient_id is None:
                    raise NotFound("record-unknown")
                await provisional_codes.keep_contact(
                    tx, patient_id, cards=line.cards, mail=line.mail, address=line.address, accounts=carnet.accounts,
                    at=carnet.services.clock(),
                )  # fmt: skip
            taken += 1
        except DomainError as error:
            print(f"line {number}: {error.code}", file=sys.stderr)
            refused += 1
    print(f"{taken} taken, {refused} refused")
    return _REFUSED if refused else 0


def _lines(path: Path) -> Iterator[tuple[int, _Line | str]]:
    """Lines of the file by their number; a code in the place of one that cannot be read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                ins = Ins((row["matricule"] or "").replace(" ", ""), (row["oid"] or "").strip())
            except (ValueError, KeyError) as error:
                yield number, str(error) if isinstance(error, ValueError) else "line-columns"
                continue
            address = tuple(part.strip() for part in (row.get("address") or "").split("|") if part.strip())
            cards = tuple((row.get("cards") or "").split())
            yield number, _Line(number, ins, cards, (row.get("mail") or "").strip() or None, address)


async def _make_codes(carnet: Carnet) -> None:
    """A code for everyone who never had one; each is its own transaction."""
    after, made = UUID(int=0), 0
    while True:
        async with carnet.database.connection() as connection:
            found = await activation_store.without_code(connection, after=after, limit=_BATCH)
        for patient_id, has_mail in found:
            channel = Channel.MAIL if has_mail and carnet.mailer is not None else Channel.POST
            async with carnet.database.transaction() as tx:
                await provisional_codes.make_code(
                    tx, patient_id, channel=channel, actor=_OPERATOR, accounts=carnet.accounts, at=carnet.services.clock()
                )  # fmt: skip
            after, made = patient_id, made + 1
        if len(found) < _BATCH:
            break
    print(f"{made} codes made")


async def _code(carnet: Carnet, record: str) -> None:
    async with carnet.database.transaction() as tx:
        made = await provisional_codes.make_code(
            tx, await named_record(tx, record), channel=Channel.HAND, actor=_OPERATOR, accounts=carnet.accounts,
            at=carnet.services.clock(),
        )  # fmt: skip
    print(made.code)


async def _show(carnet: Carnet, record: str) -> None:
    """Which means there are: neither names, nor addresses, nor anything of the record."""
    async with carnet.database.transaction() as tx:
        patient_id = await named_record(tx, record)
        at = carnet.services.clock()
        held = await held_record(tx, patient_id, at)
        account = await account_of(tx, patient_id, accounts=carnet.accounts)
        await trace(tx, held, EventType.RECORD_LOOKED_UP, actor=_OPERATOR, accounts=carnet.accounts, tell=False)
    opened = await sessions.open_sessions(carnet.database, patient_id, at=at, terms=carnet.citizens.terms)
    print(f"record: {held.status}")
    if account is None:
        print("account: never activated")
        return
    print(f"account: activated on {account.activated_at:%Y-%m-%d}")
    print(f"means: {', '.join(sorted(account.means)) or 'none'}; recovery codes left: {account.recovery_codes}")
    print(
        f"mail: {'yes' if account.mail else 'no'}; telephone: {'yes' if account.phone else 'no'}; open sessions: {len(opened)}"
    )


async def _drop(carnet: Carnet, record: str) -> None:
    at = carnet.services.clock()
    async with carnet.database.transaction() as tx:
        patient_id = await named_record(tx, record)
        ended = await drop_means(tx, patient_id, actor=_OPERATOR, accounts=carnet.accounts, at=at)
    print(f"done; {ended} sessions closed")
