"""Pro Santé Connect over real HTTP: the simulated one on a port, and partners that answer badly."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import uvicorn
from tests.operating.conftest import free_port

from carnet.domain.errors import Invalid, Refused, Unavailable
from carnet.partners.psc.opening import PscTerms, open_psc
from carnet.partners.psc.provider import PscProvider
from carnet.partners.psc.simulator import DISCOVERY, PscSimulator, claims_of
from carnet.partners.psc.subject import PscSubjects
from carnet.storage.contents import UnusableSetting

DOCTOR = claims_of(
    "899700000001", "Claire", "Aubrespin", profession="10", specialty="SM26", sector="SA07", organization="1990000001",
    organization_name="Cabinet inventé",
)  # fmt: skip


class Ground:
    def __init__(self, simulator, http):
        self.simulator = simulator
        self.now = datetime.now(UTC)
        self.provider = PscProvider(
            http,
            discovery_url=simulator.base_url + DISCOVERY,
            client_id="carnet",
            secret="secret",
            clock=lambda: self.now,
        )
        simulator.clock = lambda: self.now
        simulator.signs = False
        self.subjects = PscSubjects(self.provider, levels=frozenset({"eidas1", "eidas3"}), clock=lambda: self.now)


async def served(app, port):
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    return server, task


@pytest.fixture(scope="module")
async def simulator():
    port = free_port()
    made = PscSimulator(
        f"http://127.0.0.1:{port}/auth/realms/esante-wallet", "carnet", "secret", lambda: datetime.now(UTC)
    )
    server, task = await served(made, port)
    yield made
    server.should_exit = True
    await task


@pytest.fixture
async def ground(simulator):
    async with httpx.AsyncClient() as http:
        yield Ground(simulator, http)


async def refused(ground, token):
    with pytest.raises((Refused, Invalid, Unavailable)) as found:
        await ground.subjects.of(token)
    return found.value.code


@pytest.mark.parametrize("signs", [False, True])
async def test_a_token_tells_its_professional(ground, signs):
    ground.simulator.signs = signs
    told = await ground.subjects.of(ground.simulator.sign_in(DOCTOR))
    assert (told.identifier, told.name, told.situations[0].organization) == (
        "899700000001",
        "Claire Aubrespin",
        "1990000001",
    )


async def test_a_token_that_does_not_hold(ground):
    assert await refused(ground, "unknown") == "psc-token-refused"
    token = ground.simulator.sign_in(DOCTOR)
    ground.now += timedelta(minutes=3)
    assert await refused(ground, token) == "psc-token-refused"
    weak = ground.simulator.sign_in(DOCTOR, level="eidas0")
    assert await refused(ground, weak) == "psc-level-insufficient"
    await ground.subjects.of(ground.simulator.sign_in(DOCTOR, level="eidas3"))


async def test_a_session_ended_counts_at_once_though_its_person_is_remembered(ground):
    token = ground.simulator.sign_in(DOCTOR)
    await ground.subjects.of(token)
    ground.simulator.sessions[token].claims = {}  # would not read: it is not asked again
    assert (await ground.subjects.of(token)).identifier == "899700000001"
    ground.simulator.sessions[token].claims = {"SubjectNameID": "another"}
    assert await refused(ground, token) == "psc-token-refused"
    ground.simulator.sessions[token].is_active = False
    assert await refused(ground, token) == "psc-token-refused"


async def test_claims_that_do_not_read(ground):
    assert await refused(ground, ground.simulator.sign_in({"SubjectNameID": "x y"})) == "psc-userinfo-unreadable"


async def test_a_wrong_secret_is_a_partner_that_does_not_answer(ground):
    ground.provider._secret = "wrong"
    assert await refused(ground, ground.simulator.sign_in(DOCTOR)) == "psc-unreachable"


async def test_nobody_listens():
    async with httpx.AsyncClient() as http:
        provider = PscProvider(
            http,
            discovery_url=f"http://127.0.0.1:{free_port()}/x",
            client_id="c",
            secret="s",
            clock=lambda: datetime.now(UTC),
        )
        with pytest.raises(Unavailable, match="psc-unreachable"):
            await provider.introspect("x")


@pytest.mark.parametrize("spoilt", ["html", "list", "no issuer", "redirect", "huge", "of another issuer", "forged"])
async def test_a_partner_that_answers_badly(ground, spoilt):
    base = "https://psc.example/realm"
    other = PscSimulator(base, "carnet", "secret", lambda: ground.now, signs=True)
    token = other.sign_in(DOCTOR)
    honest = httpx.ASGITransport(other)

    async def answer(request):
        path = request.url.path
        if spoilt == "html":
            return httpx.Response(200, html="<p>Maintenance</p>")
        if spoilt == "list":
            return httpx.Response(200, json=[])
        if spoilt == "no issuer":
            return httpx.Response(200, json={"introspection_endpoint": "x"})
        if spoilt == "redirect":
            return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})
        if spoilt == "huge":
            return httpx.Response(200, content=b" " * 2_000_000)
        if spoilt == "of another issuer" and path.endswith("introspect"):
            return httpx.Response(200, json={"active": True, "iss": "https://autre.example", "acr": "eidas1"})
        if spoilt == "forged" and path.endswith("certs"):
            return httpx.Response(200, json={"keys": []})
        return await honest.handle_async_request(request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        provider = PscProvider(
            http, discovery_url=base + DISCOVERY, client_id="carnet", secret="secret", clock=lambda: ground.now
        )
        ground.subjects = PscSubjects(provider, levels=frozenset({"eidas1"}), clock=lambda: ground.now)
        expected = "psc-token-refused" if spoilt == "of another issuer" else "psc-unreachable"
        assert await refused(ground, token) == expected


# What answers, by the settings


def test_the_simulator_is_not_for_production(tmp_path):
    nothing = PscTerms(None, None, None, None, "eidas1")
    assert open_psc(nothing, demo=False, clock=lambda: datetime.now(UTC)) is None
    found = open_psc(nothing, demo=True, clock=lambda: datetime.now(UTC))
    assert found is not None
    assert found.simulator is not None


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        (("http://psc.example", "c", True), "https://"),
        (("https://psc.example", None, True), "CARNET_PSC_CLIENT_ID"),
        (("https://psc.example", "c", False), "CARNET_PSC_SECRET_FILE"),
    ],
)
def test_a_wrong_setting_stops_the_start(tmp_path, terms, told):
    url, name, proved = terms
    file = tmp_path / "secret"
    file.write_text("secret\n")
    with pytest.raises(UnusableSetting, match=told):
        open_psc(
            PscTerms(url, name, file if proved else None, None, "eidas1"), demo=False, clock=lambda: datetime.now(UTC)
        )


async def test_a_right_one_does_not(tmp_path):
    file = tmp_path / "secret"
    file.write_text("secret\n")
    found = open_psc(
        PscTerms("https://psc.example/x", "c", file, None, "eidas1"), demo=False, clock=lambda: datetime.now(UTC)
    )
    assert found is not None
    assert (found.simulator, found.subjects._provider._secret) == (None, "secret")
    await found.subjects.close()
