"""The page of who is signed in: what is new, what to do, who opened the record."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.consent.model import RecordStatus
from carnet.domain.record.browsing.listing import arrivals
from carnet.domain.record.browsing.model import Arrivals, Choice, Only
from carnet.domain.record.history.recent import KnownAccesses, Recent, recent_accesses
from carnet.portals.citizen.documents.views import LIST
from carnet.portals.citizen.home.to_do import Source, Task
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.documents.asked import Asked
from carnet.web.portal.documents.shown import Shown, shown, type_name
from carnet.web.portal.portal import STATE
from carnet.web.wording.sentences import sentence
from carnet.web.wording.typography import unbroken

NEW_SHOWN = 3
UNREAD = Asked(Choice(only=frozenset({Only.UNREAD})))


class Home:
    """
    The first page.

    sources: of the things to do, in the order of the page.
    """

    def __init__(self, portal: CitizenPortal, *, sources: Sequence[Source] = ()) -> None:
        self._portal = portal
        self._services = portal.services
        self._sources = sources
        self._known = KnownAccesses()

    async def page(self, request: Request, visit: Visit) -> Response:
        if visit.signed_in.record_status is not RecordStatus.OPEN:
            return await self._not_open(request, visit)
        services = self._services
        types = services.browse_terms.reading.types
        found = await arrivals(
            services.store, actor=visit.actor, patient_id=visit.patient_id, since=visit.former_visit_at, zone=visit.zone,
            terms=services.browse_terms, count=NEW_SHOWN,
        )  # fmt: skip
        recent = await recent_accesses(
            services.store, actor=visit.actor, patient_id=visit.patient_id, terms=services.read_terms, known=self._known
        )
        tasks = [*self._announced(found), *await self._tasks(visit)]
        return self._portal.page(
            request, "home/home.html", here="accueil", name=visit.name, found=found, rows=[shown(row, types) for row in found.rows],
            since=visit.former_visit_at, tasks=tasks, recent=recent, last_access=self._last_access(recent, visit),
            unread_address=f"{LIST}?{STATE}={self._portal.seal(visit, UNREAD.state())}", leads_to=self._portal.leads_to,
        )  # fmt: skip

    async def _not_open(self, request: Request, visit: Visit) -> Response:
        """A record that is announced, opposed or closed says so, and what can be done about it."""
        return self._portal.page(
            request, "home/not_open.html", here="accueil", name=visit.name, status_name=visit.signed_in.record_status,
            tasks=await self._tasks(visit), leads_to=self._portal.leads_to,
        )  # fmt: skip

    async def _tasks(self, visit: Visit) -> list[Task]:
        return [task for source in self._sources for task in await source(self._portal, visit)]

    def _announced(self, found: Arrivals) -> list[Task]:
        """Results that a professional kept to tell of first, shown since, and not read yet."""
        types = self._services.browse_terms.reading.types
        rows: list[Shown] = [shown(row, types) for row in found.announced]
        return [
            Task(
                f"Lire «\N{NO-BREAK SPACE}{row.title}\N{NO-BREAK SPACE}»", f"/documents/{row.logical_id}",
                "Un professionnel vous l’a rendu visible. Vous pouvez en parler avec lui.", row.icon, is_pressing=True,
            )
            for row in rows
        ]  # fmt: skip

    def _last_access(self, recent: Recent, visit: Visit) -> str | None:
        if recent.last is None:
            return None
        types = self._services.browse_terms.reading.types
        said = sentence(recent.last, viewer=visit.actor, type_name=lambda code: type_name(types, code), zone=visit.zone)
        return unbroken(said)
