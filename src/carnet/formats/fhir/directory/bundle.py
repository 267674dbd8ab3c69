"""The searchset of a page of the directory. Source: FHIR R4 §3.1.1.3 (links, total, include and outcome entries)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from carnet.domain.directory.reading import Found
from carnet.domain.errors import Issue
from carnet.formats.fhir.directory.resources import resource_type, write_entry
from carnet.formats.fhir.outcome import TextOf, outcome
from carnet.formats.fhir.times import instant


def write_page(
    found: Found, *, kind: str, base_url: str, self_parameters: Sequence[tuple[str, str]], cursor: str | None, total: int | None,
    warnings: Sequence[Issue], text_of: TextOf,
) -> bytes:  # fmt: skip
    """
    One page.

    Takes
        kind: type of the resource searched. base_url: of the FHIR server, ending with `/fhir`. self_parameters: those that were understood.
        cursor: of the next page, sealed, or None. total: None when it is not told.
    Gives
        a Bundle whose `meta.lastUpdated` is a safe mark: `_lastUpdated=gt` it loses nothing.
    """
    query = urlencode(self_parameters, safe="|:/,")
    links = [{"relation": "self", "url": f"{base_url}/{kind}?{query}".rstrip("?")}]
    if cursor is not None:
        links.append({"relation": "next", "url": f"{base_url}/{kind}?_cursor={quote(cursor, safe='')}"})
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    if found.as_of is not None:
        bundle["meta"] = {"lastUpdated": instant(found.as_of)}
    if total is not None:
        bundle["total"] = total
    bundle["link"] = links
    entries: list[dict[str, Any]] = []
    for mode, listed in (("match", found.entries), ("include", found.included)):
        for entry in listed:
            resource = write_entry(entry)
            address = f"{base_url}/{resource_type(entry)}/{resource['id']}"
            entries.append({"fullUrl": address, "resource": resource, "search": {"mode": mode}})
    if warnings:
        entries.append({"resource": outcome(warnings, text_of=text_of), "search": {"mode": "outcome"}})
    if entries:
        bundle["entry"] = entries
    return orjson.dumps(bundle)
