"""
Around every request: a correlation id, security headers, and a log line that knows nobody.

The log holds method, route, status and duration: never a query string, an identifier or a body.
"""

import logging
import time
import traceback

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carnet.vocabulary.uuid7 import uuid7
from carnet.web.bearer import REQUEST_ID

log = logging.getLogger("carnet.http")

_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_SECURITY_HEADERS = [*_ALWAYS, (b"x-frame-options", b"DENY"), (b"content-security-policy", _POLICY)]
OWN_POLICY = "carnet.policy"  # in the scope: the content security policy of an answer that has its own, as bytes


def allowing_forms_to(url: str) -> bytes:
    """The policy of a page whose form goes to another host: an identity provider that ends its own session."""
    scheme, _, rest = url.partition("://")
    origin = f"{scheme}://{rest.partition('/')[0]}"
    return _POLICY.replace(b"form-action 'self'", f"form-action 'self' {origin}".encode())


_FAULT = "Une erreur est survenue de notre côté. Réessayez plus tard.".encode()


def tell_fault(fault: BaseException) -> None:
    """
    Log a fault of ours: its kind, and the way through the code that led to it.

    Never its message: that of a database or of a parser may quote what it was given.
    """
    way = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
        for frame in reversed(traceback.extract_tb(fault.__traceback__))
    )
    log.error("fault %s at %s", type(fault).__qualname__, way)


class Surroundings:
    """Pure ASGI: nothing is buffered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        identifier = uuid7()
        scope[REQUEST_ID] = identifier
        request_id = str(identifier)
        status, began = 500, False

        async def sending(message: Message) -> None:
            nonlocal status, began
            if message["type"] == "http.response.start":
                status, began = message["status"], True
                own = scope.get(OWN_POLICY)
                added = _SECURITY_HEADERS if own is None else [*_ALWAYS, (b"content-security-policy", own)]
                message["headers"] = [*message["headers"], *added, (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as fault:  # noqa: BLE001  the last place where a fault can be kept from telling what it carries
            tell_fault(fault)
            if not began:
                await sending(
                    {
                        "type": "http.response.start",
                        "status": 500,
                        "headers": [(b"content-type", b"text/plain; charset=utf-8")],
                    }
                )
                await sending({"type": "http.response.body", "body": _FAULT})
        finally:
            if log.isEnabledFor(logging.INFO):
                route = getattr(scope.get("route"), "path", "-")
                log.info(
                    "%s %s %d %.1f ms %s",
                    scope["method"],
                    route,
                    status,
                    (time.perf_counter() - started) * 1000,
                    request_id,
                )
