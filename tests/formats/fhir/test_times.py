from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from carnet.formats.fhir.times import instant, instant_json


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_has_its_six_decimals_whatever_they_are(at: datetime) -> None:
    written = at.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
    assert instant(at) == written
    assert instant_json(at) == f'"{written}"'.encode()


def test_a_fraction_of_zero_is_written() -> None:
    assert instant(datetime(2026, 3, 3, 9, tzinfo=UTC)) == "2026-03-03T09:00:00.000000Z"
