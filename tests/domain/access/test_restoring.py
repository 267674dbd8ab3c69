"""What was decided is brought to a state and back: ends that change, presets, steps back."""

from datetime import timedelta

import pytest
from tests.doors.world import Person, World

from carnet.domain.access.presets import KINDS, Preset, classes, target
from carnet.domain.access.restoring import Held, held_at, restore
from carnet.domain.access.reviewing import list_authorisations
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.model import Basis, Consent, ConsentKind
from carnet.domain.errors import Invalid, Refused
from carnet.vocabulary.clock import system_clock

DOCTOR, NURSE = "899788880001", "899788880002"


def citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)


class Decided:
    """What one person decided."""

    def __init__(self, world: World, person: Person) -> None:
        services = world.carnet.services
        self.person, self.rights, self.terms = person, services.rights, services.rights_terms

    async def now(self, kinds, holder: str | None = None) -> tuple[Held, ...]:
        found = await list_authorisations(
            self.rights, self.person.patient_id, actor=citizen(self.person), terms=self.terms
        )
        return held_at(found.periods, found.at, kinds=kinds, holder=holder)

    async def bring(self, wanted, *, kinds, holder: str | None = None, actor: Actor | None = None):
        return await restore(
            self.rights, self.person.patient_id, wanted, kinds=kinds, holder=holder, actor=actor or citizen(self.person),
            terms=self.terms,
        )  # fmt: skip


async def a_person(world: World) -> tuple[Person, Decided]:
    person = await world.a_record()
    for holder, basis in ((DOCTOR, Basis.PATIENT), (NURSE, Basis.CARE_TEAM)):
        await world.consent(person, ConsentKind.GRANT, holder, basis=basis, until=system_clock() + timedelta(days=30))
    return person, Decided(world, person)


GRANT = frozenset({ConsentKind.GRANT})


async def test_an_end_is_brought_nearer_and_back(world: World) -> None:
    _, decided = await a_person(world)
    before = await decided.now(GRANT, DOCTOR)
    nearer = Held(before[0].consent, system_clock() + timedelta(days=1))
    assert (await decided.bring([nearer], kinds=GRANT, holder=DOCTOR)).ended == before
    assert await decided.now(GRANT, DOCTOR) == (nearer,)
    assert len(await decided.now(GRANT)) == 2  # the other's is left alone
    await decided.bring(before, kinds=GRANT, holder=DOCTOR)
    assert await decided.now(GRANT, DOCTOR) == before
    assert not await decided.bring(before, kinds=GRANT, holder=DOCTOR)


async def test_a_block_is_undone_with_what_it_ended(world: World) -> None:
    _, decided = await a_person(world)
    kinds = frozenset({ConsentKind.GRANT, ConsentKind.BLOCK})
    before = await decided.now(kinds, NURSE)
    await decided.bring([Held(Consent(ConsentKind.BLOCK, NURSE))], kinds=kinds, holder=NURSE)
    assert [each.consent.kind for each in await decided.now(kinds, NURSE)] == [ConsentKind.BLOCK]
    await decided.bring(before, kinds=kinds, holder=NURSE)
    assert await decided.now(kinds, NURSE) == before


async def test_an_end_that_is_past_changes_nothing(world: World) -> None:
    _, decided = await a_person(world)
    before = await decided.now(GRANT)
    with pytest.raises(Invalid) as refused:
        await decided.bring([Held(Consent(ConsentKind.GRANT, DOCTOR), system_clock())], kinds=GRANT, holder=DOCTOR)
    assert refused.value.code == "authorisation-end"
    assert await decided.now(GRANT) == before


async def test_only_what_is_the_persons_own(world: World) -> None:
    _, decided = await a_person(world)
    for kinds, wanted in (
        (frozenset({ConsentKind.PARENTAL_AUTHORITY}), []),
        (GRANT, [Held(Consent(ConsentKind.BLOCK, NURSE))]),
    ):
        with pytest.raises(ValueError, match="ConsentKind"):
            await decided.bring(wanted, kinds=kinds)
    with pytest.raises(Refused):
        await decided.bring(
            [], kinds=GRANT, actor=Actor(ActorKind.PROFESSIONAL, "Dr Essai", person=DOCTOR, profession="10")
        )


@pytest.mark.parametrize("preset", list(Preset))
async def test_a_preset_is_taken_and_taken_back(world: World, preset: Preset) -> None:
    person, decided = await a_person(world)
    await world.consent(person, ConsentKind.HIDDEN_CATEGORY, scope="class|10")
    await world.consent(person, ConsentKind.HIDDEN_CATEGORY, scope="type|11488-4")
    await world.consent(person, ConsentKind.REGULATION_OPPOSITION)
    every = frozenset(ConsentKind)
    everything, before = await decided.now(every), await decided.now(KINDS[preset])
    await decided.bring(target(preset, before), kinds=KINDS[preset])
    after = await decided.now(every)
    left = {each for each in everything if each.consent.kind not in KINDS[preset]}
    assert left <= set(after)
    kinds = [each.consent.kind for each in after]
    match preset:
        case Preset.ALL_CARERS:
            assert set(kinds) == {ConsentKind.GRANT}
        case Preset.CHOSEN:
            assert [each.consent.holder for each in after if each.consent.kind is ConsentKind.GRANT] == [DOCTOR]
        case Preset.DOCTOR_ONLY:
            hidden = {each.consent.scope for each in after if each.consent.kind is ConsentKind.HIDDEN_CATEGORY}
            assert hidden == {f"class|{code}" for code in classes()} | {"type|11488-4"}
        case Preset.NO_EMERGENCY:
            assert {ConsentKind.EMERGENCY_OPPOSITION, ConsentKind.REGULATION_OPPOSITION} <= set(kinds)
    # Asked twice, it changes nothing more; and it goes back.
    assert not await decided.bring(target(preset, await decided.now(KINDS[preset])), kinds=KINDS[preset])
    await decided.bring(before, kinds=KINDS[preset])
    assert set(await decided.now(every)) == set(everything)
