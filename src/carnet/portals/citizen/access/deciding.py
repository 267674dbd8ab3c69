"""One decision about one professional or structure: its effect, computed by the rules, then the button; the way back is on their page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.access.authorising import withdraw
from carnet.domain.access.blocking import block, unblock
from carnet.domain.access.model import RecordFacts
from carnet.domain.access.restoring import Held, restore
from carnet.domain.access.treating import remove_primary_care_doctor, set_primary_care_doctor
from carnet.domain.consent.model import Basis, Consent, ConsentKind
from carnet.domain.directory.choosing.model import Candidate
from carnet.domain.record.simulation import Supposing, simulate
from carnet.portals.citizen.access.others import as_actor, counted
from carnet.portals.citizen.access.professionals import PROFESSIONALS, Professionals
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.vocabulary.frozen import frozen
from carnet.web.portal.forms import Form
from carnet.web.wording.candidates import candidate_job, candidate_name, candidate_places, named

DECIDE = "/acces/professionnels/{act}"
_LASTING = {
    "jour": ("Un jour", timedelta(days=1)),
    "mois": ("Un mois", timedelta(days=30)),
    "semestre": ("Six mois", timedelta(days=182)),
    "an": ("Un an", timedelta(days=365)),
}
_LONGEST = timedelta(days=3653)


@frozen
class Decision:
    """title, button: with the name. limits: what it does not do. done: its name once done. danger: the button is red."""

    title: str
    button: str
    limits: tuple[str, ...]
    done: str
    supposing: Callable[[RecordFacts], RecordFacts]
    has_end: bool = False
    danger: bool = False


_NOTHING_ELSE = "{Il} ne voit jamais ce que vous gardez pour vous, ni ce que vous lui cachez."
_HOLDS = "En urgence, {il} ne pourra rien lire non plus."
_GIVES_WAY = (
    "En urgence, avec une raison écrite, {il} peut encore ouvrir votre carnet si vous ne refusez pas l’accès en urgence. "
    "Vous en recevez un avis."
)
DECISIONS = {
    "autoriser": Decision(
        "Autoriser {name}", "Autoriser cet accès", (_NOTHING_ELSE, "Vous pouvez retirer cette autorisation à tout moment."), "autorise",
        lambda facts: replace(facts, has_grant=True), has_end=True,
    ),
    "changer-la-fin": Decision(
        "Changer la date de fin pour {name}", "Changer la date de fin", ("Avant cette date, rien ne change.",), "fin",
        lambda facts: replace(facts, has_grant=True), has_end=True,
    ),
    "retirer": Decision(
        "Retirer l’autorisation {of}", "Retirer l’autorisation",
        ("Après une nouvelle déclaration de soins, {il} pourra de nouveau ouvrir votre carnet. Pour l’en empêcher, bloquez cet accès.",), "retire",
        lambda facts: replace(facts, has_grant=False),
    ),
    "medecin-traitant": Decision(
        "Choisir {name} comme médecin traitant", "Choisir comme médecin traitant",
        (
            "{Il} voit aussi les documents que vous masquez, et la liste de qui a ouvert votre carnet.",
            "Cela ne change pas votre médecin traitant auprès de l’Assurance Maladie.",
        ),
        "traitant", lambda facts: replace(facts, is_primary_care_doctor=True),
    ),
    "plus-medecin-traitant": Decision(
        "Ne plus avoir {name} comme médecin traitant", "Ne plus l’avoir comme médecin traitant",
        ("Cela ne change pas votre médecin traitant auprès de l’Assurance Maladie.",), "plus-traitant",
        lambda facts: replace(facts, is_primary_care_doctor=False),
    ),
    "bloquer": Decision(
        "Bloquer {name}", "Bloquer cet accès",
        (
            "{Il} ne pourra plus rien lire, même après une déclaration de soins.",
            "{Il} peut encore ajouter des documents à votre carnet.",
        ),
        "bloque", lambda facts: replace(facts, is_blocked=True, has_grant=False, is_primary_care_doctor=False), danger=True,
    ),
    "debloquer": Decision(
        "Débloquer {name}", "Débloquer cet accès", ("Cela ne redonne aucune autorisation : elle sera à donner de nouveau.",), "debloque",
        lambda facts: replace(facts, is_blocked=False),
    ),
}  # fmt: skip

# The acts that take nothing but whom; the others give an access, with its end.
_CHANGES = {
    "retirer": withdraw,
    "medecin-traitant": set_primary_care_doctor,
    "plus-medecin-traitant": remove_primary_care_doctor,
    "bloquer": block,
    "debloquer": unblock,
}


class Deciding:
    def __init__(self, portal: CitizenPortal, professionals: Professionals) -> None:
        self._portal = portal
        self._services = portal.services
        self._professionals = professionals

    async def ask(self, request: Request, visit: Visit) -> Response:
        decision = DECISIONS.get(request.path_params["act"])
        if decision is None:
            return self._portal.not_found(request)
        return await self._asked(request, visit, decision, Form())

    async def decide(self, request: Request, visit: Visit, typed: FormData) -> Response:
        decision = DECISIONS.get(request.path_params["act"])
        if decision is None:
            return self._portal.not_found(request)
        form = Form(typed)
        until = self._until(form, visit) if decision.has_end else None
        if not form.is_sound:
            return await self._asked(request, visit, decision, form, status=422)
        candidate = await self._professionals.chosen(request, visit)
        before, _ = await self._professionals.held(visit, candidate)
        await self._act(request.path_params["act"], visit, candidate, until=until)
        return self._professionals.to_card(visit, candidate, decision.done, before=before)

    async def _act(self, act: str, visit: Visit, candidate: Candidate, *, until: datetime | None) -> None:
        rights, terms, holder = self._services.rights, self._services.rights_terms, candidate.holder
        if not DECISIONS[act].has_end:
            await _CHANGES[act](
                rights, visit.patient_id, holder=holder, is_organization=candidate.is_organization, actor=visit.actor, terms=terms
            )  # fmt: skip
            return
        grant = Consent(ConsentKind.GRANT, holder, candidate.is_organization, Basis.PATIENT)
        kinds = frozenset({ConsentKind.GRANT})
        await restore(
            rights, visit.patient_id, [Held(grant, until)], kinds=kinds, holder=holder, actor=visit.actor, terms=terms
        )  # fmt: skip

    async def _asked(
        self, request: Request, visit: Visit, decision: Decision, form: Form, *, status: int = 200
    ) -> Response:
        candidate = await self._professionals.chosen(request, visit)
        _, place = await self._professionals.held(visit, candidate)
        supposing: Supposing = decision.supposing
        shown = await simulate(
            self._services.store, visit.ins, as_actor(candidate, place=place), actor=visit.actor, terms=self._services.read_terms,
            supposing=supposing,
        )  # fmt: skip
        after = shown if shown.supposed is None else shown.supposed
        name = candidate_name(candidate)
        state = request.query_params.get("e", "")
        return self._portal.page(
            request, "access/decide.html", status=status, here="acces", form=form, decision=decision, name=name,
            title=decision.title.format(name=named(candidate)[0], of=named(candidate)[1]), job=candidate_job(candidate), where=candidate_places(candidate),
            limits=[each.format(**pronoun(candidate)) for each in (*decision.limits, *self._in_an_emergency(decision))], before=counted(shown), sees="voit" if shown.seen else "ne voit", after=counted(after), is_same=shown.seen == after.seen, is_structure=candidate.is_organization,
            action=f"{PROFESSIONALS}/{request.path_params['act']}?e={state}", cancel=f"{PROFESSIONALS}/fiche?e={state}",
            lasting=[
                *((key, label, None) for key, (label, _) in _LASTING.items()), ("sans-fin", "Sans date de fin", "Jusqu’à ce que vous la retiriez."),
                ("date", "Jusqu’à une date que je choisis", None),
            ],
        )  # fmt: skip

    def _in_an_emergency(self, decision: Decision) -> tuple[str, ...]:
        """What a block does in an emergency, as the operator set it."""
        if decision is not DECISIONS["bloquer"]:
            return ()
        return (_HOLDS,) if self._services.rights.fact_terms.block_holds_in_emergency else (_GIVES_WAY,)

    def _until(self, form: Form, visit: Visit) -> datetime | None:
        """The end that was chosen; the day that was chosen is included."""
        chosen = form.choice("duree", (*_LASTING, "sans-fin", "date"), required="Choisissez jusqu’à quand.")
        if chosen in _LASTING:
            return visit.now + _LASTING[chosen][1]
        if chosen == "date":
            today = visit.now.astimezone(visit.zone).date()
            day = form.day("fin", required="Écrivez la date de fin.", first=today, last=today + _LONGEST)
            if day is not None:
                return datetime.combine(day + timedelta(days=1), time.min, visit.zone)
        return None


def pronoun(candidate: Candidate) -> dict[str, str]:
    """How a sentence goes on about them."""
    feminine = candidate.is_organization or candidate.civility == "MME"
    return {"Il": "Elle", "il": "elle"} if feminine else {"Il": "Il", "il": "il"}
