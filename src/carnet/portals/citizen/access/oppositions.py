"""What the person says to everyone: in an emergency, by regulation, categories of documents. Each effect is told before, by the rules."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.access.facts import FactTerms
from carnet.domain.access.hiding_categories import Category, hide_category, show_category
from carnet.domain.access.model import RecordFacts
from carnet.domain.access.opposing import switch
from carnet.domain.access.restoring import held_at
from carnet.domain.access.reviewing import list_authorisations
from carnet.domain.actor import Actor
from carnet.domain.consent.model import ConsentKind
from carnet.domain.record.simulation import simulate
from carnet.domain.record.simulation.store import counted_by_class
from carnet.portals.citizen.access.others import IN_AN_EMERGENCY, NOT_AUTHORISED, counted, in_a_regulation
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.vocabulary.frozen import frozen
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done, was_done
from carnet.web.wording.categories import class_labels

EMERGENCY = "/acces/urgence"
CATEGORIES = "/acces/categories"


@frozen
class Switch:
    """One of the three switches of an emergency. on: what it is called when the period runs."""

    kind: ConsentKind
    title: str
    text: str
    is_on: str
    is_off: str
    turn_on: str
    turn_off: str
    done_on: str
    done_off: str
    who: Callable[[FactTerms], Actor]
    supposing: Callable[[RecordFacts, bool], RecordFacts]


SWITCHES: dict[str, Switch] = {
    "bris-de-glace": Switch(
        ConsentKind.EMERGENCY_OPPOSITION, "Si ma vie est en jeu",
        "Un professionnel peut ouvrir votre carnet sans votre accord si vous ne pouvez pas répondre et que vous courez un risque (bris de glace). "
        "Il doit écrire pourquoi. Vous recevez un avis aussitôt.",
        "Vous refusez cet accès.", "Cet accès est possible.", "Refuser cet accès", "Permettre cet accès",
        "L’accès en urgence est refusé.", "L’accès en urgence est permis.", lambda _: IN_AN_EMERGENCY,
        lambda facts, on: replace(facts, emergency_opposed=on),
    ),
    "regulation": Switch(
        ConsentKind.REGULATION_OPPOSITION, "Quand j’appelle le SAMU (15)",
        "Le médecin qui répond au SAMU-Centre 15 peut ouvrir votre carnet pendant l’appel. Vous recevez un avis aussitôt.",
        "Vous refusez cet accès.", "Cet accès est possible.", "Refuser cet accès", "Permettre cet accès",
        "L’accès du SAMU est refusé.", "L’accès du SAMU est permis.", in_a_regulation,
        lambda facts, on: replace(facts, regulation_opposed=on),
    ),
    "documents-masques": Switch(
        ConsentKind.EMERGENCY_MASKED, "Les documents que je masque",
        "En urgence, les documents que vous masquez restent masqués, sauf si vous les ouvrez ici.",
        "En urgence, vos documents masqués sont visibles.", "En urgence, vos documents masqués restent masqués.",
        "Les montrer en urgence", "Les garder masqués", "En urgence, vos documents masqués sont visibles.",
        "En urgence, vos documents masqués restent masqués.", lambda _: IN_AN_EMERGENCY,
        lambda facts, on: replace(facts, emergency_shows_masked=on),
    ),
}  # fmt: skip


class Oppositions:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services

    async def emergency(self, request: Request, visit: Visit) -> Response:
        running = await self._running(visit, frozenset(each.kind for each in SWITCHES.values()))
        shown: list[dict[str, Any]] = []
        for name, each in SWITCHES.items():
            is_on = (each.kind, None) in running
            told = await self._told(visit, each, is_on=is_on)
            shown.append({"name": name, "switch": each, "is_on": is_on, **told})
        act, _, on = was_done(request).rpartition("-")
        just = SWITCHES.get(act)
        said = None
        if just is not None and on in {"oui", "non"} and ((just.kind, None) in running) is (on == "oui"):
            said = just.done_on if on == "oui" else just.done_off
        return self._portal.page(
            request, "access/emergency.html", here="acces", switches=shown, said=said, action=EMERGENCY, act=act,
            back="non" if on == "oui" else "oui", refused={name for name, each in SWITCHES.items() if (each.kind, None) in running},
        )  # fmt: skip

    async def turn(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        name = form.choice("quoi", SWITCHES, required="Choisissez.")
        on = form.choice("etat", ("oui", "non"), required="Choisissez.")
        if name is None or on is None:
            return self._portal.not_found(request)
        await switch(
            self._services.rights, visit.patient_id, SWITCHES[name].kind, on=on == "oui", actor=visit.actor,
            terms=self._services.rights_terms,
        )  # fmt: skip
        return done(EMERGENCY, f"{name}-{on}")

    async def _told(self, visit: Visit, each: Switch, *, is_on: bool) -> dict[str, Any]:
        """What someone in that situation sees, and would see the other way."""
        who = each.who(self._services.rights.fact_terms)
        shown = await simulate(
            self._services.store, visit.ins, who, actor=visit.actor, terms=self._services.read_terms,
            supposing=lambda facts: each.supposing(facts, not is_on),
        )  # fmt: skip
        return {
            "who": who.name,
            "sees": bool(shown.seen),
            "now": counted(shown),
            "then": counted(shown.supposed or shown),
        }

    async def categories(self, request: Request, visit: Visit) -> Response:
        hidden = await self._running(visit, frozenset({ConsentKind.HIDDEN_CATEGORY}))
        shown = await simulate(
            self._services.store, visit.ins, NOT_AUTHORISED, actor=visit.actor, terms=self._services.read_terms,
            supposing=lambda facts: replace(facts, has_grant=True, hidden_categories=frozenset()),
        )  # fmt: skip
        supposed = shown.supposed or shown
        counts = await counted_by_class(
            self._services.store.database, visit.patient_id, [each.logical_id for each in supposed.documents]
        )
        seen = await counted_by_class(self._services.store.database, visit.patient_id, supposed.seen)
        classes = [
            {
                "code": code, "label": label, "count": counts.get(code, 0), "seen": seen.get(code, 0),
                "hidden": (ConsentKind.HIDDEN_CATEGORY, f"class|{code}") in hidden,
            }
            for code, label in class_labels().items()
        ]  # fmt: skip
        act, _, code = was_done(request).partition("-")
        just = next((each for each in classes if each["code"] == code), None)
        is_so = just is not None and just["hidden"] is (act == "cachee") and act in {"cachee", "montree"}
        types = [
            scope.removeprefix("type|") for _, scope in sorted(hidden, key=str) if scope and scope.startswith("type|")
        ]
        known = self._services.deposit_terms.types
        return self._portal.page(
            request, "access/categories.html", here="acces", classes=classes, just=just if is_so else None, act=act, action=CATEGORIES,
            types=[(code, found.plain_name if (found := known.find(code)) else code) for code in types],
        )  # fmt: skip

    async def hide(self, _: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        hides = form.choice("etat", ("cachee", "montree"), required="Choisissez.")
        scope = form.choice("sorte", ("class", "type")) or "class"
        category = Category(scope, form.typed("code"))
        verb = hide_category if hides == "cachee" else show_category
        await verb(
            self._services.rights, visit.patient_id, category, actor=visit.actor, terms=self._services.rights_terms
        )
        return done(CATEGORIES, f"{hides}-{category.code}" if scope == "class" else "type")

    async def _running(self, visit: Visit, kinds: frozenset[ConsentKind]) -> set[tuple[ConsentKind, str | None]]:
        review = await list_authorisations(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms
        )
        return {(each.consent.kind, each.consent.scope) for each in held_at(review.periods, review.at, kinds=kinds)}
