"""
Vital signs, out of coded entries.

Source: CI-SIS, FR-Signes-vitaux (1.2.250.1.213.1.1.3.49) and FR-Signe-vital-observe (…50); IHE PCC Vital Signs Observation
(1.3.6.1.4.1.19376.1.5.3.1.4.13.2).
"""

from collections.abc import Iterator
from typing import Final

from carnet.formats.cda.elements import CODE, EFFECTIVE_TIME, children_of, first, tag
from carnet.formats.cda.reading.measures import measure_of
from carnet.formats.cda.reading.medicines import templates_of
from carnet.formats.cda.reading.model import Sign
from carnet.formats.cda.reading.references import Texts
from carnet.formats.cda.reading.results import when_of
from carnet.formats.xml import Element

_TEMPLATES: Final = frozenset({"1.3.6.1.4.1.19376.1.5.3.1.4.13.2", "1.2.250.1.213.1.1.3.50"})
_ORGANIZER: Final = tag("organizer")
_OBSERVATION: Final = tag("observation")
_COMPONENT: Final = tag("component")
_VALUE: Final = tag("value")


def signs_of(entry: Element, texts: Texts) -> Iterator[Sign]:
    """The signs of an organiser, each with its own time or the organiser's."""
    for organizer in entry:
        if organizer.tag != _ORGANIZER:
            continue
        common = when_of(first(organizer, EFFECTIVE_TIME))
        for component in organizer:
            observation = first(component, _OBSERVATION) if component.tag == _COMPONENT else None
            if observation is None or not templates_of(observation) & _TEMPLATES:
                continue
            children = children_of(observation)
            measure = measure_of(children.get(_VALUE), texts)
            code = children.get(CODE)
            name = "" if code is None else (code.get("displayName") or "").strip() or texts.original(code)
            if measure is not None and name:
                yield Sign(name[:1].upper() + name[1:200], measure, when_of(children.get(EFFECTIVE_TIME)) or common)
