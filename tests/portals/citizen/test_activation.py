"""The first connection over HTTP: pages alike for everyone, a code that serves once, an identity provider in the place of the code."""

import re

import httpx
import pytest
from tests.builders.accounts import CARD, Desk
from tests.builders.people import an_ins
from tests.doors.world import Person, World
from tests.portals.citizen.conftest import ABrowser
from tests.portals.people import Browser, heading_of, path_of

from carnet.domain.actor import SYSTEM
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import RecordStatus
from carnet.domain.consent.record_life import begin_record
from carnet.domain.demo import store
from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex


async def typed(
    browser: Browser, person: Person, code: str | None, *, card: str = CARD, way: str = "ouvrir"
) -> httpx.Response:
    page = await browser.open(f"/activation/{way}")
    return await browser.send(page, code=code or "", matricule=person.ins.matricule, carte=card)


def shown(page: httpx.Response) -> str:
    """The page without what is of its browser alone, and what was typed."""
    return re.sub(r' value="[^"]*"', "", page.text)


async def test_whichever_is_wrong_the_page_is_the_same(desk: Desk, world: World, a_browser: ABrowser) -> None:
    person, other = await world.a_record(status=RecordStatus.ANNOUNCED), await world.a_record()
    await desk.insured(person)
    code = await desk.provisional_code(person)
    pages = []
    for number, (who, text, card) in enumerate(
        (
            (other, code, CARD),
            (person, "ABCD-EFGH-JKMN", CARD),
            (person, code, "99999999999"),
            (other, "ABCD-EFGH-JKMN", "99999999999"),
        )
    ):
        browser = await a_browser(address=f"203.0.113.{number}")
        page = await typed(browser, who, text, card=card)
        assert page.status_code == 422
        pages.append(shown(page))
    assert len(set(pages)) == 1
    assert "Nous ne vous avons pas reconnu" in pages[0]


async def test_a_code_that_served_is_told_so(desk: Desk, world: World, a_browser: ABrowser) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person)
    code = await desk.provisional_code(person)
    first, second = await a_browser(address="192.0.2.1"), await a_browser(address="192.0.2.2")
    one, other = await typed(first, person, code), await typed(second, person, code, way="refuser")
    assert heading_of(one) == heading_of(other) == "Bonjour Louise " + person.identity.traits.birth_name.title()
    assert path_of(await first.send(one)) == "/compte/premiere-fois"
    refused = await second.send(other)
    assert refused.status_code == 422
    assert "a déjà servi" in refused.text
    assert (await world.head(person))[0] == RecordStatus.OPEN
    replay = await typed(await a_browser(address="192.0.2.3"), person, code)
    assert replay.status_code == 422


async def test_forms_of_elsewhere_decide_nothing(desk: Desk, world: World, a_browser: ABrowser) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person)
    browser = await a_browser(address="192.0.2.10")
    await typed(browser, person, await desk.provisional_code(person))
    assert (await browser.http.post("/activation/ouvrir/confirmer", data={})).status_code == 403
    assert (await world.head(person))[0] == RecordStatus.ANNOUNCED


async def test_no_address_names_anyone(desk: Desk, world: World, a_browser: ABrowser) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person)
    code = await desk.provisional_code(person)
    assert code is not None
    browser = await a_browser(address="192.0.2.20")
    asked: list[str] = []

    async def note(request: httpx.Request) -> None:
        asked.append(str(request.url))

    browser.http.event_hooks["request"] = [note]
    await browser.send(await typed(browser, person, code))
    for word in (person.ins.matricule, code, CARD, "louise", person.identity.traits.birth_name.lower()):
        assert not [address for address in asked if word.lower() in address.lower()]


async def test_steps_are_asked_again_when_they_are_over(a_browser: ABrowser) -> None:
    browser = await a_browser(address="192.0.2.30")
    assert path_of(await browser.open("/activation/ouvrir/confirmer")) == "/activation/ouvrir"
    assert path_of(await browser.open("/connexion/code")) == "/connexion"


@pytest.mark.parametrize(("decision", "status"), [("ouvrir", RecordStatus.OPEN), ("refuser", RecordStatus.OPPOSED)])
async def test_whom_a_provider_recognised_decides_of_an_announced_record_first(
    desk: Desk, world: World, a_browser: ABrowser, decision: str, status: RecordStatus
) -> None:
    name = f"lena-{decision}"
    traits = InsTraits(f"ATTENTE-{decision.upper()}", "LENA", "1979-03-28", Sex.FEMALE, "LENA", "51215")
    identity = Identity(an_ins(), traits, IdentityStatus.QUALIFIED)
    async with desk.carnet.database.transaction() as tx:
        patient_id, _ = await begin_record(
            tx, identity, actor=SYSTEM, keys=desk.carnet.services.keys, at=desk.now, status=RecordStatus.ANNOUNCED
        )
        await store.save(tx, store.DemoPerson(name, "Lena", ins=identity.ins))
    browser = await a_browser(address="192.0.2.40")
    page = await browser.send(await browser.open("/connexion/apcv"), person=name)
    assert path_of(page) == "/activation/ouvrir/confirmer"
    person = Person(patient_id, identity)
    assert (await world.head(person))[0] == RecordStatus.ANNOUNCED
    if decision == "refuser":
        page = await browser.open("/activation/refuser/confirmer")
    page = await browser.send(page)
    assert (await world.head(person))[0] == status
    assert path_of(page) == ("/" if status is RecordStatus.OPEN else "/activation/refuser/fait")


async def test_a_record_that_opened_by_itself_has_an_account_once_its_holder_comes(
    desk: Desk, world: World, a_browser: ABrowser
) -> None:
    traits = InsTraits("VENUE", "LENA", "1979-03-28", Sex.FEMALE, "LENA", "51215")
    identity = Identity(an_ins(), traits, IdentityStatus.QUALIFIED)
    async with desk.carnet.database.transaction() as tx:
        patient_id, _ = await begin_record(tx, identity, actor=SYSTEM, keys=desk.carnet.services.keys, at=desk.now)
        await store.save(tx, store.DemoPerson("lena-venue", "Lena", ins=identity.ins))
    for address in ("192.0.2.41", "192.0.2.42"):
        browser = await a_browser(address=address)
        page = await browser.send(await browser.open("/connexion/apcv"), person="lena-venue")
        assert path_of(page) == "/"
    kinds = [event.type for event in await world.events(Person(patient_id, identity))]
    assert kinds.count(EventType.ACCOUNT_ACTIVATED) == 1


async def test_an_identity_under_doubt_opens_nothing(desk: Desk, world: World, a_browser: ABrowser) -> None:
    from carnet.domain.consent.doubting import step_identity
    from carnet.domain.people.identity_status import IdentityStep

    person = await world.a_record()
    await desk.insured(person)
    browser = await a_browser(address="192.0.2.50")
    page = await typed(browser, person, await desk.provisional_code(person))
    async with desk.carnet.database.transaction() as tx:
        keys, at = desk.carnet.services.keys, desk.carnet.services.clock()
        await step_identity(tx, person.patient_id, IdentityStep.DOUBTED, actor=SYSTEM, keys=keys, at=at)
    page = await browser.send(page)
    assert page.status_code == 422
    assert "Recommencez depuis le début" in page.text


async def test_the_letterbox_of_the_demonstration(desk: Desk, world: World, a_browser: ABrowser) -> None:
    from carnet.operating.demo_accounts import open_accounts
    from carnet.territory.invent import invent
    from carnet.territory.model import Citizen

    territory = invent(7, citizens=13, documents=0, today=desk.now.date())
    marie = territory.named["marie"]
    assert isinstance(marie, Citizen)
    async with desk.carnet.database.transaction() as tx:
        await store.save(tx, store.DemoPerson("marie", "Marie", ins=marie.identity.ins))
    for _ in range(2):
        await open_accounts(desk.carnet, territory)
    browser = await a_browser(address="192.0.2.60")
    page = await browser.open("/demo/courrier/josephine")
    code = re.search(r"code provisoire : ([A-Z0-9-]{14})", page.text)
    matricule = re.search(r"(258\d{12})", page.text)
    assert code is not None
    assert matricule is not None
    page = await browser.open("/activation/ouvrir")
    page = await browser.send(page, code=code[1], matricule=matricule[1], carte=CARD)
    assert heading_of(page) == "Bonjour Josephine Payet"
    telephone = await browser.open("/demo/courrier/marie")
    shown_code = re.search(r'<b class="num">(\d{6})</b>', telephone.text)
    assert shown_code is not None
    other = await a_browser(address="192.0.2.61")
    page = await other.send(
        await other.open("/connexion"),
        identifiant="marie@demo.carnet.example",
        mot_de_passe="quatre chevaux dans la neige",
    )
    assert path_of(await other.send(page, code=shown_code[1])) == "/"
    assert (await browser.open("/demo/courrier/personne")).status_code == 404
    assert heading_of(await browser.open("/demo/courrier")) == "Le courrier de la démonstration"
