"""The drawing says what the words say: the marker is inside the range when they do, and always on the line."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.formats.cda.reading.model import Former, Measure, Result, Zone
from carnet.web.zone_drawing import drawing


def a_result(value: str, low: str | None, high: str | None, *, unit: str = "g", former: str | None = None) -> Result:
    number = Decimal(value)
    formers = (Former(Measure(former, "g", Decimal(former), Decimal(former)), None),) if former else ()
    zone = Zone("…", "g", low and Decimal(low), high and Decimal(high))  # type: ignore[arg-type]
    return Result("Analyse", Measure(value, unit, number, number), zone=zone, formers=formers)


@pytest.mark.parametrize(
    ("value", "low", "high", "shape"),
    [("9", "15", "150", "low"), ("20", "15", "150", "disc"), ("200", "15", "150", "high"), ("4", None, "5", "disc"), ("6", None, "5", "high"),
     ("0.3", "0.4", None, "low"), ("0.5", "0.4", None, "disc"), ("-3", "-2", "2", "low"), ("0", "0", None, "disc")],
)  # fmt: skip
def test_the_marker_has_the_shape_of_its_place(value: str, low: str | None, high: str | None, shape: str) -> None:
    drawn = drawing(a_result(value, low, high))
    assert drawn is not None
    assert drawn.shape == shape


NUMBERS = st.decimals(min_value="-1000", max_value="100000", places=2)


@given(
    NUMBERS,
    NUMBERS,
    st.decimals(min_value="0.01", max_value="5000", places=2),
    st.sampled_from(["both", "low", "high"]),
)
def test_the_drawing_agrees_with_the_figures(value: Decimal, low: Decimal, span: Decimal, which: str) -> None:
    high = low + span
    drawn = drawing(a_result(str(value), str(low) if which != "high" else None, str(high) if which != "low" else None))
    if which == "high" and high == 0:
        assert drawn is None
        return
    assert drawn is not None
    assert 0 <= drawn.start <= drawn.start + drawn.width <= 100.1
    assert 4 <= drawn.here <= 96
    assert drawn.width > 0
    if drawn.shape == "disc":
        assert drawn.start - 4 <= drawn.here <= drawn.start + drawn.width + 4


def test_a_value_far_away_stands_at_the_edge() -> None:
    for value, here in (("100000", 96.0), ("-100000", 4.0)):
        drawn = drawing(a_result(value, "15", "150"))
        assert drawn is not None
        assert drawn.here == here
        assert drawn.width > 10


def test_the_last_value_is_drawn_when_it_can_be_compared() -> None:
    drawn = drawing(a_result("9", "15", "150", former="12"))
    assert drawn is not None
    assert drawn.was is not None
    assert drawn.here < drawn.was
    assert drawing(a_result("9", "15", "150")).was is None  # type: ignore[union-attr]
    assert drawn.bounds[0][1] == "15"
    assert drawn.middle == round(drawn.start + drawn.width / 2, 1)


@pytest.mark.parametrize(
    "result",
    [
        a_result("9", "15", "150", unit="mg"),
        a_result("9", None, None),
        a_result("0", None, "0"),
        Result("Analyse", None, zone=Zone("15 à 150", "g", Decimal(15), Decimal(150))),
        Result("Analyse", Measure("9", "g", Decimal(9), Decimal(9))),
        Result("Analyse", Measure("< 9", "g", None, Decimal(9)), zone=Zone("", "g", Decimal(15), Decimal(150))),
        Result("Analyse", Measure("négatif"), zone=Zone("négatif")),
    ],
)
def test_what_cannot_be_placed_is_not_drawn(result: Result) -> None:
    assert drawing(result) is None
