"""What the HTTP doors share, built once by app.py."""

from datetime import datetime

from carnet.domain.access.acting import RightsTerms
from carnet.domain.access.store import RightsStore
from carnet.domain.audit.model import AuditEvent
from carnet.domain.audit.trail import prepare
from carnet.domain.consent.receiving import ReceivingTerms
from carnet.domain.record.browsing.listing import BrowseTerms
from carnet.domain.record.judging import DepositTerms
from carnet.domain.record.opening import ReadTerms
from carnet.domain.record.sharing.model import ShareTerms
from carnet.domain.record.store import RecordStore
from carnet.domain.record.updating.model import UpdateTerms
from carnet.storage.keys import KeyRing
from carnet.storage.sealing import SealingKey
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen
from carnet.web.arrivals import arrived_at
from carnet.web.bodies import BodyBudget
from carnet.web.tokens import TokenIssuer, TokenVerifier


@frozen
class Services:
    """
    The parts behind the doors.

    fhir_base: URL of the FHIR door for whoever asks, ending with `/fhir`: links lead to the port by which they came. cursors: seals search
    cursors. demo: demo mode, to be said everywhere. started_at: of this process.
    """

    store: RecordStore
    rights: RightsStore
    keys: KeyRing
    deposit_terms: DepositTerms
    read_terms: ReadTerms
    browse_terms: BrowseTerms
    rights_terms: RightsTerms
    update_terms: UpdateTerms
    share_terms: ShareTerms
    receiving_terms: ReceivingTerms
    verifier: TokenVerifier
    issuer: TokenIssuer
    bodies: BodyBudget
    cursors: SealingKey
    clock: Clock
    public_url: str
    demo: bool
    started_at: datetime

    @property
    def fhir_base(self) -> str:
        return (arrived_at.get() or self.public_url) + "/fhir"

    async def trace(self, event: AuditEvent) -> None:
        """Write an event to the system's trail."""
        await self.store.trace_system(prepare(event, self.store.system_key))
