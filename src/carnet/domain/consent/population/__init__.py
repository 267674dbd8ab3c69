"""
Take a population file, a batch of lines at a time: the same outcome as `receive_identity` line by line, at the pace of a country.

Most lines are new people, written by COPY, or people who did not change, told by one statement for all; the others are received one by one.
Source: identity-and-messaging.md §3.3; design, people arrive by population file.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.consent.model import RecordStatus
from carnet.domain.consent.population import store
from carnet.domain.consent.population.model import BatchName, BatchOutcome, LineRefusal, PopulationLine
from carnet.domain.consent.population.opening import Openings
from carnet.domain.consent.receiving import ReceivingTerms, receive_identity
from carnet.domain.errors import DomainError
from carnet.domain.people.model import Reception
from carnet.domain.people.reception import changes, check_received, completed, warnings_of
from carnet.storage.database import Database
from carnet.storage.keys import KeyRing
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.moments import PARIS
from carnet.vocabulary.uuid7 import uuid7

REFUSALS_KEPT = 200  # of a batch; the counts are of all
_ATTEMPTS = 4


async def take_batch(
    database: Database, lines: Sequence[PopulationLine], unread: Sequence[LineRefusal], *, batch: BatchName, actor: Actor,
    keys: KeyRing, terms: ReceivingTerms, at: datetime, announced_at: datetime,
) -> BatchOutcome:  # fmt: skip
    """
    Take a batch; durable, and noted in the import's journal, once it is given. A batch taken twice changes nothing.

    Takes
        lines: in the order of the file. unread: the lines of the batch that could not be read.
        announced_at: when these people were told that their record would open.
    """
    for attempt in range(_ATTEMPTS):
        taking = _Taking(actor, keys, terms, at, announced_at)
        taking.outcome.add_refused(unread)
        # Someone else received one of them meanwhile: the batch is read again as it is now.
        with suppress(*(_MEANWHILE if attempt + 1 < _ATTEMPTS else ())):
            async with database.transaction() as tx:
                await taking.take(tx, lines)
                taking.outcome.refused.sort(key=lambda refusal: refusal.number)
                await store.keep_batch(tx, batch, taking.outcome, kept=REFUSALS_KEPT)
            return taking.outcome
    raise AssertionError("the last attempt gives or raises")  # pragma: no cover  the type checker cannot see it


class LocalTaken(Exception):
    """A source's identifier was taken between the look and the claim."""


_MEANWHILE = (LocalTaken, *store.MEANWHILE)


@dataclass(slots=True)
class _Taking:
    """One batch, being taken."""

    actor: Actor
    keys: KeyRing
    terms: ReceivingTerms
    at: datetime
    announced_at: datetime
    outcome: BatchOutcome = field(default_factory=BatchOutcome)

    async def take(self, tx: store.Connection, lines: Sequence[PopulationLine]) -> None:
        plain, others = self._sorted_out(lines)
        left = await self._open_new(tx, plain)
        others += await self._compare(tx, left)
        for line in sorted(others, key=lambda line: line.number):
            await self._receive(tx, line)

    def _sorted_out(self, lines: Sequence[PopulationLine]) -> tuple[dict[Ins, PopulationLine], list[PopulationLine]]:
        """The lines that may be taken all at once, by matricule; and those to be received one by one."""
        plain: dict[Ins, PopulationLine] = {}
        others: list[PopulationLine] = []
        today, oids = self.at.astimezone(PARIS).date(), self.terms.oids
        for line in lines:
            person = line.person
            if (
                person.ins is None or person.former or person.ins in plain or not person.is_active or person.is_deceased
                or person.ins.oid not in oids
            ):  # fmt: skip
                others.append(line)
                continue
            try:
                check_received(person, today=today, oids=oids)
            except DomainError as error:
                self._refuse(line, error)
                continue
            plain[person.ins] = line
        return plain, others

    async def _open_new(self, tx: store.Connection, plain: dict[Ins, PopulationLine]) -> dict[Ins, PopulationLine]:
        """Open a record for whoever is not known by any name; gives the others."""
        locals_ = [line.person.local for line in plain.values() if line.person.local is not None]
        taken = {local for local, times in Counter(locals_).items() if times > 1}
        if locals_:
            taken |= (await store.local_holders(tx, locals_)).keys()
        fresh = {ins: uuid7() for ins, line in plain.items() if line.person.local not in taken}
        new = await store.claim_all(tx, list(fresh.items())) if fresh else set()
        openings = Openings(self.actor, self.keys, self.terms.objection_period, self.at, self.announced_at)
        named: list[tuple[UUID, PopulationLine]] = []
        for ins, patient_id in fresh.items():
            if patient_id in new:
                line = plain.pop(ins)
                openings.add(patient_id, line.person)
                named.append((patient_id, line))
                self._warn(line)
        claims = [(line.person.local, patient) for patient, line in named if line.person.local is not None]
        if claims and await store.claim_locals(tx, claims) < len(claims):
            raise LocalTaken
        await store.write_records(tx, openings.rows)
        self.outcome.counts[Reception.CREATED.value] += len(named)
        return plain

    async def _compare(self, tx: store.Connection, plain: dict[Ins, PopulationLine]) -> list[PopulationLine]:
        """Count those of whom nothing new is said; gives the others."""
        if not plain:
            return []
        known = await store.known(tx, list(plain))
        locals_ = [line.person.local for line in plain.values() if line.person.local is not None]
        names = await store.local_holders(tx, locals_) if locals_ else {}
        others: list[PopulationLine] = []
        for ins, line in plain.items():
            person, found = line.person, known.get(ins)
            if found is None or found[1] == RecordStatus.ERASED:
                others.append(line)
                continue
            patient_id, _, held = found
            is_named = person.local is None or names.get(person.local) == patient_id
            if is_named and not changes(completed(person, held), held):
                self.outcome.counts[Reception.UNCHANGED.value] += 1
                self._warn(line)
            else:
                others.append(line)
        return others

    async def _receive(self, tx: store.Connection, line: PopulationLine) -> None:
        try:
            async with tx.transaction():
                receipt = await receive_identity(
                    tx, line.person, actor=self.actor, keys=self.keys, at=self.at, terms=self.terms,
                    announced_at=self.announced_at,
                )  # fmt: skip
        except DomainError as error:
            self._refuse(line, error)
            return
        self.outcome.counts[receipt.reception.value] += 1
        for warning in receipt.warnings:
            self.outcome.counts[f"warning:{warning.code}"] += 1

    def _warn(self, line: PopulationLine) -> None:
        for warning in warnings_of(line.person):
            self.outcome.counts[f"warning:{warning.code}"] += 1

    def _refuse(self, line: PopulationLine, error: DomainError) -> None:
        self.outcome.add_refused([LineRefusal(line.number, error.code, error.issues[0].facts.get("trait"))])
