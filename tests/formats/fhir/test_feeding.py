import json
from dataclasses import replace
from typing import Any

import orjson
import pytest
from tests.builders.fhir import INS, LOGICAL_ID, an_author

from carnet.domain.access.model import Confidentiality
from carnet.domain.people.model import InsTraits, Sex
from carnet.domain.record.model import (
    AssociationKind,
    DocumentHeader,
    Fiche,
    OrganizationName,
    RelatesTo,
    SourcePatient,
    SubmissionSet,
)
from carnet.formats.fhir.feeding import fiche_of_header, write_provide_bundle
from carnet.formats.fhir.json_reading import read_json
from carnet.formats.fhir.provide_bundle import ReadBundle, read_provide_bundle
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.moments import Moment

CDA = b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>'
CATEGORY = Code("10", "1.2.250.1.213.1.1.4.1")
FORMAT = Code("urn:ihe:iti:xds-sd:pdf:2008", "1.3.6.1.4.1.19376.1.2.3")
SET = SubmissionSet(
    expression="",
    source_id="1.2.250.1.999.5",
    content_type=Code("SA01", "1.2.250.1.71.4.2.4"),
    submitted=Moment.from_fhir("2026-03-12T10:20:00Z"),
    author=an_author(),
)
HEADER = DocumentHeader(
    unique_id=UniqueId("1.2.250.1.999.1", "E-1"),
    type=Code("11488-4", "2.16.840.1.113883.6.1", "Consultation"),
    title="Compte rendu",
    created=Moment.from_hl7("20260312101500+0100"),
    confidentiality=Code("N", "2.16.840.1.113883.5.25"),
    language="fr-FR",
    ins=INS,
    ins_fault=None,
    traits=InsTraits("DURAND", "Marie", "1955-06-12", Sex.FEMALE, given_names="Marie Anne"),
    source_patient_id=("IPP-42", "1.2.250.1.999.7.1"),
    authors=(an_author(),),
    legal_authenticator=an_author(),
    custodian=OrganizationName("Hôpital inventé", "1990000001"),
    events=(Code("DZQM006", "1.2.250.1.213.2.5"),),
    service_start=Moment.from_hl7("20260312"),
    facility_type=Code("SA01", "1.2.250.1.71.4.2.4"),
    practice_setting=Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9"),
    reference_ids=(("urn:ihe:iti:xds:2013:order", "O-1"),),
)


def fiche_of(header: DocumentHeader) -> Fiche:
    return fiche_of_header(header, media_type="text/xml", category=CATEGORY, format_code=FORMAT)


def send(fiche: Fiche, **options: Any) -> ReadBundle:
    """What the server reads of what the client writes; nothing in it may be at fault."""
    read = read_provide_bundle(
        read_json(write_provide_bundle(fiche, CDA, media_type="text/xml", ins=INS, submission_set=SET, **options))
    )
    assert (read.faults, read.warnings) == ((), ())
    return read


def test_what_the_client_writes_of_a_header_the_server_reads() -> None:
    fiche = fiche_of(HEADER)
    (document,) = send(fiche).documents
    assert document.content == CDA
    found = replace(document.fiche, expression="", size_bytes=None, hash_sha1=None)
    assert found == fiche
    assert fiche.source_patient == SourcePatient(
        "IPP-42", "1.2.250.1.999.7.1", INS, "DURAND", ("Marie", "Anne"), "1955-06-12", "female"
    )


def test_size_and_hash_are_computed() -> None:
    fiche = send(fiche_of(HEADER)).documents[0].fiche
    assert fiche.size_bytes == len(CDA)
    assert fiche.hash_sha1 is not None


def test_the_set_is_the_one_given_and_the_patient_is_named_everywhere() -> None:
    read = send(fiche_of(HEADER))
    assert replace(read.submission_set, expression="") == SET
    assert {reference.ins for reference in read.patient_references} == {INS}
    assert len(read.patient_references) == 3


@pytest.mark.parametrize(
    "target",
    [
        RelatesTo(AssociationKind.REPLACES, entry=LOGICAL_ID),
        RelatesTo(AssociationKind.REPLACES, unique_id=UniqueId("1.2.3")),
    ],
)
def test_a_replacement_names_what_it_replaces(target: RelatesTo) -> None:
    (relation,) = send(fiche_of(HEADER), replaces=target).documents[0].fiche.relates_to
    assert replace(relation, expression=None) == target


def test_a_relation_that_names_nothing_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="replaces"):
        send(fiche_of(HEADER), replaces=RelatesTo(AssociationKind.REPLACES))


def test_labels_are_added() -> None:
    fiche = send(fiche_of(HEADER), labels=frozenset({Confidentiality.MASQUE_PS})).documents[0].fiche
    assert fiche.labels == {Confidentiality.MASQUE_PS}


def test_a_header_that_says_little_makes_a_fiche_that_says_little() -> None:
    bare = DocumentHeader(None, None, None, None, None, None, None, None, None)
    fiche = fiche_of_header(bare, media_type="text/xml", category=None, format_code=None)
    assert fiche == Fiche(expression="", mime_type="text/xml")
    assert send(fiche).documents[0].fiche.unique_id is None


def test_a_type_may_be_told_and_a_patient_known_only_locally() -> None:
    header = replace(HEADER, ins=None, traits=None)
    told = Code("34133-9", "2.16.840.1.113883.6.1")
    fiche = fiche_of_header(header, media_type="text/xml", category=CATEGORY, format_code=FORMAT, type_code=told)
    assert fiche.type == told
    assert fiche.source_patient == SourcePatient("IPP-42", "1.2.250.1.999.7.1")


def test_the_same_document_makes_the_same_bytes() -> None:
    def once() -> bytes:
        return write_provide_bundle(fiche_of(HEADER), CDA, media_type="text/xml", ins=INS, submission_set=SET)

    assert once() == once()
    assert json.loads(once()) == orjson.loads(once())
