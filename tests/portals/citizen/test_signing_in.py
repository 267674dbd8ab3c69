"""The pages of the sign-in: what strangers can learn, try, replay, forge or be led to. Nothing."""

import re

import httpx
import pyotp
import pytest
from tests.builders.accounts import PASSWORD, Desk
from tests.doors.world import Person, World
from tests.portals.citizen.conftest import ABrowser
from tests.portals.people import Browser, heading_of, path_of

from carnet.app import Carnet
from carnet.domain.audit.model import EventType
from carnet.portals.citizen.proofs import network_of

NOWHERE = "personne.du.tout.12345"


async def someone(desk: Desk, **options: str) -> tuple[Person, str, pyotp.TOTP]:
    person = await desk.world.a_record()
    identifier = await desk.activated(person, **options)
    desk.later(minutes=-5)  # so that the code of now has not served
    return person, identifier, pyotp.TOTP(await desk.totp(person))


async def typed(browser: Browser, login: str, password: str) -> httpx.Response:
    page = await browser.open("/connexion")
    return await browser.send(page, identifiant=login, mot_de_passe=password)


def shown(page: httpx.Response) -> str:
    """The page without what is of its browser alone."""
    return re.sub(r'name="csrf" value="[^"]+"', "", page.text)


async def signed_in(browser: Browser, identifier: str, totp: pyotp.TOTP, desk: Desk) -> httpx.Response:
    page = await typed(browser, identifier, PASSWORD)
    return await browser.send(page, code=totp.at(desk.carnet.services.clock()))


async def test_a_password_and_a_code_open_the_record(desk: Desk, world: World, a_browser: ABrowser) -> None:
    person, identifier, totp = await someone(desk)
    browser = await a_browser(address="203.0.113.1")
    home = await signed_in(browser, identifier, totp, desk)
    assert path_of(home) == "/"
    assert heading_of(home).startswith("Bonjour")
    (event,) = [each for each in await world.events(person) if each.type is EventType.SIGNED_IN]
    assert event.actor.authentication.means == "password-totp"


async def test_pages_are_the_same_whoever_is_named(desk: Desk, a_browser: ABrowser) -> None:
    _, identifier, _ = await someone(desk)
    pages = []
    for number, (login, password) in enumerate(
        ((identifier, PASSWORD), (identifier, "au hasard, donc"), (NOWHERE, PASSWORD))
    ):
        browser = await a_browser(address=f"203.0.113.{10 + number}")
        code = await typed(browser, login, password)
        wrong = await browser.send(code, code="000000")
        pages.append((code.status_code, shown(code), wrong.status_code, shown(wrong)))
    assert pages[0] == pages[1] == pages[2]
    assert pages[0][0] == 200
    assert pages[0][2] == 422


async def test_a_stranger_waits_and_the_holder_does_not(desk: Desk, a_browser: ABrowser) -> None:
    _, identifier, totp = await someone(desk)
    stranger = await a_browser(address="198.51.100.20")
    statuses = [(await typed(stranger, identifier, "au hasard")).status_code for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    told = await typed(stranger, identifier, "au hasard")
    assert "Trop d’essais" in told.text
    assert 'value="' + identifier in told.text  # nothing typed is lost, but the password
    assert "au hasard" not in told.text
    assert path_of(await signed_in(await a_browser(address="192.0.2.20"), identifier, totp, desk)) == "/"


async def test_a_device_that_was_here_is_told_at_once_and_is_not_slowed_by_its_neighbours(
    desk: Desk, a_browser: ABrowser
) -> None:
    _, identifier, totp = await someone(desk)
    own = await a_browser(address="198.51.100.30")
    page = await signed_in(own, identifier, totp, desk)
    await own.send(page)  # « Quitter »
    neighbour = await a_browser(address="198.51.100.30")
    while (await typed(neighbour, identifier, "au hasard")).status_code != 429:
        pass
    wrong = await typed(own, identifier, "au hasard")
    assert (wrong.status_code, path_of(wrong)) == (422, "/connexion")
    right = await typed(own, identifier, PASSWORD)
    assert path_of(right) == "/connexion/code"


async def test_a_code_is_not_taken_twice(desk: Desk, a_browser: ABrowser) -> None:
    _, identifier, totp = await someone(desk)
    code = totp.at(desk.carnet.services.clock())
    first, second = await a_browser(address="192.0.2.40"), await a_browser(address="192.0.2.41")
    pages = [await typed(each, identifier, PASSWORD) for each in (first, second)]
    assert path_of(await first.send(pages[0], code=code)) == "/"
    assert (await second.send(pages[1], code=code)).status_code == 422
    over = await first.http.post("/connexion/code", data={"code": code})
    assert over.status_code == 403  # no token of a form: see below


async def test_forms_of_elsewhere_do_nothing(desk: Desk, a_browser: ABrowser) -> None:
    _, identifier, _ = await someone(desk)
    browser = await a_browser(address="192.0.2.50")
    fields = {"identifiant": identifier, "mot_de_passe": PASSWORD}
    assert (await browser.http.post("/connexion", data=fields)).status_code == 403
    page = await browser.open("/connexion")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert token is not None
    other = await a_browser(address="192.0.2.51")
    await other.open("/connexion")
    assert (await other.http.post("/connexion", data=fields | {"csrf": token[1]})).status_code == 403
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert (await browser.http.post("/connexion", data=fields | {"csrf": token[1]}, headers=headers)).status_code == 403
    assert (await browser.http.post("/connexion", data=fields | {"csrf": token[1]})).status_code == 303


async def test_a_session_given_beforehand_is_never_the_one_signed_in(desk: Desk, a_browser: ABrowser) -> None:
    """Session fixation: what an attacker put in the browser opens nothing afterwards."""
    _, identifier, totp = await someone(desk)
    attacker_person, attacker_name, attacker_totp = await someone(desk)
    attacker, victim = await a_browser(address="192.0.2.60"), await a_browser(address="192.0.2.61")
    await signed_in(attacker, attacker_name, attacker_totp, desk)
    planted = attacker.http.cookies["carnet_session"]
    await attacker.http.post("/deconnexion", data={})
    for name, value in (("carnet_session", "A" * len(planted)), ("carnet_step", "B" * 43), ("carnet_form", "C" * 32)):
        victim.http.cookies.set(name, value, domain="carnet.test")
    page = await signed_in(victim, identifier, totp, desk)
    assert path_of(page) == "/"
    assert victim.http.cookies.get("carnet_session", domain="carnet.test") not in {planted, "A" * len(planted)}
    assert attacker_person.ins.matricule not in page.text


async def test_the_way_back_is_one_of_our_pages(desk: Desk, a_browser: ABrowser) -> None:
    _, identifier, totp = await someone(desk)
    browser = await a_browser(address="192.0.2.70")
    asked = await browser.open("/compte/connexions?suite=https://ailleurs.example/")
    assert path_of(asked) == "/connexion"
    browser.http.cookies.set("carnet_way", "https://ailleurs.example/", domain="carnet.test")
    home = await signed_in(browser, identifier, totp, desk)
    assert str(home.url) == "http://carnet.test/"
    again = await a_browser(address="192.0.2.71")
    await again.open("/compte/preferences")
    desk.later(minutes=2)
    page = await typed(again, identifier, PASSWORD)
    arrived = await again.send(page, code=totp.at(desk.carnet.services.clock(), counter_offset=1))
    assert path_of(arrived) == "/compte/preferences"


async def test_cookies_are_for_us_alone(desk: Desk, carnet: Carnet, a_browser: ABrowser) -> None:
    _, identifier, totp = await someone(desk)
    browser = await a_browser(address="192.0.2.80")
    await browser.open("/connexion")
    page = await typed(browser, identifier, PASSWORD)
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert token is not None
    answer = await browser.http.post(
        "/connexion/code", data={"code": totp.at(carnet.services.clock()), "csrf": token[1]}
    )
    given = {each.partition("=")[0]: each for each in answer.headers.get_list("set-cookie")}
    assert {"carnet_session", "carnet_device"} <= set(given)
    for each in given.values():
        assert "HttpOnly" in each
        assert "SameSite=lax" in each
        assert "Path=/" in each


async def test_over_https_they_bind_to_the_host(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    from carnet.app import application, open_carnet
    from carnet.settings import Settings

    settings = Settings(
        home=tmp_path_factory.mktemp("https"), mode="demo", base_url="https://carnet.test", database_pool=4
    )
    settings.home.joinpath("keys").mkdir()
    opened = await open_carnet_of(database_url, settings, open_carnet)
    try:
        browser = Browser(application(opened), "https://carnet.test", address="192.0.2.90")
        page = await browser.open("/connexion")
        answer = await browser.http.post(
            "/connexion",
            data={
                "identifiant": NOWHERE, "mot_de_passe": PASSWORD,
                "csrf": re.search(r'name="csrf" value="([^"]+)"', page.text)[1],  # type: ignore[index]
            },
        )  # fmt: skip
        (step,) = [each for each in answer.headers.get_list("set-cookie") if "step" in each]
        assert step.startswith("__Host-carnet_step=")
        assert "Secure" in step
        assert "Domain" not in step
        await browser.close()
    finally:
        await opened.close()


async def open_carnet_of(database_url, settings, opener):
    """Its own database: the one of the module was sealed under another master key."""
    import psycopg
    from psycopg.conninfo import make_conninfo

    from carnet.storage.migrator import migrate

    name = "carnet_https_cookies"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
    conninfo = make_conninfo(database_url, dbname=name)
    migrate(conninfo)
    return await opener(settings, conninfo)


async def test_a_lost_password_is_replaced_by_paper_and_a_code(desk: Desk, a_browser: ABrowser) -> None:
    from carnet.domain.accounts.means import choosing

    person, identifier, totp = await someone(desk)
    sheet = await choosing.make_recovery_codes(person.patient_id, actor=desk.actor(person), accounts=desk.accounts)
    browser = await a_browser(address="192.0.2.100")
    page = await browser.open("/connexion/secours/mot-de-passe")
    page = await browser.send(page, identifiant=identifier, code_de_secours=sheet[0])
    page = await browser.send(page, code=totp.at(desk.carnet.services.clock()))
    assert path_of(page) == "/compte/mot-de-passe"
    for one, other, fault in (
        ("azer7", "azer7", "trop court"), ("un mot de passe long", "un autre mot de passe", "pas les mêmes"),
        ("motdepasse2026!!", "motdepasse2026!!", "devine trop"), (f"bonjour {identifier} oui", None, "que d’autres connaissent"),
    ):  # fmt: skip
        page = await browser.send(page, mot_de_passe=one, encore=other or one)
        assert page.status_code == 422
        assert fault in page.text
        assert one not in page.text
    page = await browser.send(page, mot_de_passe="quatre chevaux dans la neige", encore="quatre chevaux dans la neige")
    assert path_of(page) == "/compte"
    desk.later(minutes=2)
    again = await a_browser(address="192.0.2.101")
    page = await typed(again, identifier, "quatre chevaux dans la neige")
    page = await again.send(page, code=totp.at(desk.carnet.services.clock(), counter_offset=1))
    assert path_of(page) == "/"


async def test_after_leaving_nothing_opens_and_nothing_is_kept(desk: Desk, a_browser: ABrowser) -> None:
    _, identifier, totp = await someone(desk)
    browser = await a_browser(address="192.0.2.110")
    home = await signed_in(browser, identifier, totp, desk)
    assert home.headers["cache-control"] == "no-store"
    account = await browser.open("/compte")
    gone = await browser.send(account)
    assert heading_of(gone) == "Vous avez quitté votre carnet"
    assert path_of(await browser.open("/compte")) == "/connexion"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_household_is_one_origin(address: str, network: str) -> None:
    assert network_of(address) == network
