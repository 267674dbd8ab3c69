"""`carnet client`: register software by command, list it, disable it, renew its keys."""

import argparse
import asyncio
import json
import ssl
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from carnet.app import Carnet, open_carnet
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit.model import EventType, did
from carnet.domain.clients import registration, store
from carnet.domain.clients.certificates import CertificateTrait, ClientCertificate, ExpectedCertificate
from carnet.domain.clients.model import CLIENT_KINDS, AuthMethod, Client, GrantType, digest_of_secret, new_secret
from carnet.domain.errors import DomainError, NotFound
from carnet.operating.running import database
from carnet.settings import Settings
from carnet.storage.database import Connection
from carnet.web.wording import issue_text

_OPERATOR = Actor(ActorKind.OPERATOR, "exploitant", authentication=Authentication("command-line"))
_MAX_JWKS_BYTES = 256 * 1024
_NAMES = {
    "subject_dn": CertificateTrait.SUBJECT_DN, "san_dns": CertificateTrait.SAN_DNS, "san_uri": CertificateTrait.SAN_URI,
    "san_ip": CertificateTrait.SAN_IP, "san_email": CertificateTrait.SAN_EMAIL, "thumbprint": CertificateTrait.THUMBPRINT,
}  # fmt: skip


class Unusable(Exception):
    """What the operator gave cannot be used; the message says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = _action(actions, "add", "register a software, or describe it again")
    add.add_argument("--name", required=True, help="as people will read it in their history")
    add.add_argument("--kind", choices=sorted(CLIENT_KINDS), default="organization")
    for name, text in {
        "organization": "Struct_IdNat of its structure (1 + FINESS…)", "organization-name": "", "person": "PS_IdNat (8 + RPPS)",
        "profession": "code of TRE_G15", "specialty": "code of TRE_R38 or R01", "sector": "SAxx", "situation": "",
    }.items():  # fmt: skip
        add.add_argument(f"--{name}", help=text or None)
    add.add_argument("--level", default="INDIRECTE", help="of its authentication (default: INDIRECTE)")
    add.add_argument("--exchange", action="store_true", help="may exchange Pro Santé Connect tokens")
    add.add_argument(
        "--ciba", action="store_true", help="may have professionals asked on their own device by Pro Santé Connect"
    )
    add.add_argument("--resource-server", action="store_true", help="may ask what any token is worth")
    add.add_argument("--secret", action="store_true", help="make a secret and print it (demo mode only)")
    _proofs(add)
    rotate = _action(actions, "rotate", "give it other keys or certificates, in place of the former ones")
    rotate.add_argument("--refuse-former-tokens", action="store_true", help="and refuse the tokens issued until now")
    _proofs(rotate)
    _action(actions, "disable", "refuse it, its living tokens included, within a second")
    _action(actions, "enable", "accept it again")
    listing = actions.add_parser("list", help="who is registered")
    listing.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="where carnet keeps what it must keep")
    listing.add_argument("--json", action="store_true", help="one JSON object per line")


def _action(actions: Any, name: str, text: str) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = actions.add_parser(name, help=text)
    action.add_argument("client_id", metavar="ID")
    action.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="where carnet keeps what it must keep")
    return action


def _proofs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jwks", metavar="FILE|URL", help="its public keys, a JWK or a JWK set (private_key_jwt)")
    parser.add_argument(
        "--certificate", type=Path, metavar="FILE", help="one that no authority signed (self_signed_tls_client_auth)"
    )
    for name in _NAMES:
        parser.add_argument(
            f"--{name.replace('_', '-')}", action="append", default=[], help="of its certificate (tls_client_auth)"
        )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0 done, 2 refused: each fault is told."""
    try:
        with database(settings) as conninfo:
            return asyncio.run(_run(arguments, settings, conninfo))
    except NotFound:
        print(f"no software is registered as {arguments.client_id}: see « carnet client list »", file=sys.stderr)
    except DomainError as refused:
        for issue in refused.issues:
            print(f"{issue.expression or arguments.client_id}: {issue_text(issue)[1]} ({issue.code})", file=sys.stderr)
    except (Unusable, httpx.HTTPError) as fault:
        print(fault, file=sys.stderr)
    return 2


async def _run(arguments: argparse.Namespace, settings: Settings, conninfo: str) -> int:
    carnet = await open_carnet(settings, conninfo)
    try:
        async with carnet.database.connection() as connection:
            if arguments.action == "list":
                _print(await store.list_all(connection), as_json=arguments.json)
                return 0
            done = await _change(connection, arguments, carnet)
        await carnet.services.trace(did(_OPERATOR, done, at=carnet.services.clock(), client=arguments.client_id))
    finally:
        await carnet.close()
    return 0


async def _change(connection: Connection, arguments: argparse.Namespace, carnet: Carnet) -> EventType:
    client_id, now, mode = arguments.client_id, carnet.services.clock(), carnet.settings.mode
    match arguments.action:
        case "disable":
            await registration.disable(connection, client_id, at=now)
            return EventType.CLIENT_DISABLED
        case "enable":
            await registration.enable(connection, client_id)
            return EventType.CLIENT_ENABLED
        case "rotate":
            known = await store.find(connection, client_id)
            if known is None:
                raise NotFound("client-unknown", client=client_id)
            async with connection.transaction():
                await registration.register(connection, _proved(known, arguments), mode=mode)
                if arguments.refuse_former_tokens:
                    await registration.refuse_former_tokens(connection, client_id, now=now)
            return EventType.CLIENT_RENEWED
        case _:
            secret = new_secret() if arguments.secret else None
            await registration.register(connection, _described(arguments, secret), mode=mode)
            if secret is not None:
                print(secret)
            return EventType.CLIENT_REGISTERED


def _described(arguments: argparse.Namespace, secret: str | None) -> Client:
    template = Actor(
        ActorKind(arguments.kind), arguments.name, person=arguments.person, organization=arguments.organization,
        organization_name=arguments.organization_name or (arguments.name if arguments.organization else None),
        profession=arguments.profession, specialty=arguments.specialty, sector=arguments.sector, situation=arguments.situation,
        authentication=Authentication("none", arguments.level),
    )  # fmt: skip
    grants = {GrantType.CLIENT_CREDENTIALS}
    grants |= {GrantType.TOKEN_EXCHANGE} if arguments.exchange else set()
    grants |= {GrantType.CIBA} if arguments.ciba else set()
    methods = frozenset({AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST}) if secret else frozenset()
    client = Client(
        arguments.client_id, template, methods, frozenset(grants), is_resource_server=arguments.resource_server,
        secret_digest=None if secret is None else digest_of_secret(secret),
    )  # fmt: skip
    return _proved(client, arguments)


def _proved(client: Client, arguments: argparse.Namespace) -> Client:
    """The client with the proofs of the command line in place of its former ones of the same kind."""
    methods = set(client.methods)
    jwks, certificates = client.jwks, client.certificates
    if arguments.jwks is not None:
        jwks = _keys(arguments.jwks)
        methods.add(AuthMethod.PRIVATE_KEY_JWT)
    expected = [
        ExpectedCertificate(trait, value) for name, trait in _NAMES.items() for value in getattr(arguments, name)
    ]
    tls = {AuthMethod.TLS_CLIENT_AUTH, AuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH}
    if expected:
        methods = (methods - tls) | {AuthMethod.TLS_CLIENT_AUTH}
    if arguments.certificate is not None:
        if expected:
            raise Unusable("--certificate is for one that no authority signed: give it, or names, not both")
        expected = [ExpectedCertificate(CertificateTrait.WHOLE, _certificate(arguments.certificate))]
        methods = (methods - tls) | {AuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH}
    return replace(
        client, methods=frozenset(methods), jwks=jwks, certificates=tuple(expected) if expected else certificates
    )


def _keys(where: str) -> tuple[Mapping[str, Any], ...]:
    """Raises Unusable, OSError, httpx.HTTPError."""
    if where.startswith("https://"):
        answer = httpx.get(where, timeout=10)
        answer.raise_for_status()
        text = answer.text
    elif where.startswith("http://"):
        raise Unusable(f"{where}: keys are fetched by https only, whoever is on the way could change them")
    else:
        text = Path(where).read_text("utf-8")
    if len(text) > _MAX_JWKS_BYTES:
        raise Unusable(f"{where}: too large for keys")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Unusable(f"{where}: not JSON") from error
    keys = found.get("keys", [found]) if isinstance(found, dict) else found
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise Unusable(f"{where}: neither a JWK nor a JWK set (RFC 7517)")
    return tuple(keys)


def _certificate(path: Path) -> str:
    try:
        der = ssl.PEM_cert_to_DER_cert(path.read_text("ascii"))
        ClientCertificate.read(der)
    except ValueError as error:
        raise Unusable(f"{path}: not a certificate in PEM") from error
    return ssl.DER_cert_to_PEM_cert(der).partition("\n")[2].partition("-----END")[0].replace("\n", "")


def _print(clients: list[Client], *, as_json: bool) -> None:
    for client in clients:
        if as_json:
            print(json.dumps(_as_json(client), ensure_ascii=False))
            continue
        state = (
            "" if client.disabled_at is None else f", disabled since {client.disabled_at.isoformat(timespec='seconds')}"
        )
        print(
            f"{client.client_id:<22} {client.kind.value:<13} {' '.join(sorted(client.methods))}  {client.name}{state}"
        )


def _as_json(client: Client) -> dict[str, object]:
    """What is registered; of a secret, only that there is one."""
    actor = client.template
    return {
        "client_id": client.client_id,
        "name": client.name,
        "kind": client.kind.value,
        "organization": client.organization,
        "person": actor.person,
        "profession": actor.profession,
        "methods": sorted(client.methods),
        "grants": sorted(client.grants),
        "kids": [key.get("kid") for key in client.jwks],
        "certificates": [{each.trait.value: each.value} for each in client.certificates],
        "resource_server": client.is_resource_server,
        "tokens_from": None if client.tokens_from is None else client.tokens_from.isoformat(),
        "disabled_at": None if client.disabled_at is None else client.disabled_at.isoformat(),
    }
