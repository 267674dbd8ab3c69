"""The delegation of the demonstration: a doctor lets the secretary of their practice add documents in their name."""

from carnet.app import Carnet
from carnet.domain.delegations.naming import Naming, name_delegate
from carnet.domain.delegations.reading import given
from carnet.domain.professionals.model import Practice
from carnet.web.demo_people import SECRETARIES, actor_named, secretary_as_actor


async def delegate(carnet: Carnet) -> None:
    """Let it run, unless it ran lately: what was ended stays ended."""
    portal, at = carnet.professionals, carnet.services.clock()
    secretary = SECRETARIES[0]
    doctor = await actor_named(carnet.database, secretary.of)
    if not portal.delegations.admits_staff or await given(
        carnet.database, actor=doctor, seal=portal.delegation_seals.people, at=at
    ):
        return
    whom = await secretary_as_actor(carnet.database, secretary)
    practice = Practice(
        doctor.situation or "",
        doctor.profession,
        doctor.specialty,
        doctor.sector,
        doctor.organization,
        doctor.organization_name,
    )
    naming = Naming(whom.person or "", whom.name, at + portal.delegations.longest, doctor.name)
    await name_delegate(
        carnet.database, naming, actor=doctor, practice=practice, terms=portal.delegations, seals=portal.delegation_seals, at=at,
    )  # fmt: skip
