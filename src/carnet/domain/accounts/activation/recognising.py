"""
Recognising someone at their first connection, then doing what they decide: open the record, or object to it.

The three things that were typed are judged together, by one statement whoever they name: nothing tells which was wrong. The code serves
with the decision, not before, so that someone interrupted may begin again; of two decisions with one code, the second is refused.
Source: identity-and-messaging.md §3.3; CSP R1111-28; decision 16.
"""

import hmac
from collections.abc import Callable
from uuid import UUID

from carnet.domain.accounts.activation import store
from carnet.domain.accounts.activation.model import Decision, Recognised, Recognition
from carnet.domain.accounts.activation.provisional_codes import card_digest
from carnet.domain.accounts.means import steps
from carnet.domain.accounts.means.choosing import begin_account, drop_means
from carnet.domain.accounts.means.model import Origin, Step, StepKind
from carnet.domain.accounts.means.parts import Accounts
from carnet.domain.actor import Actor
from carnet.domain.consent import record_life
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import Conflict, Refused
from carnet.domain.people import store as people_store
from carnet.domain.people.model import Identity, KnownPatient
from carnet.storage.database import Connection

_ACTIVATION = frozenset({StepKind.ACTIVATION})
ActorOf = Callable[[Identity, str], Actor]  # with the means by which they were recognised
BY_CODE = "provisional-code"


async def recognise(typed: Recognition, *, oids: frozenset[str], origin: Origin, accounts: Accounts) -> str:
    """
    Recognise someone; gives the token of the step.

    Raises
        Refused: `tries-spent`; `not-recognised`, whichever of the three was wrong.
    """
    at = accounts.clock()
    async with accounts.database.transaction() as tx:
        door = steps.Door("activation", typed.matricule, origin)
        await steps.count_try(tx, door, keys=accounts.keys, terms=accounts.terms, at=at)
        found = await store.for_recognition(tx, typed.matricule, oids=oids, at=at)
        digest = accounts.keys.digest("provisional", typed.code)
        card = card_digest(typed.card, accounts=accounts)
        right = hmac.compare_digest(digest, found.code_digest or bytes(32))
        right &= any([hmac.compare_digest(card, bytes(each)) for each in found.cards])  # noqa: C419  no card is left out, whichever matched: the time taken tells nothing
    if not right or found.patient_id is None:
        raise Refused("not-recognised")
    async with accounts.database.transaction() as tx:
        await steps.forget_tries(tx, door, keys=accounts.keys)
        return await _begin(tx, found.patient_id, found.code_id, means=BY_CODE, accounts=accounts)


async def recognised_otherwise(patient_id: UUID, *, means: str, accounts: Accounts) -> str:
    """The token of the step of someone whom an identity provider recognised, and whose record is not open yet."""
    async with accounts.database.transaction() as tx:
        return await _begin(tx, patient_id, None, means=means, accounts=accounts)


async def _begin(tx: Connection, patient_id: UUID, code_id: UUID | None, *, means: str, accounts: Accounts) -> str:
    token, _ = await steps.begin_step(
        tx, StepKind.ACTIVATION, patient_id=patient_id, state={"code": None if code_id is None else str(code_id), "means": means},
        keys=accounts.keys, at=accounts.clock(), lasts=accounts.terms.step_validity,
    )  # fmt: skip
    return token


async def who_is_recognised(token: str | None, *, accounts: Accounts) -> tuple[Recognised, Identity] | None:
    """Who holds this step, as they are now; None when it is over."""
    async with accounts.database.transaction() as tx:
        step = await steps.find_step(tx, _ACTIVATION, token, keys=accounts.keys, at=accounts.clock())
        if step is None or step.patient_id is None:
            return None
        identity = await people_store.current_identity(tx, step.patient_id)
        standing = await store.standing(tx, step.patient_id)
    if identity is None or standing is None:
        return None
    return Recognised(step.patient_id, RecordStatus(standing[0]), standing[1], standing[2]), identity


async def decide_of_record(
    token: str | None, decision: Decision, *, actor_of: ActorOf, accounts: Accounts
) -> tuple[KnownPatient, str]:
    """
    Do what the person decides, with the code that proves who they are: it serves now.

    Opening an open record changes nothing but the means: they are then chosen anew, the former ones being lost.

    Gives
        who they are, to be signed in when the record is open, and the means by which they were recognised.
    Raises
        Refused: `step-over`; `provisional-code-used`. Conflict: `record-status`.
    """
    at = accounts.clock()
    async with accounts.database.transaction() as tx:
        step = await steps.find_step(tx, _ACTIVATION, token, keys=accounts.keys, at=at)
        if step is None or step.patient_id is None:
            raise Refused("step-over")
        identity = await people_store.current_identity(tx, step.patient_id)
        if identity is None:
            raise Refused("step-over")
        if not await _code_serves(tx, step, accounts=accounts):
            raise Refused("provisional-code-used")
        await steps.end_step(tx, step, at=at)
        means = step.state["means"]
        actor = actor_of(identity, means)
        had_account = await _change_record(tx, step.patient_id, decision, actor=actor, accounts=accounts)
        if decision is Decision.OPEN:
            if had_account and step.state["code"] is not None:  # whoever types a code again has lost their means
                await drop_means(tx, step.patient_id, actor=actor, accounts=accounts, at=at)
            await begin_account(tx, step.patient_id, names=names_of(identity), actor=actor, accounts=accounts, at=at)
        return KnownPatient(step.patient_id, identity), means


def names_of(identity: Identity) -> tuple[str, str]:
    """Given name and family name that they use, else those of birth."""
    return (
        identity.used_given_name or identity.traits.first_given_name,
        identity.used_name or identity.traits.birth_name,
    )


async def _code_serves(tx: Connection, step: Step, *, accounts: Accounts) -> bool:
    if step.state["code"] is None:
        return True
    assert step.patient_id is not None
    return await store.use_code(tx, step.patient_id, UUID(step.state["code"]), at=accounts.clock())


async def _change_record(
    tx: Connection, patient_id: UUID, decision: Decision, *, actor: Actor, accounts: Accounts
) -> bool:
    """From the status now to what was decided; an open record that one objects to is closed. Gives whether there was an account."""
    standing = await store.standing(tx, patient_id)
    if standing is None:
        raise Conflict("record-status", status=RecordStatus.ERASED)
    status, ring, at = RecordStatus(standing[0]), accounts.keys.ring, accounts.clock()
    if decision is Decision.OPPOSE:
        verb = record_life.close if status is RecordStatus.OPEN else record_life.oppose
        await verb(tx, patient_id, actor=actor, keys=ring, at=at)
    elif status in {RecordStatus.ANNOUNCED, RecordStatus.OPPOSED}:
        await record_life.activate(tx, patient_id, actor=actor, keys=ring, at=at)
    elif status is RecordStatus.CLOSED:
        await record_life.reopen(tx, patient_id, actor=actor, keys=ring, at=at)
    return standing[1]
