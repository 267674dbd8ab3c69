"""The first visits of the demonstration: a few professionals read a few records through the real door, so that histories and notices have something to say."""

from dataclasses import replace
from datetime import timedelta

import httpx
import orjson

from carnet.app import Carnet
from carnet.domain.actor import Purpose
from carnet.territory.invent import Territory
from carnet.territory.model import Citizen
from carnet.vocabulary.frozen import frozen
from carnet.web.demo_people import actor_named

_LIFETIME = timedelta(minutes=5)
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@frozen
class Visit:
    """professional, citizen: names of the demonstration. reads: documents opened. motive: of an emergency; None: an ordinary visit."""

    professional: str
    citizen: str
    reads: int
    motive: str | None = None


VISITS = (
    Visit("infirmiere", "marie", 1),
    Visit("cardiologue", "marie", 3),
    Visit("urgentiste", "marie", 2, motive="Malaise dans la rue, traitement inconnu"),
    Visit("medecin", "marie", 2),
    Visit("pediatre", "lucas", 2),
    Visit("cardiologue", "jeanne", 2),
    Visit("medecin", "jeanne", 1),
)


async def visit_records(carnet: Carnet, territory: Territory, base_url: str) -> int:
    """Make the visits; gives how many were let in. The others leave their refusal in the trail, as anyone's would."""
    let_in = 0
    async with httpx.AsyncClient(base_url=base_url, timeout=60) as http:
        for each in VISITS:
            citizen = territory.named.get(each.citizen)
            if isinstance(citizen, Citizen) and each.professional in territory.named:
                let_in += await _visit(carnet, http, each, citizen)
    return let_in


async def _visit(carnet: Carnet, http: httpx.AsyncClient, visit: Visit, citizen: Citizen) -> bool:
    actor = await actor_named(carnet.database, visit.professional)
    if visit.motive is not None:
        actor = replace(actor, purpose=Purpose.EMERGENCY, motive=visit.motive)
    headers = {"Authorization": f"Bearer {carnet.services.issuer.issue(actor, lifetime=_LIFETIME)}"}
    ins = citizen.identity.ins
    asked = {"patient.identifier": f"urn:oid:{ins.oid}|{ins.matricule}", "_count": str(visit.reads)}
    answer = await http.post("/fhir/DocumentReference/_search", data=asked, headers=headers | _FORM)
    if answer.status_code != httpx.codes.OK:
        return False
    for entry in orjson.loads(answer.content).get("entry", [])[: visit.reads]:
        await http.get(f"/fhir/Binary/{entry['resource']['id']}", headers=headers)
    return True
