"""
From an event to what the trail keeps: a versioned canonical form, a salted commitment, a sealed body.

The chain runs over commitments (`hash_n = SHA-256(hash_{n-1} ‖ commitment_n ‖ n)`, in append_event), so that the trail can be verified, and one
day partly erased, without opening a body. The salt keeps a commitment from being guessed. Numbers and hashes are never shown.
"""

import hashlib
import os
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

import orjson

from carnet.domain.actor import Actor, ActorKind, Authentication, Purpose
from carnet.domain.audit.model import AuditEvent, EventType, Outcome
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

CANONICAL_VERSION = 1
GENESIS = "carnet/trail/1:"
SYSTEM_TRAIL = "system trail"  # purpose of the key that seals the bodies of the system's stream
_SALT_BYTES = 16
_OPENED_KEPT = 8_192  # some 20 MB
_DOMAIN = b"carnet/event/1\x00"


class Sealer(Protocol):
    """Seals and opens small values under one key."""

    def seal(self, plain: bytes, aad: bytes) -> bytes: ...
    def open(self, sealed: bytes, aad: bytes) -> bytes: ...


@frozen
class PreparedEvent:
    """What a store writes: clear columns, the commitment, and the sealed body (salt, then canonical form)."""

    event_id: UUID
    type: EventType
    outcome: Outcome
    occurred_at: datetime
    commitment: bytes
    body: bytes


def genesis(stream: str) -> bytes:
    """The hash before the first event of a stream: `system`, or the patient's id."""
    return hashlib.sha256((GENESIS + stream).encode()).digest()


def chained(previous: bytes, commitment: bytes, position: int) -> bytes:
    """
    The hash of an event: SHA-256 of the hash before it, its commitment and its position as 8 bytes, big end first.

    Takes
        position: from 1. append_event (schema.sql) does the same in the database.
    """
    # Signed, as in the database: a position altered below zero is a fault to report, not one to fail on.
    return hashlib.sha256(previous + commitment + position.to_bytes(8, signed=True)).digest()


def prepare(event: AuditEvent, sealer: Sealer) -> PreparedEvent:
    """Commit to an event and seal it."""
    salted = os.urandom(_SALT_BYTES) + canonical(event)
    return PreparedEvent(
        event.event_id,
        event.type,
        event.outcome,
        event.occurred_at,
        commitment_of(salted),
        sealer.seal(salted, _aad(event.event_id)),
    )


def commitment_of(salted: bytes) -> bytes:
    """SHA-256 of the domain, the salt and the canonical form."""
    return hashlib.sha256(_DOMAIN + salted).digest()


def open_body(event_id: UUID, body: bytes, sealer: Sealer) -> bytes:
    """Salt and canonical form of a stored event."""
    return sealer.open(body, _aad(event_id))


def canonical(event: AuditEvent) -> bytes:
    """The canonical form, version 1: JSON with sorted keys, no space, absent values left out, instants in UTC."""
    actor = event.actor
    who: dict[str, Any] = {name: value for name in _ACTOR_TEXTS if (value := getattr(actor, name)) is not None}
    who["kind"] = actor.kind
    who["purpose"] = actor.purpose
    who["means"] = actor.authentication.means
    if actor.authentication.level is not None:
        who["level"] = actor.authentication.level
    if actor.authentication.certificate is not None:
        who["certificate"] = actor.authentication.certificate
    if actor.ins is not None:
        who["ins"] = [actor.ins.oid, actor.ins.matricule]
    if actor.secret_connection:
        who["secret_connection"] = True
    if actor.correlation_id is not None:
        who["correlation_id"] = actor.correlation_id
    form: dict[str, Any] = {
        "v": CANONICAL_VERSION,
        "id": event.event_id,
        "type": event.type,
        "outcome": event.outcome,
        "at": event.occurred_at,
        "actor": who,
        "documents": event.documents,
        "details": dict(event.details),
    }
    if event.rule is not None:
        form["rule"] = event.rule
    if event.edition is not None:
        form["edition"] = event.edition
    return orjson.dumps(form, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


_ACTOR_TEXTS = (
    "name", "person", "organization", "organization_name", "software", "profession", "specialty", "function", "sector", "situation",
    "on_behalf_of", "on_behalf_of_name", "capacity", "motive",
)  # fmt: skip


def read_canonical(form: bytes) -> AuditEvent:
    """The event back from its canonical form."""
    data = orjson.loads(form)
    who = data["actor"]
    texts = {name: who.get(name) for name in _ACTOR_TEXTS}
    ins = who.get("ins")
    correlation = who.get("correlation_id")
    actor = Actor(
        kind=ActorKind(who["kind"]),
        purpose=Purpose(who["purpose"]),
        authentication=Authentication(who["means"], who.get("level"), who.get("certificate")),
        ins=None if ins is None else Ins(ins[1], ins[0]),
        secret_connection=who.get("secret_connection", False),
        correlation_id=None if correlation is None else UUID(correlation),
        **texts,
    )
    return AuditEvent(
        event_id=UUID(data["id"]),
        type=EventType(data["type"]),
        outcome=Outcome(data["outcome"]),
        occurred_at=datetime.fromisoformat(data["at"]),
        actor=actor,
        documents=tuple(UUID(text) for text in data["documents"]),
        rule=data.get("rule"),
        details=data["details"],
        edition=data.get("edition"),
    )


@lru_cache(maxsize=_OPENED_KEPT)
def opened_event(event_id: UUID, body: bytes, sealer: Sealer) -> AuditEvent:
    """
    An event from its sealed body. Events never change: those opened last are remembered, each under the very bytes that it was opened from.

    Takes
        sealer: hashable.
    """
    return read_canonical(open_body(event_id, body, sealer)[_SALT_BYTES:])


def read_clear(form: bytes) -> tuple[UUID, str, str, datetime]:
    """
    What a canonical form says that stands in clear too: id, type, outcome, instant.

    Words as they are, so that a program verifies kinds of events that only a newer one knows.
    """
    data = orjson.loads(form)
    return UUID(data["id"]), data["type"], data["outcome"], datetime.fromisoformat(data["at"])


def _aad(event_id: UUID) -> bytes:
    return b"event:" + event_id.bytes
