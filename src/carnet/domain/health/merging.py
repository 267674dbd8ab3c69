"""
The facts of several documents told once each, the most recent source first; pure.

The same code makes one fact of two, else the same name. What an older source adds (a reaction, a date) is kept: it would be
dangerous to lose. Statements that contradict each other are both told. See docs/decisions/0043-health-facts.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from carnet.domain.health.model import (
    SUMMARY_TYPES,
    Fact,
    FactKind,
    Finding,
    Overview,
    ReadState,
    Source,
    Stated,
    ToldFact,
)
from carnet.domain.record.browsing.words import plain

_MOST_NOTES: Final = 16
_OVER: Final = frozenset({"inactif", "inactive", "resolu", "resolue", "gueri", "guerie", "termine", "terminee"})
_RANK: Final = {Finding.PRESENT: 0, Finding.DENIED: 1, Finding.NONE_KNOWN: 2}


@dataclass(slots=True)
class _Group:
    fact: Fact
    sources: list[Source] = field(default_factory=list)


def merged(stated: Iterable[Stated], sources: Mapping[UUID, Source]) -> Overview:
    """
    What documents state, for their reader.

    Takes
        sources: by document; those without one are not told.
    """
    known = [(sources[each.logical_id], each) for each in stated if each.logical_id in sources]
    known.sort(key=lambda each: each[0].entry.position, reverse=True)
    summary = next((source for source, each in known if each.facts and is_summary(source)), None)
    told: dict[FactKind, list[ToldFact]] = {kind: [] for kind in FactKind}
    for kind in FactKind:
        facts = [
            (source, fact) for source, each in known for fact in each.facts if fact.kind is kind and not _is_idle(fact)
        ]
        told[kind] = _ordered(_grouped(facts), summary)
    allergies = told[FactKind.ALLERGY]
    return Overview(
        tuple(each for each in allergies if each.fact.finding is Finding.PRESENT),
        tuple(each for each in allergies if each.fact.finding is not Finding.PRESENT),
        tuple(told[FactKind.VIGILANCE]), tuple(told[FactKind.PROBLEM]), tuple(told[FactKind.HISTORY]), tuple(told[FactKind.TREATMENT]),
        summary, tuple(source for source, each in known if each.state is not ReadState.READ),
    )  # fmt: skip


def _is_idle(fact: Fact) -> bool:
    """A risk that a document says is absent calls for no vigilance."""
    return fact.kind is FactKind.VIGILANCE and fact.finding is Finding.DENIED


def is_summary(source: Source) -> bool:
    """Whether a document is a medical summary, by its type."""
    return source.entry.facts.type_code in SUMMARY_TYPES


def _grouped(facts: Sequence[tuple[Source, Fact]]) -> list[_Group]:
    """Takes facts of one kind, the most recent source first."""
    groups: list[_Group] = []
    found: dict[tuple[str, ...], _Group] = {}
    for source, fact in facts:
        keys = _keys(fact)
        group = next((found[key] for key in keys if key in found), None)
        if group is None:
            group = _Group(fact)
            groups.append(group)
        else:
            group.fact = _with(group.fact, fact)
        if source not in group.sources:
            group.sources.append(source)
        for key in keys:
            found.setdefault(key, group)
    return groups


def _keys(fact: Fact) -> list[tuple[str, ...]]:
    """What makes two statements the same: a code, or a name."""
    named = (fact.finding, plain(fact.name))
    return [named] if fact.code is None else [(fact.finding, fact.code.system, fact.code.code), named]


def _with(fact: Fact, older: Fact) -> Fact:
    """A fact with what an older statement of it adds."""
    said = {(plain(label), plain(words)) for label, words in fact.notes}
    more = [note for note in older.notes if (plain(note[0]), plain(note[1])) not in said]
    return replace(
        fact, detail=fact.detail or older.detail, status=fact.status or older.status, notes=(*fact.notes, *more)[:_MOST_NOTES],
        since=fact.since or older.since, code=fact.code or older.code, is_doubtful=fact.is_doubtful or older.is_doubtful,
    )  # fmt: skip


def is_over(fact: Fact) -> bool:
    """Whether its status says that it is no longer."""
    return plain(fact.status) in _OVER


def _ordered(groups: Iterable[_Group], summary: Source | None) -> list[ToldFact]:
    """What is, before what is not; of the most recent summary first; what is over last. Else the most recent first."""
    told = [
        ToldFact(each.fact, tuple(each.sources), summary is not None and summary in each.sources) for each in groups
    ]
    return sorted(told, key=lambda each: (_RANK[each.fact.finding], is_over(each.fact), not each.is_in_summary))
