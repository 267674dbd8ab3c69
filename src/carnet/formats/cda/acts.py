"""
What the document tells: acts and their places, orders fulfilled, the document it replaces.

Source: documents.md §2.1 and §5.1; DICOM PS3.20 (accession number and Study Instance UID of an imaging report).
"""

from typing import Final

from carnet.formats.cda.elements import (
    CODE,
    EFFECTIVE_TIME,
    ID,
    REPRESENTED_ORGANIZATION,
    Faults,
    all_children_of,
    children_of,
    code_of,
    descend,
    first,
    lenient_moment,
    moment_of,
    tag,
    unique_id_of,
)
from carnet.formats.xml import Element
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.moments import Moment

_SERVICE_EVENT: Final = tag("serviceEvent")
_PERFORMER: Final = tag("performer")
_LOW: Final = tag("low")
_HIGH: Final = tag("high")
_SETTING: Final = (tag("assignedEntity"), REPRESENTED_ORGANIZATION, tag("standardIndustryClassCode"))
_ENCOUNTER: Final = tag("encompassingEncounter")
_LOCATION: Final = tag("location")
_FACILITY_CODE: Final = (tag("healthCareFacility"), CODE)
_ORDER: Final = tag("order")
_ACCESSION: Final = "{urn:dicom-org:ps3-20}accessionNumber"
_PARENT: Final = tag("parentDocument")

_IMAGING_REPORTS: Final = frozenset({"1.2.840.10008.9.1", "1.2.250.1.213.1.1.1.45"})  # template ids: DICOM, CI-SIS

# IHE ITI TF-3 §4.2.3.2.28 (referenceIdList): what an identifier identifies.
ORDER_URN: Final = "urn:ihe:iti:xds:2013:order"
ACCESSION_URN: Final = "urn:ihe:iti:xds:2013:accession"
STUDY_URN: Final = "urn:ihe:iti:xds:2016:studyInstanceUID"

_ACT: Final = "/ClinicalDocument/documentationOf"
_COMPONENT: Final = "/ClinicalDocument/componentOf"
_RELATED: Final = "/ClinicalDocument/relatedDocument"


_Children = dict[str, list[Element]]


@frozen
class ActsPart:
    """The acts documented; the fields are those of DocumentHeader. studies: Study Instance UIDs, in an imaging report."""

    events: tuple[Code, ...] = ()
    service_start: Moment | None = None
    service_stop: Moment | None = None
    practice_setting: Code | None = None
    studies: tuple[tuple[str, str], ...] = ()


def read_acts(elements: list[Element], template_ids: tuple[str, ...], faults: Faults) -> ActsPart:
    """
    The acts, of which one is the main one: the first whose performer gives a practice setting, or else the first.

    The main act must have its start and its performer's practice setting.
    """
    services = [
        (number, all_children_of(service))
        for number, act in enumerate(elements, 1)
        if (service := first(act, _SERVICE_EVENT)) is not None
    ]
    if not services:
        faults.error("cda-element-missing", f"{_ACT}/serviceEvent" if elements else _ACT)
        return ActsPart()
    events = tuple(
        code for _, service in services if CODE in service and (code := code_of(service[CODE][0])) is not None
    )
    number, main = services[0]
    setting: Element | None = None
    for candidate_number, candidate in services:
        setting = _setting(candidate)
        if setting is not None:
            number, main = candidate_number, candidate
            break
    here = f"{_ACT}/serviceEvent" if len(elements) == 1 else f"{_ACT}[{number}]/serviceEvent"
    place = f"{here}/performer/assignedEntity/representedOrganization/standardIndustryClassCode"
    practice_setting = None
    if not faults.absent(setting, place):
        practice_setting = code_of(setting)
        if practice_setting is None:
            faults.error("cda-code-incomplete", place)
    period = children_of(main[EFFECTIVE_TIME][0]) if EFFECTIVE_TIME in main else {}
    return ActsPart(
        events=events,
        service_start=_start(period.get(_LOW), f"{here}/effectiveTime/low", faults),
        service_stop=lenient_moment(period.get(_HIGH), f"{here}/effectiveTime/high", faults),
        practice_setting=practice_setting,
        studies=_studies([service for _, service in services], template_ids),
    )


def read_facility(elements: list[Element], faults: Faults) -> Code | None:
    """The kind of place of care: of the one encounter, which must also have its time."""
    if len(elements) > 1:
        faults.error("cda-element-repeated", _COMPONENT, count=str(len(elements)))
    element = elements[0] if elements else None
    if faults.absent(element, _COMPONENT):
        return None
    encounter = first(element, _ENCOUNTER)
    if faults.absent(encounter, f"{_COMPONENT}/encompassingEncounter"):
        return None
    inner = children_of(encounter)
    if EFFECTIVE_TIME not in inner:
        faults.error("cda-element-missing", f"{_COMPONENT}/encompassingEncounter/effectiveTime")
    code = descend(inner.get(_LOCATION), *_FACILITY_CODE)
    place = f"{_COMPONENT}/encompassingEncounter/location/healthCareFacility/code"
    if faults.absent(code, place):
        return None
    facility = code_of(code)
    if facility is None:
        faults.error("cda-code-incomplete", place)
    return facility


def read_orders(elements: list[Element]) -> tuple[tuple[str, str], ...]:
    """Orders and accession numbers, as (URN of the kind, `extension^^^&root&ISO`): CXi of XDS referenceIdList."""
    found = []
    for element in elements:
        order = first(element, _ORDER)
        if order is None:
            continue
        for kind, name in ((ORDER_URN, ID), (ACCESSION_URN, _ACCESSION)):
            found += [(kind, text) for child in order.iterchildren(name) if (text := _reference(child)) is not None]
    return tuple(dict.fromkeys(found))


def read_replaced(elements: list[Element], faults: Faults) -> UniqueId | None:
    """The document that this one replaces: at most one, and no other relation can be said in a CDA."""
    if not elements:
        return None
    if len(elements) > 1:
        faults.error("cda-element-repeated", _RELATED, count=str(len(elements)))
    element = elements[0]
    if element.get("typeCode") != "RPLC":
        faults.error("cda-value-unexpected", f"{_RELATED}/@typeCode", expected="RPLC")
        return None
    identifier = descend(element, _PARENT, ID)
    if faults.absent(identifier, f"{_RELATED}/parentDocument/id"):
        return None
    try:
        replaced = unique_id_of(identifier)
    except ValueError:
        replaced = None
    if replaced is None:
        faults.error("cda-id-invalid", f"{_RELATED}/parentDocument/id/@root")
    return replaced


def _setting(service: _Children) -> Element | None:
    return next(
        (found for performer in service.get(_PERFORMER, ()) if (found := descend(performer, *_SETTING)) is not None),
        None,
    )


def _start(element: Element | None, expression: str, faults: Faults) -> Moment | None:
    if faults.absent(element, expression):
        return None
    try:
        moment = moment_of(element)
    except ValueError:
        moment = None
    if moment is None:
        faults.error("cda-time-invalid", expression)
    return moment


def _studies(services: list[_Children], template_ids: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    if not any(template.partition("/")[0] in _IMAGING_REPORTS for template in template_ids):
        return ()
    roots = (
        element.get("root") for service in services for element in service.get(ID, ()) if not element.get("extension")
    )
    return tuple((STUDY_URN, root) for root in dict.fromkeys(roots) if root)


def _reference(element: Element) -> str | None:
    root, extension = (element.get("root") or "").strip(), (element.get("extension") or "").strip()
    if not root:
        return None
    return f"{extension}^^^&{root}&ISO" if extension else root
