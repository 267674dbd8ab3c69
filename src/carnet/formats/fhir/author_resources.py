"""Authors and organisations as resources to be contained, each written once however often it is referred to."""

from typing import Any

import orjson

from carnet.domain.record.model import Author, AuthorKind, OrganizationName
from carnet.formats.fhir import systems
from carnet.formats.fhir.codings import concept
from carnet.formats.fhir.identities import identifier
from carnet.formats.known import Known
from carnet.vocabulary.identifiers import ORGANIZATIONS, PROFESSIONALS, ProfessionalId


class Contained:
    """The `contained` array of a resource being written."""

    def __init__(self) -> None:
        self.resources: list[dict[str, Any]] = []
        self._known: dict[bytes, dict[str, str]] = {}
        # What was asked for before, so that it is not built again to be found already there: an author is often the authenticator too.
        self._last: tuple[Author, dict[str, str]] | None = None
        self._organizations: dict[OrganizationName, dict[str, str]] = {}

    def add(self, prefix: str, resource: dict[str, Any]) -> dict[str, str]:
        """A Reference to this resource, contained once."""
        return self._add(prefix, resource, orjson.dumps(resource))

    def _add(self, prefix: str, resource: dict[str, Any], key: bytes) -> dict[str, str]:
        reference = self._known.get(key)
        if reference is None:
            ident = f"{prefix}-{len(self.resources) + 1}"
            self.resources.append({"resourceType": resource["resourceType"], "id": ident, **resource})
            reference = self._known[key] = {"reference": "#" + ident}
        return reference

    def author(self, author: Author) -> dict[str, str]:
        """A Reference to an author or a legal authenticator."""
        if self._last is not None and (self._last[0] is author or self._last[0] == author):
            return self._last[1]
        reference = self._author(author)
        self._last = (author, reference)
        return reference

    def _author(self, author: Author) -> dict[str, str]:
        if author.kind is AuthorKind.ORGANIZATION:
            return self.organization(author.organization or OrganizationName())
        if author.kind is AuthorKind.DEVICE:
            return self.add("device", _device(author))
        if author.kind is AuthorKind.PATIENT:
            return self.add("patient", _person("Patient", author))
        person, key = _practitioner(author)
        if author.organization is None and author.specialty is None and author.role is None:
            return self._add("practitioner", person, key)
        role: dict[str, Any] = {"resourceType": "PractitionerRole"}
        if len(person) > 1:
            role["practitioner"] = self._add("practitioner", person, key)
        if author.organization is not None:
            role["organization"] = self.organization(author.organization)
        if author.role is not None:
            role["code"] = [concept(author.role)]
        if author.specialty is not None:
            role["specialty"] = [concept(author.specialty)]
        return self.add("role", role)

    def organization(self, organization: OrganizationName) -> dict[str, str]:
        """A Reference to an organisation."""
        reference = self._organizations.get(organization)
        if reference is None:
            reference = self._organizations[organization] = self._add("organization", *_organization(organization))
        return reference


# A resource as it is written, never changed, and its JSON; by the texts that it is made of. The same professionals write all day long.
_Written = tuple[dict[str, Any], bytes]
_KNOWN: Known[_Written] = Known()


def _practitioner(author: Author) -> _Written:
    text = orjson.dumps((author.identifier, author.system, author.family, author.given, author.prefix, author.suffix))
    return _KNOWN.of(text) or _KNOWN.keep(_with_json(_person("Practitioner", author)), text)


def _organization(organization: OrganizationName) -> _Written:
    text = orjson.dumps((organization.name, organization.identifier, organization.system))
    known = _KNOWN.of(text)
    if known is not None:
        return known
    written: dict[str, Any] = {"resourceType": "Organization"}
    if organization.identifier:
        node: dict[str, Any] = identifier(organization.identifier, organization.system or ORGANIZATIONS)
        written["identifier"] = [node if organization.system else {**_typed("IDNST"), **node}]
    if organization.name:
        written["name"] = organization.name
    return _KNOWN.keep(_with_json(written), text)


def _with_json(resource: dict[str, Any]) -> _Written:
    return resource, orjson.dumps(resource)


def _typed(code: str) -> dict[str, Any]:
    return {"type": {"coding": [{"system": systems.IDENTIFIER_TYPES, "code": code}]}}


def _person(kind: str, author: Author) -> dict[str, Any]:
    written: dict[str, Any] = {"resourceType": kind}
    if author.identifier:
        system = author.system or (PROFESSIONALS if kind == "Practitioner" else None)
        node = identifier(author.identifier, system)
        written["identifier"] = [node]
        if system == PROFESSIONALS:
            written["identifier"] = [{**_typed("IDNPS"), **node}]
            rpps = ProfessionalId(author.identifier).rpps
            if rpps:
                written["identifier"].append({**_typed("RPPS"), **identifier(rpps, systems.RPPS)})
    name = {
        key: value
        for key, value in (
            ("family", author.family),
            ("given", author.given and [author.given]),
            ("prefix", author.prefix and [author.prefix]),
            ("suffix", author.suffix and [author.suffix]),
        )
        if value
    }
    if name:
        written["name"] = [name]
    return written


def _device(author: Author) -> dict[str, Any]:
    written: dict[str, Any] = {"resourceType": "Device"}
    if author.identifier:
        written["identifier"] = [identifier(author.identifier, author.system)]
    if author.device:
        model, _, software = author.device.partition("/")
        names = [{"name": name, "type": kind} for name, kind in ((model, "model-name"), (software, "other")) if name]
        written["deviceName"] = names
    return written
