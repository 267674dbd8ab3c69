"""The command line: one sub-command per file of `operating`."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from carnet.domain.access.matrix import MatrixError
from carnet.settings import Settings
from carnet.storage.contents import UnusableSetting
from carnet.storage.database import DatabaseBusy, DatabaseUnreachable
from carnet.storage.embedded import EmbeddedPostgresError
from carnet.storage.keys import KeyUnavailable
from carnet.storage.migrator import MigrationError

# name: (module, one line of help). Imported when chosen, so that --help and token stay quick.
COMMANDS = {
    "serve": ("carnet.operating.serve", "serve the HTTP doors"),
    "work": ("carnet.operating.work", "do the jobs that acts leave behind"),
    "demo": ("carnet.operating.demo", "invent a small territory, feed it through the real doors, serve it"),
    "migrate": ("carnet.operating.migrate", "bring the database to this version"),
    "feed": ("carnet.operating.feed", "send documents as a hospital's software would"),
    "people": ("carnet.operating.people", "import a population file"),
    "takeover": ("carnet.operating.takeover", "take over an existing stock of documents"),
    "token": ("carnet.operating.token", "print a bearer token (demo mode only)"),
    "insi": ("carnet.operating.insi", "ask INSi about one person, to see that it answers"),
    "client": ("carnet.operating.clients", "register software, list it, disable it, renew its keys"),
    "refusals": ("carnet.operating.refusals", "what was refused to software, and why"),
    "reports": ("carnet.operating.reports", "accesses that people did not recognise: look at them, answer"),
    "directory": ("carnet.operating.directory_import", "import the directory of professionals and structures"),
    "professionals": ("carnet.operating.professionals", "whose day of reading asks for a look; lift a cap"),
    "records": ("carnet.operating.records", "act on one record: close, erase, doubt…; link two of one person"),
    "account": ("carnet.operating.account", "accounts of citizens: letters of provisional codes, help for one person"),
    "trail": ("carnet.operating.trail", "verify the trail, or sign where it stands"),
}

# What an operator can mend: their message says how, and a traceback would hide it.
FORESEEN = (
    DatabaseUnreachable, DatabaseBusy, EmbeddedPostgresError, KeyUnavailable, MatrixError, MigrationError, UnusableSetting,
    OSError,
)  # fmt: skip

_EPILOG = """examples:
  carnet demo                               an invented territory on http://127.0.0.1:8000
  carnet token --list                       who can be in it
  carnet feed letters/ --as hopital         send CDA files, a line for each
  carnet people import people.csv           announce and update records, a line for each person
  carnet trail verify                       prove that no event was removed or altered

Settings come from CARNET_* variables: docs/settings.md. `carnet COMMAND --help` says more."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Exit status: 0 done, 1 done with refusals, 2 not done (the message says what to do), 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="carnet",
        description="An open espace numérique de santé.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((word for word in words if not word.startswith("-")), None)
    for name, (module, text) in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=f"carnet {name}: {text}.")
        sub.add_argument(
            "--home", type=Path, help="where carnet keeps what it must keep (default: ./var, or CARNET_HOME)"
        )
        if name in {"serve", "demo"}:
            sub.add_argument("--port", type=int, help="port to listen on (default: 8000, or CARNET_PORT)")
        if name == chosen:
            _imported(module).add_arguments(sub)
    given = parser.parse_args(words)
    try:
        settings = Settings.from_environment()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if given.home is not None:
        settings = replace(settings, home=given.home)
    if getattr(given, "port", None) is not None:
        settings = replace(settings, port=given.port)
    try:
        status: int = _imported(COMMANDS[given.command][0]).run(given, settings)
    except KeyboardInterrupt:
        return 130
    except FORESEEN as error:
        print(f"carnet {given.command}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: nothing more to say to them
        return 1
    return status


def _imported(module: str) -> Any:
    """A module, imported without the collector: of what is imported nothing is garbage, and looking for it takes an eighth of the time."""
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.enable()


if __name__ == "__main__":
    sys.exit(main())
