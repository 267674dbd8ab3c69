"""
Steps under way, and tries counted by origin. Both are kept by the database, so that every process of a server knows them.

A step is found by a token that one browser holds; what it says is sealed. A try counts before it is judged, whatever it turns out to be.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from carnet.domain.accounts.means import steps_sql
from carnet.domain.accounts.means.codes import AccountKeys, a_token
from carnet.domain.accounts.means.model import AccountTerms, Origin, Step, StepKind
from carnet.domain.errors import Refused
from carnet.storage.database import Connection
from carnet.vocabulary.frozen import frozen

_STEP = "step"
TRIES_OF_A_STEP = 5
SECOND_PROOFS, SECOND_PROOFS_WITHIN = 20, timedelta(days=1)


async def begin_step(
    tx: Connection, kind: StepKind, *, patient_id: UUID | None, state: Mapping[str, Any], keys: AccountKeys, at: datetime,
    lasts: timedelta,
) -> tuple[str, bytes]:  # fmt: skip
    """Begin a step; gives the token for the browser, and the digest that names it here."""
    token = a_token()
    digest = keys.digest(_STEP, token)
    sealed = keys.steps.seal(orjson.dumps(dict(state)), digest)
    await steps_sql.add_step(tx, digest, kind, patient_id, sealed, at=at, expires_at=at + lasts)
    return token, digest


async def find_step(
    tx: Connection, kinds: frozenset[StepKind], token: str | None, *, keys: AccountKeys, at: datetime
) -> Step | None:
    """The step of a browser, locked for the transaction; None when there is none, or it is over."""
    digest = keys.digest(_STEP, token or "")
    row = await steps_sql.step(tx, digest, at=at, lock=True)
    return None if row is None or row[0] not in kinds else _step(digest, row, keys=keys)


async def step_of_digest(
    tx: Connection, digest: bytes, *, keys: AccountKeys, at: datetime, over: bool = False
) -> Step | None:
    """A step by its digest, for the jobs about it. over: even when it is over."""
    row = await (steps_sql.any_step(tx, digest) if over else steps_sql.step(tx, digest, at=at, lock=False))
    return None if row is None else _step(digest, row, keys=keys)


def _step(digest: bytes, row: tuple[Any, ...], *, keys: AccountKeys) -> Step:
    state = orjson.loads(keys.steps.open(row[2], digest))
    return Step(digest, StepKind(row[0]), row[1], state, row[3], row[4], row[5])


async def change_step(tx: Connection, step: Step, state: Mapping[str, Any], *, keys: AccountKeys) -> None:
    """What was proved has changed."""
    await steps_sql.change_step(tx, step.digest, keys.steps.seal(orjson.dumps(dict(state)), step.digest))


async def count_wrong(tx: Connection, step: Step, *, at: datetime) -> bool:
    """One wrong answer more; False when the step is over because of it."""
    if step.tries + 1 >= TRIES_OF_A_STEP:
        await steps_sql.end_step(tx, step.digest, at=at)
        return False
    await steps_sql.count_step(tx, step.digest)
    return True


async def end_step(tx: Connection, step: Step, *, at: datetime) -> None:
    """The step is done: its token opens nothing any more."""
    await steps_sql.end_step(tx, step.digest, at=at)


async def forget_step(tx: Connection, digest: bytes) -> None:
    """Nothing of the step is kept."""
    await steps_sql.forget_step(tx, digest)


@frozen
class Door:
    """
    Where tries are counted.

    name: of the door (`password`, `activation`…). about: whom the tries are about, a login or a matricule; empty when nobody is named.
    origin: its device only when it is known to have opened this very account: its tries are then its own, and a stranger, whose tries
    come from elsewhere, cannot spend them.
    """

    name: str
    about: str
    origin: Origin

    def buckets(self, terms: AccountTerms) -> dict[str, int]:
        """Where the try counts, with how many are allowed there."""
        found = {}
        if self.about:
            found[self.of_the_name] = terms.tries
        if self.origin.device is None:
            found[f"{self.name}\0\0{self.origin.network}"] = terms.origin_tries
        return found

    @property
    def of_the_name(self) -> str:
        return f"{self.name}\0{self.about}\0{self.origin.device or self.origin.network}"


async def count_try(tx: Connection, door: Door, *, keys: AccountKeys, terms: AccountTerms, at: datetime) -> None:
    """
    Count a try, before it is judged.

    Raises
        Refused: `tries-spent` with the minutes to wait. It depends on where the try comes from, never on what the name opens.
    """
    limits = {keys.digest("tries", name): limit for name, limit in door.buckets(terms).items()}
    counted = await steps_sql.count_tries(tx, list(limits), at=at, since=at - terms.window)
    for bucket, limit in limits.items():
        tries, since = counted[bucket]
        if tries > limit:
            seconds = max(0.0, (since + terms.window - at).total_seconds())
            raise Refused("tries-spent", minutes=str(int(seconds // 60) + 1))


async def count_second_proof(tx: Connection, step: Step, *, keys: AccountKeys, at: datetime) -> bool:
    """
    Count a second proof; whether too many were wrong in a day for this account, wherever they came from.

    Only those that follow a right password count, so that a stranger cannot spend them, and not those of a device that opened the account
    before. The same statement in every case.
    """
    counted = await steps_sql.count_tries(tx, [_second(step, keys)], at=at, since=at - SECOND_PROOFS_WITHIN)
    ((tries, _),) = counted.values()
    return tries > SECOND_PROOFS


async def forget_second_proofs(tx: Connection, step: Step, *, keys: AccountKeys) -> None:
    await steps_sql.forget_tries(tx, _second(step, keys))


def _second(step: Step, keys: AccountKeys) -> bytes:
    counts = step.patient_id is not None and step.state["right"] and not step.state["known"]
    return keys.digest("second proof", str(step.patient_id) if counts else step.digest.hex())


async def forget_tries(tx: Connection, door: Door, *, keys: AccountKeys) -> None:
    """The person was right: their former tries count no more."""
    await steps_sql.forget_tries(tx, keys.digest("tries", door.of_the_name))
