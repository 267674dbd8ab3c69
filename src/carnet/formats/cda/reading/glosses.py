"""What common analytes are, in plain words of ours, by LOINC code; see the head of data/glosses.csv."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def gloss_of(loinc: str | None) -> str:
    """« vos réserves de fer »; empty for what we have no words for."""
    return _glosses().get(loinc or "", "")


@cache
def _glosses() -> Mapping[str, str]:
    lines = files(__package__).joinpath("data", "glosses.csv").read_text("utf-8").splitlines()
    rows = csv.reader(line for line in lines if line and not line.startswith("#"))
    return {code: words for code, _, words in rows}
