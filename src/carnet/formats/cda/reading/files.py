"""
The files that a document carries: the copy to be shown beside it, the images of its narrative, what is attached.

Source: documents.md §5.3 (N1, and the PDF copy of N3 in a section 55108-5).
"""

from typing import Final

from carnet.formats import media
from carnet.formats.cda.body import Body, Part
from carnet.formats.cda.carried import decode
from carnet.formats.cda.elements import CODE, first, tag, text_of
from carnet.formats.cda.reading.kinds import COPY
from carnet.formats.cda.reading.model import EmbeddedFile
from carnet.formats.cda.reading.narrative import Shown
from carnet.formats.xml import Element

MAX_FILES: Final = 40
# What every browser draws and nothing runs in; SVG is none of them.
RASTERS: Final = frozenset({"image/png", "image/jpeg", "image/gif"})
_TOLD_BY_BYTES: Final = RASTERS | media.RTF | {media.PDF, "image/tiff"}
_UNKNOWN: Final = "application/octet-stream"
_MAX_RASTER_BYTES: Final = 8 * 1024 * 1024
_SECTION: Final = tag("section")
_TITLE: Final = tag("title")
_NAMES: Final = {
    "application/pdf": "PDF", "image/png": "image PNG", "image/jpeg": "image JPEG", "image/gif": "image GIF", "image/tiff": "image TIFF",
    "text/rtf": "texte RTF", "application/rtf": "texte RTF", "text/plain": "texte", "application/dicom": "objet DICOM", "text/xml": "XML",
    "application/xml": "XML",
}  # fmt: skip


def type_name(media_type: str) -> str:
    """« PDF », « image JPEG »; what we have no name for is a file."""
    return _NAMES.get(media_type, "fichier")


def size_words(size_bytes: int) -> str:
    """« 84 ko », « 1,2 Mo »."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))}\N{NO-BREAK SPACE}ko"
    return f"{size_bytes / 1_000_000:.1f}".replace(".", ",") + "\N{NO-BREAK SPACE}Mo"


def file_of(part: Part, *, carried: bytes | None = None) -> EmbeddedFile | None:
    """
    One file of a body, under the type that its first bytes say; None when nothing can be decoded.

    Takes
        carried: its bytes, when they were lifted out of the document.
    """
    text = part.element.text or ""
    content = carried if carried is not None else (decode(text.encode()) if part.is_base64 else text.strip().encode())
    if not content:
        return None
    declared = media.bare_type(part.media_type)
    found = media.sniff(content)
    # What says to be a picture and is not has no type that anything would open.
    stated = _UNKNOWN if declared in _TOLD_BY_BYTES else declared
    return EmbeddedFile(found if found in _TOLD_BY_BYTES else stated, content, title=_section_title(part.element))


class Files:
    """The files of a structured body. copy: of the whole document; attached: the others, but the images that narratives show."""

    def __init__(self, body: Body) -> None:
        self.copy: EmbeddedFile | None = None
        self.images: list[EmbeddedFile] = []
        self._attached: list[tuple[str, EmbeddedFile]] = []
        self._by_id: dict[str, EmbeddedFile] = {}
        self._shown: dict[str, int] = {}
        for part in body.parts[:MAX_FILES]:
            found = file_of(part)
            if found is None:
                continue
            identifier = (part.element.get("ID") or _parent_id(part.element)).strip()
            if self.copy is None and found.media_type == media.PDF and _section_code(part.element) == COPY:
                self.copy = found
            else:
                self._attached.append((identifier, found))
            if identifier:
                self._by_id.setdefault(identifier, found)

    @property
    def attached(self) -> tuple[EmbeddedFile, ...]:
        return tuple(file for identifier, file in self._attached if identifier not in self._shown)

    def shown(self, identifier: str) -> Shown:
        """An image to be drawn where a narrative names it, or the words that stand for another file."""
        file = self._by_id.get(identifier.lstrip("#"))
        if file is None:
            return None, "Image ou fichier absent du document"
        if file is self.copy:
            return None, "Copie du document entier"
        if file.media_type in RASTERS and file.size_bytes <= _MAX_RASTER_BYTES:
            number = self._shown.get(identifier)
            if number is None:
                number = self._shown[identifier] = len(self.images)
                self.images.append(file)
            return number, ""
        return None, f"Fichier joint\N{NO-BREAK SPACE}: {type_name(file.media_type)}, {size_words(file.size_bytes)}"


def _parent_id(element: Element) -> str:
    parent = element.getparent()
    return "" if parent is None else parent.get("ID") or ""


def _section(element: Element) -> Element | None:
    return next(element.iterancestors(_SECTION), None)


def _section_code(element: Element) -> str | None:
    code = first(_section(element), CODE)
    return None if code is None else code.get("code")


def _section_title(element: Element) -> str:
    return (text_of(first(_section(element), _TITLE)) or "")[:200]
