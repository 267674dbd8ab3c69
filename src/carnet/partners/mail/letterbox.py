"""The mail of the demonstration: kept to be read at /demo/courrier, never sent. It cannot start in production mode (app.py)."""

from carnet.domain.demo import letters_sql
from carnet.partners.mail.port import Mail
from carnet.storage.database import Database
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen


@frozen
class DemoLetterbox:
    database: Database
    clock: Clock

    async def send(self, mail: Mail) -> None:
        async with self.database.connection() as connection:
            await letters_sql.keep(connection, mail.to, mail.subject, mail.text, at=self.clock())
