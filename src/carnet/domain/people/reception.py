"""
May an identity be received, whose is it, and what does it change? Pure: the store tells who holds what.

Source: identity-and-messaging.md §1.1, §1.3, §1.4 (RNIV v2.0: EXI SI 08, EXI ID 10, 24, 26); docs/decisions/0016-identities-received.md.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from carnet.domain.errors import Conflict, DomainError, Invalid, Issue, Refused, Severity
from carnet.domain.people.comparison import compare_traits, first_given_name_agrees
from carnet.domain.people.identity_status import check_attributes, may_carry_ins
from carnet.domain.people.model import HeldIdentity, IdentityStatus, InsTraits, ReceivedIdentity
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import INS_OIDS, Ins

MAX_NAME = 100
MAX_WORD = 200
_PLACE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_EARLIEST = date(1850, 1, 1)
_TELLING = frozenset({"birth_name", "first_given_name", "birth_date"})


@frozen
class Holders:
    """
    Who holds what an identity names.

    inses: of its matricule and of its former ones, those that are held: patient, and since when it is a former one (None: it is not).
    local: whom the source names so already, or None.
    """

    inses: Mapping[Ins, tuple[UUID, datetime | None]]
    local: UUID | None = None


def check_received(received: ReceivedIdentity, *, today: date, oids: frozenset[str] = INS_OIDS) -> None:
    """
    Refuse what no record may take.

    Takes
        oids: registers whose matricules may open a record here.
    Raises
        Invalid: `identity-attributes-together`, `identity-attribute-needs-provisional`, `identity-without-ins` (qualified),
            `identity-carries-ins` (not qualified), `ins-both-current-and-former`, `trait-invalid` (with the trait's name), and last of
            all `ins-register-not-here`.
    """
    try:
        check_attributes(received.status, received.attributes)
    except ValueError as error:
        raise Invalid(str(error)) from None
    if may_carry_ins(received.status):
        if received.ins is None:
            raise Invalid("identity-without-ins")
        if any(former.ins == received.ins for former in received.former):
            raise Invalid("ins-both-current-and-former")
    elif received.ins is not None:
        raise Invalid("identity-carries-ins", status=received.status)
    wrong = _wrong_trait(received.traits, today) or _wrong_word(received)
    if wrong is not None:
        raise Invalid("trait-invalid", trait=wrong)
    if received.ins is not None and received.ins.oid not in oids:
        raise Invalid("ins-register-not-here")


def _wrong_trait(traits: InsTraits, today: date) -> str | None:
    names = (
        ("birth_name", traits.birth_name),
        ("first_given_name", traits.first_given_name),
        ("given_names", traits.given_names),
    )
    for name, text in names:
        if text is not None and (not text.strip() or len(text) > MAX_NAME or not text.isprintable()):
            return name
    try:
        born = date.fromisoformat(traits.birth_date)
    except ValueError:
        return "birth_date"
    if len(traits.birth_date) != 10 or not _EARLIEST <= born <= today:
        return "birth_date"
    if traits.birth_place is not None and _PLACE.fullmatch(traits.birth_place) is None:
        return "birth_place"
    return None


def _wrong_word(received: ReceivedIdentity) -> str | None:
    local = received.local
    words = (
        ("used_name", received.used_name),
        ("used_given_name", received.used_given_name),
        ("validation_mode", received.validation_mode),
        ("method_collection", received.method_collection),
        ("local_identifier", None if local is None else local.value),
        ("local_identifier", None if local is None else local.system),
    )
    for name, text in words:
        if text is not None and (not text.strip() or len(text) > MAX_WORD or not text.isprintable()):
            return name
    return None


def warnings_of(received: ReceivedIdentity) -> tuple[Issue, ...]:
    """What the source should look at: a wrong key under a test register, a first given name that does not begin the list (EXI ID 10)."""
    found: list[Issue] = []
    if received.ins is not None and received.ins.key_is_wrong:
        found.append(Issue("ins-key-of-test", severity=Severity.WARNING))
    given = received.traits.given_names
    if given is not None and not first_given_name_agrees(received.traits.first_given_name, given):
        found.append(Issue("given-names-disagree", severity=Severity.WARNING))
    return tuple(found)


def whose(received: ReceivedIdentity, holders: Holders) -> UUID | None:
    """
    The one patient that the matricules and the source's own identifier name; None when they name nobody yet.

    Raises
        Conflict: `person-has-two-records`: its matricules are held by several patients. `local-identifier-held`: the source's
            identifier names another patient than its matricules do.
    """
    by_ins = {holders.inses[ins][0] for ins in _matricules(received) if ins in holders.inses}
    if len(by_ins) > 1:
        raise Conflict("person-has-two-records")
    patient_id = next(iter(by_ins), None)
    if patient_id is not None and holders.local not in {None, patient_id}:
        raise Conflict("local-identifier-held")
    return holders.local if patient_id is None else patient_id


def check_same_person(received: ReceivedIdentity, known: HeldIdentity, holders: Holders) -> None:
    """
    Whether a qualified identity may take the place of the known one; nothing to check when the known one lost its qualification.

    Raises
        Conflict: `matricule-former`: it brings back a former matricule without saying that the present one is dead.
            `person-has-other-matricule`: the person has a matricule, and the identity does not say that it is dead.
            `matricule-held`: the matricule is someone else's: fewer than two of birth name, first given name and birth date are the
            same, or the sex differs under the same matricule.
    """
    if received.ins is None or known.ins is None:
        return
    dead = {former.ins for former in received.former}
    if received.ins != known.ins and known.ins not in dead:
        held = holders.inses.get(received.ins)
        is_former = held is not None and held[1] is not None
        raise Conflict("matricule-former" if is_former else "person-has-other-matricule")
    differing = set(compare_traits(known.traits, received.traits))
    if len(_TELLING & differing) > 1 or ("sex" in differing and received.ins == known.ins):
        raise Conflict("matricule-held")


def completed(received: ReceivedIdentity, known: HeldIdentity) -> ReceivedIdentity:
    """The identity with what it leaves unsaid: complementary traits that are known stay."""
    traits = received.traits
    same_first = traits.first_given_name == known.traits.first_given_name
    return replace(
        received,
        traits=replace(
            traits,
            given_names=traits.given_names or (known.traits.given_names if same_first else None),
            birth_place=traits.birth_place or known.traits.birth_place,
        ),
        used_name=received.used_name or known.used_name,
        used_given_name=received.used_given_name or known.used_given_name,
        validation_mode=received.validation_mode or known.validation_mode,
        method_collection=received.method_collection or known.method_collection,
        insi_questioned_on=received.insi_questioned_on or known.insi_questioned_on,
        validated_on=received.validated_on or known.validated_on,
    )


def changes(received: ReceivedIdentity, known: HeldIdentity) -> bool:
    """
    Whether a (completed) identity says something new. How and when it was collected and checked says nothing new on its own: it is kept
    with the next change, so that a population file read again every month writes nothing.
    """
    return (received.ins, received.traits, received.status, received.attributes, received.used_name, received.used_given_name) != (
        known.ins, known.traits, known.status, known.attributes, known.used_name, known.used_given_name,
    )  # fmt: skip


def refusal_to_open(received: ReceivedIdentity) -> DomainError | None:
    """Why no record opens for someone unknown, or None: only for a qualified identity, active and living."""
    if received.status is not IdentityStatus.QUALIFIED:
        return Refused("identity-not-qualified")
    if not received.is_active:
        return Refused("identity-inactive")
    if received.is_deceased:
        return Refused("person-deceased")
    return None


def _matricules(received: ReceivedIdentity) -> list[Ins]:
    return [*([received.ins] if received.ins else []), *(former.ins for former in received.former)]
