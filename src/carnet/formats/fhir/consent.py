"""
Authorisations, blocks and médecins traitants as FHIR Consent: read from software, written for it, searched.

The shape is ours until ANS decides (documents.md §1.6, « Authorisation status → a Consent, still to be specified »).
Source: FHIR R4 Consent; DMP TD0.2, TD0.3, TD0.4, TD1.6; docs/transactions/consent.md.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import orjson

from carnet.domain.consent.model import EVERYONE, FOR_EVERYONE, Basis, Consent, ConsentKind, ConsentPeriod
from carnet.domain.errors import Invalid, Issue
from carnet.domain.record.model import PatientReference
from carnet.formats.fhir import systems
from carnet.formats.fhir.faults import errors, fault
from carnet.formats.fhir.identities import identifier, ins_identifier, read_organization_id, read_person_id
from carnet.formats.fhir.patients import read_patient
from carnet.formats.fhir.references import References
from carnet.formats.fhir.shapes import SHAPES
from carnet.formats.fhir.structure import check
from carnet.formats.fhir.times import instant, read_moment
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import ORGANIZATIONS, PROFESSIONALS
from carnet.vocabulary.ins import Ins

_PROVISIONS = {
    ConsentKind.GRANT: "permit",
    ConsentKind.PRIMARY_CARE_DOCTOR: "permit",
    ConsentKind.BLOCK: "deny",
    ConsentKind.EMERGENCY_OPPOSITION: "deny",
    ConsentKind.REGULATION_OPPOSITION: "deny",
    ConsentKind.FEEDING_OPPOSITION: "deny",
    ConsentKind.EMERGENCY_MASKED: "permit",
}
_ROOT = "Consent"


@frozen
class ReadConsent:
    """What a Consent declares. holder: None for the one who sends it. until: end, excluded."""

    patient: PatientReference
    kind: ConsentKind
    holder: str | None
    is_organization: bool
    basis: Basis | None
    until: datetime | None


def read_consent(resource: dict[str, Any]) -> ReadConsent:
    """
    Read what is to be declared.

    Takes
        resource: from JSON.
    Raises
        Invalid: every fault with its place: structure, `status-not-active`, `consent-kind`, `consent-basis`, `provision-type`,
            `provision-actor`, `provision-actor-unexpected`, `period-start-unexpected`, and those of identities.
    """
    issues: list[Issue] = []
    if resource.get("resourceType") != "Consent":
        raise Invalid("resource-type", expected="Consent", type=str(resource.get("resourceType"))[:80])
    check(resource, SHAPES["Consent"], _ROOT, issues=issues)
    references = References(resource, _ROOT, resolve=lambda _: None, issues=issues)
    patient = None
    if "patient" in resource:
        patient = read_patient(resource["patient"], "Consent.patient", references=references)
    else:
        fault(issues, "element-required", "Consent.patient", name="patient")
    if resource.get("status") != "active":
        fault(issues, "status-not-active", "Consent.status", value=str(resource.get("status")))
    kind = _kind(resource, issues)
    provision = resource.get("provision", {})
    if kind is not None and provision.get("type") != _PROVISIONS[kind]:
        fault(issues, "provision-type", "Consent.provision.type", expected=_PROVISIONS[kind])
    holder, is_organization = _holder(provision, issues)
    if kind in FOR_EVERYONE and provision.get("actor"):
        fault(issues, "provision-actor-unexpected", "Consent.provision.actor")
    period = provision.get("period", {})
    if "start" in period:
        fault(issues, "period-start-unexpected", "Consent.provision.period.start")
    until = read_moment(period, "end", "Consent.provision.period", issues=issues)
    basis = _basis(resource, kind, issues)
    found = errors(issues)
    if found:
        raise Invalid(found[0].code, issues=found)
    assert patient is not None
    assert kind is not None
    return ReadConsent(patient, kind, holder, is_organization, basis, None if until is None else until.end)


def _kind(resource: dict[str, Any], issues: list[Issue]) -> ConsentKind | None:
    codes = [
        coding.get("code")
        for concept in resource.get("category", ())
        for coding in concept.get("coding", ())
        if coding.get("system") == systems.CONSENT_KIND
    ]
    for kind in _PROVISIONS:
        if codes == [kind.value]:
            return kind
    fault(issues, "consent-kind", "Consent.category", expected=" ".join(_PROVISIONS))
    return None


def _basis(resource: dict[str, Any], kind: ConsentKind | None, issues: list[Issue]) -> Basis | None:
    rule = resource.get("policyRule")
    if rule is None:
        return None
    codes = [each.get("code") for each in rule.get("coding", ()) if each.get("system") == systems.CONSENT_BASIS]
    for basis in Basis:
        if codes == [basis.value] and kind is ConsentKind.GRANT:
            return basis
    fault(issues, "consent-basis", "Consent.policyRule", expected=" ".join(Basis))
    return None


def _holder(provision: dict[str, Any], issues: list[Issue]) -> tuple[str | None, bool]:
    """Whom it is about: a PS_IdNat, or a Struct_IdNat and True; None when nobody is named."""
    actors = provision.get("actor", [])
    if not actors:
        return None, False
    place = "Consent.provision.actor[0].reference.identifier"
    named = actors[0].get("reference", {}).get("identifier")
    if len(actors) > 1 or named is None:
        fault(issues, "provision-actor", "Consent.provision.actor")
        return None, False
    before = len(issues)
    person = read_person_id([named], place, issues=issues)
    if person is not None and person[1] == PROFESSIONALS:
        return person[0], False
    organization = read_organization_id([named], place, issues=issues)
    if organization is not None and organization[1] == ORGANIZATIONS:
        return organization[0], True
    if len(issues) == before:
        fault(issues, "provision-actor", "Consent.provision.actor")
    return None, False


def consent_id(patient_id: UUID, period_id: UUID) -> str:
    """The id of a Consent: the record and the period, 64 hexadecimal digits."""
    return patient_id.hex + period_id.hex


def read_consent_id(text: str) -> tuple[UUID, UUID] | None:
    """The record and the period that an id names; None when it names none."""
    try:
        return (UUID(text[:32]), UUID(text[32:])) if len(text) == 64 else None
    except ValueError:
        return None


def write_consent(held: ConsentPeriod, *, ins: Ins, at: datetime) -> dict[str, Any]:
    """
    A period as it is at an instant: `active` while it holds, `inactive` once it ended.

    Takes
        ins: of the record's person.
    """
    consent, period = held.consent, held.period
    stated: dict[str, Any] = {"start": instant(period.valid_from)}
    if period.valid_to is not None:
        stated["end"] = instant(period.valid_to)
    written: dict[str, Any] = {
        "resourceType": "Consent",
        "id": consent_id(held.patient_id, held.period_id),
        "meta": {"lastUpdated": instant(_updated(held, at))},
        "status": "active" if period.holds_at(at) else "inactive",
        "scope": {"coding": [{"system": systems.CONSENT_SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": systems.CONSENT_KIND, "code": consent.kind}]}],
        "patient": {"reference": f"Patient/{held.patient_id}", "identifier": ins_identifier(ins)},
        "dateTime": instant(period.recorded_at),
    }
    if consent.basis is not None:
        written["policyRule"] = {"coding": [{"system": systems.CONSENT_BASIS, "code": consent.basis}]}
    written["provision"] = {"type": _PROVISIONS[consent.kind], "period": stated}
    if consent.holder != EVERYONE:
        written["provision"]["actor"] = [_actor(consent)]
    return written


def _updated(held: ConsentPeriod, at: datetime) -> datetime:
    ended = held.period.valid_to
    return held.period.recorded_at if ended is None or ended > at else max(ended, held.period.recorded_at)


def _actor(consent: Consent) -> dict[str, Any]:
    kind, system = (
        ("Organization", ORGANIZATIONS) if consent.holder_is_organization else ("Practitioner", PROFESSIONALS)
    )
    return {
        "role": {"coding": [{"system": systems.PARTICIPATION, "code": "IRCP"}]},
        "reference": {"type": kind, "identifier": identifier(consent.holder, system)},
    }


def write_consent_bundle(
    entries: Sequence[dict[str, Any]], *, base_url: str, self_parameters: Sequence[tuple[str, str]], total: int | None,
    cursor: str | None = None, outcome: bytes | None = None,
) -> bytes:  # fmt: skip
    """A searchset of Consents. cursor: of the next page, sealed. outcome: an OperationOutcome with the warnings."""
    base = f"{base_url}/Consent"
    query = urlencode(self_parameters, safe="|:/,")
    links = [{"relation": "self", "url": f"{base}?{query}".rstrip("?")}]
    if cursor is not None:
        links.append({"relation": "next", "url": f"{base}?_cursor={quote(cursor, safe='')}"})
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "link": links}
    if total is not None:
        bundle["total"] = total
    bundle["entry"] = [
        {"fullUrl": f"{base}/{each['id']}", "resource": each, "search": {"mode": "match"}} for each in entries
    ]
    if outcome is not None:
        bundle["entry"].append({"resource": orjson.loads(outcome), "search": {"mode": "outcome"}})
    if not bundle["entry"]:
        del bundle["entry"]
    return orjson.dumps(bundle)
