"""
The table of document types, read from its CSV files, and the value sets of the fiche that go with it.

Source: ANS, JDV_J07 (types), ASS_X04 (type to class), ASS_A11 and ASS_A12 (model and media type to format); documents.md §5.4.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import StrEnum
from functools import cache
from importlib import resources

from carnet.domain.record.ports import KnownType
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.value_sets import value_set

CLASS_SYSTEM = "1.2.250.1.213.1.1.4.1"
UNSTRUCTURED = "1.3.6.1.4.1.19376.1.2.20"  # IHE XDS-SD: the model of a CDA whose body is one file
PDF = "application/pdf"
DICOM = "application/dicom"
KOS = "IMG-KOS"

# The value sets of each attribute of the fiche; the first that holds a code gives its official label.
_VALUE_SETS: Mapping[str, tuple[str, ...]] = {
    "type": ("JDV_J07-XdsTypeCode-CISIS",),
    "category": ("JDV_J06-XdsClassCode-CISIS",),  # J57 of the DMP, with class 99 that ASS_X04 gives to a style sheet
    "format": ("JDV_J60-FormatCode-DMP",),
    "facility_type": ("JDV_J02-XdsHealthcareFacilityTypeCode-CISIS",),
    "practice_setting": ("JDV_J04-XdsPracticeSettingCode-CISIS",),
    "confidentiality": ("JDV_J58-ConfidentialityCode-DMP",),
    "visibility": ("JDV_J58-ConfidentialityCode-DMP",),
    "author_specialty": ("JDV_J01-XdsAuthorSpecialty-CISIS", "TRE_A02-ProfessionSavFaire-CISIS"),  # older editions
    "author_role": ("JDV_J47-FunctionCode-CISIS",),
    "content_type": ("JDV_J59-ContentTypeCode-DMP",),
}
# J58 lists both kinds of labels; the fiche keeps them apart.
_ONLY_SYSTEM = {"confidentiality": "2.16.840.1.113883.5.25", "visibility": "1.2.250.1.213.1.1.4.13"}


class Audience(StrEnum):
    """Who speaks in documents of this type."""

    PROFESSIONAL = "professional"
    PATIENT = "patient"
    ADMINISTRATIVE = "administrative"
    INSURANCE = "insurance"


@frozen
class DocumentType:
    """
    One line of the table.

    type: official code and label. category: the default class. plain_name: for people, in French. classes: every class a fiche may
    carry, the default first. class_is_official: the default comes from ASS_X04; otherwise it is our proposal. reason: why a class
    beside the official one is accepted, or None.
    """

    type: Code
    category: Code
    plain_name: str
    classes: tuple[str, ...]
    audience: Audience
    class_is_official: bool
    reason: str | None


@frozen
class DocumentTypes:
    """The types by code, the formats by model and by media type, the official codes by attribute. Implements `record.ports.TypeTable`."""

    edition: str
    types: Mapping[str, DocumentType] = field(repr=False)
    formats: Mapping[str, Code] = field(repr=False)
    media_formats: Mapping[str, Code] = field(repr=False)
    codes: Mapping[str, Mapping[tuple[str, str], Code]] = field(repr=False)

    @staticmethod
    def load() -> "DocumentTypes":
        """The table shipped with carnet, read once."""
        return _load()

    def __iter__(self) -> Iterator[DocumentType]:
        return iter(self.types.values())

    def find(self, code: str, system: str | None = None) -> DocumentType | None:
        """The type of this code (JDV_J07), or None when unknown, or known under another system (bare OID)."""
        known = self.types.get(code)
        return known if known is not None and (system is None or system == known.type.system) else None

    def accepts_class(self, known: KnownType, class_code: str) -> bool:
        """Whether a fiche may carry this class for this type."""
        mine = self.types.get(known.type.code)
        return mine is not None and class_code in mine.classes

    def format_for(
        self,
        known: KnownType,
        *,
        template_ids: tuple[str, ...],
        body: str | None,
        mime_type: str,
    ) -> Code | None:
        """
        The format code that follows from the model of the document, or None when the tables cannot tell.

        Takes
            template_ids: of the CDA header, `root` or `root/extension` (the version does not change the format).
            body: `N1`, `N3`, or None for what is not a CDA. A CDA whose body is one file has the format of that file.
            mime_type: of the document, or of the file inside a CDA N1 when the caller knows it; a CDA N1 is a PDF otherwise.
        Source
            ASS_A11, ASS_A12.
        """
        media = mime_type.partition(";")[0].strip().lower()
        if body == "N1" or (body is None and any(_root(template) == UNSTRUCTURED for template in template_ids)):
            return self.media_formats.get(media) or self.media_formats[PDF]
        for template in reversed(template_ids):
            found = self.formats.get(_root(template))
            if found is not None:
                return found
        if body is not None or (media == DICOM and known.type.code != KOS):
            return None
        return self.media_formats.get(media)

    def in_value_set(self, attribute: str, code: Code) -> Code | None:
        """
        The official code (with its label) when the value set of this fiche attribute holds it, else None.

        attribute: one of those listed in `record.ports.TypeTable`.

        Raises
            KeyError: no such attribute.
        """
        return self.codes[attribute].get((code.code, code.system))


def _root(template: str) -> str:
    return template.partition("/")[0]


@cache
def _load() -> DocumentTypes:
    edition, rows = _read("table")
    classes = value_set("JDV_J06-XdsClassCode-CISIS")
    by_class = {entry.code: entry for entry in classes}
    types = {row["code"]: _document_type(row, by_class) for row in rows}
    formats = {row["template"]: _code(row) for row in _read("formats")[1]}
    media_formats = {row["media_type"]: _code(row) for row in _read("media-types")[1]}
    codes = {attribute: _official(attribute, sets) for attribute, sets in _VALUE_SETS.items()}
    for known in (*formats.values(), *media_formats.values()):
        codes["format"].setdefault((known.code, known.system), known)
    for row in _read("mhd-example-codes")[1]:
        official = Code(row["official_code"], row["official_system"], row["display"])
        codes[row["attribute"]].setdefault((row["code"], row["system"]), official)
    return DocumentTypes(edition, types, formats, media_formats, codes)


def _official(attribute: str, names: tuple[str, ...]) -> dict[tuple[str, str], Code]:
    wanted = _ONLY_SYSTEM.get(attribute)
    found: dict[tuple[str, str], Code] = {}
    for name in names:
        for entry in value_set(name):
            if wanted is None or entry.system == wanted:
                found.setdefault((entry.code, entry.system), entry)
    return found


def _document_type(row: Mapping[str, str], by_class: Mapping[str, Code]) -> DocumentType:
    accepted = tuple(row["classes"].split(";"))
    if not set(accepted) <= by_class.keys():
        raise ValueError(f"table.csv: {row['code']}: unknown class in {row['classes']}")
    return DocumentType(
        type=Code(row["code"], row["system"], row["label"]),
        category=by_class[accepted[0]],
        plain_name=row["plain_name"],
        classes=accepted,
        audience=Audience(row["audience"]),
        class_is_official=row["class_source"] == "official",
        reason=row["reason"] or None,
    )


def _code(row: Mapping[str, str]) -> Code:
    return Code(row["code"], row["system"], row["display"] or None)


def _read(name: str) -> tuple[str, list[dict[str, str]]]:
    text = resources.files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    first, *lines = text.splitlines()
    return first.removeprefix("# edition=").partition(";")[0], list(csv.DictReader(lines))
