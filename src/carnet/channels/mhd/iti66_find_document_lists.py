"""
ITI-66 Find Document Lists: submission sets and folders of one record, by GET or POST, in pages.

Source: IHE MHD 4.2 §3.66; PDSm flux 5a and 6a (documents.md §3.2); docs/transactions/iti66.md.
"""

from carnet.channels.mhd.searches import Asked, Search, around
from carnet.domain.actor import Actor
from carnet.domain.record.lists.finding import find_lists
from carnet.domain.record.lists.search import ListQuery
from carnet.formats.fhir.list_search import read_list_search
from carnet.formats.fhir.searchset import write_list_searchset
from carnet.web.services import Services


def find_document_lists(services: Services) -> Search[ListQuery]:
    """GET /fhir/List?… and POST /fhir/List/_search."""
    return Search(services, "List", read_list_search, _found)


async def _found(services: Services, asked: Asked[ListQuery], actor: Actor) -> bytes:
    found = await find_lists(
        services.store, asked.read.query, actor=actor, ins=asked.ins, patient_id=asked.patient_id, parameters=asked.names,
        terms=services.read_terms,
    )  # fmt: skip
    told = around(
        services, asked, actor=actor, patient_id=found.patient_id, total=found.total, next_page=found.next_page,
        present_ins=found.present_ins,
    )  # fmt: skip
    return write_list_searchset(found.lists, as_of=found.as_of, **told)
