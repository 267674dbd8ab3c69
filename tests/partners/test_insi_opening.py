"""Who answers for INSi: the simulator in the demonstration only, nobody in production without an address, and settings that are refused."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from carnet.domain.errors import Unavailable
from carnet.domain.people.model import InsTraits, Sex
from carnet.formats.insi.model import Caller
from carnet.partners.insi.client import InsiClient
from carnet.partners.insi.opening import InsiTerms, open_insi
from carnet.partners.insi.retrieval import Retrieved, retrieve_ins
from carnet.storage.contents import UnusableSetting

UNSET = InsiTerms(None, None, None, Caller("carnet", "", "carnet", "0", UUID(int=1)))
DOMINIQUE = InsTraits("ADRTROIS", "DOMINIQUE", "1997-02-26", Sex.FEMALE)


def _now() -> datetime:
    return datetime(2026, 1, 15, tzinfo=UTC)


async def test_the_demonstration_has_its_simulator() -> None:
    async with open_insi(UNSET, demo=True, clock=_now) as insi:
        assert isinstance(await retrieve_ins(insi, DOMINIQUE), Retrieved)


async def test_production_never_simulates() -> None:
    async with open_insi(UNSET, demo=False, clock=_now) as insi:
        with pytest.raises(Unavailable, match="insi-not-configured"):
            await retrieve_ins(insi, DOMINIQUE)


@pytest.mark.parametrize(
    ("url", "certificate", "told"),
    [
        ("http://insi.test/", Path("any.pem"), "CARNET_INSI_URL"),
        ("https://insi.test/", None, "CARNET_INSI_CERTIFICATE"),
    ],
)
async def test_what_production_refuses(url: str, certificate: Path | None, told: str) -> None:
    terms = replace(UNSET, url=url, certificate=certificate)
    with pytest.raises(UnusableSetting, match=told):
        async with open_insi(terms, demo=False, clock=_now):
            pass
    async with open_insi(replace(terms, certificate=None), demo=True, clock=_now) as insi:
        assert isinstance(insi, InsiClient)
        assert insi.url == url


async def test_a_certificate_that_is_not_one(tmp_path: Path) -> None:
    broken = tmp_path / "client.pem"
    broken.write_text("rien")
    with pytest.raises(OSError, match=r"PEM|SSL"):
        async with open_insi(replace(UNSET, url="https://insi.test/", certificate=broken), demo=False, clock=_now):
            pass
