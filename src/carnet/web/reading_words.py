"""Days, periods and positions in French, for the pages that show a document."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from carnet.formats.cda.reading.answers import counted
from carnet.formats.cda.reading.biology import OUTSIDE_TITLE
from carnet.formats.cda.reading.model import Maker, Period, Position, Result
from carnet.vocabulary.moments import Moment
from carnet.web.wording import wording

__all__ = ["capitalized", "counted", "day", "grouped", "job", "listed", "period", "position", "short_day", "title_for"]

_MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_POSITIONS: Final = {
    Position.FAR_BELOW: "Très en dessous de la zone habituelle",
    Position.BELOW: "En dessous de la zone habituelle",
    Position.WITHIN: "Dans la zone habituelle",
    Position.ABOVE: "Au-dessus de la zone habituelle",
    Position.FAR_ABOVE: "Très au-dessus de la zone habituelle",
    Position.FLAGGED: "Signalé par le laboratoire",
    Position.UNSAID: "",
}


def day(moment: Moment | None, *, preposition: bool = False) -> str:
    """« 3 mars 2026 », « mars 2026 », « 2026 », as precise as the document; « le », « en » before it when asked."""
    if moment is None:
        return ""
    year, month, number = moment.text[:4], moment.text[5:7], moment.text[8:10]
    if not month:
        return f"en {year}" if preposition else year
    named = _MONTHS[int(month) - 1]
    if not number:
        return f"en {named} {year}" if preposition else f"{named} {year}"
    said = f"{'1er' if number == '01' else int(number)} {named} {year}"
    return f"le {said}" if preposition else said


def period(value: Period) -> str:
    """« du 1er au 6 décembre 2023 », « depuis mars 2020 », « pendant 8 jours »."""
    start, end = value.start, value.end
    if start is not None and end is not None:
        if start.text[:10] == end.text[:10]:
            return day(start, preposition=True)
        from_day, to_day = day(start), day(end)
        if len(start.text) >= 10 and len(end.text) >= 10:
            if start.text[:7] == end.text[:7]:
                from_day = from_day.split(" ", 1)[0]
            elif start.text[:4] == end.text[:4]:
                from_day = from_day.rsplit(" ", 1)[0]
            return f"du {from_day} au {to_day}"
        return f"de {from_day} à {to_day}"
    length = "" if value.days is None else f"pendant {value.days} jour{'s' if value.days > 1 else ''}"
    if start is not None:
        if length:
            return f"{length} à partir {_of(start)}"
        return f"depuis {'le ' if len(start.text) >= 10 else ''}{day(start)}"
    if end is not None:
        return f"jusqu’{'au' if len(end.text) >= 10 else 'à'} {day(end)}"
    return length


def _of(moment: Moment) -> str:
    return f"du {day(moment)}" if len(moment.text) >= 10 else f"de {day(moment)}"


def short_day(moment: Moment | None) -> str:
    """« 12/09/2020 », for tables of professionals; as precise as the document."""
    return "" if moment is None else "/".join(reversed(moment.text[:10].split("-")))


def position(value: Position, *, is_short: bool = False) -> str:
    """Where a result stands, in words; empty when nothing can be said. is_short: under a heading that says beside what."""
    said = _POSITIONS[value]
    return said.removesuffix(" de la zone habituelle") if is_short else said


def grouped(results: Iterable[Result]) -> Sequence[tuple[str, Sequence[Result]]]:
    """Results that follow each other under the same headings, with these headings."""
    return [(" – ".join(group), tuple(each)) for group, each in groupby(results, key=lambda result: result.group)]


def title_for(title: str, *, to_professional: bool) -> str:
    """The title of a part; those that speak to the person are said otherwise to a professional."""
    return "Hors de la zone habituelle" if to_professional and title == OUTSIDE_TITLE else title


def job(maker: Maker) -> str:
    """« médecin généraliste », as the trail says it; else the document's own label."""
    profession, _, specialty = maker.profession_code.partition("/")
    said = wording()["specialties"].get(specialty) or wording()["professions"].get(profession.rpartition("_")[2])
    return str(said or maker.profession)


def listed(names: Sequence[str]) -> str:
    """« créatinine, glycémie et TSH »."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} et {names[-1]}" if names else ""


def capitalized(text: str) -> str:
    """The first letter alone: the rest is as it was written."""
    return text[:1].upper() + text[1:]
