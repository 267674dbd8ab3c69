"""What structured documents hold, and that a person's story holds together."""

from collections import defaultdict
from datetime import date, datetime
from random import Random

import pytest

from carnet.formats.cda.header import read_header
from carnet.territory.agenda import EPISODES, Planned
from carnet.territory.analytes import ANALYTES, PANELS, value_of
from carnet.territory.codes import CATEGORIES, TYPES
from carnet.territory.conditions import CONDITIONS
from carnet.territory.documents import KINDS
from carnet.territory.documents.biology import level, range_text, shown
from carnet.territory.documents.letter_texts import LETTERS
from carnet.territory.documents.vaccination import received
from carnet.territory.medicines import MEDICINES
from carnet.territory.professionals import _ROLES
from carnet.territory.reasons import REASONS, STAYS
from carnet.vocabulary.moments import PARIS

N = {"h": "urn:hl7-org:v3"}
TODAY = date(2025, 11, 21)


def of_type(trees, code):
    return [(document, root) for document, root in trees if document.type_code == code]


def test_tables_agree_with_each_other() -> None:
    for each in EPISODES:
        for step in each.steps:
            assert step.kind in KINDS
            assert step.role is None or step.role in _ROLES
    assert {text.type_code for text in LETTERS.values()} <= TYPES.keys() == CATEGORIES.keys()
    assert {kind.role for kind in KINDS.values()} <= _ROLES.keys() | {"patient", "insurance"}
    for condition in CONDITIONS.values():
        assert set(condition.medicines) <= MEDICINES.keys()
        assert set(condition.panels) <= PANELS.keys()
    for why in REASONS.values():
        assert {*why.medicines, *why.child_medicines} <= MEDICINES.keys()
    assert all(set(stay.medicines) <= MEDICINES.keys() for stay in STAYS.values())
    assert {key for panel in PANELS.values() for key in panel} <= ANALYTES.keys()


def test_biology_is_coded_and_carries_its_printed_copy(trees) -> None:
    for _, root in of_type(trees, "11502-2"):
        observations = root.findall(".//h:observation[h:referenceRange]", N)
        assert observations
        for each in observations:
            value, code = each.find("h:value", N), each.find("h:code", N)
            assert code.get("codeSystem") == "2.16.840.1.113883.6.1"
            assert float(value.get("value")) > 0
            bounds = {end: each.find(f".//h:observationRange/h:value/h:{end}", N) for end in ("low", "high")}
            low, high = (None if bounds[end] is None else float(bounds[end].get("value")) for end in ("low", "high"))
            assert each.find("h:interpretationCode", N).get("code") == level(float(value.get("value")), low, high)
        assert root.find(".//h:observationMedia/h:value", N).text.startswith("JVBERi0")


def test_lipids_add_up(trees) -> None:
    seen = 0
    for _, root in of_type(trees, "11502-2"):
        values = {
            each.find("h:code", N).get("code"): float(each.find("h:value", N).get("value"))
            for each in root.findall(".//h:observation[h:referenceRange]", N)
        }
        if {"2093-3", "2085-9", "13457-7", "2571-8"} <= values.keys():
            seen += 1
            assert values["2093-3"] == pytest.approx(
                values["2085-9"] + values["13457-7"] + values["2571-8"] / 5, abs=0.011
            )
    assert seen


def test_the_treatment_of_diabetes_lowers_hba1c(territory) -> None:
    marie = territory.named["marie"]
    found = next(each.since for each in marie.illnesses if each.condition == "diabete")
    before = value_of("hba1c", marie, date(found.year - 1, 1, 1), noise=Random(1))
    at_discovery = value_of("hba1c", marie, found, noise=Random(1))
    later = value_of("hba1c", marie, date(found.year + 3, 1, 1), noise=Random(1))
    assert before < 6.0 < later < at_discovery


def test_a_dispensation_gives_what_its_prescription_asked(trees) -> None:
    asked = {}
    for _, root in of_type(trees, "57833-6"):
        for each in root.findall(".//h:entry/h:substanceAdministration", N):
            asked[each.find("h:id", N).get("root")] = each.find(".//h:manufacturedMaterial/h:code", N).get("code")
    given = 0
    for _, root in of_type(trees, "60593-1"):
        for each in root.findall(".//h:entry/h:supply", N):
            line = each.find("h:entryRelationship/h:substanceAdministration/h:id", N).get("root")
            assert asked[line] == each.find("h:product//h:manufacturedMaterial/h:code", N).get("code")
            given += 1
    assert given > 20


def test_nobody_is_given_what_they_are_allergic_to(trees) -> None:
    for document, root in of_type(trees, "57833-6"):
        atc = {each.get("code") for each in root.iter("{*}translation")}
        if "penicillines" in document.citizen.allergies:
            assert not any(code.startswith("J01C") for code in atc)
        if "aspirine" in document.citizen.allergies:
            assert not atc & {"B01AC06", "M01AE01"}


def test_summaries_say_the_illnesses_known_that_day(trees) -> None:
    seen = of_type(trees, "SYNTH")
    assert seen
    for document, root in seen:
        coded = {each.get("code") for each in root.findall(".//h:value[@codeSystem='2.16.840.1.113883.6.3']", N)}
        known = {
            CONDITIONS[each.condition].cim10
            for each in document.citizen.illnesses
            if each.since <= document.created.date()
        }
        assert coded == known


def test_each_structured_type_has_sections_with_a_narrative(trees) -> None:
    found = defaultdict(int)
    for document, root in trees:
        for section in root.iter("{urn:hl7-org:v3}section"):
            found[document.type_code] += 1
            assert section.find("h:title", N).text
            assert section.find("h:text", N) is not None or section.find("h:component", N) is not None
    assert {
        "11502-2",
        "SYNTH",
        "11490-0",
        "87273-9",
        "11369-6",
        "57833-6",
        "60593-1",
        "18748-4",
        "REMB",
    } <= found.keys()


def test_vaccines_follow_the_age(territory) -> None:
    lucas = territory.named["lucas"]
    doses = received(lucas, TODAY)
    assert [each.day for each in doses] == sorted(each.day for each in doses)
    assert all(each.day > lucas.birth_date for each in doses)
    names = {each.vaccine.name.split(",")[0] for each in doses}
    assert "INFANRIX hexa" in names
    assert not any("VAXIGRIP" in name for name in names)
    assert any("VAXIGRIP" in each.vaccine.name for each in received(territory.named["jeanne"], TODAY))


def test_uploads_are_described_by_their_fiche(documents) -> None:
    for each in documents:
        if each.fiche is not None:
            fiche = each.fiche
            assert (fiche.type.code, fiche.title, fiche.unique_id) == (each.type_code, each.title, each.unique_id)
            assert fiche.size_bytes == len(each.content)
            assert fiche.labels == each.labels
            assert fiche.category.code == "90"
            assert fiche.source_patient.ins == each.ins


@pytest.mark.parametrize("name", ["marie", "jeanne", "lucas", "oksana"])
def test_every_kind_of_document_can_be_written_for_anyone(territory, name) -> None:
    """All of them, even those that a small territory does not happen to live."""
    at = datetime(2024, 7, 4, 9, 30, tzinfo=PARIS)
    written = set()
    for story, episode in enumerate(EPISODES):
        for rank, step in enumerate(episode.steps):
            planned = Planned(
                at,
                territory.named[name].index,
                step.kind,
                step.topic or episode.topic,
                step.role,
                story * 16 + rank,
                story,
            )
            document = territory.write(planned)
            written.add(step.kind)
            assert "{" not in document.title
            if document.fiche is None:
                assert read_header(document.content).issues == ()
    assert written == KINDS.keys()


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(4.0, 6.0, "4 – 6"), (None, 1.3, "< 1,3"), (0.4, None, "> 0,4"), (13.0, 17.5, "13 – 17,5")],
)
def test_ranges_are_written_as_in_france(low, high, text) -> None:
    assert range_text(low, high) == text
    assert shown(1234.5, 1) == "1234,5"


@pytest.mark.parametrize(("value", "expected"), [(3.9, "L"), (4.0, "N"), (6.0, "N"), (6.1, "H")])
def test_level(value, expected) -> None:
    assert level(value, 4.0, 6.0) == expected
