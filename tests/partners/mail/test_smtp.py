"""Mail by a real server: in the clear on this machine alone, by STARTTLS or TLS elsewhere, signed in when asked."""

import email
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from email.policy import default

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from tests.operating.conftest import free_port

from carnet.partners.mail import smtp
from carnet.partners.mail.port import Mail
from carnet.partners.mail.smtp import SmtpMailer
from carnet.storage.contents import UnusableSetting

MAIL = Mail(
    "louise@exemple.fr", "Votre code pour ouvrir votre carnet : 123456", "Bonjour,\n\nVoici votre code : 123456\n"
)


class Kept:
    """What the server received."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002  aiosmtpd’s protocol
        self.envelopes.append(envelope)
        return "250 OK"

    def message(self) -> Message:
        content = self.envelopes[-1].content
        assert isinstance(content, bytes)
        return email.message_from_bytes(content, policy=default)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls_of(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture
def server(request: pytest.FixtureRequest, authority: trustme.CA) -> Iterator[tuple[Kept, int]]:
    options = dict(getattr(request, "param", {}))
    if options.pop("starttls", False):
        options |= {"tls_context": tls_of(authority)}
    kept, port = Kept(), free_port()
    controller = Controller(kept, hostname="127.0.0.1", port=port, **options)
    controller.start()
    yield kept, port
    controller.stop()


async def test_what_arrives(server: tuple[Kept, int]) -> None:
    kept, port = server
    mailer = SmtpMailer(
        f"smtp://127.0.0.1:{port}", "carnet@exemple.fr", clock=lambda: datetime(2026, 11, 26, 10, tzinfo=UTC)
    )
    await mailer.send(MAIL)
    message = kept.message()
    assert (message["From"], message["To"], message["Subject"]) == ("carnet@exemple.fr", MAIL.to, MAIL.subject)
    assert message["Date"] == "Thu, 26 Nov 2026 10:00:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@exemple.fr>")
    assert message.get_content_type() == "text/plain"
    assert "Voici votre code : 123456" in message.get_content()  # type: ignore[attr-defined]
    assert kept.envelopes[-1].rcpt_tos == [MAIL.to]


async def test_elsewhere_a_server_without_tls_is_given_nothing(
    server: tuple[Kept, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, port = server
    monkeypatch.setattr(smtp, "_is_here", lambda _: False)
    from aiosmtplib import SMTPException

    with pytest.raises(SMTPException):
        await SmtpMailer(f"smtp://127.0.0.1:{port}", "carnet@exemple.fr").send(MAIL)
    assert kept.envelopes == []


@pytest.mark.parametrize("server", [{"starttls": True}], indirect=True)
async def test_by_starttls_with_a_certificate_that_is_trusted_or_not_at_all(
    server: tuple[Kept, int], authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    kept, port = server
    monkeypatch.setattr(smtp, "_is_here", lambda _: False)
    mailer = SmtpMailer(f"smtp://localhost:{port}", "carnet@exemple.fr")
    from aiosmtplib import SMTPException

    with pytest.raises((SMTPException, OSError)):
        await mailer.send(MAIL)
    assert kept.envelopes == []
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    await mailer.send(MAIL)
    assert kept.message()["Subject"] == MAIL.subject


def _known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    login, password = getattr(data, "login", b""), getattr(data, "password", b"")
    return AuthResult(success=(login, password) == (b"carnet", b"secret"))


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize(
    "server", [{"authenticator": _known, "auth_require_tls": False, "auth_required": True}], indirect=True
)
async def test_a_server_that_asks_who_we_are(server: tuple[Kept, int]) -> None:
    kept, port = server
    from aiosmtplib import SMTPException

    with pytest.raises(SMTPException):
        await SmtpMailer(f"smtp://127.0.0.1:{port}", "carnet@exemple.fr", "carnet", "faux").send(MAIL)
    await SmtpMailer(f"smtp://127.0.0.1:{port}", "carnet@exemple.fr", "carnet", "secret").send(MAIL)
    assert len(kept.envelopes) == 1
    assert "secret" not in repr(SmtpMailer("smtp://127.0.0.1:25", "a@exemple.fr", "carnet", "secret"))


@pytest.mark.parametrize("url", ["http://exemple.fr", "exemple.fr:25", "smtp://", ""])
def test_what_is_no_server(url: str) -> None:
    with pytest.raises(UnusableSetting):
        SmtpMailer(url, "carnet@exemple.fr")


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("exemple.fr", False)],
)
def test_what_is_this_machine(host: str, here: bool) -> None:
    assert smtp._is_here(host) is here
