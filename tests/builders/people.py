"""People as an identity source tells them; all invented."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from carnet.domain.people.model import (
    IdentityAttribute,
    IdentityStatus,
    InsTraits,
    LocalIdentifier,
    ReceivedIdentity,
    Sex,
)
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of

HOSPITAL = "1.2.250.1.999.50"
_numbers: Iterator[int] = count(1)


def an_ins(oid: str = NIR_TEST, *, sex: int = 2) -> Ins:
    """A matricule that nobody has yet."""
    number = f"{sex}550688{next(_numbers):06d}"
    return Ins(number + f"{key_of(number):02d}", oid)


def a_person(ins: Ins | None = None, *, local: str | None = None, **changes: Any) -> ReceivedIdentity:
    """Someone qualified, with a matricule of their own. Keywords: traits by their name, else fields of ReceivedIdentity."""
    traits = InsTraits("PAT-ESSAI", "JEANNE", "1955-06-12", Sex.FEMALE, "JEANNE MARIE CÉCILE", "75056")
    named = {name: changes.pop(name) for name in list(changes) if name in InsTraits.__dataclass_fields__}
    person = ReceivedIdentity(
        replace(traits, **named), IdentityStatus.QUALIFIED, ins or an_ins(),
        local=None if local is None else LocalIdentifier(local, HOSPITAL),
    )  # fmt: skip
    return replace(person, **changes)


def in_doubt(person: ReceivedIdentity, attribute: IdentityAttribute = IdentityAttribute.DOUBTFUL) -> ReceivedIdentity:
    """The same person, as a source tells them once it doubts."""
    return replace(person, ins=None, status=IdentityStatus.PROVISIONAL, attributes=frozenset({attribute}))
