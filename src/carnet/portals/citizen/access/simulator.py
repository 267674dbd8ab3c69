"""« Que verrait ce professionnel ? »: the record as somebody else would see it, now or then, document by document, and why. Nothing is opened."""

from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carnet.domain.access.reviewing import Review, list_authorisations
from carnet.domain.actor import Purpose
from carnet.domain.directory.choosing import known
from carnet.domain.directory.choosing.model import Candidate
from carnet.domain.record.simulation import simulate
from carnet.domain.record.simulation.model import Simulated
from carnet.domain.record.simulation.store import described
from carnet.portals.citizen.access.others import as_actor, counted, where_from
from carnet.portals.citizen.access.professionals import CARD, DECIDED
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.portals.citizen.professionals import Picker
from carnet.web.portal.forms import Form
from carnet.web.wording.candidates import candidate_job, candidate_places, holder_name, named, place_name
from carnet.web.wording.explanations import told_to_the_person

SIMULATOR = "/acces/simulateur"
SHOWN = 25
_SITUATIONS = {
    "normal": ("En consultation", Purpose.NORMAL),
    "urgence": ("En urgence (bris de glace)", Purpose.EMERGENCY),
    "regulation": ("Pendant un appel au SAMU (15)", Purpose.REGULATION),
}
_HIDE = "/documents/{document:uuid}/cacher"  # of the page of a document: hide it from whoever is chosen
_VIEWS = ("tout", "visibles", "caches")


class Simulator:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._picker = Picker(portal)

    async def page(self, request: Request, visit: Visit) -> Response:
        return await self._shown(request, visit, Form())

    async def ask(self, request: Request, visit: Visit, typed: FormData) -> Response:
        """In which situation, and when."""
        form = Form(typed)
        situation = form.choice("situation", _SITUATIONS, required="Choisissez une situation.")
        today = visit.now.astimezone(visit.zone).date()
        day = form.day("jour", last=today)
        if not form.is_sound:
            return await self._shown(request, visit, form, status=422)
        place = form.typed("lieu")
        kept = self._portal.state(request, visit)
        asked = {
            "holder": kept.get("holder"), "organization": bool(kept.get("organization")), "s": situation, "p": place,
            "d": None if day is None or day == today else day.isoformat(),
        }  # fmt: skip
        return RedirectResponse(f"{SIMULATOR}?e={self._portal.seal(visit, asked)}", 303, {"Cache-Control": "no-store"})

    async def _shown(self, request: Request, visit: Visit, form: Form, *, status: int = 200) -> Response:
        candidate = await self._picker.chosen(request, visit)
        search = self._picker.address(visit, to=SIMULATOR, title="Que verrait ce professionnel ?")
        if candidate is None:
            return self._portal.page(
                request, "access/simulator_start.html", here="acces", search=search, known=await self._mine(visit)
            )
        state = self._portal.state(request, visit)
        situation = str(state.get("s") or "normal")
        at = _noon(state.get("d"), visit)
        place = next((each for each in candidate.places if each.organization == state.get("p")), None)
        if place is None:
            review = await self._review(visit)
            place = where_from(candidate, review.periods, at or review.at)
        actor = as_actor(candidate, place=place, purpose=_SITUATIONS.get(situation, _SITUATIONS["normal"])[1])
        shown = await simulate(
            self._services.store, visit.ins, actor, actor=visit.actor, terms=self._services.read_terms, at=at
        )
        view = str(state.get("v") or "tout")
        documents, following = await self._documents(visit, shown, state, view)
        return self._portal.page(
            request, "access/simulator.html", status=status, here="acces", form=form, name=named(candidate)[0],
            job=candidate_job(candidate), where=candidate_places(candidate), candidate=candidate, counted=counted(shown), shown=shown,
            opens=told_to_the_person(shown.opens), visible=_reasons(shown, allowed=True), hidden=_reasons(shown, allowed=False),
            documents=documents, following=following, situation=situation, at=at, search=search,
            places_of=[(each.organization, place_name(each), None) for each in candidate.places] if len(candidate.places) > 1 else [],
            place="" if place is None else place.organization,
            situations=[(name, label, None) for name, (label, _) in _SITUATIONS.items()],
            situation_label=_SITUATIONS.get(situation, _SITUATIONS["normal"])[0],
            views=[(name, self._address(visit, state, v=name, x=0), name == view) for name in _VIEWS],
            action=f"{SIMULATOR}?e={request.query_params.get('e', '')}", card=f"{CARD}?e={self._seal(visit, candidate)}",
            hides=self._portal.leads_to(_HIDE), choice=self._seal(visit, candidate),
            opens_documents=any(place.key == "documents" for place in self._portal.frame.places),
            day="" if at is None else at.astimezone(visit.zone).date().isoformat(),
        )  # fmt: skip

    async def _documents(
        self, visit: Visit, shown: Simulated, state: dict[str, Any], view: str
    ) -> tuple[list[dict[str, Any]], str | None]:
        """One page of what is told, document by document."""
        wanted = [each for each in shown.documents if view == "tout" or each.decision.allowed is (view == "visibles")]
        first = int(state.get("x") or 0)
        page = wanted[first : first + SHOWN]
        details = await described(self._services.store.database, visit.patient_id, [each.logical_id for each in page])
        types = self._services.deposit_terms.types
        told = []
        for each in page:
            if each.logical_id in details:
                code, created = details[each.logical_id]
                found = types.find(code)
                told.append({
                    "id": each.logical_id, "title": code if found is None else found.plain_name, "date": created,
                    "seen": each.decision.allowed, "wrote": each.decision.rule == "read.author", "reason": told_to_the_person(each.decision),
                })  # fmt: skip
        following = None
        if len(wanted) > first + SHOWN:
            following = self._address(visit, state, x=first + SHOWN)
        return told, following

    def _address(self, visit: Visit, state: dict[str, Any], **changes: object) -> str:
        return f"{SIMULATOR}?e={self._portal.seal(visit, {**state, **changes})}"

    def _seal(self, visit: Visit, candidate: Candidate) -> str:
        return self._picker.choice(visit, candidate.holder, is_organization=candidate.is_organization)

    async def _review(self, visit: Visit) -> Review:
        return await list_authorisations(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms
        )

    async def _mine(self, visit: Visit) -> list[dict[str, str]]:
        """Those about whom something is decided, to begin with."""
        review = await self._review(visit)
        holders = dict.fromkeys(
            (each.consent.holder, each.consent.holder_is_organization)
            for each in review.periods
            if each.consent.kind in DECIDED and each.period.holds_at(review.at)
        )
        names = await known(self._portal.database, list(holders))
        return [
            {
                "name": holder_name(holder, organization, names), "job": candidate_job(names[holder]) if holder in names else "",
                "address": f"{SIMULATOR}?e={self._picker.choice(visit, holder, is_organization=organization)}",
            }
            for holder, organization in holders
        ]  # fmt: skip


def _reasons(shown: Simulated, *, allowed: bool) -> list[tuple[int, str]]:
    """How many documents for each reason, the most frequent first."""
    counts = Counter(told_to_the_person(each.decision) for each in shown.documents if each.decision.allowed is allowed)
    return [(count, reason) for reason, count in counts.most_common()]


def _noon(day: object, visit: Visit) -> datetime | None:
    """The instant that a past day is tried at."""
    if not isinstance(day, str) or not day:
        return None
    return datetime.combine(datetime.fromisoformat(day).date(), time.min, visit.zone) + timedelta(hours=12)
