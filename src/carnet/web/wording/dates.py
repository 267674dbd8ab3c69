"""Dates and times in French, in the time zone of whoever reads: « mardi 3 mars 2026 », « 14 h 05 », « hier »."""

from datetime import date, datetime, time, timedelta, tzinfo

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def day_number(day: date) -> str:
    return "1er" if day.day == 1 else str(day.day)


def long_date(day: date) -> str:
    """`mardi 3 mars 2026`. A datetime must already be in the reader's zone."""
    return f"{DAYS[day.weekday()]} {day_number(day)} {MONTHS[day.month - 1]} {day.year}"


def plain_date(day: date) -> str:
    """`3 mars 2026`."""
    return f"{day_number(day)} {MONTHS[day.month - 1]} {day.year}"


def clock_time(at: datetime) -> str:
    """`14 h 05`, with spaces that do not break."""
    return f"{at.hour}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{at.minute:02d}"


def moment(at: datetime, zone: tzinfo) -> str:
    """`mardi 3 mars 2026 à 14 h 05`."""
    local = at.astimezone(zone)
    return f"{long_date(local)} à {clock_time(local)}"


def until(at: datetime, zone: tzinfo) -> str:
    """`mardi 3 mars 2026 compris` of an end at midnight, else `mardi 3 mars 2026 à 14 h 05`."""
    local = at.astimezone(zone)
    if local.time() == time.min:
        return f"{long_date((local - timedelta(days=1)).date())} compris"
    return moment(at, zone)


def near_date(at: datetime, *, now: datetime, zone: tzinfo) -> str:
    """`aujourd’hui`, `hier`, else the long date."""
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    passed = (today - day).days
    return {0: "aujourd’hui", 1: "hier"}.get(passed) or long_date(day)
