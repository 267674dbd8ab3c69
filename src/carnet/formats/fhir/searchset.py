"""The searchset Bundle of ITI-66 and ITI-67, by joining ready-made text. Source: FHIR R4 §3.1.1.3 (links, total, outcome entry)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

import orjson

from carnet.domain.record.lists.model import StoredList
from carnet.domain.record.model import StoredEntry
from carnet.formats.fhir.lists import write_list
from carnet.formats.fhir.served import write_served_at
from carnet.formats.fhir.times import instant_json


def write_searchset(
    entries: Sequence[StoredEntry], *, base_url: str, self_parameters: Sequence[tuple[str, str]], cursor: str | None = None,
    total: int | None = None, outcome: bytes | None = None, as_of: datetime | None = None,
) -> bytes:  # fmt: skip
    """
    One page of fiches.

    Takes
        base_url: of the FHIR server, ending with `/fhir`. self_parameters: those that were understood. cursor: of the next page, sealed, or
            None. total: None when it was not wanted. outcome: an OperationOutcome with the warnings, or None. as_of: an instant before which
            nothing can appear any more: from there a client may ask again by `_lastUpdated=gt…`; None when the record was changing.
    """
    content_url = b'"url":"%b/Binary/' % base_url.encode()
    written = [
        (ident := orjson.dumps(entry.logical_id)[1:-1], write_served_at(content_url, entry, ident=ident))
        for entry in entries
    ]
    return _written(
        "DocumentReference", written, base_url=base_url, self_parameters=self_parameters, cursor=cursor, total=total, outcome=outcome,
        as_of=as_of,
    )  # fmt: skip


def write_list_searchset(
    lists: Sequence[StoredList], *, base_url: str, self_parameters: Sequence[tuple[str, str]], cursor: str | None = None,
    total: int | None = None, outcome: bytes | None = None, as_of: datetime | None = None,
) -> bytes:  # fmt: skip
    """One page of submission sets and folders, as `write_searchset`."""
    written = [(orjson.dumps(found.list_id)[1:-1], write_list(found)) for found in lists]
    return _written(
        "List", written, base_url=base_url, self_parameters=self_parameters, cursor=cursor, total=total, outcome=outcome, as_of=as_of
    )  # fmt: skip


def _written(
    kind: str, resources: Iterable[tuple[bytes, bytes]], *, base_url: str, self_parameters: Sequence[tuple[str, str]],
    cursor: str | None, total: int | None, outcome: bytes | None, as_of: datetime | None,
) -> bytes:  # fmt: skip
    base = f"{base_url}/{kind}"
    parts = [b'{"resourceType":"Bundle","type":"searchset"']
    if as_of is not None:
        parts.append(b',"meta":{"lastUpdated":%b}' % instant_json(as_of))
    if total is not None:
        parts.append(b',"total":%d' % total)
    query = urlencode(self_parameters, safe="|:/,")
    parts.append(b',"link":[{"relation":"self","url":' + orjson.dumps(f"{base}?{query}".rstrip("?")) + b"}")
    if cursor is not None:
        parts.append(b',{"relation":"next","url":"%b?_cursor=%b"}' % (base.encode(), quote(cursor, safe="").encode()))
    parts.append(b"]")
    before, full_url = b',"entry":[', b'{"fullUrl":"%b/' % base.encode()
    for ident, resource in resources:
        parts += (before, full_url, ident, b'","resource":', resource, b',"search":{"mode":"match"}}')
        before = b","
    if outcome is not None:
        parts += (before, b'{"resource":', outcome, b',"search":{"mode":"outcome"}}')
        before = b","
    parts.append(b"]}" if before == b"," else b"}")
    return b"".join(parts)
