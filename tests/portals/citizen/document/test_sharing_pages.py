"""A document shown to a stranger by a link, over HTTP: the sheet, the code, what is read, and everything that ends it."""

import asyncio
import html
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
import time_machine
from tests.builders.cda import a_pdf
from tests.doors.world import World, a_letter, a_report
from tests.portals.citizen.document.conftest import Holder, SignIn, form_token, text_of

from carnet.domain.consent.model import RecordStatus
from carnet.vocabulary.clock import system_clock

WRONG = "Ce partage n’existe pas, il est terminé, ou le code n’est pas le bon."


async def make(holder: Holder, document: str, **fields: str) -> tuple[str, str]:
    """The path of the link, and the code."""
    answer = await holder.send(document, "partage", **{"duree": "jour", **fields})
    assert answer.status_code == 303, text_of(answer)
    sheet = await holder.get(answer.headers["location"])
    said = text_of(sheet)
    link = re.search(r"http://carnet\.test(/partage/[0-9A-Z-]{19})", said)
    code = re.search(r"Code (\d{4} \d{4})", said)
    assert link is not None
    assert code is not None
    return link[1], code[1]


async def give(stranger: httpx.AsyncClient, path: str, code: str, **more: str) -> httpx.Response:
    """The code, typed on the page of the link."""
    page = await stranger.get(path)
    assert page.status_code == 200
    return await stranger.post(path, data={"csrf": form_token(page), "code": code, **more})


async def open_link(stranger: httpx.AsyncClient, path: str, code: str) -> httpx.Response:
    answer = await give(stranger, path, code)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/partage/ouvert"), text_of(answer)
    return await stranger.get("/partage/ouvert")


async def test_a_form_sent_twice_makes_one_link(holder: Holder) -> None:
    document = (await holder.world.deposit(a_report(holder.person))).id
    form = {"envoi": "5f0e2f0c", "pour": "Dr Martin"}
    made = await asyncio.gather(*(make(holder, document, **form) for _ in range(4)))
    assert len(set(made)) == 1
    assert (await holder.page(document)).text.count("/arreter") == 1
    assert await make(holder, document, **form, duree="semaine") != made[0]
    assert await make(holder, document, **{**form, "envoi": "of another page"}) != made[0]
    for each in re.findall(r"/partage/([0-9a-f-]{36})/arreter", (await holder.page(document)).text):
        await holder.send(document, "partage", each, "arreter")
    assert await make(holder, document, **form) != made[0]  # what was ended stays ended
    assert 'name="envoi" value="' in (await holder.get(f"/documents/{document}/partage")).text


async def test_the_sheet_is_shown_once_to_who_made_the_link(
    holder: Holder, sign_in: SignIn, stranger: httpx.AsyncClient
) -> None:
    world = holder.world
    document = (await world.deposit(a_report(holder.person))).id
    answer = await holder.send(document, "partage", duree="jour", pour="Dr Martin")
    sheet = answer.headers["location"]
    page = await holder.get(sheet)
    link = re.search(r"http://carnet\.test/partage/([0-9A-Z-]{19})", page.text)
    assert link is not None
    assert link[1] not in sheet
    assert 'class="qr"' in page.text
    other = await sign_in(holder.person)  # another session of the same person
    for client in (other.client, stranger):
        found = await client.get(sheet)
        assert found.status_code == 303
        assert link[1] not in found.text
    with time_machine.travel(system_clock() + timedelta(hours=1, seconds=5), tick=True):
        assert link[1] not in (await holder.get(sheet)).text
    listed = text_of(await holder.page(document))
    assert "Lien pour Dr Martin" in listed
    assert "Jamais ouvert" in listed
    assert link[1] not in listed


async def test_a_stranger_reads_what_was_shared(holder: Holder, stranger: httpx.AsyncClient) -> None:
    world = holder.world
    content = a_pdf("Partagé")
    document = (await world.deposit(a_report(holder.person, content=content))).id
    other = (await world.deposit(a_report(holder.person))).id
    path, code = await make(holder, document)
    shown = await open_link(stranger, path, code)
    assert shown.status_code == 200
    assert f"/partage/ouvert/{document}" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    page = await stranger.get(f"/partage/ouvert/{document}")
    assert "Compte rendu de consultation" in text_of(page)
    kept = await stranger.get(f"/partage/ouvert/{document}/original")
    assert (kept.content, kept.headers["content-disposition"]) == (content, 'attachment; filename="document.pdf"')
    assert (await stranger.get(f"/partage/ouvert/{document}/apercu")).content == content
    told = [
        (event.type, event.actor.kind)
        for event in await world.events(holder.person)
        if event.actor.kind == "share-link"
    ]
    assert told == [("share-opened", "share-link"), *[("document-read", "share-link")] * 3]
    said = text_of(await holder.page(document))
    assert "Ouvert 1 fois" in said
    assert "Quelqu’un a lu votre document" in said
    assert "par un lien que vous avez partagé" in said
    # Their history says it too, here and in FHIR.
    assert "Quelqu’un a ouvert votre document « Compte rendu de consultation »" in text_of(await holder.get("/acces"))
    trail = await world.http.get(
        "/fhir/AuditEvent", params={"date": "ge2000-01-01", "patient.identifier": holder.person.token_of_ins},
        headers=world.a_citizen(holder.person).headers,
    )  # fmt: skip
    assert trail.status_code == 200, trail.text[:500]
    assert sum("par un lien que vous avez partagé" in str(entry) for entry in trail.json()["entry"]) == 4
    # Another document of the same record is none of the link's.
    refused = await stranger.get(f"/partage/ouvert/{other}")
    assert refused.status_code == 404
    assert WRONG in html.unescape(refused.text)
    # Nothing of the person is in what the stranger was given, but what the document says.
    traits = holder.person.identity.traits
    for each in (shown, page):
        for word in (traits.birth_name, traits.first_given_name.title(), holder.person.ins.matricule):
            assert word not in each.text
    assert "Set-Cookie" not in shown.headers


async def test_a_cda_is_read_by_a_stranger_too(holder: Holder, stranger: httpx.AsyncClient) -> None:
    document = (await holder.world.deposit(a_letter(holder.person))).id
    await open_link(stranger, *await make(holder, document))
    assert "Dr Alix Fictif" in text_of(await stranger.get(f"/partage/ouvert/{document}"))
    assert (await stranger.get(f"/partage/ouvert/{document}/apercu")).content.startswith(b"%PDF")
    for part in ("image/0", "fichier/0"):
        assert (await stranger.get(f"/partage/ouvert/{document}/{part}")).status_code == 404


async def test_unknown_wrong_over_and_ended_look_the_same(holder: Holder, stranger: httpx.AsyncClient) -> None:
    world = holder.world
    document = (await world.deposit(a_report(holder.person))).id
    live, code = await make(holder, document)
    ended, ended_code = await make(holder, document)
    share = re.findall(rf"/documents/{document}/partage/([0-9a-f-]{{36}})/arreter", (await holder.page(document)).text)[
        0
    ]
    assert (await holder.send(document, "partage", share, "arreter")).status_code == 303
    wrong = "0000 0000" if code != "0000 0000" else "1111 1111"
    unknown = "/partage/0000-0000-0000-0000"
    answers = {
        "unknown": await give(stranger, unknown, code), "malformed": await give(stranger, "/partage/rien", code),
        "wrong": await give(stranger, live, wrong), "ended": await give(stranger, ended, ended_code),
    }  # fmt: skip
    told = {
        name: re.sub(r'action="[^"]*"|name="csrf" value="[^"]*"|value="\d{4} \d{4}"', "", each.text)
        for name, each in answers.items()
    }
    assert {each.status_code for each in answers.values()} == {404}
    assert len(set(told.values())) == 1, [name for name in told if told[name] != told["unknown"]]
    with time_machine.travel(system_clock() + timedelta(days=1, seconds=5), tick=True):
        assert (await give(stranger, live, code)).status_code == 404
    # The page of an address is the same whatever it is.
    pages = {
        re.sub(r'action="[^"]*"', "", (await stranger.get(each)).text)
        for each in (unknown, "/partage/rien", live, ended)
    }
    assert len(pages) == 1


async def test_ten_wrong_codes_end_a_link_and_its_maker_sees_it(holder: Holder, stranger: httpx.AsyncClient) -> None:
    document = (await holder.world.deposit(a_report(holder.person))).id
    path, code = await make(holder, document)
    wrong = "0000 0000" if code != "0000 0000" else "1111 1111"
    for _ in range(10):
        assert (await give(stranger, path, wrong)).status_code == 404
    assert (await give(stranger, path, code)).status_code == 404
    assert "trop de codes faux ont été essayés" in text_of(await holder.page(document))


async def test_what_was_opened_closes_at_once(holder: Holder, stranger: httpx.AsyncClient) -> None:
    """By its maker, on the device, after half an hour, and when the record closes."""
    world = holder.world
    document = (await world.deposit(a_report(holder.person))).id
    path, code = await make(holder, document)
    await open_link(stranger, path, code)
    page = await stranger.get("/partage/ouvert")
    left = await stranger.post("/partage/ouvert/fermer", data={"csrf": form_token(page)})
    assert (left.status_code, left.headers["clear-site-data"]) == (303, '"cache"')
    assert (await stranger.get(f"/partage/ouvert/{document}")).headers["location"] == "/partage"
    await open_link(stranger, path, code)
    with time_machine.travel(system_clock() + timedelta(minutes=31), tick=True):
        assert (await stranger.get("/partage/ouvert")).status_code == 303
    await open_link(stranger, path, code)
    await world.change(holder.person, to=RecordStatus.CLOSED)
    assert (await stranger.get("/partage/ouvert")).status_code == 404
    assert (await give(stranger, path, code)).status_code == 404  # the code is right, and shows nothing any more


async def test_nobody_is_said_to_have_read_ahead_of_time(holder: Holder, stranger: httpx.AsyncClient) -> None:
    document = (await holder.world.deposit(a_report(holder.person))).id
    await open_link(stranger, *await make(holder, document))
    before = await holder.kinds()
    for each in ("", f"/{document}", f"/{document}/original"):
        assert (await stranger.head(f"/partage/ouvert{each}")).content == b""
        assert (await stranger.get(f"/partage/ouvert{each}", headers={"Sec-Purpose": "prefetch"})).status_code == 503
    assert await holder.kinds() == before


async def test_an_address_from_paper_is_typed(holder: Holder, stranger: httpx.AsyncClient) -> None:
    document = (await holder.world.deposit(a_report(holder.person))).id
    path, code = await make(holder, document)
    typed = path.removeprefix("/partage/").replace("-", " ").lower()
    answer = await give(stranger, "/partage", code.replace(" ", ""), adresse=typed)
    assert (answer.status_code, answer.headers["location"]) == (303, "/partage/ouvert")
    for fields in ({"adresse": "", "code": code}, {"adresse": typed, "code": ""}):
        refused = await give(stranger, "/partage", fields["code"], adresse=fields["adresse"])
        assert refused.status_code == 422
        assert "Rien n’a été enregistré" in html.unescape(refused.text)


@pytest.mark.parametrize("fields", [{"duree": "toujours"}, {"duree": ""}, {"duree": "jour", "pour": "x" * 101}])
async def test_what_is_typed_is_kept(holder: Holder, fields: dict[str, str]) -> None:
    document = (await holder.world.deposit(a_report(holder.person))).id
    answer = await holder.send(document, "partage", **fields)
    assert answer.status_code == 422
    assert fields.get("pour", "") in answer.text
    assert (await holder.kinds()).count("document-shared") == 0


async def test_a_forged_or_borrowed_form_opens_nothing(
    holder: Holder, stranger: httpx.AsyncClient, world: World
) -> None:
    document = (await holder.world.deposit(a_report(holder.person))).id
    path, code = await make(holder, document)
    await stranger.get(path)
    assert (await stranger.post(path, data={"csrf": "x", "code": code})).status_code == 403
    stranger.cookies.set("carnet_partage", "AAAA")
    assert (await stranger.get("/partage/ouvert")).status_code == 303
    assert (await stranger.get(f"/partage/ouvert/{UUID(int=9)}")).status_code == 303


async def test_tries_are_counted_where_they_come_from(
    holder: Holder, stranger: httpx.AsyncClient, world: World
) -> None:
    """Whatever the addresses: past so many in a while, a network waits, and is told so, link or no link."""
    document = (await holder.world.deposit(a_report(holder.person))).id
    path, code = await make(holder, document)
    accounts = world.carnet.accounts
    terms = accounts.terms
    object.__setattr__(accounts, "terms", replace(terms, origin_tries=2))
    try:
        with time_machine.travel(system_clock() + timedelta(days=10), tick=True):
            for _ in range(2):
                assert (await give(stranger, "/partage/0000-0000-0000-0000", "1234 5678")).status_code == 404
            for each in (path, "/partage/0000-0000-0000-0000"):
                answer = await give(stranger, each, code)
                assert answer.status_code == 429
                assert "Trop d’essais" in html.unescape(answer.text)
    finally:
        object.__setattr__(accounts, "terms", terms)
