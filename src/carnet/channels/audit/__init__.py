"""The FHIR door of the trail: who did what on a record (ITI-81). See docs/transactions/iti81.md."""

from carnet.channels.audit.routes import routes

__all__ = ["routes"]
