from decimal import Decimal

import pytest
from lxml import etree

from carnet.formats.cda.reading.measures import bound, figure, measure_of, unit_of
from carnet.formats.cda.reading.references import Texts

NS = 'xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
NBSP = "\N{NO-BREAK SPACE}"
THIN = "\N{NARROW NO-BREAK SPACE}"


def measured(value: str, narrative: str = ""):
    root = etree.fromstring(f"<section {NS}><text>{narrative}</text>{value}</section>")
    return measure_of(root[1], Texts(root))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("9", "9"), ("1.950", "1,950"), ("-0.5", "-0,5"), ("+3", "3"), ("1500", "1500"), ("100000", f"100{THIN}000"),
        ("12345.6", f"12{THIN}345,6"), ("63.000000", "63"), ("0.0032100", "0,00321"), ("7.", "7"),
    ],
)  # fmt: skip
def test_figures_are_french_and_keep_their_decimals(written: str, shown: str) -> None:
    assert figure(written) == shown


def test_a_bound_has_no_useless_zero() -> None:
    assert [bound(Decimal(each)) for each in ("9.30", "17.00", "100", "0.4")] == ["9,3", "17", "100", "0,4"]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("ug/L", "µg/L"), ("umol/L", "µmol/L"), ("10*9/L", "G/L"), ("10*12/L", "T/L"), ("10*6/mL", "10⁶/mL"), ("m[IU]/L", "mUI/L"),
        ("mm[Hg]", "mmHg"), ("Cel", "°C"), ("kg/m2", "kg/m²"), ("{score}", ""), ("{cells}/uL", "cells/µL"), ("mGy.cm", "mGy·cm"), ("1", ""),
        (None, ""), ("", ""), ("U/L", "U/L"), ("cumulus", "cumulus"),
    ],
)  # fmt: skip
def test_units_are_printed_as_laboratories_do(code: str | None, shown: str) -> None:
    assert unit_of(code) == shown


def test_one_of_a_unit_is_singular() -> None:
    assert unit_of("d", amount=Decimal(1)) == "jour"
    assert unit_of("d", amount=Decimal(2)) == "jours"


@pytest.mark.parametrize(
    ("value", "shown", "low", "high"),
    [
        ('<value xsi:type="PQ" value="4.2" unit="mmol/L"/>', f"4,2{NBSP}mmol/L", "4.2", "4.2"),
        ('<value xsi:type="PQ" value="4.2"/>', "4,2", "4.2", "4.2"),
        ('<value xsi:type="PQ" value="1.5e2" unit="g"/>', f"150{NBSP}g", "150", "150"),
        ('<value xsi:type="INT" value="3"/>', "3", "3", "3"),
        ('<value xsi:type="REAL" value="0.37"/>', "0,37", "0.37", "0.37"),
        ('<value xsi:type="IVL_PQ"><high value="5" unit="mg/L" inclusive="false"/></value>', f"<{NBSP}5{NBSP}mg/L", None, "5"),
        ('<value xsi:type="IVL_PQ"><high value="5" unit="mg/L"/></value>', f"≤{NBSP}5{NBSP}mg/L", None, "5"),
        ('<value xsi:type="IVL_PQ"><low value="0.512" unit="ug/mL"/></value>', f"≥{NBSP}0,512{NBSP}µg/mL", "0.512", None),
        ('<value xsi:type="IVL_PQ"><low value="8" inclusive="false"/></value>', f">{NBSP}8", "8", None),
        ('<value xsi:type="IVL_INT"><low value="2"/><high value="4"/></value>', "2 à 4", "2", "4"),
        ('<value xsi:type="IVL_INT"><low value="2"/><high value="2"/></value>', "2", "2", "2"),
        ('<value xsi:type="IVL_PQ"><center value="7" unit="g"/></value>', f"7{NBSP}g", "7", "7"),
        ('<value xsi:type="RTO_QTY_QTY"><numerator value="1"/><denominator value="40"/></value>', "1/40", None, None),
        ('<value xsi:type="RTO_PQ_PQ"><numerator value="3" unit="g"/><denominator value="1" unit="L"/></value>', f"3{NBSP}g/L", None, None),
        ('<value xsi:type="RTO_PQ_PQ"><numerator value="3" unit="g"/><denominator value="2" unit="L"/></value>', f"3{NBSP}g/2 L", None, None),
        ('<value xsi:type="CD" code="A" displayName="Positif"/>', "Positif", None, None),
        ('<value xsi:type="ST">Absence de germe</value>', "Absence de germe", None, None),
        ('<value xsi:type="BL" value="true"/>', "Oui", None, None),
        ('<value xsi:type="BL" value="false"/>', "Non", None, None),
        ('<value xsi:type="TS" value="20240312"/>', "20240312", None, None),
        ('<value xsi:type="PQ" value="environ 5" unit="g"/>', f"environ 5{NBSP}g", None, None),
    ],
)  # fmt: skip
def test_every_type_of_value_is_shown(value: str, shown: str, low: str | None, high: str | None) -> None:
    found = measured(value)
    assert found is not None
    assert str(found) == shown
    assert (found.low, found.high) == (low and Decimal(low), high and Decimal(high))


@pytest.mark.parametrize(
    "value",
    [
        '<value xsi:type="PQ" nullFlavor="UNK"/>',
        '<value xsi:type="PQ"/>',
        '<value xsi:type="BL"/>',
        '<value xsi:type="IVL_PQ"><low nullFlavor="NINF"/></value>',
        '<value xsi:type="RTO_QTY_QTY"><numerator value="1"/></value>',
        '<value xsi:type="CD"/>',
        '<value xsi:type="CD"><originalText><reference value="#nulle-part"/></originalText></value>',
    ],
)
def test_what_says_nothing_is_no_measure(value: str) -> None:
    assert measured(value) is None


def test_a_code_without_label_says_the_words_of_its_author() -> None:
    value = '<value xsi:type="CD"><originalText><reference value="#a"/></originalText></value>'
    assert str(measured(value, '<content ID="a">paille</content>')) == "paille"


def test_a_number_too_long_to_be_one_is_words() -> None:
    found = measured(f'<value xsi:type="PQ" value="{"9" * 30}"/>')
    assert found is not None
    assert found.low is None
    assert measure_of(None, Texts(etree.fromstring(f"<section {NS}/>"))) is None
