"""What citizens decided about professionals: médecin traitant, authorisations, and a few blocks."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

from carnet.domain.consent.model import ConsentKind
from carnet.territory.model import Citizen, InventedGrant, Professional

# Named professional → named citizens who authorised them.
_NAMED = {
    "cardiologue": ("marie", "jeanne"),
    "infirmiere": ("marie", "jeanne", "francoise"),
    "pharmacien": ("marie", "lucas", "jeanne"),
    "dentiste": ("marie", "lucas"),
    "podologue": ("marie", "jeanne"),
    "sage-femme": ("marie",),
    "pediatre": ("lucas", "tom", "lola"),
    "kinesitherapeute": ("jeanne",),
    "biologiste": ("marie",),
    "radiologue": ("marie",),
}


def grants(
    rng: Random,
    people: Sequence[Citizen],
    carers: Sequence[Professional],
    *,
    named: Mapping[str, Citizen | Professional],
    today: date,
) -> tuple[InventedGrant, ...]:
    """At most one decision per citizen and professional; blocks never touch the named professionals."""
    found: list[InventedGrant] = []
    for carer, patients in _NAMED.items():
        professional = named[carer]
        assert isinstance(professional, Professional)
        for patient in patients:
            citizen = named[patient]
            assert isinstance(citizen, Citizen)
            found.append(
                InventedGrant(citizen, professional.identifier, ConsentKind.GRANT, today - timedelta(days=900))
            )
    taken = {(grant.citizen.index, grant.professional) for grant in found}
    reserved = {each.identifier for each in named.values() if isinstance(each, Professional)}
    for citizen in people:
        if citizen.primary_doctor is not None:
            doctor = carers[citizen.primary_doctor].identifier
            found.append(
                InventedGrant(citizen, doctor, ConsentKind.PRIMARY_CARE_DOCTOR, _some_day(rng, citizen, today))
            )
            taken.add((citizen.index, doctor))
        for professional in rng.sample(carers, rng.randint(0, 3)):
            if (citizen.index, professional.identifier) not in taken:
                taken.add((citizen.index, professional.identifier))
                found.append(
                    InventedGrant(citizen, professional.identifier, ConsentKind.GRANT, _some_day(rng, citizen, today))
                )
        blocked = rng.choice(carers)
        if (
            rng.random() < 0.04
            and (citizen.index, blocked.identifier) not in taken
            and blocked.identifier not in reserved
        ):
            found.append(InventedGrant(citizen, blocked.identifier, ConsentKind.BLOCK, _some_day(rng, citizen, today)))
    return tuple(found)


def _some_day(rng: Random, citizen: Citizen, today: date) -> date:
    """In the last five years of their life."""
    return today - timedelta(days=rng.randint(1, max(1, min(1800, (today - citizen.birth_date).days))))
