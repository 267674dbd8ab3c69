"""
Launch in context: software that speaks for a professional opens a record in their browser, by an address that names no one.

The address serves once, for a minute, in the browser that opens it first. Source: specs/services.md (appel contextuel); issue of the
professional's portal.
"""

import hashlib
import secrets
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from carnet.domain.errors import Refused
from carnet.domain.professionals import launching_sql
from carnet.domain.professionals.model import KnownProfessional, Practice
from carnet.storage.database import Database
from carnet.storage.sealing import SealingKey
from carnet.vocabulary.frozen import frozen

LIFE = timedelta(minutes=1)
LAUNCHES_KEY = "record launches"  # purpose of the key that seals them


@frozen
class Launch:
    """
    Who opens which record.

    practice: the situation of the token. software: that asked. until: of its token; the session does not outlive it.
    """

    known: KnownProfessional
    practice: Practice
    software: str
    patient_id: UUID
    until: datetime


async def prepare_launch(database: Database, launch: Launch, *, seal: SealingKey, now: datetime) -> str:
    """Keep a launch; gives what its address ends with, which nobody can guess."""
    ticket = secrets.token_urlsafe(32)
    digest = _digest_of(ticket)
    told = {
        "known": asdict(launch.known), "practice": asdict(launch.practice), "software": launch.software, "patient": str(launch.patient_id),
        "until": launch.until.timestamp(),
    }  # fmt: skip
    await launching_sql.add(database, digest, seal.seal(orjson.dumps(told), digest), expires_at=now + LIFE, now=now)
    return ticket


async def use_launch(database: Database, ticket: str, *, seal: SealingKey, now: datetime) -> Launch:
    """
    Use a launch up.

    Raises
        Refused: `launch-unknown`, `launch-expired`, `launch-used`: it opens nothing any more, in this browser or another.
    """
    digest = _digest_of(ticket)
    launched = await launching_sql.use(database, digest, now=now)
    if launched is None:
        state = await launching_sql.find(database, digest)
        if state is None:
            raise Refused("launch-unknown")
        raise Refused("launch-expired" if state is False else "launch-used")
    told = orjson.loads(seal.open(launched, digest))
    return Launch(
        _known(told["known"]), Practice(**told["practice"]), told["software"], UUID(told["patient"]),
        datetime.fromtimestamp(told["until"], UTC),
    )  # fmt: skip


def _known(told: dict[str, Any]) -> KnownProfessional:
    return KnownProfessional(told["person"], told["name"], tuple(Practice(**each) for each in told["practices"]))


def _digest_of(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
