"""Exceptional ways to read: bris de glace, regulation, secret connection; each begun by an explicit act, shown all along, ended at will."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.errors import Invalid, Refused
from carnet.domain.record.desk.model import ModeTerms, ReadingMode
from carnet.domain.record.desk.modes import MAX_MOTIVE, begin_mode, end_mode
from carnet.portals.professional.portal import ProfessionalPortal
from carnet.portals.professional.record.attending import Attendance, Attending, kept_state
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done
from carnet.web.wording import issue_text

# Why, as the citizen will read it; the words that follow say the situation.
REASONS = {
    "ne-peut-repondre": ("La personne ne peut pas répondre", "Inconsciente, confuse, en arrêt, sous sédation"),
    "risque-immediat": ("Un risque immédiat pour sa santé", "Et elle ne s’y oppose pas"),
}
REGULATES = "regulation"
_LABELS = {"raison": "Pourquoi vous ouvrez ce carnet", "situation": "La situation"}


def routes(portal: ProfessionalPortal, attending: Attending) -> list[Route]:
    views = _Modes(portal)
    return [
        attending.route("/urgence", get=views.page, post=views.begin, at_the_door=True),
        attending.route("/secret", post=views.secret, at_the_door=True),
        attending.route("/mode/fin", post=views.end, at_the_door=True),
    ]


class _Modes:
    def __init__(self, portal: ProfessionalPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._lasting: ModeTerms = portal.mode_terms

    async def page(self, request: Request, attendance: Attendance) -> Response:
        return self._show(request, attendance, Form())

    async def begin(self, request: Request, attendance: Attendance, typed: FormData) -> Response:
        form = Form(typed)
        reason = form.choice("raison", {*REASONS, REGULATES}, required="Choisissez une raison.")
        needed = None if reason == REGULATES else "Décrivez la situation en une phrase : la personne la lira."
        situation = form.text("situation", required=needed, longest=MAX_MOTIVE - 60)
        if reason is None or not form.is_sound:
            return self._show(request, attendance, form, status=422)
        mode = ReadingMode.REGULATION if reason == REGULATES else ReadingMode.EMERGENCY
        motive = situation if mode is ReadingMode.REGULATION else f"{REASONS[reason][0]}. {situation}"
        try:
            await self._begin(attendance, mode, motive)
        except Invalid as fault:
            form.mend("situation", issue_text(fault.issues[0])[1])
            return self._show(request, attendance, form, status=422)
        except Refused:
            return self._show(request, attendance, form, status=403, refused=True)
        return done(attendance.address(), "urgence")

    async def secret(self, request: Request, attendance: Attendance, typed: FormData) -> Response:
        """Read as a minor asked: their legal representatives are told nothing of it."""
        del request, typed
        await self._begin(attendance, ReadingMode.SECRET, None)
        return done(attendance.address(), "secret")

    async def end(self, request: Request, attendance: Attendance, typed: FormData) -> Response:
        del request, typed
        await end_mode(
            self._services.store, attendance.patient_id, actor=attendance.visit.actor,
            session_id=attendance.visit.session.session_id, at=self._services.clock(),
        )  # fmt: skip
        return done(attendance.address("acces"), "referme")

    async def _begin(self, attendance: Attendance, mode: ReadingMode, motive: str | None) -> None:
        await begin_mode(
            self._services.store, attendance.patient_id, mode, motive=motive, actor=attendance.visit.actor,
            session_id=attendance.visit.session.session_id, terms=self._services.read_terms, lasting=self._lasting,
        )  # fmt: skip

    def _show(
        self, request: Request, attendance: Attendance, form: Form, *, status: int = 200, refused: bool = False
    ) -> Response:
        terms = self._services.store.fact_terms
        practice = attendance.visit.practice
        may_regulate = practice.profession in terms.regulator_professions and (
            not terms.regulator_sectors or practice.sector in terms.regulator_sectors
        )
        return self._portal.page(
            request, "record/emergency.html", status=status, here="patients", attendance=attendance, form=form, labels=_LABELS,
            reasons=REASONS, regulates=REGULATES, may_regulate=may_regulate, refused=refused, state=kept_state(request),
            minutes=int(self._lasting.emergency.total_seconds()) // 60,
        )  # fmt: skip
