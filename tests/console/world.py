"""A real server over simulated logs, with users of the console: what the browser tests and the screenshots look at."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.intel.test_geo import write_mmdb
from vedette.api.keys import KEY_FILE, Sealer, create
from vedette.findings.store import Store

ACCOUNT, REGION = "111122223333", "us-east-1"
PASSWORD = "a password of tests"
ADMIN, ANALYST = "ada", "ann"
OTHER_ACCOUNT, OTHER_ADMIN = "444455556666", "otto"

TYPES = (
    "UnauthorizedAccess:EC2/MaliciousIPCaller.Custom", "Recon:EC2/Portscan", "Policy:S3/BucketPublicAccessGranted",
    "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
    "CredentialAccess:Kubernetes/SuccessfulAnonymousAccess",
)
MORE_TYPES = (
    *TYPES, "Discovery:IAMUser/AnomalousBehavior", "Backdoor:EC2/C&CActivity.B!DNS",
    "CryptoCurrency:EC2/BitcoinTool.B", "CredentialAccess:RDS/AnomalousBehavior.FailedLogin",
    "Stealth:IAMUser/CloudTrailLoggingDisabled",
)
"""Some of these take weeks of logs."""

HOSTILE = (
    "<script>window.hacked = true</script><img src=x onerror='window.hacked = true'>"
    "\u202egnp.exe\u0007\u200b{{7*7}}")
"""What an attacker may call his program."""

_CONFIGURATION = """\
[state]
location = "{state}"

[server]
port = {port}

[[source]]
kind = "folder"
name = "simulated"
location = "{folder}/logs/**/*"

[lists]
threat = ["{folder}/lists/threat-ips.txt"]
api_folder = "{folder}/lists"

[geo]
city = "{folder}/city.mmdb"

[inventory]
files = ["{folder}/inventory"]

[history]
days = 3650

[retention]
findings_days = 36500
"""


@dataclass
class World:
    """A server that runs, and who may sign in to it."""

    url: str
    folder: Path
    key: tuple[str, str]
    config: Path

    def client(self, region: str = REGION) -> Any:
        """boto3's client for its API."""
        key, secret = self.key
        return boto3.client(
            "guardduty", region_name=region, endpoint_url=self.url, aws_access_key_id=key,
            aws_secret_access_key=secret, config=Config(retries={"total_max_attempts": 2}))


def simulate(folder: Path, types: tuple[str, ...] = TYPES) -> None:
    """Logs of attacks in ``folder``, one of them by somebody who knows that people look at logs in a browser."""
    _vedette("simulate", *types, "--into", str(folder))
    write_mmdb(folder / "city.mmdb", "City", {
        "81.2.69.0/24": {
            "country": {"iso_code": "GB", "names": {"en": "United Kingdom"}}, "city": {"names": {"en": "London"}},
            "location": {"latitude": 51.5142, "longitude": -0.0931}, "autonomous_system_number": 20712,
            "autonomous_system_organization": "Andrews & Arnold Ltd"},
        "185.220.101.0/24": {"country": {"iso_code": "DE", "names": {"en": "Germany"}}}})
    hostile = folder.with_name("hostile")
    _vedette("simulate", "PenTest:IAMUser/KaliLinux", "--into", str(hostile))
    for file in sorted((hostile / "logs").rglob("*.json.gz")):
        told = json.loads(gzip.decompress(file.read_bytes()))
        for record in told.get("Records", ()):
            if "kali" in record.get("userAgent", "").lower():
                record["userAgent"] += f" {HOSTILE}"
                record["requestParameters"] = {"note": "A" * 1_000_000}
        into = folder / "logs" / "hostile" / file.name
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_bytes(gzip.compress(json.dumps(told).encode()))


@contextmanager
def served(
    folder: Path, findings: int = 8, port: int = 0, environment: Mapping[str, str] | None = None,
) -> Iterator[World]:
    """The server over the logs in ``folder``, which has read them: so many findings are there at least."""
    state, config = folder / "state", folder / "vedette.toml"
    config.write_text(_CONFIGURATION.format(state=state, folder=folder, port=port), encoding="utf-8")
    with Store.open(str(state)) as store:
        made, secret = create(store, Sealer(state / KEY_FILE), ACCOUNT, "admin", "test", time.time_ns() // 1_000_000)
    for user, account, role in ((ADMIN, ACCOUNT, "admin"), (ANALYST, ACCOUNT, "analyst"),
                                (OTHER_ADMIN, OTHER_ACCOUNT, "admin")):
        _vedette("users", "create", user, "--account", account, "--role", role, "--state", str(state), told=PASSWORD)
    log = folder / "server.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "vedette", "serve", "--config", str(config)], stdout=said, stderr=said,
            env={**os.environ, **(environment or {})})
    try:
        url = _until(lambda: re.search(r'"url": ?"(http://[^"]+)"', log.read_text("utf-8")), "it listens", process)[1]
        world = World(url, folder, (made.id, secret), config)
        client = world.client()
        detector = client.create_detector(Enable=True)["DetectorId"]
        _until(lambda: len(client.list_findings(DetectorId=detector)["FindingIds"]) >= findings, "it has read",
               process)
        yield world
    finally:
        process.terminate()
        process.wait(30)


def _vedette(*arguments: str, told: str = "") -> None:
    subprocess.run([sys.executable, "-m", "vedette", *arguments], input=told.encode() + b"\n", check=True,
                   stdout=subprocess.DEVNULL)


def _until(ask: Callable[[], Any], what: str, process: subprocess.Popen[bytes]) -> Any:
    deadline = time.monotonic() + 60
    while not (found := ask()):
        assert process.poll() is None, "the server ended by itself"
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.1)
    return found
