"""
Contents in a folder: one file for one content, written aside, made durable, then named.

A name is an HMAC of the ids: the folder alone does not tell whose file it is. The file begins with those ids, sealed, for the sweeper.
"""

import asyncio
import hashlib
import hmac
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID, uuid4

from carnet.storage.sealing import HEADER_BYTES, SEGMENT_BYTES, ContentDamaged, SealBroken, SealedContent, SealingKey
from carnet.vocabulary.frozen import frozen

_TAG_BYTES = 16
_WHOSE_BYTES = 1 + 12 + 32 + _TAG_BYTES  # version, nonce, patient id and logical id, tag
_FIRST_SEGMENT_BYTES = HEADER_BYTES + SEGMENT_BYTES + _TAG_BYTES
_NEXT_SEGMENT_BYTES = SEGMENT_BYTES + _TAG_BYTES


@frozen
class KeptFile:
    """A file of the folder, and whose it is (patient, document); None for a draft, and for a file that was altered or moved."""

    path: Path
    owner: tuple[UUID, UUID] | None
    is_draft: bool


class FilesystemContents:
    """One file per content, in 65 536 folders by the first four digits of its name; files 0600, folders 0700."""

    def __init__(self, folder: Path, *, key: bytes) -> None:
        """
        Takes
            key: 32 bytes of the server, for names and for the ids inside the files.
        """
        self._folder = folder
        self._incoming = folder / "incoming"
        self._name_key = hmac.digest(key, b"names", "sha256")
        self._owner_key = SealingKey(hmac.digest(key, b"owners", "sha256"))
        for each in (folder, self._incoming):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def write(self, patient_id: UUID, logical_id: UUID, sealed: SealedContent) -> tuple[bytes, ...]:
        await asyncio.to_thread(self._write, patient_id, logical_id, sealed)
        return ()

    async def read(
        self,
        patient_id: UUID,
        logical_id: UUID,
        wanted: Sequence[int],
        rows: Sequence[bytes],  # noqa: ARG002 - for PostgreSQL
    ) -> list[bytes]:
        return await asyncio.to_thread(self._read, patient_id, logical_id, wanted)

    async def discard(self, patient_id: UUID, logical_id: UUID) -> None:
        await asyncio.to_thread(self._discard, self._path(patient_id, logical_id))

    def kept_before(self, age_seconds: float) -> Iterator[KeptFile]:
        """Files last written longer ago than this, cut-short writes included: what the sweeper looks at."""
        limit = time.time() - age_seconds
        for path in self._files():
            try:
                if path.stat().st_mtime >= limit:
                    continue
                with path.open("rb") as file:
                    start = file.read(_WHOSE_BYTES)
            except FileNotFoundError:
                continue  # discarded meanwhile
            is_draft = path.parent == self._incoming
            yield KeptFile(path, None if is_draft else self._owner(path, start), is_draft)

    async def remove(self, kept: KeptFile) -> None:
        """Remove an orphan."""
        await asyncio.to_thread(self._discard, kept.path)

    def _path(self, patient_id: UUID, logical_id: UUID) -> Path:
        name = hmac.digest(self._name_key, patient_id.bytes + logical_id.bytes, hashlib.sha256).hex()
        return self._folder / name[:2] / name[2:4] / name

    def _write(self, patient_id: UUID, logical_id: UUID, sealed: SealedContent) -> None:
        path = self._path(patient_id, logical_id)
        if not path.parent.is_dir():
            for each in (path.parent.parent, path.parent):
                each.mkdir(mode=0o700, exist_ok=True)
                _sync_folder(each.parent)
        draft = self._incoming / uuid4().hex
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(file, "wb") as stream:
                stream.write(self._owner_key.seal(patient_id.bytes + logical_id.bytes, b"owner"))
                stream.writelines(sealed.segments)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)

    def _read(self, patient_id: UUID, logical_id: UUID, wanted: Sequence[int]) -> list[bytes]:
        try:
            file = os.open(self._path(patient_id, logical_id), os.O_RDONLY)
        except FileNotFoundError:
            raise ContentDamaged("the file of a content is missing") from None
        try:
            found = [_read_segment(file, number) for number in wanted]
        finally:
            os.close(file)
        if not all(found):
            raise ContentDamaged("a segment is missing")
        return found

    def _discard(self, path: Path) -> None:
        try:
            path.unlink()
        except FileNotFoundError:
            return
        _sync_folder(path.parent)

    def _files(self) -> Iterator[Path]:
        for folder in sorted(self._folder.iterdir()):
            if folder == self._incoming:
                yield from folder.iterdir()
            else:
                yield from folder.glob("*/*")

    def _owner(self, path: Path, start: bytes) -> tuple[UUID, UUID] | None:
        try:
            ids = self._owner_key.open(start, b"owner")
        except SealBroken:
            return None
        owner = (UUID(bytes=ids[:16]), UUID(bytes=ids[16:]))
        return owner if self._path(*owner) == path else None


def _read_segment(file: int, number: int) -> bytes:
    if number == 0:
        return os.pread(file, _FIRST_SEGMENT_BYTES, _WHOSE_BYTES)
    return os.pread(file, _NEXT_SEGMENT_BYTES, _WHOSE_BYTES + _FIRST_SEGMENT_BYTES + (number - 1) * _NEXT_SEGMENT_BYTES)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
