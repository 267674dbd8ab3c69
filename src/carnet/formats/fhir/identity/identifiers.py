"""
The identifiers of a Patient: the matricule, former ones, the source's own number; told apart by type and system together.

Source: FR Core Patient INS (identity-and-messaging.md §1.2, §1.7); RNIV (EXI SI 08).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from carnet.domain.errors import Issue
from carnet.domain.people.model import FormerIns, LocalIdentifier
from carnet.formats.fhir.codings import oid_of
from carnet.formats.fhir.faults import Place, errors, fault, note
from carnet.formats.fhir.identities import identifier, ins_identifier, ins_system, read_ins
from carnet.formats.fhir.identity import fr_core
from carnet.formats.fhir.identity.reliability import day_of
from carnet.vocabulary.ins import NIA, Ins

MAX_FORMER = 20  # INSi knows ten changes at most

_TYPE_SYSTEMS = frozenset({fr_core.FRENCH_TYPES, fr_core.HL7_TYPES})


@dataclass(slots=True)
class Identifiers:
    """
    What was read.

    first_ins: where the first matricule stands, living or former; None when there is none. is_at_fault: a fault was told of one of them.
    """

    ins: Ins | None = None
    former: list[FormerIns] = field(default_factory=list)
    local: LocalIdentifier | None = None
    first_ins: Place | None = None
    is_at_fault: bool = False


def read_identifiers(nodes: Sequence[dict[str, Any]], place: Place, *, issues: list[Issue]) -> Identifiers:
    """
    Read `Patient.identifier`.

    Gives
        issues: `element-required`, `ins-oid`, `ins-format`, `ins-key`, `identifier-type-system` (a type of INS under another register, or
            the reverse), `identifier-use`, `identity-ins-several`, `identity-former-too-many`, `date-format`; warnings `identifier-type-missing`, `element-not-kept`.
    """
    read = Identifiers()
    before = len(errors(issues))
    for index, node in enumerate(nodes):
        where = (place, f"[{index}]")
        value, system = node.get("value"), node.get("system")
        if value is None:
            fault(issues, "element-required", (where, ".value"), name="value")
            continue
        code = _type(node)
        register = ins_system(system)
        if code == fr_core.SOCIAL_SECURITY:
            note(issues, "element-not-kept", where, name="identifier")
        elif code in fr_core.INS_TYPES or (register is not None and code is None):
            _matricule(read, node, code, where, issues)
        elif register is not None:
            fault(issues, "identifier-type-system", where, type=code or "", system=system or "")
        elif code in {fr_core.LOCAL, None} and system is not None and read.local is None and node.get("use") != "old":
            read.local = LocalIdentifier(value, oid_of(system))
        else:
            note(issues, "element-not-kept", where, name="identifier")
    read.is_at_fault = len(errors(issues)) > before
    return read


def write_identifiers(
    ins: Ins | None, *, former: Sequence[FormerIns] = (), local: Sequence[LocalIdentifier] = ()
) -> list[dict[str, Any]]:
    """`Patient.identifier`. A former matricule is only written beside a living one: alone it would go with an identity that may carry none."""
    written: list[dict[str, Any]] = []
    if ins is not None:
        written.append(_written(ins, "official"))
        for past in former:
            node = _written(past.ins, "old")
            period = {
                name: day.isoformat() for name, day in (("start", past.since), ("end", past.until)) if day is not None
            }
            if _is_in_order(past) and period:
                node["period"] = period
            written.append(node)
    for own in local:
        coded = {"coding": [{"system": fr_core.HL7_TYPES, "code": fr_core.LOCAL}]}
        written.append({"use": "usual", "type": coded, **identifier(own.value, own.system)})
    return written


def _matricule(read: Identifiers, node: dict[str, Any], code: str | None, where: Place, issues: list[Issue]) -> None:
    read.first_ins = read.first_ins if read.first_ins is not None else where
    register = ins_system(node.get("system"))
    if register is None or (code is not None and register not in fr_core.INS_TYPES[code]):
        fault(issues, "identifier-type-system", where, type=code or "", system=node.get("system") or "")
        return
    if code is None:
        note(issues, "identifier-type-missing", where)
    ins = read_ins(node["value"], register, (where, ".value"), faults=issues)
    use = node.get("use", "official")
    if use == "temp" and register == NIA:
        use = "official"  # as guides before 2025 wrote a waiting number
    if use not in {"official", "old"}:
        fault(issues, "identifier-use", (where, ".use"), use=use)
    elif ins is None:
        return
    elif use == "old" and len(read.former) == MAX_FORMER:
        fault(issues, "identity-former-too-many", where, limit=str(MAX_FORMER))
    elif use == "old":
        read.former.append(FormerIns(ins, *_period(node.get("period", {}), where, issues)))
    elif read.ins is not None:
        fault(issues, "identity-ins-several", where)
    else:
        read.ins = ins


def _period(period: dict[str, Any], where: Place, issues: list[Issue]) -> tuple[Any, Any]:
    found = []
    for name in ("start", "end"):
        text = period.get(name)
        day = None if text is None else day_of(text[:10])
        if text is not None and day is None:
            fault(issues, "date-format", (where, f".period.{name}"), value=text)
        found.append(day)
    return found[0], found[1]


def _type(node: dict[str, Any]) -> str | None:
    """The code of the type; None when there is no type, `""` when it is of a system that is not ours."""
    codings = node.get("type", {}).get("coding", ())
    known = [coding.get("code") for coding in codings if coding.get("system") in _TYPE_SYSTEMS]
    return known[0] if known else "" if codings else None


def _written(ins: Ins, use: str) -> dict[str, Any]:
    code = fr_core.TYPE_OF_REGISTER.get(ins.oid)
    kind = {"type": {"coding": [{"system": fr_core.FRENCH_TYPES, "code": code}]}} if code is not None else {}
    return {"use": use, **kind, **ins_identifier(ins)}


def _is_in_order(past: FormerIns) -> bool:
    """INSi may give a period whose end comes first: FHIR cannot write it (constraint per-1), so it is left out."""
    return past.since is None or past.until is None or past.since <= past.until
