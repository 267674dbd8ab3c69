"""People with accounts, and the post that carries their codes."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tests.doors.world import Person, World

from carnet.app import Carnet
from carnet.domain.accounts.activation import provisional_codes
from carnet.domain.accounts.means import choosing
from carnet.domain.accounts.means.model import Channel, Origin
from carnet.domain.accounts.means.parts import Accounts
from carnet.domain.accounts.means.reading import account_of
from carnet.domain.actor import SYSTEM, Actor, ActorKind, Authentication
from carnet.jobs.account_mail import AccountMail
from carnet.jobs.worker import Worker
from carnet.partners.mail.port import Mail
from carnet.vocabulary.clock import system_clock

HOME = Origin("192.0.2.1")
AWAY = Origin("198.51.100.7")
PASSWORD = "trois chats sur un mur"
CARD = "80012345678"


@dataclass
class Postman:
    """Keeps what it is given."""

    mails: list[Mail] = field(default_factory=list)

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)

    def code(self) -> str:
        """Of the last mail that has one."""
        found = (re.search(r" : ([0-9A-Z-]{6,})\n", mail.text) for mail in reversed(self.mails))
        return next(each[1] for each in found if each is not None)


@dataclass
class Desk:
    """The accounts of a test: a clock that is moved, and a postman."""

    carnet: Carnet
    world: World
    now: datetime = field(default_factory=system_clock)
    postman: Postman = field(default_factory=Postman)

    @property
    def accounts(self) -> Accounts:
        return replace(self.carnet.accounts, clock=lambda: self.now)

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    async def post(self) -> None:
        """Do what was asked of the jobs."""
        mail = AccountMail(self.accounts, self.postman, self.carnet.services.receiving_terms.oids)
        worker = Worker(
            self.carnet.database,
            handlers=mail.handlers(),
            clock=lambda: max(self.now, system_clock()) + timedelta(seconds=1),
        )
        await worker.run_due()

    def actor(self, person: Person) -> Actor:
        return Actor(
            ActorKind.CITIZEN, "Louise Essai", ins=person.ins, authentication=Authentication("provisional-code")
        )

    async def insured(self, person: Person, *, mail: str | None = None, address: tuple[str, ...] = ()) -> None:
        """What the insurance register says of them."""
        async with self.carnet.database.transaction() as tx:
            await provisional_codes.keep_contact(
                tx, person.patient_id, cards=[CARD], mail=mail, address=address, accounts=self.accounts, at=self.now
            )

    async def provisional_code(self, person: Person, channel: Channel = Channel.HAND) -> str | None:
        async with self.carnet.database.transaction() as tx:
            made = await provisional_codes.make_code(
                tx, person.patient_id, channel=channel, actor=SYSTEM, accounts=self.accounts, at=self.now
            )
        return made.code

    async def activated(self, person: Person, *, mail: str | None = None, password: str | None = PASSWORD) -> str:
        """Give them an account; gives its identifier."""
        actor, patient = self.actor(person), person.patient_id
        async with self.carnet.database.transaction() as tx:
            await choosing.begin_account(
                tx, patient, names=("Louise", "Essai"), actor=actor, accounts=self.accounts, at=self.now
            )
        if password is not None:
            await choosing.set_password(patient, password, personal=(), actor=actor, accounts=self.accounts)
        if mail is not None:
            token = await choosing.begin_mail(patient, mail, origin=HOME, accounts=self.accounts)
            await self.post()
            await choosing.confirm_mail(patient, token, self.postman.code(), actor=actor, accounts=self.accounts)
            await self.post()
        async with self.carnet.database.connection() as connection:
            account = await account_of(connection, patient, accounts=self.accounts)
        assert account is not None
        return account.identifier

    async def totp(self, person: Person) -> str:
        """Set up codes by application; gives the secret."""
        import pyotp

        token, secret = await choosing.begin_totp(person.patient_id, accounts=self.accounts)
        await choosing.confirm_totp(
            person.patient_id, token, pyotp.TOTP(secret).at(self.now), actor=self.actor(person), accounts=self.accounts
        )
        self.later(minutes=1)
        return secret
