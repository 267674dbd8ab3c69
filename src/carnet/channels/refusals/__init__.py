"""The door where a software reads what was refused to it: `GET /fhir/$refusals`."""

from carnet.channels.refusals.routes import routes

__all__ = ["routes"]
