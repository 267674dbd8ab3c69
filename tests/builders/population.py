"""Population files; everyone in them is invented."""

from collections.abc import Sequence
from typing import Any

from carnet.vocabulary.ins import NIR_TEST, key_of

HEADING = "matricule;oid;nom_naissance;premier_prenom;prenoms;date_naissance;sexe;lieu_naissance"


def a_matricule(number: int) -> str:
    body = f"1800675{number:06d}"
    return f"{body}{key_of(body):02d}"


def a_line(number: int, **changes: Any) -> str:
    """One person, told by a number; keywords: columns."""
    values = {
        "matricule": a_matricule(number), "oid": NIR_TEST, "nom_naissance": f"PAT-{number:X}", "premier_prenom": "JULES",
        "prenoms": "JULES PAUL", "date_naissance": "1980-06-01", "sexe": "M", "lieu_naissance": "75056",
    }  # fmt: skip
    return ";".join(str(value) for value in (values | changes).values())


def a_file(lines: Sequence[str], *, heading: str = HEADING, encoding: str = "utf-8") -> bytes:
    return "".join(f"{line}\n" for line in (heading, *lines)).encode(encoding)
