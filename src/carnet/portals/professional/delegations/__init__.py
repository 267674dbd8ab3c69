"""Who may add documents in whose name: naming, ending, and what was added so; what someone without a health profession may do, and no more."""

from carnet.portals.professional.delegations.views import routes

__all__ = ["routes"]
