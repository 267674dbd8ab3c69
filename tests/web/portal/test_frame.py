"""The frame of the portals over HTTP: cookies, the guard of forms, the one page for what is not there, what is kept nowhere."""

import re

import httpx
import pytest
from tests.doors.world import Person, World

from carnet.app import Carnet
from carnet.domain.demo import store


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


@pytest.fixture
async def odile(carnet: Carnet, world: World) -> Person:
    person = await world.a_record()
    async with carnet.database.transaction() as tx:
        await store.save(tx, store.DemoPerson("odile", "Odile", ins=person.ins))
    return person


@pytest.fixture
async def browser(http: httpx.AsyncClient, odile: Person) -> httpx.AsyncClient:
    http.cookies.clear()
    answer = await http.get("/demo/enter/odile")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return http


def token_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None, page
    return found.group(1)


async def test_the_cookie_is_for_the_browser_alone(http: httpx.AsyncClient, odile: Person) -> None:
    http.cookies.clear()
    answer = await http.get("/demo/enter/odile")
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("carnet_session=")]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert odile.ins.matricule not in cookie


async def test_no_page_is_kept_and_no_script_comes_from_elsewhere(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", answer.text)
    assert set(scripts) <= {""}
    assert len(scripts) == answer.text.count('<script src="/static/')
    assert " style=" not in answer.text


async def test_a_form_without_its_token_does_nothing(browser: httpx.AsyncClient) -> None:
    for data in ({}, {"csrf": ""}, {"csrf": "x"}, {"csrf": "é"}):
        answer = await browser.post("/deconnexion", data=data)
        assert answer.status_code == 403
    assert "Bonjour" in (await browser.get("/")).text


async def test_a_form_of_another_site_does_nothing_and_keeps_nothing(browser: httpx.AsyncClient) -> None:
    data = {"csrf": token_of((await browser.get("/")).text), "texte": "écrit ailleurs"}
    answer = await browser.post("/deconnexion", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "écrit ailleurs" not in answer.text
    assert "Bonjour" in (await browser.get("/")).text


async def test_a_stale_form_keeps_what_was_typed(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/deconnexion", data={"csrf": "ancien", "texte": "ce que j’ai <écrit>"})
    assert answer.status_code == 403
    assert "ce que j’ai &lt;écrit&gt;" in answer.text
    again = {"csrf": token_of(answer.text), "texte": "ce que j’ai <écrit>"}
    assert (await browser.post("/deconnexion", data=again)).headers["location"] == "/deconnexion"


async def test_the_token_of_another_session_is_not_ours(http: httpx.AsyncClient, odile: Person) -> None:
    http.cookies.clear()
    await http.get("/demo/enter/odile")
    token = token_of((await http.get("/")).text)
    await http.get("/demo/enter/odile")
    assert (await http.post("/deconnexion", data={"csrf": token})).status_code == 403


async def test_leaving_ends_the_session_for_good(browser: httpx.AsyncClient) -> None:
    kept = browser.cookies["carnet_session"]
    left = await browser.post("/deconnexion", data={"csrf": token_of((await browser.get("/")).text)})
    assert left.headers["clear-site-data"] == '"cache"'
    browser.cookies.set("carnet_session", kept)
    assert "Bonjour" not in (await browser.get("/")).text


async def test_an_address_that_is_none_gives_one_page(browser: httpx.AsyncClient) -> None:
    pages = {(await browser.get(path)).status_code for path in ("/nulle-part", "/documentss", "/x/y/z")}
    assert pages == {404}


async def test_a_form_that_is_too_long_is_refused_before_it_is_read(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/deconnexion", data={"csrf": "x", "texte": "x" * 300_000})
    assert answer.status_code == 413
    assert "trop long" in answer.text
