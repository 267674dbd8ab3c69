"""From one status to another: each cell of the table, then whatever sequence of steps hypothesis finds."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from carnet.domain.people.identity_status import (
    EFFECTS,
    IdentityStep,
    after,
    check_attributes,
    may_call_insi,
    status_of,
)
from carnet.domain.people.model import IdentityAttribute as Attribute
from carnet.domain.people.model import IdentityStatus as Status

NONE: frozenset[Attribute] = frozenset()
DOUBT, FICTION, HOMONYM = (frozenset({each}) for each in (Attribute.DOUBTFUL, Attribute.FICTITIOUS, Attribute.HOMONYM))

# Written from the prose of identity-and-messaging.md §1.4, not from the table.
CELLS = [
    ("PROV", "insi-found", "RECUP"), ("RECUP", "insi-found", "RECUP"), ("VALI", "insi-found", "QUAL"), ("QUAL", "insi-found", "QUAL"),
    ("PROV", "document-checked", "VALI"), ("RECUP", "document-checked", "QUAL"), ("VALI", "document-checked", "VALI"),
    ("QUAL", "document-checked", "QUAL"),
    *((status, "vitale-application", "QUAL") for status in Status),
    *((status, step, "PROV") for status in Status for step in ("trait-changed", "doubted", "declared-fictitious")),
    *((status, step, status) for status in Status for step in ("homonym-noted", "homonym-lifted", "doubt-lifted")),
]  # fmt: skip


@pytest.mark.parametrize(("status", "step", "reached"), CELLS)
def test_each_cell(status: str, step: str, reached: str) -> None:
    assert after(Status(status), NONE, IdentityStep(step))[0] == reached


def test_every_cell_is_here() -> None:
    assert {(status, step) for status, step, _ in CELLS} == {(s, step) for s in Status for step in IdentityStep}
    assert set(EFFECTS) == set(IdentityStep)
    assert all(effect.clause for effect in EFFECTS.values())


@pytest.mark.parametrize("attributes", [DOUBT, FICTION, DOUBT | HOMONYM])
@pytest.mark.parametrize("step", [IdentityStep.INSI_FOUND, IdentityStep.DOCUMENT_CHECKED])
def test_in_doubt_neither_insi_nor_a_check(attributes: frozenset[Attribute], step: IdentityStep) -> None:
    with pytest.raises(ValueError, match=r"^identity-step-not-allowed$"):
        after(Status.PROVISIONAL, attributes, step)
    lifted = after(Status.PROVISIONAL, attributes, IdentityStep.DOUBT_LIFTED)
    assert after(*lifted, step)[0] in {Status.RETRIEVED, Status.VALIDATED}


def test_attributes_of_each_step() -> None:
    assert after(Status.QUALIFIED, HOMONYM, IdentityStep.DOUBTED) == (Status.PROVISIONAL, DOUBT | HOMONYM)
    assert after(Status.QUALIFIED, HOMONYM, IdentityStep.DECLARED_FICTITIOUS) == (Status.PROVISIONAL, FICTION)
    assert after(Status.PROVISIONAL, FICTION, IdentityStep.DOUBTED) == (Status.PROVISIONAL, DOUBT)
    assert after(Status.PROVISIONAL, DOUBT, IdentityStep.VITALE_APPLICATION) == (Status.QUALIFIED, NONE)
    with pytest.raises(ValueError, match=r"^identity-attributes-together$"):
        after(Status.PROVISIONAL, FICTION, IdentityStep.HOMONYM_NOTED)


class AnIdentity(RuleBasedStateMachine):
    """An identity lives; beside it, the two questions of the RNIV are kept by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.status, self.attributes = Status.PROVISIONAL, NONE
        self.from_insi = self.checked = self.has_matricule = False

    @rule(step=st.sampled_from(IdentityStep))
    def step(self, step: IdentityStep) -> None:
        asks = step in {IdentityStep.INSI_FOUND, IdentityStep.DOCUMENT_CHECKED}
        try:
            reached = after(self.status, self.attributes, step)
        except ValueError:
            assert (asks and not may_call_insi(self.attributes)) or step is IdentityStep.HOMONYM_NOTED
            return
        self.status, self.attributes = reached
        if EFFECTS[step].withdraws:
            self.from_insi = self.checked = False
        if step in {IdentityStep.INSI_FOUND, IdentityStep.VITALE_APPLICATION}:
            self.from_insi = True
        if step in {IdentityStep.DOCUMENT_CHECKED, IdentityStep.VITALE_APPLICATION}:
            self.checked = True
        self.has_matricule = self.from_insi

    @invariant()
    def the_status_is_the_product_of_two_questions(self) -> None:
        told = status_of(from_insi=self.from_insi, document_checked=self.checked, attributes=self.attributes)
        assert told is self.status

    @invariant()
    def no_forbidden_combination(self) -> None:
        check_attributes(self.status, self.attributes)

    @invariant()
    def doubt_and_fiction_hold_no_matricule(self) -> None:
        assert not (self.has_matricule and self.attributes & (DOUBT | FICTION))
        assert self.has_matricule or self.status is not Status.QUALIFIED


TestAnIdentity = AnIdentity.TestCase
TestAnIdentity.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
