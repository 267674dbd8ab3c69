"""A FHIR client of an unrelated project (fhirpy) deposits, searches, pages and reads, without any special treatment."""

import base64
import hashlib
from datetime import timedelta

import pytest
from fhirpy import AsyncFHIRClient
from fhirpy.base.exceptions import ForbiddenError, OperationOutcome, ResourceNotFound
from tests.builders import fhir
from tests.builders.cda import a_pdf

from carnet.app import Carnet
from carnet.domain.actor import SYSTEM, Actor, ActorKind
from carnet.domain.consent.record_life import begin_record
from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex
from carnet.vocabulary.ins import Ins

PDF = a_pdf()
TRAITS = InsTraits("PAT-TROIS", "DOMINIQUE", "1979-03-28", Sex.FEMALE, "DOMINIQUE MARIE-LOUISE", "51215")


@pytest.fixture(scope="module")
async def record(served: Carnet) -> None:
    async with served.database.transaction() as tx:
        await begin_record(
            tx,
            Identity(fhir.INS, TRAITS, IdentityStatus.QUALIFIED),
            actor=SYSTEM,
            keys=served.services.keys,
            at=served.services.clock(),
        )


def client_of(served: Carnet, actor: Actor) -> AsyncFHIRClient:
    token = served.services.issuer.issue(actor, lifetime=timedelta(hours=1))
    return AsyncFHIRClient(served.services.fhir_base, authorization=f"Bearer {token}")


@pytest.fixture
def hospital(served: Carnet, record: None) -> AsyncFHIRClient:
    return client_of(served, Actor(ActorKind.ORGANIZATION, "Hôpital inventé", organization="1990000001"))


@pytest.fixture
def citizen(served: Carnet, record: None) -> AsyncFHIRClient:
    return client_of(served, Actor(ActorKind.CITIZEN, "Dominique", ins=fhir.INS))


def system(ins: Ins) -> str:
    return f"urn:oid:{ins.oid}|{ins.matricule}"


async def test_deposits_searches_pages_and_reads(hospital: AsyncFHIRClient, citizen: AsyncFHIRClient) -> None:
    for number in range(5):
        fiche = fhir.a_fiche(document=PDF, unique_id=f"1.2.250.1.999.5.{number}")
        set_id = {"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:1.2.250.1.999.6.{number}"}
        bundle = fhir.a_bundle(fiche, contents=[PDF], identifier=[set_id])
        answer = await hospital.execute("", data=bundle)
        assert [entry["response"]["status"] for entry in answer["entry"]] == ["201 Created"] * len(bundle["entry"])

    found = citizen.resources("DocumentReference").search(**{"patient.identifier": system(fhir.INS)})
    assert (await found.limit(2).fetch_raw())["total"] == 5
    fiches = await found.limit(2).fetch_all()
    assert len({fiche["id"] for fiche in fiches}) == 5

    first = await citizen.get("DocumentReference", fiches[0]["id"])
    attachment = first["content"][0]["attachment"]
    binary = await citizen.get("Binary", attachment["url"].rsplit("/", 1)[1])
    content = base64.b64decode(binary["data"])
    assert content == PDF
    assert base64.b64decode(attachment["hash"]) == hashlib.sha1(content).digest()


async def test_understands_our_refusals(served: Carnet, hospital: AsyncFHIRClient, citizen: AsyncFHIRClient) -> None:
    with pytest.raises(ForbiddenError):
        await hospital.resources("DocumentReference").search(**{"patient.identifier": system(fhir.INS)}).fetch()
    with pytest.raises(ResourceNotFound):
        await citizen.get("DocumentReference", "0192f0c0-0000-7000-8000-000000000000")
    with pytest.raises(OperationOutcome) as refused:
        await (
            citizen.resources("DocumentReference")
            .search(**{"patient.identifier": system(fhir.INS), "colour": "blue"})
            .fetch()
        )
    assert refused.value.resource["issue"][0]["details"]["coding"][0]["code"] == "parameter-unknown"
