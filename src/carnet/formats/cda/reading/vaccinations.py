"""
Vaccinations, out of coded entries.

Source: CI-SIS, FR-Vaccination (1.2.250.1.213.1.1.3.45) and FR-Rang-de-la-vaccination (…82); IHE PCC Immunizations
(1.3.6.1.4.1.19376.1.5.3.1.4.12).
"""

from collections.abc import Iterator
from typing import Final

from carnet.formats.cda.elements import CODE, EFFECTIVE_TIME, all_children_of, children_of, descend, first, tag, text_of
from carnet.formats.cda.reading.makers import person_name
from carnet.formats.cda.reading.measures import number_of
from carnet.formats.cda.reading.medicines import ADMINISTRATION, IMMUNIZATIONS, product_name, templates_of
from carnet.formats.cda.reading.model import Vaccination
from carnet.formats.cda.reading.posology import written_of
from carnet.formats.cda.reading.references import Texts
from carnet.formats.cda.reading.results import COMMENT_TEMPLATES, when_of
from carnet.formats.xml import Element

_ATC: Final = "2.16.840.1.113883.6.73"
_MOST: Final = 12  # notes of one dose
_RANK: Final = "30973-2"
_LINK: Final = tag("entryRelationship")
_MATERIAL: Final = (tag("consumable"), tag("manufacturedProduct"), tag("manufacturedMaterial"))
_TRANSLATION: Final = tag("translation")
_OBSERVATION: Final = tag("observation")
_ACT: Final = tag("act")
_SITE: Final = tag("approachSiteCode")
_LOT: Final = tag("lotNumberText")
_VALUE: Final = tag("value")
_TEXT: Final = tag("text")
_PERFORMER: Final = (tag("performer"), tag("assignedEntity"))


def vaccinations_of(entry: Element, texts: Texts) -> Iterator[Vaccination]:
    for child in entry:
        if child.tag == ADMINISTRATION and templates_of(child) & IMMUNIZATIONS:
            yield _vaccination(child, texts)


def _vaccination(element: Element, texts: Texts) -> Vaccination:
    children = children_of(element)
    material = descend(element, *_MATERIAL)
    name = product_name(material, texts) or written_of(element, texts)
    rank: int | None = None
    notes: list[tuple[str, str]] = []
    for link in element:
        if link.tag != _LINK:
            continue
        observation, comment = first(link, _OBSERVATION), first(link, _ACT)
        if observation is not None:
            found = _rank(observation)
            if found is not None:
                rank = found
            elif link.get("typeCode") == "CAUS" and (words := _value_words(observation, texts)):
                notes.append(("Réaction", words))
        elif comment is not None and templates_of(comment) & COMMENT_TEMPLATES:
            words = texts.written(first(comment, _TEXT))
            if words:
                notes.append(("Commentaire", words))
    against = _against(material)
    return Vaccination(
        name=name,
        against="" if against.casefold() == name.casefold() else against,
        at=when_of(children.get(EFFECTIVE_TIME)),
        rank=rank,
        lot=text_of(first(material, _LOT)) or "",
        site=texts.original(children.get(_SITE)) or texts.said_by(children.get(_SITE)),
        by=person_name(descend(element, *_PERFORMER)),
        notes=tuple(notes[:_MOST]),
        is_negated=element.get("negationInd") == "true",
    )


def _rank(observation: Element) -> int | None:
    children = children_of(observation)
    code, value = children.get(CODE), number_of(children.get(_VALUE))
    if code is None or code.get("code") != _RANK or value is None or not 0 < value[0] < 100:
        return None
    return int(value[0])


def _value_words(observation: Element, texts: Texts) -> str:
    value = first(observation, _VALUE)
    return texts.original(value) or texts.said_by(value)


def _against(material: Element | None) -> str:
    """The label of the ATC class: « Vaccin antitétanique »."""
    code = first(material, CODE)
    if code is None:
        return ""
    for each in (code, *all_children_of(code).get(_TRANSLATION, ())):
        if each.get("codeSystem") == _ATC:
            return (each.get("displayName") or "").strip()[:200]
    return ""
