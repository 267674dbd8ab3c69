"""What the record keeps: the facts an act is decided on (`facts_sql`), then the act itself with its trace, in one statement each."""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg import errors as database_errors

from carnet.domain.access.facts import FactTerms, facts_for, holder_of, record_facts
from carnet.domain.access.model import AccessClass, Confidentiality, RecordFacts
from carnet.domain.access.notices import Notice
from carnet.domain.access.store import asking
from carnet.domain.actor import Actor, Purpose
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.trail import PreparedEvent
from carnet.domain.consent.model import RecordStatus
from carnet.domain.delegations.facts_sql import WHILE_DELEGATED
from carnet.domain.people.store import IdentityRow
from carnet.domain.record.exceptional import judged_by_word
from carnet.domain.record.fact_rows import (
    NO_LABELS,
    STATUSES,
    class_of,
    held_folder_of,
    known_of,
    lines_of,
    target_of,
)
from carnet.domain.record.facts import DepositFacts, EntryFacts, ReadFacts
from carnet.domain.record.facts_sql import DEPOSIT_FACTS, ENTRY_FACTS, RIGHTS_THEN, SEARCH_BY_INS, SEARCH_BY_PATIENT
from carnet.domain.record.filing import Filing
from carnet.domain.record.filing_sql import FILE, FILE_AND_ASK, FILE_AND_SETTLE, FILE_SETTLE_AND_ASK
from carnet.domain.record.lists.model import FolderRows
from carnet.domain.record.model import AssociationKind, StoredEntry
from carnet.domain.record.search import SearchQuery
from carnet.domain.record.search_sql import ENTRY_COLUMNS, page_statement, total_statement
from carnet.domain.record.stating import STRUCTURED_FILED, stating
from carnet.storage.contents import ContentStore
from carnet.storage.database import Database
from carnet.storage.keys import KeyRing
from carnet.storage.sealing import PatientKey, SealingKey
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.uuid7 import uuid7

CLAIMED_ELSEWHERE = "CN001"  # raised by file_submission

_READ_CONTENT = """
    SELECT append_event(
            %(patient)s, %(facts_version)s, %(event)s, %(type)s, %(outcome)s, %(at)s, %(commitment)b, %(body)b),
        ARRAY(
            SELECT c.bytes FROM content c
            WHERE c.patient_id = %(patient)s AND c.logical_id = %(entry)s AND c.segment = ANY (%(segments)s)
            ORDER BY c.segment)
"""
_ENTRY = f"SELECT {ENTRY_COLUMNS} FROM document_entry e WHERE e.patient_id = %(patient)s AND e.logical_id = %(entry)s"  # noqa: S608  constants only
_FIRST_FICHE = """
    SELECT e.fiche, e.confidentiality, coalesce(p.labels, e.labels), coalesce(p.masked_by_patient, e.masked_by_patient)
    FROM document_entry e
    LEFT JOIN document_entry_past p ON p.patient_id = e.patient_id AND p.logical_id = e.logical_id AND p.version = 1
    WHERE e.patient_id = %(patient)s AND e.logical_id = %(entry)s
"""
_RELATIONS = """
    SELECT s.source_id, s.kind, s.target_id FROM association s
    JOIN document_entry t ON t.patient_id = s.patient_id AND t.logical_id = s.target_id
    WHERE s.patient_id = %(patient)s AND s.source_id = ANY (%(sources)s) AND t.class_id = ANY (%(allowed)s)
"""


class Moved(Exception):
    """A consent, label or status changed, or the same document arrived, since the facts were read."""


@frozen
class RecordStore:
    """The record's tables, its keys and its contents. system_key: seals the system's trail. fact_terms: what settings make of facts."""

    database: Database
    keys: KeyRing
    contents: ContentStore
    system_key: SealingKey
    fact_terms: FactTerms = field(default_factory=FactTerms, kw_only=True)

    async def deposit_facts(
        self, actor: Actor, *, ins: Ins | None, patient_id: UUID | None, unique_ids: Sequence[str], targets: Sequence[UUID],
        target_unique_ids: Sequence[str], folders: Sequence[UUID] | None, at: datetime,
    ) -> DepositFacts | None:  # fmt: skip
        """
        The facts of a deposit; None when the patient has no record. By the INS when there is one, else by the id.

        Takes
            folders: ids of folders that are named; None when the submission speaks of no folder.
        """
        values = {
            **self._named(actor, ins=ins, patient_id=patient_id, at=at),
            "unique_ids": list(unique_ids),
            "targets": list(targets),
            "target_unique_ids": list(target_unique_ids),
            "folders": list(folders or ()),
        }
        is_related = bool(targets or target_unique_ids) or folders is not None
        statement = facts_for(actor, DEPOSIT_FACTS[ins is not None, is_related])
        row = await self.database.row(statement, values)
        if row is None:
            return None
        patient, wrapped, status, version, consents, known, found, line, held, *identity_row = row
        identity = IdentityRow(tuple(identity_row)).identity()
        return DepositFacts(
            patient,
            self.keys.patient_key(patient, wrapped),
            identity,
            record_facts(
                actor,
                identity.ins,
                status=RecordStatus(status),
                consents=consents,
                facts_version=version,
                at=at,
                birth_date=identity.traits.birth_date,
                terms=self.fact_terms,
            ),
            [known_of(item) for item in known or ()],
            [target_of(item) for item in found or ()],
            lines_of(line),
            [held_folder_of(item) for item in held or ()],
        )

    async def file(self, facts: DepositFacts, filing: Filing) -> datetime:
        """
        File a submission: contents, fiches, relations and trace, durable when it returns.

        Gives
            the instant of the change.

        Raises
        ------
            Moved: decide again.
        """
        ids: list[UUID] = []
        numbers: list[int] = []
        segments: list[bytes] = []
        for logical_id, sealed in filing.contents:
            kept = await self.contents.write(facts.patient_id, logical_id, sealed)
            ids.extend([logical_id] * len(kept))
            numbers.extend(range(len(kept)))
            segments.extend(kept)
        event = filing.event
        values = {
            "patient": facts.patient_id,
            "facts_version": facts.record.facts_version,
            "event": event.event_id,
            "event_type": event.type,
            "at": event.occurred_at,
            "commitment": event.commitment,
            "event_body": event.body,
            "unique_ids": filing.unique_ids,
            "entry_ids": filing.entry_ids,
            "set": _json(filing.submission_set),
            "set_body": filing.set_body,
            "classes": _json(filing.classes),
            "entries": _json(filing.entries),
            "fiches": filing.fiches,
            "content_ids": ids,
            "content_segments": numbers,
            "first_segment": segments[0] if segments else None,
            "more_segments": segments[1:],
            "associations": _json(filing.associations) if filing.associations else None,
            "deprecated": _json(filing.deprecated) if filing.deprecated else None,
        }
        statement, asking_too = FILE, FILE_AND_ASK
        if filing.deprecated or filing.settled or filing.folders is not None:
            statement, asking_too = FILE_AND_SETTLE, FILE_SETTLE_AND_ASK
            folders = filing.folders or FolderRows()
            values |= {
                "settled": _json(filing.settled),
                "folders": _json(folders.folders),
                "folder_bodies": list(folders.bodies),
                "members": _json(folders.members),
            }
        if followed := stating(filing.entries):
            statement = asking_too
            values |= {"job": uuid7(), "job_kind": STRUCTURED_FILED, "job_payload": _json({"documents": followed})}
        if filing.delegate is not None:
            statement += WHILE_DELEGATED
            values = {**filing.delegate, **values}
        try:
            row = await self.database.write(
                statement, values, patient=facts.patient_id, moves_facts=bool(filing.deprecated)
            )
        except database_errors.Error as error:
            await self._discard(facts.patient_id, filing)
            if isinstance(error, database_errors.UniqueViolation) or error.sqlstate == CLAIMED_ELSEWHERE:
                raise Moved from error
            raise
        if row is None or row[0] is None:
            await self._discard(facts.patient_id, filing)
            raise Moved
        changed_at: datetime = row[0]
        return changed_at

    async def _discard(self, patient_id: UUID, filing: Filing) -> None:
        for logical_id, _ in filing.contents:
            await self.contents.discard(patient_id, logical_id)

    async def search_facts(
        self, actor: Actor, *, ins: Ins | None, patient_id: UUID | None, at: datetime
    ) -> tuple[ReadFacts, list[AccessClass]] | None:
        """The facts of a search with the distinct classes of the record; None when there is no such record."""
        statement = SEARCH_BY_PATIENT if ins is None else SEARCH_BY_INS
        row = await self.database.row(statement, self._named(actor, ins=ins, patient_id=patient_id, at=at))
        if row is None:
            return None
        facts = await self.reaching(actor, self.read_facts(actor, row, at))
        return facts, [class_of(item) for item in row[10] or ()]

    def _named(self, actor: Actor, *, ins: Ins | None, patient_id: UUID | None, at: datetime) -> dict[str, Any]:
        values = holder_values(actor, at)
        if ins is None:
            return {**values, "patient": patient_id}
        former_after = self.fact_terms.former_after(at)
        return {**values, "matricule": ins.matricule, "oid": ins.oid, "former_after": former_after}

    async def rights_then(self, actor: Actor, patient_id: UUID, *, at: datetime) -> RecordFacts:
        """What held for this actor at a past instant."""
        row = await self.database.row(RIGHTS_THEN, {**holder_values(actor, at), "patient": patient_id})
        assert row is not None
        return self.read_facts(actor, row, at).record

    async def entry_facts(
        self, actor: Actor, entry_id: UUID, *, at: datetime
    ) -> tuple[ReadFacts, EntryFacts | None] | None:
        """The facts of a document named by its id; None when no record claims it."""
        row = await self.database.row(ENTRY_FACTS, {**holder_values(actor, at), "entry": entry_id})
        if row is None:
            return None
        facts = await self.reaching(actor, self.read_facts(actor, row, at))
        if row[10] is None:
            return facts, None
        logical_id, filed_at, mime_type, size_bytes, sha1, sha256, behind = row[10:17]
        return facts, EntryFacts(
            logical_id,
            class_of(row[17:]),
            filed_at,
            mime_type,
            size_bytes,
            sha1,
            sha256,
            [*map(class_of, behind or ())],
        )

    async def page(
        self, facts: ReadFacts, query: SearchQuery, *, allowed: Sequence[UUID]
    ) -> tuple[list[StoredEntry], list[datetime], int | None]:
        """
        One page of the entries whose class is allowed: entries, the sort value of each, the total when wanted.

        Takes
            query: count + 1 rows are read, so that the caller knows whether a page follows.
        """
        statement, values = page_statement(query, patient_id=facts.patient_id, allowed=allowed)
        rows = await self.database.fetch(statement, values)
        total: int | None = None
        if query.with_total:
            # A first page that holds everything is its own count.
            is_all = query.page is None and len(rows) <= query.count
            total = len(rows) if is_all else await self._total(facts, query, allowed)
        relations = await self._relations(facts, [row[0] for row in rows if row[9]], allowed)
        entries = [self._entry(facts, row[:8], relations.get(row[0], ())) for row in rows]
        return entries, [row[8] for row in rows], total

    async def _total(self, facts: ReadFacts, query: SearchQuery, allowed: Sequence[UUID]) -> int:
        row = await self.database.row(*total_statement(query, patient_id=facts.patient_id, allowed=allowed))
        assert row is not None
        total: int = row[0]
        return total

    async def entry(self, facts: ReadFacts, logical_id: UUID, *, allowed: Sequence[UUID]) -> StoredEntry:
        """One entry, already allowed."""
        row = await self.database.row(
            _ENTRY, {"patient": facts.patient_id, "entry": logical_id, "allowed": list(allowed)}
        )
        assert row is not None
        relations = await self._relations(facts, [logical_id], allowed)
        return self._entry(facts, row, relations.get(logical_id, ()))

    async def first_fiche(
        self, patient_id: UUID, key: PatientKey, logical_id: UUID
    ) -> tuple[bytes, str, frozenset[Confidentiality], bool]:
        """
        A fiche as it was filed, to compare a replay with: its clear text, confidentiality and labels, and whether it bore the patient's mask.

        Of its first version, since what the patient hid later is not the sender's to learn.
        """
        row = await self.database.row(_FIRST_FICHE, {"patient": patient_id, "entry": logical_id})
        assert row is not None
        return key.open(row[0], fiche_aad(logical_id)), row[1], frozenset(map(Confidentiality, row[2])), row[3]

    async def _relations(
        self, facts: ReadFacts, sources: list[UUID], allowed: Sequence[UUID]
    ) -> dict[UUID, tuple[tuple[AssociationKind, UUID], ...]]:
        if not sources:
            return {}
        found: dict[UUID, tuple[tuple[AssociationKind, UUID], ...]] = {}
        values = {"patient": facts.patient_id, "sources": sources, "allowed": list(allowed)}
        for source, kind, target in await self.database.fetch(_RELATIONS, values):
            found[source] = (*found.get(source, ()), (AssociationKind(kind), target))
        return found

    def _entry(
        self, facts: ReadFacts, row: Sequence[Any], relations: tuple[tuple[AssociationKind, UUID], ...]
    ) -> StoredEntry:
        logical_id, version, updated_at, status, confidentiality, labels, entry_uuid, fiche = row
        return StoredEntry(
            logical_id,
            version,
            updated_at,
            STATUSES[status],
            confidentiality,
            frozenset(map(Confidentiality, labels)) if labels else NO_LABELS,
            entry_uuid,
            facts.key.open(fiche, fiche_aad(logical_id)),
            relations,
        )

    async def reaching(self, actor: Actor, facts: ReadFacts) -> ReadFacts:
        """The same, with the records that the actor opened today by their own word, when they read by it."""
        return facts if actor.purpose is Purpose.NORMAL else await judged_by_word(self, facts, actor=actor)

    def read_facts(self, actor: Actor, row: Sequence[Any], at: datetime) -> ReadFacts:
        """What any reading or change is decided on, from the first columns of its statement."""
        patient, wrapped, status, version, consents, matricule, oid, birth_date, changed_at, now = row[:10]
        ins = Ins(matricule, oid)
        return ReadFacts(
            patient,
            self.keys.patient_key(patient, wrapped),
            ins,
            record_facts(
                actor,
                ins,
                status=RecordStatus(status),
                consents=consents,
                facts_version=version,
                at=at,
                birth_date=birth_date,
                terms=self.fact_terms,
            ),
            changed_at,
            now,
            tuple(UUID(each[7:]) for each in consents if each.startswith("linked ")) if consents else (),
        )

    async def trace(
        self, patient_id: UUID, event: PreparedEvent, *, facts_version: int | None = None, notice: Notice | None = None
    ) -> datetime | None:
        """Append to a record's trail on its own, and ask for a notice if there is one; None when the facts moved."""
        values = audit_store.appended(patient_id, event, facts_version=facts_version)
        row = await self.database.write(*asking(audit_store.APPEND, values, notice), patient=patient_id)
        return None if row is None else row[0]

    async def trace_system(self, event: PreparedEvent) -> None:
        """Append to the system's trail on its own."""
        async with self.database.connection() as connection:
            await audit_store.append_system(connection, event)

    async def read_content(
        self, facts: ReadFacts, entry: EntryFacts, event: PreparedEvent, *, segments: Sequence[int], notice: Notice | None = None
    ) -> list[bytes]:  # fmt: skip
        """
        Trace a reading, and ask for a notice if there is one, then give the sealed segments, in order.

        Raises
        ------
            Moved: decide again; nothing was traced.
        """
        values = {
            **audit_store.appended(facts.patient_id, event, facts_version=facts.record.facts_version),
            "entry": entry.logical_id, "segments": list(segments),
        }  # fmt: skip
        row = await self.database.write(*asking(_READ_CONTENT, values, notice), patient=facts.patient_id)
        assert row is not None
        if row[0] is None:
            raise Moved
        return await self.contents.read(facts.patient_id, entry.logical_id, segments, row[1])


def fiche_aad(logical_id: UUID) -> bytes:
    return b"fiche:" + logical_id.bytes


def holder_values(actor: Actor, at: datetime) -> dict[str, Any]:
    return {"person": holder_of(actor), "organization": actor.organization, "delegator": actor.on_behalf_of, "at": at}


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
