"""
`Patient/$match`: traits in, people out with how sure each one is.

Source: FHIR R4, Operation Patient-match; extension match-grade.
"""

from collections.abc import Sequence
from typing import Any

from carnet.domain.errors import Invalid, Issue
from carnet.domain.people.model import Sex
from carnet.domain.record.identities.matching import MAX_MATCHES
from carnet.domain.record.identities.model import Match, StatedTraits
from carnet.formats.fhir.faults import Place, errors, fault, note
from carnet.formats.fhir.identity.reading import read_traits, require_patient
from carnet.formats.fhir.identity.shapes import SHAPES
from carnet.formats.fhir.structure import check
from carnet.vocabulary.frozen import frozen

MATCH_GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
_ROOT = "Parameters"
_VALUES = {"resource": "resource", "onlyCertainMatches": "valueBoolean", "count": "valueInteger"}
_NOT_COMPARED = ("identifier", "active", "deceasedBoolean", "deceasedDateTime")


@frozen
class ReadMatch:
    """stated: what is compared. warnings: what was given and is not."""

    stated: StatedTraits
    only_certain: bool = False
    count: int = MAX_MATCHES
    warnings: tuple[Issue, ...] = ()


def read_match(resource: dict[str, Any]) -> ReadMatch:
    """
    Read the Parameters of `$match`.

    Takes
        resource: as `read_json` gives it; faulty members are taken out of it.

    Raises
    ------
        Invalid: `resource-type`, what `structure.check` and `read_traits` tell, `parameter-unknown`, `element-too-many`,
            `element-required`, `match-traits-missing` (birth name and birth date are compared at least), `parameter-value` (count).
    """
    issues: list[Issue] = []
    if resource.get("resourceType") != "Parameters":
        fault(issues, "resource-type", _ROOT, expected="Parameters", type=str(resource.get("resourceType")))
        raise Invalid("resource-type", issues=issues)
    check(resource, SHAPES["Parameters"], _ROOT, issues=issues)
    given: dict[str, tuple[Any, Place]] = {}
    for index, parameter in enumerate(resource.get("parameter", ())):
        where, name = (_ROOT, f".parameter[{index}]"), str(parameter.get("name", ""))
        label = _VALUES.get(name)
        if label is None:
            fault(issues, "parameter-unknown", where, name=name)
        elif name in given:
            fault(issues, "element-too-many", where, name=name)
        elif label not in parameter:
            fault(issues, "element-required", (where, "." + label), name=label)
        else:
            given[name] = parameter[label], (where, "." + label)
    stated = _stated(given, issues)
    count, count_place = given.get("count", (MAX_MATCHES, _ROOT))
    if count == 0:
        fault(issues, "parameter-value", count_place, name="count", value="0")
    found = errors(issues)
    if found:
        raise Invalid(found[0].code, issues=found)
    assert stated is not None
    only_certain, _ = given.get("onlyCertainMatches", (False, _ROOT))
    return ReadMatch(stated, only_certain, min(count, MAX_MATCHES), tuple(issues))


def write_matches(
    matches: Sequence[Match], *, resources: Sequence[dict[str, Any]], base_url: str
) -> list[dict[str, Any]]:
    """
    Entries of the searchset, the surest first; as many resources as matches, in the same order.

    A score is asked by FHIR, and no published rule gives one: 1 for certain, 0.5 for each of those who may be the person.
    """
    return [
        {
            "fullUrl": f"{base_url}/Patient/{match.known.patient_id}",
            "resource": resource,
            "search": {
                "extension": [{"url": MATCH_GRADE, "valueCode": "certain" if match.is_certain else "possible"}],
                "mode": "match",
                "score": 1 if match.is_certain else 0.5,
            },
        }
        for match, resource in zip(matches, resources, strict=True)
    ]  # fmt: skip


def _stated(given: dict[str, tuple[Any, Place]], issues: list[Issue]) -> StatedTraits | None:
    if "resource" not in given:
        if not errors(issues):
            fault(issues, "element-required", _ROOT, name="resource")
        return None
    patient, place = given["resource"]
    require_patient(patient, place)
    before = len(errors(issues))
    check(patient, SHAPES["Patient"], place, issues=issues)
    traits = read_traits(patient, place, issues=issues, needs_first_name=False)
    for name in _NOT_COMPARED:
        if name in patient:
            note(issues, "element-not-kept", (place, "." + name), name=name)
    if traits.birth_name is None or traits.birth_date is None:
        if len(errors(issues)) == before:
            fault(issues, "match-traits-missing", place)
        return None
    return StatedTraits(
        birth_name=traits.birth_name,
        birth_date=traits.birth_date,
        first_given_name=traits.first_given_name,
        given_names=traits.given_names,
        sex=None if traits.sex is Sex.UNDETERMINED else traits.sex,
        birth_place=traits.birth_place,
    )
