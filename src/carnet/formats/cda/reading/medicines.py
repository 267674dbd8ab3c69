"""
Medicines prescribed, dispensed, taken or reimbursed, and devices, out of coded entries.

Source: CI-SIS, FR-Traitement (1.2.250.1.213.1.1.3.42), FR-Traitement-prescrit (…83), FR-Traitement-dispense (…204),
FR-Dispositif-medical (…20), FR-Produit-de-sante (…43); IHE PCC Medications (1.3.6.1.4.1.19376.1.5.3.1.4.7); IHE Pharmacy PRE and DIS.
"""

import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import Final

from carnet.formats.cda.elements import CODE, NAME, all_children_of, children_of, code_of, descend, first, tag, text_of
from carnet.formats.cda.reading.measures import number_of, quantity_of
from carnet.formats.cda.reading.model import Dosage, Medicine, Period
from carnet.formats.cda.reading.posology import counted, dosage_of, limit_of, period_of, written_of
from carnet.formats.cda.reading.references import Texts
from carnet.formats.cda.reading.results import COMMENT_TEMPLATES
from carnet.formats.xml import Element

_MOST: Final = 24  # dosages, and notes, of one medicine
_PHARM: Final = "{urn:ihe:pharm:medication}"
_ATC: Final = "2.16.840.1.113883.6.73"
_TEMPLATE: Final = tag("templateId")
ADMINISTRATION: Final = tag("substanceAdministration")
_SUPPLY: Final = tag("supply")
_ACT: Final = tag("act")
_OBSERVATION: Final = tag("observation")
_LINK: Final = tag("entryRelationship")
_MATERIAL: Final = (tag("manufacturedProduct"), tag("manufacturedMaterial"))
_CONSUMABLE: Final = tag("consumable")
_PRODUCT: Final = tag("product")
_TRANSLATION: Final = tag("translation")
_ROUTE: Final = tag("routeCode")
_REPEAT: Final = tag("repeatNumber")
_QUANTITY: Final = tag("quantity")
_LOT: Final = tag("lotNumberText")
_TEXT: Final = tag("text")
_VALUE: Final = tag("value")
_CRITERION: Final = (tag("precondition"), tag("criterion"), tag("text"))
_DEVICE: Final = (tag("participant"), tag("participantRole"), tag("playingDevice"))
IMMUNIZATIONS: Final = frozenset({"1.3.6.1.4.1.19376.1.5.3.1.4.12", "1.2.250.1.213.1.1.3.45"})
_PATIENT_INSTRUCTION: Final = "1.3.6.1.4.1.19376.1.5.3.1.4.3"
_PHARMACIST_INSTRUCTION: Final = "1.3.6.1.4.1.19376.1.5.3.1.4.3.1"
_REASON: Final = "1.3.6.1.4.1.19376.1.5.3.1.4.4.1"
_SUBSTITUTION: Final = "1.2.250.1.213.1.1.3.87"
# Source: TA_ASIP (1.2.250.1.213.1.1.4.322), said only when true.
_FLAGS: Final = {
    "MED-574": "Affection de longue durée (ALD)",
    "GEN-180": "Accident du travail ou maladie professionnelle",
    "GEN-295": "Prévention",
    "GEN-181": "Remboursement",
    "GEN-179": "Usage hors autorisation de mise sur le marché (AMM)",
}
_SAID_OF_FLAGS: Final = {"GEN-181": "Non remboursable"}


def templates_of(element: Element) -> frozenset[str]:
    return frozenset(each.get("root") or "" for each in element if each.tag == _TEMPLATE)


def medicines_of(entry: Element, texts: Texts) -> Iterator[Medicine]:
    """The medicine or the device of an entry, if it is one that is not a vaccine."""
    for child in entry:
        if child.tag == ADMINISTRATION and not templates_of(child) & IMMUNIZATIONS:
            yield _administered(child, texts)
        elif child.tag == _SUPPLY:
            yield _supplied(child, texts)


def _administered(element: Element, texts: Texts) -> Medicine:
    material = descend(first(element, _CONSUMABLE), *_MATERIAL)
    dosages = [dosage for dosage in (dosage_of(element, texts),) if dosage is not None]
    for link in element:
        inner = first(link, ADMINISTRATION) if link.tag == _LINK and link.get("typeCode") == "COMP" else None
        if inner is not None and (dosage := dosage_of(inner, texts)) is not None:
            dosages.append(dosage)
    supply = next((each for link in element if link.tag == _LINK and (each := first(link, _SUPPLY)) is not None), None)
    return Medicine(
        name=product_name(material, texts) or written_of(element, texts),
        substance=_substance(material, texts),
        dosages=tuple(_without_common_period(dosages[:_MOST], period := period_of(element))),
        limit=limit_of(element),
        period=period,
        route=texts.said_by(first(element, _ROUTE))[:120],
        quantity=_quantity(supply),
        repeats=_count(first(element, _REPEAT)),
        lot=text_of(first(material, _LOT)) or "",
        notes=tuple(islice(_notes(element, texts), _MOST)),
        is_negated=element.get("negationInd") == "true",
        code=code_of(first(material, CODE)),
    )


def _supplied(element: Element, texts: Texts) -> Medicine:
    """A dispensation, or a device."""
    material = descend(first(element, _PRODUCT), *_MATERIAL)
    device = descend(element, *_DEVICE)
    code = first(device, CODE)
    name = product_name(material, texts) or texts.original(code) or texts.said_by(code) or written_of(element, texts)
    dosages = []
    for link in element:
        inner = first(link, ADMINISTRATION) if link.tag == _LINK else None
        if inner is not None and (dosage := dosage_of(inner, texts)) is not None:
            dosages.append(dosage)
    return Medicine(
        name=name,
        substance=_substance(material, texts),
        dosages=tuple(dosages[:_MOST]),
        period=period_of(element),
        quantity=_quantity(element),
        lot=text_of(first(material, _LOT)) or "",
        notes=tuple(islice(_notes(element, texts), _MOST)),
        is_negated=element.get("negationInd") == "true",
        is_supplied=True,
    )


def _without_common_period(dosages: list[Dosage], period: Period) -> Iterator[Dosage]:
    """A dosage need not repeat the period of the whole treatment."""
    for dosage in dosages:
        yield Dosage(dosage.text) if dosage.period == period else dosage


def product_name(material: Element | None, texts: Texts) -> str:
    """As the document prints it; else the label of its code."""
    if material is None:
        return ""
    children = children_of(material)
    named = text_of(children.get(NAME)) or ""
    code = children.get(CODE)
    written = texts.original(code) or named or texts.said_by(code)
    if not written and code is not None:
        written = next((words for each in code if each.tag == _TRANSLATION and (words := texts.original(each))), "")
    return written[:400]


def _substance(material: Element | None, texts: Texts) -> str:
    """The active substance, from the generic class or the ATC label."""
    kind = descend(material, f"{_PHARM}asSpecializedKind", f"{_PHARM}generalizedMedicineClass")
    label = text_of(first(kind, f"{_PHARM}name")) or ""
    if not label:
        code = first(kind, f"{_PHARM}code")
        label = "" if code is None else (code.get("displayName") or "")
    if not label:
        codes = [first(material, CODE)]
        codes += all_children_of(codes[0]).get(_TRANSLATION, []) if codes[0] is not None else []
        atc = next((each for each in codes if each is not None and each.get("codeSystem") == _ATC), None)
        label = "" if atc is None else (atc.get("displayName") or "")
    return "" if _plain(label) in _plain(product_name(material, texts)) else label.strip()[:200]


def _plain(text: str) -> str:
    """Without case or accents, to see whether a name says it already."""
    return "".join(
        each for each in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(each)
    ).strip()


def _quantity(supply: Element | None) -> str:
    quantity = None if supply is None else quantity_of(supply, _QUANTITY)
    return "" if quantity is None else counted(*quantity)


def _count(element: Element | None) -> int | None:
    found = number_of(element)
    return int(found[0]) if found is not None and 0 <= found[0] < 1000 else None


def _notes(element: Element, texts: Texts) -> Iterator[tuple[str, str]]:
    condition = texts.written(descend(element, *_CRITERION))
    if condition:
        yield "À prendre si", condition
    for link in element:
        if link.tag != _LINK:
            continue
        for inner in link:
            if inner.tag == _ACT:
                yield from _note_of(inner, texts)
            elif inner.tag == _OBSERVATION:
                yield from _flag_of(inner)


def _note_of(act: Element, texts: Texts) -> Iterator[tuple[str, str]]:
    templates = templates_of(act)
    code = first(act, CODE)
    words = texts.written(first(act, _TEXT))
    if _PHARMACIST_INSTRUCTION in templates:
        label = "Pour le pharmacien"
    elif _PATIENT_INSTRUCTION in templates:
        label = "Conseil"
    elif _REASON in templates:
        label, words = "Pour", texts.original(code) or texts.said_by(code) or words
    elif _SUBSTITUTION in templates:
        label, words = "Substitution", texts.original(code) or texts.said_by(code)
    elif templates & COMMENT_TEMPLATES:
        label = "Commentaire"
    else:
        return
    if words:
        yield label, words


def _flag_of(observation: Element) -> Iterator[tuple[str, str]]:
    children = children_of(observation)
    code, value = children.get(CODE), children.get(_VALUE)
    letter = "" if code is None else code.get("code") or ""
    if letter in _FLAGS and value is not None and value.get("value") == "true":
        yield _FLAGS[letter], _SAID_OF_FLAGS.get(letter, "Oui")
