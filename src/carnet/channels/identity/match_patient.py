"""
`POST /fhir/Patient/$match`: people found by their traits, for an identity source.

Source: FHIR R4, Operation Patient-match; docs/transactions/patient.md.
"""

from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.record.identities.matching import match
from carnet.domain.record.identities.telling import judge_source
from carnet.formats.fhir.identity.match import read_match, write_matches
from carnet.formats.fhir.identity.told import known_resource, write_patients
from carnet.formats.fhir.outcome import outcome
from carnet.vocabulary.frozen import frozen
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import fhir_answer
from carnet.web.fhir.representation import read_resource, require_json_answer, require_json_body
from carnet.web.services import Services
from carnet.web.wording import issue_text


@frozen
class MatchPatient:
    services: Services

    async def by_post(self, request: Request) -> Response:
        """Parameters in, searchset out."""
        services = self.services
        actor = bearer_actor(request.scope, services.verifier)
        await judge_source(services.store, actor, at=services.clock(), terms=services.read_terms)
        require_json_answer(request)
        require_json_body(request)
        read = read_match(await read_resource(request, services.bodies))
        found = await match(
            services.store, read.stated, only_certain=read.only_certain, count=read.count, actor=actor, terms=services.read_terms
        )  # fmt: skip
        base = services.fhir_base
        entries = write_matches(found, resources=[known_resource(each.known) for each in found], base_url=base)
        told = outcome(read.warnings, text_of=issue_text) if read.warnings else None
        return fhir_answer(write_patients(entries, self_url=f"{base}/Patient/$match", outcome=told))
