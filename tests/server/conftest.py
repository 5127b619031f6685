"""``vedette serve`` as a process that can be killed and started again, and what it sends its events to."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.engine.test_promises import pieces, truth
from tests.engine.test_promises import world as whole_world
from vedette.api.keys import KEY_FILE, Sealer, create
from vedette.findings.store import Store

__all__ = ["pieces", "truth", "whole_world"]

ACCOUNT, REGION = "111122223333", "us-east-1"
PATIENCE = 60.0
SECRET = "the-secret-of-the-webhook"


@pytest.fixture(scope="module")
def world(whole_world: Path) -> Path:
    """But for the geography: a server has one database of it, and each story has its own."""
    shutil.rmtree(whole_world / "geo", ignore_errors=True)
    return whole_world


def until(ask: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """What ``ask`` says once it says something."""
    deadline = time.monotonic() + patience
    while not (found := ask()):
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


class Server:
    """A server that keeps its folder and its address from start to start."""

    def __init__(self, folder: Path, tables: str, state: str | None = None, **environment: str) -> None:
        """``state``: the database's URL, if it is not to be a folder."""
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.state = state or str(folder / "state")
        self.config = folder / "vedette.toml"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        own = "" if state is None else f'key_file = "{folder}/vedette.key"\naudit_log = "{folder}/audit.jsonl"\n'
        self.config.write_text(f'[state]\nlocation = "{self.state}"\n{own}\n[server]\nport = {port}\n{tables}')
        self.log_file = folder / "log"
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **environment}
        self.program = ["-m", "vedette"]
        key_file = folder / "vedette.key" if state else Path(self.state) / KEY_FILE
        with Store.open(self.state) as store:
            made, secret = create(store, Sealer(key_file), ACCOUNT, "admin", "test", time.time_ns() // 1_000_000)
        self._key = made.id, secret
        self.process: subprocess.Popen[bytes] | None = None
        self._from = 0

    def start(self) -> None:
        self._from = self.log_file.stat().st_size if self.log_file.exists() else 0
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.program, "serve", "--config", str(self.config)],
                stdout=subprocess.DEVNULL, stderr=log, env=self.environment)

    def kill(self) -> None:
        assert self.process is not None
        assert self.process.poll() is None, f"it ended by itself: {self.log()[-3:]}"
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def log(self) -> list[dict[str, Any]]:
        """What was said since the last start."""
        with self.log_file.open("rb") as file:
            file.seek(self._from)
            return [json.loads(line) for line in file.read().decode().splitlines() if line.endswith("}")]

    def said(self, event: str, patience: float = PATIENCE, **having: str) -> dict[str, Any]:
        """The first line of that event since the last start, in which those values are."""
        def found() -> dict[str, Any] | None:
            return next((line for line in self.log() if line["event"] == event
                         and all(part in str(line.get(name)) for name, part in having.items())), None)

        one: dict[str, Any] = until(found, f"it says {event!r} with {having}", patience)
        return one

    def listening(self) -> None:
        self.said("listening")

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name: str) -> float | None:
        """The figure of the only line of ``/metrics`` that is so called; None when it is not there."""
        _, text = self.get("/metrics")
        return next((float(one.rpartition(" ")[2]) for one in text.splitlines()
                     if one.startswith((name + " ", name + "{"))), None)

    def client(self) -> Any:
        key, secret = self._key
        return boto3.client(
            "guardduty", region_name=REGION, endpoint_url=self.url, aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=60))


class Receiver:
    """A web server that keeps the findings it is told of, and may be away for a while."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        """Each event's id and its finding, as they came."""
        self.status = 200
        self.asked = threading.Event()
        """It was asked since somebody cleared this."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._server: ThreadingHTTPServer | None = None

    def up(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                event = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if outer.status == 200:
                    outer.told.append((event["id"], event["detail"]))
                outer.asked.set()
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def down(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def table(self) -> str:
        return f'[[publish]]\nkind = "webhook"\nname = "events"\nurl = "{self.url}"\nsecret = "{SECRET}"\n'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    one.up()
    yield one
    one.down()


@pytest.fixture
def server_with(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def make(tables: str, name: str = "server", **more: Any) -> Server:
        made.append(Server(tmp_path / name, tables, **more))
        return made[-1]

    yield make
    for server in made:
        if server.process is not None and server.process.poll() is None:
            server.process.kill()
            server.process.wait()
