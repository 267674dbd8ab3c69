"""
What the searches of this door share: the question, in the address or in a cursor; the one record; the links of an answer.

Source: FHIR R4 §3.1.1; product promises 5 and 9.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.actor import Actor
from carnet.domain.errors import Invalid, Issue, Severity
from carnet.domain.record.model import PatientReference
from carnet.domain.record.search import Page
from carnet.formats.fhir.outcome import write_outcome
from carnet.formats.fhir.search_parameters import ReadSearch
from carnet.vocabulary.frozen import frozen
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

Query = TypeVar("Query")


@frozen
class Asked(Generic[Query]):
    """
    A search that was understood. kind: of the resource. ins, patient_id: of the one record. first_total: told by the first page, when this
    is another one.
    """

    kind: str
    read: ReadSearch[Query]
    ins: Ins | None
    patient_id: PatientId | None
    cursor: Cursor | None

    @property
    def names(self) -> Sequence[str]:
        """Names of the parameters, for the trace."""
        return sorted({name for name, _ in self.read.self_parameters})


Answer = Callable[[Services, Asked[Query], Actor], Awaitable[bytes]]


@frozen
class Search(Generic[Query]):
    """
    One search of this door, by GET or by POST.

    kind: of the resource. read: its parameters. answer: runs what was understood, and writes one page.
    """

    services: Services
    kind: str
    read: Callable[..., ReadSearch[Query]]
    answer: Answer[Query]

    async def by_get(self, request: Request) -> Response:
        """GET /fhir/{kind}?…"""
        actor = bearer_actor(request.scope, self.services.verifier)
        pairs = query_parameters(request)
        require_json_answer(request, pairs)
        return await self._answered(request, pairs, actor)

    async def by_post(self, request: Request) -> Response:
        """POST /fhir/{kind}/_search: the same, and no INS in an address."""
        actor = bearer_actor(request.scope, self.services.verifier)
        async with form_parameters(request, self.services.bodies) as pairs:
            require_json_answer(request)
            return await self._answered(request, pairs, actor)

    async def _answered(self, request: Request, pairs: Sequence[tuple[str, str]], actor: Actor) -> Response:
        asked = self._understood(request, pairs, actor)
        return fhir_answer(await self.answer(self.services, asked, actor))

    def _understood(self, request: Request, pairs: Sequence[tuple[str, str]], actor: Actor) -> Asked[Query]:
        """
        The search asked for: in the address, or in the cursor of a next page.

        Raises
            BadRequest: with every fault.
        """
        services = self.services
        lenient = "handling=lenient" in request.headers.get("prefer", "").replace(" ", "")
        try:
            asked = self.read(pairs, lenient=lenient)
            cursor: Cursor | None = None
            if asked.cursor is not None:
                cursor = open_cursor(
                    asked.cursor, kind=self.kind, actor=actor, key=services.cursors, now=services.clock()
                )
                asked = self.read(cursor.parameters, lenient=True)
                query: Any = asked.query
                asked = replace(asked, query=replace(query, page=cursor.page, with_total=False), warnings=())
            ins, patient_id = _one_patient(asked.patients)
        except Invalid as fault:
            raise BadRequest(fault.code, issues=fault.issues) from fault
        return Asked(self.kind, asked, ins, patient_id, cursor)


def around(
    services: Services,
    asked: Asked[Query],
    *,
    actor: Actor,
    patient_id: UUID,
    total: int | None,
    next_page: Page | None,
    present_ins: Ins | None = None,
) -> dict[str, Any]:
    """
    What stands around the entries of an answer, as `write_searchset` takes it.

    Takes
        present_ins: of the person, to whoever may open the record and named them by a former matricule.
    """
    if asked.cursor is not None:
        total = asked.cursor.total
    following = None
    if next_page is not None:
        cursor = Cursor(tuple(asked.read.self_parameters), next_page, total, services.clock())
        following = seal_cursor(cursor, kind=asked.kind, actor=actor, key=services.cursors)
    # A link that we make names the record, never the person (product promise 9).
    parameters = [
        ("patient", str(patient_id)),
        *((name, value) for name, value in asked.read.self_parameters if not _names_someone(name, value)),
    ]
    warnings = list(asked.read.warnings)
    if present_ins is not None:
        facts = {"matricule": present_ins.matricule, "oid": present_ins.oid}
        warnings.append(Issue("ins-former-replaced", "patient.identifier", facts, Severity.WARNING))
    return {
        "base_url": services.fhir_base,
        "self_parameters": parameters,
        "cursor": following,
        "total": total,
        "outcome": write_outcome(warnings, text_of=issue_text) if warnings else None,
    }


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
