"""
What was typed in a form, and what must be mended: nothing typed is lost.

A view reads its fields one by one; each fault is kept under its field, told beside it and in the summary at the top of the page.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from starlette.datastructures import FormData

REQUIRED = "Remplissez ce champ."
MAX_TEXT = 2_000


class Form:
    """
    Fields by name.

    errors: by field, in the order met; the field `` is for what concerns the whole form.
    """

    def __init__(self, typed: FormData | Mapping[str, str] | None = None) -> None:
        self._typed: dict[str, list[str]] = {}
        pairs: Iterable[tuple[str, object]] = ()
        if typed is not None:
            pairs = typed.multi_items() if isinstance(typed, FormData) else typed.items()
        for name, value in pairs:
            if isinstance(value, str):
                self._typed.setdefault(name, []).append(value)
        self.errors: dict[str, str] = {}

    @property
    def is_sound(self) -> bool:
        return not self.errors

    def mend(self, name: str, message: str) -> None:
        """Say what to mend in a field; the first fault of a field stands."""
        self.errors.setdefault(name, message)

    def typed(self, name: str, default: str = "") -> str:
        """As typed, to be shown again."""
        return self._typed.get(name, [default])[0]

    def all_typed(self, name: str) -> list[str]:
        return self._typed.get(name, [])

    def has(self, name: str, value: str) -> bool:
        """Whether a choice was made: for check boxes and radio buttons."""
        return value in self._typed.get(name, ())

    def text(self, name: str, *, required: str | None = None, longest: int = MAX_TEXT) -> str:
        """
        A text, its outer spaces dropped and its line ends made one kind.

        Takes
            required: what to say when it is empty; None: it may be. longest: characters.
        """
        value = self.typed(name).replace("\r\n", "\n").replace("\x00", "").strip()
        if not value and required is not None:
            self.mend(name, required)
        if len(value) > longest:
            self.mend(name, f"Raccourcissez ce texte : {longest} caractères au plus, il en a {len(value)}.")
        return value

    def choice(self, name: str, allowed: Collection[str], *, required: str | None = None) -> str | None:
        """One of these, or None. A value that the page never offered is told as no choice."""
        value = self.typed(name)
        if value in allowed:
            return value
        if value or required is not None:
            self.mend(name, required or "Choisissez une des réponses proposées.")
        return None

    def choices(self, name: str, allowed: Collection[str]) -> list[str]:
        """Those of these that are chosen, each once, in the order of the page."""
        return [value for value in dict.fromkeys(self.all_typed(name)) if value in allowed]

    def day(
        self, name: str, *, required: str | None = None, first: date | None = None, last: date | None = None
    ) -> date | None:
        """A day typed in one field (`2026-03-03` as browsers send it, or `03/03/2026` as people write it)."""
        value = self.typed(name).strip()
        if not value:
            if required is not None:
                self.mend(name, required)
            return None
        day = _read_day(value)
        if day is None:
            self.mend(name, "Écrivez la date comme ceci : 03/03/2026.")
        elif first is not None and day < first:
            self.mend(name, f"Choisissez une date à partir du {first:%d/%m/%Y}.")
        elif last is not None and day > last:
            self.mend(name, f"Choisissez une date jusqu’au {last:%d/%m/%Y}.")
        else:
            return day
        return None


def _read_day(text: str) -> date | None:
    parts = text.replace("/", "-").replace(".", "-").replace(" ", "-").split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return None
    year, month, day = parts if len(parts[0]) == 4 else reversed(parts)
    try:
        return date(int(year), int(month), int(day)) if len(year) == 4 else None
    except ValueError:
        return None
