"""Answers of FHIR doors: one place where the errors of the domain become HTTP statuses and OperationOutcomes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from carnet.domain.errors import (
    Conflict,
    DomainError,
    Invalid,
    Issue,
    NotFound,
    Refused,
    Stale,
    Unavailable,
    Unsupported,
)
from carnet.formats.fhir.attributes import with_path
from carnet.formats.fhir.outcome import write_outcome
from carnet.storage.database import DatabaseBusy, DatabaseUnreachable
from carnet.storage.sealing import ContentDamaged
from carnet.vocabulary.frozen import frozen
from carnet.web.bearer import BearerRefused
from carnet.web.bodies import BodyCut, BodyTooLarge
from carnet.web.doorkeeper import keeper_of
from carnet.web.middleware import tell_fault
from carnet.web.routing import AnswersFaults
from carnet.web.shares import Throttled, TooOften
from carnet.web.wording import issue_text

FHIR_JSON = "application/fhir+json"
_CONTENT_TYPE = FHIR_JSON + "; charset=utf-8"
_RETRY = {"Retry-After": "1"}

# Malformed requests are 400; requests that are understood and break a rule are 422 (PDSm, documents.md §8).
_MALFORMED_TYPES = frozenset({"structure"})


class BadRequest(Invalid):
    """A question that cannot be understood: 400."""


class NotAcceptable(Invalid):
    """The representation asked for is not one we have: 406."""


class UnsupportedMedia(Invalid):
    """The body is in a format we do not read: 415."""


class MethodNotAllowed(Invalid):
    """The method has no meaning on this address: 405."""


_STATUSES: Sequence[tuple[type[DomainError], int]] = (
    (BadRequest, 400),
    (BodyTooLarge, 413),
    (BodyCut, 400),
    (NotAcceptable, 406),
    (UnsupportedMedia, 415),
    (MethodNotAllowed, 405),
    (Refused, 403),
    (NotFound, 404),
    (Stale, 412),
    (Conflict, 409),
    (Unsupported, 501),
    (TooOften, 429),
    (Unavailable, 503),
)


def fhir_answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A FHIR body; never kept by a cache."""
    return Response(body, status, {"Cache-Control": "no-store", **(headers or {})}, media_type=_CONTENT_TYPE)


def outcome_answer(issues: Sequence[Issue], status: int, headers: Mapping[str, str] | None = None) -> Response:
    return fhir_answer(write_outcome([with_path(issue) for issue in issues], text_of=issue_text), status, headers)


def error_answer(error: DomainError) -> Response:
    """The answer of a refusal; one that is for later says when to come back (RFC 9110 §10.2.3)."""
    headers = _RETRY if isinstance(error, Unavailable) else None
    if error.code == "patch-format-unsupported":
        headers = {"Accept-Patch": "application/fhir+json, application/json-patch+json"}  # RFC 5789 §2.2
    if isinstance(error, Throttled):
        headers = {"Retry-After": str(error.retry_after_seconds)}
    return outcome_answer(error.issues, status_of(error), headers)


def status_of(error: DomainError) -> int:
    """
    The HTTP status of a refusal.

    A patient unknown at a deposit is a rule broken by a well-formed message (422), as an unknown code would be.
    """
    if isinstance(error, NotFound) and error.code == "patient-unknown":
        return 422
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return status
    return 400 if issue_text(error.issues[0])[0] in _MALFORMED_TYPES else 422


Endpoint = Callable[[Request], Awaitable[Response]]


@frozen
class Answering(AnswersFaults):
    """An endpoint as an ASGI application: Starlette wraps plain functions in two more layers, each paid at every request."""

    answer: Endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.answer(Request(scope, receive, send))
        await response(scope, receive, send)


def answering(endpoint: Endpoint) -> Answering:
    """An endpoint whose refusals become answers; nothing a client sends ends in a 500."""

    async def answer(request: Request) -> Response:
        keeper = keeper_of(request.scope)
        try:
            if keeper is None:
                return await endpoint(request)
            async with keeper.admit(request.scope):
                return await endpoint(request)
        except BearerRefused as refused:
            return outcome_answer([refused.issue], refused.status, {"WWW-Authenticate": refused.challenge})
        except DomainError as error:
            if keeper is not None and not isinstance(error, Unavailable):
                await keeper.note_refusal(request.scope, status=status_of(error), issues=error.issues)
            return error_answer(error)
        except DatabaseBusy:
            return outcome_answer([Issue("server-busy")], 503, _RETRY)
        except DatabaseUnreachable:
            # The connection may have broken between a commit and its answer: nobody here knows which.
            return outcome_answer([Issue("server-unreachable")], 503, _RETRY)
        except ContentDamaged as damaged:
            # Never wrong bytes: an altered content is an incident, told to the operator by the log.
            tell_fault(damaged)
            return outcome_answer([Issue("content-damaged")], 500)
        except Exception as fault:  # noqa: BLE001  a fault of ours is answered in FHIR too, and told to the operator
            tell_fault(fault)
            return outcome_answer([Issue("server-fault")], 500)

    return Answering(answer)
