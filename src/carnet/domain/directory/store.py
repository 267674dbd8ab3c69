"""The directory's SQL for those who read it: by identifiers, by searches, and who was active when."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg import errors

from carnet.domain.directory.model import Address, Entry, Mailbox, Organization, Professional, Situation
from carnet.domain.directory.search import DirectoryQuery, Include, Kind
from carnet.domain.directory.search import Field as Searched
from carnet.domain.directory.search_sql import TABLES, count_statement, page_statement
from carnet.domain.errors import Invalid
from carnet.storage.database import Connection

MAX_INCLUDED = 1_000
SEARCH_SECONDS = 5

# active_at: the state of now when it began before the instant, else the closed period around it.
_ACTIVE_AT = """
    SELECT active FROM directory_professional WHERE person = %(person)s AND since <= %(at)s
    UNION ALL
    SELECT active FROM directory_professional_past WHERE person = %(person)s AND valid_from <= %(at)s AND %(at)s < valid_to
"""
# as_of: the instant of the last import: nothing older can appear any more.
_AS_OF = "SELECT max(at) FROM directory_import"
# Plans are made for the values of each search: a rare name and a common one do not have the same best way.
_SEARCH_SETTINGS = f"SET LOCAL statement_timeout = '{SEARCH_SECONDS}s'", "SET LOCAL plan_cache_mode = force_custom_plan"

_COLUMNS: Mapping[Kind, str] = {
    Kind.PROFESSIONAL: (
        "k.person, k.number_type, k.number, k.family, k.given, k.civility, k.title, k.professions, k.skills, k.active, k.changed_at"
    ),
    Kind.SITUATION: (
        "k.situation, k.person, k.organization, k.profession, k.mode, k.section, k.role, k.activity, k.active, k.changed_at"
    ),
    Kind.ORGANIZATION: (
        "k.organization, k.is_legal_entity, k.technical_id, k.finess, k.siret, k.siren, k.part_of, k.name, k.brand, k.sector, k.category,"
        " k.opened, k.phone, k.phone2, k.fax, k.email, k.active, k.changed_at, k.addressee, k.locator, k.house_number, k.repetition,"
        " k.street_type, k.street, k.mention, k.postal_code, k.commune, k.city, k.country, k.department"
    ),
}
# mailboxes: of people, and of structures in their own name; placed when the person practises where the mailbox is.
_MAILBOXES = """
    SELECT address, kind, person, organization, service, description, organization <> '' AND person <> '' AND EXISTS (
        SELECT FROM directory_situation s WHERE s.person = m.person AND s.organization = m.organization AND s.active)
    FROM directory_mailbox m
    WHERE person = ANY (%(people)s) OR (organization = ANY (%(organizations)s) AND person = '')
    ORDER BY address
"""


async def active_at(connection: Connection, person: str, at: datetime) -> bool | None:
    """Whether someone was active at an instant; None when nothing was known of them."""
    row = await (await connection.execute(_ACTIVE_AT, {"person": person, "at": at})).fetchone()
    return None if row is None else bool(row[0])


async def of_one_instant(connection: Connection) -> None:
    """Let all that a transaction reads be of one instant: an import may commit meanwhile. To be called first."""
    await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


async def as_of(connection: Connection) -> datetime | None:
    """The instant of the last import; None before the first."""
    row = await (await connection.execute(_AS_OF)).fetchone()
    return None if row is None else row[0]


async def find(connection: Connection, kind: Kind, key: str) -> Entry | None:
    """One entry with its mailboxes."""
    found = await _by(connection, kind, TABLES[kind][1], [key], limit=1)
    return next(iter(await with_mailboxes(connection, found)), None)


async def situations_of(connection: Connection, person: str) -> list[Situation]:
    """Where someone practises or practised, without mailboxes, MAX_INCLUDED at most."""
    found = await _by(connection, Kind.SITUATION, "person", [person], limit=MAX_INCLUDED)
    return [each for each in found if isinstance(each, Situation)]


async def page(connection: Connection, query: DirectoryQuery) -> list[Entry]:
    """
    The entries of a page and one more when there is one, in the order of their keys, without their mailboxes.

    Takes
        connection: inside a transaction of its own, which it bounds in time.
    Raises
        Invalid: `search-too-wide`: it took longer than SEARCH_SECONDS.
    """
    for setting in _SEARCH_SETTINGS:
        await connection.execute(setting)
    sql, parameters = page_statement(query, _COLUMNS[query.kind])
    return [_READERS[query.kind](row) for row in await _bounded(connection, sql, parameters)]


async def count(connection: Connection, query: DirectoryQuery) -> int | None:
    """How many the search finds; None when they are more than are counted. As `page`."""
    for setting in _SEARCH_SETTINGS:
        await connection.execute(setting)
    ((found,),) = await _bounded(connection, *count_statement(query))
    return None if query.total and found > query.total else int(found)


async def included(connection: Connection, entries: Sequence[Entry], includes: Collection[Include]) -> list[Entry]:
    """What these entries refer to, and what refers to them, each once, MAX_INCLUDED at most and one more to tell."""
    found: dict[tuple[type[Entry], str], Entry] = {}
    for include in sorted(includes, key=lambda each: (each.field, each.reverse)):
        kind, column, keys = _related(entries, include)
        if keys:
            for entry in await _by(connection, kind, column, keys, limit=MAX_INCLUDED + 1):
                if entry.active or not include.reverse:
                    found.setdefault((type(entry), key_of(entry)), entry)
    for entry in entries:
        found.pop((type(entry), key_of(entry)), None)
    return list(found.values())[: MAX_INCLUDED + 1]


async def with_mailboxes(connection: Connection, entries: Sequence[Entry]) -> list[Entry]:
    """The same entries with the mailboxes that each shows."""
    people = {entry.person for entry in entries if not isinstance(entry, Organization)}
    organizations = {entry.organization for entry in entries if isinstance(entry, Organization)}
    if not people and not organizations:
        return []
    cursor = await connection.execute(_MAILBOXES, {"people": sorted(people), "organizations": sorted(organizations)})
    mailboxes = [Mailbox(*row) for row in await cursor.fetchall()]
    return [replace(entry, mailboxes=tuple(_shown_by(entry, mailboxes))) for entry in entries]


def key_of(entry: Entry) -> str:
    """The identifier of an entry in its table."""
    match entry:
        case Professional():
            return entry.person
        case Situation():
            return entry.situation
        case Organization():
            return entry.organization


async def _bounded(connection: Connection, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    try:
        return await (await connection.execute(sql, parameters, prepare=False)).fetchall()
    except errors.QueryCanceled as wide:
        raise Invalid("search-too-wide", seconds=str(SEARCH_SECONDS)) from wide


async def _by(connection: Connection, kind: Kind, column: str, keys: Iterable[str], *, limit: int) -> list[Entry]:
    table, key = TABLES[kind]
    sql = f"SELECT {_COLUMNS[kind]} FROM {table} k WHERE k.{column} = ANY (%(keys)s) ORDER BY k.{key} LIMIT %(limit)s"  # noqa: S608  names of this file
    cursor = await connection.execute(sql, {"keys": list(keys), "limit": limit})
    return [_READERS[kind](row) for row in await cursor.fetchall()]


def _related(entries: Sequence[Entry], include: Include) -> tuple[Kind, str, list[str]]:
    """Where to look, by which column, for which values; an inactive entry refers to nothing any more."""
    entries = [entry for entry in entries if entry.active]
    if include.reverse:
        keys = [key_of(entry) for entry in entries]
        column = {Searched.PERSON: "person", Searched.PLACE_OF_WORK: "organization"}[include.field]
        return Kind.SITUATION, column, keys
    situations = [entry for entry in entries if isinstance(entry, Situation)]
    if include.field is Searched.PERSON:
        return Kind.PROFESSIONAL, "person", [each.person for each in situations]
    if include.field is Searched.PLACE_OF_WORK:
        return Kind.ORGANIZATION, "organization", [each.organization for each in situations if each.organization]
    parts = [entry.part_of for entry in entries if isinstance(entry, Organization) and entry.part_of]
    return Kind.ORGANIZATION, "organization", parts


def _shown_by(entry: Entry, mailboxes: Iterable[Mailbox]) -> Iterable[Mailbox]:
    if not entry.active:
        return ()
    match entry:
        case Professional():
            return (m for m in mailboxes if m.person == entry.person and not m.is_placed)
        case Situation():
            return (
                m for m in mailboxes if m.is_placed and (m.person, m.organization) == (entry.person, entry.organization)
            )
        case Organization():
            return (m for m in mailboxes if not m.person and m.organization == entry.organization)


def _professional(row: tuple[Any, ...]) -> Entry:
    person, number_type, number, family, given, civility, title, professions, skills, active, changed_at = row
    return Professional(
        person, number_type, number, family, given, civility, title, _pairs(professions), _pairs(skills), active, changed_at
    )  # fmt: skip


def _pairs(values: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((first, second) for first, _, second in (value.partition("|") for value in values))


def _organization(row: tuple[Any, ...]) -> Entry:
    texts, (active, changed_at), address = row[:16], row[16:18], Address(*row[18:])
    return Organization(*texts, address=address, active=active, changed_at=changed_at)  # type: ignore[misc]  # sixteen texts, in the order of the fields


_READERS: Mapping[Kind, Callable[[tuple[Any, ...]], Entry]] = {
    Kind.PROFESSIONAL: _professional,
    Kind.SITUATION: lambda row: Situation(*row),
    Kind.ORGANIZATION: _organization,
}
