"""Fiche, header and identity compared: each attribute, alone."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.builders.fhir import an_author

from carnet.document_types.table import DocumentTypes
from carnet.domain.access.model import Confidentiality, OwnerKind
from carnet.domain.errors import Issue, Severity
from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex
from carnet.domain.record.coherence import (
    Digest,
    complete,
    fiche_faults,
    header_identity_faults,
    label_faults,
    patient_faults,
    relations,
)
from carnet.domain.record.model import (
    AssociationKind,
    DocumentHeader,
    Fiche,
    PatientReference,
    RelatesTo,
    SourcePatient,
    SubmittedDocument,
)
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of
from carnet.vocabulary.moments import Moment

INS = Ins("2550699999001" + f"{key_of('2550699999001'):02d}", NIR_TEST)
OTHER_INS = Ins("2550699999002" + f"{key_of('2550699999002'):02d}", NIR_TEST)
PATIENT = UUID(int=7)
TRAITS = InsTraits("ESSAI-DURAND", "MARIE", "1955-06-12", Sex.FEMALE, "MARIE ANNE", "75056")
IDENTITY = Identity(INS, TRAITS, IdentityStatus.QUALIFIED, used_name="MARTIN", used_given_name="ANNIE")
DIGEST = Digest("a" * 40, "b" * 64, 120)
WHERE = "Bundle.entry[1].resource"
TYPES = DocumentTypes.load()

LOINC = "2.16.840.1.113883.6.1"
HEADER = DocumentHeader(
    unique_id=UniqueId("1.2.3"),
    type=Code("11490-0", LOINC, "Lettre"),
    title="Lettre",
    created=Moment.from_hl7("20240312101500+0100"),
    confidentiality=Code("N", "2.16.840.1.113883.5.25"),
    language="fr-FR",
    ins=INS,
    ins_fault=None,
    traits=TRAITS,
    source_patient_id=("IPP-1", "1.2.250.1.999.7.1"),
    authors=(an_author(),),
    service_start=Moment.from_hl7("20240310080000+0100"),
    facility_type=Code("SA01", "1.2.250.1.71.4.2.4"),
    practice_setting=Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9"),
    template_ids=("1.3.6.1.4.1.19376.1.2.20",),
    body="N1",
)
BARE = Fiche(
    WHERE,
    unique_id=UniqueId("1.2.3"),
    type=Code("11488-4", LOINC),
    mime_type="application/pdf",
    title="Compte rendu",
    created=Moment.from_fhir("2024-03-12"),
    service_start=Moment.from_fhir("2024-03-12"),
    authors=(an_author(),),
    facility_type=Code("SA01", "1.2.250.1.71.4.2.4"),
    practice_setting=Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9"),
)


def _codes(issues: list[Issue]) -> list[str]:
    return [issue.code for issue in issues]


# The patient


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        (PatientReference(WHERE, patient_id=PATIENT), []),
        (PatientReference(WHERE, ins=INS), []),
        (PatientReference(WHERE, patient_id=PATIENT, ins=INS), []),
        (PatientReference(WHERE, patient_id=UUID(int=8)), ["patient-references-differ"]),
        (PatientReference(WHERE, ins=OTHER_INS), ["patient-references-differ"]),
        (PatientReference(WHERE, patient_id=PATIENT, ins=OTHER_INS), ["patient-references-differ"]),
        (PatientReference(WHERE, source=SourcePatient()), []),
        (PatientReference(WHERE, source=SourcePatient(family="Essai Durand", given=("Marie",), birth_date="1955-06-12", gender="female")), []),
        (PatientReference(WHERE, source=SourcePatient(family="MARTIN", given=("ANNIE",))), []),
        (PatientReference(WHERE, source=SourcePatient(given=("MARIE", "ANNE"))), []),
        (PatientReference(WHERE, source=SourcePatient(gender="unknown")), []),
        (PatientReference(WHERE, source=SourcePatient(family="AUTRE")), ["patient-traits-differ"]),
        (PatientReference(WHERE, source=SourcePatient(given=("ANNE", "MARIE"))), ["patient-traits-differ"]),
        (PatientReference(WHERE, source=SourcePatient(birth_date="1955-12-06")), ["patient-traits-differ"]),
        (PatientReference(WHERE, source=SourcePatient(gender="male")), ["patient-traits-differ"]),
        (PatientReference(WHERE, source=SourcePatient(family="AUTRE", given=("X",), birth_date="2000-01-01", gender="male")), ["patient-traits-differ"] * 4),
    ],
)  # fmt: skip
def test_how_the_patient_is_named(reference: PatientReference, found: list[str]) -> None:
    assert _codes(patient_faults((reference,), PATIENT, IDENTITY)) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"ins_fault": "ins-key", "ins": None}, ["ins-key"]),
        ({"ins": None}, ["header-ins-missing"]),
        ({"ins": OTHER_INS}, ["patient-differs"]),
        ({"traits": None, "missing_traits": ("sex", "birth_date")}, ["header-trait-missing"] * 2),
        ({"traits": replace(TRAITS, birth_name="AUTRE")}, ["header-traits-differ"]),
        ({"traits": replace(TRAITS, birth_date="1955-06-13", sex=Sex.MALE)}, ["header-traits-differ"] * 2),
        ({"traits": replace(TRAITS, birth_name="essai durand")}, []),
    ],
)
def test_the_patient_of_the_header(changes: dict[str, Any], found: list[str]) -> None:
    assert _codes(header_identity_faults(replace(HEADER, **changes), IDENTITY, WHERE)) == found


# Fiche and document


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"size_bytes": 119}, "size-differs"),
        ({"hash_sha1": "c" * 40}, "hash-differs"),
        ({"unique_id": UniqueId("1.2.4")}, "unique-id-differs"),
        ({"unique_id": UniqueId("1.2.3", "1")}, "unique-id-differs"),
        ({"type": Code("11488-4", LOINC)}, "type-differs"),
        ({"confidentiality": "R"}, "confidentiality-differs"),
    ],
)
def test_what_decides_is_a_fault(changes: dict[str, Any], code: str) -> None:
    (issue,) = fiche_faults(Fiche(WHERE, **changes), HEADER, DIGEST)
    assert (issue.code, issue.severity, issue.expression) == (code, Severity.ERROR, WHERE)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("title", "Autre"),
        ("language", "en-US"),
        ("created", Moment.from_fhir("2024-03-13")),
        ("service_start", Moment.from_fhir("2024-03-11")),
    ],
)
def test_what_does_not_decide_is_a_warning(attribute: str, value: Any) -> None:
    (issue,) = fiche_faults(Fiche(WHERE, **{attribute: value}), HEADER, DIGEST)
    assert (issue.code, issue.severity) == ("metadata-differs", Severity.WARNING)
    assert issue.facts == {"attribute": attribute}


def test_a_fiche_that_says_nothing_contradicts_nothing() -> None:
    assert fiche_faults(Fiche(WHERE), HEADER, DIGEST) == []
    assert fiche_faults(Fiche(WHERE, size_bytes=120, hash_sha1="a" * 40), None, DIGEST) == []


def test_the_faults_of_the_header_are_told() -> None:
    issue = Issue("cda-something", "/ClinicalDocument")
    assert fiche_faults(Fiche(WHERE), replace(HEADER, issues=(issue,)), DIGEST) == [issue]


def test_the_same_moment_in_two_zones_is_the_same() -> None:
    fiche = Fiche(WHERE, created=Moment.from_fhir("2024-03-12T09:15:00Z"))
    assert fiche_faults(fiche, HEADER, DIGEST) == []


# Relations


def _document(fiche: Fiche, header: DocumentHeader | None) -> SubmittedDocument:
    return SubmittedDocument(fiche, b"", header)


def test_a_replacement_that_only_the_header_tells() -> None:
    asked, told = relations(_document(Fiche(WHERE), replace(HEADER, replaces=UniqueId("1.2.9"))))
    assert asked == ()
    assert told == RelatesTo(AssociationKind.REPLACES, unique_id=UniqueId("1.2.9"), expression=WHERE)


def test_a_replacement_that_the_fiche_tells() -> None:
    relation = RelatesTo(AssociationKind.REPLACES, entry=UUID(int=1))
    both = _document(Fiche(WHERE, relates_to=(relation,)), replace(HEADER, replaces=UniqueId("1.2.9")))
    assert relations(both) == ((relation,), None)
    assert relations(_document(Fiche(WHERE), None)) == ((), None)


# Completion


def _completed(fiche: Fiche, header: DocumentHeader | None) -> tuple[Any, list[Issue]]:
    issues: list[Issue] = []
    entry = complete(_document(fiche, header), DIGEST, types=TYPES, owner=OwnerKind.ORGANIZATION, issues=issues)
    return entry, issues


def test_a_header_fills_a_whole_fiche() -> None:
    entry, issues = _completed(Fiche(WHERE, mime_type="text/xml"), HEADER)
    assert issues == []
    assert (entry.title, entry.category.code, entry.format.code) == (
        "Lettre",
        TYPES.find("11490-0").category.code,
        "urn:ihe:iti:xds-sd:pdf:2008",
    )
    assert (entry.confidentiality, entry.labels, entry.language) == ("N", frozenset(), "fr-FR")
    assert (entry.source_patient.identifier, entry.source_patient.ins) == ("IPP-1", INS)
    assert (entry.hash_sha1, entry.hash_sha256, entry.size_bytes) == (DIGEST.sha1, DIGEST.sha256, DIGEST.size_bytes)


def test_what_the_fiche_says_stays() -> None:
    fiche = Fiche(WHERE, title="Autre", confidentiality="R", labels=frozenset({Confidentiality.MASQUE_PS}))
    entry, issues = _completed(fiche, HEADER)
    assert issues == []
    assert (entry.title, entry.confidentiality, entry.labels) == ("Autre", "R", {Confidentiality.MASQUE_PS})


def test_a_bare_file_with_all_its_metadata() -> None:
    entry, issues = _completed(BARE, None)
    assert issues == []
    assert (entry.category.code, entry.format.code) == ("10", "urn:ihe:iti:xds-sd:pdf:2008")
    assert entry.type == TYPES.find("11488-4").type  # with its official label


@pytest.mark.parametrize(
    "attribute",
    [
        "unique_id",
        "type",
        "mime_type",
        "title",
        "created",
        "service_start",
        "authors",
        "facility_type",
        "practice_setting",
    ],
)
def test_what_is_missing_is_named(attribute: str) -> None:
    entry, issues = _completed(replace(BARE, **{attribute: () if attribute == "authors" else None}), None)
    assert entry is None
    assert [(issue.code, issue.facts["attribute"]) for issue in issues] == [("metadata-missing", attribute)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": Code("0-0", LOINC)}, "type-unknown"),
        ({"type": Code("11488-4", "1.2.3")}, "type-unknown"),
        ({"category": Code("00", "1.2.250.1.213.1.1.4.1")}, "class-unknown"),
        ({"category": Code("90", "1.2.250.1.213.1.1.4.1")}, "class-differs"),
        ({"format": Code("inconnu", "1.3.6.1.4.1.19376.1.2.3")}, "format-unknown"),
        ({"facility_type": Code("SA00", "1.2.250.1.71.4.2.4")}, "code-unknown"),
        ({"facility_type": Code("SA01", "1.2.3")}, "code-unknown"),
        ({"practice_setting": Code("X", "1.2.250.1.213.1.1.4.9")}, "code-unknown"),
    ],
)
def test_codes_outside_their_value_sets(changes: dict[str, Any], code: str) -> None:
    entry, issues = _completed(replace(BARE, **changes), None)
    assert entry is None
    assert _codes(issues) == [code]


@pytest.mark.parametrize("may_combine", [True, False])
def test_labels_that_would_hide_from_all(may_combine: bool) -> None:
    both = frozenset({Confidentiality.INVISIBLE_PATIENT, Confidentiality.MASQUE_PS})
    found = _codes(label_faults(Fiche(WHERE, labels=both), may_combine=may_combine))
    assert found == ([] if may_combine else ["labels-incompatible"])
    for one in both:
        assert label_faults(Fiche(WHERE, labels=frozenset({one})), may_combine=may_combine) == []
