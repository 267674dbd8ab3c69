"""The first page of a professional at work, and what it finds. What is looked for stays sealed in the address."""

import asyncio
import re
from dataclasses import asdict
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.delegations.reading import given, received
from carnet.domain.errors import Invalid
from carnet.domain.people.model import InsTraits, Sex
from carnet.domain.people.normalisation import comparable
from carnet.domain.record.desk.finding import find_by_ins, find_by_matricule, find_by_traits
from carnet.domain.record.desk.model import Found
from carnet.domain.record.desk.visits import authorised_records, recent_records
from carnet.domain.record.identities.model import StatedTraits
from carnet.portals.professional.patients.scanning import MAX_PHOTO_BYTES, Asked, read_asked, read_photo
from carnet.portals.professional.patients.secretary import IDENTITY, Secretary
from carnet.portals.professional.portal import HOME, ProfessionalPortal, ProfessionalVisit
from carnet.portals.professional.situations import named
from carnet.vocabulary.ins import Ins
from carnet.web.bodies import BodyBudget
from carnet.web.portal.files import Sent
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import STATE
from carnet.web.wording import identities, issue_text

RESULTS = "/pro/patients"
SEARCH = "/pro/patients/chercher"
PHOTO = "/pro/patients/photo"
_NEVER_KEPT = {"Cache-Control": "no-store"}
_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE}
_LABELS = {
    "matricule": "Matricule INS ou code scanné", "nom": "Nom", "prenom": "Prénom", "naissance": "Date de naissance", "sexe": "Sexe",
    "lieu": "Lieu de naissance", "photo": "Photo du code",
}  # fmt: skip
_UNREADABLE = "Nous n’avons pas pu lire ce code. Scannez-le de nouveau, ou tapez le matricule."
_NO_MATRICULE = "Un matricule INS a 15 caractères : vérifiez-les, clé comprise."
_PLACE = re.compile(r"[0-9]{5}|2[AB][0-9]{3}")


def routes(portal: ProfessionalPortal) -> list[Route]:
    secretary = Secretary(portal)
    views = _Patients(portal, secretary)
    return [
        portal.route(HOME, get=views.desk, for_staff=True),
        portal.route(SEARCH, post=views.search),
        portal.files_route(PHOTO, get=views.away, post=views.photo, bodies=views.bodies, too_large=views.too_large),
        portal.route(RESULTS, get=views.results),
        portal.route(IDENTITY, get=secretary.result, post=secretary.ask, for_staff=True),
    ]


class _Patients:
    def __init__(self, portal: ProfessionalPortal, secretary: Secretary) -> None:
        self._portal = portal
        self._secretary = secretary
        self._services = portal.services
        self.bodies = BodyBudget(MAX_PHOTO_BYTES, max(MAX_PHOTO_BYTES, portal.services.bodies.total_bytes // 4))
        self._reading = asyncio.Semaphore(2)  # photos at once: each takes a processor

    async def desk(self, request: Request, visit: ProfessionalVisit) -> Response:
        if visit.is_staff:
            return await self._secretary.desk(request, visit)
        return await self._page(request, visit, Form())

    async def search(self, request: Request, visit: ProfessionalVisit, typed: FormData) -> Response:
        """To the results, when what was typed can be looked for."""
        form = Form(typed)
        values = self._by_matricule(form) if form.has("par", "matricule") else self._by_traits(form)
        if not form.is_sound:
            return await self._page(request, visit, form, status=422)
        return self._to_results(visit, values)

    async def away(self, request: Request, visit: ProfessionalVisit) -> Response:
        """What a photo found is elsewhere: here there is nothing to look at."""
        del request, visit
        return RedirectResponse(HOME, 303, _NEVER_KEPT)

    def too_large(self, request: Request) -> Response:
        return self._portal.page(
            request, "portal/refusal.html", status=413, headers={"Connection": "close"}, title="Cette photo est trop lourde",
            text="Une photo fait 12 Mo au plus. Reprenez-la moins grande, ou tapez le matricule.",
        )  # fmt: skip

    async def photo(self, request: Request, visit: ProfessionalVisit, sent: Sent) -> Response:
        """A photo of the symbol: read here, then forgotten."""
        form = Form()
        content = next((each.data for each in sent.files if each.field == "photo"), b"")
        asked: Asked | None = None
        try:
            async with self._reading:
                asked = await asyncio.to_thread(read_photo, content) if content else None
        except ValueError:
            form.mend("photo", "Nous n’avons pas pu lire cette image. Reprenez la photo, bien nette, le code entier.")
        if asked is None:
            form.mend(
                "photo", "Nous n’avons pas vu de code sur cette photo. Rapprochez-vous, le code entier et bien éclairé."
            )
            return await self._page(request, visit, form, status=422)
        return self._to_results(visit, _written(asked))

    async def results(self, request: Request, visit: ProfessionalVisit) -> Response:
        """Whom it is, or all those whom it may be."""
        values = self._portal.state(request, visit)
        if not values:
            return RedirectResponse(HOME, 303, _NEVER_KEPT)
        try:
            found = await self._found(visit, values)
        except Invalid as error:
            return self._portal.page(
                request, "patients/results.html", here="patients", found=[], too_many=issue_text(error.issues[0])[1], people=identities, state="",
            )  # fmt: skip
        return self._portal.page(
            request, "patients/results.html", here="patients", found=found, too_many=None, people=identities,
            state=request.query_params.get(STATE, ""),
        )  # fmt: skip

    async def _found(self, visit: ProfessionalVisit, values: dict[str, Any]) -> list[Found]:
        services, actor = self._services, visit.actor
        store, rights, terms = services.store, services.rights, services.read_terms
        if "matricule" in values:
            return await find_by_matricule(
                store, rights, values["matricule"], actor=actor, terms=terms, accepts_test=services.demo
            )
        if "ins" in values:
            stated = values.get("traits")
            traits = None if stated is None else InsTraits(**{**stated, "sex": Sex(stated["sex"])})
            found = await find_by_ins(store, rights, Ins(*values["ins"]), actor=actor, terms=terms, stated=traits)
            return [] if found is None else [found]
        name, day, given, sex, place = values["by"]
        stated_traits = StatedTraits(name, day, given, sex=None if sex is None else Sex(sex), birth_place=place)
        return await find_by_traits(store, rights, stated_traits, actor=actor, terms=terms)

    def _by_matricule(self, form: Form) -> dict[str, Any]:
        text = form.text("matricule", required="Tapez ou scannez le matricule.", longest=400)
        if not text:
            return {}
        try:
            asked = read_asked(form.typed("matricule"))
            if asked.matricule is not None and not self._services.demo:
                Ins(asked.matricule, "1.2.250.1.213.1.4.8")
        except ValueError as fault:
            is_typed = str(fault).startswith("ins-") and not text.startswith("IS")
            form.mend("matricule", _NO_MATRICULE if is_typed else _UNREADABLE)
            return {}
        return _written(asked)

    @staticmethod
    def _by_traits(form: Form) -> dict[str, Any]:
        name = form.text("nom", required="Écrivez le nom de naissance, ou le nom utilisé.", longest=100)
        given = form.text("prenom", required="Écrivez le premier prénom.", longest=100)
        day = form.day("naissance", required="Écrivez la date de naissance.")
        sex = form.choice("sexe", {*_SEXES, ""})
        place = form.text("lieu", longest=5).upper()
        if name and not comparable(name):
            form.mend("nom", "Écrivez le nom en lettres.")
        if given and not comparable(given):
            form.mend("prenom", "Écrivez le prénom en lettres.")
        if place and not _PLACE.fullmatch(place):
            form.mend("lieu", "Écrivez le code de la commune ou du pays (code INSEE) : 5 caractères.")
        return {"by": [name, None if day is None else day.isoformat(), given, sex or None, place or None]}

    def _to_results(self, visit: ProfessionalVisit, values: dict[str, Any]) -> Response:
        return RedirectResponse(f"{RESULTS}?{STATE}={self._portal.seal(visit, values)}", 303, _NEVER_KEPT)

    async def _page(self, request: Request, visit: ProfessionalVisit, form: Form, *, status: int = 200) -> Response:
        services = self._services
        recent = await recent_records(services.rights, actor=visit.actor, clock=services.clock)
        authorised, more = await authorised_records(services.rights, actor=visit.actor, terms=services.rights_terms)
        known = {each.patient_id for each in recent}
        seal, at = self._portal.delegation_seals.people, services.clock()
        given_by_them = await given(self._portal.database, actor=visit.actor, seal=seal, at=at)
        given_to_them = await received(self._portal.database, actor=visit.actor, seal=seal, at=at)
        return self._portal.page(
            request, "patients/find.html", status=status, here="patients", form=form, labels=_LABELS, recent=recent,
            authorised=[each for each in authorised if each.patient_id not in known], more=more, people=identities,
            mine=[each for each in given_by_them if each.is_open(at)], theirs=[each for each in given_to_them if each.runs(at)],
            written=named,
        )  # fmt: skip


def _written(asked: Asked) -> dict[str, Any]:
    if asked.ins is None:
        return {"matricule": asked.matricule}
    return {
        "ins": [asked.ins.matricule, asked.ins.oid],
        "traits": None if asked.traits is None else asdict(asked.traits),
    }
