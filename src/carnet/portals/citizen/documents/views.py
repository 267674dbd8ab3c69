"""The list of documents: pages by year, chips with counts, words, and acts on those that are ticked."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.document_types.families import FAMILIES
from carnet.domain.errors import Invalid
from carnet.domain.record.browsing import marking, own_folders, several
from carnet.domain.record.browsing.listing import browse, chosen_rows
from carnet.domain.record.browsing.model import Browsed, Choice, Only, Outcome, Sort
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.documents.asked import Asked, Report, chosen_ids, read_asked
from carnet.web.portal.documents.shown import Shown, by_year, shown, type_name, writer_name
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import STATE, was_done
from carnet.web.wording import issue_text

LIST = "/documents"
NEW_FOLDER = "nouveau"
_TICKED = "ticked"  # of a state
_DELETED_AT_MOST = 50  # they travel in a link, to the page that says what goes
_TO_TYPE = "Choisissez un dossier, ou donnez un nom au nouveau."

# What a person reads of each kind, in the order of the page.
KINDS: dict[Only, str] = {
    Only.NEW: "Nouveaux",
    Only.UNREAD: "Non lus",
    Only.OWN: "Ajoutés par moi",
    Only.MASKED: "Masqués",
    Only.ARCHIVED: "Archivés",
}

ORDERS: dict[Sort, str] = {
    Sort.NEWEST: "Les plus récents d’abord",
    Sort.OLDEST: "Les plus anciens d’abord",
    Sort.TITLE: "Par titre, de A à Z",
    Sort.WRITER: "Par auteur, de A à Z",
}

Act = Callable[[Visit, Sequence[UUID]], Awaitable[Outcome]]


def routes(portal: CitizenPortal) -> list[Route]:
    views = Documents(portal)
    return [
        portal.route(LIST, get=views.page, post=views.search),
        portal.route(f"{LIST}/plusieurs", get=views.back, post=views.act),
        portal.route(f"{LIST}/plusieurs/supprimer", get=views.before_deleting, post=views.delete),
    ]


class Documents:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services
        self._types = portal.services.browse_terms.reading.types

    async def page(self, request: Request, visit: Visit) -> Response:
        """One page of the list."""
        return await self._show(request, visit, read_asked(self._portal.state(request, visit)))

    async def search(self, _: Request, visit: Visit, typed: FormData) -> Response:
        """The words and choices of the form, sealed into the address of their list."""
        form = Form(typed)
        before = self._typed_state(form, visit)
        year = form.typed("annee")
        only = frozenset(kind for kind in Only if form.has("seulement", kind))
        choice = Choice(
            form.text("mots", longest=200)[:100], before.choice.family, form.typed("type") or None, form.typed("auteur") or None,
            int(year) if year.isascii() and year.isdigit() and len(year) <= 4 else None,
            only if "choix" in typed else before.choice.only, before.choice.folder,
            next((each for each in Sort if each == form.typed("ordre")), before.choice.sort),
        )  # fmt: skip
        return self._to(visit, Asked(choice, selects=before.selects))

    async def act(self, request: Request, visit: Visit, typed: FormData) -> Response:
        """One act on each ticked document; the list then says what was done, and to how many."""
        form = Form(typed)
        asked = self._typed_state(form, visit)
        documents = chosen_ids(form.all_typed("d"))
        name = form.typed("acte")
        if not documents:
            form.mend("", "Cochez au moins un document, puis choisissez quoi en faire.")
        elif name == "ranger":
            return await self._put_away(request, visit, form, asked, documents)
        elif name == "supprimer":
            return self._ask_to_delete(visit, asked, documents)
        elif name not in ACTS:
            form.mend("", "Choisissez quoi faire des documents cochés.")
        if not form.is_sound:
            return await self._show(request, visit, asked, form=form, status=422)
        outcome = await self._do(name, visit, documents)
        return self._to(visit, Asked(asked.choice, asked.after, asked.selects, report_of(name, outcome)))

    async def back(self, _: Request, visit: Visit) -> Response:
        """To the list: someone reloads a page that a form gave."""
        return self._to(visit, Asked())

    async def _do(self, name: str, visit: Visit, documents: Sequence[UUID]) -> Outcome:
        store = self._services.store
        if name in {"lu", "non-lu"}:
            return await marking.mark(
                store, documents, read=name == "lu", actor=visit.actor, patient_id=visit.patient_id, terms=self._services.read_terms
            )  # fmt: skip
        return await several.mask_several(
            store, documents, masked=name == "masquer", actor=visit.actor, terms=self._services.update_terms
        )

    def _ask_to_delete(self, visit: Visit, asked: Asked, documents: Sequence[UUID]) -> Response:
        """To the page that says what deleting does."""
        if len(documents) > _DELETED_AT_MOST:
            raise Invalid("documents-too-many", limit=str(_DELETED_AT_MOST))
        state = self._portal.seal(visit, {**asked.state(), _TICKED: [each.hex for each in documents]})
        return RedirectResponse(f"{LIST}/plusieurs/supprimer?{STATE}={state}", 303, {"Cache-Control": "no-store"})

    async def before_deleting(self, request: Request, visit: Visit) -> Response:
        """Which of the ticked documents would go, and which may not."""
        state = self._portal.state(request, visit)
        services = self._services
        found = await chosen_rows(
            services.store, chosen_ids(state.get(_TICKED, ())), actor=visit.actor, patient_id=visit.patient_id, zone=visit.zone,
            terms=services.browse_terms,
        )  # fmt: skip
        rows = [shown(row, self._types) for row in found]
        asked = read_asked(state)
        if not rows:
            return self._to(visit, asked)
        return self._portal.page(
            request, "documents/delete.html", here="documents", going=[row for row in rows if row.is_own],
            staying=[row for row in rows if not row.is_own], state=self._seal(visit, asked), back=self._linker(visit)(asked),
        )  # fmt: skip

    async def delete(self, _: Request, visit: Visit, typed: FormData) -> Response:
        """Gone for good."""
        form = Form(typed)
        asked = self._typed_state(form, visit)
        outcome = await several.delete_several(
            self._services.store, chosen_ids(form.all_typed("d")), actor=visit.actor, terms=self._services.update_terms
        )
        return self._to(visit, Asked(asked.choice, asked.after, asked.selects, report_of("supprimer", outcome)))

    async def _put_away(
        self, request: Request, visit: Visit, form: Form, asked: Asked, documents: Sequence[UUID]
    ) -> Response:
        """Into a folder that there is, or a new one."""
        filing = filing_of(self._portal, visit)
        folder, new = form.typed("dossier"), form.text(NEW_FOLDER)
        try:
            if new:
                folder_id = await own_folders.make_folder(filing, new)
            elif ids := chosen_ids([folder]):
                (folder_id,) = ids
            else:
                form.mend("dossier", _TO_TYPE)
                return await self._show(request, visit, asked, form=form, status=422)
            outcome = await own_folders.put_in(filing, folder_id, documents)
        except Invalid as fault:
            form.mend(NEW_FOLDER, issue_text(fault.issues[0])[1])
            return await self._show(request, visit, asked, form=form, status=422)
        report = report_of("ranger", outcome, folder=folder_id)
        return self._to(visit, Asked(asked.choice, asked.after, asked.selects, report))

    # The page --------------------------------------------------------------

    async def _show(
        self, request: Request, visit: Visit, asked: Asked, *, form: Form | None = None, status: int = 200
    ) -> Response:
        services = self._services
        browsed = await browse(
            services.store, asked.choice, actor=visit.actor, patient_id=visit.patient_id, since=visit.former_visit_at, zone=visit.zone,
            terms=services.browse_terms, after=asked.after,
        )  # fmt: skip
        rows = [shown(row, self._types) for row in browsed.rows]
        link = self._linker(visit)
        folder = next((each for each in browsed.folders if each.folder_id == asked.choice.folder), None)
        return self._portal.page(
            request, "documents/list.html", here="documents", status=status, form=form or Form(), asked=asked, browsed=browsed,
            years=by_year(rows), by_date=asked.choice.sort in {Sort.NEWEST, Sort.OLDEST}, rows=rows, orders=ORDERS, sort=Sort, state=self._seal(visit, asked), chips=_chips(asked, browsed, link), chosen=self._chosen(asked, browsed, link),
            link=link, selecting=replace(asked, selects=True, report=None), finished=replace(asked, selects=False, report=None), since=visit.former_visit_at, can_add=self._portal.leads_to("/documents/ajouter"), folder=folder,
            just=was_done(request), types=self._type_options(browsed), producers=_producer_options(browsed), kinds=KINDS, only=Only,
            report=_told(asked.report, rows), older=browsed.next_page and link(Asked(asked.choice, browsed.next_page, asked.selects)),
            newer=None if browsed.number == 1 else link(Asked(asked.choice, browsed.previous_page, asked.selects)),
        )  # fmt: skip

    def _type_options(self, browsed: Browsed) -> list[tuple[str, str]]:
        named = [(code, f"{type_name(self._types, code)} ({count})") for code, count in browsed.facets.types.items()]
        return sorted(named, key=lambda each: each[1].casefold())

    def _chosen(self, asked: Asked, browsed: Browsed, link: Callable[[Asked], str]) -> list[tuple[str, str]]:
        """What narrows the list beside the chips, each with the address of the list without it."""
        choice = asked.choice
        found: list[tuple[str, str]] = []
        if words := choice.words.strip():
            found.append((f"«\N{NO-BREAK SPACE}{words}\N{NO-BREAK SPACE}»", link(asked.but(words=""))))
        if choice.year is not None:
            found.append((str(choice.year), link(asked.but(year=None))))
        if choice.producer is not None:
            writer = browsed.names.get(choice.producer)
            name = "Un auteur" if writer is None else writer_name(writer) or "Un auteur"
            found.append((name, link(asked.but(producer=None))))
        if choice.type_code is not None:
            found.append((type_name(self._types, choice.type_code), link(asked.but(type_code=None))))
        if choice.folder is not None:
            name = next((each.name for each in browsed.folders if each.folder_id == choice.folder), "Un dossier")
            found.append((name, link(asked.but(folder=None))))
        return found

    # Links -----------------------------------------------------------------

    def _seal(self, visit: Visit, asked: Asked) -> str:
        return self._portal.seal(visit, asked.state())

    def _linker(self, visit: Visit) -> Callable[[Asked], str]:
        def link(asked: Asked) -> str:
            return f"{LIST}?{STATE}={self._seal(visit, asked)}" if asked.state() else LIST

        return link

    def _to(self, visit: Visit, asked: Asked) -> Response:
        return RedirectResponse(self._linker(visit)(asked), 303, {"Cache-Control": "no-store"})

    def _typed_state(self, form: Form, visit: Visit) -> Asked:
        """The list that the form was on."""
        return read_asked(self._portal.unseal(form.typed(STATE), visit))


ACTS: dict[str, str] = {
    "lu": "non-lu",
    "non-lu": "lu",
    "masquer": "montrer",
    "montrer": "masquer",
}  # each with the one that undoes it


def filing_of(portal: CitizenPortal, visit: Visit) -> own_folders.Filing:
    services = portal.services
    return own_folders.Filing(services.store, visit.actor, visit.patient_id, services.read_terms)


def report_of(act: str, outcome: Outcome, *, folder: UUID | None = None) -> Report:
    refused: dict[str, int] = {}
    for code in outcome.refused.values():
        refused[code] = refused.get(code, 0) + 1
    return Report(act, outcome.done, len(outcome.already), refused, folder)


_HOLDS: dict[str, Callable[[Shown], bool]] = {
    "lu": lambda row: row.is_read,
    "non-lu": lambda row: not row.is_read,
    "masquer": lambda row: row.is_masked,
    "montrer": lambda row: not row.is_masked,
    "ranger": lambda _: True,
    "supprimer": lambda _: False,  # it would not be shown any more
}


def _told(report: Report | None, rows: Sequence[Shown]) -> dict[str, Any] | None:
    """
    What the page says of an act: nothing once the documents it shows say otherwise.

    Gives
        the act, how many, the way back, and a sentence for each kind of refusal.
    """
    if report is None:
        return None
    holds = _HOLDS.get(report.act)
    done = set(report.done)
    if holds is None or not all(holds(row) for row in rows if row.logical_id in done):
        return None
    refused = [(count, issue_text_of(code)) for code, count in report.refused.items()]
    return {
        "act": report.act, "count": len(report.done), "already": report.already, "done": report.done, "undo": ACTS.get(report.act), "refused": refused,
        "folder": report.folder,
    }  # fmt: skip


def issue_text_of(code: str) -> str:
    return issue_text(Invalid(code).issues[0])[1]


Chip = tuple[str, int | None, str, bool]


def _chips(asked: Asked, browsed: Browsed, link: Callable[[Asked], str]) -> list[Chip]:
    """(word, count or None when it is not known, address, whether it is chosen) of each chip that leads somewhere."""
    choice, facets = asked.choice, browsed.facets
    every = None if choice.only else sum(facets.families.values())
    everything = link(asked.but(family=None, only=frozenset()))
    found: list[Chip] = [("Tout", every, everything, choice.family is None and not choice.only)]
    for family in FAMILIES:
        count = facets.families.get(family.code, 0)
        if count or choice.family == family.code:
            found.append((family.name, count, link(asked.but(family=family.code)), choice.family == family.code))
    for kind, word in KINDS.items():
        count = facets.only.get(kind, 0)
        if (count and kind is not Only.UNREAD) or kind in choice.only:
            found.append((word, count, link(asked.toggled(kind)), kind in choice.only))
    return found


def _producer_options(browsed: Browsed) -> list[tuple[str, str]]:
    named = [
        (token, f"{writer_name(browsed.names[token])} ({count})")
        for token, count in browsed.facets.producers.items()
        if token in browsed.names and writer_name(browsed.names[token])
    ]
    return sorted(named, key=lambda each: each[1].casefold())
