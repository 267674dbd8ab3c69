"""
The page that lists every code with its sentence: docs/transactions/errors.md. A test holds the two together.

Write it anew after a change of wording: `python -m carnet.web.wording.page`, from a checkout.
"""

from pathlib import Path

from carnet.web.wording import wording

ERRORS_PAGE = Path(__file__).parents[4] / "docs" / "transactions" / "errors.md"

_HEADING = """\
# Every code that an answer may carry

Written by `python -m carnet.web.wording.page` from `src/carnet/web/wording/fr.toml`; change the wording, not this page.

In an `OperationOutcome`, `issue.code` is the type, `issue.details.coding.code` the code, `issue.details.text` the sentence, and
`issue.expression` the place to mend. Codes are stable; sentences may be reworded. `{…}` is filled with a fact of the case. At the token
endpoint only the sentence is given, as `error_description`, without accents ([oauth2.md](oauth2.md)). Codes of the command line and of
client registration are in the same list.

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
