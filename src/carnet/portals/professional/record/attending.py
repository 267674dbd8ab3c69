"""
A professional at a record: which one, in which mode, and one answer for what does not exist, what is closed and what is not theirs to open.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.actor import Actor
from carnet.domain.errors import NotFound, Refused
from carnet.domain.people.model import Identity
from carnet.domain.record.desk.model import RunningMode
from carnet.domain.record.desk.modes import running_mode
from carnet.domain.record.opening import open_document, open_record
from carnet.portals.professional.portal import ProfessionalPortal, ProfessionalVisit
from carnet.vocabulary.frozen import frozen
from carnet.web.portal.portal import STATE

PATIENT = "/pro/patients/{patient:uuid}"
_NEVER_KEPT = {"Cache-Control": "no-store"}


@frozen
class Attendance:
    """mode: other than the ordinary way, or None. actor: as the rules judge them, in that mode."""

    visit: ProfessionalVisit
    patient_id: UUID
    mode: RunningMode | None
    actor: Actor

    def address(self, *more: str) -> str:
        return address_of(self.patient_id, *more)


Look = Callable[[Request, Attendance], Awaitable[Response]]
Act = Callable[[Request, Attendance, FormData], Awaitable[Response]]


def address_of(patient_id: UUID, *more: str) -> str:
    return "/".join((f"/pro/patients/{patient_id}", *more))


class Attending:
    """Wraps the views of one record."""

    def __init__(self, portal: ProfessionalPortal) -> None:
        self._portal = portal

    def route(
        self, path: str, *, get: Look | None = None, post: Act | None = None, at_the_door: bool = False, for_staff: bool = False
    ) -> Route:  # fmt: skip
        """
        Takes
            path: below the address of the record. at_the_door: for the pages by which one asks to come in: a refusal is told there.
            for_staff: as `ProfessionalPortal.route`.
        """

        async def look(request: Request, visit: ProfessionalVisit) -> Response:
            assert get is not None
            attendance = await self.attend(request, visit)
            return await self._told(request, attendance, get(request, attendance), at_the_door=at_the_door)

        async def act(request: Request, visit: ProfessionalVisit, form: FormData) -> Response:
            assert post is not None
            attendance = await self.attend(request, visit)
            return await self._told(request, attendance, post(request, attendance, form), at_the_door=at_the_door)

        return self._portal.route(
            PATIENT + path, get=look if get is not None else None, post=act if post is not None else None, for_staff=for_staff
        )  # fmt: skip

    async def attend(self, request: Request, visit: ProfessionalVisit) -> Attendance:
        """Who attends the record of this address."""
        services = self._portal.services
        patient_id: UUID = request.path_params["patient"]
        mode = await running_mode(services.store, patient_id, session_id=visit.session.session_id, at=services.clock())
        return Attendance(visit, patient_id, mode, visit.actor if mode is None else mode.acting(visit.actor))

    async def may_open(self, attendance: Attendance) -> None:
        """Raises Refused when the record is not theirs to open: then nothing of it is shown after an act that needs no such right."""
        services = self._portal.services
        await open_record(
            services.store,
            actor=attendance.actor,
            ins=None,
            patient_id=attendance.patient_id,
            terms=services.read_terms,
        )

    async def of_the_record(self, attendance: Attendance, document: UUID) -> None:
        """
        The mode of an attendance, and its motive, are of one record.

        Raises
            NotFound: a document of another record. And as `open_document`.
        """
        services = self._portal.services
        opened = await open_document(services.store, document, actor=attendance.actor, terms=services.read_terms)
        if attendance.patient_id not in {opened.facts.patient_id, *opened.facts.linked}:
            raise NotFound("document-unknown")

    async def _opens(self, attendance: Attendance) -> bool:
        try:
            await self.may_open(attendance)
        except Refused:
            return False
        return True

    async def _told(
        self, request: Request, attendance: Attendance, view: Awaitable[Response], *, at_the_door: bool
    ) -> Response:
        try:
            return await view
        except Refused as refused:
            if at_the_door or refused.code != "record-refused":
                raise
            if "document" in request.path_params and await self._opens(attendance):
                raise NotFound("document-unknown") from refused  # another record's, told as one that does not exist
            # No right on it now, whether it exists or not: to the page that says by which ways one may come in.
            return RedirectResponse(attendance.address("acces"), 303, _NEVER_KEPT)


def is_minor(identity: Identity, at: datetime, majority: int) -> bool:
    """By the year, month and day as kept; a date that is not a day of the calendar counts by what can be compared."""
    return identity.traits.birth_date > f"{at.year - majority:04d}-{at.month:02d}-{at.day:02d}"


def kept_state(request: Request) -> str:
    """The sealed state of the search that led here, to be carried on."""
    return request.query_params.get(STATE, "")
