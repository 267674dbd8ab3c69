"""Pro Santé Connect as the settings say: the real one, its simulator in the demonstration, or nothing."""

import secrets
import ssl
from pathlib import Path

import httpx

from carnet.partners.oidc.model import ProviderTerms
from carnet.partners.oidc.opening import ProviderSettings, open_provider, simulated
from carnet.partners.oidc.relying_party import RelyingParty
from carnet.partners.psc.backchannel import PscBackchannel
from carnet.partners.psc.provider import TIMEOUT_SECONDS, PscProvider
from carnet.partners.psc.simulator import DISCOVERY, PscSimulator
from carnet.partners.psc.subject import PscSubjects
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen

NAME = "psc"
SCOPE = "openid scope_all"
_NOWHERE = "https://carnet.invalid"


@frozen
class PscTerms:
    """
    discovery_url: None when there is none. secret_file, certificate: one of both at least; certificate: PEM of the organisation, with its
    chain and private key. levels: `acr` that are enough, separated by commas; the first is asked for.
    """

    discovery_url: str | None
    client_id: str | None
    secret_file: Path | None
    certificate: Path | None
    levels: str

    @property
    def settings(self) -> ProviderSettings:
        return ProviderSettings(
            "CARNET_PSC",
            self.discovery_url,
            self.client_id,
            self.secret_file,
            None,
            self.certificate,
            self.levels,
            may_sign=False,
        )


@frozen
class PscPlaces:
    """
    Addresses of ours that PSC, real or simulated, must know.

    redirect_uri: where professionals come back. logout_uri: where they come back once signed out there. simulated_url: where the simulator
    is served; its own pages stand beside it, on another path as the real one's stand on another host.
    """

    redirect_uri: str = f"{_NOWHERE}/pro/connexion/retour"
    logout_uri: str = f"{_NOWHERE}/pro/deconnexion"
    simulated_url: str = "https://psc.invalid"


@frozen
class OpenPsc:
    """
    subjects: who a token was given to. party: ourselves there, for signing in. simulator: in the demonstration, where tokens are to be had.
    """

    subjects: PscSubjects
    party: RelyingParty
    simulator: PscSimulator | None

    @property
    def backchannel(self) -> PscBackchannel:
        """For software that asks professionals through us."""
        return PscBackchannel(self.party)

    async def close(self) -> None:
        await self.subjects.close()
        await self.party.close()


def open_psc(terms: PscTerms, *, demo: bool, clock: Clock, places: PscPlaces | None = None) -> OpenPsc | None:
    """
    Who answers: PSC when its address is given; else the simulator in the demonstration only, and nobody in production.

    Raises
        UnusableSetting: an address that is not HTTPS in production, no name, or nothing to prove it.
        OSError: a file that cannot be read, or that is not what it should be.
    """
    settings, places = terms.settings, places or PscPlaces()
    levels = frozenset(settings.accepted)

    def agreed(discovery_url: str, client_id: str) -> ProviderTerms:
        return ProviderTerms(
            NAME, discovery_url, client_id, places.redirect_uri, SCOPE, acr_values=settings.asked, levels=levels
        )

    party = open_provider(settings, agreed, demo=demo, clock=clock)
    if party is not None:
        return OpenPsc(PscSubjects(_asked(terms, clock), levels=levels, clock=clock), party, None)
    if not demo:
        return None
    simulator = PscSimulator(
        f"{places.simulated_url}/auth/realms/esante-wallet", "carnet", secrets.token_urlsafe(16), clock,
        authorization_url=f"{places.simulated_url}/wallet/auth", redirect_uris=(places.redirect_uri,),
        logout_uris=(places.logout_uri,),
    )  # fmt: skip
    opened = simulated(simulator, agreed, clock=clock)
    http = httpx.AsyncClient(transport=httpx.ASGITransport(simulator), timeout=TIMEOUT_SECONDS)
    provider = PscProvider(
        http,
        discovery_url=simulator.base_url + DISCOVERY,
        client_id=simulator.client_id,
        secret=simulator.secret,
        clock=clock,
    )
    return OpenPsc(PscSubjects(provider, levels=levels, clock=clock), opened.party, simulator)


def _asked(terms: PscTerms, clock: Clock) -> PscProvider:
    """PSC, asked about tokens that others bring; the settings were looked at before."""
    assert terms.discovery_url is not None
    assert terms.client_id is not None
    verify = ssl.create_default_context()
    if terms.certificate is not None:
        verify.load_cert_chain(terms.certificate)
    secret = None if terms.secret_file is None else terms.secret_file.read_text("utf-8").strip()
    http = httpx.AsyncClient(verify=verify, timeout=TIMEOUT_SECONDS)
    return PscProvider(http, discovery_url=terms.discovery_url, client_id=terms.client_id, secret=secret, clock=clock)
