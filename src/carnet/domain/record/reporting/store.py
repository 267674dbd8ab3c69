"""The SQL of reports of accesses, and the sealed form of what they say."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg import AsyncConnection

from carnet.domain.actor import Purpose
from carnet.domain.audit.model import EventType, Outcome
from carnet.domain.record.reporting.model import WAITING, AccessReport, Reported, ReportState, Step, WaitingReport
from carnet.storage.sealing import PatientKey
from carnet.vocabulary.uuid7 import uuid7

Connection = AsyncConnection[Any]

_INSERT = """
    INSERT INTO access_report (patient_id, report_id, event_id, state, is_secret, made_at, changed_at, body)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_STEP = """
    INSERT INTO access_report_step (patient_id, report_id, step_id, state, at, by_operator, words) VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_MOVE = "UPDATE access_report SET state = %s, changed_at = %s WHERE patient_id = %s AND report_id = %s"
_COLUMNS: LiteralString = "report_id, event_id, state, is_secret, made_at, changed_at, body"
_ALL = f"SELECT {_COLUMNS} FROM access_report WHERE patient_id = %s AND (%s OR NOT is_secret) ORDER BY made_at DESC, report_id DESC"  # noqa: S608  constants only
_ONE = f"SELECT {_COLUMNS} FROM access_report WHERE patient_id = %s AND report_id = %s AND (%s OR NOT is_secret)"  # noqa: S608  as above
_STEPS = """
    SELECT report_id, step_id, state, at, by_operator, words FROM access_report_step
    WHERE patient_id = %s AND report_id = ANY (%s) ORDER BY at, step_id
"""
_OPEN_OF_EVENT = "SELECT 1 FROM access_report WHERE patient_id = %s AND event_id = %s AND state <> 'closed'"
_WAITING = """
    SELECT patient_id, report_id, state, made_at FROM access_report WHERE state = ANY (%s) ORDER BY made_at, report_id LIMIT %s
"""


async def is_reported(connection: Connection, patient_id: UUID, event_id: UUID) -> bool:
    """Whether a report of this access is not closed yet."""
    return await (await connection.execute(_OPEN_OF_EVENT, (patient_id, event_id))).fetchone() is not None


async def insert(connection: Connection, patient_id: UUID, report: AccessReport, *, key: PatientKey) -> None:
    """A new report, with its first step."""
    said = {"words": report.words, "reported": asdict(report.reported)}
    values = (
        patient_id, report.report_id, report.event_id, report.state, report.is_secret, report.made_at, report.changed_at,
        key.seal(orjson.dumps(said), _aad(report.report_id)),
    )  # fmt: skip
    await connection.execute(_INSERT, values)
    await _add_step(connection, patient_id, report.report_id, report.steps[0], key)


async def move(connection: Connection, patient_id: UUID, report_id: UUID, step: Step, *, key: PatientKey) -> None:
    """Add a step, and bring the report to its state."""
    await connection.execute(_MOVE, (step.state, step.at, patient_id, report_id))
    await _add_step(connection, patient_id, report_id, step, key)


async def reports(connection: Connection, patient_id: UUID, *, key: PatientKey, secrets: bool) -> list[AccessReport]:
    """
    Every report of a record, the last first.

    Takes
        secrets: those of secret connections too.
    """
    rows = await (await connection.execute(_ALL, (patient_id, secrets))).fetchall()
    return await _with_steps(connection, patient_id, rows, key)


async def report(
    connection: Connection, patient_id: UUID, report_id: UUID, *, key: PatientKey, secrets: bool
) -> AccessReport | None:
    """One report."""
    rows = await (await connection.execute(_ONE, (patient_id, report_id, secrets))).fetchall()
    found = await _with_steps(connection, patient_id, rows, key)
    return found[0] if found else None


async def waiting(connection: Connection, *, limit: int) -> list[WaitingReport]:
    """Reports of every record that wait for an answer, the oldest first."""
    rows = await (await connection.execute(_WAITING, (sorted(WAITING), limit))).fetchall()
    return [WaitingReport(row[0], row[1], ReportState(row[2]), row[3]) for row in rows]


async def _add_step(connection: Connection, patient_id: UUID, report_id: UUID, step: Step, key: PatientKey) -> None:
    step_id = uuid7()
    words = None if step.words is None else key.seal(step.words.encode(), _aad(step_id))
    await connection.execute(_STEP, (patient_id, report_id, step_id, step.state, step.at, step.by_operator, words))


async def _with_steps(
    connection: Connection, patient_id: UUID, rows: Sequence[Sequence[Any]], key: PatientKey
) -> list[AccessReport]:
    if not rows:
        return []
    steps: dict[UUID, list[Step]] = {}
    for row in await (await connection.execute(_STEPS, (patient_id, [each[0] for each in rows]))).fetchall():
        words = None if row[5] is None else key.open(row[5], _aad(row[1])).decode()
        steps.setdefault(row[0], []).append(Step(ReportState(row[2]), row[3], row[4], words))
    return [_report(row, steps.get(row[0], []), key) for row in rows]


def _report(row: Sequence[Any], steps: Sequence[Step], key: PatientKey) -> AccessReport:
    said = orjson.loads(key.open(row[6], _aad(row[0])))
    known = said["reported"]
    reported = Reported(**{
        **known, "type": EventType(known["type"]), "outcome": Outcome(known["outcome"]), "purpose": Purpose(known["purpose"]),
        "occurred_at": datetime.fromisoformat(known["occurred_at"]),
    })  # fmt: skip
    report_id, event_id, state, is_secret, made_at, changed_at = row[:6]
    return AccessReport(
        report_id, event_id, ReportState(state), is_secret, made_at, changed_at, said["words"], reported, steps
    )


def _aad(of: UUID) -> bytes:
    return b"access report:" + of.bytes
