"""
What is asked of INSi and what it answers, as values.

Source: identity-and-messaging.md §1.5 (CNAM, GIE SESAM-Vitale: WS_INS2, « recherche par traits »).
"""

from datetime import datetime
from uuid import UUID

from carnet.domain.people.model import FormerIns, Sex
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

# Where a place of birth would be written in a question was not found in a public source: as the answer names it, and a setting.
BIRTH_PLACE_ELEMENT = "LieuNaissance"


@frozen
class Question:
    """
    The traits of one person, normalised as the boundary wants them (`normalise_name`).

    given_names: the first given name, or several separated by spaces. birth_date: ISO `YYYY-MM-DD`. sex: M or F. birth_place: COG code, or None.
    """

    birth_name: str
    given_names: str
    sex: Sex
    birth_date: str
    birth_place: str | None = None


@frozen
class Caller:
    """
    The software that asks, as the headers `ContexteBAM` and `ContexteLPS` name it.

    emitter: of the messages. idam: authorisation number given by the CNDA. instance: of this installation.
    """

    emitter: str
    idam: str
    name: str
    version: str
    instance: UUID


@frozen
class Envelope:
    """What one message needs beside its question: three identifiers that serve once, and the instant, aware."""

    message_id: UUID
    bam_id: UUID
    lps_id: UUID
    at: datetime


@frozen
class Individual:
    """
    Someone whom INSi knows, as it tells them; nothing is normalised again (EXI REC 07).

    given_names: the list; INSi does not say where the first one ends. former: as given, dates in any order. birth_place: COG code, or None.
    """

    ins: Ins
    birth_name: str
    given_names: str
    sex: Sex
    birth_date: str
    birth_place: str | None = None
    former: tuple[FormerIns, ...] = ()


@frozen
class NoneFound:
    """Return code 01."""


@frozen
class SeveralFound:
    """Return code 02: nothing is told of them."""


Answer = Individual | NoneFound | SeveralFound
