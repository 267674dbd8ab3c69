"""
Accounts: by which means someone proves that a record is theirs. docs/decisions/0039-accounts.md.

Source: identity-and-messaging.md §3.3; official-app.md §2.1, §2.2.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import PatientId

_LOCAL, _LOOPBACK = "localhost", "127.0.0.1"


class Channel(StrEnum):
    """By which way a provisional code reaches the person. HAND: at a desk, by someone who saw them."""

    MAIL = "mail"
    POST = "post"
    HAND = "hand"


class Means(StrEnum):
    """What an account can be opened with. PASSWORD: always with a second proof."""

    PASSWORD = "password"  # noqa: S105  the name of a means
    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY_CODES = "recovery-codes"


class StepKind(StrEnum):
    """What is under way before there is a session, or inside one."""

    ACTIVATION = "activation"  # recognised by the provisional code, nothing decided yet
    SIGN_IN = "sign-in"  # first proof given
    PASSKEY = "passkey"  # a challenge was made
    MAIL = "mail"  # a code went to a new address
    FORMER_MAIL = "former-mail"  # an address that is to be told that it went
    TOTP = "totp"  # a secret was shown, not yet proved


@frozen
class AccountTerms:
    """
    What an operator decides of accounts.

    code_length: characters of a provisional code; code_validity: from its sending. tries: from one origin in `window`, for one name;
    origin_tries: for all names. step_validity: of a sign-in under way. site: the address of carnet. sends_mail: whether mail can be.
    """

    code_length: int = 12
    code_validity: timedelta = timedelta(weeks=6)
    one_time_validity: timedelta = timedelta(minutes=15)
    step_validity: timedelta = timedelta(minutes=30)
    tries: int = 5
    origin_tries: int = 300
    window: timedelta = timedelta(minutes=15)
    site: str = "http://127.0.0.1:8000"

    sends_mail: bool = True

    @property
    def passkey_host(self) -> str:
        """The host that passkeys are made for. On a number there are none (WebAuthn §5.1.3): a demonstration has `localhost` for it."""
        host = urlsplit(self.site).hostname or _LOCAL
        return _LOCAL if host == _LOOPBACK else host

    @property
    def passkey_site(self) -> str:
        """The address at which a browser makes and uses them."""
        return self.site.replace(f"//{_LOOPBACK}", f"//{_LOCAL}", 1)


@frozen
class Step:
    """
    A step under way.

    patient_id: None when the name typed opens nothing. state: what was proved so far. tries: wrong answers given to it.
    """

    digest: bytes
    kind: StepKind
    patient_id: PatientId | None
    state: Mapping[str, Any]
    tries: int
    made_at: datetime
    expires_at: datetime


@frozen
class Passkey:
    passkey_id: UUID
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    added_at: datetime
    last_used_at: datetime | None


@frozen
class Account:
    """
    An account as its holder sees it.

    identifier: the name that carnet gave it, for who has no mail. mail: confirmed, or None. recovery_codes: how many are left.
    """

    patient_id: PatientId
    activated_at: datetime
    identifier: str
    mail: str | None
    phone: str | None
    password_set_at: datetime | None
    totp_added_at: datetime | None
    recovery_codes: int
    passkeys: tuple[Passkey, ...] = ()

    @property
    def means(self) -> frozenset[Means]:
        held = {
            Means.PASSWORD: self.password_set_at,
            Means.TOTP: self.totp_added_at,
            Means.PASSKEY: self.passkeys or None,
        }
        return frozenset(each for each, value in held.items() if value)

    @property
    def needs_mail(self) -> bool:
        """Whether a password would open nothing any more without its mail."""
        return self.password_set_at is not None and self.totp_added_at is None and not self.passkeys

    @property
    def needs_application(self) -> bool:
        """As `needs_mail`, for the application of codes."""
        return self.password_set_at is not None and self.mail is None and not self.passkeys

    @property
    def opens_alone(self) -> bool:
        """Whether a means of this account's own opens it, without an identity provider."""
        second = self.totp_added_at is not None or self.mail is not None
        return bool(self.passkeys) or (self.password_set_at is not None and second)


@frozen
class Proved:
    """
    Someone proved that an account is theirs.

    means: how, for the trail and for the session. is_new_device: nothing opened this account from there before. renews: they must
    choose a new password now.
    """

    patient_id: PatientId
    means: str
    is_new_device: bool = False
    renews: bool = False


@frozen
class Origin:
    """
    Where an attempt comes from.

    network: the address of the sender, cut to what one household shares (IPv4 whole, IPv6 to 64 bits). device: the value of the
    cookie that an earlier sign-in left, or None.
    """

    network: str
    device: str | None = field(default=None, repr=False)
