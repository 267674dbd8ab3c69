"""
Checkpoints: where every stream of the trail stood at one instant, under one signed hash, to be kept where the database's owner cannot write.

A chain that is rewritten from its beginning, or cut with its head, agrees with itself; it does not agree with a checkpoint kept elsewhere.
Source: docs/decisions/0031-checkpoints.md; RFC 6962 §2.1 (the tree), RFC 7515 and 9864 (the signature).
"""

import hashlib
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.util import to_str, urlsafe_b64encode

from carnet.domain.audit.merkle import MerkleTree
from carnet.domain.errors import Invalid
from carnet.vocabulary.frozen import frozen

_ALGORITHM = "Ed25519"
_TYPE = "carnet-checkpoint+jws"
_HEAD = struct.Struct(">16sq32s")
HEAD_BYTES = _HEAD.size  # 56
SYSTEM = UUID(int=0)  # the system's stream among the heads; it sorts first

Write = Callable[[bytes], object]


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """Where a stream stood: its length and last hash. stream: a patient's id, or SYSTEM."""

    stream: UUID
    length: int
    hash: bytes

    def __bytes__(self) -> bytes:
        return _HEAD.pack(self.stream.bytes, self.length, self.hash)


@frozen
class Checkpoint:
    """
    What is signed.

    issuer: public address of the server. events: of all streams together. root: of the tree whose leaves are the heads, by stream id.
    previous: SHA-256 (hex) of the checkpoint before, as signed; None for the first.
    """

    issuer: str
    taken_at: datetime
    streams: int
    events: int
    root: str
    previous: str | None

    def signed(self, key: OKPKey) -> str:
        """A compact JWS."""
        header = {"alg": _ALGORITHM, "typ": _TYPE, "kid": key.thumbprint()}
        claims = {
            "iss": self.issuer, "iat": int(self.taken_at.timestamp()), "streams": self.streams, "events": self.events, "root": self.root,
            "previous": self.previous,
        }  # fmt: skip
        return to_str(jws.serialize_compact(header, orjson.dumps(claims), key, algorithms=[_ALGORITHM]))


def signing_key(seed: bytes) -> OKPKey:
    """The Ed25519 key of 32 secret bytes."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    pair = {"d": to_str(urlsafe_b64encode(seed)), "x": to_str(urlsafe_b64encode(public))}
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", **pair})


def public_key(text: bytes) -> OKPKey:
    """
    A public key kept as a JWK.

    Raises
        Invalid: `checkpoint-key`.
    """
    try:
        found = orjson.loads(text)
        return OKPKey.import_key({name: found[name] for name in ("kty", "crv", "x")})
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Invalid("checkpoint-key") from error


def read_checkpoint(text: str, key: OKPKey) -> Checkpoint:
    """
    Read a signed checkpoint.

    Raises
        Invalid: `checkpoint-signature`: altered, or signed by another key; `checkpoint-form`: not a checkpoint.
    """
    try:
        found = jws.deserialize_compact(text.strip(), key, algorithms=[_ALGORITHM])
    except (JoseError, ValueError) as error:
        raise Invalid("checkpoint-signature") from error
    try:
        claims = orjson.loads(found.payload)
        if found.protected.get("typ") != _TYPE:
            raise Invalid("checkpoint-form")
        taken_at = datetime.fromtimestamp(claims["iat"], UTC)
        return Checkpoint(
            claims["iss"], taken_at, claims["streams"], claims["events"], claims["root"], claims["previous"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("checkpoint-form") from error


def digest_of(signed: str) -> str:
    """How the next checkpoint names this one."""
    return hashlib.sha256(signed.strip().encode()).hexdigest()


async def gather(heads: AsyncIterator[Head], *, write: Write) -> tuple[MerkleTree, int]:
    """
    Write each head, in order, and give their tree and the number of events under them.

    Takes
        heads: by stream id.
    """
    tree, events = MerkleTree(), 0
    async for head in heads:
        packed = bytes(head)
        tree.add(packed)
        write(packed)
        events += head.length
    return tree, events


def read_heads(file: BinaryIO) -> Iterator[Head]:
    """
    The heads of a checkpoint, from the file kept beside it.

    Raises
        Invalid: `checkpoint-heads`: cut short.
    """
    while packed := file.read(HEAD_BYTES):
        if len(packed) != HEAD_BYTES:
            raise Invalid("checkpoint-heads")
        stream, length, last = _HEAD.unpack(packed)
        yield Head(UUID(bytes=stream), length, last)


def check_heads(file: BinaryIO, checkpoint: Checkpoint) -> None:
    """
    Compare the heads with what was signed.

    Raises
        Invalid: `checkpoint-heads`: they are not those of this checkpoint.
    """
    tree = MerkleTree()
    for head in read_heads(file):
        tree.add(bytes(head))
    if (tree.leaves, tree.root().hex()) != (checkpoint.streams, checkpoint.root):
        raise Invalid("checkpoint-heads")
