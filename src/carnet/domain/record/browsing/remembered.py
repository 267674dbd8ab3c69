"""
What a process remembers between two pages: catalogues while their record stands still, and cards of fiches, which never change.

Bounded, in memory only, and never in clear in the database. A catalogue is used again only for the same allowed classes and the same
`facts_version` and last change of every record that it was made from; both are read anew for each page.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from carnet.domain.record.browsing.catalogue import Catalogue
from carnet.domain.record.browsing.model import Card

MAX_DOCUMENTS = 60_000  # in catalogues
MAX_CARDS = 60_000
KEPT = timedelta(hours=1)  # cards of a record, after the last that was added


class Remembered:
    """The memory of one process."""

    def __init__(self, *, max_documents: int = MAX_DOCUMENTS, max_cards: int = MAX_CARDS) -> None:
        self._catalogues: OrderedDict[Hashable, tuple[Hashable, Catalogue]] = OrderedDict()
        self._documents, self._max_documents = 0, max_documents
        self._cards: OrderedDict[UUID, tuple[datetime, dict[UUID, Card]]] = OrderedDict()
        self._cards_kept, self._max_cards = 0, max_cards

    def catalogue(self, place: Hashable, stamp: Hashable) -> Catalogue | None:
        """The catalogue kept for this place, if it was made at this stamp."""
        found = self._catalogues.get(place)
        if found is None or found[0] != stamp:
            return None
        self._catalogues.move_to_end(place)
        return found[1]

    def keep(self, place: Hashable, stamp: Hashable, made: Catalogue) -> None:
        """Keep a catalogue in the place of the one before; the least used make room."""
        self._forget(place)
        if len(made) > self._max_documents:
            return
        self._catalogues[place] = (stamp, made)
        self._documents += len(made)
        while self._documents > self._max_documents:
            self._forget(next(iter(self._catalogues)))

    def _forget(self, place: Hashable) -> None:
        found = self._catalogues.pop(place, None)
        if found is not None:
            self._documents -= len(found[1])

    def cards(self, patient_id: UUID) -> Mapping[UUID, Card]:
        """The cards known of a record, by document."""
        found = self._cards.get(patient_id)
        return {} if found is None else found[1]

    def keep_cards(self, patient_id: UUID, cards: Mapping[UUID, Card], *, at: datetime) -> Mapping[UUID, Card]:
        """
        Keep cards of a record with those known before; the old ones go, then the oldest to make room.

        Gives
            all those of the record, kept or not.
        """
        known = {**self._drop_cards(patient_id), **cards}
        self._cards[patient_id] = (at, known)
        self._cards_kept += len(known)
        while self._cards:
            oldest, (used_at, _) = next(iter(self._cards.items()))
            if self._cards_kept <= self._max_cards and used_at > at - KEPT:
                break
            self._drop_cards(oldest)
        return known

    def _drop_cards(self, patient_id: UUID) -> dict[UUID, Card]:
        found = self._cards.pop(patient_id, None)
        if found is None:
            return {}
        self._cards_kept -= len(found[1])
        return found[1]
