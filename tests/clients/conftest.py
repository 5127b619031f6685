"""A real server in a process of its own, moto's in another for S3 and KMS, and clients of several accounts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from vedette.api.keys import KEY_FILE, Sealer, create
from vedette.findings.store import Store

REGION = "eu-west-1"
MANAGEMENT = "999988887777"
BUCKET = "lists"
PATIENCE = 60.0

_CONFIGURATION = """\
[state]
location = "{folder}/state"

[server]
port = 0

[organization]
management_account = "{management}"
"""
_AWS = {"AWS_ACCESS_KEY_ID": "moto", "AWS_SECRET_ACCESS_KEY": "moto", "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def until(ask: Callable[[], Any], what: str) -> Any:
    """What ``ask`` says once it says something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := ask()):
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)
    return found


@dataclass
class Running:
    """The server, and ways to ask it."""

    url: str
    aws: str
    store: Store
    sealer: Sealer
    log: Path
    _keys: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    _accounts: Iterator[int] = field(default_factory=lambda: count(200_000_000_001))

    def new_account(self) -> str:
        """The number of an account that has nothing yet."""
        return str(next(self._accounts))

    def key(self, account: str, role: str = "admin") -> tuple[str, str]:
        """Id and secret of the account's key with the role."""
        if (account, role) not in self._keys:
            made, secret = create(self.store, self.sealer, account, role, role, time.time_ns() // 1_000_000)
            self._keys[account, role] = made.id, secret
        return self._keys[account, role]

    def client(self, account: str, role: str = "admin", region: str = REGION) -> Any:
        """boto3's client for GuardDuty, which does not try again."""
        key_id, secret = self.key(account, role)
        return boto3.client("guardduty", region_name=region, endpoint_url=self.url, aws_access_key_id=key_id,
                            aws_secret_access_key=secret, config=_ONCE)

    def of_aws(self, service: str) -> Any:
        """boto3's client for a service of moto's."""
        return boto3.client(service, region_name=REGION, endpoint_url=self.aws, aws_access_key_id="moto",
                            aws_secret_access_key="moto")

    def failures(self) -> list[dict[str, Any]]:
        """What the log tells of faults that are the server's own."""
        told = [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]
        return [one for one in told if one.get("level") in ("error", "critical")]

    def shell(self, account: str, home: Path) -> dict[str, str]:
        """The environment of a program that is to ask the server, and knows nothing of this project."""
        key_id, secret = self.key(account)
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("AWS_", "PYTHON", "VIRTUAL_ENV", "UV_PROJECT", "BOTO"))}
        return kept | _AWS | {
            "AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret, "AWS_ENDPOINT_URL": self.url,
            "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "", "HISTFILE": str(home / "history")}


_ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60)


def _started(command: list[str], log: Path, url: re.Pattern[str], **environment: str) -> Iterator[str]:
    """Run a server as long as it is needed; its URL, which its log tells."""
    with log.open("wb") as told:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=told, stderr=told,
            env={"PATH": os.environ["PATH"], "HOME": str(log.parent), **environment})
    try:
        def listening() -> re.Match[str] | None:
            text = log.read_text("utf-8")
            assert process.poll() is None, text[-3000:]
            return url.search(text)

        yield until(listening, f"{command[2]} listens")[1]
    finally:
        process.terminate()
        process.wait(PATIENCE)


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """moto's server. Its own process, since other tests of this one begin moto's state anew."""
    yield from _started([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
                        tmp_path_factory.mktemp("moto") / "log", re.compile(r"Running on (http://127\.0\.0\.1:\d+)"))


@pytest.fixture(scope="session")
def vedette(moto: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("vedette")
    config, log = folder / "vedette.toml", folder / "log"
    config.write_text(_CONFIGURATION.format(folder=folder, management=MANAGEMENT), "utf-8")
    with Store.open(folder / "state") as store:
        sealer = Sealer(folder / "state" / KEY_FILE)
        for url in _started([sys.executable, "-m", "vedette", "serve", "--config", str(config)], log,
                            re.compile(r'"url": ?"(http://[^"]+)"'), AWS_ENDPOINT_URL=moto, **_AWS):
            running = Running(url, moto, store, sealer, log)
            running.of_aws("s3").create_bucket(
                Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
            yield running


@pytest.fixture
def account(vedette: Running) -> str:
    return vedette.new_account()


@pytest.fixture
def client(vedette: Running, account: str) -> Any:
    return vedette.client(account)


@pytest.fixture
def detector(client: Any) -> str:
    return str(client.create_detector(Enable=True)["DetectorId"])


@pytest.fixture
def located(vedette: Running) -> Callable[..., str]:
    """Puts a list with such lines into the bucket, and tells its location."""
    def put(name: str, *lines: str) -> str:
        vedette.of_aws("s3").put_object(Bucket=BUCKET, Key=name, Body="\n".join(lines).encode())
        return f"s3://{BUCKET}/{name}"

    return put
