"""The directory of the demonstration: its invented professionals and structures, written as published files and imported as they are."""

import io
from collections.abc import Iterator
from functools import partial

import orjson

from carnet.app import Carnet
from carnet.domain.actor import SYSTEM
from carnet.domain.directory.loading.model import INVENTED, ImportTerms
from carnet.operating.directory_files import FoundFile
from carnet.operating.directory_import import Importing
from carnet.territory.annuaire import (
    ACTIVITY_COLUMNS,
    MAILBOX_COLUMNS,
    activity_rows,
    mailbox_rows,
    published,
    structures_of_finess,
)
from carnet.territory.invent import Territory


async def load_directory(carnet: Carnet, territory: Territory) -> None:
    """
    Import them; again, nothing changes.

    They are of another origin than published files, which may then be imported beside them without ending them.
    """
    importing = Importing(carnet.database, carnet.services.store.system_key, SYSTEM, carnet.services.clock, INVENTED)
    for file in files(territory):
        # A demonstration may be invented anew with another seed: who is gone is gone.
        told = await importing.take(file, terms=ImportTerms(max_lost_percent=100))
        assert told["status"] == "done", told


def files(territory: Territory) -> Iterator[FoundFile]:
    """FINESS, Personne_activite and the mailboxes, in memory."""
    people, structures = territory.professionals, territory.organizations
    described = orjson.dumps(structures_of_finess(structures))
    yield FoundFile("finess_territoire.json", len(described), partial(io.BytesIO, described))
    for name, columns, rows in (
        ("PS_LibreAcces_Personne_activite_territoire.txt", ACTIVITY_COLUMNS, activity_rows(people, structures)),
        ("Extraction_Correspondance_MSSante_territoire.txt", MAILBOX_COLUMNS, mailbox_rows(people, structures)),
    ):
        content = "".join(published(columns, rows)).encode()
        yield FoundFile(name, len(content), partial(io.BytesIO, content))
