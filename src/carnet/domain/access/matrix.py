"""
The matrix of habilitations as a data file: which profession may read which documents.

Source: arrêté of 26 October 2023 on access rights to the DMP, whose annex was not found: see docs/decisions/0003. The shipped file is a
cautious default; `CARNET_ACCESS_MATRIX` names another.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from carnet.domain.access.model import AccessMatrix, Cell
from carnet.vocabulary.value_sets import value_set

_EDITION = "# edition: "
_HEADER = ["profession", "scope", "codes", "read"]
_REFINED_HEADER = ["profession", "specialty", "function", "scope", "codes", "read"]
_PROFESSIONS = "TRE_G15-ProfessionSante"
_SPECIALTIES = "TRE_R01-EnsembleSavoirFaire-CISIS"
_CODES = {"class": "JDV_J57-ClassCode-DMP", "type": "JDV_J07-XdsTypeCode-CISIS"}
_READ = {"yes": True, "no": False}


class MatrixError(ValueError):
    """A file that is not a matrix. Its text tells the operator the line and the fault."""

    def __init__(self, line: int, fault: str) -> None:
        super().__init__(f"line {line}: {fault}")
        self.line = line


def load_matrix(path: Path | None) -> AccessMatrix:
    """
    The matrix of this file, or the one shipped with carnet.

    Takes
        path: CSV in UTF-8. First line `# edition: <name and date>`; then `profession,scope,codes,read`; then one line per cell or
            group of cells: a profession of TRE_G15, `class` or `type`, codes separated by spaces, `yes` or `no`. Blank lines and lines
            starting with `#` are comments. What is not written is denied; a type wins over its class. A file that tells specialties or
            functions apart has the header `profession,specialty,function,scope,codes,read`; either may be empty.
    Raises
        MatrixError: one line is wrong, or says again or otherwise what another said.
        OSError: the file cannot be read.
    """
    return _default() if path is None else parse_matrix(path.read_text(encoding="utf-8"))


@cache
def _default() -> AccessMatrix:
    data = resources.files(__package__).joinpath("data", "default-matrix.csv")
    return parse_matrix(data.read_text(encoding="utf-8"))


def parse_matrix(text: str) -> AccessMatrix:
    """The matrix written in this text; see `load_matrix`."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or not lines[0].startswith(_EDITION) or not lines[0][len(_EDITION) :].strip():
        raise MatrixError(1, f"the first line must be `{_EDITION}<name and date>`")
    cells: dict[_Line, bool] = {}
    header: list[str] | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [part.strip() for part in next(csv.reader([line]))]
        if header is None:
            if fields not in (_HEADER, _REFINED_HEADER):
                raise MatrixError(number, f"the header must be `{','.join(_HEADER)}` or `{','.join(_REFINED_HEADER)}`")
            header = fields
            continue
        for cell, read in _cells(number, fields, header):
            if cell in cells:
                raise MatrixError(number, f"{' '.join(filter(None, cell))} is already said")
            cells[cell] = read
    if not cells:
        raise MatrixError(len(lines), "no line says what may be read")
    return _matrix(lines[0][len(_EDITION) :].strip(), cells)


_Line = tuple[str, str, str, str, str]  # profession, specialty, function, scope, code


def _matrix(edition: str, cells: Mapping[_Line, bool]) -> AccessMatrix:
    classes: dict[str, set[str]] = {}
    types: dict[tuple[str, str], bool] = {}
    refined: dict[tuple[str, str, str], dict[Cell, bool]] = {}
    for (profession, specialty, function, scope, code), read in cells.items():
        if specialty or function:
            refined.setdefault((profession, specialty, function), {})[scope, code] = read
        elif scope == "type":
            types[profession, code] = read
        elif read:
            classes.setdefault(profession, set()).add(code)
    return AccessMatrix(
        edition, {profession: frozenset(codes) for profession, codes in classes.items()}, types, refined
    )


def _cells(number: int, fields: list[str], header: list[str]) -> list[tuple[_Line, bool]]:
    if len(fields) != len(header):
        raise MatrixError(number, f"{len(header)} fields expected, {len(fields)} found")
    said = dict(zip(header, fields, strict=True))
    profession, scope, codes, read = (said[name] for name in _HEADER)
    specialty, function = said.get("specialty", ""), said.get("function", "")
    if all(entry.code != profession for entry in value_set(_PROFESSIONS)):
        raise MatrixError(number, f"unknown profession {profession!r}")
    if specialty and all(entry.code != specialty for entry in value_set(_SPECIALTIES)):
        raise MatrixError(number, f"unknown specialty {specialty!r}")
    if " " in function:
        raise MatrixError(number, f"function is one code of TRE_R21, not {function!r}")
    if scope not in _CODES:
        raise MatrixError(number, f"scope is `class` or `type`, not {scope!r}")
    if read not in _READ:
        raise MatrixError(number, f"read is `yes` or `no`, not {read!r}")
    known = {entry.code for entry in value_set(_CODES[scope])}
    if not codes:
        raise MatrixError(number, "no code")
    for code in codes.split():
        if code not in known:
            raise MatrixError(number, f"unknown {scope} {code!r}")
    return [((profession, specialty, function, scope, code), _READ[read]) for code in codes.split()]
