"""Read the directory: public data, open to whoever is known here; nothing of it is traced."""

from datetime import datetime

from carnet.domain.directory import store
from carnet.domain.directory.model import Entry
from carnet.domain.directory.search import DirectoryQuery, Kind
from carnet.domain.errors import NotFound
from carnet.storage.database import Database
from carnet.vocabulary.frozen import frozen


@frozen
class Found:
    """
    A page. included: what the query asked to come with it; is_capped: there was more of it. after: to ask for the next page, or None. total:
    None when not wanted or too large to be counted. as_of: of the last import; before it, nothing can appear any more.
    """

    entries: tuple[Entry, ...]
    included: tuple[Entry, ...]
    is_capped: bool
    after: str | None
    total: int | None
    as_of: datetime | None


async def read_entry(database: Database, kind: Kind, key: str) -> Entry:
    """One entry, inactive ones included. Raises NotFound: `directory-entry-unknown`."""
    async with database.connection() as connection:
        found = await store.find(connection, kind, key)
    if found is None:
        raise NotFound("directory-entry-unknown")
    return found


async def search(database: Database, query: DirectoryQuery) -> Found:
    """
    A page of the directory, all of one instant.

    Raises
        Invalid: `search-too-wide`.
    """
    total: int | None = None
    async with database.transaction() as tx:
        await store.of_one_instant(tx)
        as_of = await store.as_of(tx)
        entries = await store.page(tx, query) if query.count else []
        shown = entries[: query.count]
        if query.total is not None:
            total = await store.count(tx, query)
        related = await store.included(tx, shown, query.includes)
        kept = await store.with_mailboxes(tx, [*shown, *related[: store.MAX_INCLUDED]])
    return Found(
        entries=tuple(kept[: len(shown)]),
        included=tuple(kept[len(shown) :]),
        is_capped=len(related) > store.MAX_INCLUDED,
        after=store.key_of(shown[-1]) if len(entries) > len(shown) and shown else None,
        total=total,
        as_of=as_of,
    )
