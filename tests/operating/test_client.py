"""A client before something that is not carnet."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from carnet.document_types.table import DocumentTypes
from carnet.formats.fhir.standalone import Named
from carnet.operating.client import ClientError, Server
from carnet.operating.feeder import Feeder


@pytest.fixture
async def proxy() -> AsyncIterator[Server]:
    """A proxy whose server is away."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        page = b"<html>Bad Gateway</html>"
        writer.write(
            b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(page), page)
        )
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listening, httpx.AsyncClient() as http:
        yield Server(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", http)


async def test_a_page_of_a_proxy_is_told_as_such(proxy: Server) -> None:
    with pytest.raises(ClientError, match="answered 502"):
        await proxy.token("marie")


async def test_feeding_stops_there(proxy: Server) -> None:
    feeder = Feeder(proxy, "token", DocumentTypes.load())
    with pytest.raises(ClientError, match="answered 502"):
        await feeder.post(b"{}", name="x.xml", named=Named())
