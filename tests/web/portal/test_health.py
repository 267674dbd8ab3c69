"""Facts as a page shows them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.domain.health.test_merging import a_source, an_allergy

from carnet.document_types.table import DocumentTypes
from carnet.domain.health.model import Fact, FactKind, Finding, Overview, Source, ToldFact
from carnet.vocabulary.moments import Moment
from carnet.web.portal.health import MOST, MOST_SOURCES, ShownFact, ShownOverview, shown_overview

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TYPES = DocumentTypes.load()


def show(**parts: object) -> ShownOverview:
    return shown_overview(Overview(**parts), TYPES, now=NOW)  # type: ignore[arg-type]  # members by name


def told(fact: Fact, *sources: Source) -> ToldFact:
    return ToldFact(fact, sources or (a_source(1),))


def one(fact: Fact, *sources: Source) -> ShownFact:
    return show(allergies=(told(fact, *sources),)).allergies.facts[0]


def test_a_fact_says_all_that_is_known_of_it() -> None:
    shown = one(
        an_allergy(
            detail="allergie médicamenteuse", status="Actif", since=Moment.from_fhir("2014-03-12"),
            notes=(("Réaction", "Urticaire"), ("Sévérité", "Sévère"), ("Posologie", "1 par jour")),
        )
    )  # fmt: skip
    assert shown.lines == (
        "Allergie médicamenteuse", "Réaction\xa0: Urticaire", "Sévérité\xa0: Sévère", "1 par jour", "Depuis le 12 mars 2014",
    )  # fmt: skip
    assert (shown.status, shown.grade, shown.first.title, shown.count) == ("Actif", "Sévère", "Titre", 0)
    assert not shown.is_negative


@pytest.mark.parametrize(("words", "grade"), [("modérée", ""), ("Élevée", "Élevée"), ("haute", "haute")])
def test_what_is_severe_is_marked_in_the_words_of_the_document(words: str, grade: str) -> None:
    assert one(an_allergy(notes=(("Criticité", words),))).grade == grade


@pytest.mark.parametrize(
    ("until", "is_over"), [("2026-05-31", True), ("2026-06-01", False), ("2027", False), (None, False)]
)
def test_what_ended_is_over(until: str | None, is_over: bool) -> None:
    end = None if until is None else Moment.from_fhir(until)
    assert one(replace(an_allergy(), until=end)).is_over is is_over


def test_sources_past_a_few_are_counted() -> None:
    shown = one(an_allergy(), *(a_source(n) for n in range(MOST_SOURCES + 4)))
    assert (len(shown.others), shown.more, shown.count) == (MOST_SOURCES, 3, MOST_SOURCES + 3)


def test_facts_past_many_are_counted() -> None:
    shown = show(allergies=tuple(told(an_allergy(str(n))) for n in range(MOST + 2))).allergies
    assert (len(shown.facts), shown.more, shown.present) == (MOST, 2, MOST + 2)


def test_documents_that_were_not_read_are_named_then_counted() -> None:
    shown = show(unread=tuple(a_source(n) for n in range(MOST_SOURCES + 2)))
    assert (len(shown.unread), shown.more_unread) == (MOST_SOURCES, 2)


def test_facts_of_one_document_stand_under_one_source() -> None:
    one_source, other = a_source(1), a_source(2)
    facts = (
        told(an_allergy("A"), one_source), told(an_allergy("B"), one_source), told(an_allergy("C"), one_source, other),
        told(an_allergy("D"), other),
    )  # fmt: skip
    groups = show(allergies=facts).allergies.groups
    assert [[each.name for each in group] for group in groups] == [["A", "B"], ["C"], ["D"]]


@pytest.mark.parametrize(
    ("denied", "is_contradicted"),
    [
        (an_allergy("Aucune allergie connue", Finding.NONE_KNOWN), True),
        (an_allergy("pénicillines", Finding.DENIED), True),
        (an_allergy("Latex", Finding.DENIED), False),
    ],
)
def test_what_contradicts(denied: Fact, is_contradicted: bool) -> None:
    assert show(allergies=(told(an_allergy()),), no_allergy=(told(denied),)).is_contradicted is is_contradicted
    assert not show(no_allergy=(told(denied),)).is_contradicted


def test_the_synthesis_has_the_parts_that_say_something() -> None:
    shown = show(treatments=(told(Fact(FactKind.TREATMENT, "Aucun traitement", Finding.NONE_KNOWN)),))
    assert [(name, facts.present) for name, _, facts in shown.synthesis] == [("traitements", 0)]
    assert show().synthesis == ()


def test_a_title_that_the_heading_says_is_not_repeated() -> None:
    facts = tuple(told(Fact(FactKind.VIGILANCE, "x", detail=title)) for title in ("Points de vigilance", "Mode de vie"))
    assert [each.lines for each in show(vigilance=facts).vigilance.facts] == [(), ("Mode de vie",)]
