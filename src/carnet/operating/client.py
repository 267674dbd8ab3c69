"""A client of a carnet server, as the command line is: where it is, and tokens by name in the demonstration."""

import json
from typing import Any

import httpx
import orjson

from carnet.settings import DEFAULT_PORT, Settings
from carnet.vocabulary.frozen import frozen


class ClientError(Exception):
    """What the person at the terminal must know: the message says what to do."""


def base_url_of(settings: Settings, given: str | None) -> str:
    """The server meant: given, set, noted by a running demonstration, or the default."""
    if given:
        return given.rstrip("/")
    noted = settings.home / "demo.json"
    if settings.base_url is None and settings.port == DEFAULT_PORT and noted.is_file():
        address: str = json.loads(noted.read_text("utf-8")).get("base_url", settings.public_url)
        return address
    return settings.public_url


@frozen
class Server:
    """base_url: without a final slash."""

    base_url: str
    http: httpx.AsyncClient

    async def people(self) -> list[dict[str, Any]]:
        """Everyone in the demonstration."""
        answer = await self._demo("GET", "/demo/people")
        people: list[dict[str, Any]] = answer["people"]
        return people

    async def token(self, name: str) -> str:
        """A token for a name. Raises ClientError."""
        answer = await self._demo("GET", f"/demo/token/{name}")
        token: str = answer["access_token"]
        return token

    async def open_records(self, identities: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Open a record for each identity (demonstration only)."""
        answer = await self._demo("POST", "/demo/records", {"identities": identities})
        records: list[dict[str, Any]] = answer["records"]
        return records

    async def _demo(self, method: str, path: str, body: object = None) -> Any:
        try:
            response = await self.http.request(method, self.base_url + path, json=body)
        except httpx.TransportError as error:
            raise ClientError(f"no server answers at {self.base_url}: start one with « make demo »") from error
        if response.status_code == 404 and "json" not in response.headers.get("content-type", ""):
            raise ClientError(f"{self.base_url} is not in demo mode: names give no token there")
        if response.status_code >= 400:
            detail = answer_of(response)
            raise ClientError(detail.get("error_description") or detail.get("error") or f"HTTP {response.status_code}")
        return answer_of(response)


def answer_of(response: httpx.Response) -> Any:
    """What a carnet server answered. Raises ClientError: something else answered, as a proxy does when the server is away."""
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError as error:
        raise ClientError(f"{response.url.host} answered {response.status_code}, and not as carnet does") from error
