"""
How a Patient is sought, in an address: `identifier=system|value`, or `_id`.

Source: FHIR R4 §3.1.1; documents.md §1.6 (TD0.2: `identifier` 1..1).
"""

from collections.abc import Sequence
from uuid import UUID

from carnet.domain.errors import Invalid, Issue
from carnet.domain.people.model import LocalIdentifier
from carnet.formats.fhir.codings import oid_of
from carnet.formats.fhir.faults import errors, fault, note
from carnet.formats.fhir.identities import ins_system, read_ins
from carnet.formats.fhir.patients import parse_token
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import is_uuid
from carnet.vocabulary.ins import Ins

_FORMATS = frozenset({"json", "application/json", "application/fhir+json", "application/fhir json"})
_IDENTIFIER = "http.identifier"

# Parameters of Patient that are known, with their type and what they are; for the CapabilityStatement.
PATIENT_PARAMETERS: Sequence[tuple[str, str, str, str]] = (
    ("identifier", "token", "http://hl7.org/fhir/SearchParameter/Patient-identifier", "Matricule INS, `système|valeur` ; ou identifiant local, pour une source d'identités"),
    ("_id", "token", "http://hl7.org/fhir/SearchParameter/Resource-id", "Identifiant du dossier"),
)  # fmt: skip


@frozen
class ReadPatientSearch:
    """
    name: a matricule, a source's own identifier, or a value without its system; None when the record is named by its id. patient_id: then;
    None for an id that cannot be ours too. warnings: what was left out (lenient handling).
    """

    name: Ins | LocalIdentifier | str | None
    patient_id: UUID | None = None
    warnings: tuple[Issue, ...] = ()


def read_patient_search(pairs: Sequence[tuple[str, str]], *, lenient: bool, by_id: bool = True) -> ReadPatientSearch:
    """
    Read the parameters of a search of a Patient, or the condition of an update.

    Takes
        pairs: (name, value) in order, percent-decoded. lenient: `Prefer: handling=lenient`. by_id: whether `_id` may be used.

    Raises
    ------
        Invalid: with every fault: `parameter-unknown`, `parameter-value`, `parameter-missing`, `parameter-patients-differ`,
            `format-not-supported`, `ins-oid`, `ins-format`, `ins-key`.
    """
    issues: list[Issue] = []
    names: list[Ins | LocalIdentifier | str] = []
    ids: list[UUID | None] = []
    for name, value in pairs:
        if name == "identifier":
            _identifier(value, names, issues)
        elif name == "_id" and by_id:
            ids.append(UUID(value) if is_uuid(value) else None)
        elif name == "_format":
            if value.partition(";")[0].strip().lower() not in _FORMATS:
                fault(issues, "format-not-supported", "http._format", value=value)
        elif name == "_count":
            # One person has one record: any page holds the whole answer.
            if not value.isdecimal() or not 0 < len(value) < 10 or int(value) == 0:
                fault(issues, "parameter-value", "http._count", name=name, value=value)
        else:
            (note if lenient else fault)(issues, "parameter-unknown", "http." + name[:60], name=name)
    if not errors(issues) and len(names) + len(ids) != 1:
        code = "parameter-patients-differ" if names or ids else "parameter-missing"
        fault(issues, code, _IDENTIFIER, name="identifier")
    found = errors(issues)
    if found:
        raise Invalid(found[0].code, issues=found)
    return ReadPatientSearch(names[0] if names else None, ids[0] if ids else None, tuple(issues))


def _identifier(value: str, names: list[Ins | LocalIdentifier | str], issues: list[Issue]) -> None:
    system, text = parse_token(value)
    if not text or "," in value or system == "" or len(value) > 500:
        fault(issues, "parameter-value", _IDENTIFIER, name="identifier", value=value)
        return
    register = ins_system(system)
    if register is not None:
        ins = read_ins(text, register, _IDENTIFIER, faults=issues)
        if ins is not None:
            names.append(ins)
    elif system is not None:
        names.append(LocalIdentifier(text, oid_of(system)))
    else:
        names.append(text)
