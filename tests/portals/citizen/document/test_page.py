"""The page of a document over HTTP: one reading, one trace; what is hidden answers as what does not exist; what a control does is said before."""

import re
from uuid import UUID

import httpx
import pytest
from tests.builders.cda import a_pdf
from tests.builders.directory import in_the_directory
from tests.doors.world import World, a_letter, a_report, fiche_of
from tests.portals.citizen.document.conftest import Holder, SignIn, text_of

from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.domain.record.deletion import delete
from carnet.domain.record.wanted import Named

NOBODY = str(UUID(int=7))
INVISIBLE = {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "INVISIBLE_PATIENT"}]}
MASKED = {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "MASQUE_PS"}]}
PARTS = (
    "",
    "/lectures",
    "/original",
    "/apercu",
    "/image/0",
    "/fichier/0",
    "/cacher?e=x",
    "/supprimer",
    "/demande",
    "/partage",
    "/partage/fiche",
)
ACTS = (
    "/masquer",
    "/montrer",
    "/remontrer",
    "/supprimer",
    "/demande",
    "/partage",
    f"/demande/{NOBODY}/retirer",
    f"/partage/{NOBODY}/arreter",
)


async def hidden_one(holder: Holder) -> str:
    """A document of theirs that they may not see yet."""
    bundle = a_report(holder.person)
    fiche_of(bundle)["securityLabel"] = [*fiche_of(bundle)["securityLabel"], INVISIBLE]
    return (await holder.world.deposit(bundle)).id


async def test_opening_a_page_is_one_reading(holder: Holder) -> None:
    world = holder.world
    letter = (await world.deposit(a_letter(holder.person))).id
    report = (await world.deposit(a_report(holder.person))).id
    for document, kind in ((letter, "document-read"), (report, "fiche-read")):
        before = len(await world.events(holder.person))
        page = await holder.page(document)
        event, *others = (await world.events(holder.person))[before:]
        assert (event.type, event.documents, event.rule, others) == (kind, (UUID(document),), "read.citizen", [])
        assert page.headers["cache-control"] == "no-store"
        assert "etag" not in page.headers
    assert "Lettre de sortie d’hospitalisation" in text_of(await holder.page(letter))


async def test_nobody_is_said_to_have_read_ahead_of_time(holder: Holder) -> None:
    world = holder.world
    document = (await world.deposit(a_report(holder.person))).id
    before = await holder.kinds()
    for path in ("", "/original", "/apercu"):
        answer = await holder.client.head(f"/documents/{document}{path}")
        assert (answer.status_code, answer.content) == (200, b"")
        for header in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}):
            ahead = await holder.client.get(f"/documents/{document}{path}", headers=header)
            assert (ahead.status_code, ahead.content) == (503, b"")
    assert await holder.kinds() == before
    assert (await holder.client.head(f"/documents/{NOBODY}")).status_code == 404


async def test_what_is_hidden_answers_as_what_does_not_exist(holder: Holder, sign_in: SignIn) -> None:
    world = holder.world
    hidden = await hidden_one(holder)
    foreign = (await world.deposit(a_report(await world.a_record()))).id
    deleted = (await world.deposit(a_report(holder.person), by=world.a_citizen(holder.person))).id
    services = world.carnet.services
    await delete(services.store, Named(logical_id=UUID(deleted)), actor=holder.actor, terms=services.update_terms)
    for part in PARTS:
        answers = [await holder.get(f"/documents/{each}{part}") for each in (hidden, foreign, deleted, NOBODY)]
        bodies = {re.sub(r"e=[\w-]+", "e=", each.text) for each in answers}
        assert (part, {each.status_code for each in answers}, len(bodies)) == (part, {answers[3].status_code}, 1)
        if not part.startswith("/cacher"):  # without anyone chosen, a search of the directory
            assert answers[0].status_code == 404
        assert [dict(each.headers) | {"x-request-id": ""} for each in answers[:3]] == [
            dict(answers[3].headers) | {"x-request-id": ""}
        ] * 3 or part.startswith("/cacher")
    for act in ACTS:
        fields = {"compris": "oui", "quoi": "corriger", "motif": "x", "duree": "jour", "a": "899700000001"}
        found = [
            await holder.send(each, *act.strip("/").split("/"), **fields) for each in (hidden, foreign, deleted, NOBODY)
        ]
        assert (act, {each.status_code for each in found}) == (act, {404})
        assert len({each.text for each in found}) == 1


async def test_a_closed_record_says_so_whatever_the_document(holder: Holder) -> None:
    world = holder.world
    seen = (await world.deposit(a_report(holder.person))).id
    hidden = await hidden_one(holder)
    page = await holder.page(seen)
    await world.change(holder.person, to=RecordStatus.CLOSED)
    answers = [await holder.get(f"/documents/{each}") for each in (seen, hidden, NOBODY)]
    assert {each.status_code for each in answers} == {403}
    assert len({each.text for each in answers}) == 1
    assert "Rien n’est perdu" in answers[0].text
    acts = [await holder.send(each, "masquer") for each in (seen, hidden, NOBODY)]
    assert {each.status_code for each in acts} == {403}
    assert len({each.text for each in acts}) == 1
    assert "Compte rendu" in page.text


async def test_files_are_kept_or_shown_under_their_own_policy(holder: Holder) -> None:
    world = holder.world
    content = a_pdf("À garder")
    report = (await world.deposit(a_report(holder.person, content=content))).id
    letter = (await world.deposit(a_letter(holder.person))).id
    kept = await holder.get(f"/documents/{report}/original")
    assert kept.content == content
    assert kept.headers["content-type"] == "application/pdf"
    assert kept.headers["content-disposition"] == 'attachment; filename="document.pdf"'
    assert (kept.headers["cache-control"], kept.headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert "sandbox" in kept.headers["content-security-policy"]
    xml = await holder.get(f"/documents/{letter}/original")
    assert (xml.headers["content-type"], xml.headers["content-disposition"]) == (
        "text/xml",
        'attachment; filename="document.xml"',
    )
    assert xml.content.startswith(b"<")
    for document in (report, letter):
        shown = await holder.get(f"/documents/{document}/apercu")
        assert shown.content.startswith(b"%PDF")
        assert shown.headers["content-disposition"].startswith("inline;")
        assert "default-src 'none'" in shown.headers["content-security-policy"]
        assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]
        assert "x-frame-options" not in shown.headers
    assert (await holder.get(f"/documents/{letter}/fichier/0")).status_code == 404
    assert (await holder.get(f"/documents/{report}/image/4000000000")).status_code == 404
    assert (await holder.kinds()).count("document-read") == 6  # each of the answers above, those that held nothing too


async def test_each_control_says_its_effect_and_offers_the_way_back(holder: Holder) -> None:
    world = holder.world
    document = (await world.deposit(a_report(holder.person))).id
    treating = await world.a_professional(treating=holder.person)
    await world.a_professional(authorised_on=holder.person)
    before = text_of(await holder.page(document))
    assert (
        f"parmi les professionnels, Professionnel, RPPS {treating.number[1:]} le verra encore, et personne d’autre"
        in before
    )
    answer = await holder.send(document, "masquer")
    assert answer.headers["location"] == f"/documents/{document}?fait=masque"
    after = await holder.get(answer.headers["location"])
    assert "Ce document est masqué." in after.text
    assert f'action="/documents/{document}/montrer"' in after.text
    assert "Masqué aux professionnels" in text_of(after)
    assert "1 autre, autorisé, ne le voit pas" in text_of(after)
    # A second click changes nothing, and the notice says nothing that is not so.
    assert (await holder.send(document, "masquer")).status_code == 303
    await holder.send(document, "montrer")
    assert "Ce document est masqué." not in (await holder.get(f"/documents/{document}?fait=masque")).text
    assert "Ce document est masqué." not in (await holder.get(f"/documents/{document}?fait=n’importe")).text


async def test_hiding_from_someone_is_asked_and_taken_back(holder: Holder) -> None:
    world = holder.world
    document = (await world.deposit(a_report(holder.person))).id
    (doctor,) = await in_the_directory(world.carnet, ("SOLÈNE", "KERBRIAC"))
    by = await world.a_professional(number=doctor, authorised_on=holder.person)
    page = await holder.page(document)
    link = re.search(r'href="(/documents/[^"]+/cacher\?e=[^"]+)">À Dre Solène Kerbriac', page.text)
    assert link is not None
    question = await holder.get(link[1])
    assert "Cacher ce document à la Dre Solène Kerbriac ?" in text_of(question)
    assert await world.found(holder.person, by=by) == [document]
    answer = await holder.send(document, link[1].rpartition("/")[2])
    assert answer.headers["location"].startswith(f"/documents/{document}?fait=cache&e=")
    assert doctor not in answer.headers["location"]
    assert await world.found(holder.person, by=by) == []
    after = await holder.get(answer.headers["location"])
    assert f'value="{doctor}"><button class="btn btn-3" type="submit">' in after.text  # the way back, at the top
    said = text_of(after)
    assert "Ce document lui est caché" in said
    assert "car vous le lui avez caché" in said
    # Only who it is hidden from can be shown it again; anything else changes nothing.
    before = await holder.kinds()
    for other in ("899700000001", "", "x" * 5000):
        assert (await holder.send(document, "remontrer", a=other)).status_code == 303
    assert await holder.kinds() == before
    shown = await holder.send(document, "remontrer", a=doctor)
    assert await world.found(holder.person, by=by) == [document]
    again = re.search(
        r'action="/documents/[^"]+/(cacher\?e=[^"]+)"', (await holder.get(shown.headers["location"])).text
    )
    assert again is not None
    await holder.send(document, again[1])
    assert await world.found(holder.person, by=by) == []
    await holder.send(document, "remontrer", a=doctor)
    # A choice that is too old, or of another session, leads back to the search.
    for part in ("cacher", "cacher?e=AAAA"):
        stale = await holder.send(document, part)
        assert stale.headers["location"] == f"/documents/{document}/cacher"
    assert (await holder.get(f"/documents/{document}/cacher")).headers["location"].startswith("/acces/professionnels/")


async def test_what_someone_wrote_is_not_hidden_from_them(holder: Holder) -> None:
    world = holder.world
    document = (await world.deposit(a_letter(holder.person))).id
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT author_persons[1] FROM access_class WHERE patient_id = %s", (holder.person.patient_id,)
        )
        row = await cursor.fetchone()
    assert row is not None
    await world.a_professional(number=row[0], authorised_on=holder.person)
    said = text_of(await holder.page(document))
    assert "car c’est l’auteur de ce document" in said
    assert "/cacher?e=" not in (await holder.page(document)).text


async def test_who_sees_it_follows_every_decision(holder: Holder) -> None:
    world = holder.world
    person = holder.person
    document = (await world.deposit(a_report(person))).id
    assert "Aucun professionnel que vous avez autorisé" in text_of(await holder.page(document))
    assert "Un médecin, en urgence" in text_of(await holder.page(document))
    doctor = await world.a_professional(authorised_on=person)
    assert f"RPPS {doctor.number[1:]}" in text_of(await holder.page(document))
    await world.consent(person, ConsentKind.EMERGENCY_OPPOSITION)
    await world.consent(person, ConsentKind.REGULATION_OPPOSITION)
    said = text_of(await holder.page(document))
    assert "en urgence" not in said
    assert "SAMU" not in said
    await world.consent(person, ConsentKind.BLOCK, doctor.number)
    assert "car vous avez bloqué son accès" in text_of(await holder.page(document))


async def test_versions_are_told_as_far_as_they_are_seen(holder: Holder) -> None:
    world = holder.world
    first = (await world.deposit(a_report(holder.person))).id
    second = (await world.deposit(a_report(holder.person, replaces={"reference": f"DocumentReference/{first}"}))).id
    old, new = text_of(await holder.page(first)), text_of(await holder.page(second))
    assert "Une version plus récente remplace ce document." in old
    assert f"/documents/{second}" in (await holder.page(first)).text
    assert "Version précédente" in new
    assert f"/documents/{first}" in (await holder.page(second)).text
    # A later version that they may not see takes the line with it.
    later = a_report(holder.person, replaces={"reference": f"DocumentReference/{second}"})
    fiche_of(later)["securityLabel"] = [*fiche_of(later)["securityLabel"], INVISIBLE]
    await world.deposit(later)
    for each in (first, second):
        assert (await holder.get(f"/documents/{each}")).status_code == 404


async def test_what_one_added_is_theirs_to_delete(holder: Holder) -> None:
    world = holder.world
    own = (await world.deposit(a_report(holder.person), by=world.a_citizen(holder.person))).id
    report = (await world.deposit(a_report(holder.person))).id
    assert "Supprimer mon document" in (await holder.page(own)).text
    assert "Supprimer mon document" not in (await holder.page(report)).text
    assert (await holder.get(f"/documents/{report}/supprimer")).status_code == 403
    assert (await holder.send(report, "supprimer", compris="oui")).status_code == 403
    question = text_of(await holder.page(own, "supprimer"))
    assert "Vous ne pourrez pas revenir en arrière" in question
    assert (await holder.send(own, "supprimer")).headers["location"] == f"/documents/{own}/supprimer"
    assert (await holder.send(own, "supprimer", compris="oui")).headers[
        "location"
    ] == "/documents?fait=document-supprime"
    assert "Votre document est supprimé." in (await holder.get("/documents?fait=document-supprime")).text
    assert (await holder.send(own, "supprimer", compris="oui")).status_code == 404  # a double click, or a stale page
    assert (await holder.get(f"/documents/{own}")).status_code == 404


async def test_what_is_secret_to_representatives_says_so(holder: Holder) -> None:
    bundle = a_report(holder.person)
    secret = {"coding": [{**MASKED["coding"][0], "code": "INVISIBLE_REPRESENTANTS_LEGAUX"}]}
    fiche_of(bundle)["securityLabel"] = [*fiche_of(bundle)["securityLabel"], secret]
    document = (await holder.world.deposit(bundle)).id
    assert "Secret pour vos représentants légaux" in text_of(await holder.page(document))


async def test_a_masked_upload_is_for_oneself_alone(holder: Holder) -> None:
    world = holder.world
    bundle = a_report(holder.person)
    fiche_of(bundle)["securityLabel"] = [*fiche_of(bundle)["securityLabel"], MASKED]
    own = (await world.deposit(bundle, by=world.a_citizen(holder.person))).id
    await world.a_professional(treating=holder.person)
    said = text_of(await holder.page(own))
    assert "Visible de vous uniquement" in said
    assert "car vous gardez ce document pour vous" in said
    assert "Le cacher à une seule personne" not in said


async def test_who_read_it_is_told_and_who_did_not_is_not(holder: Holder) -> None:
    world = holder.world
    document, other = [(await world.deposit(a_report(holder.person))).id for _ in range(2)]
    doctor = await world.a_professional(treating=holder.person)
    for _ in range(2):
        assert (await world.read(f"Binary/{document}", by=doctor)).status_code == 200
    assert (await world.read(f"Binary/{other}", by=doctor)).status_code == 200
    said = text_of(await holder.page(document))
    assert said.count("Dr Essai, médecin, a lu votre document") == 2  # the reader, and the link that reports them
    report = re.search(r'href="(/acces/signaler/[0-9a-f-]{36})"', (await holder.page(document)).text)
    assert report is not None
    assert (await holder.get(report[1])).status_code == 200
    assert "2 lectures en tout" in said
    whole = text_of(await holder.page(document, "lectures"))
    assert whole.count("Dr Essai, médecin, a lu votre document") == 2
    assert (await holder.kinds())[-1] == "trail-read"


@pytest.mark.parametrize("path", ["", "/original", "/partage"])
async def test_who_is_not_signed_in_is_led_to_the_door(holder: Holder, stranger: httpx.AsyncClient, path: str) -> None:
    document = (await holder.world.deposit(a_report(holder.person))).id
    for each in (document, NOBODY):
        answer = await stranger.get(f"/documents/{each}{path}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/connexion")


async def test_no_address_tells_anything(holder: Holder) -> None:
    world = holder.world
    document = (await world.deposit(a_letter(holder.person))).id
    await world.a_professional(treating=holder.person)
    page = await holder.page(document)
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
    traits = holder.person.identity.traits
    for address in addresses:
        for word in (holder.person.ins.matricule, traits.birth_name, "FICTIF", "Alix", "11488", "lettre", "sortie"):
            assert word.lower() not in address.lower(), address


async def test_the_page_costs_as_much_whatever_the_record_holds(holder: Holder, world: World) -> None:
    """As many statements with one document as with many, and with many events."""
    counts: list[int] = []
    services = world.carnet.services
    for _ in range(2):
        document = (await world.deposit(a_report(holder.person))).id
        await holder.page(document)  # so that its trail has something to tell
        counted = _Counting(services.store.database)
        object.__setattr__(services.store, "database", counted)
        try:
            await holder.page(document)
        finally:
            object.__setattr__(services.store, "database", counted.database)
        counts.append(counted.count)
        for _ in range(15):
            each = (await world.deposit(a_report(holder.person))).id
            await holder.page(each)
    assert counts[0] == counts[1]
    assert counts[0] <= 16


class _Counting:
    """A database that counts what it is asked, each transaction once."""

    def __init__(self, database: object) -> None:
        self.database, self.count = database, 0

    def __getattr__(self, name: str) -> object:
        self.count += 1
        return getattr(self.database, name)
