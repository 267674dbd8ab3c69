"""
Changing the means of an account asks for a sign-in that is fresh: whoever finds an open session changes nothing that lasts.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carnet.domain.accounts.activation.recognising import names_of
from carnet.domain.accounts.means.choosing import begin_account
from carnet.domain.accounts.means.model import Account
from carnet.domain.accounts.means.reading import account_of
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.portals.citizen.proofs import NEVER_KEPT

FRESH = timedelta(minutes=15)
CONFIRM = "/compte/confirmer"
View = Callable[[Request, Visit], Awaitable[Response]]
FormView = Callable[[Request, Visit, FormData], Awaitable[Response]]


def is_fresh(visit: Visit) -> bool:
    return visit.now - visit.session.begun_at < FRESH


def fresh_view(view: View) -> View:
    """A page that only a fresh sign-in sees."""

    async def checked(request: Request, visit: Visit) -> Response:
        return await view(request, visit) if is_fresh(visit) else RedirectResponse(CONFIRM, 303, NEVER_KEPT)

    return checked


def fresh_form(view: FormView) -> FormView:
    """A form that only a fresh sign-in sends."""

    async def checked(request: Request, visit: Visit, form: FormData) -> Response:
        return await view(request, visit, form) if is_fresh(visit) else RedirectResponse(CONFIRM, 303, NEVER_KEPT)

    return checked


async def own_account(portal: CitizenPortal, patient_id: UUID) -> Account | None:
    """The account of who is signed in; None when an identity provider alone brought them, and nothing was chosen yet."""
    async with portal.database.connection() as connection:
        return await account_of(connection, patient_id, accounts=portal.accounts)


async def an_account(portal: CitizenPortal, visit: Visit) -> Account:
    """The account of who is signed in; begun if need be."""
    found = await own_account(portal, visit.patient_id)
    if found is not None:
        return found
    async with portal.database.transaction() as tx:
        await begin_account(
            tx,
            visit.patient_id,
            names=names_of(visit.identity),
            actor=visit.actor,
            accounts=portal.accounts,
            at=portal.accounts.clock(),
        )
    found = await own_account(portal, visit.patient_id)
    assert found is not None
    return found


def personal_names(visit: Visit, account: Account) -> tuple[str, ...]:
    """What strangers know of them: nothing of it belongs in a password."""
    identity = visit.identity
    names = (
        identity.traits.birth_name, identity.traits.first_given_name, identity.used_name, identity.used_given_name, account.identifier,
        None if account.mail is None else account.mail.partition("@")[0],
    )  # fmt: skip
    return tuple(name for name in names if name)
