"""A situation d'exercice in words: « cardiologue, Hôpital du Port »."""

from carnet.domain.professionals.model import Practice
from carnet.web.wording import wording
from carnet.web.wording.candidates import structure_name


def trade_of(practice: Practice) -> str:
    """What they practise: the skill when it has a word, else the profession."""
    words = wording()
    skill: str | None = words["specialties"].get(practice.specialty or "")
    profession: str = words["professions"].get(practice.profession, "professionnel de santé")
    return skill or profession


def place_of(practice: Practice) -> str:
    """Where they practise."""
    if practice.organization_name:
        return structure_name(practice.organization_name)
    return "structure sans nom" if practice.organization else "sans structure"


def said_of(practice: Practice) -> str:
    return f"{trade_of(practice)}, {place_of(practice)}"
