"""What a client says of its access: purpose, motive, secret connection."""

import pytest

from carnet.channels.oauth2.purposes import said_of_access
from carnet.channels.oauth2.refusals import Refusal
from carnet.domain.actor import Actor, ActorKind, Purpose

DOCTOR = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="899711110001", profession="10")
HOSPITAL = Actor(ActorKind.ORGANIZATION, "Hôpital", organization="1990000001")
PURPOSES = {"bris_de_glace": Purpose.EMERGENCY, "centre_15": Purpose.REGULATION}
SECRET = {"confidentiality_code": "INVISIBLE_REPRESENTANTS_LEGAUX"}


def said(actor: Actor = DOCTOR, /, **form: str) -> Actor | None:
    return said_of_access({"grant_type": "client_credentials", **form}, actor, purposes=PURPOSES)


def test_nothing_said_is_an_ordinary_access() -> None:
    assert said() is None


def test_an_emergency_with_its_motive() -> None:
    actor = said(purpose_of_use="bris_de_glace", motive="  Inconscient, suspicion d’AVC ")
    assert actor is not None
    assert (actor.purpose, actor.motive, actor.person) == (
        Purpose.EMERGENCY,
        "Inconscient, suspicion d’AVC",
        DOCTOR.person,
    )


def test_a_regulation_with_or_without_a_motive() -> None:
    for form, motive in (({}, None), ({"motive": "Appel 12"}, "Appel 12")):
        actor = said(purpose_of_use="centre_15", **form)
        assert actor is not None
        assert (actor.purpose, actor.motive) == (Purpose.REGULATION, motive)


@pytest.mark.parametrize("actor", [DOCTOR, HOSPITAL])
def test_a_secret_connection(actor: Actor) -> None:
    found = said(actor, purpose_of_use="normal", **SECRET)
    assert found is not None
    assert found.secret_connection
    assert found.purpose is Purpose.NORMAL


@pytest.mark.parametrize(
    ("code", "actor", "form"),
    [
        ("oauth-purpose-unknown", DOCTOR, {"purpose_of_use": "urgence"}),
        ("oauth-purpose-unknown", DOCTOR, {"purpose_of_use": "BRIS_DE_GLACE", "motive": "x"}),
        ("oauth-purpose-not-allowed", HOSPITAL, {"purpose_of_use": "bris_de_glace", "motive": "x"}),
        ("oauth-purpose-not-allowed", HOSPITAL, {"purpose_of_use": "centre_15"}),
        ("oauth-motive-missing", DOCTOR, {"purpose_of_use": "bris_de_glace"}),
        ("oauth-motive-missing", DOCTOR, {"purpose_of_use": "bris_de_glace", "motive": "  "}),
        ("oauth-motive-unexpected", DOCTOR, {"motive": "par curiosité"}),
        ("oauth-motive-unexpected", DOCTOR, {"purpose_of_use": "normal", "motive": "x"}),
        ("oauth-motive-unreadable", DOCTOR, {"purpose_of_use": "bris_de_glace", "motive": "x" * 501}),
        ("oauth-motive-unreadable", DOCTOR, {"purpose_of_use": "bris_de_glace", "motive": "une\nautre ligne"}),
        ("oauth-motive-unreadable", DOCTOR, {"purpose_of_use": "centre_15", "motive": "\x00"}),
        ("oauth-confidentiality-unknown", DOCTOR, {"confidentiality_code": "MASQUE_PS"}),
    ],
)
def test_refusals(code: str, actor: Actor, form: dict[str, str]) -> None:
    with pytest.raises(Refusal) as caught:
        said(actor, **form)
    assert caught.value.issue.code == code
