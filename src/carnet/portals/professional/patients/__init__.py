"""Find the patient: by matricule, scan, photo of the symbol or traits; the records opened lately, those one is authorised on."""

from carnet.portals.professional.patients.views import routes

__all__ = ["routes"]
