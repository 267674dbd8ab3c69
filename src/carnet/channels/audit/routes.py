"""Addresses of the trail."""

from starlette.routing import Route

from carnet.channels.audit.iti81_retrieve_audit_event import RetrieveAuditEvent
from carnet.web.fhir.addresses import fhir_routes
from carnet.web.services import Services


def routes(services: Services) -> list[Route]:
    """Nothing but reading: events are written by acts, and never changed."""
    retrieve = RetrieveAuditEvent(services)
    return fhir_routes(
        [
            ("/fhir/AuditEvent", retrieve.by_get, ["GET"]),
            ("/fhir/AuditEvent/_search", retrieve.by_post, ["POST"]),
            ("/fhir/AuditEvent/{id}", retrieve.one, ["GET"]),
        ]
    )
