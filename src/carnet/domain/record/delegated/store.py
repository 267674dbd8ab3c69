"""The SQL of what was filed in someone's name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from carnet.domain.access.facts import holder_of, record_facts
from carnet.domain.access.facts_sql import CONSENTS
from carnet.domain.access.model import AccessClass, RecordFacts
from carnet.domain.actor import Actor
from carnet.domain.consent.model import RecordStatus
from carnet.domain.people.model import Identity
from carnet.domain.people.store import IDENTITY_COLUMNS, IdentityRow
from carnet.domain.record.fact_rows import class_of
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.frozen import frozen

_CLAIM = """
    INSERT INTO delegated_filing_claim (delegator, unique_id, patient_id, delegation_id, claimed_at)
    SELECT %(delegator)s, u, %(patient)s, %(delegation)s, %(at)s FROM unnest(%(unique_ids)s::text[]) AS q (u)
    ON CONFLICT (delegator, unique_id) DO NOTHING RETURNING unique_id
"""
_IDENTITY_WIDTH = 12
# listed: what the record does hold, with the facts that each document is judged on.
_LISTED: LiteralString = f"""
    SELECT {IDENTITY_COLUMNS}, e.logical_id, e.patient_id, split_part(e.type, '|', 2), e.filed_at, d.delegation_id, d.told,
        r.status, r.facts_version, {CONSENTS},
        a.class_id, a.status, a.labels, a.type_code, a.class_code, a.owner, a.author_persons, a.author_organizations, a.hidden_from,
        a.successors
    FROM delegated_filing_claim c
    JOIN document_entry e ON e.patient_id = c.patient_id AND e.unique_id = c.unique_id
    JOIN access_class a ON a.patient_id = e.patient_id AND a.class_id = e.class_id
    JOIN record r ON r.patient_id = c.patient_id
    JOIN identity i ON i.patient_id = c.patient_id AND i.valid_to IS NULL AND i.status = 'QUAL'
    JOIN delegation d ON d.delegation_id = c.delegation_id
    WHERE c.delegator = %(person)s ORDER BY e.filed_at DESC, e.logical_id LIMIT %(limit)s
"""  # noqa: S608  constants only


@frozen
class Listed:
    """A document with the facts to judge it on. told: sealed, of its delegation."""

    logical_id: UUID
    patient_id: UUID
    type_code: str
    filed_at: datetime
    delegation_id: UUID
    told: bytes
    identity: Identity
    record: RecordFacts
    document: AccessClass


async def claim(
    store: RecordStore, delegator: str, patient_id: UUID, unique_ids: Sequence[str], *, delegation_id: UUID, at: datetime
) -> None:  # fmt: skip
    """Claim documents that are about to be filed; again, nothing changes."""
    values = {
        "delegator": delegator, "patient": patient_id, "delegation": delegation_id, "unique_ids": list(unique_ids), "at": at,
    }  # fmt: skip
    await store.database.fetch(_CLAIM, values)


async def listed(store: RecordStore, actor: Actor, *, at: datetime, limit: int) -> list[Listed]:
    """The documents filed in this professional's name that a record holds, the last filed first."""
    values = {"person": holder_of(actor), "organization": actor.organization, "at": at, "limit": limit}
    return [_listed(store, actor, row, at) for row in await store.database.fetch(_LISTED, values)]


def _listed(store: RecordStore, actor: Actor, row: Sequence[Any], at: datetime) -> Listed:
    identity = IdentityRow(tuple(row[:_IDENTITY_WIDTH])).identity()
    logical_id, patient_id, type_code, filed_at, delegation_id, told, status, version, consents = row[
        _IDENTITY_WIDTH : _IDENTITY_WIDTH + 9
    ]
    record = record_facts(
        actor, identity.ins, status=RecordStatus(status), consents=consents, facts_version=version, at=at,
        birth_date=identity.traits.birth_date, terms=store.fact_terms,
    )  # fmt: skip
    document = class_of(row[_IDENTITY_WIDTH + 9 :])
    return Listed(logical_id, patient_id, type_code, filed_at, delegation_id, bytes(told), identity, record, document)
