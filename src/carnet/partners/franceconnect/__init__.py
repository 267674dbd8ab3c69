"""
FranceConnect: who someone is, for the State; never their INS.

Source: identity-and-messaging.md §3.1.
"""
