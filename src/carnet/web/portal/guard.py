"""
Forms come from our own pages: each carries a token of its session, and the browser's own word is listened to.

Source: OWASP ASVS 4.0 §4.2.2; Fetch Metadata (https://www.w3.org/TR/fetch-metadata/). `Origin` says nothing here: under
`Referrer-Policy: no-referrer` browsers send `null`.
"""

import base64
import hashlib
import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

FORM_COOKIE = "carnet_form"  # of someone who is not signed in: what binds their forms to their browser
# Fields that nothing keeps for later, and that no page shows again.
SECRETS = frozenset({"csrf", "mot_de_passe", "encore", "code", "code_de_secours", "carte", "reponse"})
_OURS = {"same-origin", "none"}
_LONGEST_COOKIE = 200


def form_token(key: bytes, whose: bytes) -> str:
    """The token of the forms of a session."""
    digest = hmac.digest(key, b"form:" + whose, hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:24]).decode()


def is_ours(request: Request, token: str, *, key: bytes, whose: bytes) -> bool:
    """Whether a form was sent by a page of ours, for this session."""
    return comes_from_us(request) and hmac.compare_digest(token.encode(), form_token(key, whose).encode())


def comes_from_us(request: Request) -> bool:
    """What the browser itself says; an old one says nothing, and the token alone speaks."""
    return request.headers.get("sec-fetch-site", "same-origin") in _OURS


def browser_key(request: Request, *, secure: bool) -> str | None:
    """What binds the forms of someone who is not signed in; None before the first page."""
    value = cookie(request, FORM_COOKIE, secure=secure)
    return value if value and len(value) <= _LONGEST_COOKIE else None


def new_browser_key() -> str:
    return secrets.token_urlsafe(24)


def set_cookie(response: Response, name: str, value: str, *, secure: bool, seconds: int | None = None) -> None:
    """
    A cookie that no script reads and that only our own pages carry with a form.

    Takes
        secure: whether the public address is https: the name then says that the browser must hold to it. seconds: None: as long as the
        browser is open.
    """
    response.set_cookie(
        cookie_name(name, secure=secure), value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax"
    )


def drop_cookie(response: Response, name: str, *, secure: bool) -> None:
    response.delete_cookie(cookie_name(name, secure=secure), path="/", secure=secure, httponly=True, samesite="lax")


def cookie(request: Request, name: str, *, secure: bool) -> str:
    """The value of one of our cookies; empty when it is not there."""
    return request.cookies.get(cookie_name(name, secure=secure), "")


def cookie_name(name: str, *, secure: bool) -> str:
    """`__Host-` over https: no other host of the domain can have set it."""
    return f"__Host-{name}" if secure else name
