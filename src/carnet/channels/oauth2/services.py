"""What the OAuth2 door needs, given to it by the application."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from datetime import timedelta

from carnet.domain.actor import Purpose
from carnet.domain.audit.model import AuditEvent
from carnet.domain.clients.model import GrantType, Mode
from carnet.domain.errors import Issue
from carnet.partners.psc.backchannel import PscBackchannel
from carnet.partners.psc.subject import PscSubjects
from carnet.storage.database import Database
from carnet.storage.sealing import SealingKey
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen
from carnet.web.tokens import SigningKeys, TokenIssuer, TokenVerifier

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - an address, not a secret
JWKS_PATH = "/oauth2/jwks"
REVOKE_PATH = "/oauth2/revoke"
INTROSPECT_PATH = "/oauth2/introspect"
BACKCHANNEL_PATH = "/oauth2/bc-authorize"


@frozen
class OAuthServices:
    """
    The parts behind the door.

    public_url: base of our addresses, without a final slash; also our name as issuer. machines_url: base of those where a client
    certificate is shown, or None.
    backchannel: by which Pro Santé Connect asks people on their own device; seal: of what is kept meanwhile. Both or none.
    psc: who a Pro Santé Connect token was given to, or None where there is no PSC.
    count: counts a request of a client, and raises Throttled past its rate.
    purposes: codes of the exceptional purposes that a professional's software may ask.
    trace: writes an event to the system's trail; a token leaves only after it has returned.
    describe: the French sentence of an issue. failure_delay: how long a refused authentication takes at least.
    """

    database: Database
    keys: SigningKeys
    issuer: TokenIssuer
    verifier: TokenVerifier
    trace: Callable[[AuditEvent], Awaitable[None]]
    describe: Callable[[Issue], str]
    clock: Clock
    mode: Mode
    public_url: str
    count: Callable[[str], None] = lambda _: None
    psc: PscSubjects | None = None
    backchannel: PscBackchannel | None = None
    seal: SealingKey | None = None
    purposes: Mapping[str, Purpose] = field(default_factory=dict)
    machines_url: str | None = None
    token_lifetime: timedelta = timedelta(hours=1)
    failure_delay: timedelta = timedelta(milliseconds=100)

    @property
    def grants(self) -> tuple[GrantType, ...]:
        """What may be asked here."""
        exchange = () if self.psc is None or self.machines_url is None else (GrantType.TOKEN_EXCHANGE,)
        ciba = (GrantType.CIBA,) if self.asks_people else ()
        return (GrantType.CLIENT_CREDENTIALS, *exchange, *ciba)

    @property
    def asks_people(self) -> bool:
        """Whether software may have professionals asked on their own device."""
        return self.backchannel is not None and self.seal is not None and self.machines_url is not None

    @property
    def token_url(self) -> str:
        return self.public_url + TOKEN_PATH

    @property
    def audiences(self) -> frozenset[str]:
        """The names by which an assertion may call us."""
        names = {self.token_url, self.public_url}
        return frozenset(names if self.machines_url is None else names | {self.machines_url + TOKEN_PATH})

    @property
    def jwks_url(self) -> str:
        return self.public_url + JWKS_PATH
