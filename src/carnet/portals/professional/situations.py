"""A situation d'exercice in words: « cardiologue, Hôpital du Port »."""

from carnet.domain.professionals.model import Practice
from carnet.web.wording import wording
from carnet.web.wording.candidates import structure_name, written_name


def trade_of(practice: Practice) -> str:
    """What they practise: the skill when it has a word, else the profession."""
    return "secrétariat" if practice.profession is None else trade(practice.profession, practice.specialty)


def trade(profession: str, specialty: str | None) -> str:
    words = wording()
    skill: str | None = words["specialties"].get(specialty or "")
    known: str = words["professions"].get(profession, "professionnel de santé")
    return skill or known


def named(name: str) -> str:
    """Someone of the directory, which writes in capitals."""
    return " ".join("Dr" if word == "DR" else written_name(word) for word in name.split())


def place_of(practice: Practice) -> str:
    """Where they practise."""
    if practice.organization_name:
        return structure_name(practice.organization_name)
    return "structure sans nom" if practice.organization else "sans structure"


def said_of(practice: Practice) -> str:
    return f"{trade_of(practice)}, {place_of(practice)}"
