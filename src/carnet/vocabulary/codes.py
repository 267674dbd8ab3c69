"""Coded values, and the two names every French code system carries: its OID (CDA, XDS) and its URL (FHIR)."""

from carnet.vocabulary.frozen import frozen


@frozen
class Code:
    """
    One coded value.

    `system` is always the bare OID when the system has one (CDA and XDS write OIDs); FHIR URLs are mapped at the edge by
    `value_sets.system_oid` and `value_sets.system_url`. `display` is the label as received, or None.
    """

    code: str
    system: str
    display: str | None = None

    def same_as(self, other: "Code") -> bool:
        """Equal code and system; labels do not count."""
        return self.code == other.code and self.system == other.system
