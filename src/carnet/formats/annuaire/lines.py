"""
Lines of a published text file, as a stream: UTF-8, one record a line, however large the file.

Source: identity-and-messaging.md §5.3.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from carnet.domain.errors import Invalid

MAX_LINE_BYTES = 64 * 1024
_BOM = b"\xef\xbb\xbf"
_FOREIGN_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")


class Line(NamedTuple):
    """
    One line, without its end. A tuple: a file has millions.

    number: from 1, empty lines counted. fault: code of what is wrong with its bytes, or None. text: of a line with a fault, its bytes one
    character each, so that whom it speaks of can still be told; empty when it is too long.
    is_ended: False for a last line that no end of line follows.
    """

    number: int
    text: str
    fault: str | None = None
    is_ended: bool = True


def read_lines(blocks: Iterable[bytes]) -> Iterator[Line]:
    """
    Cut a file into lines; lines that are empty are passed over.

    A line that is not UTF-8 has a fault of its own and leaves the others alone.

    Takes
        blocks: the file, in order, in pieces of any size.
    Raises
        Invalid: `directory-encoding`: the file is in another encoding from its first bytes on.
    """
    number = 0
    for block, is_ended in _whole_lines(blocks):
        text = _sound(block)
        if text is not None:
            for part in text.split("\n"):
                number += 1
                stripped = part.rstrip("\r")
                if len(stripped) > MAX_LINE_BYTES:
                    yield Line(number, "", "line-too-long", is_ended)
                elif stripped:
                    yield Line(number, stripped, None, is_ended)
            continue
        for raw in block.split(b"\n"):
            number += 1
            line = _one(number, raw.rstrip(b"\r"), is_ended=is_ended)
            if line is not None:
                yield line


def _sound(block: bytes) -> str | None:
    """A piece read as a whole, which is ten times quicker than line by line; None when one of its lines has a fault."""
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if _NOT_TEXT.search(text) else text


def _one(number: int, raw: bytes, *, is_ended: bool) -> Line | None:
    if not raw:
        return None
    if len(raw) > MAX_LINE_BYTES:
        return Line(number, "", "line-too-long", is_ended)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return Line(number, raw.decode("latin-1"), "line-encoding", is_ended)
    if _NOT_TEXT.search(text):
        return Line(number, text, "line-character", is_ended)
    return Line(number, text, None, is_ended)


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Pieces that end where a line ends, that end taken off; whether there was one."""
    rest, is_first, is_passing = b"", True, False
    for block in blocks:
        if is_first:
            rest += block
            if len(rest) < len(_BOM):
                continue
            block, rest, is_first = _unmarked(rest), b"", False  # noqa: PLW2901  the first one, without its mark
        head, end, tail = block.rpartition(b"\n")
        if end:
            if is_passing:  # the end of a line too long to be kept: what is left of it stands for it
                head, is_passing = b"x" * (MAX_LINE_BYTES + 1) + head[max(0, head.find(b"\n")) :], False
                rest = b""
            yield rest + head, True
            rest = tail
        else:
            rest += block
        if len(rest) > MAX_LINE_BYTES:
            rest, is_passing = b"", True
    if is_first:
        rest = _unmarked(rest)
    if is_passing:
        rest = b"x" * (MAX_LINE_BYTES + 1)
    if rest:
        yield rest, False


def _unmarked(start: bytes) -> bytes:
    for mark, name in _FOREIGN_BOMS.items():
        if start.startswith(mark):
            raise Invalid("directory-encoding", encoding=name)
    return start.removeprefix(_BOM)
