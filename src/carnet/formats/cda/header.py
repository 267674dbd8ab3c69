"""
The header of a CDA R2 as a DocumentHeader, with its faults of form.

The table of faults, which refuse and which warn, is docs/cda-checks.md.
Source: documents.md §5.1 and §2.1 (CI-SIS, volet Structuration minimale).
"""

from typing import Final

from carnet.domain.errors import Invalid
from carnet.domain.record.model import DocumentHeader
from carnet.formats.cda.acts import read_acts, read_facility, read_orders, read_replaced
from carnet.formats.cda.body import Body, read_body
from carnet.formats.cda.elements import Faults, code_of, has_zone, moment_of, offspring, tag, text_of, unique_id_of
from carnet.formats.cda.participants import read_authors, read_custodian, read_legal_authenticator
from carnet.formats.cda.patient import read_patient
from carnet.formats.xml import LIMIT_BYTES, Element, read_xml
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.moments import Moment

ROOT: Final = tag("ClinicalDocument")
_STYLESHEETS: Final = frozenset(
    {"{http://www.w3.org/1999/XSL/Transform}" + name for name in ("stylesheet", "transform")}
)

HL7_FRANCE: Final = "2.16.840.1.113883.2.8.2.1"
CI_SIS: Final = "1.2.250.1.213.1.1.1.1"
CONFIDENTIALITY: Final = "2.16.840.1.113883.5.25"
_CONFIDENTIALITIES: Final = frozenset("NRV")
_TOLERATED_CONFIDENTIALITIES: Final = frozenset("LMU")  # HL7 codes that the official schematron lets pass
_LANGUAGE: Final = "fr-FR"

_NAMES: Final = (
    "realmCode", "typeId", "templateId", "id", "code", "title", "effectiveTime", "confidentialityCode", "languageCode", "setId",
    "versionNumber", "recordTarget", "author", "custodian", "legalAuthenticator", "inFulfillmentOf", "documentationOf",
    "relatedDocument", "componentOf", "component",
)  # fmt: skip
_TAGS: Final = {tag(name): name for name in _NAMES}
_PLACES: Final = {name: f"/ClinicalDocument/{name}" for name in _NAMES}

Children = dict[str, list[Element]]


def read_header(data: bytes, *, limit_bytes: int = LIMIT_BYTES) -> DocumentHeader:
    """
    Read what a document says of itself.

    Gives
        DocumentHeader: faults of form and warnings are in `issues`, with XPath expressions; only errors refuse the deposit.
    Raises
        Invalid: nothing can be read: faults of `read_xml`, `cda-root` when the root is not a ClinicalDocument of HL7 V3,
            `cda-auto-presentable` when it is a stylesheet that carries the document inside.
    """
    return header_of(read_root(data, limit_bytes=limit_bytes))[0]


def read_root(data: bytes, *, limit_bytes: int = LIMIT_BYTES) -> Element:
    """The ClinicalDocument element. Raises as `read_header` does."""
    root = read_xml(data, limit_bytes=limit_bytes)
    if root.tag in _STYLESHEETS:
        raise Invalid("cda-auto-presentable", expression="/xsl:stylesheet")
    if root.tag != ROOT:
        raise Invalid("cda-root", expression="/*")
    return root


def header_of(root: Element) -> tuple[DocumentHeader, Body]:
    """The header, and the body found on the way, so that the content can be checked without another search."""
    children: Children = {name: [] for name in _NAMES}
    for child in offspring(root):
        name = _TAGS.get(child.tag)
        if name is not None:
            children[name].append(child)
    faults = Faults()
    _fixed_values(children, faults)
    template_ids = _template_ids(children["templateId"], faults)
    patient = read_patient(children["recordTarget"], faults)
    acts = read_acts(children["documentationOf"], template_ids, faults)
    body = read_body(children["component"], faults)
    header = DocumentHeader(
        unique_id=_unique_id(children, "id", faults),
        type=_code(children, "code", faults),
        title=_title(children, faults),
        created=_created(children, faults),
        confidentiality=_confidentiality(children, faults),
        language=_language(children, faults),
        ins=patient.ins,
        ins_fault=patient.ins_fault,
        traits=patient.traits,
        missing_traits=patient.missing_traits,
        used_name=patient.used_name,
        used_given_name=patient.used_given_name,
        source_patient_id=patient.source_patient_id,
        set_id=_unique_id(children, "setId", faults),
        version_number=_version(children, faults),
        replaces=read_replaced(children["relatedDocument"], faults),
        authors=read_authors(children["author"], faults),
        legal_authenticator=read_legal_authenticator(children["legalAuthenticator"], faults),
        custodian=read_custodian(children["custodian"], faults),
        events=acts.events,
        service_start=acts.service_start,
        service_stop=acts.service_stop,
        facility_type=read_facility(children["componentOf"], faults),
        practice_setting=acts.practice_setting,
        reference_ids=read_orders(children["inFulfillmentOf"]) + acts.studies,
        template_ids=template_ids,
        body=body.level,
        embedded=body.embedded,
        issues=tuple(faults.issues),
    )
    return header, body


def _only(children: Children, name: str, faults: Faults) -> Element | None:
    """The one element of this name, with a value; None when it is missing or null, which is noted."""
    elements = children[name]
    expression = _PLACES[name]
    if len(elements) > 1:
        faults.error("cda-element-repeated", expression, count=str(len(elements)))
    element = elements[0] if elements else None
    return None if faults.absent(element, expression) else element


def _fixed_values(children: Children, faults: Faults) -> None:
    for name, attribute, expected in (
        ("realmCode", "code", "FR"),
        ("typeId", "root", "2.16.840.1.113883.1.3"),
        ("typeId", "extension", "POCD_HD000040"),
    ):
        element = _only(children, name, faults) if attribute != "extension" else next(iter(children[name]), None)
        if element is not None and element.get(attribute) != expected:
            faults.error("cda-value-unexpected", f"/ClinicalDocument/{name}/@{attribute}", expected=expected)


def _template_ids(elements: list[Element], faults: Faults) -> tuple[str, ...]:
    """`root` or `root/extension` of each; the two of the framework and at least one model are expected."""
    found = []
    for element in elements:
        root, extension = element.get("root"), element.get("extension")
        if root:
            found.append(f"{root}/{extension}" if extension else root)
    for template in (HL7_FRANCE, CI_SIS):
        if template not in found:
            faults.error("cda-template-missing", "/ClinicalDocument/templateId", template=template)
    if not set(found) - {HL7_FRANCE, CI_SIS}:
        faults.error("cda-template-model-missing", "/ClinicalDocument/templateId")
    return tuple(dict.fromkeys(found))


def _unique_id(children: Children, name: str, faults: Faults) -> UniqueId | None:
    element = _only(children, name, faults)
    if element is None:
        return None
    try:
        identifier = unique_id_of(element)
    except ValueError:
        identifier = None
    if identifier is None:
        faults.error("cda-id-invalid", f"/ClinicalDocument/{name}/@root")
    return identifier


def _code(children: Children, name: str, faults: Faults) -> Code | None:
    element = _only(children, name, faults)
    if element is None:
        return None
    code = code_of(element)
    if code is None:
        faults.error("cda-code-incomplete", f"/ClinicalDocument/{name}")
    return code


def _title(children: Children, faults: Faults) -> str | None:
    element = _only(children, "title", faults)
    if element is None:
        return None
    title = text_of(element)
    if title is None:
        faults.error("cda-element-empty", "/ClinicalDocument/title")
    return title


def _created(children: Children, faults: Faults) -> Moment | None:
    element = _only(children, "effectiveTime", faults)
    if element is None:
        return None
    expression = "/ClinicalDocument/effectiveTime/@value"
    try:
        moment = moment_of(element)
    except ValueError:
        moment = None
    if moment is None:
        faults.error("cda-time-invalid", expression)
    elif not has_zone(element):
        faults.error("cda-time-zone-missing", expression)
    return moment


def _confidentiality(children: Children, faults: Faults) -> Code | None:
    code = _code(children, "confidentialityCode", faults)
    if code is None:
        return None
    expression = "/ClinicalDocument/confidentialityCode"
    if code.system != CONFIDENTIALITY:
        faults.error("cda-value-unexpected", f"{expression}/@codeSystem", expected=CONFIDENTIALITY)
    if code.code in _TOLERATED_CONFIDENTIALITIES:
        faults.warning("cda-confidentiality-tolerated", f"{expression}/@code", code=code.code)
    elif code.code not in _CONFIDENTIALITIES:
        faults.error("cda-confidentiality-unknown", f"{expression}/@code", expected="N, R, V")
    return code


def _language(children: Children, faults: Faults) -> str | None:
    element = _only(children, "languageCode", faults)
    if element is None:
        return None
    language = element.get("code")
    if not language:
        faults.error("cda-code-incomplete", "/ClinicalDocument/languageCode")
    elif language != _LANGUAGE:
        faults.warning("cda-language-unexpected", "/ClinicalDocument/languageCode/@code", expected=_LANGUAGE)
    return language or None


def _version(children: Children, faults: Faults) -> int | None:
    element = _only(children, "versionNumber", faults)
    if element is None:
        return None
    value = (element.get("value") or "").strip()
    if not (value.isascii() and value.isdigit() and len(value) <= 9 and int(value) > 0):
        faults.error("cda-version-number-invalid", "/ClinicalDocument/versionNumber/@value")
        return None
    return int(value)
