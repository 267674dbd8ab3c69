"""
`POST /pro/lancement` by software that speaks for a professional: an address that opens one record, once, within a minute.

The address holds a ticket and names no one. The browser that opens it first is signed in as the professional, in the situation of the
token, for as long as that token lives. Source: identity-and-messaging.md §2.5; docs/transactions/launch.md.
"""

from collections.abc import Mapping
from datetime import timedelta

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.actor import Actor, ActorKind, Authentication, Purpose
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.errors import DomainError, Invalid, Issue, NotFound, Refused, Unavailable
from carnet.domain.professionals.launching import LAUNCHES_KEY, LIFE, Launch, prepare_launch, use_launch
from carnet.domain.professionals.model import KnownProfessional, Practice
from carnet.domain.record.identities.looking_up import look_up_record
from carnet.portals.professional.portal import RECORD, ProfessionalPortal, ProfessionalVisit
from carnet.vocabulary.identifiers import PatientId
from carnet.vocabulary.ins import Ins
from carnet.web.bearer import REQUEST_ID, BearerRefused, bearer_actor
from carnet.web.wording import issue_text

LAUNCH = "/pro/lancement"
MEANS = "launch"
_NEVER_KEPT = {"Cache-Control": "no-store"}
_MAX_BODY = 4 * 1024
_LONGEST = timedelta(hours=4)
_STATUS: Mapping[type[DomainError], int] = {Invalid: 422, Refused: 403, NotFound: 404, Unavailable: 503}


def routes(portal: ProfessionalPortal) -> list[Route]:
    views = _Launch(portal)
    return [
        Route(LAUNCH, views.prepare, methods=["POST"]),
        portal.open_route(LAUNCH + "/{ticket}", get=views.open),
    ]


class _Launch:
    def __init__(self, portal: ProfessionalPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._seal = portal.services.keys.server_sealing_key(LAUNCHES_KEY)

    async def prepare(self, request: Request) -> Response:
        """
        For software: `{"patient": {"oid", "matricule"}}`; gives `{"url", "expires_in"}`.

        The token speaks for a professional and is bound to the certificate of this connection. That the person has a record is told, and
        traced in it, as a look-up (TD0.2) would be; opening it stays to be decided, by the page.
        """
        try:
            actor = bearer_actor(request.scope, self._services.verifier)
        except BearerRefused as refused:
            return _told(refused.issue, refused.status, {"WWW-Authenticate": refused.challenge})
        if not _may_launch(actor):
            await self._trace(actor, "launch-token")
            return _told(Issue("launch-token"), 403)
        try:
            ins = await _patient_of(request)
            found = await look_up_record(
                self._services.store, self._services.rights, actor=actor, ins=ins, patient_id=None, terms=self._services.read_terms
            )  # fmt: skip
            if found is None or not found.is_open:
                raise NotFound("launch-no-record")
        except DomainError as error:
            await self._trace(actor, error.code)
            return _told(error.issues[0], next(status for kind, status in _STATUS.items() if isinstance(error, kind)))
        ticket = await self._kept(request, actor, found.patient_id)
        event = did(actor, EventType.RECORD_LAUNCHED, at=self._services.clock())
        await self._services.trace(event)
        url = f"{self._services.public_url}{LAUNCH}/{ticket}"
        return JSONResponse({"url": url, "expires_in": int(LIFE.total_seconds())}, 201, _NEVER_KEPT)

    async def open(self, request: Request, visit: ProfessionalVisit | None) -> Response:
        """For the browser: to the record, signed in; else a page that says why not."""
        if request.method == "HEAD" or "prefetch" in request.headers.get("sec-purpose", ""):
            return Response(status_code=204, headers=_NEVER_KEPT)  # nobody has opened it yet
        now = self._services.clock()
        try:
            launch = await use_launch(self._portal.database, request.path_params["ticket"], seal=self._seal, now=now)
        except Refused as error:
            if error.code != "launch-unknown":  # a ticket that never was is anyone's, and not worth a line in the trail
                await self._trace(self._stranger(request, visit), error.code)
            return self._portal.page(request, "launch/refused.html", status=403, text=issue_text(error.issues[0])[1])
        response = RedirectResponse(RECORD.format(patient_id=launch.patient_id), 303, _NEVER_KEPT)
        if visit is not None and (visit.person, visit.practice.ident) == (launch.known.person, launch.practice.ident):
            return response  # at work already, as the same person in the same situation
        if visit is not None:
            await self._portal.end_session(visit.session.session_id, visit.actor, cause="signed-out")
        token = await self._portal.begin_session(
            request, launch.known, practice=launch.practice, means=MEANS, ends_at=launch.until, software=launch.software
        )
        return self._portal.let_in(response, token)

    async def _kept(self, request: Request, actor: Actor, patient_id: PatientId) -> str:
        now = self._services.clock()
        practice = Practice(
            actor.situation or "", actor.profession or "", actor.specialty, actor.sector, actor.organization, actor.organization_name
        )  # fmt: skip
        token = request.headers["authorization"].partition(" ")[2].strip()
        until = min(self._services.verifier.read(token).expires_at, now + _LONGEST)
        known = KnownProfessional(actor.person or "", actor.name, (practice,))
        launch = Launch(known, practice, actor.software or "", patient_id, until)
        return await prepare_launch(self._portal.database, launch, seal=self._seal, now=now)

    async def _trace(self, actor: Actor, cause: str) -> None:
        services = self._services
        event = did(actor, EventType.LAUNCH_REFUSED, at=services.clock(), outcome=Outcome.REFUSED, cause=cause)
        await services.trace(event)

    def _stranger(self, request: Request, visit: ProfessionalVisit | None) -> Actor:
        if visit is not None:
            return visit.actor
        return Actor(
            ActorKind.ANONYMOUS, "Navigateur", authentication=Authentication(MEANS), correlation_id=request.scope.get(REQUEST_ID)
        )  # fmt: skip


def _may_launch(actor: Actor) -> bool:
    """Someone's own token, given to their software on its certificate; not one for a single exceptional access, which a session is not."""
    return (
        actor.kind is ActorKind.PROFESSIONAL
        and actor.authentication.certificate is not None
        and actor.situation is not None
        and actor.purpose is Purpose.NORMAL
        and not actor.secret_connection
    )


async def _patient_of(request: Request) -> Ins:
    """The person whose record is to be opened. Raises Invalid: `launch-body`, or what is wrong with the INS."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise Invalid("launch-body")
    try:
        patient = orjson.loads(bytes(body))["patient"]
        matricule, oid = patient["matricule"], patient["oid"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise Invalid("launch-body") from error
    if not isinstance(matricule, str) or not isinstance(oid, str):
        raise Invalid("launch-body")
    try:
        return Ins(matricule, oid.removeprefix("urn:oid:"))
    except ValueError as error:
        raise Invalid("launch-body") from error


def _told(issue: Issue, status: int, headers: Mapping[str, str] | None = None) -> Response:
    answer = {"error": issue.code, "error_description": issue_text(issue)[1]}
    return JSONResponse(answer, status, {**_NEVER_KEPT, **(headers or {})})
