"""Accounts' SQL: who an account belongs to, its means, and the names that find it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.storage.database import Connection
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.uuid7 import uuid7

_KEY = """
    SELECT r.wrapped_key, a.mail IS NOT NULL FROM record r LEFT JOIN account a ON a.patient_id = r.patient_id
    WHERE r.patient_id = %s AND r.status <> 'erased'
"""
_HOLDER = """
    SELECT h.activated_at, h.identifier, h.mail, h.phone,
        (SELECT set_at FROM account_password p WHERE p.patient_id = h.patient_id),
        (SELECT added_at FROM account_totp t WHERE t.patient_id = h.patient_id),
        (SELECT count(*) FROM recovery_code c WHERE c.patient_id = h.patient_id AND c.used_at IS NULL)
    FROM account h WHERE h.patient_id = %s AND h.activated_at IS NOT NULL
"""
_BEGIN = """
    INSERT INTO account AS a (patient_id, activated_at, identifier) VALUES (%s, %s, %s)
    ON CONFLICT (patient_id) DO UPDATE SET activated_at = excluded.activated_at, identifier = excluded.identifier
    WHERE a.activated_at IS NULL
"""
_CLAIM_LOGIN = "INSERT INTO login_claim (login_digest, patient_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_LOGIN_HOLDER = "SELECT patient_id FROM login_claim WHERE login_digest = %s"
_ADD_LOGIN = "INSERT INTO account_login (patient_id, login_digest, kind) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_MAIL_LOGINS = "DELETE FROM account_login WHERE patient_id = %s AND kind = 'mail' RETURNING login_digest"
_RELEASE = "DELETE FROM login_claim WHERE patient_id = %s AND login_digest = ANY (%s)"
_MAIL = "UPDATE account SET mail = %s WHERE patient_id = %s"
_PHONE = "UPDATE account SET phone = %s WHERE patient_id = %s"
# One row whatever the name opens: what is proved against does not depend on whether it exists.
_FOR_SIGN_IN = """
    SELECT c.patient_id, p.hash, r.status,
        (SELECT true FROM known_device d WHERE d.patient_id = c.patient_id AND d.device_digest = %(device)s)
    FROM (SELECT %(login)s::bytea AS login_digest) q
    LEFT JOIN login_claim c ON c.login_digest = q.login_digest
    LEFT JOIN record r ON r.patient_id = c.patient_id AND r.status <> 'erased'
    LEFT JOIN account_password p ON p.patient_id = r.patient_id
"""
_SET_PASSWORD = """
    INSERT INTO account_password (patient_id, hash, set_at) VALUES (%s, %s, %s)
    ON CONFLICT (patient_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at
"""  # noqa: S105  a statement
_DROP_PASSWORD = "DELETE FROM account_password WHERE patient_id = %s"  # noqa: S105  a statement
_TOTP = "SELECT secret, last_step FROM account_totp WHERE patient_id = %s"
_SET_TOTP = """
    INSERT INTO account_totp (patient_id, secret, added_at, last_step) VALUES (%s, %s, %s, %s)
    ON CONFLICT (patient_id) DO UPDATE SET secret = excluded.secret, added_at = excluded.added_at, last_step = excluded.last_step
"""
_USE_TOTP = "UPDATE account_totp SET last_step = %s WHERE patient_id = %s AND last_step < %s"
_DROP_TOTP = "DELETE FROM account_totp WHERE patient_id = %s"
_PASSKEYS = """
    SELECT passkey_id, credential_id, public_key, sign_count, name, added_at, last_used_at FROM account_passkey
    WHERE patient_id = %s ORDER BY added_at, passkey_id
"""
_PASSKEY_HOLDER = "SELECT patient_id FROM passkey_claim WHERE credential_id = %s"
_CLAIM_PASSKEY = "INSERT INTO passkey_claim (credential_id, patient_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_ADD_PASSKEY = """
    INSERT INTO account_passkey (patient_id, passkey_id, credential_id, public_key, sign_count, name, added_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_USE_PASSKEY = "UPDATE account_passkey SET sign_count = %s, last_used_at = %s WHERE patient_id = %s AND passkey_id = %s"
_DROP_PASSKEY = "DELETE FROM account_passkey WHERE patient_id = %s AND passkey_id = %s RETURNING credential_id"
_UNCLAIM_PASSKEY = "DELETE FROM passkey_claim WHERE credential_id = %s AND patient_id = %s"
_FORGET_RECOVERY = "DELETE FROM recovery_code WHERE patient_id = %s"
_ADD_RECOVERY = """
    INSERT INTO recovery_code (patient_id, code_id, digest, made_at) SELECT %s, c, d, %s FROM unnest(%s::uuid[], %s::bytea[]) AS q (c, d)
"""
_USE_RECOVERY = "UPDATE recovery_code SET used_at = %s WHERE patient_id = %s AND digest = %s AND used_at IS NULL"
_KNOW_DEVICE = """
    INSERT INTO known_device AS d (patient_id, device_digest, first_used_at, last_used_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (patient_id, device_digest) DO UPDATE SET last_used_at = excluded.last_used_at
"""
_END_SESSIONS = "UPDATE citizen_session SET ended_at = %s WHERE patient_id = %s AND ended_at IS NULL"
_KNOWS_DEVICE = "SELECT 1 FROM known_device WHERE patient_id = %s AND device_digest = %s"
_FORGET_DEVICES = "DELETE FROM known_device WHERE patient_id = %s"


@frozen
class SignInRow:
    """What a name opens; all None when it opens nothing."""

    patient_id: UUID | None
    password_hash: str | None
    status: str | None
    device_is_known: bool


@frozen
class Key:
    """The wrapped key of a record, and whether its holder has a mail address."""

    wrapped_key: bytes
    has_mail: bool


async def key_and_mail(tx: Connection, patient_id: UUID | None) -> Key | None:
    """None when there is no such record, or it is erased."""
    row = await (await tx.execute(_KEY, (patient_id,))).fetchone()
    return None if row is None else Key(row[0], row[1])


async def holder(tx: Connection, patient_id: UUID) -> tuple[Any, ...] | None:
    """Activated at, identifier, mail, phone (all three sealed), password set at, TOTP added at, recovery codes left."""
    return await (await tx.execute(_HOLDER, (patient_id,))).fetchone()


async def begin_account(tx: Connection, patient_id: UUID, *, identifier: bytes, at: datetime) -> bool:
    """False when there is one already."""
    return (await tx.execute(_BEGIN, (patient_id, at, identifier))).rowcount == 1


async def claim_login(tx: Connection, patient_id: UUID, digest: bytes, *, kind: str) -> bool:
    """Find the account by this name from now on; False when it finds another one."""
    await tx.execute(_CLAIM_LOGIN, (digest, patient_id))
    row = await (await tx.execute(_LOGIN_HOLDER, (digest,))).fetchone()
    if row is None or row[0] != patient_id:
        return False
    await tx.execute(_ADD_LOGIN, (patient_id, digest, kind))
    return True


async def change_mail(tx: Connection, patient_id: UUID, mail: bytes | None) -> None:
    """Keep a confirmed address, or none; the former one finds the account no more."""
    freed = [row[0] for row in await (await tx.execute(_MAIL_LOGINS, (patient_id,))).fetchall()]
    await tx.execute(_RELEASE, (patient_id, freed))
    await tx.execute(_MAIL, (mail, patient_id))


async def change_phone(tx: Connection, patient_id: UUID, phone: bytes | None) -> None:
    await tx.execute(_PHONE, (phone, patient_id))


async def for_sign_in(tx: Connection, *, login: bytes, device: bytes) -> SignInRow:
    """What a sign-in by this name is judged on, by one statement whatever the name."""
    row = await (await tx.execute(_FOR_SIGN_IN, {"login": login, "device": device})).fetchone()
    assert row is not None
    return SignInRow(row[0], row[1], row[2], bool(row[3]))


async def set_password(tx: Connection, patient_id: UUID, hashed: str, *, at: datetime) -> None:
    await tx.execute(_SET_PASSWORD, (patient_id, hashed, at))


async def drop_password(tx: Connection, patient_id: UUID) -> None:
    await tx.execute(_DROP_PASSWORD, (patient_id,))


async def totp(tx: Connection, patient_id: UUID | None) -> tuple[bytes, int] | None:
    """The sealed secret and the last step used."""
    row = await (await tx.execute(_TOTP, (patient_id,))).fetchone()
    return None if row is None else (row[0], row[1])


async def set_totp(tx: Connection, patient_id: UUID, secret: bytes, *, at: datetime, last_step: int) -> None:
    await tx.execute(_SET_TOTP, (patient_id, secret, at, last_step))


async def use_totp(tx: Connection, patient_id: UUID, step: int) -> bool:
    """Take the code of this step; False when it, or a later one, was taken already."""
    return (await tx.execute(_USE_TOTP, (step, patient_id, step))).rowcount == 1


async def drop_totp(tx: Connection, patient_id: UUID) -> bool:
    return (await tx.execute(_DROP_TOTP, (patient_id,))).rowcount == 1


async def passkeys(tx: Connection, patient_id: UUID) -> list[tuple[Any, ...]]:
    """Id, credential, public key, count, sealed name, added at, last used at; the oldest first."""
    return await (await tx.execute(_PASSKEYS, (patient_id,))).fetchall()


async def passkey_holder(tx: Connection, credential_id: bytes) -> UUID | None:
    row = await (await tx.execute(_PASSKEY_HOLDER, (credential_id,))).fetchone()
    return None if row is None else row[0]


async def add_passkey(
    tx: Connection, patient_id: UUID, passkey_id: UUID, *, credential_id: bytes, public_key: bytes, sign_count: int, name: bytes,
    at: datetime,
) -> bool:  # fmt: skip
    """False when this passkey opens an account already."""
    if (await tx.execute(_CLAIM_PASSKEY, (credential_id, patient_id))).rowcount == 0:
        return False
    await tx.execute(_ADD_PASSKEY, (patient_id, passkey_id, credential_id, public_key, sign_count, name, at))
    return True


async def use_passkey(tx: Connection, patient_id: UUID, passkey_id: UUID, *, sign_count: int, at: datetime) -> None:
    await tx.execute(_USE_PASSKEY, (sign_count, at, patient_id, passkey_id))


async def drop_passkey(tx: Connection, patient_id: UUID, passkey_id: UUID) -> bool:
    row = await (await tx.execute(_DROP_PASSKEY, (patient_id, passkey_id))).fetchone()
    if row is None:
        return False
    await tx.execute(_UNCLAIM_PASSKEY, (row[0], patient_id))
    return True


async def set_recovery_codes(tx: Connection, patient_id: UUID, digests: Sequence[bytes], *, at: datetime) -> None:
    """Replace whatever codes there were."""
    await tx.execute(_FORGET_RECOVERY, (patient_id,))
    await tx.execute(_ADD_RECOVERY, (patient_id, at, [uuid7() for _ in digests], list(digests)))


async def use_recovery_code(tx: Connection, patient_id: UUID | None, digest: bytes, *, at: datetime) -> bool:
    """Take a code; False when it is none of theirs, or has served."""
    return (await tx.execute(_USE_RECOVERY, (at, patient_id, digest))).rowcount == 1


async def know_device(tx: Connection, patient_id: UUID, device: bytes, *, at: datetime) -> None:
    await tx.execute(_KNOW_DEVICE, (patient_id, device, at, at))


async def knows_device(tx: Connection, patient_id: UUID, device: bytes) -> bool:
    return await (await tx.execute(_KNOWS_DEVICE, (patient_id, device))).fetchone() is not None


async def forget_devices(tx: Connection, patient_id: UUID) -> None:
    await tx.execute(_FORGET_DEVICES, (patient_id,))


async def end_sessions(tx: Connection, patient_id: UUID, *, at: datetime) -> int:
    """Every session of theirs, in the transaction of what makes it needed; how many."""
    return (await tx.execute(_END_SESSIONS, (at, patient_id))).rowcount
