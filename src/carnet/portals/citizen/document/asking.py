"""Ask who made a document to correct it or to remove it, and follow the request."""

from collections.abc import Sequence
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.errors import Conflict, Invalid
from carnet.domain.record.asking.model import MOTIVE_AT_MOST, RUNNING, RequestKind
from carnet.domain.record.asking.sending import (
    answers_to_read,
    ask_author,
    close_request,
    shown_requests,
    withdraw_request,
)
from carnet.domain.record.consulting import glance
from carnet.domain.record.opening import open_document
from carnet.portals.citizen.document.doorstep import Doorstep, address_of
from carnet.portals.citizen.document.page import HERE
from carnet.portals.citizen.document.words import is_own, joined, makers, title_of
from carnet.portals.citizen.home.to_do import Task
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done
from carnet.web.wording import issue_text

_KINDS = {"corriger": RequestKind.CORRECT, "retirer": RequestKind.REMOVE}


def routes(portal: CitizenPortal, doorstep: Doorstep) -> list[Route]:
    views = _Asking(portal)
    return [
        doorstep.route("/demande", get=views.form, post=views.send),
        doorstep.route("/demande/{request:uuid}/retirer", post=views.withdraw),
        doorstep.route("/demande/{request:uuid}/clore", post=views.close),
    ]


async def tasks(portal: CitizenPortal, visit: Visit) -> Sequence[Task]:
    """Answers of authors that wait to be read."""
    services = portal.services
    documents = await answers_to_read(services.store, visit.patient_id, actor=visit.actor, terms=services.read_terms)
    return [
        Task("Lire la réponse à votre demande", address_of(document) + "#demandes", "L’auteur d’un document vous répond.", "mail")
        for document in documents
    ]  # fmt: skip


class _Asking:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services

    async def form(self, request: Request, visit: Visit, document: UUID) -> Response:
        return await self._page(request, visit, document, Form())

    async def send(self, request: Request, visit: Visit, document: UUID, typed: FormData) -> Response:
        form = Form(typed)
        kind = form.choice("quoi", _KINDS, required="Choisissez ce que vous demandez.")
        motive = form.text("motif", required="Dites ce qui ne va pas.", longest=MOTIVE_AT_MOST)
        if form.is_sound and kind is not None:
            try:
                await ask_author(
                    self._services.store, document, _KINDS[kind], motive, actor=visit.actor, terms=self._services.read_terms
                )  # fmt: skip
            except (Invalid, Conflict) as refused:
                if refused.code == "request-running" and await self._is_sent(visit, document, motive):
                    return done(address_of(document), "demande")  # a second click
                form.mend("quoi", issue_text(refused.issues[0])[1])
            else:
                return done(address_of(document), "demande")
        return await self._page(request, visit, document, form, status=422)

    async def _is_sent(self, visit: Visit, document: UUID, motive: str) -> bool:
        opened = await open_document(self._services.store, document, actor=visit.actor, terms=self._services.read_terms)
        requests = await shown_requests(self._services.store, opened)
        return any(each.motive == motive and each.status in RUNNING for each in requests)

    async def withdraw(self, request: Request, visit: Visit, document: UUID, _: FormData) -> Response:
        await withdraw_request(
            self._services.store, document, request.path_params["request"], actor=visit.actor, terms=self._services.read_terms
        )  # fmt: skip
        return done(address_of(document), "demande-retiree")

    async def close(self, request: Request, visit: Visit, document: UUID, _: FormData) -> Response:
        await close_request(
            self._services.store, document, request.path_params["request"], actor=visit.actor, terms=self._services.read_terms
        )  # fmt: skip
        return done(address_of(document), "demande-close")

    async def _page(self, request: Request, visit: Visit, document: UUID, form: Form, *, status: int = 200) -> Response:
        glanced = await glance(self._services.store, document, actor=visit.actor, terms=self._services.read_terms)
        card = self._services.browse_terms.reading.read_card(glanced.fiche.fiche)
        facts = glanced.document
        made_by = [name for name, _, _ in makers(card) if name]
        return self._portal.page(
            request, "document/ask.html", status=status, here=HERE, address=address_of(document), title=title_of(card), form=form,
            makers=joined(made_by), can_be_asked=bool(facts.author_persons or facts.author_organizations) and not is_own(facts),
            own=is_own(facts), longest=MOTIVE_AT_MOST,
        )  # fmt: skip
