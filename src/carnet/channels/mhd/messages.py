"""What is posted at the root of the server: a transaction, or a batch of reads."""

from contextlib import suppress
from typing import Any

from carnet.domain.errors import Invalid
from carnet.formats.fhir.carried import lift
from carnet.formats.fhir.json_reading import read_json
from carnet.formats.fhir.provide_bundle import ReadBundle, read_provide_bundle
from carnet.web.fhir.representation import refuse_unsound_texts


def read_message(body: bytes) -> ReadBundle | dict[str, Any]:
    """
    The submission of a transaction, or the JSON of a batch. Nothing of the body is kept but the contents of the documents.

    Raises
        Invalid: as `read_json`, `refuse_unsound_texts` and `read_provide_bundle`.
    """
    lifted = lift(body)
    if lifted is not None:
        # A fault is told by the reading of the whole, which knows its place.
        with suppress(Invalid):
            read = _read(lifted.rest, lifted.files)
            if not lifted.files:
                return read
    return _read(body, {})


def _read(body: bytes, files: dict[str, bytes]) -> ReadBundle | dict[str, Any]:
    bundle = read_json(body)
    refuse_unsound_texts(body, bundle)
    is_batch = bundle.get("resourceType") == "Bundle" and bundle.get("type") == "batch"
    return bundle if is_batch else read_provide_bundle(bundle, files=files)
