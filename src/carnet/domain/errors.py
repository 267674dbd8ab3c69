"""
The short list of what can go wrong in the domain. Codes and facts, never a sentence for the public: each door finds its words.

An entry hidden from someone is, for them, `NotFound`.
"""

from collections.abc import Sequence
from dataclasses import field
from enum import StrEnum

from carnet.vocabulary.frozen import frozen


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"  # nothing to mend: what was done


@frozen
class Issue:
    """
    One fault, or one warning.

    code: stable, kebab-case, listed in docs/transactions/errors.md and worded in web/wording.
    expression: where, as the door's own tongue writes it (a FHIRPath for FHIR, an XPath for a CDA), or None.
    facts: small values that the sentence may quote; never the value of someone else's data.
    """

    code: str
    expression: str | None = None
    facts: dict[str, str] = field(default_factory=dict)
    severity: Severity = Severity.ERROR


class DomainError(Exception):
    """What every refusal of the domain shares: a list of issues, the first one giving its code."""

    def __init__(
        self, code: str, /, *, expression: str | None = None, issues: Sequence[Issue] = (), **facts: str
    ) -> None:
        self.issues: tuple[Issue, ...] = tuple(issues) or (Issue(code, expression, facts),)
        self.code = code
        super().__init__(code)


class Invalid(DomainError):
    """What was sent breaks a rule; the sender can mend it."""


class Refused(DomainError):
    """The actor has no right to do this on this record."""


class NotFound(DomainError):
    """Unknown, or hidden from the actor: the two cannot be told apart."""


class Conflict(DomainError):
    """It contradicts what is already held."""


class Stale(Conflict):
    """It was made on something that has changed since, or that is not one thing: the asker looks again, then asks anew."""


class Unsupported(DomainError):
    """A known thing that this server does not do."""


class Unavailable(DomainError):
    """Later: a budget is spent or a partner does not answer."""
