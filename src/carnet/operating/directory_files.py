"""Published files as they are found: plain, or in the archive they are published in; what each one is, and when it was extracted."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO

from carnet.domain.directory.loading import Entry
from carnet.domain.directory.loading.model import Published, Source
from carnet.domain.errors import Invalid
from carnet.formats.annuaire.activities import activity_columns, read_activities
from carnet.formats.annuaire.columns import Columns, file_kind
from carnet.formats.annuaire.finess_stock import MARK, read_finess_stock
from carnet.formats.annuaire.lines import Line, read_lines
from carnet.formats.annuaire.mailboxes import mailbox_columns, read_mailboxes
from carnet.formats.annuaire.structures import read_structures
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.moments import PARIS

BLOCK_BYTES = 1024 * 1024
_STAMP = re.compile(r"(?<!\d)(20\d{2})-?(\d{2})-?(\d{2})-?(?:(\d{2})-?(\d{2}))?(?!\d)")
_READ_IN_ARCHIVES = (".txt", ".csv", ".json")


@frozen
class FoundFile:
    """One file, within an archive or not. size_bytes: uncompressed. open_it: a new stream of its bytes."""

    name: str
    size_bytes: int
    open_it: Callable[[], IO[bytes]]


@frozen
class Reading:
    """A file being read. entries: as they come. columns: of a file that has a header."""

    source: Source
    entries: Iterator[Entry]
    columns: Columns | None = None


def found_in(path: Path) -> list[FoundFile]:
    """
    The files to read: the one named, or those of an archive.

    Raises
        OSError. Invalid: `directory-archive`: a ZIP that is broken or holds nothing of use.
    """
    if not zipfile.is_zipfile(path):
        return [FoundFile(path.name, path.stat().st_size, lambda: path.open("rb"))]
    try:
        archive = zipfile.ZipFile(path)
        members = [m for m in archive.infolist() if not m.is_dir() and m.filename.lower().endswith(_READ_IN_ARCHIVES)]
    except zipfile.BadZipFile as broken:
        raise Invalid("directory-archive", name=path.name) from broken
    if not members:
        raise Invalid("directory-archive", name=path.name)
    return [
        FoundFile(Path(member.filename).name, member.file_size, partial(_opened, archive, member)) for member in members
    ]


def _opened(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(member)
    except (zipfile.BadZipFile, RuntimeError) as closed:  # under a password, or compressed in an unknown way
        raise Invalid("directory-archive", name=Path(member.filename).name) from closed


def blocks_of(stream: IO[bytes], told: Callable[[int], None]) -> Iterator[bytes]:
    """A stream in pieces; how many bytes were read is told at each. Raises Invalid: `directory-archive`: damaged on the way."""
    done = 0
    try:
        while block := stream.read(BLOCK_BYTES):
            done += len(block)
            told(done)
            yield block
    except (zipfile.BadZipFile, zlib.error, EOFError) as broken:
        raise Invalid("directory-archive", name=Path(stream.name or "").name) from broken


def reading(name: str, blocks: Iterator[bytes], kind: Published | None) -> Reading:
    """
    Begin to read a file.

    Takes
        kind: what it is said to be; None to find out by its header.
    Raises
        Invalid: `directory-kind-unknown`, `directory-encoding`, `directory-columns-missing`, `directory-columns-repeated`, `directory-json`.
    """
    first = next(blocks, b"")
    again = chain([first], blocks)
    starts_as_json = first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    if kind in {None, Published.STRUCTURES} and starts_as_json:
        return Reading(Source(name, Published.STRUCTURES, edition_of(name)), read_structures(again))
    lines = read_lines(again)
    if first.startswith(MARK.encode()) and kind in {None, Published.STRUCTURES}:
        return Reading(Source(name, Published.STRUCTURES, edition_of(name)), read_finess_stock(lines))
    header = next(lines, None)
    encoding = None if header is None else _other_encoding(header)
    if encoding is not None:
        raise Invalid("directory-encoding", encoding=encoding)
    found = None if header is None or header.fault is not None else kind or file_kind(header.text)
    if header is None or found is None:
        raise Invalid("directory-kind-unknown", name=name)
    source = Source(name, found, edition_of(name))
    if found is Published.STRUCTURES:
        raise Invalid("directory-json")
    if found is Published.ACTIVITIES:
        columns = activity_columns(header.text)
        return Reading(source, read_activities(lines, columns), columns)
    columns = mailbox_columns(header.text)
    return Reading(source, read_mailboxes(lines, columns), columns)


def edition_of(name: str) -> datetime | None:
    """When a file was extracted, by its name: AAAAMMJJHHMM or AAAAMMJJ, of Paris; None when it does not tell."""
    for year, month, day, hour, minute in _STAMP.findall(name):
        try:
            return datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), tzinfo=PARIS)
        except ValueError:
            continue
    return None


def _other_encoding(header: Line) -> str | None:
    """The encoding of a header that is not UTF-8; None when that is not what is wrong with it."""
    if header.fault == "line-character" and header.text.count("\0") > len(header.text) // 3:
        return "UTF-16"
    return "ISO-8859-1 (ou Windows-1252)" if header.fault == "line-encoding" else None
