"""
Links by which a patient shows documents to someone: made, ended, opened with a code told apart, each opening in the trail.

Source: CSP L1111-19 (the person decides who reads); docs/decisions/0036-links-and-requests.md.
"""
