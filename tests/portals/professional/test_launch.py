"""From a professional's own software to the record, without a second sign-in: once, within a minute, in one browser."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from tests.builders.certificates import self_signed
from tests.builders.people import an_ins
from tests.portals.people import Browser, heading_of, path_of

from carnet.app import application
from carnet.domain.actor import SYSTEM, Actor, ActorKind, Authentication, Purpose
from carnet.domain.audit.model import EventType
from carnet.domain.consent import record_life
from carnet.domain.consent.record_life import begin_record
from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex
from carnet.portals.professional.portal import RECORD
from carnet.web.arrivals import CLIENT_CERTIFICATE
from carnet.web.demo_people import actor_named

NOTHING = "Ce lien n’ouvre rien"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return self_signed(tmp_path_factory.mktemp("paires"), "structure.example").read


@pytest.fixture(scope="module")
async def patient(carnet):
    identity = Identity(
        an_ins(),
        InsTraits("PAT-ESSAI", "JEANNE", "1955-06-12", Sex.FEMALE, "JEANNE", "75056"),
        IdentityStatus.QUALIFIED,
    )
    async with carnet.database.transaction() as tx:
        patient_id, _ = await begin_record(
            tx, identity, actor=SYSTEM, keys=carnet.services.keys, at=carnet.services.clock()
        )
    return patient_id, identity


@pytest.fixture(scope="module")
async def doctor(carnet, certificate):
    """As an exchanged token says them."""
    found = await actor_named(carnet.database, "medecin")
    return replace(
        found, situation=f"10.SM26.{found.organization}", software="logiciel", authentication=Authentication("psc", "PSC", certificate.thumbprint)
    )  # fmt: skip


@pytest.fixture
def software(carnet, certificate, doctor, patient):
    """What the software sends, on the connection that shows its certificate."""

    async def send(
        actor: Actor | None = doctor, *, shown=certificate, lifetime=timedelta(hours=1), body=None, headers=None
    ):
        async def app(scope, receive, send):
            scope[CLIENT_CERTIFICATE] = shown
            await application(carnet)(scope, receive, send)

        ins = patient[1].ins
        told = {"patient": {"matricule": ins.matricule, "oid": ins.oid}} if body is None else body
        given = (
            {}
            if actor is None
            else {"Authorization": f"Bearer {carnet.services.issuer.issue(actor, lifetime=lifetime)}"}
        )
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://carnet.test") as http:
            options = {"content": told} if isinstance(told, bytes) else {"json": told}
            return await http.post("/pro/lancement", headers={**given, **(headers or {})}, **options)

    return send


async def causes(traced):
    return [event.details["cause"] for event in await traced(EventType.LAUNCH_REFUSED)]


async def test_the_record_opens_with_no_second_sign_in(browser, software, traced, patient, doctor):
    answer = await software()
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["expires_in"] == 60
    assert answer.headers["cache-control"] == "no-store"
    identity = patient[1]
    for secret in (identity.ins.matricule, doctor.person, "PAT-ESSAI", str(patient[0])):
        assert secret not in told["url"]
    opened = await browser.http.get(urlsplit(told["url"]).path)
    assert (opened.status_code, opened.headers["location"]) == (303, RECORD.format(patient_id=patient[0]))
    page = await browser.open("/pro")
    assert path_of(page) == "/pro"
    assert "Maison de santé du Pont-Vert" in page.text
    launched, signed_in = (await traced(EventType.RECORD_LAUNCHED))[-1], (await traced(EventType.SIGNED_IN))[-1]
    assert (launched.actor.person, launched.actor.software) == (doctor.person, "logiciel")
    assert (signed_in.actor.person, signed_in.actor.situation) == (doctor.person, doctor.situation)
    assert (signed_in.actor.authentication.means, signed_in.actor.software) == ("launch", "logiciel")


async def test_a_second_opening_is_refused_and_traced(carnet, browser, software, traced):
    path = urlsplit((await software()).json()["url"]).path
    await browser.http.get(path)
    other = Browser(application(carnet))
    for each in (browser, other):
        page = await each.open(path)
        assert (heading_of(page), page.status_code) == (NOTHING, 403)
        assert "a déjà servi" in page.text
    assert (await causes(traced))[-2:] == ["launch-used", "launch-used"]
    refused = await traced(EventType.LAUNCH_REFUSED)
    assert [event.actor.kind for event in refused[-2:]] == [ActorKind.PROFESSIONAL, ActorKind.ANONYMOUS]
    assert "carnet_pro" not in dict(other.http.cookies)
    await other.close()


async def test_of_two_browsers_at_once_one_is_let_in(carnet, software):
    path = urlsplit((await software()).json()["url"]).path
    browsers = [Browser(application(carnet)) for _ in range(4)]
    answers = await asyncio.gather(*(each.http.get(path) for each in browsers))
    assert sorted(answer.status_code for answer in answers) == [303, 403, 403, 403]
    for each in browsers:
        await each.close()


async def test_after_a_minute_it_opens_nothing(browser, software, traced, hands):
    path = urlsplit((await software()).json()["url"]).path
    hands.ahead = timedelta(seconds=61)
    page = await browser.open(path)
    assert (heading_of(page), "a expiré" in page.text) == (NOTHING, True)
    assert (await causes(traced))[-1] == "launch-expired"


@pytest.mark.parametrize("ticket", ["x", "A" * 43, "%00", "é"])
async def test_a_ticket_that_is_none(browser, traced, ticket):
    before = await causes(traced)
    page = await browser.open(f"/pro/lancement/{ticket}")
    assert (heading_of(page), page.status_code) == (NOTHING, 403)
    assert await causes(traced) == before  # anyone may invent one: the trail is not theirs to fill


async def test_looking_ahead_does_not_use_it_up(browser, software):
    path = urlsplit((await software()).json()["url"]).path
    assert (await browser.http.head(path)).status_code == 204
    assert (await browser.http.get(path, headers={"Sec-Purpose": "prefetch;prerender"})).status_code == 204
    assert (await browser.http.get(path)).status_code == 303


async def test_the_session_dies_with_the_token(browser, software, hands):
    path = urlsplit((await software(lifetime=timedelta(minutes=10))).json()["url"]).path
    await browser.http.get(path)
    hands.ahead = timedelta(minutes=9)
    assert path_of(await browser.open("/pro")) == "/pro"
    hands.ahead = timedelta(minutes=11)
    assert path_of(await browser.open("/pro")) == "/pro/connexion"


async def test_someone_at_work_already_keeps_their_session(carnet, browser, software):
    page = await browser.send(await browser.open("/pro/connexion/psc"), person="medecin")
    before = browser.http.cookies["carnet_pro"]
    await browser.http.get(urlsplit((await software()).json()["url"]).path)
    assert browser.http.cookies["carnet_pro"] == before
    assert page.status_code == 200


async def test_someone_else_at_work_is_signed_out(browser, software, traced):
    await browser.send(await browser.open("/pro/connexion/psc"), person="infirmiere")
    await browser.http.get(urlsplit((await software()).json()["url"]).path)
    assert "Claire Aubrespin" in (await browser.open("/pro")).text
    assert (await traced(EventType.SIGNED_OUT))[-1].actor.name.endswith("Tourvillac")


# What the software may not


async def test_without_a_token_that_holds(software, certificate, doctor, hands, tmp_path):
    answer = await software(None)
    assert (answer.status_code, answer.json()["error"]) == (401, "token-missing")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (await software(headers={"Authorization": "Bearer x"})).status_code == 401
    other = self_signed(tmp_path, "autre.example").read
    for shown in (None, other):
        answer = await software(shown=shown)
        assert (answer.status_code, answer.json()["error"]) == (401, "token-unbound")


@pytest.mark.parametrize(
    "changes",
    [
        {"authentication": Authentication("client-secret", "INDIRECTE_RENFORCEE")},
        {"situation": None},
        {"purpose": Purpose.EMERGENCY, "motive": "Inconscient"},
        {"purpose": Purpose.REGULATION},
        {"secret_connection": True},
        {"kind": ActorKind.ORGANIZATION},
        {"kind": ActorKind.CITIZEN},
    ],
)
async def test_a_token_that_is_not_for_this(software, traced, doctor, changes):
    answer = await software(replace(doctor, **changes))
    assert (answer.status_code, answer.json()["error"]) == (403, "launch-token")
    assert (await causes(traced))[-1] == "launch-token"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'"x"', b'{"patient": 3}', b'{"patient": {}}', b'{"patient": {"matricule": 1, "oid": 2}}',
        b'{"patient": {"matricule": "255", "oid": "1.2.250.1.213.1.4.10"}}', b" " * 5000,
    ],
)  # fmt: skip
async def test_a_body_that_names_nobody(software, body):
    answer = await software(body=body)
    assert (answer.status_code, answer.json()["error"]) == (422, "launch-body")


async def test_someone_without_an_open_record(carnet, software):
    closed = Identity(
        an_ins(), InsTraits("CLOS", "JEANNE", "1955-06-12", Sex.FEMALE, "JEANNE", "75056"), IdentityStatus.QUALIFIED
    )
    async with carnet.database.transaction() as tx:
        patient_id, _ = await begin_record(
            tx, closed, actor=SYSTEM, keys=carnet.services.keys, at=carnet.services.clock()
        )
    operator = Actor(ActorKind.OPERATOR, "Exploitant")
    async with carnet.database.transaction() as tx:
        await record_life.close(tx, patient_id, actor=operator, keys=carnet.services.keys, at=carnet.services.clock())
    for ins in (closed.ins, an_ins()):
        answer = await software(body={"patient": {"matricule": ins.matricule, "oid": f"urn:oid:{ins.oid}"}})
        assert (answer.status_code, answer.json()["error"]) == (404, "launch-no-record")


async def test_what_is_kept_is_sealed(carnet, software, patient, doctor):
    url = (await software()).json()["url"]
    async with carnet.database.connection() as connection:
        rows = await (await connection.execute("SELECT r::text FROM record_launch r")).fetchall()
    text = " ".join(row[0] for row in rows)
    for told in (url.rpartition("/")[2], str(patient[0]), doctor.person):
        assert told not in text
