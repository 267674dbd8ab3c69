"""A result is said as its laboratory gave it: its place in words, its figure, its range; never what it means."""

import pytest
from tests.builders.readings import (
    BIOLOGY,
    LOINC,
    a_quantity,
    a_range,
    a_report,
    a_section,
    a_structured,
    an_observation,
)

from carnet.formats.cda.reading.document import read_cda
from carnet.formats.cda.reading.model import Comment, Narrative, Position, Reading, Remark, Result, Results
from carnet.formats.cda.reading.sections import MAX_FACTS


def results(reading: Reading) -> list[Result]:
    blocks = [block for section in reading.sections for block in section.blocks]
    return [each for block in blocks if isinstance(block, Results) for each in block.results]


def the_result(value: str, **facts: str) -> Result:
    (found,) = results(read_cda(a_report(an_observation(value, **facts))))
    return found


@pytest.mark.parametrize(
    ("value", "ranges", "position"),
    [
        ("9", a_range("15", "150"), Position.BELOW),
        ("15", a_range("15", "150"), Position.WITHIN),
        ("150", a_range("15", "150"), Position.WITHIN),
        ("151", a_range("15", "150"), Position.ABOVE),
        ("4", a_range(None, "5"), Position.WITHIN),
        ("5.1", a_range(None, "5"), Position.ABOVE),
        ("0.3", a_range("0.4", None), Position.BELOW),
        ("0.4", a_range("0.4", None), Position.WITHIN),
        ("9", "", Position.UNSAID),
        ("9", a_range("15", "150", unit="mg/L"), Position.UNSAID),  # another unit: nothing is compared
        ("9", a_range("15", "15"), Position.UNSAID),  # bounds equal or crossed: an error of the sender
        ("9", a_range("150", "15"), Position.UNSAID),
        ("9", a_range("15", "150") + a_range("8", "150"), Position.UNSAID),  # which one applies is not ours to say
        ("9", a_range("15", "150", more="<precondition/>"), Position.UNSAID),
    ],
)
def test_the_place_beside_the_range(value: str, ranges: str, position: Position) -> None:
    assert the_result(a_quantity(value), ranges=ranges).position is position


@pytest.mark.parametrize(
    ("value", "ranges", "position"),
    [
        ('<high value="10" unit="ug/L" inclusive="false"/>', a_range("15", "150"), Position.BELOW),
        ('<high value="20" unit="ug/L"/>', a_range("15", "150"), Position.UNSAID),  # it may be on either side
        ('<high value="4" unit="ug/L"/>', a_range(None, "5"), Position.WITHIN),
        ('<high value="4" unit="ug/L"/>', a_range("0", "5"), Position.WITHIN),
        ('<low value="200" unit="ug/L"/>', a_range("15", "150"), Position.ABOVE),
        ('<low value="100" unit="ug/L"/>', a_range("15", "150"), Position.UNSAID),
        ('<low value="100" unit="ug/L"/>', a_range("60", None), Position.WITHIN),
    ],
)
def test_comparisons_are_placed_only_when_they_can_be(value: str, ranges: str, position: Position) -> None:
    assert the_result(f'<value xsi:type="IVL_PQ">{value}</value>', ranges=ranges).position is position


@pytest.mark.parametrize(
    ("letter", "position"),
    [
        ("L", Position.BELOW),
        ("LL", Position.FAR_BELOW),
        ("N", Position.WITHIN),
        ("H", Position.ABOVE),
        ("HH", Position.FAR_ABOVE),
        ("A", Position.FLAGGED),
    ],
)
def test_without_a_range_the_laboratory_says_it(letter: str, position: Position) -> None:
    found = the_result(a_quantity("9"), interpretation=letter)
    assert (found.position, found.said, found.is_contradicted) == (position, "", False)


def test_far_is_only_said_by_the_laboratory() -> None:
    far = the_result(a_quantity("1"), interpretation="LL", ranges=a_range("15", "150"))
    near = the_result(a_quantity("1"), interpretation="L", ranges=a_range("15", "150"))
    assert (far.position, near.position) == (Position.FAR_BELOW, Position.BELOW)


@pytest.mark.parametrize(
    ("value", "letter", "position"),
    [
        ("9", "N", Position.BELOW),
        ("80", "H", Position.ABOVE),
        ("9", "H", Position.ABOVE),
        ("80", "A", Position.FLAGGED),
    ],
)
def test_a_disagreement_is_told_and_never_hides_what_is_outside(value: str, letter: str, position: Position) -> None:
    found = the_result(a_quantity(value), interpretation=letter, ranges=a_range("15", "150"))
    assert (found.position, found.is_contradicted, bool(found.said)) == (position, True, True)


def test_abnormal_outside_of_the_range_takes_the_side_of_the_figure() -> None:
    found = the_result(a_quantity("9"), interpretation="A", ranges=a_range("15", "150"))
    assert (found.position, found.is_contradicted) == (Position.BELOW, False)


@pytest.mark.parametrize(("letter", "said"), [("S", "Sensible"), ("R", "Résistant"), ("POS", "Positif"), ("ZZZ", "")])
def test_other_letters_are_words(letter: str, said: str) -> None:
    found = the_result(a_quantity("9"), interpretation=letter)
    assert (found.said, found.position) == (said, Position.UNSAID)


def test_a_null_interpretation_says_nothing() -> None:
    null = '<interpretationCode nullFlavor="UNK" code="H"/>'
    found = the_result(a_quantity("9"), more=null, ranges=a_range("15", "150"))
    assert (found.position, found.said) == (Position.BELOW, "")


@pytest.mark.parametrize(
    ("value", "status", "missing"),
    [
        ('<value xsi:type="PQ" nullFlavor="NAV"/>', "completed", "Pas encore disponible"),
        ('<value xsi:type="PQ" nullFlavor="XXX"/>', "completed", "Non renseigné"),
        ("", "completed", "Non renseigné"),
        ("", "aborted", "Analyse non réalisée"),
    ],
)
def test_a_missing_value_says_why(value: str, status: str, missing: str) -> None:
    found = the_result(value, interpretation="N", status=status)
    assert (found.measure, found.missing, found.position) == (None, missing, Position.UNSAID)


def test_a_qualitative_result_has_words_and_no_place() -> None:
    found = the_result('<value xsi:type="CD" code="1" displayName="Absence"/>', ranges=a_range("15", "150"))
    assert (str(found.measure), found.position) == ("Absence", Position.UNSAID)


def test_a_range_in_words_is_shown_as_words() -> None:
    ranges = "<referenceRange><observationRange><text>négatif</text></observationRange></referenceRange>"
    found = the_result('<value xsi:type="ST">négatif</value>', ranges=ranges)
    assert (str(found.zone), found.position) == ("négatif", Position.UNSAID)
    assert the_result(a_quantity("9"), ranges="<referenceRange/>").zone is None
    untold = '<referenceRange><observationRange><value xsi:type="IVL_PQ"/></observationRange></referenceRange>'
    assert the_result(a_quantity("9"), ranges=untold).zone is None


def test_a_range_of_something_else_than_normal_is_left_aside() -> None:
    critical = a_range("1", "400", more='<interpretationCode code="HH" codeSystem="2.16.840.1.113883.5.83"/>')
    found = the_result(a_quantity("9"), ranges=critical + a_range("15", "150"))
    assert found.zone is not None
    assert (found.zone.text, found.position) == ("15 à 150", Position.BELOW)


def test_bounds_in_two_units_are_not_compared() -> None:
    bounds = '<low value="1" unit="g/L"/><high value="2" unit="mg/L"/>'
    mixed = f'<referenceRange><observationRange><value xsi:type="IVL_PQ">{bounds}</value></observationRange></referenceRange>'
    assert the_result(a_quantity("9"), ranges=mixed).zone is None


def test_a_range_without_unit_has_the_unit_of_the_result() -> None:
    bare = '<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="15"/></value></observationRange></referenceRange>'
    found = the_result(a_quantity("9"), ranges=bare)
    assert (str(found.zone), found.position) == ("à partir de 15\N{NO-BREAK SPACE}µg/L", Position.BELOW)


def a_former(value: str, day: str) -> str:
    return (
        '<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.3.1.6"/>'
        f'<effectiveTime value="{day}"/>{value}</observation></entryRelationship>'
    )


def test_former_values_are_beside_and_are_no_results() -> None:
    more = a_former(a_quantity("12"), "20230512") + a_former('<value xsi:type="PQ" nullFlavor="UNK"/>', "2022")
    more += a_former(a_quantity("13"), "jadis") + '<entryRelationship typeCode="REFR"><act/></entryRelationship>'
    found = the_result(a_quantity("9"), more=more)
    former = [(each.measure.text, each.at.text if each.at else None) for each in found.formers]
    assert former == [("12", "2023-05-12"), ("13", None)]


def a_comment(words: str, template: str = "1.3.6.1.4.1.19376.1.5.3.1.4.2") -> str:
    return (
        f'<entryRelationship typeCode="SUBJ"><act classCode="ACT" moodCode="EVN"><templateId root="{template}"/>'
        f"<text>{words}</text></act></entryRelationship>"
    )


def test_comments_stay_with_what_they_speak_of() -> None:
    own = a_comment("Sérum hémolysé.") + a_comment("Autre chose", "1.2.3") + a_comment("")
    common = a_comment("Contrôle conseillé dans trois mois.") + a_comment("") + a_comment("Autre chose", "1.2.3")
    reading = read_cda(a_report(an_observation(a_quantity("9"), more=own), comment=common))
    assert [each.comments for each in results(reading)] == [("Sérum hémolysé.",)]
    blocks = [block for section in reading.sections for block in section.blocks]
    assert [block.text for block in blocks if isinstance(block, Comment)] == ["Contrôle conseillé dans trois mois."]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (f'<code code="2276-4" codeSystem="{LOINC}" displayName="Ferritine [Masse/Volume] Sérum ; Numérique"/>', "Ferritine"),
        (f'<code code="2276-4" codeSystem="{LOINC}"/>', "2276-4"),
        ('<code nullFlavor="UNK"/>', "Analyse sans nom"),
        ("", "Analyse sans nom"),
        (f'<code code="2276-4" codeSystem="{LOINC}" displayName="A"><originalText>Ferritinémie</originalText></code>', "Ferritinémie"),
        (f'<code code="2276-4" codeSystem="{LOINC}"><originalText>25-hydroxyvitamine D</originalText></code>', "25-hydroxyvitamine D"),
        (f'<code code="2276-4" codeSystem="{LOINC}" displayName="A"><originalText>3e heure</originalText></code>', "3e heure"),
        # Published samples refer to the cell of the value instead of that of the name.
        (f'<code code="2276-4" codeSystem="{LOINC}" displayName="Ferritine"><originalText>9 µg/L</originalText></code>', "Ferritine"),
    ],
)  # fmt: skip
def test_the_name_is_that_of_the_laboratory(code: str, name: str) -> None:
    plain = an_observation(a_quantity("9"))
    start, end = plain.index("<code"), plain.index("<statusCode")
    (found,) = results(read_cda(a_report(plain[:start] + code + plain[end:])))
    assert found.name == name


def test_the_name_stays_when_there_is_no_value() -> None:
    plain = an_observation("")
    named = plain.replace(
        'displayName="Ferritine"/>', 'displayName="A"><originalText>Ferritinémie</originalText></code>'
    )
    assert [each.name for each in results(read_cda(a_report(named)))] == ["Ferritinémie"]


def test_common_analytes_have_a_gloss_and_others_none() -> None:
    assert the_result(a_quantity("9")).gloss == "vos réserves de fer"
    assert the_result(a_quantity("9"), code="0000-0").gloss == ""


def test_results_under_a_battery_or_a_germ_bear_its_name() -> None:
    sensitivity = an_observation(a_quantity("9"), name="Amoxicilline", code="20-8", interpretation="R")
    germ = (
        '<organizer classCode="CLUSTER" moodCode="EVN"><specimen><specimenRole><specimenPlayingEntity>'
        '<code code="1" codeSystem="2.16.840.1.113883.6.96" displayName="Escherichia coli"/></specimenPlayingEntity></specimenRole></specimen>'
        '<component><organizer classCode="BATTERY" moodCode="EVN"><code code="18769-0" displayName="Antibiogramme"/>'
        f"<component>{sensitivity}</component></organizer></component></organizer>"
    )
    (found,) = results(read_cda(a_report(germ, '<procedure classCode="PROC" moodCode="EVN"/>')))
    assert (found.group, found.said) == (("Biochimie", "Escherichia coli", "Antibiogramme"), "Résistant")
    nameless = f'<organizer classCode="BATTERY"><component>{an_observation(a_quantity("9"))}</component></organizer>'
    assert results(read_cda(a_report(nameless)))[0].group == ("Biochimie",)


def test_a_battery_without_words_has_no_name() -> None:
    wordless = (
        f'<organizer classCode="BATTERY"><code/><component>{an_observation(a_quantity("9"))}</component></organizer>'
    )
    assert results(read_cda(a_report(wordless)))[0].group == ("Biochimie",)


def test_results_may_hang_from_an_organizer_alone() -> None:
    entry = f'<entry><organizer classCode="BATTERY"><component>{an_observation(a_quantity("9"))}</component></organizer></entry>'
    assert len(results(read_cda(a_structured(a_section("", entry), type_code=BIOLOGY)))) == 1


def test_other_observations_are_looked_into() -> None:
    inner = f'<entryRelationship typeCode="COMP">{an_observation(a_quantity("9"))}</entryRelationship>'
    assert len(results(read_cda(a_report(f'<observation classCode="OBS">{inner}</observation>')))) == 1


def test_results_are_bounded_and_the_page_says_so() -> None:
    reading = read_cda(a_report(*[an_observation(a_quantity("9")) for _ in range(MAX_FACTS + 20)]))
    assert len(results(reading)) == MAX_FACTS
    remarks = [block.text for section in reading.sections for block in section.blocks if isinstance(block, Remark)]
    assert any("document d’origine" in each for each in remarks)


def test_a_figure_absent_from_the_narrative_is_told() -> None:
    text = "<paragraph>Ferritine 9 µg/L ; sodium 140 mmol/L ; leucocytes 100 000 /mL ; CRP 0,0032 mg/L</paragraph>"
    measured = (an_observation(a_quantity(value), name=value) for value in ("9", "140", "100000", "0.032"))
    told = {each.name: each.is_unwritten for each in results(read_cda(a_report(*measured, text=text)))}
    assert told == {"9": False, "140": False, "100000": False, "0.032": True}


def test_a_doubtful_figure_leaves_the_narrative_open() -> None:
    def folded(*values: str) -> list[bool]:
        entries = "".join(f"<entry>{an_observation(a_quantity(value))}</entry>" for value in values)
        reading = read_cda(a_structured(a_section("<paragraph>9 ; 140</paragraph>", entries)))
        return [block.is_folded for block in reading.sections[0].blocks if isinstance(block, Narrative)]

    assert folded("9", "140") == [True]
    assert folded("9", "140", "77") == [False]


def test_a_narrative_with_endless_figures_is_read_so_far() -> None:
    text = "<paragraph>9 ; 140 ;" + " 1;" * 25_000 + "77</paragraph>"
    measured = (an_observation(a_quantity(value), name=value) for value in ("9", "140", "77"))
    told = {each.name: each.is_unwritten for each in results(read_cda(a_report(*measured, text=text)))}
    assert told == {"9": False, "140": False, "77": True}


def test_a_narrative_without_figures_raises_no_doubt() -> None:
    assert not the_result(a_quantity("9")).is_unwritten
