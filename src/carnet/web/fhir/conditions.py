"""
Conditions of a change: which version the client saw.

Source: RFC 9110 §13.1.1 (If-Match), §13.1.2 (If-None-Match); FHIR R4 §3.1.0.5.1 (managing resource contention: weak validators are compared all the same).
"""

import re

from starlette.requests import Request

from carnet.domain.errors import Stale
from carnet.web.fhir.answers import BadRequest

_TAG = re.compile(r'\s*(?:W/)?"([A-Za-z0-9.\-]{1,64})"\s*')


def seen_version(request: Request, *, is_required: bool = False) -> str | None:
    """
    The version that the change was made on, from `If-Match`; None when there is none, or `*`.

    Takes
        is_required: a change that names its resource by id has to say which version it saw.

    Raises
    ------
        BadRequest: `version-malformed` (several, or not a version), `version-required`.
    """
    header = request.headers.get("if-match")
    if header is None or not header.strip():
        if is_required:
            raise BadRequest("version-required")
        return None
    if header.strip() == "*":
        return None
    found = _TAG.fullmatch(header)
    if found is None:
        raise BadRequest("version-malformed")
    return found[1]


def only_when_new(request: Request) -> bool:
    """
    Whether the change may only make what is not there yet: `If-None-Match: *`.

    Raises
    ------
        BadRequest: `version-malformed`: a version that must not be the one held means nothing for a change.
    """
    header = request.headers.get("if-none-match")
    if header is None:
        return False
    if header.strip() != "*":
        raise BadRequest("version-malformed")
    return True


def require_version(seen: str | None, *, held: str) -> None:
    """Refuse a change made on another version than the one held. Raises Stale: `version-stale`: 412."""
    if seen is not None and seen != held:
        raise Stale("version-stale", held=held)


def version_tag(version: str | int) -> str:
    """A version as `ETag` writes it."""
    return f'W/"{version}"'
