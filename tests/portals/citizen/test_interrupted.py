"""A citizen's session ends while they are writing: what they send comes back once they are in again, to them alone."""

import re

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from tests.builders.people import an_ins
from tests.portals.people import Browser, heading_of, path_of

from carnet.app import doors, pages
from carnet.domain.actor import SYSTEM
from carnet.domain.consent.record_life import begin_record
from carnet.domain.demo import store
from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex

WORDS = "Je ne reconnais pas cet accès du mois dernier"


@pytest.fixture(scope="module", autouse=True)
async def people(carnet):
    async with carnet.database.transaction() as tx:
        for name in ("odile", "jeanne"):
            identity = Identity(
                an_ins(),
                InsTraits(name.upper(), "ANNE", "1955-06-12", Sex.FEMALE, "ANNE", "75056"),
                IdentityStatus.QUALIFIED,
            )
            await begin_record(tx, identity, actor=SYSTEM, keys=carnet.services.keys, at=carnet.services.clock())
            await store.save(tx, store.DemoPerson(name, name, ins=identity.ins))


@pytest.fixture(scope="module")
def app(carnet):
    """The program, and an area with a form."""
    portal = carnet.citizens
    sent = []

    async def page(request, visit):
        return portal.page(request, "portal/kept.html", kept=None, texts=[], address="/essai")

    async def act(request, visit, form):
        sent.append((visit.name, form.get("texte")))
        return HTMLResponse("<h1>Fait</h1>")

    made = Starlette(routes=[portal.route("/essai", get=page, post=act), *doors(carnet), *pages(carnet)])
    made.state.sent = sent
    return made


def token_of(page):
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


async def interrupted(carnet, browser, name="odile"):
    """Someone who was writing, and whose session is over."""
    page = await browser.open(f"/demo/enter/{name}")
    async with carnet.database.transaction() as tx:
        await tx.execute("UPDATE citizen_session SET ended_at = now()")
    answer = await browser.http.post("/essai", data={"csrf": token_of(page), "texte": WORDS})
    assert answer.headers["location"] == "/connexion"


async def test_what_was_typed_comes_back(carnet, app):
    browser = Browser(app)
    await interrupted(carnet, browser)
    page = await browser.open("/demo/enter/odile")
    assert (path_of(page), heading_of(page)) == ("/reprise", "Vous aviez commencé quelque chose")
    assert WORDS in page.text
    assert app.state.sent == []
    answer = await browser.http.post("/essai", data={"csrf": token_of(page), "texte": WORDS})
    assert heading_of(answer) == "Fait"
    assert app.state.sent == [("Anne Odile", WORDS)]
    assert heading_of(await browser.open("/reprise")) == "Il n’y a rien à reprendre"
    await browser.close()


async def test_someone_else_on_the_same_device_sees_nothing_of_it(carnet, app):
    browser = Browser(app)
    await interrupted(carnet, browser)
    page = await browser.open("/demo/enter/jeanne")
    assert WORDS not in page.text
    assert (path_of(page), heading_of(page)[:7]) == ("/", "Bonjour")
    await browser.close()
