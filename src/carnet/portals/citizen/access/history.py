"""Accès et confidentialité: who opened this record, in sentences, by day; filtered, in pages. Reading it is traced as any reading of the trail."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carnet.domain.record.history.reading import read_trail
from carnet.domain.record.history.recent import KnownAccesses, recent_accesses
from carnet.domain.record.reporting import read_reports
from carnet.domain.record.reporting.model import ReportState
from carnet.portals.citizen.access.filters import ACTS, WHOM, Filters
from carnet.portals.citizen.access.rows import by_day
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.forms import Form

HISTORY = "/acces"
SHOWN = 25
_NAMES = {"du": "Depuis le", "au": "Jusqu’au", "nom": "Nom"}


class History:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._known = KnownAccesses()

    async def page(self, request: Request, visit: Visit) -> Response:
        filters = Filters.of(self._portal.state(request, visit))
        form = Form({
            "du": "" if filters.since is None else filters.since.isoformat(),
            "au": "" if filters.until is None else filters.until.isoformat(), "nom": filters.words, "acte": filters.act,
        })  # fmt: skip
        return await self._shown(request, visit, filters, form)

    async def filter(self, request: Request, visit: Visit, typed: FormData) -> Response:
        """A search within the history; what is asked is sealed."""
        form = Form(typed)
        before = Filters.of(self._portal.state(request, visit))
        today = visit.now.astimezone(visit.zone).date()
        since, until = form.day("du", last=today), form.day("au", last=today)
        words = form.text("nom", longest=100)
        act = form.choice("acte", ACTS) or ""
        if since is not None and until is not None and since > until:
            form.mend("au", "Choisissez une fin qui suit le début.")
        if not form.is_sound:
            return await self._shown(request, visit, before, form, status=422)
        asked = before.first_page(since=since, until=until, words=words, act=act)
        return RedirectResponse(self._address(visit, asked), 303, {"Cache-Control": "no-store"})

    async def _shown(
        self, request: Request, visit: Visit, filters: Filters, form: Form, *, status: int = 200
    ) -> Response:
        first = filters.after is None
        page = await read_trail(
            self._services.store, filters.query(visit.zone, count=SHOWN), actor=visit.actor, ins=None, patient_id=visit.patient_id,
            parameters=filters.parameters(), terms=self._services.read_terms,
        )  # fmt: skip
        recent = None
        if first and not filters.is_narrowed:
            recent = await recent_accesses(
                self._services.store, actor=visit.actor, patient_id=visit.patient_id, terms=self._services.read_terms, known=self._known
            )  # fmt: skip
        days = by_day(
            page.events,
            viewer=visit.actor,
            type_name=self._type_name,
            zone=visit.zone,
            reports=await self._reports(visit),
        )
        following = None
        if page.after is not None:
            following = self._address(visit, Filters.of(filters.state | {"x": str(page.after)}))
        return self._portal.page(
            request, "access/history.html", status=status, here="acces", form=form, labels=_NAMES, days=days, filters=filters,
            recent=recent, following=following, is_first=first, beginning=self._address(visit, filters.first_page()),
            chips=[
                (each.label, self._address(visit, filters.first_page(whom=name)), name == filters.whom) for name, each in WHOM.items()
            ],
            acts=[(name, label, None) for name, (label, _) in ACTS.items()], action=self._address(visit, filters.first_page()),
            cleared=self._address(visit, Filters(whom=filters.whom)), type_name=self._type_name,
            exported=self._portal.seal(visit, filters.first_page().state), documents=self._has_documents(),
        )  # fmt: skip

    async def _reports(self, visit: Visit) -> Mapping[UUID, ReportState]:
        found = await read_reports(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms
        )
        return {each.event_id: each.state for each in reversed(found)}

    def _address(self, visit: Visit, filters: Filters) -> str:
        state: dict[str, Any] = filters.state
        return HISTORY if state == Filters().state else f"{HISTORY}?e={self._portal.seal(visit, state)}"

    def _type_name(self, code: str) -> str:
        known = self._services.deposit_terms.types.find(code)
        return code if known is None else known.plain_name

    def _has_documents(self) -> bool:
        return any(place.key == "documents" for place in self._portal.frame.places)
