"""
The application carte Vitale: an identity that counts as qualified, with the INS of its holder.

As a provider of OpenID Connect its addresses and claims were not found: it speaks here as FranceConnect does, with two more claims,
`ins` and `ins_oid`, that only the simulator gives for certain. Source: identity-and-messaging.md §1.4, §3.2.
"""
