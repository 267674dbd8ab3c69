"""
Forms that carry files: read in memory as they come, within a budget, never written to a disk.

Source: RFC 7578 (multipart/form-data). A form without files is read as well: that is how a stale one is sent again.
"""

from collections.abc import AsyncGenerator

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from carnet.domain.errors import Invalid
from carnet.vocabulary.frozen import frozen

MAX_FILES = 40
_MAX_FIELDS = 100
_MAX_FIELD_BYTES = 64 * 1024
_NAME_LENGTH = 80


class _InMemory(MultiPartParser):
    spool_max_size = 2**40  # the budget of bodies holds it lower


@frozen
class SentFile:
    """name: as the person's device calls it, to be shown to them alone; it says nothing of what the file is."""

    field: str
    name: str
    data: bytes


@frozen
class Sent:
    """fields: what was typed. files: in the order chosen; an input left empty sends none."""

    fields: FormData
    files: tuple[SentFile, ...]


async def read_sent(request: Request, arriving: AsyncGenerator[bytes, None]) -> Sent:
    """
    Read a form from its body.

    Raises
        Invalid: `form-unreadable`; and what reading the body raises.
    """
    is_multipart = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    try:
        if is_multipart:
            parser = _InMemory(
                request.headers, arriving, max_files=MAX_FILES, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD_BYTES
            )
            form = await parser.parse()
        else:
            form = await FormParser(
                request.headers, arriving, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD_BYTES
            ).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise Invalid("form-unreadable") from error
    typed: list[tuple[str, str | UploadFile]] = []
    files: list[SentFile] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            data = await value.read()
            if value.filename or data:
                files.append(SentFile(name, _shown(value.filename or ""), data))
        else:
            typed.append((name, value))
    await form.close()
    return Sent(FormData(typed), tuple(files))


def _shown(name: str) -> str:
    """The last part of a path, without what does not print."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(character for character in last if character.isprintable()).strip()
    return kept[:_NAME_LENGTH] or "fichier"
