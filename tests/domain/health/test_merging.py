"""Facts of several documents, told once each."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from carnet.domain.access.model import AccessClass, AvailabilityStatus, OwnerKind
from carnet.domain.health.merging import merged
from carnet.domain.health.model import Fact, FactKind, Finding, Overview, ReadState, Source, Stated, ToldFact
from carnet.domain.record.browsing.model import Card, Listed
from carnet.vocabulary.codes import Code
from carnet.vocabulary.moments import Moment

PATIENT = UUID(int=1)
ATC = "2.16.840.1.113883.6.73"
_ids = count(10)


def a_source(days_ago: int, *, type_code: str = "11490-0") -> Source:
    at = datetime(2026, 3, 12, tzinfo=UTC) - timedelta(days=days_ago)
    facts = AccessClass(
        AvailabilityStatus.APPROVED, frozenset(), type_code, "11", OwnerKind.PROFESSIONAL, frozenset(), frozenset()
    )
    return Source(Listed(PATIENT, UUID(int=next(_ids)), facts, at, at.date(), at, False, (), "analyses"), Card("Titre"))  # fmt: skip


def told(*documents: tuple[Source, list[Fact]]) -> Overview:
    stated = [Stated(PATIENT, source.entry.logical_id, ReadState.READ, tuple(facts)) for source, facts in documents]
    return merged(stated, {source.entry.logical_id: source for source, _ in documents})


def an_allergy(name: str = "Pénicillines", finding: Finding = Finding.PRESENT, *, code: str | None = None, system: str = ATC, **more: object) -> Fact:  # fmt: skip
    return Fact(FactKind.ALLERGY, name, finding, None if code is None else Code(code, system), **more)  # type: ignore[arg-type]  # members by name


def names(facts: tuple[ToldFact, ...]) -> list[str]:
    return [each.fact.name for each in facts]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (an_allergy("Pénicillines"), an_allergy("PENICILLINES")),
        (an_allergy("Pénicilline", code="J01C"), an_allergy("Pénicillines (toutes)", code="J01C")),
        (an_allergy("Pénicillines", code="J01C"), an_allergy("pénicillines", code="764146007", system="2.16.840.1.113883.6.96")),
    ],
)  # fmt: skip
def test_the_same_allergy_is_told_once_by_its_most_recent_source(one: Fact, other: Fact) -> None:
    new, old = a_source(1), a_source(100)
    (found,) = told((old, [other]), (new, [one])).allergies
    assert found.fact.name == one.name
    assert found.sources == (new, old)


def test_a_third_document_joins_two_that_differ() -> None:
    coded, both, named = a_source(3), a_source(2), a_source(1)
    overview = told(
        (coded, [an_allergy("Amoxicilline", code="J01C")]),
        (both, [an_allergy("Pénicilline", code="J01C")]),
        (named, [an_allergy("Pénicilline")]),
    )
    assert [each.sources for each in overview.allergies] == [(named, both, coded)]


def test_other_codes_and_other_names_stay_apart() -> None:
    overview = told((a_source(1), [an_allergy("Latex", code="A"), an_allergy("Arachide", code="B"), an_allergy("Pollens")]))  # fmt: skip
    assert names(overview.allergies) == ["Latex", "Arachide", "Pollens"]


def test_what_an_older_source_adds_is_kept() -> None:
    old = an_allergy(
        notes=(("Réaction", "Œdème"), ("Sévérité", "sévère")),
        since=Moment.from_fhir("2004"),
        detail="Allergie",
        status="Actif",
    )
    new = an_allergy(notes=(("Réaction", "Urticaire"), ("Sévérité", "Sévère")), code="J01C")  # fmt: skip
    (found,) = told((a_source(9), [old]), (a_source(1), [new])).allergies
    assert found.fact.notes == (("Réaction", "Urticaire"), ("Sévérité", "Sévère"), ("Réaction", "Œdème"))
    assert (found.fact.since, found.fact.detail, found.fact.status) == (Moment.from_fhir("2004"), "Allergie", "Actif")


def test_one_document_that_says_it_twice_is_one_source() -> None:
    source = a_source(1)
    (found,) = told((source, [an_allergy(), an_allergy()])).allergies
    assert found.sources == (source,)


def test_contradictory_statements_are_both_told() -> None:
    overview = told(
        (a_source(1), [an_allergy("Aucune allergie connue", Finding.NONE_KNOWN)]),
        (a_source(9), [an_allergy("Latex"), an_allergy("Pollens", Finding.DENIED)]),
        (a_source(20), [an_allergy("Aucune allergie connue", Finding.NONE_KNOWN)]),
    )
    assert names(overview.allergies) == ["Latex"]
    assert names(overview.no_allergy) == ["Pollens", "Aucune allergie connue"]
    assert len(overview.no_allergy[1].sources) == 2


def test_the_most_recent_summary_comes_first_what_is_over_and_what_is_denied_last() -> None:
    def problem(name: str, finding: Finding = Finding.PRESENT, **more: object) -> Fact:
        return Fact(FactKind.PROBLEM, name, finding, **more)  # type: ignore[arg-type]  # members by name

    latest = a_source(5, type_code="SYNTH")
    overview = told(
        (a_source(400, type_code="60591-5"), [problem("Ancien")]),
        (a_source(1), [problem("Aucun", Finding.NONE_KNOWN), problem("Récent"), problem("Absent", Finding.DENIED)]),
        (latest, [problem("Guéri", status="Résolu"), problem("Diabète")]),
    )
    assert names(overview.problems) == ["Diabète", "Récent", "Ancien", "Guéri", "Absent", "Aucun"]
    assert overview.summary == latest
    assert [each.is_in_summary for each in overview.problems][:2] == [True, False]


def test_each_kind_has_its_place() -> None:
    overview = told((a_source(1), [Fact(kind, kind.value) for kind in FactKind]))
    places = (overview.allergies, overview.vigilance, overview.problems, overview.history, overview.treatments)
    assert [names(each) for each in places] == [["allergy"], ["vigilance"], ["problem"], ["history"], ["treatment"]]
    assert overview.summary is None


def test_a_risk_that_is_denied_calls_for_no_vigilance() -> None:
    overview = told(
        (a_source(1), [Fact(FactKind.VIGILANCE, "Tabac", Finding.DENIED), Fact(FactKind.VIGILANCE, "Amiante")])
    )
    assert names(overview.vigilance) == ["Amiante"]


def test_a_document_that_was_not_read_is_named_and_one_without_source_is_not() -> None:
    waiting, broken, hidden = a_source(1), a_source(2), a_source(3)
    stated = [
        Stated(PATIENT, broken.entry.logical_id, ReadState.UNREADABLE),
        Stated(PATIENT, waiting.entry.logical_id, ReadState.UNREAD),
        Stated(PATIENT, hidden.entry.logical_id, ReadState.READ, (an_allergy(),)),
    ]
    overview = merged(stated, {each.entry.logical_id: each for each in (waiting, broken)})
    assert overview == Overview(unread=(waiting, broken))
