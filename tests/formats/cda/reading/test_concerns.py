"""Problems and allergies: shown as facts only when the text says the same, and never against it."""

import pytest
from tests.builders.readings import LOINC, a_section, a_structured

from carnet.formats.cda.reading.document import read_cda
from carnet.formats.cda.reading.model import Concern, Concerns, Narrative, Reading

SUMMARY = ("SYNTH", "1.2.250.1.213.1.1.4.12", "Synthèse médicale")
PROBLEM = "1.3.6.1.4.1.19376.1.5.3.1.4.5.2"
ALLERGY = "1.3.6.1.4.1.19376.1.5.3.1.4.5.3"


def about(code: str, words: str, *, kind: str = "SUBJ") -> str:
    return (
        f'<entryRelationship typeCode="{kind}"><observation><code code="{code}"/><value xsi:type="CD" code="x" displayName="{words}"/>'
        "</observation></entryRelationship>"
    )


def a_concern(
    label: str = "Asthme",
    *,
    template: str = PROBLEM,
    inside: str = "",
    negated: str = "false",
    value: str | None = None,
) -> str:
    said = (
        f'<value xsi:type="CD" code="J45" codeSystem="2.16.840.1.113883.6.3" displayName="{label}"/>'
        if value is None
        else value
    )
    return (
        f'<entry><act classCode="ACT" moodCode="EVN"><templateId root="{template}"/><entryRelationship typeCode="SUBJ">'
        f'<observation classCode="OBS" moodCode="EVN" negationInd="{negated}"><code code="64572001" displayName="Maladie"/>'
        f'<effectiveTime><low value="2019"/></effectiveTime>{said}{inside}</observation></entryRelationship></act></entry>'
    )


def read(*entries: str, text: str = "<paragraph>Asthme</paragraph>") -> Reading:
    return read_cda(a_structured(a_section(text, "".join(entries)), type_code=SUMMARY))


def concerns(reading: Reading) -> list[tuple[bool, Concern]]:
    blocks = [block for section in reading.sections for block in section.blocks if isinstance(block, Concerns)]
    return [(block.are_allergies, each) for block in blocks for each in block.concerns]


def narratives(reading: Reading) -> list[Narrative]:
    return [block for section in reading.sections for block in section.blocks if isinstance(block, Narrative)]


def test_a_problem_says_since_when_and_how_it_is() -> None:
    comment = '<entryRelationship typeCode="SUBJ"><act><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.2"/><text>Suivi annuel</text></act></entryRelationship>'
    empty = comment.replace("Suivi annuel", "")
    inside = (
        about("33999-4", "Actif")
        + about("SEV", "modéré")
        + about("0-0", "rien")
        + about("82606-5", "")
        + about("0-0", "x", kind="SUBJ")
        + comment
        + empty
        + "<entryRelationship><act/></entryRelationship>"
    )
    ((are_allergies, found),) = concerns(read(a_concern(inside=inside)))
    assert not are_allergies
    assert (found.name, found.status, found.period.start.text if found.period.start else "") == (
        "Asthme",
        "Actif",
        "2019",
    )
    assert found.notes == (("Sévérité", "modéré"), ("Commentaire", "Suivi annuel"))


def an_agent(name: str) -> str:
    return (
        f'<participant typeCode="CSM"><participantRole><playingEntity><code nullFlavor="OTH"/><name>{name}</name></playingEntity>'
        "</participantRole></participant>"
    )


def test_an_allergy_is_named_by_its_agent() -> None:
    inside = an_agent("Arachide") + about("418799008", "urticaire", kind="MFST")
    ((are_allergies, found),) = concerns(
        read(a_concern("Allergie alimentaire", template=ALLERGY, inside=inside), text="<paragraph>Arachide</paragraph>")
    )
    assert are_allergies
    assert (found.name, found.detail, found.notes) == ("Arachide", "Allergie alimentaire", (("Réaction", "urticaire"),))


def test_an_allergy_without_agent_or_value_still_has_a_name() -> None:
    ((_, found),) = concerns(read(a_concern(template=ALLERGY, value=""), text="<paragraph>Maladie</paragraph>"))
    assert (found.name, found.detail) == ("Maladie", "")


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        # A published sample codes an allergy where the text says that there is none.
        ([a_concern("Pollen", template=ALLERGY)], "<paragraph>Aucune allergie connue</paragraph>"),
        ([a_concern()], "<table><tr><td>Asthme</td><td>Ne sait pas</td></tr></table>"),
        ([a_concern()], "<table><tr><td>Asthme</td><td>Non</td></tr></table>"),
        ([a_concern(), a_concern("Diabète", negated="true")], "<paragraph>Asthme, diabète</paragraph>"),
        ([a_concern()], "<paragraph>Asthme sévère hospitalisé trois fois, sous biothérapie, suivi par le pneumologue</paragraph>"),
        ([a_concern(), "<entry><observation/></entry>"], "<paragraph>Asthme</paragraph>"),
        ([a_concern()], "<paragraph>" + "Asthme " * 60_000 + "</paragraph>"),
    ],
)  # fmt: skip
def test_the_text_is_shown_as_it_is_when_the_codes_may_contradict_it(entries: list[str], text: str) -> None:
    reading = read(*entries, text=text)
    assert concerns(reading) == []
    assert [each.is_folded for each in narratives(reading)] == [False]
    assert "synthèse note" not in reading.answer


def test_the_answer_counts_what_is_shown() -> None:
    allergy = a_concern("x", template=ALLERGY, inside=an_agent("Arachide"))
    reading = read(a_concern(), a_concern("Diabète"), allergy, text="<paragraph>Asthme, diabète, arachide</paragraph>")
    assert reading.answer == "Cette synthèse note deux problèmes de santé et une allergie."
    none = read(a_concern("Aucun problème connu", value='<value xsi:type="CD" displayName="Aucun problème"/>'), text="")
    assert none.answer == "Ce document a une partie\N{NO-BREAK SPACE}: Partie."


def test_treatments_are_counted_and_heads_of_columns_are_no_words_to_hold() -> None:
    treatment = (
        '<entry><substanceAdministration><doseQuantity value="1" unit="mg"/><consumable><manufacturedProduct><manufacturedMaterial>'
        "<name>FICTIDOL</name></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"
    )
    heads = "<table><thead><tr><th>Médicament prescrit</th><th>Posologie détaillée</th></tr></thead><tbody><tr><td>FICTIDOL</td><td>1 mg</td></tr></tbody></table>"
    assert read(treatment, text=heads).answer == "Cette synthèse note un traitement."


def test_acts_of_another_kind_are_not_concerns() -> None:
    other = '<entry><act classCode="ACT"><templateId root="9.9"/></act></entry>'
    empty = (
        f'<entry><act classCode="ACT"><templateId root="{PROBLEM}"/><entryRelationship typeCode="SUBJ"/></act></entry>'
    )
    assert concerns(read(other, empty)) == []


def test_the_code_of_the_document_is_loinc_or_not() -> None:
    assert read_cda(a_structured(a_section("a"), type_code=("60591-5", LOINC, "Synthèse"))).kind.value == "summary"
