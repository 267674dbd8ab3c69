"""What is asked of Pro Santé Connect about a token that it gave. Source: identity-and-messaging.md §2.4, §2.6."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from carnet.vocabulary.frozen import frozen


@frozen
class Introspection:
    """What PSC says of a token. level: `acr`, or None. identifier: SubjectNameID, or None. service: for whom PSC issued it."""

    is_active: bool
    level: str | None = None
    identifier: str | None = None
    service: str | None = None
    expires_at: datetime | None = None


class Psc(Protocol):
    """Pro Santé Connect, real or simulated."""

    async def introspect(self, token: str) -> Introspection:
        """Raises Unavailable: `psc-unreachable`."""
        ...

    async def userinfo(self, token: str) -> Mapping[str, Any]:
        """The claims. Raises Unavailable: `psc-unreachable`."""
        ...

    async def close(self) -> None: ...
