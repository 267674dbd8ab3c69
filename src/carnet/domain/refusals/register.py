"""
What was refused to a software, kept for it: codes and places, never a content, an identity or a value.

Issues have facts that may quote what was sent; they are not kept. Bounded: past a number of refusals in one hour only their count goes
on, so that a software in a loop does not fill the register. Source: issue 3, Machines; kept 30 days (storage/retention.csv).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from carnet.domain.errors import Issue, Severity
from carnet.domain.refusals import store
from carnet.storage.database import Connection
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.uuid7 import uuid7

KEPT_EACH_HOUR = 500
_MAX_ISSUES = 50
_MAX_EXPRESSION_CHARACTERS = 300


@frozen
class Refusal:
    """
    One refused act.

    transaction: method and address, without identifiers (`POST /fhir`). status: of the HTTP answer. issues: without facts.
    correlation_id: the `X-Request-Id` of the answer.
    """

    refusal_id: UUID
    client_id: str
    refused_at: datetime
    transaction: str
    status: int
    issues: tuple[Issue, ...]
    correlation_id: UUID | None


@frozen
class HourlyCount:
    """How many acts of a software were refused in one hour; kept: how many of them have a line."""

    client_id: str
    hour: datetime
    refused: int

    @property
    def kept(self) -> int:
        return min(self.refused, KEPT_EACH_HOUR)


async def keep(
    connection: Connection, client_id: str, *, transaction: str, status: int, issues: Sequence[Issue], correlation_id: UUID | None,
    at: datetime,
) -> None:  # fmt: skip
    """Count a refusal, and keep its line while the hour has room for one."""
    async with connection.transaction():
        refused = await store.count(connection, client_id, hour=at.replace(minute=0, second=0, microsecond=0))
        if refused > KEPT_EACH_HOUR:
            return
        lines = [
            {
                "code": issue.code,
                "expression": (issue.expression or "")[:_MAX_EXPRESSION_CHARACTERS],
                "severity": issue.severity.value,
            }
            for issue in issues[:_MAX_ISSUES]
        ]
        await store.add(
            connection, client_id, refusal_id=uuid7(), at=at, transaction=transaction, status=status, issues=lines,
            correlation_id=correlation_id,
        )  # fmt: skip


async def refusals(
    connection: Connection, *, client_id: str | None, since: datetime, before: UUID | None = None, limit: int
) -> list[Refusal]:
    """
    The latest first.

    Takes
        client_id: of one software; None, for the operator, of all. before: the refusal where the former page ended.
    """
    return [
        Refusal(
            refusal_id, client, refused_at, transaction, status,
            tuple(Issue(each["code"], each["expression"] or None, severity=Severity(each["severity"])) for each in issues), correlation,
        )
        for client, refusal_id, refused_at, transaction, status, issues, correlation in await store.lines(
            connection, client_id, since=since, before=before, limit=limit
        )
    ]  # fmt: skip


async def counts(connection: Connection, *, client_id: str | None, since: datetime) -> list[HourlyCount]:
    """By hour, the latest first."""
    return [HourlyCount(*row) for row in await store.counts(connection, client_id, since=since)]
