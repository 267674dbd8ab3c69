"""A request to an author, over HTTP: what is typed is kept, where it stands is told."""

import html
import re
from uuid import UUID

from tests.doors.world import World, a_letter, a_report
from tests.portals.citizen.document.conftest import Holder, text_of

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.model import RecordStatus
from carnet.domain.record.asking.answering import answer_request, open_request, requests_for
from carnet.domain.record.asking.model import Verdict
from carnet.domain.record.deletion import delete
from carnet.domain.record.wanted import Named

MOTIVE = "La date n’est pas <la bonne>."


async def author_of(world: World, document: str) -> Actor:
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT a.author_persons[1] FROM document_entry e JOIN access_class a USING (patient_id, class_id) WHERE e.logical_id = %s",
            (document,),
        )
        row = await cursor.fetchone()
    assert row is not None
    return Actor(ActorKind.PROFESSIONAL, "Dr Auteur", person=row[0], profession="10")


async def test_a_request_is_followed_on_the_page(holder: Holder) -> None:
    world = holder.world
    services = world.carnet.services
    document = (await world.deposit(a_letter(holder.person))).id
    form = text_of(await holder.page(document, "demande"))
    assert "Dr Alix Fictif" in form
    answer = await holder.send(document, "demande", quoi="corriger", motif=MOTIVE)
    assert answer.headers["location"] == f"/documents/{document}?fait=demande"
    page = await holder.get(answer.headers["location"])
    said = text_of(page)
    assert "Votre demande est envoyée" in said
    assert "Envoyée, pas encore lue" in said
    assert MOTIVE in said
    assert MOTIVE not in page.text  # escaped
    author = await author_of(world, document)
    (listed,) = [
        each for each in await requests_for(services.store, actor=author, terms=services.read_terms)
        if each.logical_id == UUID(document)
    ]  # fmt: skip
    await open_request(services.store, listed.request_id, actor=author, terms=services.read_terms)
    assert "Lue par l’auteur" in text_of(await holder.page(document))
    # A second click sends nothing more.
    assert (
        (await holder.send(document, "demande", quoi="corriger", motif=MOTIVE))
        .headers["location"]
        .endswith("?fait=demande")
    )
    assert (await holder.kinds()).count("request-sent") == 1
    # Another of the same kind is refused, and what was typed is kept.
    again = await holder.send(document, "demande", quoi="corriger", motif="Encore")
    assert again.status_code == 422
    assert "déjà en cours" in html.unescape(again.text)
    assert "Encore" in again.text
    await answer_request(
        services.store,
        listed.request_id,
        Verdict.DECLINED,
        "La date est juste.",
        actor=author,
        terms=services.read_terms,
    )
    assert f'href="/documents/{document}#demandes"' in (await holder.get("/")).text  # what is to be done, at home
    said = text_of(await holder.page(document))
    assert "Dr Auteur n’accepte pas" in said
    assert "La date est juste." in said
    assert (await holder.send(document, "demande", str(listed.request_id), "retirer")).status_code == 409
    assert (await holder.send(document, "demande", str(listed.request_id), "clore")).status_code == 303
    assert "Close" in text_of(await holder.page(document))
    assert "#demandes" not in (await holder.get("/")).text
    assert (
        await holder.send(document, "demande", str(listed.request_id), "clore")
    ).status_code == 409  # a double click


async def test_a_request_is_withdrawn(holder: Holder) -> None:
    document = (await holder.world.deposit(a_letter(holder.person))).id
    await holder.send(document, "demande", quoi="retirer", motif="Il est en double.")
    page = await holder.page(document)
    request = re.search(rf"/documents/{document}/demande/([0-9a-f-]{{36}})/retirer", page.text)
    assert request is not None
    answer = await holder.send(document, "demande", request[1], "retirer")
    assert "Votre demande est retirée" in text_of(await holder.get(answer.headers["location"]))


async def test_what_must_be_mended_is_said_and_nothing_is_lost(holder: Holder) -> None:
    document = (await holder.world.deposit(a_letter(holder.person))).id
    for fields, said in (
        ({"motif": "Un motif"}, "Choisissez ce que vous demandez."),
        ({"quoi": "corriger", "motif": " "}, "Dites ce qui ne va pas."),
        ({"quoi": "autre", "motif": "Un motif"}, "Choisissez ce que vous demandez."),
        ({"quoi": "corriger", "motif": "x" * 2001}, "2000 caractères au plus"),
    ):
        answer = await holder.send(document, "demande", **fields)
        assert answer.status_code == 422
        assert said in html.unescape(answer.text)
        assert fields.get("motif", "").strip() in answer.text
    assert "request-sent" not in await holder.kinds()


async def test_one_s_own_upload_has_no_author_to_ask(holder: Holder) -> None:
    world = holder.world
    own = (await world.deposit(a_report(holder.person), by=world.a_citizen(holder.person))).id
    assert "vous pouvez le supprimer" in text_of(await holder.page(own, "demande"))
    assert "Demander à l’auteur" not in text_of(await holder.page(own))
    refused = await holder.send(own, "demande", quoi="corriger", motif="x")
    assert refused.status_code == 422


async def test_what_was_asked_and_shared_is_on_one_page(holder: Holder) -> None:
    """Whatever became of the documents: an author who removes one has answered for it."""
    world = holder.world
    services = world.carnet.services
    assert "Vous n’avez rien demandé ni partagé." in text_of(await holder.get("/documents/suivi"))
    kept, removed = [(await world.deposit(a_letter(holder.person))).id for _ in range(2)]
    for document in (kept, removed):
        await holder.send(document, "demande", quoi="retirer", motif=f"Motif {document[-4:]}")
    await holder.send(kept, "partage", duree="jour", pour="Ma sœur")
    author = await author_of(world, removed)
    (listed,) = [
        each for each in await requests_for(services.store, actor=author, terms=services.read_terms)
        if each.logical_id == UUID(removed)
    ]  # fmt: skip
    await answer_request(
        services.store, listed.request_id, Verdict.ACCEPTED, "Je le retire.", actor=author, terms=services.read_terms
    )
    await delete(services.store, Named(logical_id=UUID(removed)), actor=author, terms=services.update_terms)
    assert (await holder.get(f"/documents/{removed}")).status_code == 404
    page = await holder.get("/documents/suivi")
    said = text_of(page)
    assert "(supprimé depuis)" in said
    assert "Je le retire." in said
    assert f'href="/documents/{removed}"' not in page.text
    assert f'href="/documents/{kept}"' in page.text
    assert "Lien pour Ma sœur" in said
    assert "Une réponse attend d’être lue. Une demande attend une réponse. Un lien marche." in said
    assert (await holder.kinds())[-1] == "followed-up"
    await world.change(holder.person, to=RecordStatus.CLOSED)
    assert (await holder.get("/documents/suivi")).status_code == 403
