"""
Provisional codes: made for an announced record, asked again by the person, handed over at a desk; sent by mail, or in a letter.

Source: identity-and-messaging.md §3.3, 1, 2 and 4; CSP R1111-28. How long, how many tries: not found in the texts, hence settings.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from carnet.domain.accounts.activation import store
from carnet.domain.accounts.activation.model import CodeMade, CodeToPost, read_card
from carnet.domain.accounts.means import codes, steps
from carnet.domain.accounts.means.model import Channel, Origin, Step, StepKind
from carnet.domain.accounts.means.parts import Accounts, held_record, seal, trace, unseal
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType
from carnet.storage import outbox
from carnet.storage.database import Connection
from carnet.vocabulary.uuid7 import uuid7

SEND_JOB = "send-provisional-code"
ASKED_JOB = "answer-code-request"
_START = UUID(int=0)


async def keep_contact(
    tx: Connection, patient_id: UUID, *, cards: Sequence[str], mail: str | None, address: Sequence[str], accounts: Accounts,
    at: datetime,
) -> None:  # fmt: skip
    """
    Keep what the insurance register says of someone, whole, in place of what it said before.

    Raises
        Invalid: `card-typed`. NotFound: `record-unknown`.
    """
    held = await held_record(tx, patient_id, at)
    lines = "\n".join(line.strip() for line in address if line.strip())
    await store.save_contact(
        tx, patient_id, cards=[card_digest(read_card(card), accounts=accounts) for card in cards],
        mail=seal(held, mail, "insured mail", accounts=accounts) if mail else None,
        address=seal(held, lines, "insured address", accounts=accounts) if lines else None, at=held.at,
    )  # fmt: skip


def card_digest(card: str, *, accounts: Accounts) -> bytes:
    """A card's number as it is kept."""
    return accounts.keys.digest("card", card)


async def make_code(
    tx: Connection, patient_id: UUID, *, channel: Channel, actor: Actor, accounts: Accounts, at: datetime
) -> CodeMade:
    """
    A new code; the former one serves no more. Its time runs from its sending.

    Raises
        NotFound: `record-unknown`.
    """
    held = await held_record(tx, patient_id, at)
    code, code_id = codes.a_code(accounts.terms.code_length), uuid7()
    waits = channel is not Channel.HAND
    await store.add_code(
        tx, patient_id, code_id, digest=accounts.keys.digest("provisional", code),
        sealed=seal(held, code, "provisional code", accounts=accounts) if waits else None, channel=channel, at=held.at,
        expires_at=held.at + accounts.terms.code_validity,
    )  # fmt: skip
    await trace(
        tx, held, EventType.PROVISIONAL_CODE_MADE, actor=actor, accounts=accounts, tell=channel is Channel.HAND,
        channel=channel.value,
    )  # fmt: skip
    if channel is Channel.MAIL:
        await outbox.enqueue(tx, patient_id, kind=SEND_JOB, payload={"code": str(code_id)}, now=held.at)
    return CodeMade(code_id, channel, None if waits else codes.shown(code))


async def ask_again(matricule: str, card: str, *, origin: Origin, accounts: Accounts) -> None:
    """
    Ask for another code, by matricule and card. Whether they name someone is found out by a job: the answer says nothing of it.

    Raises
        Refused: `tries-spent`.
    """
    at = accounts.clock()
    async with accounts.database.transaction() as tx:
        door = steps.Door("code-request", matricule, origin)
        await steps.count_try(tx, door, keys=accounts.keys, terms=accounts.terms, at=at)
        state = {"matricule": matricule, "card": card}
        _, digest = await steps.begin_step(
            tx, StepKind.ACTIVATION, patient_id=None, state={"asked": state}, keys=accounts.keys, at=at,
            lasts=accounts.terms.step_validity,
        )  # fmt: skip
        await outbox.enqueue(tx, uuid7(), kind=ASKED_JOB, payload={"step": digest.hex()}, now=at)


async def answer_request(
    tx: Connection, step: Step, *, oids: frozenset[str], actor: Actor, accounts: Accounts, at: datetime
) -> bool:
    """Make the code that was asked for, if matricule and card name someone; False otherwise."""
    asked = step.state["asked"]
    found = await store.for_recognition(tx, asked["matricule"], oids=oids, at=at)
    if found.patient_id is None or card_digest(asked["card"], accounts=accounts) not in map(bytes, found.cards):
        return False
    channel = Channel.POST if found.mail is None else Channel.MAIL
    await make_code(tx, found.patient_id, channel=channel, actor=actor, accounts=accounts, at=at)
    await steps.end_step(tx, step, at=at)
    return True


async def code_to_send(
    tx: Connection, patient_id: UUID, code_id: UUID, *, accounts: Accounts
) -> tuple[str, str] | None:
    """The address and the code, for the job that sends it; None when it has left, or serves no more."""
    row = await store.code_to_send(tx, patient_id, code_id)
    if row is None or row[1] is None:
        return None
    key = accounts.keys.ring.patient_key(patient_id, row[2])
    code = unseal(row[0], "provisional code", patient_id=patient_id, key=key)
    return unseal(row[1], "insured mail", patient_id=patient_id, key=key), codes.shown(code)


async def mark_sent(tx: Connection, patient_id: UUID, code_id: UUID, *, accounts: Accounts, at: datetime) -> bool:
    """The code has left."""
    expires_at = at + accounts.terms.code_validity
    return await store.mark_sent(tx, patient_id, code_id, at=at, expires_at=expires_at)


async def codes_to_post(
    tx: Connection, *, after: tuple[UUID, UUID] = (_START, _START), limit: int, accounts: Accounts
) -> list[CodeToPost]:
    """Codes that wait for their letter."""
    found = []
    for patient_id, code_id, sealed, wrapped, address in await store.codes_to_post(tx, after=after, limit=limit):
        key = accounts.keys.ring.patient_key_once(patient_id, wrapped)
        lines = "" if address is None else unseal(address, "insured address", patient_id=patient_id, key=key)
        code = unseal(sealed, "provisional code", patient_id=patient_id, key=key)
        found.append(CodeToPost(patient_id, code_id, codes.shown(code), tuple(lines.splitlines())))
    return found
