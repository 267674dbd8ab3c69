"""The session ends while someone is writing: what they send comes back once they are signed in again, to them alone."""

import re
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from tests.portals.people import Browser, heading_of, path_of

from carnet.app import application, doors, pages

MOTIVE = "Le patient est inconscient, <aucun> proche"


@pytest.fixture(scope="module")
def app(carnet):
    """The program, and an area with a form."""
    portal = carnet.professionals
    sent = []

    async def page(request, visit):
        return portal.page(request, "portal/kept.html", kept=None, texts=[], address="/pro/essai")

    async def act(request, visit, form):
        sent.append((visit.person, form.getlist("motif"), form.get("choix")))
        return HTMLResponse("<h1>Fait</h1>")

    made = Starlette(routes=[portal.route("/pro/essai", get=page, post=act), *doors(carnet), *pages(carnet)])
    made.state.sent = sent
    return made


@pytest.fixture
async def browser(app):
    app.state.sent.clear()
    made = Browser(app)
    yield made
    await made.close()


async def signed_in(browser, person="medecin"):
    page = await browser.send(await browser.open("/pro/connexion/psc"), person=person)
    assert page.status_code == 200
    return page


def token_of(page):
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


async def sending(browser, page, **changes):
    data = {"csrf": token_of(page), "motif": [MOTIVE, "deux"], "choix": "a"} | changes
    return await browser.http.post("/pro/essai", data=data)


async def ended(carnet, browser):
    """The session is over; the browser does not know."""
    async with carnet.database.transaction() as tx:
        await tx.execute("UPDATE professional_session SET ended_at = now() WHERE ended_at IS NULL")


async def test_what_was_typed_comes_back_after_the_sign_in(carnet, app, browser):
    page = await signed_in(browser)
    await ended(carnet, browser)
    answer = await sending(browser, page)
    assert (answer.status_code, answer.headers["location"]) == (303, "/pro/connexion")
    assert app.state.sent == []
    page = await signed_in(browser)
    assert (path_of(page), heading_of(page)) == ("/pro/reprise", "Vous aviez commencé quelque chose")
    assert "Le patient est inconscient, &lt;aucun&gt; proche" in page.text
    assert app.state.sent == []
    page = await again(browser, page)
    assert heading_of(page) == "Fait"
    ((_, motives, choice),) = app.state.sent
    assert (motives, choice) == ([MOTIVE, "deux"], "a")
    assert heading_of(await browser.open("/pro/reprise")) == "Il n’y a rien à reprendre"


async def again(browser, page):
    import html

    form = re.search(r'<form[^>]*action="/pro/essai".*?</form>', page.text, re.DOTALL)[0]
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    data = {}
    for name, value in pairs:
        data.setdefault(name, []).append(html.unescape(value))
    return await browser.http.post("/pro/essai", data=data)


async def test_it_may_be_given_up(carnet, app, browser):
    page = await signed_in(browser)
    await ended(carnet, browser)
    await sending(browser, page)
    page = await signed_in(browser)
    answer = await browser.http.post("/pro/reprise", data={"csrf": token_of(page)})
    assert answer.headers["location"] == "/pro"
    assert heading_of(await browser.open("/pro/reprise")) == "Il n’y a rien à reprendre"
    assert app.state.sent == []
    async with carnet.database.connection() as connection:
        assert (await (await connection.execute("SELECT count(*) FROM kept_form")).fetchone())[0] == 0


async def test_someone_else_sees_nothing_of_it(carnet, browser):
    page = await signed_in(browser)
    await ended(carnet, browser)
    await sending(browser, page)
    page = await signed_in(browser, "infirmiere")
    assert "inconscient" not in page.text
    assert path_of(page) == "/pro"


async def test_after_a_quarter_of_an_hour_it_is_gone(carnet, browser, hands):
    page = await signed_in(browser)
    await ended(carnet, browser)
    await sending(browser, page)
    hands.ahead = timedelta(minutes=16)
    page = await signed_in(browser)
    assert path_of(page) == "/pro"


async def test_nobody_else_may_have_anything_kept(carnet, app, browser):
    async def kept():
        async with carnet.database.connection() as connection:
            return (await (await connection.execute("SELECT count(*) FROM kept_form")).fetchone())[0]

    before = await kept()
    page = await signed_in(browser)
    await ended(carnet, browser)
    for changes in ({"csrf": "x"}, {"csrf": ""}):
        await sending(browser, page, **changes)
    stranger = Browser(app)
    assert (await sending(stranger, page)).headers["location"] == "/pro/connexion"
    stranger.http.cookies.set("carnet_pro", "A" * 64)
    await sending(stranger, page)
    answer = await browser.http.post(
        "/pro/essai", data={"csrf": token_of(page)}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.headers["location"] == "/pro/connexion"
    assert await kept() == before
    await stranger.close()


async def test_what_is_kept_is_sealed(carnet, browser):
    page = await signed_in(browser)
    await ended(carnet, browser)
    await sending(browser, page)
    async with carnet.database.connection() as connection:
        rows = await (await connection.execute("SELECT sealed FROM kept_form")).fetchall()
    assert rows
    assert not [row for row in rows if b"inconscient" in bytes(row[0])]


async def test_a_page_asked_for_is_not_a_form(carnet, browser):
    await signed_in(browser)
    await ended(carnet, browser)
    assert path_of(await browser.open("/pro/essai")) == "/pro/connexion"
    assert path_of(await signed_in(browser)) == "/pro/essai"


async def test_the_program_itself_has_the_page(carnet):
    browser = Browser(application(carnet))
    await signed_in(browser)
    assert heading_of(await browser.open("/pro/reprise")) == "Il n’y a rien à reprendre"
    await browser.close()
