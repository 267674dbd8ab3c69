"""What one added is corrected: a new version with the same file, or the mask alone."""

import asyncio
from uuid import UUID

import orjson
import pytest
from tests.builders import fhir
from tests.builders.cda import a_pdf
from tests.doors.test_simplified_publish import a_publication
from tests.doors.world import JSON, a_report
from tests.portals.citizen.adding.conftest import SAID, Citizen, hidden

from carnet.formats.cda.document import carried_file, read_document

OWN_TYPE = {
    "system": "https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05-TypeDocComplementaire",
    "code": "DOCPAT03",
}


async def _correct(citizen: Citizen, document: UUID, **said: str) -> UUID:
    page = await citizen.get(f"/documents/{document}/modifier")
    assert page.status_code == 200, page.text
    answer = await citizen.post(
        f"/documents/{document}/modifier", {**SAID, "fois": hidden(page, "fois"), **said}, csrf=hidden(page, "csrf")
    )
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    assert address.endswith("?fait=document-corrige")
    return UUID(address.split("/")[2].partition("?")[0])


async def test_title_date_and_category_make_a_new_version_of_the_same_file(citizen: Citizen) -> None:
    pdf = a_pdf("à corriger")
    first = await citizen.added([("a.pdf", pdf)])
    page = (await citizen.get(f"/documents/{first}/modifier")).text
    for kept in (
        'value="Radio du genou"',
        'name="mois" inputmode="numeric" maxlength="2" value="3"',
        'value="image" checked',
    ):
        assert kept in page
    second = await _correct(citizen, first, titre="Radio du genou droit", categorie="compte-rendu", jour="12")
    assert second != first
    fiche = await citizen.fiche(second)
    assert fiche["content"][0]["attachment"]["title"] == "Radio du genou droit"
    assert (fiche["type"]["coding"][0]["code"], fiche["context"]["period"]["start"]) == ("DOCPAT03", "2024-03-12")
    assert fiche["relatesTo"][0]["target"]["reference"] == f"DocumentReference/{first}"
    assert (await citizen.fiche(first))["status"] == "superseded"
    before, after = [read_document(await citizen.content(each)).header for each in (first, second)]
    assert (after.set_id, after.version_number, after.replaces) == (before.set_id, 2, before.unique_id)
    assert carried_file(await citizen.content(second)) == ("application/pdf", pdf)
    third = await _correct(citizen, second, titre="Encore")
    assert read_document(await citizen.content(third)).header.version_number == 3
    # The same file again is known, by its last version.
    told = await citizen.add([("a.pdf", pdf)])
    assert told.status_code == 409
    assert f"/documents/{third}" in told.text


async def test_visibility_alone_keeps_the_document(citizen: Citizen) -> None:
    document = await citizen.added([("a.pdf", a_pdf("visible"))])
    assert await _correct(citizen, document, visibilite="moi") == document
    assert len((await citizen.fiche(document))["securityLabel"]) == 2
    assert await _correct(citizen, document, visibilite="moi") == document  # nothing changes
    assert await _correct(citizen, document, visibilite="professionnels") == document
    assert len((await citizen.fiche(document))["securityLabel"]) == 1


@pytest.mark.parametrize(("before", "after", "labels"), [("moi", "moi", 2), ("moi", "professionnels", 1), ("professionnels", "moi", 2)])  # fmt: skip
async def test_both_at_once(citizen: Citizen, before: str, after: str, labels: int) -> None:
    document = await citizen.added([("a.pdf", a_pdf(f"{before} {after}"))], visibilite=before)
    second = await _correct(citizen, document, titre="Autre titre", visibilite=after)
    assert len((await citizen.fiche(second))["securityLabel"]) == labels


async def test_pressed_twice_it_makes_one_version(citizen: Citizen) -> None:
    document = await citizen.added([("a.pdf", a_pdf("une version"))])
    page = await citizen.get(f"/documents/{document}/modifier")
    fields = {**SAID, "titre": "Une fois", "fois": hidden(page, "fois")}
    answers = await asyncio.gather(
        *(citizen.post(f"/documents/{document}/modifier", fields, csrf=hidden(page, "csrf")) for _ in range(2))
    )
    made = {answer.headers["location"] for answer in answers if "fait=" in answer.headers.get("location", "")}
    assert len(made) == 1
    assert (await citizen.world.rows(citizen.person))["document_entry"] == 2


async def test_what_must_be_mended_keeps_what_was_typed(citizen: Citizen) -> None:
    document = await citizen.added([("a.pdf", a_pdf("à mender"))])
    answer = await citizen.post(f"/documents/{document}/modifier", {**SAID, "titre": "", "jour": "31", "mois": "2"})
    assert answer.status_code == 422
    assert "Donnez un titre" in answer.text
    assert "n’existe pas dans le calendrier" in answer.text


async def test_a_bare_file_of_ones_own_becomes_a_cda_when_it_is_corrected(citizen: Citizen) -> None:
    pdf = a_pdf("tout nu")
    sent = a_publication(citizen.person, pdf, type=fhir.concept(OWN_TYPE))
    published = await citizen.client.post(
        "/fhir/DocumentReference", content=orjson.dumps(sent), headers=JSON | citizen.bearer
    )
    assert published.status_code == 201, published.text
    second = await _correct(citizen, UUID(published.json()["id"]), titre="Habillé")
    cda = await citizen.content(second)
    assert carried_file(cda) == ("application/pdf", pdf)
    header = read_document(cda).header
    assert (header.title, header.version_number) == ("Habillé", 2)


async def test_a_type_that_nobody_is_offered_stays_as_it_is(citizen: Citizen) -> None:
    sent = a_publication(citizen.person, a_pdf("profil"), type=fhir.concept({**OWN_TYPE, "code": "DOCPAT08"}))
    published = await citizen.client.post(
        "/fhir/DocumentReference", content=orjson.dumps(sent), headers=JSON | citizen.bearer
    )
    document = UUID(published.json()["id"])
    page = await citizen.get(f"/documents/{document}/modifier")
    assert "Profil médical rempli par le patient" in page.text
    second = await _correct(citizen, document, titre="Mon profil", categorie="actuelle")
    assert (await citizen.fiche(second))["type"]["coding"][0]["code"] == "DOCPAT08"


async def test_what_was_replaced_leads_to_its_page(citizen: Citizen) -> None:
    document = await citizen.added([("a.pdf", a_pdf("remplacé"))])
    await _correct(citizen, document, titre="Plus récent")
    for answer in (
        await citizen.get(f"/documents/{document}/modifier"),
        await citizen.post(f"/documents/{document}/modifier", {**SAID, "fois": "x"}),
    ):
        assert (answer.status_code, answer.headers["location"]) == (303, f"/documents/{document}")


async def test_a_date_left_empty_stays(citizen: Citizen) -> None:
    document = await citizen.added([("a.pdf", a_pdf("sans date"))])
    second = await _correct(citizen, document, titre="Daté", mois="", annee="", fois="ce que la page n’a pas donné")
    assert (await citizen.fiche(second))["context"]["period"]["start"] == "2024-03"


async def test_another_s_document_is_not_corrected(citizen: Citizen) -> None:
    deposited = await citizen.world.deposit(a_report(citizen.person))
    assert (await citizen.get(f"/documents/{deposited.id}/modifier")).status_code == 403
    for unknown in ("01890000-0000-7000-8000-000000000000", "x"):
        assert (await citizen.get(f"/documents/{unknown}/modifier")).status_code == 404


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"jour": "3", "mois": "", "annee": "2024"}, "Ajoutez le mois"),
        ({"jour": "3", "mois": "3", "annee": ""}, "Ajoutez l’année"),
        ({"jour": "trois", "mois": "3", "annee": "2024"}, "avec des chiffres"),
        ({"jour": "31", "mois": "2", "annee": "2024"}, "n’existe pas"),
        ({"jour": "", "mois": "13", "annee": "2024"}, "n’existe pas"),
        ({"jour": "", "mois": "", "annee": "24"}, "quatre chiffres"),
        ({"jour": "", "mois": "", "annee": "0"}, "n’existe pas"),
        ({"jour": "1", "mois": "1", "annee": "2999"}, "n’est pas encore passée"),
    ],
)
async def test_a_date_that_cannot_be(citizen: Citizen, said: dict[str, str], told: str) -> None:
    answer = await citizen.add([("a.pdf", a_pdf())], **said)
    assert answer.status_code == 422
    assert told in answer.text


@pytest.mark.parametrize(
    ("said", "start"),
    [
        ({"jour": "", "mois": "", "annee": "1987"}, "1987"),
        ({"jour": "", "mois": "2", "annee": "1987"}, "1987-02"),
        ({"jour": "09", "mois": "02", "annee": "1987"}, "1987-02-09"),
    ],
)
async def test_a_date_is_as_precise_as_it_is_known(citizen: Citizen, said: dict[str, str], start: str) -> None:
    document = await citizen.added([("a.pdf", a_pdf(start))], **said)
    assert (await citizen.fiche(document))["context"]["period"]["start"] == start
