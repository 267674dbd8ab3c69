"""What every writer is given, and the parts that all documents share: identifiers, signatory, header, letter head."""

from collections.abc import Sequence
from datetime import date, datetime
from random import Random

from carnet.domain.record.model import Fiche
from carnet.territory.agenda import Planned
from carnet.territory.cast import Cast
from carnet.territory.cda_header import HeaderFacts, Signatory, header, local_patient_id
from carnet.territory.codes import ENCOUNTER, TYPES
from carnet.territory.letter import Block, Letter, Paragraph
from carnet.territory.model import Citizen, DocumentIds
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
PRIMARY_CARE = Code("PCP", "2.16.840.1.113883.5.88", "Médecin traitant")


@frozen
class Written:
    """A document on paper. fiche: only when the content has no header of its own."""

    content: bytes
    type_code: str
    title: str
    media_type: str = "text/xml"
    fiche: Fiche | None = None


@frozen
class Scene:
    """author: who writes, by the role that the plan asks for. followed: of the document it follows from, or None."""

    citizen: Citizen
    planned: Planned
    cast: Cast
    ids: DocumentIds
    followed: DocumentIds | None
    author: Signatory

    @property
    def at(self) -> datetime:
        return self.planned.at

    @property
    def day(self) -> date:
        return self.planned.at.date()

    @property
    def topic(self) -> str:
        return self.planned.topic

    @property
    def age(self) -> int:
        return self.citizen.age_on(self.day)

    def chance(self) -> Random:
        """The same draws each time, and for each version."""
        return Random(self.planned.seed)

    @property
    def doctor(self) -> Signatory:
        """The médecin traitant, or the general practitioner they go to."""
        professional = self.cast.doctor_of(self.citizen, self.day)
        return Signatory(professional, self.cast.organization_of(professional))

    @property
    def subject(self) -> str:
        """« Mme Marie Fontanelle, 47 ans »."""
        return f"{self.citizen.civility} {self.citizen.spelled_name}, {self.age} an{'s' if self.age > 1 else ''}"


def in_french(day: date) -> str:
    """« 3 mars 2024 »."""
    return f"{day.day}{'er' if day.day == 1 else ''} {_MONTHS[day.month - 1]} {day.year}"


def short(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def agreed(scene: Scene, masculine: str) -> str:
    """A word that takes an e when the patient is a woman."""
    return masculine + ("e" if scene.citizen.is_woman else "")


def written_header(
    scene: Scene,
    type_code: str,
    *,
    title: str,
    templates: Sequence[tuple[str, str | None]],
    service: tuple[datetime, datetime | None] | None = None,
    encounter: str | None = None,
    event: Code | None = None,
    event_translations: Sequence[Code] = (),
    confidentiality: str = "N",
    tell_doctor: bool = True,
    participants: Sequence[tuple[str, Code | None, Signatory]] = (),
    order: tuple[str, str | None] | None = None,
) -> str:
    """The header of a document signed by a professional. tell_doctor: name the médecin traitant when someone else writes."""
    organization = scene.author.organization
    usual = "EXTERNE" if organization.setting.code == "ETABLISSEMENT" else "AMB"
    told = [*participants]
    if (
        tell_doctor
        and scene.citizen.primary_doctor is not None
        and scene.doctor.professional is not scene.author.professional
    ):
        told.append(("INF", PRIMARY_CARE, scene.doctor))
    return header(
        HeaderFacts(
            ids=scene.ids,
            templates=templates,
            type=TYPES[type_code],
            title=title,
            at=scene.at,
            citizen=scene.citizen,
            author=scene.author,
            service=service or (scene.at, None),
            setting=organization.setting,
            facility=organization.sector,
            encounter=ENCOUNTER[encounter or usual],
            event=event,
            event_translations=event_translations,
            confidentiality=confidentiality,
            participants=told,
            order=order,
        )
    )


def written_letter(scene: Scene, title: str, blocks: Sequence[Block]) -> Letter:
    """A letter on the paper of the author's organisation."""
    who, organization = scene.author.professional, scene.author.organization
    address = organization.address
    local, _ = local_patient_id(scene.citizen, organization)
    version = (
        (Paragraph("Ce document annule et remplace la version précédente (correction d'une erreur de saisie)."),)
        if scene.ids.version > 1
        else ()
    )
    speciality = (who.author_code.display or "").removesuffix(" (SM)").removeprefix("Médecin - ")
    return Letter(
        head=(
            organization.name,
            f"{address.number} {address.street}, {address.postal_code} {address.city}",
            f"Tél. {spaced(organization.phone)}",
            f"{who.spelled_name}, {speciality}",
            f"RPPS {who.rpps}",
        ),
        patient=patient_block(scene.citizen, local),
        place_and_date=f"{address.city}, le {in_french(scene.day)}",
        title=title,
        blocks=(*version, *blocks),
        signature=(who.spelled_name, speciality, "Signé électroniquement"),
        created=scene.at,
        author=who.spelled_name,
    )


def patient_block(citizen: Citizen, local: str | None = None) -> tuple[str, ...]:
    """Identity as it must be printed: birth name, first name, sex, date and place of birth, INS."""
    traits = citizen.identity.traits
    lines = [
        f"{citizen.civility} {citizen.spelled_name}",
        f"Nom de naissance : {traits.birth_name}",
        f"Prénoms : {traits.given_names}",
        f"{'Née' if citizen.is_woman else 'Né'} le {short(citizen.birth_date)} à {citizen.birth_place_name} ({traits.birth_place})",
        f"Sexe : {traits.sex} — INS : {citizen.identity.ins.matricule}",
    ]
    return (*lines, f"N° local : {local}") if local else tuple(lines)


def spaced(phone: str) -> str:
    return " ".join(phone[at : at + 2] for at in range(0, len(phone), 2))
