"""What is kept is what was stated."""

from uuid import uuid4

from carnet.domain.health.kept import facts_aad, read, written
from carnet.domain.health.model import Fact, FactKind, Finding
from carnet.vocabulary.codes import Code
from carnet.vocabulary.moments import Moment

WHOLE = Fact(
    FactKind.ALLERGY, "Pénicillines", Finding.DENIED, Code("J01C", "2.16.840.1.113883.6.73", "PENICILLINES"), "Allergie médicamenteuse", "Actif",
    (("Réaction", "Urticaire"),), Moment.from_fhir("2014"), Moment.from_fhir("2015-03-12"), is_doubtful=True,
)  # fmt: skip


def test_facts_come_back_as_they_were() -> None:
    facts = (WHOLE, Fact(FactKind.TREATMENT, "Aucun traitement", Finding.NONE_KNOWN))
    assert read(written(facts)) == facts


def test_what_is_empty_takes_no_room() -> None:
    assert written((Fact(FactKind.PROBLEM, "Asthme"),)) == b'[{"kind":"problem","name":"Asthme","finding":"present"}]'


def test_facts_are_bound_to_their_document() -> None:
    assert facts_aad(uuid4()) != facts_aad(uuid4())
