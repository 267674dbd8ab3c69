"""A search of Consents, from parameters. Source: FHIR R4 §3.1.1; docs/transactions/consent.md for `holder`, which is ours."""

from collections.abc import Sequence
from datetime import datetime

from carnet.domain.errors import Issue
from carnet.domain.record.model import PatientReference
from carnet.formats.fhir.search_reading import Reading, date_range, one_of
from carnet.formats.fhir.search_table import Kind
from carnet.vocabulary.date_ranges import Comparator
from carnet.vocabulary.frozen import frozen

HOLDERS = ("me", "organization", "everyone")
_STATUSES = ("active", "inactive")

# Name, kind, French text: for the CapabilityStatement.
CONSENT_PARAMETERS: tuple[tuple[str, Kind, str], ...] = (
    ("patient", Kind.REFERENCE, "Dossier ; pour un professionnel, sans lui : tous ceux où il est autorisé"),
    ("patient.identifier", Kind.TOKEN, "Dossier, par matricule INS : `système|valeur`"),
    (
        "holder",
        Kind.TOKEN,
        "`me`, `organization` (la structure pour laquelle on agit) ou `everyone` (tous les titulaires de droits du dossier)",
    ),
    ("status", Kind.TOKEN, "`active` ou `inactive`"),
    ("date", Kind.DATE, "Début de l'autorisation, `ge` seulement"),
    ("_lastUpdated", Kind.DATE, "Comme `date`"),
)


@frozen
class ReadConsentSearch:
    """holder: one of HOLDERS, or None. status: `active`, `inactive` or None. since: begun since then."""

    patients: tuple[PatientReference, ...]
    holder: str | None
    status: str | None
    since: datetime | None
    count: int
    warnings: tuple[Issue, ...]
    self_parameters: tuple[tuple[str, str], ...]
    cursor: str | None


def read_consent_search(params: Sequence[tuple[str, str]], *, lenient: bool) -> ReadConsentSearch:
    """
    Read the parameters of a search of Consents.

    Takes
        params: (name, value) in order, percent-decoded. lenient: `Prefer: handling=lenient`.
    Raises
        Invalid: every fault: `parameter-unknown`, `parameter-value`, `cursor-not-alone`, and those of the patient's identity.
    """
    reading = Reading(lenient=lenient, sorts=frozenset(), sort="date")  # always the last begun first
    found: dict[str, str] = {}
    since: list[datetime] = []

    def criterion(name: str, value: str) -> bool:
        if name in {"holder", "status"}:
            token = one_of(value, name, reading, HOLDERS if name == "holder" else _STATUSES)
            if token is not None and token.code is not None:
                if name in found:
                    reading.bad(name, value)
                found[name] = token.code
            return True
        if name in {"date", "_lastUpdated"}:
            if not value:
                reading.bad(name, value)
                return True
            span = date_range(value, name, reading)
            if span is not None and span.comparator not in {Comparator.GE, Comparator.GT}:
                reading.bad(name, value)
            elif span is not None:
                since.append(span.start if span.comparator is Comparator.GE else span.end)
            return True
        reading.refuse("parameter-unknown", name)
        return False

    reading.read(params, criterion)
    return ReadConsentSearch(
        tuple(reading.patients), found.get("holder"), found.get("status"), max(since, default=None), reading.count,
        tuple(reading.issues), tuple(reading.kept), reading.cursor,
    )  # fmt: skip
