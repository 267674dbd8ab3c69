"""A seal holds for what was sealed, for whom, and for nothing else."""

import os
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.storage.sealing import (
    HEADER_BYTES,
    SEGMENT_BYTES,
    ContentDamaged,
    SealBroken,
    SealingKey,
    open_content,
    open_range,
    seal_content,
    segment_count,
    segments_for,
)

PATIENT, DOCUMENT = uuid4(), uuid4()
KEY = SealingKey(os.urandom(32))
LARGE = os.urandom(2 * SEGMENT_BYTES + 1234)


def opened(
    segments: list[bytes], size: int, *, key: SealingKey = KEY, patient: UUID = PATIENT, document: UUID = DOCUMENT
) -> bytes:
    return open_content(key, segments, patient_id=patient, logical_id=document, size_bytes=size)


def sealed(content: bytes) -> list[bytes]:
    return list(seal_content(KEY, content, patient_id=PATIENT, logical_id=DOCUMENT).segments)


@given(plain=st.binary(max_size=200), aad=st.binary(max_size=40))
def test_a_value_opens_as_it_was_sealed(plain: bytes, aad: bytes) -> None:
    assert KEY.open(KEY.seal(plain, aad), aad) == plain


@given(plain=st.binary(max_size=40), data=st.data())
def test_a_value_altered_anywhere_does_not_open(plain: bytes, data: st.DataObject) -> None:
    value = bytearray(KEY.seal(plain, b"place"))
    value[data.draw(st.integers(0, len(value) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        KEY.open(bytes(value), b"place")


@given(st.binary(max_size=60))
def test_noise_is_not_a_value(noise: bytes) -> None:
    with pytest.raises(SealBroken):
        KEY.open(noise, b"")


def test_a_value_of_another_place_or_key_does_not_open() -> None:
    value = KEY.seal(b"fiche", b"patient 1")
    with pytest.raises(SealBroken):
        KEY.open(value, b"patient 2")
    with pytest.raises(SealBroken):
        SealingKey(os.urandom(32)).open(value, b"patient 1")


def test_sealing_twice_never_gives_the_same_bytes() -> None:
    assert KEY.seal(b"same", b"") != KEY.seal(b"same", b"")
    assert sealed(b"same") != sealed(b"same")


def test_a_key_keeps_to_itself() -> None:
    raw = os.urandom(32)
    assert raw.hex() not in repr(SealingKey(raw))
    with pytest.raises(ValueError, match="32"):
        SealingKey(b"short")


@pytest.mark.parametrize(
    "size", [0, 1, 30_000, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 2 * SEGMENT_BYTES + 5]
)
def test_a_content_opens_as_it_was_sealed(size: int) -> None:
    content = LARGE[:size]
    segments = sealed(content)
    assert len(segments) == segment_count(size)
    assert opened(segments, size) == content


@given(data=st.data())
def test_a_bit_flipped_anywhere_is_seen(data: st.DataObject) -> None:
    segments = sealed(b"a short content")
    altered = bytearray(segments[0])
    altered[data.draw(st.integers(0, len(altered) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ContentDamaged):
        opened([bytes(altered)], 15)


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("place", [0, HEADER_BYTES + 3, -1])
def test_a_bit_flipped_in_any_segment_is_seen(number: int, place: int) -> None:
    segments = sealed(LARGE)
    altered = bytearray(segments[number])
    altered[place] ^= 0x10
    segments[number] = bytes(altered)
    with pytest.raises(ContentDamaged):
        opened(segments, len(LARGE))


def test_segments_swapped_lost_added_or_cut_are_seen() -> None:
    one, two, three = sealed(LARGE)
    size = len(LARGE)
    for segments in (
        [one, three, two],
        [one, two],
        [one],
        [one, two, three, three],
        [one, two, three[:-1]],
        [one[: HEADER_BYTES - 1], two, three],
    ):
        with pytest.raises(ContentDamaged):
            opened(segments, size)


def test_middle_segments_of_one_size_cannot_change_places() -> None:
    content = LARGE + LARGE  # four full segments and more
    segments = sealed(content)
    segments[1], segments[2] = segments[2], segments[1]
    with pytest.raises(ContentDamaged):
        opened(segments, len(content))


def test_a_content_cut_at_a_segment_does_not_pass_for_whole() -> None:
    segments = sealed(LARGE)
    with pytest.raises(ContentDamaged):
        opened(segments[:2], 2 * SEGMENT_BYTES)  # a fiche altered to agree with the cut


def test_a_content_is_of_one_document_of_one_patient_under_one_key() -> None:
    segments = sealed(b"content")
    with pytest.raises(ContentDamaged):
        opened(segments, 7, patient=uuid4())
    with pytest.raises(ContentDamaged):
        opened(segments, 7, document=uuid4())
    with pytest.raises(ContentDamaged):
        opened(segments, 7, key=SealingKey(os.urandom(32)))


@given(first=st.integers(0, len(LARGE) - 1), length=st.integers(1, 3 * SEGMENT_BYTES))
def test_a_range_is_the_same_part_of_the_content(first: int, length: int) -> None:
    last = min(first + length, len(LARGE)) - 1
    wanted = segments_for(first, last, len(LARGE))
    assert wanted[0] == 0
    segments = {number: RANGED[number] for number in wanted}
    if first >= SEGMENT_BYTES:
        segments[0] = segments[0][:HEADER_BYTES]  # the header is enough
    part = open_range(
        KEY, segments, patient_id=PATIENT, logical_id=DOCUMENT, size_bytes=len(LARGE), first_byte=first, last_byte=last
    )
    assert part == LARGE[first : last + 1]


RANGED = sealed(LARGE)


def test_a_range_outside_is_refused_and_a_missing_segment_is_seen() -> None:
    for first, last in ((5, 4), (-1, 2), (0, len(LARGE))):
        with pytest.raises(ValueError, match="range"):
            segments_for(first, last, len(LARGE))
    with pytest.raises(ContentDamaged):
        open_range(
            KEY,
            {0: RANGED[0]},
            patient_id=PATIENT,
            logical_id=DOCUMENT,
            size_bytes=len(LARGE),
            first_byte=SEGMENT_BYTES,
            last_byte=SEGMENT_BYTES,
        )
