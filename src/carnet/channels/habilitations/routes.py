"""Addresses of rights."""

from starlette.routing import Route

from carnet.channels.habilitations.declare_consent import DeclareConsent
from carnet.channels.habilitations.find_consents import FindConsents
from carnet.web.fhir.addresses import fhir_routes
from carnet.web.services import Services


def routes(services: Services) -> list[Route]:
    """TD0.2, TD0.3, TD0.4 and TD1.6 in FHIR."""
    declare, find = DeclareConsent(services), FindConsents(services)
    return fhir_routes(
        [
            ("/fhir/Consent", find.by_get, ["GET"]),
            ("/fhir/Consent", declare.create, ["POST"]),
            ("/fhir/Consent/_search", find.by_post, ["POST"]),
            ("/fhir/Consent/{id}", find.one, ["GET"]),
            ("/fhir/Consent/{id}", declare.replace, ["PUT"]),
            ("/fhir/Consent/{id}", declare.patch, ["PATCH"]),
        ]
    )
