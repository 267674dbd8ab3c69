"""A record as an operator names it at the command line."""

from uuid import UUID

from carnet.domain.errors import NotFound
from carnet.domain.people import store as people_store
from carnet.storage.database import Connection
from carnet.vocabulary.ins import Ins


async def named_record(tx: Connection, text: str) -> UUID:
    """The record of an id, or of a matricule with its OID. Raises NotFound."""
    matricule, at, oid = text.partition("@")
    try:
        found = await people_store.holder_of(tx, Ins(matricule, oid)) if at else UUID(text)
    except ValueError as error:
        raise NotFound("record-unknown") from error
    if found is None:
        raise NotFound("record-unknown")
    return found
