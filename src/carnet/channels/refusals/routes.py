"""
`GET /fhir/$refusals`: deposits and updates refused to the software that asks, as a Bundle of OperationOutcomes.

A software sees its own and nobody else's. Source: docs/transactions/refusals.md; FHIR R4 §3.2 (operations by GET change nothing).
"""

from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.errors import Refused
from carnet.domain.refusals.register import refusals
from carnet.formats.fhir.refusals import write_refusals
from carnet.storage.database import Database
from carnet.vocabulary.moments import Moment
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.addresses import fhir_routes
from carnet.web.fhir.answers import BadRequest, fhir_answer
from carnet.web.fhir.parameters import query_parameters
from carnet.web.fhir.representation import require_json_answer
from carnet.web.services import Services
from carnet.web.wording import issue_text

PATH = "/fhir/$refusals"
KEPT = timedelta(days=30)
_DEFAULT_COUNT = 50
_MAX_COUNT = 200


def routes(services: Services, database: Database) -> list[Route]:
    async def mine(request: Request) -> Response:
        actor = bearer_actor(request.scope, services.verifier)
        require_json_answer(request)
        if actor.software is None:
            raise Refused("refusals-of-software")
        since, before, count = _asked(request, now=services.clock())
        async with database.connection() as connection:
            found = await refusals(connection, client_id=actor.software, since=since, before=before, limit=count + 1)
        following = None
        if len(found) > count:
            found = found[:count]
            asked = {"_since": since.isoformat(), "_count": count, "_before": found[-1].refusal_id}
            following = f"{services.fhir_base}/$refusals?{urlencode(asked)}"
        return fhir_answer(write_refusals(found, following=following, text_of=issue_text))

    return fhir_routes([(PATH, mine, ["GET"])])


def _asked(request: Request, *, now: datetime) -> tuple[datetime, UUID | None, int]:
    """Since when, before which, how many. Raises BadRequest: `parameter-unknown`, `parameter-value`."""
    since, before, count = now - KEPT, None, _DEFAULT_COUNT
    for name, value in query_parameters(request):
        try:
            match name:
                case "_since":
                    since = Moment.from_fhir(value).start
                case "_before":
                    before = UUID(value)
                case "_count":
                    count = _number(value)
                case "_format":
                    pass
                case _:
                    raise BadRequest("parameter-unknown", name=name[:80])
        except ValueError as fault:
            raise BadRequest("parameter-value", name=name, value=value[:80]) from fault
    return since, before, count


def _number(text: str) -> int:
    """From 1 to the largest page. Raises ValueError."""
    if not (text.isascii() and text.isdecimal()) or int(text[:9]) < 1:
        raise ValueError(text)
    return min(int(text[:9]), _MAX_COUNT)
