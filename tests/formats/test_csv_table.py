"""A table that spreadsheets open and do not compute."""

import csv
import io

import pytest

from carnet.formats.csv_table import write_table


@pytest.mark.parametrize("cell", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n@x"])
def test_no_cell_is_a_formula(cell: str) -> None:
    (_, (written,)) = csv.reader(
        io.StringIO(write_table(["x"], [[cell]]).decode("utf-8-sig"), newline=""), delimiter=";"
    )
    assert written == "'" + cell


def test_what_is_written_is_read_back() -> None:
    rows = [["Dr « Œuvre »", 'dit "oui" ; puis\nnon'], ["", "un\x00deux"]]
    content = write_table(["Qui", "Quoi"], rows)
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert read == [["Qui", "Quoi"], rows[0], ["", "undeux"]]
