"""Random lives of a directory, against a model written without SQL: who is active at each instant, and what each import counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from tests.builders.annuaire import a_person, activities, an_activity, an_rpps

from carnet.app import Carnet
from carnet.domain.actor import SYSTEM
from carnet.domain.directory.loading import import_published
from carnet.domain.directory.loading.model import INVENTED, PUBLISHED, ImportTerms
from carnet.domain.directory.standing import is_active
from carnet.operating.directory_files import reading

PEOPLE = range(6)
PLACES = ("990000001", "990000019", "990000027")


class Model:
    """For each person and each situation: origin, and the instants from which it was active or not."""

    def __init__(self) -> None:
        self.people: dict[int, tuple[str, list[tuple[datetime, bool]]]] = {}
        self.situations: dict[tuple[int, str], tuple[str, bool]] = {}

    def load(self, rows: set[tuple[int, str]], at: datetime, *, origin: str, is_partial: bool) -> None:
        here = {rank for rank, _ in rows}
        for rank in here:
            known = self.people.setdefault(rank, (origin, []))[1]
            if not known or not known[-1][1]:
                known.append((at, True))
        for key in rows:
            if key[1]:
                self.situations[key] = (self.situations.get(key, (origin, True))[0], True)
        if is_partial:
            return
        for rank, (owner, known) in self.people.items():
            if owner == origin and rank not in here and known[-1][1]:
                known.append((at, False))
        for key, (owner, _) in list(self.situations.items()):
            if owner == origin and key not in rows:
                self.situations[key] = (owner, False)

    def active(self, rank: int, at: datetime) -> bool | None:
        past = [state for since, state in self.people.get(rank, ("", []))[1] if since <= at]
        return past[-1] if past else None


@pytest.mark.parametrize("seed", range(12))
async def test_the_directory_lives_as_the_model(carnet: Carnet, seed: int) -> None:
    rng, model, instants = Random(seed), Model(), []
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def clock() -> datetime:
        nonlocal now
        now += timedelta(hours=rng.choice((1, 2, -3)))  # a clock that steps back now and then
        return now

    async with carnet.database.transaction() as tx:
        for table in ("professional", "professional_past", "situation", "organization", "import"):
            await tx.execute(f"DELETE FROM directory_{table}")
    for _ in range(8):
        rows = {(rank, rng.choice((*PLACES, ""))) for rank in PEOPLE for _ in range(rng.randint(0, 2))} or {(0, "")}
        origin, is_partial = rng.choice((PUBLISHED, PUBLISHED, INVENTED)), rng.random() < 0.3
        lines = [
            an_activity(rank, at=place) if place else a_person(rank)
            for rank, place in rng.sample(sorted(rows), len(rows))
        ]
        begun = reading("fichier.txt", iter([activities(*lines)]), None)
        report = await import_published(
            carnet.database, replace(begun.source, origin=origin), begun.entries,
            terms=ImportTerms(is_partial=is_partial, max_lost_percent=100), actor=SYSTEM,
            sealer=carnet.services.store.system_key, clock=clock,
        )  # fmt: skip
        assert not instants or report.at > instants[-1]
        model.load(rows, report.at, origin=origin, is_partial=is_partial)
        instants.append(report.at)

    moments = [each + step for each in instants for step in (timedelta(0), timedelta(microseconds=-1))]
    async with carnet.database.connection() as connection:
        for rank in PEOPLE:
            for at in (*moments, instants[-1] + timedelta(days=1)):
                assert await is_active(connection, "8" + an_rpps(rank), at=at) is model.active(rank, at), (rank, at)
        cursor = await connection.execute("SELECT person, substr(organization, 2), active FROM directory_situation")
        held = {(person, place): active for person, place, active in await cursor.fetchall()}
    assert held == {("8" + an_rpps(rank), place): active for (rank, place), (_, active) in model.situations.items()}
