"""
The stock that both servers hold: records of twenty fiches, through `carnet.domain.record.loading` on one side, COPY on the other.

Run as a program, it loads a slice of it; two run side by side.
"""

import argparse
import asyncio
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from uuid import UUID

from psycopg import AsyncConnection

from benchmarks.letters import Letter, identity_of, letters, matricules, new_unique_id
from carnet.app import Carnet, open_carnet
from carnet.domain.access.model import AvailabilityStatus
from carnet.domain.actor import SYSTEM
from carnet.domain.audit.verification import verify_stream
from carnet.domain.consent.model import ConsentKind
from carnet.domain.record.loading import load
from carnet.domain.record.loading.model import HeldConsent, HeldDocument, HeldRecord, HeldSubmission, LoadedRecord
from carnet.domain.record.model import DocumentEntry, StoredEntry
from carnet.formats.fhir.served import write_fiche, write_served
from carnet.settings import Settings
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.moments import Moment
from carnet.vocabulary.uuid7 import uuid7

FICHES_OF_A_RECORD = 20
READER = "899900099999"  # the professional who searches and reads, authorised on every record
PRIMARY_CARE_DOCTOR = "899900010002"  # of every record: who reads the trails
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
_FIRST_DATE = datetime(2016, 1, 4, 9, 30, tzinfo=UTC)


def people(first: int, count: int) -> list[Ins]:
    """The patients of these records."""
    return list(islice(matricules(letters()[0]), first, first + count))


def records(first: int, count: int, *, contents_from: int) -> Iterator[HeldRecord]:
    """Records from this one on; those from `contents_from` have their contents too."""
    dates = [Moment.at(_FIRST_DATE + timedelta(days=97 * n)) for n in range(FICHES_OF_A_RECORD * 2)]
    models = letters()
    for number, ins in enumerate(people(first, count), first):
        chance = random.Random(number)
        submissions = tuple(
            _submission(
                models[n % len(models)], ins, dates[n + number % 20], chance, with_content=number >= contents_from
            )
            for n in range(FICHES_OF_A_RECORD)
        )
        consents = (
            HeldConsent(ConsentKind.GRANT, READER, SINCE),
            HeldConsent(ConsentKind.PRIMARY_CARE_DOCTOR, PRIMARY_CARE_DOCTOR, SINCE),
        )
        yield HeldRecord(identity_of(models[0], ins), submissions, consents)


def _submission(
    letter: Letter, ins: Ins, created: Moment, chance: random.Random, *, with_content: bool
) -> HeldSubmission:
    source = letter.entry.source_patient
    entry = replace(
        letter.entry,
        unique_id=UniqueId(new_unique_id(chance)),
        created=created,
        source_patient=None if source is None else replace(source, ins=ins),
    )
    submission_set = replace(letter.submission_set, unique_id=UniqueId(new_unique_id(chance)))
    return HeldSubmission(submission_set, (HeldDocument(entry, letter.content if with_content else None),))


async def fill(carnet: Carnet, bare: AsyncConnection, first: int, count: int, *, contents_from: int) -> None:
    """Load a slice of the stock on both sides, and say after each batch how many fiches it had."""
    services = carnet.services
    stock = records(first, count, contents_from=contents_from)
    kept: list[HeldRecord] = []

    def passing() -> Iterator[HeldRecord]:
        for record in stock:
            kept.append(record)
            yield record

    loading = load(
        services.store, passing(), actor=SYSTEM, write_fiche=services.deposit_terms.write_fiche,
        write_set=services.deposit_terms.write_set, at=services.clock(),
    )  # fmt: skip
    async for loaded in loading:
        await _fill_bare(bare, list(zip(kept, loaded, strict=True)), services.fhir_base)
        kept.clear()
        print(len(loaded) * FICHES_OF_A_RECORD, flush=True)


async def _fill_bare(
    connection: AsyncConnection, batch: Sequence[tuple[HeldRecord, LoadedRecord]], base_url: str
) -> None:
    contents: list[tuple[UUID, bytes]] = []
    async with connection.cursor() as cursor, connection.transaction():
        async with cursor.copy("COPY bare_fiche (patient, logical_id, created, body) FROM STDIN") as copy:
            for held, loaded in batch:
                for submission, logical_id in zip(held.submissions, loaded.documents, strict=True):
                    document = submission.documents[0]
                    body = _served(document.entry, loaded, logical_id, base_url)
                    created = document.entry.created.start.isoformat()
                    await copy.write_row((loaded.ins.matricule, str(logical_id), created, body))
                    if document.content is not None:
                        contents.append((logical_id, document.content))
        async with cursor.copy("COPY bare_content (logical_id, bytes) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["uuid", "bytea"])
            for content in contents:
                await copy.write_row(content)


def _served(entry: DocumentEntry, loaded: LoadedRecord, logical_id: UUID, base_url: str) -> str:
    """The fiche as carnet serves it, from the text of the first of its type and date: the reference is not made slower to load than it is."""
    text, tokens = _model(entry.type.code, entry.created.text, base_url)
    values = (loaded.ins.matricule, str(entry.unique_id), str(logical_id), str(loaded.patient_id))
    for token, value in zip(tokens, values, strict=True):
        text = text.replace(token, value)
    return text


@lru_cache(maxsize=4096)
def _model(type_code: str, created: str, base_url: str) -> tuple[str, tuple[str, str, str, str]]:
    letter = next(letter for letter in letters() if letter.entry.type.code == type_code)
    entry, ins = replace(letter.entry, created=Moment.from_fhir(created)), letter.identity.ins
    logical_id, patient_id = uuid7(), uuid7()
    fiche = write_fiche(entry, patient_id=patient_id, ins=ins, logical_id=logical_id)
    stored = StoredEntry(
        logical_id, 1, SINCE, AvailabilityStatus.APPROVED, entry.confidentiality, entry.labels, logical_id, fiche
    )
    text = write_served(stored, base_url=base_url).decode()
    return text, (ins.matricule, str(entry.unique_id), str(logical_id), str(patient_id))


async def verified(home: Path, conninfo: str, *, sample: int = 20) -> None:
    """
    Verify the trails of some records.

    Raises
        RuntimeError: one does not hold.
    """
    carnet = await open_carnet(Settings(home=home, mode="demo", database_pool=2), conninfo)
    try:
        async with carnet.database.transaction() as tx:
            cursor = await tx.execute(
                "SELECT patient_id, wrapped_key FROM record TABLESAMPLE SYSTEM (10) ORDER BY random() LIMIT %s",
                (sample,),
            )
            for patient_id, wrapped in await cursor.fetchall():
                told = await verify_stream(tx, patient_id, carnet.services.keys.patient_key(patient_id, wrapped))
                if told.faults:
                    raise RuntimeError(f"the trail of a loaded record does not hold: {told.faults[0]}")
    finally:
        await carnet.close()


async def _main(home: Path, first: int, count: int, contents_from: int) -> None:
    conninfo = os.environ["BENCH_DATABASE_URL"]
    base_url = os.environ.get("BENCH_BASE_URL")
    carnet = await open_carnet(Settings(home=home, mode="demo", base_url=base_url, database_pool=2), conninfo)
    try:
        async with await AsyncConnection.connect(conninfo, autocommit=True) as bare:
            await fill(carnet, bare, first, count, contents_from=contents_from)
    finally:
        await carnet.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("contents_from", type=int)
    given = parser.parse_args()
    sys.exit(asyncio.run(_main(given.home, given.first, given.count, given.contents_from)))
