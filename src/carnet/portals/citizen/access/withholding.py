"""Hide a category of documents from one professional or structure alone, and show it to them again."""

from dataclasses import replace

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carnet.domain.access.hiding_categories import Category, hide_category, show_category
from carnet.domain.access.restoring import held_at
from carnet.domain.access.reviewing import list_authorisations
from carnet.domain.consent.model import ConsentKind
from carnet.domain.record.simulation import simulate
from carnet.domain.record.simulation.store import counted_by_class
from carnet.portals.citizen.access.others import as_actor, where_from
from carnet.portals.citizen.access.professionals import CARD, Professionals
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import was_done
from carnet.web.wording.candidates import candidate_job, candidate_places, named
from carnet.web.wording.categories import class_labels

WITHHELD = "/acces/professionnels/categories"
_KIND = frozenset({ConsentKind.WITHHELD_CATEGORY})


class Withholding:
    def __init__(self, portal: CitizenPortal, professionals: Professionals) -> None:
        self._portal = portal
        self._services = portal.services
        self._professionals = professionals

    async def page(self, request: Request, visit: Visit) -> Response:
        candidate = await self._professionals.chosen(request, visit)
        review = await list_authorisations(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms
        )
        held = held_at(review.periods, review.at, kinds=_KIND, holder=candidate.holder)
        withheld = {each.consent.scope for each in held}
        # What they would see of each, were nothing withheld from them.
        shown = await simulate(
            self._services.store, visit.ins, as_actor(candidate, place=where_from(candidate, review.periods, review.at)),
            actor=visit.actor, terms=self._services.read_terms, supposing=lambda facts: replace(facts, withheld_categories=frozenset()),
        )  # fmt: skip
        seen = await counted_by_class(self._services.store.database, visit.patient_id, (shown.supposed or shown).seen)
        classes = [
            {"code": code, "label": label, "count": seen.get(code, 0), "hidden": f"class|{code}" in withheld}
            for code, label in class_labels().items()
        ]
        act, _, code = was_done(request).partition("-")
        just = next((each for each in classes if each["code"] == code and each["hidden"] is (act == "cachee")), None)
        state = self._professionals.seal(visit, candidate)
        return self._portal.page(
            request, "access/withheld.html", here="acces", name=named(candidate)[0], job=candidate_job(candidate),
            where=candidate_places(candidate), classes=classes, just=just if act in {"cachee", "montree"} else None, act=act,
            action=f"{WITHHELD}?e={state}", card=f"{CARD}?e={state}",
        )  # fmt: skip

    async def hide(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        candidate = await self._professionals.chosen(request, visit)
        hides = form.choice("etat", ("cachee", "montree"))
        if hides is None:
            return self._portal.not_found(request)
        category = Category("class", form.typed("code"))
        verb = hide_category if hides == "cachee" else show_category
        await verb(
            self._services.rights, visit.patient_id, category, actor=visit.actor, terms=self._services.rights_terms,
            holder=candidate.holder, is_organization=candidate.is_organization,
        )  # fmt: skip
        address = f"{WITHHELD}?fait={hides}-{category.code}&e={self._professionals.seal(visit, candidate)}"
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})
