"""What the demonstration offers beside the real doors. In production these addresses do not exist."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from carnet.channels.demo import device, simulated_people
from carnet.channels.demo.identity_providers import SimulatedDoor, Wording
from carnet.domain.actor import SYSTEM
from carnet.domain.consent.record_life import begin_record
from carnet.domain.demo import store
from carnet.domain.errors import DomainError, NotFound
from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex
from carnet.partners.apcv.simulator import claims_of as apcv_claims
from carnet.partners.franceconnect.simulator import claims_of as franceconnect_claims
from carnet.partners.providers import Providers
from carnet.partners.psc.simulator import PscSimulator, claims_of
from carnet.vocabulary.ins import Ins
from carnet.web.demo_people import OPERATOR, actor_named, secretaries
from carnet.web.services import Services
from carnet.web.wording import issue_text

LIFETIME = timedelta(hours=12)
_MAX_BODY = 1024 * 1024


def routes(services: Services, *, providers: Providers) -> list[Route]:
    """providers: those that are simulated are served here too."""
    door = DemoDoor(services, None if providers.psc is None else providers.psc.simulator)
    return [
        *_simulated(services, providers),
        Route("/demo/people", door.people, methods=["GET"]),
        Route("/demo/token/{name:path}", door.token, methods=["GET"]),
        Route("/demo/psc/{name}", door.psc_token, methods=["GET"]),
        Route("/demo/records", door.open_records, methods=["POST"]),
    ]


_FRANCECONNECT = Wording("FranceConnect", "Avec quel compte voulez-vous entrer ?")
_PSC = Wording("Pro Santé Connect", "Qui tient la carte CPS ?")
_APCV = Wording("l’application carte Vitale", "Qui tient le téléphone ?")


def _simulated(services: Services, providers: Providers) -> list[Route]:
    """The pages and the addresses of the providers that are simulated."""
    database = services.store.database
    found = []
    for prefix, opened, claims, wording in (
        ("/demo/franceconnect", providers.franceconnect, franceconnect_claims, _FRANCECONNECT),
        ("/demo/apcv", providers.apcv, apcv_claims, _APCV),
    ):
        if opened is not None and opened.simulator is not None:
            people = partial(simulated_people.citizens, database, claims, services.clock)
            found.append(SimulatedDoor(opened.simulator, people, wording).route(prefix))
    if providers.psc is not None and providers.psc.simulator is not None:
        professionals = partial(simulated_people.professionals, database)
        found += device.routes(providers.psc.simulator, professionals)
        found.append(SimulatedDoor(providers.psc.simulator, professionals, _PSC).route("/demo/psc-simule"))
    return found


class DemoDoor:
    def __init__(self, services: Services, psc: PscSimulator | None) -> None:
        self._services = services
        self._psc = psc

    async def people(self, _: Request) -> Response:
        """Everyone who can be in the demonstration: name and description."""
        async with self._services.store.database.connection() as connection:
            people = [OPERATOR, *await store.everyone(connection)]
        people += await secretaries(self._services.store.database)
        return JSONResponse(
            {"people": [{"name": p.name, "description": p.description, "citizen": p.ins is not None} for p in people]}
        )

    async def token(self, request: Request) -> Response:
        """An access token for a name: a client, a named citizen, or `patient:<matricule>`."""
        try:
            actor = await actor_named(self._services.store.database, request.path_params["name"])
        except DomainError as error:
            return _refusal(error, 404)
        token = self._services.issuer.issue(actor, lifetime=LIFETIME)
        answer = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(LIFETIME.total_seconds()),
            "name": actor.name,
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def psc_token(self, request: Request) -> Response:
        """A token of the simulated Pro Santé Connect for a professional, as if they had just signed in there; two minutes."""
        try:
            actor = await actor_named(self._services.store.database, request.path_params["name"])
            if self._psc is None or actor.person is None or actor.profession is None:
                raise NotFound("demo-person-unknown", name=request.path_params["name"])
        except DomainError as error:
            return _refusal(error, 404)
        given, _, family = actor.name.rpartition(" ")
        claims = claims_of(
            actor.person, given, family, profession=actor.profession, specialty=actor.specialty, sector=actor.sector,
            organization=actor.organization, organization_name=actor.organization_name,
        )  # fmt: skip
        return JSONResponse({"access_token": self._psc.sign_in(claims)}, headers={"Cache-Control": "no-store"})

    async def open_records(self, request: Request) -> Response:
        """
        Open a record for each identity of the body: `{"identities": [{matricule, oid, birth_name, …}]}`.

        Gives
            one answer per identity, in order: `opened`, `known` or `refused` with its code.
        """
        body = await request.body()
        if len(body) > _MAX_BODY:
            return JSONResponse({"error": "too-large"}, 413)
        try:
            identities = [_identity(item) for item in orjson.loads(body)["identities"]]
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return JSONResponse({"error": "malformed"}, 400)
        services = self._services
        answers = []
        for identity in identities:
            try:
                async with services.store.database.transaction() as tx:
                    patient_id, new = await begin_record(
                        tx, identity, actor=SYSTEM, keys=services.keys, at=services.clock()
                    )
                answers.append({"status": "opened" if new else "known", "patient": str(patient_id)})
            except DomainError as error:
                answers.append({"status": "refused", "code": error.code})
        return JSONResponse({"records": answers})


def _identity(item: Mapping[str, Any]) -> Identity:
    return Identity(
        ins=Ins(item["matricule"], item["oid"]),
        traits=InsTraits(
            birth_name=item["birth_name"],
            first_given_name=item["first_given_name"],
            given_names=item.get("given_names"),
            birth_date=item["birth_date"],
            sex=Sex(item["sex"]),
            birth_place=item.get("birth_place"),
        ),
        status=IdentityStatus.QUALIFIED,
        used_name=item.get("used_name"),
        used_given_name=item.get("used_given_name"),
    )


def _refusal(error: DomainError, status: int) -> Response:
    return JSONResponse({"error": error.code, "error_description": issue_text(error.issues[0])[1]}, status)
