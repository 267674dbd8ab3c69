"""
The desk of someone without a health profession: who lets them add documents, and making sure of a patient's identity first.

They search nobody and see no record: a matricule and the traits that go with it lead to the form, nothing else does.
Source: docs/decisions/0042-feeding-for-a-colleague.md.
"""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carnet.domain.delegations.reading import received
from carnet.domain.people.model import InsTraits
from carnet.domain.people.normalisation import comparable
from carnet.domain.record.desk.identifying import identify, registers_of
from carnet.domain.record.identities.model import StatedTraits
from carnet.portals.professional.patients.scanning import read_asked
from carnet.portals.professional.portal import HOME, ProfessionalPortal, ProfessionalVisit
from carnet.vocabulary.ins import Ins
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import STATE, was_done
from carnet.web.wording import identities

IDENTITY = "/pro/identite"
IDENTIFIED = "identified"  # of the sealed state that leads to the form, and to no other patient's
_NEVER_KEPT = {"Cache-Control": "no-store"}
_LABELS = {
    "matricule": "Matricule INS ou code scanné", "nom": "Nom", "prenom": "Prénom", "naissance": "Date de naissance",
}  # fmt: skip
_UNREADABLE = (
    "Un matricule INS a 15 caractères : vérifiez-les, clé comprise. Si vous avez scanné un code, scannez-le de nouveau."
)


class Secretary:
    def __init__(self, portal: ProfessionalPortal) -> None:
        self._portal = portal
        self._services = portal.services

    async def desk(self, request: Request, visit: ProfessionalVisit) -> Response:
        return await self._page(request, visit, Form())

    async def ask(self, request: Request, visit: ProfessionalVisit, typed: FormData) -> Response:
        """To the answer, when what was typed can be looked for. A professional has other ways."""
        if not visit.is_staff:
            return RedirectResponse(HOME, 303, _NEVER_KEPT)
        form = Form(typed)
        values = _asked(form)
        if not form.is_sound:
            return await self._page(request, visit, form, status=422)
        return RedirectResponse(f"{IDENTITY}?{STATE}={self._portal.seal(visit, values)}", 303, _NEVER_KEPT)

    async def result(self, request: Request, visit: ProfessionalVisit) -> Response:
        """The very person, or nobody."""
        values = self._portal.state(request, visit)
        if not values or not visit.is_staff:
            return RedirectResponse(HOME, 303, _NEVER_KEPT)
        services = self._services
        store, accepts_test = services.store, services.demo
        named = [Ins(*values["ins"])] if "ins" in values else []
        if "matricule" in values:
            named = await registers_of(store, values["matricule"], accepts_test=accepts_test)
        stated = StatedTraits(*values["traits"])
        found = await identify(store, services.rights, named, stated, actor=visit.actor, terms=services.read_terms)
        proof = None if found is None else self._portal.seal(visit, {IDENTIFIED: str(found[0])})
        return self._portal.page(
            request, "patients/identified.html", here="patients", found=found, people=identities, proof=proof
        )  # fmt: skip

    async def _page(self, request: Request, visit: ProfessionalVisit, form: Form, *, status: int = 200) -> Response:
        at = self._services.clock()
        found = await received(
            self._portal.database, actor=visit.actor, seal=self._portal.delegation_seals.people, at=at
        )  # fmt: skip
        running = [each for each in found if each.runs(at)]
        over = [each for each in found if not each.runs(at)]
        return self._portal.page(
            request, "patients/secretary.html", status=status, here="patients", form=form, labels=_LABELS, running=running,
            over=over[:3], at=at, just=was_done(request), number=visit.person.removeprefix("8") if len(visit.person) == 12 else visit.person,
        )  # fmt: skip


def _asked(form: Form) -> dict[str, Any]:
    """A matricule with three traits, or a scan that tells them itself."""
    text = form.text("matricule", required="Tapez ou scannez le matricule.", longest=400)
    values: dict[str, Any] = {}
    traits: InsTraits | None = None
    try:
        asked = read_asked(form.typed("matricule")) if text else None
    except ValueError:
        form.mend("matricule", _UNREADABLE)
        asked = None
    if asked is not None:
        traits = asked.traits
        values = {"matricule": asked.matricule} if asked.ins is None else {"ins": [asked.ins.matricule, asked.ins.oid]}
    if traits is not None:
        # The symbol tells the list; where a composed first given name ends in it is not told.
        return {**values, "traits": [traits.birth_name, traits.birth_date, None, traits.given_names]}
    name = form.text("nom", required="Écrivez le nom de naissance, ou le nom utilisé.", longest=100)
    given = form.text("prenom", required="Écrivez le premier prénom.", longest=100)
    day = form.day("naissance", required="Écrivez la date de naissance.")
    for field, typed in (("nom", name), ("prenom", given)):
        if typed and not comparable(typed):
            form.mend(field, "Écrivez ce nom en lettres.")
    return {**values, "traits": [name, "" if day is None else day.isoformat(), given]}
