"""OperationOutcome: each issue with its code of ours and its French sentence. Source: FHIR R4, OperationOutcome."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from carnet.domain.errors import Issue
from carnet.formats.fhir.systems import ISSUE_SYSTEM

# (FHIR issue type, French sentence) of an issue: the wording file's business.
TextOf = Callable[[Issue], tuple[str, str]]


def write_outcome(issues: Sequence[Issue], *, text_of: TextOf) -> bytes:
    """
    An OperationOutcome.

    Takes
        issues: at least one. text_of: gives the FHIR issue type (`value`, `business-rule`…) and the sentence.
    """
    return orjson.dumps(outcome(issues, text_of=text_of))


def outcome(issues: Sequence[Issue], *, text_of: TextOf) -> dict[str, Any]:
    """The same, to be put within another resource."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue, text_of) for issue in issues]}


def _issue(issue: Issue, text_of: TextOf) -> dict[str, Any]:
    kind, text = text_of(issue)
    written: dict[str, Any] = {
        "severity": issue.severity,
        "code": kind,
        "details": {"coding": [{"system": ISSUE_SYSTEM, "code": issue.code}], "text": text},
    }
    if issue.expression:
        written["expression"] = [issue.expression]
    return written
