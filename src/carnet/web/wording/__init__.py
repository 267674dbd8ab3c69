"""The one wording file: French sentences of every issue and every event, read once."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from carnet.domain.errors import Issue


@cache
def wording() -> Mapping[str, Mapping[str, Any]]:
    """`issues` and `events`, by code, each with its `text`; `rights`, `purposes`, `specialties`, `professions`: a phrase by code."""
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


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _filled(text: str, facts: Mapping[str, str]) -> str:
    return text.format_map(_Facts(facts)) if "{" in text else text
