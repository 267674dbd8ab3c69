"""If-Match, as clients write it."""

import pytest
from starlette.requests import Request

from carnet.domain.errors import Conflict, Stale
from carnet.web.fhir.answers import BadRequest, status_of
from carnet.web.fhir.conditions import only_when_new, require_version, seen_version, version_tag


def _request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "PUT", "path": "/", "headers": raw, "query_string": b""})


@pytest.mark.parametrize(
    ("header", "version"), [('W/"3"', "3"), ('"3"', "3"), (' W/"a-1.b" ', "a-1.b"), ("*", None), ("", None)]
)
def test_the_version_seen(header: str, version: str | None) -> None:
    assert seen_version(_request(if_match=header)) == version


def test_no_header() -> None:
    assert seen_version(_request()) is None
    with pytest.raises(BadRequest, match="version-required"):
        seen_version(_request(), is_required=True)


@pytest.mark.parametrize("header", ["3", 'W/"1", W/"2"', 'W/""', 'W/"é"', 'W/"3', "W/3"])
def test_what_is_not_a_version(header: str) -> None:
    with pytest.raises(BadRequest, match="version-malformed"):
        seen_version(_request(if_match=header.encode().decode("latin-1")))


def test_only_what_is_new() -> None:
    assert only_when_new(_request(if_none_match=" * "))
    assert not only_when_new(_request())
    with pytest.raises(BadRequest, match="version-malformed"):
        only_when_new(_request(if_none_match='W/"3"'))


def test_another_version_is_stale() -> None:
    require_version("3", held="3")
    require_version(None, held="3")
    with pytest.raises(Stale) as refusal:
        require_version("2", held="3")
    assert refusal.value.code == "version-stale"
    assert isinstance(refusal.value, Conflict)
    assert status_of(refusal.value) == 412
    assert version_tag(3) == 'W/"3"'
