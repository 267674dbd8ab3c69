"""
Identities told: whether a record exists and in which state (TD0.2), and who someone is, for an identity source.

What the source tells is received by `domain/consent/receiving`; here is who may ask, what is answered, and the trace of each answer.
"""
