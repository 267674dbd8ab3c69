"""State in links, and what was typed in forms."""

from datetime import UTC, date, datetime, timedelta

import pytest

from carnet.storage.sealing import SealingKey
from carnet.web.portal.forms import Form
from carnet.web.portal.state import LIFETIME, open_state, seal_state

KEY = SealingKey(b"k" * 32)
NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)


def test_state_opens_for_its_session_and_for_a_while() -> None:
    sealed = seal_state({"mots": "fer"}, key=KEY, whose=b"one", at=NOW)
    assert "fer" not in sealed
    assert open_state(sealed, key=KEY, whose=b"one", at=NOW) == {"mots": "fer"}
    assert open_state(sealed, key=KEY, whose=b"other", at=NOW) == {}
    assert open_state(sealed, key=KEY, whose=b"one", at=NOW + LIFETIME + timedelta(seconds=1)) == {}


@pytest.mark.parametrize("text", ["", "x", "é", "A" * 5_000, "%%%"])
def test_what_is_not_state_is_none(text: str) -> None:
    assert open_state(text, key=KEY, whose=b"one", at=NOW) == {}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2026-03-03", date(2026, 3, 3)),
        ("3/3/2026", date(2026, 3, 3)),
        ("03.03.2026", date(2026, 3, 3)),
        ("03 03 2026", date(2026, 3, 3)),
        ("31/02/2026", None),
        ("03/03/26", None),
        ("hier", None),
        ("2026-03", None),
        ("٣/٣/٢٠٢٦", None),
    ],
)
def test_days_are_read_as_people_write_them(typed: str, expected: date | None) -> None:
    form = Form({"jour": typed})
    assert form.day("jour") == expected
    assert form.is_sound is (expected is not None)


def test_faults_stand_beside_their_fields_and_what_was_typed_is_kept() -> None:
    form = Form({"nom": "  ", "texte": "x" * 11, "choix": "autre"})
    assert form.text("nom", required="Écrivez votre nom.") == ""
    form.text("texte", longest=10)
    assert form.choice("choix", {"oui", "non"}) is None
    assert list(form.errors) == ["nom", "texte", "choix"]
    assert form.typed("texte") == "x" * 11


def test_a_day_outside_its_bounds_says_them() -> None:
    form = Form({"jour": "01/01/2027"})
    assert form.day("jour", last=date(2026, 11, 26)) is None
    assert "26/11/2026" in form.errors["jour"]
