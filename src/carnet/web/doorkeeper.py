"""
Around each request of a software, at any door: who sends it, what it may take of this process, and what was refused to it.

The application puts the keeper in the scope; a door asks it to admit the request, then words what it refuses in its own tongue.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from carnet.domain.errors import Issue
from carnet.domain.refusals import register
from carnet.storage.database import Database
from carnet.vocabulary.clock import Clock
from carnet.web.bearer import ACTOR, REQUEST_ID, BearerRefused, bearer_actor
from carnet.web.middleware import tell_fault
from carnet.web.shares import FairShare, Rates
from carnet.web.tokens import TokenVerifier

DOORKEEPER = "carnet.doorkeeper"
PLACE = "carnet.place"  # in the scope of a request with a body: taken once the body is there

_WITHOUT_BODY = frozenset({"GET", "HEAD"})


class Place:
    """
    The place of a request among those under way, for the block.

    A body may take long to arrive on a slow line: its sender then waits for nobody and keeps nobody waiting (web/bodies.py takes the
    place once it is there).
    """

    __slots__ = ("_client", "_share")

    def __init__(self, share: FairShare, client: str) -> None:
        self._share = share
        self._client = client

    async def __aenter__(self) -> None:
        await self._share.enter(self._client)

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._share.leave(self._client)


class _NoPlace:
    """For whoever is not known yet: the door refuses them by itself."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


NO_PLACE = _NoPlace()


class Doorkeeper:
    """rates, share: of this process."""

    def __init__(
        self, database: Database, verifier: TokenVerifier, *, rates: Rates, share: FairShare, clock: Clock
    ) -> None:
        self._database = database
        self._verifier = verifier
        self._rates = rates
        self._share = share
        self._clock = clock

    def admit(self, scope: Scope) -> "Place | _NoPlace":
        """
        Count a request, and give the place to be taken for its block.

        Raises
            TooOften: `client-rate-exceeded`. On entering the block, Saturated: `client-share-exceeded`.
        """
        try:
            actor = bearer_actor(scope, self._verifier)
        except BearerRefused:
            return NO_PLACE
        scope[ACTOR] = actor
        if actor.software is None:
            return NO_PLACE  # people who came by carnet itself have no part in common: counted together, they would wait for each other
        self._rates.take(actor.software)
        place = Place(self._share, actor.software)
        if scope["method"] in _WITHOUT_BODY:
            return place
        scope[PLACE] = place
        return NO_PLACE

    async def note_refusal(self, scope: Scope, *, status: int, issues: Sequence[Issue]) -> None:
        """
        Keep, for its sender, what was refused of a deposit or an update. The refusal is answered even when it cannot be kept.
        """
        if scope["method"] in _WITHOUT_BODY or scope["path"].endswith("/_search"):
            return
        try:
            client = bearer_actor(scope, self._verifier).software
        except BearerRefused:
            return
        if client is None:
            return
        route = getattr(scope.get("route"), "path", "?")
        try:
            async with self._database.connection() as connection:
                await register.keep(
                    connection, client, transaction=f"{scope['method']} {route}", status=status, issues=issues,
                    correlation_id=scope.get(REQUEST_ID), at=self._clock(),
                )  # fmt: skip
        except Exception as fault:  # noqa: BLE001  what was refused stays refused; the operator is told
            tell_fault(fault)


class Keeping:
    """Pure ASGI: the keeper in the scope of every request."""

    def __init__(self, app: ASGIApp, *, keeper: Doorkeeper) -> None:
        self._app = app
        self._keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[DOORKEEPER] = self._keeper
        await self._app(scope, receive, send)


def keeper_of(scope: Any) -> Doorkeeper | None:
    found = scope.get(DOORKEEPER)
    return found if isinstance(found, Doorkeeper) else None
