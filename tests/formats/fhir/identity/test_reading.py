"""FR Core Patients read: public samples, each form that was ever published, and each fault with its place."""

import contextlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import patients
from tests.builders.patients import (
    a_birth_place,
    a_name,
    a_patient,
    a_reliability,
    an_ins,
    coded,
    ins_identifier,
    local_identifier,
)

from carnet.domain.errors import Invalid
from carnet.domain.people.model import (
    FormerIns,
    IdentityAttribute,
    IdentityStatus,
    InsTraits,
    LocalIdentifier,
    ReceivedIdentity,
    Sex,
)
from carnet.formats.fhir.identity.reading import read_patient
from carnet.vocabulary.ins import NIA, NIR, NIR_DEMO, NIR_TEST, NIR_TEST_13, Ins

LOUISE = ReceivedIdentity(
    InsTraits("ESSAI", "LOUISE", "1955-06-12", Sex.FEMALE, "LOUISE MARIE", "75056"),
    IdentityStatus.QUALIFIED,
    an_ins(1),
)
OLD = patients.CORE + "CodeSystem/fr-core-cs-fiabilite-identite"
TABLE_0445 = patients.CORE + "CodeSystem/fr-core-cs-v2-0445"
NSS = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NH"}]}


def _old(status: str, system: str = OLD) -> dict[str, Any]:
    return {"url": patients.RELIABILITY, "extension": [coded("identityStatus", system, status)]}


def _warnings(resource: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(issue.code, issue.expression) for issue in read_patient(resource).warnings]


def _refusals(resource: dict[str, Any]) -> list[tuple[str, str | None]]:
    with pytest.raises(Invalid) as refusal:
        read_patient(resource)
    return [(issue.code, issue.expression) for issue in refusal.value.issues]


def test_every_sample_is_read(samples: Path) -> None:
    folder = samples / "ins" / "fhir"
    read = {path.stem: read_patient(json.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.json"))}
    assert len(read) == 6
    qualified = read["patient-qual-synthetic"].identity
    assert qualified == ReceivedIdentity(
        InsTraits("PAT-TROIS", "DOMINIQUE", "1979-03-28", Sex.FEMALE, "DOMINIQUE MARIE-LOUISE", "51215"),
        IdentityStatus.QUALIFIED,
        Ins("279035121518989", NIR_TEST),
        validation_mode="CN",
        method_collection="INSI",
        insi_questioned_on=date(2026, 1, 15),
        validated_on=date(2026, 1, 15),
        local=LocalIdentifier("IPP-1", "http://hopital.example/namingsystem/ipp"),
    )
    used = read["patient-qual-nom-utilise-synthetic"].identity
    assert (used.used_name, used.used_given_name) == ("DECOURCY", "RUTH")
    assert read["patient-prov-dout-synthetic"].identity.attributes == {IdentityAttribute.DOUBTFUL}
    assert read["patient-prov-doublon-desactive-synthetic"].identity.is_active is False
    assert read["patient-vali-synthetic"].identity.traits.birth_place == "99352"
    assert read["patient-qual-apcv-synthetic"].identity.validation_mode == "AV"


def test_invalid_samples_are_refused(samples: Path) -> None:
    folder = samples / "ins" / "fhir" / "invalid"
    told = {path.stem: _refusals(json.loads(path.read_text("utf-8"))) for path in folder.glob("*.json")}
    assert told == {
        "patient-prov-with-matricule-synthetic": [("identity-carries-ins", "Patient.identifier[0]")],
        "patient-qual-with-dout-synthetic": [
            ("identity-attribute-needs-provisional", "Patient.extension[0].extension[4]")
        ],
    }


def test_a_sound_patient_has_nothing_to_be_told() -> None:
    read = read_patient(a_patient())
    assert read.identity == LOUISE
    assert read.warnings == ()


@pytest.mark.parametrize(
    ("oid", "start"), [(NIR, "2550699"), (NIA, "8550699"), (NIR_TEST, "2550699"), (NIR_DEMO, "2550699")]
)
def test_matricules_of_every_register(oid: str, start: str) -> None:
    ins = an_ins(7, oid=oid, start=start)
    assert read_patient(a_patient(ins)).identity.ins == ins


def test_the_billing_number_is_no_matricule() -> None:
    """It stands under the OID of the NIR, and only its type tells."""
    child = an_ins(3)
    bill = {"use": "secondary", "type": NSS, "system": "urn:oid:" + NIR, "value": "155069900000159"}
    resource = a_patient(identifier=[bill, ins_identifier(child)])
    assert read_patient(resource).identity.ins == child
    assert _warnings(resource) == [("element-not-kept", "Patient.identifier[0]")]


def test_a_number_without_type_is_read_as_its_register_says() -> None:
    resource = a_patient(identifier=[ins_identifier(an_ins(1), type=None)])
    assert read_patient(resource).identity.ins == an_ins(1)
    assert _warnings(resource) == [("identifier-type-missing", "Patient.identifier[0]")]
    other = a_patient(
        identifier=[{"use": "official", "system": "urn:oid:" + NIR_TEST_13, "value": an_ins(1).matricule}]
    )
    assert read_patient(other).identity.ins == Ins(an_ins(1).matricule, NIR_TEST_13)


def test_a_waiting_number_was_once_said_temporary() -> None:
    nia = an_ins(7, oid=NIA, start="8550699")
    read = read_patient(a_patient(identifier=[ins_identifier(nia, use="temp")]))
    assert read.identity.ins == nia


def test_a_local_number_out_of_use_is_not_kept() -> None:
    dead = local_identifier("IPP-0") | {"use": "old"}
    resource = a_patient(identifier=[ins_identifier(an_ins(1)), dead, local_identifier("IPP-1")])
    assert read_patient(resource).identity.local == LocalIdentifier("IPP-1", "1.2.250.1.999.4.1")
    assert _warnings(resource) == [("element-not-kept", "Patient.identifier[1]")]


def test_former_matricules_with_their_dates() -> None:
    nia = an_ins(4, oid=NIA, start="8550699")
    past = ins_identifier(nia, use="old", period={"start": "1999-02-03", "end": "2019-02-28T10:00:00+01:00"})
    other = ins_identifier(an_ins(5), use="old")
    assert read_patient(a_patient(identifier=[past, ins_identifier(an_ins(1)), other])).identity.former == (
        FormerIns(nia, date(1999, 2, 3), date(2019, 2, 28)),
        FormerIns(an_ins(5)),
    )


@pytest.mark.parametrize("system", [OLD, TABLE_0445, "http://terminology.hl7.org/CodeSystem/v2-0445"])
def test_the_older_list_said_vali_of_a_qualified_identity(system: str) -> None:
    assert read_patient(a_patient(extension=[_old("VALI", system), a_birth_place()])).identity == LOUISE
    without = a_patient(extension=[_old("VALI", system), a_birth_place()], identifier=[local_identifier()])
    assert read_patient(without).identity.status is IdentityStatus.VALIDATED


@pytest.mark.parametrize(
    ("code", "status", "attributes"),
    [
        ("PROV", IdentityStatus.PROVISIONAL, set()),
        ("VIDE", IdentityStatus.PROVISIONAL, set()),
        ("RECUP", IdentityStatus.RETRIEVED, set()),
        ("DOUT", IdentityStatus.PROVISIONAL, {IdentityAttribute.DOUBTFUL}),
        ("FICT", IdentityStatus.PROVISIONAL, {IdentityAttribute.FICTITIOUS}),
    ],
)
def test_the_older_list_held_statuses_and_remarks(
    code: str, status: IdentityStatus, attributes: set[IdentityAttribute]
) -> None:
    identity = read_patient(a_patient(extension=[_old(code), a_birth_place()], identifier=None)).identity
    assert (identity.status, identity.attributes) == (status, attributes)


def test_both_forms_of_the_extension_are_one() -> None:
    concept = {"url": "comment", "valueCodeableConcept": {"coding": [{"system": patients.COMMENT, "code": "HOMA"}]}}
    newer = a_reliability("QUAL", concept, {"url": "dateInterrogationINSi", "valueDate": "2026-01-15"}, {"url": "lastUpdated", "valueDateTime": "2026-01-15T09:30:00+01:00"})  # fmt: skip
    older = a_reliability("QUAL", {"url": "dateCollection", "valueDate": "2026-01-15"}, comments=("HOMA",))
    expected = replace(LOUISE, attributes=frozenset({IdentityAttribute.HOMONYM}), insi_questioned_on=date(2026, 1, 15))
    for extension in (newer, older):
        read = read_patient(a_patient(extension=[extension, a_birth_place()]))
        assert read.identity == expected
        assert read.warnings == ()


@pytest.mark.parametrize(
    "system",
    [
        "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM",
        "https://mos.esante.gouv.fr/NOS/TRE_R13-Commune/FHIR/TRE-R13-Commune",
        "https://mos.esante.gouv.fr/NOS/TRE_R20-Pays/FHIR/TRE-R20-Pays",
    ],
)
def test_each_spelling_of_the_places(system: str) -> None:
    identity = read_patient(a_patient(extension=[a_reliability(), a_birth_place("2A004", system)])).identity
    assert identity.traits.birth_place == "2A004"


def test_older_senders_repeat_the_given_names() -> None:
    name = a_name(given_list=None) | {"given": ["LOUISE", "MARIE"]}
    assert read_patient(a_patient(name=[name])).identity == LOUISE
    unknown = read_patient(a_patient(name=[a_name(given_list=None)])).identity
    assert unknown.traits.given_names is None


def test_the_used_name_is_kept_and_never_made_up() -> None:
    used = {"use": "usual", "family": "DURAND", "given": ["LILI"]}
    identity = read_patient(a_patient(name=[used, a_name()])).identity
    assert (identity.used_name, identity.used_given_name) == ("DURAND", "LILI")
    assert read_patient(a_patient()).identity.used_name is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"deceasedBoolean": True}, True), ({"deceasedDateTime": "2026-01-02"}, True), ({"deceasedBoolean": False}, False)],
)  # fmt: skip
def test_death(changes: dict[str, Any], expected: bool) -> None:
    assert read_patient(a_patient(**changes)).identity.is_deceased is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"telecom": [{"system": "phone", "value": "0100000000"}]}, [("element-not-kept", "Patient.telecom")]),
        ({"name": [a_name(), {"use": "nickname", "text": "Lou"}]}, [("element-not-kept", "Patient.name[1]")]),
        ({"extension": [a_reliability(), a_birth_place(), {"url": "http://essai.test/couleur"}]}, [("extension-ignored", "Patient.extension[2]")]),
        ({"extension": [a_reliability("QUAL", {"url": "couleur"}), a_birth_place()]}, [("extension-ignored", "Patient.extension[0].extension[1]")]),
        ({"extension": [a_reliability("QUAL", coded("methodCollection", patients.METHOD, "XX")), a_birth_place()]}, [("identity-code-not-kept", "Patient.extension[0].extension[1]")]),
        ({"extension": [a_reliability(comments=("DOUB",)), a_birth_place()]}, [("identity-code-not-kept", "Patient.extension[0].extension[1]")]),
        ({"identifier": [ins_identifier(an_ins(1)), local_identifier(), local_identifier("IPP-2")]}, [("element-not-kept", "Patient.identifier[2]")]),
        ({"name": [a_name() | {"given": ["LOUISE", "MARIE"]}]}, [("element-not-kept", "Patient.name[0].given[1]")]),
    ],
)  # fmt: skip
def test_what_is_not_kept_is_told(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert _warnings(a_patient(**changes)) == expected


BIRTH = "Patient.extension[1].valueAddress.extension[0].valueCoding"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"resourceType": "Person"}, [("resource-type", "Patient")]),
        ({"name": None}, [("element-required", "Patient.name")]),
        ({"gender": None}, [("element-required", "Patient.gender")]),
        ({"birthDate": None}, [("element-required", "Patient.birthDate")]),
        ({"name": [{"family": "ESSAI", "given": ["LOUISE"]}]}, [("patient-name-official", "Patient.name")]),
        ({"name": [a_name(), a_name()]}, [("element-too-many", "Patient.name[1]")]),
        ({"name": [{"use": "official", "given": ["LOUISE"]}]}, [("element-required", "Patient.name[0].family")]),
        ({"name": [{"use": "official", "family": "ESSAI"}]}, [("element-required", "Patient.name[0].given")]),
        ({"name": [a_name("E" * 101)]}, [("name-too-long", "Patient.name[0].family")]),
        ({"name": [a_name(given_list="L" * 101)]}, [("name-too-long", "Patient.name[0].extension[0].valueString")]),
        ({"name": "ESSAI"}, [("element-type", "Patient.name")]),
        ({"gender": "other"}, [("gender-not-of-ins", "Patient.gender")]),
        ({"birthDate": "1955-06"}, [("birth-date-incomplete", "Patient.birthDate")]),
        ({"birthDate": "1955-06-31"}, [("birth-date-incomplete", "Patient.birthDate")]),
        ({"birthDate": "12/06/1955"}, [("birth-date-incomplete", "Patient.birthDate")]),
        ({"extension": None}, [("identity-status-missing", "Patient.extension")]),
        ({"extension": [a_reliability()]}, [("birth-place-missing", "Patient.extension")]),
        ({"extension": [a_reliability(), a_birth_place("750")]}, [("birth-place-code", BIRTH)]),
        ({"extension": [a_reliability(), a_birth_place("75056", "http://essai.test/lieux")]}, [("birth-place-code", BIRTH)]),
        ({"extension": [a_reliability(), a_birth_place(), a_reliability()]}, [("element-too-many", "Patient.extension[2]")]),
        ({"extension": [a_reliability("VERI"), a_birth_place()]}, [("identity-status-code", "Patient.extension[0].extension[0]")]),
        ({"extension": [_old("HOMD"), a_birth_place()]}, [("identity-status-code", "Patient.extension[0].extension[0]")]),
        ({"extension": [_old("QUAL", "http://essai.test/statuts"), a_birth_place()]}, [("identity-status-code", "Patient.extension[0].extension[0]")]),
        ({"extension": [a_reliability("QUAL", coded("validationMode", patients.MODE, "XX")), a_birth_place()]}, [("identity-validation-mode", "Patient.extension[0].extension[1]")]),
        ({"extension": [a_reliability("QUAL", {"url": "validationDate", "valueDate": "2026"}), a_birth_place()]}, [("date-format", "Patient.extension[0].extension[1].valueDate")]),
        ({"extension": [a_reliability("QUAL", {"url": "validationDate"}), a_birth_place()]}, [("element-required", "Patient.extension[0].extension[1].valueDate")]),
        ({"extension": [a_reliability("QUAL", {"url": "comment"}), a_birth_place()]}, [("element-required", "Patient.extension[0].extension[1].valueCoding")]),
        ({"extension": [a_reliability("QUAL", {"url": "comment", "valueCoding": "HOMA"}), a_birth_place()]}, [("element-type", "Patient.extension[0].extension[1].valueCoding")]),
        ({"extension": [a_reliability("QUAL", {"url": "comment", "valueCoding": {"code": "HOMA"}}), a_birth_place()]}, [("element-required", "Patient.extension[0].extension[1].valueCoding.system")]),
        ({"extension": [a_reliability("QUAL", {"valueCoding": {}}), a_birth_place()]}, [("element-required", "Patient.extension[0].extension[1].url")]),
        ({"extension": [a_reliability("QUAL", coded("identityStatus", patients.STATUS, "QUAL")), a_birth_place()]}, [("element-too-many", "Patient.extension[0].extension[1]")]),
        ({"extension": [a_reliability("PROV", comments=("DOUT", "FICT"))], "identifier": None}, [("identity-attributes-together", "Patient.extension[0].extension[2]")]),
        ({"extension": [a_reliability("PROV", comments=("FICT", "HOMA"))], "identifier": None}, [("identity-attributes-together", "Patient.extension[0].extension[2]")]),
        ({"extension": [a_reliability("VALI", comments=("FICT",))], "identifier": None}, [("identity-attribute-needs-provisional", "Patient.extension[0].extension[1]")]),
        ({"extension": [a_reliability("PROV"), a_birth_place()]}, [("identity-carries-ins", "Patient.identifier[0]")]),
        ({"extension": [a_reliability("RECUP"), a_birth_place()]}, [("identity-carries-ins", "Patient.identifier[0]")]),
        ({"extension": [a_reliability("VALI")], "identifier": [local_identifier(), ins_identifier(an_ins(1), use="old")]}, [("identity-carries-ins", "Patient.identifier[1]")]),
        ({"identifier": None}, [("identity-without-ins", "Patient.identifier")]),
        ({"identifier": [local_identifier()]}, [("identity-without-ins", "Patient.identifier")]),
        ({"identifier": [ins_identifier(an_ins(1), use="old")]}, [("identity-without-ins", "Patient.identifier")]),
        ({"identifier": [ins_identifier(an_ins(1)), ins_identifier(an_ins(2))]}, [("identity-ins-several", "Patient.identifier[1]")]),
        ({"identifier": [ins_identifier(an_ins(1), use="temp")]}, [("identifier-use", "Patient.identifier[0].use")]),
        ({"identifier": [ins_identifier(an_ins(1), value=None)]}, [("element-required", "Patient.identifier[0].value")]),
        ({"identifier": [ins_identifier(an_ins(1), value="2550699")]}, [("ins-format", "Patient.identifier[0].value")]),
        ({"identifier": [ins_identifier(an_ins(1, oid=NIR), value="255069900000199")]}, [("ins-key", "Patient.identifier[0].value")]),
        ({"identifier": [ins_identifier(an_ins(1), system="urn:oid:" + NIR)]}, [("identifier-type-system", "Patient.identifier[0]")]),
        ({"identifier": [ins_identifier(an_ins(1), system="http://essai.test/ipp")]}, [("identifier-type-system", "Patient.identifier[0]")]),
        ({"identifier": [ins_identifier(an_ins(1), system=None)]}, [("identifier-type-system", "Patient.identifier[0]")]),
        ({"identifier": [local_identifier(system="urn:oid:" + NIR)]}, [("identifier-type-system", "Patient.identifier[0]")]),
        ({"identifier": [ins_identifier(an_ins(1), period={"start": "hier"}), ins_identifier(an_ins(2), use="old", period={"start": "hier"})]}, [("date-format", "Patient.identifier[1].period.start")]),
        ({"identifier": {}}, [("element-type", "Patient.identifier")]),
        ({"active": "oui"}, [("element-type", "Patient.active")]),
        ({"link": [{"other": {"reference": "Patient/1"}, "type": "replaced-by"}]}, [("element-forbidden", "Patient.link")]),
        ({"modifierExtension": [{"url": "http://essai.test/non"}]}, [("modifier-extension", "Patient.modifierExtension")]),
        ({"implicitRules": "http://essai.test/regles"}, [("element-forbidden", "Patient.implicitRules")]),
        ({"nom": "ESSAI"}, [("element-unknown", "Patient.nom")]),
    ],
)  # fmt: skip
def test_what_is_refused(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert _refusals(a_patient(**changes)) == expected


def test_former_matricules_are_counted() -> None:
    """Each is looked up and kept: a list without end would be a way to keep the server busy."""
    many = [ins_identifier(an_ins(1)), *(ins_identifier(an_ins(number), use="old") for number in range(2, 23))]
    assert _refusals(a_patient(identifier=many)) == [("identity-former-too-many", "Patient.identifier[21]")]
    assert len(read_patient(a_patient(identifier=many[:-1])).identity.former) == 20


def test_every_fault_is_told_at_once() -> None:
    told = _refusals(a_patient(gender="other", birthDate="1955", name=[a_name("E" * 101)], extension=[a_reliability("VERI")]))  # fmt: skip
    assert [code for code, _ in told] == ["name-too-long", "gender-not-of-ins", "birth-date-incomplete", "identity-status-code"]  # fmt: skip


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "extension", "use", "coding", "value", "valueCoding", "system", "code", "period"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from(sorted(a_patient())), JUNK, st.integers(0, 3))
def test_noise_is_refused_or_read(member: str, junk: Any, depth: int) -> None:
    resource = a_patient(identifier=[ins_identifier(an_ins(1)), local_identifier()])
    node: Any = resource
    while depth and isinstance(node[member], list | dict) and node[member]:
        node, member = node[member], 0 if isinstance(node[member], list) else next(iter(node[member]))
        depth -= 1
    node[member] = junk
    with contextlib.suppress(Invalid):
        read_patient(resource)
