import pytest
from lxml import etree

from carnet.domain.record.model import Author, AuthorKind, OrganizationName
from carnet.formats.cda.reading.makers import maker_of, makers_of, person_name, profession_words, spelled
from carnet.formats.cda.reading.model import Maker
from carnet.vocabulary.codes import Code

NS = 'xmlns="urn:hl7-org:v3"'


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("Alix", "FICTIF", "M", "DR"), "Dr Alix Fictif"),
        (("ALIX", "de la FICTION", "MME", None), "Mme Alix de la FICTION"),
        (("Anne-Marie", "L'ÉPREUVE-DUPONT", None, "PR"), "Pr Anne-Marie L'Épreuve-Dupont"),
        ((None, "X", None, None), "X"),
        (("Alix", ".", None, "PG"), "Alix"),
        ((None, None, "M", "DR"), ""),
    ],
)
def test_a_name_is_written_as_people_do(parts: tuple[str | None, ...], said: str) -> None:
    given, family, prefix, suffix = parts
    assert spelled(given, family, prefix=prefix, suffix=suffix) == said


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Médecin - Qualifié en Médecine Générale (SM)", "médecin, médecine générale"),
        ("Médecin - Biologie médicale (SM)", "médecin, biologie médicale"),
        ("Pharmacien", "pharmacien"),
        ("Infirmier (autre chose)", "Infirmier (autre chose)"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_profession_is_said_plainly(label: str | None, said: str) -> None:
    assert profession_words(label) == said


def test_devices_patients_and_organizations_have_their_words() -> None:
    hospital = OrganizationName("Hôpital inventé")
    device = Author(AuthorKind.DEVICE, device="Modèle/Logiciel", organization=hospital)
    assert maker_of(device) == Maker("Modèle, Logiciel", organization="Hôpital inventé")
    patient = Author(AuthorKind.PATIENT, given="Camille", family="ESSAI", specialty=Code("x", "1.2", "Patient"))
    assert maker_of(patient) == Maker("Camille Essai")
    nobody = Author(AuthorKind.ORGANIZATION)
    assert makers_of((device, device, nobody)) == (maker_of(device),)


def test_an_entity_is_a_person_or_an_organization() -> None:
    def entity(inside: str) -> etree._Element:
        return etree.fromstring(f"<assignedEntity {NS}>{inside}</assignedEntity>")

    assert person_name(entity("<assignedPerson><name>Alix Fictif</name></assignedPerson>")) == "Alix Fictif"
    assert person_name(entity("<assignedPerson><name/></assignedPerson>")) == ""
    assert (
        person_name(entity("<representedOrganization><name>Centre inventé</name></representedOrganization>"))
        == "Centre inventé"
    )
    assert (
        person_name(entity("<assignedPerson><name><given/><family>Fictif</family></name></assignedPerson>")) == "Fictif"
    )
    assert person_name(None) == ""
