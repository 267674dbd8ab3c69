"""Someone's browser at the portals and at the simulated providers, without a browser: cookies, links followed, forms sent."""

import html
import re
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette


class Browser:
    """One device of one person."""

    def __init__(self, app: Starlette, base: str = "http://carnet.test", *, address: str = "127.0.0.1") -> None:
        self.base = base
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 4711))
        self.http = httpx.AsyncClient(transport=transport, base_url=base)

    async def open(self, path: str) -> httpx.Response:
        """A page, whatever the redirects."""
        return await self._arrived(await self.http.get(path))

    async def send(self, page: httpx.Response, **typed: str) -> httpx.Response:
        """The first form of a page that has these fields or buttons, with its hidden fields."""
        for form in re.findall(r"<form[^>]*>.*?</form>", page.text, re.DOTALL):
            names = set(re.findall(r'name="([^"]+)"', form))
            action = re.search(r'action="([^"]*)"', form)
            if set(typed) <= names and action is not None and 'method="post"' in form:
                hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
                fields = {name: html.unescape(value) for name, value in hidden} | typed
                return await self._arrived(await self.http.post(html.unescape(action[1]), data=fields))
        raise AssertionError(f"no form of {page.url} has {set(typed)}:\n{page.text[:3000]}")

    async def close(self) -> None:
        await self.http.aclose()

    async def _arrived(self, answer: httpx.Response) -> httpx.Response:
        for _ in range(10):
            if not answer.has_redirect_location:
                return answer
            answer = await self.http.get(answer.headers["location"])
        raise AssertionError("too many redirects")


def path_of(answer: httpx.Response) -> str:
    return urlsplit(str(answer.url)).path


def heading_of(answer: httpx.Response) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    return "" if found is None else html.unescape(re.sub(r"<[^>]+>", "", found[1])).strip()
