"""The bytes of a document for a professional: each is an act of reading with its trace."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.record.opening import read_content
from carnet.portals.professional.portal import ProfessionalPortal
from carnet.portals.professional.record.attending import Attendance, Attending, Look
from carnet.web.portal.documents.contents import beside, download, is_fetched_ahead, part, shown
from carnet.web.reading import readable_soon

_DOCUMENT = "/documents/{document:uuid}"


def routes(portal: ProfessionalPortal, attending: Attending) -> list[Route]:
    views = _Contents(portal, attending)
    return [
        attending.route(f"{_DOCUMENT}/original", get=views.once_read(views.original)),
        attending.route(f"{_DOCUMENT}/apercu", get=views.once_read(views.beside)),
        attending.route(f"{_DOCUMENT}/image/{{number:int}}", get=views.once_read(views.image)),
        attending.route(f"{_DOCUMENT}/fichier/{{number:int}}", get=views.once_read(views.attached)),
    ]


class _Contents:
    def __init__(self, portal: ProfessionalPortal, attending: Attending) -> None:
        self._attending = attending
        self._services = portal.services

    def once_read(self, view: Look) -> Look:
        """A view whose answer is a reading: headers alone, or a browser that guesses, read nothing and are not said to have."""

        async def look(request: Request, attendance: Attendance) -> Response:
            if request.method != "HEAD" and not is_fetched_ahead(request):
                return await view(request, attendance)
            await self._attending.of_the_record(attendance, request.path_params["document"])
            status = 200 if request.method == "HEAD" else 503
            return Response(status_code=status, headers={"Cache-Control": "no-store"})

        return look

    async def original(self, request: Request, attendance: Attendance) -> Response:
        return download(request, *await self._read(request, attendance))

    async def beside(self, request: Request, attendance: Attendance) -> Response:
        return shown(request, await beside(*await self._read(request, attendance)))

    async def image(self, request: Request, attendance: Attendance) -> Response:
        return part(request, await readable_soon(*await self._read(request, attendance)), of_narrative=True)

    async def attached(self, request: Request, attendance: Attendance) -> Response:
        return part(request, await readable_soon(*await self._read(request, attendance)), of_narrative=False)

    async def _read(self, request: Request, attendance: Attendance) -> tuple[bytes, str]:
        services = self._services
        await self._attending.of_the_record(attendance, request.path_params["document"])
        entry, content, _ = await read_content(
            services.store, request.path_params["document"], actor=attendance.actor, terms=services.read_terms
        )
        return content, entry.mime_type
