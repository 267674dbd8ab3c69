"""
FINESS establishments as their stock of every two months publishes them: `etalab-cs1100502…csv`, without a header, columns by their rank.

First line `finess;etalab;…`, then one line per site (`structureet`), then coordinates, which are passed over. The file is in ISO-8859-1, and
has been in UTF-8: each line is read as what it is. Source: the files themselves; the ranks are those that public readers of the file use.
"""

from collections.abc import Iterable, Iterator

from carnet.domain.directory.loading.model import LineFault, Place, Structure
from carnet.formats.annuaire.lines import Line
from carnet.formats.annuaire.numbers import is_finess, is_siret
from carnet.formats.annuaire.structures import read_day

MARK = "finess;etalab"
_SITE = "structureet"
# Kind of line, number, number of the legal entity, names, address, telephones, category and its label, aggregate and its label, SIRET, APE,
# tariffs and participation with their labels, opening, authorisation, update (and UAI, lately).
_COLUMNS = 31

Item = tuple[int, Structure] | LineFault


def read_finess_stock(lines: Iterable[Line]) -> Iterator[Item]:
    """For each site, in order: its line and its value, or its fault."""
    for line in lines:
        # A line that is not UTF-8 is given one character per byte, which is what ISO-8859-1 means.
        if line.fault is not None and line.fault != "line-encoding":
            yield LineFault(line.number, line.fault)
            continue
        fields = [" ".join(field.split()) for field in line.text.split(";")]
        if fields[0] != _SITE:
            continue
        key = "1" + fields[1] if len(fields) > 2 and is_finess(fields[1]) else ""
        if len(fields) < _COLUMNS:
            if not line.is_ended:
                yield LineFault(line.number, "line-truncated", key)
            else:
                facts = {"found": str(len(fields)), "expected": str(_COLUMNS)}
                yield LineFault(line.number, "line-columns", key, facts)
            continue
        read = _site(fields)
        yield (
            (line.number, read)
            if isinstance(read, Structure)
            else LineFault(line.number, read, key, {"value": fields[1][:40]})
        )


def _site(fields: list[str]) -> Structure | str:
    """The site, or the code of its fault."""
    (
        _, number, legal, name, long_name, name_more, to_more, house_number, street_type, street, street_more, mention, commune, department,
        _, delivery, phone, fax, category, _, _, _, siret, *_,
    ) = fields  # fmt: skip
    if not is_finess(number) or (legal and not is_finess(legal)):
        return "structure-number"
    if not (name or long_name):
        return "name-missing"
    if max(map(len, fields)) > 500:
        return "field-too-long"
    brand = " ".join(filter(None, (long_name, name_more)))
    return Structure(
        organization="1" + number,
        is_legal_entity=False,
        finess=number,
        siret=siret if is_siret(siret) else "",
        siren=siret[:9] if is_siret(siret) else "",
        part_of="1" + legal if legal else "",
        name=name or long_name,
        brand=brand if brand != name else "",
        category=category,
        opened=read_day(fields[28]),
        closed="",
        phone=phone,
        fax=fax,
        email="",
        place=Place(
            addressee=to_more, house_number=house_number, repetition=street_more, street_type=street_type, street=street, mention=mention,
            delivery=delivery, postal_code=delivery[:5] if delivery[:5].isdecimal() else "",
            commune=_commune(commune, department), department=department,
        ),
    )  # fmt: skip


def _commune(commune: str, department: str) -> str:
    """The INSEE code, when the file gives the commune's three digits: after the department, 97 for those overseas (9A, 9B…)."""
    if len(commune) != 3 or not commune.isdecimal() or len(department) < 2:
        return commune
    return ("97" if department[0] == "9" and department[1].isalpha() else department[:2]) + commune
