"""
The question of WS_INS2, « rechercherInsAvecTraitsIdentite »: SOAP 1.2 with WS-Addressing and the two contexts; written, and read back.

Source: identity-and-messaging.md §1.5 (WSDL family DESIR_ICIR_EXP_1.5.0).
"""

from datetime import UTC

from lxml import etree

from carnet.domain.errors import Invalid
from carnet.domain.people.model import Sex
from carnet.formats.insi.model import BIRTH_PLACE_ELEMENT, Caller, Envelope, Question
from carnet.formats.xml import Element, read_xml

ACTION = "urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite"
CONTENT_TYPE = f'application/soap+xml; charset=utf-8; action="{ACTION}"'

SOAP = "http://www.w3.org/2003/05/soap-envelope"
_ADDRESSING = "http://www.w3.org/2005/08/addressing"
_BAM = "urn:siram:bam:ctxbam"
_LPS = "urn:siram:lps:ctxlps"
_QUESTION = "http://www.cnamts.fr/INSiRecSans"
_PREFIXES = {"soap": SOAP, "wsa": _ADDRESSING, "ctxbam": _BAM, "ctxlps": _LPS, "insi": _QUESTION}

LIMIT_BYTES = 64 * 1024


def write_question(
    question: Question, *, caller: Caller, envelope: Envelope, birth_place_element: str = BIRTH_PLACE_ELEMENT
) -> bytes:
    """
    The message, in UTF-8.

    Takes
        birth_place_element: name of the element of the place of birth.
    """
    root = etree.Element(_name(SOAP, "Envelope"), nsmap=_PREFIXES)
    header = _under(root, SOAP, "Header")
    at = envelope.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    bam = _context(header, _BAM, "ContexteBAM", {"Version": "01_02"}, ident=str(envelope.bam_id), at=at, caller=caller)
    _under(bam, _BAM, "COUVERTURE")
    nature = {"Nature": "CTXLPS", "Version": "01_00"}
    context = _context(header, _LPS, "ContexteLPS", nature, ident=str(envelope.lps_id), at=at, caller=caller)
    lps = _under(context, _LPS, "LPS")
    _under(lps, _LPS, "IDAM", caller.idam).set("R", "4")
    _under(lps, _LPS, "Version", caller.version)
    _under(lps, _LPS, "Instance", str(caller.instance))
    _under(lps, _LPS, "Nom", caller.name)
    _under(header, _ADDRESSING, "Action", ACTION)
    _under(header, _ADDRESSING, "MessageID", f"uuid:{envelope.message_id}")
    asked = _under(_under(root, SOAP, "Body"), _QUESTION, "RECSANSVITALE")
    _under(asked, _QUESTION, "NomNaissance", question.birth_name)
    _under(asked, _QUESTION, "Prenom", question.given_names)
    _under(asked, _QUESTION, "Sexe", question.sex)
    _under(asked, _QUESTION, "DateNaissance", question.birth_date)
    if question.birth_place is not None:
        _under(asked, _QUESTION, birth_place_element, question.birth_place)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def read_question(message: bytes, *, birth_place_element: str = BIRTH_PLACE_ELEMENT) -> Question:
    """
    The question of a message; for the simulator, which is then a second reading of what is written.

    Raises
        Invalid: what `read_xml` says, or `insi-question-unreadable`.
    """
    root = read_xml(message, limit_bytes=LIMIT_BYTES)
    asked = root.find(f"{_name(SOAP, 'Body')}/{_name(_QUESTION, 'RECSANSVITALE')}")
    if asked is None or root.findtext(f"{_name(SOAP, 'Header')}/{_name(_ADDRESSING, 'Action')}") != ACTION:
        raise Invalid("insi-question-unreadable")
    told = {child.tag: child.text or "" for child in asked}
    name, given, sex, born = (
        told.get(_name(_QUESTION, label), "") for label in ("NomNaissance", "Prenom", "Sexe", "DateNaissance")
    )
    if not name or not given or not born or sex not in {Sex.MALE, Sex.FEMALE}:
        raise Invalid("insi-question-unreadable")
    return Question(name, given, Sex(sex), born, told.get(_name(_QUESTION, birth_place_element)))


def _context(
    header: Element, namespace: str, label: str, attributes: dict[str, str], *, ident: str, at: str, caller: Caller
) -> Element:
    context = _under(header, namespace, label)
    for name, value in attributes.items():
        context.set(name, value)
    _under(context, namespace, "Id", ident)
    _under(context, namespace, "Temps", at)
    _under(context, namespace, "Emetteur", caller.emitter)
    return context


def _under(parent: Element, namespace: str, label: str, text: str | None = None) -> Element:
    child = etree.SubElement(parent, _name(namespace, label))
    child.text = text
    return child


def _name(namespace: str, label: str) -> str:
    return f"{{{namespace}}}{label}"
