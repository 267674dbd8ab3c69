"""
Correct what one added: title, date, category by a new version with the same file; who sees it, by the mask.

Source: official-app 2.5 (`updateDocumentProperties`); docs/decisions/0037-adding-documents.md.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import orjson
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.access.model import AvailabilityStatus, Confidentiality, OwnerKind
from carnet.domain.errors import Invalid, Refused
from carnet.domain.record.drafts.model import LIFETIME
from carnet.domain.record.drafts.settling import carry_over
from carnet.domain.record.masking import mask, unmask
from carnet.domain.record.model import XML_MEDIA_TYPES
from carnet.domain.record.opening import open_document, read_content, read_fiche
from carnet.domain.record.wanted import Named
from carnet.formats.cda.document import carried_file
from carnet.formats.cda.header import read_header
from carnet.portals.citizen.adding import form as said
from carnet.portals.citizen.adding.categories import KEPT, OPTIONS, OwnCategory, category_of
from carnet.portals.citizen.adding.filing import Version, file_content
from carnet.portals.citizen.document.doorstep import Doorstep, address_of
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.moments import Moment
from carnet.vocabulary.uuid7 import made_at, uuid7
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done

_CURRENT = frozenset({AvailabilityStatus.APPROVED, AvailabilityStatus.ARCHIVED})
_DAY = 10  # of a date, what tells the day


@frozen
class _Held:
    """A document of the person's, as it is."""

    logical_id: UUID
    unique_id: UniqueId
    title: str
    category: OwnCategory
    day: Moment
    is_alone: bool

    @property
    def fields(self) -> dict[str, str]:
        return {
            "titre": self.title, "categorie": self.category.key, "visibilite": said.ALONE if self.is_alone else said.PROFESSIONALS,
            **said.split(self.day),
        }  # fmt: skip


class Correcting:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services

    def routes(self) -> list[Route]:
        return [Doorstep(self._portal).route("/modifier", get=self.show, post=self.correct)]

    async def show(self, request: Request, visit: Visit, document: UUID) -> Response:
        held = await self._held(visit, document)
        if held is None:
            return self._as_it_is(document)
        return self._page(request, held, Form(held.fields), str(uuid7()))

    async def correct(self, request: Request, visit: Visit, document: UUID, typed: FormData) -> Response:
        """What changed, and nothing when nothing did."""
        held = await self._held(visit, document)
        if held is None:
            return self._as_it_is(document)
        form = Form(typed)
        wanted = said.read(form, today=visit.now.astimezone(visit.zone).date(), present=held.category)
        if wanted is None:
            return self._page(request, held, form, form.typed("fois"), status=422)
        wanted = replace(wanted, day=wanted.day or held.day)
        logical_id = held.logical_id
        if held.is_alone and not wanted.is_alone:
            await unmask(
                self._services.store, Named(logical_id=logical_id), actor=visit.actor, terms=self._services.update_terms
            )
        if (wanted.title, wanted.category.key, wanted.day) != (held.title, held.category.key, held.day):
            logical_id = await self._replace(visit, held, wanted, once=form.typed("fois"))
        elif wanted.is_alone and not held.is_alone:
            await mask(
                self._services.store, Named(logical_id=logical_id), actor=visit.actor, terms=self._services.update_terms
            )
        return done(f"/documents/{logical_id}", "document-corrige")

    @staticmethod
    def _as_it_is(document: UUID) -> Response:
        """To the page of the document, which says what replaced it."""
        return RedirectResponse(address_of(document), 303, {"Cache-Control": "no-store"})

    async def _held(self, visit: Visit, logical_id: UUID) -> _Held | None:
        """The document, when it is theirs to correct; None when a later version has replaced it. Raises NotFound, Refused."""
        store, terms = self._services.store, self._services.read_terms
        opened = await open_document(store, logical_id, actor=visit.actor, terms=terms)
        facts = opened.entry.access_class
        if facts.owner is not OwnerKind.CITIZEN:
            raise Refused("update-not-own-upload")
        if facts.status not in _CURRENT:
            return None
        entry = await read_fiche(store, logical_id, actor=visit.actor, terms=terms)
        fiche: dict[str, Any] = orjson.loads(b"{" + entry.fiche + b"}")
        return _Held(
            logical_id,
            UniqueId.parse(fiche["masterIdentifier"]["value"]),
            fiche["content"][0]["attachment"]["title"],
            category_of(facts.type_code, self._services.deposit_terms.types),
            Moment.from_fhir(fiche["context"]["period"]["start"][:_DAY]),
            Confidentiality.MASQUE_PS in entry.labels,
        )

    async def _replace(self, visit: Visit, held: _Held, wanted: said.Described, *, once: str) -> UUID:
        """
        The new version, with the same file; gives its logicalId.

        Takes
            once: made when the form was shown: sent twice, it makes the same version.
        """
        services = self._services
        facts, content, _ = await read_content(
            services.store, held.logical_id, actor=visit.actor, terms=services.read_terms
        )
        media_type = facts.mime_type
        version = Version(_version_id(visit, held, once), held.unique_id, 2, held.unique_id)
        if media_type in XML_MEDIA_TYPES:
            header = read_header(content)
            carried = carried_file(content)
            if carried is None:
                raise Invalid("update-not-own-upload")
            media_type, content = carried
            number = (header.version_number or 1) + 1
            version = replace(version, set_id=header.set_id or held.unique_id, number=number)
        at = _moment_of(once, visit.now).astimezone(visit.zone).replace(microsecond=0)
        made = await file_content(services, visit, content, media_type, described=wanted, version=version, at=at)
        await carry_over(
            services.rights, visit.patient_id, former=held.logical_id, logical_id=made, actor=visit.actor, terms=services.rights_terms
        )  # fmt: skip
        return made

    def _page(self, request: Request, held: _Held, form: Form, once: str, *, status: int = 200) -> Response:
        present = held.category
        options = [(present.key, present.words, present.hint), *OPTIONS] if present.key == KEPT else OPTIONS
        return self._portal.page(
            request, "adding/correct.html", status=status, here="documents", form=form, document=held.logical_id, once=once,
            options=options, labels=said.LABELS, visibilities=said.VISIBILITIES, longest=said.TITLE_LENGTH,
        )  # fmt: skip


def _version_id(visit: Visit, held: _Held, once: str) -> UniqueId:
    return UniqueId(f"2.25.{uuid5(visit.patient_id, f'version {held.logical_id} {once}').int}")


def _moment_of(once: str, now: datetime) -> datetime:
    """When the form was shown, if that can be believed."""
    try:
        shown = made_at(UUID(once))
    except ValueError:
        return now
    return shown if now - LIFETIME < shown <= now else now
