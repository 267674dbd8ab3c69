"""The sentences of the trail: every kind of event with every outcome, who is named and how, and that nothing more than what is told is said."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from carnet.domain.access.policy import TABLE
from carnet.domain.actor import SYSTEM, Actor, ActorKind, Purpose
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.record.history.model import Told, ToldDocument
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of
from carnet.web.wording.sentences import in_full, sentence

AT = datetime(2026, 3, 3, 13, 5, tzinfo=UTC)
INS = Ins("2550699000001" + f"{key_of('2550699000001'):02d}", NIR_TEST)
CITIZEN = Actor(ActorKind.CITIZEN, "Marie Essai", ins=INS)
DOCTOR = Actor(
    ActorKind.PROFESSIONAL, "Dr Martin", person="810000000001", profession="10", specialty="SM04", organization_name="Clinique du Lac"
)  # fmt: skip
HOSPITAL = Actor(
    ActorKind.ORGANIZATION, "Hôpital d’essai", organization="1990000001", organization_name="Hôpital d’essai"
)
OPERATOR = Actor(ActorKind.OPERATOR, "Exploitant")
NAMES = {"a": "Ordonnance", "b": "Compte rendu", "c": "Radio", "d": "Bilan"}


def a_document(code: str, *, is_deleted: bool = False) -> ToldDocument:
    return ToldDocument(UUID(int=ord(code)), code, is_deleted)


def say(
    event_type: EventType, *documents: ToldDocument, actor: Actor = DOCTOR, viewer: Actor = CITIZEN, rule: str | None = None,
    outcome: Outcome = Outcome.SUCCESS, **details: str,
) -> str:  # fmt: skip
    event = did(actor, event_type, at=AT, outcome=outcome, documents=tuple(d.logical_id for d in documents), rule=rule, **details)  # fmt: skip
    return sentence(
        Told(event.event_id, event_type, outcome, AT, event, documents), viewer=viewer, type_name=NAMES.__getitem__
    )


@pytest.mark.parametrize("event_type", EventType)
@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("actor", [CITIZEN, DOCTOR, HOSPITAL, SYSTEM, replace(DOCTOR, name="")])
@pytest.mark.parametrize("viewer", [CITIZEN, DOCTOR])
def test_every_event_has_its_sentence(event_type: EventType, outcome: Outcome, actor: Actor, viewer: Actor) -> None:
    for documents in ((), (a_document("a"),), (a_document("a"), a_document("b"))):
        said = say(event_type, *documents, actor=actor, viewer=viewer, outcome=outcome)
        assert said.endswith("le mardi 3 mars 2026 à 14 h 05.")
        assert said[0].isupper() or said.startswith("carnet")
        assert not any(sign in said for sign in ("{", "}", "…", "  ", "..", " ,", ",,", " de le", " de les", "« »"))


def test_a_list_shown_with_its_facts_says_so() -> None:
    bare = say(EventType.DOCUMENTS_LISTED, a_document("a"), parameters="browse words")
    whole = say(EventType.DOCUMENTS_LISTED, a_document("a"), parameters="browse facts words")
    assert "a consulté la liste des documents le" in bare
    assert "a consulté la liste des documents, avec les alertes et la synthèse qu’ils donnent le" in whole
    own = say(EventType.DOCUMENTS_LISTED, a_document("a"), parameters="facts", actor=CITIZEN)
    assert own.startswith("Vous avez consulté la liste")


@pytest.mark.parametrize("event_type", EventType)
@pytest.mark.parametrize("outcome", Outcome)
def test_an_operator_reads_no_name(event_type: EventType, outcome: Outcome) -> None:
    told = Told(UUID(int=1), event_type, outcome, AT)
    said = sentence(told, viewer=OPERATOR, type_name=NAMES.__getitem__)
    assert said.endswith("le mardi 3 mars 2026 à 14 h 05.")
    assert "{" not in said


def test_the_sentence_of_the_style() -> None:
    assert say(EventType.DOCUMENT_READ, a_document("b"), rule="read.primary-care-doctor") == (
        "Dr Martin, cardiologue (Clinique du Lac), a lu votre document « Compte rendu » le mardi 3 mars 2026 à 14 h 05, comme médecin traitant."
    )


def test_one_reads_oneself_in_the_second_person() -> None:
    assert say(EventType.DOCUMENT_READ, a_document("a"), actor=CITIZEN, rule="read.citizen") == (
        "Vous avez lu votre document « Ordonnance » le mardi 3 mars 2026 à 14 h 05."
    )
    assert say(EventType.SIGNED_IN, actor=CITIZEN).startswith("Vous vous êtes identifié")
    assert say(EventType.DOCUMENT_READ, a_document("a"), viewer=DOCTOR).startswith("Vous avez lu le document « Ordonn")
    other = replace(CITIZEN, ins=Ins("2550699000002" + f"{key_of('2550699000002'):02d}", NIR_TEST))
    assert say(EventType.DOCUMENT_READ, a_document("a"), actor=other).startswith("Marie Essai a lu")
    helped = replace(CITIZEN, on_behalf_of="Jean Essai")
    assert ", pour Jean Essai." in say(EventType.DOCUMENT_READ, a_document("a"), actor=helped)
    represented = replace(CITIZEN, kind=ActorKind.GUARDIAN, on_behalf_of="1.2.250.1.213.1.4.8|269059632414567")
    said = say(EventType.DOCUMENT_READ, a_document("a"), actor=represented, rule="read.representative")
    assert said.endswith(", comme représentant légal.")
    assert "269059632414567" not in said
    seen = say(EventType.DOCUMENT_READ, a_document("a"), actor=represented, viewer=represented)
    assert seen.startswith("Vous avez lu le document")
    assert say(EventType.DOCUMENT_READ, a_document("a"), actor=replace(CITIZEN, ins=None)).startswith("Marie Essai a lu")  # fmt: skip


def test_documents_are_named_up_to_three() -> None:
    one, two, three, four = (a_document(code) for code in NAMES)
    read = EventType.DOCUMENTS_FILED
    assert "déposé votre document « Ordonnance » le" in say(read, one)
    assert "déposé vos documents « Ordonnance » et « Compte rendu » le" in say(read, one, two)
    assert "vos documents « Ordonnance », « Compte rendu » et « Radio » le" in say(read, one, two, three)
    assert "4 de vos documents, dont « Ordonnance », « Compte rendu » et « Radio » le" in say(read, one, two, three, four)  # fmt: skip
    assert "déposé 4 documents, dont" in say(read, one, two, three, four, viewer=DOCTOR)
    assert "« Ordonnance » (supprimé depuis)" in say(read, replace(one, is_deleted=True))
    assert "la description de votre document « Ordonnance »" in say(EventType.FICHE_READ, one)
    assert "la description du document « Ordonnance »" in say(EventType.FICHE_READ, one, viewer=DOCTOR)
    assert "la description des documents « Ordonnance » et" in say(EventType.FICHE_READ, one, two, viewer=DOCTOR)


def test_who_is_named_as_people_call_them() -> None:
    read = EventType.DOCUMENT_READ
    assert say(read, actor=replace(DOCTOR, specialty=None)).startswith("Dr Martin, médecin (Clinique du Lac), a lu")
    assert say(read, actor=replace(DOCTOR, specialty="SM99", organization_name=None)).startswith("Dr Martin, médecin, a")  # fmt: skip
    assert say(read, actor=replace(DOCTOR, specialty=None, profession="??")).startswith("Dr Martin (Clinique du Lac) a")  # fmt: skip
    assert say(read, actor=HOSPITAL).startswith("Hôpital d’essai a lu")


def test_an_emergency_says_so_with_its_motive() -> None:
    urgent = replace(DOCTOR, purpose=Purpose.EMERGENCY, motive="Patient inconscient")
    said = say(EventType.DOCUMENT_READ, a_document("a"), actor=urgent)
    assert said.endswith("en urgence (bris de glace). Motif indiqué : « Patient inconscient ».")
    regulated = say(EventType.DOCUMENT_READ, a_document("a"), actor=replace(urgent, purpose=Purpose.REGULATION, motive=None))  # fmt: skip
    assert regulated.endswith("centre de régulation des urgences (SAMU-Centre 15).")


def test_a_refusal_says_why() -> None:
    said = say(EventType.ACCESS_REFUSED, rule="deny.no-grant", outcome=Outcome.REFUSED)
    assert said.endswith("le mardi 3 mars 2026 à 14 h 05 : aucune autorisation n’était en cours.")
    assert say(EventType.ACCESS_REFUSED, rule="deny.unheard-of", outcome=Outcome.REFUSED).endswith("à 14 h 05.")


@pytest.mark.parametrize("rule", sorted({line.rule for line in TABLE}))
def test_every_rule_can_be_said(rule: str) -> None:
    outcome = Outcome.REFUSED if rule.startswith("deny.") else Outcome.SUCCESS
    assert say(EventType.DOCUMENT_READ, a_document("a"), rule=rule, outcome=outcome).endswith(".")


@pytest.mark.parametrize(
    ("holder", "expected"),
    [("810000000001", "RPPS 10000000001"), ("0991234567", "identifiant 0991234567"), ("", "dossier le"), ("a b", "dossier le"), ("1.2.250|2690", "dossier le"), ("*", "dossier le")],
)  # fmt: skip
def test_whom_an_authorisation_concerns(holder: str, expected: str) -> None:
    assert expected in say(EventType.GRANT_GIVEN, actor=CITIZEN, holder=holder)


def test_days_are_written_in_full_in_paris() -> None:
    assert in_full(datetime(2026, 7, 31, 22, 30, tzinfo=UTC)) == "le samedi 1er août 2026 à 0 h 30"
    assert in_full(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == "le vendredi 1er janvier 2027 à 0 h 00"
