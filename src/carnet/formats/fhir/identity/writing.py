"""
An identity, written as a FR Core Patient: of the INS profile when it is qualified and says all that it asks, of the plain one otherwise.

Source: profiles fr-core-patient and fr-core-patient-ins, 2.2.0 (identity-and-messaging.md §1.7).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.domain.people.identity_status import may_carry_ins
from carnet.domain.people.model import FormerIns, HeldIdentity, LocalIdentifier, ReceivedIdentity, Sex
from carnet.formats.fhir.identity import fr_core
from carnet.formats.fhir.identity.identifiers import write_identifiers
from carnet.formats.fhir.identity.reliability import write_reliability
from carnet.formats.fhir.times import instant

_GENDERS = {Sex.MALE: "male", Sex.FEMALE: "female", Sex.UNDETERMINED: "unknown"}


def patient_resource(
    identity: HeldIdentity | ReceivedIdentity,
    *,
    patient_id: UUID | None,
    version: str | None = None,
    updated_at: datetime | None = None,
    is_active: bool = True,
    is_deceased: bool = False,
    former: Sequence[FormerIns] = (),
    local: Sequence[LocalIdentifier] = (),
    extensions: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """
    A Patient.

    Takes
        patient_id: of the record, None when it has none yet. version, updated_at: of the identity, when it is held. is_active: what the reader
            of this answer means by it. extensions: of the answer, after those of the identity.
    """
    traits = identity.traits
    carries_ins = may_carry_ins(identity.status) and identity.ins is not None
    is_whole = carries_ins and traits.birth_place is not None and traits.given_names is not None
    profile = fr_core.PATIENT_INS if is_whole else fr_core.PATIENT
    meta: dict[str, Any] = {"profile": [profile]}
    if version is not None:
        meta = {"versionId": version, **meta}
    if updated_at is not None:
        meta["lastUpdated"] = instant(updated_at)
    written: dict[str, Any] = {"resourceType": "Patient"}
    if patient_id is not None:
        written["id"] = str(patient_id)
    written["meta"] = meta
    written["extension"] = [
        write_reliability(
            status=identity.status,
            attributes=sorted(identity.attributes),
            method_collection=identity.method_collection,
            validation_mode=identity.validation_mode,
            insi_questioned_on=identity.insi_questioned_on,
            validated_on=identity.validated_on,
        )
    ]
    if traits.birth_place is not None:
        written["extension"].append(_birth_place(traits.birth_place))
    written["extension"] += extensions
    identifiers = write_identifiers(identity.ins if carries_ins else None, former=former, local=local)
    if identifiers:
        written["identifier"] = identifiers
    written["active"] = is_active
    written["name"] = _names(identity)
    written["gender"] = _GENDERS[traits.sex]
    written["birthDate"] = traits.birth_date
    if is_deceased:
        written["deceasedBoolean"] = True
    return written


def _names(identity: HeldIdentity | ReceivedIdentity) -> list[dict[str, Any]]:
    traits = identity.traits
    official: dict[str, Any] = {"use": "official"}
    if traits.given_names is not None:
        official["extension"] = [{"url": fr_core.BIRTH_LIST_GIVEN_NAME, "valueString": traits.given_names}]
    official |= {"family": traits.birth_name, "given": [traits.first_given_name]}
    used: dict[str, Any] = {}
    if identity.used_name is not None:
        used["family"] = identity.used_name
    if identity.used_given_name is not None:
        used["given"] = [identity.used_given_name]
    return [official, {"use": "usual", **used}] if used else [official]


def _birth_place(code: str) -> dict[str, Any]:
    """A commune, or a country for who was born abroad (99…); the COG has both."""
    system = fr_core.COUNTRIES if code.startswith("99") else fr_core.COMMUNES
    coded = {"url": fr_core.INSEE_CODE, "valueCoding": {"system": system, "code": code}}
    return {"url": fr_core.BIRTH_PLACE, "valueAddress": {"extension": [coded]}}
