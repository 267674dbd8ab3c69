"""The controls of a document: hide it from professionals, from one of them, show it again, delete it. Each says its effect before."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.access.model import Action
from carnet.domain.directory.choosing import known
from carnet.domain.errors import Refused
from carnet.domain.record import deletion, hiding, masking
from carnet.domain.record.consulting import glance
from carnet.domain.record.consulting.model import Glanced
from carnet.domain.record.opening import open_document
from carnet.domain.record.wanted import Named
from carnet.portals.citizen.document.doorstep import Doorstep, address_of
from carnet.portals.citizen.document.page import HERE
from carnet.portals.citizen.document.words import title_of
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.portals.citizen.professionals.picking import Picker
from carnet.web.portal.portal import DONE, STATE, done
from carnet.web.wording.candidates import candidate_job, candidate_name, candidate_places, named, named_to

Verb = Callable[..., Awaitable[Any]]


def routes(portal: CitizenPortal, doorstep: Doorstep) -> list[Route]:
    views = _Controls(portal)
    return [
        doorstep.route("/masquer", post=views.mask),
        doorstep.route("/montrer", post=views.unmask),
        doorstep.route("/cacher", get=views.ask_to_hide, post=views.hide),
        doorstep.route("/remontrer", post=views.show_again),
        doorstep.route("/supprimer", get=views.ask_to_delete, post=views.delete),
    ]


class _Controls:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._picker = Picker(portal)

    async def mask(self, _: Request, visit: Visit, document: UUID, __: FormData) -> Response:
        await self._do(masking.mask, visit, document)
        return done(address_of(document), "masque")

    async def unmask(self, _: Request, visit: Visit, document: UUID, __: FormData) -> Response:
        await self._do(masking.unmask, visit, document)
        return done(address_of(document), "visible")

    async def ask_to_hide(self, request: Request, visit: Visit, document: UUID) -> Response:
        """The one who was chosen, and what hiding from them means. Without anyone chosen: to the search."""
        chosen = await self._picker.chosen(request, visit)
        if chosen is None:
            to = self._picker.address(
                visit, to=address_of(document, "cacher"), title="À qui voulez-vous cacher ce document ?"
            )
            return RedirectResponse(to, 303, {"Cache-Control": "no-store"})
        glanced = await self._glance(visit, document)
        return self._portal.page(
            request, "document/hide.html", here=HERE, address=address_of(document), title=self._title(glanced),
            name=candidate_name(chosen), said=named(chosen)[0], to=named_to(chosen), job=candidate_job(chosen), works_at=candidate_places(chosen), is_organization=chosen.is_organization,
            wrote=chosen.holder in glanced.document.author_persons, state=request.query_params.get(STATE, ""),
        )  # fmt: skip

    async def hide(self, request: Request, visit: Visit, document: UUID, _: FormData) -> Response:
        chosen = await self._picker.chosen(request, visit)
        if chosen is None:
            return RedirectResponse(address_of(document, "cacher"), 303, {"Cache-Control": "no-store"})
        await self._do(hiding.hide_from, visit, document, chosen.holder)
        return self._done(visit, document, "cache", chosen.holder, is_organization=chosen.is_organization)

    async def show_again(self, _: Request, visit: Visit, document: UUID, form: FormData) -> Response:
        """Takes in the form: the one to show it to; only who it is hidden from is accepted."""
        holder = form.get("a")
        opened = await open_document(self._services.store, document, actor=visit.actor, terms=self._services.read_terms)
        if not isinstance(holder, str) or holder not in opened.entry.access_class.hidden_from:
            return done(address_of(document), "remontre")
        await self._do(hiding.show_to, visit, document, holder)
        found = await known(self._portal.database, [(holder, True)])
        return self._done(visit, document, "remontre", holder, is_organization=holder in found)

    async def ask_to_delete(self, request: Request, visit: Visit, document: UUID) -> Response:
        glanced = await self._glance(visit, document)
        if Action.DELETE not in glanced.may:
            raise Refused("update-not-own-upload")
        return self._portal.page(
            request, "document/delete.html", here=HERE, address=address_of(document), title=self._title(glanced)
        )

    async def delete(self, _: Request, visit: Visit, document: UUID, form: FormData) -> Response:
        if form.get("compris") != "oui":
            return RedirectResponse(address_of(document, "supprimer"), 303, {"Cache-Control": "no-store"})
        await self._do(deletion.delete, visit, document)
        return done("/documents", "document-supprime")

    def _done(self, visit: Visit, document: UUID, act: str, holder: str, *, is_organization: bool) -> Response:
        """After an act about someone: who they are goes with it, sealed, so that the page offers the way back."""
        choice = self._picker.choice(visit, holder, is_organization=is_organization)
        where = f"{address_of(document)}?{DONE}={act}&{STATE}={choice}"
        return RedirectResponse(where, 303, {"Cache-Control": "no-store"})

    async def _glance(self, visit: Visit, document: UUID) -> Glanced:
        return await glance(self._services.store, document, actor=visit.actor, terms=self._services.read_terms)

    def _title(self, glanced: Glanced) -> str:
        return title_of(self._services.browse_terms.reading.read_card(glanced.fiche.fiche))

    async def _do(self, verb: Verb, visit: Visit, document: UUID, *arguments: object) -> None:
        await verb(
            self._services.store, Named(logical_id=document), *arguments, actor=visit.actor, terms=self._services.update_terms
        )  # fmt: skip
