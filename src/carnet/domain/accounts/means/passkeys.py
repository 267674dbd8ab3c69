"""
Passkeys (WebAuthn): something one has, opened by a finger, a face or a code; two proofs in one gesture, and nothing to type.

They are discoverable: the browser offers those that it holds, so that no name is asked and no account is told.
Source: W3C Web Authentication level 3, §7.1 and §7.2.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from carnet.domain.accounts.means import steps, store
from carnet.domain.accounts.means.model import Origin, Proved, StepKind
from carnet.domain.accounts.means.parts import Accounts, held_record, seal, trace
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType
from carnet.domain.errors import Conflict, Invalid, Refused
from carnet.vocabulary.uuid7 import uuid7

_CHALLENGE = frozenset({StepKind.PASSKEY})
_LONGEST_ANSWER = 20_000
LONGEST_NAME = 60


async def begin_passkey_sign_in(*, accounts: Accounts) -> tuple[str, str]:
    """Gives the token of the step, and the options that the browser wants (JSON)."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=accounts.terms.passkey_host, user_verification=UserVerificationRequirement.REQUIRED
    )
    token = await _challenged(None, options.challenge, accounts=accounts)
    return token, options_to_json(options)


async def finish_passkey_sign_in(token: str | None, answer: str, *, origin: Origin, accounts: Accounts) -> Proved:
    """
    Judge what the browser answered.

    Raises
        Refused: `sign-in-over` when the challenge is too old; `passkey-unknown`; `tries-spent`.
    """
    at = accounts.clock()
    async with accounts.database.transaction() as tx:
        door = steps.Door("passkey", "", Origin(origin.network))
        await steps.count_try(tx, door, keys=accounts.keys, terms=accounts.terms, at=at)
        step = await steps.find_step(tx, _CHALLENGE, token, keys=accounts.keys, at=at)
        if step is not None:
            await steps.end_step(tx, step, at=at)
    if step is None or step.patient_id is not None:
        raise Refused("sign-in-over")
    read = _read(answer)
    async with accounts.database.transaction() as tx:
        credential = _bytes_of(read.get("rawId"))
        patient_id = await store.passkey_holder(tx, credential)
        keys = [] if patient_id is None else await store.passkeys(tx, patient_id)
        kept = next((each for each in keys if each[1] == credential), None)
        held = None if patient_id is None else await store.key_and_mail(tx, patient_id)
        if kept is None or patient_id is None or held is None:
            raise Refused("passkey-unknown")
        count = _verified_sign_in(read, bytes.fromhex(step.state["challenge"]), kept[2], kept[3], accounts=accounts)
        await store.use_passkey(tx, patient_id, kept[0], sign_count=count, at=at)
        device = accounts.keys.digest("device", origin.device or "")
        known = origin.device is not None and await store.knows_device(tx, patient_id, device)
    return Proved(patient_id, "passkey", is_new_device=not known)


async def begin_passkey(patient_id: UUID, *, shown_name: str, accounts: Accounts) -> tuple[str, str]:
    """
    Ask the browser for a new passkey.

    Takes
        shown_name: what the device will write beside it, so that its owner finds it again.
    Gives
        the token of the step, and the options (JSON).
    """
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    async with accounts.database.connection() as connection:
        held = await store.passkeys(connection, patient_id)
    options = generate_registration_options(
        rp_id=accounts.terms.passkey_host, rp_name="carnet", user_name=shown_name, user_display_name=shown_name,
        user_id=accounts.keys.digest("passkey user", str(patient_id)),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each[1]) for each in held],
    )  # fmt: skip
    token = await _challenged(patient_id, options.challenge, accounts=accounts)
    return token, options_to_json(options)


async def add_passkey(
    patient_id: UUID, token: str | None, answer: str, *, name: str, actor: Actor, accounts: Accounts
) -> UUID:
    """
    Keep the passkey that the browser made; gives its id.

    Raises
        Refused: `sign-in-over` when the challenge is too old, or was someone else's. Invalid: `passkey-wrong`.
        Conflict: `passkey-held`.
    """
    at = accounts.clock()
    async with accounts.database.transaction() as tx:
        step = await steps.find_step(tx, _CHALLENGE, token, keys=accounts.keys, at=at)
        if step is not None:
            await steps.end_step(tx, step, at=at)
    if step is None or step.patient_id != patient_id:
        raise Refused("sign-in-over")
    made = _verified_new(_read(answer), bytes.fromhex(step.state["challenge"]), accounts=accounts)
    passkey_id = uuid7()
    async with accounts.database.transaction() as tx:
        held = await held_record(tx, patient_id, at)
        added = await store.add_passkey(
            tx, patient_id, passkey_id, credential_id=made.credential_id, public_key=made.credential_public_key,
            sign_count=made.sign_count, name=seal(held, name[:LONGEST_NAME] or "Clé d’accès", "passkey", accounts=accounts),
            at=held.at,
        )  # fmt: skip
        if not added:
            raise Conflict("passkey-held")
        await trace(tx, held, EventType.SIGN_IN_MEANS_SET, actor=actor, accounts=accounts, means="passkey")
    return passkey_id


async def remove_passkey(patient_id: UUID, passkey_id: UUID, *, actor: Actor, accounts: Accounts) -> bool:
    """False when it is none of theirs."""
    async with accounts.database.transaction() as tx:
        held = await held_record(tx, patient_id, accounts.clock())
        if not await store.drop_passkey(tx, patient_id, passkey_id):
            return False
        await trace(tx, held, EventType.SIGN_IN_MEANS_REMOVED, actor=actor, accounts=accounts, means="passkey")
    return True


async def _challenged(patient_id: UUID | None, challenge: bytes, *, accounts: Accounts) -> str:
    async with accounts.database.transaction() as tx:
        token, _ = await steps.begin_step(
            tx, StepKind.PASSKEY, patient_id=patient_id, state={"challenge": challenge.hex()}, keys=accounts.keys,
            at=accounts.clock(), lasts=accounts.terms.step_validity,
        )  # fmt: skip
    return token


def _read(answer: str) -> Mapping[str, Any]:
    try:
        read = json.loads(answer[:_LONGEST_ANSWER])
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise Invalid("passkey-wrong")
    return read


def _bytes_of(text: object) -> bytes:
    from webauthn.helpers import base64url_to_bytes

    try:
        return base64url_to_bytes(str(text))
    except ValueError as error:
        raise Invalid("passkey-wrong") from error


def _verified_new(read: Mapping[str, Any], challenge: bytes, *, accounts: Accounts) -> Any:
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        return verify_registration_response(
            credential=dict(read), expected_challenge=challenge, expected_rp_id=accounts.terms.passkey_host,
            expected_origin=accounts.terms.passkey_site, require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Invalid("passkey-wrong") from error


def _verified_sign_in(
    read: Mapping[str, Any], challenge: bytes, public_key: bytes, count: int, *, accounts: Accounts
) -> int:
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verified = verify_authentication_response(
            credential=dict(read), expected_challenge=challenge, expected_rp_id=accounts.terms.passkey_host,
            expected_origin=accounts.terms.passkey_site, credential_public_key=public_key, credential_current_sign_count=count,
            require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused("passkey-unknown") from error
    return int(verified.new_sign_count)
