"""
Times as they are received: partial, with their offset, beside the UTC range they cover.

A document may be dated 2024, 202403, or 20240312101500+0100 (HL7 TS), or 2024-03-12T10:15:00+01:00 (FHIR dateTime). We keep the
precision and search by range.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from carnet.vocabulary.frozen import frozen

PARIS = ZoneInfo("Europe/Paris")
_SECOND = timedelta(seconds=1)

_HL7 = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6})\d*)?)?)?)?)?)?([+-]\d{4})?", re.ASCII
)
_FHIR = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


@frozen
class Moment:
    """
    A received time.

    text: FHIR dateTime with the precision and offset received (`2024`, `2024-03-12`, `2024-03-12T10:15:00+01:00`).
    start, end: the UTC range it covers, `end` excluded; a time without an offset is read in Europe/Paris.
    """

    text: str
    start: datetime
    end: datetime

    @staticmethod
    def from_hl7(value: str) -> "Moment":
        """Read an HL7 TS (CDA `@value`). Raises ValueError when it is not one."""
        if len(value) == 19 and value[14] in "+-":  # to the second, with its offset: what nearly every document says
            return _to_the_second(
                f"{value[:4]}-{value[4:6]}-{value[6:8]}T{value[8:10]}:{value[10:12]}:{value[12:17]}:{value[17:]}"
            )
        found = _HL7.fullmatch(value.strip())
        if found is None:
            raise ValueError(value)
        *parts, fraction, offset = found.groups()
        zone = None if offset is None else f"{offset[:3]}:{offset[3:]}"
        return _moment(parts, fraction, zone)

    @staticmethod
    def from_fhir(value: str) -> "Moment":
        """Read a FHIR date, dateTime or instant. Raises ValueError when it is not one."""
        if (len(value) == 25 and value[19] in "+-") or (len(value) == 20 and value[19] == "Z"):
            return _to_the_second(value)
        found = _FHIR.fullmatch(value)
        if found is None:
            raise ValueError(value)
        *parts, fraction, offset = found.groups()
        return _moment(parts, fraction, offset)

    @staticmethod
    def at(instant: datetime) -> "Moment":
        """An aware instant, to the second."""
        second = instant.astimezone(UTC).replace(microsecond=0)
        return Moment(second.strftime("%Y-%m-%dT%H:%M:%SZ"), second, second + timedelta(seconds=1))


def _to_the_second(text: str) -> Moment:
    """`YYYY-MM-DDTHH:MM:SS±HH:MM` or `YYYY-MM-DDTHH:MM:SSZ`, several times faster than the general way."""
    # `fromisoformat` reads more than FHIR: other separators, and offsets up to a day.
    if not text[13] == text[16] == ":" or not text[4] == text[7] == "-" or text[10] != "T":
        raise ValueError(text)
    if text[19] != "Z" and (text[22] != ":" or text[20:22] > "14" or text[23] > "5"):
        raise ValueError(text)
    try:
        start = datetime.fromisoformat(text).astimezone(UTC)
        return Moment(text, start, start + _SECOND)
    except OverflowError as error:
        raise ValueError(text) from error


def _moment(parts: list[str | None], fraction: str | None, zone: str | None) -> Moment:
    try:
        return _range(parts, fraction, zone)
    except OverflowError as error:  # the first and last days of the calendar have no UTC range
        raise ValueError(parts) from error


def _range(parts: list[str | None], fraction: str | None, zone: str | None) -> Moment:
    known = [int(part) for part in parts if part is not None]
    year, month, day, hour, minute, second = (known + [1, 1, 0, 0, 0][len(known) - 1 :])[:6]
    tz: tzinfo = PARIS if zone is None or len(known) < 4 else UTC if zone == "Z" else _offset(zone)
    micro = int(fraction.ljust(6, "0")) if fraction else 0
    start = datetime(year, month, day, hour, minute, second, micro, tzinfo=tz)
    match len(known):
        case 1:
            end = datetime(year + 1, 1, 1, tzinfo=tz)
        case 2:
            end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=tz)
        case 3:
            end = datetime(year, month, day, tzinfo=tz) + timedelta(days=1)
        case 4:
            end = start + timedelta(hours=1)
        case 5:
            end = start + timedelta(minutes=1)
        case _:
            end = start + (timedelta(microseconds=10 ** (6 - len(fraction))) if fraction else timedelta(seconds=1))
    text = f"{year:04d}"
    if len(known) > 1:
        text += f"-{month:02d}"
    if len(known) > 2:
        text += f"-{day:02d}"
    if len(known) > 3:
        # FHIR wants seconds and an offset as soon as there is an hour.
        shown = "Z" if zone == "Z" else f"{start:%z}"[:3] + ":" + f"{start:%z}"[3:5]
        text += f"T{hour:02d}:{minute:02d}:{second:02d}" + (f".{fraction}" if fraction else "") + shown
    return Moment(text, start.astimezone(UTC), end.astimezone(UTC))


def _offset(zone: str) -> tzinfo:
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError(zone)
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if zone[0] == "-" else delta)
