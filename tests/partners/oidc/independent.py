"""A provider of an unrelated project (oidc-provider-mock), in a process of its own, so that we are not only talking to ourselves."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
from tests.operating.conftest import free_port


@asynccontextmanager
async def a_provider(*people: Mapping[str, Any], token_seconds: int = 3600) -> AsyncIterator[str]:
    """Its base address. people: claims, `sub` among them."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--token-max-age", str(token_seconds)]
    for claims in people:
        command += ["--user-claims", json.dumps(claims)]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as http:
            for _ in range(200):
                try:
                    await http.get(f"{base}/jwks")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield base
    finally:
        process.terminate()
        await process.wait()


async def agree(url: str, subject: str) -> str:
    """What the person does on its page; gives the address they are sent back to."""
    async with httpx.AsyncClient() as http:
        answer = await http.post(url, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def query_of(location: str) -> dict[str, str]:
    from urllib.parse import parse_qsl

    return dict(parse_qsl(urlsplit(location).query))
