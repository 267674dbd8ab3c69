"""What the simulated application carte Vitale says of its holder. Source: identity-and-messaging.md §3.2."""

from typing import Any

from carnet.domain.people.model import Identity
from carnet.partners.franceconnect.simulator import claims_of as pivot_of


def claims_of(identity: Identity) -> dict[str, Any]:
    """The pivot identity, and the INS."""
    return pivot_of(identity) | {"ins": identity.ins.matricule, "ins_oid": identity.ins.oid}
