"""What goes wrong on our side, as people are told it."""

import logging

import pytest
from tests.portals.people import Browser, heading_of

from carnet.app import Carnet
from carnet.storage.database import DatabaseUnreachable

UNREADABLE = {"content-type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize(
    ("fault", "status", "title"),
    [
        (DatabaseUnreachable("host of Odile"), 503, "Réessayez dans un instant"),
        (RuntimeError("document of Odile"), 500, "Une erreur est survenue de notre côté"),
    ],
)
async def test_a_fault_of_ours_is_a_page_that_carries_nothing(
    carnet: Carnet, browser: Browser, *, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Exception, status: int,
    title: str,
) -> None:  # fmt: skip
    async def broken(*_: object) -> None:
        raise fault

    await browser.open("/connexion")
    browser.http.cookies.set("carnet_session", "A" * 86)
    monkeypatch.setattr(carnet.citizens, "_resume", broken)
    with caplog.at_level(logging.INFO):
        answers = [
            await browser.http.get("/documents"),
            await browser.http.get("/"),
            await browser.http.post("/compte/rester"),
        ]
    for answer in answers:
        assert (answer.status_code, heading_of(answer)) == (status, title)
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "Odile" not in answer.text
    assert type(fault).__name__ in caplog.text
    assert "Odile" not in caplog.text


async def test_a_form_that_cannot_be_read_is_told_in_french(browser: Browser) -> None:
    await browser.open("/connexion")
    answer = await browser.http.post("/connexion", content=b"--y\r\nnothing", headers=UNREADABLE)
    assert (answer.status_code, heading_of(answer)) == (400, "Ce n’est pas possible")
    assert "boundary" not in answer.text


@pytest.mark.parametrize("address", ["/documents", "/pro", "/oauth2/token", "/static/x.css"])
async def test_a_method_that_an_address_does_not_have_is_told_in_french(browser: Browser, address: str) -> None:
    answer = await browser.http.request("DELETE", address)
    assert (answer.status_code, answer.text) == (405, "Cette adresse n’accepte pas cette méthode.")
    assert "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]
