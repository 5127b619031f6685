"""The API over real HTTP: uvicorn on a thread, keys of every role, boto3 clients."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import uvicorn
from botocore.config import Config

from vedette.api.asgi import Api, ASGIApp
from vedette.api.audit import Audit
from vedette.api.keys import KeyRing, Sealer, create
from vedette.api.operation import Running
from vedette.api.protocol import guardduty
from vedette.api.throttling import Limits
from vedette.findings.store import Store

ACCOUNT, REGION = "111122223333", "eu-west-1"


def now() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Served:
    """A server, and ways to ask it."""

    url: str
    store: Store
    folder: Path
    api: Api
    sealer: Sealer
    keys: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def key(self, role: str = "admin", account: str = ACCOUNT) -> tuple[str, str]:
        """Id and secret of a key with the role."""
        if (role, account) not in self.keys:
            made, secret = create(self.store, self.sealer, account, role, role, now())
            self.keys[role, account] = made.id, secret
        return self.keys[role, account]

    @property
    def audited(self) -> list[dict[str, Any]]:
        """The audit log's entries."""
        return [json.loads(line) for line in (self.folder / "audit.log").read_text().splitlines()]

    def client(self, role: str = "admin", account: str = ACCOUNT, region: str = REGION) -> Any:
        """boto3's client for GuardDuty, which does not try again."""
        key_id, secret = self.key(role, account)
        return boto3.client(
            "guardduty", region_name=region, endpoint_url=self.url, aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30))


@contextmanager
def serving(
    folder: Path, others: ASGIApp | None = None, limits: Limits | None = None, *, state: str | None = None,
    running: Running | None = None, tls: tuple[Path, Path] | None = None,
) -> Iterator[Served]:
    """A server with its state in a folder, or elsewhere; with a certificate and its key it speaks TLS."""
    with Store.open(state or folder / "state") as store:
        key_file = folder / "vedette.key"
        audit = Audit(folder / "audit.log", guardduty().sensitive)
        api = Api(store, KeyRing(store, key_file), now, audit, others, limits=limits or Limits(),
                  running=running or Running())
        server = uvicorn.Server(uvicorn.Config(
            api, log_level="warning", lifespan="on", ssl_certfile=tls[0] if tls else None,
            ssl_keyfile=tls[1] if tls else None))
        listening = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        try:
            url = f"{'https' if tls else 'http'}://127.0.0.1:{listening.getsockname()[1]}"
            yield Served(url, store, folder, api, Sealer(key_file))
        finally:
            server.should_exit = True
            thread.join(20)
            listening.close()
