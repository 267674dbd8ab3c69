"""Feeding in a professional's name: who may be named, what it lets do, both names everywhere, and its end at the very next request (decision 42)."""

import re
from datetime import timedelta

import pytest
from tests.portals.people import Browser, heading_of, path_of
from tests.portals.professional.delegating import (
    SAID,
    address,
    begun,
    checked,
    delegated,
    form_page,
    hidden,
    offered,
    send,
    signed_in,
)

from carnet.app import application
from carnet.domain.actor import DELEGATION, ActorKind
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import Refused
from carnet.domain.record.store import RecordStore
from carnet.formats.cda.document import read_document
from carnet.settings import Settings
from carnet.web.demo_people import actor_named

FORGED = "01900000-0000-7000-8000-0000000000ff"


@pytest.fixture(scope="module")
async def gp(carnet):
    return await actor_named(carnet.database, "medecin")


@pytest.fixture(scope="module")
async def clerk(carnet):
    return await actor_named(carnet.database, "secretaire")


@pytest.fixture(autouse=True)
async def nobody_named(carnet):
    yield
    async with carnet.database.transaction() as tx:
        await tx.execute("DELETE FROM delegation")
        await tx.execute("UPDATE directory_professional SET active = true")
        await tx.execute("UPDATE directory_situation SET active = true")


@pytest.fixture
async def doctor(carnet):
    browser = await signed_in(carnet)
    yield browser
    await browser.close()


@pytest.fixture
async def secretary(carnet):
    browser = await signed_in(carnet, "secretaire")
    yield browser
    await browser.close()


@pytest.fixture
async def person(world):
    return await world.a_record()


async def name(browser, **typed):
    page = await browser.open("/pro/delegations")
    last = re.search(r'id="champ-fin"[^>]*value="([^"]+)"', page.text)[1]
    return await browser.send(page, **{"numero": "", "fin": last, **typed})


async def press(browser, page, action):
    """The button of the form that posts to an address of this end."""
    form = re.search(rf'<form[^>]*action="([^"]+{action})".*?</form>', page.text, re.DOTALL)
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[0]))
    return await browser._arrived(await browser.http.post(form[1], data=fields))


async def held(carnet):
    rows = await carnet.database.fetch(
        "SELECT delegator, delegate, organization, is_staff, valid_to - valid_from, ended_at IS NULL, ended_by FROM delegation ORDER BY recorded_at",
        {},
    )
    return [tuple(row) for row in rows]


async def entries(world, person):
    rows = await world.carnet.database.fetch(
        "SELECT e.logical_id, a.author_persons, a.owner FROM document_entry e JOIN access_class a USING (patient_id, class_id)"
        " WHERE e.patient_id = %(p)s ORDER BY e.logical_id",
        {"p": person.patient_id},
    )
    return [tuple(row) for row in rows]


async def filed(world, person):
    return [each for each in await world.events(person) if each.type is EventType.DOCUMENTS_FILED]


# Naming


async def test_a_doctor_names_the_secretary_by_their_number_and_both_are_told(carnet, gp, clerk, doctor, secretary):
    page = await name(doctor, numero=clerk.person, nom="Inès Plumereau")
    assert "cette personne peut ajouter en votre nom" in page.text
    ((delegator, delegate, organization, is_staff, lasts, runs, _),) = await held(carnet)
    assert (delegator, delegate, organization) == (gp.person, clerk.person, gp.organization)
    assert (is_staff, runs) == (True, True)
    assert timedelta(days=29) < lasts <= timedelta(days=30)
    assert "Inès Plumereau" in (await doctor.open("/pro")).text
    assert "Dre Claire Aubrespin" in (await secretary.open("/pro")).text


async def test_a_colleague_is_chosen_among_those_of_the_directory_and_is_of_the_structure(carnet, gp, doctor):
    page = await doctor.open("/pro/delegations")
    choices = re.findall(r'<option value="(8[0-9]{11})"', page.text)
    colleague = await actor_named(carnet.database, "pediatre")
    assert colleague.person in choices
    assert gp.person not in choices
    assert (await actor_named(carnet.database, "infirmiere")).person not in choices
    await name(doctor, collegue=colleague.person)
    ((_, delegate, _, is_staff, *_),) = await held(carnet)
    assert (delegate, is_staff) == (colleague.person, False)


async def test_an_rpps_may_be_typed_as_people_write_it(carnet, doctor):
    colleague = (await actor_named(carnet.database, "pediatre")).person
    spaced = f"{colleague[1:5]} {colleague[5:9]} {colleague[9:]}"
    await name(doctor, numero=spaced)
    assert [each[1] for each in await held(carnet)] == [colleague]


@pytest.mark.parametrize(
    ("who", "said"),
    [("medecin", "votre propre numéro"), ("infirmiere", "exerce dans votre structure"), ("", "Choisissez un collègue")],
)
async def test_nobody_names_themselves_nor_someone_of_elsewhere(carnet, world, doctor, who, said):
    number = (await actor_named(carnet.database, who)).person if who else ""
    page = await name(doctor, numero=number)
    assert page.status_code == 422
    assert said in page.text
    assert number in page.text
    assert await held(carnet) == []
    if who:
        last = [each for each in await world.events(None) if each.type is EventType.DELEGATION_REFUSED][-1]
        assert last.details["holder"] == number


async def test_a_number_unknown_to_the_directory_needs_a_name(carnet, doctor):
    page = await name(doctor, numero="3000001420/0042")
    assert (page.status_code, await held(carnet)) == (422, [])
    assert "écrivez le nom" in page.text
    page = await name(doctor, numero="pas un numéro", nom="Quelqu’un")
    assert (page.status_code, await held(carnet)) == (422, [])


async def test_it_ends_in_thirty_days_at_most_and_not_in_the_past(carnet, doctor, clerk):
    for day in ("2020-01-01", "2099-01-01", "", "demain"):
        page = await name(doctor, numero=clerk.person, nom="Inès", fin=day)
        assert page.status_code == 422
        assert 'id="erreur-fin"' in page.text
    assert await held(carnet) == []


async def test_one_runs_at_a_time_for_the_same_two(carnet, doctor, clerk):
    await name(doctor, numero=clerk.person, nom="Inès")
    page = await name(doctor, numero=clerk.person, nom="Inès")
    assert page.status_code == 422
    assert "déjà ajouter en votre nom" in page.text
    assert len(await held(carnet)) == 1


async def test_one_that_is_past_makes_room_for_the_next_and_stays_as_it_was(carnet, hands, clerk):
    first = await delegated(carnet, days=2)
    hands.ahead = timedelta(days=3)
    second = await delegated(carnet, days=2)
    rows = await carnet.database.fetch("SELECT delegation_id, valid_to, ended_at, ended_by FROM delegation", {})
    kept = {row[0]: row[1:] for row in rows}
    assert kept[first.delegation_id] == (first.valid_to, first.valid_to, None)
    assert kept[second.delegation_id][1] is None


async def test_who_the_directory_does_not_have_in_the_structure_names_nobody(carnet, gp, doctor, clerk):
    async with carnet.database.transaction() as tx:
        await tx.execute("UPDATE directory_situation SET active = false WHERE person = %s", (gp.person,))
    page = await name(doctor, numero=clerk.person, nom="Inès")
    assert (page.status_code, await held(carnet)) == (422, [])
    assert "L’annuaire de santé ne dit pas que vous exercez" in page.text


async def test_a_secretary_names_nobody(carnet, world, secretary, clerk):
    page = await secretary.open("/pro/delegations")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    colleague = (await actor_named(carnet.database, "pediatre")).person
    answer = await secretary.http.post(
        "/pro/delegations", data={"csrf": token, "numero": colleague, "fin": fin(carnet)}
    )
    assert (answer.status_code, await held(carnet)) == (403, [])
    last = [each for each in await world.events(None) if each.type is EventType.DELEGATION_REFUSED][-1]
    assert last.actor.person == clerk.person


def fin(carnet):
    return (carnet.services.clock() + timedelta(days=5)).date().isoformat()


# Staff at the door


async def test_a_secretary_signs_in_and_their_desk_says_how_to_be_named(secretary, clerk):
    page = await secretary.open("/pro")
    assert "Personne ne vous délègue la saisie" in page.text
    assert clerk.person in page.text
    assert "secrétariat, Maison de santé" in page.text
    assert "/pro/demandes" not in page.text


async def test_where_staff_are_not_admitted_a_secretary_does_not_come_in(carnet, world, clerk, monkeypatch):
    monkeypatch.setattr(carnet.professionals, "delegations", type(carnet.professionals.delegations)(admits_staff=False))
    browser = Browser(application(carnet))
    page = await browser.send(await browser.open("/pro/connexion/psc"), person="secretaire")
    assert page.status_code == 403
    assert heading_of(page) == "L’entrée n’a pas abouti"
    doctor = await signed_in(carnet)
    answer = await name(doctor, numero=clerk.person)
    assert (answer.status_code, await held(carnet)) == (422, [])
    for each in (browser, doctor):
        await each.close()


async def test_a_secretary_whose_structure_the_directory_does_not_have_does_not_come_in(carnet, gp):
    async with carnet.database.transaction() as tx:
        await tx.execute("UPDATE directory_organization SET active = false WHERE organization = %s", (gp.organization,))
    browser = Browser(application(carnet))
    page = await browser.send(await browser.open("/pro/connexion/psc"), person="secretaire")
    async with carnet.database.transaction() as tx:
        await tx.execute("UPDATE directory_organization SET active = true")
    assert page.status_code == 403
    await browser.close()


# Identity


async def test_matricule_and_traits_lead_to_the_form_and_nothing_less(carnet, world, secretary, person):
    await delegated(carnet)
    page = await checked(secretary, person)
    assert heading_of(page) == "Est-ce cette personne ?"
    assert address(person, "ajouter") in page.text
    another = await world.a_record()
    for changes in (
        {"nom": "AUTRE"},
        {"prenom": "Jeanne"},
        {"naissance": "1955-06-13"},
        {"matricule": another.ins.matricule, "naissance": "1955-06-14"},
    ):
        page = await checked(secretary, person, **changes)
        assert heading_of(page) == "Nous n’avons trouvé personne"
        assert str(person.patient_id) not in page.text
        assert str(another.patient_id) not in page.text
    for missing in ("nom", "prenom", "naissance", "matricule"):
        page = await checked(secretary, person, **{missing: ""})
        assert page.status_code == 422


async def test_each_check_of_an_identity_is_in_the_record_s_trail(carnet, world, secretary, clerk, person):
    await delegated(carnet)
    await checked(secretary, person)
    await checked(secretary, person, nom="AUTRE")
    looked = [each for each in await world.events(person) if each.type is EventType.RECORD_LOOKED_UP]
    assert [(each.actor.kind, each.actor.person, each.rule, each.details["told"]) for each in looked] == [
        (ActorKind.SECRETARY, clerk.person, "look-up.secretary", "open"),
        (ActorKind.SECRETARY, clerk.person, "look-up.secretary", "none"),
    ]


async def test_a_scan_says_the_traits_itself(carnet, world, secretary):
    from carnet.formats.ins_datamatrix import write_ins_datamatrix

    await delegated(carnet)
    person = await world.a_record()
    scan = write_ins_datamatrix(person.identity)
    page = await checked(secretary, person, matricule=scan, nom="", prenom="", naissance="")
    assert heading_of(page) == "Est-ce cette personne ?"


async def test_nobody_s_delegate_checks_no_identity(carnet, world, secretary, person):
    one = await delegated(carnet)
    page = await secretary.open("/pro")
    await end(secretary, one)
    values = {"matricule": person.ins.matricule, "nom": person.identity.traits.birth_name, "prenom": "Louise", "naissance": "1955-06-12"}  # fmt: skip
    answer = await secretary.send(page, **values)
    unknown = await secretary.send(page, **values | {"matricule": "255069900000000"[:13] + "43"})
    assert answer.status_code == 403
    assert str(person.patient_id) not in answer.text
    assert unknown.status_code in {403, 422}


async def test_a_closed_record_is_nobody_s(carnet, world, secretary):
    from carnet.domain.consent.model import RecordStatus

    await delegated(carnet)
    closed = await world.a_record(status=RecordStatus.CLOSED)
    assert heading_of(await checked(secretary, closed)) == "Nous n’avons trouvé personne"


# Feeding


async def end(browser, delegation):
    page = await browser.open("/pro/delegations")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    return await browser.http.post(f"/pro/delegations/{delegation.delegation_id}/fin", data={"csrf": token})


async def test_a_secretary_adds_in_the_doctor_s_name_and_both_are_known(world, gp, clerk, secretary, person):
    await delegated(world.carnet)
    page = await send(secretary, person)
    assert "Le document est dans le carnet" in page.text
    ((logical_id, authors, owner),) = await entries(world, person)
    assert (authors, owner) == ([gp.person], "PS")
    (event,) = await filed(world, person)
    actor = event.actor
    assert (actor.kind, actor.person, actor.on_behalf_of, actor.capacity) == (
        ActorKind.SECRETARY, clerk.person, gp.person, DELEGATION,
    )  # fmt: skip
    assert event.rule == "feed.secretary"
    await world.consent(person, ConsentKind.GRANT, gp.person)
    doctor = await signed_in(world.carnet)
    original = (await doctor.open(address(person, "documents", str(logical_id), "original"))).text
    await doctor.close()
    typed = re.search(r"<dataEnterer>.*?</dataEnterer>", original, re.DOTALL)[0]
    assert clerk.person in typed
    assert 'code="SECRETARIAT_MEDICAL"' in typed
    assert "PLUMEREAU" in typed.upper()
    assert re.search(r'<dataEnterer><time value="20[0-9]{12}[+-][0-9]{4}"/>', typed)
    for who in ("author", "legalAuthenticator"):
        named = re.search(rf"<{who}>.*?</{who}>", original, re.DOTALL)[0]
        assert gp.person in named
        assert "G15_10/" in named
        assert gp.organization in named
        assert clerk.person not in named
    assert original.index("<author>") < original.index("<dataEnterer>") < original.index("<custodian>")
    assert clerk.person not in original.replace(typed, "")


async def test_what_carnet_writes_with_a_typist_reads_back(carnet, world, gp, secretary, person):
    await delegated(carnet)
    await send(secretary, person)
    ((logical_id, *_),) = await entries(world, person)
    await world.consent(person, ConsentKind.GRANT, gp.person)
    doctor = await signed_in(carnet)
    original = await doctor.open(address(person, "documents", str(logical_id), "original"))
    await doctor.close()
    read = read_document(original.content)
    header = read.header if hasattr(read, "header") else read[0].header
    assert [each.family for each in header.authors] == ["AUBRESPIN"]


async def test_a_colleague_chooses_in_whose_name_and_nothing_is_preselected(carnet, world, gp, person):
    delegation = await delegated(carnet, to="pediatre")
    colleague = await signed_in(carnet, "pediatre")
    page = await colleague.open(address(person, "ajouter"))
    assert offered(page) == ["moi", str(delegation.delegation_id)]
    assert not re.search(r'name="nom"[^>]*checked', page.text)
    page = await send(colleague, person, nom="")
    assert page.status_code == 422
    assert "Choisissez au nom de qui" in page.text
    await send(colleague, person, nom="moi")
    await send(colleague, person, nom=str(delegation.delegation_id))
    own, theirs = await entries(world, person)
    actor = await actor_named(carnet.database, "pediatre")
    assert (own[1], theirs[1]) == ([actor.person], [gp.person])
    one, other = await filed(world, person)
    assert (one.rule, one.actor.on_behalf_of) == ("feed.professional", None)
    assert (other.rule, other.actor.person, other.actor.on_behalf_of) == ("feed.delegate", actor.person, gp.person)
    await colleague.close()


async def test_a_professional_whom_nobody_named_is_asked_nothing_more(doctor, person):
    assert offered(await doctor.open(address(person, "ajouter"))) == []


async def test_the_author_s_rights_are_the_doctor_s_and_none_are_the_typist_s(carnet, world, gp, person):
    delegation = await delegated(carnet, to="pediatre")
    await world.consent(person, ConsentKind.GRANT, gp.person)
    colleague = await signed_in(carnet, "pediatre")
    await send(colleague, person, nom=str(delegation.delegation_id), professionnels="masque")
    ((logical_id, *_),) = await entries(world, person)
    where = address(person, "documents", str(logical_id))
    await world.consent(person, ConsentKind.GRANT, (await actor_named(carnet.database, "pediatre")).person)
    assert (await colleague.open(where)).status_code == 404
    doctor = await signed_in(carnet)
    assert (await doctor.open(where)).status_code == 200
    gone = await press(doctor, await doctor.open(f"{where}/supprimer"), "/supprimer")
    assert gone.status_code == 200
    status = await carnet.database.row("SELECT status FROM document_entry WHERE logical_id = %(l)s", {"l": logical_id})
    assert status[0] == "deleted"
    for each in (colleague, doctor):
        await each.close()


async def test_the_history_says_both_names_and_an_audit_event_shows_both(world, gp, clerk, secretary, person):
    await delegated(world.carnet)
    await send(secretary, person)
    answer = await world.http.get(
        "/fhir/AuditEvent", params={"patient.identifier": person.token_of_ins, "date": "ge2020-01-01", "agent": gp.person},
        headers={"Authorization": f"Bearer {world.a_citizen(person).token}"},
    )  # fmt: skip
    (event,) = [each["resource"] for each in answer.json()["entry"]]
    sentence = event["outcomeDesc"]
    assert sentence.startswith("Inès Plumereau, secrétariat (Maison de santé du Pont-Vert), pour ")
    assert "Claire Aubrespin, a déposé votre document" in sentence
    assert gp.person not in sentence
    first, second = event["agent"]
    assert first["who"]["identifier"]["value"] == clerk.person
    assert first["requestor"] is True
    assert second["who"]["identifier"]["value"] in {gp.person, gp.person[1:]}
    assert "Aubrespin" in second["who"]["display"]
    assert second["requestor"] is False


async def test_the_doctor_lists_what_was_added_in_their_name_and_ends_it_there(world, gp, doctor, secretary, person):
    await delegated(world.carnet)
    await send(secretary, person)
    page = await doctor.open("/pro/delegations/ajouts")
    assert "Inès Plumereau" in page.text
    assert person.identity.traits.birth_name in page.text
    ((logical_id, *_),) = await entries(world, person)
    assert address(person, "documents", str(logical_id)) not in page.text  # nobody opened the record to them
    await world.consent(person, ConsentKind.GRANT, gp.person)
    page = await doctor.open("/pro/delegations/ajouts")
    assert address(person, "documents", str(logical_id)) in page.text
    ended = await press(doctor, page, "/fin")
    assert "C’est arrêté" in ended.text
    assert [each[5:] for each in await held(world.carnet)] == [(False, gp.person)]
    listed = [each for each in await world.events(None) if each.type is EventType.DELEGATED_LISTED]
    assert listed[-1].details["shown"] == "1"


async def test_the_list_names_nobody_who_has_blocked_the_doctor(world, gp, doctor, secretary, person):
    await delegated(world.carnet)
    await send(secretary, person)
    await world.consent(person, ConsentKind.BLOCK, gp.person)
    page = await doctor.open("/pro/delegations/ajouts")
    assert person.identity.traits.birth_name not in page.text
    assert str(person.patient_id) not in page.text
    assert "Inès Plumereau" in page.text


async def test_what_was_added_in_another_s_name_is_in_no_other_list(carnet, world, secretary, person):
    await delegated(carnet)
    await send(secretary, person)
    other = await signed_in(carnet, "pediatre")
    page = await other.open("/pro/delegations/ajouts")
    assert "Rien n’a été ajouté en votre nom" in page.text
    await other.close()


# Its end


@pytest.mark.parametrize("who", ["medecin", "secretaire"])
async def test_ended_by_either_it_holds_no_more_at_the_next_request_and_nothing_typed_is_lost(
    carnet, world, person, secretary, who
):
    delegation = await delegated(carnet)
    place = await begun(secretary, person)
    ender = await signed_in(carnet, who)
    answer = await end(ender, delegation)
    assert answer.status_code == 303
    page = await send(secretary, person, place=place, titre="Lettre au confrère")
    assert page.status_code == 422
    assert "sa délégation a pris fin" in page.text
    assert "Lettre au confrère" in page.text
    assert "lettre.pdf" in page.text  # the file too is kept
    assert await entries(world, person) == []
    again = await end(ender, delegation)
    assert again.status_code == 404
    # Named again within the day, they find what they had begun.
    await delegated(carnet)
    page = await secretary.open(place[0])
    assert "lettre.pdf" in page.text
    await send(secretary, person, place=(place[0], hidden(page), offered(page)), files=())
    assert len(await entries(world, person)) == 1
    await ender.close()


async def test_past_its_time_it_holds_no_more(carnet, hands, world, secretary, person):
    await delegated(carnet, days=1 / 144)
    place = await begun(secretary, person)
    hands.ahead = timedelta(minutes=11)
    page = await send(secretary, person, place=place)
    assert page.status_code == 422
    assert "lettre.pdf" in page.text
    assert await entries(world, person) == []
    assert "Arrivée à son terme" in (await secretary.open("/pro")).text
    assert (await secretary.open(address(person, "ajouter"))).status_code == 403


@pytest.mark.parametrize("what", ["left", "struck off"])
@pytest.mark.parametrize("who", ["medecin", "pediatre"])
async def test_either_gone_from_the_structure_it_is_suspended(carnet, world, person, who, what):
    delegation = await delegated(carnet, to="pediatre")
    colleague = await signed_in(carnet, "pediatre")
    place = await begun(colleague, person)
    gone = (await actor_named(carnet.database, who)).person
    async with carnet.database.transaction() as tx:
        if what == "left":
            await tx.execute("UPDATE directory_situation SET active = false WHERE person = %s", (gone,))
        else:
            await tx.execute("UPDATE directory_professional SET active = false WHERE person = %s", (gone,))
    page = await send(colleague, person, place=place, nom=str(delegation.delegation_id))
    assert page.status_code in {403, 422}
    assert await entries(world, person) == []
    if page.status_code == 422:
        assert SAID["titre"] in page.text
    await colleague.close()


async def test_a_delegation_of_another_structure_is_none_here(carnet, world, person):
    """The cardiologist practises in two places: named in one, it does not hold in the other."""
    await delegated(carnet, by="cardiologue", to="secretaire-cardiologie")
    other = await signed_in(carnet, "secretaire")
    page = await other.open(address(person, "ajouter"))
    assert page.status_code == 403
    await other.close()


async def test_a_forged_delegation_is_refused_and_traced(carnet, world, clerk, secretary, person):
    await delegated(carnet)
    elsewhere = await delegated(carnet, by="cardiologue", to="secretaire-cardiologie")
    for forged in (FORGED, str(elsewhere.delegation_id), "moi", "899900010002"):
        page = await send(secretary, person, nom=forged)
        assert page.status_code == 422
    assert await entries(world, person) == []
    refused = [each for each in await world.events(None) if each.type is EventType.DELEGATION_REFUSED]
    assert {each.details.get("delegation") for each in refused if each.actor.person == clerk.person} >= {
        FORGED, str(elsewhere.delegation_id),
    }  # fmt: skip


async def test_nobody_ends_what_is_between_two_others(carnet, person):
    delegation = await delegated(carnet)
    stranger = await signed_in(carnet, "pediatre")
    assert (await end(stranger, delegation)).status_code == 404
    assert [each[5] for each in await held(carnet)] == [True]
    await stranger.close()


# Two at once, again, and everything else


async def test_two_tabs_are_two_documents_and_the_same_sent_twice_is_one(carnet, world, secretary, person):
    await delegated(carnet)
    one, other = await begun(secretary, person), await begun(secretary, person)
    await send(secretary, person, place=one)
    await send(secretary, person, place=other)
    await send(secretary, person, place=one)
    assert len(await entries(world, person)) == 2
    assert len(await filed(world, person)) == 2


async def test_drafts_of_a_secretary_are_theirs_alone(carnet, world, secretary, person):
    await delegated(carnet)
    where, fields, names = await begun(secretary, person)
    await send(secretary, person, place=(where, fields, names), action="envoyer")
    assert "Vos brouillons" in (await form_page(secretary, person)).text
    doctor = await signed_in(carnet)
    assert "Vos brouillons" not in (await doctor.open(address(person, "ajouter"))).text
    page = await doctor.open(where)
    assert path_of(page) == address(person, "ajouter")
    await doctor.close()
    assert await entries(world, person) == []


async def test_what_the_record_refuses_is_in_no_list(world, gp, doctor, secretary, person):
    await delegated(world.carnet)
    place = await begun(secretary, person)
    async with world.carnet.database.transaction() as tx:
        await tx.execute(
            "INSERT INTO delegated_filing_claim SELECT %s, '2.25.1', %s, delegation_id, now() FROM delegation",
            (gp.person, person.patient_id),
        )
    await world.consent(person, ConsentKind.FEEDING_OPPOSITION)
    page = await send(secretary, person, place=place)
    assert page.status_code == 403
    assert "Rien n’a été ajouté" in (await doctor.open("/pro/delegations/ajouts")).text


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/acces",
        "/urgence",
        "/documents/{document}",
        "/documents/{document}/original",
        "/documents/{document}/apercu",
    ],
)
async def test_a_secretary_sees_nothing_of_a_record_with_or_without_a_delegation(
    carnet, world, secretary, person, path
):
    from tests.doors.world import a_report

    letter = await world.deposit(a_report(person))
    for _ in range(2):
        page = await secretary.open(address(person) + path.format(document=letter.id))
        assert page.status_code == 403
        assert "réservée aux professionnels" in page.text
        await delegated(carnet) if not await held(carnet) else None
    assert {each.type for each in await world.events(person)} & {
        EventType.DOCUMENT_READ, EventType.FICHE_READ, EventType.DOCUMENTS_LISTED,
    } == set()  # fmt: skip


@pytest.mark.parametrize("path", ["/pro/patients", "/pro/demandes", "/pro/delegations/ajouts"])
async def test_a_secretary_has_no_other_page(carnet, secretary, path):
    await delegated(carnet)
    assert (await secretary.open(path)).status_code == 403


async def test_the_decision_itself_refuses_what_the_portal_would_let_through(carnet, world, clerk, gp, person):
    """The deposit judges the delegation by its own facts: no form is believed."""
    from dataclasses import replace

    from carnet.domain.access.acting import act
    from carnet.domain.access.model import Action

    services = carnet.services

    async def nothing(judged):
        return judged.decision.rule

    acting = replace(clerk, on_behalf_of=gp.person, capacity=DELEGATION)
    for actor, action in ((acting, Action.FEED), (clerk, Action.FEED), (clerk, Action.PREPARE)):
        with pytest.raises(Refused):
            await act(
                services.rights, person.patient_id, nothing, actor=actor, action=action, terms=services.rights_terms
            )
    await delegated(carnet)
    rule = await act(
        services.rights, person.patient_id, nothing, actor=acting, action=Action.FEED, terms=services.rights_terms
    )
    assert rule == "feed.secretary"
    stranger = replace(acting, on_behalf_of=(await actor_named(carnet.database, "pediatre")).person)
    elsewhere = replace(acting, organization="1990000001")
    for actor in (stranger, elsewhere, replace(clerk, capacity=DELEGATION)):
        with pytest.raises(Refused):
            await act(
                services.rights,
                person.patient_id,
                nothing,
                actor=actor,
                action=Action.FEED,
                terms=services.rights_terms,
            )
    for action in sorted(set(Action) - {Action.FEED, Action.PREPARE, Action.LOOK_UP}):
        with pytest.raises(Refused):
            await act(
                services.rights, person.patient_id, nothing, actor=acting, action=action, terms=services.rights_terms
            )


async def test_erasing_a_record_forgets_what_was_filed_in_it_for_someone(carnet, world, gp, secretary, person):
    from carnet.domain.record.erasure import store as erasure_store

    await delegated(carnet)
    await send(secretary, person)
    async with carnet.database.transaction() as tx:
        for statement in erasure_store._CLAIMS:
            await tx.execute(statement, {"patient": person.patient_id})
        left = await (
            await tx.execute("SELECT count(*) FROM delegated_filing_claim WHERE patient_id = %s", (person.patient_id,))
        ).fetchone()
    assert left == (0,)


async def test_ended_between_the_form_s_look_and_the_deposit_it_is_refused_and_kept(
    world, person, secretary, monkeypatch
):
    """What the portal read is not believed: the deposit reads the delegation itself."""
    from carnet.portals.professional.feeding import views

    delegation = await delegated(world.carnet)
    place = await begun(secretary, person)
    filing = views.file_draft

    async def ended_first(*given, **said):
        async with world.carnet.database.transaction() as tx:
            await tx.execute("UPDATE delegation SET ended_at = now(), ended_by = delegator")
        return await filing(*given, **said)

    monkeypatch.setattr(views, "file_draft", ended_first)
    page = await send(secretary, person, place=place, nom=str(delegation.delegation_id))
    assert page.status_code == 422
    assert "sa délégation a pris fin" in page.text
    assert "lettre.pdf" in page.text
    assert await entries(world, person) == []
    refused = [each for each in await world.events(person) if each.type is EventType.DEPOSIT_REFUSED]
    assert [each.actor.on_behalf_of for each in refused] == [delegation.delegator]


async def test_ended_between_the_facts_and_the_act_it_files_nothing(world, person, secretary, monkeypatch):
    delegation = await delegated(world.carnet)
    place = await begun(secretary, person)
    reading = RecordStore.deposit_facts

    async def ended_after(store, actor, **asked):
        facts = await reading(store, actor, **asked)
        async with world.carnet.database.transaction() as tx:
            await tx.execute("UPDATE delegation SET ended_at = now(), ended_by = delegator")
        return facts

    monkeypatch.setattr(RecordStore, "deposit_facts", ended_after)
    page = await send(secretary, person, place=place, nom=str(delegation.delegation_id))
    assert page.status_code == 422
    assert "sa délégation a pris fin" in page.text
    assert await entries(world, person) == []
    assert [each.type for each in await world.events(person) if each.type is EventType.DOCUMENTS_FILED] == []


async def test_without_the_identity_checked_nothing_of_a_patient_is_told_nor_taken(carnet, world, secretary, person):
    await delegated(carnet)
    another = await world.a_record()
    page = await secretary.open(address(person, "ajouter"))
    assert path_of(page) == "/pro"
    where, fields, names = await begun(secretary, another)  # the proof of one patient is not that of another
    page = await send(
        secretary, person, place=(where.replace(str(another.patient_id), str(person.patient_id)), fields, names)
    )
    assert path_of(page) == "/pro"
    page = await secretary.open(address(person, "ajouter") + f"?e={fields['e']}")
    assert path_of(page) == "/pro"
    assert person.identity.traits.birth_name not in page.text
    drafts = await carnet.database.fetch("SELECT 1 FROM draft WHERE patient_id = %(p)s", {"p": person.patient_id})
    assert drafts == []
    assert await entries(world, person) == []


def test_staff_come_in_when_the_operator_says_so():
    assert Settings(mode="demo").admits_staff
    assert not Settings(mode="production").admits_staff
    assert Settings.from_environment({"CARNET_PSC_STAFF": "on"}).admits_staff
    assert not Settings.from_environment({"CARNET_PSC_STAFF": "off", "CARNET_MODE": "demo"}).admits_staff
    with pytest.raises(ValueError, match="CARNET_PSC_STAFF"):
        Settings.from_environment({"CARNET_PSC_STAFF": "yes"})
