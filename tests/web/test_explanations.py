"""Every decision has its sentence and the text it rests on."""

import pytest

from carnet.domain.access.model import Decision
from carnet.domain.access.policy import TABLE
from carnet.web.wording.explanations import explain


@pytest.mark.parametrize("rule", [line.rule for line in TABLE])
def test_each_line_explains_itself(rule: str) -> None:
    said = explain(Decision(not rule.startswith("deny."), rule, edition="1; 2"))
    assert said.rule == rule
    assert said.text.endswith(".")
    assert said.basis
    assert said.edition == "1; 2"


def test_what_no_line_said() -> None:
    assert explain(Decision(False, "deny.unknown")).text == "Aucun dossier de ce nom."
