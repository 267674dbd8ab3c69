import pytest

from carnet.formats.cda.reading.model import Maker, Period, Position
from carnet.vocabulary.moments import Moment
from carnet.web.reading_words import capitalized, day, job, listed, period, position, short_day


def at(value: str | None) -> Moment | None:
    return None if value is None else Moment.from_hl7(value)


@pytest.mark.parametrize(
    ("value", "plain", "placed"),
    [
        ("2026", "2026", "en 2026"),
        ("202603", "mars 2026", "en mars 2026"),
        ("20260301", "1er mars 2026", "le 1er mars 2026"),
        ("20260312235900+0100", "12 mars 2026", "le 12 mars 2026"),
        (None, "", ""),
    ],
)
def test_days_are_as_precise_as_the_document(value: str | None, plain: str, placed: str) -> None:
    assert (day(at(value)), day(at(value), preposition=True)) == (plain, placed)


@pytest.mark.parametrize(
    ("start", "end", "days", "said"),
    [
        ("20231201", "20231206", None, "du 1er au 6 décembre 2023"),
        ("20231130", "20231206", None, "du 30 novembre au 6 décembre 2023"),
        ("20231230", "20240106", None, "du 30 décembre 2023 au 6 janvier 2024"),
        ("20231201", "20231201", None, "le 1er décembre 2023"),
        ("2019", "202003", None, "de 2019 à mars 2020"),
        ("20231201", None, None, "depuis le 1er décembre 2023"),
        ("2019", None, None, "depuis 2019"),
        (None, "20231206", None, "jusqu’au 6 décembre 2023"),
        (None, "2023", None, "jusqu’à 2023"),
        (None, None, 1, "pendant 1 jour"),
        ("20231201", None, 8, "pendant 8 jours à partir du 1er décembre 2023"),
        ("202312", None, 8, "pendant 8 jours à partir de décembre 2023"),
        (None, None, None, ""),
    ],
)
def test_periods(start: str | None, end: str | None, days: int | None, said: str) -> None:
    assert period(Period(at(start), at(end), days)) == said


def test_short_words_for_tables() -> None:
    assert [short_day(at(each)) for each in ("20200912", "202009", "2020", None)] == [
        "12/09/2020",
        "09/2020",
        "2020",
        "",
    ]
    assert [position(each, is_short=True) for each in (Position.BELOW, Position.WITHIN, Position.FLAGGED)] == [
        "En dessous", "Dans la zone habituelle", "Signalé par le laboratoire",
    ]  # fmt: skip


def test_a_job_is_said_as_the_trail_says_it() -> None:
    label = "médecin, médecine générale"
    assert job(Maker("Alix", label, profession_code="G15_10/SM26")) == "médecin généraliste"
    assert job(Maker("Alix", label, profession_code="G15_21")) == "pharmacien"
    assert job(Maker("Alix", label, profession_code="AUTRE")) == job(Maker("Alix", label)) == label


def test_small_words() -> None:
    assert [listed(each) for each in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a et b", "a, b et c"]
    assert [capitalized(each) for each in ("", "été HTA")] == ["", "Été HTA"]
    assert all(position(each) for each in Position if each is not Position.UNSAID)
