"""A Bundle of OperationOutcomes: what was refused to a software, the latest first. Source: docs/transactions/refusals.md."""

from collections.abc import Sequence
from typing import Any

import orjson

from carnet.domain.refusals.register import Refusal
from carnet.formats.fhir.outcome import TextOf, outcome
from carnet.formats.fhir.systems import REFUSED_STATUS, REFUSED_TRANSACTION


def write_refusals(found: Sequence[Refusal], *, following: str | None, text_of: TextOf) -> bytes:
    """following: address of the next page, or None. The id of each outcome is the `X-Request-Id` of the answer that refused."""
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": _outcome(refusal, text_of)} for refusal in found],
    }
    if not found:
        del bundle["entry"]
    if following is not None:
        bundle["link"] = [{"relation": "next", "url": following}]
    return orjson.dumps(bundle)


def _outcome(refusal: Refusal, text_of: TextOf) -> dict[str, Any]:
    told = outcome(refusal.issues, text_of=text_of)
    return {
        "resourceType": told["resourceType"],
        "id": str(refusal.correlation_id or refusal.refusal_id),
        "meta": {"lastUpdated": refusal.refused_at.isoformat(timespec="milliseconds")},
        "extension": [
            {"url": REFUSED_TRANSACTION, "valueString": refusal.transaction},
            {"url": REFUSED_STATUS, "valueInteger": refusal.status},
        ],
        "issue": told["issue"],
    }
