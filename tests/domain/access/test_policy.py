"""The table of access: one test per cell, its shape, and a second opinion written from the prose."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.access.model import (
    AccessClass,
    AccessMatrix,
    Action,
    AvailabilityStatus,
    Confidentiality,
    Decision,
    OwnerKind,
    Question,
    RecordFacts,
    Representation,
)
from carnet.domain.access.policy import POLICY_EDITION, REFUSAL_ORDER, TABLE, decide
from carnet.domain.access.predicates import OF_THE_DOCUMENT, SIGNATURE_CLASS
from carnet.domain.actor import DELEGATION, SYSTEM, Actor, ActorKind, Purpose
from carnet.domain.consent.model import RecordStatus

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MATRIX = AccessMatrix(
    "test matrix", {"10": frozenset({"10", "11"}), "60": frozenset({"10"})}, {("60", "51969-4"): False}
)

CITIZEN = Actor(ActorKind.CITIZEN, "Camille Essai")
PHYSICIAN = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="810100000001", profession="10")
NURSE = Actor(ActorKind.PROFESSIONAL, "Inf. Essai", person="810100000002", profession="60")
HOSPITAL = Actor(ActorKind.ORGANIZATION, "Hôpital d'essai", organization="1990000001")
INSURANCE = Actor(ActorKind.PRODUCER, "Assurance maladie")
OPERATOR = Actor(ActorKind.OPERATOR, "Exploitant")

PARENT = Actor(ActorKind.GUARDIAN, "Parent d'essai", on_behalf_of="x")
EMERGENCY = replace(PHYSICIAN, purpose=Purpose.EMERGENCY, motive="inconscient")
REGULATOR = replace(PHYSICIAN, purpose=Purpose.REGULATION, sector="SA01")

MINE = RecordFacts(RecordStatus.OPEN, AT, is_holder=True)
ANOTHERS = RecordFacts(RecordStatus.OPEN, AT)
GRANTED = RecordFacts(RecordStatus.OPEN, AT, has_grant=True)
TREATING = RecordFacts(RecordStatus.OPEN, AT, is_primary_care_doctor=True)

OF_A_CHILD = RecordFacts(RecordStatus.OPEN, AT, parent=Representation.FULL, is_of_age=False)
UNDER_TUTELLE = RecordFacts(RecordStatus.OPEN, AT, guardian=Representation.FULL)
REGULATED = RecordFacts(RecordStatus.OPEN, AT, is_regulator=True)
ALL = frozenset(Action) - {
    Action.READ_TRAIL,
    Action.REPRESENT,
    Action.LOOK_UP,
    Action.IDENTIFY,
    Action.FOLLOW,
    Action.ANSWER,
}
LINK = Actor(ActorKind.SHARE_LINK, "")
LINKED = RecordFacts(RecordStatus.OPEN, AT, link_holds=True)
CONSULT = (Action.OPEN, Action.READ)
NOT_CONSULT = sorted(ALL - {Action.FEED, Action.PREPARE, *CONSULT})
SECRETARY = Actor(ActorKind.SECRETARY, "Secrétariat", person="31990000001/1", organization="1990000001")
FOR_A_DOCTOR = replace(SECRETARY, on_behalf_of="810100000001", capacity=DELEGATION)
COVERING = replace(NURSE, on_behalf_of="810100000001", capacity=DELEGATION)
NAMED = RecordFacts(RecordStatus.OPEN, AT, has_delegation=True, had_delegation=True)
NAMED_LATELY = RecordFacts(RecordStatus.OPEN, AT, had_delegation=True)
BUT_TO_FEED = sorted(frozenset(Action) - {Action.FEED, Action.PREPARE, Action.LOOK_UP})

REPORT = AccessClass(
    AvailabilityStatus.APPROVED, frozenset(), "11488-4", "10", OwnerKind.PROFESSIONAL, frozenset({"810100000009"})
)
MASKED = replace(REPORT, labels=frozenset({Confidentiality.MASQUE_PS}))
NOT_YET_SHOWN = replace(REPORT, labels=frozenset({Confidentiality.INVISIBLE_PATIENT}))
SECRET = replace(REPORT, labels=frozenset({Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX}))
SUMMARY = replace(REPORT, type_code="60591-5", class_code="11")
GENETICS = replace(REPORT, type_code="51969-4")
KEPT_FOR_MYSELF = replace(MASKED, owner=OwnerKind.CITIZEN)
ADDED_BY_PATIENT = replace(REPORT, owner=OwnerKind.CITIZEN)
HIDDEN_FROM_PHYSICIAN = replace(REPORT, hidden_from=frozenset({PHYSICIAN.person or ""}))
HIDDEN_FROM_HOSPITAL = replace(REPORT, hidden_from=frozenset({"1990000001"}))
SHARED = replace(REPORT, is_shared=True)
BY_THE_NURSE = frozenset({"810100000009", "810100000002"})


def ask(
    actor: Actor, action: Action, record: RecordFacts, document: AccessClass | None = None, *, holder: str | None = None
) -> Decision:
    return decide(actor, action, record=record, document=document, matrix=MATRIX, holder=holder)


def in_status(record: RecordFacts, status: str) -> RecordFacts:
    return replace(record, status=RecordStatus(status))


MASKING = (Action.MASK, Action.UNMASK)
REVEALING = (Action.REVEAL_TO_PATIENT, Action.REVEAL_TO_REPRESENTATIVES)
ARCHIVING = (Action.ARCHIVE, Action.UNARCHIVE)
CHANGES = (*MASKING, *REVEALING, *ARCHIVING, Action.DELETE)
MINE_TO_CHANGE = replace(REPORT, owner=OwnerKind.CITIZEN, author_persons=frozenset())
OF_THE_HOSPITAL = replace(REPORT, author_organizations=frozenset({"1990000001"}))
COLLEAGUE = replace(PHYSICIAN, organization="1990000001")

OTHER_KINDS = sorted(
    set(ActorKind)
    - {
        ActorKind.CITIZEN,
        ActorKind.GUARDIAN,
        ActorKind.PROFESSIONAL,
        ActorKind.ORGANIZATION,
        ActorKind.PRODUCER,
        ActorKind.SHARE_LINK,
        ActorKind.SECRETARY,
    }
)

CELLS: list[tuple[str, Actor, Action, RecordFacts, AccessClass | None]] = [
    # Kinds without rights, whatever the record says of them.
    *(
        ("deny.actor-kind", Actor(kind, "x"), action, replace(GRANTED, is_holder=True), REPORT)
        for kind in OTHER_KINDS
        for action in sorted(ALL)
    ),
    *(
        ("deny.feeds-only", actor, action, GRANTED, REPORT)
        for actor in (HOSPITAL, INSURANCE)
        for action in sorted(ALL - {Action.FEED} - set(CHANGES))
    ),
    # Those who feed in a professional's name: nothing else, whatever they were given, and only as long as they are named.
    *(
        ("deny.secretary-feeds-only", actor, action, replace(TREATING, has_grant=True, has_delegation=True), REPORT)
        for actor in (SECRETARY, FOR_A_DOCTOR)
        for action in BUT_TO_FEED
    ),
    *(
        ("deny.delegate-feeds-only", COVERING, action, replace(TREATING, has_grant=True, has_delegation=True), REPORT)
        for action in BUT_TO_FEED
    ),
    *(
        ("deny.no-delegation", actor, Action.FEED, record, None)
        for actor in (FOR_A_DOCTOR, COVERING)
        for record in (ANOTHERS, GRANTED, NAMED_LATELY)
    ),
    # Named, a secretary says in whose name.
    ("deny.no-delegation", SECRETARY, Action.FEED, NAMED, None),
    ("deny.no-delegation", SECRETARY, Action.PREPARE, ANOTHERS, None),
    ("deny.no-delegation", SECRETARY, Action.LOOK_UP, NAMED_LATELY, None),
    ("deny.no-delegation", FOR_A_DOCTOR, Action.FEED, in_status(ANOTHERS, "closed"), None),
    ("deny.struck-off", COVERING, Action.FEED, replace(NAMED, is_struck_off=True), None),
    ("deny.struck-off", SECRETARY, Action.LOOK_UP, replace(NAMED, is_struck_off=True), None),
    ("feed.secretary", FOR_A_DOCTOR, Action.FEED, NAMED, None),
    ("feed.secretary", SECRETARY, Action.PREPARE, NAMED, None),
    ("feed.secretary", SECRETARY, Action.PREPARE, NAMED_LATELY, None),
    ("feed.delegate", COVERING, Action.FEED, NAMED, None),
    *(("look-up.secretary", SECRETARY, Action.LOOK_UP, in_status(NAMED, status), None) for status in RecordStatus),
    *(
        ("deny.feeding-opposed", actor, action, replace(NAMED, feeding_opposed=True), None)
        for actor, action in ((FOR_A_DOCTOR, Action.FEED), (SECRETARY, Action.PREPARE), (COVERING, Action.FEED))
    ),
    *(
        (f"deny.record-{status}", actor, Action.FEED, in_status(NAMED, status), None)
        for status in ("announced", "opposed", "closed", "erased")
        for actor in (FOR_A_DOCTOR, COVERING)
    ),
    # Drafts: as feeding, but for machines, which have none.
    ("feed.citizen", CITIZEN, Action.PREPARE, MINE, None),
    ("feed.representative", PARENT, Action.PREPARE, OF_A_CHILD, None),
    ("feed.professional", NURSE, Action.PREPARE, ANOTHERS, None),
    ("deny.feeding-opposed", PHYSICIAN, Action.PREPARE, replace(TREATING, feeding_opposed=True), None),
    # Links that show documents: they read what was shared, as long as they hold.
    *(
        ("deny.link-reads-only", LINK, action, replace(LINKED, is_holder=True, has_grant=True), SHARED)
        for action in sorted({*ALL, Action.LOOK_UP} - set(CONSULT))
    ),
    *(("deny.link-ended", LINK, action, replace(MINE, has_grant=True), SHARED) for action in CONSULT),
    ("open.link", LINK, Action.OPEN, LINKED, None),
    ("read.link", LINK, Action.READ, LINKED, SHARED),
    ("read.link", LINK, Action.READ, LINKED, replace(SHARED, labels=MASKED.labels, owner=OwnerKind.CITIZEN)),
    ("read.link", LINK, Action.READ, LINKED, replace(SHARED, status=AvailabilityStatus.DEPRECATED)),
    ("read.link", LINK, Action.READ, LINKED, replace(SHARED, status=AvailabilityStatus.ARCHIVED)),
    (
        "read.link",
        LINK,
        Action.READ,
        LINKED,
        replace(SHARED, labels=SECRET.labels),
    ),  # a young person shows what is theirs
    ("deny.not-shared", LINK, Action.READ, LINKED, REPORT),
    ("deny.no-document", LINK, Action.READ, LINKED, None),
    ("deny.deleted", LINK, Action.READ, LINKED, replace(SHARED, status=AvailabilityStatus.DELETED)),
    ("deny.signature", LINK, Action.READ, LINKED, replace(SHARED, class_code=SIGNATURE_CLASS)),
    ("deny.later-version-hidden", LINK, Action.READ, LINKED, replace(SHARED, later_is_hidden=True)),
    ("deny.invisible-to-patient", LINK, Action.READ, LINKED, replace(SHARED, labels=NOT_YET_SHOWN.labels)),
    *(
        (f"deny.record-{status}", LINK, action, in_status(LINKED, status), SHARED)
        for status in ("announced", "opposed", "closed", "erased")
        for action in CONSULT
    ),
    *(("deny.not-own-record", CITIZEN, action, ANOTHERS, REPORT) for action in sorted(ALL)),
    # A stranger learns nothing of a record that is closed.
    ("deny.not-own-record", CITIZEN, Action.OPEN, in_status(ANOTHERS, "closed"), None),
    # Legal representatives.
    *(("deny.not-representative", PARENT, action, replace(GRANTED, is_of_age=False), REPORT) for action in sorted(ALL)),
    ("deny.not-representative", PARENT, Action.OPEN, in_status(ANOTHERS, "closed"), None),
    *(("deny.of-age", PARENT, action, replace(OF_A_CHILD, is_of_age=True), REPORT) for action in sorted(ALL)),
    *(
        ("deny.represents-to-read", PARENT, action, record, None)
        for record in (
            replace(OF_A_CHILD, parent=Representation.READ),
            replace(UNDER_TUTELLE, guardian=Representation.READ),
            # Authority that ended at majority adds nothing to a guardianship that only reads.
            replace(UNDER_TUTELLE, guardian=Representation.READ, parent=Representation.FULL),
        )
        for action in (Action.FEED, Action.AUTHORISE, Action.TREAT, Action.GOVERN)
    ),
    # Representatives are named by the identity source, or by one who represents in full.
    *(
        ("represent.operator", actor, Action.REPRESENT, in_status(ANOTHERS, status), None)
        for actor in (OPERATOR, SYSTEM)
        for status in ("announced", "open")
    ),
    ("represent.representative", PARENT, Action.REPRESENT, OF_A_CHILD, None),
    ("represent.representative", PARENT, Action.REPRESENT, in_status(UNDER_TUTELLE, "announced"), None),
    *(
        ("deny.represent", actor, Action.REPRESENT, record, None)
        for actor, record in (
            (CITIZEN, MINE),
            (PHYSICIAN, TREATING),
            (HOSPITAL, GRANTED),
            (OPERATOR, in_status(ANOTHERS, "closed")),
            (PARENT, ANOTHERS),
            (PARENT, replace(OF_A_CHILD, parent=Representation.READ)),
            (PARENT, replace(OF_A_CHILD, is_of_age=True)),
            (PARENT, in_status(OF_A_CHILD, "closed")),
        )
    ),
    *(("deny.struck-off", PHYSICIAN, action, replace(TREATING, is_struck_off=True), REPORT) for action in sorted(ALL)),
    *(
        ("deny.purpose", replace(actor, purpose=purpose, motive="urgence"), action, record, REPORT)
        for actor, record in ((CITIZEN, MINE), (PARENT, OF_A_CHILD))
        for purpose in (Purpose.EMERGENCY, Purpose.REGULATION)
        for action in sorted(ALL - {Action.FEED, Action.PREPARE})
    ),
    *(("deny.purpose", actor, action, TREATING, REPORT) for actor in (EMERGENCY, REGULATOR) for action in NOT_CONSULT),
    *(
        ("deny.motive-missing", replace(EMERGENCY, motive=motive), action, GRANTED, REPORT)
        for motive in (None, "", "  ")
        for action in CONSULT
    ),
    # A motive is asked before anything is told of the record.
    ("deny.motive-missing", replace(EMERGENCY, motive=None), Action.OPEN, in_status(ANOTHERS, "closed"), None),
    *(("deny.not-regulator", REGULATOR, action, GRANTED, REPORT) for action in CONSULT),
    *(
        (f"deny.record-{status}", actor, action, in_status(record, status), REPORT)
        for status in ("announced", "opposed", "closed", "erased")
        for actor, record in ((CITIZEN, MINE), (PHYSICIAN, GRANTED), (PARENT, OF_A_CHILD))
        for action in sorted(ALL)
    ),
    *(
        (f"deny.record-{status}", actor, action, in_status(REGULATED, status), REPORT)
        for status in ("announced", "opposed", "closed", "erased")
        for actor in (EMERGENCY, REGULATOR)
        for action in CONSULT
    ),
    *(
        (f"deny.record-{status}", actor, Action.FEED, in_status(ANOTHERS, status), None)
        for status in ("announced", "opposed", "closed", "erased")
        for actor in (HOSPITAL, INSURANCE)
    ),
    ("deny.record-closed", PHYSICIAN, Action.READ, in_status(replace(GRANTED, is_blocked=True), "closed"), REPORT),
    # Feeding.
    *(
        ("deny.feeding-opposed", actor, Action.FEED, replace(TREATING, feeding_opposed=True), None)
        for actor in (PHYSICIAN, HOSPITAL, INSURANCE)
    ),
    ("feed.citizen", CITIZEN, Action.FEED, MINE, None),
    ("feed.citizen", CITIZEN, Action.FEED, replace(MINE, feeding_opposed=True), None),
    ("feed.representative", PARENT, Action.FEED, OF_A_CHILD, None),
    ("feed.representative", PARENT, Action.FEED, UNDER_TUTELLE, None),
    ("feed.representative", PARENT, Action.FEED, replace(OF_A_CHILD, feeding_opposed=True), None),
    ("feed.professional", NURSE, Action.FEED, ANOTHERS, None),
    ("feed.professional", NURSE, Action.FEED, replace(ANOTHERS, is_blocked=True), None),
    ("feed.professional", replace(NURSE, profession=None), Action.FEED, ANOTHERS, None),
    ("feed.professional", replace(PHYSICIAN, purpose=Purpose.EMERGENCY), Action.FEED, ANOTHERS, None),
    ("feed.organization", HOSPITAL, Action.FEED, ANOTHERS, None),
    ("feed.producer", INSURANCE, Action.FEED, ANOTHERS, None),
    *(
        ("deny.no-professional", actor, Action.KNOW_STATUS, record, None)
        for actor, record in ((CITIZEN, MINE), (PARENT, OF_A_CHILD))
    ),
    *(
        ("status.professional", actor, Action.KNOW_STATUS, record, None)
        for actor in (PHYSICIAN, NURSE)
        for record in (ANOTHERS, GRANTED, replace(ANOTHERS, is_blocked=True))
    ),
    # What the patient asks about a document.
    *(
        ("deny.no-professional", actor, Action.REPLY, record, REPORT)
        for actor, record in ((CITIZEN, MINE), (PARENT, OF_A_CHILD))
    ),
    *(
        ("reply.author", NURSE, Action.REPLY, record, replace(document, author_persons=BY_THE_NURSE))
        for record in (ANOTHERS, GRANTED, replace(ANOTHERS, is_blocked=True))
        for document in (REPORT, MASKED, NOT_YET_SHOWN, replace(REPORT, hidden_from=frozenset({NURSE.person or ""})))
    ),
    ("reply.organization", COLLEAGUE, Action.REPLY, ANOTHERS, replace(OF_THE_HOSPITAL, author_persons=frozenset())),
    ("reply.author-organization", COLLEAGUE, Action.REPLY, GRANTED, OF_THE_HOSPITAL),
    ("deny.no-grant-to-update", COLLEAGUE, Action.REPLY, ANOTHERS, OF_THE_HOSPITAL),
    ("deny.no-grant-to-update", PHYSICIAN, Action.REPLY, ANOTHERS, REPORT),
    *(("deny.not-addressee", PHYSICIAN, Action.REPLY, record, REPORT) for record in (GRANTED, TREATING)),
    ("deny.no-document", NURSE, Action.REPLY, GRANTED, None),
    (
        "deny.deleted",
        NURSE,
        Action.REPLY,
        GRANTED,
        replace(REPORT, status=AvailabilityStatus.DELETED, author_persons=BY_THE_NURSE),
    ),
    (
        "deny.signature",
        NURSE,
        Action.REPLY,
        GRANTED,
        replace(REPORT, class_code=SIGNATURE_CLASS, author_persons=BY_THE_NURSE),
    ),
    # Decisions.
    *(
        ("deny.patient-decides", actor, action, replace(TREATING, has_grant=True), None)
        for actor in (PHYSICIAN, NURSE)
        for action in (Action.GOVERN, Action.SIMULATE)
    ),
    *(
        ("deny.blocked", PHYSICIAN, action, replace(TREATING, is_blocked=True), None)
        for action in (Action.AUTHORISE, Action.TREAT, Action.REVIEW)
    ),
    *(
        ("deny.reach", PHYSICIAN, action, replace(TREATING, reaches_too_many=True), REPORT)
        for action in (Action.AUTHORISE, Action.TREAT, Action.OPEN, Action.READ)
    ),
    *(("deny.reach", EMERGENCY, action, replace(REGULATED, reaches_too_many=True), REPORT) for action in CONSULT),
    ("review.primary-care-doctor", PHYSICIAN, Action.REVIEW, replace(TREATING, reaches_too_many=True), None),
    ("authorise.citizen", CITIZEN, Action.AUTHORISE, replace(MINE, reaches_too_many=True), None),
    ("authorise.citizen", CITIZEN, Action.AUTHORISE, MINE, None),
    ("authorise.citizen", CITIZEN, Action.TREAT, MINE, None),
    ("authorise.representative", PARENT, Action.AUTHORISE, OF_A_CHILD, None),
    ("authorise.representative", PARENT, Action.TREAT, UNDER_TUTELLE, None),
    ("govern.citizen", CITIZEN, Action.GOVERN, MINE, None),
    ("govern.representative", PARENT, Action.GOVERN, OF_A_CHILD, None),
    ("govern.representative", PARENT, Action.GOVERN, replace(UNDER_TUTELLE, parent=Representation.READ), None),
    ("deny.not-primary-care-doctor", PHYSICIAN, Action.REVIEW, GRANTED, None),
    ("review.primary-care-doctor", PHYSICIAN, Action.REVIEW, TREATING, None),
    ("review.citizen", CITIZEN, Action.REVIEW, MINE, None),
    *(
        ("review.representative", PARENT, Action.REVIEW, replace(OF_A_CHILD, parent=scope), None)
        for scope in Representation
    ),
    ("simulate.citizen", CITIZEN, Action.SIMULATE, MINE, None),
    *(
        ("simulate.representative", PARENT, Action.SIMULATE, replace(OF_A_CHILD, parent=scope), None)
        for scope in Representation
    ),
    # Emergency and regulation.
    *(
        ("deny.emergency-opposed", EMERGENCY, action, replace(record, emergency_opposed=True), REPORT)
        for record in (ANOTHERS, GRANTED, TREATING)
        for action in CONSULT
    ),
    *(
        ("deny.regulation-opposed", REGULATOR, action, replace(REGULATED, regulation_opposed=True), REPORT)
        for action in CONSULT
    ),
    *(
        ("deny.blocked", actor, action, replace(REGULATED, is_blocked=True, block_holds_in_emergency=True), REPORT)
        for actor in (EMERGENCY, REGULATOR)
        for action in CONSULT
    ),
    # One opposition says nothing of the other, and neither of an ordinary access.
    ("open.emergency", EMERGENCY, Action.OPEN, replace(ANOTHERS, regulation_opposed=True), None),
    ("open.regulation", REGULATOR, Action.OPEN, replace(REGULATED, emergency_opposed=True), None),
    (
        "open.professional",
        PHYSICIAN,
        Action.OPEN,
        replace(GRANTED, emergency_opposed=True, regulation_opposed=True),
        None,
    ),
    ("open.emergency", EMERGENCY, Action.OPEN, replace(ANOTHERS, is_blocked=True), None),
    ("open.regulation", REGULATOR, Action.OPEN, replace(REGULATED, is_blocked=True), None),
    ("read.emergency", EMERGENCY, Action.READ, ANOTHERS, REPORT),
    ("read.emergency", EMERGENCY, Action.READ, replace(ANOTHERS, emergency_shows_masked=True), MASKED),
    (
        "read.emergency",
        EMERGENCY,
        Action.READ,
        replace(ANOTHERS, emergency_shows_masked=True, hidden_categories=frozenset({"class|10"})),
        REPORT,
    ),
    ("read.regulation", REGULATOR, Action.READ, REGULATED, REPORT),
    ("deny.masked", EMERGENCY, Action.READ, ANOTHERS, MASKED),
    ("deny.masked", REGULATOR, Action.READ, replace(REGULATED, emergency_shows_masked=True), MASKED),
    ("deny.masked", PHYSICIAN, Action.READ, replace(GRANTED, emergency_shows_masked=True), MASKED),
    ("deny.secret", EMERGENCY, Action.READ, replace(ANOTHERS, emergency_shows_masked=True), SECRET),
    ("deny.profession", replace(EMERGENCY, profession="60"), Action.READ, ANOTHERS, SUMMARY),
    # A right on the record.
    *(
        ("deny.blocked", PHYSICIAN, action, replace(GRANTED, is_blocked=True), REPORT)
        for action in (Action.OPEN, Action.READ)
    ),
    *(
        ("deny.blocked", PHYSICIAN, action, replace(TREATING, is_blocked=True), REPORT)
        for action in (Action.OPEN, Action.READ)
    ),
    *(("deny.no-grant", PHYSICIAN, action, ANOTHERS, REPORT) for action in (Action.OPEN, Action.READ)),
    ("deny.no-grant", PHYSICIAN, Action.OPEN, MINE, None),
    ("open.citizen", CITIZEN, Action.OPEN, MINE, None),
    ("open.primary-care-doctor", PHYSICIAN, Action.OPEN, TREATING, None),
    ("open.primary-care-doctor", PHYSICIAN, Action.OPEN, replace(TREATING, has_grant=True), None),
    ("open.professional", NURSE, Action.OPEN, GRANTED, None),
    ("open.representative", PARENT, Action.OPEN, OF_A_CHILD, None),
    ("open.representative", PARENT, Action.OPEN, replace(OF_A_CHILD, parent=Representation.READ), None),
    ("open.representative", PARENT, Action.OPEN, UNDER_TUTELLE, None),
    ("open.representative", PARENT, Action.OPEN, replace(UNDER_TUTELLE, parent=Representation.FULL), None),
    # Reading.
    *(
        ("deny.no-document", actor, Action.READ, record, None)
        for actor, record in ((CITIZEN, MINE), (PHYSICIAN, GRANTED))
    ),
    *(
        ("deny.deleted", actor, Action.READ, record, replace(REPORT, status=AvailabilityStatus.DELETED))
        for actor, record in ((CITIZEN, MINE), (PHYSICIAN, GRANTED), (PHYSICIAN, TREATING))
    ),
    (
        "deny.deleted",
        NURSE,
        Action.READ,
        GRANTED,
        replace(REPORT, status=AvailabilityStatus.DELETED, author_persons=BY_THE_NURSE),
    ),
    *(
        (
            "deny.signature",
            actor,
            action,
            record,
            replace(REPORT, class_code=SIGNATURE_CLASS, author_persons=BY_THE_NURSE),
        )
        for action in (Action.READ, *CHANGES)
        for actor, record in ((CITIZEN, MINE), (PHYSICIAN, TREATING), (NURSE, GRANTED))
    ),
    ("deny.invisible-to-patient", CITIZEN, Action.READ, MINE, NOT_YET_SHOWN),
    ("read.citizen", CITIZEN, Action.READ, MINE, REPORT),
    ("read.citizen", CITIZEN, Action.READ, MINE, MASKED),
    ("read.citizen", CITIZEN, Action.READ, MINE, SECRET),
    ("read.citizen", CITIZEN, Action.READ, MINE, replace(REPORT, type_code="REMB", class_code="60")),
    *(
        (rule, actor, Action.READ, record, replace(REPORT, status=status))
        for status in (AvailabilityStatus.ARCHIVED, AvailabilityStatus.DEPRECATED)
        for rule, actor, record in (("read.citizen", CITIZEN, MINE), ("read.professional", NURSE, GRANTED))
    ),
    *(
        ("read.author", NURSE, Action.READ, GRANTED, replace(document, author_persons=BY_THE_NURSE))
        for document in (REPORT, MASKED, SECRET, NOT_YET_SHOWN, SUMMARY, GENETICS)
    ),
    ("deny.no-grant", NURSE, Action.READ, ANOTHERS, replace(REPORT, author_persons=BY_THE_NURSE)),
    ("deny.profession", NURSE, Action.READ, GRANTED, SUMMARY),
    ("deny.profession", NURSE, Action.READ, GRANTED, GENETICS),
    ("deny.profession", replace(NURSE, profession=None), Action.READ, GRANTED, REPORT),
    ("deny.profession", replace(NURSE, person=None, profession=None), Action.READ, GRANTED, REPORT),
    ("deny.profession", NURSE, Action.READ, TREATING, SUMMARY),
    ("deny.profession", PHYSICIAN, Action.READ, TREATING, replace(REPORT, class_code="60")),
    ("deny.invisible-to-patient", PARENT, Action.READ, OF_A_CHILD, NOT_YET_SHOWN),
    ("deny.invisible-to-representatives", PARENT, Action.READ, OF_A_CHILD, SECRET),
    ("deny.invisible-to-representatives", PARENT, Action.READ, UNDER_TUTELLE, SECRET),
    ("deny.invisible-to-representatives", replace(PARENT, secret_connection=True), Action.READ, OF_A_CHILD, SECRET),
    *(
        ("read.representative", PARENT, Action.READ, record, document)
        for record in (OF_A_CHILD, UNDER_TUTELLE)
        for document in (REPORT, MASKED, KEPT_FOR_MYSELF, HIDDEN_FROM_PHYSICIAN)
    ),
    ("read.citizen", CITIZEN, Action.READ, MINE, KEPT_FOR_MYSELF),
    ("read.citizen", CITIZEN, Action.READ, replace(MINE, hidden_categories=frozenset({"class|10"})), REPORT),
    *(
        ("deny.patient-only", actor, Action.READ, record, KEPT_FOR_MYSELF)
        for actor, record in ((PHYSICIAN, GRANTED), (PHYSICIAN, TREATING), (EMERGENCY, ANOTHERS))
    ),
    ("deny.patient-only", NURSE, Action.READ, GRANTED, replace(KEPT_FOR_MYSELF, author_persons=BY_THE_NURSE)),
    ("read.professional", PHYSICIAN, Action.READ, GRANTED, ADDED_BY_PATIENT),
    *(
        ("deny.hidden-by-name", actor, Action.READ, record, HIDDEN_FROM_PHYSICIAN)
        for actor, record in (
            (PHYSICIAN, GRANTED),
            (PHYSICIAN, TREATING),
            (EMERGENCY, replace(ANOTHERS, emergency_shows_masked=True)),
        )
    ),
    ("deny.hidden-by-name", replace(NURSE, organization="1990000001"), Action.READ, GRANTED, HIDDEN_FROM_HOSPITAL),
    ("read.professional", replace(NURSE, organization="1990000002"), Action.READ, GRANTED, HIDDEN_FROM_HOSPITAL),
    ("read.professional", NURSE, Action.READ, GRANTED, HIDDEN_FROM_PHYSICIAN),
    (
        "read.author",
        NURSE,
        Action.READ,
        GRANTED,
        replace(REPORT, author_persons=BY_THE_NURSE, hidden_from=frozenset({NURSE.person or ""})),
    ),
    *(
        ("deny.category-withheld", actor, Action.READ, replace(record, withheld_categories=frozenset({scope})), REPORT)
        for scope in ("type|11488-4", "class|10")
        for actor, record in ((PHYSICIAN, GRANTED), (PHYSICIAN, TREATING), (EMERGENCY, ANOTHERS))
    ),
    *(
        ("deny.category-hidden", actor, Action.READ, replace(record, hidden_categories=frozenset({scope})), REPORT)
        for scope in ("type|11488-4", "class|10")
        for actor, record in ((PHYSICIAN, GRANTED), (EMERGENCY, ANOTHERS), (REGULATOR, REGULATED))
    ),
    (
        "read.primary-care-doctor",
        PHYSICIAN,
        Action.READ,
        replace(TREATING, hidden_categories=frozenset({"class|10"})),
        REPORT,
    ),
    (
        "read.author",
        NURSE,
        Action.READ,
        replace(GRANTED, hidden_categories=frozenset({"class|10"}), withheld_categories=frozenset({"class|10"})),
        replace(REPORT, author_persons=BY_THE_NURSE),
    ),
    ("read.professional", PHYSICIAN, Action.READ, replace(GRANTED, hidden_categories=frozenset({"type|10"})), REPORT),
    *(
        ("read.primary-care-doctor", PHYSICIAN, Action.READ, TREATING, document)
        for document in (REPORT, MASKED, SECRET, NOT_YET_SHOWN)
    ),
    ("deny.masked", PHYSICIAN, Action.READ, GRANTED, MASKED),
    ("deny.masked", replace(PHYSICIAN, person=None), Action.READ, GRANTED, replace(MASKED, author_persons=frozenset())),
    (
        "deny.masked",
        replace(PHYSICIAN, secret_connection=True),
        Action.READ,
        GRANTED,
        replace(SECRET, labels=MASKED.labels | SECRET.labels),
    ),
    ("deny.secret", PHYSICIAN, Action.READ, GRANTED, SECRET),
    ("read.secret-connection", replace(PHYSICIAN, secret_connection=True), Action.READ, GRANTED, SECRET),
    ("read.professional", PHYSICIAN, Action.READ, GRANTED, REPORT),
    ("read.professional", replace(PHYSICIAN, secret_connection=True), Action.READ, GRANTED, REPORT),
    ("read.professional", PHYSICIAN, Action.READ, GRANTED, NOT_YET_SHOWN),
    ("read.professional", NURSE, Action.READ, GRANTED, REPORT),
    # Versions.
    *(
        ("deny.later-version-hidden", actor, action, record, replace(document, later_is_hidden=True))
        for action in (Action.READ, *CHANGES)
        for actor, record, document in (
            (CITIZEN, MINE, REPORT),
            (CITIZEN, MINE, MINE_TO_CHANGE),
            (PHYSICIAN, TREATING, REPORT),
            (NURSE, GRANTED, replace(REPORT, author_persons=BY_THE_NURSE)),
        )
    ),
    # Changing: who may set what (documents.md §4).
    *(
        ("deny.replace-instead", actor, action, GRANTED, REPORT)
        for actor in (HOSPITAL, INSURANCE)
        for action in CHANGES
    ),
    *(("deny.no-document", NURSE, action, GRANTED, None) for action in CHANGES),
    *(
        ("deny.deleted", actor, action, record, replace(document, status=AvailabilityStatus.DELETED))
        for action in CHANGES
        for actor, record, document in (
            (CITIZEN, MINE, MINE_TO_CHANGE),
            (NURSE, GRANTED, replace(REPORT, author_persons=BY_THE_NURSE)),
        )
    ),
    *(
        ("deny.blocked", NURSE, action, replace(GRANTED, is_blocked=True), replace(REPORT, author_persons=BY_THE_NURSE))
        for action in CHANGES
    ),
    *(
        ("update.citizen", CITIZEN, action, MINE, each)
        for action in MASKING
        for each in (REPORT, MASKED, MINE_TO_CHANGE)
    ),
    ("update.citizen", CITIZEN, Action.UNMASK, MINE, replace(MASKED, masked_by_patient=True)),
    *(
        ("update.representative", PARENT, action, record, MASKED)
        for action in MASKING
        for record in (OF_A_CHILD, UNDER_TUTELLE)
    ),
    ("update.own-upload", PARENT, Action.DELETE, OF_A_CHILD, MINE_TO_CHANGE),
    ("deny.not-own-upload", PARENT, Action.DELETE, OF_A_CHILD, REPORT),
    ("deny.represents-to-read", PARENT, Action.MASK, replace(OF_A_CHILD, parent=Representation.READ), REPORT),
    (
        "deny.purpose",
        replace(NURSE, purpose=Purpose.EMERGENCY, motive="urgence"),
        Action.MASK,
        GRANTED,
        replace(REPORT, author_persons=BY_THE_NURSE),
    ),
    *(
        ("update.own-upload", CITIZEN, action, MINE, MINE_TO_CHANGE)
        for action in (*REVEALING, *ARCHIVING, Action.DELETE)
    ),
    *(("deny.not-own-upload", CITIZEN, action, MINE, REPORT) for action in (*REVEALING, *ARCHIVING, Action.DELETE)),
    *(
        ("deny.masked-by-patient", actor, Action.UNMASK, record, replace(document, masked_by_patient=True))
        for actor, record, document in (
            (NURSE, GRANTED, replace(MASKED, author_persons=BY_THE_NURSE)),
            (PHYSICIAN, TREATING, MASKED),
            (PHYSICIAN, ANOTHERS, MASKED),
        )
    ),
    *(
        ("update.author", NURSE, action, record, replace(document, author_persons=BY_THE_NURSE))
        for action in CHANGES
        for record in (GRANTED, ANOTHERS, TREATING)
        for document in (REPORT, MASKED, SECRET, NOT_YET_SHOWN, SUMMARY)
    ),
    *(("deny.no-grant-to-update", COLLEAGUE, action, ANOTHERS, OF_THE_HOSPITAL) for action in CHANGES),
    *(("update.author-organization", COLLEAGUE, action, GRANTED, OF_THE_HOSPITAL) for action in CHANGES),
    *(("deny.not-author", PHYSICIAN, Action.DELETE, record, OF_THE_HOSPITAL) for record in (GRANTED, TREATING)),
    *(
        ("update.primary-care-doctor", PHYSICIAN, action, TREATING, REPORT)
        for action in (*MASKING, *REVEALING, *ARCHIVING)
    ),
    *(
        ("deny.not-author-nor-primary-care-doctor", actor, action, GRANTED, OF_THE_HOSPITAL)
        for actor in (PHYSICIAN, replace(PHYSICIAN, organization="1990000099"))
        for action in (*MASKING, *REVEALING, *ARCHIVING)
    ),
    # The trail.
    *(("trail.citizen", CITIZEN, Action.READ_TRAIL, in_status(MINE, status), None) for status in RecordStatus),
    ("trail.primary-care-doctor", PHYSICIAN, Action.READ_TRAIL, TREATING, None),
    ("trail.primary-care-doctor", PHYSICIAN, Action.READ_TRAIL, replace(TREATING, has_grant=True), None),
    *(
        ("trail.representative", PARENT, Action.READ_TRAIL, in_status(record, status), None)
        for record in (OF_A_CHILD, UNDER_TUTELLE)
        for status in ("open", "closed")
    ),
    ("deny.trail", PARENT, Action.READ_TRAIL, replace(OF_A_CHILD, is_of_age=True), None),
    ("deny.trail", PARENT, Action.READ_TRAIL, replace(ANOTHERS, is_of_age=False), None),
    ("deny.trail", PARENT, Action.READ_TRAIL, in_status(OF_A_CHILD, "opposed"), None),
    *(("trail.operator", OPERATOR, Action.READ_TRAIL, in_status(ANOTHERS, status), None) for status in RecordStatus),
    ("deny.trail", CITIZEN, Action.READ_TRAIL, ANOTHERS, None),
    ("deny.trail", PHYSICIAN, Action.READ_TRAIL, GRANTED, None),
    ("deny.trail", PHYSICIAN, Action.READ_TRAIL, replace(TREATING, is_blocked=True), None),
    ("deny.trail", PHYSICIAN, Action.READ_TRAIL, in_status(TREATING, "closed"), None),
    *(
        ("deny.trail", actor, Action.READ_TRAIL, replace(TREATING, is_holder=True), None)
        for actor in (HOSPITAL, INSURANCE)
    ),
    *(
        ("deny.trail", Actor(kind, "x"), Action.READ_TRAIL, replace(TREATING, is_holder=True), None)
        for kind in OTHER_KINDS
        if kind is not ActorKind.OPERATOR
    ),
    # Notices and reports of accesses: the person's, and who represents them; answers: the operator's.
    *(("follow.citizen", CITIZEN, Action.FOLLOW, in_status(MINE, status), None) for status in RecordStatus),
    *(
        ("follow.representative", PARENT, Action.FOLLOW, in_status(record, status), None)
        for record in (OF_A_CHILD, replace(OF_A_CHILD, parent=Representation.READ), UNDER_TUTELLE)
        for status in ("open", "closed")
    ),
    ("deny.follow", PARENT, Action.FOLLOW, replace(OF_A_CHILD, is_of_age=True), None),
    ("deny.follow", PARENT, Action.FOLLOW, in_status(OF_A_CHILD, "opposed"), None),
    ("deny.follow", CITIZEN, Action.FOLLOW, ANOTHERS, None),
    *(("deny.follow", actor, Action.FOLLOW, TREATING, None) for actor in (PHYSICIAN, HOSPITAL, INSURANCE)),
    *(
        ("deny.follow", Actor(kind, "x"), Action.FOLLOW, replace(TREATING, is_holder=True), None)
        for kind in OTHER_KINDS
    ),
    *(("answer.operator", OPERATOR, Action.ANSWER, in_status(ANOTHERS, status), None) for status in RecordStatus),
    *(
        ("deny.answer", actor, Action.ANSWER, record, None)
        for actor, record in ((CITIZEN, MINE), (PARENT, OF_A_CHILD), (PHYSICIAN, TREATING), (HOSPITAL, GRANTED))
    ),
    # Whether a record exists: for who cares and for who feeds, whatever its status.
    *(("deny.actor-kind", Actor(kind, "x"), Action.LOOK_UP, GRANTED, None) for kind in OTHER_KINDS),
    *(("look-up.citizen", CITIZEN, Action.LOOK_UP, in_status(MINE, status), None) for status in RecordStatus),
    ("deny.not-own-record", CITIZEN, Action.LOOK_UP, ANOTHERS, None),
    ("look-up.representative", PARENT, Action.LOOK_UP, OF_A_CHILD, None),
    ("deny.not-representative", PARENT, Action.LOOK_UP, ANOTHERS, None),
    ("deny.of-age", PARENT, Action.LOOK_UP, replace(OF_A_CHILD, is_of_age=True), None),
    ("deny.struck-off", PHYSICIAN, Action.LOOK_UP, replace(ANOTHERS, is_struck_off=True), None),
    *(
        (f"look-up.{actor.kind}", actor, Action.LOOK_UP, in_status(replace(ANOTHERS, is_blocked=blocked), status), None)
        for actor in (PHYSICIAN, HOSPITAL, INSURANCE)
        for status in RecordStatus
        for blocked in (True, False)
    ),
    # Identities, whosever they are.
    ("identify.source", Actor(ActorKind.IDENTITY_SOURCE, "x"), Action.IDENTIFY, ANOTHERS, None),
    *(
        (
            "deny.identify",
            Actor(kind, "x", person="810100000001"),
            Action.IDENTIFY,
            replace(GRANTED, is_holder=True),
            None,
        )
        for kind in ActorKind
        if kind not in {ActorKind.IDENTITY_SOURCE, ActorKind.SECRETARY}
    ),
]


@pytest.mark.parametrize(("rule", "actor", "action", "record", "document"), CELLS)
def test_cell(rule: str, actor: Actor, action: Action, record: RecordFacts, document: AccessClass | None) -> None:
    decision = ask(actor, action, record, document)
    assert decision.rule == rule
    assert decision.allowed is not rule.startswith("deny.")


HOLDERS: list[tuple[str, Actor, Action, RecordFacts, str | None]] = [
    *(
        ("deny.not-yours", PHYSICIAN, action, TREATING, holder)
        for action in (Action.AUTHORISE, Action.TREAT)
        for holder in (None, NURSE.person, "1990000001")
    ),
    ("authorise.professional", NURSE, Action.AUTHORISE, ANOTHERS, NURSE.person),
    ("authorise.professional", replace(NURSE, organization="1990000001"), Action.AUTHORISE, ANOTHERS, "1990000001"),
    ("authorise.professional", PHYSICIAN, Action.TREAT, ANOTHERS, PHYSICIAN.person),
    ("deny.no-physician", NURSE, Action.TREAT, GRANTED, NURSE.person),
    ("deny.not-yours", replace(NURSE, person=None), Action.AUTHORISE, ANOTHERS, None),
    ("authorise.citizen", CITIZEN, Action.AUTHORISE, MINE, NURSE.person),
]


@pytest.mark.parametrize(("rule", "actor", "action", "record", "holder"), HOLDERS)
def test_cell_of_a_holder(rule: str, actor: Actor, action: Action, record: RecordFacts, holder: str | None) -> None:
    assert ask(actor, action, record, holder=holder).rule == rule


def test_every_line_of_the_table_is_tested() -> None:
    tested = {rule for rule, *_ in CELLS} | {rule for rule, *_ in HOLDERS}
    assert tested == {line.rule for line in TABLE}


@pytest.mark.parametrize(
    ("actor", "record", "document", "obligations"),
    [
        (NURSE, GRANTED, REPORT, ()),
        (NURSE, GRANTED, NOT_YET_SHOWN, ("warn-invisible-to-patient",)),
        (NURSE, GRANTED, replace(NOT_YET_SHOWN, author_persons=BY_THE_NURSE), ("warn-invisible-to-patient",)),
        (PHYSICIAN, TREATING, SECRET, ("warn-invisible-to-representatives",)),
        (replace(PHYSICIAN, secret_connection=True), GRANTED, SECRET, ("warn-invisible-to-representatives",)),
        (PHYSICIAN, TREATING, MASKED, ()),
        (
            PHYSICIAN,
            TREATING,
            replace(REPORT, labels=NOT_YET_SHOWN.labels | SECRET.labels),
            ("warn-invisible-to-patient", "warn-invisible-to-representatives"),
        ),
        (PHYSICIAN, GRANTED, SECRET, ()),
        (CITIZEN, MINE, SECRET, ()),
    ],
)
def test_a_professional_is_warned(
    actor: Actor, record: RecordFacts, document: AccessClass, obligations: tuple[str, ...]
) -> None:
    assert ask(actor, Action.READ, record, document).obligations == obligations


def test_a_decision_carries_both_editions() -> None:
    assert ask(CITIZEN, Action.OPEN, MINE).edition == f"{POLICY_EDITION}; test matrix"


def test_carnet_itself_has_no_right_by_default() -> None:
    allowed = [action for action in Action if ask(SYSTEM, action, replace(GRANTED, is_holder=True), REPORT).allowed]
    assert allowed == [Action.REPRESENT]


def test_rules_have_one_line_each_and_refusals_are_in_order() -> None:
    rules = [line.rule for line in TABLE]
    assert len(set(rules)) == len(rules)
    assert tuple(rule for rule in rules if rule.startswith("deny.")) == REFUSAL_ORDER


def test_each_path_ends_in_a_line_that_always_speaks() -> None:
    for action in Action:
        for kind in ActorKind:
            for status in RecordStatus:
                path = [
                    line for line in TABLE if action in line.actions and kind in line.kinds and status in line.records
                ]
                ends = [line for line in path if not line.when]
                assert ends, (action, kind, status)


class _NoDocument:
    """A question whose document may not be looked at."""

    def __init__(self, question: Question) -> None:
        self._question = question

    def __getattr__(self, name: str) -> object:
        assert name != "document", "a predicate of the record looks at the document"
        return getattr(self._question, name)


@pytest.mark.parametrize("actor", [CITIZEN, PARENT, PHYSICIAN, EMERGENCY, REGULATOR, HOSPITAL, OPERATOR, LINK], ids=str)
@pytest.mark.parametrize("record", [MINE, ANOTHERS, GRANTED, TREATING, OF_A_CHILD, UNDER_TUTELLE, REGULATED], ids=str)
def test_what_is_asked_once_for_a_record_does_not_depend_on_the_document(actor: Actor, record: RecordFacts) -> None:
    """`deciding` asks it before it knows the document."""
    asked = {predicate for line in TABLE for predicate in line.when}
    assert asked >= OF_THE_DOCUMENT, "nothing in the list is out of use"
    question = _NoDocument(Question(actor, Action.READ, record, None, MATRIX))
    for predicate in asked - OF_THE_DOCUMENT:
        assert predicate(question) in {True, False}


def test_the_page_and_the_table_are_in_step() -> None:
    page = (Path(__file__).parents[3] / "docs" / "access-rules.md").read_text(encoding="utf-8")
    named = [row.split("`")[1] for row in page.splitlines() if row.startswith("| ") and row.count("`") >= 2]
    assert named == [line.rule for line in TABLE]
    assert POLICY_EDITION in page


# --- A second opinion, written from the prose of documents.md §4, §6 and §7, not from the table. ---

categories = st.frozensets(st.sampled_from(["type|11488-4", "type|51969-4", "class|10", "class|60"]), max_size=2)
representations = st.none() | st.sampled_from(Representation)
actors = st.builds(
    Actor,
    kind=st.sampled_from(ActorKind) | st.sampled_from([ActorKind.PROFESSIONAL, ActorKind.GUARDIAN]),
    name=st.just("x"),
    person=st.sampled_from([None, "810100000001", "810100000002"]),
    organization=st.sampled_from([None, "1990000001"]),
    profession=st.sampled_from([None, "10", "60", "80"]),
    purpose=st.sampled_from([Purpose.NORMAL, Purpose.NORMAL, Purpose.EMERGENCY, Purpose.REGULATION]),
    motive=st.sampled_from([None, " ", "inconscient"]),
    secret_connection=st.booleans(),
)
delegates = st.builds(
    replace,
    actors.filter(lambda actor: actor.kind in {ActorKind.PROFESSIONAL, ActorKind.SECRETARY}),
    on_behalf_of=st.sampled_from([None, "810100000002"]),
    capacity=st.just(DELEGATION),
)
records = st.builds(
    RecordFacts,
    status=st.sampled_from(RecordStatus) | st.just(RecordStatus.OPEN),
    at=st.just(AT),
    is_holder=st.booleans(),
    has_grant=st.booleans(),
    is_blocked=st.booleans(),
    is_primary_care_doctor=st.booleans(),
    parent=representations,
    guardian=representations,
    is_of_age=st.booleans(),
    feeding_opposed=st.booleans(),
    emergency_opposed=st.booleans(),
    regulation_opposed=st.booleans(),
    emergency_shows_masked=st.booleans(),
    block_holds_in_emergency=st.booleans(),
    hidden_categories=categories,
    withheld_categories=categories,
    is_regulator=st.booleans(),
    is_struck_off=st.booleans(),
    reaches_too_many=st.booleans() | st.just(False),
    link_holds=st.booleans(),
    has_delegation=st.booleans(),
)
documents = st.builds(
    AccessClass,
    status=st.sampled_from(AvailabilityStatus),
    labels=st.frozensets(st.sampled_from(Confidentiality)),
    type_code=st.sampled_from(["11488-4", "51969-4", "60591-5"]),
    class_code=st.sampled_from(["10", "11", "60"]),
    owner=st.sampled_from(OwnerKind),
    author_persons=st.frozensets(st.sampled_from(["810100000001", "810100000002"])),
    hidden_from=st.frozensets(st.sampled_from(["810100000001", "1990000001"]), max_size=1),
    author_organizations=st.frozensets(st.sampled_from(["1990000001"])),
    masked_by_patient=st.booleans(),
    is_shared=st.booleans(),
)


def stands_for_the_patient(actor: Actor, record: RecordFacts) -> str:
    """ "self", "full", "read" or "no": the person, or what a representative may do; parental authority ends at majority."""
    if actor.kind.value == "citizen":
        return "self" if record.is_holder else "no"
    if actor.kind.value != "guardian":
        return "no"
    titles = [record.guardian] if record.is_of_age else [record.guardian, record.parent]
    scopes = {title.value for title in titles if title is not None}
    return "full" if "full" in scopes else "read" if scopes else "no"


def acts_as_delegate(actor: Actor) -> bool:
    """A professional in a colleague's name, who may then feed and nothing else."""
    return actor.capacity == "delegation"


def may_feed_in_prose(actor: Actor, record: RecordFacts) -> bool:
    """Feeding needs no authorisation; refused when the record is not open, or when the person opposed it for a legitimate reason."""
    if record.status.value != "open":
        return False
    if actor.kind.value == "secretary" or (actor.kind.value == "professional" and acts_as_delegate(actor)):
        was_named = record.has_delegation and actor.on_behalf_of is not None
        return was_named and not record.feeding_opposed and not record.is_struck_off
    match actor.kind.value:
        case "professional":
            return not record.feeding_opposed and not record.is_struck_off
        case "organization" | "producer":
            return not record.feeding_opposed
        case _:
            return stands_for_the_patient(actor, record) in {"self", "full"}


def may_open_in_prose(actor: Actor, record: RecordFacts) -> bool:
    """(a) an active record and (b) a right on it: one's own, a representative's, an authorisation, or an emergency not opposed."""
    if record.status.value != "open":
        return False
    if actor.kind.value == "share-link":
        return record.link_holds
    if actor.kind.value in {"citizen", "guardian"}:
        return actor.purpose.value == "normal" and stands_for_the_patient(actor, record) != "no"
    if actor.kind.value != "professional" or record.is_struck_off or record.reaches_too_many:
        return False
    match actor.purpose.value:
        case "normal":
            return not record.is_blocked and (record.has_grant or record.is_primary_care_doctor)
        case "emergency":
            asked = bool((actor.motive or "").strip())
            let_in = asked and not record.emergency_opposed
        case _:
            let_in = record.is_regulator and not record.regulation_opposed
    return let_in and not (record.is_blocked and record.block_holds_in_emergency)


def may_read_in_prose(actor: Actor, record: RecordFacts, document: AccessClass) -> bool:
    """(c) the matrix and (d) the visibility codes, on top of the right on the record; nothing deleted is ever shown."""
    if document.status.value == "deleted" or not may_open_in_prose(actor, record):
        return False
    labels = {label.value for label in document.labels}
    if actor.kind.value == "share-link":
        return document.is_shared and "INVISIBLE_PATIENT" not in labels
    if actor.kind.value == "citizen":
        return "INVISIBLE_PATIENT" not in labels
    if actor.kind.value == "guardian":
        return not labels & {"INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"}
    if document.owner.value == "MON_ESPACE_SANTE" and "MASQUE_PS" in labels:
        return False  # "only to me"
    if actor.person in document.author_persons:
        return True
    names = {actor.person, actor.organization} - {None}
    own_categories = {f"type|{document.type_code}", f"class|{document.class_code}"}
    if names & document.hidden_from or own_categories & record.withheld_categories:
        return False
    in_matrix = (actor.profession, document.class_code) in {("10", "10"), ("10", "11"), ("60", "10")} and (
        actor.profession,
        document.type_code,
    ) != ("60", "51969-4")
    if not in_matrix or record.is_primary_care_doctor:
        return in_matrix
    masks_fall = actor.purpose.value == "emergency" and record.emergency_shows_masked
    masked = "MASQUE_PS" in labels or bool(own_categories & record.hidden_categories)
    secret = "INVISIBLE_REPRESENTANTS_LEGAUX" in labels and not actor.secret_connection
    return (masks_fall or not masked) and not secret


def may_decide_in_prose(actor: Actor, action: Action, record: RecordFacts, holder: str | None) -> bool:
    """The patient, or who acts in full for them, decides; a professional declares their own right; a médecin traitant sees who holds one."""
    stands = stands_for_the_patient(actor, record)
    if action.value == "represent":
        living = record.status.value in {"announced", "open"}
        return living and (actor.kind.value in {"operator", "system"} or stands == "full")
    if record.status.value != "open" or actor.purpose.value != "normal":
        return False
    if action.value == "know-status":
        return actor.kind.value == "professional" and not record.is_struck_off
    if actor.kind.value != "professional":
        looks_only = action.value in {"review", "simulate"}
        return stands in ({"self", "full", "read"} if looks_only else {"self", "full"})
    if record.is_struck_off or record.is_blocked:
        return False
    own = holder is not None and holder in (actor.person, actor.organization)
    match action.value:
        case "authorise":
            return own and not record.reaches_too_many
        case "treat":
            return own and not record.reaches_too_many and actor.profession == "10"
        case "review":
            return record.is_primary_care_doctor
        case _:
            return False


holders = st.sampled_from([None, "810100000001", "810100000002", "1990000001"])


@given(actor=actors, record=records, holder=holders)
def test_decisions_agree_with_the_prose(actor: Actor, record: RecordFacts, holder: str | None) -> None:
    for action in {*NOT_CONSULT, Action.REPRESENT} - {*CHANGES, Action.REPLY}:
        allowed = ask(actor, action, record, holder=holder).allowed
        assert allowed is may_decide_in_prose(actor, action, record, holder), action


@given(actor=delegates, record=records, document=documents)
def test_in_someone_s_name_one_feeds_and_does_nothing_else(
    actor: Actor, record: RecordFacts, document: AccessClass
) -> None:
    assert ask(actor, Action.FEED, record).allowed is may_feed_in_prose(actor, record)
    for action in BUT_TO_FEED:
        assert not ask(actor, action, record, document).allowed


@given(actor=actors, record=records, document=documents)
def test_the_table_agrees_with_the_prose(actor: Actor, record: RecordFacts, document: AccessClass) -> None:
    assert ask(actor, Action.FEED, record).allowed is may_feed_in_prose(actor, record)
    assert ask(actor, Action.OPEN, record).allowed is may_open_in_prose(actor, record)
    assert ask(actor, Action.READ, record, document).allowed is may_read_in_prose(actor, record, document)


def may_change_in_prose(actor: Actor, record: RecordFacts, document: AccessClass, action: Action) -> bool:
    """
    The table "who may set what", for someone who sees the document or wrote it: its author and the author's structure all; the médecin
    traitant all but deleting; the patient hides and shows anything, and does the rest to what they deposited; softwares by replacement only.
    """
    if record.status.value != "open" or actor.purpose.value != "normal" or document.status.value == "deleted":
        return False
    act = action.value
    if actor.kind.value in {"citizen", "guardian"}:
        is_theirs = act in {"mask", "unmask"} or document.owner.value == "MON_ESPACE_SANTE"
        return is_theirs and stands_for_the_patient(actor, record) in {"self", "full"}
    if actor.kind.value != "professional" or record.is_blocked or record.is_struck_off:
        return False
    if act == "unmask" and document.masked_by_patient:
        return False
    if actor.person in document.author_persons:
        return True
    if not (record.has_grant or record.is_primary_care_doctor):
        return False
    wrote_for = actor.organization is not None and actor.organization in document.author_organizations
    return wrote_for or (record.is_primary_care_doctor and act != "delete")


@given(actor=actors, record=records, document=documents, action=st.sampled_from(CHANGES))
def test_changes_agree_with_the_prose(actor: Actor, record: RecordFacts, document: AccessClass, action: Action) -> None:
    assert ask(actor, action, record, document).allowed is may_change_in_prose(actor, record, document, action)


def may_reply_in_prose(actor: Actor, record: RecordFacts, document: AccessClass) -> bool:
    """Who wrote the document, blocked or not; for a structure, who acts for it: authorised, or when no person is named as the author."""
    if record.status.value != "open" or actor.purpose.value != "normal" or document.status.value == "deleted":
        return False
    if actor.kind.value != "professional" or record.is_struck_off:
        return False
    if actor.person in document.author_persons:
        return True
    wrote_for = actor.organization is not None and actor.organization in document.author_organizations
    return wrote_for and (not document.author_persons or record.has_grant or record.is_primary_care_doctor)


@given(actor=actors, record=records, document=documents)
def test_replies_agree_with_the_prose(actor: Actor, record: RecordFacts, document: AccessClass) -> None:
    assert ask(actor, Action.REPLY, record, document).allowed is may_reply_in_prose(actor, record, document)
    assert not ask(actor, Action.REPLY, record).allowed


@given(actor=actors, record=records, document=documents, label=st.sampled_from(Confidentiality))
def test_a_label_never_gives_a_right(
    actor: Actor, record: RecordFacts, document: AccessClass, label: Confidentiality
) -> None:
    more = replace(document, labels=document.labels | {label})
    before, after = (ask(actor, Action.READ, record, one).allowed for one in (document, more))
    assert before or not after


@given(actor=actors, record=records, document=documents)
def test_reading_needs_the_right_to_open(actor: Actor, record: RecordFacts, document: AccessClass) -> None:
    if ask(actor, Action.READ, record, document).allowed:
        assert ask(actor, Action.OPEN, record).allowed


@given(actor=actors, record=records, document=documents)
def test_a_block_never_gives_a_right(actor: Actor, record: RecordFacts, document: AccessClass) -> None:
    blocked = replace(record, is_blocked=True)
    for action in Action:
        assert ask(actor, action, record, document).allowed or not ask(actor, action, blocked, document).allowed


@given(actor=actors, record=records)
def test_who_asks_for_a_record_in_prose(actor: Actor, record: RecordFacts) -> None:
    """One's own or who one represents; professionals in practice; who feeds. Identities: their sources alone."""
    expected = {
        "professional": not record.is_struck_off,
        "organization": True,
        "producer": True,
        "secretary": record.has_delegation and not record.is_struck_off,
    }.get(actor.kind.value, stands_for_the_patient(actor, record) != "no")
    assert ask(actor, Action.LOOK_UP, record).allowed is expected
    assert ask(actor, Action.IDENTIFY, record).allowed is (actor.kind.value == "identity-source")


@given(actor=actors, record=records)
def test_who_reads_the_trail_in_prose(actor: Actor, record: RecordFacts) -> None:
    """Their own for the person; the médecin traitant while the record is open; their legal representatives; the operator, who is told little; nobody else."""
    treats = (
        record.is_primary_care_doctor
        and not record.is_blocked
        and not record.is_struck_off
        and record.status.value == "open"
    )
    by_authority = record.guardian is not None or (record.parent is not None and not record.is_of_age)
    represents = by_authority and record.status.value in {"open", "closed"}
    expected = {"citizen": record.is_holder, "professional": treats, "operator": True, "guardian": represents}
    assert ask(actor, Action.READ_TRAIL, record).allowed is expected.get(actor.kind.value, False)


@given(actor=actors, record=records, document=documents, name=st.sampled_from(["810100000001", "1990000001"]))
def test_hiding_never_gives_a_right(actor: Actor, record: RecordFacts, document: AccessClass, name: str) -> None:
    hidden = replace(document, hidden_from=document.hidden_from | {name})
    narrowed = replace(record, hidden_categories=record.hidden_categories | {"class|10"})
    before = ask(actor, Action.READ, record, document).allowed
    assert before or not ask(actor, Action.READ, record, hidden).allowed
    assert before or not ask(actor, Action.READ, narrowed, document).allowed


@given(actor=actors, record=records, document=documents)
def test_an_opposition_never_gives_a_right(actor: Actor, record: RecordFacts, document: AccessClass) -> None:
    opposed = replace(record, emergency_opposed=True, regulation_opposed=True, feeding_opposed=True)
    for action in Action:
        assert ask(actor, action, record, document).allowed or not ask(actor, action, opposed, document).allowed


def test_refusals_go_from_who_asks_to_what_is_asked() -> None:
    """Mending one fault after another, the refusals met follow the order of the table."""
    wrong = [
        (Actor(ActorKind.SECRETARY, "x"), in_status(ANOTHERS, "closed"), None),
        (replace(NURSE, purpose=Purpose.EMERGENCY), in_status(replace(ANOTHERS, is_blocked=True), "closed"), None),
        (replace(NURSE, purpose=Purpose.REGULATION), in_status(replace(ANOTHERS, is_blocked=True), "closed"), None),
        (NURSE, in_status(replace(ANOTHERS, is_blocked=True), "closed"), None),
        (NURSE, replace(ANOTHERS, is_blocked=True), None),
        (NURSE, ANOTHERS, None),
        (NURSE, GRANTED, None),
        (NURSE, GRANTED, replace(SUMMARY, status=AvailabilityStatus.DELETED, labels=MASKED.labels | SECRET.labels)),
        (NURSE, GRANTED, replace(SUMMARY, labels=MASKED.labels | SECRET.labels)),
        (NURSE, GRANTED, replace(REPORT, labels=MASKED.labels | SECRET.labels)),
        (NURSE, GRANTED, SECRET),
    ]
    met = [REFUSAL_ORDER.index(ask(actor, Action.READ, record, document).rule) for actor, record, document in wrong]
    assert all(one < other for one, other in pairwise(met))
