"""
Problems and allergies, out of coded entries.

Source: CI-SIS, FR-Liste-des-problemes (1.2.250.1.213.1.1.3.39), FR-Probleme (…37), FR-Liste-des-allergies (…40), FR-Allergie (…41); IHE PCC
Concern Entry (1.3.6.1.4.1.19376.1.5.3.1.4.5.1).
"""

from collections.abc import Iterator
from typing import Final

from carnet.formats.cda.elements import CODE, NAME, children_of, code_of, descend, first, tag, text_of
from carnet.formats.cda.reading.medicines import templates_of
from carnet.formats.cda.reading.model import Concern
from carnet.formats.cda.reading.posology import period_of
from carnet.formats.cda.reading.references import Texts
from carnet.formats.cda.reading.results import COMMENT_TEMPLATES
from carnet.formats.xml import Element

PROBLEM_CONCERNS: Final = frozenset({"1.3.6.1.4.1.19376.1.5.3.1.4.5.2", "1.2.250.1.213.1.1.3.39"})
ALLERGY_CONCERNS: Final = frozenset({"1.3.6.1.4.1.19376.1.5.3.1.4.5.3", "1.2.250.1.213.1.1.3.40"})
_ACT: Final = tag("act")
_OBSERVATION: Final = tag("observation")
_LINK: Final = tag("entryRelationship")
_VALUE: Final = tag("value")
_TEXT: Final = tag("text")
_AGENT: Final = (tag("participant"), tag("participantRole"), tag("playingEntity"))
_MOST: Final = 12  # notes of one problem
_STATUS: Final = "33999-4"
# Codes of what is said about a problem or an allergy, with our label. Source: LOINC; HL7 ActCode.
_ABOUT: Final = {"SEV": "Sévérité", "82606-5": "Criticité", "66455-7": "Certitude", "11323-3": "État"}


def concerns_of(entry: Element, texts: Texts, *, are_allergies: bool) -> Iterator[Concern]:
    """The problems, or the allergies, of an entry."""
    wanted = ALLERGY_CONCERNS if are_allergies else PROBLEM_CONCERNS
    for act in entry:
        if act.tag != _ACT or not templates_of(act) & wanted:
            continue
        for link in act:
            observation = first(link, _OBSERVATION) if link.tag == _LINK and link.get("typeCode") == "SUBJ" else None
            if observation is not None:
                yield _concern(observation, texts, are_allergies=are_allergies)


def _concern(element: Element, texts: Texts, *, are_allergies: bool) -> Concern:
    children = children_of(element)
    value, code = children.get(_VALUE), children.get(CODE)
    said = texts.original(value) or texts.said_by(value) or texts.written(children.get(_TEXT))
    kind = (code.get("displayName") or "").strip()[:200] if code is not None else ""
    agent = _agent(element, texts) if are_allergies else ""
    status, notes = "", []
    for link in element:
        if link.tag != _LINK:
            continue
        inner, comment = first(link, _OBSERVATION), first(link, _ACT)
        if inner is not None:
            inner_code = first(inner, CODE)
            letter = "" if inner_code is None else inner_code.get("code") or ""
            inner_value = first(inner, _VALUE)
            words = texts.original(inner_value) or texts.said_by(inner_value)
            if not words:
                continue
            if letter == _STATUS:
                status = words
            elif letter in _ABOUT:
                notes.append((_ABOUT[letter], words))
            elif link.get("typeCode") == "MFST":
                notes.append(("Réaction", words))
        elif comment is not None and templates_of(comment) & COMMENT_TEMPLATES:
            words = texts.written(first(comment, _TEXT))
            if words:
                notes.append(("Commentaire", words))
    name = agent or said or kind or "Non précisé"
    detail = (said or kind) if are_allergies and agent else ""
    return Concern(
        name=name[:400],
        detail="" if detail == name else detail[:400],
        period=period_of(element),
        status=status,
        notes=tuple(notes[:_MOST]),
        is_negated=element.get("negationInd") == "true",
        code=(code_of(first(descend(element, *_AGENT), CODE)) if are_allergies else None) or code_of(value),
        is_named=bool(agent or said),
    )


def _agent(element: Element, texts: Texts) -> str:
    entity = descend(element, *_AGENT)
    code = first(entity, CODE)
    return texts.original(code) or text_of(first(entity, NAME)) or texts.said_by(code)
