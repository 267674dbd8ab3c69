"""The subject of a text kept ready to be served (fiche, submission set, folder): whose it is, under which matricule."""

import re
from uuid import UUID

import orjson

from carnet.formats.fhir.identities import ins_identifier
from carnet.vocabulary.ins import Ins

_SUBJECT = re.compile(
    rb'"subject":\{"reference":"Patient/([0-9a-f-]{36})","identifier":\{"system":"[^"\\]*","value":"[^"\\]*"\}\}'
)


def with_matricule(text: bytes, *, patient_id: UUID, ins: Ins) -> bytes:
    """
    The same text with this matricule in its subject; nothing else of it changes, and another patient's subject does not.

    Takes
        text: JSON members, as `write_fiche` and those of lists write them.
    """
    present = orjson.dumps({"reference": f"Patient/{patient_id}", "identifier": ins_identifier(ins)})

    def put(found: re.Match[bytes]) -> bytes:
        return b'"subject":' + present if found[1] == str(patient_id).encode() else found[0]

    return _SUBJECT.sub(put, text, count=1)
