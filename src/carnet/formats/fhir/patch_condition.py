"""
The condition of a PATCH without an id: which document, by its identifier.

Source: FHIR R4 §3.1.0.7.2 (conditional patch); PDSm flux 3; documents.md §1.6 (`identifier` covers uniqueId and entryUUID).
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from carnet.domain.errors import Invalid
from carnet.domain.record.wanted import Named
from carnet.formats.fhir.identities import parse_unique_id
from carnet.vocabulary.identifiers import is_uuid

_MAX_VALUES = 10
_OF_THE_ANSWER = frozenset({"_format", "_pretty"})


def read_condition(pairs: Sequence[tuple[str, str]]) -> tuple[Named, ...]:
    """
    Every document that the condition may mean.

    Takes
        pairs: names and values of the address; several values of `identifier`, by commas, are alternatives.

    Raises
    ------
        Invalid: `parameter-missing`, `parameter-unknown`, `parameter-too-many-values`, `parameter-value`.
    """
    asked = [value for name, value in pairs if name == "identifier"]
    for name, _ in pairs:
        if name != "identifier" and name not in _OF_THE_ANSWER:
            raise Invalid("parameter-unknown", name=name[:80])
    if len(asked) != 1:
        raise Invalid("parameter-missing" if not asked else "parameter-too-many-values", name="identifier", limit="1")
    values = asked[0].split(",")
    if len(values) > _MAX_VALUES:
        raise Invalid("parameter-too-many-values", name="identifier", limit=str(_MAX_VALUES))
    return tuple(named for value in values for named in _names(value))


def _names(value: str) -> Iterator[Named]:
    system, mark, code = value.rpartition("|")
    unique_id = parse_unique_id(system if mark and system else None, code)
    if unique_id is None or len(value) > 200:
        raise Invalid("parameter-value", name="identifier", value=value[:80])
    yield Named(unique_id=unique_id)
    if unique_id.extension is None and is_uuid(unique_id.root):
        # A UUID names a document by its uniqueId, or a fiche by its id and by any entryUUID that it had.
        yield Named(entry=UUID(unique_id.root))
