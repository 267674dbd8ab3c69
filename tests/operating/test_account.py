"""`carnet account`: what it takes, what it prints, what it never shows."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from pypdf import PdfReader
from tests.builders.accounts import CARD, Desk
from tests.doors.world import World

from carnet.app import Carnet
from carnet.cli import main
from carnet.domain.accounts.activation.model import Recognition
from carnet.domain.accounts.activation.recognising import recognise
from carnet.domain.accounts.means.model import Origin
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import RecordStatus
from carnet.vocabulary.ins import TEST_OIDS

Account = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


@pytest.fixture
def desk(carnet: Carnet, world: World) -> Desk:
    return Desk(carnet, world)


@pytest.fixture
def account(
    carnet: Carnet, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Account:
    monkeypatch.setenv("CARNET_DATABASE_URL", database_url)
    monkeypatch.setenv("CARNET_MODE", "demo")

    async def run(*words: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["account", *words, "--home", str(carnet.settings.home)])
        told = capsys.readouterr()
        return status, told.out + told.err

    return run


async def test_from_the_register_to_the_letter_to_the_first_connection(
    account: Account, world: World, desk: Desk, tmp_path: Path
) -> None:
    posted = await world.a_record(status=RecordStatus.ANNOUNCED)
    mailed = await world.a_record(status=RecordStatus.ANNOUNCED)
    file = tmp_path / "registre.csv"
    file.write_text(
        "matricule,oid,cards,mail,address\n"
        f"{posted.ins.matricule},{posted.ins.oid},{CARD} 87654321,,Louise Essai|3 rue des Tilleuls|97400 Saint-Denis\n"
        f"{mailed.ins.matricule},{mailed.ins.oid},{CARD},louise.recoit@exemple.fr,\n"
        "123,1.2.250.1.213.1.4.10,1,,\n"
        f"255069999999988,{posted.ins.oid},{CARD},,\n"
        f"{posted.ins.matricule},{posted.ins.oid},12,,\n",
        "utf-8",
    )
    status, said = await account("register", str(file))
    assert status == 1
    assert "2 taken, 3 refused" in said
    assert re.findall(r"line (\d+): ([a-z-]+)", said) == [
        ("4", "ins-format"),
        ("5", "record-unknown"),
        ("6", "card-typed"),
    ]

    out = tmp_path / "lettres.pdf"
    status, said = await account("letters", "--out", str(out), "--new")
    assert status == 0
    assert out.stat().st_mode & 0o777 == 0o600
    pages = [page.extract_text() for page in PdfReader(BytesIO(out.read_bytes())).pages]
    (page,) = [text for text in pages if "97400 Saint-Denis" in text]
    assert "ouvrez-le, ou refusez-le" in page
    found = re.search(r"\b([2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4})\b", page)
    assert found is not None
    typed = Recognition.of(posted.ins.matricule, found[1], "87654321")
    assert await recognise(typed, oids=TEST_OIDS, origin=Origin("192.0.2.1"), accounts=desk.accounts)
    # Printed once; the other one goes by mail.
    assert (await account("letters", "--out", str(tmp_path / "encore.pdf"), "--new"))[
        1
    ] == "0 codes made\nno letter waits\n"
    await desk.post()
    assert [mail.to for mail in desk.postman.mails] == ["louise.recoit@exemple.fr"]
    assert not (tmp_path / "encore.pdf").exists()


async def test_help_for_one_person_shows_nothing_of_them_and_is_in_their_trail(
    account: Account, world: World, desk: Desk
) -> None:
    person = await world.a_record()
    named = f"{person.ins.matricule}@{person.ins.oid}"
    assert (await account("show", named))[1] == "record: open\naccount: never activated\n"
    identifier = await desk.activated(person, mail="aidee@exemple.fr")
    await desk.totp(person)
    status, said = await account("show", str(person.patient_id))
    assert status == 0
    assert "means: password, totp; recovery codes left: 0" in said
    assert "mail: yes" in said
    for secret in (identifier, "aidee", person.identity.traits.birth_name, person.ins.matricule):
        assert secret not in said
    status, code = await account("code", named)
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\n", code)
    assert (await account("drop", named))[1] == "done; 0 sessions closed\n"
    assert "means: none" in (await account("show", named))[1]
    kinds = [(event.type, event.actor.kind) for event in await world.events(person)]
    for kind in (EventType.RECORD_LOOKED_UP, EventType.PROVISIONAL_CODE_MADE, EventType.SIGN_IN_MEANS_REMOVED):
        assert (kind, "operator") in kinds
    await desk.post()
    assert "Un code provisoire a été remis pour votre carnet" in [mail.subject for mail in desk.postman.mails]


async def test_what_is_nobody(account: Account, tmp_path: Path) -> None:
    for words in (
        ("show", "x"),
        ("code", "255069900000100@1.2.250.1.213.1.4.10"),
        ("register", str(tmp_path / "rien.csv")),
    ):
        status, said = await account(*words)
        assert (status, said.count("\n")) == (2, 1)
