"""The one table of document types: codes, plain name, class, format. Source: docs/document-types.md."""

from carnet.document_types.table import Audience, DocumentType, DocumentTypes

__all__ = ["Audience", "DocumentType", "DocumentTypes"]
