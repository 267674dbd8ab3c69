"""
An event in one French sentence, for people: who, what, when, by what right. Pure; the words are in fr.toml.

Source: style §8, principle 6 (the trail is written for people); specs, « historique des accès ».
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from carnet.domain.actor import DELEGATION, Actor, ActorKind
from carnet.domain.audit.model import AuditEvent, EventType, Outcome
from carnet.domain.record.browsing.listing import BESIDE
from carnet.domain.record.history.model import Told, ToldDocument
from carnet.vocabulary.identifiers import ProfessionalId
from carnet.vocabulary.moments import PARIS
from carnet.web.wording import wording
from carnet.web.wording.dates import long_date

_NAMED = 3  # documents that a sentence names; past them it counts
_SOMEONE = "Quelqu’un"

TypeName = Callable[[str], str]


def sentence(told: Told, *, viewer: Actor, type_name: TypeName, zone: tzinfo = PARIS) -> str:
    """
    One sentence, and a second one for the motive of an emergency.

    Takes
        told: the event as this viewer may know it; nothing else is said. type_name: plain name of a type of document, by its code.
        zone: of whoever reads.
    Gives
        « Dr Martin, cardiologue, a lu votre document « Ordonnance » le mardi 3 mars 2026 à 14 h 05, comme médecin traitant. »
    """
    return _written(told, viewer=viewer, type_name=type_name, when=" " + in_full(told.occurred_at, zone))


def undated(told: Told, *, viewer: Actor, type_name: TypeName) -> str:
    """As `sentence`, without the date: it stands where the page says the day and the hour already."""
    return _written(told, viewer=viewer, type_name=type_name, when="")


def _written(told: Told, *, viewer: Actor, type_name: TypeName, when: str) -> str:
    event = told.event
    own = viewer.kind is ActorKind.CITIZEN
    named = _documents(told.documents, own=own, type_name=type_name)
    facts = {
        "documents": named or ("un de vos documents" if own else "un document"),
        "of_documents": _of(named) or ("d’un de vos documents" if own else "d’un document"),
        "actor": _SOMEONE if event is None else _actor(event.actor),
        "holder": "" if event is None else _holder(event),
        "means": _of_the_account(event, "means", otherwise="un moyen"),
        "contact": _of_the_account(event, "what", otherwise="ses coordonnées"),
    }
    template = _template(told.type, told.outcome)
    if event is not None and BESIDE in event.details.get("parameters", "").split():
        template = wording()["events"][told.type].get("with_facts", template)
    if event is not None and _is_the_same(event.actor, viewer):
        template = _to_the_second_person(template)
    said = template.format_map(facts).removesuffix(".") + when
    if event is None:
        return said + "."
    return said + _circumstances(event)


def in_full(at: datetime, zone: tzinfo = PARIS) -> str:
    """`le mardi 3 mars 2026 à 14 h 05`, in Paris unless the reader lives elsewhere."""
    local = at.astimezone(zone)
    return f"le {long_date(local)} à {local.hour} h {local.minute:02d}"


def _template(event_type: EventType, outcome: Outcome) -> str:
    events = wording()["events"]
    text: str = events[event_type]["text"]
    if outcome is Outcome.REFUSED and not event_type.endswith("-refused"):
        text = events[event_type].get("refused", events[EventType.ACCESS_REFUSED]["text"])
    return text


def _to_the_second_person(template: str) -> str:
    """« {actor} a lu » becomes « Vous avez lu ». A template of another form keeps the name."""
    for third, second in (("{actor} a ", "Vous avez "), ("{actor} s’est ", "Vous vous êtes ")):
        if template.startswith(third):
            return second + template.removeprefix(third)
    return template


def _is_the_same(actor: Actor, viewer: Actor) -> bool:
    if actor.kind is not viewer.kind or actor.on_behalf_of != viewer.on_behalf_of:
        return False
    if actor.kind in {ActorKind.CITIZEN, ActorKind.GUARDIAN}:
        return actor.ins is not None and actor.ins == viewer.ins
    return actor.person is not None and actor.person == viewer.person


def _actor(actor: Actor) -> str:
    name = actor.name.strip() or _SOMEONE
    job = job_of(actor)
    place = actor.organization_name if actor.person is not None else None
    said = name + (f", {job}" if job else "") + (f" ({place})" if place else "")
    if _is_for_a_colleague(actor):
        return f"{said}, pour {actor.on_behalf_of_name or actor.on_behalf_of},"
    return f"{said}," if job else said


def job_of(actor: Actor) -> str:
    """What they practise, in a word; empty when it has none."""
    words = wording()
    if actor.kind is ActorKind.SECRETARY:
        return "secrétariat"
    return words["specialties"].get(actor.specialty or "") or words["professions"].get(actor.profession or "") or ""


def _is_for_a_colleague(actor: Actor) -> bool:
    """Both names stand together, at the beginning."""
    return actor.capacity == DELEGATION and actor.on_behalf_of is not None


def _holder(event: AuditEvent) -> str:
    """Whom an authorisation, a block or a médecin traitant concerns, by the number that the directory gives them."""
    holder = event.details.get("holder")
    if not holder or holder == "*" or "|" in holder:  # everyone; a legal representative, whose INS is theirs
        return ""
    try:
        rpps = ProfessionalId(holder).rpps
    except ValueError:
        return ""
    return f" (professionnel de santé, RPPS {rpps})" if rpps else f" (identifiant {holder})"


def _of_the_account(event: AuditEvent | None, detail: str, *, otherwise: str) -> str:
    """A means of sign-in, or what of the contact: in words."""
    return str(wording()["account"].get("" if event is None else event.details.get(detail, ""), otherwise))


def _documents(documents: Sequence[ToldDocument], *, own: bool, type_name: TypeName) -> str:
    if not documents:
        return ""
    counts = Counter(
        "« {} »".format(type_name(each.type_code).replace("'", "’")) + (" (supprimé depuis)" if each.is_deleted else "")
        for each in documents
    )
    names = [name if count == 1 else f"{name} ({count})" for name, count in counts.items()][:_NAMED]
    if len(documents) == 1:
        return f"{'votre' if own else 'le'} document {names[0]}"
    if len(counts) == 1:
        return f"{len(documents)} {'de vos ' if own else ''}documents {next(iter(counts))}"
    joined = ", ".join(names[:-1]) + f" et {names[-1]}"
    if len(counts) <= _NAMED:
        return f"{'vos' if own else 'les'} documents {joined}"
    return f"{len(documents)} {'de vos ' if own else ''}documents, dont {joined}"


def _of(named: str) -> str:
    """With « de » before it."""
    if named.startswith(("le ", "les ")):
        return ("du " if named.startswith("le ") else "des ") + named.partition(" ")[2]
    return named and f"de {named}"


def _circumstances(event: AuditEvent) -> str:
    """By what right or why not, in which exceptional case, for whom, and the motive given."""
    words = wording()
    said = ""
    purpose = words["purposes"].get(event.actor.purpose)
    if purpose:
        said += f", {purpose}"
    is_said = event.actor.kind is ActorKind.GUARDIAN or _is_for_a_colleague(
        event.actor
    )  # a guardian's is this record's own identity
    if event.actor.on_behalf_of and not is_said:
        said += f", pour {event.actor.on_behalf_of}"
    right = words["rights"].get(event.rule or "")
    if right:
        said += f" : {right}" if event.outcome is Outcome.REFUSED else f", {right}"
    said += "."
    if purpose and event.actor.motive:
        said += f" Motif indiqué : « {event.actor.motive} »."
    return said
