"""
The requests addressed to a professional or to their structure. They learn of the document they made and of what was written to them, no more.

Source: regulation (EU) 2016/679, article 12 §3 (a month to answer), article 16 (rectification); docs/decisions/0036-links-and-requests.md.
"""

from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.document_types.table import DocumentTypes
from carnet.domain.record.asking.answering import answer_request, open_request, requests_for
from carnet.domain.record.asking.model import MOTIVE_AT_MOST, RequestStatus, Verdict
from carnet.portals.professional.portal import ProfessionalPortal, ProfessionalVisit
from carnet.web.portal.documents.shown import type_name
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done, was_done

LIST = "/pro/demandes"
_REQUEST = LIST + "/{request:uuid}"
_LABELS = {"reponse": "Votre réponse", "texte": "Ce que vous répondez"}
_TO_ANSWER = frozenset({RequestStatus.SENT, RequestStatus.SEEN})


def routes(portal: ProfessionalPortal) -> list[Route]:
    views = _Requests(portal)
    return [portal.route(LIST, get=views.page), portal.route(_REQUEST, get=views.one, post=views.answer)]


class _Requests:
    def __init__(self, portal: ProfessionalPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._types = DocumentTypes.load()

    async def page(self, request: Request, visit: ProfessionalVisit) -> Response:
        found = await requests_for(self._services.store, actor=visit.actor, terms=self._services.read_terms)
        waiting = [each for each in found if each.status in _TO_ANSWER]
        return self._portal.page(
            request, "requests/list.html", here="demandes", waiting=waiting, answered=[each for each in found if each not in waiting],
            name=self._name,
        )  # fmt: skip

    async def one(self, request: Request, visit: ProfessionalVisit) -> Response:
        return await self._show(request, visit, Form())

    async def answer(self, request: Request, visit: ProfessionalVisit, typed: FormData) -> Response:
        form = Form(typed)
        verdict = form.choice("reponse", set(Verdict), required="Choisissez votre réponse.")
        needed = "Dites pourquoi : la personne le lira." if verdict == Verdict.DECLINED else None
        text = form.text("texte", required=needed, longest=MOTIVE_AT_MOST)
        if verdict is None or not form.is_sound:
            return await self._show(request, visit, form, status=422)
        request_id: UUID = request.path_params["request"]
        await answer_request(
            self._services.store, request_id, Verdict(verdict), text, actor=visit.actor, terms=self._services.read_terms
        )
        return done(f"{LIST}/{request_id}", "repondu")

    async def _show(self, request: Request, visit: ProfessionalVisit, form: Form, *, status: int = 200) -> Response:
        found = await open_request(
            self._services.store, request.path_params["request"], actor=visit.actor, terms=self._services.read_terms
        )
        return self._portal.page(
            request, "requests/one.html", status=status, here="demandes", found=found, form=form, labels=_LABELS, name=self._name,
            waits=found.received.status in _TO_ANSWER, just=was_done(request), longest=MOTIVE_AT_MOST,
        )  # fmt: skip

    def _name(self, code: str) -> str:
        return type_name(self._types, code)
