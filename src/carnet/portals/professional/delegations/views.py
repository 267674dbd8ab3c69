"""
Whom a professional lets add documents in their name, who lets them, and what was added so.

Source: docs/decisions/0042-feeding-for-a-colleague.md.
"""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.document_types.table import DocumentTypes
from carnet.domain.delegations.ending import end_delegation
from carnet.domain.delegations.model import Colleague, Delegation
from carnet.domain.delegations.naming import LONGEST_NAME, Naming, name_delegate
from carnet.domain.delegations.reading import colleagues, given, received
from carnet.domain.directory import store as directory_store
from carnet.domain.directory.model import Professional
from carnet.domain.directory.search import Kind
from carnet.domain.errors import DomainError
from carnet.domain.record.delegated.listing import LISTED_AT_MOST, filed_in_their_name
from carnet.portals.professional.portal import ProfessionalPortal, ProfessionalVisit
from carnet.portals.professional.situations import named, trade
from carnet.web.portal.documents.shown import type_name
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done, was_done
from carnet.web.wording import identities, issue_text

PLACE = "/pro/delegations"
ADDED = f"{PLACE}/ajouts"
_END = PLACE + "/{delegation:uuid}/fin"
_LABELS = {"collegue": "Collègue", "numero": "Numéro", "nom": "Nom", "fin": "Dernier jour"}
_ANOTHER = "autre"
# Where each refusal is told.
_FIELDS = {
    "delegate-number": "numero", "delegation-self": "numero", "delegate-elsewhere": "numero", "delegate-unknown": "numero",
    "delegate-nameless": "nom", "delegation-past": "fin", "delegation-too-long": "fin",
}  # fmt: skip


def routes(portal: ProfessionalPortal) -> list[Route]:
    views = _Delegations(portal)
    return [
        portal.route(PLACE, get=views.page, post=views.give, for_staff=True),
        portal.route(ADDED, get=views.added),
        portal.route(_END, post=views.end, for_staff=True),
    ]


class _Delegations:
    def __init__(self, portal: ProfessionalPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._types = DocumentTypes.load()

    async def page(self, request: Request, visit: ProfessionalVisit) -> Response:
        return await self._page(request, visit, Form({"fin": self._last_day(visit).isoformat()}))

    async def give(self, request: Request, visit: ProfessionalVisit, typed: FormData) -> Response:
        """Name someone. Who is no professional is refused by the act itself, which traces it."""
        form = Form(typed)
        chosen = form.typed("collegue")
        number = form.typed("numero").strip() if chosen in {"", _ANOTHER} else chosen
        name = form.text("nom", longest=LONGEST_NAME)
        last = form.day(
            "fin", required="Écrivez le dernier jour.", first=self._today(visit), last=self._last_day(visit)
        )
        if not number:
            form.mend("numero", "Choisissez un collègue, ou tapez son numéro.")
        if not form.is_sound or last is None:
            return await self._page(request, visit, form, status=422)
        now = self._services.clock()
        whole = datetime.combine(last + timedelta(days=1), time.min, visit.zone)  # of that day
        naming = Naming(number, name, min(whole, now + self._portal.delegations.longest), await self._called(visit))
        try:
            await name_delegate(
                self._portal.database, naming, actor=visit.actor, practice=visit.practice,
                terms=self._portal.delegations, seals=self._portal.delegation_seals, at=now,
            )  # fmt: skip
        except DomainError as refusal:
            if visit.is_staff:
                raise
            form.mend(_FIELDS.get(refusal.code, ""), issue_text(refusal.issues[0])[1])
            return await self._page(request, visit, form, status=422)
        return done(PLACE, "nomme")

    async def end(self, request: Request, visit: ProfessionalVisit, _: FormData) -> Response:
        """Either of the two."""
        delegation_id: UUID = request.path_params["delegation"]
        await end_delegation(
            self._portal.database, delegation_id, actor=visit.actor, seals=self._portal.delegation_seals, at=self._services.clock()
        )  # fmt: skip
        return done(PLACE, "arrete")

    async def added(self, request: Request, visit: ProfessionalVisit) -> Response:
        """What was added in their name; each with the way to end what let it be."""
        services, seal = self._services, self._portal.delegation_seals.people
        found = await filed_in_their_name(services.store, actor=visit.actor, seal=seal, terms=services.read_terms)
        mine = await given(self._portal.database, actor=visit.actor, seal=seal, at=services.clock())
        return self._portal.page(
            request, "delegations/added.html", here="delegations", added=found, most=LISTED_AT_MOST, name=self._name, people=identities,
            running={each.delegation_id for each in mine if each.is_open(visit.now)},
        )  # fmt: skip

    async def _page(self, request: Request, visit: ProfessionalVisit, form: Form, *, status: int = 200) -> Response:
        database, seal, at = self._portal.database, self._portal.delegation_seals.people, self._services.clock()
        mine = [] if visit.is_staff else await given(database, actor=visit.actor, seal=seal, at=at)
        theirs = await received(database, actor=visit.actor, seal=seal, at=at)
        known = [] if visit.is_staff else await colleagues(database, actor=visit.actor)
        return self._portal.page(
            request, "delegations/page.html", status=status, here="delegations", form=form, labels=_LABELS, mine=mine, theirs=theirs,
            colleagues=[(each.person, _said(each)) for each in known], state=self._state, longest=self._portal.delegations.longest.days,
            admits_staff=self._portal.delegations.admits_staff, just=was_done(request), at=at, written=named,
            last=self._last_day(visit),
        )  # fmt: skip

    async def _called(self, visit: ProfessionalVisit) -> str:
        """The name of who delegates, with the title that the directory gives them."""
        async with self._portal.database.connection() as connection:
            found = await directory_store.find(connection, Kind.PROFESSIONAL, visit.person)
        if not isinstance(found, Professional) or found.title != "DR" or visit.name.startswith("Dr"):
            return visit.name
        return f"{'Dre' if found.civility == 'MME' else 'Dr'} {visit.name}"

    @staticmethod
    def _today(visit: ProfessionalVisit) -> date:
        return visit.now.astimezone(visit.zone).date()

    def _last_day(self, visit: ProfessionalVisit) -> date:
        return (visit.now + self._portal.delegations.longest).astimezone(visit.zone).date()

    def _state(self, delegation: Delegation) -> str:
        """`runs`, `away` (one of the two is no more in that structure), `over`."""
        if not delegation.is_open(self._services.clock()):
            return "over"
        return "runs" if delegation.is_in_place else "away"

    def _name(self, code: str) -> str:
        return type_name(self._types, code)


def _said(colleague: Colleague) -> str:
    return f"{named(colleague.name)}, {trade(colleague.profession, colleague.specialty)}"
