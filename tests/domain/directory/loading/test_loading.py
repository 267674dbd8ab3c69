"""Imports on a real database: what is added, changed, put out of activity, guarded, and what an interruption leaves."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.builders.annuaire import (
    a_legal_entity,
    a_mailbox,
    a_person,
    a_site,
    activities,
    an_activity,
    an_rpps,
    mailboxes,
)

from carnet.app import Carnet
from carnet.domain.actor import SYSTEM
from carnet.domain.directory.loading import import_published
from carnet.domain.directory.loading.model import INVENTED, PUBLISHED, ImportReport, ImportTerms
from carnet.domain.directory.standing import is_active
from carnet.domain.errors import Conflict, Invalid
from carnet.operating.directory_files import reading
from carnet.territory.annuaire import MAILBOX_COLUMNS

TABLES = (
    "directory_professional",
    "directory_situation",
    "directory_organization",
    "directory_mailbox",
    "directory_professional_past",
)


class Clock:
    """A clock that a test sets; every look takes a second."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 15, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class Directory:
    """The directory of a test, empty at first."""

    def __init__(self, carnet: Carnet) -> None:
        self.carnet = carnet
        self.clock = Clock()

    async def load(
        self, content: bytes, name: str = "extraction.txt", *, origin: str = PUBLISHED, **terms: Any
    ) -> ImportReport:
        begun = reading(name, iter([content]), None)
        return await import_published(
            self.carnet.database, replace(begun.source, origin=origin), begun.entries, terms=ImportTerms(**{"max_lost_percent": 100, **terms}), actor=SYSTEM,
            sealer=self.carnet.services.store.system_key, clock=self.clock,
        )  # fmt: skip

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.carnet.database.connection() as connection:
            return await (await connection.execute(sql)).fetchall()

    async def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        return {table: await self.rows(f"SELECT k.*, k.xmin FROM {table} k ORDER BY 1, 2, 3") for table in TABLES}

    async def active(self, rank: int, at: datetime | None = None) -> bool | None:
        async with self.carnet.database.connection() as connection:
            return await is_active(connection, "8" + an_rpps(rank), at=at or self.clock.now + timedelta(days=1))


@pytest.fixture
async def directory(carnet: Carnet) -> AsyncIterator[Directory]:
    opened = Directory(carnet)
    yield opened
    async with carnet.database.transaction() as tx:
        for table in (*TABLES, "directory_import"):
            await tx.execute(f"DELETE FROM {table}")


async def test_one_person_in_two_places_with_two_skills(directory: Directory) -> None:
    skills = [{"skill": "SM26", "skill_type": "S"}, {"skill": "CAPA01", "skill_type": "CAPA"}]
    rows = [an_activity(1, at=at, legal="990000019", **skill) for at in ("990000001", "990000027") for skill in skills]
    report = await directory.load(activities(*rows, a_person(2)))
    assert report.counts["professionals"].added == 2
    assert report.counts["situations"].added == 2
    assert report.counts["organizations"].added == 3
    assert await directory.rows(
        f"SELECT professions, skills FROM directory_professional WHERE number = '{an_rpps(1)}'"
    ) == [(["10|C"], ["CAPA01|CAPA", "SM26|S"])]
    assert await directory.rows(
        "SELECT name, is_legal_entity FROM directory_organization WHERE finess = '990000019'"
    ) == [("", True)]


async def test_someone_known_by_a_role_alone(directory: Directory) -> None:
    await directory.load(activities(an_activity(1, profession="", category="", role="ROL01")))
    assert await directory.rows("SELECT professions, codes FROM directory_professional") == [([], [])]
    assert await directory.rows("SELECT role FROM directory_situation") == [("ROL01",)]


async def test_the_same_file_twice_writes_nothing(directory: Directory) -> None:
    content = activities(*(an_activity(rank, legal="990000019") for rank in range(5)), a_person(9))
    boxes = mailboxes(a_mailbox("a@b.fr", rank=1), a_mailbox("c@d.fr", at="990000001", kind="ORG"))
    await directory.load(content)
    await directory.load(boxes)
    before = await directory.everything()
    for again in (
        content,
        boxes,
        activities(*reversed([an_activity(rank, legal="990000019") for rank in range(5)]), a_person(9)),
    ):
        report = await directory.load(again)
        assert all((c.added, c.changed, c.deactivated, c.reactivated) == (0, 0, 0, 0) for c in report.counts.values())
    assert await directory.everything() == before


async def test_a_change_is_written_once_with_its_instant(directory: Directory) -> None:
    await directory.load(activities(an_activity(1), an_activity(2)))
    report = await directory.load(activities(an_activity(1, family="NOUVEAU"), an_activity(2)))
    assert report.counts["professionals"].changed == 1
    assert await directory.rows(
        "SELECT family, family_key, changed_at FROM directory_professional WHERE family = 'NOUVEAU'"
    ) == [("NOUVEAU", "NOUVEAU", report.at)]


async def test_whom_a_complete_file_leaves_out_becomes_inactive_and_keeps_only_identifiers(
    directory: Directory,
) -> None:
    first = await directory.load(activities(an_activity(1), an_activity(2, at="990000027")))
    second = await directory.load(activities(an_activity(1)))
    assert second.counts["professionals"].deactivated == 1
    assert second.counts["situations"].deactivated == 1
    assert second.counts["organizations"].deactivated == 1
    ((*texts, active, since),) = await directory.rows(
        f"SELECT family, given, civility, title, family_key, codes, active, since FROM directory_professional WHERE number = '{an_rpps(2)}'"
    )
    assert texts == ["", "", "", "", "", []]
    assert (active, since) == (False, second.at)
    assert await directory.active(2, first.at - timedelta(seconds=1)) is None
    assert await directory.active(2, first.at) is True
    assert await directory.active(2, second.at - timedelta(microseconds=1)) is True
    assert await directory.active(2, second.at) is False


async def test_someone_back_is_active_again_and_the_past_is_kept(directory: Directory) -> None:
    await directory.load(activities(an_activity(1), an_activity(2)))
    gone = await directory.load(activities(an_activity(1)))
    back = await directory.load(activities(an_activity(1), an_activity(2)))
    assert (back.counts["professionals"].reactivated, back.counts["professionals"].changed) == (1, 1)
    assert await directory.active(2, gone.at) is False
    assert await directory.active(2, back.at) is True
    assert await directory.active(77) is None


async def test_a_partial_file_ends_nothing(directory: Directory) -> None:
    await directory.load(activities(an_activity(1), an_activity(2)))
    report = await directory.load(activities(an_activity(3)), is_partial=True)
    assert not report.is_complete
    assert await directory.rows("SELECT count(*) FROM directory_professional WHERE active") == [(3,)]


async def test_a_file_that_would_end_too_many_is_refused_whole(directory: Directory) -> None:
    await directory.load(activities(*(an_activity(rank) for rank in range(20))))
    before = await directory.everything()
    with pytest.raises(Invalid) as told:
        await directory.load(
            activities(*(an_activity(rank, family="AUTRE") for rank in range(17))), max_lost_percent=10
        )
    assert {(i.code, i.facts["population"], i.facts["lost"], i.facts["held"]) for i in told.value.issues} == {
        ("directory-losing-too-many", "professionals", "3", "20"),
        ("directory-losing-too-many", "situations", "3", "20"),
    }
    assert await directory.everything() == before
    await directory.load(activities(*(an_activity(rank) for rank in range(18))), max_lost_percent=10)
    await directory.load(activities(an_activity(1)), max_lost_percent=10, is_forced=True)
    assert await directory.rows("SELECT count(*) FROM directory_professional WHERE active") == [(1,)]


async def test_someone_whose_line_cannot_be_read_is_not_taken_for_absent(directory: Directory) -> None:
    await directory.load(activities(an_activity(1), an_activity(2, at="990000027"), a_person(3)))
    header, good, bad, *_ = (
        activities(an_activity(1), an_activity(2, family="FAÇADE", at="990000027")).decode().split("\n")
    )
    content = f"{header}\n{good}\n".encode() + bad.encode("latin-1") + b"\n"
    report = await directory.load(content)
    assert report.tally.refused == {"line-encoding": 1}
    assert await directory.active(2) is True
    assert await directory.active(3) is False
    assert await directory.rows("SELECT count(*) FROM directory_situation WHERE active") == [(2,)]
    assert await directory.rows("SELECT count(*) FROM directory_organization WHERE active") == [(2,)]


async def test_a_file_cut_short_takes_nothing_away(directory: Directory) -> None:
    await directory.load(activities(an_activity(1), an_activity(2), an_activity(3)))
    report = await directory.load(activities(an_activity(1, family="NOUVEAU"), an_activity(2))[:-60])
    assert report.tally.refused == {"line-truncated": 1}
    assert not report.is_complete
    assert await directory.rows("SELECT count(*) FROM directory_professional WHERE active") == [(3,)]
    assert await directory.rows("SELECT count(*) FROM directory_professional WHERE family = 'NOUVEAU'") == [(1,)]


async def test_nothing_readable_changes_nothing(directory: Directory) -> None:
    await directory.load(activities(an_activity(1)))
    with pytest.raises(Invalid) as told:
        await directory.load(activities() + b"x\n" * 1000)
    assert told.value.code == "directory-empty"
    assert await directory.active(1) is True


async def test_an_older_edition_is_refused(directory: Directory) -> None:
    newer, older = (
        "PS_LibreAcces_Personne_activite_202601150900.txt",
        "PS_LibreAcces_Personne_activite_202601140900.txt",
    )
    await directory.load(activities(an_activity(1)), newer)
    with pytest.raises(Conflict) as told:
        await directory.load(activities(an_activity(1)), older)
    assert told.value.code == "directory-edition-older"
    await directory.load(activities(an_activity(1)), newer)
    await directory.load(activities(an_activity(1)), older, is_forced=True)


async def test_a_clock_that_steps_back_does_not_reorder_changes(directory: Directory) -> None:
    first = await directory.load(activities(an_activity(1), an_activity(2)))
    directory.clock.now -= timedelta(days=30)
    second = await directory.load(activities(an_activity(1)))
    assert second.at > first.at
    assert await directory.active(2, first.at) is True
    assert await directory.active(2, second.at) is False


async def test_one_import_at_a_time(directory: Directory) -> None:
    content = activities(an_activity(1))

    async def within() -> None:
        with pytest.raises(Conflict) as told:
            await directory.load(content)
        assert told.value.code == "directory-import-running"

    async with directory.carnet.database.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock(hashtext('carnet directory import'))")
        await within()
    await directory.load(content)


async def test_an_import_broken_off_leaves_the_former_directory(directory: Directory) -> None:
    await directory.load(activities(an_activity(1)))
    before = await directory.everything()

    def entries() -> Any:
        yield from reading("x.txt", iter([activities(*(an_activity(rank) for rank in range(2, 900)))]), None).entries
        raise KeyboardInterrupt

    begun = reading("x.txt", iter([activities(an_activity(2))]), None)
    with pytest.raises(KeyboardInterrupt):
        await import_published(
            directory.carnet.database, begun.source, entries(), terms=ImportTerms(), actor=SYSTEM,
            sealer=directory.carnet.services.store.system_key, clock=directory.clock,
        )  # fmt: skip
    assert await directory.everything() == before
    await directory.load(activities(an_activity(1), an_activity(2)))


async def test_mailboxes_follow_their_file_and_touch_what_shows_them(directory: Directory) -> None:
    await directory.load(activities(an_activity(1), an_activity(2)))
    first = await directory.load(
        mailboxes(
            a_mailbox("a@b.fr", rank=1),
            a_mailbox("b@b.fr", rank=1, at="990000001"),
            a_mailbox("c@b.fr", at="990000001", kind="ORG"),
        )
    )
    assert first.counts["mailboxes"].added == 3
    changed = "SELECT changed_at FROM {} WHERE {} AND changed_at = '" + first.at.isoformat() + "'"
    assert await directory.rows(changed.format("directory_professional", f"number = '{an_rpps(1)}'"))
    assert await directory.rows(changed.format("directory_situation", f"person = '8{an_rpps(1)}'"))
    assert await directory.rows(changed.format("directory_organization", "true"))
    assert not await directory.rows(changed.format("directory_professional", f"number = '{an_rpps(2)}'"))
    second = await directory.load(mailboxes(a_mailbox("a@b.fr", rank=1)))
    assert second.counts["mailboxes"].deactivated == 2
    assert await directory.rows("SELECT address FROM directory_mailbox") == [("a@b.fr",)]


async def test_an_unlisted_mailbox_is_forgotten_even_by_a_partial_file(directory: Directory) -> None:
    await directory.load(activities(an_activity(1)))
    await directory.load(mailboxes(a_mailbox("a@b.fr", rank=1), a_mailbox("b@b.fr", rank=1)))
    columns = (*MAILBOX_COLUMNS, "Liste rouge")
    hidden = mailboxes(a_mailbox("A@b.fr", rank=1) | {"Liste rouge": "O"}, columns=columns)
    report = await directory.load(hidden, is_partial=True)
    assert report.counts["mailboxes"].deactivated == 1
    assert await directory.rows("SELECT address FROM directory_mailbox") == [("b@b.fr",)]


def finess(*entities: object) -> bytes:
    return json.dumps({"pmej": list(entities), "gco": {}, "gcc": {}}).encode()


async def test_what_finess_describes_the_annuaire_does_not_rewrite(directory: Directory) -> None:
    extraction = activities(an_activity(1, legal="990000019"))
    structures = finess(a_legal_entity("990000019", a_site("990000001"), a_site("990000035")))
    await directory.load(extraction)
    report = await directory.load(structures, "finess.json")
    assert (report.counts["organizations"].added, report.counts["organizations"].changed) == (1, 2)
    before = await directory.everything()
    for again, name in ((extraction, "extraction.txt"), (structures, "finess.json")):
        report = await directory.load(again, name)
        assert (report.counts["organizations"].added, report.counts["organizations"].changed) == (0, 0)
    assert await directory.everything() == before
    assert await directory.rows("SELECT name, sector FROM directory_organization WHERE finess = '990000001'") == [
        ("SITE 001", "SA01")
    ]


async def test_a_structure_lives_while_one_register_knows_it(directory: Directory) -> None:
    both = finess(a_legal_entity("990000019", a_site("990000001")))
    await directory.load(both, "finess.json")
    await directory.load(activities(an_activity(1), an_activity(2, at="990000043")))
    await directory.load(activities(an_activity(2, at="990000043")))
    active = "SELECT finess FROM directory_organization WHERE active ORDER BY 1"
    assert await directory.rows(active) == [("990000001",), ("990000019",), ("990000043",)]
    closed = a_legal_entity("990000019", a_site("990000001", dateFermeture="2020-01-01"))
    report = await directory.load(finess(closed), "finess.json", is_partial=True)
    assert report.counts["organizations"].deactivated == 1
    assert await directory.rows(active) == [("990000019",), ("990000043",)]


async def test_a_file_ends_only_what_came_from_its_own_origin(directory: Directory) -> None:
    invented = [an_activity(1, legal="990000019"), an_activity(2)]
    structures = finess(a_legal_entity("990000035", a_site("990000043")))
    await directory.load(structures, "finess.json", origin=INVENTED)
    await directory.load(activities(*invented), origin=INVENTED)
    await directory.load(mailboxes(a_mailbox("a@b.fr", rank=1)), origin=INVENTED)
    await directory.load(activities(an_activity(3, at="990000027")), max_lost_percent=0)
    await directory.load(mailboxes(a_mailbox("c@d.fr", rank=3)), max_lost_percent=0)
    await directory.load(finess(a_legal_entity("990000050", a_site("990000051"))), "finess.json", max_lost_percent=0)
    for table in ("directory_professional", "directory_situation", "directory_organization"):
        assert await directory.rows(f"SELECT count(*) FROM {table} WHERE NOT active") == [(0,)]
    assert await directory.rows("SELECT count(*) FROM directory_mailbox") == [(2,)]
    await directory.load(activities(invented[0]), origin=INVENTED)
    assert await directory.active(2) is False
    assert await directory.active(3) is True


def a_stock(*sites: str) -> bytes:
    """The stock of FINESS: sites without a header, in ISO-8859-1."""
    lines = ["finess;etalab;93;2026-01-05"]
    for number, legal, name in (site.split("/") for site in sites):
        fields = ["structureet", number, legal, name, "", "", "", "3", "R", "DES ÉTÉS", "", "", "238", "35", "ILLE ET VILAINE",
                  "35000 RENNES", "0299000000", "", "355", "Centre hospitalier", "1102", "CH", "99999999900011", "8610Z", "03", "ARS", "1", "",
                  "1990-01-02", "1980-01-02", "2020-01-02", ""]  # fmt: skip
        lines += [";".join(fields), f"geolocalisation;{number};1;2;3;2026-01-05"]
    return ("\n".join(lines) + "\n").encode("latin-1")


async def test_the_stock_of_finess_names_legal_entities_and_ends_none(directory: Directory) -> None:
    await directory.load(finess(a_legal_entity("990000050"), a_legal_entity("990000019")), "finess.json")
    name = "etalab-cs1100502-stock-20260105-0301.csv"
    report = await directory.load(a_stock("990000001/990000019/HÔPITAL D'ÉTÉ", "990000027/990000035/B"), name)
    assert report.tally.refused == {}
    assert (report.counts["organizations"].added, report.counts["organizations"].deactivated) == (3, 0)
    held = "SELECT finess, name, part_of, siret, commune, city, category, opened FROM directory_organization WHERE finess = '990000001'"
    assert await directory.rows(held) == [
        ("990000001", "HÔPITAL D'ÉTÉ", "1990000019", "99999999900011", "35238", "RENNES", "355", "1990-01-02")
    ]
    again = await directory.load(a_stock("990000001/990000019/HÔPITAL D'ÉTÉ"), name)
    assert (again.counts["organizations"].changed, again.counts["organizations"].deactivated) == (0, 1)
    active = "SELECT finess, name FROM directory_organization WHERE active ORDER BY 1"
    assert await directory.rows(active) == [
        ("990000001", "HÔPITAL D'ÉTÉ"),
        ("990000019", "ENTITÉ 019"),
        ("990000035", ""),
        ("990000050", "ENTITÉ 050"),
    ]


async def test_an_import_leaves_its_event_in_the_system_s_trail(directory: Directory) -> None:
    before = await directory.rows("SELECT count(*) FROM system_event WHERE type = 'directory-imported'")
    await directory.load(activities(an_activity(1)))
    after = await directory.rows("SELECT count(*) FROM system_event WHERE type = 'directory-imported'")
    assert after[0][0] == before[0][0] + 1
