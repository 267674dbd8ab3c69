"""Published examples: what each is worth here, told exactly."""

from pathlib import Path
from typing import Any

import pytest

from carnet.domain.errors import Invalid, Issue, Severity
from carnet.domain.record.model import Fiche
from carnet.formats.fhir.document_reference import read_fiche
from carnet.formats.fhir.json_reading import read_json
from carnet.formats.fhir.provide_bundle import read_provide_bundle
from carnet.vocabulary.identifiers import UniqueId

CDA = b'<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'


@pytest.fixture(name="load")
def _load(samples: Path) -> Any:
    def load(name: str) -> dict[str, Any]:
        return read_json((samples / "fhir" / name).read_bytes())

    return load


def fiche_of(resource: dict[str, Any]) -> tuple[Fiche, list[tuple[str, str | None]]]:
    issues: list[Issue] = []
    fiche = read_fiche(resource, expression="DocumentReference", resolve=lambda _: None, issues=issues)
    return fiche, [(issue.code, issue.expression) for issue in issues if issue.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("name", "targets"),
    [
        ("pdsm4dmp/examples-source/Bundle-example-td2-iti65-lot-soumission.json", []),
        (
            "pdsm4dmp/examples-source/Bundle-example-td2-1-remplacement.json",
            [("target-unknown", "Bundle.entry[1].resource.relatesTo[0].target.reference")],
        ),
    ],
)
def test_bundles_of_pdsm4dmp_are_read_and_their_dummy_identity_told(
    load: Any, name: str, targets: list[tuple[str, str]]
) -> None:
    read = read_provide_bundle(load(name))
    assert [document.content for document in read.documents] == [CDA]
    assert read.documents[0].fiche.authors[0].identifier == "899700218896"
    assert read.warnings == ()
    assert [(fault.code, fault.expression) for fault in read.faults] == [
        ("ins-key", "Bundle.entry[0].resource.subject.reference"),
        ("ins-key", "Bundle.entry[0].resource.contained[0].identifier[0]"),
        ("ins-key", "Bundle.entry[1].resource.subject.reference"),
        ("ins-key", "Bundle.entry[1].resource.contained[0].identifier[0]"),
        *targets,
    ]


def test_the_simplified_example_of_pdsm4dmp_lacks_only_a_true_identity(load: Any) -> None:
    fiche, errors = fiche_of(
        load("pdsm4dmp/examples-source/DocumentReference-example-td2-iti105-publication-simplifiee.json")
    )
    assert errors == [("ins-key", "DocumentReference.subject.reference")]
    assert fiche.unique_id == UniqueId("1.2.250.1.213.1.4.8.99999.1")
    assert fiche.authors[0].identifier == "899700218896"


def test_the_published_examples_of_pdsm4dmp(load: Any) -> None:
    fiche, errors = fiche_of(load("pdsm4dmp/examples-published/DocumentReference-example-annexe-docref-cda.json"))
    assert {code for code, _ in errors} == {"ins-key"}
    assert fiche.authors[0].identifier == "899700218896"
    _, errors = fiche_of(load("pdsm4dmp/examples-published/DocumentReference-example-td3-1a-cr-consultation.json"))
    assert errors[0] == ("patient-reference", "DocumentReference.subject.reference")


def test_the_simplified_example_of_pdsm_is_refused_precisely(load: Any) -> None:
    _, errors = fiche_of(load("pdsm/DocumentReference-PDSmSimplifiedExample.json"))
    assert sorted(errors, key=str) == [
        ("patient-unknown", "DocumentReference.subject.reference"),
        ("reference-unresolved", "DocumentReference.authenticator.reference"),
        ("reference-unresolved", "DocumentReference.author[0].reference"),
        ("reference-unresolved", "DocumentReference.custodian.reference"),
        ("unique-id-format", "DocumentReference.masterIdentifier.value"),
    ]


def test_the_comprehensive_example_of_pdsm_has_a_label_under_a_misspelt_system(load: Any) -> None:
    fiche, errors = fiche_of(load("pdsm/DocumentReference-exemple-pdsm-documentreference.json"))
    assert fiche.confidentiality == "N"
    assert {code for code, _ in errors} == {"patient-unknown", "reference-unresolved"}


def test_a_bundle_of_another_country_is_refused_for_what_differs(load: Any) -> None:
    with pytest.raises(Invalid) as caught:
        read_provide_bundle(load("mag-mhd/mhd-provide-bundle.json"))
    assert {(issue.code, issue.expression) for issue in caught.value.issues} == {
        ("element-required", "Bundle.entry[1].resource.source"),
        ("patient-unknown", "Bundle.entry[1].resource.subject.reference"),
        ("patient-unknown", "Bundle.entry[2].resource.subject.reference"),
        ("security-label-system", "Bundle.entry[2].resource.securityLabel[0].coding[0].system"),
    }


def test_a_fhir_document_is_no_deposit(load: Any) -> None:
    with pytest.raises(Invalid) as caught:
        read_provide_bundle(load("pdsm4dmp/examples-source/Bundle-example-annexe-fhir-document.json"))
    assert caught.value.code == "bundle-type"


def test_every_published_resource_is_json_that_we_accept(samples: Path) -> None:
    files = sorted((samples / "fhir").rglob("*.json"))
    assert files
    for file in files:
        assert read_json(file.read_bytes())["resourceType"]
