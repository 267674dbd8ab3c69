"""Somebody of the directory, as people say it."""

import pytest

from carnet.domain.directory.choosing.model import Candidate, Place
from carnet.web.wording.candidates import (
    candidate_job,
    candidate_name,
    candidate_places,
    holder_name,
    named,
    named_to,
    structure_name,
)  # fmt: skip
from carnet.web.wording.typography import unbroken


def someone(**known: object) -> Candidate:
    return Candidate("899900000001", False, "99900000001", True, **known)  # type: ignore[arg-type]


DOCTOR = someone(
    family="L'HÉRITIER-NOËL", given="ÉLODIE", civility="MME", title="DR", profession="10", specialty="SM40"
)
NURSE = someone(family="ABEL", given="ÉLOI", civility="M", profession="60", places=(
    Place("1990000001", "MAISON DE SANTÉ DU PONT", "VALBRUNE", "SA05"), Place("1990000002", "Clinique", "", "SA02"),
))  # fmt: skip
CLINIC = Candidate(
    "1990000002",
    True,
    "990000002",
    True,
    name="CLINIQUE DES CHÊNES",
    places=(Place("1990000002", "x", "SAINT-MALO", "SA02"),),
)


@pytest.mark.parametrize(
    ("candidate", "name", "names", "job", "where"),
    [
        (DOCTOR, "Dre Élodie L’Héritier-Noël", ("la Dre Élodie L’Héritier-Noël", "de la Dre Élodie L’Héritier-Noël"), "pédiatre", ""),
        (NURSE, "Éloi Abel", ("Éloi Abel", "d’Éloi Abel"), "soins infirmiers", "Maison de Santé du Pont, Valbrune ; Clinique"),
        (CLINIC, "Clinique des Chênes", ("Clinique des Chênes", "de Clinique des Chênes"), "", "Saint-Malo"),
        (someone(), "Professionnel 99900000001", ("Professionnel 99900000001", "de Professionnel 99900000001"), "", ""),
        (someone(family="MARTIN", given="PAUL", civility="M", title="DR"), "Dr Paul Martin", ("le Dr Paul Martin", "du Dr Paul Martin"), "", ""),
    ],
)  # fmt: skip
def test_in_words(candidate: Candidate, name: str, names: tuple[str, str], job: str, where: str) -> None:
    assert candidate_name(candidate) == name
    assert named(candidate) == names
    assert (candidate_job(candidate), candidate_places(candidate)) == (job, where)


def test_a_holder_that_the_directory_does_not_know() -> None:
    assert holder_name("899900000001", False, {}) == "Professionnel, RPPS 99900000001"
    assert holder_name("0123456789", False, {}) == "Professionnel 0123456789"
    assert holder_name("1990000002", True, {}) == "Structure 1990000002"
    assert holder_name("1990000002", True, {"1990000002": CLINIC}) == "Clinique des Chênes"
    assert holder_name("", False, {}) == "Professionnel "


def test_signs_keep_to_their_words() -> None:
    assert unbroken("Lu : « Ordonnance » ! Et après ?") == "Lu\xa0: «\xa0Ordonnance\xa0»\xa0! Et après\xa0?"


def test_little_words_of_a_structure_are_small_also_between_hyphens() -> None:
    assert structure_name("CENTRE HOSPITALIER DU VAL-DE-BRUNE") == "Centre Hospitalier du Val-de-Brune"
    assert structure_name("MONTAIGUET-LE-VIEUX") == "Montaiguet-le-Vieux"
    assert structure_name("LE HAVRE") == "Le Havre"


def test_someone_after_the_word_to() -> None:
    martin = {"family": "MARTIN", "given": "ANNE", "title": "DR"}
    assert named_to(someone(**martin, civility="MME")) == "à la Dre Anne Martin"
    assert named_to(someone(**martin, civility="M")) == "au Dr Anne Martin"
    assert named_to(NURSE) == "à Éloi Abel"


def test_an_hour_stays_on_one_line() -> None:
    assert unbroken("le mardi 3 mars 2026 à 14 h 05, « lu » ?") == (
        "le mardi 3 mars 2026 à 14\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}05, «\N{NO-BREAK SPACE}lu\N{NO-BREAK SPACE}»\N{NO-BREAK SPACE}?"
    )
