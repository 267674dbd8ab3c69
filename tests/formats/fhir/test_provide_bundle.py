import base64
import copy
import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders.fhir import (
    INS,
    PATIENT_ID,
    PDF,
    a_binary,
    a_bundle,
    a_fiche,
    a_patient,
    a_practitioner,
    a_submission_set,
    by_ins,
    posted,
    urn,
)

from carnet.domain.errors import Invalid
from carnet.domain.record.model import RelatesTo
from carnet.formats.fhir import systems
from carnet.formats.fhir.bundle_entries import EntryKind
from carnet.formats.fhir.provide_bundle import ReadBundle, ReadEntry, read_provide_bundle
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.ins import NIR, Ins

CDA = b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'
OTHER = "01900000-0000-7000-8000-0000000000dd"


def refusal(bundle: dict[str, Any], **options: int) -> list[tuple[str, str | None]]:
    """Issues of a bundle that must be refused, as (code, expression)."""
    with pytest.raises(Invalid) as caught:
        read_provide_bundle(bundle, **options)
    assert caught.value.code == next(i.code for i in caught.value.issues if i.code not in {"ins-key", "target-unknown"})
    return [(issue.code, issue.expression) for issue in caught.value.issues]


def a_second_fiche(**changes: Any) -> dict[str, Any]:
    return a_fiche(unique_id="1.2.250.1.999.1.2", **changes)


def patch(url: str, *, value: str = "superseded", path: str = "DocumentReference.status") -> dict[str, Any]:
    """A FHIRPath Patch entry."""
    parts = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": path},
        {"name": "value", "valueCode": value},
    ]
    resource = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}
    return {"fullUrl": urn("patch"), "resource": resource, "request": {"method": "PATCH", "url": url}}


def test_reads_a_set_its_fiches_and_their_contents() -> None:
    read = read_provide_bundle(a_bundle(a_fiche(), a_second_fiche(media_type="text/xml"), contents=[PDF, CDA]))
    assert (read.faults, read.warnings) == ((), ())
    assert [document.content for document in read.documents] == [PDF, CDA]
    assert [document.media_type for document in read.documents] == ["application/pdf", "text/xml"]
    assert [document.fiche.expression for document in read.documents] == [
        "Bundle.entry[1].resource",
        "Bundle.entry[3].resource",
    ]
    assert [reference.ins for reference in read.patient_references] == [INS, INS, INS]
    assert read.submission_set.source_id == "1.2.250.1.999.5"


def test_entries_keep_their_order_and_their_document() -> None:
    bundle = a_bundle(a_fiche(), a_second_fiche(), contents=[PDF, PDF + b"2"])
    bundle["entry"].reverse()
    assert [(entry.kind, entry.document) for entry in read_provide_bundle(bundle).entries] == [
        (EntryKind.CONTENT, 0),
        (EntryKind.DOCUMENT, 0),
        (EntryKind.CONTENT, 1),
        (EntryKind.DOCUMENT, 1),
        (EntryKind.SUBMISSION_SET, None),
    ]


def test_a_content_may_stand_within_its_fiche() -> None:
    fiche = a_fiche()
    del fiche["content"][0]["attachment"]["url"]
    fiche["content"][0]["attachment"]["data"] = base64.b64encode(PDF).decode()
    (document,) = read_provide_bundle(a_bundle(fiche)).documents
    assert (document.content, document.media_type) == (PDF, "application/pdf")


def test_white_space_within_base64_is_allowed() -> None:
    bundle = a_bundle()
    data = bundle["entry"][2]["resource"]["data"]
    bundle["entry"][2]["resource"]["data"] = data[:8] + "\r\n " + data[8:] + "\n"
    assert read_provide_bundle(bundle).documents[0].content == PDF


@pytest.mark.parametrize(
    ("declared", "sent", "agree"),
    [
        ("text/xml", "application/xml", True),
        ("application/hl7-v3+xml", "text/xml", True),
        ("text/xml; charset=UTF-8", "text/xml", True),
        ("APPLICATION/PDF", "application/pdf", True),
        ("application/pdf", "text/xml", False),
        ("image/png", "image/jpeg", False),
    ],
)
def test_media_types_of_fiche_and_content_must_be_of_one_family(declared: str, sent: str, agree: bool) -> None:
    bundle = a_bundle(a_fiche(media_type=declared))
    bundle["entry"][2]["resource"]["contentType"] = sent
    if agree:
        assert read_provide_bundle(bundle).documents
    else:
        assert refusal(bundle) == [("media-types-differ", "Bundle.entry[1].resource.content[0].attachment.contentType")]


def change(bundle: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The bundle with one member set (or taken out, for None) at a dotted path."""
    *steps, last = path.split(".")
    node: Any = bundle
    for step in steps:
        node = node[int(step)] if step.isdecimal() else node[step]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return bundle


ATTACHMENT = "entry.1.resource.content.0.attachment"


@pytest.mark.parametrize(
    ("path", "value", "code", "expression"),
    [
        ("type", "document", "bundle-type", "Bundle.type"),
        ("type", None, "bundle-type", "Bundle.type"),
        ("colour", 1, "element-unknown", "Bundle.colour"),
        ("entry.1.resource", None, "element-required", "Bundle.entry[1].resource"),
        ("entry.1.fullUrl", "urn:uuid:abcd", "full-url-format", "Bundle.entry[1].fullUrl"),
        ("entry.1.fullUrl", "DocumentReference/1", "full-url-format", "Bundle.entry[1].fullUrl"),
        ("entry.1.fullUrl", None, "element-required", "Bundle.entry[1].fullUrl"),
        ("entry.2.fullUrl", urn("fiche"), "full-url-duplicate", "Bundle.entry[2].fullUrl"),
        ("entry.1.request", None, "element-required", "Bundle.entry[1].request"),
        ("entry.1.request.method", "PUT", "entry-method", "Bundle.entry[1].request.method"),
        ("entry.1.request.url", "Binary", "entry-url", "Bundle.entry[1].request.url"),
        ("entry.1.request.ifNoneExist", "identifier=1", "element-forbidden", "Bundle.entry[1].request.ifNoneExist"),
        ("entry.1.resource.resourceType", "Observation", "entry-type", "Bundle.entry[1].resource"),
        ("entry.1.resource.resourceType", "Bundle", "fhir-document-not-supported", "Bundle.entry[1].resource"),
        ("entry.0.resource.code.coding.0.code", "folder", "submission-set-missing", "Bundle.entry"),
        ("entry.0.resource.code.coding.0.code", "liste", "element-fixed", "Bundle.entry[0].resource.code.coding[0].code"),
        ("entry.0.resource.entry", None, "list-entry-missing", "Bundle.entry[1]"),
        ("entry.0.resource.entry.0.item.reference", urn("binary"), "list-entry-unknown", "Bundle.entry[0].resource.entry[0].item.reference"),
        ("entry.0.resource.entry.0.item", {"display": "x"}, "element-required", "Bundle.entry[0].resource.entry[0].item.reference"),
        ("entry.0.resource.entry.0.deleted", True, "element-forbidden", "Bundle.entry[0].resource.entry[0].deleted"),
        (f"{ATTACHMENT}.url", urn("absent"), "binary-missing", "Bundle.entry[1].resource.content[0].attachment.url"),
        (f"{ATTACHMENT}.url", urn("set"), "binary-missing", "Bundle.entry[1].resource.content[0].attachment.url"),
        (f"{ATTACHMENT}.url", urn("absent"), "binary-unreferenced", "Bundle.entry[2]"),
        (f"{ATTACHMENT}.url", None, "attachment-missing", "Bundle.entry[1].resource.content[0].attachment"),
        (f"{ATTACHMENT}.data", "QQ==", "attachment-both", "Bundle.entry[1].resource.content[0].attachment"),
        ("entry.2.resource.data", "QQ=", "base64", "Bundle.entry[2].resource.data"),
        ("entry.2.resource.data", "QQ é==", "base64", "Bundle.entry[2].resource.data"),
        ("entry.2.resource.data", "Q Q=", "base64", "Bundle.entry[2].resource.data"),
        ("entry.2.resource.data", "====", "base64", "Bundle.entry[2].resource.data"),
        ("entry.2.resource.data", None, "element-required", "Bundle.entry[2].resource.data"),
        ("entry.2.resource.data", 3, "element-type", "Bundle.entry[2].resource.data"),
        ("entry.2.resource.contentType", None, "element-required", "Bundle.entry[2].resource.contentType"),
    ],
)  # fmt: skip
def test_refuses_and_says_where(path: str, value: Any, code: str, expression: str) -> None:
    assert (code, expression) in refusal(change(a_bundle(), path, value))


def test_inline_data_needs_a_media_type_and_something_in_it() -> None:
    fiche = a_fiche()
    fiche["content"][0]["attachment"] = {"data": "\n=="}
    assert {code for code, _ in refusal(a_bundle(fiche))} == {"element-required", "base64"}


def test_empty_content_is_refused() -> None:
    bundle = a_bundle()
    bundle["entry"][2]["resource"]["data"] = ""
    assert ("element-empty", "Bundle.entry[2].resource.data") in refusal(bundle)


@pytest.mark.parametrize("resource", [{}, {"resourceType": "Patient"}])
def test_refuses_what_is_no_bundle(resource: dict[str, Any]) -> None:
    assert refusal(resource) == [("bundle-expected", "Bundle")]


def test_refuses_too_many_entries_before_reading_them() -> None:
    assert refusal({"resourceType": "Bundle", "entry": [None] * 1001}) == [("bundle-too-many-entries", "Bundle.entry")]
    assert refusal(a_bundle(), max_entries=2) == [("bundle-too-many-entries", "Bundle.entry")]


def test_a_bundle_holds_exactly_one_set_and_at_least_one_fiche() -> None:
    assert refusal({"resourceType": "Bundle", "type": "transaction"}) == [
        ("element-required", "Bundle.entry"),
        ("submission-set-missing", "Bundle.entry"),
        ("document-reference-missing", "Bundle.entry"),
    ]
    second = posted(urn("set 2"), a_submission_set(urn("fiche")))
    assert refusal(a_bundle(more=[second])) == [("submission-set-too-many", "Bundle.entry[3].resource")]


def test_a_patient_is_not_created_by_a_deposit() -> None:
    assert refusal(a_bundle(more=[posted(urn("patient"), a_patient())])) == [
        ("patient-entry-not-allowed", "Bundle.entry[3].resource")
    ]


def test_two_fiches_may_not_share_a_content_nor_a_unique_id() -> None:
    bundle = a_bundle(a_fiche(), a_fiche())
    bundle["entry"][3]["resource"]["content"][0]["attachment"]["url"] = urn("binary")
    assert refusal(bundle) == [
        ("binary-shared", "Bundle.entry[3].resource.content[0].attachment.url"),
        ("binary-unreferenced", "Bundle.entry[4]"),
        ("duplicate-unique-id-in-message", "Bundle.entry[3].resource.masterIdentifier"),
    ]


def test_a_fiche_is_listed_once() -> None:
    bundle = a_bundle()
    bundle["entry"][0]["resource"]["entry"] *= 2
    assert refusal(bundle) == [("list-entry-duplicate", "Bundle.entry[0].resource.entry[1].item.reference")]


def test_faults_of_every_entry_are_told_at_once() -> None:
    bundle = change(change(a_bundle(), "entry.2.resource.data", "!"), "entry.1.resource.status", "superseded")
    bundle["entry"][0]["resource"]["mode"] = "snapshot"
    assert {code for code, _ in refusal(bundle)} == {"base64", "status-not-current", "element-fixed"}


def test_references_may_be_addresses_of_resources() -> None:
    bundle = a_bundle()
    bundle["entry"][2]["fullUrl"] = "https://hopital.example/fhir/Binary/7"
    bundle["entry"][1]["resource"]["content"][0]["attachment"]["url"] = "Binary/7"
    assert read_provide_bundle(bundle).documents[0].content == PDF


def test_an_author_beside_the_fiche_is_read_and_told_as_not_created() -> None:
    fiche = a_fiche(contained=None, author=[{"reference": urn("author")}], authenticator=None)
    read = read_provide_bundle(a_bundle(fiche, more=[posted(urn("author"), a_practitioner())]))
    assert read.documents[0].fiche.authors[0].identifier == "899700000001"
    assert [(w.code, w.expression) for w in read.warnings] == [("entry-not-created", "Bundle.entry[3].resource")]
    assert read.entries[3] == ReadEntry(EntryKind.SUPPORT)


class TestIdentityAndTargets:
    """Faults that are told together with those of the documents."""

    def test_a_wrong_ins_does_not_stop_the_reading(self) -> None:
        wrong = {"reference": f"Patient?identifier=urn:oid:{NIR}|123456789012345"}
        read = read_provide_bundle(a_bundle(a_fiche(subject=wrong)))
        assert [(f.code, f.expression) for f in read.faults] == [
            ("ins-key", "Bundle.entry[1].resource.subject.reference")
        ]
        assert [reference.ins for reference in read.patient_references] == [INS]

    def test_it_is_told_among_the_others_when_there_are_others(self) -> None:
        wrong = {"reference": f"Patient?identifier=urn:oid:{NIR}|123456789012345"}
        codes = [code for code, _ in refusal(a_bundle(a_fiche(subject=wrong, colour=1)))]
        assert codes == ["element-unknown", "ins-key"]

    def test_an_unknown_target_names_nothing(self) -> None:
        read = read_provide_bundle(a_bundle(a_fiche(replaces={"reference": "DocumentReference/doc-x-id"})))
        assert [fault.code for fault in read.faults] == ["target-unknown"]
        (relation,) = read.documents[0].fiche.relates_to
        assert (relation.entry, relation.unique_id) == (None, None)

    def test_every_way_of_naming_the_patient_is_given(self) -> None:
        fiche = a_fiche(subject={"reference": f"Patient/{PATIENT_ID}"})
        fiche["contained"].append(a_patient())
        fiche["context"]["sourcePatientInfo"] = {"reference": "#patient"}
        source = {"url": systems.SOURCE_PATIENT_ID, "valueReference": {"reference": "#patient"}}
        listing = a_submission_set(urn("fiche"))
        of_set = {"contained": [*listing["contained"], a_patient()], "extension": [*listing["extension"], source]}
        read = read_provide_bundle(a_bundle(fiche, **of_set))
        assert [(r.expression, r.ins, r.patient_id) for r in read.patient_references] == [
            ("Bundle.entry[0].resource.subject", INS, None),
            ("Bundle.entry[0].resource.extension[2].valueReference", INS, None),
            ("Bundle.entry[1].resource.subject", None, PATIENT_ID),
            ("Bundle.entry[1].resource.context.sourcePatientInfo", INS, None),
        ]

    def test_two_patients_are_for_the_domain_to_refuse(self) -> None:
        other = Ins("155069999900126", INS.oid)
        read = read_provide_bundle(a_bundle(a_fiche(subject=by_ins(other))))
        assert {reference.ins for reference in read.patient_references} == {INS, other}


class TestReplacing:
    def test_a_patch_that_says_what_the_replacement_does_is_accepted(self) -> None:
        fiche = a_fiche(replaces={"reference": f"DocumentReference/{OTHER}"})
        read = read_provide_bundle(a_bundle(fiche, more=[patch(f"https://x.example/fhir/DocumentReference/{OTHER}")]))
        assert read.entries[3] == ReadEntry(EntryKind.PATCH)

    def test_also_by_identifier(self) -> None:
        identifier = {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}
        fiche = a_fiche(replaces={"identifier": identifier})
        for condition in (
            "urn:ietf:rfc:3986|urn:oid:1.2.3",
            "urn:ietf:rfc:3986%7Curn:oid:1.2.3",
            "urn:oid:1.2.3",
            "|urn:oid:1.2.3",
        ):
            patched = patch(f"https://x.example/fhir/DocumentReference?identifier={condition}")
            assert read_provide_bundle(a_bundle(fiche, more=[patched])).documents
        for condition in ("urn:oid:1.2.4", "urn:oid:1.2|3", "x", ""):
            patched = patch(f"DocumentReference?identifier={condition}")
            assert refusal(a_bundle(fiche, more=[patched])) == [
                ("patch-without-replaces", "Bundle.entry[3].request.url")
            ]

    def test_a_patch_of_another_fiche_is_refused(self) -> None:
        fiche = a_fiche(replaces={"reference": f"DocumentReference/{PATIENT_ID}"})
        assert refusal(a_bundle(fiche, more=[patch(f"DocumentReference/{OTHER}")])) == [
            ("patch-without-replaces", "Bundle.entry[3].request.url")
        ]

    @pytest.mark.parametrize("changes", [{"value": "current"}, {"path": "DocumentReference.date"}])
    def test_a_patch_of_something_else_is_refused(self, changes: dict[str, str]) -> None:
        fiche = a_fiche(replaces={"reference": f"DocumentReference/{OTHER}"})
        assert refusal(a_bundle(fiche, more=[patch(f"DocumentReference/{OTHER}", **changes)])) == [
            ("patch-not-allowed", "Bundle.entry[3].resource")
        ]

    def test_a_patch_is_patched_and_has_one_operation(self) -> None:
        entry = patch(f"DocumentReference/{OTHER}")
        entry["request"]["method"] = "POST"
        entry["resource"]["parameter"] *= 2
        fiche = a_fiche(replaces={"reference": f"DocumentReference/{OTHER}"})
        assert refusal(a_bundle(fiche, more=[entry])) == [
            ("entry-method", "Bundle.entry[3].request.method"),
            ("patch-not-allowed", "Bundle.entry[3].resource"),
        ]

    def test_a_relation_within_the_message_is_given_by_unique_id(self) -> None:
        fiche = a_second_fiche(relatesTo=[{"code": "transforms", "target": {"reference": urn("fiche")}}])
        read = read_provide_bundle(a_bundle(a_fiche(), fiche))
        (relation,) = read.documents[1].fiche.relates_to
        assert relation == RelatesTo(
            relation.kind,
            unique_id=UniqueId("1.2.250.1.999.1.1"),
            expression="Bundle.entry[3].resource.relatesTo[0].target",
        )

    def test_relations_may_not_go_round_in_a_circle(self) -> None:
        first = a_fiche(replaces={"reference": urn("fiche 1")})
        second = a_second_fiche(replaces={"reference": urn("fiche")})
        assert refusal(a_bundle(first, second)) == [
            ("relation-circular", "Bundle.entry[1].resource.relatesTo"),
            ("relation-circular", "Bundle.entry[3].resource.relatesTo"),
        ]

    def test_nor_come_back_to_where_they_start(self) -> None:
        assert refusal(a_bundle(a_fiche(replaces={"reference": urn("fiche")}))) == [
            ("relation-circular", "Bundle.entry[1].resource.relatesTo")
        ]

    def test_one_that_only_leads_to_a_circle_is_not_in_it(self) -> None:
        first = a_fiche(replaces={"reference": urn("fiche 1")})
        second = a_second_fiche(replaces={"reference": urn("fiche")})
        third = a_fiche(unique_id="1.2.250.1.999.1.3", replaces={"reference": urn("fiche")})
        assert [expression for _, expression in refusal(a_bundle(first, second, third))] == [
            "Bundle.entry[1].resource.relatesTo",
            "Bundle.entry[3].resource.relatesTo",
        ]

    def test_a_long_chain_is_no_circle_and_takes_no_time(self) -> None:
        every = [a_fiche(unique_id=f"1.2.250.1.999.2.{n}") for n in range(150)]
        for n, fiche in enumerate(every):
            names = [urn(f"fiche {m}") for m in range(n + 1, 150)]
            fiche["relatesTo"] = [{"code": "appends", "target": {"reference": name}} for name in names]
            if not names:
                del fiche["relatesTo"]
        assert len(read_provide_bundle(a_bundle(*every)).documents) == 150

    def test_two_fiches_may_relate_to_a_third(self) -> None:
        to_third = [{"code": "appends", "target": {"reference": urn("fiche 2")}}]
        third = a_fiche(
            unique_id="1.2.250.1.999.1.3",
            relatesTo=[{"code": "appends", "target": {"reference": f"DocumentReference/{OTHER}"}}],
        )
        read = read_provide_bundle(a_bundle(a_fiche(relatesTo=to_third), a_second_fiche(relatesTo=to_third), third))
        assert len(read.documents) == 3


def places(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a JSON value."""
    found = [path] if path else []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return found + [place for key, child in items for place in places(child, (*path, key))]


WHOLE = a_bundle(
    a_fiche(replaces={"reference": f"DocumentReference/{OTHER}"}), more=[patch(f"DocumentReference/{OTHER}")]
)
WHOLE["entry"][1]["resource"]["contained"].append(a_patient())
WHOLE["entry"][1]["resource"]["context"]["sourcePatientInfo"] = {"reference": "#patient"}
PLACES = places(WHOLE)
NOISE: list[Any] = [
    None, True, -1, 2**40, 1.5, "", " ", "x", "#", "#auteur", "urn:uuid:", "Patient?", "Patient/", "|", [], [[]], [None], [{}], {}, {"x": {}},
    {"coding": "x"}, {"coding": [None]}, {"coding": [{}]}, {"reference": 3}, {"reference": "Patient?identifier="}, {"extension": [{"url": 1}]},
    {"identifier": {"system": "urn:oid:", "value": "x"}}, [{"url": systems.SOURCE_ID}], "9999-12-31", "0001-01-01T00:00:00+14:00",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(NOISE), st.booleans()), min_size=1, max_size=3))
def test_any_noise_is_read_or_refused(changes: list[tuple[tuple[str | int, ...], Any, bool]]) -> None:
    bundle = copy.deepcopy(WHOLE)
    for path, value, removes in changes:
        node: Any = bundle
        try:
            for step in path[:-1]:
                node = node[step]
            if removes:
                del node[path[-1]]
            else:
                node[path[-1]] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this place away
    with suppress(Invalid):
        assert isinstance(read_provide_bundle(bundle), ReadBundle)


def _spoil(path: tuple[str | int, ...], value: Any) -> None:
    """Put one value at one place: the bundle is then read, or refused."""
    bundle = copy.deepcopy(WHOLE)
    node: Any = bundle
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = copy.deepcopy(value)
    with suppress(Invalid):
        read_provide_bundle(bundle)


def test_every_place_bears_some_noise() -> None:
    pick = random.Random(7)
    for path in PLACES:
        for value in pick.sample(NOISE, 6):
            _spoil(path, value)


@pytest.mark.long
def test_every_place_bears_every_noise() -> None:
    for path in PLACES:
        for value in NOISE:
            _spoil(path, value)


def test_the_binary_helper_and_the_reader_agree() -> None:
    assert a_binary(PDF)["data"] == base64.b64encode(PDF).decode()
