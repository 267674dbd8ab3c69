"""
Mail of accounts: codes, and what changed in the means of someone. Each job finds by itself whether there is anyone to write to: the
request that asked for it did the same work in every case.
"""

import logging
from collections.abc import Mapping
from uuid import UUID

from carnet.domain.accounts.activation import provisional_codes
from carnet.domain.accounts.means import steps
from carnet.domain.accounts.means.choosing import FORMER_JOB, MAIL_JOB
from carnet.domain.accounts.means.model import Step
from carnet.domain.accounts.means.parts import TELL_JOB, Accounts, held_record, trace
from carnet.domain.accounts.means.reading import account_of
from carnet.domain.accounts.means.signing_in import CODE_JOB, NEW_DEVICE, REFUSED_JOB
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit.model import EventType
from carnet.jobs.worker import Handler
from carnet.partners.mail.port import Mail, Mailer
from carnet.storage.outbox import Job
from carnet.vocabulary.frozen import frozen
from carnet.web.wording.mails import account_word, mail_text

_log = logging.getLogger("carnet.jobs")
_MAILS: Mapping[str, str] = {
    EventType.SIGN_IN_MEANS_SET: "means-set",
    EventType.SIGN_IN_MEANS_REMOVED: "means-removed",
    EventType.CONTACT_CHANGED: "contact-changed",
    EventType.PROVISIONAL_CODE_MADE: "code-handed",
    NEW_DEVICE: "new-device",
}
_SOMEONE = Actor(ActorKind.ANONYMOUS, "Quelqu’un", authentication=Authentication("password"))
_ASKER = Actor(
    ActorKind.ANONYMOUS, "Quelqu’un qui connaît le matricule et la carte", authentication=Authentication("card")
)


@frozen
class AccountMail:
    """
    mailer: None when the operator set none: nothing is sent, and no page offers mail. oids: registers whose matricules are known here.
    """

    accounts: Accounts
    mailer: Mailer | None
    oids: frozenset[str]

    def handlers(self) -> dict[str, Handler]:
        return {
            CODE_JOB: self.send_sign_in_code,
            REFUSED_JOB: self.tell_refused,
            MAIL_JOB: self.send_address_code,
            FORMER_JOB: self.tell_former_address,
            TELL_JOB: self.tell,
            provisional_codes.SEND_JOB: self.send_provisional_code,
            provisional_codes.ASKED_JOB: self.answer_request,
        }

    async def send_sign_in_code(self, job: Job) -> None:
        """The code of a sign-in, when the first proof was right and there is an address."""
        step = await self._step(job)
        if step is None or step.patient_id is None or not step.state["right"]:
            return
        await self._to_holder(step.patient_id, "sign-in-code", code=step.state["code"], minutes=str(self._minutes()))

    async def tell_refused(self, job: Job) -> None:
        """A sign-in by this name was refused: its holder can read it in their trail, and is written to when their password was known."""
        async with self.accounts.database.transaction() as tx:
            step = await steps.step_of_digest(
                tx, bytes.fromhex(job.payload["step"]), keys=self.accounts.keys, at=self.accounts.clock(), over=True
            )
            if step is None or step.patient_id is None:
                return
            held = await held_record(tx, step.patient_id, self.accounts.clock())
            await trace(tx, held, EventType.SIGN_IN_REFUSED, actor=_SOMEONE, accounts=self.accounts, tell=False)
        if step.state["right"] and job.payload["over"]:
            await self._to_holder(step.patient_id, "sign-in-refused")

    async def send_address_code(self, job: Job) -> None:
        """The code that confirms an address, to that address."""
        step = await self._step(job)
        if step is not None:
            await self._send(step.state["mail"], "address-code", code=step.state["code"], minutes=str(self._minutes()))

    async def tell_former_address(self, job: Job) -> None:
        """An address is told that it is no longer the one of an account; then it is forgotten."""
        digest = bytes.fromhex(job.payload["step"])
        step = await self._step(job)
        if step is not None:
            await self._send(step.state["mail"], "mail-gone")
            async with self.accounts.database.transaction() as tx:
                await steps.forget_step(tx, digest)

    async def tell(self, job: Job) -> None:
        """What changed in the means or in the contact of someone."""
        code = _MAILS.get(job.payload["event"])
        if code is None:
            return
        await self._to_holder(
            job.patient_id, code, means=account_word(job.payload.get("means", "")),
            contact=account_word(job.payload.get("what", "")),
        )  # fmt: skip

    async def send_provisional_code(self, job: Job) -> None:
        """A provisional code, to the address that the insurance register knows; it is kept no longer than that."""
        code_id = UUID(job.payload["code"])
        async with self.accounts.database.connection() as connection:
            found = await provisional_codes.code_to_send(connection, job.patient_id, code_id, accounts=self.accounts)
        if found is None or self.mailer is None:
            return
        address, code = found
        days = str(self.accounts.terms.code_validity.days)
        await self._send(address, "provisional-code", code=code, days=days)
        async with self.accounts.database.transaction() as tx:
            at = self.accounts.clock()
            await provisional_codes.mark_sent(tx, job.patient_id, code_id, accounts=self.accounts, at=at)

    async def answer_request(self, job: Job) -> None:
        """Another code was asked for by matricule and card."""
        at = self.accounts.clock()
        async with self.accounts.database.transaction() as tx:
            step = await steps.step_of_digest(tx, bytes.fromhex(job.payload["step"]), keys=self.accounts.keys, at=at)
            if step is not None:
                await provisional_codes.answer_request(
                    tx, step, oids=self.oids, actor=_ASKER, accounts=self.accounts, at=at
                )

    def _minutes(self) -> int:
        return int(self.accounts.terms.one_time_validity.total_seconds()) // 60

    async def _step(self, job: Job) -> Step | None:
        async with self.accounts.database.connection() as connection:
            digest = bytes.fromhex(job.payload["step"])
            return await steps.step_of_digest(connection, digest, keys=self.accounts.keys, at=self.accounts.clock())

    async def _to_holder(self, patient_id: UUID, mail: str, **facts: str) -> None:
        async with self.accounts.database.connection() as connection:
            account = await account_of(connection, patient_id, accounts=self.accounts)
        if account is not None and account.mail is not None:
            await self._send(account.mail, mail, **facts)

    async def _send(self, to: str, mail: str, **facts: str) -> None:
        if self.mailer is None:
            _log.warning("a mail was not sent: CARNET_SMTP_URL is not set")
            return
        subject, text = mail_text(mail, {"site": self.accounts.terms.site, **facts})
        await self.mailer.send(Mail(to, subject, text))
