"""Addresses of the FHIR door."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.channels.mhd.answers import MethodNotAllowed, answering, fhir_answer
from carnet.channels.mhd.iti65_provide_document_bundle import provide_document_bundle, tracing_refusals
from carnet.channels.mhd.iti67_find_document_references import FindDocumentReferences
from carnet.channels.mhd.iti68_retrieve_document import RetrieveDocument
from carnet.channels.mhd.reads import Reads
from carnet.channels.mhd.representation import refuse_null_characters, require_json_answer, require_json_body
from carnet.domain.errors import NotFound
from carnet.formats.fhir.capability import write_capability
from carnet.formats.fhir.json_reading import read_json
from carnet.formats.fhir.provide_bundle import read_provide_bundle
from carnet.web.bearer import bearer_actor
from carnet.web.services import Services

RELEASED = datetime(
    2026, 11, 21, tzinfo=UTC
)  # of the version in pyproject.toml; kept in step with CHANGELOG.md by a test


def routes(services: Services) -> list[Route]:
    """GET also answers HEAD. What is not here gets a FHIR 404 or 405 from the last two lines."""
    find, retrieve, reads = FindDocumentReferences(services), RetrieveDocument(services), Reads(services)

    async def transaction(request: Request) -> Response:
        """POST /fhir: a transaction (ITI-65) or a batch of reads."""
        actor = bearer_actor(request.scope, services.verifier)
        async with AsyncExitStack() as held:
            async with tracing_refusals(services, actor=actor):
                require_json_answer(request)
                require_json_body(request)
                body = await held.enter_async_context(services.bodies.read(request))
                bundle = read_json(body)
                refuse_null_characters(body, bundle)
                is_batch = bundle.get("resourceType") == "Bundle" and bundle.get("type") == "batch"
                read = None if is_batch else read_provide_bundle(bundle)
            if read is None:
                return await reads.batch(bundle, actor=actor)
            return await provide_document_bundle(services, read, actor=actor)

    statement = write_capability(
        base_url=services.fhir_base, version=version("carnet"), released=RELEASED,
        token_url=services.public_url + "/oauth2/token", is_demo=services.demo,
    )  # fmt: skip

    async def metadata(request: Request) -> Response:
        require_json_answer(request)
        return fhir_answer(statement)

    async def unknown(_: Request) -> Response:
        raise NotFound("address-unknown")

    async def method(_: Request) -> Response:
        raise MethodNotAllowed("method-not-allowed")

    table = [
        ("/fhir/metadata", metadata, ["GET"]),
        ("/fhir", transaction, ["POST"]),
        ("/fhir/", transaction, ["POST"]),
        ("/fhir/DocumentReference", find.by_get, ["GET"]),
        ("/fhir/DocumentReference/_search", find.by_post, ["POST"]),
        ("/fhir/DocumentReference/{id}", reads.document_reference, ["GET"]),
        ("/fhir/DocumentReference/{id}/_history/{version}", reads.document_reference, ["GET"]),
        ("/fhir/Binary/{id}", retrieve.binary, ["GET"]),
        ("/fhir/List/{id}", reads.submission_set, ["GET"]),
        ("/fhir/List/{id}/_history/{version}", reads.submission_set, ["GET"]),
    ]
    found = [Route(path, answering(endpoint), methods=methods) for path, endpoint, methods in table]
    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    found += [Route(path, answering(method), methods=every) for path in dict.fromkeys(path for path, _, _ in table)]
    return [*found, Route("/fhir/{rest:path}", answering(unknown), methods=every)]
