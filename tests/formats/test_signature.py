"""What the signature of a set says, read from bytes; then from noise."""

import base64
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.record.model import Signature
from carnet.formats.signature import read_signature

DS = 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


def _reference(uri: str, content: bytes, algorithm: str = SHA1, *, parts: str = "both") -> str:
    digest = base64.b64encode(hashlib.sha1(content).digest()).decode()
    method = f'<ds:DigestMethod Algorithm="{algorithm}"/>' if parts != "value" else ""
    value = f"<ds:DigestValue> {digest}\n </ds:DigestValue>" if parts != "method" else ""
    return f'<ds:Reference URI="{uri}">{method}{value}</ds:Reference>'


def _signature(*references: str) -> bytes:
    return f'<ds:Signature {DS}><ds:Object><ds:Manifest Id="IHEManifest">{"".join(references)}</ds:Manifest></ds:Object></ds:Signature>'.encode()


def _read(content: bytes, **signed: bytes) -> tuple[Signature | None, list[str]]:
    found, issues = read_signature(
        content, {name.replace("_", "."): each for name, each in signed.items()}, expression="here"
    )
    return found, [issue.code for issue in issues]


def test_what_it_names() -> None:
    found, codes = _read(
        _signature(_reference("urn:oid:1.2.3", b"a"), _reference("urn:oid:1.2.4", b"b")), **{"1_2_3": b"a"}
    )
    assert found == Signature(frozenset({"1.2.3", "1.2.4"}))
    assert codes == []


def test_a_digest_of_something_else() -> None:
    assert _read(_signature(_reference("urn:oid:1.2.3", b"a")), **{"1_2_3": b"b"})[1] == ["signature-digest-differs"]


def test_comments_and_instructions_count_in_the_canonical_form() -> None:
    document = b'<?xml version="1.0"?>\n<?xml-stylesheet href="a.xsl"?><a b = "c"><!-- dit --></a>'
    canonical = b'<?xml-stylesheet href="a.xsl"?>\n<a b="c"><!-- dit --></a>'
    assert _read(_signature(_reference("urn:oid:1.2.3", canonical)), **{"1_2_3": document})[1] == []
    without = b'<a b="c"></a>'
    assert _read(_signature(_reference("urn:oid:1.2.3", without)), **{"1_2_3": document})[1] == [
        "signature-digest-differs"
    ]


def test_another_algorithm_is_not_compared() -> None:
    assert _read(_signature(_reference("urn:oid:1.2.3", b"a", SHA256)), **{"1_2_3": b"b"})[1] == []


def test_half_a_digest_is_none() -> None:
    for parts in ("method", "value"):
        signature = _signature(_reference("urn:oid:1.2.3", b"a", parts=parts))
        assert _read(signature, **{"1_2_3": b"a"})[1] == ["signature-digest-differs"]


def test_what_is_no_signature() -> None:
    assert _read(b"<a/>") == (None, ["signature-root"])
    assert _read(f"<ds:Signature {DS}/>".encode()) == (None, ["signature-manifest-missing"])
    assert _read(_signature(_reference("Patient/1", b"")))[1] == ["signature-reference-format"]
    found, codes = _read(b"")
    assert found is None
    assert codes


@given(st.binary(max_size=300))
def test_noise_is_refused_or_read(noise: bytes) -> None:
    at = len(noise) // 2
    whole = _signature(_reference("urn:oid:1.2.3", b"a"))
    for content in (noise, whole[:at] + noise + whole[at:]):
        found, codes = _read(content, **{"1_2_3": b"a"})
        assert found is not None or codes
