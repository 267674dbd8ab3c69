"""
Update of a fiche by PATCH: its labels, its place in the archives, its deletion; by its id, or by an identifier.

Source: PDSm flux 3 and 4 (documents.md §3.2); FHIR R4 §3.1.0.7 (patch), RFC 5789; docs/transactions/patch.md.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.responses import Response

from carnet.channels.mhd.iti68_retrieve_document import read_id
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.errors import Invalid
from carnet.domain.record.deposit import error_codes
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.patching import acts_towards
from carnet.domain.record.updating import update
from carnet.domain.record.updating.model import Act
from carnet.domain.record.wanted import Named, Wanted
from carnet.formats.fhir.json_reading import read_json, read_json_array
from carnet.formats.fhir.patch_condition import read_condition
from carnet.formats.fhir.patch_document import MAX_BYTES, Document, changeable, wanted
from carnet.formats.fhir.patch_fhirpath import PathOperation, apply_path_patch, read_path_patch
from carnet.formats.fhir.patch_json import JsonOperation, apply_json_patch, read_json_patch
from carnet.formats.fhir.served import write_served
from carnet.vocabulary.frozen import frozen
from carnet.web.bearer import bearer_actor
from carnet.web.bodies import BodyTooLarge
from carnet.web.fhir.answers import BadRequest, MethodNotAllowed, fhir_answer
from carnet.web.fhir.conditions import seen_version, version_tag
from carnet.web.fhir.parameters import query_parameters
from carnet.web.fhir.representation import JSON_PATCH, read_patch_media, refuse_unsound_texts, require_json_answer
from carnet.web.services import Services

# From the document as it is to what is wanted of it.
Patch = Callable[[Document], Wanted]

_FORBIDDEN = "patch-element-forbidden"


@frozen
class UpdateDocumentReference:
    services: Services

    async def by_id(self, request: Request) -> Response:
        """PATCH /fhir/DocumentReference/{id}."""
        actor = bearer_actor(request.scope, self.services.verifier)
        return await self._update(request, lambda: (Named(logical_id=read_id(request.path_params["id"])),), actor=actor)

    async def by_identifier(self, request: Request) -> Response:
        """PATCH /fhir/DocumentReference?identifier=system|value."""
        actor = bearer_actor(request.scope, self.services.verifier)
        return await self._update(request, lambda: read_condition(query_parameters(request)), actor=actor)

    async def other(self, _: Request) -> Response:
        """PUT and DELETE: the way to change or delete is told."""
        raise MethodNotAllowed("update-by-patch")

    async def _update(self, request: Request, names: Callable[[], Sequence[Named]], *, actor: Actor) -> Response:
        services = self.services
        async with self._tracing(actor):
            require_json_answer(request)
            try:
                named = names()
            except Invalid as fault:
                raise BadRequest(fault.code, issues=fault.issues) from fault
            version = seen_version(request)
            patch = await self._patch(request)

        def acts(entry: StoredEntry) -> Sequence[Act]:
            return acts_towards(patch(changeable(entry)), entry)

        try:
            entry = await update(
                services.store, named, acts, actor=actor, terms=services.update_terms, if_version=version
            )
        except Invalid as fault:
            raise _told(fault) from fault
        headers = {"ETag": version_tag(entry.version), "Vary": "Accept, Authorization"}
        return fhir_answer(write_served(entry, base_url=services.fhir_base), headers=headers)

    async def _patch(self, request: Request) -> Patch:
        """The patch of the body, in whichever of the two formats it is."""
        media = read_patch_media(request)
        async with self.services.bodies.read(request) as body:
            if len(body) > MAX_BYTES:
                raise BodyTooLarge("body-too-large", limit=str(MAX_BYTES))
            try:
                if media == JSON_PATCH:
                    array = read_json_array(body)
                    refuse_unsound_texts(body, array)
                    operations = read_json_patch(array)
                    told = _speaks_of_labels(operations)
                    return lambda document: wanted(apply_json_patch(operations, document), speaks_of_labels=told)
                parameters = read_json(body)
                refuse_unsound_texts(body, parameters)
                steps = read_path_patch(parameters)
            except Invalid as fault:
                raise _told(fault) from fault
            told = _speaks_of_labels(steps)
            return lambda document: wanted(apply_path_patch(steps, document), speaks_of_labels=told)

    @asynccontextmanager
    async def _tracing(self, actor: Actor) -> AsyncIterator[None]:
        """A request refused before it could name a document leaves its event in the system's trail."""
        try:
            yield
        except Invalid as refusal:
            services = self.services
            event = did(
                actor,
                EventType.UPDATE_REFUSED,
                at=services.clock(),
                outcome=Outcome.REFUSED,
                issues=error_codes(refusal),
            )
            await services.trace(event)
            raise


def _speaks_of_labels(operations: Sequence[JsonOperation | PathOperation]) -> bool:
    return any(operation.touches == "securityLabel" for operation in operations)


def _told(fault: Invalid) -> Invalid:
    """A patch that touches another element is 405 (PDSm flux 4); other faults keep their status."""
    if any(issue.code == _FORBIDDEN for issue in fault.issues):
        return MethodNotAllowed(_FORBIDDEN, issues=fault.issues)
    return fault
