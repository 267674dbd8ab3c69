"""How this door says no: the codes of RFC 6749 §5.2, with a French sentence in the characters that the standard allows."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import JSONResponse

from carnet.domain.errors import Issue

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

# Issue code → (status, `error` of RFC 6749 §5.2). An authentication that fails has one code whatever the cause.
_ANSWERS: Mapping[str, tuple[int, str]] = {
    "oauth-form-expected": (400, "invalid_request"),
    "oauth-form-too-large": (413, "invalid_request"),
    "oauth-form-unreadable": (400, "invalid_request"),
    "oauth-parameter-repeated": (400, "invalid_request"),
    "oauth-parameter-in-address": (400, "invalid_request"),
    "oauth-parameter-missing": (400, "invalid_request"),
    "oauth-credentials-unreadable": (400, "invalid_request"),
    "oauth-credentials-several": (400, "invalid_request"),
    "oauth-credentials-missing": (401, "invalid_client"),
    "oauth-method-not-accepted": (401, "invalid_client"),
    "oauth-client-refused": (401, "invalid_client"),
    "oauth-grant-unsupported": (400, "unsupported_grant_type"),
    "oauth-grant-not-allowed": (400, "unauthorized_client"),
    "oauth-scope-unknown": (400, "invalid_scope"),
    "oauth-scope-other": (400, "invalid_scope"),
    "oauth-token-of-another": (400, "unauthorized_client"),
    "oauth-certificate-of-another": (400, "unauthorized_client"),
    "oauth-certificate-required": (400, "invalid_request"),
    "oauth-parameter-not-supported": (400, "invalid_request"),
    "oauth-target-unknown": (400, "invalid_target"),  # RFC 8693 §2.2.2
    "psc-token-refused": (400, "invalid_grant"),
    "psc-level-insufficient": (400, "invalid_grant"),
    "psc-situation-missing": (400, "invalid_grant"),
    "psc-situation-several": (400, "invalid_request"),
    "psc-situation-unknown": (400, "invalid_request"),
    "psc-userinfo-unreadable": (400, "invalid_grant"),
    "psc-unreachable": (503, "temporarily_unavailable"),
    # CIBA Core 1.0 §11, §13
    "ciba-pending": (400, "authorization_pending"),
    "ciba-slow": (400, "slow_down"),
    "ciba-expired": (400, "expired_token"),
    "ciba-denied": (400, "access_denied"),
    "ciba-request-unknown": (400, "invalid_grant"),
    "ciba-person-unknown": (400, "unknown_user_id"),
    "ciba-message-refused": (400, "invalid_binding_message"),
    "oauth-purpose-unknown": (400, "invalid_request"),
    "oauth-purpose-not-allowed": (400, "unauthorized_client"),
    "oauth-motive-missing": (400, "invalid_request"),
    "oauth-motive-unexpected": (400, "invalid_request"),
    "oauth-motive-unreadable": (400, "invalid_request"),
    "oauth-confidentiality-unknown": (400, "invalid_request"),
    # No code of RFC 6749 §5.2 fits; these two borrow the one of §4.1.2.1 that means "later".
    "client-rate-exceeded": (429, "temporarily_unavailable"),
    "oauth-too-many-failures": (429, "temporarily_unavailable"),
    "oauth-unavailable": (503, "temporarily_unavailable"),
}

# The exact letter for what loses its accent, since error_description is ASCII without quotation marks or backslash.
_LETTERS = str.maketrans(
    {"’": "'", "«": "'", "»": "'", "œ": "oe", "Œ": "Oe", "…": "...", "–": "-", "—": "-", '"': "'", "\\": "/"}
)


class Refusal(Exception):
    """
    An answer that is not a token.

    issue: what the client is told. cause: what the trail keeps, never told; None for a request that tried no authentication.
    by_header: the client used `Authorization`, and is answered with a challenge (RFC 6749 §5.2). more: members of ours in the answer.
    """

    def __init__(
        self, issue: Issue, *, cause: str | None = None, by_header: bool = False, retry_after_seconds: int | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(issue.code)
        self.issue = issue
        self.cause = cause
        self.by_header = by_header
        self.retry_after_seconds = retry_after_seconds
        self.more = more or {}

    def response(self, describe: Callable[[Issue], str]) -> JSONResponse:
        status, error = _ANSWERS[self.issue.code]
        headers = dict(NO_STORE)
        if status == 401 and self.by_header:
            headers["WWW-Authenticate"] = 'Basic realm="carnet", charset="UTF-8"'
        if self.retry_after_seconds is not None:
            headers["Retry-After"] = str(self.retry_after_seconds)
        return JSONResponse(
            {"error": error, "error_description": in_ascii(describe(self.issue)), **self.more},
            status_code=status,
            headers=headers,
        )


def refusal(code: str, /, **facts: str) -> Refusal:
    """A refusal of the request itself."""
    return Refusal(Issue(code, None, facts))


def in_ascii(sentence: str) -> str:
    """
    A French sentence without its accents.

    Source: RFC 6749 §5.2: `error_description` holds only %x20-21, %x23-5B and %x5D-7E.
    """
    plain = unicodedata.normalize("NFKD", sentence.translate(_LETTERS))
    return " ".join("".join(c for c in plain if c.isspace() or " " <= c <= "~").split())
