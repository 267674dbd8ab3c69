"""Who may open the record, who is blocked, the médecins traitants; and one of them, with what can be decided about them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carnet.domain.access.restoring import Held, held_at, restore
from carnet.domain.access.reviewing import list_authorisations
from carnet.domain.consent.model import Basis, ConsentKind, ConsentPeriod
from carnet.domain.directory.choosing import known
from carnet.domain.directory.choosing.model import Candidate, Place
from carnet.domain.errors import NotFound
from carnet.domain.record.simulation import simulate
from carnet.portals.citizen.access.held_state import folded, unfolded
from carnet.portals.citizen.access.others import PHYSICIAN, as_actor, counted, where_from
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.portals.citizen.professionals import Picker
from carnet.web.portal.portal import was_done
from carnet.web.wording.candidates import candidate_job, candidate_name, candidate_places, holder_name
from carnet.web.wording.dates import until
from carnet.web.wording.explanations import told_to_the_person

PROFESSIONALS = "/acces/professionnels"
CARD = "/acces/professionnels/fiche"
BACK = "/acces/professionnels/revenir"
DECIDED = frozenset({ConsentKind.GRANT, ConsentKind.BLOCK, ConsentKind.PRIMARY_CARE_DOCTOR})
_ENDED_SHOWN = 20

# What was just done: its sentence, and what must hold for it to be said.
_DONE = {
    "autorise": ("L’autorisation est donnée.", ConsentKind.GRANT, True),
    "fin": ("La date de fin est changée.", ConsentKind.GRANT, True),
    "retire": ("L’autorisation est retirée.", ConsentKind.GRANT, False),
    "traitant": ("C’est maintenant votre médecin traitant.", ConsentKind.PRIMARY_CARE_DOCTOR, True),
    "plus-traitant": ("Ce n’est plus votre médecin traitant.", ConsentKind.PRIMARY_CARE_DOCTOR, False),
    "bloque": ("Le blocage est fait : plus rien ne lui est visible.", ConsentKind.BLOCK, True),
    "debloque": ("Le blocage est levé. Cela ne redonne aucune autorisation.", ConsentKind.BLOCK, False),
}
_BASES = {
    Basis.CARE_TEAM: "déclarée par ce professionnel, qui vous soigne",
    Basis.EXPLICIT_CONSENT: "déclarée par ce professionnel, avec votre accord",
    Basis.PATIENT: "donnée par vous",
    None: "enregistrée",
}


class Professionals:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._picker = Picker(portal)

    async def page(self, request: Request, visit: Visit) -> Response:
        review = await list_authorisations(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms
        )
        decided = [each for each in review.periods if each.consent.kind in DECIDED]
        names = await known(
            self._portal.database, {(each.consent.holder, each.consent.holder_is_organization) for each in decided}
        )

        def shown(period: ConsentPeriod) -> dict[str, Any]:
            consent = period.consent
            candidate = names.get(consent.holder)
            return {
                "period": period.period, "name": holder_name(consent.holder, consent.holder_is_organization, names),
                "job": "" if candidate is None else candidate_job(candidate),
                "places": "" if candidate is None else candidate_places(candidate),
                "active": candidate is None or candidate.is_active, "basis": _BASES[consent.basis],
                "address": f"{CARD}?e={self._picker.choice(visit, consent.holder, is_organization=consent.holder_is_organization)}",
            }  # fmt: skip

        running = [each for each in decided if each.period.holds_at(review.at)]
        ended = [
            each
            for each in reversed(decided)
            if each.consent.kind is ConsentKind.GRANT and each.period.valid_to and each.period.valid_to <= review.at
        ]
        return self._portal.page(
            request, "access/professionals.html", here="acces", until=partial(until, zone=visit.zone),
            doctors=[shown(each) for each in running if each.consent.kind is ConsentKind.PRIMARY_CARE_DOCTOR],
            authorised=[shown(each) for each in running if each.consent.kind is ConsentKind.GRANT],
            blocked=[shown(each) for each in running if each.consent.kind is ConsentKind.BLOCK],
            ended=[shown(each) for each in ended[:_ENDED_SHOWN]], readers=len({
                each.consent.holder for each in running if each.consent.kind is not ConsentKind.BLOCK
            }),
            search=self._picker.address(visit, to=CARD),
        )  # fmt: skip

    async def card(self, request: Request, visit: Visit) -> Response:
        """One of them: what they hold, what they would see, what can be decided."""
        candidate = await self.chosen(request, visit)
        held, place = await self.held(visit, candidate)
        shown = await simulate(
            self._services.store,
            visit.ins,
            as_actor(candidate, place=place),
            actor=visit.actor,
            terms=self._services.read_terms,
        )
        kinds = {each.consent.kind for each in held}
        state = self._portal.state(request, visit)
        before = unfolded(state.get("undo"))
        act = was_done(request)
        said = None
        if act in _DONE and before is not None and set(before) != set(held):
            text, kind, there = _DONE[act]
            said = text if (kind in kinds) is there else None
        return self._portal.page(
            request, "access/card.html", here="acces", until=partial(until, zone=visit.zone), candidate=candidate, name=candidate_name(candidate), job=candidate_job(candidate),
            where=candidate_places(candidate), held=[(each, _BASES[each.consent.basis]) for each in held],
            is_granted=ConsentKind.GRANT in kinds, is_blocked=ConsentKind.BLOCK in kinds, is_doctor=ConsentKind.PRIMARY_CARE_DOCTOR in kinds,
            is_physician=not candidate.is_organization and candidate.profession == PHYSICIAN, shown=shown, counted=counted(shown),
            reason=told_to_the_person(shown.opens), said=said, went_back=act == "revenu", state=self.seal(visit, candidate),
            undo=f"{BACK}?e={request.query_params.get('e', '')}",
        )  # fmt: skip

    async def go_back(self, request: Request, visit: Visit, _: FormData) -> Response:
        """Undo what was just decided about one of them."""
        candidate = await self.chosen(request, visit)
        before = unfolded(self._portal.state(request, visit).get("undo"))
        if before is not None:
            now = visit.now
            wanted = [each for each in before if each.until is None or each.until > now]
            await restore(
                self._services.rights, visit.patient_id, wanted, kinds=DECIDED, holder=candidate.holder, actor=visit.actor,
                terms=self._services.rights_terms,
            )  # fmt: skip
        return self.to_card(visit, candidate, "revenu")

    # What the pages of acts share ------------------------------------------

    async def chosen(self, request: Request, visit: Visit) -> Candidate:
        """Who the page is about. Raises NotFound: nobody is chosen, or the link is too old."""
        found = await self._picker.chosen(request, visit)
        if found is None:
            raise NotFound("directory-entry-unknown")
        return found

    async def held(self, visit: Visit, candidate: Candidate) -> tuple[tuple[Held, ...], Place | None]:
        """What they hold now, and where they would open the record from."""
        review = await list_authorisations(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms
        )
        held = held_at(review.periods, review.at, kinds=DECIDED, holder=candidate.holder)
        return held, where_from(candidate, review.periods, review.at)

    def seal(self, visit: Visit, candidate: Candidate, *, before: Sequence[Held] | None = None) -> str:
        state: dict[str, Any] = {"holder": candidate.holder, "organization": candidate.is_organization}
        if before is not None:
            state["undo"] = folded(before)
        return self._portal.seal(visit, state)

    def to_card(
        self, visit: Visit, candidate: Candidate, act: str, *, before: Sequence[Held] | None = None
    ) -> Response:
        address = f"{CARD}?fait={act}&e={self.seal(visit, candidate, before=before)}"
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})
