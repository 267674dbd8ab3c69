"""
The reference: a uvicorn application that stores and gives back, with no check, no right and no seal.

A deposit is one statement that inserts a set, a fiche with its JSON, and a content. A search and a read are one SELECT, then one durable
INSERT of a trace. Connections are pooled, statements prepared, parameters binary, as on the other side.
"""

import argparse
import contextlib
import os
from typing import Any, LiteralString
from urllib.parse import parse_qs
from uuid import UUID

import orjson
import psycopg
import pybase64
import uvicorn

from carnet.storage.database import Database
from carnet.vocabulary.uuid7 import uuid7

SCHEMA = """
    CREATE TABLE bare_set (patient text NOT NULL, set_id uuid PRIMARY KEY, body text NOT NULL);
    CREATE TABLE bare_fiche (
        patient text NOT NULL, logical_id uuid NOT NULL, created timestamptz NOT NULL, body text NOT NULL, label text,
        PRIMARY KEY (patient, logical_id)
    ) WITH (toast_tuple_target = 8160);
    CREATE INDEX bare_fiche_by_date ON bare_fiche (patient, created DESC, logical_id DESC);
    CREATE TABLE bare_content (logical_id uuid PRIMARY KEY, bytes bytea NOT NULL);
    ALTER TABLE bare_content ALTER COLUMN bytes SET STORAGE EXTERNAL;
    CREATE TABLE bare_trace (patient text NOT NULL, event_id uuid PRIMARY KEY, body text NOT NULL);
"""
TABLES = ("bare_set", "bare_fiche", "bare_content", "bare_trace")

_DEPOSIT = """
    WITH s AS (INSERT INTO bare_set (patient, set_id, body) VALUES (%(patient)s, %(set)s, %(set_body)s)),
        f AS (INSERT INTO bare_fiche (patient, logical_id, created, body)
            VALUES (%(patient)s, %(id)s, %(created)s::text::timestamptz, %(fiche)s))
    INSERT INTO bare_content (logical_id, bytes) VALUES (%(id)s, %(content)b)
"""
_SEARCH = "SELECT body FROM bare_fiche WHERE patient = %s ORDER BY created DESC, logical_id DESC LIMIT %s"
_READ = "SELECT bytes FROM bare_content WHERE logical_id = %s"
_HISTORY = "SELECT body FROM bare_event WHERE patient = %s ORDER BY event_id DESC LIMIT %s"
_CHANGE = """
    WITH u AS (
        UPDATE bare_fiche SET label = %(label)s WHERE patient = %(patient)s AND logical_id = %(id)s RETURNING body),
        t AS (INSERT INTO bare_trace (patient, event_id, body) VALUES (%(patient)s, %(event)s, 'patch'))
    SELECT body FROM u
"""
_TRACE = "INSERT INTO bare_trace (patient, event_id, body) VALUES (%s, %s, %s)"

_JSON = [(b"content-type", b"application/fhir+json")]


class BareServer:
    """A raw ASGI application: POST /fhir, GET and PATCH /fhir/DocumentReference, GET /fhir/AuditEvent and /fhir/Binary/{id}."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._database: Database

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        path = scope["path"]
        if path == "/fhir":
            headers, body = _JSON, await self._deposit(await _body(receive))
        elif path == "/fhir/DocumentReference":
            headers, body = _JSON, await self._search(scope["query_string"])
        elif scope["method"] == "PATCH":
            headers, body = _JSON, await self._change(UUID(path[24:]), scope["query_string"], await _body(receive))
        elif path == "/fhir/AuditEvent":
            headers, body = _JSON, await self._search(scope["query_string"], _HISTORY)
        elif path.startswith("/fhir/Binary/"):
            headers, body = [(b"content-type", b"text/xml")], await self._read(UUID(path[13:]))
        else:
            headers, body = _JSON, b"{}"
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [*headers, (b"content-length", str(len(body)).encode())],
            }
        )
        await send({"type": "http.response.body", "body": body})

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._database = await Database.open(self._conninfo, application_name="bare")
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._database.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _deposit(self, body: bytes) -> bytes:
        resources = {entry["resource"]["resourceType"]: entry["resource"] for entry in orjson.loads(body)["entry"]}
        fiche = resources["DocumentReference"]
        logical_id = uuid7()
        values = {
            "patient": fiche["subject"]["reference"].rpartition("|")[2],
            "set": uuid7(),
            "set_body": orjson.dumps(resources["List"]).decode(),
            "id": logical_id,
            "created": fiche["content"][0]["attachment"]["creation"],
            "fiche": orjson.dumps(fiche).decode(),
            "content": pybase64.b64decode(resources["Binary"]["data"]),
        }
        async with self._database.connection() as connection:
            await connection.execute(_DEPOSIT, values)
        return (
            b'{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"location":"Binary/%s"}}]}'
            % (str(logical_id).encode())
        )

    async def _search(self, query: bytes, statement: LiteralString = _SEARCH) -> bytes:
        asked = parse_qs(query.decode())
        patient = asked["patient.identifier"][0].rpartition("|")[2]
        async with self._database.connection() as connection:
            found = await (await connection.execute(statement, (patient, int(asked["_count"][0])))).fetchall()
            await connection.execute(_TRACE, (patient, uuid7(), "search"))
        entries = ",".join(f'{{"resource":{body}}}' for (body,) in found)
        return f'{{"resourceType":"Bundle","type":"searchset","entry":[{entries}]}}'.encode()

    async def _change(self, logical_id: UUID, query: bytes, body: bytes) -> bytes:
        (operation,) = orjson.loads(body)["parameter"]
        masks = operation["part"][0]["valueCode"] == "add"
        patient = parse_qs(query.decode())["patient"][0]
        values = {"label": "MASQUE_PS" if masks else None, "patient": patient, "id": logical_id, "event": uuid7()}
        async with self._database.connection() as connection:
            row = await (await connection.execute(_CHANGE, values)).fetchone()
        assert row is not None
        fiche: str = row[0]
        return fiche.encode()

    async def _read(self, logical_id: UUID) -> bytes:
        async with self._database.connection() as connection:
            row = await (await connection.execute(_READ, (logical_id,))).fetchone()
            await connection.execute(_TRACE, ("", uuid7(), "read"))
        assert row is not None
        content: bytes = row[0]
        return content


async def _body(receive: Any) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message["body"])
        if not message.get("more_body"):
            return b"".join(chunks)


def create(conninfo: str) -> None:
    """Make the tables."""
    with psycopg.connect(conninfo) as connection:
        connection.execute(SCHEMA)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    port = parser.parse_args().port
    application = BareServer(os.environ["BENCH_DATABASE_URL"])
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="on",
        loop="uvloop",
        http="httptools",
    )
    with contextlib.suppress(KeyboardInterrupt):  # how it is stopped
        uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
