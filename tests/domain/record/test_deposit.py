"""`deposit` asked directly: what no door can forget, and what the terms of a server change."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from tests.builders.cda import a_pdf
from tests.builders.fhir import an_author
from tests.doors.world import Person, World, a_unique_id

from carnet.domain.access.model import Confidentiality
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.errors import Conflict, DomainError, Invalid, NotFound, Refused, Unavailable
from carnet.domain.record.deposit import ATTEMPTS, deposit
from carnet.domain.record.facts import DepositFacts
from carnet.domain.record.filing import Filing
from carnet.domain.record.judging import DepositTerms
from carnet.domain.record.model import (
    AssociationKind,
    Fiche,
    PatientReference,
    Receipt,
    RelatesTo,
    Submission,
    SubmissionSet,
    SubmittedDocument,
)
from carnet.domain.record.store import Moved, RecordStore
from carnet.vocabulary.clock import system_clock
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.moments import Moment

HOSPITAL = Actor(ActorKind.ORGANIZATION, "Hôpital inventé", organization="1990000001", software="hopital")
PDF = a_pdf()


def _a_fiche(**changes: Any) -> Fiche:
    known: dict[str, Any] = {
        "unique_id": UniqueId(a_unique_id()),
        "type": Code("11488-4", "2.16.840.1.113883.6.1"),
        "mime_type": "application/pdf",
        "title": "Compte rendu",
        "created": Moment.from_fhir("2026-03-12"),
        "service_start": Moment.from_fhir("2026-03-12"),
        "authors": (an_author(),),
        "facility_type": Code("SA01", "1.2.250.1.71.4.2.4"),
        "practice_setting": Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9"),
    }
    return Fiche("document", **known | changes)


def _a_submission(person: Person, *fiches: Fiche, content: bytes = PDF, **changes: Any) -> Submission:
    documents = tuple(SubmittedDocument(fiche, content, None) for fiche in fiches or (_a_fiche(),))
    known: dict[str, Any] = {
        "submission_set": SubmissionSet("set", UniqueId(a_unique_id())),
        "documents": documents,
        "patient_references": (PatientReference("patient", ins=person.ins),),
    }
    return Submission(**known | changes)


async def _deposit(world: World, submission: Submission, *, actor: Actor = HOSPITAL, store: RecordStore | None = None, **terms: Any) -> Receipt:  # fmt: skip
    services = world.carnet.services
    agreed: DepositTerms = replace(services.deposit_terms, **terms)
    return await deposit(store or services.store, submission, actor=actor, terms=agreed, clock=system_clock)


async def _refused(world: World, person: Person | None, submission: Submission, code: str, **how: Any) -> DomainError:
    async with world.only_a_refusal(person, told_of=code):
        with pytest.raises(DomainError) as refusal:
            await _deposit(world, submission, **how)
    assert refusal.value.code == code
    return refusal.value


async def test_a_receipt(world: World) -> None:
    person = await world.a_record()
    fiches = [_a_fiche(), _a_fiche()]
    receipt = await _deposit(world, _a_submission(person, *fiches))
    assert (receipt.patient_id, receipt.replayed, receipt.warnings) == (person.patient_id, False, ())
    assert [(document.version, document.replayed) for document in receipt.documents] == [(1, False)] * 2
    again = await _deposit(world, _a_submission(person, *fiches[::-1]))
    assert again.replayed
    assert [document.logical_id for document in again.documents] == [d.logical_id for d in receipt.documents[::-1]]
    assert again.set_id == receipt.set_id


async def test_no_patient_at_all(world: World) -> None:
    person = await world.a_record()
    refusal = await _refused(world, None, _a_submission(person, patient_references=()), "patient-missing")
    assert isinstance(refusal, Invalid)
    assert refusal.issues[0].expression == "set"


async def test_test_identities_are_for_demonstrations(world: World) -> None:
    person = await world.a_record()
    await _refused(world, None, _a_submission(person), "ins-test-refused", accepts_test_identities=False)


async def test_an_unknown_patient_id(world: World) -> None:
    person = await world.a_record()
    nobody = (PatientReference("patient", patient_id=UUID(int=5)),)
    assert isinstance(
        await _refused(world, None, _a_submission(person, patient_references=nobody), "patient-unknown"), NotFound
    )


async def test_a_cda_whose_header_the_door_forgot(world: World) -> None:
    person = await world.a_record()
    for media_type in ("text/xml", "application/xml", "application/hl7-v3+xml"):
        await _refused(world, person, _a_submission(person, _a_fiche(mime_type=media_type)), "cda-header-missing")


async def test_nothing_is_not_a_document(world: World) -> None:
    person = await world.a_record()
    await _refused(world, person, _a_submission(person, content=b""), "content-empty")


async def test_the_limit_is_of_one_document(world: World) -> None:
    person = await world.a_record()
    await _refused(world, person, _a_submission(person), "content-too-large", max_document_bytes=len(PDF) - 1)
    await _deposit(world, _a_submission(person, _a_fiche(), _a_fiche()), max_document_bytes=len(PDF))


async def test_a_server_that_lets_labels_combine(world: World) -> None:
    person = await world.a_record()
    both = _a_fiche(labels=frozenset({Confidentiality.INVISIBLE_PATIENT, Confidentiality.MASQUE_PS}))
    await _refused(world, person, _a_submission(person, both), "labels-incompatible")
    assert (await _deposit(world, _a_submission(person, both), may_combine_labels=True)).replayed is False


async def test_a_secret_connection_files_secrets_only(world: World) -> None:
    person = await world.a_record()
    doctor = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="899700000088", profession="10", secret_connection=True)
    await _refused(world, person, _a_submission(person), "secret-connection-label", actor=doctor)
    secret = _a_fiche(labels=frozenset({Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX}))
    await _deposit(world, _a_submission(person, secret), actor=doctor)


@pytest.mark.parametrize("kind", sorted(set(ActorKind) - {ActorKind.CITIZEN, ActorKind.PROFESSIONAL, ActorKind.ORGANIZATION, ActorKind.PRODUCER}))  # fmt: skip
async def test_who_may_not_feed(world: World, kind: ActorKind) -> None:
    person = await world.a_record()
    actor = Actor(kind, "Quelqu'un", ins=person.ins)
    assert isinstance(await _refused(world, person, _a_submission(person), "feed-refused", actor=actor), Refused)
    # And they are not told whether there is a record.
    nobody = (PatientReference("patient", patient_id=UUID(int=6)),)
    await _refused(world, None, _a_submission(person, patient_references=nobody), "feed-refused", actor=actor)


@pytest.mark.parametrize(
    ("actor", "owner"),
    [
        (HOSPITAL, "ES"),
        (Actor(ActorKind.PRODUCER, "Assurance maladie"), "ASSURANCE_MALADIE"),
        (Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="899700000089", profession="10"), "PS"),
        (None, "MON_ESPACE_SANTE"),
    ],
)
async def test_whose_document_it_is(world: World, actor: Actor | None, owner: str) -> None:
    person = await world.a_record()
    await _deposit(world, _a_submission(person), actor=actor or Actor(ActorKind.CITIZEN, "La personne", ins=person.ins))
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute("SELECT owner FROM access_class WHERE patient_id = %s", (person.patient_id,))
        assert await cursor.fetchall() == [(owner,)]


async def test_relations_of_a_bare_file(world: World) -> None:
    person = await world.a_record()
    first = (await _deposit(world, _a_submission(person))).documents[0].logical_id
    relation = _a_fiche(relates_to=(RelatesTo(AssociationKind.SIGNS, entry=first),))
    await _refused(world, person, _a_submission(person, relation), "signature-expected")
    nothing = _a_fiche(relates_to=(RelatesTo(AssociationKind.REPLACES),))
    await _refused(world, person, _a_submission(person, nothing), "relates-to-unknown")


async def test_a_document_in_a_set_of_its_own_number(world: World) -> None:
    person = await world.a_record()
    number = UniqueId(a_unique_id())
    submission = _a_submission(person, _a_fiche(unique_id=number), submission_set=SubmissionSet("set", number))
    await _refused(world, None, submission, "duplicate-unique-id-in-message")


async def test_the_number_of_a_set_names_no_document(world: World) -> None:
    person = await world.a_record()
    number = UniqueId(a_unique_id())
    await _deposit(world, _a_submission(person, submission_set=SubmissionSet("set", number)))
    refusal = await _refused(world, person, _a_submission(person, _a_fiche(unique_id=number)), "unique-id-taken")
    assert isinstance(refusal, Conflict)


async def test_an_orphan_claim_of_the_same_patient_does_no_harm(world: World) -> None:
    """Sharded, a claim commits before the act: an act that then failed is sent again."""
    person, other = await world.a_record(), await world.a_record()
    number = a_unique_id()
    async with world.carnet.database.connection() as connection:
        await connection.execute(
            "INSERT INTO unique_id_claim (unique_id, patient_id) VALUES (%s, %s)", (number, person.patient_id)
        )
    claimed = _a_fiche(unique_id=UniqueId(number))
    await _refused(world, other, _a_submission(other, claimed), "unique-id-taken")
    assert not (await _deposit(world, _a_submission(person, claimed))).replayed


@frozen
class Moving(RecordStore):
    """A record whose facts never stand still."""

    attempts: list[int] | None = None

    async def file(self, facts: DepositFacts, filing: Filing) -> datetime:
        del facts, filing
        assert self.attempts is not None
        self.attempts.append(1)
        raise Moved


async def test_a_record_that_never_stands_still(world: World) -> None:
    person = await world.a_record()
    held = world.carnet.services.store
    attempts: list[int] = []
    rows = await world.rows()
    with pytest.raises(Unavailable, match="record-busy"):
        await _deposit(
            world, _a_submission(person),
            store=Moving(held.database, held.keys, held.contents, held.system_key, attempts),
        )  # fmt: skip
    assert len(attempts) == ATTEMPTS
    assert await world.rows() == rows
