"""
Results of a laboratory, out of the coded entries of its report.

Source: CI-SIS, volet CR-BIO (FR-Resultat-examens-de-biologie-element-clinique-pertinent, 1.2.250.1.213.1.1.3.80); IHE PaLM XD-LAB
(1.3.6.1.4.1.19376.1.3.1.6); HL7 ObservationInterpretation (2.16.840.1.113883.5.83).
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from itertools import islice
from typing import Final

from carnet.formats.cda.elements import CODE, EFFECTIVE_TIME, all_children_of, children_of, first, moment_of, tag
from carnet.formats.cda.reading.glosses import gloss_of
from carnet.formats.cda.reading.measures import bound, measure_of, number_of, unit_of
from carnet.formats.cda.reading.model import Former, Measure, Position, Result, Zone
from carnet.formats.cda.reading.nulls import missing_words
from carnet.formats.cda.reading.references import Texts
from carnet.formats.xml import Element
from carnet.vocabulary.moments import Moment

LOINC: Final = "2.16.840.1.113883.6.1"
_MOST: Final = 8  # former values, and comments, of one result
_TEMPLATES: Final = frozenset({"1.3.6.1.4.1.19376.1.3.1.6", "1.2.250.1.213.1.1.3.80"})
COMMENT_TEMPLATES: Final = frozenset({"1.3.6.1.4.1.19376.1.5.3.1.4.2", "2.16.840.1.113883.10.20.1.40"})
_TEMPLATE: Final = tag("templateId")
_OBSERVATION: Final = tag("observation")
_ORGANIZER: Final = tag("organizer")
_ACT: Final = tag("act")
_VALUE: Final = tag("value")
_TEXT: Final = tag("text")
_STATUS: Final = tag("statusCode")
_INTERPRETATION: Final = tag("interpretationCode")
_RANGE: Final = tag("referenceRange")
_OBSERVATION_RANGE: Final = tag("observationRange")
_PRECONDITION: Final = tag("precondition")
_SPECIMEN: Final = (tag("specimen"), tag("specimenRole"), tag("specimenPlayingEntity"))
_LINKS: Final = frozenset({tag("entryRelationship"), tag("component"), tag("entry")})
_LINK: Final = tag("entryRelationship")
_LOW: Final = tag("low")
_HIGH: Final = tag("high")

# Source: HL7 v3 ObservationInterpretation. What a code says of a place beside the range; the others say something else (S, R, POS…).
_PLACES: Final = {
    "N": Position.WITHIN, "L": Position.BELOW, "LX": Position.BELOW, "<": Position.BELOW, "LL": Position.FAR_BELOW,
    "H": Position.ABOVE, "HX": Position.ABOVE, ">": Position.ABOVE, "HH": Position.FAR_ABOVE, "A": Position.FLAGGED,
    "AA": Position.FLAGGED, "HU": Position.FAR_ABOVE, "LU": Position.FAR_BELOW,
}  # fmt: skip
_WORDS: Final = {
    "S": "Sensible", "R": "Résistant", "I": "Intermédiaire", "MS": "Modérément sensible", "VS": "Très sensible", "SDD": "Sensible à forte dose",
    "POS": "Positif", "NEG": "Négatif", "IND": "Indéterminé", "DET": "Détecté", "ND": "Non détecté", "RR": "Réactif", "NR": "Non réactif",
    "WR": "Faiblement réactif", "U": "En hausse", "D": "En baisse", "B": "Meilleur", "W": "Moins bon",
}  # fmt: skip
_BELOW: Final = frozenset({Position.BELOW, Position.FAR_BELOW})
_ABOVE: Final = frozenset({Position.ABOVE, Position.FAR_ABOVE})
_NOT_DONE: Final = {"aborted": "Analyse non réalisée", "cancelled": "Analyse annulée", "nullified": "Résultat annulé"}
_FIRST_NUMBER: Final = re.compile(r"(\d{1,12}(?:[.,]\d{1,9})?)(?![\w-])", re.ASCII)
_LOINC_AXES: Final = re.compile(r"\s*[\[;].*$", re.DOTALL)


def is_result(element: Element) -> bool:
    return any(each.tag == _TEMPLATE and each.get("root") in _TEMPLATES for each in element)


def results_of(entry: Element, texts: Texts, *, group: tuple[str, ...] = ()) -> Iterator[Result]:
    """The results under an entry, in their order; those of a battery or of a germ bear its name."""
    for child in entry:
        if child.tag == _OBSERVATION:
            if is_result(child):
                yield _result(child, texts, group)
            else:
                yield from _under(child, texts, group)
        elif child.tag in {_ACT, _ORGANIZER}:
            yield from _under(child, texts, group)
        elif child.tag == tag("procedure"):
            continue


def _under(element: Element, texts: Texts, group: tuple[str, ...]) -> Iterator[Result]:
    name = _group_name(element, texts) if element.tag == _ORGANIZER else ""
    inner = (*group, name) if name and name not in group else group
    for child in element:
        if child.tag in _LINKS and child.get("typeCode") != "REFR":
            yield from results_of(child, texts, group=inner)


def comments_of(entry: Element, texts: Texts) -> Iterator[str]:
    """What the laboratory says of a whole chapter: the comments that hang from its act, not from one result."""
    for act in entry:
        if act.tag != _ACT:
            continue
        for link in act:
            comment = first(link, _ACT) if link.tag == _LINK else None
            if comment is not None and _is_comment(comment):
                words = texts.written(first(comment, _TEXT))
                if words:
                    yield words


def _group_name(organizer: Element, texts: Texts) -> str:
    entity: Element | None = organizer
    for name in _SPECIMEN:
        entity = first(entity, name)
    germ = first(entity, CODE)
    for code in (germ, first(organizer, CODE)):
        if code is not None:
            name = texts.original(code) or texts.said_by(code)
            if name:
                return name[:200]
    return ""


def _result(element: Element, texts: Texts, group: tuple[str, ...]) -> Result:
    children = children_of(element)
    code = children.get(CODE)
    values = [each for each in element if each.tag == _VALUE]
    measure = next((found for each in values if (found := measure_of(each, texts)) is not None), None)
    zone = _zone(element, texts, measure)
    position, said, is_contradicted = _position(measure, zone, children.get(_INTERPRETATION), texts)
    status = children.get(_STATUS)
    missing = ""
    if measure is None:
        missing = _NOT_DONE.get((status.get("code") if status is not None else None) or "") or missing_words(
            values[0] if values else None
        )
        position = position if position is not Position.WITHIN else Position.UNSAID
    loinc = code.get("code") if code is not None and code.get("codeSystem") == LOINC else None
    return Result(
        name=_name(code, texts, measure),
        measure=measure,
        missing=missing,
        loinc=loinc,
        gloss=gloss_of(loinc),
        zone=zone,
        position=position,
        said=said,
        is_contradicted=is_contradicted,
        formers=tuple(islice(_formers(element, texts), _MOST)),
        comments=tuple(islice(_own_comments(element, texts), _MOST)),
        group=group,
        at=_when(children.get(EFFECTIVE_TIME)),
    )


def _name(code: Element | None, texts: Texts, measure: Measure | None) -> str:
    """The name as printed by the laboratory; when its words are those of the value, the label of the code without its axes."""
    if code is None:
        return "Analyse sans nom"
    printed = texts.original(code)
    if printed and not _is_of_value(printed, measure):
        return printed[:200]
    label = _LOINC_AXES.sub("", (code.get("displayName") or "").strip())
    return label[:200] or (code.get("code") or "Analyse sans nom")[:60]


def _is_of_value(printed: str, measure: Measure | None) -> bool:
    """Whether the words are those of the value: « 4.89 mmol/L », not « 25-hydroxyvitamine D »."""
    if measure is None:
        return False
    start = _FIRST_NUMBER.match(printed)
    number = None if start is None else Decimal(start[1].replace(",", "."))
    return printed == measure.text or (number is not None and number in {measure.low, measure.high})


def _zone(element: Element, texts: Texts, measure: Measure | None) -> Zone | None:
    """
    The usual range, when the document gives one that applies.

    Several ranges depend on conditions that we do not judge; a range whose bounds are equal or crossed is an error of the sender.
    """
    found: list[Zone] = []
    for each in element:
        if each.tag != _RANGE:
            continue
        observed = first(each, _OBSERVATION_RANGE)
        if observed is None:
            continue
        inner = children_of(observed)
        interpretation = inner.get(_INTERPRETATION)
        if interpretation is not None and interpretation.get("code") not in {"N", None}:
            continue
        value = inner.get(_VALUE)
        zone = None if value is None or _PRECONDITION in inner else _bounds(value, measure)
        if zone is None:
            words = texts.written(inner.get(_TEXT)) or (
                texts.said_by(value) if value is not None and not len(value) else ""
            )
            zone = Zone(words[:200]) if words else None
        if zone is not None:
            found.append(zone)
    return found[0] if len(found) == 1 else None


def _bounds(value: Element, measure: Measure | None) -> Zone | None:
    children = children_of(value)
    low, high = number_of(children.get(_LOW)), number_of(children.get(_HIGH))
    units = {
        unit_of(children[name].get("unit")) for name in (_LOW, _HIGH) if name in children and children[name].get("unit")
    }
    if len(units) > 1 or (low is None and high is None):
        return None
    unit = units.pop() if units else (measure.unit if measure is not None else "")
    if low is not None and high is not None:
        if low[0] >= high[0]:
            return None
        return Zone(f"{bound(low[0])} à {bound(high[0])}", unit, low=low[0], high=high[0])
    if low is not None:
        return Zone(f"à partir de {bound(low[0])}", unit, low=low[0])
    assert high is not None
    return Zone(f"jusqu’à {bound(high[0])}", unit, high=high[0])


def _position(
    measure: Measure | None, zone: Zone | None, code: Element | None, texts: Texts
) -> tuple[Position, str, bool]:
    """
    Where the result stands, the laboratory's own words when they add something, and whether both disagree.

    What the laboratory says wins: it knows the age, the pregnancy, the method. Disagreement is told, never hidden.
    """
    computed = _compared(measure, zone)
    letter = "" if code is None or code.get("nullFlavor") else (code.get("code") or "").strip()
    told = _PLACES.get(letter, Position.UNSAID)
    if told is Position.UNSAID:
        words = _WORDS.get(letter) or texts.said_by(code)
        return computed, words[:200], False
    if computed is Position.UNSAID or computed is told:
        return told, "", False
    same_side = any(told in side and computed in side for side in (_BELOW, _ABOVE))
    if same_side or (told is Position.FLAGGED and computed is not Position.WITHIN):
        return (computed if told is Position.FLAGGED else told), "", False
    return (told if told is not Position.WITHIN else computed), texts.said_by(code) or letter, True


def _compared(measure: Measure | None, zone: Zone | None) -> Position:
    """The place of a value, or of an interval of values, beside a range in the same unit."""
    if measure is None or zone is None or measure.unit != zone.unit:
        return Position.UNSAID
    low, high = measure.low, measure.high
    if low is None and high is None:
        return Position.UNSAID
    if zone.low is not None and high is not None and high < zone.low:
        return Position.BELOW
    if zone.high is not None and low is not None and low > zone.high:
        return Position.ABOVE
    reaches_down = zone.low is None or (low is not None and low >= zone.low) or (low is None and zone.low <= 0)
    reaches_up = zone.high is None or (high is not None and high <= zone.high)
    within = reaches_down and reaches_up and (zone.low is not None or zone.high is not None)
    # « ≤ 15 » with a range from 15, « < 15 » too: the value may be outside, and nobody can tell.
    return Position.WITHIN if within else Position.UNSAID


def _formers(element: Element, texts: Texts) -> Iterator[Former]:
    for link in element:
        if link.tag != _LINK or link.get("typeCode") != "REFR":
            continue
        observation = first(link, _OBSERVATION)
        if observation is None:
            continue
        children = children_of(observation)
        measure = measure_of(children.get(_VALUE), texts)
        if measure is not None:
            yield Former(measure, _when(children.get(EFFECTIVE_TIME)))


def _own_comments(element: Element, texts: Texts) -> Iterator[str]:
    for link in element:
        comment = first(link, _ACT) if link.tag == _LINK else None
        if comment is not None and _is_comment(comment):
            words = texts.written(first(comment, _TEXT))
            if words:
                yield words


def _is_comment(act: Element) -> bool:
    return any(each.get("root") in COMMENT_TEMPLATES for each in all_children_of(act).get(_TEMPLATE, ()))


def _when(element: Element | None) -> Moment | None:
    """A point, or the start (else the end) of an interval; None when it cannot be read."""
    for each in (element, first(element, _LOW), first(element, _HIGH)):
        with suppress(ValueError):
            found = moment_of(each)
            if found is not None:
                return found
    return None


when_of = _when
