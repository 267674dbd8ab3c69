"""
A search of fiches, from the parameters of a GET or of a POST `_search` to the domain's query.

Source: IHE MHD 4.2 ITI-67; documents.md §3.2; FHIR R4 §3.1.1.
"""

import re
from collections.abc import Sequence
from typing import Generic, TypeVar

from carnet.domain.errors import Issue
from carnet.domain.record.model import PatientReference
from carnet.domain.record.search import Criterion, Parameter, SearchQuery, SortKey, Token, Value
from carnet.formats.fhir.codings import oid_of
from carnet.formats.fhir.patients import parse_token
from carnet.formats.fhir.relations import entry_of
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
from carnet.formats.fhir.search_table import BY_NAME, Kind, Known
from carnet.formats.fhir.security_labels import canonical_label
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import is_oid, is_uuid

_AUTHOR_CHAIN = re.compile(r"author(?::\w+)?(?:\.practitioner(?::\w+)?)?\.(identifier|family|given)")


Query = TypeVar("Query")


@frozen
class ReadSearch(Generic[Query]):
    """
    A search in the words of the domain.

    patients: each way in which the patient is named; they must agree. warnings: what was left out or changed (lenient handling, `_count`
    capped). self_parameters: what was understood, for the self link. cursor: sealed, when a next page is asked for; then alone.
    """

    query: Query
    patients: tuple[PatientReference, ...] = ()
    warnings: tuple[Issue, ...] = ()
    self_parameters: tuple[tuple[str, str], ...] = ()
    cursor: str | None = None


def read_search(params: Sequence[tuple[str, str]], *, lenient: bool) -> ReadSearch[SearchQuery]:
    """
    Read the parameters of a search of fiches.

    Takes
        params: (name, value) in order, percent-decoded. lenient: `Prefer: handling=lenient`.

    Raises
    ------
        Invalid: with every fault: `parameter-unknown`, `parameter-value`, `parameter-too-many-values`, `…-not-supported`,
            `cursor-not-alone`, and those of the patient's identity.
    """
    reading = Reading(lenient=lenient, sorts=frozenset(SortKey), sort=SortKey.DATE)
    criteria: list[Criterion] = []
    reading.read(params, lambda name, value: _read(name, value, reading, criteria))
    query = SearchQuery(tuple(criteria), SortKey(reading.sort), reading.descending, reading.count, reading.with_total)
    return ReadSearch(query, tuple(reading.patients), tuple(reading.issues), tuple(reading.kept), reading.cursor)


def _read(name: str, value: str, reading: Reading, criteria: list[Criterion]) -> bool:
    """Whether the parameter was understood."""
    base, modifier = _base_and_modifier(name)
    known = BY_NAME.get(base)
    parameter = None if known is None else known.parameter
    if known is None or not isinstance(parameter, Parameter) or not _accepts(known, modifier):
        reading.refuse("parameter-unknown", name)
        return False
    values = values_of(value, name, reading, lambda part: _value(part, name, known, reading))
    if values:
        criteria.append(Criterion(parameter, values, negated=modifier == "not"))
    return True


def _base_and_modifier(name: str) -> tuple[str, str]:
    chain = _AUTHOR_CHAIN.fullmatch(name)
    if chain is not None:
        return f"author.{chain[1]}", ""
    base, _, modifier = name.partition(":")
    if base.endswith(".identifier") and base != "author.identifier":
        base, modifier = base.removesuffix(".identifier"), "identifier"
    return ("relatesto" if base == "relatesTo" else base), modifier


def _accepts(known: Known, modifier: str) -> bool:
    if modifier == "not":
        return known.kind is Kind.TOKEN
    if modifier == "identifier":
        return known.name in {"author", "related"}
    if modifier == "DocumentReference":
        return known.name == "relatesto"
    return not modifier


def _value(text: str, name: str, known: Known, reading: Reading) -> Value | None:
    match known.parameter:
        case Parameter.AUTHOR:
            return someone(text, name, reading)
        case Parameter.STATUS:
            return one_of(text, name, reading, {"current", "superseded", "entered-in-error"})
        case Parameter.IS_ARCHIVED:
            return one_of(text, name, reading, {"true", "false"})
        case Parameter.ID:
            return id_token(text, name, reading)
        case Parameter.IDENTIFIER:
            return identifier_token(text, name, reading)
        case Parameter.RELATES_TO:
            return _entry(text, name, reading)
        case Parameter.RELATED:
            return _reference_id(text, name, reading)
        case Parameter.SECURITY_LABEL:
            label = code_token(text, name, reading)
            return None if label is None else canonical_label(label)
    if known.kind is Kind.DATE:
        return date_range(text, name, reading)
    return name_text(text, name, reading) if known.kind is Kind.STRING else code_token(text, name, reading)


def _entry(text: str, name: str, reading: Reading) -> Token | None:
    entry = text if is_uuid(text) else entry_of(text)
    if entry is None:
        reading.bad(name, text)
        return None
    return Token(str(entry))


def _reference_id(text: str, name: str, reading: Reading) -> Token | None:
    system, value = parse_token(text)
    if not value:
        reading.bad(name, text)
        return None
    authority = oid_of(system) if system else ""
    return Token(
        value if not authority else f"{value}^^^&{authority}&ISO" if is_oid(authority) else f"{value}^^^{authority}"
    )
