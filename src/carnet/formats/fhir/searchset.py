"""The searchset Bundle of ITI-67, by joining ready-made text. Source: IHE MHD ITI-67; FHIR R4 §3.1.1.3 (links, total, outcome entry)."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

import orjson

from carnet.domain.record.model import StoredEntry
from carnet.formats.fhir.served import write_served
from carnet.formats.fhir.times import instant


def write_searchset(
    entries: Sequence[StoredEntry],
    *,
    base_url: str,
    self_parameters: Sequence[tuple[str, str]],
    cursor: str | None = None,
    total: int | None = None,
    outcome: bytes | None = None,
    as_of: datetime | None = None,
) -> bytes:
    """
    One page of fiches.

    Takes
        base_url: of the FHIR server, ending with `/fhir`. self_parameters: those that were understood. cursor: of the next page, sealed, or
            None. total: None when it was not wanted. outcome: an OperationOutcome with the warnings, or None. as_of: an instant before which
            nothing can appear any more: from there a client may ask again by `_lastUpdated=gt…`; None when the record was changing.
    """
    base = base_url.encode()
    parts = [b'{"resourceType":"Bundle","type":"searchset"']
    if as_of is not None:
        parts.append(b',"meta":{"lastUpdated":"%b"}' % instant(as_of).encode())
    if total is not None:
        parts.append(b',"total":%d' % total)
    query = urlencode(self_parameters, safe="|:/,")
    parts.append(
        b',"link":[{"relation":"self","url":' + orjson.dumps(f"{base_url}/DocumentReference?{query}".rstrip("?")) + b"}"
    )
    if cursor is not None:
        parts.append(
            b',{"relation":"next","url":"%b/DocumentReference?_cursor=%b"}' % (base, quote(cursor, safe="").encode())
        )
    parts.append(b"]")
    before = b',"entry":['
    for entry in entries:
        parts += (
            before,
            b'{"fullUrl":"%b/DocumentReference/%b","resource":' % (base, str(entry.logical_id).encode()),
            write_served(entry, base_url=base_url),
            b',"search":{"mode":"match"}}',
        )
        before = b","
    if outcome is not None:
        parts += (before, b'{"resource":', outcome, b',"search":{"mode":"outcome"}}')
        before = b","
    parts.append(b"]}" if before == b"," else b"}")
    return b"".join(parts)
