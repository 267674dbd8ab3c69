"""What a CDA states: by its codes when it has some, by its words else; a denial is one, a silence is none."""

import random

import pytest
from tests.builders.cda import a_cda
from tests.builders.health import (
    ACTS,
    ALLERGIES,
    CIM10,
    HISTORY,
    PENICILLIN,
    PROBLEMS,
    RISKS,
    SNOMED,
    TREATMENTS,
    a_problem,
    a_summary,
    a_table,
    a_treatment,
    allergies,
    an_allergy,
    no_allergy,
    paragraphs,
)
from tests.builders.readings import a_section

from carnet.domain.errors import Invalid
from carnet.domain.health.model import Fact, FactKind, Finding
from carnet.formats.cda.facts.document import MAX_FACTS, facts_of


def stated(*sections: str) -> list[Fact]:
    return list(facts_of(a_summary(*sections)))


def briefly(facts: list[Fact]) -> list[tuple[FactKind, Finding, str]]:
    return [(each.kind, each.finding, each.name) for each in facts]


def test_an_allergy_says_what_to_and_what_happened() -> None:
    (fact,) = stated(allergies(an_allergy(code=PENICILLIN, reaction="Urticaire", severity="modérée", status="Actif")))
    assert (fact.kind, fact.finding, fact.name, fact.detail, fact.status) == (
        FactKind.ALLERGY, Finding.PRESENT, "Pénicillines", "Allergie médicamenteuse", "Actif",
    )  # fmt: skip
    assert fact.code is not None
    assert (fact.code.code, fact.since.text if fact.since else "") == ("J01C", "2014")
    assert fact.notes == (("Réaction", "Urticaire"), ("Sévérité", "modérée"))
    assert not fact.is_doubtful


@pytest.mark.parametrize(
    "section",
    [
        no_allergy(),
        no_allergy("Pas d’allergie connue à ce jour."),
        a_section("Absence d'allergie ou d'intolérance", title="Allergies", code=ALLERGIES),
        allergies(an_allergy(None, negated=True), text=paragraphs("Aucune allergie connue")),
        # The model wants an entry: one that names nothing, beside words that deny.
        allergies(an_allergy(None), text=paragraphs("Aucune allergie identifiée pendant le séjour")),
        allergies(
            an_allergy(None, value=f'<value xsi:type="CD" code="716186003" codeSystem="{SNOMED}" displayName="x"/>'),
            text=a_table(("-", "Aucune allergie connue")),
        ),
        allergies(an_allergy("Aucune allergie connue"), text=" "),
    ],
)
def test_that_no_allergy_is_known_is_a_fact(section: str) -> None:
    (fact,) = stated(section)
    assert (fact.kind, fact.finding) == (FactKind.ALLERGY, Finding.NONE_KNOWN)
    assert fact.name.startswith(("Aucune allergie", "Pas d’allergie", "Absence d'allergie"))
    assert fact.code is None


@pytest.mark.parametrize(
    "section",
    [
        "",
        a_section("", title="Allergies", code=ALLERGIES),
        a_section(paragraphs("Non renseigné"), title="Allergies", code=ALLERGIES),
        a_section(a_table(("-", "-")), title="Allergies", code=ALLERGIES),
        a_section(paragraphs("Voir la suite"), code="8648-8"),
        no_allergy().replace("<section>", '<section nullFlavor="NI">'),
        allergies(an_allergy(None, value='<value xsi:type="CD" code="no-allergy-info" codeSystem="2.16.840.1.113883.5.1150.1"/>'), text="-"),
    ],
)  # fmt: skip
def test_what_is_not_filled_in_states_nothing(section: str) -> None:
    assert stated(section) == []


def test_a_denied_substance_is_not_an_allergy() -> None:
    (fact,) = stated(allergies(an_allergy("Latex", negated=True), text=paragraphs("Pas d’allergie au latex.")))
    assert (fact.finding, fact.name, fact.is_doubtful) == (Finding.DENIED, "Latex", False)


@pytest.mark.parametrize(
    "words",
    [
        "Aucune allergie connue. Intolérance à l’aspirine",
        "Pas d’allergie sauf les pénicillines",
        "Aucune allergie médicamenteuse mais pollens",
        "Pénicillines : urticaire en 2014",
    ],
)
def test_words_that_say_more_than_no_are_kept_as_they_are(words: str) -> None:
    (fact,) = stated(no_allergy(words))
    assert (fact.finding, fact.name) == (Finding.PRESENT, words)


def test_an_allergy_that_the_text_names_and_no_entry_does_is_told() -> None:
    found = stated(allergies(an_allergy(), text=a_table(("2014", "Pénicillines"), ("2020", "Latex"))))
    assert [each.name for each in found] == ["Pénicillines", "2020, Latex"]


def test_an_allergy_is_one_wherever_it_stands() -> None:
    found = stated(a_section(paragraphs("Pénicillines"), an_allergy(), title="Résumé", code="10154-3"))
    assert briefly(found) == [(FactKind.ALLERGY, Finding.PRESENT, "Pénicillines")]


@pytest.mark.parametrize(
    ("entry", "text", "is_doubtful"),
    [
        (a_problem("Diabète"), a_table(("2019", "Diabète", "Oui")), False),
        (a_problem("Diabète"), a_table(("inconnu", "Diabète")), False),
        (a_problem("Diabète"), a_table(("2019", "Diabète", "Non")), True),
        (a_problem("Diabète", negated=True), a_table(("2019", "Diabète", "Oui")), True),
        (a_problem("Diabète", negated=True), a_table(("2019", "Diabète", "Absent")), False),
        (a_problem("Diabète", negated=True), paragraphs("Pas de diabète"), False),
        (a_problem("Diabète"), paragraphs("Aucune pathologie"), True),
        (a_problem("Diabète"), "", False),
    ],
)
def test_codes_against_words_are_doubtful(entry: str, text: str, is_doubtful: bool) -> None:
    (fact,) = stated(a_section(text, entry, code=PROBLEMS))
    assert (fact.name, fact.is_doubtful) == ("Diabète", is_doubtful)


def test_an_answer_is_told_by_its_question() -> None:
    def value(words: str) -> str:
        return f'<value xsi:type="CD" code="MED-183" codeSystem="1" displayName="Prématurité"><originalText>{words}</originalText></value>'

    found = stated(
        a_section("", a_problem(value=value("Non")) + a_problem(value=value("Oui")), code=HISTORY),
        allergies(an_allergy(None, value='<value xsi:type="CD"><originalText>Oui</originalText></value>'), text="-"),
    )
    assert briefly(found) == [
        (FactKind.ALLERGY, Finding.PRESENT, "Allergie, sans précision"),
        (FactKind.HISTORY, Finding.DENIED, "Prématurité"),
        (FactKind.HISTORY, Finding.PRESENT, "Prématurité"),
    ]


def test_problems_antecedents_and_acts() -> None:
    found = stated(
        a_section(paragraphs("Asthme"), a_problem(), code=PROBLEMS),
        a_section(paragraphs("Angine"), a_problem("Angine", code="J03"), code=HISTORY),
        a_section(paragraphs("Appendicectomie en 1999."), code=ACTS),
    )
    assert briefly(found) == [
        (FactKind.PROBLEM, Finding.PRESENT, "Asthme"),
        (FactKind.HISTORY, Finding.PRESENT, "Angine"),
        (FactKind.HISTORY, Finding.PRESENT, "Appendicectomie en 1999"),
    ]
    assert found[0].code is not None
    assert (found[0].code.code, found[0].code.system) == ("J45.9", CIM10)


def test_treatments_say_how_they_are_taken() -> None:
    (taken, stopped) = stated(
        a_section("", a_treatment(), title="Traitements", code=TREATMENTS),
        a_section("", a_treatment("PLAVIX 75", code="1", negated=True), title="TRAITEMENTS À LA SORTIE", code="10183-2"),
    )  # fmt: skip
    assert (taken.name, taken.notes) == ("LEVOTHYROX 75", (("Posologie", "1\xa0comprimé, une fois par jour"),))
    assert (taken.since.text if taken.since else "", taken.finding) == ("2022-02-11", Finding.PRESENT)
    assert (stopped.detail, stopped.finding) == ("à la sortie", Finding.DENIED)


@pytest.mark.parametrize(
    "entries", ["", a_treatment("Aucun traitement"), a_treatment("x", code="no-known-medications")]
)
def test_that_nothing_is_taken_is_a_fact(entries: str) -> None:
    (fact,) = stated(a_section(a_table(("-", "Aucun traitement", "-")), entries, code=TREATMENTS))
    assert briefly([fact]) == [(FactKind.TREATMENT, Finding.NONE_KNOWN, "Aucun traitement")]


def test_a_treatment_that_is_not_told_states_nothing() -> None:
    assert stated(a_section("-", a_treatment("x", code="no-medication-info"), code=TREATMENTS)) == []


def test_risk_factors_with_their_parts_and_points_of_vigilance_by_their_title() -> None:
    habits = a_section(a_table(("Tabac", "25 paquets-année"), ("Alcool", "non")), title="Mode de vie", code="29762-2")
    found = stated(
        a_section("", title="Facteurs de risque", code=RISKS, inner=habits),
        a_section(paragraphs("Hémibloc antérieur gauche."), title="POINTS DE VIGILANCE"),
        a_section(paragraphs("Vit seule"), title="Mode de vie", code="29762-2"),
        a_section("", title="Pathologies et facteurs de risque", code="46612-8", inner=a_section(paragraphs("Autre"), title="Autre")),
    )  # fmt: skip
    assert briefly(found) == [
        (FactKind.VIGILANCE, Finding.PRESENT, "Tabac\xa0: 25 paquets-année"),
        (FactKind.VIGILANCE, Finding.DENIED, "Alcool"),
        (FactKind.VIGILANCE, Finding.PRESENT, "Hémibloc antérieur gauche"),
    ]
    assert [each.detail for each in found] == ["Mode de vie", "", "Points de vigilance"]


def test_a_short_no_is_told_in_words() -> None:
    found = stated(a_section("Néant", code=PROBLEMS), a_section(paragraphs("RAS"), code=HISTORY))
    assert [each.name for each in found] == ["Aucun problème connu", "Aucun antécédent connu"]


def test_a_body_that_is_a_file_states_nothing() -> None:
    assert facts_of(a_cda()) == ()


def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(Invalid):
        facts_of(b"<html/>")


def test_a_document_states_so_much_and_no_more() -> None:
    many = "".join(a_problem(f"Problème {n}", code=f"X{n}") for n in range(MAX_FACTS + 50))
    found = stated(a_section("", many, code=PROBLEMS), allergies(an_allergy()))
    assert (len(found), found[0].kind) == (MAX_FACTS + 1, FactKind.ALLERGY)
    assert (found[-1].kind, found[-1].name[:24]) == (FactKind.VIGILANCE, "Ce document en dit plus ")
    deep = a_section("fin", code=PROBLEMS)
    for _ in range(20):
        deep = a_section("", code="1", inner=deep)
    assert stated(deep) == []


def test_what_is_no_section_is_passed_over() -> None:
    sections = no_allergy().replace("<component>", "<component><!-- note --><templateId root='1'/>", 1)
    assert [each.finding for each in stated("<templateId root='1'/>", sections)] == [Finding.NONE_KNOWN]


def test_words_without_end_are_cut_and_say_so() -> None:
    coded, told = stated(allergies(an_allergy(reaction="x" * 900)), a_section(paragraphs("y" * 900), code=ACTS))
    assert [len(coded.notes[0][1]), len(told.name)] == [300, 300]
    assert coded.notes[0][1].endswith("x…")
    assert told.name.endswith("y…")


def test_noise_never_breaks_it() -> None:
    chance = random.Random(43)
    whole = a_summary(
        allergies(an_allergy(code=PENICILLIN, reaction="Urticaire")), a_section("x", a_treatment(), code=TREATMENTS)
    )
    for _ in range(300):
        at, size = chance.randrange(len(whole)), chance.randrange(1, 40)
        torn = whole[:at] + bytes(chance.randrange(256) for _ in range(chance.randrange(8))) + whole[at + size :]
        try:
            facts_of(torn)
        except Invalid:
            continue
