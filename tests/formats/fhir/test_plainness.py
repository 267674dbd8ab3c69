"""What is quick must answer as what is slow: the same bundles, whole and damaged, read both ways."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch as replaced

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders.fhir import a_bundle, a_fiche, a_patient, a_practitioner, posted, urn

from carnet.domain.errors import Invalid
from carnet.formats.fhir import authors, codings, systems
from carnet.formats.fhir.provide_bundle import read_provide_bundle
from carnet.formats.fhir.references import Recent
from carnet.formats.fhir.shapes import SHAPES

_ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2**31, "", " ", "\u2003", "x", [], {}, [""], [{}], [None], ["a", " "], {"url": "x"}, [{"url": "urn:x"}],
    {"extension": []}, {"reference": "#absent"}, {"display": "nommé"}, "#auteur", "#structure", "urn:oid:1.2", "DocumentReference",
    "Practitioner", "2026-03-12T10:15:00", "2026-02-30", {"coding": []},
)  # fmt: skip
_NAMES = (
    "extension",
    "modifierExtension",
    "contained",
    "_title",
    "id",
    "display",
    "status",
    "text",
    "colour",
    "identifier",
    "url",
)


def a_full_bundle() -> dict[str, Any]:
    """Two fiches with the same author, one of them named from beside; the patient by reference and contained."""
    first, second = a_fiche(), a_fiche(unique_id="1.2.250.1.999.1.2", author=[{"reference": urn("beside")}])
    first["contained"].append(a_patient())
    first["context"]["sourcePatientInfo"] = {"reference": "#patient"}
    second["custodian"] = {"reference": "#structure"}
    return a_bundle(first, second, source={"reference": "#auteur"}, more=[posted(urn("beside"), a_practitioner())])


@contextmanager
def the_slow_way() -> Iterator[None]:
    """No shape is found plain, and nothing read before is remembered."""
    plain = {name: shape.is_plain for name, shape in SHAPES.items()}
    try:
        for shape in SHAPES.values():
            shape.is_plain = lambda _: False
        forgetful = property(lambda _: {}, lambda *_: None)
        with (
            replaced.object(authors._KNOWN, "of", lambda _: None),
            replaced.object(codings._KNOWN, "of", lambda _: None),
            replaced.object(Recent, "patients", forgetful, create=True),
        ):
            yield
    finally:
        for name, shape in SHAPES.items():
            shape.is_plain = plain[name]


def outcome(bundle: dict[str, Any]) -> tuple[Any, ...]:
    """The value read or the issues told, and what is left of the bundle: faulty members are taken out of it."""
    try:
        read: Any = read_provide_bundle(bundle)
    except Invalid as refused:
        return refused.code, refused.issues, bundle
    return read, bundle


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every (object or array, key or index) below a node."""
    for key, item in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield node, key
        yield from places(item)


def damage(bundle: dict[str, Any], data: st.DataObject) -> None:
    """One member set to something odd, taken out, added, or repeated."""
    act = data.draw(st.sampled_from(["set", "drop", "add", "twice"]))
    wanted = {"add": dict, "twice": list}.get(act, object)
    spots = [spot for entry in bundle["entry"] for spot in places(entry) if isinstance(spot[0], wanted)]
    if not spots:
        return
    node, key = data.draw(st.sampled_from(spots))
    match act:
        case "set":
            node[key] = copy.deepcopy(data.draw(st.sampled_from(_ODD)))
        case "drop":
            del node[key]
        case "add":
            node[data.draw(st.sampled_from(_NAMES))] = copy.deepcopy(data.draw(st.sampled_from(_ODD)))
        case "twice":
            node.append(copy.deepcopy(node[key]))


def test_the_bundle_of_these_tests_is_sound_and_read_alike_both_ways() -> None:
    quick = outcome(a_full_bundle())
    with the_slow_way():
        assert outcome(a_full_bundle()) == quick
    assert len(quick) == 2, "a sound bundle is read, not refused"


FICHE, SET = "entry.1.resource", "entry.0.resource"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{FICHE}.contained.0", "contained-duplicate-id"),
        (f"{SET}.extension.0", "element-too-many"),
        (f"{FICHE}.content.0.attachment.size=-1", "element-type"),
        (f"{FICHE}.content.0.attachment.size={2**31}", "element-type"),
        (f"{FICHE}.content.0.attachment.size=true", "element-type"),
        (f'{FICHE}.content.0.attachment.title=" "', "element-empty"),
        (f"{FICHE}.content.0.attachment.title=1", "element-type"),
        (f"{FICHE}.author=[]", "element-empty"),
        (f"{FICHE}.author=[{{}}]", "element-empty"),
        (f"{FICHE}.type=[]", "element-type"),
        (f'{FICHE}.contained.0.id=""', "element-required"),
        (f'{FICHE}.contained.0.name.0.given=[""]', "element-empty"),
        (f'{FICHE}.contained.0.resourceType="Observation"', "contained-type"),
        (f"{FICHE}.contained=[1]", "element-type"),
        (f'{FICHE}.extension=[{{"url":"{systems.IS_ARCHIVED}","valueBoolean":"false"}}]', "element-type"),
        (f'{FICHE}.extension=[{{"url":"{systems.IS_ARCHIVED}"}}]', "element-required"),
        (f'{FICHE}.extension=[{{"valueBoolean":false}}]', "element-required"),
        (f"{FICHE}.extension=[1]", "element-type"),
        (f'{FICHE}.context.period.start="2026"', None),
    ],
)
def test_each_fault_of_shape_is_seen_the_quick_way(path: str, code: str | None) -> None:
    """`path=value` sets a member; a path alone repeats it at the end of its array."""
    spot, _, value = path.partition("=")
    *steps, last = (int(step) if step.isdecimal() else step for step in spot.split("."))
    bundle: dict[str, Any] = a_full_bundle()
    node: Any = bundle
    for step in steps:
        node = node[step]
    if value:
        node[last] = json.loads(value)
    else:
        node.append(copy.deepcopy(node[last]))
    if code is None:
        assert read_provide_bundle(bundle)
        return
    with pytest.raises(Invalid) as caught:
        read_provide_bundle(bundle)
    assert code in {issue.code for issue in caught.value.issues}


@given(st.data(), st.integers(1, 3))
def test_a_damaged_bundle_is_read_or_refused_alike_both_ways(data: st.DataObject, count: int) -> None:
    bundle = a_full_bundle()
    for _ in range(count):
        damage(bundle, data)
    quick = outcome(copy.deepcopy(bundle))
    with the_slow_way():
        assert outcome(bundle) == quick


def test_an_author_with_a_fault_is_told_wherever_they_are_named() -> None:
    fiche = a_fiche(author=[{"reference": "#role"}, {"reference": "#role"}])
    fiche["contained"][0]["identifier"] = [{"system": "https://rpps.esante.gouv.fr", "value": "12"}]
    code, issues, _ = outcome(a_bundle(fiche))
    assert code == "identifier-format"
    assert len(issues) == 3, "twice as author, once as authenticator"
