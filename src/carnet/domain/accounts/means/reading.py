"""An account as its holder sees it: contact, means, names of passkeys."""

from uuid import UUID

from carnet.domain.accounts.means import store
from carnet.domain.accounts.means.model import Account, Passkey
from carnet.domain.accounts.means.parts import Accounts, unseal
from carnet.storage.database import Connection


async def account_of(tx: Connection, patient_id: UUID, *, accounts: Accounts) -> Account | None:
    """None when the account was never activated, or the record is erased."""
    row = await store.holder(tx, patient_id)
    held = await store.key_and_mail(tx, patient_id)
    if row is None or held is None:
        return None
    key = accounts.keys.ring.patient_key(patient_id, held.wrapped_key)

    def read(sealed: bytes | None, what: str) -> str | None:
        return None if sealed is None else unseal(sealed, what, patient_id=patient_id, key=key)

    activated_at, identifier, mail, phone, password_set_at, totp_added_at, left = row
    passkeys = tuple(
        Passkey(
            each[0], each[1], each[2], each[3], unseal(each[4], "passkey", patient_id=patient_id, key=key), each[5], each[6]
        )
        for each in await store.passkeys(tx, patient_id)
    )  # fmt: skip
    return Account(
        patient_id, activated_at, read(identifier, "identifier") or "", read(mail, "mail"), read(phone, "phone"), password_set_at,
        totp_added_at, left, passkeys,
    )  # fmt: skip
