"""Authors and organisations as resources to be contained, each written once however often it is referred to."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

import orjson

from carnet.domain.record.model import Author, AuthorKind, OrganizationName
from carnet.formats.fhir import systems
from carnet.formats.fhir.codings import concept
from carnet.formats.fhir.identities import identifier
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
        person, key = _practitioner(
            author.identifier, author.system, author.family, author.given, author.prefix, author.suffix
        )
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
            written = _organization(organization.name, organization.identifier, organization.system)
            reference = self._organizations[organization] = self._add("organization", *written)
        return reference


# A resource as it is written, never changed, and its JSON.
_Written = tuple[dict[str, Any], bytes]
_KEPT = 1024
_LONGEST = 400  # characters: senders choose them, and they must not fill the memory


def _remembering(write: Callable[..., dict[str, Any]]) -> Callable[..., _Written]:
    """What is written of texts, with its JSON, made once when they are short: the same professionals write all day long."""

    def made(*texts: str | None) -> _Written:
        resource = write(*texts)
        return resource, orjson.dumps(resource)

    kept = lru_cache(maxsize=_KEPT)(made)

    @wraps(write)
    def of(*texts: str | None) -> _Written:
        return (kept if sum(len(text) for text in texts if text) <= _LONGEST else made)(*texts)

    return of


@_remembering
def _practitioner(*texts: str | None) -> dict[str, Any]:
    """texts: identifier, system, family, given, prefix, suffix."""
    ident, system, family, given, prefix, suffix = texts
    return _person("Practitioner", Author(AuthorKind.PERSON, ident, system, family, given, prefix, suffix))


@_remembering
def _organization(name: str | None, ident: str | None, system: str | None) -> dict[str, Any]:
    written: dict[str, Any] = {"resourceType": "Organization"}
    if ident:
        node: dict[str, Any] = identifier(ident, system or ORGANIZATIONS)
        written["identifier"] = [node if system else {**_typed("IDNST"), **node}]
    if name:
        written["name"] = name
    return written


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
