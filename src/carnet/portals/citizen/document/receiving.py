"""
The page of whoever received a link, at `/partage`: nobody signs in, a code is asked, and the documents are shown for a while.

Unknown, wrong, over and empty give the same page.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.accounts.means.model import Origin
from carnet.domain.accounts.means.steps import Door, count_try
from carnet.domain.errors import NotFound, Refused
from carnet.domain.record.sharing.model import SharedDocument, Unlocked
from carnet.domain.record.sharing.opening import open_shared, read_shared, unlock
from carnet.portals.citizen.document.page import type_name
from carnet.portals.citizen.document.words import is_own, makers, title_of
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.portals.citizen.proofs import TOO_MANY, origin_of
from carnet.web.bearer import REQUEST_ID
from carnet.web.portal import guard
from carnet.web.portal.documents.contents import beside, download, is_fetched_ahead, part, shown
from carnet.web.portal.forms import Form
from carnet.web.reading import readable_soon, render_answer, render_facts, render_reading
from carnet.web.wording import issue_text

ADDRESS = "/partage"
_OPEN = "/partage/ouvert"
_COOKIE = "carnet_partage"
_SECONDS = 30 * 60
_WRONG = "Ce partage n’existe pas, il est terminé, ou le code n’est pas le bon."


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Receiving(portal)
    return [
        portal.open_route(ADDRESS, get=views.door, post=views.try_code),
        portal.open_route(_OPEN, get=views.documents),
        portal.open_route(_OPEN + "/fermer", post=views.leave),
        portal.open_route(_OPEN + "/{document:uuid}", get=views.document),
        portal.open_route(_OPEN + "/{document:uuid}/original", get=views.original),
        portal.open_route(_OPEN + "/{document:uuid}/apercu", get=views.beside),
        portal.open_route(_OPEN + "/{document:uuid}/image/{number:int}", get=views.image),
        portal.open_route(_OPEN + "/{document:uuid}/fichier/{number:int}", get=views.attached),
        portal.open_route(ADDRESS + "/{address}", get=views.door, post=views.try_code),
    ]


class _Receiving:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services

    async def door(self, request: Request, _: Visit | None) -> Response:
        """The same for every address: nothing is looked up before a code is sent."""
        return self._door(request, Form())

    async def try_code(self, request: Request, _: Visit | None, typed: FormData) -> Response:
        form = Form(typed)
        address = str(
            request.path_params.get("address")
            or form.text("adresse", required="Recopiez les 16 lettres et chiffres de l’adresse.", longest=40)
        )
        code = form.text("code", required="Écrivez les 8 chiffres du code.", longest=40)
        if not form.is_sound:
            return self._door(request, form, status=422)
        try:
            await self._count_try(request)
        except Refused as spent:
            form.mend("code", issue_text(spent.issues[0])[1])
            return self._door(request, form, status=TOO_MANY)
        try:
            unlocked = await unlock(
                self._services.store, address, code, terms=self._services.share_terms, correlation_id=request.scope.get(REQUEST_ID)
            )  # fmt: skip
        except NotFound:
            form.mend("code", _WRONG)
            return self._door(request, form, status=404)
        response = RedirectResponse(_OPEN, 303, {"Cache-Control": "no-store"})
        sealed = self._portal.seal_open({"p": str(unlocked.patient_id), "s": str(unlocked.share_id)}, whose=_WHOSE)
        guard.set_cookie(response, _COOKIE, sealed, secure=self._portal.secure, seconds=_SECONDS)
        return response

    async def _count_try(self, request: Request) -> None:
        """So many in a while from one network, whatever the link: nobody goes through addresses. Raises Refused."""
        accounts = self._portal.accounts
        door = Door("share", "", Origin(origin_of(request, self._portal).network))
        async with self._portal.database.transaction() as tx:
            await count_try(tx, door, keys=accounts.keys, terms=accounts.terms, at=self._services.clock())

    async def documents(self, request: Request, _: Visit | None) -> Response:
        """What the link shows; each time is an opening with its trace."""
        unlocked = self._unlocked(request)
        if unlocked is None:
            return RedirectResponse(ADDRESS, 303, {"Cache-Control": "no-store"})
        if request.method == "HEAD" or is_fetched_ahead(request):
            return _unread(request)
        try:
            opened = await open_shared(
                self._services.store, unlocked, terms=self._services.share_terms, correlation_id=request.scope.get(REQUEST_ID)
            )  # fmt: skip
        except NotFound:
            return self._over(request)
        return self._portal.page(
            request, "document/received.html", expires_at=opened.share.expires_at,
            documents=[self._told(each) for each in opened.documents],
        )  # fmt: skip

    async def document(self, request: Request, _: Visit | None) -> Response:
        found = await self._read(request)
        if isinstance(found, Response):
            return found
        shared, content = found
        reading = await readable_soon(content, shared.facts.mime_type)
        base = f"{_OPEN}/{shared.facts.logical_id}"
        return self._portal.page(
            request, "document/received_document.html", **self._told(shared), base=base, home=_OPEN,
            answer=None if reading is None else render_answer(reading), facts="" if reading is None else render_facts(reading),
            body="" if reading is None else render_reading(reading, address=lambda what, number: f"{base}/{_PARTS[what]}/{number}"),
            beside=None if reading is None or reading.embedded is None else reading.embedded.media_type,
        )  # fmt: skip

    async def original(self, request: Request, _: Visit | None) -> Response:
        found = await self._read(request)
        return found if isinstance(found, Response) else download(request, found[1], found[0].facts.mime_type)

    async def beside(self, request: Request, _: Visit | None) -> Response:
        found = await self._read(request)
        return (
            found if isinstance(found, Response) else shown(request, await beside(found[1], found[0].facts.mime_type))
        )

    async def image(self, request: Request, _: Visit | None) -> Response:
        return await self._part(request, of_narrative=True)

    async def attached(self, request: Request, _: Visit | None) -> Response:
        return await self._part(request, of_narrative=False)

    async def leave(self, _: Request, __: Visit | None, ___: FormData) -> Response:
        """Close what was opened on this device, a library's or a friend's."""
        response = RedirectResponse(ADDRESS, 303, {"Cache-Control": "no-store", "Clear-Site-Data": '"cache"'})
        guard.drop_cookie(response, _COOKIE, secure=self._portal.secure)
        return response

    async def _part(self, request: Request, *, of_narrative: bool) -> Response:
        found = await self._read(request)
        if isinstance(found, Response):
            return found
        return part(request, await readable_soon(found[1], found[0].facts.mime_type), of_narrative=of_narrative)

    async def _read(self, request: Request) -> tuple[SharedDocument, bytes] | Response:
        """One document with its bytes, once traced; or the answer when nothing is to be shown."""
        unlocked = self._unlocked(request)
        if unlocked is None:
            return RedirectResponse(ADDRESS, 303, {"Cache-Control": "no-store"})
        if request.method == "HEAD" or is_fetched_ahead(request):
            return _unread(request)
        try:
            return await read_shared(
                self._services.store, unlocked, request.path_params["document"], terms=self._services.share_terms,
                correlation_id=request.scope.get(REQUEST_ID),
            )  # fmt: skip
        except NotFound:
            return self._over(request)

    def _unlocked(self, request: Request) -> Unlocked | None:
        """The link whose code was given in this browser, within the half-hour."""
        sealed = guard.cookie(request, _COOKIE, secure=self._portal.secure)
        told = self._portal.open_sealed(sealed, whose=_WHOSE, within=timedelta(seconds=_SECONDS))
        return Unlocked(UUID(told["p"]), UUID(told["s"])) if told else None

    def _told(self, shared: SharedDocument) -> dict[str, Any]:
        card = self._services.browse_terms.reading.read_card(shared.entry.fiche)
        return {
            "title": title_of(card), "type_name": type_name(shared.facts.access_class.type_code), "makers": makers(card),
            "address": f"{_OPEN}/{shared.facts.logical_id}", "is_replaced": shared.is_replaced, "is_own": is_own(shared.facts.access_class),
        }  # fmt: skip

    def _door(self, request: Request, form: Form, *, status: int = 200) -> Response:
        address = request.path_params.get("address")
        return self._portal.page(
            request,
            "document/door.html",
            status=status,
            form=form,
            asks_address=address is None,
            action=request.url.path,
        )

    def _over(self, request: Request) -> Response:
        form = Form()
        form.mend("code", _WRONG)
        response = self._portal.page(
            request, "document/door.html", status=404, form=form, asks_address=True, action=ADDRESS
        )
        guard.drop_cookie(response, _COOKIE, secure=self._portal.secure)
        return response


def _unread(request: Request) -> Response:
    return Response(status_code=200 if request.method == "HEAD" else 503, headers={"Cache-Control": "no-store"})


_PARTS = {"image": "image", "file": "fichier"}
_WHOSE = b"share"
