"""The SQL of choosing somebody: by beginnings of names and of places, by number, by identifiers; then where they practise."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, LiteralString

from psycopg import errors

from carnet.domain.directory.choosing.model import Candidate, Place, Wanted
from carnet.domain.directory.names import search_key
from carnet.domain.directory.store import SEARCH_SECONDS
from carnet.domain.errors import Invalid
from carnet.storage.database import Connection

_SETTINGS = f"SET LOCAL statement_timeout = '{SEARCH_SECONDS}s'", "SET LOCAL plan_cache_mode = force_custom_plan"
_PEOPLE: LiteralString = "p.person, p.number, p.active, p.family, p.given, p.civility, p.title, p.professions, p.skills"
_STRUCTURES: LiteralString = "o.organization, coalesce(nullif(o.finess, ''), o.siret), o.active, coalesce(nullif(o.brand, ''), o.name), o.city, o.sector"
_WORKS_THERE: LiteralString = """
    AND (%(place)s::text IS NULL OR EXISTS (
        SELECT FROM directory_situation s JOIN directory_organization o ON o.organization = s.organization
        WHERE s.person = p.person AND s.active AND (o.city_key LIKE %(place)s OR o.postal_code LIKE %(place)s)))
"""
# Each way to cut the words in two, family name first or last; the whole as a family name.
_BY_NAME: LiteralString = f"""
    SELECT {_PEOPLE} FROM directory_professional p
    WHERE p.active AND (p.family_key LIKE %(whole)s OR EXISTS (
            SELECT FROM unnest(%(families)s::text[], %(givens)s::text[]) AS w (family, given)
            WHERE p.family_key LIKE w.family AND p.given_key LIKE w.given))
        {_WORKS_THERE}
    ORDER BY p.family_key, p.given_key, p.person LIMIT %(limit)s OFFSET %(skip)s
"""  # noqa: S608  constants only
_BY_NUMBER: LiteralString = f"""
    SELECT {_PEOPLE} FROM directory_professional p WHERE p.number = %(number)s OR p.person = %(number)s
    ORDER BY p.person LIMIT %(limit)s OFFSET %(skip)s
"""  # noqa: S608  as above
_PEOPLE_NAMED: LiteralString = f"SELECT {_PEOPLE} FROM directory_professional p WHERE p.person = ANY (%(holders)s)"  # noqa: S608  as above
_STRUCTURES_BY_NAME: LiteralString = f"""
    SELECT {_STRUCTURES} FROM directory_organization o
    WHERE o.active AND (o.name_key LIKE %(whole)s OR (%(place)s::text IS NOT NULL AND o.name_key LIKE %(anywhere)s))
        AND (%(place)s::text IS NULL OR o.city_key LIKE %(place)s OR o.postal_code LIKE %(place)s)
    ORDER BY o.name_key, o.organization LIMIT %(limit)s OFFSET %(skip)s
"""  # noqa: S608  as above
_STRUCTURES_BY_NUMBER: LiteralString = f"""
    SELECT {_STRUCTURES} FROM directory_organization o
    WHERE (o.finess = %(number)s AND o.finess <> '') OR (o.siret = %(number)s AND o.siret <> '') OR o.organization = %(number)s
    ORDER BY o.organization LIMIT %(limit)s OFFSET %(skip)s
"""  # noqa: S608  as above
_STRUCTURES_NAMED: LiteralString = (
    f"SELECT {_STRUCTURES} FROM directory_organization o WHERE o.organization = ANY (%(holders)s)"  # noqa: S608  as above
)
_PLACES = """
    SELECT s.person, s.organization, coalesce(nullif(o.brand, ''), o.name), o.city, o.sector FROM directory_situation s
    JOIN directory_organization o ON o.organization = s.organization
    WHERE s.person = ANY (%s) AND s.active ORDER BY s.person, o.name_key, s.organization
"""


async def search(connection: Connection, wanted: Wanted, *, skip: int, limit: int) -> list[Candidate]:
    """Those who answer. Needs a transaction of its own, which it bounds in time. Raises Invalid: `search-too-wide`."""
    for setting in _SETTINGS:
        await connection.execute(setting)
    values: dict[str, Any] = {"limit": limit, "skip": skip, "number": "".join(wanted.number.split())}
    if not wanted.number:
        values |= _patterns(wanted)
    statement = _STATEMENTS[wanted.organizations, bool(wanted.number)]
    try:
        rows = await (await connection.execute(statement, values, prepare=False)).fetchall()
    except errors.QueryCanceled as wide:
        raise Invalid("search-too-wide", seconds=str(SEARCH_SECONDS)) from wide
    if wanted.organizations:
        return [_structure(row) for row in rows]
    return await _with_places(connection, [_person(row) for row in rows])


async def named(connection: Connection, people: Sequence[str], structures: Sequence[str]) -> list[Candidate]:
    """Those of these that the directory knows."""
    found: list[Candidate] = []
    if people:
        rows = await (await connection.execute(_PEOPLE_NAMED, {"holders": list(people)})).fetchall()
        found += await _with_places(connection, [_person(row) for row in rows])
    if structures:
        rows = await (await connection.execute(_STRUCTURES_NAMED, {"holders": list(structures)})).fetchall()
        found += [_structure(row) for row in rows]
    return found


_STATEMENTS: Mapping[tuple[bool, bool], LiteralString] = {
    (False, False): _BY_NAME,
    (False, True): _BY_NUMBER,
    (True, False): _STRUCTURES_BY_NAME,
    (True, True): _STRUCTURES_BY_NUMBER,
}


def _patterns(wanted: Wanted) -> dict[str, Any]:
    words = search_key(wanted.words).split()
    cuts = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    pairs = [pair for one, other in cuts for pair in ((one, other), (other, one))]
    place = search_key(wanted.place)
    return {
        "whole": _starts(" ".join(words)),
        "anywhere": "%" + _starts(" ".join(words)),
        "families": [_starts(family) for family, _ in pairs],
        "givens": [_starts(given) for _, given in pairs],
        "place": _starts(place) if place else None,
    }


def _starts(key: str) -> str:
    return key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


async def _with_places(connection: Connection, people: list[Candidate]) -> list[Candidate]:
    if not people:
        return []
    places: dict[str, dict[str, Place]] = {}
    for person, *place in await (await connection.execute(_PLACES, ([each.holder for each in people],))).fetchall():
        places.setdefault(person, {}).setdefault(place[0], Place(*place))
    return [replace(each, places=tuple(places.get(each.holder, {}).values())) for each in people]


def _person(row: Sequence[Any]) -> Candidate:
    person, number, active, family, given, civility, title, professions, skills = row
    return Candidate(
        person, False, number, active, family=family, given=given, civility=civility, title=title,
        profession=_first_code(professions), specialty=_first_code([each for each in skills if each.endswith(_SPECIALTY)]),
    )  # fmt: skip


def _structure(row: Sequence[Any]) -> Candidate:
    organization, number, active, name, city, sector = row
    return Candidate(organization, True, number, active, name=name, places=(Place(organization, name, city, sector),))


_SPECIALTY = "|S"  # TRE_R04: an ordinal specialty, as told from a competence or a capacity


def _first_code(pairs: Sequence[str]) -> str | None:
    return pairs[0].partition("|")[0] if pairs else None
