"""Acts on a document from its place: mask, show, archive, delete. Each says before what it does; each has its way back, but deleting."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.access.model import Action, AvailabilityStatus, Confidentiality
from carnet.domain.errors import NotFound
from carnet.domain.people import store as people_store
from carnet.domain.record import archiving, deletion, masking, visibility
from carnet.domain.record.desk.reading import OpenedInPlace, open_in_place
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.wanted import Named
from carnet.portals.professional.portal import ProfessionalPortal
from carnet.portals.professional.record.attending import Attendance, Attending
from carnet.vocabulary.frozen import frozen
from carnet.web.portal.documents.shown import type_name
from carnet.web.portal.portal import done
from carnet.web.wording import identities, wording

Verb = Callable[..., Awaitable[StoredEntry]]


@frozen
class DocumentAct:
    """
    name: in the address. label: on the button. effect: said before. told: said after. undo: name of the act that undoes it, or None. done: what
    the address says once it is done.
    """

    name: str
    action: Action
    verb: Verb
    label: str
    effect: str
    told: str
    done: str
    undo: str | None = None
    is_final: bool = False


ACTS = (
    DocumentAct(
        "masquer", Action.MASK, masking.mask, "Masquer aux professionnels",
        "Seuls ses auteurs, la personne et ses médecins traitants le verront encore.", "Le document est masqué aux autres professionnels.", "masque", "demasquer",
    ),
    DocumentAct(
        "demasquer", Action.UNMASK, masking.unmask, "Ne plus masquer",
        "Les professionnels autorisés le verront de nouveau.", "Le document est de nouveau visible des professionnels autorisés.", "demasque", "masquer",
    ),
    DocumentAct(
        "archiver", Action.ARCHIVE, archiving.archive, "Archiver",
        "Il quitte la liste ordinaire et se retrouve par « Archivés ».", "Le document est archivé.", "archive", "desarchiver",
    ),
    DocumentAct(
        "desarchiver", Action.UNARCHIVE, archiving.unarchive, "Sortir des archives",
        "Il revient dans la liste ordinaire.", "Le document est sorti des archives.", "desarchive", "archiver",
    ),
    DocumentAct(
        "montrer-patient", Action.REVEAL_TO_PATIENT, visibility.reveal_to_patient, "Rendre visible de la personne",
        "À faire après l’annonce. Elle le verra aussitôt ; cela ne se défait pas.", "La personne voit maintenant ce document.", "montre-patient", is_final=True,
    ),
    DocumentAct(
        "montrer-representants", Action.REVEAL_TO_REPRESENTATIVES, visibility.reveal_to_representatives, "Rendre visible des représentants légaux",
        "Les parents le verront aussitôt ; cela ne se défait pas.", "Les représentants légaux voient maintenant ce document.", "montre-representants", is_final=True,
    ),
    DocumentAct(
        "supprimer", Action.DELETE, deletion.delete, "Supprimer ce document",
        "Il disparaît pour tous, avec ses versions ; cela ne se défait pas.", "Le document est supprimé.", "supprime", is_final=True,
    ),
)  # fmt: skip
BY_NAME: Mapping[str, DocumentAct] = {act.name: act for act in ACTS}
BY_DONE: Mapping[str, DocumentAct] = {act.done: act for act in ACTS}


def can_do(act: DocumentAct, opened: OpenedInPlace) -> bool:
    """Whether the rules let them, and the state gives it something to do."""
    labels, status = opened.document.labels, opened.document.status
    makes_sense = {
        "masquer": Confidentiality.MASQUE_PS not in labels,
        "demasquer": Confidentiality.MASQUE_PS in labels,
        "archiver": status is AvailabilityStatus.APPROVED,
        "desarchiver": status is AvailabilityStatus.ARCHIVED,
        "montrer-patient": Confidentiality.INVISIBLE_PATIENT in labels,
        "montrer-representants": Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX in labels,
        "supprimer": status is not AvailabilityStatus.DEPRECATED,
    }
    return act.action in opened.may and makes_sense[act.name]


def routes(portal: ProfessionalPortal, attending: Attending) -> list[Route]:
    views = _Documents(portal, attending)
    return [
        attending.route("/documents/{document:uuid}/{act:str}", get=views.confirm, post=views.act),
    ]


class _Documents:
    def __init__(self, portal: ProfessionalPortal, attending: Attending) -> None:
        self._portal = portal
        self._attending = attending
        self._services = portal.services

    async def confirm(self, request: Request, attendance: Attendance) -> Response:
        """What cannot be undone is asked on a page of its own, that says of which document and of whom."""
        act = _act_of(request)
        document: UUID = request.path_params["document"]
        if not act.is_final:
            raise NotFound("document-unknown")
        services = self._services
        found = await open_in_place(
            services.store, attendance.patient_id, document, with_content=frozenset(), actor=attendance.actor, terms=services.read_terms
        )  # fmt: skip
        if not can_do(act, found):
            raise NotFound("document-unknown")
        reading, by_right = services.browse_terms.reading, wording()["rights"].get(found.decision.rule)
        async with self._portal.database.connection() as connection:
            identity = await people_store.current_identity(connection, attendance.patient_id)
        return self._portal.page(
            request, "record/confirm.html", here="patients", attendance=attendance, act=act, document=document, identity=identity, people=identities,
            title=reading.read_card(found.fiche.fiche).title.strip() or type_name(reading.types, found.document.type_code),
            right=by_right and f"Vous agissez {by_right}",
        )  # fmt: skip

    async def act(self, request: Request, attendance: Attendance, typed: FormData) -> Response:
        del typed
        act = _act_of(request)
        document: UUID = request.path_params["document"]
        services = self._services
        await self._attending.of_the_record(attendance, document)
        await act.verb(services.store, Named(document), actor=attendance.actor, terms=services.update_terms)
        if act.action is Action.DELETE:
            return done(attendance.address(), act.done)
        return done(attendance.address("documents", str(document)), act.done)


def _act_of(request: Request) -> DocumentAct:
    found = BY_NAME.get(request.path_params["act"])
    if found is None:
        raise NotFound("document-unknown")
    return found
