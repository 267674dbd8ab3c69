"""`carnet serve`: the HTTP doors."""

import argparse
import sys

import uvloop

from carnet.operating.running import database, migrated, serve
from carnet.settings import Settings
from carnet.storage.migrator import pending_migrations


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Everything is a setting."""


def run(_: argparse.Namespace, settings: Settings) -> int:
    """Serve until interrupted. Exit status 2 when the database lacks migrations."""
    with database(settings) as conninfo:
        if settings.database_url is None:
            settings = migrated(settings, conninfo)  # ours alone: nobody else would do it
        missing = pending_migrations(conninfo)
        if missing:
            print(f"the database lacks {', '.join(missing)}: run « carnet migrate »", file=sys.stderr)
            return 2
        machines = "" if settings.tls_port is None else f", {settings.machines_url} with a client certificate"
        print(f"carnet: {settings.public_url}{machines}", flush=True)
        uvloop.run(serve(settings, conninfo))
    return 0
