"""
A batch Bundle of reads: several fiches or contents in one trip.

Source: FHIR R4 §3.1.0.11 (batch: entries stand alone); PDSm4DMP, optimisations of consultation.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from carnet.domain.errors import Invalid, Issue
from carnet.formats.fhir.faults import fault
from carnet.formats.fhir.shapes import SHAPES
from carnet.formats.fhir.structure import check
from carnet.formats.fhir.times import instant
from carnet.vocabulary.frozen import frozen

_READ = re.compile(r"/?(Binary|DocumentReference|List)/([A-Za-z0-9.-]{1,64})")


@frozen
class BatchRead:
    """One entry: what to read, or why not. kind: `Binary`, `DocumentReference` or `List`; ident: as written."""

    kind: str = ""
    ident: str = ""
    issues: tuple[Issue, ...] = ()


@frozen
class BatchAnswer:
    """
    One answer. status: `200 OK`, `404 Not Found`… resource: JSON, or None. outcome: an OperationOutcome as JSON, for a refusal.

    etag: with its `W/` and quotes.
    """

    status: str
    resource: bytes | None = None
    full_url: str | None = None
    outcome: bytes | None = None
    etag: str | None = None
    updated_at: datetime | None = None


def read_batch(bundle: dict[str, Any], *, max_entries: int = 50) -> tuple[BatchRead, ...]:
    """
    The reads of a batch, in order; an entry that is not a plain read carries its own issue (`batch-method`, `batch-url`).

    Raises
    ------
        Invalid: `bundle-expected`, `bundle-type`, `bundle-too-many-entries`, `element-required`: nothing can be answered.
    """
    if bundle.get("resourceType") != "Bundle":
        raise Invalid("bundle-expected", expression="Bundle", type=str(bundle.get("resourceType"))[:80])
    if bundle.get("type") != "batch":
        raise Invalid("bundle-type", expression="Bundle.type", type=str(bundle.get("type"))[:80], expected="batch")
    items = bundle.get("entry")
    if not isinstance(items, list) or not items:
        raise Invalid("element-required", expression="Bundle.entry", name="entry")
    if len(items) > max_entries:
        raise Invalid(
            "bundle-too-many-entries", expression="Bundle.entry", limit=str(max_entries), count=str(len(items))
        )
    return tuple(_read(item, f"Bundle.entry[{position}]") for position, item in enumerate(items))


def _read(item: Any, place: str) -> BatchRead:
    issues: list[Issue] = []
    if not isinstance(item, dict):
        fault(issues, "element-type", place, expected="object")
        return BatchRead(issues=tuple(issues))
    check(item, SHAPES["Entry"], place, issues=issues)
    request = item.get("request", {})
    method, url = request.get("method"), request.get("url", "")
    if issues:
        return BatchRead(issues=tuple(issues))
    if method != "GET":
        fault(issues, "batch-method", place + ".request.method", method=str(method))
        return BatchRead(issues=tuple(issues))
    found = _READ.fullmatch(url)
    if found is None:
        fault(issues, "batch-url", place + ".request.url", url=url)
        return BatchRead(issues=tuple(issues))
    return BatchRead(found[1], found[2])


def write_batch_response(answers: Sequence[BatchAnswer]) -> bytes:
    """A batch-response Bundle, answers in the order of the request."""
    return b'{"resourceType":"Bundle","type":"batch-response","entry":[' + b",".join(map(_answer, answers)) + b"]}"


def _answer(answer: BatchAnswer) -> bytes:
    response: dict[str, Any] = {"status": answer.status}
    if answer.etag is not None:
        response["etag"] = answer.etag
    if answer.updated_at is not None:
        response["lastModified"] = instant(answer.updated_at)
    if answer.outcome is not None:
        response["outcome"] = orjson.Fragment(answer.outcome)
    entry: dict[str, Any] = {}
    if answer.full_url is not None:
        entry["fullUrl"] = answer.full_url
    if answer.resource is not None:
        entry["resource"] = orjson.Fragment(answer.resource)
    return orjson.dumps(entry | {"response": response})
