"""
Accès et confidentialité: who did what in the record, who may, and what the person decides about it.

History (`history`, `filters`, `rows`, `exporting`), reports of an access, professionals and decisions about them, what is said to everyone
(`oppositions`, `settings`), and the simulator.
"""

from starlette.routing import Route

from carnet.portals.citizen.access import (
    easy,
    exporting,
    history,
    oppositions,
    reporting,
    settings,
    simulator,
    withholding,
)
from carnet.portals.citizen.access import professionals as pages
from carnet.portals.citizen.access.deciding import DECIDE, Deciding
from carnet.portals.citizen.portal import CitizenPortal

__all__ = ["routes"]


def routes(portal: CitizenPortal) -> list[Route]:
    past, reports = history.History(portal), reporting.Reporting(portal)
    people, general = pages.Professionals(portal), oppositions.Oppositions(portal)
    deciding, presets = Deciding(portal, people), settings.PresetSettings(portal)
    withheld = withholding.Withholding(portal, people)
    trial, export = simulator.Simulator(portal), exporting.Exporting(portal)
    return [
        portal.route(history.HISTORY, get=past.page, post=past.filter),
        portal.route(easy.EASY, get=easy.Easy(portal).page),
        portal.route(exporting.AS_TABLE, get=export.as_table),
        portal.route(exporting.AS_PDF, get=export.as_pdf),
        portal.route(reporting.REPORTS, get=reports.reports),
        portal.route(reporting.REPORT, get=reports.ask, post=reports.report),
        portal.route(reporting.WITHDRAW, post=reports.withdraw),
        portal.route(pages.PROFESSIONALS, get=people.page),
        portal.route(pages.CARD, get=people.card),
        portal.route(pages.BACK, post=people.go_back),
        portal.route(withholding.WITHHELD, get=withheld.page, post=withheld.hide),
        portal.route(DECIDE, get=deciding.ask, post=deciding.decide),
        portal.route(oppositions.EMERGENCY, get=general.emergency, post=general.turn),
        portal.route(oppositions.CATEGORIES, get=general.categories, post=general.hide),
        portal.route(settings.SETTINGS, get=presets.page, post=presets.choose),
        portal.route(settings.UNDO, post=presets.go_back),
        portal.route(settings.FEEDING, post=presets.oppose_feeding),
        portal.route(simulator.SIMULATOR, get=trial.page, post=trial.ask),
    ]
