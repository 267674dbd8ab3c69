"""
A portal: its pages, each behind the sign-in or open to all, its forms guarded, its refusals told in plain French.

A view takes the request, the visit, and for a form what was typed; it gives a response. What it raises of the domain becomes a page.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Generic, TypeVar

from markupsafe import Markup
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.errors import Conflict, DomainError, Invalid, NotFound, Refused, Unavailable
from carnet.storage.database import DatabaseUnreachable
from carnet.storage.keys import KeyRing
from carnet.web.bodies import BodyBudget, BodyTooLarge
from carnet.web.middleware import tell_fault
from carnet.web.portal import guard
from carnet.web.portal.files import Sent, read_sent
from carnet.web.portal.frame import Frame, Visitor
from carnet.web.portal.interruptions import Interruptions
from carnet.web.portal.state import open_state, seal_state
from carnet.web.wording import issue_text

STATE = "e"  # the parameter that carries sealed state
DONE = "fait"  # the parameter that says which act was just done
_WAY_COOKIE = "carnet_way"
_WAY_SECONDS = 30 * 60
_MAX_FIELDS = 500
_MAX_FORM_BYTES = 256 * 1024

V = TypeVar("V", bound=Visitor)
Endpoint = Callable[[Request], Awaitable[Response]]
View = Callable[[Request, V], Awaitable[Response]]
FormView = Callable[[Request, V, FormData], Awaitable[Response]]
FilesView = Callable[[Request, V, Sent], Awaitable[Response]]
OpenView = Callable[[Request, "V | None"], Awaitable[Response]]
OpenFormView = Callable[[Request, "V | None", FormData], Awaitable[Response]]


class Portal(Generic[V]):
    """
    What the areas of one portal are given.

    frame: its pages. resume: who is signed in. sign_in: address of the page where one signs in. secure: whether the public address is
    https. interruptions: what happens to a form sent once the session has ended; None: it is not kept.
    """

    def __init__(
        self,
        frame: Frame,
        keys: KeyRing,
        *,
        resume: Callable[[Request], Awaitable[V | None]],
        sign_in: str,
        secure: bool,
        interruptions: Interruptions | None = None,
    ) -> None:
        self.frame = frame
        self.secure = secure
        self.interruptions = interruptions
        self._resume = resume
        self._sign_in = sign_in
        self._way_cookie = _WAY_COOKIE + sign_in.rpartition("/")[0].replace("/", "_")  # one for each portal
        self._form_key = keys.server_key("portal forms")
        self._state_key = keys.server_sealing_key("portal state")

    # Routes ----------------------------------------------------------------

    def route(self, path: str, *, get: "View[V] | None" = None, post: "FormView[V] | None" = None) -> Route:
        """A page for who is signed in; others are led to the sign-in, then back."""

        async def endpoint(request: Request) -> Response:
            visit = await self.visit(request)
            if visit is None:
                return await self._interrupted(request)
            if request.method != "POST":
                assert get is not None
                return await self._told(request, get(request, visit))
            assert post is not None
            form = await read_form(request)
            if form is None:
                return self.too_large(request)
            if not self.is_ours(request, form.get("csrf")):
                return self.stale(request, form)
            response = await self._told(request, post(request, visit, form))
            return response if self.interruptions is None else await self.interruptions.sent(request, visit, response)

        return Route(path, self._plain(endpoint), methods=_methods(get, post))

    def open_route(
        self, path: str, *, get: "OpenView[V] | None" = None, post: "OpenFormView[V] | None" = None
    ) -> Route:
        """A page for everyone; the view is told who is signed in, if anyone is."""

        async def endpoint(request: Request) -> Response:
            visit = await self.visit(request)
            if request.method != "POST":
                assert get is not None
                return await self._told(request, get(request, visit))
            assert post is not None
            form = await read_form(request)
            if form is None:
                return self.too_large(request)
            if not self.is_ours(request, form.get("csrf")):
                return self.stale(request, form)
            return await self._told(request, post(request, visit, form))

        return Route(path, self._plain(endpoint), methods=_methods(get, post))

    def files_route(
        self, path: str, *, get: "View[V]", post: "FilesView[V]", bodies: BodyBudget, too_large: Callable[[Request], Response]
    ) -> Route:  # fmt: skip
        """
        As `route`, of a form that carries files.

        Takes
            bodies: the memory that such forms may take. too_large: the page of a form that passes it, of which nothing was kept.
        """

        async def endpoint(request: Request) -> Response:
            visit = await self.visit(request)
            if visit is None:
                return self.to_sign_in(request)
            if request.method != "POST":
                return await self._told(request, get(request, visit))

            async def read() -> Response:
                async with bodies.stream(request) as arriving:
                    sent = await read_sent(request, arriving)
                    # A body takes a while: whoever has ended their sessions meanwhile is obeyed.
                    self.forget_visit(request)
                    still = await self.visit(request)
                    if still is None:
                        return self.to_sign_in(request)
                    if not self.is_ours(request, sent.fields.get("csrf")):
                        return self.stale(request, sent.fields)
                    return await post(request, still, sent)

            try:
                return await self._told(request, read())
            except BodyTooLarge:
                return too_large(request)

        return Route(path, self._plain(endpoint), methods=["GET", "POST"])

    async def visit(self, request: Request) -> V | None:
        """Who is signed in, read once per request."""
        if not hasattr(request.state, "visit"):
            request.state.visit = await self._resume(request)
        found: V | None = request.state.visit
        return found

    def forget_visit(self, request: Request) -> None:
        """Have who is signed in read again."""
        del request.state.visit

    # Pages -----------------------------------------------------------------

    def page(
        self, request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, here: str | None = None,
        **values: Any,
    ) -> Response:  # fmt: skip
        """
        A page in the frame, its forms bound to whoever asked for it.

        Takes
            here: key of the place of the navigation it stands in.
        """
        visit: V | None = getattr(request.state, "visit", None)
        browser = None if visit is not None else guard.browser_key(request, secure=self.secure)
        fresh = guard.new_browser_key() if visit is None and browser is None else None
        response = self.frame.page(
            template, visit=visit, csrf=guard.form_token(self._form_key, _whose(visit, browser or fresh)), status=status,
            headers=headers, here=here, **values,
        )  # fmt: skip
        if fresh is not None:
            guard.set_cookie(response, guard.FORM_COOKIE, fresh, secure=self.secure)
        return response

    def not_found(self, request: Request) -> Response:
        """The one answer for what does not exist, what is another's, and what is hidden."""
        return self.page(request, "portal/not_found.html", status=404)

    def too_large(self, request: Request) -> Response:
        return self.page(
            request, "portal/refusal.html", status=413, title="Ce formulaire est trop long", text="Rien n’a été enregistré. Raccourcissez ce que vous avez écrit, puis envoyez de nouveau.",
        )  # fmt: skip

    def stale(self, request: Request, form: FormData) -> Response:
        """
        A form of another session, or of another site. From our own pages, what was typed is kept and can be sent again; else nothing.
        """
        kept: list[tuple[str, str]] = []
        if guard.comes_from_us(request):
            kept = [(n, v) for n, v in form.multi_items() if isinstance(v, str) and n not in guard.SECRETS]
        return self.page(request, "portal/stale.html", status=403, kept=kept, address=request.url.path)

    async def _interrupted(self, request: Request) -> Response:
        """To the sign-in, with what was being sent."""
        response = self.to_sign_in(request)
        if self.interruptions is not None and request.method == "POST":
            form = await read_form(request)
            if form is not None:
                await self.interruptions.keep(request, response, form, token_key=self._form_key)
        return response

    async def _told(self, request: Request, view: Awaitable[Response]) -> Response:
        try:
            return await view
        except BodyTooLarge:
            raise
        except NotFound:
            return self.not_found(request)
        except Unavailable as error:
            return self._refusal(request, error, 503, "Réessayez dans un instant", {"Retry-After": "5"})
        except Refused as error:
            return self._refusal(request, error, 403, "Ce n’est pas possible")
        except Conflict as error:
            return self._refusal(request, error, 409, "Quelque chose a changé entre-temps")
        except Invalid as error:
            return self._refusal(request, error, 422, "Ce n’est pas possible")

    def _plain(self, endpoint: Endpoint) -> Endpoint:
        """What goes wrong on our side is a page too: its cause is in the log, without what it carries."""

        async def answered(request: Request) -> Response:
            try:
                return await endpoint(request)
            except HTTPException as unreadable:  # the parser of forms, in English
                return self._refusal(
                    request, Invalid("form-unreadable"), unreadable.status_code, "Ce n’est pas possible"
                )
            except DatabaseUnreachable as fault:
                tell_fault(fault)
                return self._fault(request, 503, "Réessayez dans un instant", {"Retry-After": "5"})
            except Exception as fault:  # noqa: BLE001  whatever it is, people are told in their words
                tell_fault(fault)
                return self._fault(request, 500, "Une erreur est survenue de notre côté", {})

        return answered

    def _fault(self, request: Request, status: int, title: str, headers: dict[str, str]) -> Response:
        text = "Ce n’est pas de votre fait, et ce qui était enregistré le reste. Réessayez dans un instant, puis vérifiez que ce que vous vouliez est fait."
        return self.page(request, "portal/refusal.html", status=status, headers=headers, title=title, text=text)

    def _refusal(
        self, request: Request, error: DomainError, status: int, title: str, headers: dict[str, str] | None = None
    ) -> Response:
        text = " ".join(dict.fromkeys(issue_text(issue)[1] for issue in error.issues))
        return self.page(request, "portal/refusal.html", status=status, headers=headers, title=title, text=text)

    # Sign-in and state -----------------------------------------------------

    def to_sign_in(self, request: Request) -> Response:
        """To the sign-in; a page that was asked for is remembered, a form is not sent in anyone's name."""
        response = RedirectResponse(self._sign_in, 303, {"Cache-Control": "no-store"})
        if request.method in {"GET", "HEAD"}:
            self.remember_way(response, request.url.path + (f"?{request.url.query}" if request.url.query else ""))
        return response

    def remember_way(self, response: Response, way: str) -> Response:
        """Where to lead them once they have signed in: one of our pages."""
        sealed = seal_state({"to": way}, key=self._state_key, whose=b"way", at=self.frame.clock())
        guard.set_cookie(response, self._way_cookie, sealed, secure=self.secure, seconds=_WAY_SECONDS)
        return response

    def way_back(self, request: Request, *, otherwise: str = "/") -> str:
        """Where to lead who has just signed in: what they were sending, or the page they had asked for. Always one of ours."""
        if self.interruptions is not None and self.interruptions.has_some(request):
            return self.interruptions.address
        sealed = guard.cookie(request, self._way_cookie, secure=self.secure)
        way = str(open_state(sealed, key=self._state_key, whose=b"way", at=self.frame.clock()).get("to", otherwise))
        return way if way.startswith("/") and not way.startswith(("//", "/\\")) else otherwise

    def forget_way(self, response: Response) -> None:
        guard.drop_cookie(response, self._way_cookie, secure=self.secure)

    def seal(self, visit: V, values: dict[str, Any]) -> str:
        """State for a link of this session: `?e=…`."""
        return seal_state(values, key=self._state_key, whose=visit.form_key, at=self.frame.clock())

    def state(self, request: Request, visit: V) -> dict[str, Any]:
        """The state of a link; empty without one, and when it is not of this session or is too old."""
        return self.unseal(request.query_params.get(STATE, ""), visit)

    def unseal(self, sealed: str, visit: V) -> dict[str, Any]:
        """As `state`, for what a form carries."""
        return open_state(sealed, key=self._state_key, whose=visit.form_key, at=self.frame.clock())

    def seal_open(self, values: dict[str, Any], *, whose: bytes) -> str:
        """State of a browser that is not signed in, for a cookie of ours. whose: what it is for."""
        return seal_state(values, key=self._state_key, whose=b"open:" + whose, at=self.frame.clock())

    def open_sealed(self, sealed: str, *, whose: bytes, within: timedelta) -> dict[str, Any]:
        """What `seal_open` sealed; empty when it is not ours, or older than that."""
        return open_state(sealed, key=self._state_key, whose=b"open:" + whose, at=self.frame.clock(), lifetime=within)

    def is_ours(self, request: Request, token: object) -> bool:
        """Whether a form was sent by one of our pages; for a view that reads its body itself, once `visit` was asked for."""
        visit: V | None = getattr(request.state, "visit", None)
        browser = None if visit is not None else guard.browser_key(request, secure=self.secure)
        if not isinstance(token, str) or (visit is None and browser is None):
            return False
        return guard.is_ours(request, token, key=self._form_key, whose=_whose(visit, browser))

    def csrf(self, request: Request) -> Markup:
        """The hidden field, for who builds a form apart from a page."""
        visit: V | None = getattr(request.state, "visit", None)
        assert visit is not None
        return Markup('<input type="hidden" name="csrf" value="{}">').format(
            guard.form_token(self._form_key, visit.form_key)
        )


def done(address: str, act: str) -> Response:
    """After an act: to the page of the thing, which says what was done and how to undo it."""
    return RedirectResponse(f"{address}?{DONE}={act}", 303, {"Cache-Control": "no-store"})


def was_done(request: Request) -> str:
    """Which act was just done; empty otherwise. The page says it only when the state agrees."""
    return request.query_params.get(DONE, "")


async def read_form(request: Request) -> FormData | None:
    """What was typed, without files; None when it is too long."""
    size = request.headers.get("content-length", "" if "transfer-encoding" in request.headers else "0")
    if not size.isdecimal() or int(size[:12]) > _MAX_FORM_BYTES:
        return None
    form = await request.form(max_files=0, max_fields=_MAX_FIELDS, max_part_size=_MAX_FORM_BYTES)
    return FormData([(name, value) for name, value in form.multi_items() if not isinstance(value, UploadFile)])


def _whose(visit: Visitor | None, browser: str | None) -> bytes:
    return visit.form_key if visit is not None else b"browser:" + (browser or "").encode()


def _methods(get: object, post: object) -> list[str]:
    return [*(["GET"] if get is not None else []), *(["POST"] if post is not None else [])]
