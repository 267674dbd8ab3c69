"""Accueil, the list and own folders over HTTP: what is hidden leaves no shadow in a whole page, and no form is trusted."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.doors.world import World, a_report, a_titled
from tests.portals.citizen.documents.conftest import Holder, SignIn, lead_of, titles_of
from tests.portals.people import heading_of, path_of

from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import RecordStatus


def _without_ids(page: httpx.Response) -> str:
    """A whole page, without what differs at each time: ids, tokens, sealed states, names."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "id", page.text)
    text = re.sub(r'(name="(?:csrf|e)" value|href="[^"]*e)="?[^"]*"', r"\1", text)
    return re.sub(r"Louise Essai-\w+", "nom", text)


async def test_a_hidden_document_leaves_no_shadow_in_any_page(world: World, sign_in: SignIn) -> None:
    told: list[list[str]] = []
    for with_hidden in (True, False):
        person = await world.a_record()
        for n in range(1, 4):
            await world.deposit(a_titled(person, f"Visible {n}", date=f"2026-03-0{n}T10:00:00+01:00"))
            if with_hidden:
                await world.deposit(
                    a_titled(
                        person, f"Visible et caché {n}", date=f"2019-03-0{n}T10:00:00+01:00", family="Secret", number="899700000077",
                        labels=["INVISIBLE_PATIENT"],
                    )
                )  # fmt: skip
        holder = await sign_in(person)
        pages = [await holder.page(path) for path in ("/", "/documents", "/dossiers", "/")]
        pages.append(await holder.post("/documents", {"mots": "visible"}))
        pages.append(await holder.post("/documents", {"mots": "secret"}))
        pages.append(await holder.post("/documents", {"mots": "", "choix": "1", "annee": "2019"}))
        told.append([_without_ids(page) for page in pages])
    assert told[0] == told[1]


async def test_each_page_leaves_one_trace_of_what_it_showed(world: World, sign_in: SignIn) -> None:
    person = await world.a_record()
    await world.deposit(a_report(person))
    holder = await sign_in(person)
    before = len(await world.events(person))
    await holder.page("/documents")
    (event,) = (await world.events(person))[before:]
    assert (event.type, len(event.documents)) == (EventType.DOCUMENTS_LISTED, 1)
    before += 1
    await holder.page("/")
    kinds = [event.type for event in (await world.events(person))[before:]]
    assert kinds == [EventType.DOCUMENTS_LISTED, EventType.TRAIL_READ]


async def test_no_address_and_no_cache_tells_anything(world: World, sign_in: SignIn) -> None:
    person = await world.a_record()
    await world.deposit(a_titled(person, "Sérologie"))
    holder = await sign_in(person)
    found = await holder.post("/documents", {"mots": "Sérologie", "choix": "1", "type": "11488-4", "annee": "2026"})
    assert lead_of(found) == "Un document correspond à ce choix."
    assert re.fullmatch(r"http://carnet\.test/documents\?e=[\w-]+", str(found.url))
    assert found.headers["cache-control"] == "no-store"
    for address in re.findall(r'(?:href|action)="([^"]+)"', found.text):
        assert not re.search(r"erolog|11488|2026|8997|comptes", address), address


@pytest.mark.parametrize(
    ("fields", "lead"),
    [
        ({"mots": "", "choix": "1", "annee": "2025"}, "Un document correspond à ce choix."),
        ({"mots": "", "choix": "1", "annee": "pas une année"}, "2 documents sont déjà dans votre carnet."),
        ({"mots": "", "choix": "1", "annee": "٢٠٢٥"}, "2 documents sont déjà dans votre carnet."),
        ({"mots": "", "choix": "1", "type": "inconnu"}, "Aucun de vos documents ne correspond à ce choix."),
        ({"mots": "x" * 5000}, "Aucun de vos documents ne correspond à ce choix."),
        ({"mots": "compte", "e": "pas un état"}, "2 documents correspondent à ce choix."),
        ({"mots": "", "choix": "1", "seulement": ["unread", "n’importe quoi"]}, "2 documents correspondent à ce choix."),
    ],
)  # fmt: skip
async def test_whatever_is_typed_gives_a_list(world: World, sign_in: SignIn, fields: dict[str, Any], lead: str) -> None:
    person = await world.a_record()
    for year in (2025, 2026):
        await world.deposit(a_titled(person, "Compte rendu", date=f"{year}-03-01T10:00:00+01:00"))
    holder = await sign_in(person)
    assert lead_of(await holder.post("/documents", fields)) == lead


async def test_other_orders_have_no_years_and_go_on_page_after_page(world: World, sign_in: SignIn) -> None:
    person = await world.a_record()
    for n in range(22):
        date = f"20{n + 1:02d}-03-01T10:00:00+01:00"
        await world.deposit(a_titled(person, f"Titre {chr(ord('Z') - n)}", date=date))
    holder = await sign_in(person)
    for order, first, last in (
        ("title", "Titre E", "Titre Z"),
        ("oldest", "Titre Z", "Titre E"),
        ("writer", "Titre E", "Titre Z"),
        ("autre", "Titre E", "Titre Z"),
    ):
        page = await holder.post("/documents", {"mots": "", "choix": "1", "ordre": order})
        assert titles_of(page)[0] == first
        assert ('<h2 id="an-2022">2022</h2>' in page.text) is (order == "autre"), order
        following = re.search(r'href="([^"]+)" rel="next"', page.text)
        assert following is not None
        rest = await holder.page(following[1])
        assert titles_of(rest)[-1] == last
        before = re.search(r'href="([^"]+)" rel="prev"', rest.text)
        assert before is not None
        assert titles_of(await holder.page(before[1])) == titles_of(page)


async def test_acts_on_what_is_not_there_say_so_and_do_nothing(world: World, sign_in: SignIn) -> None:
    person, other = await world.a_record(), await world.a_record()
    foreign = (await world.deposit(a_report(other))).id
    hidden = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    await world.deposit(a_report(person))
    holder = await sign_in(person)
    for act in ("lu", "masquer"):
        answer = await holder.post("/documents/plusieurs", {"acte": act, "d": [foreign, hidden, str(uuid4())]})
        assert "3 documents n’ont pas changé." in answer.text
        assert "Nous n’avons pas trouvé ce document." in answer.text
    answer = await holder.post("/documents/plusieurs", {"acte": "brûler", "d": [foreign]})
    assert answer.status_code == 422
    assert "Choisissez quoi faire des documents cochés." in answer.text
    answer = await holder.post("/documents/plusieurs", {"acte": "lu", "d": ["pas un identifiant"]})
    assert "Cochez au moins un document" in answer.text
    assert path_of(await holder.page("/documents/plusieurs")) == "/documents"  # reloaded


async def test_own_documents_are_deleted_and_others_stay(world: World, sign_in: SignIn) -> None:
    person = await world.a_record()
    own = [(await world.deposit(a_titled(person, f"Le mien {n}"), by=world.a_citizen(person))).id for n in (1, 2)]
    other = (await world.deposit(a_titled(person, "Du médecin"))).id
    hidden = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    holder = await sign_in(person)
    before = await holder.post(
        "/documents/plusieurs", {"acte": "supprimer", "d": [own[0], other, hidden, str(uuid4())]}
    )
    assert heading_of(before) == "Supprimer des documents"
    assert lead_of(before).startswith("Ce document sera supprimé pour toujours.")
    assert titles_of(before) == ["Le mien 1", "Du médecin"]
    assert len(titles_of(await holder.page("/documents"))) == 3  # nothing is done yet
    # Whatever is sent, only what the person added goes.
    after = await holder.post("/documents/plusieurs/supprimer", {"d": [own[0], other, hidden]})
    assert "Le document est supprimé." in after.text
    assert after.text.count("Un document n’a pas changé.") == 2
    assert sorted(titles_of(after)) == ["Du médecin", "Le mien 2"]
    kinds = [event.type for event in await world.events(person)]
    assert kinds.count(EventType.DOCUMENT_DELETED) == 1
    # A page asked again later has nothing left to delete, and leads to the list.
    assert path_of(await holder.browser.open(str(before.url))) == "/documents/plusieurs/supprimer"
    assert path_of(await holder.page("/documents/plusieurs/supprimer")) == "/documents"
    many = await holder.post("/documents/plusieurs", {"acte": "supprimer", "d": [str(uuid4()) for _ in range(51)]})
    assert many.status_code == 422
    assert "Pas plus de 50 documents à la fois." in many.text


async def test_a_document_that_is_opened_is_read(world: World, sign_in: SignIn) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_titled(person, "Compte rendu"))).id
    holder = await sign_in(person)
    assert "Un document non lu" in (await holder.page("/")).text
    await holder.page(f"/documents/{document}")
    home = await holder.page("/")
    assert "non lu" not in home.text
    assert titles_of(home) == ["Compte rendu"]


async def _folder(holder: Holder, name: str) -> str:
    answer = await holder.post("/dossiers", {"nom": name})
    assert heading_of(answer) == name
    return path_of(answer)


async def test_folders_of_others_do_not_exist(world: World, sign_in: SignIn) -> None:
    one, other = await sign_in(await world.a_record()), await sign_in(await world.a_record())
    for each in (one, other):
        await world.deposit(a_report(each.person))
    foreign = await _folder(one, "Le mien")
    unknown = f"/dossiers/{uuid4()}"
    for path in (foreign, unknown):
        for more in ("", "/supprimer"):
            assert (await other.browser.open(path + more)).status_code == 404
        for more, fields in (("", {"nom": "Pris"}), ("/supprimer", {}), ("/sortir", {}), ("/remettre", {})):
            assert (await other.post(path + more, dict(fields))).status_code == 404
    answer = await other.post("/documents/plusieurs", {"acte": "ranger", "d": [str(uuid4())], "dossier": foreign[-36:]})
    assert answer.status_code == 404
    assert heading_of(await one.page(foreign)) == "Le mien"


async def test_a_folder_of_many_pages(world: World, sign_in: SignIn) -> None:
    person = await world.a_record()
    made = [
        (await world.deposit(a_titled(person, f"N° {n:02d}", date=f"2026-03-{n:02d}T10:00:00Z"))).id
        for n in range(1, 23)
    ]
    holder = await sign_in(person)
    folder = await _folder(holder, "Tout")
    await holder.post("/documents/plusieurs", {"acte": "ranger", "d": made, "dossier": folder[-36:]})
    first = await holder.page(folder)
    assert (lead_of(first), len(titles_of(first))) == ("22 documents dans ce dossier.", 20)
    following = re.search(r'href="([^"]+)" rel="next"', first.text)
    assert following is not None
    assert titles_of(await holder.page(following[1])) == ["N° 02", "N° 01"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (RecordStatus.CLOSED, "Votre carnet est fermé"),
        (RecordStatus.ANNOUNCED, "Votre carnet n’est pas encore ouvert"),
        (RecordStatus.OPPOSED, "Vous avez refusé l’ouverture de votre carnet"),
    ],
)
async def test_a_record_that_is_not_open_says_why(
    world: World, sign_in: SignIn, status: RecordStatus, said: str
) -> None:
    holder = await sign_in(await world.a_record(status=status))
    assert said in lead_of(await holder.page("/"))
    assert (await holder.browser.open("/documents")).status_code == 403


async def test_a_record_closed_in_mid_journey_is_said_on_the_next_page(world: World, sign_in: SignIn) -> None:
    holder = await sign_in(await world.a_record())
    await holder.page("/documents")
    await world.change(holder.person, to=RecordStatus.CLOSED)
    assert (await holder.browser.open("/documents")).status_code == 403
    assert "Votre carnet est fermé" in lead_of(await holder.page("/"))
