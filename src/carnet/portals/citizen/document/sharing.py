"""Show a document to someone by a link: make it, print its sheet once, end it."""

from datetime import timedelta
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.errors import Invalid
from carnet.domain.record.consulting import glance
from carnet.domain.record.sharing.making import end_share, share
from carnet.domain.record.sharing.model import NOTE_AT_MOST
from carnet.portals.citizen.document.doorstep import Doorstep, address_of
from carnet.portals.citizen.document.page import HERE
from carnet.portals.citizen.document.receiving import ADDRESS
from carnet.portals.citizen.document.words import title_of
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.vocabulary.uuid7 import uuid7
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import STATE, done
from carnet.web.qr_code import qr_code
from carnet.web.wording import issue_text

_LONGEST_SENDING = 40
_LASTING = {
    "heure": (timedelta(hours=1), "1 heure"),
    "jour": (timedelta(days=1), "1 jour"),
    "semaine": (timedelta(days=7), "7 jours"),
    "mois": (timedelta(days=30), "30 jours"),
}


def routes(portal: CitizenPortal, doorstep: Doorstep) -> list[Route]:
    views = _Sharing(portal)
    return [
        doorstep.route("/partage", get=views.form, post=views.make),
        doorstep.route("/partage/fiche", get=views.sheet),
        doorstep.route("/partage/{share:uuid}/arreter", post=views.end),
    ]


class _Sharing:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services

    async def form(self, request: Request, visit: Visit, document: UUID) -> Response:
        return await self._page(request, visit, document, Form())

    async def make(self, request: Request, visit: Visit, document: UUID, typed: FormData) -> Response:
        form = Form(typed)
        lasting = form.choice("duree", self._offered, required="Choisissez combien de temps le lien marche.")
        note = form.text("pour", longest=NOTE_AT_MOST)
        if form.is_sound and lasting is not None:
            try:
                made = await share(
                    self._services.store, [document], lasting=_LASTING[lasting][0], note=note,
                    sending=form.typed("envoi")[:_LONGEST_SENDING], actor=visit.actor, terms=self._services.share_terms,
                )  # fmt: skip
            except Invalid as refused:
                form.mend("duree", issue_text(refused.issues[0])[1])
            else:
                # Told once: only this session can open what the address of the sheet holds.
                told = {"a": made.address, "c": made.code, "s": str(made.share.share_id)}
                sheet = f"{address_of(document, 'partage', 'fiche')}?{STATE}={self._portal.seal(visit, told)}"
                return RedirectResponse(sheet, 303, {"Cache-Control": "no-store"})
        return await self._page(request, visit, document, form, status=422)

    async def sheet(self, request: Request, visit: Visit, document: UUID) -> Response:
        """The paper to give: the address, the code, a drawing for telephones. Shown to who made the link, for a while."""
        told = self._portal.state(request, visit)
        address, code = told.get("a"), told.get("c")
        glanced = await glance(self._services.store, document, actor=visit.actor, terms=self._services.read_terms)
        if not isinstance(address, str) or not isinstance(code, str):
            return RedirectResponse(address_of(document), 303, {"Cache-Control": "no-store"})
        link = f"{self._services.public_url}{ADDRESS}/{address}"
        return self._portal.page(
            request, "document/sheet.html", here=HERE, address=address_of(document), link=link, code=code, qr=qr_code(link),
            title=title_of(self._services.browse_terms.reading.read_card(glanced.fiche.fiche)), share=told.get("s"),
        )  # fmt: skip

    async def end(self, request: Request, visit: Visit, document: UUID, _: FormData) -> Response:
        glanced = await glance(self._services.store, document, actor=visit.actor, terms=self._services.read_terms)
        await end_share(
            self._services.store, glanced.facts.patient_id, request.path_params["share"], actor=visit.actor,
            terms=self._services.share_terms,
        )  # fmt: skip
        return done(address_of(document), "partage-arrete")

    @property
    def _offered(self) -> dict[str, str]:
        longest = self._services.share_terms.longest
        return {key: label for key, (lasting, label) in _LASTING.items() if lasting <= longest}

    async def _page(self, request: Request, visit: Visit, document: UUID, form: Form, *, status: int = 200) -> Response:
        glanced = await glance(self._services.store, document, actor=visit.actor, terms=self._services.read_terms)
        return self._portal.page(
            request, "document/share.html", status=status, here=HERE, address=address_of(document), form=form, sending=form.typed("envoi") or uuid7(), offered=[(key, label, None) for key, label in self._offered.items()],
            title=title_of(self._services.browse_terms.reading.read_card(glanced.fiche.fiche)),
        )  # fmt: skip
