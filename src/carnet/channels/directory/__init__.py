"""The directory's door: Practitioner, PractitionerRole and Organization over FHIR. See docs/transactions/directory.md."""

from carnet.channels.directory.routes import routes

__all__ = ["routes"]
