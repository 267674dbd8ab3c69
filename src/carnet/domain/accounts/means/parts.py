"""What the verbs of accounts share, built once by app.py."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from carnet.domain.accounts.means.codes import AccountKeys
from carnet.domain.accounts.means.model import AccountTerms
from carnet.domain.accounts.means.passwords import PasswordPool
from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent.store import Locked, lock_at
from carnet.domain.errors import NotFound
from carnet.storage import outbox
from carnet.storage.database import Connection, Database
from carnet.storage.sealing import PatientKey
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen

TELL_JOB = "tell-account"  # a mail to the holder: what changed in their means


@frozen
class Accounts:
    """passwords: hashes them off the loop."""

    database: Database
    keys: AccountKeys
    terms: AccountTerms
    passwords: PasswordPool
    clock: Clock

    def patient_key(self, held: Locked) -> PatientKey:
        return self.keys.ring.patient_key(held.patient_id, held.wrapped_key)


async def held_record(tx: Connection, patient_id: UUID, at: datetime) -> Locked:
    """The record of an account, locked for the transaction. Raises NotFound: `record-unknown`."""
    held = await lock_at(tx, patient_id, at)
    if held is None:
        raise NotFound("record-unknown")
    return held


async def trace(
    tx: Connection,
    held: Locked,
    kind: EventType,
    *,
    actor: Actor,
    accounts: Accounts,
    tell: bool = True,
    **details: str,
) -> None:
    """
    Write an act of the account to the record's trail, and have the holder told of it by mail when they have one.

    Takes
        details: small facts: which means, by which way.
    """
    event = replace(did(actor, kind, at=held.at), details=details)
    await audit_store.append(tx, held.patient_id, prepare(event, accounts.patient_key(held)))
    if tell:
        await outbox.enqueue(tx, held.patient_id, kind=TELL_JOB, payload={"event": kind.value, **details}, now=held.at)


def seal(held: Locked, text: str, what: str, *, accounts: Accounts) -> bytes:
    """Seal a small value of the account under the patient's key."""
    return accounts.patient_key(held).seal(text.encode(), _binding(what, held.patient_id))


def unseal(sealed: bytes, what: str, *, patient_id: UUID, key: PatientKey) -> str:
    """The value that `seal` sealed. Raises SealBroken."""
    return key.open(sealed, _binding(what, patient_id)).decode()


def _binding(what: str, patient_id: UUID) -> bytes:
    return b"account " + what.encode() + b":" + patient_id.bytes
