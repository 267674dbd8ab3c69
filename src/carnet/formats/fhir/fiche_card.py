"""What a list shows of a fiche: its title and who wrote it, read back from the lasting part that `served` wrote."""

from collections.abc import Mapping
from typing import Any

import orjson

from carnet.domain.record.browsing.model import Card, Writer
from carnet.formats.fhir import systems
from carnet.vocabulary.identifiers import ORGANIZATIONS, PROFESSIONALS

_Resources = Mapping[str, Mapping[str, Any]]


def read_card(fiche: bytes) -> Card:
    """
    The card of a fiche.

    Takes
        fiche: JSON members without the outer braces, as `write_fiche` makes them.
    """
    members = orjson.loads(b"{" + fiche + b"}")
    contained: _Resources = {f"#{each['id']}": each for each in members.get("contained", ())}
    title = members["content"][0]["attachment"]["title"]
    return Card(title, tuple(_writer(author["reference"], contained) for author in members.get("author", ())))


def _writer(reference: str, contained: _Resources) -> Writer:
    resource = contained[reference]
    kind = resource["resourceType"]
    if kind == "Organization":
        return Writer(organization=resource.get("name"), organization_token=_token(resource, ORGANIZATIONS))
    if kind == "Device":
        names = [each["name"] for each in resource.get("deviceName", ())]
        return Writer(family=" ".join(names) or None, token=_token(resource, PROFESSIONALS))
    if kind != "PractitionerRole":
        return _person(resource, is_patient=kind == "Patient")
    practitioner = contained[resource["practitioner"]["reference"]] if "practitioner" in resource else {}
    organization = contained[resource["organization"]["reference"]] if "organization" in resource else {}
    return _person(
        practitioner, specialty=_label(resource.get("specialty")), organization=organization.get("name"),
        organization_token=_token(organization, ORGANIZATIONS),
    )  # fmt: skip


def _person(resource: Mapping[str, Any], **more: Any) -> Writer:
    name = (resource.get("name") or [{}])[0]
    given = name.get("given") or (None,)
    suffix = name.get("suffix") or name.get("prefix") or (None,)
    token = None if more.get("is_patient") else _token(resource, PROFESSIONALS)
    return Writer(name.get("family"), given[0], suffix[0], token=token, **more)


def _label(concepts: Any) -> str | None:
    return concepts[0]["coding"][0].get("display") if concepts else None


def _token(resource: Mapping[str, Any], default: str) -> str | None:
    """`OID|value`, as the entry's column of authors has it."""
    for each in resource.get("identifier", ()):
        system = each.get("system", "").removeprefix(systems.OID_PREFIX) or default
        if system != systems.RPPS and each.get("value"):
            return f"{system}|{each['value']}"
    return None
