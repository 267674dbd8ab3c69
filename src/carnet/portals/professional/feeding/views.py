"""
The page where documents are added to a record, in one's own name or in that of a professional who named one for it. What was sent and typed is
kept a day, for who did alone, while it is mended.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.delegations.model import Delegation
from carnet.domain.delegations.reading import running
from carnet.domain.directory import store as directory_store
from carnet.domain.directory.model import Professional
from carnet.domain.directory.search import Kind
from carnet.domain.errors import DomainError, Invalid, NotFound, Refused
from carnet.domain.people import store as people_store
from carnet.domain.people.model import Identity
from carnet.domain.record.drafts.keeping import discard_draft, find_draft, keep_draft, read_parts, under_way
from carnet.domain.record.drafts.model import MAX_PARTS, Draft
from carnet.domain.record.drafts.settling import settle_draft
from carnet.formats.cda.writing.model import PersonName
from carnet.portals.professional.feeding import form as said
from carnet.portals.professional.feeding.filing import Person, Writing, file_draft, file_limit
from carnet.portals.professional.patients.secretary import IDENTIFIED
from carnet.portals.professional.portal import HOME, ProfessionalPortal, ProfessionalVisit
from carnet.portals.professional.record.attending import PATIENT, Attendance, Attending, is_minor
from carnet.vocabulary.uuid7 import uuid7
from carnet.web.bodies import BodyBudget
from carnet.web.portal.documents.receiving import received
from carnet.web.portal.files import Sent
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import STATE, done, was_done
from carnet.web.wording import identities, issue_text

_NEVER_KEPT = {"Cache-Control": "no-store"}
_DRAWN_AT_ONCE = 2
_GIVE_UP, _SEND = "abandonner", "envoyer"
_NOTHING = "Choisissez au moins un fichier, ou une photo."


def routes(portal: ProfessionalPortal, attending: Attending) -> list[Route]:
    views = _Feeding(portal, attending)
    return [
        attending.route("/ajouter", get=views.begin, at_the_door=True, for_staff=True),
        portal.files_route(
            PATIENT + "/ajouter/{draft:uuid}", get=views.resume, post=views.send, bodies=views.bodies, too_large=views.too_large,
            for_staff=True,
        ),
    ]  # fmt: skip


class _Feeding:
    def __init__(self, portal: ProfessionalPortal, attending: Attending) -> None:
        self._portal = portal
        self._services = portal.services
        self._attending = attending
        self._turn = asyncio.Semaphore(_DRAWN_AT_ONCE)
        bodies = portal.services.bodies
        self.bodies = BodyBudget(bodies.max_body_bytes, max(bodies.max_body_bytes, bodies.total_bytes // 2))

    async def begin(self, request: Request, attendance: Attendance) -> Response:
        """An empty form, and what they had begun for this patient."""
        await self._may_feed(attendance)
        if not self._knows(attendance, request.query_params.get(STATE, "")):
            return RedirectResponse(HOME, 303, _NEVER_KEPT)
        found = await under_way(
            self._services.rights, attendance.patient_id, actor=attendance.actor, terms=self._services.rights_terms
        )
        form = Form({"jour": attendance.visit.now.astimezone(attendance.visit.zone).date().isoformat()})
        return await self._page(request, attendance, uuid7(), None, form, begun=found.drafts)

    async def resume(self, request: Request, visit: ProfessionalVisit) -> Response:
        attendance = await self._attending.attend(request, visit)
        await self._may_feed(attendance)
        draft_id: UUID = request.path_params["draft"]
        draft = await find_draft(
            self._services.rights, attendance.patient_id, draft_id, actor=attendance.actor, terms=self._services.rights_terms
        )  # fmt: skip
        if draft is None or draft.logical_id is not None:
            return self._done(attendance, "brouillon-passe")
        return await self._page(request, attendance, draft_id, draft, Form(draft.fields))

    async def send(self, request: Request, visit: ProfessionalVisit, sent: Sent) -> Response:
        """Files, what was typed; kept, then filed when nothing is to be mended."""
        attendance = await self._attending.attend(request, visit)
        services, actor, patient_id = self._services, attendance.actor, attendance.patient_id
        form, draft_id = Form(sent.fields), request.path_params["draft"]
        if form.has("action", _GIVE_UP):
            await discard_draft(services.rights, patient_id, draft_id, actor=actor, terms=services.rights_terms)
            return self._done(attendance, "ajout-abandonne")
        before = await find_draft(services.rights, patient_id, draft_id, actor=actor, terms=services.rights_terms)
        if before is None and not self._knows(attendance, form.typed(STATE)):
            await self._portal.trace_refused_delegation(visit, "identity-not-checked")
            return RedirectResponse(HOME, 303, _NEVER_KEPT)
        parts, faults = await received(sent.files, limit_bytes=file_limit(services), turn=self._turn)
        if faults:
            form.mend("fichiers", " ".join(faults))
        dropped = set(form.all_typed("retirer"))
        order = None if before is None else [part.part_id for part in before.parts if str(part.part_id) not in dropped]
        draft = await keep_draft(
            services.rights, patient_id, draft_id, fields=said.kept(form, {} if before is None else before.fields), actor=actor,
            terms=services.rights_terms, added=parts, order=order,
        )  # fmt: skip
        if draft.logical_id is not None:
            return await self._filed(attendance, [draft.logical_id])
        if not draft.parts:
            form.mend("fichiers", _NOTHING)
        if form.has("action", _SEND):
            status = 200 if form.is_sound else 422
            return await self._page(request, attendance, draft_id, draft, form, status=status)
        return await self._file(request, attendance, draft, form)

    def too_large(self, request: Request) -> Response:
        limit = self._services.bodies.max_body_bytes // 1_000_000
        return self._portal.page(
            request, "portal/refusal.html", status=413, headers={"Connection": "close"}, title="Cet envoi est trop lourd",
            text=f"Rien n’a été gardé de cet envoi : il dépasse {limit} Mo. Envoyez moins de fichiers à la fois.",
        )  # fmt: skip

    async def _file(self, request: Request, attendance: Attendance, draft: Draft, form: Form) -> Response:
        services, visit = self._services, attendance.visit
        identity = await self._identity(attendance.patient_id)
        minor = is_minor(identity, visit.now, services.store.fact_terms.age_of_majority)
        delegation = await self._in_whose_name(attendance, form)
        described = said.read(form, today=visit.now.astimezone(visit.zone).date(), is_minor=minor)
        held = await read_parts(
            services.rights, attendance.patient_id, draft.draft_id, actor=attendance.actor, terms=services.rights_terms
        )
        if described is None or held is None:
            return await self._page(request, attendance, draft.draft_id, draft, form, status=422)
        draft, bodies = held
        if draft.logical_id is not None:  # another pressing of the button filed it meanwhile
            return await self._filed(attendance, [draft.logical_id])
        try:
            writing = await self._writing(attendance, identity, delegation)
            filed = await file_draft(
                services,
                writing,
                draft,
                bodies,
                described,
                at=draft.begun_at.astimezone(visit.zone).replace(microsecond=0),
            )
        except Refused as refusal:
            if refusal.issues[0].facts.get("rule") != "deny.no-delegation":
                raise
            form.mend("nom", said.OVER)  # it ended between the form and the deposit
            return await self._page(request, attendance, draft.draft_id, draft, form, status=422)
        except Invalid as fault:
            form.mend("", " ".join(dict.fromkeys(issue_text(issue)[1] for issue in fault.issues)))
            return await self._page(request, attendance, draft.draft_id, draft, form, status=422)
        await settle_draft(
            services.rights, attendance.patient_id, draft.draft_id, logical_id=filed[0], files=bodies, actor=attendance.actor,
            terms=services.rights_terms,
        )  # fmt: skip
        return await self._filed(attendance, filed)

    async def _filed(self, attendance: Attendance, filed: Sequence[UUID]) -> Response:
        """To what was just filed, when it is theirs to open."""
        if attendance.visit.is_staff:  # asking would be an attempt to open the record
            return self._done(attendance, "ajoute")
        try:
            await self._attending.may_open(attendance)
        except DomainError:  # feeding asks for no right to read
            return done(attendance.address("ajouter"), "ajoute")
        if len(filed) > 1:
            return done(attendance.address(), "ajoutes")
        return done(attendance.address("documents", str(filed[0])), "ajoute")

    async def _page(
        self, request: Request, attendance: Attendance, draft_id: UUID, draft: Draft | None, form: Form, *,
        begun: tuple[Draft, ...] = (), status: int = 200,
    ) -> Response:  # fmt: skip
        services, visit = self._services, attendance.visit
        identity = await self._identity(attendance.patient_id)
        minor = is_minor(identity, visit.now, services.store.fact_terms.age_of_majority)
        names = said.names(await self._running(attendance), is_staff=visit.is_staff)
        return self._portal.page(
            request, "feeding/add.html", status=status, here="patients", attendance=attendance, draft_id=draft_id, draft=draft, form=form,
            begun=begun, labels=said.LABELS, types=said.types_by_family(), professionals=said.other_choices(is_staff=visit.is_staff),
            patient=said.patient_choices(is_minor=minor, is_staff=visit.is_staff), identity=identity, people=identities, longest=said.TITLE_LENGTH,
            limit=file_limit(services) // 1_000_000, most=MAX_PARTS, just=was_done(request), names=names,
            proof=self._portal.seal(visit, {IDENTIFIED: str(attendance.patient_id)}) if visit.is_staff else None,
        )  # fmt: skip

    async def _identity(self, patient_id: UUID) -> Identity:
        async with self._portal.database.connection() as connection:
            identity = await people_store.current_identity(connection, patient_id)
        if identity is None:
            raise NotFound("patient-unknown")
        return identity

    def _knows(self, attendance: Attendance, proof: str) -> bool:
        """Whether a secretary made sure of this patient's identity, lately and in this session; of nobody else is it asked."""
        visit = attendance.visit
        return not visit.is_staff or self._portal.unseal(proof, visit).get(IDENTIFIED) == str(attendance.patient_id)

    @staticmethod
    def _done(attendance: Attendance, act: str) -> Response:
        """To an empty form; a secretary, to the identity of the next patient."""
        return done(HOME if attendance.visit.is_staff else attendance.address("ajouter"), act)

    async def _running(self, attendance: Attendance) -> dict[UUID, Delegation]:
        """In whose name they may add here, now."""
        portal = self._portal
        return await running(
            portal.database, actor=attendance.visit.actor, seal=portal.delegation_seals.people, at=portal.services.clock()
        )  # fmt: skip

    async def _may_feed(self, attendance: Attendance) -> None:
        """Raises Refused: `delegation-over`: a secretary whom nobody has named comes no further."""
        if attendance.visit.is_staff and not await self._running(attendance):
            await self._portal.trace_refused_delegation(attendance.visit, "delegation-over")
            raise Refused("delegation-over")

    async def _in_whose_name(self, attendance: Attendance, form: Form) -> Delegation | None:
        found = said.in_whose_name(form, await self._running(attendance), is_staff=attendance.visit.is_staff)
        if form.errors.get("nom") == said.OVER:
            await self._portal.trace_refused_delegation(attendance.visit, "delegation-over", form.typed("nom")[:36])
        return found

    async def _writing(self, attendance: Attendance, identity: Identity, delegation: Delegation | None) -> Writing:
        visit = attendance.visit
        own = Person(visit.person, await self._name(visit.person, visit.name), visit.practice)
        if delegation is None:
            return Writing(attendance.actor, own, attendance.patient_id, identity)
        name = await self._name(delegation.delegator, delegation.delegator_name)
        author = Person(delegation.delegator, name, delegation.practice)
        return Writing(delegation.acting(attendance.actor), author, attendance.patient_id, identity, delegation, own)

    async def _name(self, person: str, told: str) -> PersonName:
        """As the directory has it, else as Pro Santé Connect said it."""
        async with self._portal.database.connection() as connection:
            found = await directory_store.find(connection, Kind.PROFESSIONAL, person)
        if isinstance(found, Professional):
            return PersonName(found.family, found.given, found.civility or None, found.title or None)
        given, _, family = told.rpartition(" ")
        return PersonName(family, given or family)
