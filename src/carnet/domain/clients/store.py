"""SQL of the registered clients, of their used assertions, and of the sealed keys that sign access tokens."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from psycopg.types.json import Jsonb

from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.clients.certificates import CertificateTrait, ExpectedCertificate
from carnet.domain.clients.model import AuthMethod, Client, GrantType
from carnet.storage.database import Connection
from carnet.vocabulary.frozen import frozen

# The columns of a client, in the order `_client` reads them.
_COLUMNS = """client_id, kind, name, organization, organization_name, person, profession, specialty, sector, situation,
    authentication_level, methods, grants, secret_digest, jwks, certificates, is_resource_server,
    tokens_from, disabled_at"""

# find: one client by its identifier.
_FIND = f"SELECT {_COLUMNS} FROM client WHERE client_id = %s"  # noqa: S608 - a constant list of columns

# list_all: every client, for the operator and for `carnet token --list`.
_LIST = f"SELECT {_COLUMNS} FROM client ORDER BY client_id"  # noqa: S608 - a constant list of columns

# save: a new client, or the new description of a known one; what disables a client or refuses its tokens is another act.
_SAVE = f"""
INSERT INTO client ({_COLUMNS})
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (client_id) DO UPDATE SET
    kind = excluded.kind, name = excluded.name, organization = excluded.organization,
    organization_name = excluded.organization_name, person = excluded.person, profession = excluded.profession,
    specialty = excluded.specialty, sector = excluded.sector, situation = excluded.situation,
    authentication_level = excluded.authentication_level, methods = excluded.methods, grants = excluded.grants,
    secret_digest = excluded.secret_digest, jwks = excluded.jwks, certificates = excluded.certificates,
    is_resource_server = excluded.is_resource_server
"""  # noqa: S608 - a constant list of columns

# set_disabled: a date refuses the client, NULL accepts it again.
_SET_DISABLED = "UPDATE client SET disabled_at = %s WHERE client_id = %s"

# set_tokens_from: what was issued before is refused.
_SET_TOKENS_FROM = "UPDATE client SET tokens_from = %s WHERE client_id = %s"

# refused_before: the tokens of a client that are refused are those issued before; all of them when it is disabled.
_REFUSED_BEFORE = """
SELECT client_id, CASE WHEN disabled_at IS NULL THEN tokens_from END
FROM client WHERE disabled_at IS NOT NULL OR tokens_from IS NOT NULL
"""

# revoked: tokens given back since an edition, that have not expired.
_REVOKED = "SELECT jti, expires_at FROM token_revoked WHERE edition > %s AND expires_at > %s"

# revoke: once is enough.
_REVOKE = """
INSERT INTO token_revoked (jti, client_id, expires_at, edition) VALUES (%s, %s, %s, %s) ON CONFLICT (jti) DO NOTHING
"""

# raise_edition: tells every process to read the lists again. Its row is held until the commit, so that editions are seen in order.
_RAISE_EDITION = "UPDATE token_refusals_head SET edition = edition + 1 RETURNING edition"

# edition: one row of one page, read several times a second by each process.
_EDITION = "SELECT edition FROM token_refusals_head"

# registered_certificates: those that no authority signed, to be trusted by themselves when a connection is opened.
_REGISTERED_CERTIFICATES = """
SELECT DISTINCT c ->> 'value' FROM client, jsonb_array_elements(certificates) AS c
WHERE disabled_at IS NULL AND c ->> 'trait' = 'certificate' ORDER BY 1
"""

# claim_assertion: the first claim inserts; a replay finds the row there and inserts nothing.
_CLAIM_ASSERTION = """
INSERT INTO client_assertion (client_id, jti_digest, expires_at) VALUES (%s, %s, %s)
ON CONFLICT (client_id, jti_digest) DO NOTHING
"""

# claim_assertion: each claim also clears a few rows that protect nothing any more, so that the table never needs a job.
_FORGET_ASSERTIONS = """
DELETE FROM client_assertion WHERE (client_id, jti_digest) IN (
    SELECT client_id, jti_digest FROM client_assertion WHERE expires_at < %s ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
)
"""

# signing_keys: those that may still verify a token.
_SIGNING_KEYS = "SELECT kid, sealed, signs_from, verifies_until FROM token_key WHERE coalesce(verifies_until > %s, true) ORDER BY signs_from"

# lock_signing_keys: two processes that start together make one first key, not two.
_LOCK_SIGNING_KEYS = "LOCK TABLE token_key IN SHARE ROW EXCLUSIVE MODE"

# add_signing_key: one more.
_ADD_SIGNING_KEY = "INSERT INTO token_key (kid, sealed, signs_from) VALUES (%s, %s, %s)"

# retire_signing_keys: the older ones stop verifying when the last token they may have signed has expired.
_RETIRE_SIGNING_KEYS = "UPDATE token_key SET verifies_until = %s WHERE verifies_until IS NULL AND kid <> %s"


@frozen
class SealedKey:
    """
    One signing key as kept.

    sealed: its private JWK, sealed by the key ring. signs_from: not used to sign before, so that every process knows it first.
    verifies_until: None while it is the newest.
    """

    kid: str
    sealed: bytes
    signs_from: datetime
    verifies_until: datetime | None = None


async def find(connection: Connection, client_id: str) -> Client | None:
    row = await (await connection.execute(_FIND, (client_id,))).fetchone()
    return None if row is None else _client(row)


async def list_all(connection: Connection) -> list[Client]:
    return [_client(row) for row in await (await connection.execute(_LIST)).fetchall()]


async def save(connection: Connection, client: Client) -> None:
    actor = client.template
    await connection.execute(
        _SAVE,
        (
            client.client_id,
            actor.kind.value,
            actor.name,
            actor.organization,
            actor.organization_name,
            actor.person,
            actor.profession,
            actor.specialty,
            actor.sector,
            actor.situation,
            actor.authentication.level,
            _words(client.methods),
            _words(client.grants),
            client.secret_digest,
            Jsonb([dict(key) for key in client.jwks]),
            Jsonb([{"trait": each.trait.value, "value": each.value} for each in client.certificates]),
            client.is_resource_server,
            client.tokens_from,
            client.disabled_at,
        ),
    )


async def set_disabled(connection: Connection, client_id: str, *, at: datetime | None) -> bool:
    """Give or clear the date since which a client is refused; False when there is no such client."""
    return await _changed(connection, _SET_DISABLED, (at, client_id))


async def set_tokens_from(connection: Connection, client_id: str, *, at: datetime) -> bool:
    """Refuse the tokens issued before; False when there is no such client."""
    return await _changed(connection, _SET_TOKENS_FROM, (at, client_id))


async def revoke(connection: Connection, jti: str, *, client_id: str, expires_at: datetime) -> None:
    """Refuse one token until it would have expired anyway; doing it twice changes nothing."""
    async with connection.transaction():
        raised = await (await connection.execute(_RAISE_EDITION)).fetchone()
        assert raised is not None
        await connection.execute(_REVOKE, (jti, client_id, expires_at, raised[0]))


async def _changed(connection: Connection, statement: str, values: tuple[object, ...]) -> bool:
    """Whether a row changed; the lists of what is refused then have another edition, in the same transaction."""
    async with connection.transaction():
        changed = (await connection.execute(statement, values)).rowcount == 1
        if changed:
            await connection.execute(_RAISE_EDITION)
    return changed


async def edition(connection: Connection) -> int:
    """A figure that moves with what is refused."""
    row = await (await connection.execute(_EDITION)).fetchone()
    assert row is not None
    return int(row[0])


async def refused_before(connection: Connection) -> Mapping[str, datetime]:
    """The instant before which the tokens of a client are refused; `datetime.max` when all are."""
    rows = await (await connection.execute(_REFUSED_BEFORE)).fetchall()
    return {client_id: datetime.max.replace(tzinfo=UTC) if before is None else before for client_id, before in rows}


async def revoked(connection: Connection, *, since: int, now: datetime) -> Mapping[str, datetime]:
    """Tokens given back after this edition (-1: all): `jti`, and when it would have expired."""
    return dict(await (await connection.execute(_REVOKED, (since, now))).fetchall())


async def registered_certificates(connection: Connection) -> list[str]:
    """Certificates that are trusted by themselves, DER in base64."""
    return [value for (value,) in await (await connection.execute(_REGISTERED_CERTIFICATES)).fetchall()]


async def claim_assertion(
    connection: Connection, client_id: str, *, jti: str, expires_at: datetime, now: datetime
) -> bool:
    """
    Use an assertion up: True the first time, False for ever after.

    Takes
        jti: as the client chose it; its digest is kept, so that its length costs nothing.
        expires_at: from then on the assertion is refused for its age, and the row may go.
    """
    cursor = await connection.execute(_CLAIM_ASSERTION, (client_id, hashlib.sha256(jti.encode()).digest(), expires_at))
    claimed = cursor.rowcount == 1
    await connection.execute(_FORGET_ASSERTIONS, (now,))
    return claimed


async def signing_keys(connection: Connection, *, now: datetime) -> list[SealedKey]:
    """Keys that may still verify a token, oldest first."""
    return [SealedKey(*row) for row in await (await connection.execute(_SIGNING_KEYS, (now,))).fetchall()]


async def lock_signing_keys(connection: Connection) -> None:
    """Until the transaction ends, no other process adds a signing key."""
    await connection.execute(_LOCK_SIGNING_KEYS)


async def add_signing_key(connection: Connection, key: SealedKey) -> None:
    await connection.execute(_ADD_SIGNING_KEY, (key.kid, key.sealed, key.signs_from))


async def retire_signing_keys(connection: Connection, *, except_kid: str, verifies_until: datetime) -> None:
    """Give an end to every key but this one that has none yet."""
    await connection.execute(_RETIRE_SIGNING_KEYS, (verifies_until, except_kid))


def _words(values: Iterable[AuthMethod] | Iterable[GrantType]) -> list[str]:
    return sorted(value.value for value in values)


def _client(row: tuple[Any, ...]) -> Client:
    (
        client_id,
        kind,
        name,
        organization,
        organization_name,
        person,
        profession,
        specialty,
        sector,
        situation,
        *rest,
    ) = row
    level, methods, grants, secret_digest, jwks, certificates, is_resource_server, tokens_from, disabled_at = rest
    template = Actor(
        ActorKind(kind),
        name,
        person=person,
        organization=organization,
        organization_name=organization_name,
        profession=profession,
        specialty=specialty,
        sector=sector,
        situation=situation,
        authentication=Authentication("none", level),
    )
    return Client(
        client_id,
        template,
        methods=frozenset(AuthMethod(method) for method in methods),
        grants=frozenset(GrantType(grant) for grant in grants),
        secret_digest=None if secret_digest is None else bytes(secret_digest),
        jwks=tuple(jwks),
        certificates=tuple(ExpectedCertificate(CertificateTrait(c["trait"]), c["value"]) for c in certificates),
        is_resource_server=is_resource_server,
        tokens_from=tokens_from,
        disabled_at=disabled_at,
    )
