"""The status of an identity and its attributes."""

import json
from itertools import chain, combinations
from pathlib import Path

import pytest

from carnet.domain.people.identity_status import check_attributes, may_call_insi, may_carry_ins, status_of
from carnet.domain.people.model import IdentityAttribute as Attribute
from carnet.domain.people.model import IdentityStatus as Status

EVERY_SET = [
    frozenset(chosen)
    for chosen in chain.from_iterable(combinations(Attribute, size) for size in range(len(Attribute) + 1))
]
FORBIDDEN = [
    {Attribute.DOUBTFUL, Attribute.FICTITIOUS},
    {Attribute.FICTITIOUS, Attribute.HOMONYM},
    set(Attribute),
]


def test_published_cases(samples: Path) -> None:
    for case in json.loads((samples / "ins" / "identity-status-cases.json").read_text()):
        attributes = frozenset(map(Attribute, case["attributes"]))
        answers = {
            "from_insi": case.get("insiRetrieved", False),
            "document_checked": case.get("coherenceChecked", False),
        }
        if case.get("refused"):
            with pytest.raises(ValueError, match=r"^identity-attributes-together$"):
                status_of(**answers, attributes=attributes)
            continue
        assert status_of(**answers, attributes=attributes) == case["expectedStatus"]
        assert may_call_insi(attributes) is case.get("insiCallAllowed", True)


@pytest.mark.parametrize(
    ("from_insi", "document_checked", "status"),
    [(False, False, "PROV"), (True, False, "RECUP"), (False, True, "VALI"), (True, True, "QUAL")],
)
def test_two_questions_give_the_status(*, from_insi: bool, document_checked: bool, status: str) -> None:
    assert status_of(from_insi=from_insi, document_checked=document_checked) == status
    homonym = frozenset({Attribute.HOMONYM})
    assert status_of(from_insi=from_insi, document_checked=document_checked, attributes=homonym) == status
    check_attributes(Status(status), homonym)


@pytest.mark.parametrize("attributes", EVERY_SET)
def test_doubt_and_fiction_leave_an_identity_provisional(attributes: frozenset[Attribute]) -> None:
    if set(attributes) in FORBIDDEN:
        with pytest.raises(ValueError, match=r"^identity-attributes-together$"):
            status_of(from_insi=True, document_checked=True, attributes=attributes)
        with pytest.raises(ValueError, match=r"^identity-attributes-together$"):
            check_attributes(Status.PROVISIONAL, attributes)
        return
    check_attributes(Status.PROVISIONAL, attributes)
    reached = status_of(from_insi=True, document_checked=True, attributes=attributes)
    if attributes <= {Attribute.HOMONYM}:
        assert reached is Status.QUALIFIED
        assert may_call_insi(attributes)
    else:
        assert reached is Status.PROVISIONAL
        assert not may_call_insi(attributes)


@pytest.mark.parametrize("status", [Status.RETRIEVED, Status.VALIDATED, Status.QUALIFIED])
@pytest.mark.parametrize("attribute", [Attribute.DOUBTFUL, Attribute.FICTITIOUS])
def test_doubt_and_fiction_need_a_provisional_identity(status: Status, attribute: Attribute) -> None:
    with pytest.raises(ValueError, match=r"^identity-attribute-needs-provisional$"):
        check_attributes(status, {attribute})


def test_only_a_qualified_identity_carries_its_ins() -> None:
    assert [status for status in Status if may_carry_ins(status)] == [Status.QUALIFIED]
