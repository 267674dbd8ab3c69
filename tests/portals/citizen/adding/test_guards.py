"""Who may send, how much, and in whose name."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.builders.cda import a_pdf
from tests.doors.world import World, a_report
from tests.portals.citizen.adding.conftest import SAID, Citizen, hidden

from carnet.app import Carnet, application
from carnet.domain.demo import store


async def test_a_form_that_is_too_large_is_refused_before_it_is_read(citizen: Citizen) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"0" * 65_536

    address = await citizen.begin()
    answer = await citizen.client.post(
        address, content=endless(), headers={"Content-Length": "500000000", "Content-Type": "multipart/form-data; boundary=x"}
    )  # fmt: skip
    assert answer.status_code == 413
    assert "Cet envoi est trop lourd" in answer.text
    assert "62 Mo" in answer.text
    assert read <= 1


async def test_a_form_that_grows_past_the_limit_is_refused(citizen: Citizen) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="fichiers"; filename="a"\r\n\r\n'
        for _ in range(70):
            yield b"0" * 1_000_000

    answer = await citizen.client.post(
        await citizen.begin(), content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body", [b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--", b"\xff" * 100]
)
async def test_a_form_that_cannot_be_read_does_nothing(citizen: Citizen, body: bytes) -> None:
    answer = await citizen.client.post(
        await citizen.begin(), content=body, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code in {403, 422}


async def test_the_document_of_another_is_told_as_one_that_does_not_exist(citizen: Citizen, world: World) -> None:
    hers = (await world.deposit(a_report(await world.a_record()))).id
    nowhere = "01900000-0000-7000-8000-0000000000ff"
    pages = [await citizen.get(f"/documents/{each}/modifier") for each in (hers, nowhere)]
    pages += [await citizen.post(f"/documents/{each}/modifier", SAID) for each in (hers, nowhere)]
    pages += [await citizen.post("/documents/ajouter/annuler", {"document": each}) for each in (hers, nowhere)]
    assert {page.status_code for page in pages} == {404}
    assert len({re.sub(r'name="csrf" value="[^"]*"', "", page.text) for page in pages}) == 1


async def test_what_is_still_arriving_when_every_session_is_closed_is_not_filed(citizen: Citizen, world: World) -> None:
    address = await citizen.begin()
    page = await citizen.get("/compte/connexions")
    fields = {**SAID, "action": "ajouter", "csrf": hidden(page, "csrf")}
    form = httpx.Request("POST", "http://carnet.test", data=fields, files={"fichiers": ("a.pdf", a_pdf())})

    async def arriving() -> AsyncIterator[bytes]:
        whole = form.read()
        yield whole[:50]
        closed = await citizen.post("/compte/connexions/tout-fermer", {}, csrf=fields["csrf"])
        assert closed.headers["location"] == "/deconnexion"
        yield whole[50:]

    answer = await citizen.client.post(
        address, content=arriving(), headers={"content-type": form.headers["content-type"]}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/connexion")
    assert "documents-filed" not in [event.type for event in await world.events(citizen.person)]


async def test_closing_what_is_not_open_leaves_no_trace_of_it(citizen: Citizen, world: World) -> None:
    nowhere = "01900000-0000-7000-8000-0000000000ff"
    answer = await citizen.post("/compte/connexions/fermer", {"connexion": nowhere})
    assert answer.status_code == 303
    assert "sessions-ended" not in [event.type for event in await world.events(citizen.person)]
    await citizen.post("/compte/connexions/tout-fermer", {})
    assert [event.type for event in await world.events(citizen.person)].count("sessions-ended") == 1


async def test_a_form_without_its_token_does_nothing_and_keeps_what_was_typed(citizen: Citizen) -> None:
    address = await citizen.begin()
    answer = await citizen.post(address, {**SAID, "action": "ajouter"}, [("a.pdf", a_pdf())], csrf="ancien")
    assert answer.status_code == 403
    assert "Radio du genou" in answer.text
    again = await citizen.client.post(address, data={**SAID, "csrf": hidden(answer, "csrf"), "action": "ajouter"})
    assert again.status_code == 422  # sent again without its file, which is asked for
    assert "Choisissez un fichier" in again.text


async def test_who_is_not_signed_in_is_led_to_the_sign_in(http: httpx.AsyncClient) -> None:
    http.cookies.clear()
    for path in ("/documents/ajouter", "/documents/ajouter/visibilite"):
        assert (await http.get(path)).headers["location"] == "/connexion"
    answer = await http.post("/documents/ajouter", data=SAID, files={"fichiers": ("a.pdf", a_pdf())})
    assert answer.headers["location"] == "/connexion"


async def test_a_draft_is_found_by_nobody_else(citizen: Citizen, carnet: Carnet, world: World) -> None:
    address = await citizen.begin()
    await citizen.post(address, {**SAID, "action": "envoyer"}, [("a.pdf", a_pdf())])
    other = await world.a_record()
    async with carnet.database.transaction() as tx:
        await store.save(tx, store.DemoPerson("autre", "Une autre personne", ins=other.ins))
    transport = httpx.ASGITransport(application(carnet), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://carnet.test") as client:
        await client.get("/demo/enter/autre")
        stranger = Citizen(other, client, world)
        assert (await stranger.get(address)).headers["location"] == "/documents/ajouter?fait=brouillon-passe"
        assert "Ajouts commencés" not in (await stranger.get("/documents/ajouter")).text
        # The same id begins a draft of their own, and touches nothing of the other's.
        await stranger.post(address, {**SAID, "action": "abandonner"})
    assert "a.pdf" in (await citizen.get(address)).text
