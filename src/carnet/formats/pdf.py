"""
Is it a whole PDF, and is it inert? A fast look at names, never a rendering.

Source: documents.md §5.3 and §5.5 (PDF/A-1, which forbids actions, attached files and encryption; "N1 payload really PDF", "active
content refused"); ISO 32000-1 §7.3.5 (names), §7.5.7 (object streams), §12.6.4 (actions).
"""

import re
import zlib
from collections.abc import Iterator

from carnet.domain.errors import Issue

# The names that make a reader act, or carry something that acts, with the words told to the sender.
_ACTIVE = {
    b"JavaScript": "JavaScript",
    b"JS": "JavaScript",
    b"Launch": "Launch",
    b"EmbeddedFile": "EmbeddedFile",
    b"EmbeddedFiles": "EmbeddedFile",
    b"RichMedia": "RichMedia",
    b"XFA": "XFA",
}
# Names so short that compressed bytes may spell them by chance: believed only outside streams.
_SHORT = frozenset({b"JS", b"XFA"})

_REGULAR = rb"[^\x00-\x20()<>\[\]{}/%\x7f-\xff]"  # what a name is made of
# A name that matters, or any with an escape: a file is gone through once for both.
_SOUGHT = re.compile(
    rb"/(?:(%b)(?!%b)|(%b{0,48}?#%b{2,48}))"
    % (b"|".join([*_ACTIVE, b"Encrypt", b"ObjStm"]), _REGULAR, _REGULAR, _REGULAR)
)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM_START = re.compile(rb">>\s*stream(?:\r\n|\n|\r)")
_TYPE = re.compile(rb"/Type\s*$")
_PREDICTOR = re.compile(rb"/Predictor\s+(?!1\b)\d")

_HEAD = 1024  # readers accept the mark this far (ISO 32000-1, implementation note 13)
_TAIL = 2048
_INFLATED_LIMIT = 8 * 1024 * 1024
_OBJECT_STREAMS_LIMIT = 2_000


def check_pdf(data: bytes, *, expression: str | None = None) -> tuple[Issue, ...]:
    """
    Refuse what is not a whole, readable and inert PDF.

    Takes
        data: the file. expression: where it stood, repeated in the issues.
    Gives
        At most one issue: `pdf-not-a-pdf`, `pdf-truncated`, `pdf-encrypted`, `pdf-active-content` (fact `feature`), or `pdf-opaque` when
        objects are kept in a way that cannot be looked into (exotic filters, more than 8 MiB of compressed objects).
    """
    if data.find(b"%PDF-", 0, _HEAD) < 0:
        return (Issue("pdf-not-a-pdf", expression),)
    if data.rfind(b"%%EOF", max(0, len(data) - _TAIL)) < 0:
        return (Issue("pdf-truncated", expression),)
    names = _names(data)
    if b"Encrypt" in names:
        return (Issue("pdf-encrypted", expression),)
    feature = _active(names, data)
    if feature is None and b"ObjStm" in names:
        try:
            for objects in _object_streams(data):
                feature = feature or _active(_names(objects), objects)
        except _OpaqueError:
            return (Issue("pdf-opaque", expression),)
    if feature is not None:
        return (Issue("pdf-active-content", expression, {"feature": feature}),)
    return ()


class _OpaqueError(Exception):
    """Objects that cannot be looked into."""


def _names(data: bytes) -> set[bytes]:
    """The names that matter here, and those with `#xx`, resolved; compressed bytes add some by chance, which long names do not fear."""
    names: set[bytes] = set()
    for name, escaped in _SOUGHT.findall(data):
        names.add(name or _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), escaped))
    return names


def _active(names: set[bytes], data: bytes) -> str | None:
    """The feature told by the active names present, or None."""
    found = names & _ACTIVE.keys()
    if found and found <= _SHORT:
        found &= _names(_outside_streams(data))
    return _ACTIVE[min(found)] if found else None


def _outside_streams(data: bytes) -> bytes:
    """The file without the bytes of its streams."""
    kept, at = [], 0
    while (start := _STREAM_START.search(data, at)) is not None:
        kept.append(data[at : start.start()])
        at = data.find(b"endstream", start.end())
        if at < 0:
            break
    else:
        kept.append(data[at:])
    return b"\n".join(kept)


def _object_streams(data: bytes) -> Iterator[bytes]:
    """
    Inflate each object stream.

    Raises
        _OpaqueError: another filter than Flate, a predictor, damaged data, or too much of it.
    """
    budget, count, at = _INFLATED_LIMIT, 0, 0
    while (at := data.find(b"/ObjStm", at)) >= 0:
        start = _STREAM_START.search(data, at, at + 4096)
        count += 1
        if count > _OBJECT_STREAMS_LIMIT:
            raise _OpaqueError
        if start is None or b"endobj" in data[at : start.start()]:
            if _TYPE.search(data, max(0, at - 32), at):
                raise _OpaqueError  # an object stream whose bytes do not stand where they should
            at += 7  # the word alone, in a comment or in compressed bytes
            continue
        described = data[max(data.rfind(b"obj", 0, at), 0) : start.start()]
        at = start.end()
        if b"/Filter" not in described:
            continue  # its objects stand in clear, already looked at
        if b"/FlateDecode" not in described or described.count(b"Decode") > 1 + described.count(b"/DecodeParms"):
            raise _OpaqueError
        if _PREDICTOR.search(described):
            raise _OpaqueError
        inflater = zlib.decompressobj()
        try:
            objects = inflater.decompress(data[at:], budget)
        except zlib.error:
            raise _OpaqueError from None
        if inflater.unconsumed_tail and not inflater.eof:
            raise _OpaqueError
        budget -= len(objects)
        if budget <= 0:
            raise _OpaqueError
        yield objects
    if count == 0:
        raise _OpaqueError  # the name was there, but written with escapes
