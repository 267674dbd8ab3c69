"""
TD0.2, « le DMP existe-t-il ? », by GET or POST; the same addresses tell an identity source who someone is.

Source: documents.md §1.2, §1.6; FHIR R4 §3.1.0.1 (read), §3.1.1 (search); docs/transactions/patient.md.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.errors import Invalid, Issue, NotFound, Refused
from carnet.domain.record.identities.looking_up import look_up_record
from carnet.domain.record.identities.telling import find_identities, read_identity
from carnet.formats.fhir.identity.search import ReadPatientSearch, read_patient_search
from carnet.formats.fhir.identity.standing import standing_resource
from carnet.formats.fhir.identity.told import known_resource, match_entry, write_patients
from carnet.formats.fhir.outcome import outcome
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import is_uuid
from carnet.vocabulary.ins import Ins
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import BadRequest, fhir_answer
from carnet.web.fhir.conditions import version_tag
from carnet.web.fhir.parameters import form_parameters, query_parameters
from carnet.web.fhir.representation import require_json_answer
from carnet.web.services import Services
from carnet.web.wording import issue_text

_VARY = {"Vary": "Accept, Authorization"}


@frozen
class FindPatient:
    services: Services

    async def by_get(self, request: Request) -> Response:
        """GET /fhir/Patient?identifier=…"""
        actor = bearer_actor(request.scope, self.services.verifier)
        return await self._find(request, query_parameters(request), actor)

    async def by_post(self, request: Request) -> Response:
        """POST /fhir/Patient/_search: the same, and no INS in an address."""
        actor = bearer_actor(request.scope, self.services.verifier)
        async with form_parameters(request, self.services.bodies) as pairs:
            return await self._find(request, pairs, actor)

    async def by_id(self, request: Request) -> Response:
        """GET /fhir/Patient/{id}, and for a source /_history/{version} of the version in force."""
        services = self.services
        actor = bearer_actor(request.scope, services.verifier)
        require_json_answer(request)
        ident = request.path_params["id"]
        version = request.path_params.get("version")
        if not is_uuid(ident) or (version is not None and actor.kind is not ActorKind.IDENTITY_SOURCE):
            raise NotFound("identity-unknown")
        if actor.kind is ActorKind.IDENTITY_SOURCE:
            known = await read_identity(services.store, UUID(ident), actor=actor, terms=services.read_terms)
            if version not in {None, str(known.version)}:
                raise NotFound("identity-unknown")
            headers = {
                "ETag": version_tag(known.version),
                "Last-Modified": known.updated_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            }
            return fhir_answer(orjson.dumps(known_resource(known)), headers=headers | _VARY)
        (resource,) = await self._standing(actor, ins=None, patient_id=UUID(ident))
        return fhir_answer(orjson.dumps(resource), headers=_VARY)

    async def _find(self, request: Request, pairs: Sequence[tuple[str, str]], actor: Actor) -> Response:
        require_json_answer(request)
        lenient = "handling=lenient" in request.headers.get("prefer", "").replace(" ", "")
        try:
            read = read_patient_search(pairs, lenient=lenient)
        except Invalid as fault:
            raise BadRequest(fault.code, issues=fault.issues) from fault
        resources = await self._resources(read, actor)
        base = self.services.fhir_base
        only = resources[0]["id"] if len(resources) == 1 else None
        return fhir_answer(
            write_patients(
                [match_entry(resource, base_url=base) for resource in resources],
                self_url=f"{base}/Patient?_id={only}" if only else f"{base}/Patient",
                outcome=outcome(read.warnings, text_of=issue_text) if read.warnings else None,
            ),
            headers=_VARY,
        )

    async def _resources(self, read: ReadPatientSearch, actor: Actor) -> list[dict[str, Any]]:
        services = self.services
        if actor.kind is ActorKind.IDENTITY_SOURCE:
            if read.name is not None:
                found = await find_identities(services.store, read.name, actor=actor, terms=services.read_terms)
            elif read.patient_id is not None:
                found = [await read_identity(services.store, read.patient_id, actor=actor, terms=services.read_terms)]
            else:
                found = []
            return [known_resource(known) for known in found]
        if isinstance(read.name, Ins):
            return await self._standing(actor, ins=read.name, patient_id=None)
        if read.name is not None:
            issue = Issue("parameter-not-ins", "http.identifier")
            raise BadRequest(issue.code, issues=[issue])
        if read.patient_id is None:
            raise Refused("record-refused")
        return await self._standing(actor, ins=None, patient_id=read.patient_id)

    async def _standing(self, actor: Actor, *, ins: Ins | None, patient_id: UUID | None) -> list[dict[str, Any]]:
        services = self.services
        standing = await look_up_record(
            services.store, services.rights, actor=actor, ins=ins, patient_id=patient_id, terms=services.read_terms
        )
        return [] if standing is None else [standing_resource(standing)]
