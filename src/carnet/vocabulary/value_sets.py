"""
The code tables of the fiche and of the CDA header, each with its edition, and the two names of a code system.

Source: ANS, Nomenclatures des objets de santé (NOS); documents.md §2, §12. The tables are CSV files in `data/`, named after the
value set, their first line telling name, OID, edition and source.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from importlib import resources

from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen

_NOS = "https://mos.esante.gouv.fr/NOS/"
_URN_OID = "urn:oid:"


@frozen
class ValueSet:
    """
    A closed list of codes.

    name: as the NOS write it (`JDV_J07-XdsTypeCode-CISIS`). oid: of the value set, or of the code system for a `TRE_` table.
    edition: revision date, `n.d.` when the source gives none. codes: by (code, bare OID of its system).
    """

    name: str
    oid: str
    edition: str
    source: str
    codes: Mapping[tuple[str, str], Code] = field(repr=False)

    def find(self, code: str, system: str) -> Code | None:
        """The official code with its label, or None. `system`: bare OID."""
        return self.codes.get((code, system))

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes.values())

    def __len__(self) -> int:
        return len(self.codes)


def names() -> tuple[str, ...]:
    """The names of every table held, sorted."""
    files = (entry.name for entry in resources.files(__package__).joinpath("data").iterdir())
    return tuple(sorted(name.removesuffix(".csv") for name in files if name.startswith(("JDV_", "TRE_"))))


@cache
def value_set(name: str) -> ValueSet:
    """
    The table of this name, read once.

    Raises
        KeyError: no such table.
    """
    if name not in names():
        raise KeyError(name)
    heading, rows = _read(name)
    codes = {(row["code"], row["system"]): Code(row["code"], row["system"], row["display"] or None) for row in rows}
    return ValueSet(name, heading["oid"], heading["edition"], heading["source"], codes)


def system_oid(url_or_oid: str) -> str:
    """
    The bare OID of a code system named by its FHIR URL, its `urn:oid:` URN or its OID; an unknown URL is given back as it is.

    Two systems of the NOS have no OID: `URN` and `ASTM` are then their names, as XDS writes them.
    """
    known = _OID_OF.get(url_or_oid)
    if known is not None:
        return known
    return url_or_oid.removeprefix(_URN_OID)


def system_url(oid: str) -> str:
    """The FHIR URL of a code system; `urn:oid:…` for an OID we have no URL for; what is already a URI is given back as it is."""
    known = _URL_OF.get(oid)
    if known is not None:
        return known
    return oid if ":" in oid else _URN_OID + oid


def _read(name: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    text = resources.files(__package__).joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    first, *lines = text.splitlines()
    heading = dict(part.split("=", 1) for part in first.removeprefix("# ").split("; ", 3))
    return heading, list(csv.DictReader(lines))


def _systems() -> tuple[dict[str, str], dict[str, str]]:
    """Both directions; a NOS system is also known by its short URL, without what follows `/FHIR/`."""
    oids: dict[str, str] = {}
    urls: dict[str, str] = {}
    for row in _read("systems")[1]:
        urls[row["oid"]] = row["url"]
        for url in (row["url"], *row["aliases"].split()):
            oids[url] = row["oid"]
            if url.startswith(_NOS):
                oids[url.partition("/FHIR/")[0]] = row["oid"]
    return oids, urls


_OID_OF, _URL_OF = _systems()
