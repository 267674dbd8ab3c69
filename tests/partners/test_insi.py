"""INSi called over HTTP and HTTPS, the simulator answering: one found, none, several, history, silence, faults, the wrong certificate."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import uvicorn
from tests.builders.certificates import Authority

from carnet.domain.errors import Invalid, Refused, Unavailable
from carnet.domain.people.model import FormerIns, IdentityAttribute, IdentityStatus, InsTraits, ReceivedIdentity, Sex
from carnet.formats.insi.answer import LIMIT_BYTES, write_fault
from carnet.formats.insi.model import Answer, Caller, Individual, NoneFound, Question, SeveralFound
from carnet.partners.insi.client import InsiClient, InsiNotConfigured, http_client
from carnet.partners.insi.retrieval import MAX_QUESTIONS, NotRetrieved, Retrieved, applied, retrieve_ins
from carnet.partners.insi.simulator import InsiSimulator
from carnet.vocabulary.ins import NIR, Ins

CALLER = Caller("carnet", "SYNTHETIC", "carnet", "0", UUID(int=1))
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)

DOMINIQUE = InsTraits("ADRTROIS", "DOMINIQUE", "1997-02-26", Sex.FEMALE)
PIERRE = InsTraits("ECETINSI", "PIERRE-ALAIN", "2009-07-14", Sex.MALE)
CLAIRE = InsTraits("ESSAI-HOMONYME", "CLAIRE", "1988-07-02", Sex.FEMALE, "CLAIRE ANNE", "75056")


@asynccontextmanager
async def serving(app, **options) -> AsyncIterator[int]:
    """An ASGI application on a port of this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", **options))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110  uvicorn offers nothing else to wait for
            await asyncio.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        await running


@asynccontextmanager
async def insi_at(app, **options) -> AsyncIterator[InsiClient]:
    async with serving(app, **options) as port, http_client(certificate=None, authorities=None) as http:
        yield InsiClient(http, f"http://127.0.0.1:{port}/insi", CALLER, lambda: NOW)


@pytest.fixture(scope="module")
async def insi() -> AsyncIterator[InsiClient]:
    async with insi_at(InsiSimulator()) as client:
        yield client


async def test_one_is_found(insi: InsiClient) -> None:
    found = await retrieve_ins(insi, DOMINIQUE)
    assert found == Retrieved(
        Ins("297022A02077878", NIR), replace(DOMINIQUE, given_names="DOMINIQUE", birth_place="2A020"), (), (), 1
    )


async def test_the_history_comes_as_it_is(insi: InsiClient) -> None:
    found = await retrieve_ins(insi, PIERRE)
    assert isinstance(found, Retrieved)
    assert found.former == (
        FormerIns(Ins("209076322083439", NIR), date(2019, 3, 1), date(2019, 2, 28)),
        FormerIns(Ins("209066322012355", NIR)),
    )
    assert found.traits.first_given_name == "PIERRE-ALAIN"


async def test_accents_are_left_at_the_boundary(insi: InsiClient) -> None:
    found = await retrieve_ins(insi, replace(DOMINIQUE, birth_name="Adrtroïs", first_given_name="Dominique"))
    assert isinstance(found, Retrieved)
    assert found.differing == ()


async def test_nobody(insi: InsiClient) -> None:
    assert await retrieve_ins(insi, replace(DOMINIQUE, birth_date="1997-02-27")) == NotRetrieved("none", 1)


async def test_another_given_name_first(insi: InsiClient) -> None:
    stated = InsTraits("TCHITCHI", "BELLA", "1936-06-21", Sex.FEMALE, "BELLA CATARINA")
    found = await retrieve_ins(insi, stated)
    assert isinstance(found, Retrieved)
    assert found.questions == 3
    assert found.traits.first_given_name == "CATARINA"
    assert found.differing == ("given_names", "first_given_name")


async def test_several_told_apart_by_their_other_given_names(insi: InsiClient) -> None:
    stated = InsTraits("ESSAI-SUITE", "PAUL", "1963-11-04", Sex.MALE, "PAUL ROGER", "75056")
    found = await retrieve_ins(insi, stated)
    assert isinstance(found, Retrieved)
    assert (found.ins.matricule, found.questions) == ("163117505600225", 2)


async def test_several_told_apart_by_the_place(insi: InsiClient) -> None:
    stated = InsTraits("ESSAI-LIEU", "ANNE", "1971-05-20", Sex.FEMALE, "ANNE LUCE", "33063")
    found = await retrieve_ins(insi, stated)
    assert isinstance(found, Retrieved)
    assert (found.ins.matricule, found.questions) == ("271053306300124", 3)
    unplaced = await retrieve_ins(insi, replace(stated, birth_place=None))
    assert unplaced == NotRetrieved("several", 2)


async def test_homonyms_are_never_chosen_between(insi: InsiClient) -> None:
    assert await retrieve_ins(insi, CLAIRE) == NotRetrieved("several", 4)


@dataclass
class Told:
    """INSi, answering what it is told to, one answer after the other."""

    answers: Sequence[Answer]
    asked: list[Question] = field(default_factory=list)

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@pytest.mark.parametrize("attribute", [IdentityAttribute.DOUBTFUL, IdentityAttribute.FICTITIOUS])
async def test_never_for_a_doubtful_or_fictitious_identity(attribute: IdentityAttribute) -> None:
    told = Told([NoneFound()])
    with pytest.raises(Refused, match="insi-forbidden"):
        await retrieve_ins(told, DOMINIQUE, attributes={attribute})
    assert told.asked == []


async def test_for_a_homonym_it_is_called() -> None:
    assert await retrieve_ins(Told([NoneFound()]), DOMINIQUE, attributes={IdentityAttribute.HOMONYM}) == NotRetrieved(
        "none", 1
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sex": Sex.UNDETERMINED}, "insi-sex"),
        ({"birth_name": "ADRTROIS 3"}, "name-character"),
        ({"first_given_name": ""}, "name-empty"),
        ({"first_given_name": "ANNE--MARIE"}, "name-doubled"),
    ],
)
async def test_what_cannot_be_asked(change: dict[str, object], code: str) -> None:
    told = Told([NoneFound()])
    with pytest.raises(Invalid, match=f"^{code}$"):
        await retrieve_ins(told, replace(DOMINIQUE, **change))
    assert told.asked == []


@pytest.mark.parametrize("answer", [NoneFound(), SeveralFound()])
async def test_questions_about_one_person_are_counted(answer: Answer) -> None:
    told = Told([answer])
    many = replace(CLAIRE, given_names="CLAIRE ANNE LUCE MARIE ROSE LOUISE JEANNE")
    found = await retrieve_ins(told, many)
    assert isinstance(found, NotRetrieved)
    assert len(told.asked) == found.questions <= MAX_QUESTIONS
    assert len(set(told.asked)) == len(told.asked)


async def test_traits_that_differ_are_named() -> None:
    other = Individual(Ins("297022A02077878", NIR), "ADRTROIS", "DOMINIQUE", Sex.FEMALE, "1997-02-26", "75056")
    found = await retrieve_ins(Told([other]), replace(DOMINIQUE, birth_place="2A020"))
    assert isinstance(found, Retrieved)
    assert found.differing == ("birth_place",)


_STATED = ReceivedIdentity(
    DOMINIQUE, IdentityStatus.VALIDATED, used_name="DURAND", validation_mode="CN", method_collection="SM",
    attributes=frozenset({IdentityAttribute.HOMONYM}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "reached"),
    [
        (IdentityStatus.VALIDATED, IdentityStatus.QUALIFIED),
        (IdentityStatus.PROVISIONAL, IdentityStatus.RETRIEVED),
        (IdentityStatus.QUALIFIED, IdentityStatus.QUALIFIED),
    ],
)
async def test_what_an_answer_makes_of_an_identity(
    insi: InsiClient, status: IdentityStatus, reached: IdentityStatus
) -> None:
    found = await retrieve_ins(insi, DOMINIQUE)
    assert isinstance(found, Retrieved)
    became = applied(replace(_STATED, status=status), found, on=NOW.date())
    assert became == replace(
        _STATED, status=reached, traits=found.traits, method_collection="INSI", insi_questioned_on=NOW.date(),
        ins=found.ins if reached is IdentityStatus.QUALIFIED else None,
    )  # fmt: skip


async def test_other_traits_change_nothing_but_the_day(insi: InsiClient) -> None:
    found = await retrieve_ins(insi, DOMINIQUE)
    assert isinstance(found, Retrieved)
    became = applied(_STATED, replace(found, differing=("birth_place",)), on=NOW.date())
    assert became == replace(_STATED, insi_questioned_on=NOW.date())


async def test_not_configured() -> None:
    with pytest.raises(Unavailable, match="insi-not-configured"):
        await retrieve_ins(InsiNotConfigured(), DOMINIQUE)


def _answering(status: int, body: bytes) -> Callable[..., Awaitable[None]]:
    async def app(scope, receive, send) -> None:
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"location", b"http://elsewhere.test/")]}
        )
        await send({"type": "http.response.body", "body": body})

    return app


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (503, b"", "insi-unreachable"),
        (302, b"", "insi-unreachable"),
        (404, b"<html/>", "insi-unreachable"),
        (200, b"<html/>", "insi-answer-unreadable"),
        (200, b"<a>" + b"b" * LIMIT_BYTES + b"</a>", "insi-answer-unreadable"),
        (500, write_fault("Receiver", "Panne"), "insi-fault"),
        (200, write_fault("Receiver", "Panne"), "insi-fault"),
    ],
)
async def test_bad_answers_are_for_later(status: int, body: bytes, code: str) -> None:
    async with insi_at(_answering(status, body)) as client:
        with pytest.raises(Unavailable, match=code):
            await retrieve_ins(client, DOMINIQUE)


async def test_nobody_answers_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        async with http_client(certificate=None, authorities=None) as http:
            with pytest.raises(Unavailable, match="insi-unreachable"):
                await InsiClient(http, address, CALLER, lambda: NOW).ask(Question("A", "B", Sex.MALE, "2000-01-01"))


async def test_silence_has_an_end() -> None:
    async def silent(scope, receive, send) -> None:
        await receive()
        await asyncio.sleep(1)

    async with insi_at(silent) as client:
        client.http.timeout = httpx.Timeout(0.1)
        with pytest.raises(Unavailable, match="insi-unreachable"):
            await retrieve_ins(client, DOMINIQUE)


@pytest.mark.parametrize(
    ("method", "media", "body", "status"),
    [
        ("GET", "application/soap+xml", b"", 405),
        ("POST", "text/plain", b"", 415),
        ("POST", "application/soap+xml", b"<a/>", 400),
        ("POST", "application/soap+xml", b"<a>" + b"b" * 70_000 + b"</a>", 400),
    ],
)
async def test_the_simulator_refuses_what_is_not_a_question(insi: InsiClient, method: str, media: str, body: bytes, status: int) -> None:  # fmt: skip
    answer = await insi.http.request(method, insi.url, content=body, headers={"Content-Type": media})
    assert answer.status_code == status


@dataclass(frozen=True)
class Certificates:
    """PEM files. client: certificate, then private key."""

    authority: Path
    other_authority: Path
    server: Path
    server_key: Path
    client: Path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")
    authority, other = Authority(folder), Authority(folder, "other")
    server, ours = authority.issue("localhost"), authority.issue("carnet")
    client = folder / "client.pem"
    client.write_bytes(ours.file.read_bytes() + ours.key_file.read_bytes())
    return Certificates(authority.file, other.file, server.file, server.key_file, client)


@pytest.fixture(scope="module")
async def secured(certificates: Certificates) -> AsyncIterator[int]:
    """The simulator behind mutual TLS."""
    async with serving(
        InsiSimulator(), ssl_certfile=str(certificates.server), ssl_keyfile=str(certificates.server_key),
        ssl_ca_certs=str(certificates.authority), ssl_cert_reqs=ssl.CERT_REQUIRED,
    ) as port:  # fmt: skip
        yield port


async def test_mutual_tls(certificates: Certificates, secured: int) -> None:
    async with http_client(certificate=certificates.client, authorities=certificates.authority) as http:
        client = InsiClient(http, f"https://localhost:{secured}/insi", CALLER, lambda: NOW)
        assert isinstance(await retrieve_ins(client, DOMINIQUE), Retrieved)


@pytest.mark.parametrize(("with_ours", "with_theirs"), [(False, True), (True, False)])
async def test_a_certificate_missing_on_either_side(
    certificates: Certificates, secured: int, with_ours: bool, with_theirs: bool
) -> None:
    ours: Path | None = certificates.client if with_ours else None
    theirs: Path = certificates.authority if with_theirs else certificates.other_authority
    async with http_client(certificate=ours, authorities=theirs) as http:
        client = InsiClient(http, f"https://localhost:{secured}/insi", CALLER, lambda: NOW)
        with pytest.raises(Unavailable, match="insi-unreachable"):
            await retrieve_ins(client, DOMINIQUE)
