"""What the page of a document says of people: who sees it and why, and what a change would make of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from carnet.domain.access.model import AccessClass, AccessMatrix, Confidentiality, OwnerKind
from carnet.domain.consent.model import Basis
from carnet.domain.directory.choosing.model import Candidate
from carnet.domain.record.audience import audience
from carnet.domain.record.audience.model import Audience, AudienceFacts, Seer
from carnet.domain.record.browsing.model import Card, Writer
from carnet.vocabulary.frozen import frozen
from carnet.web.wording.candidates import candidate_job, holder_name

_MASK = Confidentiality.MASQUE_PS


@frozen
class Line:
    """One holder in the list. why: a phrase that follows the name. holder: to hide from them or to show again. until: end of their right."""

    name: str
    job: str
    why: str
    holder: str
    is_organization: bool
    rule: str
    until: datetime | None
    except_at: tuple[str, ...] = ()


@frozen
class Told:
    """seeing, kept_from: of those who hold a right on the record. hidden_from: those whom the document is hidden from by name."""

    seeing: tuple[Line, ...]
    kept_from: tuple[Line, ...]
    hidden_from: tuple[tuple[str, str], ...]
    in_emergency: bool
    by_regulation: bool


@frozen
class Audiences:
    """The audience of a document as it is, and as it would be."""

    document: AccessClass
    behind: Sequence[AccessClass]
    facts: AudienceFacts
    directory: Mapping[str, Candidate]
    matrix: AccessMatrix

    def of(self, document: AccessClass) -> Audience:
        return audience(document, self.behind, known=self.facts, directory=self.directory, matrix=self.matrix)

    @property
    def told(self) -> Told:
        now = self.of(self.document)
        hidden = sorted(self.document.hidden_from)
        return Told(
            tuple(self._line(each) for each in now.seeing),
            tuple(self._line(each) for each in now.kept_from),
            tuple((each, self.name(each)) for each in hidden),
            now.emergency.allowed,
            now.regulation.allowed,
        )

    def names_if(self, *, masked: bool) -> list[str]:
        """Who would see it, masked or not."""
        labels = self.document.labels | {_MASK} if masked else self.document.labels - {_MASK}
        return [self._line(each).name for each in self.of(replace(self.document, labels=labels)).seeing]

    def name(self, holder: str, *, is_organization: bool | None = None) -> str:
        known = self.directory.get(holder)
        return holder_name(holder, bool(known and known.is_organization) if is_organization is None else is_organization, self.directory)  # fmt: skip

    def _line(self, seer: Seer) -> Line:
        holder = seer.holder
        candidate = self.directory.get(holder.holder)
        return Line(
            name=self.name(holder.holder, is_organization=holder.is_organization),
            job="" if candidate is None or candidate.is_organization else candidate_job(candidate),
            why=_why(seer),
            holder=holder.holder,
            is_organization=holder.is_organization,
            rule=seer.decision.rule,
            until=holder.until,
            except_at=tuple(self.name(each, is_organization=True) for each in seer.refused_at),
        )


_GIVEN = {
    Basis.CARE_TEAM: "car son accès aux soins qui vous concernent est déclaré",
    Basis.EXPLICIT_CONSENT: "car vous avez donné votre accord pour une consultation",
    Basis.PATIENT: "car vous avez autorisé son accès",
    None: "car son accès est autorisé",
}
_GIVEN_TO_STRUCTURE = {
    Basis.CARE_TEAM: "car cette structure vous soigne ; selon le métier de chacun",
    Basis.EXPLICIT_CONSENT: "car vous avez donné votre accord ; selon le métier de chacun",
    Basis.PATIENT: "car vous avez autorisé cette structure ; selon le métier de chacun",
    None: "car cette structure est autorisée ; selon le métier de chacun",
}
_REFUSED = {
    "deny.patient-only": "car vous gardez ce document pour vous",
    "deny.hidden-by-name": "car vous le lui avez caché",
    "deny.category-withheld": "car vous lui avez caché ce genre de documents",
    "deny.category-hidden": "car vous avez caché ce genre de documents",
    "deny.profession": "car son métier ne lit pas ce genre de documents",
    "deny.masked": "car ce document est masqué",
    "deny.secret": "car ce document est secret",
    "deny.blocked": "car vous avez bloqué son accès",
    "deny.struck-off": "car son exercice a pris fin",
    "deny.later-version-hidden": "car une version plus récente lui est cachée",
}


def _why(seer: Seer) -> str:
    decision, holder = seer.decision, seer.holder
    if not decision.allowed:
        return _REFUSED.get(decision.rule, "")
    if decision.rule == "read.primary-care-doctor":
        return "car c’est votre médecin traitant"
    if decision.rule == "read.author":
        return "car c’est l’auteur de ce document"
    said = (_GIVEN_TO_STRUCTURE if holder.is_organization else _GIVEN).get(holder.basis, "")
    return f"{said}, selon son métier" if seer.depends_on_profession and not holder.is_organization else said


def joined(names: Sequence[str]) -> str:
    """`A, B et C`."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" et {names[-1]}" if names else ""


def writer_name(writer: Writer) -> str:
    """`Dr Anne Bernard, cardiologue` or the name of a structure or of a device."""
    person = " ".join(each.title() if each.isupper() else each for each in (writer.given, writer.family) if each)
    if not person:
        return writer.organization or ""
    titles = {"DR": "Dr", "PR": "Pr"}
    title = titles.get((writer.title or "").upper().rstrip("."), "")
    return f"{title} {person}".strip()


def title_of(card: Card) -> str:
    """As people write it: documents say « d'examens » with a typewriter's apostrophe."""
    return card.title.replace("'", "’")


def makers(card: Card) -> list[tuple[str, str, str]]:
    """Name, specialty, structure of each who wrote it."""
    found: list[tuple[str, str, str]] = []
    for writer in card.writers:
        if writer.is_patient:
            continue
        name = writer_name(writer)
        place = writer.organization or ""
        found.append((name, writer.specialty or "", "" if place == name else place))
    return found


def is_own(document: AccessClass) -> bool:
    return document.owner is OwnerKind.CITIZEN
