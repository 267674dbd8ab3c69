"""The invented territory shows what the top of a record tells: allergies with what happened, denials, things to watch."""

from collections import Counter

from carnet.domain.health.model import FactKind, Finding
from carnet.formats.cda.facts.document import facts_of


def test_summaries_state_allergies_denials_and_risks(trees) -> None:
    stated = Counter()
    for document, _ in trees:
        if b"<structuredBody>" in document.content:
            for fact in facts_of(document.content):
                assert not fact.is_doubtful, fact
                stated[fact.kind, fact.finding] += 1
                if fact.kind is FactKind.ALLERGY and fact.finding is Finding.PRESENT:
                    assert [label for label, _ in fact.notes] == ["Réaction", "Sévérité"]
    for kind in FactKind:
        assert stated[kind, Finding.PRESENT] > 3, kind
    assert stated[FactKind.ALLERGY, Finding.NONE_KNOWN] > 3


def test_people_who_are_shown_have_their_allergies_in_a_summary(trees) -> None:
    found = {
        fact.name
        for document, _ in trees
        if document.type_code == "SYNTH"
        for fact in facts_of(document.content)
        if fact.kind is FactKind.ALLERGY and fact.finding is Finding.PRESENT
    }
    assert {"Pénicillines", "Acide acétylsalicylique"} <= found
