"""What the public samples state."""

from pathlib import Path

import pytest

from carnet.domain.health.model import Fact, FactKind, Finding
from carnet.formats.cda.facts.document import facts_of


def stated(samples: Path, name: str, kind: FactKind) -> list[Fact]:
    path = samples / "cda" / name
    if not path.exists():
        pytest.skip(f"no sample {name}")
    return [each for each in facts_of(path.read_bytes()) if each.kind is kind]


@pytest.mark.parametrize(
    ("name", "agents"),
    [
        ("VSM_1.4_2022.01.xml", ["Paracétamol"]),
        ("IPS-FR_2024.01.xml", ["Paracétamol"]),
        ("LDL-EES_2022.01.xml", ["Paracétamol"]),
        ("DLU-EHPAD-DLU_2022.01.xml", ["Intoxication alimentaire par mollusques et crustacés", "Paracétamol"]),
        ("TLM-DA_2022.01_TCG.xml", ["bêta-lactamines"]),
        ("OBP-SAP_2024.01.xml", ["PARACETAMOL"]),
    ],
)
def test_allergies_of_the_samples(samples: Path, name: str, agents: list[str]) -> None:
    found = stated(samples, name, FactKind.ALLERGY)
    assert [each.name for each in found] == agents
    assert all(each.finding is Finding.PRESENT and each.code and not each.is_doubtful for each in found)


def test_the_reaction_of_an_admission(samples: Path) -> None:
    (fact,) = stated(samples, "LDL-EES_2022.01.xml", FactKind.ALLERGY)
    assert fact.notes == (("Réaction", "Urticaire"), ("Sévérité", "modéré"))


def test_a_discharge_that_found_no_allergy_says_so(samples: Path) -> None:
    (fact,) = stated(samples, "LDL-SES_2022.01.xml", FactKind.ALLERGY)
    assert (fact.finding, fact.name) == (
        Finding.NONE_KNOWN,
        "Aucune allergie / intolérance identifiée pendant le séjour",
    )


def test_a_summary_tells_what_to_watch_and_what_is_taken(samples: Path) -> None:
    watched = stated(samples, "VSM_1.4_2022.01.xml", FactKind.VIGILANCE)
    assert "ECG Hémibloc antérieur gauche" in [each.name for each in watched]
    assert "Consommation tabagique\xa0: 25 {pack}/a" in [each.name for each in watched]
    taken = stated(samples, "VSM_1.4_2022.01.xml", FactKind.TREATMENT)
    assert [each.name.split()[0] for each in taken] == ["PLAVIX", "COUMADINE"]


def test_an_admission_whose_codes_contradict_its_text_is_doubtful(samples: Path) -> None:
    found = stated(samples, "AVC-AUNV_2022.01.xml", FactKind.PROBLEM)
    assert [each.name for each in found if each.is_doubtful] == ["Hypertension artérielle"]


def test_every_sample_is_read(samples: Path) -> None:
    for path in sorted((samples / "cda").glob("*.xml")):
        for fact in facts_of(path.read_bytes()):
            assert fact.name, path.name
            assert len(fact.name) <= 400, path.name
