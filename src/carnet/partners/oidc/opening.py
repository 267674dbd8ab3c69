"""A provider as the settings say: the real one, its simulator in the demonstration, or nothing."""

import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from carnet.partners.oidc.model import TIMEOUT_SECONDS, ProviderTerms
from carnet.partners.oidc.proving import Credentials
from carnet.partners.oidc.relying_party import RelyingParty
from carnet.partners.oidc.simulated import SimulatedProvider
from carnet.storage.contents import UnusableSetting
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen


@frozen
class ProviderSettings:
    """
    What the operator set for one provider. setting: beginning of the names of its settings (`CARNET_PSC`). discovery_url: None when there
    is none. secret_file, key_file, certificate: how we prove ourselves, one of them. key_file: PEM of a private key, RSA or P-256.
    certificate: PEM of the organisation, with its chain and private key. levels: `acr` that are enough, separated by commas.
    may_sign: this provider knows private_key_jwt.
    """

    setting: str
    discovery_url: str | None
    client_id: str | None
    secret_file: Path | None
    key_file: Path | None
    certificate: Path | None
    levels: str
    may_sign: bool = True

    @property
    def accepted(self) -> tuple[str, ...]:
        return tuple(level.strip() for level in self.levels.split(",") if level.strip())

    @property
    def asked(self) -> str | None:
        """The least that is enough: the first."""
        return next(iter(self.accepted), None)


@frozen
class OpenProvider:
    """party: ourselves, there. simulator: in the demonstration, whose page carnet then serves."""

    party: RelyingParty
    simulator: SimulatedProvider | None = None


def open_provider(
    settings: ProviderSettings, terms: Callable[[str, str], ProviderTerms], *, demo: bool, clock: Clock
) -> RelyingParty | None:
    """
    Ourselves at the provider that the settings name; None when they name none.

    Takes
        terms: what we agree with it, from its discovery address and our name there.
    Raises
        UnusableSetting: an address that is not HTTPS in production, no name, or nothing to prove it.
        OSError: a file that cannot be read, or that is not what it should be.
    """
    if settings.discovery_url is None:
        return None
    named = settings.setting
    if not demo and not settings.discovery_url.startswith("https://"):
        raise UnusableSetting(f"{named}_DISCOVERY_URL must begin with https:// in production: people sign in there")
    if settings.client_id is None or not any((settings.secret_file, settings.key_file, settings.certificate)):
        proofs = "_SECRET_FILE" + (f", {named}_KEY_FILE" if settings.may_sign else "")
        raise UnusableSetting(
            f"{named}_DISCOVERY_URL is set: {named}_CLIENT_ID must be too, with {named}{proofs} or {named}_CERTIFICATE"
        )
    verify = ssl.create_default_context()
    if settings.certificate is not None:
        verify.load_cert_chain(settings.certificate)
    credentials = Credentials(
        settings.client_id,
        secret=None if settings.secret_file is None else settings.secret_file.read_text("utf-8").strip(),
        key=None if settings.key_file is None else _private_key(settings.key_file, named),
    )
    http = httpx.AsyncClient(verify=verify, timeout=TIMEOUT_SECONDS)
    return RelyingParty(http, terms(settings.discovery_url, settings.client_id), credentials, clock=clock)


def simulated(
    simulator: SimulatedProvider, terms: Callable[[str, str], ProviderTerms], *, clock: Clock
) -> OpenProvider:
    """Ourselves at a simulated provider of this process."""
    http = httpx.AsyncClient(transport=httpx.ASGITransport(simulator), timeout=TIMEOUT_SECONDS)
    discovery_url = simulator.base_url + simulator.discovery_path
    credentials = Credentials(simulator.client_id, secret=simulator.secret)
    return OpenProvider(
        RelyingParty(http, terms(discovery_url, simulator.client_id), credentials, clock=clock), simulator
    )


def _private_key(file: Path, named: str) -> RSAKey | ECKey:
    text = file.read_text("utf-8")
    for kind in (ECKey, RSAKey):
        try:
            key = kind.import_key(text)
        except (JoseError, ValueError, TypeError):
            continue
        if key.is_private and (not isinstance(key, ECKey) or key.curve_name == "P-256"):
            key.ensure_kid()
            return key
    raise UnusableSetting(f"{named}_KEY_FILE must hold a private key in PEM, RSA or P-256")
