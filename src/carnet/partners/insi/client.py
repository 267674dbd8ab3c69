"""
The call to INSi: mutual TLS, one question, one answer, bounded in time and size.

The address and the certificate are given by the teleservice's operator after contract: settings, see docs/settings.md.
Source: identity-and-messaging.md §1.5.
"""

import ssl
from pathlib import Path
from typing import Protocol

import httpx

from carnet.domain.errors import Unavailable
from carnet.formats.insi.answer import LIMIT_BYTES, read_answer
from carnet.formats.insi.model import BIRTH_PLACE_ELEMENT, Answer, Caller, Envelope, Question
from carnet.formats.insi.request import CONTENT_TYPE, write_question
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.uuid7 import uuid7

TIMEOUT_SECONDS = 15.0
_ANSWERING = frozenset({200, 400, 500})  # SOAP 1.2 over HTTP: a fault comes with 400 or 500


class Insi(Protocol):
    """Whoever answers questions about identities, one by one."""

    async def ask(self, question: Question) -> Answer:
        """Raises Unavailable."""
        ...


class InsiNotConfigured:
    """No address was given: nothing is asked."""

    async def ask(self, question: Question) -> Answer:
        del question
        raise Unavailable("insi-not-configured")


@frozen
class InsiClient:
    """
    The teleservice at this address.

    http: with the certificate of the organisation; closed by whoever made it. birth_place_element: see `write_question`.
    """

    http: httpx.AsyncClient
    url: str
    caller: Caller
    clock: Clock
    birth_place_element: str = BIRTH_PLACE_ELEMENT

    async def ask(self, question: Question) -> Answer:
        """
        One question.

        Raises
            Unavailable: `insi-unreachable` (no connection, no answer in time, an answer that is not SOAP's), `insi-fault`,
                `insi-answer-unreadable`.
        """
        envelope = Envelope(uuid7(), uuid7(), uuid7(), self.clock())
        message = write_question(
            question, caller=self.caller, envelope=envelope, birth_place_element=self.birth_place_element
        )
        return read_answer(await self._post(message))

    async def _post(self, message: bytes) -> bytes:
        try:
            async with self.http.stream(
                "POST", self.url, content=message, headers={"Content-Type": CONTENT_TYPE}
            ) as answer:
                if answer.status_code not in _ANSWERING:
                    raise Unavailable("insi-unreachable")
                received = bytearray()
                async for chunk in answer.aiter_bytes():
                    received += chunk
                    if len(received) > LIMIT_BYTES:
                        raise Unavailable("insi-answer-unreadable")
                return bytes(received)
        except httpx.HTTPError as gone:
            raise Unavailable("insi-unreachable") from gone


def http_client(*, certificate: Path | None, authorities: Path | None) -> httpx.AsyncClient:
    """
    A client that proves who we are.

    Takes
        certificate: PEM, the organisation's certificate, its chain and its private key; None when the other end asks for none.
        authorities: PEM, those we trust; None: those of the system.

    Raises
    ------
        OSError, ssl.SSLError: a file that cannot be read, or that is not what it should be.
    """
    context = ssl.create_default_context(cafile=None if authorities is None else str(authorities))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        context.load_cert_chain(certificate)
    # Neither redirections nor proxies of the environment: a question names someone.
    return httpx.AsyncClient(verify=context, trust_env=False, follow_redirects=False, timeout=TIMEOUT_SECONDS)
