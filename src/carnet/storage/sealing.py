"""
Sealing: AES-256-GCM around small values and around contents, bound to whom and what they belong to.

The layout of each sealed form is written down in docs/storage.md.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from carnet.vocabulary.frozen import frozen

SEGMENT_BYTES = 1024 * 1024  # clear bytes of a full segment

_VALUE_VERSION = b"\x01"
_CONTENT_VERSION = b"\x01"
_NONCE_BYTES, _TAG_BYTES, _KEY_BYTES, _KEY_ID_BYTES = 12, 16, 32, 4
_WRAPPED_BYTES = _NONCE_BYTES + _KEY_BYTES + _TAG_BYTES
HEADER_BYTES = 1 + _KEY_ID_BYTES + _WRAPPED_BYTES  # version, key id, wrapped data key


class SealBroken(Exception):
    """A sealed value was altered, or belongs to something else, or was sealed under another key."""


class ContentDamaged(SealBroken):
    """A content was altered, truncated, reordered, lost a part, or is another document's."""


class SealingKey:
    """
    A 32-byte key at work. Nothing of the key shows when it is printed.

    key_id: 4 bytes that tell one key from another and say nothing about it.
    """

    __slots__ = ("_aes", "_key", "key_id")

    def __init__(self, key: bytes) -> None:
        """
        Raises
            ValueError: the key is not 32 bytes long.
        """
        if len(key) != _KEY_BYTES:
            raise ValueError("a sealing key has 32 bytes")
        self._aes, self._key = AESGCM(key), key
        self.key_id = hashlib.sha256(b"carnet key id" + key).digest()[:_KEY_ID_BYTES]

    def seal(self, plain: bytes, aad: bytes) -> bytes:
        """Seal a value: version (1), nonce (12), ciphertext, tag (16). aad: what it belongs to; asked again to open it."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VALUE_VERSION + nonce + self._aes.encrypt(nonce, plain, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """
        Open a value.

        Raises
            SealBroken: altered, sealed for something else, or under another key.
        """
        if sealed[:1] != _VALUE_VERSION or len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES:
            raise SealBroken("not a sealed value of a known version")
        try:
            return self._aes.decrypt(sealed[1:13], sealed[13:], aad)
        except InvalidTag:
            raise SealBroken("the seal does not hold") from None

    def digest(self, text: bytes) -> bytes:
        """Eight bytes that only who holds the key can make from this text: for looking up what is never shown."""
        own = hashlib.sha256(b"carnet digest key" + self._key).digest()  # never the key that seals
        return hashlib.blake2b(text, digest_size=8, key=own).digest()

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Seal a 32-byte key, without version byte: the header around it has one."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aes.encrypt(nonce, key, aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """
        Raises
            SealBroken: as `open`.
        """
        try:
            return self._aes.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], aad)
        except (InvalidTag, ValueError):
            raise SealBroken("the seal of a key does not hold") from None


PatientKey = SealingKey


@frozen
class SealedContent:
    """A content ready to be kept: 1..n segments, the first one behind the header, each 1 MiB of clear bytes but the last."""

    segments: tuple[bytes, ...]


def seal_content(key: PatientKey, content: bytes, *, patient_id: UUID, logical_id: UUID) -> SealedContent:
    """
    Seal a content under a data key of its own, wrapped by the patient's key.

    A data key seals one content once, so the nonce of a segment is its number: nothing random to store, nothing to repeat.
    """
    belongs = patient_id.bytes + logical_id.bytes
    data_key = os.urandom(_KEY_BYTES)
    header = _CONTENT_VERSION + key.key_id + key.wrap(data_key, belongs)
    encrypt = AESGCM(data_key).encrypt
    last = segment_count(len(content)) - 1
    if last == 0:
        return SealedContent((header + encrypt(_nonce(0), content, _binding(belongs, 0, is_last=True)),))
    view = memoryview(content)
    segments = [
        encrypt(
            _nonce(number),
            view[number * SEGMENT_BYTES : (number + 1) * SEGMENT_BYTES],
            _binding(belongs, number, is_last=number == last),
        )
        for number in range(last + 1)
    ]
    segments[0] = header + segments[0]
    return SealedContent(tuple(segments))


def open_content(
    key: PatientKey, segments: Sequence[bytes], *, patient_id: UUID, logical_id: UUID, size_bytes: int
) -> bytes:
    """
    Open a whole content.

    Takes
        segments: all of them, in order. size_bytes: of the clear content, as its fiche says.
    Raises
        ContentDamaged: anything differs from what was sealed for this document of this patient.
    """
    if len(segments) != segment_count(size_bytes):
        raise ContentDamaged("segments are missing or too many")
    opener = _Opener(key, segments[0], patient_id=patient_id, logical_id=logical_id, size_bytes=size_bytes)
    if len(segments) == 1:
        return opener.open(0, segments[0])
    return b"".join(opener.open(number, sealed) for number, sealed in enumerate(segments))


def segment_count(size_bytes: int) -> int:
    """How many segments a content of this size has; an empty one has one."""
    return max(1, -(-size_bytes // SEGMENT_BYTES))


def segments_for(first_byte: int, last_byte: int, size_bytes: int) -> tuple[int, ...]:
    """
    Numbers of the segments to fetch for a range, both ends included: always 0, whose header holds the key.

    Raises
        ValueError: the range is empty or passes the end.
    """
    if not 0 <= first_byte <= last_byte < size_bytes:
        raise ValueError("the range is not within the content")
    first, last = first_byte // SEGMENT_BYTES, last_byte // SEGMENT_BYTES
    return tuple(range(last + 1)) if first <= 1 else (0, *range(first, last + 1))


def open_range(
    key: PatientKey,
    segments: Mapping[int, bytes],
    *,
    patient_id: UUID,
    logical_id: UUID,
    size_bytes: int,
    first_byte: int,
    last_byte: int,
) -> bytes:
    """
    Open the bytes from first to last, both included.

    Takes
        segments: by number, those that `segments_for` named; of segment 0 the header is enough when the range starts after it.
    Raises
        ContentDamaged: as `open_content`, for the segments touched.
        ValueError: the range is empty or passes the end.
    """
    wanted = segments_for(first_byte, last_byte, size_bytes)
    if any(number not in segments for number in wanted):
        raise ContentDamaged("a segment is missing")
    first = first_byte // SEGMENT_BYTES
    opener = _Opener(key, segments[0], patient_id=patient_id, logical_id=logical_id, size_bytes=size_bytes)
    clear = b"".join(opener.open(number, segments[number]) for number in wanted if number >= first)
    start = first_byte - first * SEGMENT_BYTES
    return clear[start : start + last_byte - first_byte + 1]


class _Opener:
    """Opens the segments of one content, its data key in hand."""

    def __init__(self, key: PatientKey, first: bytes, *, patient_id: UUID, logical_id: UUID, size_bytes: int) -> None:
        header = first[:HEADER_BYTES]
        if len(header) < HEADER_BYTES or header[:1] != _CONTENT_VERSION:
            raise ContentDamaged("not a content of a known version")
        if header[1 : 1 + _KEY_ID_BYTES] != key.key_id:
            raise ContentDamaged("sealed under another key")
        self._belongs = patient_id.bytes + logical_id.bytes
        try:
            self._decrypt = AESGCM(key.unwrap(header[1 + _KEY_ID_BYTES :], self._belongs)).decrypt
        except SealBroken as error:
            raise ContentDamaged(str(error)) from None
        self._size_bytes = size_bytes
        self._last = segment_count(size_bytes) - 1

    def open(self, number: int, sealed: bytes) -> bytes:
        expected = min(SEGMENT_BYTES, self._size_bytes - number * SEGMENT_BYTES)
        body = sealed if number else memoryview(sealed)[HEADER_BYTES:]
        if len(body) != expected + _TAG_BYTES:
            raise ContentDamaged("a segment has not its size")
        try:
            return self._decrypt(_nonce(number), body, _binding(self._belongs, number, is_last=number == self._last))
        except InvalidTag:
            raise ContentDamaged("the seal of a segment does not hold") from None


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE_BYTES)


def _binding(belongs: bytes, number: int, *, is_last: bool) -> bytes:
    return belongs + number.to_bytes(4) + (b"\x01" if is_last else b"\x00")
