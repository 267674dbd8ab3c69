"""By which way a request arrived: the word of our proxies is taken for a certificate and an address, nobody else's is."""

from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from tests.builders.certificates import NOW, self_signed

from carnet.storage.contents import UnusableSetting
from carnet.web.arrivals import Arrivals, arrived_at, certificate_of, trusted_networks

PROXY, STRANGER = "192.0.2.7", "198.51.100.9"


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return self_signed(tmp_path_factory.mktemp("paires"), "hopital.example")


class Ground:
    def __init__(self):
        self.now = NOW

    async def ask(self, *headers, peer=PROXY, proxies="192.0.2.0/28, 2001:db8::1"):
        async def seen(request):
            certificate = certificate_of(request.scope)
            return JSONResponse(
                {
                    "thumbprint": certificate and certificate.thumbprint,
                    "headers": [name.decode() for name, _ in request.scope["headers"] if b"cert" in name],
                    "base": arrived_at.get(),
                    "client": request.client.host,
                }
            )

        app = Arrivals(
            Starlette(routes=[Route("/", seen)]), proxies=trusted_networks(proxies), machines_url="https://machines.example",
            clock=lambda: self.now,
        )  # fmt: skip
        transport = httpx.ASGITransport(app, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://carnet.test") as http:
            return (await http.get("/", headers=list(headers))).json()


@pytest.fixture
def ground():
    return Ground()


async def test_the_certificate_that_our_proxy_tells_counts(ground, pair):
    seen = await ground.ask(("Client-Cert", pair.header), ("Client-Cert-Chain", pair.header))
    assert seen == {"thumbprint": pair.thumbprint, "headers": [], "base": "https://machines.example", "client": PROXY}


@pytest.mark.parametrize("proxies", ["192.0.2.0/28", None])
async def test_a_stranger_tells_nothing(ground, pair, proxies):
    headers = [("Client-Cert", pair.header), ("X-Forwarded-For", "203.0.113.1")]
    seen = await ground.ask(*headers, peer=STRANGER, proxies=proxies)
    assert seen == {"thumbprint": None, "headers": [], "base": None, "client": STRANGER}


@pytest.mark.parametrize("spoilt", ["", "::", ":?:", "twice", "bare", "long"])
async def test_what_does_not_read_is_no_certificate(ground, pair, spoilt):
    if spoilt == "twice":
        headers = [("Client-Cert", pair.header), ("Client-Cert", pair.header)]
    else:
        headers = [("Client-Cert", {"bare": pair.base64, "long": ":" + "A" * 20_000 + ":"}.get(spoilt, spoilt))]
    seen = await ground.ask(*headers)
    assert (seen["thumbprint"], seen["headers"], seen["base"]) == (None, [], None)


@pytest.mark.parametrize("at", [NOW - timedelta(days=9), NOW + timedelta(days=9)])
async def test_a_certificate_told_outside_its_dates_proves_nothing(ground, pair, at):
    ground.now = at
    assert (await ground.ask(("Client-Cert", pair.header)))["thumbprint"] is None


async def test_the_address_of_a_client_is_the_last_that_is_not_ours(ground):
    seen = await ground.ask(("X-Forwarded-For", f"10.9.9.9, {STRANGER}, 192.0.2.3"))
    assert seen["client"] == STRANGER


def test_networks_are_read_or_refused():
    assert trusted_networks(None) == trusted_networks(" ,") == ()
    for wrong in ("nowhere", "10.0.0.1/24", "10.0.0.1, 10.0.0.256"):
        with pytest.raises(UnusableSetting, match="CARNET_TRUSTED_PROXIES"):
            trusted_networks(wrong)
