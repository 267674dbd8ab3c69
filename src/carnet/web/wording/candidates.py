"""Somebody of the directory in French: « Dre Solène Kerbriac », « pédiatre », « Hôpital de Vauclaire, Vauclaire »."""

import unicodedata
from collections.abc import Mapping

from carnet.domain.directory.choosing.model import Candidate, Place
from carnet.vocabulary.identifiers import ProfessionalId
from carnet.web.wording import wording

_LOWER = ("De ", "Du ", "Des ", "D’", "La ", "Le ", "Les ", "Et ", "Au ", "Aux ", "À ", "En ", "Sur ", "Sous ")


def candidate_name(candidate: Candidate) -> str:
    """As people say it; of who no longer practises, the register tells only the number."""
    if candidate.is_organization:
        return structure_name(candidate.name) or f"Structure {candidate.number}"
    name = f"{written_name(candidate.given)} {written_name(candidate.family)}".strip()
    if not name:
        return f"Professionnel {candidate.number}"
    if candidate.title == "DR":
        return f"{'Dre' if candidate.civility == 'MME' else 'Dr'} {name}"
    return name


def named(candidate: Candidate) -> tuple[str, str]:
    """Within a sentence, then after « de »: `la Dre Kerbriac`, `de la Dre Kerbriac`."""
    name = candidate_name(candidate)
    if name.startswith("Dr "):
        return f"le {name}", f"du {name}"
    if name.startswith("Dre "):
        return f"la {name}", f"de la {name}"
    elided = unicodedata.normalize("NFD", name)[:1].upper() in "AEIOUYH"
    return name, f"d’{name}" if elided else f"de {name}"


def named_to(candidate: Candidate) -> str:
    """After « à »: `à la Dre Kerbriac`, `au Dr Martin`."""
    said, _ = named(candidate)
    return f"au {said.removeprefix('le ')}" if said.startswith("le ") else f"à {said}"


def candidate_job(candidate: Candidate) -> str:
    """`pédiatre`; empty when the register does not say."""
    words = wording()
    return (
        words["specialties"].get(candidate.specialty or "")
        or words["professions"].get(candidate.profession or "")
        or ""
    )


def candidate_places(candidate: Candidate) -> str:
    """`Hôpital de Vauclaire, Vauclaire ; Cabinet du port, Saint-Malo`; of a structure, its town."""
    if candidate.is_organization:
        return "".join(written_name(place.city) for place in candidate.places[:1])
    return " ; ".join(dict.fromkeys(place_name(place) for place in candidate.places))


def place_name(place: Place) -> str:
    """`Hôpital de Vauclaire, Vauclaire`."""
    return ", ".join(filter(None, (structure_name(place.name), structure_name(place.city))))


def holder_name(holder: str, is_organization: bool, known: Mapping[str, Candidate]) -> str:
    """The name of who holds a right; by their number when the directory does not know them."""
    found = known.get(holder)
    if found is not None:
        return candidate_name(found)
    if is_organization:
        return f"Structure {holder}"
    try:
        rpps = ProfessionalId(holder).rpps
    except ValueError:
        rpps = None
    return f"Professionnel, RPPS {rpps}" if rpps else f"Professionnel {holder}"


def written_name(text: str) -> str:
    """Registers write in capitals."""
    return text.title().replace("'", "’") if text.isupper() else text.replace("'", "’")


def structure_name(text: str) -> str:
    """A name of a structure: little words in small letters but the first."""
    if not text.isupper():
        return text.replace("'", "’")
    said = text.title().replace("'", "’")
    for word in _LOWER:
        said = said.replace(f" {word}", f" {word.lower()}").replace(f"-{word[:-1]}-", f"-{word[:-1].lower()}-")
    return said
