"""What an identity source is told: a Patient as it would send it, and the searchset that holds several."""

from collections.abc import Sequence
from typing import Any

import orjson

from carnet.domain.record.identities.model import KnownIdentity
from carnet.formats.fhir.identity.writing import patient_resource


def known_resource(known: KnownIdentity) -> dict[str, Any]:
    """
    A Patient, version and all. `active` stays true whatever becomes of the record, which is not the source's business; sent back as it is,
    it changes nothing.
    """
    return patient_resource(
        known.held,
        patient_id=known.patient_id,
        version=str(known.version),
        updated_at=known.updated_at,
        is_deceased=known.is_deceased,
        former=known.former,
        local=known.local,
    )


def match_entry(resource: dict[str, Any], *, base_url: str) -> dict[str, Any]:
    """An entry of a searchset."""
    return {"fullUrl": f"{base_url}/Patient/{resource['id']}", "resource": resource, "search": {"mode": "match"}}


def write_patients(entries: Sequence[dict[str, Any]], *, self_url: str, outcome: dict[str, Any] | None = None) -> bytes:
    """
    A searchset Bundle.

    Takes
        self_url: names nobody: an INS in it would be kept by whoever keeps addresses. outcome: an OperationOutcome with the warnings.
    """
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(entries),
        "link": [{"relation": "self", "url": self_url}],
    }
    told = [*entries, *([{"resource": outcome, "search": {"mode": "outcome"}}] if outcome is not None else [])]
    if told:
        bundle["entry"] = told
    return orjson.dumps(bundle)
