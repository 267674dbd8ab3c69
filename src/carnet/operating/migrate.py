"""`carnet migrate`: bring the database to this version of the program."""

import argparse
import sys

from carnet.operating.running import database
from carnet.settings import Settings
from carnet.storage.migrator import MigrationError, migrate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--phase", choices=["pre", "post"], help="only what runs before, or after, the new code is deployed"
    )
    parser.add_argument(
        "--distribute", action="store_true", help="then declare the tables to Citus, where the extension is"
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    with database(settings) as conninfo:
        try:
            applied = migrate(conninfo, phase=arguments.phase, distribute=arguments.distribute)
        except MigrationError as error:
            print(error, file=sys.stderr)
            return 2
    print("\n".join(applied) or "up to date")
    return 0
