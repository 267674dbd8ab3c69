"""Facts as they are kept: JSON under the patient's key, bound to their document."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from carnet.domain.health.model import Fact, FactKind, Finding
from carnet.vocabulary.codes import Code
from carnet.vocabulary.moments import Moment


def facts_aad(logical_id: UUID) -> bytes:
    """What sealed facts are bound to."""
    return b"health facts:" + logical_id.bytes


def written(facts: Sequence[Fact]) -> bytes:
    """The clear text of facts; what is empty is left out."""
    return orjson.dumps([{name: value for name, value in _members(fact).items() if value} for fact in facts])


def read(text: bytes) -> tuple[Fact, ...]:
    """The facts of a clear text that `written` made."""
    return tuple(_fact(members) for members in orjson.loads(text))


def _members(fact: Fact) -> dict[str, Any]:
    code = fact.code
    return {
        "kind": fact.kind, "name": fact.name, "finding": fact.finding, "code": None if code is None else [code.code, code.system, code.display],
        "detail": fact.detail, "status": fact.status, "notes": fact.notes, "since": None if fact.since is None else fact.since.text,
        "until": None if fact.until is None else fact.until.text, "doubtful": fact.is_doubtful,
    }  # fmt: skip


def _fact(members: dict[str, Any]) -> Fact:
    code, since, until = members.get("code"), members.get("since"), members.get("until")
    return Fact(
        FactKind(members["kind"]), members["name"], Finding(members["finding"]), None if code is None else Code(*code),
        members.get("detail", ""), members.get("status", ""), tuple((label, words) for label, words in members.get("notes", ())),
        None if since is None else Moment.from_fhir(since), None if until is None else Moment.from_fhir(until),
        members.get("doubtful", False),
    )  # fmt: skip
