"""Coming in: declare that one cares for the person, record their consent, become or cease to be médecin traitant; withdraw."""

from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.access import authorising, treating
from carnet.domain.access.predicates import PHYSICIAN
from carnet.domain.access.reviewing import own_status
from carnet.domain.consent.model import AuthorisationStatus, Basis
from carnet.domain.errors import NotFound, Refused
from carnet.domain.people import store as people_store
from carnet.domain.people.model import Identity
from carnet.portals.professional.portal import ProfessionalPortal
from carnet.portals.professional.record.attending import Attendance, Attending, kept_state
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done, was_done
from carnet.web.wording import identities

_BASES = {"soins": Basis.CARE_TEAM, "consentement": Basis.EXPLICIT_CONSENT}
_TOLD = {
    "retire": "Vous n’avez plus accès à ce carnet.", "declare": "Votre accès est déclaré. La personne en est informée.",
    "devenu": "Vous êtes médecin traitant de cette personne. Elle en est informée.", "cesse": "Vous n’êtes plus médecin traitant de cette personne.",
}  # fmt: skip


def routes(portal: ProfessionalPortal, attending: Attending) -> list[Route]:
    views = _Access(portal)
    return [
        attending.route("/acces", get=views.page, post=views.declare, at_the_door=True),
        attending.route("/acces/retirer", post=views.withdraw, at_the_door=True),
        attending.route("/medecin-traitant", post=views.treat, at_the_door=True),
    ]


class _Access:
    def __init__(self, portal: ProfessionalPortal) -> None:
        self._portal = portal
        self._services = portal.services

    async def page(self, request: Request, attendance: Attendance) -> Response:
        return await self._show(request, attendance, Form())

    async def declare(self, request: Request, attendance: Attendance, typed: FormData) -> Response:
        """An explicit act, never made for them: why they may read, and in whose name."""
        form = Form(typed)
        basis = form.choice("pourquoi", _BASES, required="Dites à quel titre vous ouvrez ce carnet.")
        holder = form.choice("pour", {"moi", "structure"}) or "moi"
        if basis is None or not form.is_sound:
            return await self._show(request, attendance, form, status=422)
        visit, services = attendance.visit, self._services
        organization = visit.practice.organization
        for_all = holder == "structure" and organization is not None
        await authorising.authorise(
            services.rights, attendance.patient_id, actor=visit.actor, holder=organization if for_all and organization else visit.person,
            is_organization=for_all, basis=_BASES[basis], terms=services.rights_terms,
        )  # fmt: skip
        return done(attendance.address(), "declare")

    async def withdraw(self, request: Request, attendance: Attendance, typed: FormData) -> Response:
        del request, typed
        visit, services = attendance.visit, self._services
        await authorising.withdraw(
            services.rights, attendance.patient_id, actor=visit.actor, holder=visit.person, is_organization=False,
            terms=services.rights_terms,
        )  # fmt: skip
        return done(attendance.address("acces"), "retire")

    async def treat(self, request: Request, attendance: Attendance, typed: FormData) -> Response:
        """Become or cease to be médecin traitant of the record."""
        del request
        visit, services = attendance.visit, self._services
        form = Form(typed)
        begins = form.choice("acte", {"devenir", "cesser"}) == "devenir"
        verb = treating.set_primary_care_doctor if begins else treating.remove_primary_care_doctor
        await verb(
            services.rights, attendance.patient_id, actor=visit.actor, holder=visit.person, is_organization=False,
            terms=services.rights_terms,
        )  # fmt: skip
        return done(attendance.address("acces"), "devenu" if begins else "cesse")

    async def _show(self, request: Request, attendance: Attendance, form: Form, *, status: int = 200) -> Response:
        services, visit = self._services, attendance.visit
        try:
            own = await own_status(
                services.rights, attendance.patient_id, actor=visit.actor, terms=services.rights_terms
            )
        except (Refused, NotFound):
            return self._portal.page(
                request, "record/no_access.html", status=403, here="patients", attendance=attendance
            )
        may_read = own.is_primary_care_doctor or own.status is AuthorisationStatus.VALID
        identity = await self._identity(attendance.patient_id) if may_read else None
        return self._portal.page(
            request, "record/access.html", status=status, here="patients", attendance=attendance, form=form, own=own, may_read=may_read,
            identity=identity, people=identities, blocked=own.status is AuthorisationStatus.BLOCKED, expired=own.status is AuthorisationStatus.EXPIRED,
            is_physician=visit.practice.profession == PHYSICIAN, state=kept_state(request), told=_TOLD.get(was_done(request)),
            lasts=services.rights_terms.durations,
        )  # fmt: skip

    async def _identity(self, patient_id: UUID) -> Identity | None:
        async with self._portal.database.connection() as connection:
            return await people_store.current_identity(connection, patient_id)
