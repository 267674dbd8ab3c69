"""The page of a document, and the whole of who read it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.document_types.table import DocumentTypes
from carnet.domain.access.model import Action, AvailabilityStatus, Confidentiality
from carnet.domain.audit.model import Outcome
from carnet.domain.directory.choosing import known
from carnet.domain.record.browsing.marking import mark_opened
from carnet.domain.record.browsing.model import Card
from carnet.domain.record.consulting import consult
from carnet.domain.record.consulting.model import Consulted
from carnet.domain.record.consulting.readers import READINGS
from carnet.domain.record.history.model import Criteria, Told, TrailQuery
from carnet.domain.record.history.reading import read_trail
from carnet.domain.record.opening import open_document
from carnet.domain.record.reporting import is_reportable
from carnet.domain.record.sharing.model import ShareState
from carnet.formats import media
from carnet.formats.cda.reading.model import Kind
from carnet.portals.citizen.document.doorstep import Doorstep, address_of
from carnet.portals.citizen.document.words import Audiences, is_own, joined, makers, title_of
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.portals.citizen.professionals.picking import Picker
from carnet.web.portal.documents.contents import is_fetched_ahead
from carnet.web.portal.portal import STATE, was_done
from carnet.web.reading import readable_soon, render_answer, render_facts, render_reading
from carnet.web.wording.sentences import sentence
from carnet.web.wording.typography import unbroken

HERE = "documents"
_PER_PAGE = 50
_TYPES = DocumentTypes.load()


def routes(portal: CitizenPortal, doorstep: Doorstep) -> list[Route]:
    views = _Page(portal)
    return [doorstep.route("", get=views.page), doorstep.route("/lectures", get=views.readings)]


def type_name(code: str) -> str:
    """Plain name of a type of document."""
    found = _TYPES.find(code)
    return "Document" if found is None else found.plain_name.replace("'", "’")


class _Page:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._picker = Picker(portal)

    async def page(self, request: Request, visit: Visit, document: UUID) -> Response:
        services = self._services
        if request.method == "HEAD" or is_fetched_ahead(request):
            # Nobody reads: judged, and nothing given nor said to have been read.
            await open_document(services.store, document, actor=visit.actor, terms=services.read_terms)
            return Response(status_code=200 if request.method == "HEAD" else 503, headers={"Cache-Control": "no-store"}, media_type="text/html")  # fmt: skip
        consulted = await consult(
            services.store, document, with_content=media.XML, actor=visit.actor, terms=services.read_terms,
            sharing=services.share_terms,
        )  # fmt: skip
        facts = consulted.facts
        await mark_opened(services.store, facts.patient_id, document, actor=visit.actor, at=facts.record.at)
        card = services.browse_terms.reading.read_card(consulted.fiche.fiche)
        audiences, state = await self._audiences(consulted), _state(consulted)
        return self._portal.page(
            request, "document/page.html", here=HERE, document=document, consulted=consulted, card=card, makers=makers(card),
            own=is_own(consulted.document), type_name=type_name(consulted.document.type_code), told=None if audiences is None else audiences.told,
            names_if=_names_if(audiences, masked=not state["masked"]), joined=joined, leads_to=self._portal.leads_to,
            readers=[(self._said(each.last, visit), each.times, self._to_report(each.last, visit)) for each in consulted.readers], just=_just_done(request, consulted), back=self._back(request, visit, consulted), choice_state=request.query_params.get(STATE, ""),
            running=[each for each in consulted.shares if each.state(services.clock(), services.share_terms) is ShareState.RUNNING],
            Action=Action, wrong_codes_at_most=services.share_terms.wrong_codes_at_most, state=state, address=address_of(document), picker=self._hide_address(visit, document),
            choice=lambda line: self._picker.choice(visit, line.holder, is_organization=line.is_organization),
            **await self._shown(consulted, card, document),
        )  # fmt: skip

    async def readings(self, request: Request, visit: Visit, document: UUID) -> Response:
        """Everyone who read it, page after page; an act of reading the history like another."""
        services = self._services
        opened = await open_document(services.store, document, actor=visit.actor, terms=services.read_terms)
        after = self._portal.state(request, visit).get("after")
        query = TrailQuery(
            types=READINGS, outcomes=frozenset({Outcome.SUCCESS}), criteria=Criteria(documents=(frozenset({document}),)), count=_PER_PAGE,
            after=UUID(after) if isinstance(after, str) else None,
        )  # fmt: skip
        found = await read_trail(
            services.store, query, actor=visit.actor, ins=None, patient_id=opened.facts.patient_id, parameters="document", terms=services.read_terms
        )  # fmt: skip
        following = None if found.after is None else self._portal.seal(visit, {"after": str(found.after)})
        return self._portal.page(
            request, "document/readings.html", here=HERE, document=document, address=address_of(document), following=following,
            sentences=[(told.occurred_at, self._said(told, visit)) for told in found.events], is_first=after is None,
            type_name=type_name(opened.entry.access_class.type_code),
        )  # fmt: skip

    def _back(self, request: Request, visit: Visit, consulted: Consulted) -> str | None:
        """Whom the act just done is about, when the document is as it left it."""
        holder = self._portal.state(request, visit).get("holder")
        is_hidden = holder in consulted.document.hidden_from
        return holder if isinstance(holder, str) and is_hidden is (was_done(request) == "cache") else None

    def _to_report(self, told: Told, visit: Visit) -> str | None:
        """Where to say that one does not recognise an access; None for one's own."""
        if told.event is None or not is_reportable(told.event, reader=visit.actor):
            return None
        return f"/acces/signaler/{told.event_id}"

    def _said(self, told: Told, visit: Visit) -> str:
        return unbroken(sentence(told, viewer=visit.actor, type_name=type_name, zone=visit.zone))

    async def _audiences(self, consulted: Consulted) -> Audiences | None:
        """Who sees it, by their names."""
        facts = consulted.audience
        if facts is None:
            return None
        document = consulted.document
        named = {(each.holder, each.is_organization) for each in facts.holders}
        named |= {(each, is_organization) for each in document.hidden_from for is_organization in (True, False)}
        directory = await known(self._portal.database, named)
        places = {place.organization for each in directory.values() for place in each.places} - directory.keys()
        if places:
            directory = {**await known(self._portal.database, [(each, True) for each in places]), **directory}
        return Audiences(document, consulted.entry.behind, facts, directory, self._services.read_terms.matrix)

    def _hide_address(self, visit: Visit, document: UUID) -> str:
        return self._picker.address(
            visit, to=address_of(document, "cacher"), title="À qui voulez-vous cacher ce document ?"
        )

    async def _shown(self, consulted: Consulted, card: Card, document: UUID) -> Mapping[str, Any]:
        """What the page shows of the content: the reading, and the file to be seen beside."""
        mime_type = media.bare_type(consulted.entry.mime_type)
        if consulted.content is not None:
            reading = await readable_soon(consulted.content, mime_type)
            copy = None if reading is None else reading.embedded
            kind = None if copy is None else copy.media_type
        else:
            # What is one file is shown from its own address; its first bytes were looked at when it came in.
            reading, kind = None, mime_type
        has_text = reading is not None and (bool(reading.sections) or reading.kind is Kind.UNREADABLE)
        if reading is None or not has_text:
            facts = "" if reading is None else render_facts(reading)
            return {"title": title_of(card), "answer": None, "facts": facts, "body": "", "beside": kind}
        return {
            "title": title_of(card), "answer": render_answer(reading), "facts": render_facts(reading), "beside": kind,
            "body": render_reading(reading, address=lambda what, number: address_of(document, _PARTS[what], str(number))),
        }  # fmt: skip


_PARTS = {"image": "image", "file": "fichier"}


def _names_if(audiences: Audiences | None, *, masked: bool) -> list[str]:
    return [] if audiences is None else audiences.names_if(masked=masked)


def _state(consulted: Consulted) -> Mapping[str, bool]:
    document = consulted.document
    return {
        "masked": Confidentiality.MASQUE_PS in document.labels,
        "secret": Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX in document.labels,
        "archived": document.status is AvailabilityStatus.ARCHIVED,
        "replaced": document.status is AvailabilityStatus.DEPRECATED,
        "is_masked_by_patient": document.masked_by_patient,
    }


def _just_done(request: Request, consulted: Consulted) -> str:
    """The act to tell of, when the document is as it left it."""
    done, state = was_done(request), _state(consulted)
    agrees = {
        "masque": state["masked"], "visible": not state["masked"], "cache": bool(consulted.document.hidden_from), "remontre": True,
        "demande": bool(consulted.requests), "demande-retiree": True, "demande-close": True, "partage-arrete": True, "document-ajoute": is_own(consulted.document),
        "document-corrige": is_own(consulted.document),
    }  # fmt: skip
    return done if agrees.get(done) else ""
