"""Binary as JSON, for those who ask for FHIR rather than for the document itself. Source: ITI-68; FHIR R4, Binary."""

from datetime import datetime
from uuid import UUID

import orjson
import pybase64

from carnet.formats.fhir.times import instant


def write_binary(content: bytes, *, logical_id: UUID, media_type: str, filed_at: datetime) -> bytes:
    """
    A Binary holding a document.

    Takes
        logical_id: of the document, which is also that of its fiche. content: in clear. A content has one version, from when it was filed.
    """
    ident = str(logical_id).encode()
    return b"".join(
        (
            b'{"resourceType":"Binary","id":"',
            ident,
            b'","meta":{"versionId":"1","lastUpdated":"',
            instant(filed_at).encode(),
            b'"},"contentType":',
            orjson.dumps(media_type),
            b',"securityContext":{"reference":"DocumentReference/',
            ident,
            b'"},"data":"',
            pybase64.b64encode(content),
            b'"}',
        )
    )
