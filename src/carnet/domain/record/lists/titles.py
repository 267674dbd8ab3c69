"""
Titles that are searched by their beginning and never read: keyed digests of each beginning, under the patient's key.

What this tells to whoever has the database alone: docs/decisions/0020-lists.md.
"""

from carnet.domain.record.rows import searchable
from carnet.storage.sealing import PatientKey

MAX_CHARACTERS = 64  # of a beginning that can be searched


def columns(key: PatientKey, title: str | None) -> list[str]:
    """The digests of every beginning of a title, as the store writes them; none without a title."""
    if not title:
        return []
    text = searchable(title).strip()
    return [rf"\x{beginning(key, text[:n]).hex()}" for n in range(1, min(len(text), MAX_CHARACTERS) + 1)]


def beginning(key: PatientKey, text: str) -> bytes:
    """The digest of one beginning: normalised text, upper case without accents."""
    return key.digest(b"title:" + text.encode())
