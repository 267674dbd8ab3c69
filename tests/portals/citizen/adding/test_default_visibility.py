"""Who sees what one adds, chosen once."""

import re

from tests.builders.cda import a_pdf
from tests.portals.citizen.adding.conftest import SAID, Citizen

ADDRESS = "/documents/ajouter/visibilite"


def _chosen(page: str) -> list[str]:
    return re.findall(r'type="hidden" name="visibilite" value="(\w+)"', page)


async def test_the_choice_is_checked_in_advance_and_leaves_its_trace(citizen: Citizen) -> None:
    assert _chosen((await citizen.get("/documents/ajouter")).text) == ["professionnels"]
    before = await citizen.added([("a.pdf", a_pdf("avant"))])
    answer = await citizen.post(ADDRESS, {"visibilite": "moi"})
    assert answer.headers["location"] == f"{ADDRESS}?fait=visibilite-choisie"
    told = (await citizen.get(answer.headers["location"])).text
    assert "Votre choix est enregistré" in told
    assert "Pour l’instant : vous seulement." in told
    assert _chosen((await citizen.get("/documents/ajouter")).text) == ["moi"]
    assert len((await citizen.fiche(before))["securityLabel"]) == 1  # what was there stays as it was
    address = await citizen.begin()
    await citizen.post(address, {"action": "envoyer", "visibilite": "moi"}, [("b.pdf", a_pdf("après"))])
    assert 'value="moi" checked' in (await citizen.get(address)).text
    await citizen.post(ADDRESS, {"visibilite": "moi"})
    await citizen.post(ADDRESS, {"visibilite": "professionnels"})
    assert _chosen((await citizen.get("/documents/ajouter")).text) == ["professionnels"]
    kinds = [event.type for event in await citizen.world.events(citizen.person)]
    assert [kind for kind in kinds if kind.startswith("default-mask")] == ["default-mask-set", "default-mask-removed"]


async def test_another_choice_for_one_document(citizen: Citizen) -> None:
    await citizen.post(ADDRESS, {"visibilite": "moi"})
    document = await citizen.added([("a.pdf", a_pdf("quand même"))], **{**SAID, "visibilite": "professionnels"})
    assert len((await citizen.fiche(document))["securityLabel"]) == 1


async def test_no_answer_is_told(citizen: Citizen) -> None:
    for typed in ({}, {"visibilite": "tous"}):
        answer = await citizen.post(ADDRESS, typed)
        assert answer.status_code == 422
        assert "Choisissez une des deux réponses." in answer.text
