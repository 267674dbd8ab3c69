"""
The order in which people read a laboratory report: what is outside the usual range, what is inside, the rest, then the report itself.

Source: style.md §8 (words first, number second); CI-SIS, volet CR-BIO.
"""

from carnet.formats.cda.reading.model import (
    OUTSIDE,
    Block,
    Comment,
    Narrative,
    Position,
    Remark,
    Result,
    Results,
    Section,
)

OUTSIDE_TITLE = "À regarder avec votre médecin"
WITHIN_TITLE = "Dans la zone habituelle"
OTHER_TITLE = "Sans zone habituelle indiquée"
ADDED_TITLE = "Ce que le laboratoire ajoute"
WHOLE_TITLE = "Le compte rendu, tel que le laboratoire l’a écrit"


def laboratory_sections(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """The sections of a report with results, as they are shown."""
    results: list[Result] = []
    comments: list[Comment] = []
    written: list[Section] = []
    first: list[Section] = []
    others: list[Section] = []
    for section in sections:
        inside = list(_results(section))
        if inside:
            results += inside
            comments += _comments(section)
            written.append(_as_written(section))
        elif section.title.casefold().startswith("conclusion"):
            first.append(section)
        else:
            others.append(section)
    shown = [*first]
    for title, chosen in (
        (OUTSIDE_TITLE, [each for each in results if each.position in OUTSIDE]),
        (WITHIN_TITLE, [each for each in results if each.position is Position.WITHIN]),
    ):
        if chosen:
            shown.append(Section(title, (Results(tuple(chosen), is_drawn=True),)))
    silent = [each for each in results if each.position is Position.UNSAID]
    if silent:
        # Alone, they need no title that speaks of what the others are.
        title = OTHER_TITLE if len(silent) < len(results) else "Résultats"
        shown.append(Section(title, (Results(tuple(silent)),)))
    remarks = [block for section in sections for block in _remarks(section)]
    if remarks:
        shown.append(Section("", tuple(dict.fromkeys(remarks))))
    if comments:
        # The same comment is often repeated under each chapter.
        shown.append(Section(ADDED_TITLE, tuple(dict.fromkeys(comments))))
    shown += [each for each in others if not each.is_aside]
    kept = tuple(each for each in written if not each.is_empty)
    if kept:
        shown.append(Section(WHOLE_TITLE, sections=kept, is_aside=True))
    return (*shown, *(each for each in others if each.is_aside))


def _results(section: Section) -> list[Result]:
    found = [result for block in section.blocks if isinstance(block, Results) for result in block.results]
    for each in section.sections:
        found += _results(each)
    return found


def _comments(section: Section) -> list[Comment]:
    found = [block for block in section.blocks if isinstance(block, Comment)]
    for each in section.sections:
        found += _comments(each)
    return found


def _remarks(section: Section) -> list[Remark]:
    """What is said of results left out; of a narrative, it is said under it."""
    found = [block for block in section.blocks if isinstance(block, Remark)] if _results(section) else []
    for each in section.sections:
        found += _remarks(each)
    return found


def _as_written(section: Section) -> Section:
    """The narrative alone, opened: it is folded as a whole."""
    blocks: tuple[Block, ...] = tuple(
        Narrative(block.html, is_cut=block.is_cut) if isinstance(block, Narrative) else block
        for block in section.blocks
        if isinstance(block, Narrative | Remark)
    )
    return Section(section.title, blocks, tuple(_as_written(each) for each in section.sections), code=section.code)
