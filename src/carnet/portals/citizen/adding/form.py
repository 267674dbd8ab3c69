"""What a person says of the document that they add: title, date as precise as they know it, category, who sees it."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from carnet.domain.access.model import Confidentiality
from carnet.portals.citizen.adding.categories import CATEGORIES, OwnCategory
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.moments import Moment
from carnet.web.portal.forms import Form

TITLE_LENGTH = 100
ALONE: Final = "moi"
PROFESSIONALS: Final = "professionnels"
VISIBILITIES = (
    (PROFESSIONALS, "Moi et les professionnels que j’autorise", "Ceux qui ont le droit de lire ce genre de document."),
    (ALONE, "Moi seulement", "Aucun professionnel ne le voit, pas même votre médecin traitant."),
)  # fmt: skip
FIELDS = ("titre", "jour", "mois", "annee", "categorie", "visibilite")
LABELS = {
    "fichiers": "Votre document", "titre": "Titre", "date": "Date du document", "categorie": "Ce que c’est", "visibilite": "Qui le voit",
}  # fmt: skip
_OLDEST = 1900


@frozen
class Described:
    """
    What was said, once it is sound.

    day: of the paper, partial; None: the person did not say.
    """

    title: str
    category: OwnCategory
    day: Moment | None
    is_alone: bool

    @property
    def labels(self) -> frozenset[Confidentiality]:
        return frozenset({Confidentiality.MASQUE_PS}) if self.is_alone else frozenset()


def typed(form: Form, before: Mapping[str, str]) -> dict[str, str]:
    """What was typed, to be kept with the draft; what this page did not ask stays as it was."""
    return {name: form.typed(name, before.get(name, "")) for name in FIELDS}


def read(form: Form, *, today: date, present: OwnCategory | None = None) -> Described | None:
    """
    What the form says; None when something must be mended, which the form then tells.

    Takes
        present: the category that the document has, offered beside the others.
    """
    offered = CATEGORIES if present is None else {**CATEGORIES, present.key: present}
    title = " ".join(form.text("titre", required="Donnez un titre à ce document.", longest=TITLE_LENGTH).split())
    day = _day(form, today)
    category = form.choice("categorie", offered, required="Choisissez ce que c’est.")
    visibility = form.choice("visibilite", [ALONE, PROFESSIONALS], required="Choisissez qui le voit.")
    if not form.is_sound or category is None:
        return None
    return Described(title, offered[category], day, visibility == ALONE)


def split(day: Moment) -> Mapping[str, str]:
    """The fields of a date, as precise as it is."""
    parts = day.text[:10].split("-")
    return dict(zip(("annee", "mois", "jour"), [*(part.lstrip("0") for part in parts), "", ""], strict=False))


def _day(form: Form, today: date) -> Moment | None:
    day, month, year = (form.typed(name).strip() for name in ("jour", "mois", "annee"))
    if not (day or month or year):
        return None
    numbers = [int(part) if part.isascii() and part.isdigit() and len(part) <= 4 else None for part in (year, month, day) if part]  # fmt: skip
    if None in numbers:
        form.mend("date", "Écrivez la date avec des chiffres : 3, puis 3, puis 2024.")
    elif not year:
        form.mend("date", "Ajoutez l’année, par exemple 2024.")
    elif day and not month:
        form.mend("date", "Ajoutez le mois, ou laissez aussi le jour vide.")
    else:
        return _moment(form, [number for number in numbers if number is not None], today)
    return None


def _moment(form: Form, numbers: list[int], today: date) -> Moment | None:
    """numbers: year, then month, then day, those that are known."""
    year = numbers[0]
    try:
        first = date(year, *([*numbers[1:], 1, 1][:2]))
    except ValueError:
        form.mend("date", "Cette date n’existe pas dans le calendrier. Vérifiez le jour et le mois.")
        return None
    if year < _OLDEST:
        form.mend("date", f"Écrivez l’année avec quatre chiffres, à partir de {_OLDEST}.")
    elif first > today:
        form.mend("date", "Cette date n’est pas encore passée. Écrivez la date inscrite sur le document.")
    else:
        return Moment.from_fhir("-".join(f"{number:04d}" if rank == 0 else f"{number:02d}" for rank, number in enumerate(numbers)))  # fmt: skip
    return None
