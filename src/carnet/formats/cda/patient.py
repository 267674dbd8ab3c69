"""
recordTarget: the INS, its traits, and the local identifier.

Nothing is judged here beyond the form: the comparison with the record belongs to the deposit.
Source: documents.md §5.2; identity-and-messaging.md §1.1–1.3.
"""

import re
from collections.abc import Sequence
from typing import Final

from carnet.domain.people.model import InsTraits, Sex
from carnet.formats.cda.elements import (
    ID,
    NAME,
    Faults,
    all_children_of,
    descend,
    first,
    moment_of,
    offspring,
    tag,
    text_of,
)
from carnet.formats.xml import Element
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import INS_OIDS, NIR_TEST_13, Ins

ROLE: Final = tag("patientRole")
PATIENT: Final = tag("patient")
_KINDS: Final = {tag("family"): "family", tag("given"): "given"}
_GENDER: Final = tag("administrativeGenderCode")
_BIRTH_TIME: Final = tag("birthTime")
_BIRTHPLACE: Final = tag("birthplace")
_COUNTY: Final = (tag("place"), tag("addr"), tag("county"))

_INS_ARC = re.compile(
    r"1\.2\.250\.1\.213\.1\.4\.\d+"
)  # every INS register, the abandoned computed ones (.1, .2) included
_SEXES = {"M": Sex.MALE, "F": Sex.FEMALE, "UN": Sex.UNDETERMINED, "I": Sex.UNDETERMINED}
_BEFORE_DAYS: Final = 10  # of an ISO date: `YYYY-MM-DD`

EXPRESSION: Final = "/ClinicalDocument/recordTarget"


@frozen
class PatientPart:
    """What recordTarget says; the fields are those of DocumentHeader."""

    ins: Ins | None = None
    ins_fault: str | None = None
    traits: InsTraits | None = None
    missing_traits: tuple[str, ...] = ()
    used_name: str | None = None
    used_given_name: str | None = None
    source_patient_id: tuple[str, str] | None = None


def read_patient(targets: list[Element], faults: Faults) -> PatientPart:
    """
    Read the one patient of the document.

    Takes
        targets: the recordTarget elements, of which exactly one is expected.
    Gives
        PatientPart: `missing_traits` names, among the fields of InsTraits, the strict ones that are absent or unreadable.
    """
    if len(targets) > 1:
        faults.error("cda-element-repeated", EXPRESSION, count=str(len(targets)))
    role = first(targets[0], ROLE) if targets else None
    if faults.absent(role, f"{EXPRESSION}/patientRole" if targets else EXPRESSION) or role is None:
        return PatientPart(missing_traits=_STRICT)
    inner = all_children_of(role)
    ins, ins_fault, local = _identifiers(inner.get(ID, ()), faults)
    person = _first_of(inner, PATIENT)
    if faults.absent(person, f"{EXPRESSION}/patientRole/patient") or person is None:
        return PatientPart(ins, ins_fault, missing_traits=_STRICT, source_patient_id=local)
    inner = all_children_of(person)
    names = _names(inner.get(NAME, ()))
    values = {
        "birth_name": names.get("family@BR"),
        "first_given_name": names.get("given@BR"),
        "given_names": names.get("given"),
        "birth_date": _birth_date(_first_of(inner, _BIRTH_TIME)),
        "sex": _SEXES.get((gender.get("code") or "").strip())
        if (gender := _first_of(inner, _GENDER)) is not None
        else None,
        "birth_place": text_of(descend(_first_of(inner, _BIRTHPLACE), *_COUNTY)),
    }
    missing = tuple(name for name in _STRICT if not values[name])
    return PatientPart(
        ins=ins,
        ins_fault=ins_fault,
        traits=None if missing else InsTraits(**values),  # type: ignore[arg-type]  # none is missing
        missing_traits=missing,
        used_name=names.get("family@CL") or names.get("family@SP"),
        used_given_name=names.get("given@CL"),
        source_patient_id=local,
    )


_STRICT: Final = ("birth_name", "first_given_name", "given_names", "birth_date", "sex", "birth_place")


def _first_of(children: dict[str, list[Element]], name: str) -> Element | None:
    return children[name][0] if name in children else None


def _identifiers(elements: Sequence[Element], faults: Faults) -> tuple[Ins | None, str | None, tuple[str, str] | None]:
    """The INS or what is wrong with it, and the first local identifier."""
    found: dict[str, str] = {}
    fault: str | None = None
    local: tuple[str, str] | None = None
    usable = contradictory = False
    for element in elements:
        root, extension = (element.get("root") or "").strip(), (element.get("extension") or "").strip()
        if not root or not extension:
            continue
        usable = True
        if root in INS_OIDS:
            contradictory |= found.setdefault(root, extension) != extension
        elif _INS_ARC.fullmatch(root):
            fault = "ins-oid"
        elif local is None:
            local = (extension, root)
    if not usable:
        faults.error("cda-element-missing", f"{EXPRESSION}/patientRole/id")
    if len(found) > 1:
        # Seen beside the test register in one official example, with no published meaning: it never contradicts another.
        found.pop(NIR_TEST_13, None)
    if len(found) > 1 or contradictory:
        faults.error("ins-contradictory", f"{EXPRESSION}/patientRole/id")
    if not found:
        return None, fault, local
    root, extension = next(iter(found.items()))
    try:
        return Ins(extension, root), None, local
    except ValueError as error:
        return None, str(error), local


def _names(elements: Sequence[Element]) -> dict[str, str]:
    """
    `family@BR`, `given@CL`… to their first text; `given` (no qualifier) to all of them, separated by a space.
    """
    names: dict[str, str] = {}
    for name in elements:
        unqualified = []
        for part in offspring(name):
            kind = _KINDS.get(part.tag)
            text = text_of(part) if kind else None
            if text is None:
                continue
            qualifiers = (part.get("qualifier") or "").split()
            for qualifier in qualifiers:
                names.setdefault(f"{kind}@{qualifier}", text)
            if kind == "given" and not qualifiers:
                unqualified.append(text)
        if unqualified:
            names.setdefault("given", " ".join(unqualified))
    return names


def _birth_date(element: Element | None) -> str | None:
    """ISO, as precise as it was given, without the hour that some add."""
    try:
        moment = moment_of(element)
    except ValueError:
        return None
    return None if moment is None else moment.text[:_BEFORE_DAYS]
