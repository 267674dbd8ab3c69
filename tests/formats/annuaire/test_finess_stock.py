"""The stock of FINESS sites: ranks, encodings, and lines that are wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.directory.loading.model import LineFault, Structure
from carnet.formats.annuaire.finess_stock import read_finess_stock
from carnet.formats.annuaire.lines import read_lines

GOOD = (
    "structureet;990000001;990000019;HÔPITAL;;;;3;R;DES ESSAIS;BIS;LE BOURG;120;9A;GUADELOUPE;97110 POINTE A PITRE;0590000000;;355;CH;1102;CH;"
    "99999999900011;8610Z;03;ARS;1;;1990-13-02;1980-01-02;2020-01-02;0750001A"
)


def read(content: bytes) -> list[object]:
    return list(read_finess_stock(read_lines([content])))


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_site_in_either_encoding(encoding: str) -> None:
    ((line, site),) = read(f"finess;etalab;93;2026-01-05\n{GOOD}\ngeolocalisation;990000001;1;2\n".encode(encoding))
    assert line == 2
    assert isinstance(site, Structure)
    assert (site.organization, site.part_of, site.name, site.siren) == (
        "1990000001",
        "1990000019",
        "HÔPITAL",
        "999999999",
    )
    assert (site.place.commune, site.place.postal_code, site.place.repetition) == ("97120", "97110", "BIS")
    assert site.opened == ""  # not a day of the calendar


@pytest.mark.parametrize(
    ("line", "code", "key"),
    [
        (GOOD.replace("990000001", "99", 1), "structure-number", ""),
        (GOOD.replace("990000019", "99", 1), "structure-number", "1990000001"),
        (GOOD.replace("HÔPITAL", ""), "name-missing", "1990000001"),
        (GOOD.replace("HÔPITAL", "X" * 501), "field-too-long", "1990000001"),
        (GOOD[:60], "line-columns", "1990000001"),
    ],
)
def test_a_wrong_line_is_told(line: str, code: str, key: str) -> None:
    (fault, (_, good)) = read(f"{line}\n{GOOD}\n".encode())
    assert isinstance(fault, LineFault)
    assert (fault.line, fault.code, fault.key) == (1, code, key)
    assert isinstance(good, Structure)


def test_a_file_cut_short() -> None:
    (fault,) = read(GOOD[:100].encode())
    assert isinstance(fault, LineFault)
    assert fault.code == "line-truncated"


@given(
    st.lists(
        st.one_of(st.binary(max_size=200), st.text(alphabet="structureet;9é\x00", max_size=200).map(str.encode)),
        max_size=5,
    )
)
def test_noise_never_fails(noise: list[bytes]) -> None:
    # The first line is not noise: a file that starts as UTF-16 is refused whole.
    *_, (_, last) = read(b"\n".join((b"finess;etalab;93;2026-11-02", *noise, GOOD.encode(), b"")))
    assert isinstance(last, Structure)
