"""What carnet asks of whatever carries its mail."""

from typing import Protocol

from carnet.vocabulary.frozen import frozen


@frozen
class Mail:
    """A mail in plain text, to one person."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Carries mail. Raises when it does not leave: the job then tries again."""

    async def send(self, mail: Mail) -> None: ...
