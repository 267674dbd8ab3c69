"""
How a medicine is taken, in plain French: dose, frequency, length.

What the prescriber wrote wins over what we would make of the codes.
Source: CI-SIS, FR-Traitement-prescrit (1.2.250.1.213.1.1.3.83) and its subordinates (…83.1); HL7 V3 PIVL_TS, EIVL_TS, SXPR_TS; HL7
TimingEvent (2.16.840.1.113883.5.139); EDQM Standard Terms for units of presentation.
"""

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Final

from carnet.formats.cda.elements import EFFECTIVE_TIME, children_of, first, moment_of, tag
from carnet.formats.cda.reading.measures import NBSP, figure, number_of, quantity_of, unit_of
from carnet.formats.cda.reading.model import Dosage, Period
from carnet.formats.cda.reading.references import Texts
from carnet.formats.xml import Element
from carnet.vocabulary.moments import Moment

_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_COMP: Final = tag("comp")
_LOW: Final = tag("low")
_HIGH: Final = tag("high")
_WIDTH: Final = tag("width")
_PERIOD: Final = tag("period")
_EVENT: Final = tag("event")
_TRANSLATION: Final = tag("translation")
_DOSE: Final = tag("doseQuantity")
_RATE: Final = tag("rateQuantity")
_MAX: Final = tag("maxDoseQuantity")
_NUMERATOR: Final = tag("numerator")
_DENOMINATOR: Final = tag("denominator")
_TEXT: Final = tag("text")

# One, then several. Source: UCUM annotations used by IHE Pharmacy and CI-SIS; EDQM codes met as units of presentation.
_UNITS: Final = {
    "{tablet}": ("comprimé", "comprimés"), "{tbl}": ("comprimé", "comprimés"), "{tbl'}": ("comprimé", "comprimés"),
    "{capsule}": ("gélule", "gélules"), "{cap}": ("gélule", "gélules"), "{drop}": ("goutte", "gouttes"), "[drp]": ("goutte", "gouttes"),
    "{puff}": ("bouffée", "bouffées"), "{spray}": ("pulvérisation", "pulvérisations"), "{sachet}": ("sachet", "sachets"),
    "{patch}": ("patch", "patchs"), "{suppository}": ("suppositoire", "suppositoires"), "{dose}": ("dose", "doses"),
    "{application}": ("application", "applications"), "{ampule}": ("ampoule", "ampoules"), "{injection}": ("injection", "injections"),
    "{count}": ("unité", "unités"), "{unit}": ("unité", "unités"), "U": ("unité", "unités"), "[IU]": ("UI", "UI"), "1": ("", ""), "": ("", ""),
    "30009000": ("boîte", "boîtes"), "30015500": ("récipient", "récipients"), "30067000": ("tube", "tubes"),
}  # fmt: skip

_EVENTS: Final = {
    "AC": "avant les repas", "ACM": "avant le petit déjeuner", "ACD": "avant le déjeuner", "ACV": "avant le dîner", "C": "pendant les repas",
    "CM": "pendant le petit déjeuner", "CD": "pendant le déjeuner", "CV": "pendant le dîner", "PC": "après les repas",
    "PCM": "après le petit déjeuner", "PCD": "après le déjeuner", "PCV": "après le dîner", "HS": "au coucher", "WAKE": "au réveil",
    "IC": "entre les repas", "ICM": "entre le petit déjeuner et le déjeuner", "ICD": "entre le déjeuner et le dîner",
    "ICV": "entre le dîner et le coucher",
}  # fmt: skip
_HOURS: Final = {"h": Decimal(1), "d": Decimal(24), "J": Decimal(24), "wk": Decimal(168)}
_DAYS: Final = {"d": 1, "J": 1, "wk": 7, "mo": 30}


def counted(low: tuple[Decimal, str], high: tuple[Decimal, str], unit: str) -> str:
    """« 1 comprimé », « 1 à 2 comprimés », « 500 mg »."""
    # A code of packaging that we have no word for is left unsaid.
    names = _UNITS.get(unit) or (("" if unit.isdigit() else unit_of(unit)),) * 2
    name = names[abs(high[0]) >= 2]
    amount = low[1] if low[0] == high[0] else f"{low[1]} à {high[1]}"
    return f"{amount}{NBSP}{name}" if name else amount


def dose_of(element: Element, texts: Texts, name: str = _DOSE) -> str:
    """The dose, or the rate: in the prescriber's words when the bounds refer to some, else in figures."""
    given = first(element, name)
    if given is None:
        return ""
    bounds = [each for each in (first(given, _LOW), first(given, _HIGH)) if each is not None] or [given]
    written = [texts.original(first(each, _TRANSLATION)) or texts.original(each) for each in bounds]
    if all(written):
        return " à ".join(dict.fromkeys(written))
    dose = quantity_of(element, name)
    return _per(counted(*dose)) if dose is not None else texts.said_by(given)


def _per(text: str) -> str:
    """« 1 500 mg/d » as « 1 500 mg par jour »."""
    for end, words in (("/d", " par jour"), ("/h", " par heure"), ("/min", " par minute")):
        if text.endswith(end):
            return text.removesuffix(end) + words
    return text


def limit_of(element: Element) -> str:
    """« 4 par jour au plus », in the unit given."""
    limit = first(element, _MAX)
    above, below = number_of(first(limit, _NUMERATOR)), number_of(first(limit, _DENOMINATOR))
    if above is None:
        return ""
    numerator = first(limit, _NUMERATOR)
    text = counted(above, above, (numerator.get("unit") if numerator is not None else None) or "")
    denominator = first(limit, _DENOMINATOR)
    unit = "" if denominator is None else (denominator.get("unit") or "")
    if below is None or unit in {"", "1"}:
        return f"{text} au plus"
    per = {"d": "jour", "J": "jour", "h": "heure", "wk": "semaine", "mo": "mois"}.get(unit, unit_of(unit))
    every = f"par {per}" if below[0] == 1 else f"en {below[1]} {unit_of(unit, amount=below[0])}"
    return f"{text} {every} au plus"


def times_of(element: Element) -> Iterator[Element]:
    """The times of an administration, those of an expression one by one."""
    for child in element:
        if child.tag == EFFECTIVE_TIME:
            components = [each for each in child if each.tag == _COMP]
            yield from components or [child]


def period_of(element: Element) -> Period:
    """From when to when, out of the first interval that says it."""
    for time in times_of(element):
        children = children_of(time)
        if _PERIOD in children or _EVENT in children:
            continue
        start, end = (_moment(children.get(name)) for name in (_LOW, _HIGH))
        width = number_of(children.get(_WIDTH))
        days = None
        if width is not None and width[0] < 10_000:
            unit = _DAYS.get(children[_WIDTH].get("unit") or "")
            days = int(width[0] * unit) if unit else None
        if start is None and end is None and time.get("value"):
            start = _moment(time)
        found = Period(start, end, days)
        if found:
            return found
    return Period()


def frequency_of(element: Element, texts: Texts) -> tuple[str, bool]:
    """How often, and whether these are the prescriber's own words."""
    pieces = []
    for time in times_of(element):
        children = children_of(time)
        period = children.get(_PERIOD)
        written = texts.original(first(period, _TRANSLATION)) or texts.original(period) or texts.original(time)
        if written:
            return written, True
        if period is not None:
            every = _every(period)
            if every:
                pieces.append(every)
        event = children.get(_EVENT)
        if event is not None:
            pieces.append(_EVENTS.get(event.get("code") or "", texts.said_by(event)))
    return ", ".join(piece for piece in pieces if piece), False


def _every(period: Element) -> str:
    found = number_of(period)
    unit = period.get("unit") or ""
    hours = None if found is None else found[0] * _HOURS.get(unit, Decimal(0))
    if found is None or not hours:
        if found is not None and unit == "mo" and found[0] > 0:
            return "une fois par mois" if found[0] == 1 else f"tous les {found[1]} mois"
        return ""
    if hours == 24:
        return "une fois par jour"
    if hours < 24 and 24 % hours == 0:
        return f"{figure(f'{24 / hours:f}')} fois par jour"
    if hours == 168:
        return "une fois par semaine"
    if hours % 24 == 0:
        return f"tous les {hours // 24} jours"
    return f"toutes les {figure(f'{hours:f}')} heures"


def dosage_of(element: Element, texts: Texts) -> Dosage | None:
    """One dosage; None when nothing is said of dose or frequency."""
    dose, rate = dose_of(element, texts), dose_of(element, texts, _RATE)
    frequency, is_written = frequency_of(element, texts)
    text = ", ".join(each for each in (dose or rate, frequency) if each)
    if not text:
        return None
    if dose and rate:
        text = f"{text} (soit {rate})"
    # Words of the prescriber say for how long by themselves.
    return Dosage(text, Period() if is_written else period_of(element))


def _moment(element: Element | None) -> Moment | None:
    with suppress(ValueError):
        return moment_of(element)
    return None


def written_of(element: Element, texts: Texts) -> str:
    """The words that the `text` of an act refers to."""
    return texts.written(first(element, _TEXT))
