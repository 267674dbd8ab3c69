"""
Which documents may state facts of health, and the job by which filing them tells of it; what facts, is not the record's to know.

Each has its row of `health_facts` from the act that files it: migration 0056 says the same of what was filed before. A body of sections, of
a type that is not known to hold none: what a laboratory, a pharmacy or an insurer writes is read for itself.
Source: documents.md §5.3 and §5.4 (JDV_J07); format codes of XDS-SD for a body that is a file.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from carnet.domain.record.model import XML_MEDIA_TYPES

STRUCTURED_FILED = "structured-documents-filed"  # the job; payload: {"documents": [logicalId…]}

# Biology, imaging and what asks for them, prescriptions, dispensations, reimbursements, vaccinations, measures, signatures, style sheets.
STATING_NONE: Final = frozenset(
    {
        "11502-2", "96173-0", "51969-4", "60568-3", "18748-4", "55115-0", "IMG-KOS", "52040-3", "57833-6", "57828-6", "57832-8", "PRESC-AAT",
        "PRESC-BIO", "PRESC-KINE", "PRESC-INF", "PRESC-PEDI", "PRESC-ORTHOPHO", "PRESC-ORTHOPTIE", "60593-1", "DISP_AUT", "75468-9",
        "61357-0", "80565-5", "REMB", "11369-6", "87273-9", "96874-3", "29274-8", "56446-8", "E1762", "FEUILLE-DE-STYLE",
    }
)  # fmt: skip
_A_FILE: Final = "xds-sd"  # in the format of a body of level 1


def may_state(entry: Mapping[str, Any]) -> bool:
    """Whether a document may state facts, by the columns of its entry."""
    return (
        _A_FILE not in entry["format"]
        and entry["mime_type"].partition(";")[0].lower() in XML_MEDIA_TYPES
        and entry["type"].rpartition("|")[2] not in STATING_NONE
    )


def stating(entries: Iterable[Mapping[str, Any]]) -> list[UUID]:
    """Those of these entries that may state facts."""
    return [entry["logical_id"] for entry in entries if may_state(entry)]
