"""Renaming's SQL: the sealed texts of a record, shelf by shelf."""

from collections.abc import Callable, Sequence
from typing import LiteralString
from uuid import UUID

from carnet.domain.consent.store import Connection
from carnet.domain.record.lists.filing import folder_aad, set_aad
from carnet.domain.record.store import fiche_aad
from carnet.vocabulary.frozen import frozen


@frozen
class Shelf:
    """Where texts of one kind are kept, and what each is sealed with."""

    table: LiteralString
    ident: LiteralString
    text: LiteralString
    aad: Callable[[UUID], bytes]

    @property
    def reading(self) -> LiteralString:
        return (
            f"SELECT {self.ident}, {self.text} FROM {self.table} WHERE patient_id = %s"  # noqa: S608  constants of this file only
            f" AND (%s::uuid IS NULL OR {self.ident} > %s) ORDER BY {self.ident} LIMIT %s FOR UPDATE"
        )

    @property
    def writing(self) -> LiteralString:
        return f"UPDATE {self.table} SET {self.text} = %s WHERE patient_id = %s AND {self.ident} = %s"  # noqa: S608  as above


SHELVES = (
    Shelf("document_entry", "logical_id", "fiche", fiche_aad),
    Shelf("submission_set", "set_id", "body", set_aad),
    Shelf("folder", "folder_id", "body", folder_aad),
)


async def texts(
    connection: Connection, shelf: Shelf, patient_id: UUID, *, after: UUID | None, limit: int
) -> list[tuple[UUID, bytes]]:
    """Sealed texts after this one, in the order of their ids, held for the transaction."""
    cursor = await connection.execute(shelf.reading, (patient_id, after, after, limit))
    return [(row[0], row[1]) for row in await cursor.fetchall()]


async def replace(
    connection: Connection, shelf: Shelf, patient_id: UUID, renamed: Sequence[tuple[bytes, UUID]]
) -> None:
    """Put these sealed texts in the place of those they come from."""
    async with connection.cursor() as cursor:
        await cursor.executemany(shelf.writing, [(sealed, patient_id, ident) for sealed, ident in renamed])
