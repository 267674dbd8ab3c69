"""Every kind of document that the plan may ask for: who writes it, and with which pen. One line per kind."""

from collections.abc import Callable

from carnet.territory.documents import (
    biology,
    discharge_letter,
    dispensation,
    imaging,
    letters,
    patient_expressed,
    prescription,
    reimbursement,
    vaccination,
    vsm,
)
from carnet.territory.documents.letter_texts import LETTERS
from carnet.territory.documents.scene import Scene, Written
from carnet.vocabulary.frozen import frozen


@frozen
class Kind:
    """role: of the author (`cast`); `patient` and `insurance` are not professionals."""

    role: str
    write: Callable[[Scene], Written]


KINDS: dict[str, Kind] = {
    "biology": Kind("biologist", biology.write),
    "imaging": Kind("radiologist", imaging.write),
    "prescription": Kind("gp", prescription.write),
    "dispensation": Kind("pharmacist", dispensation.write),
    "vaccination": Kind("gp", vaccination.write_note),
    "vaccine-history": Kind("gp", vaccination.write_history),
    "summary": Kind("gp", vsm.write),
    "discharge": Kind("surgeon", discharge_letter.write),
    "reimbursement": Kind("insurance", reimbursement.write),
    "upload": Kind("patient", patient_expressed.write_upload),
    "wishes": Kind("patient", patient_expressed.write_wishes),
    "directives": Kind("patient", patient_expressed.write_directives),
    **{kind: Kind(text.role, letters.write) for kind, text in LETTERS.items()},
}
