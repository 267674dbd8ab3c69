"""
ITI-65 Provide Document Bundle: a transaction becomes one deposit, and its receipt a transaction-response.

Source: IHE MHD 4.2 §3.65; PDSm flux 1 (documents.md §3.2); docs/transactions/iti65.md.
"""

from dataclasses import replace

from starlette.responses import Response

from carnet.channels.mhd.contents import checked_content
from carnet.domain.actor import Actor
from carnet.domain.record.deposit import deposit
from carnet.formats.fhir.attributes import with_path
from carnet.formats.fhir.provide_bundle import ReadBundle
from carnet.formats.fhir.transaction_response import write_transaction_response
from carnet.formats.submissions import submission_of_bundle
from carnet.web.fhir.answers import fhir_answer
from carnet.web.services import Services
from carnet.web.wording import issue_text


async def provide_document_bundle(services: Services, read: ReadBundle, *, actor: Actor) -> Response:
    """
    File what a transaction bundle brings.

    Gives
        200 and the transaction-response: 201 per entry created, 200 per document already held.
    Raises
        Invalid, NotFound, Refused, Conflict, Unavailable: as `deposit`.
    """
    checked = [await checked_content(document) for document in read.documents]
    receipt = await deposit(
        services.store, submission_of_bundle(read, checked), actor=actor, terms=services.deposit_terms, clock=services.clock
    )  # fmt: skip
    if receipt.warnings:
        receipt = replace(receipt, warnings=tuple(map(with_path, receipt.warnings)))
    return fhir_answer(write_transaction_response(receipt, entries=read.entries, text_of=issue_text))
