"""Records of one person, linked and unlinked, never merged. See docs/decisions/0032-linked-records.md."""
