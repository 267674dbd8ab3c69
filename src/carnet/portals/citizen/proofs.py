"""What a browser carries while someone proves who they are: a step under way, and the device that opened this record before."""

import ipaddress
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carnet.domain.accounts.means.codes import a_token
from carnet.domain.accounts.means.model import Origin, Proved
from carnet.domain.accounts.means.signing_in import DEVICE_LASTS, keep_device
from carnet.domain.errors import DomainError
from carnet.domain.people.model import Identity
from carnet.domain.people.store import current_identity
from carnet.portals.citizen.portal import CitizenPortal
from carnet.web.portal import guard
from carnet.web.wording import issue_text

NEVER_KEPT = {"Cache-Control": "no-store"}
TOO_MANY = 429
ACTIVATION = "/activation"
ACTIVATION_STEP = "_activation"  # the step of whoever was recognised and has not decided yet
_STEP, _DEVICE = "carnet_step", "carnet_device"
_LONGEST = 100
_HOUSEHOLD_BITS = 64


def origin_of(request: Request, portal: CitizenPortal) -> Origin:
    """Where an attempt comes from: the network, and what an earlier sign-in left in this browser."""
    device = guard.cookie(request, _DEVICE, secure=portal.secure)[:_LONGEST]
    return Origin(network_of(request.client.host if request.client else ""), device or None)


def network_of(address: str) -> str:
    """An IPv4 address whole; of an IPv6 one, what a household shares."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if read.version == 4:
        return str(read)
    return str(ipaddress.ip_network((read, _HOUSEHOLD_BITS), strict=False))


def step_of(request: Request, portal: CitizenPortal, name: str = "") -> str:
    """The token of the step under way; empty without one. name: of a step that may run beside another."""
    return guard.cookie(request, _STEP + name, secure=portal.secure)[:_LONGEST]


def keep_step(response: Response, token: str, portal: CitizenPortal, name: str = "") -> Response:
    seconds = int(portal.accounts.terms.step_validity.total_seconds())
    guard.set_cookie(response, _STEP + name, token, secure=portal.secure, seconds=seconds)
    return response


def drop_step(response: Response, portal: CitizenPortal, name: str = "") -> Response:
    guard.drop_cookie(response, _STEP + name, secure=portal.secure)
    return response


async def let_in(request: Request, portal: CitizenPortal, proved: Proved, *, to: str | None = None) -> Response:
    """
    Sign in whoever proved who they are: a new session, whatever the browser held before, and a device known from now on.

    Takes
        to: where to lead them; None: to the page they had asked for.
    """
    async with portal.database.connection() as connection:
        identity = await current_identity(connection, proved.patient_id)
    response = await let_in_as(request, portal, proved.patient_id, identity, means=proved.means, to=to)
    if proved.is_new_device:
        device = a_token()
        await keep_device(proved, device, accounts=portal.accounts)
        guard.set_cookie(response, _DEVICE, device, secure=portal.secure, seconds=int(DEVICE_LASTS.total_seconds()))
    return response


async def let_in_as(
    request: Request, portal: CitizenPortal, patient_id: UUID, identity: Identity | None, *, means: str, to: str | None
) -> Response:
    """As `let_in`, of someone whose identity was read already. An identity under doubt opens nothing."""
    if identity is None:
        return portal.page(
            request, "portal/refusal.html", status=403, title="Votre carnet ne peut pas s’ouvrir maintenant",
            text="Votre identité est en cours de vérification. Rien n’est perdu : appelez l’aide pour savoir où cela en est.",
        )  # fmt: skip
    token = await portal.begin_session(request, patient_id, identity, means=means)
    response = RedirectResponse(to or portal.way_back(request), 303, NEVER_KEPT)
    return drop_step(portal.let_in(response, token), portal)


def told(error: DomainError) -> str:
    """The French sentence of a refusal."""
    return issue_text(error.issues[0])[1]


def status_of(error: DomainError) -> int:
    """Of the page that tells it."""
    return TOO_MANY if error.code == "tries-spent" else 422
