"""
A record as people leaf through it: pages by date, families, words, what is new, what was read, own folders.

Nothing here knows a document that the reader may not see. See docs/decisions/0035-browsing.md.
"""
