"""Times as received, and the UTC range they cover."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.vocabulary import moments
from carnet.vocabulary.moments import Moment


def is_refused(read: Callable[[str], object], value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return True
    return False


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("value", "text", "start", "end"),
    [
        ("2024", "2024", utc(2023, 12, 31, 23), utc(2024, 12, 31, 23)),
        ("202402", "2024-02", utc(2024, 1, 31, 23), utc(2024, 2, 29, 23)),
        ("202412", "2024-12", utc(2024, 11, 30, 23), utc(2024, 12, 31, 23)),
        ("20240312", "2024-03-12", utc(2024, 3, 11, 23), utc(2024, 3, 12, 23)),
        # A day is a day of Paris, even when the sender gave an offset; the day the clocks change has 23 hours.
        ("20240331+0000", "2024-03-31", utc(2024, 3, 30, 23), utc(2024, 3, 31, 22)),
        ("2024031210", "2024-03-12T10:00:00+01:00", utc(2024, 3, 12, 9), utc(2024, 3, 12, 10)),
        ("202407121015+0200", "2024-07-12T10:15:00+02:00", utc(2024, 7, 12, 8, 15), utc(2024, 7, 12, 8, 16)),
        ("20240312101500+0100", "2024-03-12T10:15:00+01:00", utc(2024, 3, 12, 9, 15), utc(2024, 3, 12, 9, 15, 1)),
        ("20240312101500-0330", "2024-03-12T10:15:00-03:30", utc(2024, 3, 12, 13, 45), utc(2024, 3, 12, 13, 45, 1)),
        (" 20240312101500 ", "2024-03-12T10:15:00+01:00", utc(2024, 3, 12, 9, 15), utc(2024, 3, 12, 9, 15, 1)),
        (
            "20240312101500.25+0100",
            "2024-03-12T10:15:00.25+01:00",
            utc(2024, 3, 12, 9, 15, 0, 250_000),
            utc(2024, 3, 12, 9, 15, 0, 260_000),
        ),
    ],
)
def test_hl7_times(value: str, text: str, start: datetime, end: datetime) -> None:
    assert Moment.from_hl7(value) == Moment(text, start, end)


@pytest.mark.parametrize(
    ("value", "text", "start"),
    [
        ("2024", "2024", utc(2023, 12, 31, 23)),
        ("2024-03-12", "2024-03-12", utc(2024, 3, 11, 23)),
        ("2024-03-12T10:15:00Z", "2024-03-12T10:15:00Z", utc(2024, 3, 12, 10, 15)),
        ("2024-03-12T10:15:00.123456789Z", "2024-03-12T10:15:00.123456Z", utc(2024, 3, 12, 10, 15, 0, 123_456)),
        ("2024-07-12T10:15+02:00", "2024-07-12T10:15:00+02:00", utc(2024, 7, 12, 8, 15)),
    ],
)
def test_fhir_times(value: str, text: str, start: datetime) -> None:
    moment = Moment.from_fhir(value)
    assert (moment.text, moment.start) == (text, start)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "24",
        "202413",
        "20240230",
        "2024031225",
        "20240312101560",
        "20240312101500+1500",
        "2024-03-12",
        "nullFlavor",
        "٢٠٢٤",
    ],
)
def test_what_is_not_an_hl7_time_is_refused(value: str) -> None:
    assert is_refused(Moment.from_hl7, value)


@pytest.mark.parametrize(
    "value", ["", "2024-3-1", "2024-02-30", "20240312", "2024-03-12T10", "2024-03-12T10:15:00+0100", "2024\n"]
)
def test_what_is_not_a_fhir_time_is_refused(value: str) -> None:
    assert is_refused(Moment.from_fhir, value)


@pytest.mark.parametrize("value", ["0000", "0001", "00010101", "9999", "999912", "99991231", "99991231235959+0000"])
def test_the_ends_of_the_calendar_are_refused_like_any_other_fault(value: str) -> None:
    assert is_refused(Moment.from_hl7, value)


def test_an_instant_is_written_to_the_second() -> None:
    moment = Moment.at(utc(2024, 3, 12, 9, 15, 0, 999_999))
    assert moment == Moment("2024-03-12T09:15:00Z", utc(2024, 3, 12, 9, 15), utc(2024, 3, 12, 9, 15, 1))


@given(st.text(alphabet="0123456789+-.TZ: ", max_size=32))
def test_noise_is_refused_or_read(value: str) -> None:
    for read in (Moment.from_hl7, Moment.from_fhir):
        try:
            moment = read(value)
        except ValueError:
            continue
        assert moment.start < moment.end
        assert moment.start.utcoffset() == timedelta(0)
        again = Moment.from_fhir(moment.text)
        assert again.start == moment.start


def in_general(value: str) -> Moment | None:
    """As `Moment.from_fhir`, without what it does quickly for times to the second."""
    found = moments._FHIR.fullmatch(value)
    if found is None:
        return None
    *parts, fraction, offset = found.groups()
    try:
        return moments._moment(parts, fraction, offset)
    except ValueError:
        return None


@given(
    st.datetimes().map(lambda at: at.isoformat(timespec="seconds")),
    st.sampled_from(["Z", "+01:00", "-03:30", "+14:59", "+15:00", "+02:60", "", "z"]),
    st.data(),
)
def test_times_to_the_second_are_read_as_all_others(time: str, offset: str, data: st.DataObject) -> None:
    value = time + offset
    if data.draw(st.booleans()):
        spot = data.draw(st.integers(0, len(value) - 1))
        value = value[:spot] + data.draw(st.sampled_from("09-+:TZ W.,\u0663")) + value[spot + 1 :]
    try:
        read: Moment | None = Moment.from_fhir(value)
    except ValueError:
        read = None
    assert read == in_general(value)
