"""What someone types to be recognised, and what they decide once they are."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from carnet.domain.accounts.means.codes import typed
from carnet.domain.accounts.means.model import Channel
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import Invalid
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import key_of

_MATRICULE, _NUMBER = 15, 13
_CARD = (8, 13)  # figures of a carte Vitale number: 11 with a photograph, 8 to 13 without (official-app.md §2.1)


class Decision(StrEnum):
    """What one may decide of one's record; both ways take as many steps."""

    OPEN = "open"
    OPPOSE = "oppose"


@frozen
class Recognition:
    """What was typed: matricule with its key, provisional code, number of the card; read leniently."""

    matricule: str
    code: str
    card: str

    @staticmethod
    def of(matricule: str, code: str, card: str) -> "Recognition":
        """
        Raises
            Invalid: `matricule-typed`, `card-typed`: what cannot be one, so that a slip is told beside its field.
        """
        return Recognition(read_matricule(matricule), typed(code), read_card(card))


def read_matricule(text: str) -> str:
    """15 characters; the key is added when only the number was typed. Raises Invalid: `matricule-typed`."""
    found = typed(text)
    try:
        if len(found) == _NUMBER:
            return f"{found}{key_of(found):02d}"
        if len(found) == _MATRICULE and found[0].isdigit() and found[-2:].isdigit():
            key_of(found[:_NUMBER])
            return found
    except ValueError:
        pass
    raise Invalid("matricule-typed")


def read_card(text: str) -> str:
    """Figures of the card's number. Raises Invalid: `card-typed`."""
    found = typed(text)
    if not found.isdecimal() or not _CARD[0] <= len(found) <= _CARD[1]:
        raise Invalid("card-typed")
    return found


@frozen
class Recognised:
    """
    Someone recognised, who has not decided yet.

    has_account: they had means of sign-in, which the code replaces. announced_at: when they were told; None when nobody told them.
    """

    patient_id: UUID
    status: RecordStatus
    has_account: bool
    announced_at: datetime | None


@frozen
class CodeToPost:
    """
    A provisional code that waits for its letter.

    lines: name and address, a line each; empty when the register gave none.
    """

    patient_id: UUID
    code_id: UUID
    code: str
    lines: tuple[str, ...]


@frozen
class CodeMade:
    """channel: by which way it leaves. code: for who hands it over; None when it leaves by itself."""

    code_id: UUID
    channel: Channel
    code: str | None
