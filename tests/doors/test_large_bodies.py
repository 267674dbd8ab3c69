"""Bodies that are too large, cut, or sent by those who leave: over a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator

import orjson
import pytest
import uvicorn
from tests.builders.cda import a_pdf
from tests.doors.world import World, a_report, codes_of

from carnet.app import Carnet, application
from carnet.settings import Settings

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
async def port(carnet: Carnet) -> AsyncIterator[int]:
    """The module's program behind a real server."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(application(carnet), log_level="critical", lifespan="off", ws="none"))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110  uvicorn has no event to wait for
            await asyncio.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        await task


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    return int(head.split()[1]), await reader.readexactly(length)


async def _head(world: World, port: int, *headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [
        "POST /fhir HTTP/1.1", "Host: carnet.test", "Content-Type: application/fhir+json",
        f"Authorization: Bearer {world.hospital.token}", *headers,
    ]  # fmt: skip
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
    await writer.drain()
    return reader, writer


async def test_200_megabytes_are_refused_without_being_read(world: World, port: int) -> None:
    async with world.only_a_refusal(None, told_of="body-too-large"):
        reader, writer = await _head(world, port, f"Content-Length: {200 * 1_000_000}")
        status, body = await _answer(reader)
        writer.close()
    assert status == 413
    assert orjson.loads(body)["issue"][0]["details"]["coding"][0]["code"] == "body-too-large"


async def test_an_endless_chunked_body_is_refused_at_the_limit(world: World, port: int) -> None:
    async with world.only_a_refusal(None, told_of="body-too-large"):
        reader, writer = await _head(world, port, "Transfer-Encoding: chunked")
        answer = asyncio.create_task(_answer(reader))
        sent, chunk = 0, b"100000\r\n" + b" " * MEBIBYTE + b"\r\n"
        while not answer.done() and sent < 400 * MEBIBYTE:
            writer.write(chunk)
            sent += MEBIBYTE
            try:
                await asyncio.wait_for(writer.drain(), 5)
            except (ConnectionError, TimeoutError):
                break
            await asyncio.sleep(0)
        status, body = await answer
        writer.close()
    assert status == 413
    assert b"body-too-large" in body
    limit = Settings().max_body_bytes
    assert limit <= sent < limit + 40 * MEBIBYTE, sent


async def test_a_body_cut_short_changes_nothing(world: World, port: int) -> None:
    person = await world.a_record()
    body = orjson.dumps(a_report(person))
    async with world.only_a_refusal(None, told_of="body-cut"):
        _, writer = await _head(world, port, f"Content-Length: {len(body)}")
        writer.write(body[:-10])
        await writer.drain()
        writer.close()
        for _ in range(100):
            await asyncio.sleep(0.02)
            if any(event.details.get("issues") == "body-cut" for event in await world.events(None)):
                break
    assert await world.found(person, by=world.a_citizen(person)) == []


async def test_a_longer_body_than_announced_is_not_taken_for_another_deposit(world: World, port: int) -> None:
    person = await world.a_record()
    body = orjson.dumps(a_report(person))
    reader, writer = await _head(world, port, f"Content-Length: {len(body) - 1}")
    writer.write(body)
    rows = await world.rows()
    status, _ = await _answer(reader)
    writer.close()
    assert (status, await world.rows()) == (400, rows)


async def test_budget_is_given_back(world: World, port: int) -> None:
    for _ in range(500):  # the server answers 400 by itself to a byte too many, while the act is still refused
        if world.carnet.services.bodies.taken_bytes == 0:
            break
        await asyncio.sleep(0.02)
    assert world.carnet.services.bodies.taken_bytes == 0


async def test_a_document_past_the_limit(world: World) -> None:
    person = await world.a_record()
    limit = world.carnet.services.deposit_terms.max_document_bytes
    content = a_pdf(size_bytes=limit + 4096)
    assert len(content) > limit
    async with world.only_a_refusal(person, told_of="content-too-large"):
        response = await world.send(a_report(person, content=content))
    assert (response.status_code, codes_of(response)) == (422, ["content-too-large"])


async def test_bodies_share_a_budget(world: World) -> None:
    """What one burst may take of the memory is bounded; the others are asked to come back."""
    bodies = world.carnet.services.bodies
    person = await world.a_record()
    rows = await world.rows()
    taken, bodies.taken_bytes = bodies.taken_bytes, bodies.total_bytes
    try:
        response = await world.send(a_report(person))
    finally:
        bodies.taken_bytes = taken
    assert (response.status_code, response.headers["retry-after"], codes_of(response)) == (503, "1", ["server-busy"])
    assert await world.rows() == rows
    assert (await world.deposit(a_report(person))).statuses == ["201"] * 3
