"""Where a fault stands, written as a FHIRPath only when there is one to tell, and how many are told."""

from typing import Any

from carnet.domain.errors import Invalid, Issue, Severity

# A FHIRPath, or a step within another place: `(("Bundle.entry[0]", ".resource"), ".author[1]")`. Steps are joined only when told.
Place = str | tuple[Any, str]

MAX_ISSUES = 200
MAX_FACT = 120  # characters of a sender's value that a sentence may quote


def expression(place: Place) -> str:
    """The FHIRPath of a place."""
    steps = []
    while isinstance(place, tuple):
        place, step = place
        steps.append(step)
    steps.append(place)
    return "".join(reversed(steps))


def fault(issues: list[Issue], code: str, place: Place, /, **facts: str) -> None:
    """
    Add an error.

    Raises
    ------
        Invalid: past MAX_ISSUES, with those found so far: a hostile message must not be answered by a larger one.
    """
    if len(issues) >= MAX_ISSUES and len(errors(issues)) >= MAX_ISSUES:
        last = Issue("too-many-issues", facts={"limit": str(MAX_ISSUES)})
        raise Invalid("too-many-issues", issues=[*errors(issues), last])
    issues.append(Issue(code, expression(place), {key: value[:MAX_FACT] for key, value in facts.items()}))


def note(issues: list[Issue], code: str, place: Place, /, **facts: str) -> None:
    """Add a warning. Past MAX_ISSUES one last warning says that there are more: warnings alone refuse nothing."""
    if len(issues) > MAX_ISSUES:
        return
    if len(issues) == MAX_ISSUES:
        code, facts = "warnings-truncated", {"limit": str(MAX_ISSUES)}
    kept = {key: value[:MAX_FACT] for key, value in facts.items()}
    issues.append(Issue(code, expression(place), kept, Severity.WARNING))


def errors(issues: list[Issue]) -> list[Issue]:
    """Those that refuse."""
    return [issue for issue in issues if issue.severity is Severity.ERROR]
