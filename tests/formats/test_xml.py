import codecs
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.domain.errors import Invalid
from carnet.formats.xml import MAX_DEPTH, read_xml


def refused(data: bytes, **options: int) -> tuple[str, dict[str, str]]:
    with pytest.raises(Invalid) as caught:
        read_xml(data, **options)
    return caught.value.code, caught.value.issues[0].facts


@pytest.mark.parametrize(
    "data",
    [
        "<a>é</a>".encode(),
        codecs.BOM_UTF8 + "<a>é</a>".encode(),
        codecs.BOM_UTF8 + '<?xml version="1.0" encoding="UTF-8"?><a>é</a>'.encode(),
        '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1"),
        "<?xml version='1.0' encoding='iso-8859-15'?><a>é</a>".encode("iso-8859-15"),
        '<?xml version="1.0" encoding="windows-1252"?><a>é</a>'.encode("cp1252"),
        '<?xml version="1.0" encoding="UTF-16"?><a>é</a>'.encode("utf-16"),
    ],
)
def test_reads_the_encodings_in_use(data: bytes) -> None:
    assert read_xml(data).text == "é"


def test_comments_and_processing_instructions_are_dropped() -> None:
    root = read_xml(b'<?xml-stylesheet href="x.xsl"?><!-- <!DOCTYPE a> --><a>one<!-- two --><?three?><b/></a>')
    assert root.text == "one"
    assert [child.tag for child in root] == ["b"]
    assert root.getprevious() is None


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0" encoding="UTF-8"?><a>é</a>'.encode("latin-1"),
        "<a>é</a>".encode("latin-1"),
        '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode(),
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
        '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16-le"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-',
        codecs.BOM_UTF8 + b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
        codecs.BOM_UTF16_LE + b"<",
    ],
)
def test_a_wrong_encoding_is_named(data: bytes) -> None:
    assert refused(data)[0] == "xml-encoding"


@pytest.mark.parametrize(
    ("data", "format_name"),
    [
        (b"%PDF-1.4\n", "PDF"),
        (b"PK\x03\x04zip", "ZIP"),
        (b'{"resourceType": "Bundle"}', "JSON"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"<html><body><br></body></html>", "HTML"),
        (b"{\\rtf1 }", "RTF"),
        (b"Compte rendu", "inconnu"),
    ],
)
def test_what_is_not_xml_is_named(data: bytes, format_name: str) -> None:
    assert refused(data) == ("xml-not-xml", {"format": format_name})


def test_emptiness() -> None:
    assert refused(b"")[0] == "xml-empty"
    assert refused(b" \n ")[0] == "xml-empty"
    assert refused(b" " * 600 + b"<a/>x")[0] == "xml-malformed"


@pytest.mark.parametrize(
    ("data", "line"), [(b"<a>\n<b></a>", "2"), (b"<a>", "1"), (b"<a>&foo;</a>", "1"), (b"<a>\x01</a>", "1")]
)
def test_malformed_says_the_line(data: bytes, line: str) -> None:
    assert refused(data) == ("xml-malformed", {"line": line})


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 20))


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        '<?xml version="1.0"?><!-- - --><?x y?>\n<!DOCTYPE a [<!ENTITY x "y">]><a b="&x;"/>',
        f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]><a b="&l19;">&l19;</a>',
        f'<!DOCTYPE a [<!ENTITY x "{"x" * 100_000}">]><a>{"&x;" * 10_000}</a>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_doctype_is_refused_before_anything_expands(text: str, encoding: str) -> None:
    started = time.perf_counter()
    assert refused(text.encode(encoding))[0] == "xml-doctype"
    assert time.perf_counter() - started < 1


def test_depth_is_bounded_with_and_without_a_huge_text() -> None:
    deep = MAX_DEPTH
    assert read_xml(b"<a>" * deep + b"</a>" * deep) is not None
    assert refused(b"<a>" * (deep + 1) + b"</a>" * (deep + 1))[0] == "xml-too-deep"
    huge = b"x" * 10_500_000
    assert read_xml(b"<a>" * deep + huge + b"</a>" * deep) is not None
    assert refused(b"<a>" * (deep + 1) + huge + b"</a>" * (deep + 1))[0] == "xml-too-deep"
    assert refused(b"<a>" * 100_000 + huge)[0] == "xml-too-deep"


def test_a_text_of_nearly_twenty_megabytes_is_read() -> None:
    data = b"<a>" + b"QUJD" * 4_900_000 + b"</a>"
    assert len(read_xml(data).text or "") == 19_600_000


def test_size_and_number_of_nodes_are_bounded() -> None:
    assert refused(b"<a>xxxxxxxx</a>", limit_bytes=10) == ("xml-too-large", {"limit": "10"})
    assert refused(b"<a>" + b"<b/>" * 600_000 + b"</a>")[0] == "xml-too-complex"
    attributes = b" ".join(b'a%d=""' % number for number in range(300_000))
    assert refused(b"<a " + attributes + b"/>")[0] == "xml-too-complex"


def test_a_long_declaration_cannot_hide_its_encoding() -> None:
    padded = b'<?xml version="1.0" ' + b" " * 400 + b'encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>'
    assert refused(padded)[0] == "xml-malformed"


@settings(max_examples=300, deadline=1000)
@given(st.binary(max_size=200) | st.text(alphabet="<>/!?-[]&;#x\"'= aAé", max_size=200).map(str.encode))
def test_noise_is_read_or_refused(data: bytes) -> None:
    try:
        outcome = str(read_xml(data).tag)
    except Invalid as fault:
        outcome = fault.code
    assert outcome
