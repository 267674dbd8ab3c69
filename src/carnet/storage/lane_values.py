"""Statements and values of the lanes as the protocol of PostgreSQL wants them: numbered parameters, in binary."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct
from typing import Any
from uuid import UUID

from psycopg.pq import Format

Values = Mapping[str, Any]

_NAMED = re.compile(r"%\((\w+)\)[sb]")


@lru_cache(maxsize=1024)
def numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """The statement with `$n` for its names, and the names in that order."""
    names: dict[str, str] = {}
    query = _NAMED.sub(lambda found: names.setdefault(found[1], f"${len(names) + 1}"), statement)
    return query, tuple(names)


def dumped(names: Sequence[str], values: Values) -> tuple[tuple[int, ...], list[bytes | None], list[Format]]:
    """Types, values and formats of the parameters. A null and an empty list have no type of their own: PostgreSQL infers it."""
    oids = [0] * len(names)
    params: list[bytes | None] = [None] * len(names)
    formats = [Format.BINARY] * len(names)
    for n, name in enumerate(names):
        value = values[name]
        dumper = _DUMPERS.get(value.__class__)
        if dumper is not None:
            oids[n] = dumper[0]
            params[n] = dumper[2](value)
        elif value is None:
            pass
        elif value.__class__ is not list:
            oids[n], _, dump = _dumper(value)
            params[n] = dump(value)
        elif value:
            oids[n], params[n] = _dumped_list(value)
        else:
            params[n], formats[n] = b"{}", Format.TEXT
    return tuple(oids), params, formats


Dumper = tuple[int, int, Callable[[Any], bytes]]

_INT8 = Struct("!q").pack
_LENGTH = Struct("!i").pack
_ARRAY = Struct("!iiIii").pack  # dimensions, whether it has nulls, type of the items, their number, first index
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def _timestamp(value: datetime) -> bytes:
    since = value - _EPOCH
    return _INT8((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


# OID of the type, of its array, and the binary form (catalogue of PostgreSQL: pg_type.dat).
_DUMPERS: dict[type, Dumper] = {
    bool: (16, 1000, lambda value: b"\x01" if value else b"\x00"),
    bytes: (17, 1001, bytes),
    int: (20, 1016, _INT8),
    str: (25, 1009, str.encode),
    datetime: (1184, 1185, _timestamp),
    UUID: (2950, 2951, lambda value: value.bytes),
}


def _dumper(value: Any) -> Dumper:
    found = _DUMPERS.get(value.__class__)
    if found is None:  # an enumeration, a subclass: once for each class
        for kind, dumper in list(_DUMPERS.items()):
            if isinstance(value, kind):
                found = _DUMPERS[value.__class__] = dumper
                break
        else:
            raise TypeError(value.__class__.__name__)
    return found


def _dumped_list(values: list[Any]) -> tuple[int, bytes]:
    oid, array, dump = _dumper(values[0])
    parts = [_ARRAY(1, 0, oid, len(values), 1)]
    for value in values:
        data = dump(value)
        parts += (_LENGTH(len(data)), data)
    return array, b"".join(parts)
