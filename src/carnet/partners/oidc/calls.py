"""Calls to a provider, bounded in time and size; redirects are not followed, since none is expected."""

import json
from collections.abc import Mapping
from typing import Any

import httpx

from carnet.domain.errors import Unavailable
from carnet.vocabulary.frozen import frozen

_LIMIT_BYTES = 1024 * 1024


@frozen
class Answer:
    """media_type: lower case, without parameters."""

    status: int
    media_type: str
    body: bytes

    def object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises Unavailable: `sign-in-provider-unreachable`."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Unavailable("sign-in-provider-unreachable") from error
        if not isinstance(value, dict):
            raise Unavailable("sign-in-provider-unreachable")
        return value


async def call(
    http: httpx.AsyncClient, method: str, url: str, *, expected: frozenset[int] = frozenset({200}), **options: Any
) -> Answer:
    """
    Call a provider.

    Takes
        expected: statuses that are answers; any other is a provider that does not work.
    Raises
        Unavailable: `sign-in-provider-unreachable`.
    """
    try:
        async with http.stream(method, url, follow_redirects=False, **options) as answer:
            if answer.status_code not in expected:
                raise Unavailable("sign-in-provider-unreachable")
            received = bytearray()
            async for chunk in answer.aiter_bytes():
                received += chunk
                if len(received) > _LIMIT_BYTES:
                    raise Unavailable("sign-in-provider-unreachable")
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Answer(answer.status_code, media_type, bytes(received))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable("sign-in-provider-unreachable") from error


def text_of(claims: Mapping[str, Any], name: str) -> str | None:
    """A claim that is a text and not empty, else None."""
    value = claims.get(name)
    return value if isinstance(value, str) and value else None
