"""
Identifiers of documents, people and organisations, each validated once, at the edge.

Source: documents.md §2.3 and §12 of the project's specifications (CI-SIS; NOS); IHE ITI TF-3 §4.2.3 (uniqueId).
"""

import re
from uuid import UUID

from carnet.vocabulary.frozen import frozen

PROFESSIONALS = "1.2.250.1.71.4.2.1"  # PS_IdNat
ORGANIZATIONS = "1.2.250.1.71.4.2.2"  # Struct_IdNat
DMP_HOST = "1.2.250.1.213.4.1"  # the host of the shared record, custodian of what patients write

_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*)){1,63}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_oid(text: str) -> bool:
    """Dotted decimal, at most 128 characters."""
    return len(text) <= 128 and _OID.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    return len(text) == 36 and _UUID.fullmatch(text) is not None


@frozen
class UniqueId:
    """
    The globally unique identifier of a document: the same in the CDA (`ClinicalDocument/id`), the fiche and the mail.

    root: an OID, or a UUID in lower case. extension: what follows `^` in XDS, or None.
    """

    root: str
    extension: str | None = None

    def __post_init__(self) -> None:
        if is_uuid(self.root):
            object.__setattr__(self, "root", self.root.lower())
        elif not is_oid(self.root):
            raise ValueError(self.root)
        if self.extension is not None and not 0 < len(self.extension) <= 128:
            raise ValueError(self.extension)

    def __str__(self) -> str:
        """The XDS form: `root` or `root^extension`."""
        return self.root if self.extension is None else f"{self.root}^{self.extension}"

    @staticmethod
    def parse(text: str) -> "UniqueId":
        """Read the XDS form, or a `urn:oid:`/`urn:uuid:` URN. Raises ValueError."""
        scheme = text[:9].lower()
        if scheme.startswith("urn:oid:"):
            text = text[8:]
        elif scheme == "urn:uuid:":
            text = text[9:]
        root, _, extension = text.partition("^")
        return UniqueId(root, extension or None)

    @property
    def urn(self) -> str:
        """`urn:oid:…` or `urn:uuid:…` of the root."""
        return ("urn:uuid:" if is_uuid(self.root) else "urn:oid:") + self.root


@frozen
class ProfessionalId:
    """A PS_IdNat: a prefix digit (8 = RPPS, 0 = ADELI, others internal to a structure) and the number."""

    value: str

    def __post_init__(self) -> None:
        if not 0 < len(self.value) <= 64 or any(c.isspace() for c in self.value):
            raise ValueError(self.value)

    @property
    def rpps(self) -> str | None:
        """The 11 digits of the RPPS, or None for another kind of identifier."""
        return self.value[1:] if re.fullmatch(r"8[0-9]{11}", self.value) else None


@frozen
class OrganizationId:
    """A Struct_IdNat: a prefix digit (1 = FINESS, 3 = SIRET, 0 = ADELI practice, 2 = SIREN, 4 = RPPS-rang) and the number."""

    value: str

    def __post_init__(self) -> None:
        if not 0 < len(self.value) <= 64 or any(c.isspace() for c in self.value):
            raise ValueError(self.value)


PatientId = UUID
EntryId = UUID
