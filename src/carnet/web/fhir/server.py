"""What belongs to the FHIR server as a whole: its CapabilityStatement, and the answer where no door answers. Source: FHIR R4 §3.1.0.9."""

from datetime import UTC, datetime
from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.errors import NotFound
from carnet.formats.fhir.capability import write_capability
from carnet.web.fhir.addresses import EVERY_METHOD, fhir_routes
from carnet.web.fhir.answers import answering, fhir_answer
from carnet.web.fhir.representation import require_json_answer
from carnet.web.services import Services

# Of the version in pyproject.toml; kept in step with CHANGELOG.md by a test.
RELEASED = datetime(2026, 11, 21, tzinfo=UTC)


def routes(services: Services) -> list[Route]:
    """To be put after those of every FHIR door: the last one answers whatever is left under `/fhir`."""
    statement = write_capability(
        base_url=services.fhir_base, version=version("carnet"), released=RELEASED,
        token_url=services.public_url + "/oauth2/token", is_demo=services.demo,
    )  # fmt: skip

    async def metadata(request: Request) -> Response:
        require_json_answer(request)
        return fhir_answer(statement)

    async def unknown(_: Request) -> Response:
        raise NotFound("address-unknown")

    return [
        *fhir_routes([("/fhir/metadata", metadata, ["GET"])]),
        Route("/fhir/{rest:path}", answering(unknown), methods=list(EVERY_METHOD)),
    ]
