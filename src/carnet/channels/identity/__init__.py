"""The FHIR door of identities: TD0.2, and what identity sources read, find and put. See docs/transactions/patient.md."""

from carnet.channels.identity.routes import routes

__all__ = ["routes"]
