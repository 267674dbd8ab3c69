"""Liveness and readiness: the process answers; the database answers too."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from carnet.storage.database import Database, DatabaseBusy, DatabaseUnreachable


def routes(database: Database) -> list[Route]:
    async def live(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> Response:
        try:
            async with database.connection() as connection:
                await connection.execute("SELECT 1")
        except (DatabaseBusy, DatabaseUnreachable):
            return JSONResponse({"status": "unavailable"}, 503, {"Retry-After": "1"})
        return JSONResponse({"status": "ok"})

    return [Route("/health/live", live), Route("/health/ready", ready)]
