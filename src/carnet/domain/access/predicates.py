"""
The questions of fact that the table of access combines, one each; read aloud they are its column "when".

Source: documents.md §4, §6, §7.
"""

from collections.abc import Callable

from carnet.domain.access.model import (
    AccessClass,
    Action,
    AvailabilityStatus,
    Confidentiality,
    OwnerKind,
    Question,
    Representation,
)
from carnet.domain.actor import ActorKind, Purpose

PHYSICIAN = "10"  # TRE_G15

# Members of enumerations by plain names: looking them up on their class costs more than the comparison (Python 3.11).
_NORMAL = Purpose.NORMAL
_EMERGENCY = Purpose.EMERGENCY
_REGULATION = Purpose.REGULATION
_BY_CITIZEN = OwnerKind.CITIZEN
SIGNATURE_CLASS = "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1"  # of JDV_J06: the signature of a submission set
_DELETED = AvailabilityStatus.DELETED
_INVISIBLE_PATIENT = Confidentiality.INVISIBLE_PATIENT
_INVISIBLE_REPRESENTATIVES = Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX
_MASKED = Confidentiality.MASQUE_PS

_CONSULTATIONS = (Action.OPEN, Action.READ)

Predicate = Callable[[Question], bool]


def is_someone_elses_record(question: Question) -> bool:
    return not question.record.is_holder


def represents_nobody_here(question: Question) -> bool:
    return question.record.parent is None and question.record.guardian is None


def authority_ended_at_majority(question: Question) -> bool:
    return question.record.is_of_age and question.record.guardian is None


def is_represented_by_them(question: Question) -> bool:
    return not represents_nobody_here(question) and not authority_ended_at_majority(question)


def representation_is_to_read(question: Question) -> bool:
    record = question.record
    by_authority = not record.is_of_age and record.parent is Representation.FULL
    return not by_authority and record.guardian is not Representation.FULL


def represents_in_full(question: Question) -> bool:
    return not representation_is_to_read(question)


def reaches_too_many(question: Question) -> bool:
    return question.record.reaches_too_many


def is_struck_off(question: Question) -> bool:
    return question.record.is_struck_off


def is_delegate(question: Question) -> bool:
    return question.actor.is_delegate


def has_no_delegation(question: Question) -> bool:
    """To deposit, of the very professional in whose name; to finish what was begun, of anyone and lately."""
    if question.action is Action.PREPARE:
        return not question.record.had_delegation
    names_nobody = question.action is Action.FEED and question.actor.on_behalf_of is None
    return names_nobody or not question.record.has_delegation


def purpose_does_not_apply(question: Question) -> bool:
    """Emergency and regulation are for professionals who read."""
    actor = question.actor
    return actor.purpose is not _NORMAL and (
        actor.kind is not ActorKind.PROFESSIONAL or question.action not in _CONSULTATIONS
    )


def is_emergency_without_motive(question: Question) -> bool:
    actor = question.actor
    return actor.purpose is _EMERGENCY and not (actor.motive and actor.motive.strip())


def is_regulation_by_another(question: Question) -> bool:
    return question.actor.purpose is _REGULATION and not question.record.is_regulator


def feeding_is_opposed(question: Question) -> bool:
    return question.record.feeding_opposed


def emergency_is_opposed(question: Question) -> bool:
    return question.actor.purpose is _EMERGENCY and question.record.emergency_opposed


def regulation_is_opposed(question: Question) -> bool:
    return question.actor.purpose is _REGULATION and question.record.regulation_opposed


def is_blocked(question: Question) -> bool:
    record = question.record
    return record.is_blocked and (question.actor.purpose is _NORMAL or record.block_holds_in_emergency)


def holder_is_someone_else(question: Question) -> bool:
    return question.holder is None or question.holder not in {question.actor.person, question.actor.organization}


def is_no_physician(question: Question) -> bool:
    return question.actor.profession != PHYSICIAN


def is_not_authorised(question: Question) -> bool:
    record = question.record
    return question.actor.purpose is _NORMAL and not record.has_grant and not record.is_primary_care_doctor


def is_emergency(question: Question) -> bool:
    return question.actor.purpose is _EMERGENCY


def is_regulation(question: Question) -> bool:
    return question.actor.purpose is _REGULATION


def is_primary_care_doctor(question: Question) -> bool:
    return question.record.is_primary_care_doctor


def is_not_primary_care_doctor(question: Question) -> bool:
    return not question.record.is_primary_care_doctor


def is_own_record(question: Question) -> bool:
    return question.record.is_holder


def is_not_blocked(question: Question) -> bool:
    return not question.record.is_blocked


def is_in_practice(question: Question) -> bool:
    return not question.record.is_struck_off


def link_is_over(question: Question) -> bool:
    return not question.record.link_holds


def is_not_shared(question: Question) -> bool:
    return not document_of(question).is_shared


def names_no_author(question: Question) -> bool:
    """The document is a structure's own."""
    return not document_of(question).author_persons


def names_no_document(question: Question) -> bool:
    return question.document is None


def is_deleted(question: Question) -> bool:
    return document_of(question).status is _DELETED


def is_signature(question: Question) -> bool:
    return document_of(question).class_code == SIGNATURE_CLASS


def is_invisible_to_patient(question: Question) -> bool:
    return _INVISIBLE_PATIENT in document_of(question).labels


def is_for_the_patient_only(question: Question) -> bool:
    document = document_of(question)
    return document.owner is _BY_CITIZEN and _MASKED in document.labels


def is_author_of_document(question: Question) -> bool:
    person = question.actor.person
    return person is not None and person in document_of(question).author_persons


def is_hidden_from_them(question: Question) -> bool:
    names = document_of(question).hidden_from
    return bool(names) and (question.actor.person in names or question.actor.organization in names)


def a_later_version_is_hidden(question: Question) -> bool:
    return document_of(question).later_is_hidden


def is_masked_by_the_patient(question: Question) -> bool:
    return document_of(question).masked_by_patient


def is_own_upload(question: Question) -> bool:
    return document_of(question).owner is _BY_CITIZEN


def acts_for_author_organization(question: Question) -> bool:
    organization = question.actor.organization
    return organization is not None and organization in document_of(question).author_organizations


def category_is_withheld_from_them(question: Question) -> bool:
    return _is_in(question, question.record.withheld_categories)


def profession_may_not_read_type(question: Question) -> bool:
    document, actor = document_of(question), question.actor
    return not question.matrix.allows(
        actor.profession, type_code=document.type_code, class_code=document.class_code, specialty=actor.specialty,
        function=actor.function,
    )  # fmt: skip


def category_is_hidden(question: Question) -> bool:
    return _is_in(question, question.record.hidden_categories) and not _masks_are_lifted(question)


def is_masked_to_professionals(question: Question) -> bool:
    return _MASKED in document_of(question).labels and not _masks_are_lifted(question)


def is_secret_from_representatives(question: Question) -> bool:
    return _INVISIBLE_REPRESENTATIVES in document_of(question).labels


def connection_is_not_secret(question: Question) -> bool:
    return not question.actor.secret_connection


def _masks_are_lifted(question: Question) -> bool:
    """The patient lets an emergency read what they masked."""
    return question.record.emergency_shows_masked and question.actor.purpose is _EMERGENCY


def _is_in(question: Question, categories: frozenset[str]) -> bool:
    if not categories:
        return False
    document = document_of(question)
    return f"type|{document.type_code}" in categories or f"class|{document.class_code}" in categories


def document_of(question: Question) -> AccessClass:
    """The document, which `deny.no-document` has made sure of."""
    assert question.document is not None
    return question.document


# Those that look at the document, at least for some actors and records; the others are the same for every document of a record.
OF_THE_DOCUMENT: frozenset[Predicate] = frozenset(
    {
        names_no_document, is_deleted, is_signature, is_invisible_to_patient, is_for_the_patient_only, is_author_of_document,
        is_hidden_from_them, a_later_version_is_hidden, is_masked_by_the_patient, is_own_upload, acts_for_author_organization,
        category_is_withheld_from_them, profession_may_not_read_type, category_is_hidden, is_masked_to_professionals,
        is_secret_from_representatives, is_not_shared, names_no_author,
    }
)  # fmt: skip
