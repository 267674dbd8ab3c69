"""
The only judge: who may feed, open and read what. The table below is read from top to bottom; the first line that holds speaks.

Source: documents.md §4 (labels), §6 (matrix), §7 (regimes); CSP L1111-15, L1111-17, R1111-46, R1111-47. In plain words: docs/access-rules.md.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from carnet.domain.access.model import (
    AccessClass,
    AccessMatrix,
    Action,
    Confidentiality,
    Decision,
    Question,
    RecordFacts,
)
from carnet.domain.access.predicates import (
    OF_THE_DOCUMENT,
    Predicate,
    a_later_version_is_hidden,
    acts_for_author_organization,
    authority_ended_at_majority,
    category_is_hidden,
    category_is_withheld_from_them,
    connection_is_not_secret,
    document_of,
    emergency_is_opposed,
    feeding_is_opposed,
    has_no_delegation,
    holder_is_someone_else,
    is_author_of_document,
    is_blocked,
    is_delegate,
    is_deleted,
    is_emergency,
    is_emergency_without_motive,
    is_for_the_patient_only,
    is_hidden_from_them,
    is_in_practice,
    is_invisible_to_patient,
    is_masked_by_the_patient,
    is_masked_to_professionals,
    is_no_physician,
    is_not_authorised,
    is_not_blocked,
    is_not_primary_care_doctor,
    is_not_shared,
    is_own_record,
    is_own_upload,
    is_primary_care_doctor,
    is_regulation,
    is_regulation_by_another,
    is_represented_by_them,
    is_secret_from_representatives,
    is_signature,
    is_someone_elses_record,
    is_struck_off,
    link_is_over,
    names_no_author,
    names_no_document,
    profession_may_not_read_type,
    purpose_does_not_apply,
    reaches_too_many,
    regulation_is_opposed,
    representation_is_to_read,
    represents_in_full,
    represents_nobody_here,
)
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.model import RecordStatus
from carnet.vocabulary.frozen import frozen

POLICY_EDITION = "carnet-access-4 (2026-11)"

WARN_PATIENT = "warn-invisible-to-patient"
WARN_REPRESENTATIVES = "warn-invisible-to-representatives"

DENY = "deny."
UPDATE_AUTHOR = "update.author"


@frozen
class Line:
    """
    One line of the table: an actor of these kinds asks for one of these actions on a record in one of these statuses, and every
    predicate holds: then `rule` speaks.

    rule: allows, unless it starts with `deny.`. warns: a permission that carries the warnings of the document's labels.
    """

    rule: str
    actions: frozenset[Action]
    kinds: frozenset[ActorKind]
    when: tuple[Predicate, ...] = ()
    records: frozenset[RecordStatus] = frozenset(RecordStatus)
    warns: bool = False

    @property
    def allows(self) -> bool:
        return not self.rule.startswith(DENY)


_FEED, _PREPARE = frozenset({Action.FEED}), frozenset({Action.PREPARE})
_OPEN = frozenset({Action.OPEN})
_READ = frozenset({Action.READ})
_AUTHORISE = frozenset({Action.AUTHORISE, Action.TREAT})
_TREAT = frozenset({Action.TREAT})
_GOVERN = frozenset({Action.GOVERN})
_KNOW = frozenset({Action.KNOW_STATUS})
_REPRESENT = frozenset({Action.REPRESENT})
_REVIEW = frozenset({Action.REVIEW})
_SIMULATE = frozenset({Action.SIMULATE})
_TRAIL = frozenset({Action.READ_TRAIL})
_LOOK_UP = frozenset({Action.LOOK_UP})
_IDENTIFY = frozenset({Action.IDENTIFY})
_FOLLOW = frozenset({Action.FOLLOW})
_ANSWER = frozenset({Action.ANSWER})
_REPLY = frozenset({Action.REPLY})

_ANY = (
    frozenset(Action) - _TRAIL - _REPRESENT - _LOOK_UP - _IDENTIFY - _FOLLOW - _ANSWER
)  # these have lines of their own
_ASK = _ANY | _LOOK_UP
_CONSULT = _OPEN | _READ
_BUT_FEED = _ANY - _FEED - _PREPARE
_BUT_TO_FEED = frozenset(Action) - _FEED - _PREPARE - _LOOK_UP

_CITIZEN = frozenset({ActorKind.CITIZEN})
_REPRESENTATIVE = frozenset({ActorKind.GUARDIAN})
_PATIENT = _CITIZEN | _REPRESENTATIVE
_PROFESSIONAL = frozenset({ActorKind.PROFESSIONAL})
_SECRETARY = frozenset({ActorKind.SECRETARY})
_DELEGATES = _PROFESSIONAL | _SECRETARY
_LINK = frozenset({ActorKind.SHARE_LINK})
_READERS = _PATIENT | _PROFESSIONAL
_FEEDERS_ONLY = frozenset({ActorKind.ORGANIZATION, ActorKind.PRODUCER})
_REGISTRARS = frozenset({ActorKind.OPERATOR, ActorKind.SYSTEM})
_FEEDERS = _DELEGATES | _FEEDERS_ONLY
_OTHERS = frozenset(ActorKind) - _READERS - _FEEDERS - _LINK

_MASKING = frozenset({Action.MASK, Action.UNMASK})
_UNMASK = frozenset({Action.UNMASK})
_DELETE = frozenset({Action.DELETE})
_UPDATE = (
    _MASKING
    | _DELETE
    | frozenset({Action.REVEAL_TO_PATIENT, Action.REVEAL_TO_REPRESENTATIVES, Action.ARCHIVE, Action.UNARCHIVE})
)
_LIVING = frozenset({RecordStatus.ANNOUNCED, RecordStatus.OPEN})

# Who asks comes first, so that a refusal tells a stranger nothing of the record; then the record, then the document.
TABLE: tuple[Line, ...] = (
    Line("deny.actor-kind", _ASK, _OTHERS),
    Line("deny.link-reads-only", _ASK - _CONSULT, _LINK),
    Line("deny.link-ended", _CONSULT, _LINK, (link_is_over,)),
    Line("deny.replace-instead", _UPDATE, _FEEDERS_ONLY),
    Line("deny.feeds-only", _BUT_FEED | _PREPARE, _FEEDERS_ONLY),
    Line("deny.secretary-feeds-only", _BUT_TO_FEED, _SECRETARY),
    Line("deny.delegate-feeds-only", _BUT_TO_FEED, _PROFESSIONAL, (is_delegate,)),
    Line("deny.not-own-record", _ASK, _CITIZEN, (is_someone_elses_record,)),
    Line("deny.not-representative", _ASK, _REPRESENTATIVE, (represents_nobody_here,)),
    Line("deny.of-age", _ASK, _REPRESENTATIVE, (authority_ended_at_majority,)),
    Line(
        "deny.represents-to-read", _ANY - _CONSULT - _REVIEW - _SIMULATE - _KNOW, _REPRESENTATIVE, (representation_is_to_read,)
    ),
    Line("deny.struck-off", _ASK, _DELEGATES, (is_struck_off,)),
    Line("deny.no-delegation", _FEED | _PREPARE | _LOOK_UP, _DELEGATES, (is_delegate, has_no_delegation)),
    Line("deny.purpose", _BUT_FEED, _READERS, (purpose_does_not_apply,)),
    Line("deny.motive-missing", _CONSULT, _PROFESSIONAL, (is_emergency_without_motive,)),
    Line("deny.not-regulator", _CONSULT, _PROFESSIONAL, (is_regulation_by_another,)),
    Line("deny.record-announced", _ANY, _READERS | _FEEDERS | _LINK, records=frozenset({RecordStatus.ANNOUNCED})),
    Line("deny.record-opposed", _ANY, _READERS | _FEEDERS | _LINK, records=frozenset({RecordStatus.OPPOSED})),
    Line("deny.record-closed", _ANY, _READERS | _FEEDERS | _LINK, records=frozenset({RecordStatus.CLOSED})),
    Line("deny.record-erased", _ANY, _READERS | _FEEDERS | _LINK, records=frozenset({RecordStatus.ERASED})),
    # Feeding needs no authorisation, and a block concerns reading (CSP L1111-15).
    Line("deny.feeding-opposed", _FEED | _PREPARE, _FEEDERS, (feeding_is_opposed,)),
    Line("feed.citizen", _FEED | _PREPARE, _CITIZEN),
    Line("feed.representative", _FEED | _PREPARE, _REPRESENTATIVE),
    Line("feed.delegate", _FEED, _PROFESSIONAL, (is_delegate,)),
    Line("feed.secretary", _FEED | _PREPARE, _SECRETARY),
    Line("feed.professional", _FEED | _PREPARE, _PROFESSIONAL),
    Line("feed.organization", _FEED, frozenset({ActorKind.ORGANIZATION})),
    Line("feed.producer", _FEED, frozenset({ActorKind.PRODUCER})),
    Line("deny.no-professional", _KNOW | _REPLY, _PATIENT),
    Line("status.professional", _KNOW, _PROFESSIONAL),
    # What only the patient decides, and what a professional declares for themselves.
    Line("deny.patient-decides", _GOVERN | _SIMULATE, _PROFESSIONAL),
    Line("deny.emergency-opposed", _CONSULT, _PROFESSIONAL, (emergency_is_opposed,)),
    Line("deny.regulation-opposed", _CONSULT, _PROFESSIONAL, (regulation_is_opposed,)),
    # What the patient asks an author reaches them, blocked or not: they are told of nothing but what they wrote.
    Line("deny.blocked", _BUT_FEED - _REPLY, _PROFESSIONAL, (is_blocked,)),
    Line("deny.reach", _CONSULT | _AUTHORISE, _PROFESSIONAL, (reaches_too_many,)),
    Line("deny.not-yours", _AUTHORISE, _PROFESSIONAL, (holder_is_someone_else,)),
    Line("deny.no-physician", _TREAT, _PROFESSIONAL, (is_no_physician,)),
    Line("authorise.citizen", _AUTHORISE, _CITIZEN),
    Line("authorise.representative", _AUTHORISE, _REPRESENTATIVE),
    Line("authorise.professional", _AUTHORISE, _PROFESSIONAL),
    Line("govern.citizen", _GOVERN, _CITIZEN),
    Line("govern.representative", _GOVERN, _REPRESENTATIVE),
    Line("deny.not-primary-care-doctor", _REVIEW, _PROFESSIONAL, (is_not_primary_care_doctor,)),
    Line("review.citizen", _REVIEW, _CITIZEN),
    Line("review.representative", _REVIEW, _REPRESENTATIVE),
    Line("review.primary-care-doctor", _REVIEW, _PROFESSIONAL),
    Line("simulate.citizen", _SIMULATE, _CITIZEN),
    Line("simulate.representative", _SIMULATE, _REPRESENTATIVE),
    # A right on the record.
    Line("deny.no-grant", _CONSULT, _PROFESSIONAL, (is_not_authorised,)),
    Line("open.link", _OPEN, _LINK),
    Line("open.citizen", _OPEN, _CITIZEN),
    Line("open.representative", _OPEN, _REPRESENTATIVE),
    Line("open.emergency", _OPEN, _PROFESSIONAL, (is_emergency,)),
    Line("open.regulation", _OPEN, _PROFESSIONAL, (is_regulation,)),
    Line("open.primary-care-doctor", _OPEN, _PROFESSIONAL, (is_primary_care_doctor,)),
    Line("open.professional", _OPEN, _PROFESSIONAL),
    # One document.
    Line("deny.no-document", _READ | _UPDATE | _REPLY, _READERS | _LINK, (names_no_document,)),
    Line("deny.deleted", _READ | _UPDATE | _REPLY, _READERS | _LINK, (is_deleted,)),
    # Kept for proof, listed and given to nobody (documents.md §2.6).
    Line("deny.signature", _READ | _UPDATE | _REPLY, _READERS | _LINK, (is_signature,)),
    Line("deny.later-version-hidden", _READ | _UPDATE, _READERS | _LINK, (a_later_version_is_hidden,)),
    Line("deny.invisible-to-patient", _READ, _PATIENT | _LINK, (is_invisible_to_patient,)),
    Line("deny.invisible-to-representatives", _READ, _REPRESENTATIVE, (is_secret_from_representatives,)),
    Line("deny.not-shared", _READ, _LINK, (is_not_shared,)),
    Line("read.link", _READ, _LINK),
    Line("read.citizen", _READ, _CITIZEN),
    Line("read.representative", _READ, _REPRESENTATIVE),
    Line("deny.patient-only", _READ, _PROFESSIONAL, (is_for_the_patient_only,)),
    Line("read.author", _READ, _PROFESSIONAL, (is_author_of_document,), warns=True),
    # What the patient said of someone by name is stronger than any role they hold.
    Line("deny.hidden-by-name", _READ, _PROFESSIONAL, (is_hidden_from_them,)),
    Line("deny.category-withheld", _READ, _PROFESSIONAL, (category_is_withheld_from_them,)),
    # By profession even for the médecin traitant: a centre may hold that role, and not all who work there are physicians.
    Line("deny.profession", _READ, _PROFESSIONAL, (profession_may_not_read_type,)),
    Line("read.primary-care-doctor", _READ, _PROFESSIONAL, (is_primary_care_doctor,), warns=True),
    Line("deny.category-hidden", _READ, _PROFESSIONAL, (category_is_hidden,)),
    Line("deny.masked", _READ, _PROFESSIONAL, (is_masked_to_professionals,)),
    Line("deny.secret", _READ, _PROFESSIONAL, (is_secret_from_representatives, connection_is_not_secret)),
    Line("read.secret-connection", _READ, _PROFESSIONAL, (is_secret_from_representatives,), warns=True),
    Line("read.emergency", _READ, _PROFESSIONAL, (is_emergency,), warns=True),
    Line("read.regulation", _READ, _PROFESSIONAL, (is_regulation,), warns=True),
    Line("read.professional", _READ, _PROFESSIONAL, warns=True),
    # Changing a document (documents.md §4, "who may set what"). What one may not see is answered as unknown before (record.updating).
    Line("update.citizen", _MASKING, _CITIZEN),
    Line("update.representative", _MASKING, _REPRESENTATIVE),
    Line("update.own-upload", _UPDATE, _PATIENT, (is_own_upload,)),
    Line("deny.not-own-upload", _UPDATE, _PATIENT),
    Line("deny.masked-by-patient", _UNMASK, _PROFESSIONAL, (is_masked_by_the_patient,)),
    # What one wrote, one answers for: no authorisation is needed to come back to it (TD3.3, feeding profile).
    Line(UPDATE_AUTHOR, _UPDATE, _PROFESSIONAL, (is_author_of_document,)),
    # What the patient asks about a document: of who wrote it, or of the structure when nobody is named (record.asking).
    Line("reply.author", _REPLY, _PROFESSIONAL, (is_author_of_document,)),
    Line("reply.organization", _REPLY, _PROFESSIONAL, (acts_for_author_organization, names_no_author)),
    Line("deny.no-grant-to-update", _UPDATE | _REPLY, _PROFESSIONAL, (is_not_authorised,)),
    Line("reply.author-organization", _REPLY, _PROFESSIONAL, (acts_for_author_organization,)),
    Line("deny.not-addressee", _REPLY, _PROFESSIONAL),
    Line("update.author-organization", _UPDATE, _PROFESSIONAL, (acts_for_author_organization,)),
    Line("deny.not-author", _DELETE, _PROFESSIONAL),
    Line("update.primary-care-doctor", _UPDATE, _PROFESSIONAL, (is_primary_care_doctor,)),
    Line("deny.not-author-nor-primary-care-doctor", _UPDATE, _PROFESSIONAL),
    # Who did what: the person's own to know, whatever became of the record; the operator is told nothing of who and what.
    Line("trail.citizen", _TRAIL, _CITIZEN, (is_own_record,)),
    Line(
        "trail.primary-care-doctor", _TRAIL, _PROFESSIONAL, (is_primary_care_doctor, is_not_blocked, is_in_practice),
        frozenset({RecordStatus.OPEN}),
    ),
    Line(
        "trail.representative", _TRAIL, _REPRESENTATIVE, (is_represented_by_them,),
        frozenset({RecordStatus.OPEN, RecordStatus.CLOSED}),
    ),
    Line("trail.operator", _TRAIL, frozenset({ActorKind.OPERATOR})),
    Line("deny.trail", _TRAIL, frozenset(ActorKind)),
    # What one is told of accesses, and reports of them: as the trail, and nobody's but the person's.
    Line("follow.citizen", _FOLLOW, _CITIZEN, (is_own_record,)),
    Line(
        "follow.representative", _FOLLOW, _REPRESENTATIVE, (is_represented_by_them,),
        frozenset({RecordStatus.OPEN, RecordStatus.CLOSED}),
    ),
    Line("deny.follow", _FOLLOW, frozenset(ActorKind)),
    Line("answer.operator", _ANSWER, frozenset({ActorKind.OPERATOR})),
    Line("deny.answer", _ANSWER, frozenset(ActorKind)),
    # Law and civil status name representatives, not the parties.
    Line("represent.operator", _REPRESENT, _REGISTRARS, (), _LIVING),
    Line("represent.representative", _REPRESENT, _REPRESENTATIVE, (represents_in_full,), _LIVING),
    Line("deny.represent", _REPRESENT, frozenset(ActorKind)),
    # Whoever knows the INS of someone they care for may ask whether there is a record, whatever its status: what is told depends on both.
    Line("look-up.citizen", _LOOK_UP, _CITIZEN),
    Line("look-up.representative", _LOOK_UP, _REPRESENTATIVE),
    Line("look-up.professional", _LOOK_UP, _PROFESSIONAL),
    Line("look-up.secretary", _LOOK_UP, _SECRETARY),
    Line("look-up.organization", _LOOK_UP, frozenset({ActorKind.ORGANIZATION})),
    Line("look-up.producer", _LOOK_UP, frozenset({ActorKind.PRODUCER})),
    Line("identify.source", _IDENTIFY, frozenset({ActorKind.IDENTITY_SOURCE})),
    Line("deny.identify", _IDENTIFY, frozenset(ActorKind)),
)  # fmt: skip

REFUSAL_ORDER: tuple[str, ...] = tuple(line.rule for line in TABLE if not line.allows)

# What the reader's software must tell a professional who opens the document (documents.md §4, rule 4).
WARNINGS: Mapping[Confidentiality, str] = {
    Confidentiality.INVISIBLE_PATIENT: WARN_PATIENT,
    Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX: WARN_REPRESENTATIVES,
}


# Refusals of the record itself, in whose telling no document can show.
RECORD_REFUSALS: frozenset[str] = frozenset(
    line.rule for line in TABLE if not line.allows and line.actions - _READ - _UPDATE - _REPLY
)


def decide(
    actor: Actor,
    action: Action,
    *,
    record: RecordFacts,
    document: AccessClass | None,
    matrix: AccessMatrix,
    holder: str | None = None,
) -> Decision:
    """
    Say whether this actor may do this, and which line of the table says so.

    Pure: the same facts give the same decision, today and for any past instant.

    Takes
        record: facts about this actor and this record, at one instant.
        document: the access class to read; None for the acts that do not look at one.
        holder: whom an authorisation is about (AUTHORISE, TREAT): PS_IdNat or Struct_IdNat.
    Gives
        Decision: its edition joins those of the policy and of the matrix; obligations only when it allows.
    Source
        documents.md §4, §6, §7.
    """
    return deciding(actor, action, record=record, matrix=matrix, holder=holder)(document)


def deciding(
    actor: Actor, action: Action, *, record: RecordFacts, matrix: AccessMatrix, holder: str | None = None
) -> Callable[[AccessClass | None], Decision]:
    """
    `decide`, for many documents of one record: what does not depend on the document is asked once.

    Takes and gives as `decide`, the document last.
    """
    once = Question(actor, action, record, None, matrix, holder)
    left: list[tuple[Line, tuple[Predicate, ...]]] = []
    for line, of_record, of_document in _PATHS[action, actor.kind, record.status]:
        for holds in of_record:
            if not holds(once):
                break
        else:
            left.append((line, of_document))
            if not of_document:
                break  # whatever the document, no later line will speak

    def decided(document: AccessClass | None) -> Decision:
        question = once if document is None else Question(actor, action, record, document, matrix, holder)
        for line, predicates in left:
            for holds in predicates:
                if not holds(question):
                    break
            else:
                labels = document_of(question).labels if line.warns else _NO_LABELS
                return _decision(line.rule, labels, matrix.edition)
        raise AssertionError(
            action, actor.kind
        )  # pragma: no cover  each path ends in a line without predicate: a test checks

    return decided


# One path per action, kind of actor and status of record, so that a question only meets the lines that may concern it; the predicates
# of each line, those of the record first.
_PATHS: Mapping[
    tuple[Action, ActorKind, RecordStatus], tuple[tuple[Line, tuple[Predicate, ...], tuple[Predicate, ...]], ...]
] = {
    (action, kind, status): tuple(
        (
            line,
            tuple(holds for holds in line.when if holds not in OF_THE_DOCUMENT),
            tuple(holds for holds in line.when if holds in OF_THE_DOCUMENT),
        )
        for line in TABLE
        if action in line.actions and kind in line.kinds and status in line.records
    )
    for action in Action
    for kind in ActorKind
    for status in RecordStatus
}

_NO_LABELS: frozenset[Confidentiality] = frozenset()


@lru_cache(maxsize=1024)
def _decision(rule: str, labels: frozenset[Confidentiality], matrix_edition: str) -> Decision:
    """Decisions are few and values: one is made for each rule, set of labels to warn of, and edition."""
    warnings = tuple(warning for label, warning in WARNINGS.items() if label in labels)
    return Decision(not rule.startswith(DENY), rule, warnings, f"{POLICY_EDITION}; {matrix_edition}")
