"""Pro Santé Connect from the first page to work and out again; and every way in which it does not get there."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest
from tests.portals.people import Browser, heading_of, path_of

from carnet.app import application
from carnet.domain.actor import ActorKind
from carnet.domain.audit.model import EventType, Outcome
from carnet.partners.psc.simulator import Place, claims_of
from carnet.portals.professional import pages
from carnet.portals.professional.portal import ProfessionalPortal

OUT = "L’entrée n’a pas abouti"
WORK = "/pro"


async def asked(browser):
    """The page of Pro Santé Connect, and the identifier of the request there."""
    page = await browser.open("/pro/connexion/psc")
    assert path_of(page) == "/demo/psc-simule/wallet/auth"
    return page, re.search(r'name="request" value="([^"]+)"', page.text)[1]


async def answered(carnet, browser, claims, *, level=None):
    """The address of an answer for these claims, not followed yet."""
    _, request_id = await asked(browser)
    return carnet.providers.psc.simulator.approve(request_id, claims, level=level)


def doctor(carnet, **changes):
    """Claims of the demonstration's general practitioner, changed."""
    actor = changes.pop("actor")
    facts = {
        "profession": actor.profession, "specialty": actor.specialty, "sector": actor.sector, "organization": actor.organization,
        "organization_name": actor.organization_name,
    } | changes  # fmt: skip
    return claims_of(facts.pop("identifier", actor.person), "Claire", "AUBRESPIN", **facts)


@pytest.fixture(scope="module")
async def gp(carnet):
    from carnet.web.demo_people import actor_named

    return await actor_named(carnet.database, "medecin")


# In


@pytest.mark.parametrize("signs", [False, True])
async def test_a_professional_lands_at_work(carnet, browser, traced, gp, signs):
    carnet.providers.psc.simulator.signs = signs
    page = await browser.open("/pro")
    assert (path_of(page), heading_of(page)) == ("/pro/connexion", "Vous soignez ?")
    page, _ = await asked(browser)
    assert "Ceci n’est pas Pro Santé Connect" in page.text
    page = await browser.send(page, person="medecin")
    carnet.providers.psc.simulator.signs = False
    assert (path_of(page), page.status_code) == (WORK, 200)
    assert "Claire Aubrespin" in page.text
    assert "généraliste, Maison de santé du Pont-Vert" in page.text
    event = (await traced(EventType.SIGNED_IN))[-1]
    actor = event.actor
    assert (actor.kind, actor.person, actor.profession, actor.specialty) == (
        ActorKind.PROFESSIONAL,
        gp.person,
        "10",
        "SM26",
    )
    assert (actor.organization, actor.sector) == (gp.organization, gp.sector)
    assert actor.situation == f"10.SM26.{gp.organization}"
    assert (actor.authentication.means, actor.authentication.level) == ("psc", "PSC")


async def test_the_request_is_as_pro_sante_connect_wants_it(browser):
    answer = await browser.http.get("/pro/connexion/psc")
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert (query["scope"], query["acr_values"], query["response_type"]) == ("openid scope_all", "eidas1", "code")
    assert (query["redirect_uri"], query["code_challenge_method"]) == (
        "http://carnet.test/pro/connexion/retour",
        "S256",
    )
    assert len(query["state"]) >= 43
    assert len(query["nonce"]) >= 43
    assert answer.headers["cache-control"] == "no-store"


async def test_the_page_that_was_asked_for_comes_after(browser):
    await browser.open("/pro/situation")
    await browser.open("/pro")
    page = await browser.send((await asked(browser))[0], person="medecin")
    assert path_of(page) == WORK


# Situations


async def test_several_situations_are_a_choice(carnet, browser, traced):
    page = await browser.send((await asked(browser))[0], person="cardiologue")
    assert (path_of(page), heading_of(page)) == ("/pro/situation", "Dans quelle situation travaillez-vous ?")
    assert "centre hospitalier du val-de-brune" in page.text.casefold()
    assert "cabinet de cardiologie du rempart" in page.text.casefold()
    assert (await traced(EventType.SIGNED_IN))[-1].actor.organization is None
    # Nothing opens before
    assert path_of(await browser.open("/pro")) == "/pro/situation"
    # A choice that is none keeps the page
    none = await browser.http.post("/pro/situation", data=hidden(page))
    assert (none.status_code, "Choisissez la situation" in none.text) == (422, True)
    invented = await browser.http.post("/pro/situation", data={**hidden(page), "situation": "10.SM04.autre"})
    assert invented.status_code == 422
    chosen = [
        each
        for each in re.findall(r'name="situation" value="([^"]+)"', page.text)
        if each.endswith("1000010000") or True
    ]
    assert len(chosen) == 2
    for ident in chosen:
        page = await browser.open("/pro/situation")
        page = await browser.send(page, situation=ident)
        assert path_of(page) == WORK
        event = (await traced(EventType.SITUATION_CHOSEN))[-1]
        assert (event.actor.situation, event.details["situation"]) == (ident, ident)
        assert f"1{event.actor.organization[1:]}" == ident.rpartition(".")[2]
    assert "changer de situation" in page.text


def hidden(page):
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text.partition("<main")[2]))


async def test_a_situation_that_the_directory_denies(carnet, browser, traced, gp):
    claims = doctor(carnet, actor=gp, others=[Place("1990099999", "Cabinet que personne ne connaît", "SA07")])
    page = await browser.open(await answered(carnet, browser, claims))
    assert path_of(page) == "/pro/situation"
    wrong = next(
        each for each in re.findall(r'name="situation" value="([^"]+)"', page.text) if each.endswith("1990099999")
    )
    page = await browser.send(page, situation=wrong)
    assert page.status_code == 422
    assert "ne disent pas la même chose : structure" in page.text
    assert (await traced(EventType.SIGN_IN_REFUSED))[-1].details["cause"] == "practice-differs"
    assert path_of(await browser.open("/pro")) == "/pro/situation"


async def test_there_is_nothing_to_choose_for_a_stranger(browser):
    assert path_of(await browser.open("/pro/situation")) == "/pro/connexion"
    page = await browser.open("/pro/connexion")
    csrf = await browser.http.post("/pro/situation", data={"situation": "10"})
    assert csrf.status_code == 403
    assert heading_of(page) == "Vous soignez ?"


# The directory


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"identifier": "899900099999"}, "practice-unknown", "ne vous connaît pas encore"),
        ({"profession": "60", "specialty": None}, "practice-differs", ": profession."),
        ({"specialty": "SM04"}, "practice-differs", ": spécialité."),
        ({"organization": "1990099999"}, "practice-differs", ": structure."),
        ({"sector": "SA33"}, "practice-differs", ": secteur d’activité."),
    ],
)
async def test_what_the_directory_says_otherwise(carnet, browser, traced, gp, *, changes, code, said):
    page = await browser.open(await answered(carnet, browser, doctor(carnet, actor=gp, **changes)))
    assert (heading_of(page), page.status_code) == (OUT, 403)
    assert said in page.text
    event = (await traced(EventType.SIGN_IN_REFUSED))[-1]
    assert (event.details["cause"], event.outcome) == (code, Outcome.REFUSED)
    assert event.actor.person == changes.get("identifier", gp.person)
    assert path_of(await browser.open("/pro")) == "/pro/connexion"


@pytest.mark.parametrize(
    "changes", [{"identifier": "899900099999"}, {"organization": "1990099999"}, {"sector": "SA33"}]
)
async def test_a_directory_that_is_late_may_be_tolerated(carnet, browser, gp, monkeypatch, changes):
    monkeypatch.setattr(carnet.professionals, "tolerant", True)
    page = await browser.open(await answered(carnet, browser, doctor(carnet, actor=gp, **changes)))
    assert path_of(page) == WORK


@pytest.mark.parametrize("tolerant", [False, True])
@pytest.mark.parametrize("others", [(), (Place("1990099999", "Ailleurs", "SA07"),)])
async def test_whoever_has_ceased_is_refused_whatever_the_settings(
    carnet, browser, gp, monkeypatch, *, tolerant, others
):
    monkeypatch.setattr(carnet.professionals, "tolerant", tolerant)
    async with carnet.database.transaction() as tx:
        await tx.execute("UPDATE directory_professional SET active = false WHERE person = %s", (gp.person,))
    page = await browser.open(await answered(carnet, browser, doctor(carnet, actor=gp, others=others)))
    async with carnet.database.transaction() as tx:
        await tx.execute("UPDATE directory_professional SET active = true WHERE person = %s", (gp.person,))
    assert heading_of(page) == OUT
    assert "indique que vous n’exercez plus" in page.text


async def test_a_structure_that_has_closed(carnet, browser, gp):
    async with carnet.database.transaction() as tx:
        await tx.execute("UPDATE directory_situation SET active = false WHERE person = %s", (gp.person,))
    page = await browser.open(await answered(carnet, browser, doctor(carnet, actor=gp)))
    async with carnet.database.transaction() as tx:
        await tx.execute("UPDATE directory_situation SET active = true WHERE person = %s", (gp.person,))
    assert ": structure." in page.text


@pytest.mark.parametrize(
    ("person", "code"),
    [
        ("inconnue", "practice-unknown"),
        ("sans-exercice", "psc-situation-missing"),
        ("niveau-faible", "sign-in-level-insufficient"),
        ("", "sign-in-denied"),
    ],
)
async def test_the_cases_of_the_simulator(browser, traced, person, code):
    page = await browser.send((await asked(browser))[0], person=person)
    assert (heading_of(page), page.status_code) == (OUT, 403)
    assert (await traced(EventType.SIGN_IN_REFUSED))[-1].details["cause"] == code


async def test_claims_that_do_not_read(carnet, browser, traced):
    page = await browser.open(await answered(carnet, browser, {"sub": "x", "SubjectNameID": "x y"}))
    assert heading_of(page) == OUT
    assert (await traced(EventType.SIGN_IN_REFUSED))[-1].details["cause"] == "psc-userinfo-unreadable"


# The way back


async def test_an_answer_serves_once_and_in_its_browser(carnet, browser, gp):
    location = await answered(carnet, browser, doctor(carnet, actor=gp))
    other = Browser(application(carnet))
    assert heading_of(await other.open(location)) == OUT
    kept = dict(browser.http.cookies)
    assert path_of(await browser.open(location)) == WORK
    for name, value in kept.items():
        other.http.cookies.set(name, value)
    page = await other.open(location)
    assert (heading_of(page), "a déjà servi" in page.text) == (OUT, True)
    assert path_of(await browser.open(location)) == WORK  # the browser's own « back » leads to work
    await other.close()


@pytest.mark.parametrize("query", ["", "?code=x&state=y", "?error=access_denied"])
async def test_an_answer_to_nothing(browser, traced, query):
    before = len(await traced(EventType.SIGN_IN_REFUSED))
    page = await browser.open(f"/pro/connexion/retour{query}")
    assert (heading_of(page), page.status_code) == (OUT, 403)
    assert (
        len(await traced(EventType.SIGN_IN_REFUSED)) == before
    )  # anyone may send one: the trail is not theirs to fill


async def test_an_answer_of_another_provider(carnet, browser, gp):
    location = await answered(carnet, browser, doctor(carnet, actor=gp))
    mixed = dict(parse_qsl(urlsplit(location).query)) | {"iss": "https://autre.example"}
    page = await browser.open(f"/pro/connexion/retour?{urlencode(mixed)}")
    assert "n’est pas sûre" in page.text


async def test_the_answer_of_a_citizens_provider_opens_nothing_here(carnet, browser):
    page = await browser.open("/connexion/franceconnect")
    request_id = re.search(r'name="request" value="([^"]+)"', page.text)[1]
    location = carnet.providers.franceconnect.simulator.approve(request_id, {"sub": "x"})
    page = await browser.open(location.replace("/connexion/franceconnect/", "/pro/connexion/"))
    assert heading_of(page) == OUT


# The session


async def at_work(browser, person="medecin"):
    page = await browser.send((await asked(browser))[0], person=person)
    assert path_of(page) == WORK
    return page


async def settled(carnet):
    """Renewals under way are over."""
    await carnet.professionals.close()


def renewals(carnet, monkeypatch, *, fails=None):
    """How many times Pro Santé Connect is asked for new tokens."""
    made = []
    party = carnet.providers.psc.party
    honest = party.refresh

    async def refresh(tokens):
        made.append(tokens)
        if fails is not None:
            raise fails
        return await honest(tokens)

    monkeypatch.setattr(party, "refresh", refresh)
    return made


async def test_a_fresh_token_costs_no_question(carnet, browser, monkeypatch):
    await at_work(browser)
    made = renewals(carnet, monkeypatch)
    for _ in range(3):
        await browser.open("/pro")
    await settled(carnet)
    assert made == []


async def test_a_dead_token_is_renewed_while_the_page_goes_out(carnet, browser, hands, monkeypatch):
    await at_work(browser)
    made = renewals(carnet, monkeypatch)
    hands.ahead = timedelta(minutes=3)
    assert path_of(await browser.open("/pro")) == WORK
    await settled(carnet)
    assert path_of(await browser.open("/pro")) == WORK
    await settled(carnet)
    assert len(made) == 1


async def test_whoever_was_away_is_asked_about_first(carnet, browser, hands, monkeypatch):
    await at_work(browser)
    made = renewals(carnet, monkeypatch)
    hands.ahead = timedelta(minutes=20)
    assert path_of(await browser.open("/pro")) == WORK
    assert len(made) == 1


async def test_two_requests_at_once_renew_once(carnet, browser, hands, monkeypatch):
    import asyncio

    await at_work(browser)
    made = renewals(carnet, monkeypatch)
    hands.ahead = timedelta(minutes=20)
    answers = await asyncio.gather(*(browser.http.get("/pro") for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len(made) == 1


async def test_a_session_ended_there_ends_here(carnet, browser, hands, traced):
    await at_work(browser)
    carnet.providers.psc.simulator.grants.clear()
    hands.ahead = timedelta(minutes=20)
    assert path_of(await browser.open("/pro")) == "/pro/connexion"
    event = (await traced(EventType.SIGNED_OUT))[-1]
    assert event.details["cause"] == "refresh-refused"
    assert event.actor.kind is ActorKind.PROFESSIONAL
    hands.ahead = timedelta(0)
    assert path_of(await browser.open("/pro")) == "/pro/connexion"


async def test_a_refusal_in_the_background_ends_the_next_page(carnet, browser, hands):
    await at_work(browser)
    carnet.providers.psc.simulator.grants.clear()
    hands.ahead = timedelta(minutes=3)
    assert path_of(await browser.open("/pro")) == WORK
    await settled(carnet)
    assert path_of(await browser.open("/pro")) == "/pro/connexion"


async def test_a_provider_that_is_down_ends_nothing(carnet, browser, hands, monkeypatch):
    from carnet.domain.errors import Unavailable

    await at_work(browser)
    made = renewals(carnet, monkeypatch, fails=Unavailable("sign-in-provider-unreachable"))
    hands.ahead = timedelta(minutes=20)
    assert path_of(await browser.open("/pro")) == WORK
    hands.ahead = timedelta(minutes=40)
    assert path_of(await browser.open("/pro")) == WORK
    assert len(made) == 2


async def test_unused_half_an_hour_it_ends(browser, hands):
    await at_work(browser)
    hands.ahead = timedelta(minutes=31)
    assert path_of(await browser.open("/pro")) == "/pro/connexion"


async def test_after_four_hours_it_ends(browser, hands):
    await at_work(browser)
    for minutes in range(20, 240, 20):
        hands.ahead = timedelta(minutes=minutes)
        assert path_of(await browser.open("/pro")) == WORK, minutes
    hands.ahead = timedelta(minutes=241)
    assert path_of(await browser.open("/pro")) == "/pro/connexion"


async def test_what_the_database_keeps_tells_nothing(carnet, browser, gp):
    await at_work(browser)
    async with carnet.database.connection() as connection:
        row = await (
            await connection.execute("SELECT s.*::text FROM professional_session s ORDER BY begun_at DESC LIMIT 1")
        ).fetchone()
    text = " ".join(map(str, row))
    for token in carnet.providers.psc.simulator.sessions:
        assert token not in text
    assert "Claire" not in text
    assert "eyJ" not in text


@pytest.mark.parametrize("value", ["", "x", "é", "A" * 64, "A" * 66, "A" * 4000])
async def test_a_cookie_that_is_none(browser, value):
    browser.http.headers["cookie"] = f"carnet_pro={value}"
    try:
        answer = await browser.http.get("/pro")
    except UnicodeEncodeError:
        pytest.skip("no client sends this")
    assert answer.headers["location"] == "/pro/connexion"


# Out


async def test_out_here_then_there(carnet, browser, traced):
    page = await at_work(browser)
    grants = carnet.providers.psc.simulator.grants
    sid = next(reversed(grants.values())).sid
    page = await browser.send(page)
    assert (path_of(page), heading_of(page)) == ("/pro/deconnexion", "Vous avez quitté carnet")
    assert "Pro Santé Connect reste ouvert" in page.text
    assert (await traced(EventType.SIGNED_OUT))[-1].details["cause"] == "signed-out"
    assert path_of(await browser.open("/pro")) == "/pro/connexion"
    page = await browser.open("/pro/deconnexion")
    page = await browser.send(page, id_token_hint=re.search(r'name="id_token_hint" value="([^"]+)"', page.text)[1])
    assert path_of(page) == "/pro/deconnexion"
    assert "reste ouvert" not in page.text
    assert sid not in {grant.sid for grant in grants.values()}


async def test_no_address_names_the_professional(carnet, browser, gp):
    seen = []

    async def note(request):
        seen.append(str(request.url))

    browser.http.event_hooks["request"].append(note)
    page = await browser.send(await at_work(browser))
    await browser.send(page, id_token_hint=re.search(r'name="id_token_hint" value="([^"]+)"', page.text)[1])
    everything = " ".join(seen).upper()
    for told in (gp.person, "AUBRESPIN", "EYJ"):
        assert told not in everything


async def test_the_front_channel_ends_the_session(carnet, browser, traced):
    await at_work(browser)
    psc = carnet.providers.psc.simulator
    sid = next(reversed(psc.grants.values())).sid
    away = Browser(application(carnet))  # the provider's page is loaded without our cookies
    for query in (
        {"iss": "https://autre.example", "sid": sid},
        {"iss": psc.base_url, "sid": "autre"},
        {"sid": sid},
        {},
    ):
        answer = await away.http.get("/pro/deconnexion/psc", params=query)
        assert (answer.status_code, answer.content) == (200, b"")
    assert path_of(await browser.open("/pro")) == WORK
    answer = await away.http.get("/pro/deconnexion/psc", params={"iss": psc.base_url, "sid": sid})
    assert (answer.status_code, answer.content) == (200, b"")
    assert path_of(await browser.open("/pro")) == "/pro/connexion"
    assert (await traced(EventType.SIGNED_OUT))[-1].details["cause"] == "ended-by-provider"
    await away.close()


async def test_the_back_channel_ends_the_session(carnet, browser):
    from joserfc import jwt

    await at_work(browser)
    psc = carnet.providers.psc.simulator
    at = int(psc.clock().timestamp())
    claims = {
        "iss": psc.base_url, "aud": psc.client_id, "iat": at, "exp": at + 60, "jti": "1", "sid": next(reversed(psc.grants.values())).sid,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }  # fmt: skip
    forged = jwt.encode({"alg": "HS256"}, claims, __import__("joserfc.jwk").jwk.OctKey.generate_key(256))
    for token in ("", "x", forged):
        assert (await browser.http.post("/pro/deconnexion/psc", data={"logout_token": token})).status_code == 400
    assert path_of(await browser.open("/pro")) == WORK
    token = jwt.encode({"alg": "RS256"}, claims, psc.signing_key())
    assert (await browser.http.post("/pro/deconnexion/psc", data={"logout_token": token})).status_code == 200
    assert path_of(await browser.open("/pro")) == "/pro/connexion"


async def test_a_citizens_session_is_no_professionals(carnet, browser):
    await at_work(browser)
    assert heading_of(await browser.open("/")) != "Bonjour"
    answer = await browser.http.post("/deconnexion", data={})
    assert answer.status_code == 403


async def test_a_provider_that_is_down(carnet, browser, monkeypatch, gp):
    async def down(*_, **__):
        raise httpx.ConnectTimeout("down")

    location = await answered(carnet, browser, doctor(carnet, actor=gp))
    party = carnet.providers.psc.party
    monkeypatch.setattr(party._http._transport, "handle_async_request", down)
    page = await browser.open(location)
    assert (heading_of(page), page.status_code) == (OUT, 503)
    monkeypatch.setattr(party._discovery, "_known", None)
    page = await browser.open("/pro/connexion/psc")
    assert (heading_of(page), page.status_code, page.headers["retry-after"]) == (OUT, 503, "60")


async def test_where_there_is_no_pro_sante_connect_there_is_no_portal(carnet):
    portal = carnet.professionals
    without = ProfessionalPortal(
        portal.services, portal.database, contact=portal.frame.contact, zone=portal.zone, psc=None
    )
    assert pages.routes(without) == []
    assert replace(portal.terms) == without.terms
