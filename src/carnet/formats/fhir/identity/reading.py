"""
A FR Core Patient, read into the identity that a source tells: every fault at once, with its place.

Source: profiles fr-core-patient and fr-core-patient-ins (identity-and-messaging.md §1.3, §1.4, §1.7).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carnet.domain.errors import Invalid, Issue
from carnet.domain.people.identity_status import may_carry_ins
from carnet.domain.people.model import IdentityStatus, InsTraits, ReceivedIdentity, Sex
from carnet.domain.people.normalisation import MAX_LENGTH
from carnet.formats.fhir.faults import Place, errors, fault, note
from carnet.formats.fhir.identity import fr_core
from carnet.formats.fhir.identity.identifiers import Identifiers, read_identifiers
from carnet.formats.fhir.identity.reliability import Reliability, day_of, read_reliability
from carnet.formats.fhir.identity.shapes import SHAPES
from carnet.formats.fhir.structure import check
from carnet.vocabulary.frozen import frozen

_ROOT = "Patient"
_SEXES = {"male": Sex.MALE, "female": Sex.FEMALE, "unknown": Sex.UNDETERMINED}
_PLACE = re.compile(r"[0-9]{5}|2[AB][0-9]{3}")


@frozen
class ReadPatient:
    """identity: as the source tells it. warnings: what was left out, and what the source should look at."""

    identity: ReceivedIdentity
    warnings: tuple[Issue, ...] = ()


@dataclass(slots=True)
class PartialTraits:
    """Traits as far as they are told; None for those that are not, or are at fault."""

    birth_name: str | None = None
    first_given_name: str | None = None
    given_names: str | None = None
    birth_date: str | None = None
    sex: Sex | None = None
    birth_place: str | None = None
    used_name: str | None = None
    used_given_name: str | None = None


def read_patient(resource: Mapping[str, Any]) -> ReadPatient:
    """
    Read one Patient.

    Takes
        resource: as `read_json` gives it; faulty members are taken out of it.

    Raises
    ------
        Invalid: one issue per fault: those of `structure.check`, `read_identifiers`, `read_reliability` and `read_traits`;
            `resource-type`, `identity-status-missing`, `identity-carries-ins` (EXI SI 08), `identity-without-ins`,
            `birth-place-missing` (of a qualified identity).
    """
    issues: list[Issue] = []
    patient = dict(resource)
    require_patient(patient, _ROOT)
    check(patient, SHAPES["Patient"], _ROOT, issues=issues)
    traits = read_traits(patient, _ROOT, issues=issues)
    for name, value in (("name", traits.birth_name), ("gender", traits.sex), ("birthDate", traits.birth_date)):
        if value is None and name not in resource:
            fault(issues, "element-required", (_ROOT, "." + name), name=name)
    identifiers = read_identifiers(patient.get("identifier", ()), (_ROOT, ".identifier"), issues=issues)
    identifiers.is_at_fault |= "identifier" in resource and "identifier" not in patient
    is_sound = "extension" in patient or "extension" not in resource
    reliability = _reliability(patient, identifiers, issues, is_sound=is_sound)
    if reliability.status is IdentityStatus.QUALIFIED and traits.birth_place is None and not _tells_a_place(patient):
        fault(issues, "birth-place-missing", (_ROOT, ".extension"))
    found = errors(issues)
    if found:
        raise Invalid(found[0].code, issues=found)
    # Each of these, when missing, has been told above.
    assert traits.birth_name is not None
    assert traits.first_given_name is not None
    assert traits.birth_date is not None
    assert traits.sex is not None
    assert reliability.status is not None
    return ReadPatient(
        ReceivedIdentity(
            traits=InsTraits(
                traits.birth_name, traits.first_given_name, traits.birth_date, traits.sex, traits.given_names, traits.birth_place
            ),
            status=reliability.status,
            ins=identifiers.ins,
            former=tuple(identifiers.former),
            attributes=frozenset(reliability.attributes),
            used_name=traits.used_name,
            used_given_name=traits.used_given_name,
            validation_mode=reliability.validation_mode,
            method_collection=reliability.method_collection,
            insi_questioned_on=reliability.insi_questioned_on,
            validated_on=reliability.validated_on,
            local=identifiers.local,
            is_active=patient.get("active", True),
            is_deceased=patient.get("deceasedBoolean", False) or "deceasedDateTime" in patient,
        ),
        tuple(issues),
    )  # fmt: skip


def require_patient(resource: Mapping[str, Any], place: Place) -> None:
    """Refuse another resource. Raises Invalid: `resource-type`."""
    kind = resource.get("resourceType")
    if kind != "Patient":
        issues: list[Issue] = []
        fault(issues, "resource-type", place, expected="Patient", type=str(kind))
        raise Invalid("resource-type", issues=issues)


def read_traits(
    patient: dict[str, Any], place: Place, *, issues: list[Issue], needs_first_name: bool = True
) -> PartialTraits:
    """
    Read the traits of a checked Patient.

    Takes
        needs_first_name: whether an official name without a given name is at fault.
    Gives
        issues: `patient-name-official`, `element-too-many`, `element-required`, `name-too-long`, `gender-not-of-ins`, `birth-date-incomplete`,
            `birth-place-code`; warnings `element-not-kept`.
    """
    traits = PartialTraits()
    _read_names(patient, (place, ".name"), traits, issues, needs_first_name=needs_first_name)
    gender = patient.get("gender")
    if gender is not None:
        traits.sex = _SEXES.get(gender)
        if traits.sex is None:
            fault(issues, "gender-not-of-ins", (place, ".gender"), code=gender)
    born = patient.get("birthDate")
    if born is not None:
        if day_of(born) is None:
            fault(issues, "birth-date-incomplete", (place, ".birthDate"))
        else:
            traits.birth_date = born
    traits.birth_place = _birth_place(patient, place, issues)
    return traits


def _read_names(
    patient: dict[str, Any], place: Place, traits: PartialTraits, issues: list[Issue], *, needs_first_name: bool
) -> None:
    seen: set[str] = set()
    for index, name in enumerate(patient.get("name", ())):
        where, use = (place, f"[{index}]"), name.get("use")
        if use not in {"official", "usual"}:
            note(issues, "element-not-kept", where, name="name")
        elif use in seen:
            fault(issues, "element-too-many", where, name=f"name.{use}")
        elif use == "official":
            _official(name, where, traits, issues, needs_first_name=needs_first_name)
        else:
            traits.used_name = _short(name.get("family"), (where, ".family"), issues)
            given = name.get("given", ())
            traits.used_given_name = _short(given[0] if given else None, (where, ".given[0]"), issues)
        seen.add(use)
    if "name" in patient and "official" not in seen:
        fault(issues, "patient-name-official", place)


def _official(
    name: dict[str, Any], where: Place, traits: PartialTraits, issues: list[Issue], *, needs_first_name: bool
) -> None:
    """The birth name, the first birth given name, and the whole list in its extension; older senders repeat `given` instead."""
    given = name.get("given", ())
    for label, value in (("family", name.get("family")), ("given", given[0] if given else None)):
        if value is None and (label == "family" or needs_first_name):
            fault(issues, "element-required", (where, "." + label), name=label)
    traits.birth_name = _short(name.get("family"), (where, ".family"), issues)
    traits.first_given_name = _short(given[0] if given else None, (where, ".given[0]"), issues)
    for index, extension in enumerate(name.get("extension", ())):
        if extension["url"] == fr_core.BIRTH_LIST_GIVEN_NAME:
            spot = (where, f".extension[{index}].valueString")
            traits.given_names = _short(extension["valueString"], spot, issues)
    if len(given) > 1 and traits.given_names is None:
        traits.given_names = _short(" ".join(given), (where, ".given"), issues)
    elif len(given) > 1:
        note(issues, "element-not-kept", (where, ".given[1]"), name="given")


def _short(text: str | None, place: Place, issues: list[Issue]) -> str | None:
    if text is not None and len(text) > MAX_LENGTH:
        fault(issues, "name-too-long", place)
        return None
    return None if text is None else text.strip()


def _birth_place(patient: dict[str, Any], place: Place, issues: list[Issue]) -> str | None:
    for index, extension in enumerate(patient.get("extension", ())):
        if extension["url"] != fr_core.BIRTH_PLACE:
            continue
        for position, inner in enumerate(extension["valueAddress"].get("extension", ())):
            if inner["url"] == fr_core.INSEE_CODE:
                where = (place, f".extension[{index}].valueAddress.extension[{position}].valueCoding")
                return _cog(inner["valueCoding"], where, issues)
    return None


def _cog(coding: dict[str, Any], where: Place, issues: list[Issue]) -> str | None:
    code, system = coding.get("code", ""), coding.get("system", "")
    if system not in fr_core.BIRTH_PLACES or _PLACE.fullmatch(code) is None:
        fault(issues, "birth-place-code", where, code=code, system=system)
        return None
    return str(code)


def _tells_a_place(patient: dict[str, Any]) -> bool:
    """Whether a place of birth is there at all, be it at fault: one fault is told once."""
    return any(
        inner["url"] == fr_core.INSEE_CODE
        for extension in patient.get("extension", ())
        if extension["url"] == fr_core.BIRTH_PLACE
        for inner in extension["valueAddress"].get("extension", ())
    )


def _reliability(
    patient: dict[str, Any], identifiers: Identifiers, issues: list[Issue], *, is_sound: bool
) -> Reliability:
    """The status, once what the identifiers say of it is known. is_sound: no fault was told of the extensions as a whole."""
    place: Place = (_ROOT, ".extension")
    read = Reliability()
    before = len(errors(issues))
    for index, extension in enumerate(patient.get("extension", ())):
        if extension["url"] == fr_core.RELIABILITY:
            place = (_ROOT, f".extension[{index}]")
            read = read_reliability(extension["extension"], place, issues=issues)
    if read.status is None:
        if is_sound and len(errors(issues)) == before:
            fault(issues, "identity-status-missing", place)
        return read
    if read.is_one_list and read.status is IdentityStatus.VALIDATED and identifiers.first_ins is not None:
        read.status = IdentityStatus.QUALIFIED
    if identifiers.first_ins is not None and not may_carry_ins(read.status):
        fault(issues, "identity-carries-ins", identifiers.first_ins, status=read.status)
    if may_carry_ins(read.status) and identifiers.ins is None and not identifiers.is_at_fault:
        fault(issues, "identity-without-ins", (_ROOT, ".identifier"))
    return read
