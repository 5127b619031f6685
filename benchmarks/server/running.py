"""The servers that are measured, each in a process of its own: ``vedette serve``, moto's, PostgreSQL."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from vedette.api.keys import KEY_FILE, Sealer, create
from vedette.findings.store import Store

ACCOUNT, REGION = "111122223333", "us-east-1"

_PATIENCE = 60.0
"""Seconds that a server may take to start, or to end."""

_URL = re.compile(r'"url": ?"(http://[^"]+)"')
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs."""

    host: str
    port: int
    pid: int
    key: str = ""
    secret: str = ""

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{self.host}:{self.port}"

    @property
    def cpu(self) -> float:
        """Seconds of CPU, user and system, that the process and its ended children took so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICK

    def metric(self, name: str) -> float:
        """The sum of a metric's samples; 0 when there is none yet."""
        with urlopen(f"{self.url}/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if re.match(name + r"[{ ]", line))

    @property
    def memory(self) -> int:
        """Bytes that the process holds."""
        return int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def vedette(folder: Path, tables: str = "") -> Iterator[Served]:
    """``vedette serve`` with its state in ``folder``, further tables of its configuration, and an admin's key."""
    state, log = folder / "state", folder / "server.log"
    (folder / "vedette.toml").write_text(
        f'[state]\nlocation = "{state}"\n\n[server]\nport = 0\nrequests_per_second = 0\n\n{tables}', encoding="utf-8")
    with Store.open(state) as store:
        key, secret = create(store, Sealer(state / KEY_FILE), ACCOUNT, "admin", "benchmark", now())
    with log.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "vedette", "serve", "--config", str(folder / "vedette.toml")],
            stdout=told, stderr=told)
    with _ended(process):
        until(lambda: _URL.search(log.read_text("utf-8")) is not None, process, log)
        found = _URL.search(log.read_text("utf-8"))
        port = int(found[1].rpartition(":")[2]) if found else 0
        yield Served("127.0.0.1", port, process.pid, key.id, secret)


@contextmanager
def moto(folder: Path) -> Iterator[Served]:
    """moto's server, its log in ``folder``."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    log = folder / "moto.log"
    with log.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=told, stderr=told)

    def answers() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    with _ended(process):
        until(answers, process, log)
        yield Served("127.0.0.1", port, process.pid)


def until(there: Callable[[], bool], process: subprocess.Popen[bytes] | None = None, log: Path | None = None,
          patience: float = _PATIENCE) -> None:
    """Wait until it is so.

    Raises:
        TimeoutError: it is not, after ``patience`` seconds, or the process has ended; says what it said last.
    """
    deadline = time.monotonic() + patience
    while not there():
        if time.monotonic() > deadline or (process is not None and process.poll() is not None):
            said = log.read_text("utf-8", "replace")[-2000:] if log is not None else ""
            raise TimeoutError(f"waited in vain: {said}")
        time.sleep(0.05)


def now() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
