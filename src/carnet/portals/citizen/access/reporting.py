"""« Je ne reconnais pas cet accès »: report it, after a look at what will be passed on; follow the reports, take one back."""

from contextlib import suppress
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.errors import Conflict, NotFound
from carnet.domain.record.reporting import MAX_WORDS, read_reportable, read_reports, report_access, withdraw_report
from carnet.portals.citizen.access.professionals import PROFESSIONALS
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.portals.citizen.professionals import Picker
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done, was_done
from carnet.web.wording import wording
from carnet.web.wording.sentences import sentence
from carnet.web.wording.typography import unbroken

REPORTS = "/acces/signalements"
REPORT = "/acces/signaler/{event_id:uuid}"
WITHDRAW = "/acces/signalements/{report_id:uuid}/retirer"


class Reporting:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._picker = Picker(portal)

    async def ask(self, request: Request, visit: Visit) -> Response:
        return await self._asked(request, visit, Form())

    async def report(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        words = form.text("mot", longest=MAX_WORDS)
        if not form.is_sound:
            return await self._asked(request, visit, form, status=422)
        services = self._services
        with suppress(Conflict):  # reported already: it is followed, which the next page shows
            await report_access(
                services.store, services.rights, visit.patient_id, request.path_params["event_id"], words=words, actor=visit.actor,
                reading=services.read_terms, terms=services.rights_terms,
            )  # fmt: skip
        return done(REPORTS, "signale")

    async def reports(self, request: Request, visit: Visit) -> Response:
        found = await read_reports(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms
        )
        words = wording()
        shown = [
            {
                "report": each, "name": each.reported.name or "Quelqu’un", "place": each.reported.organization_name or "",
                "job": words["specialties"].get(each.reported.specialty or "") or words["professions"].get(each.reported.profession or "") or "",
                "urgent": words["purposes"].get(each.reported.purpose, ""),
            }
            for each in found
        ]  # fmt: skip
        newest = found[0] if found else None
        fresh = was_done(request) == "signale" and newest is not None and newest.state == "received"
        return self._portal.page(
            request, "access/reports.html", here="acces", reports=shown, undo=newest.report_id if fresh and newest else None,
            withdrawn=was_done(request) == "retire" and any(each.state == "closed" for each in found),
        )  # fmt: skip

    async def withdraw(self, request: Request, visit: Visit, _: FormData) -> Response:
        report_id: UUID = request.path_params["report_id"]
        await withdraw_report(
            self._services.rights, visit.patient_id, report_id, actor=visit.actor, terms=self._services.rights_terms
        )
        return done(REPORTS, "retire")

    async def _asked(self, request: Request, visit: Visit, form: Form, *, status: int = 200) -> Response:
        services = self._services
        told = await read_reportable(
            services.store,
            visit.patient_id,
            request.path_params["event_id"],
            actor=visit.actor,
            terms=services.read_terms,
        )
        if told.event is None:  # pragma: no cover  a holder is always told the event
            raise NotFound("event-unknown")
        known = services.deposit_terms.types

        def type_name(code: str) -> str:
            found = known.find(code)
            return code if found is None else found.plain_name

        return self._portal.page(
            request, "access/report.html", status=status, here="acces", form=form, told=told, block=self._block(visit, told.event.actor.person),
            sentence=unbroken(sentence(told, viewer=visit.actor, type_name=type_name, zone=visit.zone)), longest=MAX_WORDS,
        )  # fmt: skip

    def _block(self, visit: Visit, person: str | None) -> str | None:
        """Where to block the professional who acted."""
        if person is None:
            return None
        return f"{PROFESSIONALS}/bloquer?e={self._picker.choice(visit, person, is_organization=False)}"
