"""From the bytes of a CDA to its facts; pure, bounded, and never against what the text says."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from carnet.domain.health.model import Fact, FactKind, Finding
from carnet.domain.record.browsing.words import plain
from carnet.formats.cda.elements import CODE, all_children_of, descend, tag, text_of
from carnet.formats.cda.facts import nothing
from carnet.formats.cda.facts.lines import Line, lines_of
from carnet.formats.cda.header import read_root
from carnet.formats.cda.reading.agreement import DENIALS
from carnet.formats.cda.reading.concerns import concerns_of
from carnet.formats.cda.reading.medicines import medicines_of
from carnet.formats.cda.reading.model import Concern, Medicine
from carnet.formats.cda.reading.references import Texts
from carnet.formats.cda.reading.titles import title_of
from carnet.formats.xml import LIMIT_BYTES, Element

MAX_FACTS: Final = 200
_STRUCTURED: Final = (tag("component"), tag("structuredBody"))
_COMPONENT, _SECTION, _ENTRY = tag("component"), tag("section"), tag("entry")
_TITLE, _TEXT = tag("title"), tag("text")
_MAX_NESTING: Final = 12
_LONGEST: Final = 300

# Sections by LOINC code. Source: CI-SIS, jeux de sections; IHE PCC.
_KINDS: Final = {
    "48765-2": FactKind.ALLERGY,
    "11450-4": FactKind.PROBLEM,
    "11348-0": FactKind.HISTORY,
    "47519-4": FactKind.HISTORY,  # acts
    "10160-0": FactKind.TREATMENT,
    "10183-2": FactKind.TREATMENT,  # at the end of a stay
    "57207-3": FactKind.VIGILANCE,
    "75310-3": FactKind.VIGILANCE,
    "104605-1": FactKind.VIGILANCE,
}
# The summary has no code of its own for « Points de vigilance »: a section of results bears the title.
_VIGILANT_TITLES: Final = ("vigilance", "facteurs de risque", "facteur de risque", "alerte")
_CONCERNS: Final = frozenset({FactKind.ALLERGY, FactKind.PROBLEM, FactKind.HISTORY})
# Of a date, « inconnue » says nothing of what it is the date of.
_NO: Final = DENIALS - {"inconnu", "inconnue", "non connu", "non connue"}
_ANSWERS: Final = frozenset({"oui", "non"})
_UNNAMED: Final = {
    FactKind.ALLERGY: "Allergie, sans précision", FactKind.PROBLEM: "Problème, sans précision",
    FactKind.HISTORY: "Antécédent, sans précision",
}  # fmt: skip
_TOLD_OF_MEDICINES: Final = frozenset({"Pour", "À prendre si", "Commentaire"})
_LONG_WORD: Final = 4
_MOST_NOTES: Final = 12
_MOST_LOOKED_AT: Final = 4_000
_MORE: Final = Fact(
    FactKind.VIGILANCE, "Ce document en dit plus que ce qui est repris ici\N{NO-BREAK SPACE}: ouvrez-le"
)


def facts_of(data: bytes, *, limit_bytes: int = LIMIT_BYTES) -> tuple[Fact, ...]:
    """
    What a CDA states, allergies first, then in the order of its sections; nothing for one whose body is a file.

    At most MAX_FACTS, and one that says that there are more: no allergy is left out for a problem.

    A section that is absent, or says that it is not filled in, gives nothing; one that says that nothing is known gives that.

    Takes
        data: the file as kept. limit_bytes: larger files are not read.
    Raises
        Invalid: nothing can be read.
    """
    root = read_root(data, limit_bytes=limit_bytes)
    body = descend(root, *_STRUCTURED)
    if body is None:
        return ()
    found = list(islice(_walk(body, Texts(root), 0, inherited=None), _MOST_LOOKED_AT))
    found.sort(key=lambda fact: fact.kind is not FactKind.ALLERGY)
    return tuple(found) if len(found) <= MAX_FACTS else (*found[:MAX_FACTS], _MORE)


def _walk(parent: Element, texts: Texts, level: int, *, inherited: FactKind | None) -> Iterator[Fact]:
    for component in parent:
        if component.tag != _COMPONENT:
            continue
        for section in component:
            if section.tag != _SECTION:
                continue
            children = all_children_of(section)
            code = children.get(CODE, [None])[0]
            title = title_of((text_of(children.get(_TITLE, [None])[0]) or "")[:_LONGEST])
            has_parts = _COMPONENT in children
            kind = _kind_of(None if code is None else code.get("code"), title, has_parts=has_parts) or inherited
            if section.get("nullFlavor") is None:
                yield from _stated(children, kind, title, texts)
            if level < _MAX_NESTING:
                # What stands among risk factors is one: habits, antecedents of the family.
                below = kind if kind is FactKind.VIGILANCE else None
                yield from _walk(section, texts, level + 1, inherited=below)


def _kind_of(code: str | None, title: str, *, has_parts: bool) -> FactKind | None:
    found = _KINDS.get(code or "")
    if found is None and not has_parts and any(word in title.casefold() for word in _VIGILANT_TITLES):
        return FactKind.VIGILANCE
    return found


def _stated(children: dict[str, list[Element]], kind: FactKind | None, title: str, texts: Texts) -> Iterator[Fact]:
    entries = children.get(_ENTRY, [])
    lines = lines_of(children.get(_TEXT, [None])[0])
    if kind is not FactKind.ALLERGY:
        # An allergy is one wherever it stands.
        yield from _coded_concerns(entries, FactKind.ALLERGY, lines, texts)
    if kind is None:
        return
    coded: list[Fact] = []
    if kind in _CONCERNS:
        coded = list(_coded_concerns(entries, kind, lines, texts))
    elif kind is FactKind.TREATMENT:
        coded = list(_coded_medicines(entries, lines, title, texts))
    yield from coded
    if kind is FactKind.ALLERGY and any(each.finding is Finding.PRESENT for each in coded):
        # Better twice than not at all: what the text says and no entry names.
        lines = [
            line for line in lines if not any(_names(each.name, line) for each in coded) and not _is_none(line, kind)
        ]
    elif coded:
        return
    yield from _told(lines, kind, title)


def _coded_concerns(entries: Sequence[Element], kind: FactKind, lines: Sequence[Line], texts: Texts) -> Iterator[Fact]:
    for entry in entries:
        found = concerns_of(entry, texts, are_allergies=kind is FactKind.ALLERGY)
        for each in islice(found, MAX_FACTS):
            fact = _concern(each, kind, lines)
            if fact is not None:
                yield fact


def _concern(concern: Concern, kind: FactKind, lines: Sequence[Line]) -> Fact | None:
    """None for an entry that is there only because the model wants one."""
    if nothing.is_not_told(concern.code):
        return None
    none = _none_in(lines, kind)
    denied = nothing.says_none(concern.name, kind)
    if nothing.is_none_known(concern.code) or denied or (not concern.is_named and (concern.is_negated or none)):
        return Fact(kind, nothing.sentence(none or (concern.name if denied else ""), kind), Finding.NONE_KNOWN)
    name, is_negated = concern.name, concern.is_negated
    if name.casefold() in _ANSWERS:  # the question is in the code, the answer in words
        is_negated = is_negated or name.casefold() == "non"
        name = ((concern.code.display if concern.code else None) or _UNNAMED[kind])[:_LONGEST]
    fact = Fact(
        kind, name, Finding.DENIED if is_negated else Finding.PRESENT, concern.code if concern.is_named else None, concern.detail,
        _cut(concern.status), _notes(concern.notes), concern.period.start, concern.period.end,
    )  # fmt: skip
    return replace(fact, is_doubtful=_is_doubtful(fact, lines))


def _coded_medicines(entries: Sequence[Element], lines: Sequence[Line], title: str, texts: Texts) -> Iterator[Fact]:
    kind = FactKind.TREATMENT
    for entry in entries:
        for each in islice(medicines_of(entry, texts), MAX_FACTS):
            denied = nothing.says_none(each.name, kind)
            if nothing.is_none_known(each.code) or denied:
                said = _none_in(lines, kind) or (each.name if denied else "")
                yield Fact(kind, nothing.sentence(said, kind), Finding.NONE_KNOWN)
            elif each.name and not nothing.is_not_told(each.code):
                yield _medicine(each, lines, title)


def _medicine(medicine: Medicine, lines: Sequence[Line], title: str) -> Fact:
    notes = [("Posologie", dosage.text) for dosage in medicine.dosages]
    notes += [note for note in medicine.notes if note[0] in _TOLD_OF_MEDICINES]
    details = (medicine.substance, "à la sortie" if "sortie" in title.casefold() else "")
    fact = Fact(
        FactKind.TREATMENT, medicine.name, Finding.DENIED if medicine.is_negated else Finding.PRESENT, medicine.code,
        _cut(", ".join(each for each in details if each)), "", _notes(notes), medicine.period.start, medicine.period.end,
    )  # fmt: skip
    return replace(fact, is_doubtful=_is_doubtful(fact, lines))


def _told(lines: Sequence[Line], kind: FactKind, title: str) -> Iterator[Fact]:
    """What the text says, line by line, where nothing is coded."""
    for line in lines:
        none = next((words for words in (" ".join(line), line[-1]) if nothing.says_none(words, kind)), "")
        if none:
            yield Fact(kind, nothing.sentence(none, kind), Finding.NONE_KNOWN)
        elif len(line) > 1 and any(_denies(cell) for cell in line):
            yield Fact(kind, line[0][:_LONGEST], Finding.DENIED)
        else:
            apart = (
                "\N{NO-BREAK SPACE}: " if kind is FactKind.VIGILANCE and len(line) == 2 else ", "
            )  # a question and its answer
            words = _cut(apart.join(line).rstrip(" ."))
            yield Fact(kind, words, detail=title if kind is FactKind.VIGILANCE else "")


def _notes(notes: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((label, _cut(words)) for label, words in islice(notes, _MOST_NOTES))


def _cut(words: str) -> str:
    """So many characters, and a sign that there are more: the document has them all."""
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…"


def _is_none(line: Line, kind: FactKind) -> bool:
    return nothing.says_none(" ".join(line), kind)


def _none_in(lines: Sequence[Line], kind: FactKind) -> str:
    """The first line that says that nothing of the kind is known, or an empty text."""
    return next((" ".join(line) for line in lines if _is_none(line, kind)), "")


def _is_doubtful(fact: Fact, lines: Sequence[Line]) -> bool:
    """Whether the line of the text that names it says yes where the code says no, or no where it says yes."""
    is_present = fact.finding is Finding.PRESENT
    name = fact.name.casefold()
    for line in lines:
        if any(name in cell.casefold() for cell in line):
            says_no = any(_denies(cell) or (name in cell.casefold() and _begins_with_no(cell)) for cell in line)
            return says_no is is_present
    # Named nowhere: a text that says that there is none contradicts it.
    return is_present and bool(_none_in(lines, fact.kind))


def _denies(cell: str) -> bool:
    return cell.casefold().strip(" .") in _NO


def _begins_with_no(cell: str) -> bool:
    return cell.casefold().startswith(("aucun", "pas d", "absence d", "sans ", "non"))


def _names(name: str, line: Line) -> bool:
    """Whether a line has one of the long words of a name."""
    said = plain(" ".join(line)).split()
    words = [word for word in plain(name).split() if len(word) >= _LONG_WORD] or plain(name).split()
    return any(word in said for word in words)
