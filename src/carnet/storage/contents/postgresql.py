"""Contents in PostgreSQL: the act inserts and reads the rows itself, in the transaction and statement of the fiche."""
# ruff: noqa: ARG002 - the act knows the ids; other backends need them

from collections.abc import Sequence
from uuid import UUID

from carnet.storage.sealing import ContentDamaged, SealedContent


class PostgresqlContents:
    """Passes segments through; table `content` belongs to the act's own SQL."""

    async def write(self, patient_id: UUID, logical_id: UUID, sealed: SealedContent) -> tuple[bytes, ...]:
        return sealed.segments

    async def read(
        self, patient_id: UUID, logical_id: UUID, wanted: Sequence[int], rows: Sequence[bytes]
    ) -> list[bytes]:
        if len(rows) != len(wanted):
            raise ContentDamaged("a segment is missing")
        return list(rows)

    async def discard(self, patient_id: UUID, logical_id: UUID) -> None:
        """Nothing to do: an act that fails takes its rows with it."""
