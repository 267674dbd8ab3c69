"""
Facts of health as pages show them: words of the documents, each with its date, its source and who wrote it.

Used by both portals; the template is `portal/health.html`.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby, islice
from uuid import UUID

from carnet.domain.health.merging import is_over
from carnet.domain.health.model import Fact, FactKind, Finding, Overview, Source, ToldFact
from carnet.domain.record.browsing.model import Row
from carnet.domain.record.browsing.words import plain
from carnet.domain.record.ports import TypeTable
from carnet.formats.cda.reading.model import Period
from carnet.vocabulary.frozen import frozen
from carnet.web.portal.documents.shown import Shown, shown
from carnet.web.reading_words import capitalized, period

MOST = 60  # facts of one list on a page; the others are counted
MOST_SOURCES = 8
# Words of a severity or of a criticality that ask to be looked at first. Source: JDV CISIS of severities, SNOMED CT labels in French.
_SEVERE = frozenset(
    {"sévère", "severe", "élevé", "élevée", "haut", "haute", "grave", "très sévère", "mortel", "mortelle", "critique"}
)
_HEADINGS = frozenset({"points de vigilance", "facteurs de risque", "facteurs de risques"})
_GRADES = frozenset({"Sévérité", "Criticité"})


@frozen
class ShownFact:
    """
    One line. lines: what is said of it, in order. is_negative: the document says that it is not. grade: a severity to be looked at first, in
    the document's words. first: the most recent source; others: the rest, at most MOST_SOURCES; more: how many are left.
    """

    name: str
    lines: tuple[str, ...]
    is_negative: bool
    is_none: bool
    is_over: bool
    is_doubtful: bool
    is_in_summary: bool
    status: str
    grade: str
    first: Shown
    others: tuple[Shown, ...]
    more: int

    @property
    def count(self) -> int:
        """How many other documents say it."""
        return len(self.others) + self.more


@frozen
class ShownList:
    """Facts of one kind. more: how many are not shown."""

    facts: tuple[ShownFact, ...]
    more: int

    def __bool__(self) -> bool:
        return bool(self.facts)

    @property
    def groups(self) -> list[list[ShownFact]]:
        """Facts that follow each other and that one document alone states stand together, so that it is named once."""
        return [
            list(each)
            for _, each in groupby(self.facts, key=lambda fact: (fact.first.logical_id, fact.count and fact.name))
        ]

    @property
    def present(self) -> int:
        """How many are said to be."""
        return sum(not each.is_negative for each in self.facts) + self.more


@frozen
class ShownOverview:
    allergies: ShownList
    no_allergy: ShownList
    vigilance: ShownList
    problems: ShownList
    history: ShownList
    treatments: ShownList
    summary: Shown | None
    unread: tuple[Shown, ...]
    more_unread: int

    @property
    def is_contradicted(self) -> bool:
        """Whether documents state allergies and others none at all, or not that one."""
        named = {plain(each.name) for each in self.allergies.facts}
        return bool(named) and any(each.is_none or plain(each.name) in named for each in self.no_allergy.facts)

    @property
    def synthesis(self) -> tuple[tuple[str, str, ShownList], ...]:
        """The parts that have something: name for an id, title, facts."""
        parts = (
            ("problemes", "Problèmes actifs", self.problems), ("antecedents", "Antécédents", self.history),
            ("traitements", "Traitements", self.treatments),
        )  # fmt: skip
        return tuple(part for part in parts if part[2])


def shown_overview(overview: Overview, types: TypeTable, *, now: datetime) -> ShownOverview:
    """What a page shows of an overview. now: a treatment whose end is past is over."""
    show = _Showing(types, now)
    unread = tuple(show.source(each) for each in overview.unread[:MOST_SOURCES])
    return ShownOverview(
        show.all(overview.allergies), show.all(overview.no_allergy), show.all(overview.vigilance), show.all(overview.problems),
        show.all(overview.history), show.all(overview.treatments), None if overview.summary is None else show.source(overview.summary),
        unread, len(overview.unread) - len(unread),
    )  # fmt: skip


class _Showing:
    def __init__(self, types: TypeTable, now: datetime) -> None:
        self._types, self._now = types, now
        self._sources: dict[UUID, Shown] = {}

    def all(self, facts: Sequence[ToldFact]) -> ShownList:
        return ShownList(tuple(self._fact(each) for each in islice(facts, MOST)), max(0, len(facts) - MOST))

    def source(self, source: Source) -> Shown:
        ident = source.entry.logical_id
        if ident not in self._sources:
            row = Row(source.entry, source.card, (), is_new=False, is_read=True)
            self._sources[ident] = shown(row, self._types)
        return self._sources[ident]

    def _fact(self, told: ToldFact) -> ShownFact:
        fact = told.fact
        others = tuple(self.source(each) for each in told.sources[1 : MOST_SOURCES + 1])
        grade = next((words for label, words in fact.notes if label in _GRADES and words.casefold() in _SEVERE), "")
        return ShownFact(
            fact.name, tuple(_lines(fact)), fact.finding is not Finding.PRESENT, fact.finding is Finding.NONE_KNOWN,
            is_over(fact) or (fact.until is not None and fact.until.end <= self._now), fact.is_doubtful, told.is_in_summary, fact.status, grade,
            self.source(told.sources[0]), others, len(told.sources) - 1 - len(others),
        )  # fmt: skip


def _lines(fact: Fact) -> list[str]:
    # A title that the heading of the page says already is not said again.
    is_said = fact.kind is FactKind.VIGILANCE and plain(fact.detail) in _HEADINGS
    said = [capitalized(fact.detail)] if fact.detail and not is_said else []
    said += [words if label == "Posologie" else f"{label}\N{NO-BREAK SPACE}: {words}" for label, words in fact.notes]
    if lasts := period(Period(fact.since, fact.until)):
        said.append(capitalized(lasts))
    return said
