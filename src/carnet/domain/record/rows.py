"""From a fiche to what the store writes: its access class, its searchable columns. Coded values are kept as `system|code`."""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from carnet.domain.access.model import AccessClass, AvailabilityStatus
from carnet.domain.record.model import Author, AuthorKind, DocumentEntry, OrganizationName
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import ORGANIZATIONS, PROFESSIONALS

PATIENT_SOURCE = "patient"  # among the authors of a set: the holder of the record


def access_class(
    entry: DocumentEntry, status: AvailabilityStatus, *, hidden_from: frozenset[str] = frozenset()
) -> AccessClass:
    """The facts of an entry that rules read, named by their digest."""
    persons, organizations = national_numbers(entry.authors)
    return named(
        AccessClass(
            status,
            entry.labels,
            entry.type.code,
            entry.category.code,
            entry.owner,
            persons,
            organizations,
            hidden_from=hidden_from,
        )
    )


def national_numbers(authors: Sequence[Author]) -> tuple[frozenset[str], frozenset[str]]:
    """PS_IdNat of the authors, and Struct_IdNat of the structures they wrote for; other numbers name nobody outside their software."""
    persons = [
        a.identifier
        for a in authors
        if a.kind is AuthorKind.PERSON and a.identifier and a.system in {None, PROFESSIONALS}
    ]
    organizations = [
        o.identifier for a in authors if (o := a.organization) and o.identifier and o.system in {None, ORGANIZATIONS}
    ]
    return frozenset(persons), frozenset(organizations)


@lru_cache(maxsize=4096)
def named(facts: AccessClass) -> AccessClass:
    """
    The same facts with their class_id: the first 128 bits of the SHA-256 of the facts.

    Long enough that nobody can make two different sets of facts share a row. Remembered: what one author writes has few of them.
    """
    digest = hashlib.sha256(orjson.dumps(class_columns(facts), option=orjson.OPT_SORT_KEYS)).digest()
    return replace(facts, class_id=UUID(bytes=digest[:16]))


def with_status(facts: AccessClass, status: AvailabilityStatus) -> AccessClass:
    """The class of the same document once its status changed."""
    return named(replace(facts, status=status))


def class_columns(facts: AccessClass) -> dict[str, Any]:
    """Columns of access_class, without the ids; `hidden_from` and `successors` only when there are some."""
    columns: dict[str, Any] = {
        "status": facts.status,
        "labels": sorted(facts.labels),
        "type_code": facts.type_code,
        "class_code": facts.class_code,
        "owner": facts.owner,
        "author_persons": sorted(facts.author_persons),
        "author_organizations": sorted(facts.author_organizations),
    }
    if facts.hidden_from:
        columns["hidden_from"] = sorted(facts.hidden_from)
    if facts.successors:
        columns["successors"] = sorted(map(str, facts.successors))
    return columns


def entry_columns(entry: DocumentEntry, *, n: int, logical_id: UUID, class_id: UUID) -> dict[str, Any]:
    """Columns of document_entry that the act brings; n: 1-based position of its fiche among the act's."""
    stop = entry.service_stop
    return {
        "n": n,
        "logical_id": logical_id,
        "class_id": class_id,
        "created_from": entry.created.start,
        "created_to": entry.created.end,
        "unique_id": str(entry.unique_id),
        "confidentiality": entry.confidentiality,
        "labels": sorted(entry.labels),
        "type": token(entry.type),
        "category": token(entry.category),
        "format": token(entry.format),
        "facility": token(entry.facility_type),
        "setting": token(entry.practice_setting),
        "events": [token(event) for event in entry.events],
        "reference_ids": [f"{kind}|{value}" for kind, value in entry.reference_ids],
        "authors": [text for author in entry.authors for text in author_tokens(author)],
        "author_names": [name for author in entry.authors for name in author_names(author)],
        "started_from": entry.service_start.start,
        "started_to": entry.service_start.end,
        "stopped_from": None if stop is None else stop.start,
        "stopped_to": None if stop is None else stop.end,
        "mime_type": entry.mime_type,
        "size_bytes": entry.size_bytes,
        "hash_sha1": entry.hash_sha1,
        "hash_sha256": entry.hash_sha256,
    }


def token(code: Code) -> str:
    return f"{code.system}|{code.code}"


def author_tokens(author: Author) -> list[str]:
    """Identifiers of an author and of the organisation they wrote for, as `OID|value`."""
    return [*_person_tokens(author), *_organization_tokens(author.organization)]


def _person_tokens(author: Author) -> list[str]:
    if not author.identifier or author.kind is AuthorKind.PATIENT:
        return []
    return [f"{author.system or PROFESSIONALS}|{author.identifier}"]


def _organization_tokens(organization: OrganizationName | None) -> list[str]:
    if organization is None or not organization.identifier:
        return []
    return [f"{organization.system or ORGANIZATIONS}|{organization.identifier}"]


def source_columns(source: Author | None) -> dict[str, list[str]]:
    """Columns of submission_set about who sent it. The holder of the record is told as `patient`, without their number or name."""
    if source is None:
        return {"authors": [], "author_names": [], "organizations": []}
    return {
        "authors": [PATIENT_SOURCE] if source.kind is AuthorKind.PATIENT else _person_tokens(source),
        "author_names": author_names(source),
        "organizations": _organization_tokens(source.organization),
    }


def author_names(author: Author) -> list[str]:
    """`family:NAME` and `given:NAME` of professionals, who are public in the directory; a patient's name stays sealed."""
    if author.kind is not AuthorKind.PERSON:
        return []
    return [f"{part}:{searchable(name)}" for part, name in (("family", author.family), ("given", author.given)) if name]


def searchable(name: str) -> str:
    """Upper case without accents, for prefix search."""
    if name.isascii():
        return name.upper()
    plain = unicodedata.normalize("NFKD", name)
    return "".join(c for c in plain if not unicodedata.combining(c)).upper()
