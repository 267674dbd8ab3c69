"""Whether a professional may practise, now or at any past instant: what rights lean on."""

from datetime import datetime

from carnet.domain.directory import store
from carnet.storage.database import Connection


async def is_active(connection: Connection, person: str, *, at: datetime) -> bool | None:
    """
    Whether the directory held this professional for active at an instant.

    Within a statement, the same is a join: `directory_professional (person, active, since)` for now, `directory_professional_past
    (person, valid_from, valid_to, active)` for before `since`.

    Takes
        person: PS_IdNat. at: aware.
    Gives
        None when the directory knew nothing of them then: neither struck off nor registered.
    """
    return await store.active_at(connection, person, at)
