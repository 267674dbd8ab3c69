"""
Retrieve the INS of one person, asking again as the teleservice advises when none or several are found. Never in bulk.

Source: identity-and-messaging.md §1.5 (what to do on 01 and 02), §1.3 (first given name), §1.4 (EXI ID 24, 26).
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Literal

from carnet.domain.errors import Invalid, Issue, Refused
from carnet.domain.people.comparison import compare_traits, first_given_name_agrees
from carnet.domain.people.identity_status import IdentityStep, after, may_call_insi, may_carry_ins
from carnet.domain.people.model import FormerIns, IdentityAttribute, InsTraits, ReceivedIdentity, Sex
from carnet.domain.people.normalisation import normalise_name
from carnet.formats.insi.model import Answer, Individual, Question, SeveralFound
from carnet.partners.insi.client import Insi
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

MAX_QUESTIONS = 6  # about one person, the first included: past it, someone has to look


@frozen
class Retrieved:
    """
    Someone found.

    traits: as INSi told them; the first given name is the stated one when it begins the list, else the first of the list. former: former
    matricules, as told. differing: traits that are not those stated (`compare_traits`); unless it is empty, the status stays what it was.
    questions: how many were asked.
    """

    ins: Ins
    traits: InsTraits
    former: tuple[FormerIns, ...]
    differing: tuple[str, ...]
    questions: int


@frozen
class NotRetrieved:
    """why: nobody has these traits, or several people do and what is known does not tell them apart. questions: how many were asked."""

    why: Literal["none", "several"]
    questions: int


async def retrieve_ins(
    insi: Insi, stated: InsTraits, *, attributes: AbstractSet[IdentityAttribute] = frozenset()
) -> Retrieved | NotRetrieved:
    """
    Ask INSi for one person, by their traits.

    First by the first given name, without the place. None found: the given names in other orders. Several: with the whole list of given
    names, then with the place too.

    Raises
        Refused: `insi-forbidden`: INSi is never called for a doubtful or fictitious identity.
        Invalid: `insi-sex`: INSi knows M and F only; or a `name-…` of `normalise_name`. Nothing was asked.
        Unavailable: as `Insi.ask`.
    """
    if not may_call_insi(attributes):
        raise Refused("insi-forbidden")
    first = _first_question(stated)
    answer = await insi.ask(first)
    asked = 1
    following = _narrower(first, stated) if isinstance(answer, SeveralFound) else _other_orders(first, stated)
    saw_several = isinstance(answer, SeveralFound)
    for question in islice(following, MAX_QUESTIONS - 1):
        if isinstance(answer, Individual):
            break
        answer = await insi.ask(question)
        asked += 1
        saw_several |= isinstance(answer, SeveralFound)
    return _told(answer, stated, asked, saw_several=saw_several)


def applied(stated: ReceivedIdentity, found: Retrieved, *, on: date) -> ReceivedIdentity:
    """
    The identity once INSi has answered 00: provisional becomes retrieved, validated becomes qualified, when the traits agree; else it stays
    as it was, but for the day INSi was asked.

    Takes
        on: that day. What INSi told replaces the traits as it is (EXI REC 07); the used names stay. The matricule is kept by a qualified
            identity alone (EXI SI 08).
    """
    if found.differing:
        return replace(stated, insi_questioned_on=on)
    status, attributes = after(stated.status, stated.attributes, IdentityStep.INSI_FOUND)
    qualified = may_carry_ins(status)
    return replace(
        stated,
        traits=found.traits,
        status=status,
        attributes=attributes,
        ins=found.ins if qualified else None,
        former=found.former if qualified else (),
        method_collection="INSI",
        insi_questioned_on=on,
    )


def _told(answer: Answer, stated: InsTraits, asked: int, *, saw_several: bool) -> Retrieved | NotRetrieved:
    if not isinstance(answer, Individual):
        return NotRetrieved("several" if saw_several else "none", asked)
    agrees = first_given_name_agrees(stated.first_given_name, answer.given_names)
    traits = InsTraits(
        birth_name=answer.birth_name,
        first_given_name=stated.first_given_name if agrees else answer.given_names.split()[0],
        birth_date=answer.birth_date,
        sex=answer.sex,
        given_names=answer.given_names,
        birth_place=answer.birth_place,
    )
    return Retrieved(answer.ins, traits, answer.former, compare_traits(traits, stated), asked)


def _first_question(stated: InsTraits) -> Question:
    if stated.sex is Sex.UNDETERMINED:
        raise Invalid("insi-sex", expression="sex")
    return Question(
        birth_name=_plain(stated.birth_name, "birth_name"),
        given_names=_plain(stated.first_given_name, "first_given_name"),
        sex=stated.sex,
        birth_date=stated.birth_date,
    )


def _narrower(first: Question, stated: InsTraits) -> Iterator[Question]:
    """Less and less people: the other given names, then the place."""
    whole = first
    if stated.given_names is not None:
        whole = replace(first, given_names=_plain(stated.given_names, "given_names"))
        if whole != first:
            yield whole
    if stated.birth_place is not None:
        yield replace(whole, birth_place=stated.birth_place)
        if whole != first:
            yield replace(first, birth_place=stated.birth_place)


def _other_orders(first: Question, stated: InsTraits) -> Iterator[Question]:
    """The given names in other orders: the list as it is, reversed, then each of the others alone."""
    if stated.given_names is None:
        return
    names = _plain(stated.given_names, "given_names").split()
    seen = {first.given_names}
    for given_names in (" ".join(names), " ".join(reversed(names)), *names):
        if given_names not in seen:
            seen.add(given_names)
            yield replace(first, given_names=given_names)


def _plain(text: str, trait: str) -> str:
    profile: Literal["nom", "prenom"] = "nom" if trait == "birth_name" else "prenom"
    try:
        return normalise_name(text, profile=profile)
    except ValueError as wrong:
        code = str(wrong)
        raise Invalid(code, issues=[Issue(code, trait)]) from wrong
