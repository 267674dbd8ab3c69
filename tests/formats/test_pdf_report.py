"""A report as a PDF: every word can be extracted, each is in the structure, in the order it is read."""

import io
from datetime import datetime

from pypdf import PdfReader

from carnet.formats.pdf_report import Line, Report, Section, draw_report
from carnet.vocabulary.moments import PARIS


def a_report(*, days: int = 2, lines: int = 3) -> Report:
    return Report(
        "Historique : œuvre & été", ("Carnet de Camille Essai.",),
        [Section(f"Jour {day}", [Line(f"{line} h 05", f"Acte {day}-{line}. " + "Le Dr Martin a lu votre document. " * 6) for line in range(lines)]) for day in range(days)],
        "Pied de page", "carnet", datetime(2026, 3, 3, 10, 15, tzinfo=PARIS),
    )  # fmt: skip


def read_aloud(content: bytes) -> list[tuple[str, int]]:
    """Tag and number of contents of each element, in order."""
    document = PdfReader(io.BytesIO(content))
    elements = document.trailer["/Root"]["/StructTreeRoot"]["/K"]["/K"]
    return [(str(each.get_object()["/S"]), len(each.get_object()["/K"])) for each in elements]


def test_the_structure_says_what_each_part_is() -> None:
    told = read_aloud(draw_report(a_report()))
    assert [tag for tag, _ in told] == ["/H1", "/P", "/H2", "/P", "/P", "/P", "/H2", "/P", "/P", "/P"]
    assert all(count > 1 for tag, count in told[3:6] if tag == "/P")  # the hour, then each line


def test_pages_turn_and_say_their_number() -> None:
    document = PdfReader(io.BytesIO(draw_report(a_report(days=12, lines=8))))
    count = len(document.pages)
    assert count > 3
    texts = [page.extract_text() for page in document.pages]
    assert all(f"Page {number} sur {count}" in text for number, text in enumerate(texts, 1))
    whole = " ".join(texts)
    assert all(f"Acte {day}-{line}." in whole for day in range(12) for line in range(8))
    assert "Historique : œuvre & été" in texts[0]
    parents = document.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    assert [parents[at] for at in range(0, len(parents), 2)] == list(range(count))
    assert [page["/StructParents"] for page in document.pages] == list(range(count))


def test_a_report_of_nothing() -> None:
    document = PdfReader(io.BytesIO(draw_report(a_report(days=0))))
    assert len(document.pages) == 1
    assert document.metadata.title == "Historique : œuvre & été"
    assert document.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]
