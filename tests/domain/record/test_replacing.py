"""Who may replace a document: deletion follows the line of versions, so that replacing another's would be a way to withdraw it."""

from uuid import uuid4

import pytest

from carnet.domain.access.model import AccessClass, AvailabilityStatus, OwnerKind
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.record.facts import Target
from carnet.domain.record.model import Author, AuthorKind, OrganizationName
from carnet.domain.record.replacing import may_replace

AUTHOR, STRUCTURE = "899700000001", "1990000001"
OTHER, ELSEWHERE = "899700000002", "1990000002"


def a_target(
    *, owner: OwnerKind = OwnerKind.ORGANIZATION, persons: tuple[str, ...] = (AUTHOR,), structures: tuple[str, ...] = (STRUCTURE,)
) -> Target:  # fmt: skip
    facts = AccessClass(
        AvailabilityStatus.APPROVED, frozenset(), "11488-4", "10", owner, frozenset(persons), frozenset(structures)
    )
    return Target(uuid4(), "1.2.3", facts, frozenset())


def an_author(number: str, structure: str, *, system: str | None = None) -> Author:
    return Author(AuthorKind.PERSON, number, system, organization=OrganizationName("Structure", structure))


PLATFORM = Actor(ActorKind.ORGANIZATION, "Plateforme", organization=ELSEWHERE)
HOSPITAL = Actor(ActorKind.ORGANIZATION, "Hôpital", organization=STRUCTURE)
DOCTOR = Actor(ActorKind.PROFESSIONAL, "Dr Lambert", person=AUTHOR, organization=ELSEWHERE)
CITIZEN = Actor(ActorKind.CITIZEN, "Marie")
PARENT = Actor(ActorKind.GUARDIAN, "Claire")


@pytest.mark.parametrize(
    ("actor", "authors", "allowed"),
    [
        (HOSPITAL, (an_author(OTHER, STRUCTURE),), True),  # a colleague corrects
        (HOSPITAL, (an_author(OTHER, ELSEWHERE),), True),  # their own software says so
        (DOCTOR, (an_author(AUTHOR, ELSEWHERE),), True),  # the author, who works elsewhere now
        (PLATFORM, (an_author(AUTHOR, ELSEWHERE),), True),  # a PFI sends what the author corrected
        (PLATFORM, (an_author(OTHER, STRUCTURE),), True),  # … or their structure
        (PLATFORM, (an_author(OTHER, ELSEWHERE),), False),  # a stranger
        (PLATFORM, (an_author(AUTHOR, ELSEWHERE, system="1.2.250.1.999.1"),), False),  # the same digits in another register
        (PLATFORM, (), False),
        (CITIZEN, (an_author(AUTHOR, STRUCTURE),), False),
        (PARENT, (an_author(AUTHOR, STRUCTURE),), False),
    ],
)  # fmt: skip
def test_a_professionals_document_is_replaced_by_who_wrote_it(
    actor: Actor, authors: tuple[Author, ...], allowed: bool
) -> None:
    assert may_replace(actor, a_target(), authors=authors) is allowed


def test_an_operator_may_let_any_software_replace() -> None:
    assert may_replace(PLATFORM, a_target(), authors=None) is True
    assert may_replace(CITIZEN, a_target(), authors=None) is False


def test_where_the_old_version_names_nobody_nobody_is_compared() -> None:
    assert may_replace(PLATFORM, a_target(persons=(), structures=()), authors=()) is True


@pytest.mark.parametrize(("actor", "allowed"), [(CITIZEN, True), (PARENT, True), (HOSPITAL, False), (DOCTOR, False)])
def test_what_the_patient_deposited_is_theirs_to_replace(actor: Actor, allowed: bool) -> None:
    target = a_target(owner=OwnerKind.CITIZEN, persons=(), structures=())
    assert may_replace(actor, target, authors=(an_author(AUTHOR, STRUCTURE),)) is allowed
