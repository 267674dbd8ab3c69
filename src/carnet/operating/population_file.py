"""A population file as numbered batches of lines, read once from its beginning, in little memory whatever its size."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

BATCH_LINES = 2_000
MAX_LINE_BYTES = 64 * 1024
_ENDS_BYTES = 64 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class FileBatch:
    """
    Lines of a batch, with their numbers from 1, without their ends; blank ones left out. too_long: numbers of those past 64 KiB.

    digest: SHA-256 of all the bytes, so that a file changed since an interruption is not taken for the same.
    """

    number: int
    lines: list[tuple[int, bytes]] = field(default_factory=list)
    too_long: list[int] = field(default_factory=list)
    digest: bytes = b""


def source_of(path: Path, *, said: str) -> str:
    """What names a file in the journal of imports: a digest of its size, its ends, and what the command was told."""
    size = path.stat().st_size
    told = hashlib.sha256(f"{size} {said} ".encode())
    with path.open("rb") as file:
        told.update(file.read(_ENDS_BYTES))
        file.seek(max(0, size - _ENDS_BYTES))
        told.update(file.read())
    return told.hexdigest()


def heading(file: BinaryIO) -> bytes:
    """The first line, without the mark of UTF-8 that some programs put before it."""
    line, _ = _line(file)
    return line.removeprefix(_BOM)


def batches(file: BinaryIO, *, first_line: int, size: int = BATCH_LINES) -> Iterator[FileBatch]:
    """The lines from here to the end, `size` at a time."""
    number, batch, digest, count = first_line, FileBatch(0), hashlib.sha256(), 0
    while True:
        line, is_whole = _line(file)
        if not line:
            break
        digest.update(line)
        if not is_whole:
            batch.too_long.append(number)
        elif text := line.rstrip(b"\r\n"):
            batch.lines.append((number, text.removeprefix(_BOM) if number == 1 else text))
        number, count = number + 1, count + 1
        if count == size:
            batch.digest = digest.digest()
            yield batch
            batch, digest, count = FileBatch(batch.number + 1), hashlib.sha256(), 0
    if count:
        batch.digest = digest.digest()
        yield batch


def _line(file: BinaryIO) -> tuple[bytes, bool]:
    """The next line; its beginning, and False, when it is too long: the rest is passed over."""
    line = file.readline(MAX_LINE_BYTES)
    if len(line) < MAX_LINE_BYTES or line.endswith(b"\n"):
        return line, True
    while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
        pass
    return line, False
