"""The form a client posts to the token endpoint: small, each parameter once. Source: RFC 6749 §3.2 and appendix B."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from carnet.channels.oauth2.refusals import refusal

MAX_FORM_BYTES = 32 * 1024  # an assertion with a certificate chain is about 8 kB
_MAX_FIELDS = 32


async def read_form(request: Request) -> Mapping[str, str]:
    """
    The parameters that have a value.

    Raises
        Refusal: `oauth-form-expected`, `oauth-form-too-large`, `oauth-form-unreadable`, `oauth-parameter-repeated`,
            `oauth-parameter-in-address` (addresses are kept by proxies and logs: nothing may be said there).
    """
    if request.url.query:
        raise refusal("oauth-parameter-in-address")
    media_type, _, _ = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != "application/x-www-form-urlencoded":
        raise refusal("oauth-form-expected")
    return parse_form(await _read(request))


def parse_form(body: bytes) -> Mapping[str, str]:
    """Parameters of a form; those without a value are as if omitted (RFC 6749 §3.2). Raises Refusal."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError as error:
        raise refusal("oauth-form-unreadable") from error
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise refusal("oauth-parameter-repeated")
    return {name: value for name, value in pairs if value}


async def _read(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:12]) > MAX_FORM_BYTES:
        raise refusal("oauth-form-too-large")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise refusal("oauth-form-too-large")
    return bytes(body)
