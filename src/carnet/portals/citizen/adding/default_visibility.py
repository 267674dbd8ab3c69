"""Who sees what the person adds, unless they say otherwise for one document. Source: official-app 2.5 (`getDefaultConfidentiality`)."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.access.masking_by_default import mask_by_default
from carnet.domain.record.drafts.keeping import under_way
from carnet.portals.citizen.adding import form as said
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done, was_done

HERE = "/documents/ajouter/visibilite"


class DefaultVisibility:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services

    def routes(self) -> list[Route]:
        return [self._portal.route(HERE, get=self.show, post=self.choose)]

    async def show(self, request: Request, visit: Visit) -> Response:
        found = await under_way(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms
        )
        chosen = said.ALONE if found.is_masked_by_default else said.PROFESSIONALS
        return self._page(request, Form({"visibilite": chosen}), act=was_done(request), chosen=chosen)

    async def choose(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        choice = form.choice(
            "visibilite", [said.ALONE, said.PROFESSIONALS], required="Choisissez une des deux réponses."
        )
        if choice is None:
            return self._page(request, form, status=422)
        await mask_by_default(
            self._services.rights, visit.patient_id, on=choice == said.ALONE, actor=visit.actor, terms=self._services.rights_terms
        )  # fmt: skip
        return done(HERE, "visibilite-choisie")

    def _page(self, request: Request, form: Form, *, status: int = 200, act: str = "", chosen: str = "") -> Response:
        return self._portal.page(
            request, "adding/default_visibility.html", status=status, here="documents", form=form, act=act, chosen=chosen,
            visibilities=said.VISIBILITIES, labels=said.LABELS,
        )  # fmt: skip
