"""What a list is asked, as a link carries it: sealed, so that no address tells of a word, a type or a name."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.domain.record.browsing.model import Choice, Only, Position, Sort
from carnet.vocabulary.frozen import frozen


@frozen
class Report:
    """
    What was just done to several documents: to which, how many were so already, and how many were refused by code. folder: where they were put.
    """

    act: str
    done: tuple[UUID, ...] = ()
    already: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    folder: UUID | None = None


@frozen
class Asked:
    """after: where the page starts. selects: several documents are being chosen. report: what was just done."""

    choice: Choice = field(default_factory=Choice)
    after: Position | None = None
    selects: bool = False
    report: Report | None = None

    def but(self, **changes: Any) -> "Asked":
        """The same list narrowed otherwise, from its start."""
        return Asked(replace(self.choice, **changes), selects=self.selects)

    def toggled(self, kind: Only) -> "Asked":
        """With this kind if it was without, and the reverse."""
        return self.but(only=self.choice.only ^ {kind})

    def state(self) -> dict[str, Any]:
        """As it is sealed; what is not asked is left out."""
        choice, report = self.choice, self.report
        found: dict[str, Any] = {
            "w": choice.words,
            "f": choice.family,
            "t": choice.type_code,
            "p": choice.producer,
            "y": choice.year,
            "o": sorted(choice.only),
            "d": choice.folder and choice.folder.hex,
            "q": choice.sort if choice.sort is not Sort.NEWEST else None,
            "a": self.after and [_written(self.after[0]), self.after[1].hex],
            "s": int(self.selects),
            "r": report
            and [
                report.act,
                [each.hex for each in report.done],
                report.already,
                report.refused,
                report.folder and report.folder.hex,
            ],
        }
        return {name: value for name, value in found.items() if value}


def read_asked(state: Mapping[str, Any]) -> Asked:
    """What a sealed state asks; what it does not say is not asked."""
    choice = Choice(
        state.get("w", ""), state.get("f"), state.get("t"), state.get("p"), state.get("y"), frozenset(map(Only, state.get("o", ()))),
        _uuid(state.get("d")), Sort(state.get("q", Sort.NEWEST)),
    )  # fmt: skip
    after = state.get("a")
    report = state.get("r")
    return Asked(
        choice,
        None if after is None else read_position(after, choice.sort),
        bool(state.get("s")),
        None
        if report is None
        else Report(report[0], tuple(map(UUID, report[1])), report[2], dict(report[3]), _uuid(report[4])),
    )


def read_position(written: Sequence[str], sort: Sort) -> Position:
    """Where a page starts, as a state carries it."""
    value = written[0] if sort in {Sort.TITLE, Sort.WRITER} else datetime.fromisoformat(written[0])
    return value, UUID(written[1])


def _written(value: datetime | str) -> str:
    return value if isinstance(value, str) else value.isoformat()


def chosen_ids(values: Sequence[str]) -> list[UUID]:
    """Documents ticked in a form, each once; what is no identifier is no document."""
    found: dict[UUID, None] = {}
    for value in values:
        try:
            found[UUID(value)] = None
        except ValueError:
            continue
    return list(found)


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
