"""The signature of a submission set: filed with it, bound to it and to its documents, and shown to nobody."""

import base64
import hashlib
from typing import Any

import pytest
from lxml import etree
from tests.builders import fhir
from tests.builders.cda import a_cda, a_pdf
from tests.doors.world import Person, World, a_unique_id, codes_of, fiche_of, ids_of


def a_signature(
    *signed: tuple[str, bytes], set_id: str | None = None, manifest: str = "IHEManifest", algorithm: str = "sha1"
) -> bytes:
    """An XML signature of these (uniqueId, bytes signed), and of a set."""
    references = [(set_id, b"")] if set_id else []
    told = "".join(
        f'<ds:Reference URI="urn:oid:{name}"><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#{algorithm}"/>'
        f"<ds:DigestValue>{base64.b64encode(hashlib.sha1(content).digest()).decode() if content else 'AA=='}</ds:DigestValue></ds:Reference>"
        for name, content in [*references, *signed]
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/>'
        f'<ds:SignatureValue>AAAA</ds:SignatureValue><ds:Object><ds:Manifest Id="{manifest}">{told}</ds:Manifest></ds:Object></ds:Signature>'
    ).encode()


def _signing_fiche(person: Person, content: bytes, **changes: Any) -> dict[str, Any]:
    plain = fhir.a_fiche(
        unique_id=a_unique_id(),
        document=content,
        media_type="text/xml",
        subject=person.by_ins,
        labels=["MASQUE_PS", "INVISIBLE_PATIENT"],
    )
    plain |= {
        "type": fhir.concept({"system": "urn:oid:ASTM", "code": "E1762"}),
        "category": [fhir.concept({"system": "urn:oid:URN", "code": "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1"})],
    }
    attachment = plain["content"][0]["attachment"]
    plain["content"] = [
        {"attachment": {name: attachment[name] for name in ("contentType", "size", "hash", "url", "creation")}}
    ]
    return {name: value for name, value in (plain | changes).items() if value is not None}


def a_signed_set(person: Person, document: bytes, *, number: str, set_id: str, signature: bytes, media_type: str = "application/pdf", **changes: Any) -> dict[str, Any]:  # fmt: skip
    """A transaction of one document and of the signature of its set."""
    fiche = fhir.a_fiche(unique_id=number, document=document, media_type=media_type, subject=person.by_ins)
    if media_type == "text/xml":
        fiche["content"][0].pop("format")
    identifier = [{"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:{set_id}"}]
    return fhir.a_bundle(
        fiche,
        _signing_fiche(person, signature, **changes),
        contents=[document, signature],
        subject=person.by_ins,
        identifier=identifier,
    )


async def _signed(world: World, person: Person, **changes: Any) -> tuple[dict[str, Any], str]:
    number, set_id, document = a_unique_id(), a_unique_id(), a_pdf("Signé")
    signature = a_signature((number, document), set_id=set_id)
    return a_signed_set(person, document, number=number, set_id=set_id, signature=signature, **changes), number


async def test_a_signed_set(world: World) -> None:
    person = await world.a_record()
    citizen, doctor = world.a_citizen(person), await world.a_professional(authorised_on=person)
    author = await world.a_professional(authorised_on=person, number="899700000001")
    bundle, _ = await _signed(world, person)
    done = await world.deposit(bundle)
    document, signature = done.ids()
    submission = done.ids("List")[0]
    for caller in (citizen, doctor, author):
        assert ids_of(await world.search(person, by=caller)) == [document]
        assert [
            e["item"]["reference"] for e in (await world.read(f"List/{submission}", by=caller)).json()["entry"]
        ] == [f"DocumentReference/{document}"]
        for address in (f"DocumentReference/{signature}", f"Binary/{signature}"):
            answer = await world.read(address, by=caller)
            assert (answer.status_code, codes_of(answer)) == (404, ["document-unknown"])
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT kind, source_id::text, target_id::text FROM association WHERE patient_id = %s", (person.patient_id,)
        )
        assert await cursor.fetchall() == [("signs", signature, submission)]
        cursor = await connection.execute(
            "SELECT format, events FROM document_entry WHERE logical_id = %s", (signature,)
        )
        assert await cursor.fetchall() == [
            ("URN|http://www.w3.org/2000/09/xmldsig#", ["1.2.840.10065.1.12|1.2.840.10065.1.12.1.14"])
        ]
    again = await world.deposit(bundle)
    assert again.ids() == [document, signature]


async def test_a_set_of_nothing_but_its_signature_shows_nothing(world: World) -> None:
    person = await world.a_record()
    bundle, _ = await _signed(world, person)
    done = await world.deposit(bundle)
    await world.mark_deleted(person, done.ids()[0])
    citizen = world.a_citizen(person)
    assert (await world.search_lists(person, by=citizen)).json()["total"] == 0
    assert (await world.read(f"List/{done.ids('List')[0]}", by=citizen)).status_code == 404


def _canonical(document: bytes) -> bytes:
    found: bytes = etree.tostring(etree.fromstring(document).getroottree(), method="c14n", with_comments=True)
    return found


async def test_a_cda_is_signed_in_its_canonical_form(world: World) -> None:
    person = await world.a_record()
    for change, accepted in ((lambda same: same, True), (_canonical, True), (lambda same: same + b" ", False)):
        number, set_id = a_unique_id(), a_unique_id()
        document = a_cda(**person.header(unique_id=number))
        signed = change(document)
        signature = a_signature((number, signed), set_id=set_id)
        bundle = a_signed_set(
            person, document, number=number, set_id=set_id, signature=signature, media_type="text/xml"
        )
        fiche = fiche_of(bundle)
        for name in ("type", "category", "context", "securityLabel"):
            fiche.pop(name)
        answer = await world.send(bundle)
        codes = [] if answer.status_code == 200 else codes_of(answer)
        assert ("signature-digest-differs" in codes) is not accepted, answer.text


async def test_it_may_name_the_documents_that_it_signs(world: World) -> None:
    person = await world.a_record()
    bundle, _ = await _signed(world, person, relatesTo=[{"code": "signs", "target": {"reference": fhir.urn("fiche")}}])
    done = await world.deposit(bundle)
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT target_id::text FROM association WHERE patient_id = %s AND kind = 'signs'", (person.patient_id,)
        )
        assert {target for (target,) in await cursor.fetchall()} == {done.ids()[0], done.ids("List")[0]}


def _other_manifest(number: str, document: bytes, set_id: str) -> bytes:
    return a_signature((number, document), set_id=set_id, manifest="Autre")


WRONG: dict[str, tuple[Any, dict[str, Any], str]] = {
    "another document": (lambda n, _d, s: a_signature((n, b"autre"), set_id=s), {}, "signature-digest-differs"),
    "not the set": (lambda n, d, _s: a_signature((n, d)), {}, "signature-incomplete"),
    "not the document": (lambda _n, _d, s: a_signature(set_id=s), {}, "signature-incomplete"),
    "no manifest": (_other_manifest, {}, "signature-manifest-missing"),
    "a reference to nothing": (lambda n, d, s: a_signature((n, d), ("x", b"y"), set_id=s), {}, "signature-reference-format"),
    "another XML": (lambda _n, _d, _s: b"<a/>", {}, "signature-root"),
    "not XML": (lambda _n, _d, _s: b"%PDF-1.4", {}, "xml-not-xml"),
    "a DTD": (lambda _n, _d, _s: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', {}, "xml-doctype"),
    "seen by the patient": (lambda n, d, s: a_signature((n, d), set_id=s), {"securityLabel": [fhir.concept({"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"})]}, "signature-labels"),
    "another format": (lambda n, d, s: a_signature((n, d), set_id=s), {"format": fhir.A_FORMAT}, "signature-format"),
    "another class": (lambda n, d, s: a_signature((n, d), set_id=s), {"category": [fhir.concept(fhir.A_CLASS)]}, "class-differs"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_signature_refuses_the_whole(world: World, name: str) -> None:
    make, changes, code = WRONG[name]
    person = await world.a_record()
    number, set_id, document = a_unique_id(), a_unique_id(), a_pdf()
    told = {key: value for key, value in changes.items() if key != "format"}
    bundle = a_signed_set(
        person, document, number=number, set_id=set_id, signature=make(number, document, set_id), **told
    )
    if "format" in changes:
        fiche_of(bundle, 1)["content"][0]["format"] = dict(changes["format"])
    rows = await world.rows()
    answer = await world.send(bundle)
    assert code in codes_of(answer), answer.text
    assert await world.rows() == rows


async def test_what_is_signed_beside_the_set_is_told(world: World) -> None:
    person = await world.a_record()
    number, set_id, document = a_unique_id(), a_unique_id(), a_pdf()
    signature = a_signature((number, document), ("1.2.3.4", b"ailleurs"), set_id=set_id)
    done = await world.deposit(a_signed_set(person, document, number=number, set_id=set_id, signature=signature))
    assert "signature-reference-unknown" in done.warnings


async def test_only_a_signature_signs(world: World) -> None:
    person = await world.a_record()
    bundle, _ = await _signed(world, person)
    fiche_of(bundle)["relatesTo"] = [{"code": "signs", "target": {"reference": fhir.urn("fiche 1")}}]
    assert "signature-expected" in codes_of(await world.send(bundle))


async def test_a_citizen_does_not_sign_what_they_cannot_see(world: World) -> None:
    person = await world.a_record()
    bundle, _ = await _signed(world, person)
    assert "label-not-yours" in codes_of(await world.send(bundle, by=world.a_citizen(person)))
