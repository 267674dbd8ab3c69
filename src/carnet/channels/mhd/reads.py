"""
Reading one resource by its id: DocumentReference, List (submission set or folder), and several at once in a batch Bundle.

Source: FHIR R4 §3.1.0.3 (read), §3.1.0.11 (batch); IHE MHD §3.68 for contents.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from carnet.channels.mhd.iti68_retrieve_document import read_id
from carnet.domain.actor import Actor
from carnet.domain.errors import DomainError, NotFound
from carnet.domain.record.lists.reading import read_list
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.opening import read_content, read_fiche
from carnet.formats.fhir.batch import BatchAnswer, BatchRead, read_batch, write_batch_response
from carnet.formats.fhir.binary import write_binary
from carnet.formats.fhir.lists import version_of, write_list
from carnet.formats.fhir.outcome import write_outcome
from carnet.formats.fhir.served import write_served
from carnet.vocabulary.frozen import frozen
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import fhir_answer, status_of
from carnet.web.fhir.representation import require_json_answer
from carnet.web.services import Services
from carnet.web.wording import issue_text

_REASONS = {
    200: "200 OK",
    400: "400 Bad Request",
    403: "403 Forbidden",
    404: "404 Not Found",
    503: "503 Service Unavailable",
}


@frozen
class Reads:
    services: Services

    async def document_reference(self, request: Request) -> Response:
        """GET /fhir/DocumentReference/{id}."""
        actor = bearer_actor(request.scope, self.services.verifier)
        require_json_answer(request)
        entry = await self._fiche(request.path_params["id"], actor)
        headers = {"ETag": f'W/"{entry.version}"', "Vary": "Accept, Authorization"}
        return fhir_answer(write_served(entry, base_url=self.services.fhir_base), headers=headers)

    async def document_list(self, request: Request) -> Response:
        """GET /fhir/List/{id}: a submission set or a folder."""
        actor = bearer_actor(request.scope, self.services.verifier)
        require_json_answer(request)
        found = await read_list(
            self.services.store, read_id(request.path_params["id"]), actor=actor, terms=self.services.read_terms
        )
        version = version_of(found)
        # What a list shows depends on who asks: only the view of now can be named, and `1` as the deposit's answer does.
        if request.path_params.get("version", version) not in {version, "1"}:
            raise NotFound("document-unknown")
        return fhir_answer(write_list(found), headers={"ETag": f'W/"{version}"', "Vary": "Accept, Authorization"})

    async def batch(self, bundle: dict[str, Any], *, actor: Actor) -> Response:
        """A batch of reads; each entry has its own answer, and its own trace."""
        answers = [await self._one(item, actor) for item in read_batch(bundle)]
        return fhir_answer(write_batch_response(answers))

    async def _fiche(self, ident: str, actor: Actor) -> StoredEntry:
        return await read_fiche(self.services.store, read_id(ident), actor=actor, terms=self.services.read_terms)

    async def _one(self, item: BatchRead, actor: Actor) -> BatchAnswer:
        services = self.services
        if item.issues:
            return BatchAnswer(_REASONS[400], outcome=write_outcome(item.issues, text_of=issue_text))
        base = services.fhir_base
        try:
            logical_id = read_id(item.ident)
            if item.kind == "DocumentReference":
                entry = await self._fiche(item.ident, actor)
                return BatchAnswer(
                    _REASONS[200], write_served(entry, base_url=base), f"{base}/DocumentReference/{logical_id}",
                    etag=f'W/"{entry.version}"', updated_at=entry.updated_at,
                )  # fmt: skip
            if item.kind == "List":
                found = await read_list(services.store, logical_id, actor=actor, terms=services.read_terms)
                return BatchAnswer(_REASONS[200], write_list(found), f"{base}/List/{logical_id}")
            facts, content, _ = await read_content(services.store, logical_id, actor=actor, terms=services.read_terms)
        except DomainError as error:
            status = status_of(error)
            return BatchAnswer(
                _REASONS.get(status, str(status)), outcome=write_outcome(error.issues, text_of=issue_text)
            )
        binary = write_binary(
            content,
            logical_id=logical_id,
            media_type=facts.mime_type,
            filed_at=facts.filed_at,
        )
        return BatchAnswer(_REASONS[200], binary, f"{base}/Binary/{logical_id}", updated_at=facts.filed_at)
