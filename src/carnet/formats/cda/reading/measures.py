"""
Values of observations (PQ, IVL_PQ, INT, CD, ST…) in French figures and units.

Source: HL7 V3 Data Types R1; UCUM 2.1, whose units are written here as French laboratories print them.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from carnet.formats.cda.elements import children_of, first, tag
from carnet.formats.cda.reading.model import Measure
from carnet.formats.cda.reading.references import Texts
from carnet.formats.xml import Element

_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_LOW: Final = tag("low")
_HIGH: Final = tag("high")
_CENTER: Final = tag("center")
_NUMERATOR: Final = tag("numerator")
_DENOMINATOR: Final = tag("denominator")
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(\.\d{0,12})?([eE][+-]?\d{1,2})?", re.ASCII)
_PRECISE: Final = 3  # decimals; zeros beyond them come from a program, not from a measure
_LONGEST: Final = 400  # characters of a value told in words
NBSP: Final = "\N{NO-BREAK SPACE}"

# UCUM, then what is printed. Source: UCUM table; usual writing of French reports.
_UNITS: Final = {
    "1": "", "Cel": "°C", "[degF]": "°F", "mm[Hg]": "mmHg", "kg/m2": "kg/m²", "10*9/L": "G/L", "10*12/L": "T/L", "10*6/L": "M/L",
    "10*3/uL": "G/L", "10*6/uL": "T/L", "/min": "par minute", "{beats}/min": "par minute", "/d": "par jour", "/wk": "par semaine",
    "d": "jours", "wk": "semaines", "mo": "mois", "a": "ans", "h": "heures", "min": "minutes", "s": "secondes", "m2": "m²",
    "mL/min/{1.73_m2}": "mL/min/1,73 m²", "mL/min/1.73.m2": "mL/min/1,73 m²", "mL/min/{1.73m2}": "mL/min/1,73 m²",
    "{score}": "", "{ratio}": "", "{INR}": "", "{count}": "", "{drink}/d": "verres par jour", "{pack}/d": "paquets par jour",
    "{pack}/a": "paquets-années", "[pH]": "", "J": "jours", "[diop]": "dioptries",
}  # fmt: skip
_SINGULAR: Final = {"jours": "jour", "semaines": "semaine", "ans": "an", "heures": "heure", "minutes": "minute"}
_MICRO: Final = re.compile(r"(?<![A-Za-z])u(?=(g|mol|L|U|m|kat|Ci|Eq)\b)")
_POWER: Final = re.compile(r"10\*(-?\d+)")
_ANNOTATION: Final = re.compile(r"\{([^}]*)\}")
_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def unit_of(code: str | None, *, amount: Decimal | None = None) -> str:
    """A UCUM unit as printed; in the singular when there is one of it."""
    code = (code or "").strip()[:60]
    shown = _UNITS.get(code)
    if shown is None:
        shown = code.replace("[IU]", "UI").replace("[iU]", "UI").replace(".", "·")
        shown = _MICRO.sub("µ", _POWER.sub(lambda power: "10" + power[1].translate(_SUPERSCRIPTS), shown))
        shown = _ANNOTATION.sub(r"\1", shown).replace("[", "").replace("]", "").replace("_", " ").strip()
    if amount is not None and abs(amount) < 2:
        shown = _SINGULAR.get(shown, shown)
    return shown


def figure(value: str) -> str:
    """A number as written in France, with the decimals that the document gives: « 1,950 », « 100 000 »."""
    sign, digits = ("-", value[1:]) if value.startswith("-") else ("", value.removeprefix("+"))
    whole, _, decimals = digits.partition(".")
    if len(decimals) > _PRECISE:
        decimals = decimals.rstrip("0")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{sign}{whole},{decimals}" if decimals else f"{sign}{whole}"


def bound(value: Decimal) -> str:
    """A limit, without the zeros that add nothing: « 9,3 »."""
    text = f"{value:f}"
    return figure(text.rstrip("0").rstrip(".") if "." in text else text)


def number_of(element: Element | None) -> tuple[Decimal, str] | None:
    """The number of an element with `@value`, and how to write it; None when it says none."""
    value = "" if element is None else (element.get("value") or "").strip()
    if not _NUMBER.fullmatch(value):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:  # pragma: no cover - the pattern admits decimals alone
        return None
    return number, figure(f"{number:f}" if "e" in value.lower() else value)


def measure_of(element: Element | None, texts: Texts) -> Measure | None:
    """The value of an observation, whatever its type; None when it says nothing."""
    if element is None or element.get("nullFlavor") is not None:
        return None
    kind = (element.get(_TYPE) or "").rpartition(":")[2].partition("_")[0]
    children = children_of(element)
    if kind == "BL":
        return {"true": Measure("Oui"), "false": Measure("Non")}.get(element.get("value") or "")
    if kind == "TS" and element.get("value"):
        return Measure((element.get("value") or "")[:_LONGEST])
    if kind == "IVL" or _LOW in children or _HIGH in children:
        return _interval(children)
    if kind == "RTO" or _NUMERATOR in children:
        return _ratio(children)
    found = number_of(element)
    if found is not None:
        unit = unit_of(element.get("unit"), amount=found[0])
        return Measure(found[1], unit, low=found[0], high=found[0])
    words = texts.said_by(element) or (element.get("value") or "").strip()
    return Measure(words[:_LONGEST], unit_of(element.get("unit"))) if words else None


def _interval(children: dict[str, Element]) -> Measure | None:
    """« < 5 », « ≥ 0,512 », « 2 à 4 ». A bound is included unless it says otherwise."""
    center = number_of(children.get(_CENTER))
    if center is not None:
        return Measure(center[1], unit_of(children[_CENTER].get("unit")), low=center[0], high=center[0])
    low, high = number_of(children.get(_LOW)), number_of(children.get(_HIGH))
    if low is None and high is None:
        return None
    bound = children[_LOW] if low is not None else children[_HIGH]
    unit = unit_of(bound.get("unit"))
    if low is not None and high is not None:
        text = low[1] if low[0] == high[0] else f"{low[1]} à {high[1]}"
        return Measure(text, unit, low=low[0], high=high[0])
    is_open = bound.get("inclusive") == "false"
    if low is not None:
        return Measure(f"{'>' if is_open else '≥'}{NBSP}{low[1]}", unit, low=low[0])
    assert high is not None
    return Measure(f"{'<' if is_open else '≤'}{NBSP}{high[1]}", unit, high=high[0])


def _ratio(children: dict[str, Element]) -> Measure | None:
    """A titre: « 1/40 »."""
    above, below = number_of(children.get(_NUMERATOR)), number_of(children.get(_DENOMINATOR))
    if above is None or below is None:
        return None
    units = [unit_of(children[name].get("unit")) for name in (_NUMERATOR, _DENOMINATOR)]
    if not any(units):
        return Measure(f"{above[1]}/{below[1]}")
    per = f"/{units[1]}" if below[1] == "1" else f"/{below[1]} {units[1]}"
    return Measure(above[1], f"{units[0]}{per}".strip())


def quantity_of(parent: Element, name: str) -> tuple[tuple[Decimal, str], tuple[Decimal, str], str] | None:
    """A PQ or an IVL_PQ as its two bounds and its unit code, such as a dose « 1 à 2 »."""
    element = first(parent, name)
    if element is None:
        return None
    single = number_of(element)
    if single is not None:
        return single, single, element.get("unit") or ""
    children = children_of(element)
    bounds = [
        (found, each.get("unit") or "")
        for name in (_LOW, _HIGH, _CENTER)
        if (each := children.get(name)) is not None and (found := number_of(each)) is not None
    ]
    if not bounds:
        return None
    return bounds[0][0], bounds[-1][0], bounds[0][1]
