"""Questions and answers of INSi: the published layouts, both ways, and hostile answers."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from carnet.domain.errors import Invalid, Unavailable
from carnet.domain.people.model import FormerIns, Sex
from carnet.formats.insi.answer import LIMIT_BYTES, read_answer, write_answer, write_fault
from carnet.formats.insi.model import Caller, Envelope, Individual, NoneFound, Question, SeveralFound
from carnet.formats.insi.request import read_question, write_question
from carnet.vocabulary.ins import NIR, Ins, key_of

QUESTION = Question("ADRTROIS", "DOMINIQUE", Sex.FEMALE, "1997-02-26")
CALLER = Caller(
    "synthetic-emitter", "SYNTHETIC", "urn:lps:synthetic:0.1", "0.1", UUID("b3549edd-4ae9-472a-b26f-fd2fb4ef397f")
)
ENVELOPE = Envelope(
    UUID("b3549edd-4ae9-472a-b26f-fd2fb4ef397f"),
    UUID("1f7425e2-b913-415c-adaa-785ee1076a70"),
    UUID("1f7425e2-b913-415c-adaa-785ee1076a71"),
    datetime(2026, 1, 15, 9, 30, tzinfo=UTC),
)
DOMINIQUE = Individual(Ins("297022A02077878", NIR), "ADRTROIS", "DOMINIQUE", Sex.FEMALE, "1997-02-26", "2A020")
PIERRE = Individual(
    Ins("109076322083489", NIR), "ECETINSI", "PIERRE-ALAIN MURIEL FLORIANT", Sex.MALE, "2009-07-14", "63220",
    (
        FormerIns(Ins("209076322083439", NIR), date(2019, 3, 1), date(2019, 2, 28)),
        FormerIns(Ins("209066322012355", NIR)),
    ),
)  # fmt: skip


def _canonical(message: bytes) -> str:
    """A message without the spaces between its elements."""
    parser = etree.XMLParser(remove_blank_text=True)
    return etree.tostring(etree.fromstring(message, parser), method="c14n").decode()


def test_the_question_is_the_published_one(samples: Path) -> None:
    expected = (samples / "ins" / "insi" / "ws-ins2-request-synthetic.xml").read_bytes()
    written = write_question(QUESTION, caller=CALLER, envelope=ENVELOPE)
    assert _canonical(written) == _canonical(expected)
    assert read_question(expected) == QUESTION


@pytest.mark.parametrize(
    ("name", "expected"), [("00", DOMINIQUE), ("00-histo", PIERRE), ("01", NoneFound()), ("02", SeveralFound())]
)
def test_published_answers(samples: Path, name: str, expected: object) -> None:
    message = (samples / "ins" / "insi" / f"ws-ins2-response-{name}-synthetic.xml").read_bytes()
    assert read_answer(message) == expected


@pytest.mark.parametrize("answer", [DOMINIQUE, PIERRE, replace(DOMINIQUE, birth_place=None), NoneFound(), SeveralFound()])  # fmt: skip
def test_answers_come_back(answer: object) -> None:
    assert read_answer(write_answer(answer)) == answer


def test_the_place_is_asked_under_the_name_that_is_set() -> None:
    placed = replace(QUESTION, birth_place="2A020")
    message = write_question(placed, caller=CALLER, envelope=ENVELOPE, birth_place_element="CodeLieu")
    assert b"CodeLieu>2A020<" in message
    assert read_question(message, birth_place_element="CodeLieu") == placed
    assert read_question(message) == QUESTION


def test_fifteen_characters_are_cut_and_their_key_computed() -> None:
    whole = write_answer(DOMINIQUE).replace(b"297022A020778<", b"297022A02077800<").replace(b">78<", b">99<")
    assert read_answer(whole) == DOMINIQUE


def test_a_day_that_no_calendar_has_leaves_the_matricule() -> None:
    message = write_answer(PIERRE).replace(b"2019-02-28", b"2019-02-31").replace(b"2019-03-01", b"")
    answer = read_answer(message)
    assert isinstance(answer, Individual)
    assert [(former.since, former.until) for former in answer.former] == [(None, None), (None, None)]


ANSWER = write_answer(DOMINIQUE)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"<html><body>Maintenance</body></html>",
        b"{}",
        ANSWER.replace(b"RESULTAT", b"RESULTATS"),
        ANSWER.replace(b">00<", b">07<"),
        ANSWER.replace(b">00<", b"><"),
        ANSWER.replace(b"INDIVIDU", b"PERSONNE"),
        ANSWER.replace(b"INSACTIF", b"INSPASSIF"),
        ANSWER.replace(b"TIQ", b"TRAITS"),
        ANSWER.replace(b">78<", b">77<"),
        ANSWER.replace(b"1.4.8", b"1.4.5"),
        ANSWER.replace(b"297022A020778<", b"ABCDEFGHIJKLMNO<"),
        ANSWER.replace(b"297022A020778<", b"2970<"),
        ANSWER.replace(b">F<", b">X<"),
        ANSWER.replace(b"1997-02-26", b"26/02/1997"),
        ANSWER.replace(b">ADRTROIS<", b"><"),
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + ANSWER.partition(b"?>")[2],
        b" " * (LIMIT_BYTES + 1),
    ],
)
def test_what_is_not_an_answer_is_for_later(message: bytes) -> None:
    with pytest.raises(Unavailable, match="insi-answer-unreadable"):
        read_answer(message)


def test_a_fault_tells_its_innermost_code() -> None:
    with pytest.raises(Unavailable, match="insi-fault") as refusal:
        read_answer(write_fault("Sender", "Trait incorrect : ADRTROIS"))
    assert refusal.value.issues[0].facts == {"fault": "Sender"}
    inner = write_fault("Sender", "…").replace(
        b"</soap:Code>",
        b"<soap:Subcode><soap:Value>siram:insi_0042</soap:Value></soap:Subcode></soap:Code>",
    )
    with pytest.raises(Unavailable) as refusal:
        read_answer(inner)
    assert refusal.value.issues[0].facts == {"fault": "insi_0042"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((rb"RECSANSVITALE", b"RECAVECVITALE"), "insi-question-unreadable"),
        ((rb"rechercherInsAvecTraitsIdentite", b"autre"), "insi-question-unreadable"),
        ((rb">F<", b">I<"), "insi-question-unreadable"),
        ((rb">DOMINIQUE<", b"><"), "insi-question-unreadable"),
        ((rb"<soap:Body>", b"<soap:Bod>"), "xml-malformed"),
    ],
)
def test_what_is_not_a_question(change: tuple[bytes, bytes], code: str) -> None:
    message = re.sub(*change, write_question(QUESTION, caller=CALLER, envelope=ENVELOPE))
    with pytest.raises(Invalid, match=code):
        read_question(message)


_NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ' -", min_size=1, max_size=40).filter(lambda text: bool(text.strip()))
_INS = st.integers(0, 999_999).map(lambda n: f"1550699{n:06d}").map(lambda body: Ins(body + f"{key_of(body):02d}", NIR))
_FORMER = st.builds(FormerIns, _INS, st.none() | st.dates(), st.none() | st.dates())


@given(
    st.builds(
        Individual, _INS, _NAMES, _NAMES, st.sampled_from(Sex), st.dates().map(str), st.none() | st.just("75056"),
        st.lists(_FORMER, max_size=10).map(tuple),
    )
)  # fmt: skip
def test_whoever_is_written_is_read(individual: Individual) -> None:
    assert read_answer(write_answer(individual)) == individual


@given(st.binary(max_size=300), st.integers(0, len(ANSWER)), st.integers(0, len(ANSWER)))
def test_noise_is_unavailable_or_read(noise: bytes, start: int, end: int) -> None:
    message = ANSWER[:start] + noise + ANSWER[end:]
    try:
        read_answer(message)
    except Unavailable:
        return
