"""The rows of new records, as `begin` writes them one by one, ready for COPY: key, first period, identity, first event of the trail."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.audit.model import did
from carnet.domain.audit.trail import chained, genesis, prepare
from carnet.domain.consent.model import RecordStatus
from carnet.domain.consent.population.store import TABLES
from carnet.domain.consent.receiving import first_status
from carnet.domain.consent.record_life import announcement, beginning
from carnet.domain.people.model import ReceivedIdentity
from carnet.storage.keys import KeyRing
from carnet.vocabulary.uuid7 import uuid7

_NULL = r"\N"


class Openings:
    """
    Rows of one batch, gathered by table, as COPY reads them in text.

    What is written of a person has been checked: no character of it but the backslash means anything to COPY.
    """

    def __init__(
        self, actor: Actor, keys: KeyRing, objection_period: timedelta, at: datetime, announced_at: datetime
    ) -> None:
        self.rows: dict[str, list[str]] = {table: [] for table in TABLES}
        self._actor, self._keys, self._at = actor, keys, at
        self._status = first_status(announced_at, at=at, objection_period=objection_period)
        self._instant, self._announced, self._by = at.isoformat(), announced_at.isoformat(), _text(actor.name)
        self._kind, self._details = beginning(self._status), announcement(announced_at)

    def add(self, patient_id: UUID, person: ReceivedIdentity) -> None:
        """The rows of one person whose matricule has just been claimed for this patient."""
        rows, patient, at, by = self.rows, str(patient_id), self._instant, self._by
        wrapped = self._keys.new_patient_key(patient_id)
        event = replace(did(self._actor, self._kind, at=self._at), details=self._details)
        prepared = prepare(event, self._keys.patient_key_once(patient_id, wrapped))
        link = chained(genesis(patient), prepared.commitment, 1).hex()
        rows["record"].append(f"{patient}\t\\\\x{wrapped.hex()}\t{self._status}\t1\t\\\\x{link}\t{at}\n")
        since = at
        if self._status is RecordStatus.ANNOUNCED:
            since = self._announced
        elif self._announced != at:
            announced = RecordStatus.ANNOUNCED
            rows["record_period"].append(f"{patient}\t{uuid7()}\t{announced}\t{self._announced}\t{at}\t{at}\t{by}\n")
        rows["record_period"].append(f"{patient}\t{uuid7()}\t{self._status}\t{since}\t{_NULL}\t{at}\t{by}\n")
        rows["identity"].append(self._identity(patient, person))
        if person.local is not None:
            local = person.local
            rows["person_identifier"].append(
                f"{patient}\tlocal\t{_text(local.value)}\t{_text(local.system)}\t{at}\t{by}\n"
            )
        rows["audit_event"].append(
            f"{patient}\t{prepared.event_id}\t1\t{prepared.type}\t{prepared.outcome}\t{at}\t\\\\x{prepared.commitment.hex()}"
            f"\t\\\\x{link}\t\\\\x{prepared.body.hex()}\n"
        )

    def _identity(self, patient: str, person: ReceivedIdentity) -> str:
        traits, ins = person.traits, person.ins
        assert ins is not None
        attributes = "{" + ",".join(sorted(person.attributes)) + "}"
        insi, checked = (
            _NULL if day is None else day.isoformat() for day in (person.insi_questioned_on, person.validated_on)
        )
        return (
            f"{patient}\t{uuid7()}\t{ins.matricule}\t{ins.oid}\t{person.status}\t{attributes}\t{_text(traits.birth_name)}"
            f"\t{_text(traits.first_given_name)}\t{_text(traits.given_names)}\t{traits.birth_date}\t{traits.sex}"
            f"\t{_text(traits.birth_place)}\t{_text(person.used_name)}\t{_text(person.used_given_name)}"
            f"\t{_text(person.validation_mode)}\t{_text(person.method_collection)}\t{insi}\t{checked}\t{self._instant}"
            f"\t{self._instant}\t{self._by}\n"
        )


def _text(value: str | None) -> str:
    if value is None:
        return _NULL
    return value.replace("\\", "\\\\") if "\\" in value else value
