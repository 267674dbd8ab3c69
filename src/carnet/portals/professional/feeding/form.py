"""What is said of a document: in whose name, its type, title and day; who sees it, asked every time and never assumed."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from uuid import UUID

from carnet.document_types.families import FAMILIES, family_of
from carnet.document_types.table import Audience, DocumentType, DocumentTypes
from carnet.domain.access.model import Confidentiality
from carnet.domain.delegations.model import Delegation
from carnet.vocabulary.frozen import frozen
from carnet.web.portal.forms import Form

TITLE_LENGTH = 150
FIELDS = ("nom", "type", "titre", "jour", "professionnels", "patient")
LABELS = {
    "nom": "Au nom de", "fichiers": "Document", "type": "Type", "titre": "Titre", "jour": "Date de l’acte", "professionnels": "Les autres professionnels",
    "patient": "La personne",
}  # fmt: skip
OWN = "moi"
SHOWN, HIDDEN, LATER, NOT_PARENTS = "visible", "masque", "apres-annonce", "pas-les-parents"
PROFESSIONALS = (
    (SHOWN, "Le voient, s’ils sont autorisés", None),
    (HIDDEN, "Ne le voient pas", "Masqué : seuls vous, la personne et ses médecins traitants le verrez."),
)
# The same, told to who is not its author.
_FOR_ANOTHER = (
    (SHOWN, "Le voient, s’ils sont autorisés", None),
    (HIDDEN, "Ne le voient pas", "Masqué : seuls son auteur, la personne et ses médecins traitants le verront."),
)
_LATER_FOR_ANOTHER = (
    LATER,
    "Ne le voit pas encore",
    "L’auteur doit d’abord le lui annoncer. Il le rendra visible ensuite.",
)
_PATIENT = (
    (SHOWN, "Le voit tout de suite", None),
    (LATER, "Ne le voit pas encore", "Vous devez d’abord le lui annoncer. Vous le rendrez visible ensuite."),
)
_MINOR = (NOT_PARENTS, "Le voit, mais pas ses représentants légaux", "Pour un acte qu’un mineur garde secret.")
_LABELS = {
    HIDDEN: Confidentiality.MASQUE_PS,
    LATER: Confidentiality.INVISIBLE_PATIENT,
    NOT_PARENTS: Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX,
}
OVER = "Vous ne pouvez plus ajouter au nom de cette personne : sa délégation a pris fin, ou l’un de vous deux n’est plus dans cette structure. Ce que vous avez préparé est gardé."
_OLDEST = date(1900, 1, 1)


@frozen
class Described:
    """What was said, once it is sound."""

    type: DocumentType
    title: str
    day: date
    labels: frozenset[Confidentiality]


def other_choices(*, is_staff: bool) -> tuple[tuple[str, str, str | None], ...]:
    return _FOR_ANOTHER if is_staff else PROFESSIONALS


def patient_choices(*, is_minor: bool, is_staff: bool = False) -> tuple[tuple[str, str, str | None], ...]:
    told = (_PATIENT[0], _LATER_FOR_ANOTHER) if is_staff else _PATIENT
    return (*told, _MINOR) if is_minor else told


@cache
def types_by_family() -> list[tuple[str, list[tuple[str, str]]]]:
    """The types that a professional writes, under their families, by plain name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code, each in DocumentTypes.load().types.items():
        if each.audience is Audience.PROFESSIONAL:
            family = family_of(code, each.category.code)
            found.setdefault(family, []).append((code, each.plain_name.replace("'", "’")))
    return [(each.name, sorted(found[each.code], key=lambda pair: pair[1])) for each in FAMILIES if each.code in found]


def names(running: Mapping[UUID, Delegation], *, is_staff: bool) -> list[tuple[str, str, str | None]]:
    """In whose name one may add; nothing to choose for a professional whom nobody has named."""
    found: list[tuple[str, str, str | None]] = [
        (str(each.delegation_id), f"Au nom de {each.delegator_name}", f"{each.delegator_name} en répond comme auteur. Votre nom est dans l’historique.")
        for each in running.values()
    ]  # fmt: skip
    return found if is_staff or not found else [(OWN, "En mon nom", None), *found]


def in_whose_name(form: Form, running: Mapping[UUID, Delegation], *, is_staff: bool) -> Delegation | None:
    """The delegation that was chosen, None for one's own name; what must be mended is told by the form."""
    typed = form.typed("nom")
    if not is_staff and (typed == OWN or not (typed or running)):
        return None
    found = next((each for key, each in running.items() if str(key) == typed), None)
    if found is None and typed in {"", OWN}:
        form.mend("nom", "Choisissez au nom de qui vous ajoutez ce document.")
    elif found is None:
        form.mend("nom", OVER)
    return found


def kept(form: Form, before: Mapping[str, str]) -> dict[str, str]:
    """What was typed, to be kept with the draft."""
    return {name: form.typed(name, before.get(name, "")) for name in FIELDS}


def read(form: Form, *, today: date, is_minor: bool) -> Described | None:
    """What the form says; None when something must be mended, which the form then tells."""
    types = {code for _, each in types_by_family() for code, _ in each}
    code = form.choice("type", types, required="Choisissez le type de document.")
    title = " ".join(form.text("titre", longest=TITLE_LENGTH).split())
    day = form.day("jour", required="Écrivez la date de l’acte ou du document.", first=_OLDEST, last=today)
    others = form.choice("professionnels", {value for value, *_ in PROFESSIONALS}, required="Dites si les autres professionnels le voient.")  # fmt: skip
    patient = form.choice("patient", {value for value, *_ in patient_choices(is_minor=is_minor)}, required="Dites si la personne le voit.")  # fmt: skip
    if not form.is_sound or code is None or day is None:
        return None
    known = DocumentTypes.load().types[code]
    labels = frozenset(_LABELS[each] for each in (others, patient) if each in _LABELS)
    return Described(known, title or known.plain_name, day, labels)
