"""
Mail by the operator's own server (RFC 5321, 8314): in TLS from the first byte (`smtps://`), or by STARTTLS, which is required unless the
server is on this machine: these mails carry codes.
"""

import ipaddress
from dataclasses import field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from urllib.parse import urlsplit

from carnet.partners.mail.port import Mail
from carnet.storage.contents import UnusableSetting
from carnet.vocabulary.clock import Clock, system_clock
from carnet.vocabulary.frozen import frozen

_SECONDS = 20
_PORTS = {"smtp": 587, "smtps": 465}


@frozen
class SmtpMailer:
    """
    url: `smtp://host[:port]` or `smtps://host[:port]`. sender: the address that mails come from. user, secret: when the server asks.
    """

    url: str
    sender: str
    user: str | None = None
    secret: str | None = field(default=None, repr=False)
    clock: Clock = system_clock

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise UnusableSetting("CARNET_SMTP_URL is smtp://host:port or smtps://host:port")

    async def send(self, mail: Mail) -> None:
        """Raises aiosmtplib.SMTPException, OSError."""
        from aiosmtplib import send  # at the first mail

        parts = urlsplit(self.url)
        secure = parts.scheme == "smtps"
        assert parts.hostname is not None
        await send(
            self.written(mail), hostname=parts.hostname, port=parts.port or _PORTS[parts.scheme], username=self.user,
            password=self.secret, use_tls=secure, start_tls=not (secure or _is_here(parts.hostname)), timeout=_SECONDS,
        )  # fmt: skip

    def written(self, mail: Mail) -> EmailMessage:
        """The message, as it travels. An automatic mail, to which no absence is to be answered (RFC 3834)."""
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = self.sender, mail.to, mail.subject
        message["Date"] = format_datetime(self.clock())
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        return message


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
