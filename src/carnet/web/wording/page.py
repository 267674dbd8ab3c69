"""
The page that lists every code with its sentence: docs/transactions/errors.md. A test holds the two together.

Write it anew after a change of wording: `python -m carnet.web.wording.page`, from a checkout.
"""

from pathlib import Path

from carnet.web.wording import wording

ERRORS_PAGE = Path(__file__).parents[4] / "docs" / "transactions" / "errors.md"

_HEADING = """\
# Codes of the answers

Page written by `python -m carnet.web.wording.page` from `src/carnet/web/wording/fr.toml`: change the sentence there, then run the command again.

Each fault is told by a stable code (`details.coding`, system `https://carnet.example/fhir/CodeSystem/issue`), a FHIR type (`issue.code`), a sentence
in French (`details.text`) and, when there is a place to mend, its path (`expression`). Words between braces are replaced by the facts of the case. A
type `informational` refuses nothing: the request succeeded. Codes do not change; sentences may be improved.

The token endpoint gives the sentence alone, without accents, in `error_description` ([oauth2.md](oauth2.md)). Codes that only the operator and the
command line meet are in the same list.

| Code | Type | Sentence |
|---|---|---|
"""


def errors_page() -> str:
    """The page, as Markdown."""
    rows = (
        f"| `{code}` | {entry['type']} | {entry['text'].replace('|', '&#124;')} |"
        for code, entry in sorted(wording()["issues"].items())
    )
    return _HEADING + "\n".join(rows) + "\n"


if __name__ == "__main__":
    ERRORS_PAGE.write_text(errors_page(), "utf-8")
