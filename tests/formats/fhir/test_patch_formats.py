"""Patches read and applied: the grammar of paths, pointers, and noise that ends in a refusal, never in a fault."""

import contextlib
import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.formats.fhir.test_answers import AT, LOGICAL_ID

from carnet.domain.access.model import AvailabilityStatus, Confidentiality
from carnet.domain.errors import Invalid
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.wanted import Named, Wanted
from carnet.formats.fhir import systems
from carnet.formats.fhir.json_reading import read_json_array
from carnet.formats.fhir.patch_condition import read_condition
from carnet.formats.fhir.patch_document import MAX_BYTES, Document, changeable, wanted
from carnet.formats.fhir.patch_fhirpath import apply_path_patch, read_path_patch
from carnet.formats.fhir.patch_json import apply_json_patch, read_json_patch
from carnet.formats.fhir.patch_path import MAX_CHARACTERS, find, parse_path
from carnet.vocabulary.identifiers import UniqueId

BOTH = frozenset({Confidentiality.MASQUE_PS, Confidentiality.INVISIBLE_PATIENT})


def an_entry(status: AvailabilityStatus = AvailabilityStatus.ARCHIVED, labels: frozenset[Confidentiality] = BOTH) -> StoredEntry:  # fmt: skip
    return StoredEntry(LOGICAL_ID, 3, AT, status, "N", labels, LOGICAL_ID, b"")


DOCUMENT = changeable(an_entry())


@pytest.mark.parametrize("status", [each for each in AvailabilityStatus if each is not AvailabilityStatus.DELETED])
@pytest.mark.parametrize("labels", [frozenset[Confidentiality](), BOTH])
def test_a_document_asks_for_what_it_is(status: AvailabilityStatus, labels: frozenset[Confidentiality]) -> None:
    told = "superseded" if status is AvailabilityStatus.DEPRECATED else "current"
    is_archived = status is AvailabilityStatus.ARCHIVED
    assert wanted(changeable(an_entry(status, labels))) == Wanted(told, "N", labels, is_archived, False)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("DocumentReference", [()]),
        ("DocumentReference.status", [("status",)]),
        (" DocumentReference . status ", [("status",)]),
        ("DocumentReference.securityLabel", [("securityLabel", 0), ("securityLabel", 1), ("securityLabel", 2)]),
        ("DocumentReference.securityLabel[1]", [("securityLabel", 1)]),
        ("DocumentReference.securityLabel[9]", []),
        ("DocumentReference.securityLabel.first()", [("securityLabel", 0)]),
        ("DocumentReference.securityLabel.coding[2].code", [("securityLabel", 2, "coding", 0, "code")]),
        ("DocumentReference.securityLabel.where(coding.code='MASQUE_PS')", [("securityLabel", 1)]),
        ("DocumentReference.securityLabel.where(coding.where(code = 'MASQUE_PS').exists())", [("securityLabel", 1)]),
        ("DocumentReference.securityLabel.where(coding.exists(code = 'MASQUE_PS'))", [("securityLabel", 1)]),
        ("DocumentReference.securityLabel.where(text.exists())", []),
        ("DocumentReference.securityLabel.coding.where($this.code = 'N').system", [("securityLabel", 0, "coding", 0, "system")]),
        ("DocumentReference.securityLabel.where(coding.code='MASQUE_PS' and coding.code='N')", []),
        (f"DocumentReference.extension('{systems.IS_ARCHIVED}').value", [("extension", 0, "valueBoolean")]),
        (f"DocumentReference.extension('{systems.IS_ARCHIVED}').value.as(boolean)", [("extension", 0, "valueBoolean")]),
        (f"DocumentReference.extension.where(url='{systems.IS_ARCHIVED}').valueBoolean", [("extension", 0, "valueBoolean")]),
        ("DocumentReference.extension.where(value = true).url", [("extension", 0, "url")]),
        ("DocumentReference.extension.where(value = false)", []),
        ("DocumentReference.extension.where(url = 'l\\'autre')", []),
        ("DocumentReference.status.code", []),
    ],
)  # fmt: skip
def test_paths(path: str, expected: list[Any]) -> None:
    assert find(DOCUMENT, parse_path(path, place="x")) == expected


@pytest.mark.parametrize(
    "path",
    [
        "", "Patient", "status", "DocumentReference.", "DocumentReference..status", "DocumentReference.securityLabel[", "DocumentReference]",
        "DocumentReference.securityLabel[-1]", "DocumentReference.securityLabel.where()", "DocumentReference.securityLabel.where(code)",
        "DocumentReference.securityLabel.where(code=1)", "DocumentReference.securityLabel.where(code='N' or code='R')",
        "DocumentReference.exists()", "DocumentReference.extension(url)", "DocumentReference.status = 'current'", "DocumentReference 'x'",
        "DocumentReference.iif(true,1,2)", "%resource", "DocumentReference.a.where(b.where(c.where(d.where(e.where(f='1').exists()).exists()).exists()).exists())",
        "DocumentReference.status;", "DocumentReference.extension('a", "DocumentReference." + "a" * MAX_CHARACTERS,
    ],
)  # fmt: skip
def test_paths_that_are_none(path: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_path(path, place="Parameters.parameter[0]")
    assert refused.value.code == "patch-path"


def test_json_compares_as_json() -> None:
    for value, expected in ((True, True), (1, False), ("true", False), (None, False)):
        patch = read_json_patch([{"op": "test", "path": "/extension/0/valueBoolean", "value": value}])
        if expected:
            apply_json_patch(patch, DOCUMENT)
            continue
        with pytest.raises(Invalid, match="patch-test-failed"):
            apply_json_patch(patch, DOCUMENT)
    whole = [{"op": "test", "path": "/securityLabel", "value": json.loads(json.dumps(DOCUMENT["securityLabel"]))}]
    apply_json_patch(read_json_patch(whole), DOCUMENT)


def test_a_patch_leaves_what_it_was_given_as_it_was() -> None:
    before = json.dumps(DOCUMENT)
    value = {"coding": [{"system": "s", "code": "c"}]}
    patch = read_json_patch([{"op": "add", "path": "/securityLabel/-", "value": value}, {"op": "replace", "path": "/securityLabel/3/coding/0/code", "value": "d"}])  # fmt: skip
    assert apply_json_patch(patch, DOCUMENT)["securityLabel"][3]["coding"][0]["code"] == "d"
    assert (json.dumps(DOCUMENT), value["coding"][0]["code"]) == (before, "c")
    assert apply_json_patch(patch, DOCUMENT) == apply_json_patch(patch, DOCUMENT)


@pytest.mark.parametrize(
    "path",
    [
        "/extension/coding/-",
        "/status/coding/0",
        "/securityLabel/coding/0",
        "/status/x",
        "/extension/0/url/0",
        "/extension/9",
    ],
)
def test_pointers_through_what_holds_nothing(path: str) -> None:
    for op in ("add", "replace", "remove"):
        with pytest.raises(Invalid, match="patch-path-missing"):
            apply_json_patch(read_json_patch([{"op": op, "path": path, "value": 1}]), DOCUMENT)


def test_an_array_is_read_as_strictly_as_an_object() -> None:
    assert read_json_array(b'[{"op":"remove"}, 1]') == [{"op": "remove"}, 1]
    for body, code in ((b'[{"a":1,"a":2}]', "json-duplicate-key"), (b"{}", "json-not-an-array"), (b"1", "json-not-an-array"), (b"[" * 65 + b"]" * 65, "json-too-deep"), (b"[", "json-malformed")):  # fmt: skip
        with pytest.raises(Invalid, match=code):
            read_json_array(body)


def test_conditions() -> None:
    ident = UUID(int=7 << 64)
    assert read_condition([("identifier", "urn:oid:1.2.3|4"), ("_format", "json")]) == (Named(unique_id=UniqueId("1.2.3", "4")),)  # fmt: skip
    uuid = f"urn:uuid:{ident}"
    assert read_condition([("identifier", f"urn:ietf:rfc:3986|{uuid}")]) == (Named(unique_id=UniqueId.parse(uuid)), Named(entry=ident))  # fmt: skip


# Noise.

names = st.sampled_from(["op", "path", "value", "from", "status", "securityLabel", "extension", "coding", "code", "url", "name", "part", "type", "valueBoolean", "valueCode", "parameter", "resourceType"])  # fmt: skip
words = st.sampled_from(["add", "replace", "delete", "remove", "move", "copy", "test", "operation", "Parameters", "DocumentReference", "DocumentReference.securityLabel", "DocumentReference.extension", "/securityLabel/0", "/securityLabel/-", "/extension", "/status", "/securityLabel/0/coding", "current", "MASQUE_PS", systems.VISIBILITY, systems.IS_ARCHIVED]) | st.text(max_size=12)  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
json_operations = st.lists(
    st.fixed_dictionaries({"op": words, "path": words}, optional={"value": values, "from": words}) | values, max_size=5
)
parts = st.lists(st.fixed_dictionaries({"name": words}, optional={"valueString": words, "valueCode": words, "valueBoolean": values, "valueCodeableConcept": values, "part": values, "valueInteger": values}) | values, max_size=5)  # fmt: skip
parameters = st.fixed_dictionaries({"resourceType": st.just("Parameters"), "parameter": st.lists(st.fixed_dictionaries({"name": st.just("operation"), "part": parts}) | values, max_size=4)})  # fmt: skip


def _ends_well(patch: Any) -> None:
    with contextlib.suppress(Invalid):
        document: Document = patch()
        assert len(json.dumps(document)) <= 2 * MAX_BYTES
        wanted(document)


@given(json_operations)
def test_noise_in_json_patches(operations: list[Any]) -> None:
    _ends_well(lambda: apply_json_patch(read_json_patch(operations), DOCUMENT))


@given(parameters)
def test_noise_in_path_patches(noise: dict[str, Any]) -> None:
    _ends_well(lambda: apply_path_patch(read_path_patch(noise), DOCUMENT))


@given(st.text(alphabet="DocumentReference.securityLabel[](0)'=$ where and exists", max_size=60))
def test_noise_in_paths(text: str) -> None:
    with contextlib.suppress(Invalid):
        find(DOCUMENT, parse_path("DocumentReference" + text, place="x"))
