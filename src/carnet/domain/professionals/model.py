"""A professional who is signed in: as whom, in which situation, until when."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.vocabulary.frozen import frozen


@frozen
class SessionTerms:
    """idle: how long a session lasts unused. absolute: how long it lasts at most. Source: identity-and-messaging.md §2.3."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=4)


@frozen
class Practice:
    """
    One situation d'exercice, as Pro Santé Connect tells it; see `formats.psc.userinfo.Situation`.

    ident: of ours. profession: TRE_G15; None for who works there without a health profession, in the role that is told. specialty: SM26…, or None.
    sector: SAxx, or None. organization: Struct_IdNat, or None.
    """

    ident: str
    profession: str | None
    specialty: str | None = None
    sector: str | None = None
    organization: str | None = None
    organization_name: str | None = None
    role: str | None = None

    @property
    def is_staff(self) -> bool:
        """A secretary, or another without a health profession: they feed for who names them, and do nothing else."""
        return self.profession is None


@frozen
class KnownProfessional:
    """person: PS_IdNat. name: as told. practices: all of their situations, one at least."""

    person: str
    name: str
    practices: tuple[Practice, ...]

    def practice(self, ident: str | None) -> Practice | None:
        """The situation of this identifier, if it is one of theirs."""
        return next((each for each in self.practices if each.ident == ident), None)

    def acting(self, practice: Practice | None, *, means: str, level: str | None, software: str | None = None) -> Actor:
        """Who acts. practice: None while none is chosen: nothing of a record is then shown. Staff alone are no professionals."""
        in_question = self.practices if practice is None else (practice,)
        is_staff = bool(in_question) and all(each.is_staff for each in in_question)
        actor = Actor(
            ActorKind.SECRETARY if is_staff else ActorKind.PROFESSIONAL,
            self.name,
            person=self.person,
            software=software,
            authentication=Authentication(means, level),
        )
        if practice is None:
            return actor
        return replace(
            actor, organization=practice.organization, organization_name=practice.organization_name,
            profession=practice.profession, specialty=practice.specialty, sector=practice.sector, situation=practice.ident,
        )  # fmt: skip


@frozen
class HeldTokens:
    """
    What Pro Santé Connect gave, sealed where it is kept, for as long as the session.

    values: the tokens themselves, for whoever speaks to the provider. fresh_until: from then on they are to be renewed.
    """

    values: Mapping[str, Any]
    fresh_until: datetime


@frozen
class ProfessionalSession:
    """
    A connection to the portal.

    means: `psc`, `launch` (from their software), `demo-link`. device: as their browser says it. ends_at: at the latest; unused, it ends before.
    """

    session_id: UUID
    means: str
    device: str
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime

    def expires_at(self, terms: SessionTerms) -> datetime:
        """When it ends if nothing more is asked for."""
        return min(self.ends_at, self.seen_at + terms.idle)


@frozen
class SignedInProfessional:
    """Who is signed in. practice: the situation chosen, or None. tokens: None when no provider stands behind the session."""

    known: KnownProfessional
    practice: Practice | None
    session: ProfessionalSession
    tokens: HeldTokens | None = None
