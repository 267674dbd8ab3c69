"""
Read rights: one's own status on a record (TD0.2), all that is held on it (TD1.6), the records where one is authorised (TD0.4).

Source: documents.md §1.2, §1.3, §1.6; docs/transactions/consent.md.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.access.reviewing import EXPRESSED, held_records, list_authorisations, one_period, own_status
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.model import ConsentPeriod
from carnet.domain.errors import Invalid, NotFound
from carnet.domain.record.model import PatientReference
from carnet.domain.record.search import Page
from carnet.formats.fhir.consent import read_consent_id, write_consent, write_consent_bundle
from carnet.formats.fhir.consent_search import ReadConsentSearch, read_consent_search
from carnet.formats.fhir.outcome import write_outcome
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import INS_OIDS, Ins
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import BadRequest, fhir_answer
from carnet.web.fhir.cursors import Cursor, open_cursor, seal_cursor
from carnet.web.fhir.parameters import form_parameters, query_parameters
from carnet.web.fhir.representation import require_json_answer
from carnet.web.services import Services
from carnet.web.wording import issue_text

_KIND = "Consent"


@frozen
class FindConsents:
    services: Services

    async def by_get(self, request: Request) -> Response:
        """GET /fhir/Consent?…"""
        actor = bearer_actor(request.scope, self.services.verifier)
        return await self._find(request, query_parameters(request), actor)

    async def by_post(self, request: Request) -> Response:
        """POST /fhir/Consent/_search: the same, and no INS in an address."""
        actor = bearer_actor(request.scope, self.services.verifier)
        async with form_parameters(request, self.services.bodies) as pairs:
            return await self._find(request, pairs, actor)

    async def one(self, request: Request) -> Response:
        """GET /fhir/Consent/{id}."""
        services = self.services
        actor = bearer_actor(request.scope, services.verifier)
        require_json_answer(request)
        named = read_consent_id(request.path_params["id"])
        if named is None:
            raise NotFound("consent-unknown")
        held, ins, at = await one_period(services.rights, *named, actor=actor, terms=services.rights_terms)
        return fhir_answer(orjson.dumps(write_consent(held, ins=ins, at=at)))

    async def _find(self, request: Request, pairs: Sequence[tuple[str, str]], actor: Actor) -> Response:
        require_json_answer(request)
        try:
            lenient = "handling=lenient" in request.headers.get("prefer", "").replace(" ", "")
            read, after = self._understood(pairs, actor, lenient=lenient)
            whose = record_named(read.patients)
        except Invalid as fault:
            raise BadRequest(fault.code, issues=fault.issues) from fault
        if whose is None and actor.kind is ActorKind.PROFESSIONAL:
            return await self._held(read, actor, after)
        if whose is None and actor.kind is ActorKind.CITIZEN:
            whose = actor.ins
        if whose is None:
            raise BadRequest("parameter-missing", name="patient.identifier")
        if read.since is not None or read.holder == "organization":
            name = "holder" if read.since is None else "date"
            raise BadRequest("parameter-with-patient", name=name)
        periods, ins, at = await self._on_record(read, whose, actor)
        shown = [
            each for each in periods if read.status is None or (read.status == "active") is each.period.holds_at(at)
        ]
        entries = [write_consent(each, ins=ins, at=at) for each in reversed(shown)]
        return fhir_answer(self._written(read, entries, total=len(entries)))

    async def _on_record(
        self, read: ReadConsentSearch, whose: Ins | UUID, actor: Actor
    ) -> tuple[list[ConsentPeriod], Ins, datetime]:
        """
        A professional's own (what runs, else the last authorisation that ended), unless everyone's is asked; the patient's side sees all.

        Raises Refused, NotFound.
        """
        services = self.services
        if actor.kind is ActorKind.PROFESSIONAL and read.holder != "everyone":
            own = await own_status(services.rights, whose, actor=actor, terms=services.rights_terms)
            running = [each for each in own.periods if each.period.holds_at(own.at)]
            if own.period is not None and own.period not in running:
                running.insert(0, own.period)
            return running, own.ins, own.at
        review = await list_authorisations(services.rights, whose, actor=actor, terms=services.rights_terms)
        return [each for each in review.periods if each.consent.kind in EXPRESSED], review.ins, review.at

    async def _held(self, read: ReadConsentSearch, actor: Actor, after: tuple[datetime, UUID] | None) -> Response:
        """The records where the professional, or the structure they act for, is authorised: the last authorised first."""
        services = self.services
        if read.status == "inactive" or read.holder == "everyone":
            raise BadRequest("parameter-missing", name="patient.identifier")
        found, more = await held_records(
            services.rights, actor=actor, terms=services.rights_terms, since=read.since, after=after, count=max(read.count, 1),
            by_organization=read.holder == "organization",
        )  # fmt: skip
        cursor = None
        now = services.clock()
        if more:
            at, patient_id = found[-1].position
            where = Cursor(read.self_parameters, Page(at, str(patient_id)), None, now)
            cursor = seal_cursor(where, kind=_KIND, actor=actor, key=services.cursors)
        entries = [write_consent(each.held, ins=each.ins, at=max(now, each.held.period.valid_from)) for each in found]
        return fhir_answer(self._written(read, entries, total=None, cursor=cursor))

    def _understood(
        self, pairs: Sequence[tuple[str, str]], actor: Actor, *, lenient: bool
    ) -> tuple[ReadConsentSearch, tuple[datetime, UUID] | None]:
        """The search asked for: in the address, or in the cursor of a next page."""
        services = self.services
        read = read_consent_search(pairs, lenient=lenient)
        if read.cursor is None:
            return read, None
        cursor = open_cursor(read.cursor, kind=_KIND, actor=actor, key=services.cursors, now=services.clock())
        read = read_consent_search(cursor.parameters, lenient=True)
        return replace(read, warnings=()), (cursor.page.after_value, UUID(cursor.page.after_id))

    def _written(
        self, read: ReadConsentSearch, entries: list[dict[str, Any]], *, total: int | None, cursor: str | None = None
    ) -> bytes:
        # A link that we make names no person (product promise 9).
        parameters = [
            (name, value)
            for name, value in read.self_parameters
            if not name.startswith("patient") and not any(oid in value for oid in INS_OIDS)
        ]
        outcome = write_outcome(read.warnings, text_of=issue_text) if read.warnings else None
        return write_consent_bundle(
            entries,
            base_url=self.services.fhir_base,
            self_parameters=parameters,
            total=total,
            cursor=cursor,
            outcome=outcome,
        )


def record_named(patients: Sequence[PatientReference]) -> Ins | UUID | None:
    """
    The record that a message names, by its INS rather than by its id; None when it names none.

    Raises
        Invalid: `parameter-patients-differ`.
    """
    inses = {each.ins for each in patients if each.ins is not None}
    ids = {each.patient_id for each in patients if each.patient_id is not None}
    if len(inses) > 1 or len(ids) > 1:
        raise Invalid("parameter-patients-differ")
    return next(iter(inses), None) or next(iter(ids), None)
