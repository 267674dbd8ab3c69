"""Identifiers of documents, people and organisations."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.vocabulary.identifiers import OrganizationId, ProfessionalId, UniqueId, is_oid, is_uuid

A_UUID = "6f1c2d3e-0000-4000-8000-00000000ABCD"


def is_refused(read: Callable[[str], object], value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize("text", ["1.2", "0.9.2342", "2.16.840.1.113883.6.1", "1.2." + "9" * 124])
def test_oids(text: str) -> None:
    assert is_oid(text)


@pytest.mark.parametrize("text", ["", "1", "3.1", "1.", "1.02", ".1.2", "1..2", "1.2\n", "1.٢", "1.2." + "9" * 125])
def test_not_oids(text: str) -> None:
    assert not is_oid(text)


def test_uuids() -> None:
    assert is_uuid(A_UUID)
    assert not is_uuid(A_UUID.replace("-", ""))
    assert not is_uuid(f"{{{A_UUID}}}")


@pytest.mark.parametrize(
    ("text", "root", "extension"),
    [
        ("1.2.3", "1.2.3", None),
        ("1.2.3^", "1.2.3", None),
        ("1.2.3^A^B", "1.2.3", "A^B"),
        ("urn:oid:1.2.3", "1.2.3", None),
        ("URN:OID:1.2.3", "1.2.3", None),
        (f"urn:uuid:{A_UUID}", A_UUID.lower(), None),
        (A_UUID, A_UUID.lower(), None),
    ],
)
def test_unique_ids_are_read(text: str, root: str, extension: str | None) -> None:
    assert UniqueId.parse(text) == UniqueId(root, extension)


@pytest.mark.parametrize(
    "text", ["", "^1", "abc", "urn:oid:", "urn:oid:urn:uuid:" + A_UUID, "urn:uuid:1 2", "1.2^" + "x" * 129]
)
def test_what_is_not_a_unique_id_is_refused(text: str) -> None:
    assert is_refused(UniqueId.parse, text)


def test_an_empty_extension_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^$"):
        UniqueId("1.2.3", "")


def test_urns() -> None:
    assert UniqueId("1.2.3", "X").urn == "urn:oid:1.2.3"
    assert UniqueId(A_UUID).urn == f"urn:uuid:{A_UUID.lower()}"


@given(
    st.from_regex(r"[0-2](\.(0|[1-9][0-9]{0,5})){1,8}", fullmatch=True), st.none() | st.text(min_size=1, max_size=128)
)
def test_a_unique_id_survives_writing(root: str, extension: str | None) -> None:
    assert UniqueId.parse(str(UniqueId(root, extension))) == UniqueId(root, extension)


def test_the_rpps_is_taken_out_of_a_ps_idnat() -> None:
    assert ProfessionalId("810100000001").rpps == "10100000001"
    assert ProfessionalId("0123456789").rpps is None
    assert ProfessionalId("8١0100000001").rpps is None


@pytest.mark.parametrize("identifier", [ProfessionalId, OrganizationId])
@pytest.mark.parametrize("value", ["", "8 10100000001", "8\t1", "x" * 65])
def test_blank_and_long_identifiers_are_refused(identifier: type, value: str) -> None:
    assert is_refused(identifier, value)


def test_an_organization_id_is_kept() -> None:
    assert OrganizationId("1750712184").value == "1750712184"
