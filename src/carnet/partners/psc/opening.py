"""Pro Santé Connect as the settings say: the real one, its simulator in the demonstration, or nothing."""

import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path

import httpx

from carnet.partners.psc.provider import TIMEOUT_SECONDS, PscProvider
from carnet.partners.psc.simulator import DISCOVERY, PscSimulator
from carnet.partners.psc.subject import PscSubjects
from carnet.storage.contents import UnusableSetting
from carnet.vocabulary.clock import Clock

_SIMULATED = "https://psc.invalid/auth/realms/esante-wallet"


@dataclass(frozen=True, slots=True)
class PscTerms:
    """
    discovery_url: None when there is none. secret_file, certificate: one of both at least; certificate: PEM of the organisation, with its
    chain and private key. levels: `acr` that are enough, separated by commas.
    """

    discovery_url: str | None
    client_id: str | None
    secret_file: Path | None
    certificate: Path | None
    levels: str


@dataclass(frozen=True, slots=True)
class OpenPsc:
    """subjects: who a token was given to. simulator: in the demonstration, where tokens are to be had."""

    subjects: PscSubjects
    simulator: PscSimulator | None


def open_psc(terms: PscTerms, *, demo: bool, clock: Clock) -> OpenPsc | None:
    """
    Who answers: PSC when its address is given; else the simulator in the demonstration only, and nobody in production.

    Raises
        UnusableSetting: an address that is not HTTPS in production, no name, or nothing to prove it.
        OSError: a file that cannot be read, or that is not what it should be.
    """
    levels = frozenset(level.strip() for level in terms.levels.split(",") if level.strip())
    if terms.discovery_url is None:
        return _simulated(levels, clock) if demo else None
    if not demo and not terms.discovery_url.startswith("https://"):
        raise UnusableSetting(
            "CARNET_PSC_DISCOVERY_URL must begin with https:// in production: tokens of people go there"
        )
    if terms.client_id is None or (terms.secret_file is None and terms.certificate is None):
        raise UnusableSetting(
            "CARNET_PSC_DISCOVERY_URL is set: CARNET_PSC_CLIENT_ID must be too, with CARNET_PSC_SECRET_FILE or CARNET_PSC_CERTIFICATE"
        )
    verify = ssl.create_default_context()
    if terms.certificate is not None:
        verify.load_cert_chain(terms.certificate)
    secret = None if terms.secret_file is None else terms.secret_file.read_text("utf-8").strip()
    http = httpx.AsyncClient(verify=verify, timeout=TIMEOUT_SECONDS)
    provider = PscProvider(
        http, discovery_url=terms.discovery_url, client_id=terms.client_id, secret=secret, clock=clock
    )
    return OpenPsc(PscSubjects(provider, levels=levels, clock=clock), None)


def _simulated(levels: frozenset[str], clock: Clock) -> OpenPsc:
    simulator = PscSimulator(_SIMULATED, "carnet", secrets.token_urlsafe(16), clock)
    http = httpx.AsyncClient(transport=httpx.ASGITransport(simulator), timeout=TIMEOUT_SECONDS)
    provider = PscProvider(
        http, discovery_url=_SIMULATED + DISCOVERY, client_id=simulator.client_id, secret=simulator.secret, clock=clock
    )
    return OpenPsc(PscSubjects(provider, levels=levels, clock=clock), simulator)
