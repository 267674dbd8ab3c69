"""Search the directory by name and place, or by number; namesakes are told apart; the words of a search are in no address."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.directory.choosing import SHORTEST, candidates, known
from carnet.domain.directory.choosing.model import Candidate, Wanted
from carnet.domain.errors import Invalid
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.forms import Form
from carnet.web.wording.candidates import candidate_job, candidate_name, candidate_places

SEARCH = "/acces/professionnels/chercher"
_PEOPLE, _STRUCTURES = "professionnel", "structure"
_TITLE = "Chercher un professionnel ou une structure"
_LONGEST = 100


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Searching(portal)
    return [portal.route(SEARCH, get=views.page, post=views.search)]


class Picker:
    """What a page is given to let someone choose."""

    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    def address(self, visit: Visit, *, to: str, title: str = _TITLE, words: str = "", place: str = "") -> str:
        """
        Where to search.

        Takes
            to: path of the page that the choice leads to; it finds who was chosen with `chosen`. title: the heading, a question.
            words, place: to begin with.
        """
        asked = {"to": to, "title": title, "words": words, "place": place}
        return f"{SEARCH}?e={self._portal.seal(visit, asked)}"

    def choice(self, visit: Visit, holder: str, *, is_organization: bool) -> str:
        """Somebody, sealed for `?e=`."""
        return self._portal.seal(visit, {"holder": holder, "organization": is_organization})

    async def chosen(self, request: Request, visit: Visit) -> Candidate | None:
        """Who was chosen: by the link of a search, or by `choice`; by their number alone when the directory does not know them. None: nobody."""
        state = self._portal.state(request, visit)
        holder, is_organization = state.get("holder"), bool(state.get("organization"))
        if not isinstance(holder, str):
            return None
        found = await known(self._portal.database, [(holder, is_organization)])
        return found.get(holder) or Candidate(holder, is_organization, holder[1:], is_active=True)


class _Searching:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._picker = Picker(portal)

    async def page(self, request: Request, visit: Visit) -> Response:
        state = self._portal.state(request, visit)
        form = Form({
            "nom": str(state.get("words") or ""), "lieu": str(state.get("place") or ""), "numero": str(state.get("number") or ""),
            "quoi": _STRUCTURES if state.get("organizations") else _PEOPLE,
        })  # fmt: skip
        wanted = _wanted(form)
        if wanted.is_empty:
            return self._shown(request, visit, form)
        after = int(state.get("after") or 0)
        try:
            found, more = await candidates(self._portal.database, wanted, after=after)
        except Invalid as error:
            if error.code == "search-too-wide":
                form.mend("lieu", "Trop de réponses. Ajoutez une ville ou un code postal.")
            else:
                form.mend("nom", f"Écrivez au moins {SHORTEST} lettres d’un nom.")
            return self._shown(request, visit, form)
        following = self._state(request, visit, wanted, after=after + len(found)) if more else None
        return self._shown(request, visit, form, found=found, following=following, first=after + 1)

    async def search(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        for name in ("nom", "lieu", "numero"):
            form.text(name, longest=_LONGEST)
        wanted = _wanted(form)
        if wanted.is_empty:
            form.mend("nom", "Écrivez un nom, ou un numéro plus bas.")
        elif not wanted.number and len(wanted.words) < SHORTEST:
            form.mend("nom", f"Écrivez au moins {SHORTEST} lettres d’un nom.")
        if not form.is_sound:
            return self._shown(request, visit, form, status=422)
        return RedirectResponse(f"{SEARCH}?e={self._state(request, visit, wanted)}", 303, {"Cache-Control": "no-store"})

    def _state(self, request: Request, visit: Visit, wanted: Wanted, *, after: int = 0) -> str:
        kept = self._portal.state(request, visit)
        asked = {
            "to": kept.get("to"), "title": kept.get("title"), "words": wanted.words, "place": wanted.place, "number": wanted.number,
            "organizations": wanted.organizations, "after": after,
        }  # fmt: skip
        return self._portal.seal(visit, asked)

    def _shown(
        self, request: Request, visit: Visit, form: Form, *, status: int = 200, found: list[Candidate] | None = None,
        following: str | None = None, first: int = 1,
    ) -> Response:  # fmt: skip
        state = self._portal.state(request, visit)
        to = str(state.get("to") or "/acces/professionnels/fiche")
        shown = [
            {
                "name": candidate_name(each), "job": candidate_job(each), "places": candidate_places(each), "active": each.is_active,
                "number": each.number, "organization": each.is_organization,
                "address": f"{to}?e={self._picker.choice(visit, each.holder, is_organization=each.is_organization)}",
            }
            for each in found or ()
        ]  # fmt: skip
        return self._portal.page(
            request, "professionals/search.html", status=status, here="acces", title=str(state.get("title") or _TITLE), form=form,
            found=None if found is None else shown, following=following and f"{SEARCH}?e={following}", first=first,
            action=f"{SEARCH}?e={request.query_params.get('e', '')}",
        )  # fmt: skip


def _wanted(form: Form) -> Wanted:
    return Wanted(
        form.typed("nom").strip(), form.typed("lieu").strip(), form.typed("numero").strip(),
        organizations=form.typed("quoi") == _STRUCTURES,
    )  # fmt: skip
