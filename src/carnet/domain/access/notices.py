"""
What the citizen is told of without having asked: a kind and the event that tells the rest, never a text.

An act asks for it in its own transaction; a job writes it. Source: documents.md §7 (bris de glace: notified to the patient);
official-app 2.8 (« the person is told by mail and notification »).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from carnet.domain.actor import Actor, Purpose

NOTICE_JOB = "notify-citizen"
TOLD_ONCE = timedelta(hours=1)  # an emergency that reads ten documents is one thing to be told


class NoticeKind(StrEnum):
    EMERGENCY_ACCESS = "emergency-access"
    REGULATION_ACCESS = "regulation-access"
    PRIMARY_CARE_DOCTOR_DECLARED = "primary-care-doctor-declared"


@dataclass(frozen=True, slots=True)
class Notice:
    """about: PS_IdNat or Struct_IdNat of the one who acted, or an empty string."""

    kind: NoticeKind
    event_id: UUID
    occurred_at: datetime
    about: str

    @property
    def payload(self) -> dict[str, Any]:
        """As a job carries it: identifiers only."""
        return {
            "kind": self.kind,
            "event": str(self.event_id),
            "at": self.occurred_at.isoformat(),
            "about": self.about,
        }

    @staticmethod
    def of(payload: Mapping[str, Any]) -> "Notice":
        return Notice(
            NoticeKind(payload["kind"]),
            UUID(payload["event"]),
            datetime.fromisoformat(payload["at"]),
            payload["about"],
        )


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """read_at: when the citizen read it, or None."""

    notice_id: UUID
    notice: Notice
    read_at: datetime | None


_TOLD = {Purpose.EMERGENCY: NoticeKind.EMERGENCY_ACCESS, Purpose.REGULATION: NoticeKind.REGULATION_ACCESS}


def notice_of_access(actor: Actor, event_id: UUID, at: datetime) -> Notice | None:
    """What the citizen is told of an access; None of an ordinary one."""
    kind = _TOLD.get(actor.purpose)
    return None if kind is None else Notice(kind, event_id, at, actor.person or actor.organization or "")
