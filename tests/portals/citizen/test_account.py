"""Mon compte over HTTP: whose it is, when it may be changed, what is told beside each field; the legal pages whatever is set."""

import re
from datetime import timedelta

import httpx
import pytest
from tests.builders.accounts import Desk
from tests.doors.world import Person, World
from tests.portals.citizen.conftest import ABrowser
from tests.portals.people import Browser, heading_of, path_of

from carnet.app import Carnet, application, open_carnet
from carnet.domain.accounts.means.reading import account_of
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import RecordStatus
from carnet.domain.demo import store
from carnet.portals.citizen.account import fresh
from carnet.settings import Settings


async def inside(desk: Desk, world: World, a_browser: ABrowser, person: Person | None = None) -> tuple[Person, Browser]:
    """Someone signed in, in a browser of theirs."""
    person = person or await world.a_record()
    name = f"p-{person.patient_id.hex[-8:]}"
    async with desk.carnet.database.transaction() as tx:
        await store.save(tx, store.DemoPerson(name, "Louise Essai", ins=person.ins))
    browser = await a_browser()
    await browser.open(f"/demo/enter/{name}")
    return person, browser


def csrf(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


async def test_what_lasts_asks_for_a_fresh_sign_in(
    desk: Desk, world: World, a_browser: ABrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, browser = await inside(desk, world, a_browser)
    token = csrf(await browser.open("/compte"))
    monkeypatch.setattr(fresh, "FRESH", timedelta(0))
    for path in ("/compte/mot-de-passe", "/compte/application", "/compte/cles", "/compte/courriel", "/compte/fermer"):
        assert path_of(await browser.open(path)) == "/compte/confirmer"
        answer = await browser.http.post(path, data={"csrf": token, "mot_de_passe": "quatre chevaux dans la neige"})
        assert answer.headers["location"] == "/compte/confirmer"
    assert (await world.head(person))[0] == RecordStatus.OPEN
    page = await browser.send(await browser.open("/compte/confirmer"))
    assert path_of(page) in {"/deconnexion", "/connexion"}
    assert path_of(await browser.open("/compte")) == "/connexion"


async def test_what_is_someone_else_s_is_not_there(desk: Desk, world: World, a_browser: ABrowser) -> None:
    _, browser = await inside(desk, world, a_browser)
    person, other = await inside(desk, world, a_browser)
    _, tablet = await inside(desk, world, a_browser, person)
    token = csrf(await browser.open("/compte"))
    (theirs,) = re.findall(r'name="connexion" value="([^"]+)"', (await other.open("/compte/connexions")).text)
    for value in (theirs, "00000000-0000-7000-8000-000000000000"):
        answer = await browser.http.post("/compte/connexions/fermer", data={"csrf": token, "connexion": value})
        assert answer.headers["location"] == "/compte/connexions?fait=fermee"
        answer = await browser.http.post("/compte/cles/retirer", data={"csrf": token, "cle": value})
        assert answer.status_code == 404
    for value in ("", "x"):
        assert (
            await browser.http.post("/compte/connexions/fermer", data={"csrf": token, "connexion": value})
        ).status_code == 404
    for device in (other, tablet):
        assert path_of(await device.open("/compte")) == "/compte"


async def test_a_mail_address_of_a_couple_opens_one_account(desk: Desk, world: World, a_browser: ABrowser) -> None:
    pages = []
    for _ in range(2):
        _, browser = await inside(desk, world, a_browser)
        await browser.send(await browser.open("/compte/courriel"), courriel="nous.deux@exemple.fr")
        await desk.post()
        page = await browser.open("/compte/courriel/code")
        pages.append(await browser.send(page, code=desk.postman.code()))
    assert "Elle ouvre aussi votre carnet." in pages[0].text
    assert "Elle ouvre déjà un autre carnet" in pages[1].text
    assert pages[1].text.count("nous.deux@exemple.fr") >= 1


@pytest.mark.parametrize(
    ("path", "typed", "told"),
    [
        ("/compte/courriel", {"courriel": "louise"}, "Vérifiez l’adresse électronique"),
        ("/compte/courriel", {"courriel": "a@b.fr\r\nBcc: x@y.fr"}, "Vérifiez l’adresse électronique"),
        ("/compte/courriel", {"courriel": ""}, "Écrivez votre adresse électronique"),
        ("/compte/telephone", {"telephone": "12"}, "Vérifiez le numéro de téléphone"),
        ("/compte/telephone", {"telephone": "++33612345678"}, "Vérifiez le numéro de téléphone"),
    ],
)
async def test_what_must_be_mended_is_told_beside_its_field_and_kept(
    desk: Desk, a_browser: ABrowser, path: str, typed: dict[str, str], told: str
) -> None:
    _, browser = await inside(desk, desk.world, a_browser)
    page = await browser.send(await browser.open(path), **typed)
    assert page.status_code == 422
    assert page.text.count(told) == 2
    assert f'<a href="#champ-{next(iter(typed))}">' in page.text
    assert 'aria-invalid="true"' in page.text
    assert not desk.postman.mails


async def test_preferences_are_those_that_the_page_offers(desk: Desk, world: World, a_browser: ABrowser) -> None:
    _, browser = await inside(desk, world, a_browser)
    token = csrf(await browser.open("/compte/preferences"))
    for data in (
        {},
        {"zone": "Mars/Olympus", "theme": "dark", "lettres": "usuelles"},
        {"zone": "Indian/Reunion", "theme": "rose", "lettres": "usuelles"},
    ):
        assert (await browser.http.post("/compte/preferences", data={"csrf": token, **data})).status_code == 422
    answer = await browser.http.post(
        "/compte/preferences", data={"csrf": token, "zone": "Indian/Reunion", "theme": "appareil", "lettres": "grandes"}
    )
    assert answer.status_code == 303
    page = await browser.open("/compte/preferences")
    assert 'value="Indian/Reunion" selected' in page.text
    assert 'data-text="large"' in page.text


async def test_a_second_click_closes_nothing_twice(desk: Desk, world: World, a_browser: ABrowser) -> None:
    person, browser = await inside(desk, world, a_browser)
    token = csrf(await browser.open("/compte/fermer"))
    data = {"csrf": token, "raison": "Je pars."}
    for _ in range(2):
        answer = await browser.http.post("/compte/fermer", data=data)
        assert answer.headers["location"] == "/compte/rouvrir?fait=ferme"
    closings = [event for event in await world.events(person) if event.type is EventType.RECORD_CLOSED]
    assert len(closings) == 1
    assert heading_of(await browser.open("/compte/fermer")) == "Mon carnet est fermé"
    for _ in range(2):
        answer = await browser.http.post("/compte/rouvrir", data={"csrf": token})
        assert answer.headers["location"] == "/compte?fait=rouvert"
    assert path_of(await browser.open("/compte/rouvrir")) == "/compte"


async def test_a_closed_record_says_so_on_each_page_of_it(desk: Desk, world: World, a_browser: ABrowser) -> None:
    person, browser = await inside(desk, world, a_browser)
    await world.change(person, to=RecordStatus.CLOSED)
    assert "Votre carnet est fermé" in (await browser.open("/")).text
    assert "Votre carnet est fermé." in (await browser.open("/compte")).text


async def test_a_new_password_puts_the_others_out(desk: Desk, world: World, a_browser: ABrowser) -> None:
    person, browser = await inside(desk, world, a_browser)
    _, elsewhere = await inside(desk, world, a_browser, person)
    page = await browser.open("/compte/mot-de-passe")
    page = await browser.send(page, mot_de_passe="quatre chevaux dans la neige", encore="quatre chevaux dans la neige")
    assert path_of(page) == "/compte/second"
    assert path_of(await browser.open("/compte")) == "/compte"
    assert path_of(await elsewhere.open("/compte")) == "/connexion"


async def test_the_sheet_is_shown_once_and_its_former_lines_serve_no_more(
    desk: Desk, world: World, a_browser: ABrowser
) -> None:
    person, browser = await inside(desk, world, a_browser)
    sheets = []
    for _ in range(2):
        page = await browser.open("/compte/secours")
        token = csrf(page)
        sheet = await browser.http.post("/compte/secours", data={"csrf": token})
        assert sheet.headers["cache-control"] == "no-store"
        sheets.append(re.findall(r'<span class="num">([A-Z0-9-]{14})</span>', sheet.text))
    assert [len(sheet) for sheet in sheets] == [8, 8]
    assert not set(sheets[0]) & set(sheets[1])
    assert sheets[1][0] not in (await browser.open("/compte/secours")).text
    async with desk.carnet.database.connection() as connection:
        account = await account_of(connection, person.patient_id, accounts=desk.accounts)
    assert account is not None
    assert account.recovery_codes == 8


async def test_staying_prolongs_the_session_and_tells_a_script_for_how_long(
    desk: Desk, world: World, a_browser: ABrowser
) -> None:
    _, browser = await inside(desk, world, a_browser)
    token = csrf(await browser.open("/compte"))
    told = await browser.http.post("/compte/rester", data={"csrf": token}, headers={"Accept": "text/plain"})
    assert (told.status_code, told.text) == (200, "1800")
    assert told.headers["cache-control"] == "no-store"
    page = await browser.http.post("/compte/rester", data={"csrf": token})
    assert page.headers["location"] == "/compte/connexions?fait=prolongee"
    assert (await browser.http.post("/compte/rester", data={})).status_code == 403


LEGAL = ("/mentions-legales", "/donnees-personnelles", "/accessibilite")


@pytest.mark.parametrize("path", LEGAL)
async def test_legal_pages_hold_when_nothing_is_set(a_browser: ABrowser, path: str) -> None:
    page = await (await a_browser()).open(path)
    assert page.status_code == 200
    assert "None" not in page.text
    assert all(f'href="{each}"' in page.text for each in LEGAL)


async def test_legal_pages_say_what_the_operator_set(carnet: Carnet, database_url: str) -> None:
    settings = Settings(
        home=carnet.settings.home, mode="demo", base_url="http://carnet.test", database_pool=2, operator_name="Région inventée",
        operator_address="1 place du Marché, 97400 Saint-Denis", data_protection_contact="dpo@exemple.fr", hosting="Hébergeur inventé, HDS",
        accessibility_contact="acces@exemple.fr", help_phone="01 99 00 21 21", help_hours="du lundi au samedi",
    )  # fmt: skip
    opened = await open_carnet(settings, database_url)
    browser = Browser(application(opened))
    try:
        notices, data, accessibility = [(await browser.open(path)).text for path in LEGAL]
    finally:
        await browser.close()
        await opened.close()
    for text in ("Région inventée", "97400 Saint-Denis", "dpo@exemple.fr", "Hébergeur inventé, HDS", "01 99 00 21 21"):
        assert text in notices
    assert "dpo@exemple.fr" in data
    assert "acces@exemple.fr" in accessibility
