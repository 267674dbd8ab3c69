"""What we write, we read back without a word; and a deposit finds nothing to say of it."""

from dataclasses import replace
from datetime import datetime

import pytest
from lxml import etree
from tests.builders.cda import a_jpeg, a_pdf

from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex
from carnet.domain.record.model import AuthorKind
from carnet.formats.cda.document import read_document
from carnet.formats.cda.writing.elements import timestamp
from carnet.formats.cda.writing.header import write_header
from carnet.formats.cda.writing.model import (
    PATIENT_SPEAKS,
    Header,
    Participant,
    PersonName,
    PostalAddress,
    Signatory,
    Structure,
    Subject,
)
from carnet.formats.cda.writing.unstructured import unstructured
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import DMP_HOST, ORGANIZATIONS, PROFESSIONALS, UniqueId
from carnet.vocabulary.ins import NIR_TEST, Ins
from carnet.vocabulary.moments import PARIS, Moment

N = {"h": "urn:hl7-org:v3"}
AT = datetime(2026, 3, 3, 14, 5, 7, tzinfo=PARIS)
IDENTITY = Identity(
    Ins("299075110804208", NIR_TEST),
    InsTraits("ESSAI & FILS", "CAMILLE", "1999-07-14", Sex.FEMALE, "CAMILLE ANDREE", "51108"),
    IdentityStatus.QUALIFIED,
)
OTHER = Code("EXPPAT_2", "1.2.250.1.213.1.1.4.12", "Autre document du patient")


def a_header(**changes: object) -> Header:
    header = Header(
        unique_id=UniqueId("2.25.1234"),
        set_id=UniqueId("2.25.1234"),
        version=1,
        type=OTHER,
        title="Mon <résumé> & « autres »",
        at=AT,
        subject=Subject(IDENTITY),
        author=None,
        service=("2019", None),
        setting=PATIENT_SPEAKS,
        facility=PATIENT_SPEAKS,
    )
    return replace(header, **changes)  # type: ignore[arg-type]


A_DOCTOR = Signatory(
    "899900112233",
    PersonName("FICTIF", "Alix", "MME", "DR"),
    Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin - Qualifié en médecine générale (SM)"),
    Structure("1999999992", "Cabinet <inventé>", "0102030405", PostalAddress("3", "rue de l'Essai", "51100", "Reims")),
)


def test_what_a_patient_files_reads_back_whole() -> None:
    read = read_document(unstructured(write_header(a_header()), a_pdf()))
    header = read.header
    assert read.all_issues == ()
    assert (header.ins, header.traits) == (IDENTITY.ins, IDENTITY.traits)
    assert (header.title, header.type) == ("Mon <résumé> & « autres »", OTHER)
    assert (header.body, header.embedded) == ("N1", ("application/pdf",))
    assert header.service_start is not None
    assert header.service_start.text == "2019"
    (author,) = header.authors
    assert (author.kind, author.identifier, author.family) == (
        AuthorKind.PATIENT,
        IDENTITY.ins.matricule,
        "ESSAI & FILS",
    )
    assert header.custodian is not None
    assert header.custodian.system == DMP_HOST
    assert header.legal_authenticator is not None
    assert header.legal_authenticator.system == NIR_TEST
    assert header.facility_type == header.practice_setting == PATIENT_SPEAKS


def test_what_a_professional_files_reads_back_whole() -> None:
    letter = Code("11488-4", "2.16.840.1.113883.6.1", "CR ou fiche de consultation ou de visite")
    written = write_header(
        a_header(
            type=letter,
            author=A_DOCTOR,
            service=("20260303140000+0100", "20260303143000+0100"),
            setting=Code("AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire"),
            facility=Code("SA07", "1.2.250.1.71.4.2.4", "Cabinet individuel"),
            encounter=Code("AMB", "2.16.840.1.113883.5.4", "Ambulatoire (hors établissement)"),
            participants=(Participant("INF", None, A_DOCTOR),),
            order=("2.25.9", "A1"),
            subject=Subject(IDENTITY, PersonName("ESSAI", "Cam"), telecoms=(("tel:0601020304", "MC"),)),
        )
    )
    read = read_document(unstructured(written, a_pdf()))
    assert read.all_issues == ()
    (author,) = read.header.authors
    assert (author.identifier, author.system) == ("899900112233", PROFESSIONALS)
    assert author.organization is not None
    assert author.organization.name == "Cabinet <inventé>"
    assert read.header.custodian is not None
    assert read.header.custodian.identifier == "1999999992"
    assert (read.header.used_name, read.header.used_given_name) == ("ESSAI", "Cam")
    tree = etree.fromstring(unstructured(written, a_pdf()))
    assert tree.find("h:custodian//h:id", N).get("root") == ORGANIZATIONS


def test_a_new_version_says_what_it_replaces() -> None:
    former = UniqueId("1.2.250.1.999", "7")
    header = read_document(
        unstructured(write_header(a_header(version=2, replaces=former, set_id=former)), a_pdf())
    ).header
    assert (header.issues, header.replaces, header.set_id, header.version_number) == ((), former, former, 2)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(a_jpeg(), "image/jpeg"), (b"Tension : 12/8", "text/plain"), (rb"{\rtf1 bonjour}", "application/rtf")],
)
def test_a_file_of_another_kind(content: bytes, media_type: str) -> None:
    read = read_document(unstructured(write_header(a_header()), content, media_type))
    assert read.all_issues == ()
    assert read.header.embedded == (media_type,)


def test_what_xml_cannot_hold_is_left_out() -> None:
    header = read_document(unstructured(write_header(a_header(title="A\x00B\x0bC\ud800\ufffe")), a_pdf())).header
    assert header.title == "ABC"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("2024", "2024"),
        ("2024-03", "202403"),
        ("2024-03-12", "20240312"),
        ("2024-03-12T10:15:00+01:00", "20240312101500+0100"),
        ("2024-03-12T10:15:00.25-03:00", "20240312101500-0300"),
        ("2024-03-12T10:15:00Z", "20240312101500+0000"),
    ],
)
def test_a_moment_keeps_its_precision(said: str, written: str) -> None:
    moment = Moment.from_fhir(said)
    assert timestamp(moment) == written
    assert Moment.from_hl7(written).start == moment.start.replace(microsecond=0)
