"""
Parameters of a search, from an address (GET) or from a form (POST _search).

Source: FHIR R4 §3.1.1 (search by POST: the form's parameters and the address's are one list).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

from starlette.requests import Request

from carnet.web.bodies import BodyBudget
from carnet.web.fhir.answers import BadRequest, UnsupportedMedia

_FORM = "application/x-www-form-urlencoded"

Pairs = list[tuple[str, str]]


def query_parameters(request: Request) -> Pairs:
    """Names and values of the address. Raises BadRequest: `parameter-encoding`."""
    return _pairs(request.scope["query_string"])


@asynccontextmanager
async def form_parameters(request: Request, bodies: BodyBudget) -> AsyncIterator[Pairs]:
    """
    Names and values of the address, then of the form; the form's share of the budget is given back at the end of the block.

    Raises
        UnsupportedMedia: `content-type-unsupported`. BadRequest: `parameter-encoding`.
        BodyTooLarge, BodyCut, Unavailable: as `BodyBudget.read`.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in {_FORM, ""}:
        raise UnsupportedMedia("content-type-unsupported", received=media[:80])
    async with bodies.read(request) as body:
        yield [*_pairs(request.scope["query_string"]), *_pairs(body)]


def _pairs(query: bytes) -> Pairs:
    """Percent-decoded."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=500)
    except (ValueError, UnicodeDecodeError) as error:
        raise BadRequest("parameter-encoding") from error
    if any("\0" in text for pair in pairs for text in pair):
        raise BadRequest("parameter-encoding")
    return pairs
