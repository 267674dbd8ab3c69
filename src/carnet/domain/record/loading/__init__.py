"""
Take over a stock of records: many at once, by COPY, sealed and traced as if they had been filed one by one.

The stock is trusted: whoever held it answers for what the deposit would have checked. It must touch no record that lives here.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from uuid import UUID

from psycopg import errors as database_errors

from carnet.domain.access.model import AccessClass, AvailabilityStatus
from carnet.domain.actor import Actor
from carnet.domain.audit.model import AuditEvent, EventType, did
from carnet.domain.audit.trail import chained, genesis, prepare
from carnet.domain.consent.granting import BEGINS
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.domain.errors import Conflict, Invalid, Refused
from carnet.domain.people.model import Identity, IdentityStatus
from carnet.domain.record import rows
from carnet.domain.record.judging import FicheWriter, SetWriter
from carnet.domain.record.lists import titles
from carnet.domain.record.lists.filing import set_aad
from carnet.domain.record.loading import store
from carnet.domain.record.loading.model import HeldDocument, HeldRecord, HeldSubmission, LoadedRecord
from carnet.domain.record.model import AssociationKind, DocumentEntry
from carnet.domain.record.stating import may_state
from carnet.domain.record.store import RecordStore, fiche_aad
from carnet.domain.record.versions import replaced_by
from carnet.storage.sealing import PatientKey, seal_content
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.uuid7 import uuid7

BATCH_RECORDS = 200


async def load(
    kept: RecordStore, stock: Iterable[HeldRecord], *, actor: Actor, write_fiche: FicheWriter, write_set: SetWriter, at: datetime,
    batch_records: int = BATCH_RECORDS,
) -> AsyncIterator[Sequence[LoadedRecord]]:  # fmt: skip
    """
    Take over records, a batch at a time; each batch is durable when it is given.

    A record whose INS opens one here already is left out, so that an interrupted loading can be run again.

    Takes
        stock: consumed as it goes. actor: who takes over, in every trail. at: now; the instant at which the stock arrives.
    Gives
        the records of each batch, in order, those left out excepted.

    Raises
    ------
        Refused: `identity-not-qualified`. Conflict: `unique-id-taken`: a uniqueId of the batch is used already.
        Invalid: `target-unknown`: a document replaces one that its record does not hold, or that another replaced.
    """
    records = iter(stock)
    while batch := list(islice(records, batch_records)):
        async with kept.database.connection() as connection:
            known = await store.held(connection, (record.identity.ins for record in batch))
        writing = _Batch(kept, actor, write_fiche, write_set, at)
        loaded = [await writing.record(record) for record in batch if record.identity.ins not in known]
        try:
            async with kept.database.transaction() as connection:
                await store.write(connection, writing.rows, writing.contents)
        except database_errors.UniqueViolation as taken:
            for patient_id, logical_id, _, _ in writing.contents:
                await kept.contents.discard(patient_id, logical_id)
            raise Conflict("unique-id-taken") from taken
        yield loaded


@dataclass(slots=True)
class _Batch:
    """Rows of one batch, gathered by table."""

    kept: RecordStore
    actor: Actor
    write_fiche: FicheWriter
    write_set: SetWriter
    at: datetime
    rows: dict[str, list[store.Row]] = field(default_factory=lambda: {table: [] for table in store.TABLES})
    contents: list[tuple[UUID, UUID, int, bytes]] = field(default_factory=list)
    # Of the record at hand: its current documents, with their rows; and how many were superseded.
    _current: dict[str, tuple[int, DocumentEntry]] = field(default_factory=dict)
    _superseded: int = 0
    # Those replaced, in order: row and entry of each, row and entry of what replaced it.
    _line: list[tuple[int, DocumentEntry, int, DocumentEntry]] = field(default_factory=list)

    async def record(self, held: HeldRecord) -> LoadedRecord:
        identity = held.identity
        if identity.status is not IdentityStatus.QUALIFIED:
            raise Refused("identity-not-qualified")
        patient_id = uuid7()
        wrapped = self.kept.keys.new_patient_key(patient_id)
        key = self.kept.keys.patient_key(patient_id, wrapped)
        trail = _Trail(patient_id, key, self.rows["audit_event"])
        trail.append(did(self.actor, EventType.RECORD_OPENED, at=self.at, status=RecordStatus.OPEN))
        for consent in held.consents:
            trail.append(did(self.actor, BEGINS[consent.kind], at=self.at, holder=consent.holder))
        documents: list[UUID] = []
        self._current, self._superseded, self._line = {}, 0, []
        for submission in held.submissions:
            documents += await self._submission(submission, identity, patient_id, key, trail)
        self._put_behind(str(patient_id))
        self._head(held, patient_id, wrapped, trail)
        return LoadedRecord(patient_id, identity.ins, tuple(documents))

    def _head(self, held: HeldRecord, patient_id: UUID, wrapped: bytes, trail: "_Trail") -> None:
        patient, at, by = str(patient_id), self.at.isoformat(), self.actor.name
        changed_at = (self._later if self._superseded else self.at).isoformat()
        facts_version = str(len(held.consents) + self._superseded)
        identity, ins, traits = held.identity, held.identity.ins, held.identity.traits
        write = self.rows
        write["ins_claim"].append((ins.matricule, ins.oid, patient))
        write["record"].append(
            (patient, _hex(wrapped), RecordStatus.OPEN.value, facts_version, str(trail.length), _hex(trail.hash), changed_at)
        )  # fmt: skip
        write["record_period"].append((patient, str(uuid7()), RecordStatus.OPEN.value, at, at, by))
        write["identity"].append(
            (
                patient, str(uuid7()), ins.matricule, ins.oid, identity.status.value, _array(tuple(sorted(identity.attributes))),
                traits.birth_name, traits.first_given_name, traits.given_names, traits.birth_date, traits.sex.value,
                traits.birth_place, identity.used_name, identity.used_given_name, at, at, by,
            )
        )  # fmt: skip
        for consent in held.consents:
            until = None if consent.until is None else consent.until.isoformat()
            write["consent_period"].append(
                (
                    patient, str(uuid7()), consent.kind.value, consent.holder, str(consent.holder_is_organization),
                    consent.since.isoformat(), until, at, by,
                )
            )  # fmt: skip
        held_by = {each.holder: each.since for each in held.consents if each.kind is ConsentKind.GRANT}
        for holder, since in held_by.items():
            write["held_record_claim"].append((holder, patient, since.isoformat()))

    async def _submission(
        self, held: HeldSubmission, identity: Identity, patient_id: UUID, key: PatientKey, trail: "_Trail"
    ) -> list[UUID]:
        submission_set = held.submission_set
        set_id = uuid7()
        unique_id = str(submission_set.unique_id or UniqueId(str(set_id)))
        patient, at = str(patient_id), self.at.isoformat()
        submitted = self.at if submission_set.submitted is None else submission_set.submitted.start
        self._claim(patient, unique_id, set_id)
        self.rows["submission_set"].append(
            (
                patient, str(set_id), unique_id, submission_set.source_id,
                None if submission_set.content_type is None else rows.token(submission_set.content_type), submitted.isoformat(), at,
                _hex(key.seal(self.write_set(submission_set, patient_id, identity.ins, set_id), set_aad(set_id))),
                *(_array(tuple(values)) for values in rows.source_columns(submission_set.author).values()),
                _array(tuple(titles.columns(key, submission_set.title))),
            )
        )  # fmt: skip
        replaced = [None if each.replaces is None else self._replaced(str(each.replaces)) for each in held.documents]
        documents = [
            await self._document(document, identity, patient_id, key, str(set_id)) for document in held.documents
        ]
        event = did(
            self.actor, EventType.DOCUMENTS_FILED, at=self.at, documents=tuple(documents), rule="load", set=str(set_id)
        )
        trail.append(event)
        for former, logical_id, document in zip(replaced, documents, held.documents, strict=True):
            if former is not None:
                self._supersede(patient, former, str(logical_id), set_id=str(set_id), event_id=str(event.event_id))
                self._line.append((*former, *self._current[str(document.entry.unique_id)]))
        return documents

    def _put_behind(self, patient: str) -> None:
        """The classes of the documents replaced name those of all that replaced them: the latest replaced first, since it is behind the least."""
        now: dict[int, AccessClass] = {}
        names = store.columns("document_entry")
        where = names.index("class_id")
        for at, entry, later_at, later in reversed(self._line):
            successor = now.get(later_at) or rows.access_class(later, AvailabilityStatus.APPROVED)
            now[at] = replaced_by(rows.access_class(entry, AvailabilityStatus.DEPRECATED), successor)
            row = self.rows["document_entry"][at]
            self.rows["document_entry"][at] = (*row[:where], self._class(now[at], patient), *row[where + 1 :])

    def _replaced(self, unique_id: str) -> tuple[int, DocumentEntry]:
        """A current document of the record, which is so no more."""
        found = self._current.pop(unique_id, None)
        if found is None:
            raise Invalid("target-unknown", target=unique_id)
        return found

    @property
    def _later(self) -> datetime:
        """When what was superseded on arrival was so: it has been current for an instant, as any period has a length."""
        return self.at + timedelta(microseconds=1)

    def _supersede(
        self, patient: str, former: tuple[int, DocumentEntry], logical: str, *, set_id: str, event_id: str
    ) -> None:
        """What `file_submission` does to a document that another replaces."""
        at, _ = former
        names = store.columns("document_entry")
        of = dict(zip(names, self.rows["document_entry"][at], strict=True))
        later = self._later.isoformat()
        self.rows["association"].append((patient, logical, AssociationKind.REPLACES.value, of["logical_id"], set_id))
        self.rows["document_entry_past"].append(
            (
                patient, of["logical_id"], of["version"], of["class_id"], of["entry_uuid"], of["status"], of["labels"],
                of["updated_at"], later, event_id,
            )
        )  # fmt: skip
        changes = {
            "status": AvailabilityStatus.DEPRECATED.value,
            "version": "2",
            "updated_at": later,
        }
        self.rows["document_entry"][at] = tuple(changes.get(name, of[name]) for name in names)
        self._superseded += 1

    async def _document(
        self, held: HeldDocument, identity: Identity, patient_id: UUID, key: PatientKey, set_id: str
    ) -> UUID:
        entry, logical_id = held.entry, uuid7()
        patient, logical, at = str(patient_id), str(logical_id), self.at.isoformat()
        class_id = self._class(rows.access_class(entry, AvailabilityStatus.APPROVED), patient)
        fiche = key.seal(self.write_fiche(entry, patient_id, identity.ins, logical_id), fiche_aad(logical_id))
        columns = rows.entry_columns(entry, n=1, logical_id=logical_id, class_id=logical_id)
        self._claim(patient, columns["unique_id"], logical_id)
        stopped = [
            None if columns[name] is None else columns[name].isoformat() for name in ("stopped_from", "stopped_to")
        ]
        self._current[columns["unique_id"]] = len(self.rows["document_entry"]), entry
        self.rows["document_entry"].append(
            (
                patient, logical, class_id, columns["created_from"].isoformat(), columns["created_to"].isoformat(), at, "1", logical,
                set_id, columns["unique_id"], AvailabilityStatus.APPROVED.value, entry.confidentiality,
                _array(tuple(columns["labels"])), columns["type"], columns["category"], columns["format"], columns["facility"],
                columns["setting"], _array(tuple(columns["events"])), _array(tuple(columns["reference_ids"])),
                _array(tuple(columns["authors"])), _array(tuple(columns["author_names"])), columns["started_from"].isoformat(),
                columns["started_to"].isoformat(), *stopped, at, entry.mime_type, str(entry.size_bytes), "\\x" + entry.hash_sha1,
                "\\x" + entry.hash_sha256, _hex(fiche),
            )
        )  # fmt: skip
        if may_state(columns):
            self.rows["health_facts"].append((patient, logical, "0", "unread"))
        if held.content is not None:
            sealed = seal_content(key, held.content, patient_id=patient_id, logical_id=logical_id)
            segments = await self.kept.contents.write(patient_id, logical_id, sealed)
            self.contents.extend((patient_id, logical_id, n, segment) for n, segment in enumerate(segments))
        return logical_id

    def _claim(self, patient: str, unique_id: str, entry_id: UUID) -> None:
        self.rows["unique_id_claim"].append((unique_id, patient))
        self.rows["entry_claim"].append((str(entry_id), patient))

    def _class(self, facts: AccessClass, patient: str) -> str:
        columns = rows.class_columns(facts)
        row = (
            patient, str(facts.class_id), columns["status"].value, _array(tuple(columns["labels"])), columns["type_code"],
            columns["class_code"], columns["owner"].value, _array(tuple(columns["author_persons"])),
            _array(tuple(columns["author_organizations"])), _array(tuple(columns.get("successors", ()))),
        )  # fmt: skip
        classes = self.rows["access_class"]
        # Rows of one patient follow one another, so only the last few can be the same.
        for other in reversed(classes):
            if other[0] != patient:
                break
            if other[1] == row[1]:
                return row[1]
        classes.append(row)
        return row[1]


@dataclass(slots=True)
class _Trail:
    """The chain of one record, in the making, as append_event writes it."""

    patient_id: UUID
    key: PatientKey
    rows: list[store.Row]
    length: int = 0
    hash: bytes = b""

    def __post_init__(self) -> None:
        self.hash = genesis(str(self.patient_id))

    def append(self, event: AuditEvent) -> None:
        prepared = prepare(event, self.key)
        self.length += 1
        self.hash = chained(self.hash, prepared.commitment, self.length)
        self.rows.append(
            (
                str(self.patient_id), str(prepared.event_id), str(self.length), prepared.type.value, prepared.outcome.value,
                prepared.occurred_at.isoformat(), _hex(prepared.commitment), _hex(self.hash), _hex(prepared.body),
            )
        )  # fmt: skip


def _hex(value: bytes) -> str:
    return "\\x" + value.hex()


@lru_cache(maxsize=4096)
def _array(values: tuple[str, ...]) -> str:
    """An array as PostgreSQL reads it in text."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
