"""Facts are shown of the documents that the reader may see, as they are now, and to nobody without a trace."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.builders.fhir import a_fiche
from tests.builders.health import a_summary_of, allergies, an_allergy, no_allergy, read_facts
from tests.doors.world import Person, World, a_report, a_unique_id

from carnet.app import Carnet
from carnet.domain.access.hiding_categories import Category, hide_category
from carnet.domain.actor import Actor, ActorKind, Authentication, Purpose
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import Refused
from carnet.domain.health.model import Overview
from carnet.domain.health.reading import browse_with_facts, read_overview
from carnet.domain.record import archiving, deletion, masking
from carnet.domain.record.browsing.model import Choice
from carnet.domain.record.hiding import hide_from
from carnet.domain.record.linked.linking import link
from carnet.domain.record.updating.model import UpdateTerms
from carnet.domain.record.wanted import Named
from carnet.vocabulary.moments import PARIS

DOCTOR, TREATING, NURSE = "899700000011", "899700000012", "899700000013"
AUTHOR = "899900112233"  # of the summaries


@pytest.fixture
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


def a_professional(number: str = DOCTOR, profession: str = "10", **more: Any) -> Actor:
    return Actor(ActorKind.PROFESSIONAL, "Dr Essai", person=number, profession=profession, **more)


def the_person(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "La personne", ins=person.ins, authentication=Authentication("demo-link"))


@dataclass
class Ward:
    """A record that three professionals may open."""

    world: World
    person: Person

    async def files(self, *sections: str, **changes: Any) -> str:
        document = (await self.world.deposit(a_summary_of(self.person, *sections, **changes))).id
        await read_facts(self.world)
        return document

    async def overview(self, actor: Actor | None = None) -> Overview:
        services = self.world.carnet.services
        _, found = await browse_with_facts(
            services.store, Choice(archived_aside=True), actor=actor or a_professional(), patient_id=self.person.patient_id, since=None, zone=PARIS,
            terms=services.browse_terms,
        )  # fmt: skip
        return found

    async def allergies(self, actor: Actor | None = None) -> list[str]:
        return [each.fact.name for each in (await self.overview(actor)).allergies]

    @property
    def terms(self) -> UpdateTerms:
        services = self.world.carnet.services
        return UpdateTerms(services.read_terms.matrix, services.clock)

    async def does(self, verb: Any, document: str, actor: Actor | None = None) -> None:
        store = self.world.carnet.services.store
        await verb(store, Named(logical_id=UUID(document)), actor=actor or the_person(self.person), terms=self.terms)


@pytest.fixture
async def ward(world: World) -> Ward:
    person = await world.a_record()
    for number in (DOCTOR, NURSE, AUTHOR):
        await world.consent(person, ConsentKind.GRANT, number)
    await world.consent(person, ConsentKind.PRIMARY_CARE_DOCTOR, TREATING)
    return Ward(world, person)


async def test_an_allergy_is_shown_with_its_source(ward: Ward) -> None:
    document = await ward.files(allergies(an_allergy()))
    ((found),) = (await ward.overview()).allergies
    (source,) = found.sources
    assert (str(source.entry.logical_id), source.card.title) == (document, "Volet de synthèse médicale")


async def test_masked_for_others_and_not_for_its_author_nor_the_treating_doctor(ward: Ward) -> None:
    document = await ward.files(allergies(an_allergy()))
    await ward.does(masking.mask, document)
    assert await ward.overview() == Overview()
    assert await ward.allergies(a_professional(NURSE, "60")) == []
    assert await ward.allergies(a_professional(TREATING)) == ["Pénicillines"]
    assert await ward.allergies(a_professional(AUTHOR)) == ["Pénicillines"]
    assert await ward.allergies(the_person(ward.person)) == ["Pénicillines"]
    await ward.does(masking.unmask, document)
    assert await ward.allergies() == ["Pénicillines"]


async def test_a_masked_document_that_was_not_read_is_not_named_either(ward: Ward) -> None:
    document = (await ward.world.deposit(a_summary_of(ward.person, allergies(an_allergy())))).id
    assert [str(each.entry.logical_id) for each in (await ward.overview()).unread] == [document]
    await ward.does(masking.mask, document)
    assert await ward.overview() == Overview()


async def test_hidden_from_one_by_name(ward: Ward) -> None:
    services = ward.world.carnet.services
    document = await ward.files(allergies(an_allergy()))
    await hide_from(
        services.store, Named(logical_id=UUID(document)), DOCTOR, actor=the_person(ward.person), terms=ward.terms
    )
    assert await ward.overview() == Overview()
    assert await ward.allergies(a_professional(NURSE, "60")) == ["Pénicillines"]


async def test_a_category_hidden_from_one(ward: Ward) -> None:
    services = ward.world.carnet.services
    await ward.files(allergies(an_allergy()))
    await hide_category(
        services.rights, ward.person.ins, Category("type", "SYNTH"), actor=the_person(ward.person), terms=services.rights_terms, holder=DOCTOR
    )  # fmt: skip
    assert await ward.overview() == Overview()


async def test_not_yet_told_to_the_person(ward: Ward) -> None:
    await ward.files(allergies(an_allergy()), securityLabel=_invisible())
    assert await ward.allergies() == ["Pénicillines"]
    assert await ward.overview(the_person(ward.person)) == Overview()


def _invisible() -> list[dict[str, Any]]:
    return a_fiche(document=b"x", labels=["INVISIBLE_PATIENT"])["securityLabel"]  # type: ignore[no-any-return]  # FHIR as dicts


async def test_archived_replaced_and_deleted_state_nothing(ward: Ward) -> None:
    former = a_unique_id()
    first = await ward.files(allergies(an_allergy()), cda={"unique_id": former})
    await ward.does(archiving.archive, first, a_professional(AUTHOR))
    assert await ward.overview() == Overview()
    await ward.does(archiving.unarchive, first, a_professional(AUTHOR))
    assert await ward.allergies() == ["Pénicillines"]
    second = await ward.files(
        allergies(an_allergy("Latex"), text="Latex"), cda={"replaces": former}, replaces={"reference": f"DocumentReference/{first}"}
    )  # fmt: skip
    assert await ward.allergies() == ["Latex"]
    await ward.does(deletion.delete, second, a_professional(AUTHOR))
    assert await ward.overview() == Overview()


async def test_a_profession_reads_what_its_types_allow(ward: Ward) -> None:
    document = await ward.files(allergies(an_allergy()))
    for profession in ("10", "60", "40", "80", "95"):
        actor = a_professional(DOCTOR, profession)
        listed = await _listed(ward, actor)
        assert bool(await ward.allergies(actor)) is (document in listed), profession


async def _listed(ward: Ward, actor: Actor) -> list[str]:
    services = ward.world.carnet.services
    browsed, _ = await browse_with_facts(
        services.store, Choice(), actor=actor, patient_id=ward.person.patient_id, since=None, zone=PARIS, terms=services.browse_terms
    )  # fmt: skip
    return [str(row.entry.logical_id) for row in browsed.rows]


async def test_blocked_and_strangers_see_no_record(ward: Ward) -> None:
    await ward.files(allergies(an_allergy()))
    await ward.world.consent(ward.person, ConsentKind.BLOCK, DOCTOR)
    for actor in (a_professional(), a_professional("899700000099")):
        with pytest.raises(Refused):
            await ward.overview(actor)


async def test_in_an_emergency_the_same_rules_speak(ward: Ward) -> None:
    shown = await ward.files(allergies(an_allergy()))
    hidden = await ward.files(allergies(an_allergy("Latex"), text="Latex"))
    await ward.does(masking.mask, hidden)
    urgent = a_professional("899700000098", purpose=Purpose.EMERGENCY, motive="Personne inconsciente")
    (found,) = (await ward.overview(urgent)).allergies
    assert [str(each.entry.logical_id) for each in found.sources] == [shown]


async def test_one_event_names_the_list_and_the_sources_and_nothing_hidden(ward: Ward) -> None:
    shown = await ward.files(allergies(an_allergy()), created="20200101101500+0100")
    hidden = await ward.files(allergies(an_allergy("Latex"), text="Latex"))
    await ward.does(masking.mask, hidden)
    listed = [(await ward.world.deposit(a_report(ward.person))).id for _ in range(2)]
    before = len(await ward.world.events(ward.person))
    services = ward.world.carnet.services
    browsed, _ = await browse_with_facts(
        services.store, Choice(), actor=a_professional(), patient_id=ward.person.patient_id, since=None, zone=PARIS, terms=services.browse_terms,
        count=1,
    )  # fmt: skip
    (event,) = (await ward.world.events(ward.person))[before:]
    assert event.type is EventType.DOCUMENTS_LISTED
    assert event.details["parameters"] == "browse facts"
    # The summary is on a later page of the list: its facts were shown all the same.
    assert [str(each) for each in event.documents] == [str(browsed.rows[0].entry.logical_id), shown]
    assert str(browsed.rows[0].entry.logical_id) in listed


async def test_the_person_sees_the_same_by_themselves_with_its_trace(ward: Ward) -> None:
    document = await ward.files(no_allergy())
    services = ward.world.carnet.services
    overview = await read_overview(
        services.store, actor=the_person(ward.person), patient_id=ward.person.patient_id, zone=PARIS, terms=services.browse_terms
    )  # fmt: skip
    assert [each.fact.name for each in overview.no_allergy] == ["Aucune allergie connue"]
    event = (await ward.world.events(ward.person))[-1]
    assert (event.details["parameters"], [str(each) for each in event.documents]) == ("facts", [document])


async def test_many_documents_are_opened_beside_the_requests_of_others(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carnet.domain.health.reading._IN_A_THREAD", 1)
    await ward.files(allergies(an_allergy()))
    assert await ward.allergies() == ["Pénicillines"]


async def test_linked_records_are_read_as_one_with_a_trace_in_each(ward: Ward) -> None:
    other = await ward.world.a_record()
    await ward.world.consent(other, ConsentKind.GRANT, DOCTOR)
    twin = Ward(ward.world, other)
    here, there = await ward.files(allergies(an_allergy())), await twin.files(allergies(an_allergy()))
    await _link(ward, other)
    ((found),) = (await ward.overview()).allergies
    assert {str(each.entry.logical_id) for each in found.sources} == {here, there}
    for person, document in ((ward.person, here), (other, there)):
        event = (await ward.world.events(person))[-1]
        assert [str(each) for each in event.documents] == [document]


async def _link(ward: Ward, other: Person) -> None:
    services = ward.world.carnet.services
    operator = Actor(ActorKind.OPERATOR, "Exploitation")
    async with ward.world.carnet.database.transaction() as tx:
        await link(
            tx, ward.person.patient_id, other.patient_id, actor=operator, motive="Doublon confirmé", keys=services.keys, at=services.clock()
        )  # fmt: skip
