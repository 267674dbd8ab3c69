"""The FHIR door: PDSm and IHE MHD, one file per transaction. See docs/transactions/."""

from carnet.channels.mhd.routes import routes

__all__ = ["routes"]
