"""What a list shows is read back from the fiche as it was written, whoever wrote the document."""

import pytest
from tests.builders.fhir import INS, LOGICAL_ID, PATIENT_ID, an_entry

from carnet.domain.record.browsing.model import Card, Writer
from carnet.domain.record.model import Author, AuthorKind, OrganizationName
from carnet.domain.record.rows import author_tokens
from carnet.formats.fhir.fiche_card import read_card
from carnet.formats.fhir.served import write_fiche
from carnet.vocabulary.codes import Code

SM26 = Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin - Qualifié en médecine générale (SM)")
HOSPITAL = OrganizationName("Hôpital inventé", "1990000001")


def card(*authors, title="Compte rendu"):
    entry = an_entry(title=title, authors=authors)
    return read_card(write_fiche(entry, patient_id=PATIENT_ID, ins=INS, logical_id=LOGICAL_ID))


@pytest.mark.parametrize(
    ("author", "writer"),
    [
        (
            Author(AuthorKind.PERSON, "899700000001", family="Lambert", given="Odile", suffix="DR", specialty=SM26, organization=HOSPITAL),
            Writer(
                "Lambert", "Odile", "DR", SM26.display, "1.2.250.1.71.4.2.1|899700000001", "Hôpital inventé", "1.2.250.1.71.4.2.2|1990000001"
            ),
        ),
        (Author(AuthorKind.PERSON, family="Lambert", prefix="MME"), Writer("Lambert", None, "MME")),
        (Author(AuthorKind.PERSON, organization=OrganizationName("Cabinet")), Writer(organization="Cabinet")),
        (Author(AuthorKind.PERSON), Writer()),
        (Author(AuthorKind.ORGANIZATION, organization=HOSPITAL), Writer(organization="Hôpital inventé", organization_token="1.2.250.1.71.4.2.2|1990000001")),
        (Author(AuthorKind.DEVICE, "12", "1.2.250.1.999.1", device="Modèle/Logiciel"), Writer("Modèle Logiciel", token="1.2.250.1.999.1|12")),
        (Author(AuthorKind.DEVICE), Writer()),
        (Author(AuthorKind.PATIENT, INS.matricule, INS.oid, family="DURAND"), Writer("DURAND", is_patient=True)),
        (Author(AuthorKind.PERSON, "31/7", "1.2.250.1.71.4.2.1", family="Interne"), Writer("Interne", token="1.2.250.1.71.4.2.1|31/7")),
    ],
)  # fmt: skip
def test_who_wrote_it(author, writer):
    assert card(author) == Card("Compte rendu", (writer,))
    tokens = {each for each in (writer.token, writer.organization_token) if each}
    assert tokens == set(author_tokens(author))


def test_several_authors_and_a_title_like_no_other():
    title = 'Le « "titre" } \\ » é'
    found = card(Author(AuthorKind.PERSON, family="A"), Author(AuthorKind.PERSON, family="B"), title=title)
    assert (found.title, [each.family for each in found.writers]) == (title, ["A", "B"])


def test_nobody_wrote_it():
    assert card() == Card("Compte rendu")
