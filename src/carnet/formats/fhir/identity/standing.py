"""
What TD0.2 answers of a record, as a Patient: the extensions of the DMP's draft guide, and the asker's authorisation.

Source: documents.md §1.6 (`https://interop.esante.gouv.fr/ig/fhir/dmp/`); docs/decisions/0018-identities-told.md for the authorisation.
"""

from typing import Any

from carnet.domain.consent.model import Motive
from carnet.domain.record.identities.model import Closing, RecordStanding
from carnet.formats.fhir.identity.identifiers import write_identifiers
from carnet.formats.fhir.identity.writing import patient_resource
from carnet.formats.fhir.systems import OWN

_DMP = "https://interop.esante.gouv.fr/ig/fhir/dmp/"
CLOSING = _DMP + "StructureDefinition/dmp-fermeture"
LINKED_TO_MES = _DMP + "StructureDefinition/dmp-rattachement-mes"
PRIMARY_CARE_DOCTOR = _DMP + "StructureDefinition/dmp-medecin-traitant"
CLOSING_MOTIVES = _DMP + "CodeSystem/dmp-motif-fermeture"

# The guide leaves it to be specified: ours, until it is.
AUTHORISATION = OWN + "StructureDefinition/authorisation-status"
AUTHORISATION_CODES = OWN + "CodeSystem/authorisation-status"
OWN_MOTIVES = OWN + "CodeSystem/closing-motive"

_MOTIVES = {Motive.PATIENT_REQUEST: (CLOSING_MOTIVES, "patient-demande")}


def standing_resource(standing: RecordStanding) -> dict[str, Any]:
    """A Patient; `active` says that the record is open. Without traits, it claims no profile."""
    extensions: list[dict[str, Any]] = []
    if standing.closing is not None:
        extensions.append(_closing(standing.closing))
    if standing.identity is not None:
        extensions.append({"url": LINKED_TO_MES, "valueBoolean": standing.is_open})
    if standing.is_primary_care_doctor is not None:
        extensions.append({"url": PRIMARY_CARE_DOCTOR, "valueBoolean": standing.is_primary_care_doctor})
    if standing.authorisation is not None:
        coded = {"system": AUTHORISATION_CODES, "code": standing.authorisation.value}
        extensions.append({"url": AUTHORISATION, "valueCoding": coded})
    if standing.identity is not None:
        return patient_resource(
            standing.identity, patient_id=standing.patient_id, is_active=standing.is_open, extensions=extensions
        )
    written: dict[str, Any] = {"resourceType": "Patient", "id": str(standing.patient_id)}
    if extensions:
        written["extension"] = extensions
    return written | {"identifier": write_identifiers(standing.ins), "active": standing.is_open}


def _closing(closing: Closing) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"url": "dateFermeture", "valueDate": closing.on.isoformat()}]
    if closing.motive is not None:
        known = _MOTIVES.get(Motive(closing.motive)) if closing.motive in set(Motive) else None
        system, code = known or (OWN_MOTIVES, closing.motive)
        parts.append({"url": "motifFermeture", "valueCodeableConcept": {"coding": [{"system": system, "code": code}]}})
    if closing.reason is not None:
        parts.append({"url": "raisonFermeture", "valueString": closing.reason})
    return {"url": CLOSING, "extension": parts}
