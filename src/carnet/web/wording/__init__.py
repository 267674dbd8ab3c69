"""The one wording file: French sentences of every issue and every event, read once."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from carnet.domain.errors import Issue


@cache
def wording() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """`issues` and `events`, by code."""
    return tomllib.loads(files(__package__).joinpath("fr.toml").read_text("utf-8"))


def issue_text(issue: Issue) -> tuple[str, str]:
    """
    FHIR issue type and French sentence of an issue.

    Source: http://hl7.org/fhir/issue-type; docs/transactions/errors.md lists every code.
    """
    entry = wording()["issues"].get(issue.code, _UNWORDED)
    return entry["type"], _filled(entry["text"], issue.facts)


# A test keeps every code worded; should one slip through, the answer is still an answer.
_UNWORDED = {"type": "processing", "text": "La demande n’a pas pu être traitée."}


def event_text(event_type: str, facts: Mapping[str, str]) -> str:
    """The sentence of an event, for people."""
    return _filled(wording()["events"][event_type]["text"], facts)


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _filled(text: str, facts: Mapping[str, str]) -> str:
    return text.format_map(_Facts(facts)) if "{" in text else text
