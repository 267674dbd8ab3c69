"""`carnet token`: a bearer token for a person or a software of the demonstration."""

import argparse
import asyncio
import sys

import httpx

from carnet.operating.client import ClientError, Server, base_url_of
from carnet.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="hopital, medecin, marie…, or patient:<matricule>")
    parser.add_argument("--list", action="store_true", help="who can be in the demonstration")
    parser.add_argument("--base-url", help="the server (default: the running demonstration)")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print a token, or the list. Exit status 2 when it cannot be had: no server, not in demo mode, unknown name."""
    if not arguments.list and not arguments.name:
        print("give a NAME, or --list to see them", file=sys.stderr)
        return 2
    try:
        asyncio.run(_print(arguments, settings))
    except ClientError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


async def _print(arguments: argparse.Namespace, settings: Settings) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        server = Server(base_url_of(settings, arguments.base_url), http)
        if not arguments.list:
            print(await server.token(arguments.name))
            return
        for person in await server.people():
            print(f"{person['name']:<22} {person['description']}")
        print(f"{'patient:<matricule>':<22} any citizen with a record")
