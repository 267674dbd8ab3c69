"""The page: identity, alerts, synthesis, timeline with its filters, and one document open in its place."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.document_types.families import FAMILIES
from carnet.domain.access.policy import WARN_PATIENT, WARN_REPRESENTATIVES
from carnet.domain.health.reading import browse_with_facts
from carnet.domain.people import store as people_store
from carnet.domain.record.browsing.model import Browsed, Choice, Only
from carnet.domain.record.desk import store as desk_store
from carnet.domain.record.desk.reading import open_in_place
from carnet.domain.record.desk.visits import begin_visit, last_visit
from carnet.formats import media
from carnet.portals.professional.portal import ProfessionalPortal
from carnet.portals.professional.record.attending import Attendance, Attending, is_minor
from carnet.portals.professional.record.documents import ACTS, can_do
from carnet.web.portal.documents.asked import Asked, read_asked
from carnet.web.portal.documents.shown import shown, type_name, writer_name
from carnet.web.portal.forms import Form
from carnet.web.portal.health import shown_overview
from carnet.web.portal.portal import STATE, was_done
from carnet.web.reading import readable_soon, render_answer, render_facts, render_reading
from carnet.web.wording import identities, wording

PAGE = 30
_NEVER_KEPT = {"Cache-Control": "no-store"}
_KINDS = {Only.NEW: "Nouveaux", Only.OWN: "Ajoutés par la personne", Only.MASKED: "Masqués", Only.ARCHIVED: "Archivés"}
_LONGEST_WORDS = 100


def routes(portal: ProfessionalPortal, attending: Attending) -> list[Route]:
    views = _Record(portal)
    return [
        attending.route("", get=views.page, post=views.filter),
        attending.route("/documents/{document:uuid}", get=views.with_document),
    ]


class _Record:
    def __init__(self, portal: ProfessionalPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._types = portal.services.browse_terms.reading.types

    async def page(self, request: Request, attendance: Attendance) -> Response:
        return await self._show(request, attendance, None)

    async def with_document(self, request: Request, attendance: Attendance) -> Response:
        return await self._show(request, attendance, request.path_params["document"])

    async def filter(self, request: Request, attendance: Attendance, typed: FormData) -> Response:
        """The words and choices of the form, sealed into the address of their list."""
        del request
        form = Form(typed)
        year = form.typed("annee")
        choice = Choice(
            form.text("mots", longest=200)[:_LONGEST_WORDS], form.typed("famille") or None, form.typed("type") or None,
            form.typed("auteur") or None, int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
            frozenset(kind for kind in Only if form.has("seulement", kind)),
        )  # fmt: skip
        return RedirectResponse(self._link(attendance, Asked(choice)), 303, _NEVER_KEPT)

    async def _show(self, request: Request, attendance: Attendance, document: UUID | None) -> Response:
        services, visit, patient_id = self._services, attendance.visit, attendance.patient_id
        at = services.clock()
        asked = read_asked(self._portal.state(request, visit))
        since, is_under_way = await last_visit(self._portal.database, patient_id, actor=attendance.actor, at=at)
        browsed, overview = await browse_with_facts(
            services.store, replace(asked.choice, archived_aside=True), actor=attendance.actor, patient_id=patient_id, since=since, zone=visit.zone,
            terms=services.browse_terms, after=asked.after, count=PAGE,
        )  # fmt: skip
        opened = await self._opened(attendance, document) if document is not None else {"opened": None}
        if document is None or not is_under_way:  # leafing on writes nothing more
            await begin_visit(self._portal.database, patient_id, actor=attendance.actor, at=at)
        async with self._portal.database.connection() as connection:
            identity = await people_store.current_identity(connection, patient_id)
        doctors = await desk_store.doctors(self._portal.database, patient_id, at)
        rows = [shown(row, self._types) for row in browsed.rows]
        state = self._portal.seal(visit, asked.state())
        position = next((n for n, row in enumerate(rows) if row.logical_id == document), None)
        return self._portal.page(
            request, "record/page.html", here="patients", attendance=attendance, identity=identity, doctors=[name.title() for _, name in doctors if name],
            is_doctor=any(number in {attendance.actor.person, attendance.actor.organization} for number, _ in doctors), people=identities,
            browsed=browsed, rows=rows, asked=asked, since=since, state=state, families=_families(browsed),
            types=_types_of(browsed, self._name), producers=_producers(browsed), kinds=_KINDS, document=document,
            before=None if not position else rows[position - 1], after=None if position is None or position + 1 >= len(rows) else rows[position + 1],
            older=browsed.next_page and self._link(attendance, Asked(asked.choice, browsed.next_page)),
            newer=None if browsed.number == 1 else self._link(attendance, Asked(asked.choice, browsed.previous_page)),
            everything=attendance.address(), just=was_done(request), acts_done=ACTS, is_minor=identity is not None and is_minor(identity, at, services.store.fact_terms.age_of_majority),
            overview=shown_overview(overview, self._types, now=at),
            in_place=lambda ident: f"{attendance.address('documents', str(ident))}?{STATE}={state}#doc", **opened,
        )  # fmt: skip

    async def _opened(self, attendance: Attendance, document: UUID) -> dict[str, Any]:
        """What the page shows of one document."""
        services = self._services
        found = await open_in_place(
            services.store, attendance.patient_id, document, with_content=media.XML, actor=attendance.actor, terms=services.read_terms
        )  # fmt: skip
        card = services.browse_terms.reading.read_card(found.fiche.fiche)
        mime_type = media.bare_type(found.entry.mime_type)
        reading = None if found.content is None else await readable_soon(found.content, mime_type)
        beside = mime_type if found.content is None else None
        body, answer, facts = "", "", ""
        if reading is not None:
            facts = render_facts(reading)
            beside = None if reading.embedded is None else reading.embedded.media_type
            if reading.sections:
                answer = render_answer(reading)
                body = render_reading(reading, to_professional=True, address=self._part_address(attendance, document))
        return {
            "opened": found, "title": card.title.strip() or self._name(found.document.type_code), "kind": self._name(found.document.type_code),
            "writers": [(writer_name(each), each.organization or "") for each in card.writers], "body": body, "answer": answer, "facts": facts,
            "beside": beside, "why": wording()["rights"].get(found.decision.rule, ""), "acts": [act for act in ACTS if can_do(act, found)],
            "hidden_from_patient": WARN_PATIENT in found.decision.obligations, "hidden_from_parents": WARN_REPRESENTATIVES in found.decision.obligations,
        }  # fmt: skip

    @staticmethod
    def _part_address(attendance: Attendance, document: UUID) -> Callable[[str, int], str]:
        parts = {"image": "image", "file": "fichier"}
        return lambda what, number: attendance.address("documents", str(document), parts[what], str(number))

    def _link(self, attendance: Attendance, asked: Asked) -> str:
        return f"{attendance.address()}?{STATE}={self._portal.seal(attendance.visit, asked.state())}"

    def _name(self, code: str) -> str:
        return type_name(self._types, code)


def _families(browsed: Browsed) -> list[tuple[str, str, int]]:
    counts = browsed.facets.families
    return [(family.code, family.name, counts[family.code]) for family in FAMILIES if counts.get(family.code)]


def _types_of(browsed: Browsed, name: Callable[[str], str]) -> list[tuple[str, str, int]]:
    return sorted(((code, name(code), count) for code, count in browsed.facets.types.items()), key=lambda each: each[1])


def _producers(browsed: Browsed) -> list[tuple[str, str, int]]:
    named = browsed.names
    counted = browsed.facets.producers
    return sorted(
        ((token, writer_name(named[token]), count) for token, count in counted.items() if token in named),
        key=lambda each: each[1],
    )
