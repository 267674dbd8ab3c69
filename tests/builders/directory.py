"""Invented professionals whom the directory of a test knows."""

from tests.builders.annuaire import activities, an_activity, an_rpps

from carnet.app import Carnet
from carnet.domain.actor import SYSTEM
from carnet.domain.directory.loading import import_published
from carnet.domain.directory.loading.model import ImportTerms
from carnet.operating.directory_files import reading

HOSPITAL = "990000001"


async def in_the_directory(carnet: Carnet, *names: tuple[str, str]) -> list[str]:
    """
    Import physicians of these given and family names, who practise in the invented hospital.

    Gives
        their PS_IdNat, in the order given.
    """
    people = [
        an_activity(number, at=HOSPITAL, family=family, given=given, title="DR", skill="SM04", skill_type="S")
        for number, (given, family) in enumerate(names, 1)
    ]
    begun = reading("extraction.txt", iter([activities(*people)]), None)
    await import_published(
        carnet.database, begun.source, begun.entries, terms=ImportTerms(max_lost_percent=100), actor=SYSTEM,
        sealer=carnet.services.store.system_key, clock=carnet.services.clock,
    )  # fmt: skip
    return [f"8{an_rpps(number)}" for number, _ in enumerate(names, 1)]
