"""The sentence that opens the page: exact about how many, silent about what it means."""

import pytest
from tests.builders.readings import LOINC, a_quantity, a_range, a_report, a_section, a_structured, an_observation

from carnet.formats.cda.reading.answers import counted, in_words
from carnet.formats.cda.reading.document import read_cda

NBSP = "\N{NO-BREAK SPACE}"
IMAGING = ("18748-4", LOINC, "CR d’imagerie")
LETTER = ("11490-0", LOINC, "Lettre de liaison")


def result(value: str, **facts: str) -> str:
    return an_observation(a_quantity(value), **({"ranges": a_range("15", "150")} | facts))


LOW, IN, NONE = result("9"), result("20"), result("9", ranges="")


@pytest.mark.parametrize(
    ("results", "answer", "marked"),
    [
        ([LOW, LOW, IN, IN, IN, IN], "Deux résultats sur six sont hors de la zone habituelle.", "Deux résultats sur six"),
        ([LOW, IN], "Un résultat sur deux est hors de la zone habituelle.", "Un résultat sur deux"),
        ([LOW, LOW], "Les deux résultats sont hors de la zone habituelle.", "Les deux résultats"),
        ([LOW], "Le résultat est hors de la zone habituelle.", "Le résultat"),
        ([IN], "Le résultat est dans la zone habituelle.", ""),
        ([IN, IN, IN], "Les trois résultats sont dans la zone habituelle.", ""),
        ([NONE], "Ce compte rendu donne un résultat, sans zone habituelle indiquée.", ""),
        ([NONE, NONE], "Ce compte rendu donne deux résultats, sans zone habituelle indiquée.", ""),
        ([LOW, IN, NONE], f"Un résultat sur deux est hors de la zone habituelle{NBSP}; un autre n’a pas de zone indiquée.", "Un résultat sur deux"),
        ([IN, NONE, NONE], f"Le résultat est dans la zone habituelle{NBSP}; deux autres n’ont pas de zone indiquée.", ""),
        ([LOW] * 2 + [IN] * 18, "Deux résultats sur 20 sont hors de la zone habituelle.", "Deux résultats sur 20"),
        (
            [result("9", ranges="", interpretation="A"), IN],
            "Un résultat sur deux est signalé par le laboratoire ou hors de la zone habituelle.",
            "Un résultat sur deux",
        ),
        # What was not measured is not counted.
        ([LOW, an_observation("")], "Le résultat est hors de la zone habituelle.", "Le résultat"),
    ],
)  # fmt: skip
def test_a_laboratory_report_says_how_many_are_outside(results: list[str], answer: str, marked: str) -> None:
    reading = read_cda(a_report(*results))
    assert (reading.answer, reading.summary.marked) == (answer, marked)
    assert reading.answer.startswith(marked)


def test_a_report_whose_results_are_all_missing_says_its_parts() -> None:
    assert read_cda(a_report(an_observation(""))).answer == f"Ce document a une partie{NBSP}: Biochimie."


def answer(*sections: str, kind: tuple[str, str, str]) -> str:
    return read_cda(a_structured("".join(sections), type_code=kind)).answer


def test_an_imaging_report_quotes_its_conclusion() -> None:
    conclusion = a_section("<paragraph>Pas d’anomalie visible.</paragraph>", title="Conclusion", code="19005-8")
    assert answer(conclusion, kind=IMAGING) == f"Conclusion{NBSP}: «{NBSP}Pas d’anomalie visible{NBSP}»."
    long = a_section("<paragraph>" + "Une phrase, " * 40 + "</paragraph>", code="19005-8")
    quoted = answer(long, kind=IMAGING)
    assert quoted.endswith(f"phrase…{NBSP}».")
    assert len(quoted) < 220
    empty = a_section("<paragraph>-</paragraph>", code="19005-8")
    assert answer(empty, kind=IMAGING) == f"Ce document a une partie{NBSP}: Partie."


def test_a_discharge_letter_quotes_its_motive() -> None:
    motive = a_section("<paragraph>Fracture du poignet</paragraph>", code="42349-1")
    assert answer(motive, kind=LETTER) == f"Motif du séjour{NBSP}: «{NBSP}Fracture du poignet{NBSP}»."


def test_other_documents_name_their_parts() -> None:
    kind = ("34112-3", LOINC, "Autre")
    sections = [a_section("a", title=title) for title in ("Motif", "Examen", "Suites")]
    assert answer(*sections, kind=kind) == f"Ce document a trois parties{NBSP}: Motif, Examen et Suites."
    assert answer(*sections, a_section("a", title="Poids, taille"), kind=kind) == "Ce document a quatre parties."
    assert (
        answer(*sections, *[a_section("a", title="Une partie au titre assez long")] * 5, kind=kind)
        == "Ce document a huit parties."
    )
    assert answer(a_section("a", title=""), kind=kind) == "Ce document a une seule partie."
    assert answer(a_section(""), kind=kind) == "Ce document n’a pas de texte à montrer ici."


def test_counts_in_words() -> None:
    assert [in_words(each) for each in (0, 1, 16, 17)] == ["zéro", "un", "seize", "17"]
    assert counted(1, "allergie", "allergies", feminine=True) == "une allergie"
    assert counted(2, "allergie", "allergies", feminine=True) == "deux allergies"
