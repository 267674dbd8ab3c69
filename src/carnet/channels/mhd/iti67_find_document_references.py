"""
ITI-67 Find Document References: a search within one record, by GET or POST, in pages.

Source: IHE MHD 4.2 §3.67; PDSm flux 6 (documents.md §3.2); docs/transactions/iti67.md.
"""

from carnet.channels.mhd.searches import Asked, Search, around
from carnet.domain.actor import Actor
from carnet.domain.record.opening import search
from carnet.domain.record.search import SearchQuery
from carnet.formats.fhir.search_parameters import read_search
from carnet.formats.fhir.searchset import write_searchset
from carnet.web.services import Services


def find_document_references(services: Services) -> Search[SearchQuery]:
    """GET /fhir/DocumentReference?… and POST /fhir/DocumentReference/_search."""
    return Search(services, "DocumentReference", read_search, _found)


async def _found(services: Services, asked: Asked[SearchQuery], actor: Actor) -> bytes:
    found = await search(
        services.store, asked.read.query, actor=actor, ins=asked.ins, patient_id=asked.patient_id, parameters=asked.names,
        terms=services.read_terms,
    )  # fmt: skip
    told = around(
        services, asked, actor=actor, patient_id=found.patient_id, total=found.total, next_page=found.next_page,
        present_ins=found.present_ins,
    )  # fmt: skip
    return write_searchset(found.entries, as_of=found.as_of, **told)
