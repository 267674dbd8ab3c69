"""The body of a FHIR answer, and the headers that it always has."""

import pytest
from starlette.responses import Response

from carnet.web.fhir.answers import fhir_answer


@pytest.mark.parametrize("body", [b"", b'{"resourceType":"Bundle"}'])
@pytest.mark.parametrize("status", [200, 201, 204, 304, 404])
@pytest.mark.parametrize("headers", [None, {}, {"ETag": 'W/"1"'}, {"Cache-Control": "private"}])
def test_an_answer_has_the_headers_that_starlette_would_give_it(
    body: bytes, status: int, headers: dict[str, str] | None
) -> None:
    wanted = Response(
        body,
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type="application/fhir+json; charset=utf-8",
    )
    answer = fhir_answer(body, status, headers)
    assert (answer.status_code, answer.body) == (wanted.status_code, wanted.body)
    assert sorted(answer.raw_headers) == sorted(wanted.raw_headers)
    answer.headers["x-more"] = "1"  # others may be added, as to any answer
    assert answer.headers["x-more"] == "1"
