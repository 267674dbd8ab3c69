"""The command line as people meet it: real processes, a real server of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

CARNET = [sys.executable, "-m", "carnet.cli"]


@dataclass
class Demo:
    """A demonstration in a process. home, port: where it is; process: None when stopped."""

    home: Path
    port: int
    process: subprocess.Popen[str] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *arguments: str) -> str:
        """Start and wait until it is ready; gives what it printed until then."""
        command = [*CARNET, "demo", "--home", str(self.home), "--port", str(self.port), *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment()
        )
        assert self.process.stdout is not None
        told = []
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            line = self.process.stdout.readline()
            told.append(line)
            if "Ctrl-C" in line or not line:
                break
        return "".join(told)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Interrupt it; gives its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        status: int = self.process.returncode
        self.process = None
        return status


def environment() -> dict[str, str]:
    """The environment without anything that would change carnet."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CARNET_")} | {
        "PYTHONUNBUFFERED": "1"
    }


def carnet(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*CARNET, *arguments], capture_output=True, text=True, timeout=120, env=environment() | more, check=False
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """An empty demonstration, running."""
    running = Demo(tmp_path_factory.mktemp("demo"), free_port())
    assert "carnet est prêt" in running.start("--size", "empty")
    yield running
    if running.process is not None:
        running.stop()
