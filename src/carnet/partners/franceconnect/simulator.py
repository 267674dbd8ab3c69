"""A simulated FranceConnect: its life times and its claims, invented people. Source: identity-and-messaging.md §3.1."""

import hashlib
from datetime import timedelta
from typing import Any

from carnet.domain.people.model import Identity, Sex
from carnet.partners.oidc.simulated import SimulatedProvider
from carnet.vocabulary.clock import Clock

_GENDERS = {Sex.MALE: "male", Sex.FEMALE: "female"}
_ABROAD = "99"
_FRANCE = "99100"


def simulator_at(
    base_url: str, secret: str, clock: Clock, *, redirect_uri: str, logout_uri: str, title: str = "FranceConnect simulé"
) -> SimulatedProvider:
    """A provider whose issuer is this address; its user-info is a JWT that it signs, as FranceConnect's is."""
    return SimulatedProvider(
        base_url=base_url, authorization_url=f"{base_url}/authorize", client_id="carnet", secret=secret, clock=clock, title=title,
        redirect_uris=(redirect_uri,), logout_uris=(logout_uri,), levels=("eidas1", "eidas2", "eidas3"), signs=True,
        access_life=timedelta(seconds=60),
    )  # fmt: skip


def claims_of(identity: Identity) -> dict[str, Any]:
    """What FranceConnect would say of someone: the register of births, written as people write."""
    traits = identity.traits
    names = [name.title() for name in (traits.given_names or traits.first_given_name).split()]
    place = traits.birth_place or ""
    is_abroad = place.startswith(_ABROAD)
    claims = {
        "sub": hashlib.sha256(f"{identity.ins.oid}|{identity.ins.matricule}".encode()).hexdigest() + "v1",
        "given_name": " ".join(names), "given_name_array": names, "family_name": traits.birth_name, "birthdate": traits.birth_date,
        "gender": _GENDERS.get(traits.sex, ""), "birthplace": "" if is_abroad else place,
        "birthcountry": place if is_abroad else _FRANCE,
    }  # fmt: skip
    if identity.used_name and identity.used_name.upper() != traits.birth_name:
        claims["preferred_username"] = identity.used_name
    return claims


STRANGER: dict[str, Any] = {
    "sub": hashlib.sha256(b"inconnue de carnet").hexdigest() + "v1", "given_name": "Ondine", "given_name_array": ["Ondine"],
    "family_name": "INVENTÉE-D’AILLEURS", "birthdate": "1971-02-28", "gender": "female", "birthplace": "29019", "birthcountry": _FRANCE,
}  # fmt: skip
"""Someone who has no record here."""
