"""
History and vread of a fiche: the states of it that the asker may see.

Source: FHIR R4 §3.1.0.4 (vread), §3.1.0.14 (history); PDSm flux 3, logical deletion; docs/transactions/patch.md.
"""

from starlette.requests import Request
from starlette.responses import Response

from carnet.channels.mhd.iti68_retrieve_document import read_id
from carnet.domain.record.states import read_state, read_states
from carnet.formats.fhir.history_bundle import write_history
from carnet.formats.fhir.served import write_served
from carnet.vocabulary.frozen import frozen
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import BadRequest, fhir_answer
from carnet.web.fhir.conditions import version_tag
from carnet.web.fhir.parameters import query_parameters
from carnet.web.fhir.representation import require_json_answer
from carnet.web.services import Services

_OF_THE_ANSWER = frozenset({"_format", "_pretty"})


@frozen
class DocumentHistory:
    services: Services

    async def every(self, request: Request) -> Response:
        """GET /fhir/DocumentReference/{id}/_history."""
        services = self.services
        actor = bearer_actor(request.scope, services.verifier)
        require_json_answer(request)
        for name, _ in query_parameters(request):
            if name not in _OF_THE_ANSWER:
                raise BadRequest("parameter-unknown", name=name[:80])
        ident = read_id(request.path_params["id"])
        states = await read_states(services.store, ident, actor=actor, terms=services.read_terms)
        headers = {"Vary": "Accept, Authorization"}
        return fhir_answer(write_history(states, base_url=services.fhir_base), headers=headers)

    async def one(self, request: Request) -> Response:
        """GET /fhir/DocumentReference/{id}/_history/{version}."""
        services = self.services
        actor = bearer_actor(request.scope, services.verifier)
        require_json_answer(request)
        ident, version = read_id(request.path_params["id"]), request.path_params["version"]
        entry = await read_state(services.store, ident, version, actor=actor, terms=services.read_terms)
        headers = {"ETag": version_tag(entry.version), "Vary": "Accept, Authorization"}
        return fhir_answer(write_served(entry, base_url=services.fhir_base), headers=headers)
