"""
ITI-81 Retrieve ATNA Audit Event: a search within the trail of one record, by GET or POST, in pages; and one event by its id.

Source: IHE ITI TF-2 §3.81; TDE 2.0.0 flux 2 to 5; docs/transactions/iti81.md.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.errors import Invalid, NotFound
from carnet.domain.record.history.model import TrailPage
from carnet.domain.record.history.reading import read_event, read_system_event, read_system_trail, read_trail
from carnet.domain.record.model import PatientReference
from carnet.domain.record.search import Page
from carnet.formats.fhir.audit_event import read_audit_event_id, write_audit_bundle, write_audit_event
from carnet.formats.fhir.audit_search import ReadAuditSearch, read_audit_search
from carnet.formats.fhir.outcome import write_outcome
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import INS_OIDS, Ins
from carnet.vocabulary.uuid7 import made_at
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import BadRequest, fhir_answer
from carnet.web.fhir.cursors import Cursor, open_cursor, seal_cursor
from carnet.web.fhir.parameters import form_parameters, query_parameters
from carnet.web.fhir.representation import require_json_answer
from carnet.web.services import Services
from carnet.web.wording import issue_text
from carnet.web.wording.sentences import sentence


@frozen
class RetrieveAuditEvent:
    services: Services

    async def by_get(self, request: Request) -> Response:
        """GET /fhir/AuditEvent?date=…"""
        return await self._find(request, query_parameters(request))

    async def by_post(self, request: Request) -> Response:
        """POST /fhir/AuditEvent/_search: the same, and no INS in an address."""
        actor = bearer_actor(request.scope, self.services.verifier)
        async with form_parameters(request, self.services.bodies) as pairs:
            return await self._find(request, pairs, actor=actor)

    async def one(self, request: Request) -> Response:
        """GET /fhir/AuditEvent/{id}."""
        services = self.services
        actor = bearer_actor(request.scope, services.verifier)
        require_json_answer(request)
        named = read_audit_event_id(request.path_params["id"])
        if named is None:
            raise NotFound("event-unknown")
        patient_id, event_id = named
        if patient_id is None:
            page = await read_system_event(services.store, event_id, actor=actor, terms=services.read_terms)
        else:
            page = await read_event(services.store, patient_id, event_id, actor=actor, terms=services.read_terms)
        (written,) = self._events(page, actor)
        return fhir_answer(orjson.dumps(written), headers={"Vary": "Accept, Authorization"})

    async def _find(
        self, request: Request, pairs: Sequence[tuple[str, str]], *, actor: Actor | None = None
    ) -> Response:
        services = self.services
        actor = actor or bearer_actor(request.scope, services.verifier)
        require_json_answer(request)
        try:
            read = self._understood(request, pairs, actor)
            ins, patient_id = _record(read.patients, actor)
        except Invalid as fault:
            raise BadRequest(fault.code, issues=fault.issues) from fault
        parameters = " ".join(sorted({name for name, _ in read.self_parameters}))
        if ins is None and patient_id is None:
            page = await read_system_trail(
                services.store, read.query, actor=actor, parameters=parameters, terms=services.read_terms
            )
        else:
            page = await read_trail(
                services.store, read.query, actor=actor, ins=ins, patient_id=patient_id, parameters=parameters,
                terms=services.read_terms,
            )  # fmt: skip
        return fhir_answer(self._written(read, page, actor))

    def _understood(self, request: Request, pairs: Sequence[tuple[str, str]], actor: Actor) -> ReadAuditSearch:
        """The search asked for: in the address, or in the cursor of a next page."""
        services = self.services
        lenient = "handling=lenient" in request.headers.get("prefer", "").replace(" ", "")
        read = read_audit_search(pairs, lenient=lenient)
        if read.cursor is None:
            return read
        cursor = open_cursor(read.cursor, kind="AuditEvent", actor=actor, key=services.cursors, now=services.clock())
        read = read_audit_search(cursor.parameters, lenient=True)
        return replace(read, query=replace(read.query, after=UUID(cursor.page.after_id)), warnings=())

    def _written(self, read: ReadAuditSearch, page: TrailPage, actor: Actor) -> bytes:
        services = self.services
        following = None
        if page.after is not None:
            where = Page(made_at(page.after), str(page.after))
            following = seal_cursor(
                Cursor(tuple(read.self_parameters), where, None, services.clock()),
                kind="AuditEvent",
                actor=actor,
                key=services.cursors,
            )
        # A link that we make names the record, never a person (product promise 9).
        parameters = [
            *([] if page.patient_id is None else [("patient", str(page.patient_id))]),
            *((name, value) for name, value in read.self_parameters if not _names_someone(name, value)),
        ]
        outcome = write_outcome(read.warnings, text_of=issue_text) if read.warnings else None
        return write_audit_bundle(
            self._events(page, actor), base_url=services.fhir_base, self_parameters=parameters, cursor=following,
            outcome=outcome,
        )  # fmt: skip

    def _events(self, page: TrailPage, actor: Actor) -> list[dict[str, Any]]:
        return [
            write_audit_event(
                told, patient_id=page.patient_id, ins=page.ins, base_url=self.services.fhir_base,
                sentence=sentence(told, viewer=actor, type_name=self._type_name), type_name=self._type_name,
            )
            for told in page.events
        ]  # fmt: skip

    def _type_name(self, code: str) -> str:
        known = self.services.deposit_terms.types.find(code)
        return code if known is None else known.plain_name


def _record(patients: Sequence[PatientReference], actor: Actor) -> tuple[Ins | None, UUID | None]:
    """
    The record whose trail is asked for; a citizen's own when none is named; none for an operator, who then reads the system's.

    Raises
        Invalid: `parameter-missing`, `parameter-patients-differ`.
    """
    inses = {each.ins for each in patients if each.ins is not None}
    ids = {each.patient_id for each in patients if each.patient_id is not None}
    if len(inses) > 1 or len(ids) > 1:
        raise Invalid("parameter-patients-differ")
    if inses or ids or actor.kind is ActorKind.OPERATOR:
        return next(iter(inses), None), next(iter(ids), None)
    if actor.kind is not ActorKind.CITIZEN or actor.ins is None:
        raise Invalid("parameter-missing", name="patient.identifier")
    return actor.ins, None


def _names_someone(name: str, value: str) -> bool:
    """Whether a parameter names the patient or who acted, or holds a matricule wherever it stands."""
    return name.startswith(("patient", "agent")) or any(oid in value for oid in INS_OIDS)
