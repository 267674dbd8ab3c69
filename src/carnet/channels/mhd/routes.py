"""Addresses of the MHD door."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.channels.mhd.contents import TracingRefusals
from carnet.channels.mhd.document_history import DocumentHistory
from carnet.channels.mhd.iti65_provide_document_bundle import provide_document_bundle
from carnet.channels.mhd.iti66_find_document_lists import find_document_lists
from carnet.channels.mhd.iti67_find_document_references import find_document_references
from carnet.channels.mhd.iti68_retrieve_document import RetrieveDocument
from carnet.channels.mhd.iti105_simplified_publish import SimplifiedPublish
from carnet.channels.mhd.messages import read_message
from carnet.channels.mhd.reads import Reads
from carnet.channels.mhd.update_document_reference import UpdateDocumentReference
from carnet.formats.fhir.provide_bundle import ReadBundle
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.addresses import fhir_routes
from carnet.web.fhir.representation import require_json_answer, require_json_body
from carnet.web.services import Services


def routes(services: Services) -> list[Route]:
    """Addresses of documents, and the root of the server, where bundles are posted."""
    find, retrieve, reads = find_document_references(services), RetrieveDocument(services), Reads(services)
    lists, publish = find_document_lists(services), SimplifiedPublish(services)
    patch, history = UpdateDocumentReference(services), DocumentHistory(services)

    async def transaction(request: Request) -> Response:
        """POST /fhir: a transaction (ITI-65) or a batch of reads."""
        actor = bearer_actor(request.scope, services.verifier)
        async with TracingRefusals(services, actor=actor) as reading:
            require_json_answer(request)
            require_json_body(request)
            async with services.bodies.read(request) as body:
                message = read_message(body)
                del body  # what is held while the database answers pushes the messages read meanwhile out of the processor's cache
                reading.done()
                if isinstance(message, ReadBundle):
                    return await provide_document_bundle(services, message, actor=actor)
                return await reads.batch(message, actor=actor)

    return fhir_routes(
        [
            ("/fhir", transaction, ["POST"]),
            ("/fhir/", transaction, ["POST"]),
            ("/fhir/DocumentReference", find.by_get, ["GET"]),
            ("/fhir/DocumentReference", publish.create, ["POST"]),
            ("/fhir/DocumentReference", patch.by_identifier, ["PATCH"]),
            ("/fhir/DocumentReference/_search", find.by_post, ["POST"]),
            ("/fhir/DocumentReference/{id}", reads.document_reference, ["GET"]),
            ("/fhir/DocumentReference/{id}", patch.by_id, ["PATCH"]),
            ("/fhir/DocumentReference/{id}", patch.other, ["PUT", "DELETE"]),
            ("/fhir/DocumentReference/{id}/_history", history.every, ["GET"]),
            ("/fhir/DocumentReference/{id}/_history/{version}", history.one, ["GET"]),
            ("/fhir/Binary/{id}", retrieve.binary, ["GET"]),
            ("/fhir/List", lists.by_get, ["GET"]),
            ("/fhir/List/_search", lists.by_post, ["POST"]),
            ("/fhir/List/{id}", reads.document_list, ["GET"]),
            ("/fhir/List/{id}/_history/{version}", reads.document_list, ["GET"]),
        ]
    )
