"""
All the documents of a record that one reader may see, without a database: folded, chosen, counted and paged.

What is hidden from the reader never enters, so that nothing made here can tell of it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from uuid import UUID

from carnet.domain.access.model import AvailabilityStatus, Confidentiality
from carnet.domain.record.browsing.model import Choice, Facets, Listed, Only, Position, ReaderState, Sort
from carnet.domain.record.browsing.words import holds, sought
from carnet.vocabulary.frozen import frozen

_CHOICES_KEPT = 8  # by catalogue: some 150 kB each at 2 000 documents
_LAST = 1e11  # seconds: later than any document; what is subtracted from it sorts the newest first


class Catalogue:
    """
    The documents that a reader may see, the newest first.

    heads: those that stand now; older: by head, what it replaced, the newest first. index: by head, its words, filled when words are sought.
    spelt: by sort, the words that each head is ordered by, filled when that order is asked.
    """

    def __init__(self, entries: Iterable[Listed]) -> None:
        ordered = sorted(entries, key=_position, reverse=True)
        self.by_id = {entry.logical_id: entry for entry in ordered}
        self.heads = tuple(entry for entry in ordered if entry.replaced_by not in self.by_id)
        self.older = _folded(ordered, self.by_id)
        self.arrivals = tuple(sorted(self.heads, key=lambda e: (e.shown_at, e.logical_id), reverse=True))
        self._bytes = {entry.logical_id: entry.logical_id.bytes for entry in self.heads}
        self.keys = frozenset(self._bytes.values())
        self._own = frozenset(self._bytes[entry.logical_id] for entry in self.heads if entry.is_own)
        self.index: dict[UUID, str] | None = None
        self.spelt: dict[Sort, dict[UUID, str]] = {}
        self._chosen: dict[Choice, Chosen] = {}

    def __len__(self) -> int:
        return len(self.by_id)

    @cached_property
    def producers(self) -> dict[str, Listed]:
        """Every producer's token, with the newest document that names them."""
        found: dict[str, Listed] = {}
        for entry in self.heads:
            for token in entry.producers:
                found.setdefault(token, entry)
        return found

    def chosen(self, choice: Choice, state: ReaderState) -> "Chosen":
        """
        The documents of a choice, with the counts of every further choice.

        Takes
            choice: words only once `index` is filled, an order of words only once it is `spelt`.
        """
        asks_of_reader = choice.folder is not None or not choice.only.isdisjoint(_OF_THE_READER)
        if asks_of_reader:
            return self._choose(choice, state)
        choice = replace(choice, words=" ".join(sought(choice.words)))
        found = self._chosen.get(choice)
        if found is None:
            if len(self._chosen) >= _CHOICES_KEPT:
                self._chosen.clear()
            found = self._chosen[choice] = self._choose(choice, state)
        return found

    def _choose(self, choice: Choice, state: ReaderState) -> "Chosen":
        groups = _conditions(choice, state, self.index or {})
        found: list[Listed] = []
        nearly: dict[str, list[Listed]] = {name: [] for name in groups}
        for entry in self.heads:
            missing = [name for name, accepts in groups.items() if not accepts(entry)]
            if not missing:
                found.append(entry)
            elif len(missing) == 1:
                nearly[missing[0]].append(entry)
        return Chosen(
            self._sorted(found, choice.sort),
            nearly,
            names=self._bytes,
            place=self._place(choice.sort),
            descending=choice.sort is Sort.NEWEST,
        )

    def _place(self, sort: Sort) -> "Place":
        """Where a document stands in this order."""
        if sort in {Sort.NEWEST, Sort.OLDEST}:
            return _position
        spelt = self.spelt[sort]
        return lambda entry: (
            f"{spelt[entry.logical_id]}\0{_LAST - entry.created.timestamp():015.3f}",
            entry.logical_id,
        )

    def _sorted(self, entries: list[Listed], sort: Sort) -> list[Listed]:
        return entries if sort is Sort.NEWEST else sorted(entries, key=self._place(sort))

    def facets(self, chosen: "Chosen", state: ReaderState) -> Facets:
        """The counts of every further choice: those kept with the choice, and those of this reader at this moment."""
        only = {
            Only.NEW: _count(chosen.without("only"), lambda entry: is_new(entry, state)),
            Only.UNREAD: self.unread(chosen.keys_without("only"), state),
        }
        in_folders = chosen.keys_without("folder")
        folders = {folder.folder_id: len(in_folders & folder.documents) for folder in state.folders}
        return replace(chosen.facets, only={**chosen.facets.only, **only}, folders=folders)

    def unread(self, keys: frozenset[bytes], state: ReaderState) -> int:
        """How many of these are to be read."""
        left = keys - state.read
        return len(left - self._own) if state.is_person else len(left)


class Chosen:
    """
    What a choice leaves, and what each of its conditions alone keeps out; counts are made once.

    entries: in the order asked. place: where each stands in it. names: the bytes of each id, shared with the catalogue.
    """

    def __init__(
        self, entries: Sequence[Listed], nearly: Mapping[str, Sequence[Listed]], *, names: Mapping[UUID, bytes], place: "Place",
        descending: bool,
    ) -> None:  # fmt: skip
        self.entries, self._nearly, self._names = entries, nearly, names
        self._place, self._descending = place, descending
        self._keys: dict[str, frozenset[bytes]] = {}
        self.facets = Facets(
            families=Counter(entry.family for entry in self.without("family")),
            types=Counter(entry.facts.type_code for entry in self.without("type")),
            years=dict(sorted(Counter(entry.day.year for entry in self.without("year")).items(), reverse=True)),
            producers=Counter(token for entry in self.without("producer") for token in set(entry.producers)),
            only={kind: _count(self.without("only"), accepts) for kind, accepts in _KINDS.items()},
            folders={},
        )

    def without(self, condition: str) -> Sequence[Listed]:
        """The documents that all the other conditions leave, in no order."""
        more = self._nearly.get(condition)
        return [*self.entries, *more] if more else self.entries

    def keys_without(self, condition: str) -> frozenset[bytes]:
        """As `without`, by their ids."""
        name = condition if self._nearly.get(condition) else ""
        if name not in self._keys:
            self._keys[name] = frozenset(self._names[entry.logical_id] for entry in self.without(name))
        return self._keys[name]

    def page(self, after: Position | None, count: int) -> "Slice":
        """One page of them, that starts after this position."""
        start = 0 if after is None else self._first_after(after)
        end = start + count
        before = self._place(self.entries[start - count - 1]) if start > count else None
        return Slice(
            self.entries[start:end],
            number=-(-start // count) + 1,
            pages=max(1, -(-len(self.entries) // count)),
            following=self._place(self.entries[end - 1]) if end < len(self.entries) else None,
            previous=before,
        )

    def _first_after(self, after: Position) -> int:
        """Where the first document stands that comes after this position."""
        low, high = 0, len(self.entries)
        while low < high:
            middle = (low + high) // 2
            place = self._place(self.entries[middle])
            if place < after if self._descending else place > after:
                high = middle
            else:
                low = middle + 1
        return low


@frozen
class Slice:
    """A page. following, previous: the positions that those pages start after."""

    entries: Sequence[Listed]
    number: int
    pages: int
    following: Position | None
    previous: Position | None


def is_new(entry: Listed, state: ReaderState) -> bool:
    """Whether it came into the reader's sight since they were here; what they added themselves is no news."""
    return state.since is not None and entry.shown_at > state.since and not (state.is_person and entry.is_own)


def is_read(entry: Listed, state: ReaderState) -> bool:
    """Whether it is marked as read; what they added themselves needs no reading."""
    return entry.logical_id.bytes in state.read or (state.is_person and entry.is_own)


Place = Callable[[Listed], Position]


def _position(entry: Listed) -> Position:
    return entry.position


def _folded(ordered: Sequence[Listed], by_id: Mapping[UUID, Listed]) -> dict[UUID, tuple[Listed, ...]]:
    """By document that stands now, what it replaced, directly or not."""
    older: dict[UUID, list[Listed]] = {}
    for entry in ordered:
        head, steps = entry, 0
        while head.replaced_by is not None and head.replaced_by in by_id and steps < len(by_id):
            head, steps = by_id[head.replaced_by], steps + 1
        if head is not entry:
            older.setdefault(head.logical_id, []).append(entry)
    return {head: tuple(sorted(line, key=lambda e: e.shown_at, reverse=True)) for head, line in older.items()}


Accepts = Callable[[Listed], bool]

_OF_THE_READER = frozenset({Only.NEW, Only.UNREAD})
_KINDS: Mapping[Only, Accepts] = {
    Only.MASKED: lambda entry: Confidentiality.MASQUE_PS in entry.facts.labels,
    Only.OWN: lambda entry: entry.is_own,
    Only.ARCHIVED: lambda entry: entry.facts.status is AvailabilityStatus.ARCHIVED,
}


def _conditions(choice: Choice, state: ReaderState, index: Mapping[UUID, str]) -> dict[str, Accepts]:
    """What the choice asks, one condition for each of its parts."""
    asked: dict[str, Accepts] = {}
    if wanted := sought(choice.words):
        asked["words"] = lambda entry: holds(index[entry.logical_id], wanted)
    if choice.family is not None:
        asked["family"] = lambda entry: entry.family == choice.family
    if choice.type_code is not None:
        asked["type"] = lambda entry: entry.facts.type_code == choice.type_code
    if choice.producer is not None:
        asked["producer"] = lambda entry: choice.producer in entry.producers
    if choice.year is not None:
        asked["year"] = lambda entry: entry.day.year == choice.year
    if choice.folder is not None:
        held = next((each.documents for each in state.folders if each.folder_id == choice.folder), frozenset())
        asked["folder"] = lambda entry: entry.logical_id.bytes in held
    if choice.only:
        kinds: dict[Only, Accepts] = {
            **_KINDS,
            Only.NEW: lambda entry: is_new(entry, state),
            Only.UNREAD: lambda entry: not is_read(entry, state),
        }
        tests = [kinds[each] for each in choice.only]
        asked["only"] = lambda entry: all(accepts(entry) for accepts in tests)
    elif choice.archived_aside:
        asked["only"] = lambda entry: entry.facts.status is not AvailabilityStatus.ARCHIVED
    return asked


def _count(entries: Iterable[Listed], accepts: Accepts) -> int:
    return sum(map(accepts, entries))
