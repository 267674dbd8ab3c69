"""Réglages tout faits: presets made of rules that exist; each says exactly what it changes, and what it does not."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carnet.domain.access.opposing import switch
from carnet.domain.access.presets import KINDS, Preset, target
from carnet.domain.access.restoring import RESTORABLE, Difference, Held, difference, held_at, restore
from carnet.domain.access.reviewing import list_authorisations
from carnet.domain.consent.model import ConsentKind
from carnet.domain.directory.choosing import known
from carnet.domain.directory.choosing.model import Candidate
from carnet.portals.citizen.access.held_state import folded, unfolded
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done, was_done
from carnet.web.wording.candidates import holder_name, named
from carnet.web.wording.categories import class_labels

SETTINGS = "/acces/reglages"
UNDO = "/acces/reglages/revenir"
FEEDING = "/acces/reglages/depots"

_SAID: dict[Preset, tuple[str, str, str]] = {
    Preset.ALL_CARERS: (
        "Tous mes soignants",
        "Les soignants que vous voyez lisent ce que leur profession permet, en urgence aussi.",
        "Ne redonne aucune autorisation finie, ne débloque personne, ne montre aucun document que vous avez masqué un par un.",
    ),
    Preset.CHOSEN: (
        "Mon médecin traitant et ceux que j’ai autorisés",
        "Les autorisations que des professionnels ont déclarées eux-mêmes prennent fin.",
        "N’empêche pas un professionnel qui vous soigne de se déclarer de nouveau. Pour l’en empêcher, bloquez-le.",
    ),
    Preset.DOCTOR_ONLY: (
        "Mon médecin traitant seulement",
        "Toutes les catégories de documents sont cachées aux professionnels. Votre médecin traitant les voit, et chaque auteur voit ce qu’il a écrit.",
        "Les autorisations restent, mais ne montrent plus rien d’autre. En urgence non plus, sauf si vous ouvrez vos documents masqués.",
    ),
    Preset.NO_EMERGENCY: (
        "Personne en urgence",
        "L’accès en urgence (bris de glace) et celui du SAMU sont refusés.",
        "Un soignant que vous avez autorisé garde son accès.",
    ),
}
_LABELS = {
    ConsentKind.EMERGENCY_OPPOSITION: "L’accès en urgence (bris de glace)",
    ConsentKind.REGULATION_OPPOSITION: "L’accès du SAMU",
}


class PresetSettings:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services

    async def page(self, request: Request, visit: Visit) -> Response:
        held = await self._held(visit)
        shown: list[dict[str, Any]] = []
        for preset in Preset:
            running = _of(held, preset)
            title, text, limits = _SAID[preset]
            changes = difference(running, target(preset, running))
            shown.append({
                "preset": preset, "title": title, "text": text, "limits": limits, "changes": await self._lines(changes),
                "is_so": not changes,
            })  # fmt: skip
        act = was_done(request)
        just = Preset(act) if act in set(Preset) else None
        before = unfolded(self._portal.state(request, visit).get("undo"))
        said = just is not None and not difference(_of(held, just), target(just, _of(held, just)))
        feeding = any(each.consent.kind is ConsentKind.FEEDING_OPPOSITION for each in held)
        return self._portal.page(
            request, "access/settings.html", here="acces", presets=shown, action=SETTINGS, just=just if said else None,
            just_title="" if just is None else _SAID[just][0],
            undo=f"{UNDO}?e={request.query_params.get('e', '')}" if before is not None else None, went_back=act == "revenu",
            feeding_opposed=feeding, feeding_said=act in {"depots-oui", "depots-non"} and feeding is (act == "depots-oui"), feeding=FEEDING,
        )  # fmt: skip

    async def choose(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        chosen = form.choice("reglage", set(Preset), required="Choisissez un réglage.")
        if chosen is None:
            return self._portal.not_found(request)
        preset = Preset(chosen)
        before = _of(await self._held(visit), preset)
        await self._restore(visit, target(preset, before), preset)
        state = self._portal.seal(visit, {"undo": folded(before), "preset": preset})
        return RedirectResponse(f"{SETTINGS}?fait={preset}&e={state}", 303, {"Cache-Control": "no-store"})

    async def go_back(self, request: Request, visit: Visit, _: FormData) -> Response:
        state = self._portal.state(request, visit)
        before = unfolded(state.get("undo"))
        if before is not None and state.get("preset") in set(Preset):
            wanted = [each for each in before if each.until is None or each.until > visit.now]
            await self._restore(visit, wanted, Preset(state["preset"]))
        return done(SETTINGS, "revenu")

    async def oppose_feeding(self, _: Request, visit: Visit, typed: FormData) -> Response:
        on = Form(typed).choice("etat", ("oui", "non")) == "oui"
        await switch(
            self._services.rights, visit.patient_id, ConsentKind.FEEDING_OPPOSITION, on=on, actor=visit.actor,
            terms=self._services.rights_terms,
        )  # fmt: skip
        return done(SETTINGS, "depots-oui" if on else "depots-non")

    async def _restore(self, visit: Visit, wanted: tuple[Held, ...] | list[Held], preset: Preset) -> None:
        await restore(
            self._services.rights, visit.patient_id, wanted, kinds=KINDS[preset], actor=visit.actor, terms=self._services.rights_terms
        )  # fmt: skip

    async def _held(self, visit: Visit) -> tuple[Held, ...]:
        review = await list_authorisations(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms
        )
        return held_at(review.periods, review.at, kinds=RESTORABLE)

    async def _lines(self, changes: Difference) -> list[str]:
        """What begins and ends, in words."""
        holders = {
            (each.consent.holder, each.consent.holder_is_organization)
            for each in (*changes.begun, *changes.ended)
            if each.consent.kind is ConsentKind.GRANT
        }
        names = await known(self._portal.database, holders)
        lines = [self._line(each, names, begins=False) for each in changes.ended]
        lines += [self._line(each, names, begins=True) for each in changes.begun]
        return lines

    def _line(self, held: Held, names: Mapping[str, Candidate], *, begins: bool) -> str:
        consent = held.consent
        if consent.kind is ConsentKind.GRANT:
            found = names.get(consent.holder)
            whose = (
                f"de {holder_name(consent.holder, consent.holder_is_organization, names)}"
                if found is None
                else named(found)[1]
            )
            return f"L’autorisation {whose} {'commence' if begins else 'prend fin'}"
        if consent.kind is ConsentKind.HIDDEN_CATEGORY:
            return f"« {self._category(consent.scope or '')} » : {'caché' if begins else 'de nouveau visible'}"
        return f"{_LABELS[consent.kind]} : {'refusé' if begins else 'de nouveau possible'}"

    def _category(self, scope: str) -> str:
        kind, _, code = scope.partition("|")
        if kind == "class":
            return class_labels().get(code, code)
        found = self._services.deposit_terms.types.find(code)
        return code if found is None else found.plain_name


def _of(held: tuple[Held, ...], preset: Preset) -> tuple[Held, ...]:
    return tuple(each for each in held if each.consent.kind in KINDS[preset])
