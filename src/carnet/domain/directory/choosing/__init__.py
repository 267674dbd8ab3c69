"""
Find a professional or a structure to choose them: by name and place, or by number; and tell who a right is held by.

Public data, nothing of it is traced. Source: official-app 2.7 (search by name, profession, commune; inactive ones may still be blocked).
"""

from collections.abc import Collection, Mapping

from carnet.domain.directory.choosing import store
from carnet.domain.directory.choosing.model import Candidate, Wanted
from carnet.domain.errors import Invalid
from carnet.storage.database import Database

SHOWN = 20  # candidates of one page
SHORTEST = 2  # letters of a name


async def candidates(database: Database, wanted: Wanted, *, after: int = 0) -> tuple[list[Candidate], bool]:
    """
    Those who answer, by name, told apart by what they do and where.

    Takes
        after: how many were shown before.
    Gives
        one page, and whether another follows.
    Raises
        Invalid: `directory-words-short`; `search-too-wide`: it took too long, a place is to be added.
    """
    if wanted.is_empty or (not wanted.number and len(wanted.words.strip()) < SHORTEST):
        raise Invalid("directory-words-short")
    async with database.transaction() as tx:
        found = await store.search(tx, wanted, skip=after, limit=SHOWN + 1)
    return found[:SHOWN], len(found) > SHOWN


async def known(database: Database, holders: Collection[tuple[str, bool]]) -> Mapping[str, Candidate]:
    """
    Those of these that the directory knows, inactive ones included.

    Takes
        holders: PS_IdNat or Struct_IdNat, and whether it is of a structure.
    """
    people = [holder for holder, is_organization in holders if not is_organization]
    structures = [holder for holder, is_organization in holders if is_organization]
    if not people and not structures:
        return {}
    async with database.connection() as connection:
        return {each.holder: each for each in await store.named(connection, people, structures)}
