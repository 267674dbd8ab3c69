"""Add documents to a patient's record: files or photos, with a fiche that the directory and the table of types begin to fill."""

from carnet.portals.professional.feeding.views import routes

__all__ = ["routes"]
