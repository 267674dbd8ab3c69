import base64
import hashlib
from typing import Any
from uuid import UUID

import pytest
from tests.builders.fhir import (
    INS,
    PATIENT_ID,
    PDF,
    a_fiche,
    a_patient,
    a_practitioner,
    a_role,
    an_organization,
    by_ins,
    concept,
)

from carnet.domain.access.model import Confidentiality
from carnet.domain.errors import Invalid, Issue, Severity
from carnet.domain.record.model import AssociationKind, AuthorKind, Fiche, OrganizationName, RelatesTo
from carnet.formats.fhir import systems
from carnet.formats.fhir.document_reference import read_fiche, read_fiche_and_patients
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import PROFESSIONALS, UniqueId
from carnet.vocabulary.ins import NIR, Ins

D = "DocumentReference"


def nothing(_: str) -> None:
    return None


def read(fiche: dict[str, Any], resolve: Any = nothing) -> tuple[Fiche, list[tuple[str, str | None]], list[Issue]]:
    """The fiche, its errors as (code, expression), its warnings."""
    issues: list[Issue] = []
    found = read_fiche(fiche, expression=D, resolve=resolve, issues=issues)
    errors = [(issue.code, issue.expression) for issue in issues if issue.severity is Severity.ERROR]
    return found, errors, [issue for issue in issues if issue.severity is Severity.WARNING]


def errors_of(**changes: Any) -> list[tuple[str, str | None]]:
    return read(a_fiche(**changes))[1]


def with_attachment(**changes: Any) -> dict[str, Any]:
    fiche = a_fiche()
    attachment = fiche["content"][0]["attachment"]
    fiche["content"][0]["attachment"] = {k: v for k, v in (attachment | changes).items() if v is not None}
    return fiche


def test_reads_every_attribute_of_a_whole_fiche() -> None:
    fiche, errors, warnings = read(a_fiche(labels=["MASQUE_PS"], description="Vu ce jour"))
    assert (errors, warnings) == ([], [])
    assert fiche.unique_id == UniqueId("1.2.250.1.999.1.1")
    assert fiche.type == Code("11488-4", "2.16.840.1.113883.6.1", "Compte rendu de consultation")
    assert fiche.category == Code("10", "1.2.250.1.213.1.1.4.1", "Compte rendu")
    assert fiche.format == Code("urn:ihe:iti:xds-sd:pdf:2008", "1.3.6.1.4.1.19376.1.2.3")
    assert (fiche.mime_type, fiche.language, fiche.title) == (
        "application/pdf",
        "fr-FR",
        "Compte rendu de consultation",
    )
    assert fiche.created is not None
    assert fiche.created.text == "2026-03-12T10:15:00+01:00"
    assert fiche.service_start is not None
    assert fiche.service_stop is not None
    assert (fiche.service_start.text, fiche.service_stop.text) == (
        "2026-03-12T09:00:00+01:00",
        "2026-03-12T09:30:00+01:00",
    )
    assert fiche.facility_type == Code("SA01", "1.2.250.1.71.4.2.4")
    assert fiche.practice_setting == Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9")
    assert (fiche.confidentiality, fiche.labels) == ("N", frozenset({Confidentiality.MASQUE_PS}))
    assert (fiche.size_bytes, fiche.hash_sha1) == (len(PDF), hashlib.sha1(PDF).hexdigest())
    assert fiche.comments == "Vu ce jour"
    (author,) = fiche.authors
    assert author.kind is AuthorKind.PERSON
    assert (author.identifier, author.system) == ("899700000001", PROFESSIONALS)
    assert (author.family, author.given, author.prefix, author.suffix) == ("Lambert", "Odile", "MME", "DR")
    assert author.organization == OrganizationName("Hôpital inventé", "1990000001")
    assert author.specialty == Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5")
    assert fiche.legal_authenticator is not None
    assert fiche.legal_authenticator.organization is None


def test_what_is_missing_stays_none_for_the_domain_to_decide() -> None:
    bare = a_fiche(
        contained=None, masterIdentifier=None, type=None, category=None, date=None, author=None, authenticator=None,
        securityLabel=None, context=None, content=[{"attachment": {"data": "QQ=="}}],
    )  # fmt: skip
    assert read(bare)[:2] == (Fiche(expression=D), [])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": None}, ("element-required", f"{D}.status")),
        ({"status": "superseded"}, ("status-not-current", f"{D}.status")),
        ({"status": "entered-in-error"}, ("status-not-current", f"{D}.status")),
        ({"content": None}, ("element-required", f"{D}.content")),
        ({"content": [{"format": {"system": "u:x", "code": "c"}}]}, ("element-required", f"{D}.content[0].attachment")),
        ({"colour": "red"}, ("element-unknown", f"{D}.colour")),
        ({"_colour": {}}, ("element-unknown", f"{D}._colour")),
        ({"modifierExtension": [{"url": "x"}]}, ("modifier-extension", f"{D}.modifierExtension")),
        ({"implicitRules": "http://x"}, ("element-forbidden", f"{D}.implicitRules")),
        ({"description": 3}, ("element-type", f"{D}.description")),
        ({"description": "  "}, ("element-empty", f"{D}.description")),
        ({"description": ["a"]}, ("element-type", f"{D}.description")),
        ({"category": []}, ("element-empty", f"{D}.category")),
        ({"category": {"coding": []}}, ("element-type", f"{D}.category")),
        ({"category": [concept({"system": "u:x", "code": "a"})] * 2}, ("element-too-many", f"{D}.category")),
        ({"type": {}}, ("element-empty", f"{D}.type")),
        ({"type": {"coding": [{"code": "x"}]}}, ("element-required", f"{D}.type.coding[0].system")),
        ({"type": {"coding": [{"system": "x"}]}}, ("element-required", f"{D}.type.coding[0].code")),
        ({"type": {"coding": [{"system": "x", "code": "y", "colour": 1}]}}, ("element-unknown", f"{D}.type.coding[0].colour")),
        ({"type": {"text": "Compte rendu"}}, ("element-required", f"{D}.type.coding")),
        ({"date": "2026-03-12"}, ("date-format", f"{D}.date")),
        ({"date": "2026-03-12T10:15:00"}, ("date-format", f"{D}.date")),
        ({"date": "12/03/2026"}, ("date-format", f"{D}.date")),
        ({"date": "2026-13-12T10:15:00Z"}, ("date-format", f"{D}.date")),
        ({"date": "0001-01-01T00:00:00+14:00"}, ("date-format", f"{D}.date")),
        ({"context": {"period": {"start": "2026-03-13", "end": "2026-03-12"}}}, ("period-order", f"{D}.context.period")),
        ({"context": {"period": {"start": "hier"}}}, ("date-format", f"{D}.context.period.start")),
        ({"context": {"event": [{"text": "acte"}]}}, ("element-required", f"{D}.context.event[0].coding")),
        (
            {"context": {"related": [{"identifier": {"system": "urn:oid:1.2"}}]}},
            ("element-required", f"{D}.context.related[0].identifier.value"),
        ),
        ({"extension": [{"url": systems.IS_ARCHIVED, "valueBoolean": True}]}, ("status-not-current", f"{D}.extension[0].valueBoolean")),
        ({"extension": [{"url": systems.IS_ARCHIVED}]}, ("element-required", f"{D}.extension[0].valueBoolean")),
        ({"extension": [{"url": systems.IS_ARCHIVED, "valueBoolean": "non"}]}, ("element-type", f"{D}.extension[0].valueBoolean")),
        ({"extension": [{"url": systems.IS_ARCHIVED, "valueBoolean": False}] * 2}, ("element-too-many", f"{D}.extension[1]")),
        ({"extension": [{"valueBoolean": True}]}, ("element-required", f"{D}.extension[0].url")),
        ({"extension": ["x"]}, ("element-type", f"{D}.extension[0]")),
        ({"extension": {}}, ("element-type", f"{D}.extension")),
        ({"extension": []}, ("element-empty", f"{D}.extension")),
        ({"contained": [3]}, ("element-type", f"{D}.contained[0]")),
        ({"resourceType": "Observation"}, ("resource-type", D)),
    ],
)  # fmt: skip
def test_tells_a_fault_where_it_stands(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in errors_of(**changes)


@pytest.mark.parametrize(
    ("changes", "code", "step"),
    [
        ({"size": "250"}, "element-type", ".size"),
        ({"size": True}, "element-type", ".size"),
        ({"size": -1}, "element-type", ".size"),
        ({"size": 2**31}, "element-type", ".size"),
        ({"size": 1.5}, "element-type", ".size"),
        ({"hash": "not base64!"}, "hash-format", ".hash"),
        ({"hash": hashlib.sha1(PDF).hexdigest()}, "hash-format", ".hash"),
        ({"hash": base64.b64encode(hashlib.sha256(PDF).digest()).decode()}, "hash-format", ".hash"),
        ({"creation": "mars 2026"}, "date-format", ".creation"),
        ({"title": ""}, "element-empty", ".title"),
    ],
)
def test_tells_a_fault_of_the_attachment(changes: dict[str, Any], code: str, step: str) -> None:
    assert read(with_attachment(**changes))[1] == [(code, f"{D}.content[0].attachment{step}")]


def test_more_than_one_content_is_refused() -> None:
    fiche = a_fiche()
    fiche["content"] *= 2
    assert read(fiche)[1] == [("element-too-many", f"{D}.content")]


def test_every_fault_is_told_at_once_and_the_rest_is_read() -> None:
    fiche, errors, _ = read(a_fiche(status="superseded", colour="red", date="hier", description=3))
    assert {code for code, _ in errors} == {"status-not-current", "element-unknown", "date-format", "element-type"}
    assert fiche.type is not None


def test_stops_telling_past_a_limit() -> None:
    with pytest.raises(Invalid) as caught:
        errors_of(**{f"x{n}": 1 for n in range(1000)})
    assert caught.value.code == "too-many-issues"
    assert len(caught.value.issues) == 201


def test_warnings_however_many_refuse_nothing_and_say_that_there_are_more() -> None:
    many = [{"url": f"https://example.org/{n}", "valueString": "x"} for n in range(1000)]
    fiche, errors, warnings = read(a_fiche(extension=many, status="superseded"))
    assert errors == [("status-not-current", f"{D}.status")]
    assert len(warnings) == 201
    assert warnings[-1].code == "warnings-truncated"
    assert fiche.type is not None


def test_what_is_read_and_not_kept_is_told() -> None:
    changes = {
        "docStatus": "final",
        "_description": {"extension": [{"url": "x"}]},
        "extension": [{"url": "https://example.org/color", "valueString": "rouge"}],
        "identifier": [{"system": "urn:oid:1.2", "value": "x"}],
        "meta": {"profile": ["x"]},
    }
    _, errors, warnings = read(a_fiche(**changes))
    assert errors == []
    assert {(w.code, w.expression) for w in warnings} == {
        ("element-not-kept", f"{D}.docStatus"),
        ("element-not-kept", f"{D}.identifier"),
        ("extension-ignored", f"{D}.description"),
        ("extension-ignored", f"{D}.extension[0]"),
    }


def test_another_coding_of_the_same_concept_is_told_as_not_kept() -> None:
    both = {"coding": [{"system": "http://loinc.org", "code": "11488-4"}, {"system": "urn:oid:1.2.3", "code": "CR"}]}
    fiche, _, warnings = read(a_fiche(type=both))
    assert fiche.type == Code("11488-4", "2.16.840.1.113883.6.1")
    assert [(w.code, w.expression) for w in warnings] == [("element-not-kept", f"{D}.type.coding[1]")]


def test_creation_of_the_attachment_is_the_creation_time_and_date_stands_in_for_it() -> None:
    dated = with_attachment(creation="2026-03")
    created = read(dated)[0].created
    assert created is not None
    assert created.text == "2026-03"
    created = read(with_attachment(creation=None))[0].created
    assert created is not None
    assert created.text == "2026-03-12T10:15:00+01:00"


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ({"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}, UniqueId("1.2.3")),
        ({"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3^x"}, UniqueId("1.2.3", "x")),
        ({"value": "urn:oid:1.2.3"}, UniqueId("1.2.3")),
        ({"system": "urn:oid:1.2.3", "value": "E-1"}, UniqueId("1.2.3", "E-1")),
        (
            {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:12345678-ABCD-1234-abcd-1234567890ab"},
            UniqueId("12345678-abcd-1234-abcd-1234567890ab"),
        ),
    ],
)
def test_reads_both_forms_of_the_unique_id(identifier: dict[str, str], expected: UniqueId) -> None:
    fiche, errors, _ = read(a_fiche(masterIdentifier=identifier))
    assert (fiche.unique_id, errors) == (expected, [])


@pytest.mark.parametrize(
    "identifier",
    [
        {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:abcd-efgh-ijkl-mnop"},
        {"system": "urn:ietf:rfc:3986", "value": "1.2.3"},
        {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.03"},
        {"system": "urn:oid:1.2.x", "value": "1"},
        {"system": "https://example.org", "value": "1"},
    ],
)
def test_refuses_what_is_no_unique_id(identifier: dict[str, str]) -> None:
    assert errors_of(masterIdentifier=identifier) == [("unique-id-format", f"{D}.masterIdentifier.value")]


def test_a_unique_id_needs_a_value() -> None:
    assert errors_of(masterIdentifier={"system": "urn:oid:1.2"}) == [
        ("element-required", f"{D}.masterIdentifier.value")
    ]


class TestSecurityLabels:
    @pytest.mark.parametrize(
        "system",
        [
            systems.V3_CONFIDENTIALITY,
            systems.VISIBILITY,
            systems.VISIBILITY_MISSPELT,
            systems.TRE_A08,
            "urn:oid:2.16.840.1.113883.5.25",
            "urn:oid:1.2.250.1.213.1.1.4.13",
        ],
    )
    @pytest.mark.parametrize("code", ["R", "INVISIBLE_PATIENT"])
    def test_accepts_every_system_under_which_labels_are_written(self, system: str, code: str) -> None:
        fiche, errors, _ = read(a_fiche(securityLabel=[concept({"system": system, "code": code})]))
        assert errors == []
        read_as = fiche.confidentiality or next(iter(fiche.labels)).value
        assert read_as == code

    def test_reads_all_the_codings_of_all_the_labels(self) -> None:
        label = {
            "coding": [
                {"system": systems.TRE_A08, "code": "V"},
                {"system": systems.VISIBILITY, "code": "MASQUE_PS"},
                {"system": systems.V3_CONFIDENTIALITY, "code": "V"},
            ]
        }
        fiche = read(a_fiche(securityLabel=[label]))[0]
        assert (fiche.confidentiality, fiche.labels) == ("V", {Confidentiality.MASQUE_PS})

    @pytest.mark.parametrize(
        ("label", "code", "step"),
        [
            ({"system": "http://snomed.info/sct", "code": "17621005"}, "security-label-system", ".coding[0].system"),
            ({"system": systems.V3_CONFIDENTIALITY, "code": "U"}, "security-label-unknown", ".coding[0].code"),
            ({"system": systems.VISIBILITY, "code": "MASQUE_PT"}, "security-label-unknown", ".coding[0].code"),
            ({"system": systems.V3_CONFIDENTIALITY, "code": "R"}, "confidentiality-too-many", ".coding[0]"),
            ({"system": systems.V3_CONFIDENTIALITY}, "element-required", ".coding[0].code"),
            ({"code": "N"}, "element-required", ".coding[0].system"),
        ],
    )
    def test_refuses_others(self, label: dict[str, str], code: str, step: str) -> None:
        normal = concept({"system": systems.V3_CONFIDENTIALITY, "code": "N"})
        assert errors_of(securityLabel=[normal, concept(label)]) == [(code, f"{D}.securityLabel[1]{step}")]

    def test_a_label_needs_a_coding(self) -> None:
        assert errors_of(securityLabel=[{"text": "normal"}]) == [("element-required", f"{D}.securityLabel[0].coding")]


class TestAuthors:
    def author(
        self, *contained: dict[str, Any], reference: dict[str, Any] | None = None, resolve: Any = nothing
    ) -> Any:
        fiche = a_fiche(
            contained=list(contained) or None,
            author=[reference or {"reference": f"#{contained[0]['id']}"}],
            authenticator=None,
        )
        found, errors, warnings = read(fiche, resolve)
        return (found.authors[0] if found.authors else None), errors, warnings

    @pytest.mark.parametrize(
        ("system", "value", "expected"),
        [
            ("urn:oid:1.2.250.1.71.4.2.1", "899700000001", ("899700000001", PROFESSIONALS)),
            (systems.RPPS, "99700000001", ("899700000001", PROFESSIONALS)),
            (systems.ADELI, "750000001", ("0750000001", PROFESSIONALS)),
            ("urn:oid:1.2.250.1.999.9", "42", ("42", "1.2.250.1.999.9")),
        ],
    )
    def test_reads_the_identifiers_of_the_directory(self, system: str, value: str, expected: tuple[str, str]) -> None:
        practitioner = a_practitioner() | {"identifier": [{"system": system, "value": value}]}
        author, errors, _ = self.author(practitioner)
        assert (author.identifier, author.system) == expected
        assert errors == []

    @pytest.mark.parametrize(
        ("system", "value", "expected"),
        [
            ("urn:oid:1.2.250.1.71.4.2.2", "1990000001", ("1990000001", None)),
            (systems.FINESS, "990000001", ("1990000001", None)),
            (systems.SIRENE, "99000000100011", ("399000000100011", None)),
            (systems.SIRENE, "990000001", ("2990000001", None)),
            ("urn:oid:1.2.250.1.999.9", "42", ("42", "1.2.250.1.999.9")),
        ],
    )
    def test_reads_the_identifiers_of_organisations(self, system: str, value: str, expected: tuple[str, str]) -> None:
        author, errors, _ = self.author(an_organization() | {"identifier": [{"system": system, "value": value}]})
        assert author.kind is AuthorKind.ORGANIZATION
        assert (author.organization.identifier, author.organization.system) == expected
        assert errors == []

    @pytest.mark.parametrize(
        ("identifiers", "code", "step"),
        [
            ([{"system": systems.RPPS, "value": "12"}], "identifier-format", "[0].value"),
            ([{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "8 99"}], "identifier-format", "[0].value"),
            ([{"system": systems.RPPS}], "element-required", "[0].value"),
            (
                [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "899700000001"}, {"system": systems.RPPS, "value": "99700000002"}],
                "identifiers-differ",
                "",
            ),
        ],
    )  # fmt: skip
    def test_refuses_wrong_identifiers(self, identifiers: list[dict[str, str]], code: str, step: str) -> None:
        _, errors, _ = self.author(a_practitioner() | {"identifier": identifiers})
        assert errors == [(code, f"{D}.contained[0].identifier{step}")]

    def test_puts_a_specialty_together_from_profession_and_savoir_faire(self) -> None:
        profession = {
            "system": "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante",
            "code": "10",
        }
        skill = {
            "system": "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale",
            "code": "SM04",
            "display": "Cardiologie",
        }
        function = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationFunction", "code": "PCP"}
        mode = {"system": "https://mos.esante.gouv.fr/NOS/TRE_R23-ModeExercice/FHIR/TRE-R23-ModeExercice", "code": "L"}
        role = a_role() | {
            "code": [concept(mode), concept(profession), concept(function)],
            "specialty": [concept(skill)],
        }
        author, errors, warnings = self.author(role, a_practitioner(), an_organization())
        assert author.specialty == Code("G15_10/SM04", "1.2.250.1.213.1.1.4.5", "Cardiologie")
        assert author.role == Code("PCP", "2.16.840.1.113883.5.88")
        assert errors == []
        assert [w.expression for w in warnings] == [f"{D}.contained[0].code[0].coding[0]"]

    def test_a_role_alone_may_carry_the_identifier_of_its_person(self) -> None:
        role = {"resourceType": "PractitionerRole", "id": "r"}
        role |= {"identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "899700000001"}]}  # type: ignore[dict-item]
        author, errors, _ = self.author(role)
        assert (author.identifier, errors) == ("899700000001", [])

    def test_a_situation_of_practice_is_not_a_person(self) -> None:
        role = {
            "resourceType": "PractitionerRole",
            "id": "r",
            "identifier": [{"system": systems.RPPS, "value": "1011848351"}],
        }
        author, errors, _ = self.author(role)
        assert (author.identifier, errors) == (None, [])

    def test_reads_a_device(self) -> None:
        device = {
            "resourceType": "Device",
            "id": "d",
            "identifier": [{"system": "urn:oid:1.2.250.1.999.3", "value": "AUTO-1"}],
            "deviceName": [{"name": "Xlab", "type": "model-name"}, {"name": "LabSoft", "type": "other"}],
        }
        author, _, _ = self.author(device)
        assert (author.kind, author.device) == (AuthorKind.DEVICE, "Xlab/LabSoft")
        assert (author.identifier, author.system) == ("AUTO-1", "1.2.250.1.999.3")

    def test_a_device_may_have_a_manufacturer_and_a_model_number_only(self) -> None:
        device = {"resourceType": "Device", "id": "d", "modelNumber": "X1", "manufacturer": "Labo"}
        assert self.author(device)[0].device == "X1/Labo"

    def test_reads_a_patient_who_wrote(self) -> None:
        author, _, _ = self.author(a_patient())
        assert (author.kind, author.identifier, author.system) == (AuthorKind.PATIENT, INS.matricule, INS.oid)
        assert author.family == "DURAND"

    def test_reads_an_author_elsewhere_in_the_message(self) -> None:
        known = {"urn:uuid:1": a_practitioner(number="899700000009")}
        author, errors, _ = self.author(reference={"reference": "urn:uuid:1"}, resolve=known.get)
        assert (author.identifier, errors) == ("899700000009", [])

    def test_a_fault_of_a_resource_elsewhere_is_told_through_the_reference(self) -> None:
        known = {"urn:uuid:1": a_practitioner() | {"identifier": [{"system": systems.RPPS, "value": "1"}]}}
        _, errors, _ = self.author(reference={"reference": "urn:uuid:1"}, resolve=known.get)
        assert errors == [("identifier-format", f"{D}.author[0].resolve().identifier[0].value")]

    @pytest.mark.parametrize(
        "target", ["PractitionerRole/practitionerrole-example", "#absent", "urn:uuid:2", "https://x.org/Practitioner/1"]
    )
    def test_a_reference_that_leads_nowhere_is_refused(self, target: str) -> None:
        author, errors, _ = self.author(reference={"reference": target})
        assert author is None
        assert errors == [("reference-unresolved", f"{D}.author[0].reference")]

    def test_it_is_kept_when_it_says_who(self) -> None:
        rpps = {"system": systems.RPPS, "value": "99700000001"}
        author, errors, _ = self.author(
            reference={"reference": "Practitioner/1", "display": "Dr Lambert", "identifier": rpps}
        )
        assert errors == []
        assert (author.kind, author.identifier, author.family) == (AuthorKind.PERSON, "899700000001", "Dr Lambert")
        author, _, _ = self.author(reference={"type": "Organization", "display": "Hôpital"})
        assert author.organization == OrganizationName("Hôpital")
        author, _, _ = self.author(reference={"reference": "Device/7", "display": "Automate"})
        assert (author.kind, author.device) == (AuthorKind.DEVICE, "Automate")

    def test_an_empty_reference_and_a_wrong_kind_are_refused(self) -> None:
        assert self.author(reference={"type": "Practitioner"})[1] == [("element-required", f"{D}.author[0].reference")]
        assert self.author(reference={"reference": "Group/1", "display": "x"})[1] == [("author-kind", f"{D}.author[0]")]
        known = {"urn:uuid:1": {"resourceType": "RelatedPerson"}}
        assert self.author(reference={"reference": "urn:uuid:1"}, resolve=known.get)[1] == [
            ("author-kind", f"{D}.author[0]")
        ]

    def test_a_role_whose_practitioner_is_another_thing_is_refused(self) -> None:
        _, errors, _ = self.author(a_role(practitioner="#structure"), an_organization())
        assert errors == [("author-kind", f"{D}.contained[0].practitioner")]

    def test_a_role_may_name_its_practitioner_in_words(self) -> None:
        role = a_role() | {"practitioner": {"display": "Dr Lambert"}, "organization": {"display": "Hôpital"}}
        author, errors, _ = self.author(role)
        assert (author.family, author.organization, errors) == ("Dr Lambert", OrganizationName("Hôpital"), [])

    def test_a_patient_does_not_answer_for_a_document(self) -> None:
        fiche = a_fiche(contained=[a_patient()], author=None, authenticator={"reference": "#patient"})
        assert read(fiche)[1] == [("author-kind", f"{D}.authenticator")]

    def test_a_custodian_is_an_organisation(self) -> None:
        assert read(a_fiche(custodian={"reference": "#structure"}))[0].custodian == OrganizationName(
            "Hôpital inventé", "1990000001"
        )
        assert errors_of(custodian={"reference": "#auteur"}) == [("organization-kind", f"{D}.custodian")]

    def test_contained_resources_are_checked_and_the_unused_told(self) -> None:
        fiche = a_fiche()
        fiche["contained"] += [
            an_organization("autre"),
            an_organization("autre"),
            {"resourceType": "Group", "id": "g"},
            {"resourceType": "Device"},
        ]
        errors = read(fiche)[1]
        assert ("contained-duplicate-id", f"{D}.contained[4]") in errors
        assert ("contained-type", f"{D}.contained[5]") in errors
        assert ("element-required", f"{D}.contained[6].id") in errors
        fiche = a_fiche()
        fiche["contained"].append(an_organization("autre"))
        assert [(w.code, w.expression) for w in read(fiche)[2]] == [("contained-unused", f"{D}.contained[3]")]


class TestPatients:
    def named(self, subject: dict[str, Any], *contained: dict[str, Any]) -> Any:
        fiche = a_fiche(subject=subject)
        fiche["contained"] += contained
        issues: list[Issue] = []
        _, patients = read_fiche_and_patients(fiche, place=D, resolve=nothing, issues=issues)
        return patients, [(issue.code, issue.expression) for issue in issues if issue.severity is Severity.ERROR]

    @pytest.mark.parametrize(
        "reference",
        [
            f"Patient?identifier=urn:oid:{INS.oid}|{INS.matricule}",
            f"Patient?identifier=urn%3Aoid%3A{INS.oid}%7C{INS.matricule}",
            f"https://dmp.example/fhir/Patient?identifier=urn:oid:{INS.oid}|{INS.matricule}",
        ],
    )
    def test_named_by_a_conditional_reference(self, reference: str) -> None:
        (patient,), errors = self.named({"reference": reference})
        assert (patient.ins, patient.expression, errors) == (INS, f"{D}.subject", [])

    @pytest.mark.parametrize("reference", [f"Patient/{PATIENT_ID}", f"https://x/fhir/Patient/{PATIENT_ID}/_history/3"])
    def test_named_by_our_id(self, reference: str) -> None:
        (patient,), errors = self.named({"reference": reference})
        assert (patient.patient_id, errors) == (PATIENT_ID, [])

    def test_named_by_a_logical_reference_also_beside_an_id(self) -> None:
        identifier = {"system": f"urn:oid:{INS.oid}", "value": INS.matricule}
        assert self.named({"identifier": identifier})[0][0].ins == INS
        (patient,), _ = self.named({"reference": f"Patient/{PATIENT_ID}", "identifier": identifier})
        assert (patient.patient_id, patient.ins) == (PATIENT_ID, INS)

    def test_named_by_a_contained_patient_with_traits(self) -> None:
        (patient,), errors = self.named({"reference": "#patient"}, a_patient())
        assert errors == []
        assert patient.ins == INS
        assert (patient.source.family, patient.source.given, patient.source.birth_date) == (
            "DURAND",
            ("Marie", "Anne"),
            "1955-06-12",
        )
        assert (patient.source.identifier, patient.source.system, patient.source.gender) == (
            "IPP-42",
            "1.2.250.1.999.7.1",
            "female",
        )

    def test_source_patient_info_names_the_patient_too(self) -> None:
        fiche = a_fiche()
        fiche["contained"].append(a_patient())
        fiche["context"]["sourcePatientInfo"] = {"reference": "#patient"}
        found, patients = read_fiche_and_patients(fiche, place=D, resolve=nothing, issues=[])
        assert [p.expression for p in patients] == [f"{D}.subject", f"{D}.context.sourcePatientInfo"]
        assert patients[1].ins == INS
        assert found.source_patient == patients[1].source

    def test_a_source_patient_without_ins_is_kept_as_such(self) -> None:
        fiche = a_fiche()
        fiche["contained"].append(a_patient(ins=None))
        fiche["context"]["sourcePatientInfo"] = {"reference": "#patient"}
        found, errors, _ = read(fiche)
        assert errors == []
        assert found.source_patient is not None
        assert (found.source_patient.ins, found.source_patient.identifier) == (None, "IPP-42")

    @pytest.mark.parametrize(
        ("subject", "code", "step"),
        [
            ({"reference": "Patient/fr-patient-123"}, "patient-unknown", ".reference"),
            ({"reference": "Patient?identifier=urn:oid:1.2.250.1.213.1.4.8"}, "patient-reference", ".reference"),
            ({"reference": "Patient?name=Durand"}, "patient-reference", ".reference"),
            ({"reference": "Group/1"}, "patient-reference", ".reference"),
            ({"reference": "Patient"}, "patient-reference", ".reference"),
            ({"display": "Mme Durand"}, "patient-reference", ""),
            ({"reference": "#absent"}, "reference-unresolved", ".reference"),
            ({"reference": "#auteur"}, "patient-kind", ""),
            ({"identifier": {"value": "1"}}, "element-required", ".identifier.system"),
            ({"identifier": {"system": "urn:oid:1.2", "value": "1"}}, "ins-oid", ".identifier"),
            ({"identifier": {"system": f"urn:oid:{NIR}", "value": "12"}}, "ins-format", ".identifier"),
            (by_ins() | {"reference": f"Patient?identifier=urn:oid:{NIR}|123456789012345"}, "ins-key", ".reference"),
        ],
    )
    def test_refuses_other_ways(self, subject: dict[str, Any], code: str, step: str) -> None:
        assert self.named(subject)[1] == [(code, f"{D}.subject{step}")]

    def test_a_subject_is_required_and_must_be_identified(self) -> None:
        fiche = a_fiche()
        del fiche["subject"]
        assert read(fiche)[1] == [("element-required", f"{D}.subject")]
        assert self.named({"reference": "#patient"}, a_patient(ins=None))[1] == [
            ("patient-unidentified", f"{D}.subject")
        ]

    def test_a_wrong_ins_in_a_contained_patient_is_told_once_where_it_stands(self) -> None:
        wrong = a_patient() | {
            "identifier": [{"system": f"urn:oid:{NIR}", "value": "123456789012345"}],
            "gender": "femme",
        }
        assert self.named({"reference": "#patient"}, wrong)[1] == [
            ("ins-key", f"{D}.contained[3].identifier[0]"),
            ("gender-unknown", f"{D}.contained[3].gender"),
        ]

    def test_a_second_identifier_of_the_same_kind_is_told_as_not_kept(self) -> None:
        patient = a_patient()
        patient["identifier"] += [{"system": "urn:oid:1.2.3", "value": "2"}, {"system": "urn:oid:1.2.3"}]
        fiche = a_fiche(subject={"reference": "#patient"})
        fiche["contained"].append(patient)
        _, errors, warnings = read(fiche)
        assert errors == [("element-required", f"{D}.contained[3].identifier[3].value")]
        assert [w.expression for w in warnings] == [f"{D}.contained[3].identifier[2]"]

    def test_the_test_register_accepts_a_wrong_key(self) -> None:
        wrong = Ins("255069999900199", INS.oid)
        assert self.named(by_ins(wrong))[0][0].ins == wrong


class TestRelations:
    target = UUID("01900000-0000-7000-8000-0000000000dd")

    @pytest.mark.parametrize(
        "reference",
        [
            f"DocumentReference/{target}",
            f"https://x/fhir/DocumentReference/{target}",
            f"DocumentReference/{target}/_history/2",
            f"urn:uuid:{target}",
        ],
    )
    def test_towards_an_id(self, reference: str) -> None:
        fiche, errors, _ = read(a_fiche(replaces={"reference": reference}))
        assert errors == []
        assert fiche.relates_to == (
            RelatesTo(AssociationKind.REPLACES, entry=self.target, expression=f"{D}.relatesTo[0].target"),
        )

    @pytest.mark.parametrize(
        "target",
        [
            {"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}},
            {"reference": "DocumentReference?identifier=urn:ietf:rfc:3986|urn:oid:1.2.3"},
            {"reference": "DocumentReference?identifier=urn:ietf:rfc:3986%7Curn:oid:1.2.3"},
        ],
    )
    def test_towards_a_unique_id(self, target: dict[str, Any]) -> None:
        (relation,) = read(a_fiche(replaces=target))[0].relates_to
        assert (relation.unique_id, relation.entry) == (UniqueId("1.2.3"), None)

    def test_a_bare_uuid_may_be_an_entry_or_a_unique_id(self) -> None:
        identifier = {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{self.target}"}
        (relation,) = read(a_fiche(replaces={"identifier": identifier}))[0].relates_to
        assert (relation.unique_id, relation.entry) == (UniqueId(str(self.target)), self.target)

    def test_towards_a_fiche_of_the_same_message_by_its_unique_id(self) -> None:
        known = {"urn:uuid:1": a_fiche(unique_id="1.2.250.1.999.1.2")}
        (relation,) = read(a_fiche(replaces={"reference": "urn:uuid:1"}), known.get)[0].relates_to
        assert relation.unique_id == UniqueId("1.2.250.1.999.1.2")

    @pytest.mark.parametrize(
        ("target", "step"),
        [
            ({"reference": "DocumentReference/doc-x-id"}, ".reference"),
            ({"reference": "Binary/01900000-0000-7000-8000-0000000000dd"}, ".reference"),
            ({"identifier": {"system": "https://x.org", "value": "1"}}, ".identifier"),
        ],
    )
    def test_a_target_that_cannot_be_ours_is_told_and_names_nothing(self, target: dict[str, Any], step: str) -> None:
        fiche, errors, _ = read(a_fiche(replaces=target))
        assert errors == [("target-unknown", f"{D}.relatesTo[0].target{step}")]
        assert (fiche.relates_to[0].entry, fiche.relates_to[0].unique_id) == (None, None)

    def test_a_fiche_of_the_same_message_without_a_sound_unique_id_is_unknown(self) -> None:
        for master in (None, "x", {"value": 3}, {"value": "1"}):
            known = {"urn:uuid:1": a_fiche(masterIdentifier=master)}
            assert read(a_fiche(replaces={"reference": "urn:uuid:1"}), known.get)[1] == [
                ("target-unknown", f"{D}.relatesTo[0].target.reference")
            ]

    @pytest.mark.parametrize(
        ("relation", "code", "step"),
        [
            ({"code": "copies", "target": {"reference": "x"}}, "relation-code", ".code"),
            ({"target": {"reference": "x"}}, "element-required", ".code"),
            ({"code": "signs"}, "element-required", ".target"),
            ({"code": "signs", "target": {"display": "x"}}, "element-required", ".target"),
        ],
    )
    def test_refuses_an_incomplete_relation(self, relation: dict[str, Any], code: str, step: str) -> None:
        assert errors_of(relatesTo=[relation]) == [(code, f"{D}.relatesTo[0]{step}")]


def test_reference_ids_keep_kind_value_and_authority() -> None:
    related = [
        {
            "identifier": {
                "type": {"coding": [{"system": "urn:ietf:rfc:3986", "code": "urn:ihe:iti:xds:2013:accession"}]},
                "system": "urn:oid:1.2.250.1.999.8",
                "value": "ACC-1",
            }
        },
        {"identifier": {"value": "seul"}},
        {"reference": "ServiceRequest/1"},
    ]
    fiche, errors, warnings = read(a_fiche(context={"related": related}))
    assert errors == []
    assert fiche.reference_ids == (("urn:ihe:iti:xds:2013:accession", "ACC-1^^^&1.2.250.1.999.8&ISO"), ("", "seul"))
    assert [w.expression for w in warnings] == [f"{D}.context.related[2]"]
