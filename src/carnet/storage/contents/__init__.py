"""Where sealed contents are kept: PostgreSQL by default, or a folder. Chosen by `CARNET_CONTENT_URL`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from carnet.storage.contents.filesystem import FilesystemContents
from carnet.storage.contents.postgresql import PostgresqlContents
from carnet.storage.keys import KeyRing
from carnet.storage.sealing import SealedContent

__all__ = ["ContentStore", "FilesystemContents", "PostgresqlContents", "UnusableSetting", "open_contents"]


class UnusableSetting(ValueError):
    """A setting that names something we cannot use; the message tells the operator what can be named."""


class ContentStore(Protocol):
    """Keeps sealed segments; it sees no clear byte and holds no key of a patient."""

    async def write(self, patient_id: UUID, logical_id: UUID, sealed: SealedContent) -> tuple[bytes, ...]:
        """
        Keep a content before its act commits.

        Gives
            the segments that the act itself must insert in table `content`: all of them for PostgreSQL, none for the others.
        """
        ...

    async def read(
        self, patient_id: UUID, logical_id: UUID, wanted: Sequence[int], rows: Sequence[bytes]
    ) -> list[bytes]:
        """
        The segments of these numbers, in that order.

        Takes
            rows: what the act's own SQL found in `content` for these numbers, in the same order; ignored by the other backends.
        Raises
            ContentDamaged: a segment is not there.
        """
        ...

    async def discard(self, patient_id: UUID, logical_id: UUID) -> None:
        """Forget a content whose act failed or was erased; harmless when it is not there."""
        ...


def open_contents(content_url: str | None, *, ring: KeyRing) -> ContentStore:
    """
    The backend that a setting names: None for PostgreSQL, `file:/path` for a folder.

    Raises
        UnusableSetting: unknown, or not available.
    """
    if content_url is None:
        return PostgresqlContents()
    parts = urlsplit(content_url)
    if parts.scheme == "s3":
        raise UnusableSetting(
            "CARNET_CONTENT_URL: s3 is not available yet; leave it unset (PostgreSQL) or use file:/path"
        )
    path = Path(unquote(parts.path))
    if parts.scheme != "file" or parts.netloc or not path.is_absolute():
        raise UnusableSetting("CARNET_CONTENT_URL is unset (PostgreSQL) or file:/absolute/path")
    return FilesystemContents(path, key=ring.server_key("content files"))
