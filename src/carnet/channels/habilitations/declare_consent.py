"""
Declare and end rights: TD0.3 AJOUT is the creation of a Consent, SUPPRESSION is its status `inactive`.

Always by an explicit act of the user (CSP R1111-46): nothing here is declared in passing by a search or a deposit.
Source: documents.md §1.2, §7; docs/transactions/consent.md.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.access import authorising, blocking, treating
from carnet.domain.access.ending import end_period
from carnet.domain.access.opposing import SWITCHES, switch
from carnet.domain.access.reviewing import one_period, running
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.model import EVERYONE, Basis, Consent, ConsentKind
from carnet.domain.errors import Invalid, NotFound
from carnet.formats.fhir.consent import ReadConsent, consent_id, read_consent, read_consent_id, write_consent
from carnet.formats.fhir.json_reading import read_json, read_json_array
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import BadRequest, fhir_answer
from carnet.web.fhir.representation import (
    JSON_PATCH,
    read_patch_media,
    refuse_unsound_texts,
    require_json_answer,
    require_json_body,
)
from carnet.web.services import Services

_INACTIVE = {"op": "replace", "path": "/status", "value": "inactive"}


@frozen
class DeclareConsent:
    services: Services

    async def create(self, request: Request) -> Response:
        """POST /fhir/Consent: 201, or 200 when what runs already lasts as long."""
        services = self.services
        actor = bearer_actor(request.scope, services.verifier)
        require_json_answer(request)
        require_json_body(request)
        if "if-none-exist" in request.headers:
            raise BadRequest("if-none-exist-not-supported")
        async with self._json(request) as resource:
            read = read_consent(resource)
        whose = read.patient.ins or read.patient.patient_id
        if whose is None:
            raise Invalid("patient-missing", expression="Consent.patient")
        holder, is_organization = _holder(read, actor)
        new = await self._declare(read, whose, actor, holder=holder, is_organization=is_organization)
        held, ins, at = await running(
            services.rights,
            whose,
            Consent(read.kind, holder, is_organization),
            actor=actor,
            terms=services.rights_terms,
        )
        location = f"{services.fhir_base}/Consent/{consent_id(held.patient_id, held.period_id)}"
        body = orjson.dumps(write_consent(held, ins=ins, at=at))
        return fhir_answer(body, 201 if new else 200, {"Location": location})

    async def replace(self, request: Request) -> Response:
        """PUT /fhir/Consent/{id}: the same Consent with the status `inactive`; anything else does not change."""
        actor = bearer_actor(request.scope, self.services.verifier)
        require_json_answer(request)
        require_json_body(request)
        named = _named(request)
        async with self._json(request) as resource:
            held, ins, at = await one_period(
                self.services.rights, *named, actor=actor, terms=self.services.rights_terms
            )
            wanted = write_consent(held, ins=ins, at=at) | {"status": "inactive"}
            if any(resource.get(name) != value for name, value in wanted.items() if name != "meta"):
                raise Invalid("consent-change", expression="Consent")
            if resource.keys() - wanted.keys() - {"text"}:
                raise Invalid("consent-change", expression="Consent")
        return await self._end(named, actor)

    async def patch(self, request: Request) -> Response:
        """PATCH /fhir/Consent/{id}: JSON Patch or FHIRPath Patch that sets the status to `inactive`, and nothing else."""
        actor = bearer_actor(request.scope, self.services.verifier)
        require_json_answer(request)
        media = read_patch_media(request)
        named = _named(request)
        async with self.services.bodies.read(request) as body:
            patch = read_json_array(body) if media == JSON_PATCH else read_json(body)
        if not (_is_json_patch(patch) if media == JSON_PATCH else _is_path_patch(patch)):
            raise Invalid("consent-change", expression="Consent")
        return await self._end(named, actor)

    async def _declare(
        self, read: ReadConsent, whose: Ins | UUID, actor: Actor, *, holder: str, is_organization: bool
    ) -> bool:
        services = self.services
        common: dict[str, Any] = {
            "actor": actor,
            "holder": holder,
            "is_organization": is_organization,
            "terms": services.rights_terms,
        }
        if read.kind is ConsentKind.GRANT:
            basis = read.basis or (None if actor.kind is ActorKind.PROFESSIONAL else Basis.PATIENT)
            if basis is None:
                raise Invalid("element-required", expression="Consent.policyRule", name="policyRule")
            return await authorising.authorise(services.rights, whose, basis=basis, until=read.until, **common)
        if read.until is not None:
            raise Invalid("consent-end", expression="Consent.provision.period.end")
        if read.kind in SWITCHES:
            return await switch(services.rights, whose, read.kind, on=True, actor=actor, terms=services.rights_terms)
        if read.kind is ConsentKind.BLOCK:
            return await blocking.block(services.rights, whose, **common)
        return await treating.set_primary_care_doctor(services.rights, whose, **common)

    async def _end(self, named: tuple[UUID, UUID], actor: Actor) -> Response:
        services = self.services
        await end_period(services.rights, *named, actor=actor, terms=services.rights_terms)
        held, ins, at = await one_period(services.rights, *named, actor=actor, terms=services.rights_terms)
        return fhir_answer(orjson.dumps(write_consent(held, ins=ins, at=at)))

    @asynccontextmanager
    async def _json(self, request: Request) -> AsyncIterator[dict[str, Any]]:
        async with self.services.bodies.read(request) as body:
            resource = read_json(body)
            refuse_unsound_texts(body, resource)
            yield resource


def _named(request: Request) -> tuple[UUID, UUID]:
    named = read_consent_id(request.path_params["id"])
    if named is None:
        raise NotFound("consent-unknown")
    return named


def _holder(read: ReadConsent, actor: Actor) -> tuple[str, bool]:
    """Whom it is about: everyone, or someone; a professional who names nobody speaks of themselves."""
    if read.kind in SWITCHES:
        return EVERYONE, False
    if read.holder is not None:
        return read.holder, read.is_organization
    if actor.kind is ActorKind.PROFESSIONAL and actor.person is not None:
        return actor.person, False
    raise Invalid("provision-actor", expression="Consent.provision.actor")


def _is_json_patch(patch: Any) -> bool:
    return patch in ([_INACTIVE], [{"op": "test", "path": "/status", "value": "active"}, _INACTIVE])


def _is_path_patch(patch: Any) -> bool:
    """One operation: replace Consent.status by inactive."""
    if not isinstance(patch, dict) or patch.get("resourceType") != "Parameters":
        return False
    parameters = patch.get("parameter")
    if not isinstance(parameters, list) or len(parameters) != 1 or not isinstance(parameters[0], dict):
        return False
    parts = parameters[0].get("part")
    if parameters[0].get("name") != "operation" or not isinstance(parts, list):
        return False
    said = {part.get("name"): part for part in parts if isinstance(part, dict)}
    value = said.get("value", {})
    return (
        said.keys() == {"type", "path", "value"}
        and said["type"].get("valueCode") == "replace"
        and said["path"].get("valueString") == "Consent.status"
        and "inactive" in (value.get("valueCode"), value.get("valueString"))
    )
