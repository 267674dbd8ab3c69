"""
A session that ends while someone is writing: what they send is kept, and offered again once they are back. Nothing typed is lost.

Only for a browser that holds a session of ours that has ended, and whose form was made in it: nobody else may have anything kept.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.sign_in import kept_forms
from carnet.domain.sign_in.kept_forms import LIFE, KeptForm
from carnet.storage.database import Database
from carnet.storage.sealing import SealingKey
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen
from carnet.web.portal import guard
from carnet.web.portal.frame import Visitor

if TYPE_CHECKING:
    from carnet.web.portal.portal import Portal

V = TypeVar("V", bound=Visitor)

KEPT_FORMS_KEY = "kept forms"  # purpose of the key that seals them
_COOKIE = "carnet_kept"
_MAX_KEY = 100


@frozen
class Former:
    """The session that a browser had. whose: the person's own identifier here. form_key: what bound its forms."""

    whose: str
    form_key: bytes


@frozen
class Interruptions:
    """
    Of one portal.

    former: the session that a browser holds, though it has ended. whose: the person of a visit, as `former` names them. address: of the page
    that offers what was kept. home: where whoever gives it up goes.
    """

    database: Database
    seal: SealingKey
    clock: Clock
    secure: bool
    address: str
    home: str
    former: Callable[[Request], Awaitable[Former | None]]
    whose: Callable[[Any], str]

    @property
    def _name(self) -> str:
        return _COOKIE + self.address.rpartition("/")[0].replace("/", "_")

    async def keep(self, request: Request, response: Response, form: FormData, *, token_key: bytes) -> None:
        """Keep what was sent, if it was sent from a page of the session that ended. token_key: of the tokens of forms."""
        former = await self.former(request)
        token = form.get("csrf")
        if former is None or not isinstance(token, str):
            return
        if not guard.is_ours(request, token, key=token_key, whose=former.form_key):
            return
        fields = tuple(
            (name, value) for name, value in form.multi_items() if isinstance(value, str) and name not in guard.SECRETS
        )
        kept = KeptForm(request.url.path, fields)
        key = await kept_forms.keep(self.database, kept, whose=former.whose, seal=self.seal, now=self.clock())
        seconds = int(LIFE.total_seconds())
        guard.set_cookie(response, self._name, key, secure=self.secure, seconds=seconds)

    def has_some(self, request: Request) -> bool:
        """Whether this browser may have something kept."""
        return bool(self._key(request))

    async def find(self, request: Request, visit: Visitor) -> KeptForm | None:
        """What this person was sending from this browser."""
        key = self._key(request)
        if not key:
            return None
        return await kept_forms.find(self.database, key, whose=self.whose(visit), seal=self.seal, now=self.clock())

    async def sent(self, request: Request, visit: Visitor, response: Response) -> Response:
        """A form was sent: if it is the one that was kept, it is kept no more."""
        kept = await self.find(request, visit)
        return response if kept is None or kept.address != request.url.path else await self.drop(request, response)

    async def drop(self, request: Request, response: Response) -> Response:
        """It was sent, or is not wanted any more, or is not theirs."""
        key = self._key(request)
        if key:
            await kept_forms.drop(self.database, key)
            guard.drop_cookie(response, self._name, secure=self.secure)
        return response

    def _key(self, request: Request) -> str:
        value = guard.cookie(request, self._name, secure=self.secure)
        return value if len(value) <= _MAX_KEY else ""


def kept_route(portal: "Portal[V]", interruptions: Interruptions) -> Route:
    """The page that offers what was kept: it says what, and sends it only when told to."""

    async def offer(request: Request, visit: V) -> Response:
        kept = await interruptions.find(request, visit)
        if kept is None and interruptions.has_some(request):  # someone else's, or too old: it is nothing to them
            return await interruptions.drop(
                request, RedirectResponse(interruptions.home, 303, {"Cache-Control": "no-store"})
            )
        texts = [] if kept is None else [value for _, value in kept.fields if len(value.split()) > 1]
        return portal.page(request, "portal/kept.html", kept=kept, texts=texts, address=interruptions.address)

    async def give_up(request: Request, _: V, __: FormData) -> Response:
        response = RedirectResponse(interruptions.home, 303, {"Cache-Control": "no-store"})
        return await interruptions.drop(request, response)

    return portal.route(interruptions.address, get=offer, post=give_up)
