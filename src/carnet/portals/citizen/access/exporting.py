"""The history to keep: as a PDF that can be read aloud, or as a table. What is asked is what the page shows; each reading is traced."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.audit.model import Outcome
from carnet.domain.record.history.model import Told
from carnet.domain.record.history.reading import read_trail
from carnet.formats.csv_table import write_table
from carnet.formats.pdf_report import Line, Report, Section, draw_report
from carnet.portals.citizen.access.filters import ACTS, WHOM, Filters
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.wording import wording
from carnet.web.wording.dates import clock_time, long_date, moment, plain_date
from carnet.web.wording.sentences import job_of, undated

AS_TABLE = "/acces/historique.csv"
AS_PDF = "/acces/historique.pdf"
_AT_ONCE = 500
_AT_MOST = 10_000  # acts of one file; what is left out is said
_HEADER = (
    "Date",
    "Heure",
    "Qui",
    "Numéro",
    "Métier",
    "Structure",
    "Acte",
    "Documents",
    "Résultat",
    "Situation",
    "Raison écrite",
)


class Exporting:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services

    async def as_table(self, request: Request, visit: Visit) -> Response:
        events, is_whole = await self._events(request, visit)
        rows = [self._cells(each, visit) for each in events]
        if not is_whole:
            rows.append(
                (
                    f"Ce fichier s’arrête à {_AT_MOST} actes. Choisissez une période plus courte pour la suite.",
                    *[""] * 10,
                )
            )
        return _file(write_table(_HEADER, rows), "text/csv; charset=utf-8", "historique-des-acces.csv")

    async def as_pdf(self, request: Request, visit: Visit) -> Response:
        events, is_whole = await self._events(request, visit)
        filters = Filters.of(self._portal.state(request, visit))
        days: dict[str, list[Line]] = {}
        for each in events:
            local = each.occurred_at.astimezone(visit.zone)
            text = undated(each, viewer=visit.actor, type_name=self._type_name)
            days.setdefault(long_date(local).capitalize(), []).append(Line(clock_time(local), text))
        report = Report(
            "Historique des accès à mon carnet",
            (
                f"Carnet de {visit.name}. Fait le {moment(visit.now, visit.zone)}.",
                *_asked(filters),
                *(() if is_whole else (f"Ce document s’arrête à {_AT_MOST} actes. Choisissez une période plus courte pour la suite.",)),
                *(() if events else ("Aucun acte ne correspond.",)),
            ),
            [Section(day, lines) for day, lines in days.items()],
            "Historique des accès, carnet. Document personnel.",
            "carnet",
            visit.now.astimezone(visit.zone),
        )  # fmt: skip
        return _file(await asyncio.to_thread(draw_report, report), "application/pdf", "historique-des-acces.pdf")

    async def _events(self, request: Request, visit: Visit) -> tuple[Sequence[Told], bool]:
        """All that was asked, page after page, and whether it is whole."""
        filters = Filters.of(self._portal.state(request, visit)).first_page()
        query = filters.query(visit.zone, count=_AT_ONCE)
        found: list[Told] = []
        while True:
            page = await read_trail(
                self._services.store, query, actor=visit.actor, ins=None, patient_id=visit.patient_id,
                parameters=f"export {filters.parameters()}".strip(), terms=self._services.read_terms,
            )  # fmt: skip
            found += page.events
            if page.after is None or len(found) >= _AT_MOST:
                return found[:_AT_MOST], page.after is None and len(found) <= _AT_MOST
            query = replace(query, after=page.after)

    def _cells(self, told: Told, visit: Visit) -> tuple[str, ...]:
        local = told.occurred_at.astimezone(visit.zone)
        words = wording()
        actor = None if told.event is None else told.event.actor
        job = "" if actor is None else job_of(actor)
        return (
            f"{local:%d/%m/%Y}", f"{local:%H:%M:%S}", "" if actor is None else actor.name, "" if actor is None else actor.person or "", job,
            "" if actor is None else actor.organization_name or actor.organization or "",
            undated(told, viewer=visit.actor, type_name=self._type_name), ", ".join(self._type_name(each.type_code) for each in told.documents),
            "refusé" if told.outcome is Outcome.REFUSED else "fait", "" if actor is None else words["purposes"].get(actor.purpose, ""),
            "" if actor is None else actor.motive or "",
        )  # fmt: skip

    def _type_name(self, code: str) -> str:
        known = self._services.deposit_terms.types.find(code)
        return code if known is None else known.plain_name


def _asked(filters: Filters) -> list[str]:
    """What was asked, in words: a paper that leaves the page must say what it does not hold."""
    said = [f"Personnes : {WHOM[filters.whom].label.lower()}."]
    if filters.since or filters.until:
        since = f"depuis le {plain_date(filters.since)}" if filters.since else ""
        until = f"jusqu’au {plain_date(filters.until)}" if filters.until else ""
        said.append(f"Période : {' '.join(filter(None, (since, until)))}.")
    if filters.act:
        said.append(f"Actes : {ACTS[filters.act][0].lower()}.")
    if filters.words:
        said.append(f"Nom : « {filters.words} ».")
    return [" ".join(said)]


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, headers, media_type=media_type)
