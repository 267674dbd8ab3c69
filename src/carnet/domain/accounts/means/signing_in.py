"""
Signing in with a password and a second proof.

Both are judged together: from a device that never opened the account, nothing tells which of the two was wrong, nor whether the name
opens anything. Every attempt does the same work, by the same statements; what differs is done by a job. docs/decisions/0039-accounts.md.
"""

import hmac
from datetime import datetime, timedelta
from typing import Any

from carnet.domain.accounts.means import codes, steps, store
from carnet.domain.accounts.means.model import Origin, Proved, Step, StepKind
from carnet.domain.accounts.means.parts import TELL_JOB, Accounts, unseal
from carnet.domain.errors import Refused
from carnet.storage import outbox
from carnet.storage.database import Connection
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.uuid7 import uuid7

CODE_JOB = "send-sign-in-code"
REFUSED_JOB = "tell-refused-sign-in"
NEW_DEVICE = "new-device"
_SIGN_IN = frozenset({StepKind.SIGN_IN})
TOTP_SECONDS = 30
_DRIFT = (-1, 0, 1)  # steps of thirty seconds by which a telephone's clock may be wrong


@frozen
class FirstProof:
    """
    What was typed at first.

    secret: the password, or a recovery code when it is lost. is_recovery: which of the two.
    """

    login: str
    secret: str
    is_recovery: bool = False


async def begin_sign_in(proof: FirstProof, *, origin: Origin, accounts: Accounts) -> str:
    """
    Take the first proof, whatever it is worth, and have a code sent if it is right.

    Gives
        the token of the step, for the browser.
    Raises
        Refused: `tries-spent`; `sign-in-wrong` only to a device that opened this account before.
    """
    login = codes.login_of(proof.login)
    at = accounts.clock()
    async with accounts.database.transaction() as tx:
        found = await store.for_sign_in(
            tx, login=accounts.keys.digest("login", login), device=accounts.keys.digest("device", origin.device or "")
        )
        known = found.device_is_known and origin.device is not None
        origin = Origin(origin.network, origin.device if known else None)
        door = steps.Door("password", login, origin)
        await steps.count_try(tx, door, keys=accounts.keys, terms=accounts.terms, at=at)
    matches = await accounts.passwords.matches(found.password_hash, "" if proof.is_recovery else proof.secret)
    async with accounts.database.transaction() as tx:
        if proof.is_recovery:
            digest = accounts.keys.digest("recovery", codes.typed(proof.secret))
            matches = await store.use_recovery_code(tx, found.patient_id, digest, at=at)
        right = matches and found.status is not None
        state: dict[str, Any] = {
            "right": right, "recovery": proof.is_recovery, "known": known, "code": codes.a_one_time_code(),
            "until": (at + accounts.terms.one_time_validity).isoformat(), "door": [login, origin.network, origin.device],
        }  # fmt: skip
        if known and not right:
            wrong_at_once = True
        else:
            wrong_at_once = False
            token, digest = await steps.begin_step(
                tx, StepKind.SIGN_IN, patient_id=found.patient_id, state=state, keys=accounts.keys, at=at,
                lasts=accounts.terms.step_validity,
            )  # fmt: skip
            await _ask_for_code(tx, digest, found.patient_id or uuid7(), at=at)
    if wrong_at_once:
        raise Refused("sign-in-wrong")
    return token


async def send_again(token: str | None, *, origin: Origin, accounts: Accounts) -> bool:
    """Have another code sent for a sign-in under way; False when there is none. Raises Refused: `tries-spent`."""
    at = accounts.clock()
    async with accounts.database.transaction() as tx:
        step = await steps.find_step(tx, _SIGN_IN, token, keys=accounts.keys, at=at)
        if step is None:
            return False
        door = steps.Door("code-again", step.digest.hex(), origin)
        await steps.count_try(tx, door, keys=accounts.keys, terms=accounts.terms, at=at)
        until = (at + accounts.terms.one_time_validity).isoformat()
        state = {**step.state, "code": codes.a_one_time_code(), "until": until}
        await steps.change_step(tx, step, state, keys=accounts.keys)
        await _ask_for_code(tx, step.digest, step.patient_id or uuid7(), at=at)
    return True


async def finish_sign_in(token: str | None, code: str, *, accounts: Accounts) -> Proved:
    """
    Judge both proofs. The step serves once: of two answers at the same time, one is judged after the other.

    Raises
        Refused: `sign-in-over` when there is no step, or too many wrong codes ended it; `sign-in-wrong`.
    """
    at = accounts.clock()
    async with accounts.database.transaction() as tx:
        step = await steps.find_step(tx, _SIGN_IN, token, keys=accounts.keys, at=at)
        if step is None:
            raise Refused("sign-in-over")
        is_spent = await steps.count_second_proof(tx, step, keys=accounts.keys, at=at)
        means = await _judge(tx, step, code, accounts=accounts, at=at, is_spent=is_spent)
        if means is not None:
            await steps.forget_second_proofs(tx, step, keys=accounts.keys)
            await steps.end_step(tx, step, at=at)
            login, network, device = step.state["door"]
            await steps.forget_tries(tx, steps.Door("password", login, Origin(network, device)), keys=accounts.keys)
            assert step.patient_id is not None
            return Proved(step.patient_id, means, not step.state["known"], step.state["recovery"])
        goes_on = await steps.count_wrong(tx, step, at=at)
        await outbox.enqueue(
            tx, step.patient_id or uuid7(), kind=REFUSED_JOB, payload={"step": step.digest.hex(), "over": not goes_on}, now=at
        )  # fmt: skip
    raise Refused("sign-in-wrong" if goes_on else "sign-in-over")


async def _ask_for_code(tx: Connection, digest: bytes, about: Any, *, at: datetime) -> None:
    await outbox.enqueue(tx, about, kind=CODE_JOB, payload={"step": digest.hex()}, now=at)


async def _judge(
    tx: Connection, step: Step, code: str, *, accounts: Accounts, at: datetime, is_spent: bool
) -> str | None:
    """
    The means by which both proofs hold, or None. The same statements whatever they are worth.

    Takes
        is_spent: too many second proofs were wrong for this account: none is judged.
    """
    is_right = step.state["right"] and not is_spent
    typed = codes.typed(code)
    key = await store.key_and_mail(tx, step.patient_id)
    kept = await store.totp(tx, step.patient_id)
    by_mail = key is not None and key.has_mail and datetime.fromisoformat(step.state["until"]) > at
    mailed = hmac.compare_digest(typed.encode(), step.state["code"].encode()) and by_mail
    totp_step = None
    if kept is not None and key is not None and step.patient_id is not None:
        patient_key = accounts.keys.ring.patient_key(step.patient_id, key.wrapped_key)
        secret = unseal(kept[0], "totp", patient_id=step.patient_id, key=patient_key)
        totp_step = step_of_totp(secret, typed, at=at)
    # One sheet of paper is one proof: a code of it does not go with another.
    by_paper = is_right and not step.state["recovery"] and not mailed and totp_step is None
    written = await store.use_recovery_code(
        tx, step.patient_id if by_paper else None, accounts.keys.digest("recovery", typed), at=at
    )
    if not is_right or step.patient_id is None:
        return None
    if mailed:
        return "password-mail"
    if totp_step is not None:
        return "password-totp" if await store.use_totp(tx, step.patient_id, totp_step) else None
    return "password-recovery" if written else None


def step_of_totp(secret: str, code: str, *, at: datetime) -> int | None:
    """The thirty seconds for which an application gives this code, among those near now; None when it is not one of theirs."""
    import pyotp  # at the first code of an application

    now = int(at.timestamp()) // TOTP_SECONDS
    totp = pyotp.TOTP(secret)
    for drift in _DRIFT:
        if hmac.compare_digest(totp.generate_otp(now + drift).encode(), code.encode()):
            return now + drift
    return None


async def keep_device(proved: Proved, device: str, *, accounts: Accounts) -> None:
    """Know this device from now on, and have the holder told that their account was opened from there."""
    at = accounts.clock()
    async with accounts.database.transaction() as tx:
        await store.know_device(tx, proved.patient_id, accounts.keys.digest("device", device), at=at)
        payload = {"event": NEW_DEVICE}
        await outbox.enqueue(tx, proved.patient_id, kind=TELL_JOB, payload=payload, now=at)


DEVICE_LASTS = timedelta(days=395)
