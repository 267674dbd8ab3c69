"""
Checkpoints: what the database's owner may rewrite without leaving a trace in the database is seen against a checkpoint kept elsewhere.

Every tampering here leaves a trail that agrees with itself.
"""

import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey
from psycopg import Rollback
from tests.doors.world import Person, World, a_report

from carnet.domain.audit.checkpoint import (
    HEAD_BYTES,
    SYSTEM,
    Checkpoint,
    Head,
    check_heads,
    digest_of,
    public_key,
    read_checkpoint,
    read_heads,
    signing_key,
)
from carnet.domain.audit.checkpointing import KEY_FILE, PURPOSE, Published, take_checkpoint
from carnet.domain.audit.trail import chained, genesis
from carnet.domain.audit.verification import verify_stream
from carnet.domain.errors import Invalid

AT = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
SEED = bytes(range(32))
STATED = Checkpoint("https://carnet.test", AT, 1, 2, "00" * 32, None)


async def taken(world: World, folder: Path, at: datetime = AT) -> Published:
    services = world.carnet.services
    return await take_checkpoint(services.store.database, services.keys, folder, issuer="https://carnet.test", at=at)


def heads_of(published: Published) -> dict[UUID, Head]:
    with published.heads.open("rb") as file:
        return {head.stream: head for head in read_heads(file)}


async def test_what_a_checkpoint_holds(world: World, tmp_path: Path) -> None:
    person = await world.a_record()
    await world.deposit(a_report(person))
    published = await taken(world, tmp_path / "checkpoints")
    heads = heads_of(published)
    assert heads[person.patient_id].length == 2
    assert list(heads) == sorted(heads)
    assert next(iter(heads)) == SYSTEM
    assert published.heads.stat().st_size == HEAD_BYTES * len(heads)
    key = public_key((published.signed.parent / KEY_FILE).read_bytes())
    read = read_checkpoint(published.signed.read_text(), key)
    assert read == published.checkpoint
    assert (read.streams, read.events) == (len(heads), sum(head.length for head in heads.values()))
    with published.heads.open("rb") as file:
        check_heads(file, read)
    event = (await world.events(None))[-1]
    assert (event.type, event.details) == ("trail-checkpointed", {"root": read.root})
    assert (await world.verified(None)).faults == ()
    assert {path.suffix for path in published.signed.parent.iterdir()} == {".jws", ".heads", ".jwk"}


async def test_each_names_the_one_before(world: World, tmp_path: Path) -> None:
    first = await taken(world, tmp_path)
    second = await taken(world, tmp_path, AT + timedelta(days=1))
    assert second.checkpoint.previous == digest_of(first.signed.read_text())
    with pytest.raises(FileExistsError):
        await taken(world, tmp_path, AT)


async def test_a_folder_that_cannot_be_written(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        await taken(world, tmp_path / "file")


# What only a checkpoint sees.


@pytest.fixture
async def person(world: World) -> Person:
    person = await world.a_record()
    for _ in range(3):
        await world.deposit(a_report(person))
    return person


async def faults_after(world: World, person: Person, head: Head, *statements: str) -> set[tuple[int | None, str]]:
    async with world.carnet.database.connection() as tx, tx.transaction() as transaction:
        sealer = await world._sealer(tx, person)
        for statement in statements:
            await tx.execute(statement, {"patient": person.patient_id})
        report = await verify_stream(tx, person.patient_id, sealer, seen=head)
        raise Rollback(transaction)
    return {(fault.position, fault.code) for fault in report.faults}


_HEAD_OF_THREE = """
    UPDATE record SET trail_length = 3, trail_hash = (
        SELECT hash FROM audit_event WHERE patient_id = %(patient)s AND position = 3)
    WHERE patient_id = %(patient)s
"""
CUT = ("DELETE FROM audit_event WHERE patient_id = %(patient)s AND position = 4", _HEAD_OF_THREE)


async def test_a_trail_that_goes_on_agrees_with_its_checkpoint(world: World, tmp_path: Path, person: Person) -> None:
    head = heads_of(await taken(world, tmp_path))[person.patient_id]
    assert await faults_after(world, person, head) == set()
    await world.deposit(a_report(person))
    assert await faults_after(world, person, head) == set()
    none = Head(person.patient_id, 0, genesis(str(person.patient_id)))
    assert await faults_after(world, person, none) == set()


async def test_a_tail_cut_with_its_head(world: World, tmp_path: Path, person: Person) -> None:
    head = heads_of(await taken(world, tmp_path))[person.patient_id]
    async with world.carnet.database.connection() as tx, tx.transaction() as transaction:
        for statement in CUT:
            await tx.execute(statement, {"patient": person.patient_id})
        assert (await verify_stream(tx, person.patient_id, await world._sealer(tx, person))).faults == ()
        raise Rollback(transaction)
    assert await faults_after(world, person, head, *CUT) == {(None, "truncated")}


async def test_a_chain_rebuilt_whole(world: World, tmp_path: Path, person: Person) -> None:
    """The second event is taken out and everything after it chained again, head included: all that the database can say agrees."""
    head = heads_of(await taken(world, tmp_path))[person.patient_id]
    async with world.carnet.database.connection() as tx, tx.transaction() as transaction:
        await tx.execute("DELETE FROM audit_event WHERE patient_id = %s AND position = 2", (person.patient_id,))
        cursor = await tx.execute(
            "SELECT event_id, commitment FROM audit_event WHERE patient_id = %s ORDER BY position", (person.patient_id,)
        )
        last = genesis(str(person.patient_id))
        rows = await cursor.fetchall()
        for position, (event_id, commitment) in enumerate(rows, 1):
            last = chained(last, commitment, position)
            await tx.execute(
                "UPDATE audit_event SET position = %s, hash = %s WHERE patient_id = %s AND event_id = %s",
                (position, last, person.patient_id, event_id),
            )
        await tx.execute(
            "UPDATE record SET trail_length = %s, trail_hash = %s WHERE patient_id = %s",
            (len(rows), last, person.patient_id),
        )
        sealer = await world._sealer(tx, person)
        assert (await verify_stream(tx, person.patient_id, sealer)).faults == ()
        report = await verify_stream(tx, person.patient_id, sealer, seen=head)
        assert {fault.code for fault in report.faults} == {"truncated"}
        longer = Head(person.patient_id, len(rows), head.hash)
        report = await verify_stream(tx, person.patient_id, sealer, seen=longer)
        assert {(fault.position, fault.code) for fault in report.faults} == {(len(rows), "rewritten")}
        raise Rollback(transaction)


# What is signed.


def test_a_checkpoint_says_the_same_once_read() -> None:
    key = signing_key(SEED)
    for stated in (STATED, Checkpoint("x", AT, 0, 0, "ff", "ab")):
        assert read_checkpoint(stated.signed(key) + "\n", key) == stated


def test_an_altered_checkpoint_or_another_key_is_refused() -> None:
    key, other = signing_key(SEED), signing_key(bytes(32))
    signed = STATED.signed(key)
    header, payload, signature = signed.split(".")
    forged = [signed[:-4] + "AAAA", f"{header}.{payload[:-2]}AA.{signature}", "", "a.b.c", "é", f"{header}.{payload}."]
    for text in forged:
        with pytest.raises(Invalid, match="checkpoint-signature"):
            read_checkpoint(text, key)
    with pytest.raises(Invalid, match="checkpoint-signature"):
        read_checkpoint(signed, other)
    # A token without a signature, as the algorithm `none` has it, is none.
    with pytest.raises(Invalid, match="checkpoint-signature"):
        read_checkpoint("eyJhbGciOiJub25lIn0." + payload + ".", key)


@pytest.mark.parametrize("payload", [b"{}", b"[]", b"x", b'{"iss": 1}'])
def test_something_else_that_the_key_signed_is_no_checkpoint(payload: bytes) -> None:
    from joserfc import jws

    key = signing_key(SEED)
    for header in ({"alg": "Ed25519"}, {"alg": "Ed25519", "typ": "carnet-checkpoint+jws"}):
        with pytest.raises(Invalid, match="checkpoint-form"):
            read_checkpoint(jws.serialize_compact(header, payload, key, algorithms=["Ed25519"]), key)


def test_the_key_is_that_of_the_library_that_makes_such_keys() -> None:
    pair = Ed25519PrivateKey.from_private_bytes(SEED)
    raw = OKPKey.import_key(signing_key(SEED).as_dict(private=False)).public_key.public_bytes_raw()
    assert raw == pair.public_key().public_bytes_raw()


@pytest.mark.parametrize("text", [b"", b"x", b"[]", b"{}", b'{"kty": "OKP", "crv": "Ed25519", "x": 3}', b'{"kty": "EC", "crv": "P-256", "x": "AA"}'])  # fmt: skip
def test_a_key_that_is_none(text: bytes) -> None:
    with pytest.raises(Invalid, match="checkpoint-key"):
        public_key(text)


def _heads() -> Iterator[bytes]:
    for number in range(5):
        yield bytes(Head(UUID(int=number), number, hashlib.sha256(bytes([number])).digest()))


def test_heads_that_are_not_those_that_were_signed() -> None:
    from carnet.domain.audit.merkle import MerkleTree

    packed = list(_heads())
    tree = MerkleTree()
    for leaf in packed:
        tree.add(leaf)
    stated = Checkpoint("x", AT, 5, 10, tree.root().hex(), None)
    check_heads(io.BytesIO(b"".join(packed)), stated)
    others = [
        packed[:4],
        [*packed, packed[0]],
        [packed[1], packed[0], *packed[2:]],
        [*packed[:4], packed[4][:-1] + b"\0"],
        [],
    ]
    for other in (*map(b"".join, others), b"".join(packed) + b"x"):
        with pytest.raises(Invalid, match="checkpoint-heads"):
            check_heads(io.BytesIO(other), stated)


def test_the_key_has_a_purpose_of_its_own(world: World) -> None:
    keys = world.carnet.services.keys
    assert keys.server_key(PURPOSE) != keys.server_key("token signing")
