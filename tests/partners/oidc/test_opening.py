"""A provider as the settings say: what is missing stops the start, and says which setting."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from tests.builders.certificates import self_signed

from carnet.partners.apcv.opening import open_apcv
from carnet.partners.franceconnect.opening import open_franceconnect
from carnet.partners.oidc.model import ProviderTerms
from carnet.partners.oidc.opening import ProviderSettings, open_provider
from carnet.storage.contents import UnusableSetting

URL = "https://identite.example/.well-known/openid-configuration"


def settings(url=URL, client="carnet", **files) -> ProviderSettings:
    return ProviderSettings(
        "CARNET_ESSAI", url, client, files.get("secret"), files.get("key"), files.get("certificate"), "eidas2, eidas3",
        may_sign=files.get("may_sign", True),
    )  # fmt: skip


def opened(given: ProviderSettings, *, demo=False):
    def terms(discovery_url: str, client_id: str) -> ProviderTerms:
        return ProviderTerms("essai", discovery_url, client_id, "https://carnet.example/retour", "openid")

    return open_provider(given, terms, demo=demo, clock=lambda: datetime.now(UTC))


def written(folder: Path, text: str) -> Path:
    file = folder / "fichier"
    file.write_text(text)
    return file


async def test_a_secret_a_key_or_a_certificate(tmp_path):
    for key in (ECKey.generate_key("P-256"), RSAKey.generate_key(2048)):
        party = opened(settings(key=written(tmp_path, key.as_pem(private=True).decode())))
        assert party._credentials.key.thumbprint() == key.thumbprint()
        assert party._credentials.key.kid
        await party.close()
    party = opened(settings(secret=written(tmp_path, " secret inventé \n")))
    assert party._credentials.secret == "secret inventé"
    await party.close()
    pair = self_signed(tmp_path, "carnet.example")
    both = written(tmp_path, pair.file.read_text() + pair.key_file.read_text())
    party = opened(settings(certificate=both))
    assert (party._credentials.secret, party._credentials.key) == (None, None)
    await party.close()


def test_nothing_set_is_nobody():
    assert opened(settings(url=None)) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"url": "http://identite.example/x", "secret": True}, "CARNET_ESSAI_DISCOVERY_URL must begin with https://"),
        ({"client": None, "secret": True}, "CARNET_ESSAI_CLIENT_ID"),
        ({}, "CARNET_ESSAI_SECRET_FILE, CARNET_ESSAI_KEY_FILE or CARNET_ESSAI_CERTIFICATE"),
        ({"may_sign": False}, "CARNET_ESSAI_SECRET_FILE or CARNET_ESSAI_CERTIFICATE"),
    ],
)
def test_a_setting_that_is_missing_is_named(tmp_path, given, told):
    if given.get("secret"):
        given = given | {"secret": written(tmp_path, "secret")}
    with pytest.raises(UnusableSetting, match=told):
        opened(settings(**given))


@pytest.mark.parametrize("what", ["noise", "public", "curve", "okp"])
def test_a_key_that_signs_nothing(tmp_path, what):
    text = {
        "noise": lambda: "x",
        "public": lambda: ECKey.generate_key("P-256").as_pem(private=False).decode(),
        "curve": lambda: ECKey.generate_key("P-384").as_pem(private=True).decode(),
        "okp": lambda: OKPKey.generate_key("Ed25519").as_pem(private=True).decode(),
    }[what]()
    with pytest.raises(UnusableSetting, match="CARNET_ESSAI_KEY_FILE must hold a private key"):
        opened(settings(key=written(tmp_path, text)))


@pytest.mark.parametrize("opening", [open_franceconnect, open_apcv])
async def test_a_simulator_is_for_the_demonstration(tmp_path, opening):
    where = {
        "redirect_uri": "https://carnet.example/r", "logout_uri": "https://carnet.example/d", "demo_url": "https://carnet.example/demo",
        "clock": lambda: datetime.now(UTC),
    }  # fmt: skip
    assert opening(settings(url=None), demo=False, **where) is None
    simulated = opening(settings(url=None), demo=True, **where)
    assert simulated.simulator is not None
    await simulated.party.close()
    real = opening(settings(secret=written(tmp_path, "secret")), demo=True, **where)
    assert real.simulator is None
    assert (real.party.terms.acr_values, real.party.terms.levels) == ("eidas2", frozenset({"eidas2", "eidas3"}))
    await real.party.close()
