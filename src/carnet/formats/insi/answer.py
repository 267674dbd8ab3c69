"""
The answer of WS_INS2: one individual with their history, none, several, or a SOAP fault; read, and written for the simulator.

Source: identity-and-messaging.md §1.5 (`RESULTAT`, codes 00, 01, 02).
"""

from collections.abc import Iterator
from datetime import date

from lxml import etree

from carnet.domain.errors import Invalid, Unavailable
from carnet.domain.people.model import FormerIns, Sex
from carnet.formats.insi.model import Answer, Individual, NoneFound, SeveralFound
from carnet.formats.insi.request import SOAP
from carnet.formats.xml import Element, read_xml
from carnet.vocabulary.ins import Ins, key_of

LIMIT_BYTES = 256 * 1024
_RESULT = "http://www.cnamts.fr/INSiResultat"
_R = f"{{{_RESULT}}}"
_S = f"{{{SOAP}}}"


def read_answer(message: bytes) -> Answer:
    """
    What INSi says.

    Raises
        Unavailable: `insi-fault` (fact `fault`: its code) for a SOAP fault, since the list of faults is not public and none of them says
            anything of the person; `insi-answer-unreadable` for what is not an answer, or one that contradicts itself.
    """
    try:
        root = read_xml(message, limit_bytes=LIMIT_BYTES)
    except Invalid as broken:
        raise Unavailable("insi-answer-unreadable") from broken
    fault = root.find(f"{_S}Body/{_S}Fault")
    if fault is not None:
        raise Unavailable("insi-fault", fault=_fault_code(fault))
    result = root.find(f"{_S}Body/{_R}RESULTAT")
    code = None if result is None else result.findtext(f"{_R}CR/{_R}CodeCR")
    match code:
        case "00":
            individual = result.find(f"{_R}INDIVIDU") if result is not None else None
            return _individual(individual)
        case "01":
            return NoneFound()
        case "02":
            return SeveralFound()
        case _:
            raise Unavailable("insi-answer-unreadable")


def write_answer(answer: Answer) -> bytes:
    """The message, in UTF-8."""
    envelope = etree.Element(f"{_S}Envelope", nsmap={"soap": SOAP, "insi": _RESULT})
    result = etree.SubElement(etree.SubElement(envelope, f"{_S}Body"), f"{_R}RESULTAT")
    match answer:
        case Individual():
            _write_code(result, "00", "OK")
            _write_individual(etree.SubElement(result, f"{_R}INDIVIDU"), answer)
        case NoneFound():
            _write_code(result, "01", "Aucune identite trouvee")
        case SeveralFound():
            _write_code(result, "02", "Plusieurs identites trouvees")
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def write_fault(code: str, reason: str) -> bytes:
    """A SOAP 1.2 fault. code: local name of a standard one (`Sender`, `Receiver`)."""
    envelope = etree.Element(f"{_S}Envelope", nsmap={"soap": SOAP})
    fault = etree.SubElement(etree.SubElement(envelope, f"{_S}Body"), f"{_S}Fault")
    etree.SubElement(etree.SubElement(fault, f"{_S}Code"), f"{_S}Value").text = f"soap:{code}"
    text = etree.SubElement(etree.SubElement(fault, f"{_S}Reason"), f"{_S}Text")
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "fr")
    text.text = reason
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def _fault_code(fault: Element) -> str:
    """The innermost code, which says most: a name of a program, never of a person."""
    codes = [value.text or "" for value in fault.iter(f"{_S}Value")]
    return (codes[-1] if codes else "").rpartition(":")[2][:80]


def _individual(node: Element | None) -> Individual:
    active = None if node is None else node.find(f"{_R}INSACTIF")
    traits = None if node is None else node.find(f"{_R}TIQ")
    if node is None or active is None or traits is None:
        raise Unavailable("insi-answer-unreadable")
    told = [traits.findtext(f"{_R}{label}") or "" for label in ("NomNaissance", "ListePrenom", "Sexe", "DateNaissance")]
    name, given, sex, born = told
    if not name or not given or sex not in set(Sex) or _day(born) is None:
        raise Unavailable("insi-answer-unreadable")
    return Individual(
        ins=_ins(active),
        birth_name=name,
        given_names=given,
        sex=Sex(sex),
        birth_date=born,
        birth_place=traits.findtext(f"{_R}LieuNaissance") or None,
        former=tuple(_former(node)),
    )


def _former(node: Element) -> Iterator[FormerIns]:
    for item in node.iterfind(f"{_R}INSHISTO"):
        yield FormerIns(_ins(item), _day(item.findtext(f"{_R}DateDeb")), _day(item.findtext(f"{_R}DateFin")))


def _ins(node: Element) -> Ins:
    """Thirteen characters and their key. Some test answers put fifteen in the first: cut, and the key computed anew."""
    number = (node.findtext(f"{_R}IdIndividu/{_R}NumIdentifiant") or "").strip()
    key = (node.findtext(f"{_R}IdIndividu/{_R}Cle") or "").strip()
    try:
        if len(number) == 15:
            number = number[:13]
            key = f"{key_of(number):02d}"
        return Ins(number + key, (node.findtext(f"{_R}OID") or "").strip())
    except ValueError as wrong:
        raise Unavailable("insi-answer-unreadable") from wrong


def _day(text: str | None) -> date | None:
    """A day as given; one that no calendar has is left out, since a history is kept as far as it can be told."""
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None


def _write_code(result: Element, code: str, label: str) -> None:
    node = etree.SubElement(result, f"{_R}CR")
    etree.SubElement(node, f"{_R}CodeCR").text = code
    etree.SubElement(node, f"{_R}LibelleCR").text = label


def _write_individual(node: Element, individual: Individual) -> None:
    _write_ins(etree.SubElement(node, f"{_R}INSACTIF"), individual.ins)
    for former in individual.former:
        past = etree.SubElement(node, f"{_R}INSHISTO")
        _write_ins(past, former.ins)
        for label, day in (("DateDeb", former.since), ("DateFin", former.until)):
            if day is not None:
                etree.SubElement(past, f"{_R}{label}").text = day.isoformat()
    traits = etree.SubElement(node, f"{_R}TIQ")
    for label, text in (
        ("NomNaissance", individual.birth_name),
        ("ListePrenom", individual.given_names),
        ("Sexe", individual.sex.value),
        ("DateNaissance", individual.birth_date),
        ("LieuNaissance", individual.birth_place),
    ):
        if text is not None:
            etree.SubElement(traits, f"{_R}{label}").text = text


def _write_ins(node: Element, ins: Ins) -> None:
    ident = etree.SubElement(node, f"{_R}IdIndividu")
    etree.SubElement(ident, f"{_R}NumIdentifiant").text = ins.matricule[:13]
    etree.SubElement(ident, f"{_R}Cle").text = ins.matricule[13:]
    etree.SubElement(node, f"{_R}OID").text = ins.oid
