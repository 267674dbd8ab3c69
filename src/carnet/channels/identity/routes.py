"""Addresses of the identity door. POST on Patient is refused: an identity is put under what names it, so that twice is once."""

from starlette.routing import Route

from carnet.channels.identity.match_patient import MatchPatient
from carnet.channels.identity.put_patient import PutPatient
from carnet.channels.identity.td02_find_patient import FindPatient
from carnet.web.fhir.addresses import fhir_routes
from carnet.web.services import Services


def routes(services: Services) -> list[Route]:
    find, put, match = FindPatient(services), PutPatient(services), MatchPatient(services)
    return fhir_routes(
        [
            ("/fhir/Patient", find.by_get, ["GET"]),
            ("/fhir/Patient", put.by_condition, ["PUT"]),
            ("/fhir/Patient/_search", find.by_post, ["POST"]),
            ("/fhir/Patient/$match", match.by_post, ["POST"]),
            ("/fhir/Patient/{id}", find.by_id, ["GET"]),
            ("/fhir/Patient/{id}", put.by_id, ["PUT"]),
            ("/fhir/Patient/{id}/_history/{version}", find.by_id, ["GET"]),
        ]
    )
