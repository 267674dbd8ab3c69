"""
An identity put by its source: under what names it (conditional update), or under the id of its record.

Source: FHIR R4 §3.1.0.4 (update, conditional update, `Prefer: return`); docs/transactions/patient.md.
"""

from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.actor import Actor
from carnet.domain.errors import DomainError, Invalid, Issue, NotFound, Severity
from carnet.domain.people.model import Reception
from carnet.domain.record.identities.putting import PutIdentity, put_identity
from carnet.domain.record.identities.telling import Name, judge_source, read_identity
from carnet.formats.fhir.identity.places import placed
from carnet.formats.fhir.identity.reading import read_patient
from carnet.formats.fhir.identity.search import read_patient_search
from carnet.formats.fhir.identity.told import known_resource
from carnet.formats.fhir.outcome import write_outcome
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import is_uuid
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import BadRequest, fhir_answer
from carnet.web.fhir.conditions import only_when_new, seen_version, version_tag
from carnet.web.fhir.parameters import query_parameters
from carnet.web.fhir.representation import read_resource, require_json_answer, require_json_body
from carnet.web.services import Services
from carnet.web.wording import issue_text


@frozen
class PutPatient:
    services: Services

    async def by_condition(self, request: Request) -> Response:
        """PUT /fhir/Patient?identifier=…"""
        actor = await self._source(request)
        try:
            read = read_patient_search(query_parameters(request), lenient=False, by_id=False)
        except Invalid as fault:
            raise BadRequest(fault.code, issues=fault.issues) from fault
        assert read.name is not None
        return await self._put(request, actor, named_by=read.name, is_id=None)

    async def by_id(self, request: Request) -> Response:
        """PUT /fhir/Patient/{id}, with If-Match; an id that names nobody is not taken."""
        actor = await self._source(request)
        ident = request.path_params["id"]
        if not is_uuid(ident):
            raise NotFound("identity-unknown")
        return await self._put(request, actor, named_by=UUID(ident), is_id=ident)

    async def _source(self, request: Request) -> Actor:
        """Who puts, judged before anything of theirs is read."""
        services = self.services
        actor = bearer_actor(request.scope, services.verifier)
        await judge_source(services.store, actor, at=services.clock(), terms=services.read_terms)
        require_json_answer(request)
        require_json_body(request)
        return actor

    async def _put(self, request: Request, actor: Actor, *, named_by: Name | UUID, is_id: str | None) -> Response:
        services = self.services
        seen, is_new = seen_version(request, is_required=is_id is not None), only_when_new(request)
        resource = await read_resource(request, services.bodies)
        if is_id is not None and resource.get("id") != is_id:
            raise BadRequest("identity-id-differs", expression="Patient.id")
        read = read_patient(resource)
        try:
            done = await put_identity(
                services.store, read.identity, named_by=named_by, seen_version=seen, actor=actor,
                terms=services.read_terms, receiving=services.receiving_terms, only_new=is_new,
            )  # fmt: skip
        except DomainError as refusal:
            refusal.issues = tuple(map(placed, refusal.issues))
            raise
        return await self._answer(request, done, actor, warnings=read.warnings)

    async def _answer(
        self, request: Request, done: PutIdentity, actor: Actor, *, warnings: tuple[Issue, ...]
    ) -> Response:
        """201 or 200; the body is what the client prefers: what is to be looked at (the default), nothing, or the identity as it is now."""
        services, known = self.services, done.known
        headers = {
            "Location": f"{services.fhir_base}/Patient/{known.patient_id}/_history/{known.version}",
            "ETag": version_tag(known.version),
            "Last-Modified": known.updated_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        }
        status = 201 if done.receipt.reception is Reception.CREATED else 200
        prefers = request.headers.get("prefer", "").replace(" ", "")
        if "return=minimal" in prefers:
            return fhir_answer(b"", status, headers)
        if "return=representation" in prefers:
            # What is told beyond what was sent leaves its trace, as any reading does.
            told = await read_identity(services.store, known.patient_id, actor=actor, terms=services.read_terms)
            return fhir_answer(orjson.dumps(known_resource(told)), status, headers)
        outcome = Issue(f"identity-{done.receipt.reception}", severity=Severity.INFORMATION)
        issues = (outcome, *warnings, *map(placed, done.receipt.warnings))
        return fhir_answer(write_outcome(issues, text_of=issue_text), status, headers)
