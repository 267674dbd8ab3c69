"""Rates and shares: a greedy software is told when to come back, a polite one is not held back by it."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.web.shares import FairShare, Rates, Saturated, TooOften


class Time:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def refused(rates, client):
    with pytest.raises(TooOften) as found:
        rates.take(client)
    return found.value.retry_after_seconds


def test_a_burst_then_the_rate():
    time = Time()
    rates = Rates(10, now=time)
    for _ in range(20):
        rates.take("glouton")
    assert refused(rates, "glouton") == 1
    rates.take("poli")
    time.now += 0.11
    rates.take("glouton")
    assert refused(rates, "glouton") == 1
    time.now += 60
    for _ in range(20):
        rates.take("glouton")
    assert refused(rates, "glouton") == 1


def test_a_slow_rate_says_how_long_and_zero_is_no_rate():
    slow = Rates(1, now=Time())
    slow.take("a")
    slow.take("a")
    assert refused(slow, "a") == 1
    without = Rates(0, now=Time())
    for _ in range(10_000):
        without.take("a")


@given(st.lists(st.floats(min_value=0, max_value=5), max_size=60), st.integers(min_value=1, max_value=5))
def test_no_more_than_the_rate_and_its_burst_whatever_the_times(pauses, rate):
    time = Time()
    rates, accepted = Rates(rate, now=time), 0
    for pause in pauses:
        time.now += pause
        try:
            rates.take("a")
            accepted += 1
        except TooOften:
            pass
    assert accepted <= rate * 2 + rate * sum(pauses) + 1


async def waiting(share, client, count):
    """Tasks that wait for a place, once they do."""
    tasks = [asyncio.create_task(share.enter(client)) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def done(tasks):
    for _ in range(5):
        await asyncio.sleep(0)
    return [task for task in tasks if task.done()]


async def test_a_greedy_software_leaves_room_and_queues_alone():
    share = FairShare(at_once=4, per_client=3, waiting=5)
    for _ in range(3):
        await share.enter("glouton")
    queue = await waiting(share, "glouton", 5)
    assert await done(queue) == []
    with pytest.raises(Saturated) as full:
        await share.enter("glouton")
    assert full.value.retry_after_seconds == 1
    await asyncio.wait_for(share.enter("poli"), 0.1)  # the fourth place was never the greedy one's
    share.leave("poli")
    assert await done(queue) == []
    share.leave("glouton")
    assert len(await done(queue)) == 1
    for task in queue:
        task.cancel()


async def test_a_free_place_goes_to_each_in_turn():
    share = FairShare(at_once=2, per_client=2, waiting=10)
    await share.enter("glouton")
    await share.enter("glouton")
    greedy, polite = await waiting(share, "glouton", 6), await waiting(share, "poli", 1)
    share.leave("glouton")
    share.leave("glouton")
    assert len(await done(greedy)) == 1
    assert await done(polite) == polite
    for task in greedy:
        task.cancel()
    await done(greedy)


async def test_who_gives_up_leaves_no_place_taken():
    share = FairShare(at_once=1, per_client=1, waiting=10, patience=0.05)
    await share.enter("a")
    with pytest.raises(Saturated):
        await share.enter("a")
    gone, stays = await waiting(share, "b", 2)
    gone.cancel()
    share.leave("a")
    await asyncio.wait_for(stays, 1)
    share.leave("b")
    assert (share._busy, share._of, len(share._queues)) == (0, {}, 0)


async def test_a_place_given_while_giving_up_is_given_on():
    share = FairShare(at_once=1, per_client=1, waiting=10)
    await share.enter("a")
    (late,) = await waiting(share, "b", 1)
    (after,) = await waiting(share, "c", 1)
    share.leave("a")  # given to b, which has not run yet
    late.cancel()
    await asyncio.wait_for(after, 1)
    with pytest.raises(asyncio.CancelledError):
        await late
    share.leave("c")
    assert (share._busy, share._of, len(share._queues)) == (0, {}, 0)


async def test_a_thousand_acts_never_pass_the_bounds():
    share = FairShare(at_once=8, per_client=5, waiting=2000, patience=30)
    now, most = {}, {}

    async def act(client):
        await share.enter(client)
        now[client] = now.get(client, 0) + 1
        most[client] = max(most.get(client, 0), now[client])
        most["all"] = max(most.get("all", 0), sum(now.values()))
        await asyncio.sleep(0)
        now[client] -= 1
        share.leave(client)

    await asyncio.gather(*(act(f"c{n % 3}") for n in range(1000)))
    assert most["all"] == 8
    assert max(most[f"c{n}"] for n in range(3)) <= 5
    assert (share._busy, share._of, len(share._queues)) == (0, {}, 0)
