"""The identity providers as the settings say: the real ones, their simulators in the demonstration, or nothing."""

from carnet.partners.apcv.opening import open_apcv
from carnet.partners.franceconnect.opening import open_franceconnect
from carnet.partners.oidc.opening import ProviderSettings
from carnet.partners.providers import Providers
from carnet.partners.psc.opening import PscPlaces, PscTerms, open_psc
from carnet.vocabulary.clock import Clock


def open_providers(
    public_url: str, *, psc: PscTerms, franceconnect: ProviderSettings, apcv: ProviderSettings, demo: bool, clock: Clock
) -> Providers:
    """
    Every provider.

    Takes
        public_url: ours; addresses below it are registered at the providers, and simulators are served there.
    Raises
        UnusableSetting, OSError: as `open_psc` and `open_provider`.
    """
    places = PscPlaces(
        f"{public_url}/pro/connexion/retour", f"{public_url}/pro/deconnexion", f"{public_url}/demo/psc-simule"
    )
    logout_uri = f"{public_url}/deconnexion"
    return Providers(
        psc=open_psc(psc, demo=demo, clock=clock, places=places),
        franceconnect=open_franceconnect(
            franceconnect, redirect_uri=f"{public_url}/connexion/franceconnect/retour", logout_uri=logout_uri, demo=demo,
            demo_url=f"{public_url}/demo/franceconnect/api/v2", clock=clock,
        ),
        apcv=open_apcv(
            apcv, redirect_uri=f"{public_url}/connexion/apcv/retour", logout_uri=logout_uri, demo=demo,
            demo_url=f"{public_url}/demo/apcv", clock=clock,
        ),
    )  # fmt: skip
