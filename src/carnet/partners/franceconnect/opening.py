"""FranceConnect as the settings say. Source: identity-and-messaging.md §3.1."""

import secrets

from carnet.partners.franceconnect.simulator import simulator_at
from carnet.partners.oidc.model import ProviderTerms
from carnet.partners.oidc.opening import OpenProvider, ProviderSettings, open_provider, simulated
from carnet.vocabulary.clock import Clock

NAME = "franceconnect"
_SCOPE = "openid identite_pivot"


def open_franceconnect(
    settings: ProviderSettings, *, redirect_uri: str, logout_uri: str, demo: bool, demo_url: str, clock: Clock
) -> OpenProvider | None:
    """
    FranceConnect when its address is given; else its simulator in the demonstration only, and nothing in production.

    Takes
        redirect_uri, logout_uri: ours, registered there. demo_url: where the simulator's page is served.
    Raises
        UnusableSetting, OSError: as `open_provider`.
    """

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
    made = simulator_at(demo_url, secrets.token_urlsafe(16), clock, redirect_uri=redirect_uri, logout_uri=logout_uri)
    return simulated(made, terms, clock=clock)
