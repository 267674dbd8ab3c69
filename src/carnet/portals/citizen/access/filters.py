"""What a person asks of their history: by whom, which kind of act, when; kept in sealed state, never in an address in clear."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

from carnet.domain.actor import ActorKind, Purpose
from carnet.domain.audit.model import EventType, Outcome
from carnet.domain.directory.names import search_key
from carnet.domain.record.history.model import Criteria, Span, TrailQuery
from carnet.vocabulary.frozen import frozen

_OTHERS = frozenset(ActorKind) - {ActorKind.CITIZEN, ActorKind.SYSTEM}
_OPENED = 2_000  # for one page: one's own acts are most of a trail, and others' are what one looks for
_URGENT = frozenset({Purpose.EMERGENCY, Purpose.REGULATION})


@frozen
class Whom:
    label: str
    kinds: frozenset[ActorKind] | None = None
    purposes: frozenset[Purpose] | None = None


# The chips of the page, in their order; the first is what is shown when nothing is asked.
WHOM: Mapping[str, Whom] = {
    "autres": Whom("Les autres que vous", _OTHERS),
    "soignants": Whom("Professionnels", frozenset({ActorKind.PROFESSIONAL})),
    "structures": Whom("Structures et logiciels", frozenset({ActorKind.ORGANIZATION, ActorKind.PRODUCER, ActorKind.APPLICATION, ActorKind.IDENTITY_SOURCE})),
    "proches": Whom("Vos représentants", frozenset({ActorKind.GUARDIAN, ActorKind.CARER, ActorKind.MEDIATOR})),
    "urgence": Whom("En urgence seulement", None, _URGENT),
    "vous": Whom("Vous", frozenset({ActorKind.CITIZEN})),
    "tout": Whom("Tout"),
}  # fmt: skip

_READ = frozenset({
    EventType.DOCUMENT_READ, EventType.DOCUMENTS_LISTED, EventType.FICHE_READ, EventType.TRAIL_READ, EventType.AUTHORISATIONS_READ,
    EventType.RECORD_LOOKED_UP, EventType.IDENTITY_READ, EventType.IDENTITY_MATCHED, EventType.RECORD_SIMULATED, EventType.NOTICES_READ,
})  # fmt: skip
_FILED = frozenset({EventType.DOCUMENTS_FILED, EventType.DEPOSIT_REFUSED})
_RIGHTS = frozenset(each for each in EventType if each.startswith(("grant-", "block-", "primary-care-", "emergency-", "regulation-", "feeding-", "category-", "representative-", "notices-chosen")) or each in {EventType.DOCUMENT_HIDDEN, EventType.DOCUMENT_SHOWN})  # fmt: skip
_CHANGED = frozenset(each for each in EventType if each.startswith("document-")) - {EventType.DOCUMENT_READ, EventType.DOCUMENT_HIDDEN, EventType.DOCUMENT_SHOWN}  # fmt: skip

ACTS: Mapping[str, tuple[str, frozenset[EventType] | None]] = {
    "": ("Tous les actes", None),
    "lectures": ("Lire ou consulter", _READ),
    "depots": ("Ajouter un document", _FILED),
    "documents": ("Masquer, montrer, archiver ou supprimer un document", _CHANGED),
    "droits": ("Décider qui a accès", _RIGHTS),
    "refus": ("Tentatives refusées", None),
}


@frozen
class Filters:
    """since, until: days, both included. words: beginnings of names. after: the last event of the page before."""

    whom: str = "autres"
    act: str = ""
    since: date | None = None
    until: date | None = None
    words: str = ""
    after: UUID | None = None

    @staticmethod
    def of(state: Mapping[str, Any]) -> "Filters":
        """From sealed state; what is no longer known is left out."""
        whom, act = str(state.get("w") or "autres"), str(state.get("a") or "")
        return Filters(
            whom if whom in WHOM else "autres", act if act in ACTS else "", _day(state.get("s")), _day(state.get("u")),
            str(state.get("n") or ""), UUID(str(state["x"])) if state.get("x") else None,
        )  # fmt: skip

    @property
    def state(self) -> dict[str, Any]:
        kept = {
            "w": self.whom, "a": self.act, "s": None if self.since is None else self.since.isoformat(),
            "u": None if self.until is None else self.until.isoformat(), "n": self.words, "x": None if self.after is None else str(self.after),
        }  # fmt: skip
        return {name: value for name, value in kept.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """More than one of the chips was asked."""
        return bool(self.act or self.since or self.until or self.words)

    def first_page(self, **changes: Any) -> "Filters":
        return replace(self, after=None, **changes)

    def query(self, zone: tzinfo, *, count: int) -> TrailQuery:
        whom, (_, types) = WHOM[self.whom], ACTS[self.act]
        words = search_key(self.words).split()
        criteria = Criteria(anyone=tuple(frozenset({word}) for word in words), kinds=whom.kinds, purposes=whom.purposes)
        until = None if self.until is None else self.until + timedelta(days=1)
        return TrailQuery(
            recorded=Span(_midnight(self.since, zone), _midnight(until, zone)), types=types,
            outcomes=frozenset({Outcome.REFUSED}) if self.act == "refus" else None, criteria=criteria, count=count, after=self.after, opens_at_most=_OPENED,
        )  # fmt: skip

    def parameters(self) -> str:
        """Names of what was asked, for the trace: never the words."""
        asked = {
            "qui": self.whom != "autres",
            "acte": self.act,
            "depuis": self.since,
            "jusque": self.until,
            "nom": self.words,
        }
        return " ".join(name for name, value in asked.items() if value)


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, zone)


def _day(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) and text else None
