"""
Those who answer for a document: authors, legal authenticator, custodian.

Source: documents.md §5.1 and §2.3 (CI-SIS, volet Structuration minimale).
"""

from collections.abc import Callable
from typing import Final

from lxml import etree

from carnet.domain.record.model import Author, AuthorKind, OrganizationName
from carnet.formats.cda.elements import (
    ASSIGNED_PERSON,
    CODE,
    ID,
    NAME,
    REPRESENTED_ORGANIZATION,
    TIME,
    Faults,
    children_of,
    code_of,
    descend,
    first,
    lenient_moment,
    offspring,
    tag,
    text_of,
)
from carnet.formats.known import Known
from carnet.formats.xml import Element
from carnet.vocabulary.identifiers import DMP_HOST, ORGANIZATIONS, PROFESSIONALS
from carnet.vocabulary.ins import INS_OIDS

_ASSIGNED_AUTHOR: Final = tag("assignedAuthor")
_ASSIGNED_ENTITY: Final = tag("assignedEntity")
_DEVICE: Final = tag("assignedAuthoringDevice")
_DEVICE_NAMES: Final = (tag("manufacturerModelName"), tag("softwareName"))
_FUNCTION_CODE: Final = tag("functionCode")
_SIGNATURE_CODE: Final = tag("signatureCode")
_CUSTODIAN_ORGANIZATION: Final = (tag("assignedCustodian"), tag("representedCustodianOrganization"))
_PERSON_PARTS: Final = {tag(name): name for name in ("family", "given", "prefix", "suffix")}

_AUTHOR: Final = "/ClinicalDocument/author"
_AUTHENTICATOR: Final = "/ClinicalDocument/legalAuthenticator"
_CUSTODIAN: Final = "/ClinicalDocument/custodian/assignedCustodian/representedCustodianOrganization"


def read_authors(elements: list[Element], faults: Faults) -> tuple[Author, ...]:
    """Every author that can be read; at least one is expected, each a person or a device, with its time and identifier."""
    if not elements:
        faults.error("cda-element-missing", _AUTHOR)
    authors = []
    for number, element in enumerate(elements, 1):
        here = _AUTHOR if len(elements) == 1 else f"{_AUTHOR}[{number}]"
        if faults.absent(element, here):
            continue
        outer = children_of(element)
        assigned = outer.get(_ASSIGNED_AUTHOR)
        if faults.absent(assigned, here, "/assignedAuthor") or assigned is None:
            continue
        authors.append(_participant(outer, assigned, faults, path=(here, "/assignedAuthor"), check=_check_author))
    return tuple(authors)


def _check_author(inner: dict[str, Element], faults: Faults, path: tuple[str, str]) -> None:
    if _DEVICE in inner and ASSIGNED_PERSON in inner:
        faults.error("cda-author-ambiguous", "".join(path))
    elif _DEVICE not in inner and ASSIGNED_PERSON not in inner:
        faults.error("cda-author-unnamed", "".join(path))


def read_legal_authenticator(elements: list[Element], faults: Faults) -> Author | None:
    """The person who takes responsibility for the document: exactly one, with time, signature, identifier and name."""
    if len(elements) > 1:
        faults.error("cda-element-repeated", _AUTHENTICATOR, count=str(len(elements)))
    element = elements[0] if elements else None
    if faults.absent(element, _AUTHENTICATOR) or element is None:
        return None
    outer = children_of(element)
    signature = outer.get(_SIGNATURE_CODE)
    if (
        not faults.absent(signature, _AUTHENTICATOR, "/signatureCode")
        and signature is not None
        and signature.get("code") != "S"
    ):
        faults.error("cda-value-unexpected", f"{_AUTHENTICATOR}/signatureCode/@code", expected="S")
    assigned = outer.get(_ASSIGNED_ENTITY)
    if faults.absent(assigned, _AUTHENTICATOR, "/assignedEntity") or assigned is None:
        return None
    author = _participant(outer, assigned, faults, path=(_AUTHENTICATOR, "/assignedEntity"), check=_check_authenticator)
    if author.system is not None and author.system != PROFESSIONALS and author.system not in INS_OIDS:
        faults.warning("cda-id-root-unexpected", f"{_AUTHENTICATOR}/assignedEntity/id/@root", expected=PROFESSIONALS)
    return author


def _check_authenticator(inner: dict[str, Element], faults: Faults, path: tuple[str, str]) -> None:
    if first(inner.get(ASSIGNED_PERSON), NAME) is None:
        faults.error("cda-element-missing", f"{''.join(path)}/assignedPerson/name")


def read_custodian(elements: list[Element], faults: Faults) -> OrganizationName | None:
    """The organisation that keeps the original: exactly one, with identifier and name."""
    if len(elements) > 1:
        faults.error("cda-element-repeated", "/ClinicalDocument/custodian", count=str(len(elements)))
    element = elements[0] if elements else None
    if faults.absent(element, "/ClinicalDocument/custodian"):
        return None
    organization = descend(element, *_CUSTODIAN_ORGANIZATION)
    if faults.absent(organization, _CUSTODIAN) or organization is None:
        return None
    inner = children_of(organization)
    identifier = inner.get(ID)
    if not faults.absent(identifier, _CUSTODIAN, "/id") and identifier is not None:
        if not identifier.get("root"):
            faults.error("cda-id-invalid", f"{_CUSTODIAN}/id/@root")
        elif identifier.get("root") not in {ORGANIZATIONS, DMP_HOST}:
            faults.warning("cda-id-root-unexpected", f"{_CUSTODIAN}/id/@root", expected=ORGANIZATIONS)
    faults.absent(inner.get(NAME), _CUSTODIAN, "/name")
    return _organization(inner)


def _participant(
    outer: dict[str, Element],
    assigned: Element,
    faults: Faults,
    *,
    path: tuple[str, str],
    check: Callable[[dict[str, Element], Faults, tuple[str, str]], None],
) -> Author:
    """
    An author or authenticator. outer: the children that say function and time; assigned: who it is; path: where the first stand, and from
    there the second; check: tells what is missing among its children.
    """
    time = outer.get(TIME)
    if time is None:
        faults.error("cda-element-missing", f"{path[0]}/time")
    text = etree.tostring(assigned, with_tail=False)
    someone = _KNOWN.of(text)
    if someone is None:
        before = faults.count
        inner = children_of(assigned)
        check(inner, faults, path)
        someone = _someone(inner, faults, path)
        if someone.kind is not AuthorKind.PATIENT and faults.count == before:  # faults are told each time
            _KNOWN.keep(someone, text)
    return Author(
        someone.kind, someone.identifier, someone.system, someone.family, someone.given, someone.prefix, someone.suffix, someone.device,
        someone.specialty, code_of(outer.get(_FUNCTION_CODE)), someone.organization, lenient_moment(time, f"{path[0]}/time", faults),
    )  # fmt: skip


# The same professionals write all day long: who they are, by the text of the element that says it.
_KNOWN: Final[Known[Author]] = Known(count=1024, longest=4096)


def _someone(inner: dict[str, Element], faults: Faults, path: tuple[str, str]) -> Author:
    """Who it is, without function and time. inner: identifier, person, device, organisation."""
    root, identifier = _identifier(inner.get(ID), (path[0], path[1] + "/id"), faults)
    person = _person(inner.get(ASSIGNED_PERSON))
    device = _device(inner.get(_DEVICE))
    if root in INS_OIDS:
        kind = AuthorKind.PATIENT
    elif person is not None:
        kind = AuthorKind.PERSON
    else:
        kind = AuthorKind.DEVICE if device is not None else AuthorKind.ORGANIZATION
    return Author(
        kind=kind,
        identifier=identifier,
        system=root,
        **(person or {}),
        device=device,
        specialty=code_of(inner.get(CODE)),
        role=None,
        organization=_organization(children_of(inner[REPRESENTED_ORGANIZATION]))
        if REPRESENTED_ORGANIZATION in inner
        else None,
        at=None,
    )


def _identifier(element: Element | None, path: tuple[str, str], faults: Faults) -> tuple[str | None, str | None]:
    """Root and extension of the first identifier; one with a root is expected. A nullFlavor may be followed by a true one."""
    while element is not None and element.get("root") is None and (following := _next_identifier(element)) is not None:
        element = following
    if faults.absent(element, *path) or element is None:
        return None, None
    root, extension = (element.get("root") or "").strip(), (element.get("extension") or "").strip()
    if not root:
        faults.error("cda-id-invalid", f"{''.join(path)}/@root")
    return root or None, extension or None


def _next_identifier(element: Element) -> Element | None:
    return next(element.itersiblings(ID), None)


def _person(element: Element | None) -> dict[str, str] | None:
    """Family, given, prefix, suffix (the first of each) of a person; None when there is no person."""
    if element is None:
        return None
    parts: dict[str, str] = {}
    name = first(element, NAME)
    if name is not None:
        for child in offspring(name):
            part = _PERSON_PARTS.get(child.tag)
            text = text_of(child) if part else None
            if part and text:
                parts.setdefault(part, text)
        if not parts and (whole := text_of(name)) is not None:
            parts["family"] = whole
    return parts


def _device(element: Element | None) -> str | None:
    """Model and software, joined by a slash."""
    if element is None:
        return None
    return "/".join(text for name in _DEVICE_NAMES if (text := text_of(first(element, name)))) or "?"


def _organization(inner: dict[str, Element]) -> OrganizationName:
    """inner: the children of the organisation."""
    identifier = inner.get(ID)
    root = None if identifier is None else identifier.get("root")
    return OrganizationName(
        name=text_of(inner.get(NAME)),
        identifier=None if identifier is None else identifier.get("extension") or root,
        system=None if root == ORGANIZATIONS else root,
    )
