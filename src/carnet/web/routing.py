"""The routes of all doors, found by how an address begins: a request looks at the few that may be its own, however many there are."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send


class AnswersFaults:
    """What a route leads to, when it is an ASGI application that makes an answer of every fault, its own or the client's."""

    __slots__ = ()


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
        self._look_over(routes)
        self._later = later
        self._completing = asyncio.Lock()

    async def complete(self) -> None:
        """Make the later routes, in a thread: what is served meanwhile goes on."""
        async with self._completing:
            if self._later is not None:
                self.routes.extend(await asyncio.to_thread(self._later))
                self._look_over(self.routes)
                self._later = None

    def _look_over(self, routes: Sequence[BaseRoute]) -> None:
        self._near = _near(routes)
        self._doors = {
            beginning: near for beginning, near in self._near.items() if any(_answers_faults(route) for route in near)
        }
        self._known_doors: dict[tuple[str, str], Route] = {}  # by method and address: those without a parameter

    def door(self, scope: Scope) -> ASGIApp | None:
        """The application that an address leads to, when it answers every fault itself; what it is asked is then in the scope."""
        asked = (scope["method"], scope["path"])
        known = self._known_doors.get(asked)
        if known is not None:
            scope.update(endpoint=known.endpoint, path_params={}, route=known, router=self)
            return known.app
        found = self._found(scope, self._doors)
        if not isinstance(found, Route) or not _answers_faults(found):
            return None
        if not found.param_convertors:
            self._known_doors[asked] = found
        return found.app

    def _found(self, scope: Scope, near: Mapping[str, Sequence[BaseRoute]]) -> BaseRoute | None:
        """The first route that takes a request as it is, put in the scope with its parameters."""
        for route in near.get(_two_segments(scope["path"]), ()):
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found, route=route, router=self)
                return route
        return None

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
        route = self._found(scope, self._near)
        if route is not None:
            await route.handle(scope, receive, send)
        return route is not None


class Application(Starlette):
    """
    Starlette, with fewer layers around what needs none of them: a request costs each of them some microseconds, coming and going.

    Its own 500 is left out: the outermost layer given to it answers every fault. A door that answers its faults is reached before the layer
    that words 404 and 405.
    """

    def __init__(self, addresses: Addresses, *, exception_handlers: Mapping[Any, Any]) -> None:
        super().__init__(exception_handlers=exception_handlers)
        self.router = addresses
        self._addresses = addresses

    def build_middleware_stack(self) -> ASGIApp:
        """As Starlette asks for it, once, at the first request."""
        app: ASGIApp = _Doors(self._addresses, ExceptionMiddleware(self._addresses, handlers=self.exception_handlers))
        for layer, args, kwargs in reversed(self.user_middleware):
            app = layer(app, *args, **kwargs)
        return app

    async def complete(self) -> None:
        """Make the routes that were left for later."""
        await self._addresses.complete()


class _Doors:
    """Pure ASGI, innermost: doors are reached from here, everything else by Starlette's own way."""

    def __init__(self, addresses: Addresses, otherwise: ASGIApp) -> None:
        self._addresses = addresses
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._addresses.door(scope) if scope["type"] == "http" else None
        await (door or self._otherwise)(scope, receive, send)


def _answers_faults(route: BaseRoute) -> bool:
    return isinstance(route, Route) and isinstance(route.app, AnswersFaults)


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
