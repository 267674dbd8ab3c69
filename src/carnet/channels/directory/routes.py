"""Reading and searching the directory; any token opens it, since all of it is public. Source: identity-and-messaging.md §5.4."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.actor import Actor
from carnet.domain.directory.reading import Found, read_entry, search
from carnet.domain.errors import Invalid, Issue, Severity, Unavailable
from carnet.domain.record.search import Page
from carnet.formats.fhir.directory.bundle import write_page
from carnet.formats.fhir.directory.parameters import RESOURCES
from carnet.formats.fhir.directory.resources import key_of_id, write_entry
from carnet.formats.fhir.directory.search import ReadDirectorySearch, read_directory_search
from carnet.storage.database import Database
from carnet.vocabulary.frozen import frozen
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.addresses import fhir_routes
from carnet.web.fhir.answers import BadRequest, Endpoint, fhir_answer
from carnet.web.fhir.conditions import version_tag
from carnet.web.fhir.cursors import Cursor, open_cursor, seal_cursor
from carnet.web.fhir.parameters import Pairs, form_parameters, query_parameters
from carnet.web.fhir.representation import require_json_answer
from carnet.web.services import Services
from carnet.web.wording import issue_text

_SEARCHES_AT_ONCE = 2
_WAIT_SECONDS = 5.0


def routes(services: Services, database: Database) -> list[Route]:
    gate = asyncio.Semaphore(_SEARCHES_AT_ONCE)
    table: list[tuple[str, Endpoint, Sequence[str]]] = []
    for kind in RESOURCES:
        door = _Door(services, database, kind, gate)
        table += [
            (f"/fhir/{kind}", door.by_get, ["GET"]),
            (f"/fhir/{kind}/_search", door.by_post, ["POST"]),
            (f"/fhir/{kind}/{{id}}", door.read, ["GET"]),
        ]
    return fhir_routes(table)


@frozen
class _Door:
    """gate: searches under way, of all kinds; a wide one must not keep the records from their connections."""

    services: Services
    database: Database
    kind: str
    gate: asyncio.Semaphore

    async def read(self, request: Request) -> Response:
        """GET /fhir/Practitioner/{id}: with an ETag, and 304 for those who have it."""
        bearer_actor(request.scope, self.services.verifier)
        require_json_answer(request)
        entry = await read_entry(self.database, RESOURCES[self.kind].kind, key_of_id(request.path_params["id"]))
        body = orjson.dumps(write_entry(entry))
        tag = version_tag(hashlib.sha256(body).hexdigest()[:16])
        headers = {"ETag": tag, "Last-Modified": entry.changed_at.strftime("%a, %d %b %Y %H:%M:%S GMT")}
        known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
        if tag.removeprefix("W/") in known or "*" in known:
            return Response(status_code=304, headers=headers)
        return fhir_answer(body, headers=headers)

    async def by_get(self, request: Request) -> Response:
        """GET /fhir/Practitioner?…"""
        actor = bearer_actor(request.scope, self.services.verifier)
        return await self._search(request, query_parameters(request), actor)

    async def by_post(self, request: Request) -> Response:
        """POST /fhir/Practitioner/_search: the same."""
        actor = bearer_actor(request.scope, self.services.verifier)
        async with form_parameters(request, self.services.bodies) as pairs:
            return await self._search(request, pairs, actor)

    async def _search(self, request: Request, pairs: Pairs, actor: Actor) -> Response:
        require_json_answer(request)
        try:
            read, cursor = self._understood(request, pairs, actor)
            async with self._turn():
                found = await search(self.database, read.query)
        except Invalid as fault:
            raise BadRequest(fault.code, issues=fault.issues) from fault
        return fhir_answer(self._written(read, found, cursor, actor))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One of the searches under way. Raises Unavailable: `server-busy`."""
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self.gate.acquire()
        except TimeoutError as busy:
            raise Unavailable("server-busy") from busy
        try:
            yield
        finally:
            self.gate.release()

    def _understood(self, request: Request, pairs: Pairs, actor: Actor) -> tuple[ReadDirectorySearch, Cursor | None]:
        """The search asked for: in the address, or in the cursor of a next page."""
        lenient = "handling=lenient" in request.headers.get("prefer", "").replace(" ", "")
        read = read_directory_search(self.kind, pairs, lenient=lenient)
        if read.cursor is None:
            return read, None
        services = self.services
        cursor = open_cursor(read.cursor, kind=self.kind, actor=actor, key=services.cursors, now=services.clock())
        read = read_directory_search(self.kind, cursor.parameters, lenient=True, after=cursor.page.after_id)
        return replace(read, warnings=()), cursor

    def _written(self, read: ReadDirectorySearch, found: Found, cursor: Cursor | None, actor: Actor) -> bytes:
        services = self.services
        total = found.total if cursor is None else cursor.total
        following = None
        if found.after is not None:
            now = services.clock()
            page = Page(found.as_of or now, found.after)
            following = seal_cursor(
                Cursor(read.self_parameters, page, total, now), kind=self.kind, actor=actor, key=services.cursors
            )
        warnings = list(read.warnings)
        if found.is_capped:
            warnings.append(
                Issue("include-capped", facts={"limit": str(len(found.included))}, severity=Severity.WARNING)
            )
        return write_page(
            found, kind=self.kind, base_url=services.fhir_base, self_parameters=read.self_parameters, cursor=following, total=total,
            warnings=warnings, text_of=issue_text,
        )  # fmt: skip
