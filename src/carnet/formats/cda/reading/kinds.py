"""Which of our templates shows a document: by its type, as documents.md §5.4 lists them."""

from collections.abc import Mapping
from typing import Final

from carnet.formats.cda.reading.model import Kind

# Source: documents.md §5.4 (JDV_J07, XdsTypeCode).
_BY_TYPE: Final[Mapping[str, Kind]] = {
    "11502-2": Kind.BIOLOGY,
    "96173-0": Kind.BIOLOGY,
    "57833-6": Kind.PRESCRIPTION,
    "57828-6": Kind.PRESCRIPTION,
    "60593-1": Kind.DISPENSATION,
    "11369-6": Kind.VACCINATION,
    "87273-9": Kind.VACCINATION,
    "SYNTH": Kind.SUMMARY,
    "60591-5": Kind.SUMMARY,
    "18748-4": Kind.IMAGING,
    "11490-0": Kind.DISCHARGE,
}
_OF_PATIENTS: Final = ("EXPPAT_", "DOCPAT")

# Sections that people look for first, by LOINC code. Source: CI-SIS, volets CR-IMG and LDL-SES.
CONCLUSION: Final = frozenset({"19005-8"})
MOTIVE: Final = frozenset({"42349-1", "46241-6"})
COPY: Final = "55108-5"
# About the document or the law, not about health.
_ASIDE: Final = frozenset({"121181", "57723-9", "55107-7"})
_ASIDE_WORDS: Final = ("protection des données", "données personnelles", "rgpd", "usage et responsabilité")


def kind_of(type_code: str | None) -> Kind:
    code = type_code or ""
    if code.startswith(_OF_PATIENTS):
        return Kind.PATIENT
    return _BY_TYPE.get(code, Kind.OTHER)


def is_aside(code: str | None, title: str) -> bool:
    """Whether a section stands beside the subject."""
    return code in _ASIDE or any(words in title.casefold() for words in _ASIDE_WORDS)
