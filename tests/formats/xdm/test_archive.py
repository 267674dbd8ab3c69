"""XDM archives: the documents that METADATA.XML describes; junk ignored, traps refused."""

import contextlib
import hashlib
import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders.cda import a_cda

from carnet.domain.access.model import Confidentiality
from carnet.domain.errors import Invalid
from carnet.formats.xdm.archive import read_archive

CDA = a_cda()


def metadata(
    uri: str = "DOC0001.XML", *, content: bytes = CDA, digest: str | None = None, labels: tuple[str, ...] = ()
) -> bytes:
    slots = {"URI": uri, "size": str(len(content)), "hash": digest or hashlib.sha1(content).hexdigest()}
    written = "".join(
        f'<rim:Slot name="{name}"><rim:ValueList><rim:Value>{value}</rim:Value></rim:ValueList></rim:Slot>'
        for name, value in slots.items()
    )
    written += "".join(
        f'<rim:Classification classificationScheme="urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f" nodeRepresentation="{label}"/>'
        for label in labels
    )
    return (
        '<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0" '
        'xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><rim:RegistryObjectList>'
        '<rim:ExtrinsicObject mimeType="text/xml" objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1">'
        f"{written}</rim:ExtrinsicObject></rim:RegistryObjectList></lcm:SubmitObjectsRequest>"
    ).encode()


def an_archive(files: dict[str, bytes] | None = None, **changes: object) -> bytes:
    held = files or {
        "README.TXT": b"invented",
        "IHE_XDM/SUBSET01/DOC0001.XML": CDA,
        "IHE_XDM/SUBSET01/METADATA.XML": metadata(**changes),  # type: ignore[arg-type]
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return out.getvalue()


def code_of(data: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        read_archive(data)
    return refused.value.code


def test_gives_each_document_with_its_visibility() -> None:
    (document,) = read_archive(an_archive(labels=("N", "MASQUE_PS")))
    assert document.content == CDA
    assert document.mime_type == "text/xml"
    assert document.labels == {Confidentiality.MASQUE_PS}


def test_ignores_case_and_junk() -> None:
    files = {
        "ihe_xdm/.svn/METADATA.XML": b"junk",
        "__MACOSX/METADATA.XML": b"junk",
        "ihe_xdm/SS000001/metadata.xml": metadata("doc0001.xml"),
        "ihe_xdm/SS000001/Doc0001.Xml": CDA,
    }
    assert [document.content for document in read_archive(an_archive(files))] == [CDA]


def test_refuses_what_metadata_contradicts() -> None:
    assert code_of(an_archive(digest="0" * 40)) == "xdm-hash-differs"
    assert code_of(an_archive(content=CDA + b" ")) == "xdm-size-differs"
    assert code_of(an_archive(uri="DOC0002.XML")) == "xdm-document-missing"
    assert code_of(an_archive({"DOC0001.XML": CDA})) == "xdm-metadata-missing"


def test_refuses_traps() -> None:
    assert code_of(b"not a zip") == "xdm-not-a-zip"
    assert code_of(an_archive({"../evil": b"x"})) == "xdm-unsafe"
    assert code_of(an_archive({"/etc/evil": b"x"})) == "xdm-unsafe"
    assert code_of(an_archive({"a\\..\\evil": b"x"})) == "xdm-unsafe"
    assert code_of(an_archive({"bomb": b"0" * 5_000_000})) == "xdm-unsafe"
    assert code_of(an_archive({f"file{n}": b"x" for n in range(1001)})) == "xdm-too-large"
    assert code_of(an_archive({"METADATA.XML": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"})) == "xml-doctype"


def test_refuses_an_encrypted_file() -> None:
    data = bytearray(an_archive())
    start = data.index(b"PK\x01\x02")  # the first header of the central directory
    (flags,) = struct.unpack_from("<H", data, start + 8)
    struct.pack_into("<H", data, start + 8, flags | 1)
    assert code_of(bytes(data)) == "xdm-unsafe"


@given(position=st.integers(0, 4000), byte=st.integers(0, 255))
def test_a_changed_byte_gives_documents_or_a_refusal(position: int, byte: int) -> None:
    data = bytearray(an_archive())
    data[position % len(data)] = byte
    with contextlib.suppress(Invalid):
        read_archive(bytes(data))


def test_reads_the_public_samples(samples: Path) -> None:
    (document,) = read_archive((samples / "mssante/xdm/IHE_XDM-one-document-synthetic.zip").read_bytes())
    assert b"ClinicalDocument" in document.content
    invalid = samples / "mssante/xdm/invalid"
    assert code_of((invalid / "IHE_XDM-bad-hash-synthetic.zip").read_bytes()) == "xdm-hash-differs"
    assert code_of((invalid / "IHE_XDM-no-metadata-synthetic.zip").read_bytes()) == "xdm-metadata-missing"
    assert read_archive((samples / "xds/nist-xdm/xdm.zip").read_bytes())
