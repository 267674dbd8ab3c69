"""What a deposit must refuse: with its status, its code, its place, nothing stored, and one event that tells of the attempt."""

import base64
import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson
import pytest
from tests.builders import fhir
from tests.builders.cda import a_cda, a_pdf
from tests.doors.world import (
    JSON,
    Person,
    World,
    a_letter,
    a_report,
    a_unique_id,
    codes_of,
    fiche_of,
    issues_of,
    several,
)

from carnet.domain.consent.model import RecordStatus
from carnet.vocabulary.ins import NIR, NIR_TEST, Ins, key_of

FICHE = "Bundle.entry[1].resource"
HEADER = "/ClinicalDocument"
PATIENT = HEADER + "/recordTarget/patientRole"
Make = Callable[[Person, Person], dict[str, Any]]


class Case(NamedTuple):
    """make: (the person, someone else) to a bundle."""

    make: Make
    code: str
    expression: str | None
    status: int = 422


def _cda(person: Person, **changes: Any) -> bytes:
    return a_cda(**person.header(unique_id=a_unique_id()) | changes)


def _coded(
    member: str, system: str = "https://mos.esante.gouv.fr/NOS/TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice"
) -> Any:
    return fhir.concept({"system": system, "code": f"INCONNU-{member}"})


def _in_context(**changes: Any) -> Make:
    def make(person: Person, _: Person) -> dict[str, Any]:
        bundle = a_report(person)
        context = fiche_of(bundle)["context"] | changes
        fiche_of(bundle)["context"] = {name: value for name, value in context.items() if value is not None}
        return bundle

    return make


def _in_attachment(**changes: Any) -> Make:
    def make(person: Person, _: Person) -> dict[str, Any]:
        bundle = a_report(person)
        attachment = fiche_of(bundle)["content"][0]["attachment"] | changes
        fiche_of(bundle)["content"][0]["attachment"] = {n: v for n, v in attachment.items() if v is not None}
        return bundle

    return make


def _bare(content: bytes, media_type: str = "application/pdf") -> Make:
    return lambda person, _: a_report(person, content=content, media_type=media_type)


def _letter(**changes: Any) -> Make:
    return lambda person, _: a_letter(person, cda=changes)


def _with(**changes: Any) -> Make:
    return lambda person, _: a_report(person, **changes)


def _source(**changes: Any) -> Make:
    """The report with a contained Patient whose traits are these."""

    def make(person: Person, _: Person) -> dict[str, Any]:
        bundle = a_report(person)
        fiche_of(bundle)["contained"].append(person.contained(**changes))
        fiche_of(bundle)["context"]["sourcePatientInfo"] = {"reference": "#patient"}
        return bundle

    return make


def _letter_bytes(build: Callable[[bytes], bytes]) -> Make:
    return lambda person, _: a_letter(person, content=build(_cda(person)))


def _wrong_key(person: Person, oid: str) -> Any:
    number = person.ins.matricule[:13]
    return {"reference": f"Patient?identifier=urn:oid:{oid}|{number}{(key_of(number) % 97) + 1:02d}"}


BILLION_LAUGHS = b'<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def _doctype(doctype: bytes) -> Callable[[bytes], bytes]:
    return lambda xml: xml.replace(b"?>\n", b"?>\n" + doctype, 1).replace(b"<title>", b"<title>&a;", 1)


REFUSED: dict[str, Case] = {
    # The patient
    "wrong key under a production register": Case(lambda p, _: a_report(p, subject=_wrong_key(p, NIR)), "ins-key", f"{FICHE}.subject.reference"),
    "unknown patient": Case(lambda p, _: a_report(p, subject=fhir.by_ins(Ins("255069987654321"[:13] + f"{key_of('2550699876543'):02d}", NIR_TEST)), set_subject=fhir.by_ins(Ins("2550699876543" + f"{key_of('2550699876543'):02d}", NIR_TEST))), "patient-unknown", "Bundle.entry[0].resource.subject"),
    "set and fiche of two people": Case(lambda p, o: a_report(p, set_subject=o.by_ins), "patient-references-differ", f"{FICHE}.subject"),
    "the id of another record": Case(lambda p, o: a_report(p, subject=o.by_id), "patient-references-differ", f"{FICHE}.subject"),
    "family name of someone else in the fiche": Case(_source(name=[{"family": "AUTRE", "given": ["LOUISE"]}]), "patient-traits-differ", f"{FICHE}.context.sourcePatientInfo"),
    "given name of someone else in the fiche": Case(_source(name=[{"given": ["JEANNE"]}]), "patient-traits-differ", f"{FICHE}.context.sourcePatientInfo"),
    "birth date of someone else in the fiche": Case(_source(birthDate="1955-06-13"), "patient-traits-differ", f"{FICHE}.context.sourcePatientInfo"),
    "sex of someone else in the fiche": Case(_source(gender="male"), "patient-traits-differ", f"{FICHE}.context.sourcePatientInfo"),
    "matricule of someone else in the header": Case(lambda p, o: a_letter(p, cda={"ins": (o.ins.matricule, o.ins.oid)}), "patient-differs", f"{FICHE}.subject"),
    "no matricule in the header": Case(_letter(ins=None), "header-ins-missing", f"{PATIENT}/id"),
    "birth name of someone else in the header": Case(_letter(birth_name="AUTRE"), "header-traits-differ", f"{PATIENT}/patient/name/family[@qualifier='BR']"),
    "first given name of someone else in the header": Case(_letter(first_given_name="JEANNE", given_names="JEANNE LOUISE"), "header-traits-differ", f"{PATIENT}/patient/name/given[@qualifier='BR']"),
    "birth date of someone else in the header": Case(_letter(birth_date="19550613"), "header-traits-differ", f"{PATIENT}/patient/birthTime"),
    "sex of someone else in the header": Case(_letter(sex="M"), "header-traits-differ", f"{PATIENT}/patient/administrativeGenderCode"),
    "birth place of someone else in the header": Case(_letter(birth_place="13055"), "header-traits-differ", f"{PATIENT}/patient/birthplace/place/addr/county"),
    # Fiche and document
    "id of the fiche and of the document": Case(lambda p, _: a_letter(p, masterIdentifier={"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.250.1.999.1.0.1"}), "unique-id-differs", f"{FICHE}.masterIdentifier"),
    "type of the fiche and of the document": Case(lambda p, _: a_letter(p, type=fhir.concept(fhir.A_TYPE)), "type-differs", f"{FICHE}.type"),
    "confidentiality of the fiche and of the document": Case(lambda p, _: a_letter(p, cda={"confidentiality": "R"}, securityLabel=[fhir.concept({"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"})]), "confidentiality-differs", f"{FICHE}.securityLabel"),
    "size": Case(_in_attachment(size=12), "size-differs", f"{FICHE}.content[0].attachment.size"),
    "hash": Case(_in_attachment(hash=base64.b64encode(b"\0" * 20).decode()), "hash-differs", f"{FICHE}.content[0].attachment.hash"),
    # The document itself
    "entity bomb": Case(_letter_bytes(_doctype(BILLION_LAUGHS)), "xml-doctype", None),
    "external entity": Case(_letter_bytes(_doctype(EXTERNAL)), "xml-doctype", None),
    "cut XML": Case(_letter_bytes(lambda xml: xml[: xml.index(b"<title>")]), "xml-malformed", None, 400),
    "another charset than announced": Case(_letter_bytes(lambda xml: xml.replace(b"<title>", b"<title>\xe9", 1)), "xml-encoding", None, 400),
    "not XML under the name of XML": Case(lambda p, _: a_letter(p, content=a_pdf()), "xml-not-xml", None, 400),
    "not a CDA": Case(lambda p, _: a_letter(p, content=b"<html/>"), "cda-root", None, 400),
    "not a PDF under the name of PDF": Case(_bare(b"GIF89a, surely not a PDF"), "pdf-not-a-pdf", None),
    "a PDF that acts": Case(_bare(a_pdf(catalog="/OpenAction << /S /JavaScript /JS (app.alert(1)) >>")), "pdf-active-content", None),
    "a page under the name of text": Case(_bare(b"<html><script>1</script></html>", "text/plain"), "text-active-content", None),
    "a media type that is no document": Case(_bare(b"MZ", "application/x-dosexec"), "media-type-not-allowed", None),
    # Codes
    "unknown type": Case(_with(type=fhir.concept({"system": "http://loinc.org", "code": "0000-0"})), "type-unknown", f"{FICHE}.type"),
    "known type under another system": Case(_with(type=fhir.concept({"system": "http://snomed.info/sct", "code": "11488-4"})), "type-unknown", f"{FICHE}.type"),
    "class of another type": Case(_with(category=[fhir.concept(fhir.A_CLASS | {"code": "90"})]), "class-differs", f"{FICHE}.category"),
    "unknown class": Case(_with(category=[fhir.concept(fhir.A_CLASS | {"code": "00"})]), "class-unknown", f"{FICHE}.category"),
    "unknown facility type": Case(_in_context(facilityType=fhir.concept(fhir.A_FACILITY | {"code": "SA00"})), "code-unknown", f"{FICHE}.context.facilityType"),
    "unknown practice setting": Case(_in_context(practiceSetting=fhir.concept(fhir.A_SETTING | {"code": "NULLEPART"})), "code-unknown", f"{FICHE}.context.practiceSetting"),
    # What a bare PDF cannot tell
    "no unique id": Case(_with(masterIdentifier=None), "metadata-missing", f"{FICHE}.masterIdentifier"),
    "no type": Case(_with(type=None), "metadata-missing", f"{FICHE}.type"),
    "no author": Case(_with(author=None, contained=None, authenticator=None), "metadata-missing", f"{FICHE}.author"),
    "no title": Case(_in_attachment(title=None), "metadata-missing", f"{FICHE}.content[0].attachment.title"),
    "no facility type": Case(_in_context(facilityType=None), "metadata-missing", f"{FICHE}.context.facilityType"),
    "no practice setting": Case(_in_context(practiceSetting=None), "metadata-missing", f"{FICHE}.context.practiceSetting"),
    "no start": Case(_in_context(period=None), "metadata-missing", f"{FICHE}.context.period.start"),
    # Labels
    "seen by nobody": Case(_with(labels=["INVISIBLE_PATIENT", "MASQUE_PS"]), "labels-incompatible", f"{FICHE}.securityLabel"),
    # Relations
    "replaces what nobody knows": Case(_with(replaces={"reference": "DocumentReference/01900000-0000-7000-8000-0000000000aa"}), "relates-to-unknown", f"{FICHE}.relatesTo[0].target"),
    "replaces an id that cannot be": Case(_with(replaces={"reference": "DocumentReference/1"}), "target-unknown", f"{FICHE}.relatesTo[0].target.reference"),
    "signs": Case(_with(relatesTo=[{"code": "signs", "target": {"reference": "DocumentReference/01900000-0000-7000-8000-0000000000aa"}}]), "signature-expected", f"{FICHE}.relatesTo[0].target"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_it_is_refused_whole(world: World, name: str) -> None:
    case = REFUSED[name]
    person, other = await world.a_record(), await world.a_record()
    bundle = case.make(person, other)
    # The system's trail keeps what concerns no record that could be named.
    trail = None if case.code == "patient-unknown" or name == "set and fiche of two people" else person
    async with world.only_a_refusal(trail, told_of=case.code):
        response = await world.send(bundle)
    assert response.status_code == case.status, response.text[:1500]
    found = issues_of(response.json())
    assert (case.code, case.expression) in found or (case.expression is None and case.code in dict(found)), found
    assert response.headers["content-type"] == "application/fhir+json; charset=utf-8"
    for issue in response.json()["issue"]:
        assert issue["severity"] in {"error", "warning"}
        assert issue["code"] != "processing", f"{issue['details']['coding'][0]['code']} has no wording"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (RecordStatus.CLOSED, "record-closed"),
        (RecordStatus.OPPOSED, "record-opposed"),
        (RecordStatus.ANNOUNCED, "record-announced"),
    ],
)
async def test_a_record_that_is_not_open(world: World, status: RecordStatus, code: str) -> None:
    person = await world.a_record(status=status)
    async with world.only_a_refusal(person, told_of=code):
        response = await world.send(a_report(person))
    assert (response.status_code, codes_of(response)) == (403, [code])


async def test_a_citizen_feeds_only_their_own_record_and_learns_nothing_of_others(world: World) -> None:
    person, other, closed = (
        await world.a_record(), await world.a_record(), await world.a_record(status=RecordStatus.CLOSED),
    )  # fmt: skip
    citizen = world.a_citizen(other)
    nobody = Ins("2550699111222" + f"{key_of('2550699111222'):02d}", NIR_TEST)
    for stranger in (person, closed):
        async with world.only_a_refusal(stranger, told_of="feed-refused"):
            known = await world.send(a_report(stranger), by=citizen)
        unknown = await world.send(
            a_report(stranger, subject=fhir.by_ins(nobody), set_subject=fhir.by_ins(nobody)), by=citizen
        )
        assert (known.status_code, codes_of(known)) == (403, ["feed-refused"])
        assert (unknown.status_code, unknown.content) == (known.status_code, known.content)


async def test_a_citizen_hides_nothing_from_themselves(world: World) -> None:
    person = await world.a_record()
    async with world.only_a_refusal(person, told_of="label-not-yours"):
        response = await world.send(a_report(person, labels=["INVISIBLE_PATIENT"]), by=world.a_citizen(person))
    assert (response.status_code, codes_of(response)) == (422, ["label-not-yours"])


async def test_two_documents_with_one_unique_id(world: World) -> None:
    person, unique_id = await world.a_record(), a_unique_id()
    bundle = several(person, a_report(person, unique_id=unique_id), a_report(person, unique_id=unique_id))
    rows = await world.rows()
    response = await world.send(bundle)
    assert response.status_code == 422
    assert "duplicate-unique-id-in-message" in codes_of(response)
    assert await world.rows() == rows


async def test_a_document_and_its_set_with_one_unique_id(world: World) -> None:
    person, unique_id = await world.a_record(), a_unique_id()
    rows = await world.rows()
    response = await world.send(a_report(person, unique_id=unique_id, set_id=unique_id))
    assert (response.status_code, codes_of(response)[0]) == (422, "duplicate-unique-id-in-message")
    assert await world.rows() == rows


async def test_every_fault_is_told_at_once(world: World) -> None:
    person = await world.a_record()
    bundle = a_report(
        person,
        type=fhir.concept({"system": "http://loinc.org", "code": "0000-0"}),
        labels=["INVISIBLE_PATIENT", "MASQUE_PS"],
    )
    fiche_of(bundle)["content"][0]["attachment"]["size"] = 1
    response = await world.send(bundle)
    assert {"type-unknown", "labels-incompatible", "size-differs"} <= set(codes_of(response))


async def test_one_bad_document_refuses_the_good_one(world: World) -> None:
    person = await world.a_record()
    bundle = several(person, a_report(person), a_report(person, content=b"not a PDF"))
    async with world.only_a_refusal(person):
        response = await world.send(bundle)
    assert response.status_code == 422
    assert await world.found(person, by=world.a_citizen(person)) == []


# Relations


async def test_a_replaced_document_is_replaced_no_more(world: World) -> None:
    person = await world.a_record()
    first = await world.deposit(a_report(person))
    await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{first.id}"}))
    for kind in ("replaces", "appends"):
        async with world.only_a_refusal(person, told_of="relates-to-not-current"):
            response = await world.send(
                a_report(person, relatesTo=[{"code": kind, "target": {"reference": f"DocumentReference/{first.id}"}}])
            )
        assert (response.status_code, issues_of(response.json())) == (
            422, [("relates-to-not-current", f"{FICHE}.relatesTo[0].target")],
        )  # fmt: skip


async def test_a_document_of_another_record_and_an_unknown_one_look_the_same(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    elsewhere = await world.deposit(a_report(other, unique_id=(taken := a_unique_id())))
    unknown = await world.send(
        a_report(person, unique_id="1.2.250.1.999.77.1", replaces={"reference": f"DocumentReference/{fhir.LOGICAL_ID}"})
    )
    async with world.only_a_refusal(person, told_of="relates-to-unknown"):
        foreign = await world.send(
            a_report(
                person, unique_id="1.2.250.1.999.77.1", replaces={"reference": f"DocumentReference/{elsewhere.id}"}
            )
        )
    assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content)
    by_number = await world.send(
        a_report(person, replaces={"identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{taken}"}})
    )
    assert codes_of(by_number) == ["relates-to-unknown"]
    assert len(await world.found(other, by=world.a_citizen(other), status="current")) == 1


async def test_a_deleted_document_is_not_replaced_and_keeps_its_unique_id(world: World) -> None:
    person = await world.a_record()
    bundle = a_report(person)
    first = await world.deposit(bundle)
    await world.mark_deleted(person, first.id)
    async with world.only_a_refusal(person, told_of="relates-to-unknown"):
        response = await world.send(a_report(person, replaces={"reference": f"DocumentReference/{first.id}"}))
    assert (response.status_code, codes_of(response)) == (422, ["relates-to-unknown"])
    async with world.only_a_refusal(person, told_of="unique-id-taken"):
        again = await world.send(bundle)
    assert (again.status_code, codes_of(again)) == (409, ["unique-id-taken"])


async def test_one_target_replaced_twice_in_one_bundle(world: World) -> None:
    person = await world.a_record()
    first = await world.deposit(a_report(person))
    target = {"reference": f"DocumentReference/{first.id}"}
    async with world.only_a_refusal(person, told_of="relates-to-not-current"):
        response = await world.send(
            several(person, a_report(person, replaces=target), a_report(person, replaces=target))
        )
    assert response.status_code == 422
    assert set(codes_of(response)) == {"relates-to-not-current"}


async def test_a_header_that_replaces_what_was_never_received_is_stored_with_a_warning(world: World) -> None:
    person = await world.a_record()
    done = await world.deposit(a_letter(person, cda={"replaces": "1.2.250.1.999.88.1"}))
    assert (done.statuses, done.warnings) == (["201"] * 3, ["replaced-unknown"])


async def test_header_and_fiche_that_disagree_about_a_known_parent(world: World) -> None:
    person = await world.a_record()
    parent, another = a_unique_id(), a_unique_id()
    held = await world.deposit(a_letter(person, cda={"unique_id": parent}))
    await world.deposit(a_letter(person, cda={"unique_id": another}))
    target = [{"code": "replaces", "target": {"reference": f"DocumentReference/{held.id}"}}]
    # The header alone; the fiche alone; each its own parent.
    for cda, changes in (
        ({"replaces": parent}, {}),
        ({}, {"relatesTo": target}),
        ({"replaces": another}, {"relatesTo": target}),
    ):
        async with world.only_a_refusal(person, told_of="replaces-differs"):
            response = await world.send(a_letter(person, cda=cda, **changes))
        assert (response.status_code, codes_of(response)) == (422, ["replaces-differs"])
    done = await world.deposit(a_letter(person, cda={"replaces": parent}, relatesTo=target))
    assert await world.found(person, by=world.a_citizen(person), status="superseded") == [held.id]
    assert done.warnings == []


# The shape of the message


def _changed(change: Callable[[dict[str, Any]], None]) -> Make:
    def make(person: Person, _: Person) -> dict[str, Any]:
        bundle = copy.deepcopy(a_report(person))
        change(bundle)
        return bundle

    return make


def _circle(person: Person, _: Person) -> dict[str, Any]:
    bundle = several(person, a_report(person), a_report(person))
    urls = [e["fullUrl"] for e in bundle["entry"] if e["resource"]["resourceType"] == "DocumentReference"]
    for position, url in enumerate(reversed(urls)):
        fiche_of(bundle, position)["relatesTo"] = [{"code": "replaces", "target": {"reference": url}}]
    return bundle


def _many(bundle: dict[str, Any]) -> None:
    bundle["entry"] += [fhir.posted(fhir.urn(f"more {n}"), fhir.a_binary(b"x")) for n in range(10_000)]


SHAPES: dict[str, Case] = {
    "a Patient entry": Case(lambda p, _: a_report(p, more=[fhir.posted(fhir.urn("patient"), p.contained())]), "patient-entry-not-allowed", "Bundle.entry[3].resource"),
    "a missing Binary": Case(_changed(lambda b: b["entry"].pop(2)), "binary-missing", f"{FICHE}.content[0].attachment.url"),
    "a circle of relations": Case(_circle, "relation-circular", None),
    "ten thousand entries": Case(_changed(_many), "bundle-too-many-entries", "Bundle.entry"),
    "no set": Case(_changed(lambda b: b["entry"].pop(0)), "submission-set-missing", "Bundle.entry"),
    "another kind of bundle": Case(_changed(lambda b: b.update(type="message")), "bundle-type", "Bundle.type"),
    "a set that lists something else": Case(_changed(lambda b: b["entry"][0]["resource"].update(entry=[{"item": {"reference": "urn:uuid:01900000-0000-7000-8000-0000000000ff"}}])), "list-entry-unknown", "Bundle.entry[0].resource.entry[0].item.reference"),
    "an unknown element": Case(_changed(lambda b: fiche_of(b).update(statut="current")), "element-unknown", f"{FICHE}.statut"),
    "nothing in a Binary": Case(_bare(b""), "element-empty", "Bundle.entry[2].resource.data"),
    "bytes that are not base64": Case(_changed(lambda b: b["entry"][2]["resource"].update(data="@@")), "base64", "Bundle.entry[2].resource.data"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
async def test_a_message_of_another_shape(world: World, name: str) -> None:
    case = SHAPES[name]
    person = await world.a_record()
    async with world.only_a_refusal(None, told_of=case.code):
        response = await world.send(case.make(person, person))
    assert response.status_code in {400, 422}, response.text[:500]
    found = issues_of(response.json())
    assert (case.code, case.expression) in found or (case.expression is None and case.code in dict(found)), found


async def test_a_depth_bomb(world: World) -> None:
    for body in (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b"[" * 1_000_000):
        async with world.only_a_refusal(None):
            response = await world.send(body)
        assert (response.status_code, codes_of(response)) == (400, ["json-too-deep"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json-malformed"),
        (b"{", "json-malformed"),
        (b"[]", "json-not-an-object"),
        (b'{"resourceType":"Bundle","resourceType":"Bundle"}', "json-duplicate-key"),
        (b'{"resourceType":"B\xe9"}', "json-encoding"),
        ('{"resourceType":"Bundle"}'.encode("utf-16"), "json-encoding"),
    ],
)
async def test_a_body_that_is_not_json(world: World, body: bytes, code: str) -> None:
    async with world.only_a_refusal(None, told_of=code):
        response = await world.send(body)
    assert (response.status_code, codes_of(response)) == (400, [code])


async def test_a_byte_order_mark_does_no_harm(world: World) -> None:
    person = await world.a_record()
    response = await world.send(b"\xef\xbb\xbf" + orjson.dumps(a_report(person)))
    assert response.status_code == 200
    marked = await world.send(a_letter(person, content=b"\xef\xbb\xbf" + _cda(person)))
    assert marked.status_code == 200


@pytest.mark.parametrize("place", ["author", "title", "identifier", "description", "reference"])
async def test_a_null_character_is_refused_wherever_it_hides(world: World, place: str) -> None:
    person = await world.a_record()
    bundle = a_report(person, description="Vu en consultation")
    text = orjson.dumps(bundle)
    piece = {"author": b"Lambert", "title": b'"title":"Compte', "identifier": b"899700000001", "description": b"Vu en", "reference": b"1.2.250.1.999.5"}[place]  # fmt: skip
    assert piece in text
    rows = await world.rows()
    response = await world.send(text.replace(piece, piece + b"\\u0000"))
    assert response.status_code in {400, 422}, response.text[:300]
    assert await world.rows() == rows


async def test_headers_of_another_kind(world: World) -> None:
    person = await world.a_record()
    rows = await world.rows()
    for headers, status, code in (
        ({"Content-Type": "application/fhir+xml"}, 415, "content-type-unsupported"),
        ({"Content-Type": "application/fhir+json; charset=latin1"}, 415, "content-type-unsupported"),
        ({"Accept": "application/fhir+xml"}, 406, "format-not-acceptable"),
        ({"Accept": "application/fhir+json;q=0"}, 406, "format-not-acceptable"),
    ):
        response = await world.send(a_report(person), **headers)
        assert (response.status_code, codes_of(response)) == (status, [code])
    assert await world.rows() == rows


@pytest.mark.parametrize(
    ("authorization", "query", "code", "status"),
    [
        (None, "", "token-missing", 401),
        ("Basic aG9waXRhbDpzZWNyZXQ=", "", "token-missing", 401),
        ("Bearer ", "", "token-malformed", 401),
        ("Bearer abc.def.ghi", "", "token-malformed", 401),
        (None, "?access_token=abc", "token-in-query", 400),
    ],
)
async def test_without_a_token_nothing_is_even_read(world: World, authorization: str | None, query: str, code: str, status: int) -> None:  # fmt: skip
    person = await world.a_record()
    rows, events = await world.rows(), len(await world.events(None))
    headers = JSON | ({} if authorization is None else {"Authorization": authorization})
    response = await world.http.post("/fhir" + query, content=orjson.dumps(a_report(person)), headers=headers)
    assert (response.status_code, codes_of(response)) == (status, [code])
    assert response.headers["www-authenticate"].startswith('Bearer realm="carnet"')
    assert (await world.rows(), len(await world.events(None))) == (rows, events)
