"""
A simulated INSi, for the demonstration and the tests: it knows a few invented people, says so, and answers as the real one does.

An ASGI application with nothing beside it, so that it is served over HTTP or called in the process. Never in production: see `app.py`.
Source: identity-and-messaging.md §1.5; the people of the first lines are those of INSi's public test set.
"""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from datetime import date
from typing import Any

from carnet.domain.errors import Invalid
from carnet.domain.people.comparison import first_given_name_agrees
from carnet.domain.people.model import FormerIns, Sex
from carnet.formats.insi.answer import write_answer, write_fault
from carnet.formats.insi.model import Answer, Individual, NoneFound, Question, SeveralFound
from carnet.formats.insi.request import LIMIT_BYTES, read_question
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import NIR, Ins

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_SOAP = "application/soap+xml"
_CHANGED = (
    FormerIns(Ins("209076322083439", NIR), date(2019, 3, 1), date(2019, 2, 28)),  # as the test set has it: reversed
    FormerIns(Ins("209066322012355", NIR)),
)

INVENTED: tuple[Individual, ...] = (
    Individual(Ins("297022A02077878", NIR), "ADRTROIS", "DOMINIQUE", Sex.FEMALE, "1997-02-26", "2A020"),
    Individual(Ins("236066322083656", NIR), "TCHITCHI", "CATARINA BELLA", Sex.FEMALE, "1936-06-21", "63220"),
    Individual(
        Ins("109076322083489", NIR), "ECETINSI", "PIERRE-ALAIN MURIEL FLORIANT", Sex.MALE, "2009-07-14", "63220", _CHANGED
    ),
    # Told apart by their other given names.
    Individual(Ins("163119936100125", NIR), "ESSAI-SUITE", "PAUL ANDRE", Sex.MALE, "1963-11-04", "99361"),
    Individual(Ins("163117505600225", NIR), "ESSAI-SUITE", "PAUL ROGER", Sex.MALE, "1963-11-04", "75056"),
    # Told apart by their place of birth.
    Individual(Ins("271056938300125", NIR), "ESSAI-LIEU", "ANNE LUCE", Sex.FEMALE, "1971-05-20", "69383"),
    Individual(Ins("271053306300124", NIR), "ESSAI-LIEU", "ANNE LUCE", Sex.FEMALE, "1971-05-20", "33063"),
    # Told apart by nothing but their matricule.
    Individual(Ins("288077505610142", NIR), "ESSAI-HOMONYME", "CLAIRE ANNE", Sex.FEMALE, "1988-07-02", "75056"),
    Individual(Ins("288077505610241", NIR), "ESSAI-HOMONYME", "CLAIRE ANNE", Sex.FEMALE, "1988-07-02", "75056"),
)  # fmt: skip


@frozen
class InsiSimulator:
    """people: whom it knows. birth_place_element: as the client writes it."""

    people: Sequence[Individual] = INVENTED
    birth_place_element: str = "LieuNaissance"

    def answer(self, question: Question) -> Answer:
        """Exact, as traits are compared; given names may be the beginning of the list."""
        found = [person for person in self.people if _matches(person, question)]
        return found[0] if len(found) == 1 else SeveralFound() if found else NoneFound()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        media = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
        if scope["method"] != "POST":
            await _send(send, 405, b"")
        elif media.partition(";")[0].strip().lower() != _SOAP:
            await _send(send, 415, b"")
        else:
            await _send(send, *self._answered(await _body(receive)))

    def _answered(self, message: bytes) -> tuple[int, bytes]:
        try:
            question = read_question(message, birth_place_element=self.birth_place_element)
        except Invalid:
            return 400, write_fault("Sender", "La question n'est pas lisible.")
        return 200, write_answer(self.answer(question))


def _matches(person: Individual, question: Question) -> bool:
    return (
        person.birth_name == question.birth_name
        and person.sex is question.sex
        and person.birth_date == question.birth_date
        and question.birth_place in {None, person.birth_place}
        and first_given_name_agrees(question.given_names, person.given_names)
    )


async def _body(receive: Receive) -> bytes:
    received = bytearray()
    while True:
        message = await receive()
        received += message.get("body", b"")
        if len(received) > LIMIT_BYTES or not message.get("more_body", False):
            return bytes(received)


async def _send(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", _SOAP.encode() + b"; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
