"""The SQL of professionals asked on their own device: requests that wait, each of one software on one certificate."""

from datetime import datetime

from carnet.storage.database import Database
from carnet.vocabulary.frozen import frozen

_ADD = """
    INSERT INTO backchannel_request (request_digest, client_id, certificate, asked, interval_seconds, poll_from, expires_at)
    VALUES (%(digest)s, %(client)s, %(certificate)s, %(asked)s, %(interval)s, %(poll_from)s, %(expires_at)s) RETURNING expires_at
"""
# forget: each one added also clears a few that are over.
_FORGET = """
    DELETE FROM backchannel_request WHERE request_digest IN (
        SELECT request_digest FROM backchannel_request WHERE expires_at < %(now)s ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    ) RETURNING request_digest
"""
_FIND = """
    SELECT client_id, certificate, asked, interval_seconds, poll_from, expires_at FROM backchannel_request
    WHERE request_digest = %(digest)s
"""
# take_turn: one question at a time, none before its hour; whoever comes too soon waits longer (CIBA §11: slow_down).
_TAKE_TURN = """
    UPDATE backchannel_request SET poll_from = %(now)s + interval_seconds * interval '1 second'
    WHERE request_digest = %(digest)s AND poll_from <= %(now)s RETURNING request_digest
"""
_SLOW_DOWN = """
    UPDATE backchannel_request SET interval_seconds = least(interval_seconds + 5, 60), poll_from = poll_from + interval '5 seconds'
    WHERE request_digest = %(digest)s RETURNING request_digest
"""
_KEEP = "UPDATE backchannel_request SET asked = %(asked)s WHERE request_digest = %(digest)s RETURNING request_digest"
_DROP = "DELETE FROM backchannel_request WHERE request_digest = %(digest)s RETURNING request_digest"


@frozen
class WaitingRequest:
    """asked: sealed. poll_from: when it may be asked about again."""

    client_id: str
    certificate: str
    asked: bytes
    interval_seconds: int
    poll_from: datetime
    expires_at: datetime


async def add(database: Database, digest: bytes, request: WaitingRequest, *, now: datetime) -> None:
    await database.row(
        _ADD,
        {
            "digest": digest, "client": request.client_id, "certificate": request.certificate, "asked": request.asked,
            "interval": request.interval_seconds, "poll_from": request.poll_from, "expires_at": request.expires_at,
        },
    )  # fmt: skip
    await database.fetch(_FORGET, {"now": now})


async def find(database: Database, digest: bytes) -> WaitingRequest | None:
    row = await database.row(_FIND, {"digest": digest})
    return None if row is None else WaitingRequest(row[0], row[1], bytes(row[2]), *row[3:])


async def take_turn(database: Database, digest: bytes, *, now: datetime) -> bool:
    """Whether it may be asked about now; whoever asks too soon waits longer."""
    if await database.row(_TAKE_TURN, {"digest": digest, "now": now}) is not None:
        return True
    await database.row(_SLOW_DOWN, {"digest": digest})
    return False


async def keep_answer(database: Database, digest: bytes, asked: bytes) -> None:
    """What the person answered, sealed: it is given once, and the software may still have a situation to choose."""
    await database.row(_KEEP, {"digest": digest, "asked": asked})


async def drop(database: Database, digest: bytes) -> bool:
    """False when another request was first."""
    return await database.row(_DROP, {"digest": digest}) is not None
