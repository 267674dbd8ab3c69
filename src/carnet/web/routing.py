"""The routes of all doors, found by how an address begins: a request looks at the few that may be its own, however many there are."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Receive, Scope, Send


class Addresses(Router):
    """
    Starlette's router, which tries the routes in their order until one matches.

    Here only those are tried whose first two segments are the request's, in the same order, with those that have a parameter there. When
    none of them takes the request as it is, Starlette's own way follows: other method, slash too many, nowhere.
    """

    def __init__(self, routes: Sequence[BaseRoute], *, later: Callable[[], Sequence[BaseRoute]] | None = None) -> None:
        """
        Takes
            later: makes the routes that come after these, and that need not be there for these to answer; `complete` calls it once.
        """
        super().__init__(routes)
        self._near = _near(routes)
        self._later = later
        self._completing = asyncio.Lock()

    async def complete(self) -> None:
        """Make the later routes, in a thread: what is served meanwhile goes on."""
        async with self._completing:
            if self._later is not None:
                self.routes.extend(await asyncio.to_thread(self._later))
                self._near = _near(self.routes)
                self._later = None

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if await self._taken(scope, receive, send):
                return
            if self._later is not None:
                await self.complete()
                if await self._taken(scope, receive, send):
                    return
        await super().app(scope, receive, send)

    async def _taken(self, scope: Scope, receive: Receive, send: Send) -> bool:
        for route in self._near.get(_two_segments(scope["path"]), ()):
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found, route=route, router=self)
                await route.handle(scope, receive, send)
                return True
        return False


def _near(routes: Sequence[BaseRoute]) -> Mapping[str, Sequence[BaseRoute]]:
    """The routes that an address may be of, in their order, by its first two segments."""
    beginnings = [_beginning_of(route) for route in routes]
    return {
        beginning: [route for route, own in zip(routes, beginnings, strict=True) if own in {None, beginning}]
        for beginning in set(beginnings)
        if beginning is not None
    }


def _beginning_of(route: BaseRoute) -> str | None:
    """Its first two segments; None when they are not always the same."""
    if not isinstance(route, Route):
        return None
    beginning = _two_segments(route.path)
    return None if "{" in beginning else beginning


def _two_segments(path: str) -> str:
    return "/".join(path.split("/", 3)[:3])
