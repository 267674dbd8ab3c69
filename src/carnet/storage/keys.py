"""
Keys: a master key outside the database wraps intermediate keys, which wrap one key per patient.

The master key is a file now; PKCS#11 or a key service stand behind the same two functions.
"""

import hashlib
import os
import stat
from collections import OrderedDict
from datetime import datetime
from pathlib import Path
from typing import Protocol, Self
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from carnet.storage.database import Connection
from carnet.storage.sealing import PatientKey, SealBroken, SealingKey

_KEY_BYTES = 32
_WRAPPED_VERSION = 1
_CACHED_PATIENT_KEYS = 20_000  # about 10 MB


class KeyUnavailable(Exception):
    """The master key is absent, readable by others, or not the one of this database."""


class MasterKey(Protocol):
    """What wraps the intermediate keys. fingerprint: 16 hexadecimal digits naming the key, which they do not reveal."""

    @property
    def fingerprint(self) -> str: ...

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Seal a 32-byte key."""

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """
        Raises
            SealBroken: altered, or wrapped by another master key.
        """


class FileMasterKey:
    """A master key kept in a file of mode 0600, in hexadecimal so that it can also be printed and locked in a safe."""

    __slots__ = ("_key", "fingerprint")

    def __init__(self, key: bytes) -> None:
        self._key = SealingKey(key)
        self.fingerprint = hashlib.sha256(b"carnet master key" + key).hexdigest()[:16]

    @classmethod
    def read(cls, path: Path) -> Self:
        """
        Raises
            KeyUnavailable: no such file, not a key, or a file that others may read.
        """
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise KeyUnavailable(f"the master key {path} cannot be read: put it back from its safe copy") from error
        if stat.S_IMODE(mode) & 0o077:
            raise KeyUnavailable(f"the master key {path} is open to others: chmod 600 {path}")
        try:
            key = bytes.fromhex(text)
            return cls(key)
        except ValueError:
            raise KeyUnavailable(f"{path} does not hold a key: 64 hexadecimal digits are expected") from None

    @classmethod
    def create(cls, path: Path) -> Self:
        """
        Make a new key where there is none; an existing file is read, never replaced.

        Raises
            KeyUnavailable: as `read`.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(file, os.urandom(_KEY_BYTES).hex().encode() + b"\n")
            os.fsync(file)
        finally:
            os.close(file)
        try:
            os.link(draft, path)  # unlike a rename, fails when another process was first
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return cls.read(path)

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        return self._key.wrap(key, aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        return self._key.unwrap(wrapped, aad)


class KeyRing:
    """The intermediate keys, in memory, and the patients' keys last used."""

    def __init__(self, keys: dict[int, bytes]) -> None:
        """
        Takes
            keys: 32 bytes each, by number; at least one. The highest wraps new patient keys.
        """
        self._first = keys[min(keys)]
        self._newest = max(keys)
        self._keys = {number: SealingKey(key) for number, key in keys.items()}
        self._patients: OrderedDict[tuple[UUID, bytes], PatientKey] = OrderedDict()

    @staticmethod
    async def is_empty(connection: Connection) -> bool:
        """Whether this database has never been sealed."""
        return not await _read_ring(connection)

    @classmethod
    async def load(cls, connection: Connection, master: MasterKey, *, now: datetime) -> Self:
        """
        Unwrap the ring of this database; the first start makes its first key.

        Raises
            KeyUnavailable: this master key did not wrap this ring.
        """
        rows = await _read_ring(connection)
        if not rows:
            wrapped = master.wrap(os.urandom(_KEY_BYTES), _ring_binding(1))
            await connection.execute(
                "INSERT INTO key_ring (key_id, wrapped, master, created_at) VALUES (1, %s, %s, %s) ON CONFLICT (key_id) DO NOTHING",
                (wrapped, master.fingerprint, now),
            )
            rows = await _read_ring(connection)  # another process may have been first
        keys: dict[int, bytes] = {}
        for number, wrapped, fingerprint in rows:
            if fingerprint != master.fingerprint:
                raise KeyUnavailable(
                    f"this database was sealed under the master key {fingerprint}; the one given is {master.fingerprint}"
                )
            try:
                keys[number] = master.unwrap(wrapped, _ring_binding(number))
            except SealBroken as error:
                raise KeyUnavailable(
                    f"the intermediate key {number} was altered: restore key_ring from a backup"
                ) from error
        return cls(keys)

    def new_patient_key(self, patient_id: UUID) -> bytes:
        """A new key for a patient, wrapped: 63 bytes to keep beside the patient."""
        wrapped = self._keys[self._newest].wrap(os.urandom(_KEY_BYTES), patient_id.bytes)
        return _WRAPPED_VERSION.to_bytes(1) + self._newest.to_bytes(2) + wrapped

    def patient_key(self, patient_id: UUID, wrapped: bytes) -> PatientKey:
        """
        The patient's key, unwrapped.

        Raises
            SealBroken: altered, another patient's, or wrapped by a key that is not in the ring.
        """
        place = (patient_id, wrapped)
        key = self._patients.get(place)
        if key is not None:
            self._patients.move_to_end(place)
            return key
        key = self.patient_key_once(patient_id, wrapped)
        self._patients[place] = key
        if len(self._patients) > _CACHED_PATIENT_KEYS:
            self._patients.popitem(last=False)
        return key

    def patient_key_once(self, patient_id: UUID, wrapped: bytes) -> PatientKey:
        """As `patient_key`, for a key that is not asked again soon: many records passing by would push out those that are in use."""
        intermediate = self._keys.get(int.from_bytes(wrapped[1:3]))
        if intermediate is None or wrapped[:1] != b"\x01":
            raise SealBroken("wrapped by an unknown key")
        return PatientKey(intermediate.unwrap(wrapped[3:], patient_id.bytes))

    def server_key(self, purpose: str) -> bytes:
        """
        32 bytes derived for one purpose of the server itself (HKDF-SHA-256).

        Always from the first key of the ring, so that what it seals or names outlives a rotation.
        """
        return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"carnet " + purpose.encode()).derive(
            self._first
        )

    def server_sealing_key(self, purpose: str) -> SealingKey:
        """A key ready to seal what belongs to no patient: cursors, signing keys."""
        return SealingKey(self.server_key(purpose))


async def open_ring(connection: Connection, master_key_file: Path, *, now: datetime) -> KeyRing:
    """
    The ring of this database, under the master key of a file: made at the first start only; a database that is sealed already waits for
    the key that sealed it.

    Raises
        KeyUnavailable: as `FileMasterKey.read` and `KeyRing.load`.
    """
    is_new = await KeyRing.is_empty(connection)
    master = (FileMasterKey.create if is_new else FileMasterKey.read)(master_key_file)
    return await KeyRing.load(connection, master, now=now)


async def _read_ring(connection: Connection) -> list[tuple[int, bytes, str]]:
    cursor = await connection.execute("SELECT key_id, wrapped, master FROM key_ring ORDER BY key_id")
    return [(int(number), bytes(wrapped), str(master)) for number, wrapped, master in await cursor.fetchall()]


def _ring_binding(number: int) -> bytes:
    return b"carnet key ring " + number.to_bytes(2)
