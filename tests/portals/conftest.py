"""The portals over the whole program: its trail, and browsers."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from tests.portals.people import Browser

from carnet.app import Carnet, application
from carnet.domain.audit.model import AuditEvent, EventType
from carnet.domain.audit.trail import open_body, read_canonical

SALT = 16  # bytes before the canonical form

Traced = Callable[[EventType], Awaitable[list[AuditEvent]]]


@pytest.fixture
async def browser(carnet: Carnet) -> AsyncIterator[Browser]:
    """One device."""
    made = Browser(application(carnet))
    yield made
    await made.close()


@pytest.fixture
def traced(carnet: Carnet) -> Traced:
    """Events of one kind in the system's trail, oldest first."""

    async def read(kind: EventType) -> list[AuditEvent]:
        async with carnet.database.connection() as connection:
            rows = await (
                await connection.execute("SELECT event_id, body FROM system_event ORDER BY position")
            ).fetchall()
        key = carnet.services.store.system_key
        events = [read_canonical(open_body(event_id, bytes(body), key)[SALT:]) for event_id, body in rows]
        return [event for event in events if event.type is kind]

    return read
