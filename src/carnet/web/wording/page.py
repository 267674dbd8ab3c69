"""
The page that lists every code with its sentence: docs/transactions/errors.md. A test holds the two together.

Write it anew after a change of wording: `python -m carnet.web.wording.page`, from a checkout.
"""

from pathlib import Path

from carnet.web.wording import wording

ERRORS_PAGE = Path(__file__).parents[4] / "docs" / "transactions" / "errors.md"

_HEADING = """\
# Codes des réponses

Page écrite par `python -m carnet.web.wording.page` d’après `src/carnet/web/wording/fr.toml` : changez la phrase là-bas, puis relancez la commande.

Chaque défaut est dit par un code stable (`details.coding`, système `https://carnet.example/fhir/CodeSystem/issue`), un type FHIR
(`issue.code`), une phrase (`details.text`) et, quand il y a un endroit à corriger, son chemin (`expression`). Les mots entre accolades sont
remplacés par les faits du cas. Un type `informational` est un avertissement : la demande a abouti. Les codes ne changent pas ; les phrases
peuvent être améliorées.

Le point de jeton ne donne que la phrase, sans accents, dans `error_description` ([oauth2.md](oauth2.md)). Les codes que seuls l’exploitant et
la ligne de commande rencontrent sont dans la même liste.

| Code | Type | Phrase |
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
