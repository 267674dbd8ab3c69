"""The sentence that opens the page: what the document says, in plain words, and never what it means for health."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from carnet.formats.cda.reading.files import size_words, type_name
from carnet.formats.cda.reading.kinds import CONCLUSION, MOTIVE
from carnet.formats.cda.reading.model import (
    OUTSIDE,
    Answer,
    Concerns,
    EmbeddedFile,
    Kind,
    Medicines,
    Position,
    Result,
    Section,
)
from carnet.formats.cda.reading.sections import Source

_WORDS: Final = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze",
    "seize",
)  # fmt: skip
_LONGEST_QUOTE: Final = 180
_LONGEST_LIST: Final = 120
_NBSP: Final = "\N{NO-BREAK SPACE}"
UNREADABLE: Final = Answer(f"Ce document ne peut pas être montré ici{_NBSP}; le fichier d’origine, lui, est entier.")


def in_words(count: int, *, feminine: bool = False) -> str:
    """« deux », « seize », then « 17 »."""
    if count == 1 and feminine:
        return "une"
    return _WORDS[count] if 0 <= count < len(_WORDS) else str(count)


def counted(count: int, one: str, many: str, *, feminine: bool = False) -> str:
    """« un médicament », « deux médicaments »."""
    return f"{in_words(count, feminine=feminine)} {one if count == 1 else many}"


def of_results(results: Iterable[Result]) -> Answer | None:
    """How many are outside the usual range of the laboratory; None when there is no result."""
    given = [result for result in results if result.measure is not None]
    outside = sum(result.position in OUTSIDE for result in given)
    placed = outside + sum(result.position is Position.WITHIN for result in given)
    silent = len(given) - placed
    if not given:
        return None
    if not placed:
        said = counted(silent, "résultat, sans zone habituelle indiquée", "résultats, sans zone habituelle indiquée")
        return Answer(f"Ce compte rendu donne {said}.")
    rest = ""
    if silent:
        rest = f"{_NBSP}; {counted(silent, 'autre n’a pas', 'autres n’ont pas')} de zone indiquée"
    if not outside:
        start = "Le résultat est" if placed == 1 else f"Les {in_words(placed)} résultats sont"
        return Answer(f"{start} dans la zone habituelle{rest}.")
    if any(result.position is Position.FLAGGED for result in given):
        where = "signalé par le laboratoire ou hors de la zone habituelle"
        wheres = "signalés par le laboratoire ou hors de la zone habituelle"
    else:
        where = wheres = "hors de la zone habituelle"
    if placed == 1:
        return Answer(f"Le résultat est {where}{rest}.", marked="Le résultat")
    if outside == placed:
        marked = f"Les {in_words(placed)} résultats"
        return Answer(f"{marked} sont {wheres}{rest}.", marked=marked)
    marked = f"{counted(outside, 'résultat', 'résultats').capitalize()} sur {in_words(placed)}"
    return Answer(f"{marked} {'est ' + where if outside == 1 else 'sont ' + wheres}{rest}.", marked=marked)


def of_sections(
    kind: Kind, sections: tuple[Section, ...], source: Source, words: Callable[[frozenset[str]], str]
) -> Answer:
    """
    The answer of a structured document that is not a laboratory report.

    Takes
        source: what was met while its sections were read. words: the text of the first section that bears one of these codes, empty when
            there is none.
    """
    found: Answer | None = None
    match kind:
        case Kind.PRESCRIPTION:
            found = _of_names(source.products, "produit est prescrit", "produits sont prescrits")
        case Kind.DISPENSATION:
            found = _of_names(source.products, "produit a été remis", "produits ont été remis")
        case Kind.VACCINATION:
            found = _of_names(source.doses, "dose de vaccin est notée", "doses de vaccin sont notées", feminine=True)
        case Kind.SUMMARY if not source.is_partial:
            found = _of_summary(sections)
        case Kind.IMAGING:
            found = _quoted("Conclusion", words(CONCLUSION))
        case Kind.DISCHARGE:
            found = _quoted("Motif du séjour", words(MOTIVE))
    return found or _of_parts(sections)


def of_file(file: EmbeddedFile) -> Answer:
    """What a document that is one file is."""
    kind, size = type_name(file.media_type), size_words(file.size_bytes)
    if kind.startswith("image"):
        return Answer(f"Ce document est une {kind} de {size}.")
    if kind == "texte":
        return Answer("Ce document est un texte simple.")
    if file.media_type == "application/dicom":
        return Answer(
            "Ce document désigne des images médicales ; elles s’ouvrent avec un logiciel d’imagerie.".replace(
                " ;", f"{_NBSP};"
            )
        )
    return Answer(f"Ce document est un {'fichier ' if kind != 'fichier' else ''}{kind} de {size}.")


def _quoted(label: str, words: str) -> Answer | None:
    if not words:
        return None
    if len(words) > _LONGEST_QUOTE:
        words = words[:_LONGEST_QUOTE].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
    words = words.removesuffix(".")
    return Answer(f"{label}{_NBSP}: «{_NBSP}{words}{_NBSP}».")


def _of_names(names: list[str], one: str, many: str, *, feminine: bool = False) -> Answer | None:
    """« Un produit est prescrit : … », « Trois produits sont prescrits »."""
    if not names:
        return None
    said = counted(len(names), one, many, feminine=feminine).capitalize()
    alone = names[0].rstrip(".") if len(names) == 1 else ""
    return Answer(f"{said}{_NBSP}: {alone}." if alone else f"{said}.")


def _of_summary(sections: tuple[Section, ...]) -> Answer | None:
    problems = allergies = treatments = 0
    for block in _blocks(sections):
        if isinstance(block, Concerns):
            count = sum(not each.name.casefold().startswith("auc") for each in block.concerns)
            if block.are_allergies:
                allergies += count
            else:
                problems += count
        elif isinstance(block, Medicines):
            treatments += len(block.medicines)
    said = [
        counted(count, one, many, feminine=feminine)
        for count, one, many, feminine in (
            (problems, "problème de santé", "problèmes de santé", False),
            (allergies, "allergie", "allergies", True),
            (treatments, "traitement", "traitements", False),
        )
        if count
    ]
    return Answer(f"Cette synthèse note {_listed(said)}.") if said else None


def _of_parts(sections: tuple[Section, ...]) -> Answer:
    titles = [section.title for section in sections if section.title and not section.is_aside]
    if not titles:
        return Answer(
            "Ce document n’a pas de texte à montrer ici." if not sections else "Ce document a une seule partie."
        )
    if len(titles) == 1:
        return Answer(f"Ce document a une partie{_NBSP}: {titles[0]}.")
    said = f"Ce document a {in_words(len(titles))} parties"
    is_short = sum(map(len, titles)) < _LONGEST_LIST and not any("," in title for title in titles)
    return Answer(f"{said}{_NBSP}: {_listed(titles)}." if is_short else f"{said}.")


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} et {words[-1]}"


def _blocks(sections: tuple[Section, ...]) -> Iterator[object]:
    for section in sections:
        yield from section.blocks
        yield from _blocks(section.sections)
