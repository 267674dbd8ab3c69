"""
ITI-67 Find Document References: a search within one record, by GET or POST, in pages.

Source: IHE MHD 4.2 §3.67; PDSm flux 6 (documents.md §3.2); docs/transactions/iti67.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from carnet.channels.mhd.searches import around, understand
from carnet.domain.actor import Actor
from carnet.domain.record.opening import search
from carnet.formats.fhir.search_parameters import read_search
from carnet.formats.fhir.searchset import write_searchset
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import fhir_answer
from carnet.web.fhir.parameters import form_parameters, query_parameters
from carnet.web.fhir.representation import require_json_answer
from carnet.web.services import Services


@dataclass(frozen=True, slots=True)
class FindDocumentReferences:
    services: Services

    async def by_get(self, request: Request) -> Response:
        """GET /fhir/DocumentReference?…"""
        return await self._find(request, query_parameters(request))

    async def by_post(self, request: Request) -> Response:
        """POST /fhir/DocumentReference/_search: the same, and no INS in an address."""
        actor = bearer_actor(request.scope, self.services.verifier)
        async with form_parameters(request, self.services.bodies) as pairs:
            return await self._find(request, pairs, actor=actor)

    async def _find(
        self, request: Request, pairs: Sequence[tuple[str, str]], *, actor: Actor | None = None
    ) -> Response:
        services = self.services
        actor = actor or bearer_actor(request.scope, services.verifier)
        require_json_answer(request)
        asked = understand(services, request, pairs, actor=actor, kind="DocumentReference", read=read_search)
        found = await search(
            services.store, asked.read.query, actor=actor, ins=asked.ins, patient_id=asked.patient_id, parameters=asked.names,
            terms=services.read_terms,
        )  # fmt: skip
        told = around(
            services, asked, actor=actor, patient_id=found.patient_id, total=found.total, next_page=found.next_page,
            present_ins=found.present_ins,
        )  # fmt: skip
        return fhir_answer(write_searchset(found.entries, as_of=found.as_of, **told))
