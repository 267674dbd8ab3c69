"""The demonstration's own door: tokens by name, records for test identities. Built in demo mode only; see docs/transactions/demo.md."""

from carnet.channels.demo.routes import routes

__all__ = ["routes"]
