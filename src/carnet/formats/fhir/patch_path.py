"""
The few FHIRPath expressions that a patch of a DocumentReference needs: elements, indexes, `where`, `extension`, `exists`, `first`.

A closed grammar of our own rather than a whole engine: what it does not know is refused, and nothing a client sends is computed.
Source: FHIRPath 2.0 (§4.1 paths, §5.2 filtering); FHIR R4 §2.9.1.3 (restricted subset for patches); PDSm flux 3 for the forms in use.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from carnet.domain.errors import Invalid
from carnet.vocabulary.frozen import frozen

ROOT = "DocumentReference"
MAX_CHARACTERS = 1000
_MAX_DEPTH = 4

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\['\\])*')|(?P<name>[A-Za-z_]\w*)|(?P<number>\d{1,6})|(?P<mark>[.()\[\]=$]))"
)

# Where an element stands in the document: names and positions from its root.
Location = tuple[str | int, ...]


@frozen
class Member:
    """An element by its name; `value` is any `value[x]`."""

    name: str


@frozen
class At:
    """The one at this position."""

    index: int


@frozen
class Where:
    """Those for which every test holds."""

    tests: tuple["Test", ...]


@frozen
class Test:
    """Some element of this path has this value; None: some element is there."""

    steps: tuple["Step", ...]
    value: str | bool | None


Step = Member | At | Where


def parse_path(text: str, *, place: str) -> tuple[Step, ...]:
    """
    Steps from the resource.

    Raises
    ------
        Invalid: `patch-path`: not an expression of this grammar, or not from DocumentReference.
    """
    return _Parser(text, place).path()


class _Parser:
    def __init__(self, text: str, place: str) -> None:
        self._place = place
        self._tokens = self._read(text)
        self._position = 0

    def path(self) -> tuple[Step, ...]:
        if self._next("name") != ROOT:
            raise self._fault()
        steps = self._steps(0)
        if self._position < len(self._tokens):
            raise self._fault()
        return steps

    def _read(self, text: str) -> list[tuple[str, str]]:
        if len(text) > MAX_CHARACTERS:
            raise self._fault()
        found, position = [], 0
        text = text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise self._fault()
            found.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        return found

    def _fault(self) -> Invalid:
        return Invalid("patch-path", expression=self._place)

    def _is(self, token: str) -> bool:
        return self._position < len(self._tokens) and self._tokens[self._position][1] == token

    def _next(self, kind: str, wanted: str | None = None) -> str:
        if self._position >= len(self._tokens):
            raise self._fault()
        found, text = self._tokens[self._position]
        if found != kind or (wanted is not None and text != wanted):
            raise self._fault()
        self._position += 1
        return text

    def _steps(self, depth: int) -> tuple[Step, ...]:
        """What follows an element: indexes and members."""
        steps: list[Step] = []
        while True:
            if self._is("["):
                self._next("mark", "[")
                steps.append(At(int(self._next("number"))))
                self._next("mark", "]")
            elif self._is("."):
                self._next("mark", ".")
                steps.extend(self._member(depth))
                if steps[-1:] == [_EXISTS]:
                    return tuple(steps)
            else:
                return tuple(steps)

    def _member(self, depth: int) -> list[Step]:
        name = self._next("name")
        if not self._is("("):
            return [Member(name)]
        self._next("mark", "(")
        steps: list[Step]
        match name:
            case "where":
                steps = [Where(self._tests(depth))]
            case "extension":
                steps = [Member("extension"), Where((Test((Member("url"),), _text(self._next("text"))),))]
            case "first":
                steps = [At(0)]
            case "exists" if depth:
                steps = [_EXISTS] if self._is(")") else [Where(self._tests(depth)), _EXISTS]
            case "as" | "ofType":
                self._next("name")
                steps = []
            case _:
                raise self._fault()
        self._next("mark", ")")
        return steps

    def _tests(self, depth: int) -> tuple[Test, ...]:
        if depth >= _MAX_DEPTH:
            raise self._fault()
        tests = [self._test(depth + 1)]
        while self._is("and"):
            self._next("name", "and")
            tests.append(self._test(depth + 1))
        return tuple(tests)

    def _test(self, depth: int) -> Test:
        if self._is("$"):
            self._next("mark", "$")
            self._next("name", "this")
            steps = self._steps(depth)
        else:
            steps = (*self._member(depth), *self._steps(depth))
        if steps[-1:] == (_EXISTS,):
            return Test(steps[:-1], None)
        self._next("mark", "=")
        if self._is("true") or self._is("false"):
            return Test(steps, self._next("name") == "true")
        return Test(steps, _text(self._next("text")))


_EXISTS = Member("exists()")


def _text(token: str) -> str:
    return token[1:-1].replace("\\'", "'").replace("\\\\", "\\")


def find(document: Any, steps: Sequence[Step]) -> list[Location]:
    """Where the elements of this path stand, in order."""
    found: list[Location] = [()]
    for step in steps:
        found = list(_follow(document, found, step))
    return found


def at(document: Any, location: Location) -> Any:
    """The element that stands there."""
    node = document
    for key in location:
        node = node[key]
    return node


def _follow(document: Any, locations: Sequence[Location], step: Step) -> Iterator[Location]:
    match step:
        case At(index):
            yield from locations[index : index + 1]
        case Where(tests):
            for location in locations:
                node = at(document, location)
                if all(_holds(node, test) for test in tests):
                    yield location
        case Member(name):
            for location in locations:
                yield from _members(at(document, location), location, name)


def _members(node: Any, location: Location, name: str) -> Iterator[Location]:
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == name or (name == "value" and key.startswith("value") and key != "value"):
            if isinstance(value, list):
                yield from ((*location, key, index) for index in range(len(value)))
            else:
                yield (*location, key)


def _holds(node: Any, test: Test) -> bool:
    found = (at(node, location) for location in find(node, test.steps))
    if test.value is None:
        return any(True for _ in found)
    return any(value is test.value if isinstance(test.value, bool) else value == test.value for value in found)
