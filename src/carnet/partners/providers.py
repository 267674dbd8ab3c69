"""Who vouches for people here: Pro Santé Connect, FranceConnect, the application carte Vitale; each may be absent."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from carnet.vocabulary.frozen import frozen

if TYPE_CHECKING:
    from carnet.partners.oidc.opening import OpenProvider
    from carnet.partners.oidc.relying_party import RelyingParty
    from carnet.partners.psc.opening import OpenPsc


@frozen
class Providers:
    """Those that are there; see `opening.open_providers`."""

    psc: "OpenPsc | None" = None
    franceconnect: "OpenProvider | None" = None
    apcv: "OpenProvider | None" = None

    @property
    def of_citizens(self) -> "Mapping[str, RelyingParty]":
        """By name, those by which a citizen signs in."""
        found = {"apcv": self.apcv, "franceconnect": self.franceconnect}
        return {name: each.party for name, each in found.items() if each is not None}

    async def close(self) -> None:
        if self.psc is not None:
            await self.psc.close()
        for each in (self.franceconnect, self.apcv):
            if each is not None:
                await each.party.close()
