"""From an event to what is kept, and back."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.actor import Actor, ActorKind, Authentication, Purpose
from carnet.domain.audit.model import AuditEvent, EventType, Outcome, did
from carnet.domain.audit.trail import canonical, commitment_of, genesis, open_body, prepare, read_canonical, read_clear
from carnet.storage.sealing import SealingKey
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of

KEY = SealingKey(bytes(range(32)))
AT = datetime(2026, 3, 12, 9, 20, 0, 123456, tzinfo=UTC)
INS = Ins("2550699999001" + f"{key_of('2550699999001'):02d}", NIR_TEST)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
maybe = st.none() | texts
actors = st.builds(
    Actor,
    kind=st.sampled_from(ActorKind),
    name=texts,
    person=maybe,
    organization=maybe,
    organization_name=maybe,
    software=maybe,
    profession=maybe,
    specialty=maybe,
    sector=maybe,
    situation=maybe,
    ins=st.none() | st.just(INS),
    on_behalf_of=maybe,
    capacity=maybe,
    purpose=st.sampled_from(Purpose),
    motive=maybe,
    secret_connection=st.booleans(),
    authentication=st.builds(Authentication, means=texts, level=maybe, certificate=maybe),
    correlation_id=st.none() | st.uuids(),
)
events = st.builds(
    AuditEvent,
    event_id=st.uuids(),
    type=st.sampled_from(EventType),
    outcome=st.sampled_from(Outcome),
    occurred_at=st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  the strategy adds the zone
    actor=actors,
    documents=st.lists(st.uuids(), max_size=3).map(tuple),
    rule=maybe,
    edition=maybe,
    details=st.dictionaries(texts, texts, max_size=3),
)


@given(events)
def test_every_event_comes_back_as_it_was(event: AuditEvent) -> None:
    assert read_canonical(canonical(event)) == event
    assert read_clear(canonical(event)) == (event.event_id, event.type, event.outcome, event.occurred_at)


def test_what_is_clear_is_read_of_a_kind_that_is_not_known() -> None:
    event = did(Actor(ActorKind.SYSTEM, "carnet"), EventType.RECORD_OPENED, at=AT)
    newer = canonical(event).replace(b"record-opened", b"teleported")
    assert read_clear(newer) == (event.event_id, "teleported", "success", AT)


@given(events)
def test_what_is_kept_opens_to_the_event_and_matches_its_commitment(event: AuditEvent) -> None:
    kept = prepare(event, KEY)
    salted = open_body(kept.event_id, kept.body, KEY)
    assert commitment_of(salted) == kept.commitment
    assert read_canonical(salted[16:]) == event


def test_a_commitment_cannot_be_guessed() -> None:
    event = did(Actor(ActorKind.SYSTEM, "carnet"), EventType.RECORD_OPENED, at=AT)
    assert prepare(event, KEY).commitment != prepare(event, KEY).commitment


def test_each_stream_begins_elsewhere() -> None:
    assert genesis("system") != genesis(str(UUID(int=1))) != genesis(str(UUID(int=2)))
