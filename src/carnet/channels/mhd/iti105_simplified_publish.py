"""
ITI-105 Simplified Publish: one DocumentReference with its document inside becomes one deposit.

Source: IHE MHD 4.2 §3.105; PDSm flux 9 and 10; FHIR R4 §3.1.0.8 (create), §3.1.0.1.10 (Prefer: return); docs/transactions/iti105.md.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from carnet.channels.mhd.contents import TracingRefusals, checked_content
from carnet.domain.access.model import AvailabilityStatus
from carnet.domain.errors import Issue, Severity
from carnet.domain.record.deposit import deposit
from carnet.domain.record.model import Receipt, StoredEntry
from carnet.domain.record.publishing import published_alone
from carnet.formats.fhir.attributes import with_path
from carnet.formats.fhir.json_reading import read_json
from carnet.formats.fhir.outcome import write_outcome
from carnet.formats.fhir.served import write_fiche, write_served
from carnet.formats.fhir.simplified_publish import read_simplified_publish
from carnet.formats.submissions import submitted_documents
from carnet.vocabulary.frozen import frozen
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import BadRequest, fhir_answer
from carnet.web.fhir.representation import refuse_unsound_texts, require_json_answer, require_json_body
from carnet.web.services import Services
from carnet.web.wording import issue_text

_RETURNS = ("minimal", "representation", "OperationOutcome")


@frozen
class SimplifiedPublish:
    services: Services

    async def create(self, request: Request) -> Response:
        """
        POST /fhir/DocumentReference.

        Gives
            201 with the fiche as it was filed; 200 with an OperationOutcome when the same document was already held, since its fiche may
            have changed in a way that is not its sender's to learn.
        """
        services = self.services
        actor = bearer_actor(request.scope, services.verifier)
        async with TracingRefusals(services, actor=actor) as reading:
            require_json_answer(request)
            require_json_body(request)
            if "if-none-exist" in request.headers:
                raise BadRequest("if-none-exist-not-supported")
            async with services.bodies.read(request) as body:
                resource = read_json(body)
                refuse_unsound_texts(body, resource)
                read = read_simplified_publish(resource)
                reading.done()
                (document,), issues = submitted_documents([read.document], [await checked_content(read.document)])
                submission = published_alone(
                    document, read.patient_references, actor=actor, at=services.clock(), warnings=read.warnings,
                    faults=(*read.faults, *issues),
                )  # fmt: skip
                receipt = await deposit(
                    services.store, submission, actor=actor, terms=services.deposit_terms, clock=services.clock
                )
        return self._answer(receipt, wanted=_wanted(request))

    def _answer(self, receipt: Receipt, *, wanted: str) -> Response:
        base = self.services.fhir_base
        (document,) = receipt.documents
        headers = {
            "Location": f"{base}/DocumentReference/{document.logical_id}/_history/{document.version}",
            "ETag": f'W/"{document.version}"',
            "Last-Modified": document.updated_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        }
        status = 200 if receipt.replayed else 201
        if wanted == "minimal":
            return Response(b"", status, {"Cache-Control": "no-store", **headers})
        entry = None if document.entry is None else _stored(receipt)
        if wanted == "representation" and entry is not None:
            return fhir_answer(write_served(entry, base_url=base), status, headers)
        done = Issue("document-already-held" if receipt.replayed else "document-filed", severity=Severity.INFORMATION)
        told: Sequence[Issue] = [done, *map(with_path, receipt.warnings)]
        return fhir_answer(write_outcome(told, text_of=issue_text), status, headers)


def _stored(receipt: Receipt) -> StoredEntry:
    """The fiche as its sender stated it, with what the server computed."""
    (document,) = receipt.documents
    entry = document.entry
    assert entry is not None
    fiche = write_fiche(entry, patient_id=receipt.patient_id, ins=receipt.ins, logical_id=document.logical_id)
    stored = StoredEntry(
        document.logical_id, document.version, document.updated_at, AvailabilityStatus.APPROVED, entry.confidentiality, entry.labels,
        document.logical_id, fiche,
    )  # fmt: skip
    return stored._replace(relates_to=document.relations)


def _wanted(request: Request) -> str:
    """`Prefer: return=…`; the fiche without one, as PDSm flux 10 has it."""
    preferred = request.headers.get("prefer", "").replace(" ", "")
    return next((each for each in _RETURNS if f"return={each}" in preferred), "representation")
