"""FHIR files that are not yet a transaction: a fiche beside its content, or an example whose patient has to be named."""

import contextlib
from collections.abc import Iterator
from typing import Any

import orjson
import pybase64

from carnet.domain.errors import Invalid
from carnet.domain.record.model import SubmissionSet
from carnet.formats.fhir import systems
from carnet.formats.fhir.author_resources import Contained
from carnet.formats.fhir.identities import parse_unique_id
from carnet.formats.fhir.json_reading import read_json
from carnet.formats.fhir.submission_set import submission_set_resource
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import INS_OIDS, Ins

_DOCUMENT_URL = "urn:uuid:0192f0c0-0000-7000-8000-000000000002"
_SET_URL = "urn:uuid:0192f0c0-0000-7000-8000-000000000001"


def bundle_of_resource(text: bytes, content: bytes | None, *, submission_set: SubmissionSet) -> dict[str, Any]:
    """
    A transaction from a FHIR file.

    Takes
        text: a transaction Bundle, taken as it is, or a DocumentReference. content: the bytes of the document when they are beside it.

    Raises
    ------
        Invalid: not JSON, or another resource (`resource-not-supported`).
    """
    resource = read_json(text)
    if resource.get("resourceType") == "Bundle":
        return resource
    if resource.get("resourceType") != "DocumentReference":
        raise Invalid("resource-not-supported", type=str(resource.get("resourceType"))[:80])
    if content is not None:
        try:
            resource["content"][0]["attachment"]["data"] = pybase64.b64encode(content).decode()
        except (KeyError, IndexError, TypeError) as error:
            raise Invalid(
                "element-required", expression="DocumentReference.content[0].attachment", name="attachment"
            ) from error
    contained = Contained()
    listing = submission_set_resource(submission_set, subject=resource.get("subject", {}), contained=contained)
    listing |= {"resourceType": "List", "entry": [{"item": {"reference": _DOCUMENT_URL}}]}
    if contained.resources:
        listing["contained"] = contained.resources
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [systems.PROVIDE_BUNDLE_PROFILE]},
        "type": "transaction",
        "entry": [
            {"fullUrl": _SET_URL, "resource": listing, "request": {"method": "POST", "url": "List"}},
            {"fullUrl": _DOCUMENT_URL, "resource": resource, "request": {"method": "POST", "url": "DocumentReference"}},
        ],
    }


def publication(text: bytes) -> dict[str, Any] | None:
    """
    A DocumentReference with its document inside, to be published alone; None for any other resource.

    Raises
    ------
        Invalid: not JSON.
    """
    resource = read_json(text)
    if resource.get("resourceType") != "DocumentReference":
        return None
    contents = resource.get("content")
    attachment = (
        contents[0].get("attachment")
        if isinstance(contents, list) and contents and isinstance(contents[0], dict)
        else None
    )
    return resource if isinstance(attachment, dict) and "data" in attachment else None


def with_patient(bundle: dict[str, Any], ins: Ins) -> dict[str, Any]:
    """The same transaction about this person: every INS in it is replaced, and every reference to a Patient names them."""
    adapted: dict[str, Any] = orjson.loads(orjson.dumps(bundle))
    _name(adapted, ins)
    return adapted


def _name(node: Any, ins: Ins) -> None:
    if isinstance(node, list):
        for item in node:
            _name(item, ins)
        return
    if not isinstance(node, dict):
        return
    system = node.get("system")
    if isinstance(system, str) and system.removeprefix(systems.OID_PREFIX) in INS_OIDS:
        node["system"], node["value"] = systems.OID_PREFIX + ins.oid, ins.matricule
    reference = node.get("reference")
    if isinstance(reference, str) and reference.startswith(("Patient/", "Patient?")):
        node["reference"] = f"Patient?identifier={systems.OID_PREFIX}{ins.oid}|{ins.matricule}"
    for item in node.values():
        _name(item, ins)


@frozen
class Named:
    """What a message is about, for a line of a report. unique_id: XDS form. Both None when the message does not say."""

    unique_id: str | None = None
    ins: Ins | None = None


def named_in(bundle: dict[str, Any]) -> Named:
    """The first document's uniqueId and the first valid INS of a transaction; nothing is judged."""
    found = [entry.get("resource") for entry in bundle.get("entry", ()) if isinstance(entry, dict)]
    fiches = [node for node in found if isinstance(node, dict) and node.get("resourceType") == "DocumentReference"]
    master = fiches[0].get("masterIdentifier") if fiches else None
    unique_id = None
    if isinstance(master, dict) and isinstance(master.get("value"), str):
        read = parse_unique_id(master.get("system"), master["value"])
        unique_id = None if read is None else str(read)
    return Named(unique_id, next(_inses(bundle), None))


def _inses(node: Any) -> Iterator[Ins]:
    if isinstance(node, dict):
        system = node.get("system")
        if isinstance(system, str) and system.removeprefix(systems.OID_PREFIX) in INS_OIDS:
            with contextlib.suppress(ValueError):
                yield Ins(str(node.get("value")), system.removeprefix(systems.OID_PREFIX))
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _inses(item)
