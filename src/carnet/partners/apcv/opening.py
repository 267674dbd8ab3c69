"""The application carte Vitale as the settings say. Source: identity-and-messaging.md §3.2."""

import secrets

from carnet.partners.franceconnect.simulator import simulator_at
from carnet.partners.oidc.model import ProviderTerms
from carnet.partners.oidc.opening import OpenProvider, ProviderSettings, open_provider, simulated
from carnet.vocabulary.clock import Clock

NAME = "apcv"
_SCOPE = "openid identite_pivot ins"


def open_apcv(
    settings: ProviderSettings, *, redirect_uri: str, logout_uri: str, demo: bool, demo_url: str, clock: Clock
) -> OpenProvider | None:
    """As `open_franceconnect`."""

    def terms(discovery_url: str, client_id: str) -> ProviderTerms:
        return ProviderTerms(
            NAME,
            discovery_url,
            client_id,
            redirect_uri,
            _SCOPE,
            acr_values=settings.asked,
            levels=frozenset(settings.accepted),
        )

    party = open_provider(settings, terms, demo=demo, clock=clock)
    if party is not None:
        return OpenProvider(party)
    if not demo:
        return None
    made = simulator_at(
        demo_url, secrets.token_urlsafe(16), clock, redirect_uri=redirect_uri, logout_uri=logout_uri,
        title="Application carte Vitale simulée",
    )  # fmt: skip
    made.levels = ("eidas2", "eidas3")
    return simulated(made, terms, clock=clock)
