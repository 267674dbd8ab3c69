"""Applies the rules of retention once a day: what is past its time is deleted."""

import logging

from carnet.storage import retention
from carnet.storage.database import Database
from carnet.vocabulary.clock import Clock, system_clock

_log = logging.getLogger("carnet.jobs")


async def apply_retention(database: Database, *, clock: Clock = system_clock) -> dict[str, int]:
    """Seed the rules, apply those that can be; gives how many rows each deleted."""
    deleted: dict[str, int] = {}
    async with database.connection() as connection:
        await retention.seed_rules(connection)
        for rule in await retention.applicable_rules(connection):
            deleted[rule.rule] = await retention.apply_rule(connection, rule, now=clock())
    for name, count in deleted.items():
        if count:
            _log.info("retention %s: %d rows", name, count)
    return deleted
