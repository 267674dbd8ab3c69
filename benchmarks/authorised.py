"""
A professional authorised on 200 000 records beside one authorised on ten: each searches the same ten records.

The many records hold nothing else than the authorisation.
"""

import random
import statistics
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.comparison import READER_ACTOR, Sides
from benchmarks.letters import identity_of, letters
from benchmarks.stock import READER, SINCE, people
from carnet.app import Carnet, open_carnet
from carnet.domain.actor import SYSTEM
from carnet.domain.consent import granting
from carnet.domain.consent.model import Consent, ConsentKind
from carnet.domain.people import store as people_store
from carnet.domain.record.loading import load as take_over
from carnet.domain.record.loading.model import HeldConsent, HeldRecord
from carnet.settings import Settings
from carnet.vocabulary.ins import Ins

MANY = 200_000
FEW = 10
SELDOM = "899900020001"  # authorised on the ten
_FIRST = 1_000_000  # number of the first person brought: the stock does not go so far
_COUNT = "SELECT count(*) FROM held_record_claim WHERE holder = %s"


async def fill(carnet: Carnet, searched: Sequence[Ins], *, many: int) -> None:
    """Authorise both: one on records brought for it, until it has `many`; the other on those that are searched. Brings what is missing."""
    services = carnet.services
    async with carnet.database.connection() as connection:
        row = await (await connection.execute(_COUNT, (READER,))).fetchone()
    held = row[0] if row else 0
    model = letters()[0]
    consents = (HeldConsent(ConsentKind.GRANT, READER, SINCE),)
    stock = (HeldRecord(identity_of(model, ins), (), consents) for ins in people(_FIRST, max(0, many - held)))
    terms = services.deposit_terms
    loading = take_over(
        services.store, stock, actor=SYSTEM, write_fiche=terms.write_fiche, write_set=terms.write_set, at=services.clock(),
        batch_records=2000,
    )  # fmt: skip
    async for batch in loading:
        print(f"\rauthorising… {held + len(batch)}/{many}", end="", flush=True)
        held += len(batch)
    print(flush=True)
    for ins in searched:
        async with carnet.database.transaction() as tx:
            patient_id = await people_store.holder_of(tx, ins)
            assert patient_id is not None
            consent = Consent(ConsentKind.GRANT, SELDOM)
            await granting.begin(tx, patient_id, consent, actor=SYSTEM, keys=services.keys, at=services.clock())


def searched_records(first: int, held: int) -> list[Ins]:
    """The ten, or as many as a small stock holds from this one on."""
    return people(first, min(FEW, held))


def compare(
    sides: Sides, few_token: str, patients: Sequence[Ins], *, documents: int, rounds: int, connections: int
) -> dict[str, Any]:
    """
    Both in turn, the same searches; medians.

    Gives
        searches per second of each, and the ratio: how fast the one with many is, beside the one with ten.
    """
    chance = random.Random()
    found: dict[str, list[float]] = {"many": [], "few": []}
    for round_ in range(rounds + 1):
        for who, token in (("many", sides.tokens[1]), ("few", few_token)):
            headers = [f"Authorization: Bearer {token}", "Accept: application/fhir+json"]
            requests = [
                load.get(
                    f"/fhir/DocumentReference?patient.identifier=urn:oid:{ins.oid}%7C{ins.matricule}&_count=20", headers
                )
                for ins in chance.choices(patients, k=documents)
            ]
            run = load.run([server.port for server in sides.carnet], requests, connections=connections, seconds=20)
            if run.failures or not run.count:
                raise RuntimeError(f"search by {who}: {len(run.failures)} failures, first {run.failures[:1]}")
            if round_:
                found[who].append(run.per_second)
    many, few = statistics.median(found["many"]), statistics.median(found["few"])
    return {"many": many, "few": few, "ratio": many / few, "runs": found}


async def prepare(home: Path, conninfo: str, base_url: str, patients: Sequence[Ins], *, many: int) -> str:
    """Bring what is missing; gives the token of the one authorised on ten."""
    settings = Settings(home=home, mode="demo", base_url=base_url, database_pool=2)
    carnet = await open_carnet(settings, conninfo)
    try:
        await fill(carnet, patients, many=many)
        actor = replace(READER_ACTOR, person=SELDOM)
        return carnet.services.issuer.issue(actor, lifetime=timedelta(hours=6))
    finally:
        await carnet.close()
