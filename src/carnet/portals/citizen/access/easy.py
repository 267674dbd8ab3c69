"""« Qui voit mon carnet ? », easy to read: the last visits, who may come, what one can do; short sentences, one idea each."""

from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.access.restoring import held_at
from carnet.domain.access.reviewing import list_authorisations
from carnet.domain.actor import ActorKind, Purpose
from carnet.domain.audit.model import EventType, Outcome
from carnet.domain.consent.model import ConsentKind
from carnet.domain.record.history.model import Criteria, TrailQuery
from carnet.domain.record.history.reading import read_trail
from carnet.portals.citizen.access.rows import READINGS, in_one_go
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.vocabulary.frozen import frozen
from carnet.web.wording import wording

EASY = "/acces/facile-a-lire"
_SHOWN = 3
_LOOKED_AT = 30  # acts, to find that many visits in
_GIVING = frozenset({ConsentKind.GRANT, ConsentKind.PRIMARY_CARE_DOCTOR})


@frozen
class Came:
    """One visit. documents: read, 0 when the list alone was looked at. treats: as médecin traitant."""

    event_id: UUID
    at: datetime
    name: str
    job: str
    documents: int
    treats: bool
    is_urgent: bool


class Easy:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services

    async def page(self, request: Request, visit: Visit) -> Response:
        query = TrailQuery(
            types=READINGS, outcomes=frozenset({Outcome.SUCCESS}), count=_LOOKED_AT,
            criteria=Criteria(kinds=frozenset({ActorKind.PROFESSIONAL})),
        )  # fmt: skip
        page = await read_trail(
            self._services.store, query, actor=visit.actor, ins=None, patient_id=visit.patient_id, parameters="facile",
            terms=self._services.read_terms,
        )  # fmt: skip
        review = await list_authorisations(
            self._services.rights, visit.patient_id, actor=visit.actor, terms=self._services.rights_terms
        )
        held = held_at(review.periods, review.at, kinds=_GIVING)
        words = wording()
        came = []
        for group in in_one_go(page.events, visit.zone)[:_SHOWN]:
            event = group[-1].event
            assert event is not None
            actor = event.actor
            read = {each for told in group if told.type is EventType.DOCUMENT_READ for each in told.documents}
            name = actor.name.removeprefix("Dr ") if actor.name.startswith("Dr ") else actor.name
            came.append(
                Came(
                    event.event_id, event.occurred_at, f"docteur {name}" if name != actor.name else name,
                    words["specialties"].get(actor.specialty or "") or words["professions"].get(actor.profession or "") or "",
                    len({each.logical_id for each in read}), (event.rule or "").endswith("primary-care-doctor"),
                    actor.purpose is not Purpose.NORMAL,
                )
            )  # fmt: skip
        return self._portal.page(
            request, "access/easy.html", here="acces", came=came, doctor=any(each.consent.kind is ConsentKind.PRIMARY_CARE_DOCTOR for each in held),
            others=len({each.consent.holder for each in held if each.consent.kind is ConsentKind.GRANT}),
        )  # fmt: skip
