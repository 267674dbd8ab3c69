"""The bytes of documents: Binary entries that fiches refer to, or data within the fiche; each decoded and used once."""

import binascii
from collections.abc import Mapping
from typing import Any

import pybase64

from carnet.domain.errors import Issue
from carnet.domain.record.model import XML_MEDIA_TYPES
from carnet.formats.fhir.bundle_entries import Entry
from carnet.formats.fhir.document_reference import media_type
from carnet.formats.fhir.faults import Place, fault

_SPACES = {ord(space): None for space in " \t\r\n"}


def same_media_family(first: str, second: str) -> bool:
    """Equal, or two of the names under which a CDA travels."""
    return first == second or (first in XML_MEDIA_TYPES and second in XML_MEDIA_TYPES)


def decode(data: str) -> bytes | None:
    """Base64, white space allowed; None when it is not base64."""
    try:
        return pybase64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        pass
    stripped = data.translate(_SPACES)
    if len(stripped) == len(data):
        return None
    try:
        return pybase64.b64decode(stripped, validate=True)
    except (binascii.Error, ValueError):
        return None


class Contents:
    """Gives each fiche its content, and remembers which Binary was of use."""

    def __init__(
        self, binaries: list[Entry], index: Mapping[str, Entry], issues: list[Issue], *, files: dict[str, bytes]
    ) -> None:
        """
        Takes
            binaries: already checked by `structure.check`. index: entries of the bundle by reference. files: lifted from the message.
        """
        self._binaries = {entry.position: entry for entry in binaries}
        self._used: set[int] = set()
        self._index = index
        self._issues = issues
        self._files = files

    def of(self, resource: dict[str, Any], *, place: Place) -> tuple[bytes, str, int | None]:
        """
        The content of a fiche: bytes, media type, position of its Binary (None when inline). Empty bytes after a fault.

        Gives
            issues: `attachment-missing`, `attachment-both`, `binary-missing`, `binary-shared`, `media-types-differ`, `base64`,
                `element-required`.
        """
        where = (place, ".content[0].attachment")
        contents = resource.get("content")
        attachment = contents[0].get("attachment") if contents else None
        if attachment is None:
            return b"", "", None  # already told by the fiche
        declared = media_type(attachment.get("contentType"))
        data, url = attachment.get("data"), attachment.get("url")
        if data is not None:
            if url is not None:
                fault(self._issues, "attachment-both", where)
            if declared is None:
                fault(self._issues, "element-required", (where, ".contentType"), name="contentType")
            return self._decoded(data, (where, ".data")), declared or "", None
        if url is None:
            fault(self._issues, "attachment-missing", where)
            return b"", "", None
        entry = self._index.get(url)
        if entry is None or entry.position not in self._binaries:
            fault(self._issues, "binary-missing", (where, ".url"), url=url)
            return b"", "", None
        if entry.position in self._used:
            fault(self._issues, "binary-shared", (where, ".url"), url=url)
        self._used.add(entry.position)
        return *self._from_binary(entry, declared, (where, ".contentType")), entry.position

    def tell_unreferenced(self) -> None:
        """A fault for each Binary that no fiche refers to."""
        for position, entry in self._binaries.items():
            if position not in self._used:
                fault(self._issues, "binary-unreferenced", f"Bundle.entry[{position}]", url=entry.full_url or "")

    def _from_binary(self, entry: Entry, declared: str | None, declared_at: Place) -> tuple[bytes, str]:
        place = f"Bundle.entry[{entry.position}].resource"
        sent_as = media_type(entry.resource.get("contentType"))
        if sent_as is None:
            fault(self._issues, "element-required", place + ".contentType", name="contentType")
        elif declared is not None and not same_media_family(declared, sent_as):
            fault(self._issues, "media-types-differ", declared_at, declared=declared, sent=sent_as)
        data = entry.resource.get("data")
        if data is None:
            fault(self._issues, "element-required", place + ".data", name="data")
            return b"", sent_as or ""
        return self._decoded(data, place + ".data"), declared or sent_as or ""

    def _decoded(self, data: str, place: Place) -> bytes:
        content = self._files.pop(data, None) if self._files else None
        if content is None:
            content = decode(data)
        if content is None:
            fault(self._issues, "base64", place)
        return content or b""
