"""
Take over an existing stock: each submission is deposited, by `deposit` and no other way, many at a time, and the place reached is kept.

Submissions of one person go one after the other, in the order of the stock, so that a correction finds what it corrects; those of
different people go together. Interrupted or killed, the next run goes on from the place kept: what was filed beyond it is a replay, which
changes nothing. See docs/takeover.md.
"""

import asyncio
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from carnet.domain.actor import Actor
from carnet.domain.errors import DomainError, Unavailable
from carnet.domain.record.deposit import deposit
from carnet.domain.record.judging import DepositTerms
from carnet.domain.record.model import Submission
from carnet.domain.record.store import RecordStore
from carnet.domain.record.takeover import store as journal
from carnet.domain.record.takeover.model import Progress, StockItem, Taken, Takeover
from carnet.vocabulary.clock import Clock

LANES = 12
WAITING = 4  # submissions that a lane may hold
BUDGET_BYTES = 256 * 1024 * 1024  # of contents in memory, unless one submission alone is larger
KEPT_EVERY = timedelta(seconds=1)
_PATIENCE_SECONDS = (0.5, 2, 10)  # before a record written by too many at once is given up

Tell = Callable[[Taken], None]


@dataclass(slots=True)
class _Place:
    """
    The place reached: every submission up to it is done. Those done beyond it wait for the slower ones before them.

    Bounded: no more can be waiting than the lanes hold.
    """

    progress: Progress
    _beyond: dict[int, Taken] = field(default_factory=dict)

    def reach(self, taken: Taken) -> None:
        self._beyond[taken.position] = taken
        while (following := self._beyond.pop(self.progress.position + 1, None)) is not None:
            self.progress.add(following)


@dataclass(slots=True)
class _Budget:
    """Contents in memory: reading waits for those under way, so that large ones do not come all at once."""

    limit_bytes: int
    taken_bytes: int = 0
    given_back: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, size_bytes: int) -> None:
        while self.taken_bytes and self.taken_bytes + size_bytes > self.limit_bytes:
            self.given_back.clear()
            await self.given_back.wait()
        self.taken_bytes += size_bytes

    def give_back(self, size_bytes: int) -> None:
        self.taken_bytes -= size_bytes
        self.given_back.set()


async def take_over(
    store: RecordStore, items: Iterable[StockItem], takeover: Takeover, *, actor: Actor, terms: DepositTerms, clock: Clock,
    tell: Tell, lanes: int = LANES,
) -> Progress:  # fmt: skip
    """
    Deposit what is left of a stock.

    Takes
        items: the whole stock, always in the same order, read as it goes; those up to the place kept are passed over.
        takeover: from `journal.begin`. tell: called for each submission once it is done, in no order.
    Gives
        the counts of the whole takeover, former runs included, and its first refusals.
    Raises
        DatabaseBusy, DatabaseUnreachable, and whatever reading the stock raises: the place is kept, run again.
    """
    place, budget = _Place(takeover.progress), _Budget(BUDGET_BYTES)
    queues: list[asyncio.Queue[StockItem | None]] = [asyncio.Queue(WAITING) for _ in range(lanes)]

    async def lane(queue: asyncio.Queue[StockItem | None]) -> None:
        while (item := await queue.get()) is not None:
            taken = await _take(store, item, actor=actor, terms=terms, clock=clock)
            budget.give_back(item.size_bytes)
            place.reach(taken)
            tell(taken)

    async def read() -> None:
        kept = clock()
        for item in items:
            if item.position <= takeover.resumed_from:
                continue
            await budget.take(item.size_bytes)
            await queues[_lane_of(item, lanes)].put(item)
            kept = await _keep(store, takeover, place, kept=kept, now=clock())
        for queue in queues:
            await queue.put(None)

    try:
        async with asyncio.TaskGroup() as group:
            for queue in queues:
                group.create_task(lane(queue))
            group.create_task(read())
    except BaseExceptionGroup as several:
        # What broke is one thing for whoever ran the command; the others were cancelled for it.
        raise several.exceptions[0] from None
    finally:
        await journal.keep(store.database, takeover.takeover_id, place.progress)
    return place.progress


async def _keep(store: RecordStore, takeover: Takeover, place: _Place, *, kept: datetime, now: datetime) -> datetime:
    if now - kept < KEPT_EVERY:
        await asyncio.sleep(0)  # reading is work too: let the lanes answer
        return kept
    await journal.keep(store.database, takeover.takeover_id, place.progress)
    return now


async def _take(
    store: RecordStore, item: StockItem, *, actor: Actor, terms: DepositTerms, clock: Clock
) -> Taken:  # fmt: skip
    if isinstance(item.submission, DomainError):
        return Taken.refused(item, item.submission)
    try:
        return await _deposit(store, item, item.submission, actor=actor, terms=terms, clock=clock)
    except DomainError as refusal:
        if item.correction is None or [issue.code for issue in refusal.issues] != ["replaces-differs"]:
            return Taken.refused(item, refusal)
    try:
        return await _deposit(store, item, item.correction, actor=actor, terms=terms, clock=clock)
    except DomainError as refusal:
        return Taken.refused(item, refusal)


async def _deposit(
    store: RecordStore, item: StockItem, submission: Submission, *, actor: Actor, terms: DepositTerms, clock: Clock
) -> Taken:
    for seconds in _PATIENCE_SECONDS:
        try:
            return Taken.filed(item, await deposit(store, submission, actor=actor, terms=terms, clock=clock))
        except Unavailable:
            await asyncio.sleep(seconds)
    return Taken.filed(item, await deposit(store, submission, actor=actor, terms=terms, clock=clock))


def _lane_of(item: StockItem, lanes: int) -> int:
    """The same for all that names the same person."""
    return zlib.crc32(item.person.encode()) % lanes
