"""
Documents being added: what was sent and typed, kept a day until it is filed or given up. No part of the record, and shown to no one else.

docs/decisions/0037-adding-documents.md
"""
