"""
ITI-67 Find Document References: a search within one record, by GET or POST, in pages.

Source: IHE MHD 4.2 §3.67; PDSm flux 6 (documents.md §3.2); docs/transactions/iti67.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.actor import Actor
from carnet.domain.errors import Invalid
from carnet.domain.record.model import PatientReference
from carnet.domain.record.opening import Found, search
from carnet.formats.fhir.outcome import write_outcome
from carnet.formats.fhir.search_parameters import ReadSearch, read_search
from carnet.formats.fhir.searchset import write_searchset
from carnet.vocabulary.identifiers import PatientId
from carnet.vocabulary.ins import INS_OIDS, Ins
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import BadRequest, fhir_answer
from carnet.web.fhir.cursors import Cursor, open_cursor, seal_cursor
from carnet.web.fhir.parameters import form_parameters, query_parameters
from carnet.web.fhir.representation import require_json_answer
from carnet.web.services import Services
from carnet.web.wording import issue_text

_NAMES_PATIENT = ("patient", "subject")


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
        try:
            read, cursor = self._understood(request, pairs, actor)
            ins, patient_id = _one_patient(read.patients)
        except Invalid as fault:
            raise BadRequest(fault.code, issues=fault.issues) from fault
        found = await search(
            services.store, read.query, actor=actor, ins=ins, patient_id=patient_id,
            parameters=sorted({name for name, _ in read.self_parameters}), terms=services.read_terms,
        )  # fmt: skip
        total = found.total if cursor is None else cursor.total
        return fhir_answer(self._written(read, found, actor=actor, total=total))

    def _understood(
        self, request: Request, pairs: Sequence[tuple[str, str]], actor: Actor
    ) -> tuple[ReadSearch, Cursor | None]:
        """The search asked for: in the address, or in the cursor of a next page."""
        services = self.services
        lenient = "handling=lenient" in request.headers.get("prefer", "").replace(" ", "")
        read = read_search(pairs, lenient=lenient)
        cursor: Cursor | None = None
        if read.cursor is not None:
            cursor = open_cursor(read.cursor, actor=actor, key=services.cursors, now=services.clock())
            read = read_search(cursor.parameters, lenient=True)
            read = replace(read, query=replace(read.query, page=cursor.page, with_total=False), warnings=())
        return read, cursor

    def _written(self, read: ReadSearch, found: Found, *, actor: Actor, total: int | None) -> bytes:
        services = self.services
        following = None
        if found.next_page is not None:
            kept = tuple(read.self_parameters)
            following = seal_cursor(
                Cursor(kept, found.next_page, total, services.clock()), actor=actor, key=services.cursors
            )
        # A link that we make names the record, never the person (product promise 9).
        parameters = [
            ("patient", str(found.patient_id)),
            *((name, value) for name, value in read.self_parameters if not _names_someone(name, value)),
        ]
        outcome = write_outcome(read.warnings, text_of=issue_text) if read.warnings else None
        return write_searchset(
            found.entries, base_url=services.fhir_base, self_parameters=parameters, cursor=following, total=total, outcome=outcome,
            as_of=found.as_of,
        )  # fmt: skip


def _names_someone(name: str, value: str) -> bool:
    """Whether a parameter names the patient, or holds a matricule wherever it stands."""
    return name.startswith(_NAMES_PATIENT) or any(oid in value for oid in INS_OIDS)


def _one_patient(references: Sequence[PatientReference]) -> tuple[Ins | None, PatientId | None]:
    """The one record searched. Raises Invalid: `parameter-missing`, `parameter-patients-differ`."""
    inses = {reference.ins for reference in references if reference.ins is not None}
    ids = {reference.patient_id for reference in references if reference.patient_id is not None}
    if not inses and not ids:
        raise Invalid("parameter-missing", name="patient.identifier")
    if len(inses) > 1 or len(ids) > 1:
        raise Invalid("parameter-patients-differ")
    return next(iter(inses), None), next(iter(ids), None)
