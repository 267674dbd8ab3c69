"""
Who made, signed and asked for a document, as people say it: « Dr Anselme Roudier, médecin généraliste ».

Source: documents.md §5.1; §2.3 (author sub-attributes).
"""

import re
from collections.abc import Iterator
from typing import Final

from carnet.domain.record.model import Author, AuthorKind
from carnet.formats.cda.elements import CODE, NAME, REPRESENTED_ORGANIZATION, descend, first, offspring, tag, text_of
from carnet.formats.cda.reading.model import Maker
from carnet.formats.xml import Element

_TITLES: Final = {"DR": "Dr", "DRE": "Dre", "PR": "Pr", "PRE": "Pre"}
_CIVILITIES: Final = {"M": "M.", "MME": "Mme", "MLLE": "Mme", "M.": "M."}
# Source: JDV_J01, labels of professions and specialities: « Médecin - Qualifié en Médecine Générale (SM) ».
_OFFICIAL: Final = re.compile(
    r"(?P<profession>[^-(]{2,60}?)(?: - (?:Qualifiée? en )?(?P<speciality>[^(]{2,80}?))?(?: \((?:SM|C|CEX|S|PAC|FQ)\))?"
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_PARTS: Final = {tag(name): name for name in ("family", "given", "prefix", "suffix")}
_PERSONS: Final = tuple(tag(name) for name in ("assignedPerson", "associatedPerson", "playingEntity"))
_PARTICIPANT: Final = tag("participant")
_ASSOCIATED: Final = tag("associatedEntity")
_SCOPING: Final = tag("scopingOrganization")


def makers_of(authors: tuple[Author, ...]) -> tuple[Maker, ...]:
    """Each author once."""
    return tuple(dict.fromkeys(maker for author in authors if (maker := maker_of(author)).name or maker.organization))


def maker_of(author: Author) -> Maker:
    organization = (author.organization.name if author.organization else None) or ""
    if author.kind is AuthorKind.DEVICE:
        return Maker((author.device or "").replace("/", ", "), organization=organization)
    name = spelled(author.given, author.family, prefix=author.prefix, suffix=author.suffix)
    if author.kind is AuthorKind.PATIENT or author.specialty is None:
        return Maker(name, organization=organization)
    return Maker(name, profession_words(author.specialty.display), organization, author.specialty.code)


def askers_of(root: Element) -> Iterator[Maker]:
    """Those who asked for what the document tells (participant REF)."""
    for participant in root:
        if participant.tag == _PARTICIPANT and participant.get("typeCode") == "REF":
            entity = first(participant, _ASSOCIATED)
            name = person_name(entity)
            code = first(entity, CODE)
            if name:
                yield Maker(
                    name,
                    profession_words(None if code is None else code.get("displayName")),
                    text_of(first(first(entity, _SCOPING), NAME)) or "",
                    "" if code is None else code.get("code") or "",
                )


def person_name(entity: Element | None) -> str:
    """The name of an assigned or associated entity; that of its organisation when there is no person."""
    for person in _PERSONS:
        name = descend(entity, person, NAME)
        if name is not None:
            parts: dict[str, str] = {}
            for child in offspring(name):
                part = _PARTS.get(child.tag)
                if part and (text := text_of(child)):
                    parts.setdefault(part, text)
            spelled_name = spelled(
                parts.get("given"), parts.get("family"), prefix=parts.get("prefix"), suffix=parts.get("suffix")
            )
            return spelled_name or text_of(name) or ""
    return text_of(descend(entity, REPRESENTED_ORGANIZATION, NAME)) or ""


def profession_words(label: str | None) -> str:
    """« médecin, biologie médicale », from « Médecin - Biologie médicale (SM) »."""
    told = _OFFICIAL.fullmatch((label or "").strip())
    if told is None:
        return (label or "").strip()[:200]
    profession, speciality = told["profession"].strip(), (told["speciality"] or "").strip()
    return ", ".join(
        each[:1].lower() + each[1:] for each in (profession, speciality.lower() if speciality else "") if each
    )[:200]


def _cased(name: str) -> str:
    """A name in capitals as one writes it: « Dupont-Martin »; any other is left alone."""
    return _WORD.sub(lambda word: word[0].capitalize(), name.lower()) if name.isupper() and len(name) > 1 else name


def spelled(given: str | None, family: str | None, *, prefix: str | None = None, suffix: str | None = None) -> str:
    """« Dr Anselme Roudier »: the title wins over the civility."""
    words = [_cased(each) for each in (given, family) if each and _WORD.search(each)]
    if not words:
        return ""
    title = _TITLES.get((suffix or "").upper().rstrip(".")) or _TITLES.get((prefix or "").upper().rstrip("."))
    civility = title or _CIVILITIES.get((prefix or "").upper())
    return " ".join(([civility] if civility else []) + words)
