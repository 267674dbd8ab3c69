"""A whole CDA read once: its header, and the faults of its content."""

from contextlib import suppress

from carnet.domain.errors import Invalid, Issue
from carnet.domain.record.model import DocumentHeader
from carnet.formats.cda.carried import decode, lift
from carnet.formats.cda.content import check_content
from carnet.formats.cda.header import header_of, read_root
from carnet.formats.media import bare_type
from carnet.formats.xml import LIMIT_BYTES
from carnet.vocabulary.frozen import frozen


@frozen
class ReadCda:
    """header: with its own faults of form in `header.issues`. issues: faults of the content (files carried, active content)."""

    header: DocumentHeader
    issues: tuple[Issue, ...]

    @property
    def all_issues(self) -> tuple[Issue, ...]:
        return self.header.issues + self.issues


def read_document(data: bytes, *, limit_bytes: int = LIMIT_BYTES) -> ReadCda:
    """
    Read a CDA and check what it carries, parsing it once.

    Takes
        data: the file as received. limit_bytes: larger files are refused unread.
    Raises
        Invalid: as `read_header` does, when nothing can be read.
    """
    lifted = lift(data) if len(data) <= limit_bytes else None
    if lifted is not None:
        # A fault is told by the reading of the whole, which knows the right line.
        with suppress(Invalid):
            root = read_root(lifted.rest, limit_bytes=limit_bytes)
            header, body = header_of(root)
            if lifted.stood_in(body):
                return ReadCda(header, check_content(root, body, carried=lifted.content, source=lifted.rest))
    root = read_root(data, limit_bytes=limit_bytes)
    header, body = header_of(root)
    return ReadCda(header, check_content(root, body))


def carried_file(data: bytes, *, limit_bytes: int = LIMIT_BYTES) -> tuple[str, bytes] | None:
    """
    The media type and the bytes of the one file that a CDA of level 1 carries; None when it carries none.

    Raises
        Invalid: as `read_header` does, when nothing can be read.
    """
    _, body = header_of(read_root(data, limit_bytes=limit_bytes))
    part = body.parts[0] if body.level == "N1" and body.parts else None
    if part is None:
        return None
    text = (part.element.text or "").encode()
    content = decode(text) if part.is_base64 else text
    return None if content is None else (bare_type(part.media_type), content)
