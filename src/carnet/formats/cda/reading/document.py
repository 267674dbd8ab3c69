"""
From the bytes of a document to what people read of it.

Source: documents.md §5 (all).
"""

import re
from contextlib import suppress
from html import escape
from typing import Final

from carnet.domain.errors import Invalid
from carnet.domain.record.model import AuthorKind, DocumentHeader
from carnet.formats import media
from carnet.formats.cda.body import Body
from carnet.formats.cda.carried import lift
from carnet.formats.cda.elements import descend, tag
from carnet.formats.cda.header import header_of, read_root
from carnet.formats.cda.reading import answers
from carnet.formats.cda.reading.biology import laboratory_sections
from carnet.formats.cda.reading.files import Files, file_of
from carnet.formats.cda.reading.kinds import kind_of
from carnet.formats.cda.reading.makers import askers_of, maker_of, makers_of
from carnet.formats.cda.reading.model import Answer, EmbeddedFile, Kind, Narrative, Reading, Remark, Section
from carnet.formats.cda.reading.narrative import Budget
from carnet.formats.cda.reading.references import Texts
from carnet.formats.cda.reading.sections import Source, results_in, sections_of, words_in
from carnet.formats.xml import LIMIT_BYTES, Element
from carnet.vocabulary.moments import Moment

_STRUCTURED: Final = (tag("component"), tag("structuredBody"))
_LONGEST_TEXT: Final = 100_000  # characters of a plain text shown on the page
_BLANK_LINE: Final = re.compile(r"(?:\r?\n[ \t]*){2,}")


def read_cda(data: bytes, *, limit_bytes: int = LIMIT_BYTES) -> Reading:
    """
    Read a CDA for people. Never raises: what cannot be read gives a reading that says so.

    Takes
        data: the file as kept. limit_bytes: larger files are not read.
    """
    try:
        return _read(data, limit_bytes)
    except Invalid:
        return unreadable()


def unreadable() -> Reading:
    """What is said of a document that we cannot show."""
    return Reading(Kind.UNREADABLE, "Document", answers.UNREADABLE)


def read_file(data: bytes, media_type: str) -> Reading:
    """Read a document that is one file: what it is, and its words when it is a plain text."""
    return _file_reading(EmbeddedFile(media.bare_type(media_type), data), None)


def _read(data: bytes, limit_bytes: int) -> Reading:
    lifted = lift(data) if len(data) <= limit_bytes else None
    if lifted is not None:
        with suppress(Invalid):
            root = read_root(lifted.rest, limit_bytes=limit_bytes)
            header, body = header_of(root)
            if lifted.stood_in(body):
                return _unstructured(header, body, root, carried=lifted.content)
    root = read_root(data, limit_bytes=limit_bytes)
    header, body = header_of(root)
    structured = descend(root, *_STRUCTURED)
    if structured is None:
        return _unstructured(header, body, root)
    return _structured(header, body, root, structured)


def _unstructured(header: DocumentHeader, body: Body, root: Element, *, carried: bytes | None = None) -> Reading:
    part = body.parts[0] if body.parts else None
    file = None if part is None else file_of(part, carried=carried)
    if file is None:
        return _reading(header, root, kind=Kind.UNREADABLE, answer=answers.UNREADABLE)
    return _file_reading(file, _reading(header, root, kind=Kind.FILE, answer=answers.of_file(file), embedded=file))


def _structured(header: DocumentHeader, body: Body, root: Element, structured: Element) -> Reading:
    kind = kind_of(header.type.code if header.type else None)
    files = Files(body)
    source = Source(Texts(root), files, Budget(), kind)
    sections = tuple(sections_of(structured, source))
    # What stands beside the subject comes last.
    sections = tuple(sorted(sections, key=lambda section: section.is_aside))
    answer: Answer | None = None
    if kind is Kind.BIOLOGY:
        results = tuple(results_in(sections))
        answer = answers.of_results(results)
        if answer is not None:
            sections = laboratory_sections(sections)
    if answer is None:
        answer = answers.of_sections(kind, sections, source, lambda codes: words_in(structured, codes))
    return _reading(
        header,
        root,
        kind=kind,
        answer=answer,
        sections=sections,
        embedded=files.copy,
        files=files.attached,
        images=tuple(files.images),
    )


def _reading(
    header: DocumentHeader,
    root: Element,
    *,
    kind: Kind,
    answer: Answer,
    sections: tuple[Section, ...] = (),
    embedded: EmbeddedFile | None = None,
    files: tuple[EmbeddedFile, ...] = (),
    images: tuple[EmbeddedFile, ...] = (),
) -> Reading:
    signed = maker_of(header.legal_authenticator) if header.legal_authenticator else None
    return Reading(
        kind=kind,
        title=(header.title or "Document")[:300],
        summary=answer,
        sections=sections,
        authors=makers_of(header.authors),
        signed_by=signed if signed is not None and signed.name else None,
        asked_by=tuple(askers_of(root)),
        written=_written(header),
        done=header.service_start,
        embedded=embedded,
        files=files,
        images=images,
    )


def _written(header: DocumentHeader) -> Moment | None:
    """When the document was made; a paper that the patient added is as old as the act that it tells (XDS-SD), not as its adding."""
    is_added = header.body == "N1" and all(author.kind is AuthorKind.PATIENT for author in header.authors)
    return header.service_start if is_added and header.service_start is not None else header.created


def _file_reading(file: EmbeddedFile, reading: Reading | None) -> Reading:
    """A reading of one file; a plain text is shown as paragraphs."""
    base = reading or Reading(Kind.FILE, "Document", answers.of_file(file), embedded=file)
    if file.media_type != "text/plain":
        return base
    sections = tuple(_of_text(file.content))
    return Reading(
        base.kind,
        base.title,
        base.summary,
        sections,
        base.authors,
        base.signed_by,
        base.asked_by,
        base.written,
        base.done,
        file,
    )


def _of_text(content: bytes) -> list[Section]:
    """The paragraphs of a plain text, in the encoding that its bytes allow."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    shown = text[:_LONGEST_TEXT]
    html = "".join(
        "<p>" + "<br>".join(escape(line.strip(), quote=False) for line in paragraph.strip().splitlines()) + "</p>"
        for paragraph in _BLANK_LINE.split(shown)
        if paragraph.strip()
    )
    if not html:
        return []
    is_cut = len(text) > _LONGEST_TEXT
    rest = (Remark("La suite est dans le fichier d’origine."),) if is_cut else ()
    return [Section("Texte du document", (Narrative(html, is_cut=is_cut), *rest))]
