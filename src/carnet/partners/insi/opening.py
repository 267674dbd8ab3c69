"""INSi as the settings say: the teleservice, its simulator in the demonstration, or nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from carnet.formats.insi.model import BIRTH_PLACE_ELEMENT, Caller
from carnet.partners.insi.client import Insi, InsiClient, InsiNotConfigured, http_client
from carnet.partners.insi.simulator import InsiSimulator
from carnet.storage.contents import UnusableSetting
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen

_SIMULATED = "https://insi.invalid/"


@frozen
class InsiTerms:
    """
    url: of the operation WS_INS2, or None. certificate: PEM of the organisation, with its chain and private key. authorities: PEM of those
    trusted, None: the system's. birth_place_element: see `write_question`.
    """

    url: str | None
    certificate: Path | None
    authorities: Path | None
    caller: Caller
    birth_place_element: str = BIRTH_PLACE_ELEMENT


@asynccontextmanager
async def open_insi(terms: InsiTerms, *, demo: bool, clock: Clock) -> AsyncIterator[Insi]:
    """
    Who answers: the teleservice when its address is given; else the simulator in the demonstration only, and nobody in production.

    Raises
    ------
        UnusableSetting: in production, an address that is not HTTPS, or no certificate.
        OSError, ssl.SSLError: a file that cannot be read, or that is not what it should be.
    """
    element = terms.birth_place_element
    if terms.url is None:
        if not demo:
            yield InsiNotConfigured()
            return
        simulated = httpx.ASGITransport(InsiSimulator(birth_place_element=element))
        async with httpx.AsyncClient(transport=simulated) as http:
            yield InsiClient(http, _SIMULATED, terms.caller, clock, element)
        return
    if not demo and not terms.url.startswith("https://"):
        raise UnusableSetting("CARNET_INSI_URL must begin with https:// in production: a question names someone")
    if not demo and terms.certificate is None:
        raise UnusableSetting("CARNET_INSI_CERTIFICATE is missing: INSi knows its callers by their certificate")
    async with http_client(certificate=terms.certificate, authorities=terms.authorities) as http:
        yield InsiClient(http, terms.url, terms.caller, clock, element)
