"""Every decision has its sentence and the text it rests on."""

import pytest

from carnet.domain.access.model import Action, Decision
from carnet.domain.access.policy import TABLE
from carnet.domain.actor import ActorKind
from carnet.web.wording import wording
from carnet.web.wording.explanations import explain, told_to_the_person

SPOKEN = [
    line
    for line in TABLE
    if ActorKind.PROFESSIONAL in line.kinds
    and line.actions & {Action.OPEN, Action.READ}
    and line.rule not in {"deny.purpose", "deny.no-document"}  # of requests that no simulation makes
]


@pytest.mark.parametrize("line", SPOKEN, ids=lambda line: line.rule)
def test_the_person_is_told_in_the_second_person_why_a_professional_sees(line) -> None:
    assert line.rule in wording()["seen"]
    said = told_to_the_person(Decision(line.allows, line.rule))
    assert said.endswith(".")
    assert said[0].isupper()
    assert "La personne" not in said


def test_nothing_is_said_of_lines_that_do_not_speak_of_a_professional() -> None:
    assert set(wording()["seen"]) <= {line.rule for line in TABLE}
    assert told_to_the_person(Decision(False, "deny.unknown")) == "Aucun dossier de ce nom."


@pytest.mark.parametrize("rule", [line.rule for line in TABLE])
def test_each_line_explains_itself(rule: str) -> None:
    said = explain(Decision(not rule.startswith("deny."), rule, edition="1; 2"))
    assert said.rule == rule
    assert said.text.endswith(".")
    assert said.basis
    assert said.edition == "1; 2"


def test_what_no_line_said() -> None:
    assert explain(Decision(False, "deny.unknown")).text == "Aucun dossier de ce nom."
