"""
The files that a message carries, taken out of its bytes before the JSON is read.

Nearly all of a deposit is the base64 text of its documents: the parser would copy it, and so would the checks that write a message again, only for
it to be decoded. It is decoded from the bytes received, and the parser reads the message with a mark in its place. What is taken stood between two
quotes and holds neither quote nor escape; that it was the file of a document is for whoever meets the mark to say.
"""

import secrets
from typing import Final

import pybase64

from carnet.vocabulary.frozen import frozen

_NAME: Final = b'"data":'
_WORTH: Final = 1024  # bytes: below, the parser is as fast
_MARK: Final = secrets.token_hex(16)  # nobody outside knows it, so nobody can have written it


@frozen
class Lifted:
    """rest: the message with marks where the files stood. files: by their marks; who meets a mark takes its file out."""

    rest: bytes
    files: dict[str, bytes]


def lift(body: bytes) -> Lifted | None:
    """Take the files out of a message; None when there is none, or one that is not base64 without spaces."""
    files: dict[str, bytes] = {}
    kept: list[bytes] = []
    view = memoryview(body)
    done = 0
    while (at := body.find(_NAME, done)) >= 0:
        start = body.find(b'"', at + len(_NAME)) + 1
        end = body.find(b'"', start)
        if not start or end < 0 or body[at + len(_NAME) : start - 1].strip(b" "):
            return None
        kept.append(body[done:start])
        if end - start < _WORTH:
            kept.append(body[start:end])
        else:
            mark = f"-{_MARK}-{len(files)}"  # hyphens, which base64 does not use
            try:
                files[mark] = pybase64.b64decode(view[start:end], validate=True)
            except ValueError:
                return None
            kept.append(mark.encode())
        done = end
    if not files:
        return None
    kept.append(body[done:])
    return Lifted(b"".join(kept), files)
