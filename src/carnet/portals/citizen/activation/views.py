"""
Information, then recognition, then the decision: two pages whichever it is. Another code can be asked for with the card.

Source: identity-and-messaging.md §3.3; CSP R1111-28; docs/decisions/0039-accounts.md.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.accounts.activation.model import Decision, Recognition, read_card, read_matricule
from carnet.domain.accounts.activation.provisional_codes import ask_again
from carnet.domain.accounts.activation.recognising import BY_CODE, decide_of_record, recognise, who_is_recognised
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import Conflict, DomainError, Invalid, Refused
from carnet.portals.citizen.portal import CitizenPortal, Visit, holder_actor, shown_name
from carnet.portals.citizen.proofs import (
    ACTIVATION,
    ACTIVATION_STEP,
    NEVER_KEPT,
    drop_step,
    keep_step,
    let_in_as,
    origin_of,
    status_of,
    step_of,
    told,
)
from carnet.vocabulary.frozen import frozen
from carnet.web.portal.forms import Form

FIRST_CHOICE = "/compte/premiere-fois"
_LONGEST = 60


@frozen
class Way:
    """One of the two ways: word of its address, and what it decides."""

    word: str
    decision: Decision


WAYS = (Way("ouvrir", Decision.OPEN), Way("refuser", Decision.OPPOSE))


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Activation(portal)
    found = [
        portal.open_route(ACTIVATION, get=views.information),
        portal.open_route(f"{ACTIVATION}/code", get=views.ask_for_code, post=views.code_asked),
        portal.open_route(f"{ACTIVATION}/code/demande", get=views.code_on_its_way),
        portal.open_route(f"{ACTIVATION}/refuser/fait", get=views.refused),
    ]
    for way in WAYS:
        found += [
            portal.open_route(
                f"{ACTIVATION}/{way.word}", get=partial(views.ask_who, way=way), post=partial(views.recognised, way=way)
            ),
            portal.open_route(
                f"{ACTIVATION}/{way.word}/confirmer", get=partial(views.ask_decision, way=way),
                post=partial(views.decided, way=way),
            ),
        ]  # fmt: skip
    return found


class _Activation:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    @property
    def _period(self) -> timedelta:
        return self._portal.services.receiving_terms.objection_period

    async def information(self, request: Request, _: Visit | None) -> Response:
        return self._portal.page(
            request, "activation/information.html", weeks=self._period.days // 7, leads_to=self._portal.leads_to
        )

    async def ask_who(self, request: Request, _: Visit | None, *, way: Way) -> Response:
        return self._who(request, Form(), way)

    async def recognised(self, request: Request, _: Visit | None, typed: FormData, *, way: Way) -> Response:
        form = Form(typed)
        recognition = _recognition(form)
        if recognition is None:
            return self._who(request, form, way, status=422)
        portal = self._portal
        try:
            token = await recognise(
                recognition, oids=portal.services.receiving_terms.oids, origin=origin_of(request, portal),
                accounts=portal.accounts,
            )  # fmt: skip
        except Refused as error:
            form.mend("", told(error))
            return self._who(request, form, way, status=status_of(error))
        response = RedirectResponse(f"{ACTIVATION}/{way.word}/confirmer", 303, NEVER_KEPT)
        return keep_step(response, token, portal, ACTIVATION_STEP)

    async def ask_decision(self, request: Request, _: Visit | None, *, way: Way) -> Response:
        found = await who_is_recognised(step_of(request, self._portal, ACTIVATION_STEP), accounts=self._portal.accounts)
        if found is None:
            return RedirectResponse(f"{ACTIVATION}/{way.word}", 303, NEVER_KEPT)
        person, identity = found
        opens_at = None if person.announced_at is None else person.announced_at + self._period
        return self._portal.page(
            request, f"activation/confirm_{way.decision}.html", name=shown_name(identity), person=person, opens_at=opens_at,
            status_now=person.status.value,
        )  # fmt: skip

    async def decided(self, request: Request, _: Visit | None, __: FormData, *, way: Way) -> Response:
        portal = self._portal
        step = step_of(request, portal, ACTIVATION_STEP)
        try:
            known, means = await decide_of_record(
                step, way.decision, actor_of=partial(holder_actor, request), accounts=portal.accounts
            )
        except (Refused, Conflict) as error:
            form = Form()
            form.mend("", _already(error, way) or told(error))
            return self._who(request, form, way, status=422)
        if way.decision is Decision.OPPOSE:
            done = RedirectResponse(f"{ACTIVATION}/refuser/fait", 303, NEVER_KEPT)
            return drop_step(portal.let_out(done), portal, ACTIVATION_STEP)
        response = await let_in_as(
            request,
            portal,
            known.patient_id,
            known.identity,
            means=means,
            to=FIRST_CHOICE if means == BY_CODE else None,
        )
        return drop_step(response, portal, ACTIVATION_STEP)

    async def refused(self, request: Request, _: Visit | None) -> Response:
        return self._portal.page(request, "activation/refused.html")

    async def ask_for_code(self, request: Request, _: Visit | None) -> Response:
        return self._portal.page(request, "activation/ask_code.html", form=Form())

    async def code_asked(self, request: Request, _: Visit | None, typed: FormData) -> Response:
        form = Form(typed)
        matricule = _read(form, "matricule", read_matricule)
        card = _read(form, "carte", read_card)
        if matricule is None or card is None:
            return self._portal.page(request, "activation/ask_code.html", status=422, form=form)
        portal = self._portal
        try:
            await ask_again(matricule, card, origin=origin_of(request, portal), accounts=portal.accounts)
        except Refused as error:
            form.mend("", told(error))
            return portal.page(request, "activation/ask_code.html", status=status_of(error), form=form)
        return RedirectResponse(f"{ACTIVATION}/code/demande", 303, NEVER_KEPT)

    async def code_on_its_way(self, request: Request, _: Visit | None) -> Response:
        return self._portal.page(request, "activation/code_asked.html", mail=self._portal.accounts.terms.sends_mail)

    def _who(self, request: Request, form: Form, way: Way, *, status: int = 200) -> Response:
        return self._portal.page(request, "activation/recognise.html", status=status, form=form, way=way.word)


def _recognition(form: Form) -> Recognition | None:
    """The three of them, or what to mend beside each."""
    code = form.text(
        "code", required="Recopiez le code provisoire de votre lettre ou de votre courriel.", longest=_LONGEST
    )
    matricule = _read(form, "matricule", read_matricule)
    card = _read(form, "carte", read_card)
    if not form.is_sound or matricule is None or card is None:
        return None
    return Recognition.of(matricule, code, card)


def _read(form: Form, name: str, reader: Callable[[str], str]) -> str | None:
    try:
        return reader(form.text(name, longest=_LONGEST))
    except Invalid as error:
        form.mend(name, told(error))
        return None


def _already(error: DomainError, way: Way) -> str | None:
    """What a decision that was taken already is told."""
    if error.code != "record-status" or way.decision is Decision.OPEN:
        return None
    status = error.issues[0].facts.get("status")
    if status == RecordStatus.OPPOSED:
        return "Votre refus est déjà enregistré : aucun carnet n’est ouvert à votre nom."
    return "Votre carnet est déjà fermé." if status == RecordStatus.CLOSED else None
