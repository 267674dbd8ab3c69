"""
What a client says of the access it asks a token for: purpose and motive, secret connection. The FHIR door has no VIHF to say it in.

Source: documents.md §1.5 and §7 (access modes of the VIHF), §4 rule 3 (connexion secrète); identity-and-messaging.md §4.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from carnet.channels.oauth2.refusals import refusal
from carnet.domain.access.model import Confidentiality
from carnet.domain.actor import Actor, ActorKind, Purpose

LIFETIME = timedelta(minutes=15)  # an exceptional access is for one situation, not for the day
MAX_MOTIVE_CHARACTERS = 500
NORMAL_CODE = "normal"

_SAID = ("purpose_of_use", "motive", "confidentiality_code")
_SECRET = Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX


def said_of_access(form: Mapping[str, str], actor: Actor, *, purposes: Mapping[str, Purpose]) -> Actor | None:
    """
    The actor with what the form says of the access; None when it says nothing.

    Takes
        form: `purpose_of_use` (`normal`, or a code of `purposes`), `motive` (compulsory in an emergency, 500 characters),
            `confidentiality_code` (INVISIBLE_REPRESENTANTS_LEGAUX: a secret connection).
        purposes: codes of the exceptional purposes.
    Raises
        Refusal: `oauth-purpose-unknown`, `oauth-purpose-not-allowed` (not a professional), `oauth-motive-missing`,
            `oauth-motive-unexpected`, `oauth-motive-unreadable`, `oauth-confidentiality-unknown`.
    """
    if not any(name in form for name in _SAID):
        return None
    purpose = _purpose(form.get("purpose_of_use", NORMAL_CODE), purposes)
    if purpose is not Purpose.NORMAL and actor.kind is not ActorKind.PROFESSIONAL:
        raise refusal("oauth-purpose-not-allowed")
    secret = form.get("confidentiality_code")
    if secret is not None and secret != _SECRET:
        raise refusal("oauth-confidentiality-unknown")
    return replace(
        actor, purpose=purpose, motive=_motive(form.get("motive"), purpose), secret_connection=secret is not None
    )


def _purpose(code: str, purposes: Mapping[str, Purpose]) -> Purpose:
    if code == NORMAL_CODE:
        return Purpose.NORMAL
    found = purposes.get(code)
    if found is None:
        raise refusal("oauth-purpose-unknown", expected=" ".join((NORMAL_CODE, *purposes)))
    return found


def _motive(text: str | None, purpose: Purpose) -> str | None:
    motive = (text or "").strip()
    if purpose is Purpose.NORMAL and text is not None:
        raise refusal("oauth-motive-unexpected")
    if purpose is Purpose.EMERGENCY and not motive:
        raise refusal("oauth-motive-missing")
    if len(motive) > MAX_MOTIVE_CHARACTERS or not motive.isprintable():
        raise refusal("oauth-motive-unreadable", limit=str(MAX_MOTIVE_CHARACTERS))
    return motive or None
