"""The FHIR door of rights: authorisations, blocks and médecins traitants as Consent. See docs/transactions/consent.md."""

from carnet.channels.habilitations.routes import routes

__all__ = ["routes"]
