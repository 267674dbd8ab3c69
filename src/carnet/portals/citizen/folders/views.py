"""Own folders: list them, make one, look into one, rename it, take documents out, delete it. Each act says what survives, and has its way back."""

from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.errors import Invalid, NotFound
from carnet.domain.record.browsing import own_folders
from carnet.domain.record.browsing.listing import browse, list_folders
from carnet.domain.record.browsing.model import Choice, OwnFolder, Position
from carnet.portals.citizen.documents.views import filing_of
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.documents.asked import Asked, chosen_ids, read_asked
from carnet.web.portal.documents.shown import by_year, shown
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import DONE, STATE, done, was_done
from carnet.web.wording import issue_text

FOLDERS = "/dossiers"
_BROUGHT_BACK = 60  # documents at most that a folder may have held for its deletion to be undone: they travel in a link


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Folders(portal)
    one = FOLDERS + "/{folder:uuid}"
    return [
        portal.route(FOLDERS, get=views.page, post=views.make),
        portal.route(one, get=views.folder, post=views.rename),
        portal.route(f"{one}/sortir", post=views.take_out),
        portal.route(f"{one}/remettre", post=views.put_back),
        portal.route(f"{one}/supprimer", get=views.ask_to_delete, post=views.delete),
    ]


class _Folders:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services

    async def page(self, request: Request, visit: Visit) -> Response:
        return await self._list(request, visit, Form())

    async def make(self, request: Request, visit: Visit, typed: FormData) -> Response:
        """A new folder; with the documents of a deleted one when that is undone."""
        form = Form(typed)
        name, documents = form.typed("nom"), self._brought_back(form, visit)
        filing = filing_of(self._portal, visit)
        try:
            folder_id = await own_folders.make_folder(filing, name)
        except Invalid as fault:
            form.mend("nom", issue_text(fault.issues[0])[1])
            return await self._list(request, visit, form, status=422)
        if documents:
            await own_folders.put_in(filing, folder_id, documents)
        return done(f"{FOLDERS}/{folder_id}", "remis" if documents else "cree")

    async def folder(self, request: Request, visit: Visit) -> Response:
        return await self._one(request, visit, Form())

    async def rename(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form, folder_id = Form(typed), _folder_of(request)
        try:
            await own_folders.rename_folder(filing_of(self._portal, visit), folder_id, form.typed("nom"))
        except Invalid as fault:
            form.mend("nom", issue_text(fault.issues[0])[1])
            return await self._one(request, visit, form, status=422)
        return done(f"{FOLDERS}/{folder_id}", "renomme")

    async def take_out(self, request: Request, visit: Visit, typed: FormData) -> Response:
        """One document leaves the folder; the page offers to put it back."""
        folder_id, documents = _folder_of(request), chosen_ids(Form(typed).all_typed("d"))
        outcome = await own_folders.take_out(filing_of(self._portal, visit), folder_id, documents)
        state = self._portal.seal(visit, {"out": [each.hex for each in outcome.done]})
        return RedirectResponse(
            f"{FOLDERS}/{folder_id}?{STATE}={state}&{DONE}=sorti", 303, {"Cache-Control": "no-store"}
        )

    async def put_back(self, request: Request, visit: Visit, typed: FormData) -> Response:
        folder_id = _folder_of(request)
        await own_folders.put_in(filing_of(self._portal, visit), folder_id, chosen_ids(Form(typed).all_typed("d")))
        return done(f"{FOLDERS}/{folder_id}", "remis")

    async def ask_to_delete(self, request: Request, visit: Visit) -> Response:
        """What deleting does, before it is done."""
        folder_id = _folder_of(request)
        for folder, count in await self._counted(visit):
            if folder.folder_id == folder_id:
                return self._portal.page(request, "folders/delete.html", here="documents", folder=folder, count=count)
        raise NotFound("own-folder-unknown")

    async def delete(self, request: Request, visit: Visit, _: FormData) -> Response:
        """Gone, and its documents where they were; the list offers to make it again."""
        gone = await own_folders.delete_folder(filing_of(self._portal, visit), _folder_of(request))
        kept: dict[str, Any] = {"name": gone.name}
        if len(gone.documents) <= _BROUGHT_BACK:
            kept["documents"] = [each.hex() for each in sorted(gone.documents)]
        state = self._portal.seal(visit, kept)
        return RedirectResponse(f"{FOLDERS}?{STATE}={state}&{DONE}=supprime", 303, {"Cache-Control": "no-store"})

    # Pages -----------------------------------------------------------------

    async def _list(self, request: Request, visit: Visit, form: Form, *, status: int = 200) -> Response:
        folders = await self._counted(visit)
        gone = self._portal.state(request, visit)
        names = {each.name.casefold() for each, _ in folders}
        deleted = gone.get("name") if was_done(request) == "supprime" else None
        if deleted is not None and deleted.casefold() in names:
            deleted = None  # it is there again
        return self._portal.page(
            request, "folders/list.html", here="documents", status=status, form=form, folders=folders, deleted=deleted,
            can_undo="documents" in gone, state=request.query_params.get(STATE, ""),
        )  # fmt: skip

    async def _one(self, request: Request, visit: Visit, form: Form, *, status: int = 200) -> Response:
        folder_id, services = _folder_of(request), self._services
        state = self._portal.state(request, visit)
        browsed = await browse(
            services.store, Choice(folder=folder_id), actor=visit.actor, patient_id=visit.patient_id, since=visit.former_visit_at,
            zone=visit.zone, terms=services.browse_terms, after=read_asked(state).after,
        )  # fmt: skip
        folder = next((each for each in browsed.folders if each.folder_id == folder_id), None)
        if folder is None:
            raise NotFound("own-folder-unknown")
        rows = [shown(row, services.browse_terms.reading.types) for row in browsed.rows]
        out = [each for each in map(UUID, state.get("out", ())) if each.bytes not in folder.documents]
        return self._portal.page(
            request, "folders/folder.html", here="documents", status=status, form=form, folder=folder, browsed=browsed,
            years=by_year(rows), act=was_done(request), out=out, older=self._link(visit, folder_id, browsed.next_page),
        )  # fmt: skip

    def _link(self, visit: Visit, folder_id: UUID, after: Position | None) -> str | None:
        if after is None:
            return None
        state = self._portal.seal(visit, Asked(after=after).state())
        return f"{FOLDERS}/{folder_id}?{STATE}={state}"

    async def _counted(self, visit: Visit) -> list[tuple[OwnFolder, int]]:
        services = self._services
        return await list_folders(
            services.store, actor=visit.actor, patient_id=visit.patient_id, zone=visit.zone, terms=services.browse_terms
        )

    def _brought_back(self, form: Form, visit: Visit) -> list[UUID]:
        """The documents of the folder whose deletion is undone."""
        return chosen_ids(self._portal.unseal(form.typed(STATE), visit).get("documents", ()))


def _folder_of(request: Request) -> UUID:
    folder_id: UUID = request.path_params["folder"]
    return folder_id
