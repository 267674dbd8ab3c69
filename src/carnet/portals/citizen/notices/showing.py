"""A notice in words: who, what, when; the same on its page and on the first page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from carnet.domain.access.notices import NoticeKind
from carnet.domain.access.noticing import Notices, has_unread_notices, read_notices
from carnet.domain.directory.choosing import known
from carnet.domain.directory.choosing.model import Candidate
from carnet.portals.citizen.home.to_do import Task
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.vocabulary.frozen import frozen
from carnet.web.wording.candidates import candidate_job, holder_name, named
from carnet.web.wording.dates import near_date

# text: {who} is the name of who acted. urgent: shown first. address: where to look next.
_SAID = {
    NoticeKind.EMERGENCY_ACCESS: "{who} a ouvert votre carnet en urgence.",
    NoticeKind.REGULATION_ACCESS: "{who} a ouvert votre carnet pendant un appel au SAMU (15).",
    NoticeKind.FIRST_ACCESS: "{who} a ouvert votre carnet pour la première fois.",
    NoticeKind.PRIMARY_CARE_DOCTOR_DECLARED: "{who} s’est déclaré comme votre médecin traitant.",
    NoticeKind.REPORT_ANSWERED: "Une réponse est donnée à votre signalement d’accès.",
}
LABELS = {
    NoticeKind.EMERGENCY_ACCESS: ("Un accès en urgence", "Toujours dit : la règle le veut."),
    NoticeKind.REGULATION_ACCESS: ("Un accès pendant un appel au SAMU (15)", None),
    NoticeKind.FIRST_ACCESS: ("La première visite d’un professionnel", "Une fois pour chacun."),
    NoticeKind.PRIMARY_CARE_DOCTOR_DECLARED: ("Un médecin qui se déclare médecin traitant", None),
    NoticeKind.REPORT_ANSWERED: ("Une réponse à un signalement", None),
}
_ON_THE_FIRST_PAGE = 20
_URGENT = frozenset({NoticeKind.EMERGENCY_ACCESS, NoticeKind.REGULATION_ACCESS})


@frozen
class ShownNotice:
    """text: one sentence. job: of who acted. address: where to see more."""

    notice_id: UUID
    at: datetime
    text: str
    job: str
    is_read: bool
    is_urgent: bool
    address: str


async def to_read(portal: CitizenPortal, visit: Visit) -> Sequence[Task]:
    """What the first page says of unread notices: an emergency by itself, the others together. Traced when there is one to show."""
    services = portal.services
    if not await has_unread_notices(services.rights, visit.patient_id, actor=visit.actor):
        return ()
    found = await read_notices(
        services.rights, visit.patient_id, actor=visit.actor, terms=services.rights_terms, unread_only=True, count=_ON_THE_FIRST_PAGE
    )  # fmt: skip
    told = await shown(portal, found)
    urgent = [each for each in told if each.is_urgent]
    tasks = [
        Task("Regarder un accès en urgence", "/avis", each.text, "bell", near_date(each.at, now=visit.now, zone=visit.zone), is_pressing=True)
        for each in urgent
    ]  # fmt: skip
    others = [each for each in told if not each.is_urgent]
    left = found.unread - len(urgent)
    if others:
        title = "Lire un avis" if left == 1 else f"Lire {left} avis"
        tasks.append(Task(title, "/avis", others[0].text, "bell"))
    return tasks


async def shown(portal: CitizenPortal, notices: Notices) -> list[ShownNotice]:
    """These notices in words; who acted is named by the directory."""
    about = {each.notice.about for each in notices.kept if each.notice.kind is not NoticeKind.REPORT_ANSWERED}
    names = await known(portal.database, [(holder, False) for holder in about if holder])
    told = []
    for each in notices.kept:
        kind, holder = each.notice.kind, each.notice.about
        told.append(
            ShownNotice(
                each.notice_id,
                each.notice.occurred_at,
                _SAID[kind].format(who=_who(holder, names)),
                candidate_job(names[holder]) if holder in names else "",
                each.read_at is not None,
                kind in _URGENT,
                "/acces/signalements" if kind is NoticeKind.REPORT_ANSWERED else "/acces",
            )
        )
    return told


def _who(holder: str, names: Mapping[str, Candidate]) -> str:
    """Who acted, at the head of a sentence."""
    if not holder:
        return "Un professionnel"
    found = names.get(holder)
    name = holder_name(holder, False, names) if found is None else named(found)[0]
    return name[:1].upper() + name[1:]
