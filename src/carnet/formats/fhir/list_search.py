"""
A search of lists, from the parameters of a GET or of a POST `_search` to the domain's query.

Source: IHE MHD 4.2 ITI-66; PDSm flux 5a (documents.md §3.2); FHIR R4 §3.1.1.
"""

import re
from collections.abc import Sequence

from carnet.domain.record.lists.search import ListCriterion, ListParameter, ListQuery, ListSort
from carnet.domain.record.lists.titles import MAX_CHARACTERS
from carnet.domain.record.search import Text, Token, Value
from carnet.formats.fhir import systems
from carnet.formats.fhir.patients import parse_token
from carnet.formats.fhir.relations import entry_of
from carnet.formats.fhir.search_parameters import ReadSearch
from carnet.formats.fhir.search_reading import (
    Reading,
    code_token,
    date_range,
    id_token,
    identifier_token,
    name_text,
    one_of,
    someone,
    values_of,
)
from carnet.formats.fhir.search_table import LIST_BY_NAME, Kind, Known
from carnet.vocabulary.identifiers import is_uuid

# `source:PractitionerRole.practitioner.family`, as PDSm writes its chains, or shorter.
_SOURCE_CHAIN = re.compile(r"source(?::\w+)?(?:\.(?:partOf|practitioner)(?::\w+)?)*\.(identifier|family|given|name)")
_LIST_TYPES = frozenset({systems.LIST_TYPES, systems.LIST_TYPES.replace("https:", "http:")})
_STATUSES = frozenset({"current", "retired", "entered-in-error"})


def read_list_search(params: Sequence[tuple[str, str]], *, lenient: bool) -> ReadSearch[ListQuery]:
    """
    Read the parameters of a search of submission sets and folders.

    Takes
        params: (name, value) in order, percent-decoded. lenient: `Prefer: handling=lenient`.

    Raises
    ------
        Invalid: as `read_search`.
    """
    reading = Reading(lenient=lenient, sorts=frozenset(ListSort), sort=ListSort.DATE)
    criteria: list[ListCriterion] = []
    reading.read(params, lambda name, value: _read(name, value, reading, criteria))
    query = ListQuery(tuple(criteria), ListSort(reading.sort), reading.descending, reading.count, reading.with_total)
    return ReadSearch(query, tuple(reading.patients), tuple(reading.issues), tuple(reading.kept), reading.cursor)


def _read(name: str, value: str, reading: Reading, criteria: list[ListCriterion]) -> bool:
    """Whether the parameter was understood."""
    base, modifier = _base_and_modifier(name)
    known = LIST_BY_NAME.get(base)
    parameter = None if known is None else known.parameter
    if known is None or not isinstance(parameter, ListParameter) or not _accepts(known, modifier):
        reading.refuse("parameter-unknown", name)
        return False
    values = values_of(value, name, reading, lambda part: _value(part, name, known, reading))
    if values:
        criteria.append(ListCriterion(parameter, values, negated=modifier == "not"))
    return True


def _base_and_modifier(name: str) -> tuple[str, str]:
    chain = _SOURCE_CHAIN.fullmatch(name)
    if chain is not None:
        return f"source.{chain[1]}", ""
    base, _, modifier = name.partition(":")
    if base == "authorOrg.identifier":
        base, modifier = "authorOrg", "identifier"
    return base, modifier


def _accepts(known: Known, modifier: str) -> bool:
    if modifier == "not":
        return known.kind is Kind.TOKEN
    if modifier == "identifier":
        return known.name in {"source", "authorOrg"}
    if modifier in {"DocumentReference", "List"}:
        return known.name == "item"
    return not modifier


def _value(text: str, name: str, known: Known, reading: Reading) -> Value | None:
    match known.parameter:
        case ListParameter.SOURCE | ListParameter.AUTHOR_ORG:
            return someone(text, name, reading)
        case ListParameter.STATUS:
            return one_of(text, name, reading, _STATUSES)
        case ListParameter.IS_ARCHIVED:
            return one_of(text, name, reading, {"true", "false"})
        case ListParameter.ID:
            return id_token(text, name, reading)
        case ListParameter.IDENTIFIER | ListParameter.SOURCE_ID:
            return identifier_token(text, name, reading)
        case ListParameter.CODE:
            return _kind(text, name, reading)
        case ListParameter.ITEM:
            return _item(text, name, reading)
        case ListParameter.TITLE:
            return _title(text, name, reading)
    if known.kind is Kind.DATE:
        return date_range(text, name, reading)
    return name_text(text, name, reading) if known.kind is Kind.STRING else code_token(text, name, reading)


def _kind(text: str, name: str, reading: Reading) -> Token | None:
    """A code of MHDlistTypes; one of another system is no list of ours."""
    system, code = parse_token(text)
    if not code and not system:
        reading.bad(name, text)
        return None
    if system and system not in _LIST_TYPES:
        return Token("")
    return Token(code or None)


def _item(text: str, name: str, reading: Reading) -> Token | None:
    kind, _, ident = text.rpartition("/")
    entry = text if is_uuid(text) else ident if kind.endswith("List") and is_uuid(ident) else entry_of(text)
    if entry is None:
        reading.bad(name, text)
        return None
    return Token(str(entry))


def _title(text: str, name: str, reading: Reading) -> Text | None:
    """A beginning, no longer than what is indexed."""
    found = name_text(text, name, reading)
    if found is not None and len(found.prefix) > MAX_CHARACTERS:
        reading.bad(name, text)
        return None
    return found
