"""
ITI-66 Find Document Lists: submission sets and folders of one record, by GET or POST, in pages.

Source: IHE MHD 4.2 §3.66; PDSm flux 5a and 6a (documents.md §3.2); docs/transactions/iti66.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from carnet.channels.mhd.searches import around, understand
from carnet.domain.actor import Actor
from carnet.domain.record.lists.finding import find_lists
from carnet.formats.fhir.list_search import read_list_search
from carnet.formats.fhir.searchset import write_list_searchset
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import fhir_answer
from carnet.web.fhir.parameters import form_parameters, query_parameters
from carnet.web.fhir.representation import require_json_answer
from carnet.web.services import Services


@dataclass(frozen=True, slots=True)
class FindDocumentLists:
    services: Services

    async def by_get(self, request: Request) -> Response:
        """GET /fhir/List?…"""
        return await self._find(request, query_parameters(request))

    async def by_post(self, request: Request) -> Response:
        """POST /fhir/List/_search: the same, and no INS in an address."""
        actor = bearer_actor(request.scope, self.services.verifier)
        async with form_parameters(request, self.services.bodies) as pairs:
            return await self._find(request, pairs, actor=actor)

    async def _find(
        self, request: Request, pairs: Sequence[tuple[str, str]], *, actor: Actor | None = None
    ) -> Response:
        services = self.services
        actor = actor or bearer_actor(request.scope, services.verifier)
        require_json_answer(request)
        asked = understand(services, request, pairs, actor=actor, kind="List", read=read_list_search)
        found = await find_lists(
            services.store, asked.read.query, actor=actor, ins=asked.ins, patient_id=asked.patient_id, parameters=asked.names,
            terms=services.read_terms,
        )  # fmt: skip
        told = around(
            services, asked, actor=actor, patient_id=found.patient_id, total=found.total, next_page=found.next_page,
            present_ins=found.present_ins,
        )  # fmt: skip
        return fhir_answer(write_list_searchset(found.lists, as_of=found.as_of, **told))
