"""
Choosing the means by which one's account is opened, and changing them: each act traced, and told by mail when there is one.
"""

import hmac
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from carnet.domain.accounts.means import codes, steps, store
from carnet.domain.accounts.means.model import Origin, StepKind
from carnet.domain.accounts.means.parts import Accounts, held_record, seal, trace
from carnet.domain.accounts.means.passwords import check_password
from carnet.domain.accounts.means.reading import account_of
from carnet.domain.accounts.means.signing_in import step_of_totp
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType
from carnet.domain.consent.store import Locked
from carnet.domain.errors import Conflict, Invalid, Refused
from carnet.storage import outbox
from carnet.storage.database import Connection

MAIL_JOB, FORMER_JOB = "send-address-code", "tell-former-address"
_MAIL = frozenset({StepKind.MAIL})
_TOTP = frozenset({StepKind.TOTP})
LONGEST_MAIL, LONGEST_PHONE = 254, 20
_IDENTIFIERS_TRIED = 20


async def begin_account(
    tx: Connection, patient_id: UUID, *, names: tuple[str, str], actor: Actor, accounts: Accounts, at: datetime
) -> None:
    """
    The account of a person who was recognised; nothing when they have one.

    Takes
        names: given name and family name, from which an identifier is made that nobody else has. It is chosen here rather than by the
        person: asking whether a name is free would tell who has an account.
    """
    if await store.holder(tx, patient_id) is not None:
        return
    held = await held_record(tx, patient_id, at)
    for _ in range(_IDENTIFIERS_TRIED):
        identifier = _an_identifier(names)
        if await store.claim_login(tx, patient_id, accounts.keys.digest("login", identifier), kind="identifier"):
            break
    else:
        raise Conflict("identifier-none-free")
    sealed = seal(held, identifier, "identifier", accounts=accounts)
    await store.begin_account(tx, patient_id, identifier=sealed, at=held.at)
    await trace(tx, held, EventType.ACCOUNT_ACTIVATED, actor=actor, accounts=accounts, tell=False)


async def set_password(
    patient_id: UUID, password: str, *, personal: Collection[str], actor: Actor, accounts: Accounts
) -> None:
    """
    A password from now on, or another one. Whoever calls has checked that they may.

    Raises
        Invalid: as `check_password`.
    """
    check_password(password, personal=personal)
    hashed = await accounts.passwords.hash(password)
    async with accounts.database.transaction() as tx:
        held = await held_record(tx, patient_id, accounts.clock())
        await store.set_password(tx, patient_id, hashed, at=held.at)
        await trace(tx, held, EventType.SIGN_IN_MEANS_SET, actor=actor, accounts=accounts, means="password")


async def begin_mail(patient_id: UUID, mail: str, *, origin: Origin, accounts: Accounts) -> str:
    """
    Send a code to a new address; gives the token of the step.

    Raises
        Invalid: `mail-malformed`. Refused: `tries-spent`.
    """
    address = mail.strip()
    if not _is_an_address(address):
        raise Invalid("mail-malformed")
    at = accounts.clock()
    async with accounts.database.transaction() as tx:
        door = steps.Door("mail", str(patient_id), origin)
        await steps.count_try(tx, door, keys=accounts.keys, terms=accounts.terms, at=at)
        state = {"mail": address, "code": codes.a_one_time_code()}
        token, digest = await steps.begin_step(
            tx, StepKind.MAIL, patient_id=patient_id, state=state, keys=accounts.keys, at=at,
            lasts=accounts.terms.one_time_validity,
        )  # fmt: skip
        await outbox.enqueue(tx, patient_id, kind=MAIL_JOB, payload={"step": digest.hex()}, now=at)
    return token


async def confirm_mail(patient_id: UUID, token: str | None, code: str, *, actor: Actor, accounts: Accounts) -> bool:
    """
    Keep the address whose code was typed.

    Gives
        whether it opens this account too: not when it opens another one already, that of a relative for instance.
    Raises
        Refused: `code-over`; `code-wrong`.
    """
    at = accounts.clock()
    async with accounts.database.transaction() as tx:
        step = await steps.find_step(tx, _MAIL, token, keys=accounts.keys, at=at)
        if step is None or step.patient_id != patient_id:
            raise Refused("code-over")
        if not hmac.compare_digest(codes.typed(code).encode(), step.state["code"].encode()):
            goes_on = await steps.count_wrong(tx, step, at=at)
        else:
            await steps.end_step(tx, step, at=at)
            return await keep_mail(tx, patient_id, step.state["mail"], actor=actor, accounts=accounts, at=at)
    raise Refused("code-wrong" if goes_on else "code-over")


async def keep_mail(
    tx: Connection, patient_id: UUID, address: str, *, actor: Actor, accounts: Accounts, at: datetime
) -> bool:
    """Keep an address that was proved; whether it opens the account too. The former one is told, once."""
    held = await held_record(tx, patient_id, at)
    await _tell_former(tx, held, accounts=accounts)
    await trace(tx, held, EventType.CONTACT_CHANGED, actor=actor, accounts=accounts, what="mail")
    await store.change_mail(tx, patient_id, seal(held, address, "mail", accounts=accounts))
    login = accounts.keys.digest("login", codes.login_of(address))
    return await store.claim_login(tx, patient_id, login, kind="mail")


async def forget_mail(patient_id: UUID, *, actor: Actor, accounts: Accounts) -> None:
    """No mail any more; the address is told, once. Raises Conflict: `second-proof-last`."""
    async with accounts.database.transaction() as tx:
        held = await held_record(tx, patient_id, accounts.clock())
        account = await account_of(tx, patient_id, accounts=accounts)
        if account is not None and account.needs_mail:
            raise Conflict("second-proof-last")
        await _tell_former(tx, held, accounts=accounts)
        await store.change_mail(tx, patient_id, None)
        await trace(tx, held, EventType.CONTACT_CHANGED, actor=actor, accounts=accounts, tell=False, what="mail")


async def _tell_former(tx: Connection, held: Locked, *, accounts: Accounts) -> None:
    """Have the address that is about to go told so: whoever did not do it must hear of it. It is kept for that job alone, sealed."""
    account = await account_of(tx, held.patient_id, accounts=accounts)
    if account is None or account.mail is None:
        return
    _, digest = await steps.begin_step(
        tx, StepKind.FORMER_MAIL, patient_id=held.patient_id, state={"mail": account.mail}, keys=accounts.keys, at=held.at,
        lasts=timedelta(days=1),
    )  # fmt: skip
    await outbox.enqueue(tx, held.patient_id, kind=FORMER_JOB, payload={"step": digest.hex()}, now=held.at)


async def change_phone(patient_id: UUID, phone: str, *, actor: Actor, accounts: Accounts) -> None:
    """Takes phone: empty for none. Raises Invalid: `phone-malformed`."""
    digits = "".join(c for c in phone if c.isdigit() or c == "+")
    if phone.strip() and (not 8 <= len(digits) <= LONGEST_PHONE or "+" in digits[1:]):
        raise Invalid("phone-malformed")
    async with accounts.database.transaction() as tx:
        held = await held_record(tx, patient_id, accounts.clock())
        await store.change_phone(tx, patient_id, seal(held, digits, "phone", accounts=accounts) if digits else None)
        await trace(tx, held, EventType.CONTACT_CHANGED, actor=actor, accounts=accounts, what="phone")


async def begin_totp(patient_id: UUID, *, accounts: Accounts) -> tuple[str, str]:
    """Make a secret for an application of codes; gives the token of the step and the secret, to be shown once proved or not."""
    import pyotp

    secret = pyotp.random_base32()
    async with accounts.database.transaction() as tx:
        token, _ = await steps.begin_step(
            tx, StepKind.TOTP, patient_id=patient_id, state={"secret": secret}, keys=accounts.keys, at=accounts.clock(),
            lasts=accounts.terms.step_validity,
        )  # fmt: skip
    return token, secret


async def secret_of(patient_id: UUID, token: str | None, *, accounts: Accounts) -> str | None:
    """The secret being set up, to be shown again beside what must be mended."""
    async with accounts.database.transaction() as tx:
        step = await steps.find_step(tx, _TOTP, token, keys=accounts.keys, at=accounts.clock())
    return None if step is None or step.patient_id != patient_id else str(step.state["secret"])


async def confirm_totp(patient_id: UUID, token: str | None, code: str, *, actor: Actor, accounts: Accounts) -> None:
    """Keep the secret whose code was typed. Raises Refused: `code-over`, `code-wrong`."""
    at = accounts.clock()
    async with accounts.database.transaction() as tx:
        step = await steps.find_step(tx, _TOTP, token, keys=accounts.keys, at=at)
        if step is None or step.patient_id != patient_id:
            raise Refused("code-over")
        used = step_of_totp(step.state["secret"], codes.typed(code), at=at)
        if used is None:
            goes_on = await steps.count_wrong(tx, step, at=at)
        else:
            await steps.end_step(tx, step, at=at)
            await keep_totp(tx, patient_id, step.state["secret"], used=used, actor=actor, accounts=accounts, at=at)
            return
    raise Refused("code-wrong" if goes_on else "code-over")


async def keep_totp(
    tx: Connection, patient_id: UUID, secret: str, *, used: int, actor: Actor, accounts: Accounts, at: datetime
) -> None:
    """Takes used: the thirty seconds whose code proved it; it serves no more."""
    held = await held_record(tx, patient_id, at)
    await store.set_totp(tx, patient_id, seal(held, secret, "totp", accounts=accounts), at=held.at, last_step=used)
    await trace(tx, held, EventType.SIGN_IN_MEANS_SET, actor=actor, accounts=accounts, means="totp")


async def remove_totp(patient_id: UUID, *, actor: Actor, accounts: Accounts) -> bool:
    """False when there was none. Raises Conflict: `second-proof-last`."""
    async with accounts.database.transaction() as tx:
        held = await held_record(tx, patient_id, accounts.clock())
        account = await account_of(tx, patient_id, accounts=accounts)
        if account is not None and account.needs_application:
            raise Conflict("second-proof-last")
        if not await store.drop_totp(tx, patient_id):
            return False
        await trace(tx, held, EventType.SIGN_IN_MEANS_REMOVED, actor=actor, accounts=accounts, means="totp")
    return True


async def make_recovery_codes(patient_id: UUID, *, actor: Actor, accounts: Accounts) -> tuple[str, ...]:
    """New codes for a sheet of paper; the former ones serve no more. They are shown once: only their digests are kept."""
    made = tuple(codes.a_code(codes.RECOVERY_LENGTH) for _ in range(codes.RECOVERY_COUNT))
    async with accounts.database.transaction() as tx:
        held = await held_record(tx, patient_id, accounts.clock())
        digests = [accounts.keys.digest("recovery", code) for code in made]
        await store.set_recovery_codes(tx, patient_id, digests, at=held.at)
        await trace(tx, held, EventType.SIGN_IN_MEANS_SET, actor=actor, accounts=accounts, means="recovery-codes")
    return tuple(map(codes.shown, made))


async def drop_means(tx: Connection, patient_id: UUID, *, actor: Actor, accounts: Accounts, at: datetime) -> int:
    """Every means but contact goes, and every session: they were lost, and the person was recognised by other ways."""
    held = await held_record(tx, patient_id, at)
    await store.drop_password(tx, patient_id)
    await store.drop_totp(tx, patient_id)
    for passkey in await store.passkeys(tx, patient_id):
        await store.drop_passkey(tx, patient_id, passkey[0])
    await store.set_recovery_codes(tx, patient_id, [], at=at)
    await store.forget_devices(tx, patient_id)
    ended = await store.end_sessions(tx, patient_id, at=held.at)
    await trace(tx, held, EventType.SIGN_IN_MEANS_REMOVED, actor=actor, accounts=accounts, means="all")
    return ended


def _an_identifier(names: tuple[str, str]) -> str:
    """`odile.lambert.48213`: easy to read aloud, and not to be guessed from the name alone."""
    import secrets
    import unicodedata

    plain = (
        "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if c.isascii() and c.isalpha())[:20]
        for name in names
    )
    return ".".join([*(each for each in plain if each), f"{secrets.randbelow(90_000) + 10_000}"])


def _is_an_address(text: str) -> bool:
    """A mailbox at a domain, nothing that a line of a mail could be broken with."""
    name, at, domain = text.rpartition("@")
    if not (name and at and len(text) <= LONGEST_MAIL and "." in domain.strip(".")):
        return False
    return not any(c.isspace() or ord(c) < 33 or c in '<>,;:"()[]\\@' for c in name + domain)
