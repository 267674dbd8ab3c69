"""
What the citizen is told of without having asked: a kind and the event that tells the rest, never a text.

An act asks for it in its own transaction; a job writes it. Source: documents.md §7 (bris de glace: notified to the patient);
services.md §1 (notification at the first consultation by a professional); official-app 2.8 (« the person is told by mail and notification »).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.vocabulary.frozen import frozen

NOTICE_JOB = "notify-citizen"
TOLD_ONCE = timedelta(hours=1)  # an emergency that reads ten documents is one thing to be told


class NoticeKind(StrEnum):
    EMERGENCY_ACCESS = "emergency-access"
    REGULATION_ACCESS = "regulation-access"
    FIRST_ACCESS = "first-access"  # by a professional who had not opened the record before
    PRIMARY_CARE_DOCTOR_DECLARED = "primary-care-doctor-declared"
    REPORT_ANSWERED = "report-answered"  # what the citizen said of an access


# Told whatever the citizen chose. Source: documents.md §7: the access in an emergency is notified to the patient.
COMPULSORY = frozenset({NoticeKind.EMERGENCY_ACCESS})


@frozen
class Notice:
    """
    about: PS_IdNat or Struct_IdNat of the one who acted; of REPORT_ANSWERED, the id of the report; or an empty string. is_secret: of an act in a secret connection, which legal
    representatives are not told of.
    """

    kind: NoticeKind
    event_id: UUID
    occurred_at: datetime
    about: str
    is_secret: bool = False

    @property
    def payload(self) -> dict[str, Any]:
        """As a job carries it: identifiers only."""
        return {
            "kind": self.kind,
            "event": str(self.event_id),
            "at": self.occurred_at.isoformat(),
            "about": self.about,
            "secret": self.is_secret,
        }

    @staticmethod
    def of(payload: Mapping[str, Any]) -> "Notice":
        return Notice(
            NoticeKind(payload["kind"]),
            UUID(payload["event"]),
            datetime.fromisoformat(payload["at"]),
            payload["about"],
            bool(payload.get("secret")),
        )


@frozen
class KeptNotice:
    """read_at: when the citizen read it, or None."""

    notice_id: UUID
    notice: Notice
    read_at: datetime | None


_TOLD = {
    Purpose.NORMAL: NoticeKind.FIRST_ACCESS,
    Purpose.EMERGENCY: NoticeKind.EMERGENCY_ACCESS,
    Purpose.REGULATION: NoticeKind.REGULATION_ACCESS,
}


def notice_of_access(actor: Actor, event_id: UUID, at: datetime) -> Notice | None:
    """
    What the citizen is told of an access; None of one by anyone but a professional.

    FIRST_ACCESS is for the store to ask for only when it is the first: whether it is, the statement that traces the access knows.
    """
    if actor.kind is not ActorKind.PROFESSIONAL:
        return None
    about = actor.person or actor.organization or ""
    return Notice(_TOLD[actor.purpose], event_id, at, about, actor.secret_connection)
