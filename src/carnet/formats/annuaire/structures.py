"""
FINESS structures, as the JSON that data.gouv publishes: legal entities with their sites, read one legal entity at a time.

The file is one object whose `pmej` array holds hundreds of thousands of others; the array is cut into its items without reading the file
whole. Source: ansforge/finess, schema `structure.json` version 1; the schema leaves `informationsGeneralesEGE` undefined, so that there
members are found by the beginning of their names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from carnet.domain.directory.loading.model import LineFault, Place, Structure
from carnet.domain.errors import Invalid
from carnet.formats.annuaire.numbers import is_finess, is_siren, is_siret

MAX_ITEM_BYTES = 32 * 1024 * 1024
_MARKS = re.compile(rb'["\\{}\[\]]')
_START = re.compile(rb'"pmej"\s*:\s*\[')
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})|(\d{2})/(\d{2})/(\d{4})|(\d{4})(\d{2})(\d{2})")

Item = tuple[int, Structure] | LineFault


def read_structures(blocks: Iterable[bytes]) -> Iterator[Item]:
    """
    Read the legal entities and their sites.

    Takes
        blocks: the file, in order, in pieces of any size.
    Gives
        (rank of the legal entity, structure), or a fault with that rank as its line. A file cut short ends with `line-truncated`.
    Raises
        Invalid: `directory-json`: not an object with a `pmej` array.
    """
    for rank, text in _items(blocks):
        if text is None:
            yield LineFault(rank, "line-truncated")
            return
        try:
            entity = orjson.loads(text)
        except orjson.JSONDecodeError:
            yield LineFault(rank, "item-unreadable")
            continue
        if not isinstance(entity, dict):
            yield LineFault(rank, "item-unreadable")
            continue
        yield from _entity(rank, entity)


def _items(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Rank and text of each object of the array; None for one that is cut short."""
    source, held = iter(blocks), b""
    while (found := _START.search(held)) is None:
        block = next(source, None)
        if block is None or len(held) > MAX_ITEM_BYTES:
            raise Invalid("directory-json")
        held += block
    held = held[found.end() :]
    rank, depth, start, place, in_text = 1, 0, 0, 0, False
    while True:
        mark = _MARKS.search(held, place)
        if mark is None or (mark[0] == b"\\" and mark.end() == len(held)):
            place = len(held) if mark is None else mark.start()
            block = next(source, None)
            if block is None or len(held) > MAX_ITEM_BYTES:
                yield rank, None
                return
            held = held[start:] + block
            place, start = place - start, 0
            continue
        place = mark.end()
        sign = mark[0]
        if in_text:
            if sign == b"\\":
                place += 1
            elif sign == b'"':
                in_text = False
        elif sign == b'"':
            in_text = True
        elif sign in b"{[":
            if depth == 0:
                start = mark.start()
            depth += 1
        elif sign in b"}]":
            depth -= 1
            if depth < 0:
                return
            if depth == 0:
                yield rank, held[start:place]
                rank, start = rank + 1, place


def _entity(rank: int, entity: Mapping[str, Any]) -> Iterator[Item]:
    general = _object(entity.get("informationsGeneralesPmej"))
    number = _text(general.get("numFinessPm"))
    if not is_finess(number):
        yield LineFault(rank, "structure-number", facts={"value": number[:40]})
        return
    names = (_text(general.get("denominationPm")), _text(general.get("denominationLonguePmSmsse")))
    yield _structure(rank, number, general, entity, names=names, part_of="")
    for site in _list(entity.get("ege")):
        if not isinstance(site, dict):
            yield LineFault(rank, "item-unreadable")
            continue
        about = _object(site.get("informationsGeneralesEGE"))
        own = _beginning(about, "numfiness")
        if not is_finess(own):
            yield LineFault(rank, "structure-number", facts={"value": own[:40]})
            continue
        long = _beginning(about, "denominationlongue")
        short = next(
            (_text(v) for k, v in about.items() if k.lower().startswith("denomination") and "longue" not in k.lower()),
            "",
        )
        yield _structure(rank, own, {**about, **site}, site, names=(short, long), part_of="1" + number)


def _structure(
    rank: int, number: str, general: Mapping[str, Any], node: Mapping[str, Any], *, names: tuple[str, str], part_of: str
) -> Item:
    name = names[0] or names[1]
    if not name:
        return LineFault(rank, "name-missing", "1" + number)
    brand = names[1] if names[1] != name else ""
    siren, siret = _text(general.get("siren")), _text(general.get("siret"))
    category = _text(_object(general.get("categorieEntiteGeographiqueExercice")).get("code"))
    telecom = next((_object(_object(c).get("telecom")) for c in _list(node.get("contact"))), {})
    read = Structure(
        organization="1" + number,
        is_legal_entity=not part_of,
        finess=number,
        siret=siret if is_siret(siret) else "",
        siren=siren if is_siren(siren) else "",
        part_of=part_of,
        name=name,
        brand=brand,
        category=category,
        opened=read_day(_beginning(general, "datecreation") or _beginning(general, "dateouverture")),
        closed=read_day(_beginning(general, "datefermeture")),
        phone=_text(telecom.get("telephone")),
        fax=_text(telecom.get("telecopie")),
        email=_text(telecom.get("courriel")),
        place=_place(next((_object(each) for each in _list(node.get("adresse"))), {})),
    )
    if any(len(value) > 500 for value in (*read[6:9], *read[11:14], *read.place)):
        return LineFault(rank, "field-too-long", read.organization)
    return rank, read


def _place(address: Mapping[str, Any]) -> Place:
    delivery = _text(address.get("ligneAcheminement")) or _text(address.get("ligneSix"))
    return Place(
        locator=_text(address.get("complementPointGeographique")),
        house_number=_text(address.get("numeroVoie")),
        repetition=_text(address.get("complementVoie")),
        street_type=_text(address.get("typeVoie")),
        street=_text(address.get("libelleVoie")),
        mention=_text(address.get("lieuDit")),
        delivery=delivery,
        postal_code=_text(address.get("codePostal")),
        commune=_text(address.get("cogCommune")),
    )


def _object(node: object) -> Mapping[str, Any]:
    return node if isinstance(node, dict) else {}


def _list(node: object) -> Sequence[Any]:
    return node if isinstance(node, list) else ()


def _text(node: object) -> str:
    """A text without controls or spaces around; empty for anything else."""
    return " ".join("".join(c if c.isprintable() else " " for c in node).split()) if isinstance(node, str) else ""


def _beginning(node: Mapping[str, Any], start: str) -> str:
    return next((_text(value) for name, value in node.items() if name.lower().startswith(start)), "")


def read_day(text: str) -> str:
    """AAAA-MM-JJ, from that, JJ/MM/AAAA or AAAAMMJJ, a time after it left out; empty for anything else."""
    found = _DAY.match(text)
    if found is None:
        return ""
    whole, day, month, year, *compact = found.groups()
    written = whole or (f"{year}-{month}-{day}" if year else "-".join(compact))
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        return ""
