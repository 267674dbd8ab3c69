"""The SQL of acts on rights: find and lock a record, the facts, whom a right is given to, the records of a holder, notices."""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from functools import cache
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg import AsyncConnection

from carnet.domain.access.facts import FactTerms, facts_for, holder_of, record_facts
from carnet.domain.access.facts_sql import CONSENTS
from carnet.domain.access.model import RecordFacts
from carnet.domain.access.notices import COMPULSORY, NOTICE_JOB, TOLD_ONCE, KeptNotice, Notice, NoticeKind
from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.trail import PreparedEvent
from carnet.domain.consent.model import Basis, Consent, ConsentKind, ConsentPeriod, Period, RecordStatus
from carnet.domain.consent.store import Locked
from carnet.domain.delegations.facts_sql import DELEGATED, DELEGATIONS
from carnet.storage import outbox
from carnet.storage.database import Database
from carnet.storage.keys import KeyRing
from carnet.storage.sealing import SealingKey
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.uuid7 import uuid7

Connection = AsyncConnection[Any]

_FIND = """
    SELECT patient_id FROM ins_claim WHERE matricule = %s AND oid = %s AND (former_since IS NULL OR former_since > %s)
"""
_FACTS: LiteralString = f"""
    SELECT r.status, r.facts_version, {CONSENTS}, i.matricule, i.oid, i.birth_date
    FROM record r JOIN identity i ON i.patient_id = r.patient_id AND i.valid_to IS NULL AND i.status = 'QUAL'
    WHERE r.patient_id = %(patient)s
"""  # noqa: S608  constants only
_OF_HOLDER = """
    SELECT period_id, kind, holder, holder_is_organization, valid_from, valid_to, recorded_at, recorded_by, basis, scope
    FROM consent_period
    WHERE patient_id = %(patient)s AND kind IN ('grant', 'block', 'primary-care-doctor')
        AND (holder = %(person)s AND NOT holder_is_organization OR holder = %(organization)s AND holder_is_organization)
    ORDER BY valid_from, period_id
"""
# A claim finds a record; its own periods say whether the authorisation still holds and the record is open.
_HELD = """
    SELECT h.patient_id, i.matricule, i.oid, h.authorised_at, g.period_id, g.kind, g.holder, g.holder_is_organization, g.valid_from,
        g.valid_to, g.recorded_at, g.recorded_by, g.basis, g.scope
    FROM held_record_claim h
    JOIN record r ON r.patient_id = h.patient_id AND r.status = 'open'
    JOIN identity i ON i.patient_id = h.patient_id AND i.valid_to IS NULL AND i.status = 'QUAL'
    JOIN LATERAL (
        SELECT c.* FROM consent_period c
        WHERE c.patient_id = h.patient_id AND c.kind = 'grant' AND c.holder = %(holder)s AND c.holder_is_organization = %(organization)s
            AND c.valid_from <= greatest(%(at)s, r.changed_at) AND (c.valid_to IS NULL OR c.valid_to > greatest(%(at)s, r.changed_at))
        ORDER BY c.valid_from DESC LIMIT 1
    ) g ON true
    WHERE h.holder = %(holder)s
        AND (%(since)s::timestamptz IS NULL OR h.authorised_at >= %(since)s)
        AND (%(after)s::timestamptz IS NULL OR (h.authorised_at, h.patient_id) < (%(after)s, %(after_id)s::uuid))
        AND NOT EXISTS (
            SELECT 1 FROM consent_period b WHERE b.patient_id = h.patient_id AND b.kind = 'block'
                AND b.valid_from <= greatest(%(at)s, r.changed_at)
                AND (b.valid_to IS NULL OR b.valid_to > greatest(%(at)s, r.changed_at))
                AND b.holder = ANY (%(names)s))
    ORDER BY h.authorised_at DESC, h.patient_id DESC LIMIT %(limit)s
"""
_DELEGATED: LiteralString = f"SELECT {DELEGATIONS}"
_LOCK = "SELECT 1 FROM record WHERE patient_id = %s FOR UPDATE"
_NOTICE = """
    INSERT INTO notice (patient_id, notice_id, kind, event_id, occurred_at, noticed_at, about, is_secret)
    SELECT %(patient)s, %(notice)s, %(kind)s, %(event)s, %(at)s, %(now)s, %(about)s, %(secret)s
    WHERE NOT EXISTS (
        SELECT 1 FROM notice WHERE patient_id = %(patient)s AND kind = %(kind)s AND about = %(about)s AND is_secret = %(secret)s
            AND occurred_at BETWEEN %(at)s::timestamptz - %(within)s::interval AND %(at)s::timestamptz + %(within)s::interval)
        AND (%(compulsory)s OR NOT EXISTS (
            SELECT 1 FROM notice_choice WHERE patient_id = %(patient)s AND kind = %(kind)s AND NOT wanted))
    ON CONFLICT DO NOTHING
"""
_NOTICES = """
    SELECT notice_id, kind, event_id, occurred_at, about, is_secret, read_at FROM notice WHERE patient_id = %s AND is_told
    ORDER BY occurred_at DESC, notice_id
"""


@frozen
class HeldRecord:
    """A record on which someone holds an authorisation. position: where it stands in the list."""

    ins: Ins
    held: ConsentPeriod
    position: tuple[datetime, UUID]


@frozen
class RightsStore:
    """The tables of rights. system_key: seals the system's trail."""

    database: Database
    keys: KeyRing
    system_key: SealingKey
    fact_terms: FactTerms = field(default_factory=FactTerms)

    async def find(self, tx: Connection, ins: Ins, *, at: datetime) -> UUID | None:
        """Whose matricule this is; a former one names its person for a while only (decision 16)."""
        values = (ins.matricule, ins.oid, self.fact_terms.former_after(at))
        row = await (await tx.execute(_FIND, values)).fetchone()
        return None if row is None else row[0]

    async def facts(
        self, tx: Connection, patient_id: UUID, *, actor: Actor, at: datetime
    ) -> tuple[RecordFacts, Ins] | None:
        """The facts of a record for an actor, and its matricule; None when its identity is not qualified."""
        values = {
            "patient": patient_id,
            "person": holder_of(actor),
            "organization": actor.organization,
            "delegator": actor.on_behalf_of,
            "at": at,
        }
        row = await (await tx.execute(facts_for(actor, _FACTS), values)).fetchone()
        if row is None:
            return None
        status, version, consents, matricule, oid, birth_date = row
        ins = Ins(matricule, oid)
        facts = record_facts(
            actor, ins, status=RecordStatus(status), consents=consents, facts_version=version, at=at,
            birth_date=birth_date, terms=self.fact_terms,
        )  # fmt: skip
        return facts, ins

    async def is_delegated(self, actor: Actor, *, at: datetime) -> bool:
        """Whether someone lets this actor feed in their name now, in the structure where they act."""
        values = {"person": actor.person, "organization": actor.organization, "delegator": actor.on_behalf_of, "at": at}
        row = await self.database.row(_DELEGATED, values)
        return row is not None and DELEGATED in row[0]

    async def periods_of_holder(
        self, tx: Connection, patient_id: UUID, *, person: str | None, organization: str | None
    ) -> list[ConsentPeriod]:
        """Authorisations, blocks and roles of médecin traitant of a professional or their structure, past and present."""
        values = {"patient": patient_id, "person": person, "organization": organization}
        return [_period(patient_id, row) for row in await (await tx.execute(_OF_HOLDER, values)).fetchall()]

    async def held_records(
        self, tx: Connection, holder: str, *, is_organization: bool, names: Sequence[str], at: datetime, since: datetime | None,
        after: tuple[datetime, UUID] | None, limit: int,
    ) -> list[HeldRecord]:  # fmt: skip
        """
        Open records where this holder's authorisation holds, the last authorised first.

        Takes
            names: of those whose block takes them out of the list. since: authorised since then. after: where the page before ended.
        """
        values = {
            "holder": holder, "organization": is_organization, "names": list(names), "at": at, "since": since,
            "after": None if after is None else after[0], "after_id": None if after is None else after[1], "limit": limit,
        }  # fmt: skip
        rows = await (await tx.execute(_HELD, values)).fetchall()
        return [HeldRecord(Ins(row[1], row[2]), _period(row[0], row[4:]), (row[3], row[0])) for row in rows]

    async def trace(self, tx: Connection, patient_id: UUID, event: PreparedEvent) -> None:
        """Append to a record's trail within the act."""
        await audit_store.append(tx, patient_id, event)

    async def trace_alone(self, patient_id: UUID | None, event: PreparedEvent) -> None:
        """Append to a record's trail, or the system's, outside an act."""
        async with self.database.connection() as connection:
            if patient_id is None:
                await audit_store.append_system(connection, event)
            else:
                await audit_store.append(connection, patient_id, event)

    async def ask_notice(self, tx: Connection, held: Locked, notice: Notice) -> None:
        """Ask within the act that the citizen be told."""
        await outbox.enqueue(tx, held.patient_id, kind=NOTICE_JOB, payload=notice.payload, now=held.at)


def asking(statement: LiteralString, values: dict[str, Any], notice: Notice | None) -> tuple[str, dict[str, Any]]:
    """
    The same statement that also tells of an access, in the same act.

    It remembers who the access was by, so that a first access is told, and told once; it is told there and then, what else there is by a job.
    """
    if notice is None:
        return statement, values
    asked = {
        "reader": notice.about,
        "secret": notice.is_secret,
        "notice": notice.kind.value,
        "job": None,
        "job_kind": None,
        "payload": None,
    }
    if notice.kind is not NoticeKind.FIRST_ACCESS:
        asked |= {"job": uuid7(), "job_kind": NOTICE_JOB, "payload": orjson.dumps(notice.payload).decode()}
    return _telling(statement), {**values, **asked}


@cache
def _telling(statement: LiteralString) -> LiteralString:
    """A statement that appends an event, as one that appends an access: there are two."""
    return statement.replace("append_event(", "append_access(").replace(
        "%(body)b)",
        "%(body)b, %(reader)s, %(secret)s, %(notice)s, %(job)s, %(job_kind)s, %(payload)s::text::jsonb)",
        1,
    )


async def write_notice(tx: Connection, patient_id: UUID, notice_id: UUID, notice: Notice, *, now: datetime) -> bool:
    """
    Write a notice, inside a transaction; False when the same was written, or another of its kind about the same one around that time, or
    when the citizen does not want this kind.
    """
    await tx.execute(_LOCK, (patient_id,))  # one after the other: two at once would each see no other
    values = {
        "patient": patient_id, "notice": notice_id, "kind": notice.kind, "event": notice.event_id, "at": notice.occurred_at,
        "now": now, "about": notice.about, "within": TOLD_ONCE, "secret": notice.is_secret, "compulsory": notice.kind in COMPULSORY,
    }  # fmt: skip
    return (await tx.execute(_NOTICE, values)).rowcount == 1


async def notices(connection: Connection, patient_id: UUID) -> list[KeptNotice]:
    """Every notice of a record, the last first."""
    cursor = await connection.execute(_NOTICES, (patient_id,))
    return [KeptNotice(row[0], Notice(NoticeKind(row[1]), *row[2:6]), row[6]) for row in await cursor.fetchall()]


def _period(patient_id: UUID, row: Sequence[Any]) -> ConsentPeriod:
    basis = None if row[8] is None else Basis(row[8])
    return ConsentPeriod(
        patient_id, row[0], Consent(ConsentKind(row[1]), row[2], row[3], basis, row[9]), Period(*row[4:8])
    )
