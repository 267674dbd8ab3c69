"""The page of notices, and the page where one says which are wanted."""

from datetime import datetime
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.access.notices import COMPULSORY, NoticeKind
from carnet.domain.access.noticing import choose_notices, mark_notices, read_notices
from carnet.portals.citizen.notices.showing import LABELS, shown
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done, was_done

NOTICES = "/avis"
MARK = "/avis/lus"
SETTINGS = "/avis/reglages"


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Notices(portal)
    return [
        portal.route(NOTICES, get=views.page),
        portal.route(MARK, post=views.mark),
        portal.route(SETTINGS, get=views.settings, post=views.choose),
    ]


class _Notices:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services

    async def page(self, request: Request, visit: Visit) -> Response:
        state = self._portal.state(request, visit)
        before = None
        if state.get("at") and state.get("id"):
            before = (datetime.fromisoformat(state["at"]), UUID(state["id"]))
        found = await read_notices(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms, before=before
        )
        following = None
        if found.more:
            last = found.kept[-1]
            sealed = self._portal.seal(visit, {"at": last.notice.occurred_at.isoformat(), "id": str(last.notice_id)})
            following = f"{NOTICES}?e={sealed}"
        act = was_done(request)
        said = None
        if act == "lus" and found.unread == 0 and found.kept:
            said = "Tous vos avis sont lus."
        return self._portal.page(
            request, "notices/notices.html", here="acces", notices=await shown(self._portal, found), unread=found.unread,
            following=following, is_first=before is None, mark=MARK, said=said,
        )  # fmt: skip

    async def mark(self, _: Request, visit: Visit, typed: FormData) -> Response:
        """One notice, or all."""
        form = Form(typed)
        read = form.typed("etat", "lu") != "non-lu"
        which = form.typed("avis")
        try:
            notices = [UUID(which)] if which else None
        except ValueError:
            notices = []
        await mark_notices(
            self._services.rights, visit.patient_id, notices, read=read, actor=visit.actor, terms=self._services.rights_terms
        )  # fmt: skip
        return done(NOTICES, "lus" if notices is None else "lu")

    async def settings(self, request: Request, visit: Visit) -> Response:
        found = await read_notices(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms, count=0
        )
        kinds = [
            {
                "kind": kind, "label": label, "hint": hint, "wanted": kind in found.wanted, "compulsory": kind in COMPULSORY,
            }
            for kind, (label, hint) in LABELS.items()
        ]  # fmt: skip
        act, _, on = was_done(request).rpartition("-")
        just = NoticeKind(act) if act in set(NoticeKind) and on in {"oui", "non"} else None
        is_so = just is not None and (just in found.wanted) is (on == "oui")
        return self._portal.page(
            request, "notices/settings.html", here="acces", kinds=kinds, action=SETTINGS, just=just if is_so else None, on=on,
            label="" if just is None else LABELS[just][0],
        )  # fmt: skip

    async def choose(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        kind = form.choice("avis", set(NoticeKind), required="Choisissez un avis.")
        wanted = form.choice("etat", ("oui", "non"), required="Choisissez.")
        if kind is None or wanted is None:
            return self._portal.not_found(request)
        await choose_notices(
            self._services.rights, visit.patient_id, NoticeKind(kind), wanted=wanted == "oui", actor=visit.actor,
            terms=self._services.rights_terms,
        )  # fmt: skip
        return done(SETTINGS, f"{kind}-{wanted}")
