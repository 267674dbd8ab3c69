"""
The sections of a structured body, each as coded facts when they cover it, else as its narrative.

The narrative is what the author attested: facts drawn from entries stand before it, never instead of it.
Source: CDA R2 §4.3.4 (narrative and entries); documents.md §5.3.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from carnet.formats.cda.elements import CODE, all_children_of, tag, text_of
from carnet.formats.cda.reading.agreement import are_affirmed, denies, doubted, holds, is_dated, is_told
from carnet.formats.cda.reading.concerns import concerns_of
from carnet.formats.cda.reading.files import Files
from carnet.formats.cda.reading.kinds import COPY, is_aside
from carnet.formats.cda.reading.medicines import medicines_of
from carnet.formats.cda.reading.model import (
    Block,
    Comment,
    Concerns,
    Kind,
    Medicines,
    Remark,
    Result,
    Results,
    Section,
    Signs,
    Vaccinations,
)
from carnet.formats.cda.reading.narrative import Budget, narrative_of
from carnet.formats.cda.reading.references import Texts, words_of
from carnet.formats.cda.reading.results import comments_of, results_of
from carnet.formats.cda.reading.signs import signs_of
from carnet.formats.cda.reading.titles import title_of
from carnet.formats.cda.reading.vaccinations import vaccinations_of
from carnet.formats.xml import Element

MAX_SECTIONS: Final = 200
MAX_FACTS: Final = 400  # of one kind in one section
MAX_ALL_FACTS: Final = 1_200
_MAX_NESTING: Final = 8
_COMPONENT: Final = tag("component")
_SECTION: Final = tag("section")
_TITLE: Final = tag("title")
_TEXT: Final = tag("text")
_ENTRY: Final = tag("entry")
_REST = Remark("La suite est trop longue pour cette page\N{NO-BREAK SPACE}: elle est dans le document d’origine.")


@dataclass(slots=True)
class Source:
    """
    What the sections of one document share.

    products, doses: names of what was prescribed or given, and of vaccines given, whether shown as facts or as a narrative.
    is_partial: coded facts were found that their narrative is shown instead of, so that counting what is shown would mislead.
    """

    texts: Texts
    files: Files
    budget: Budget
    kind: Kind
    sections_left: int = MAX_SECTIONS
    facts_left: int = MAX_ALL_FACTS
    products: list[str] = field(default_factory=list)
    doses: list[str] = field(default_factory=list)
    is_partial: bool = False


def sections_of(body: Element, source: Source, *, level: int = 0, chapter: tuple[str, ...] = ()) -> Iterator[Section]:
    """The sections under a body or a section, but the one that only holds the copy of the document."""
    for component in body:
        if component.tag != _COMPONENT:
            continue
        for element in component:
            if element.tag != _SECTION:
                continue
            if source.sections_left <= 0:
                return
            source.sections_left -= 1
            section = _section(element, source, level, chapter)
            if section is not None:
                yield section


def _section(element: Element, source: Source, level: int, chapter: tuple[str, ...]) -> Section | None:
    children = all_children_of(element)
    code_element = children.get(CODE, [None])[0]
    code = None if code_element is None else code_element.get("code")
    if code == COPY:
        return None
    title = (text_of(children.get(_TITLE, [None])[0]) or "")[:300]
    if not title and code_element is not None and level == 0:
        title = (code_element.get("displayName") or "").strip()[:300]
    title = title_of(title)
    entries = children.get(_ENTRY, [])
    inner = (*chapter, title) if title else chapter
    text = children.get(_TEXT, [None])[0]
    facts, is_covered = _facts(entries, text, source, inner)
    # Results are worth showing whatever else stands beside them.
    shown = facts if is_covered else [block for block in facts if isinstance(block, Results | Comment | Remark)]
    narrative = (
        None
        if text is None
        else narrative_of(text, source.files.shown, budget=source.budget, is_folded=bool(shown) and is_covered)
    )
    blocks: list[Block] = list(shown)
    if narrative is not None:
        if narrative.html:
            blocks.append(narrative)
        if narrative.is_cut:
            blocks.append(_REST)
    sections: tuple[Section, ...] = ()
    if level < _MAX_NESTING:
        sections = tuple(sections_of(element, source, level=level + 1, chapter=inner))
    elif any(each.tag == _COMPONENT for each in element):
        blocks.append(_REST)
    found = Section(title, tuple(blocks), sections, code=code, is_aside=level == 0 and is_aside(code, title))
    return None if found.is_empty else found


def _facts(
    entries: list[Element], text: Element | None, source: Source, chapter: tuple[str, ...]
) -> tuple[list[Block], bool]:
    """The coded facts of a section, and whether every entry gave some and nothing in them is doubtful."""
    if not entries:
        return [], False
    texts = source.texts
    readers: tuple[Callable[[Element], Iterator[Any]], ...] = (
        lambda entry: results_of(entry, texts, group=chapter),
        lambda entry: medicines_of(entry, texts),
        lambda entry: vaccinations_of(entry, texts),
        lambda entry: concerns_of(entry, texts, are_allergies=True),
        lambda entry: concerns_of(entry, texts, are_allergies=False),
        lambda entry: signs_of(entry, texts),
    )
    found: list[list[Any]] = [[] for _ in readers]
    is_covered = True
    for entry in entries:
        before = sum(map(len, found))
        for reader, kept in zip(readers, found, strict=True):
            fresh = list(islice(reader(entry), min(MAX_FACTS - len(kept), source.facts_left)))
            source.facts_left -= len(fresh)
            kept.extend(fresh)
        is_covered = is_covered and sum(map(len, found)) > before
    results, medicines, vaccinations, allergies, problems, signs = found
    blocks: list[Block] = []
    if results:
        results = doubted(results, text)
        blocks.append(Results(tuple(results)))
        is_covered = is_covered and not any(result.is_unwritten for result in results)
        blocks += (Comment(comment) for entry in entries for comment in comments_of(entry, texts))
    if medicines:
        blocks.append(Medicines(tuple(medicines)))
        is_enough = source.kind in {Kind.PRESCRIPTION, Kind.DISPENSATION}
        is_covered = is_covered and all(is_told(each, is_quantity_enough=is_enough) for each in medicines)
    if vaccinations:
        blocks.append(Vaccinations(tuple(vaccinations)))
        is_covered = is_covered and all(map(is_dated, vaccinations))
    for concerns, are_allergies in ((allergies, True), (problems, False)):
        if concerns:
            blocks.append(Concerns(tuple(concerns), are_allergies=are_allergies))
            is_covered = is_covered and are_affirmed(concerns) and not denies(text)
    if signs:
        blocks.append(Signs(tuple(signs)))
    if source.facts_left <= 0 or any(len(kept) >= MAX_FACTS for kept in found):
        blocks.append(_REST)
    # Results are judged figure by figure.
    told = [block for block in blocks if not isinstance(block, Results | Comment | Remark)]
    source.products += (each.name for each in medicines if not each.is_negated)
    source.doses += (each.name for each in vaccinations if not each.is_negated)
    is_covered = is_covered and (not told or holds(told, text))
    source.is_partial = source.is_partial or (bool(told) and not is_covered)
    return blocks, bool(blocks) and is_covered


def results_in(sections: tuple[Section, ...]) -> Iterator[Result]:
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Results):
                yield from block.results
        yield from results_in(section.sections)


def words_in(body: Element, codes: frozenset[str]) -> str:
    """The words of the first section that bears one of these codes."""
    for element in body.iter(_SECTION):
        children = all_children_of(element)
        code = children.get(CODE, [None])[0]
        if code is not None and code.get("code") in codes and _TEXT in children:
            words = words_of(children[_TEXT][0])
            if words:
                return words
    return ""
