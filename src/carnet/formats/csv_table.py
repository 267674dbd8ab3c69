"""
A table as spreadsheets open it in France: UTF-8 with its mark, semicolons, and no cell that is taken for a formula.

Source: RFC 4180; OWASP, CSV injection.
"""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The file. A cell that a spreadsheet would compute begins with an apostrophe, which it shows as text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(cell: str) -> str:
    plain = cell.replace("\x00", "")
    return f"'{plain}" if plain.lstrip(" \n").startswith(_FORMULA) else plain
