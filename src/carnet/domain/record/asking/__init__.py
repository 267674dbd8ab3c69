"""
What a patient asks about a document of who made it, to correct it or to remove it: sent, seen, answered, closed or withdrawn.

Source: documents.md §7 (« ask the author to delete or correct his »); regulation (EU) 2016/679, articles 12, 16 and 17;
docs/decisions/0036-links-and-requests.md.
"""
