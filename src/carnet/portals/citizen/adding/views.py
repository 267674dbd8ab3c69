"""
The page where a person adds a document: files or photos, what they are, who sees them. What was sent and typed is kept while it is mended.

Source: official-app 2.5 (add), 1.6 (files); docs/decisions/0037-adding-documents.md.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.errors import Invalid, NotFound, Refused
from carnet.domain.record.deletion import delete
from carnet.domain.record.drafts.keeping import (
    discard_draft,
    find_draft,
    keep_draft,
    read_parts,
    read_thumbnail,
    under_way,
)
from carnet.domain.record.drafts.model import MAX_PARTS, Draft, Known, NewPart
from carnet.domain.record.drafts.settling import known_already
from carnet.domain.record.wanted import Named
from carnet.portals.citizen.adding import form as said
from carnet.portals.citizen.adding.categories import OPTIONS
from carnet.portals.citizen.adding.filing import file_draft, file_limit
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.vocabulary.uuid7 import uuid7
from carnet.web.bodies import BodyBudget
from carnet.web.portal.documents.receiving import received
from carnet.web.portal.files import Sent
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done, was_done
from carnet.web.wording import issue_text

HERE = "/documents/ajouter"
_DRAWN_AT_ONCE = 2
_NEVER_KEPT = {"Cache-Control": "no-store"}
_ADD, _ADD_AGAIN, _SEND, _GIVE_UP = "ajouter", "ajouter-encore", "envoyer", "abandonner"
_MOVES = {"monter": -1, "descendre": 1}
_REMOVE = "retirer"
_NOTHING_SENT = "Choisissez un fichier, ou prenez une photo."


class Adding:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._turn = asyncio.Semaphore(_DRAWN_AT_ONCE)
        bodies = portal.services.bodies
        # Slow telephones must not keep the software of hospitals waiting: forms with files have their own share of memory.
        self._bodies = BodyBudget(bodies.max_body_bytes, max(bodies.max_body_bytes, bodies.total_bytes // 2))

    def routes(self) -> list[Route]:
        portal = self._portal
        return [
            portal.files_route(HERE, get=self.begin, post=self.send, bodies=self._bodies, too_large=self.too_large),
            portal.route(f"{HERE}/annuler", post=self.undo),
            portal.files_route(
                HERE + "/{draft}", get=self.resume, post=self.send, bodies=self._bodies, too_large=self.too_large
            ),
            portal.route(HERE + "/{draft}/page/{part}", get=self.thumbnail),
        ]

    async def begin(self, request: Request, visit: Visit) -> Response:
        """An empty form, and what was begun before."""
        found = await under_way(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms
        )
        form = Form({"visibilite": said.ALONE if found.is_masked_by_default else said.PROFESSIONALS})
        return self._page(request, uuid7(), None, form, begun=found.drafts, act=was_done(request))

    async def resume(self, request: Request, visit: Visit) -> Response:
        """A form with what was sent and typed."""
        draft_id = _uuid(request.path_params["draft"])
        draft = await self._find(visit, draft_id)
        if draft is None:
            return done(HERE, "brouillon-passe")
        if draft.logical_id is not None:
            return done(f"/documents/{draft.logical_id}", "document-ajoute")
        return self._page(request, draft_id, draft, Form(draft.fields))

    async def thumbnail(self, request: Request, visit: Visit) -> Response:
        """The small image of a page."""
        image = await read_thumbnail(
            self._services.rights, visit.patient_id, _uuid(request.path_params["draft"]), _uuid(request.path_params["part"]),
            actor=visit.actor, terms=self._services.rights_terms,
        )  # fmt: skip
        if image is None:
            raise NotFound("document-unknown")
        return Response(image, 200, _NEVER_KEPT, media_type="image/jpeg")

    async def send(self, request: Request, visit: Visit, sent: Sent) -> Response:
        """Files, what was typed, and what to do with them."""
        form = Form(sent.fields)
        draft_id = _uuid(request.path_params.get("draft") or form.typed("brouillon"))
        action, _, concerned = form.typed("action", _ADD).partition(":")
        if action == _GIVE_UP:
            await discard_draft(
                self._services.rights, visit.patient_id, draft_id, actor=visit.actor, terms=self._services.rights_terms
            )
            return done(HERE, "ajout-abandonne")
        parts, faults = await received(sent.files, limit_bytes=file_limit(self._services), turn=self._turn)
        if faults:
            form.mend("fichiers", " ".join(faults))
        draft = await self._keep(visit, draft_id, form, parts, order=(action, concerned))
        if draft is not None and draft.logical_id is not None:
            return done(f"/documents/{draft.logical_id}", "document-ajoute")
        if action not in {_ADD, _ADD_AGAIN}:
            if action == _SEND and not (draft is not None and draft.parts):
                form.mend("fichiers", _NOTHING_SENT)
            if form.is_sound:
                place = "#document" if action in {*_MOVES, _REMOVE} else ""
                return RedirectResponse(f"{HERE}/{draft_id}{place}", 303, _NEVER_KEPT)
            return self._page(request, draft_id, draft, form, status=422)
        return await self._add(request, visit, draft_id, draft, form, is_new=bool(parts), again=action == _ADD_AGAIN)

    async def undo(self, _: Request, visit: Visit, form: FormData) -> Response:
        """Take back what was just added."""
        document = _uuid(str(form.get("document", "")))
        try:
            await delete(
                self._services.store, Named(logical_id=document), actor=visit.actor, terms=self._services.update_terms
            )
        except Refused as refused:  # another's is told as one that does not exist
            raise NotFound("document-unknown") from refused
        return done(HERE, "ajout-annule")

    def too_large(self, request: Request) -> Response:
        """Told before the rest is read; the browser may then close."""
        return self._portal.page(
            request, "adding/too_large.html", status=413, here="documents", limits=self._limits(), headers={"Connection": "close"}
        )  # fmt: skip

    async def _add(
        self, request: Request, visit: Visit, draft_id: UUID, draft: Draft | None, form: Form, *, is_new: bool, again: bool
    ) -> Response:  # fmt: skip
        """File it, unless something must be mended or looked at first."""
        files = draft.parts if draft is not None else ()
        if not files:  # the rest is asked once there is something to say it of
            form.mend("fichiers", _NOTHING_SENT)
            return self._page(request, draft_id, draft, form, status=422)
        if len(files) > 1 and not all(part.shape.is_page for part in files):
            form.mend(
                "fichiers",
                "Un PDF ou un texte fait un document à lui seul. Retirez ce qui est en trop, et ajoutez-le à part.",
            )
        described = said.read(form, today=visit.now.astimezone(visit.zone).date())
        if described is None or draft is None or not form.is_sound:
            return self._page(request, draft_id, draft, form, status=422)
        if is_new and len(files) > 1:  # pages are looked at in their order before they are bound
            return RedirectResponse(f"{HERE}/{draft_id}", 303, _NEVER_KEPT)
        return await self._file(request, visit, draft_id, form, described, again=again)

    async def _file(
        self, request: Request, visit: Visit, draft_id: UUID, form: Form, described: said.Described, *, again: bool
    ) -> Response:
        """File the draft as it now is, unless another pressing of the button did, or the same files are there already."""
        services, actor, terms = self._services, visit.actor, self._services.rights_terms
        held = await read_parts(services.rights, visit.patient_id, draft_id, actor=actor, terms=terms)
        if held is None:
            return done(HERE, "brouillon-passe")
        draft, bodies = held
        known = None
        if draft.logical_id is None and not again:
            known = await known_already(services.rights, visit.patient_id, bodies, actor=actor, terms=terms)
        if known is not None:
            draft = await self._find(visit, draft_id) or draft
        if draft.logical_id is not None:
            return done(f"/documents/{draft.logical_id}", "document-ajoute")
        if known is not None:
            return self._page(request, draft_id, draft, form, status=409, known=known)
        filed = await file_draft(services, visit, draft, bodies, described)
        return done(f"/documents/{filed}", "document-ajoute")

    async def _find(self, visit: Visit, draft_id: UUID) -> Draft | None:
        return await find_draft(
            self._services.rights, visit.patient_id, draft_id, actor=visit.actor, terms=self._services.rights_terms
        )

    async def _keep(
        self, visit: Visit, draft_id: UUID, form: Form, parts: Sequence[NewPart], *, order: tuple[str, str]
    ) -> Draft | None:
        """The draft as it is now; too much for it is said beside the files, and what it held stays."""
        held = await self._find(visit, draft_id)
        if held is None and not parts:
            return None  # nothing to keep yet
        arranged = None if held is None else _arranged([part.part_id for part in held.parts], *order)
        try:
            return await keep_draft(
                self._services.rights, visit.patient_id, draft_id, fields=said.typed(form, {} if held is None else held.fields), added=parts, order=arranged,
                actor=visit.actor, terms=self._services.rights_terms,
            )  # fmt: skip
        except Invalid as refused:
            form.mend("fichiers", issue_text(refused.issues[0])[1])
            return held

    def _limits(self) -> dict[str, int]:
        return {
            "file": file_limit(self._services) // 1_000_000, "sending": self._bodies.max_body_bytes // 1_000_000, "pages": MAX_PARTS
        }  # fmt: skip

    def _page(
        self, request: Request, draft_id: UUID, draft: Draft | None, form: Form, *, status: int = 200, begun: Sequence[Draft] = (),
        known: Known | None = None, act: str = "",
    ) -> Response:  # fmt: skip
        return self._portal.page(
            request, "adding/add.html", status=status, here="documents", form=form, draft_id=draft_id, draft=draft,
            parts=() if draft is None else draft.parts, begun=begun, known=known, act=act, options=OPTIONS, labels=said.LABELS,
            visibilities=said.VISIBILITIES, limits=self._limits(), longest=said.TITLE_LENGTH,
        )  # fmt: skip


def _uuid(text: str) -> UUID:
    """Raises NotFound: an address that the pages never made."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("document-unknown") from None


def _arranged(parts: list[UUID], action: str, concerned: str) -> list[UUID] | None:
    """The parts in their new order; None when nothing moves."""
    found = next((part for part in parts if str(part) == concerned), None)
    if found is None:
        return None
    at = parts.index(found)
    parts.remove(found)
    if action == _REMOVE:
        return parts
    if action not in _MOVES:
        return None
    parts.insert(max(0, at + _MOVES[action]), found)
    return parts
