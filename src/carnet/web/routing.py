"""The routes of all doors, found by how an address begins: a request looks at the few that may be its own, however many there are."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Receive, Scope, Send


class Addresses(Router):
    """
    Starlette's router, which tries the routes in their order until one matches.

    Here only those are tried whose first two segments are the request's, in the same order, with those that have a parameter there. When
    none of them takes the request as it is, Starlette's own way follows: other method, slash too many, nowhere.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        super().__init__(routes)
        beginnings = [_beginning_of(route) for route in routes]
        self._near: dict[str, list[BaseRoute]] = {
            beginning: [route for route, own in zip(routes, beginnings, strict=True) if own in {None, beginning}]
            for beginning in set(beginnings)
            if beginning is not None
        }

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for route in self._near.get(_two_segments(scope["path"]), ()):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found, route=route, router=self)
                    await route.handle(scope, receive, send)
                    return
        await super().app(scope, receive, send)


def _beginning_of(route: BaseRoute) -> str | None:
    """Its first two segments; None when they are not always the same."""
    if not isinstance(route, Route):
        return None
    beginning = _two_segments(route.path)
    return None if "{" in beginning else beginning


def _two_segments(path: str) -> str:
    return "/".join(path.split("/", 3)[:3])
