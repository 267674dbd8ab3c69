"""Who may see a document, told without asking the database for each: the same as each would be answered, whatever was decided."""

from dataclasses import replace
from uuid import UUID

import pytest
from tests.builders.directory import in_the_directory
from tests.builders.people import an_ins
from tests.doors.world import Person, World, a_letter, a_report, fiche_of

from carnet.domain.access.facts import holder_name
from carnet.domain.access.model import Confidentiality, Representation
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.consent.model import Basis, ConsentKind
from carnet.domain.directory.choosing import known
from carnet.domain.record.audience import audience, holders_of
from carnet.domain.record.audience.model import Audience, Seer
from carnet.domain.record.consulting import consult
from carnet.domain.record.consulting.model import Consulted
from carnet.domain.record.hiding import hide_from
from carnet.domain.record.simulation import simulate
from carnet.domain.record.wanted import Named

HOSPITAL = "1990000001"


def citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)


async def consulted(world: World, person: Person, document: str) -> Consulted:
    services = world.carnet.services
    return await consult(
        services.store, UUID(document), with_content=frozenset(), actor=citizen(person), terms=services.read_terms, sharing=services.share_terms
    )  # fmt: skip


async def seen(world: World, person: Person, document: str, **supposed: object) -> Audience:
    """The audience of a document, with other facts when told."""
    page = await consulted(world, person, document)
    assert page.audience is not None
    directory = await known(
        world.carnet.database, [(each.holder, each.is_organization) for each in page.audience.holders]
    )
    return audience(
        replace(page.document, **supposed), page.entry.behind, known=page.audience, directory=directory,
        matrix=world.carnet.services.read_terms.matrix,
    )  # fmt: skip


async def answered(world: World, person: Person, document: str, *others: Actor) -> list[str]:
    """By which rule each of these would be answered."""
    services = world.carnet.services
    told: list[str] = []
    for other in others:
        shown = await simulate(services.store, person.ins, other, actor=citizen(person), terms=services.read_terms)
        decisions = {str(each.logical_id): each.decision.rule for each in shown.documents}
        told.append(decisions[document] if shown.opens.allowed else shown.opens.rule)
    return told


def rules(told: Audience) -> dict[str, str]:
    return {each.holder.holder: each.decision.rule for each in told.seers}


def of(told: Audience, holder: str) -> Seer:
    (found,) = [each for each in told.seers if each.holder.holder == holder]
    return found


async def test_the_same_judge_as_reading(world: World) -> None:
    """Every kind of decision, compared with what each would be answered now."""
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    carnet = world.carnet
    treating, authorised, hidden, withheld, blocked = await in_the_directory(
        carnet, ("ANNE", "UN"), ("ANNE", "DEUX"), ("ANNE", "TROIS"), ("ANNE", "QUATRE"), ("ANNE", "CINQ")
    )
    await world.consent(person, ConsentKind.PRIMARY_CARE_DOCTOR, treating)
    for each in (authorised, hidden, withheld, blocked):
        await world.consent(person, ConsentKind.GRANT, each, basis=Basis.CARE_TEAM)
    await world.consent(person, ConsentKind.WITHHELD_CATEGORY, withheld, scope="class|10")
    await world.consent(person, ConsentKind.BLOCK, blocked)
    services = carnet.services
    await hide_from(
        services.store, Named(logical_id=UUID(document)), hidden, actor=citizen(person), terms=services.update_terms
    )
    everyone = (treating, authorised, hidden, withheld, blocked)
    actors = [Actor(ActorKind.PROFESSIONAL, "", person=each, profession="10", specialty="SM04") for each in everyone]

    async def agree() -> dict[str, str]:
        told = rules(await seen(world, person, document))
        assert told == dict(zip(everyone, await answered(world, person, document, *actors), strict=True))
        return told

    assert await agree() == {
        treating: "read.primary-care-doctor", authorised: "read.professional", hidden: "deny.hidden-by-name",
        withheld: "deny.category-withheld", blocked: "deny.blocked",
    }  # fmt: skip
    await world.consent(person, ConsentKind.HIDDEN_CATEGORY, scope="class|10")
    told = await agree()
    assert (told[treating], told[authorised]) == ("read.primary-care-doctor", "deny.category-hidden")


async def test_the_effect_of_a_mask_before_and_after(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    treating = await world.a_professional(treating=person)
    other = await world.a_professional(authorised_on=person)
    before = await seen(world, person, document)
    assert {each.holder.holder for each in before.seeing} == {treating.number, other.number}
    supposed = await seen(world, person, document, labels=frozenset({Confidentiality.MASQUE_PS}))
    assert [each.holder.holder for each in supposed.seeing] == [treating.number]
    assert [each.decision.rule for each in supposed.kept_from] == ["deny.masked"]
    assert not supposed.emergency.allowed


async def test_emergencies_follow_what_the_person_opposed(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    unknown = Actor(ActorKind.PROFESSIONAL, "", profession="10", purpose=Purpose.EMERGENCY, motive="x")
    regulator = replace(unknown, purpose=Purpose.REGULATION, motive=None, sector="SA01")

    async def rules_of(labels: frozenset[Confidentiality] = frozenset()) -> list[str]:
        told = await seen(world, person, document, labels=labels)
        return [told.emergency.rule, told.regulation.rule]

    assert await rules_of() == ["read.emergency", "read.regulation"]
    assert await rules_of() == await answered(world, person, document, unknown, regulator)
    masked = frozenset({Confidentiality.MASQUE_PS})
    assert await rules_of(masked) == ["deny.masked", "deny.masked"]
    await world.consent(person, ConsentKind.EMERGENCY_MASKED)
    assert await rules_of(masked) == ["read.emergency", "deny.masked"]
    await world.consent(person, ConsentKind.EMERGENCY_OPPOSITION)
    await world.consent(person, ConsentKind.REGULATION_OPPOSITION)
    assert await rules_of() == ["deny.emergency-opposed", "deny.regulation-opposed"]


async def test_where_someone_practises_counts(world: World) -> None:
    """Hidden from a structure, a document is seen by who is authorised in person, but not from there."""
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    (doctor,) = await in_the_directory(world.carnet, ("ANNE", "SIX"))
    await world.consent(person, ConsentKind.GRANT, doctor, basis=Basis.PATIENT)
    services = world.carnet.services
    await hide_from(
        services.store, Named(logical_id=UUID(document)), HOSPITAL, actor=citizen(person), terms=services.update_terms
    )
    told = of(await seen(world, person, document), doctor)
    assert (told.decision.rule, told.refused_at) == ("read.professional", (HOSPITAL,))
    inside = Actor(ActorKind.PROFESSIONAL, "", person=doctor, profession="10", specialty="SM04", organization=HOSPITAL)
    assert await answered(world, person, document, inside, replace(inside, organization=None)) == [
        "deny.hidden-by-name", "read.professional",
    ]  # fmt: skip


async def test_a_structure_and_whoever_is_not_known_depend_on_their_profession(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    unknown = await world.a_professional(authorised_on=person)
    await world.consent(person, ConsentKind.GRANT, HOSPITAL, organization=True, basis=Basis.PATIENT)
    told = await seen(world, person, document)
    assert all(each.depends_on_profession and each.decision.allowed for each in told.seers)
    assert {each.holder.holder for each in told.seers} == {unknown.number, HOSPITAL}


async def test_the_author_is_told_as_such_and_a_later_version_hides(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_letter(person))).id
    page = await consulted(world, person, document)
    (author,) = page.document.author_persons
    await world.consent(person, ConsentKind.GRANT, author)
    masked = await seen(world, person, document, labels=frozenset({Confidentiality.MASQUE_PS}))
    assert rules(masked) == {author: "read.author"}
    first = (await world.deposit(a_report(person))).id
    doctor = await world.a_professional(authorised_on=person)
    later = a_report(person, replaces={"reference": f"DocumentReference/{first}"})
    label = {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "MASQUE_PS"}]}
    fiche_of(later)["securityLabel"] = [*fiche_of(later)["securityLabel"], label]
    await world.deposit(later)
    assert of(await seen(world, person, first), doctor.number).decision.rule == "deny.later-version-hidden"


async def test_holders_are_those_of_now_each_once(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    one, other = "899712340001", "899712340002"
    await world.consent(person, ConsentKind.GRANT, one, basis=Basis.CARE_TEAM)
    await world.consent(person, ConsentKind.GRANT, other, basis=Basis.CARE_TEAM)
    await world.consent(person, ConsentKind.GRANT, other, ends=True)
    await world.consent(person, ConsentKind.PRIMARY_CARE_DOCTOR, one)
    page = await consulted(world, person, document)
    assert page.audience is not None
    (holder,) = holders_of(page.audience.periods, page.facts.record)
    assert (holder.holder, holder.is_primary_care_doctor, holder.basis) == (one, True, Basis.CARE_TEAM)


@pytest.mark.parametrize("kind", [ActorKind.PROFESSIONAL, ActorKind.GUARDIAN])
async def test_rights_are_told_to_the_person_and_their_representatives(world: World, kind: ActorKind) -> None:
    child = await world.a_record(birth_date="2016-06-12")
    document = (await world.deposit(a_report(child))).id
    doctor = await world.a_professional(treating=child)
    parent = an_ins()
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent), scope=Representation.READ)
    actor = world.representing(parent, child)
    if kind is ActorKind.PROFESSIONAL:
        actor = Actor(kind, "Dr Essai", person=doctor.number, profession="10")
    services = world.carnet.services
    page = await consult(
        services.store, UUID(document), with_content=frozenset(), actor=actor, terms=services.read_terms, sharing=services.share_terms
    )  # fmt: skip
    assert (page.audience is None) is (kind is ActorKind.PROFESSIONAL)
    assert (page.shares, page.requests) == ([], [])
