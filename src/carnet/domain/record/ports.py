"""What the record asks of the tables above it: the document types and value sets, whoever provides them."""

from typing import Protocol

from carnet.vocabulary.codes import Code


class KnownType(Protocol):
    """One line of the table of document types."""

    @property
    def type(self) -> Code: ...  # code, OID of its system, official label
    @property
    def category(self) -> Code: ...  # class (1.2.250.1.213.1.1.4.1) with its label
    @property
    def plain_name(self) -> str: ...  # for people, in French


class TypeTable(Protocol):
    """The table of document types with the value sets of the fiche."""

    @property
    def edition(self) -> str: ...

    def find(self, code: str, system: str | None = None) -> KnownType | None:
        """The type of this code (JDV_J07), or None when unknown, or known under another system."""

    def accepts_class(self, known: KnownType, class_code: str) -> bool:
        """Whether a fiche may carry this class for this type."""

    def format_for(
        self, known: KnownType, *, template_ids: tuple[str, ...], body: str | None, mime_type: str
    ) -> Code | None:
        """The format code that follows from the model of the document, or None when the tables cannot tell."""

    def in_value_set(self, attribute: str, code: Code) -> Code | None:
        """
        The official code (with its label) when the value set of this fiche attribute holds it, else None.

        attribute: `type`, `category`, `format`, `facility_type`, `practice_setting`, `confidentiality`, `visibility`, `author_specialty`,
        `author_role`, `content_type`.
        """
