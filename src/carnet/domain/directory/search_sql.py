"""The statements of a search, built from its criteria: every value is bound, every name is a constant of this file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from carnet.domain.directory.names import search_key
from carnet.domain.directory.search import (
    Coded,
    Criterion,
    DirectoryQuery,
    Field,
    Kind,
    Match,
    Number,
    Register,
    Text,
    Value,
)
from carnet.vocabulary.date_ranges import Comparator, DateRange

# Table and key of each kind.
TABLES: Mapping[Kind, tuple[str, str]] = {
    Kind.PROFESSIONAL: ("directory_professional", "person"),
    Kind.SITUATION: ("directory_situation", "situation"),
    Kind.ORGANIZATION: ("directory_organization", "organization"),
}
# Of a mailbox that a resource shows (see Mailbox.is_placed).
_MAILBOX_OF: Mapping[Kind, str] = {
    Kind.PROFESSIONAL: """m.person = k.person AND (m.organization = '' OR NOT EXISTS (SELECT FROM directory_situation s
        WHERE s.person = m.person AND s.organization = m.organization AND s.active))""",
    Kind.SITUATION: "m.person = k.person AND m.organization = k.organization AND k.organization <> ''",
    Kind.ORGANIZATION: "m.organization = k.organization AND m.person = ''",
}
_NUMBERS: Mapping[Register, str] = {
    Register.NATIONAL: "k.organization = {}",
    Register.FINESS: "(k.finess = {} AND k.finess <> '')",
    Register.FINESS_SITE: "(k.finess = {} AND k.finess <> '' AND NOT k.is_legal_entity)",
    Register.FINESS_LEGAL: "(k.finess = {} AND k.finess <> '' AND k.is_legal_entity)",
    Register.SIRET: "(k.siret = {} AND k.siret <> '')",
    Register.SIREN: "(k.siren = {} AND k.siren <> '')",
    Register.TECHNICAL: "(k.technical_id = {} AND k.technical_id <> '')",
}
_HAS_NUMBER: Mapping[str, str] = {
    Register.NATIONAL: "true",
    Register.RPPS: "k.number_type = '8'",
    Register.ADELI: "k.number_type = '0'",
    Register.FINESS_SITE: "(k.finess <> '' AND NOT k.is_legal_entity)",
    Register.FINESS_LEGAL: "(k.finess <> '' AND k.is_legal_entity)",
    Register.SIRET: "k.siret <> ''",
    Register.SIREN: "k.siren <> ''",
    Register.TECHNICAL: "k.technical_id <> ''",
}
_QUALIFICATIONS = {"profession": "P", "category": "C", "skill": "S", "skill-type": "T"}
_CODED = {
    "mode": "k.mode", "role": "k.role", "section": "k.section", "activity": "k.activity", "sector": "k.sector", "category": "k.category",
}  # fmt: skip
_ENTITY = {"LEGAL-ENTITY": "k.is_legal_entity", "GEOGRAPHICAL-ENTITY": "NOT k.is_legal_entity"}
_CHANGED: Mapping[Comparator, str] = {
    Comparator.EQ: "(k.changed_at >= {start} AND k.changed_at < {end})",
    Comparator.AP: "(k.changed_at >= {start} AND k.changed_at < {end})",
    Comparator.NE: "(k.changed_at < {start} OR k.changed_at >= {end})",
    Comparator.GT: "k.changed_at >= {end}",
    Comparator.SA: "k.changed_at >= {end}",
    Comparator.GE: "k.changed_at >= {start}",
    Comparator.LT: "k.changed_at < {start}",
    Comparator.EB: "k.changed_at < {start}",
    Comparator.LE: "k.changed_at < {end}",
}

# All that an inactive entry shows, and so all that it is found by.
_OF_INACTIVE = frozenset({Field.ID, Field.CHANGED, Field.ACTIVE, Field.NUMBER, Field.NUMBER_TYPE})


@dataclass(slots=True)
class Statement:
    """One search. parameters: by name."""

    query: DirectoryQuery
    parameters: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"

    def where(self) -> str:
        """The condition of all criteria."""
        conditions = [self._criterion(criterion) for criterion in self.query.criteria]
        if any(criterion.field not in _OF_INACTIVE for criterion in self.query.criteria):
            conditions.append("k.active")
        return " AND ".join(conditions) or "true"

    def _criterion(self, criterion: Criterion) -> str:
        if criterion.field is Field.ID:
            return f"k.{TABLES[self.query.kind][1]} = ANY ({self.bind([str(value) for value in criterion.values])})"
        one = _CONDITIONS[criterion.field]
        alternatives = [one(self, value) for value in criterion.values]
        return f"({' OR '.join(alternatives)})" if alternatives else "false"

    def text(self, column: str, key: str, value: Text, *, keyed: Callable[[str], str] = search_key) -> str:
        """A text in a column, and its searchable form in another."""
        if value.match is Match.EXACT:
            return f"({column} = {self.bind(value.text)} AND {column} <> '')"
        wanted = keyed(value.text)
        if not wanted:
            return "false"
        pattern = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"{key} LIKE {self.bind(('%' if value.match is Match.CONTAINS else '') + pattern + '%')}"


def page_statement(query: DirectoryQuery, columns: str) -> tuple[str, dict[str, Any]]:
    """The rows of a page and one more, in the order of their keys."""
    table, key = TABLES[query.kind]
    statement = Statement(query)
    where = statement.where()
    if query.after is not None:
        where += f" AND k.{key} > {statement.bind(query.after)}"
    limit = statement.bind(query.count + 1)
    # Names of tables and columns are constants.
    sql = f"SELECT {columns} FROM {table} k WHERE {where} ORDER BY k.{key} LIMIT {limit}"  # noqa: S608  as above
    return sql, statement.parameters


def count_statement(query: DirectoryQuery) -> tuple[str, dict[str, Any]]:
    """How many there are; one more than `query.total` when there are more than that."""
    table, _ = TABLES[query.kind]
    statement = Statement(query)
    limit = f" LIMIT {query.total + 1}" if query.total else ""
    sql = f"SELECT count(*) FROM (SELECT FROM {table} k WHERE {statement.where()}{limit}) AS found"  # noqa: S608  as above
    return sql, statement.parameters


def _changed(statement: Statement, value: Value) -> str:
    assert isinstance(value, DateRange)
    return _CHANGED[value.comparator].format(start=statement.bind(value.start), end=statement.bind(value.end))


def _active(statement: Statement, value: Value) -> str:
    return f"k.active = {statement.bind(value)}"


def _number(statement: Statement, value: Value) -> str:
    assert isinstance(value, Number)
    bound = statement.bind(value.value)
    if statement.query.kind is Kind.SITUATION:
        return f"k.situation = {bound}"
    if statement.query.kind is Kind.ORGANIZATION:
        wanted = _NUMBERS.values() if value.register is Register.ANY else [_NUMBERS.get(value.register, "false")]
        return "(" + " OR ".join(each.format(bound) for each in wanted) + ")"
    alone = f"k.number = {bound}"
    return {
        Register.NATIONAL: f"k.person = {bound}",
        Register.RPPS: f"({alone} AND k.number_type = '8')",
        Register.ADELI: f"({alone} AND k.number_type = '0')",
        Register.ANY: f"(k.person = {bound} OR {alone})",
    }.get(value.register, "false")


def _number_type(statement: Statement, value: Value) -> str:
    of_people = value in {Register.RPPS, Register.ADELI}
    if value is not Register.NATIONAL and of_people is (statement.query.kind is Kind.ORGANIZATION):
        return "false"
    return _HAS_NUMBER.get(str(value), "false")


def _code(statement: Statement, value: Value) -> str:
    assert isinstance(value, Coded)
    if statement.query.kind is Kind.PROFESSIONAL:
        letter = _QUALIFICATIONS.get(value.table)
        return "false" if letter is None else f"k.codes @> {statement.bind([f'{letter}|{value.code}'])}"
    if value.table == "entity":
        return _ENTITY.get(value.code, "false")
    return f"{_CODED[value.table]} = {statement.bind(value.code)}"


def _mailbox(statement: Statement, value: Value) -> str:
    assert isinstance(value, Text)
    own = _MAILBOX_OF[statement.query.kind]
    lowered = Text(value.text.lower(), value.match)
    compared = statement.text("m.address", "m.address", lowered, keyed=str.strip)
    column = "organization" if statement.query.kind is Kind.ORGANIZATION else "person"
    # By the mailboxes first: they are fewer than those who may own one.
    return (
        f"(k.active AND k.{column} IN (SELECT m.{column} FROM directory_mailbox m WHERE {compared})"  # noqa: S608  as above
        f" AND EXISTS (SELECT FROM directory_mailbox m WHERE {own} AND {compared}))"
    )


def _named(statement: Statement, value: Value) -> str:
    """Family name, given name, or both in either order; of a structure, its name."""
    assert isinstance(value, Text)
    if statement.query.kind is Kind.ORGANIZATION:
        return statement.text("k.name", "k.name_key", value)
    found = [statement.text("k.family", "k.family_key", value), statement.text("k.given", "k.given_key", value)]
    words = value.text.split()
    if value.match is Match.STARTS and len(words) <= 6:
        for place in range(1, len(words)):
            first, second = Text(" ".join(words[:place])), Text(" ".join(words[place:]))
            for one, other in ((first, second), (second, first)):
                family = statement.text("k.family", "k.family_key", one)
                found.append(f"({family} AND {statement.text('k.given', 'k.given_key', other)})")
    return "(" + " OR ".join(found) + ")"


def _address(statement: Statement, value: Value) -> str:
    assert isinstance(value, Text)
    found = [statement.text("k.city", "k.city_key", value), statement.text("k.postal_code", "k.postal_code", value)]
    if value.match is not Match.STARTS:
        found.append(statement.text("k.street", "k.street", value, keyed=str.upper))
    return "(" + " OR ".join(found) + ")"


def _of(column: str) -> Callable[[Statement, Value], str]:
    return lambda statement, value: f"(k.{column} = {statement.bind(str(value))} AND k.{column} <> '')"


def _texts(column: str, key: str) -> Callable[[Statement, Value], str]:
    def condition(statement: Statement, value: Value) -> str:
        assert isinstance(value, Text)
        return statement.text(f"k.{column}", f"k.{key}", value)

    return condition


_CONDITIONS: Mapping[Field, Callable[[Statement, Value], str]] = {
    Field.CHANGED: _changed,
    Field.ACTIVE: _active,
    Field.NUMBER: _number,
    Field.NUMBER_TYPE: _number_type,
    Field.CODE: _code,
    Field.FAMILY: _texts("family", "family_key"),
    Field.GIVEN: _texts("given", "given_key"),
    Field.NAME: _named,
    Field.MAILBOX: _mailbox,
    Field.PERSON: _of("person"),
    Field.PLACE_OF_WORK: _of("organization"),
    Field.AUTHORITY: _of("authority"),
    Field.ADDRESS: _address,
    Field.CITY: _texts("city", "city_key"),
    Field.POSTAL_CODE: _texts("postal_code", "postal_code"),
    Field.PART_OF: _of("part_of"),
}
