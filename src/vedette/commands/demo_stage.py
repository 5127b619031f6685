"""Where the demonstrations play: moto in place of AWS, the server in a process of its own, and its API by boto3."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TextIO

from vedette.api.keys import KEY_FILE, Sealer, create
from vedette.api.users import create_user, new_link
from vedette.commands.users import LOGIN
from vedette.errors import VedetteError
from vedette.findings.store import Store
from vedette.simulate.story import Story

ACCOUNT, REGION = "111122223333", "us-east-1"
_BUCKET = "vedette-demo"
_USER = "demo"
_PATIENCE = 60.0
"""Seconds that anything may take before the demonstration gives up."""

_CONFIGURATION = """\
[state]
location = "{folder}/state"

[server]
port = 0

[[source]]
kind = "queue"
location = "{logs}"
endpoint_url = "{aws}"

[inventory]
files = ["{folder}/inventory"]

[history]
days = 3650

[[publish]]
kind = "sqs"
name = "events"
queue_url = "{events}"
endpoint_url = "{aws}"
"""


class Stage:
    """A bucket whose notifications the server reads, and a queue that it sends its events to."""

    def __init__(
        self, aws: str, server: str, queues: tuple[str, str], keys: tuple[str, str], state: Path, out: TextIO,
    ) -> None:
        import boto3

        self._out = out
        self._server = server
        self._state = state
        self._s3 = boto3.client("s3", endpoint_url=aws)
        self._sqs = boto3.client("sqs", endpoint_url=aws)
        self._logs, self._events = queues
        key, secret = keys
        self._guardduty: Any = boto3.client("guardduty", endpoint_url=server, region_name=REGION,
                                            aws_access_key_id=key, aws_secret_access_key=secret)
        self._detector = self._guardduty.create_detector(Enable=True)["DetectorId"]
        print(f"  guardduty create-detector: {self._detector}", file=out)

    def make_list(self, kind: Literal["threat", "trusted"], name: str, entries: Sequence[str]) -> None:
        """Put a list into the bucket, and create it over the API."""
        self._s3.put_object(Bucket=_BUCKET, Key=f"lists/{name}.txt", Body="\n".join(entries).encode())
        asked = {"DetectorId": self._detector, "Name": name, "Format": "TXT", "Activate": True,
                 "Location": f"s3://{_BUCKET}/lists/{name}.txt"}
        threat = kind == "threat"
        made = self._guardduty.create_threat_intel_set(**asked) if threat else self._guardduty.create_ip_set(**asked)

        def status() -> str:
            if threat:
                found = self._guardduty.get_threat_intel_set(
                    DetectorId=self._detector, ThreatIntelSetId=made["ThreatIntelSetId"])
            else:
                found = self._guardduty.get_ip_set(DetectorId=self._detector, IpSetId=made["IpSetId"])
            return str(found["Status"])

        _until(lambda: status() != "ACTIVATING", f"the list {name} is active")
        print(f"  guardduty create-{'threat-intel-set' if threat else 'ip-set'} s3://{_BUCKET}/lists/{name}.txt: "
              f"{status()}", file=self._out)

    def deliver(self, prefix: str, told: Story) -> None:
        """Put the story's logs into the bucket below ``prefix``, and wait until the server has read them."""
        for name, content in told.render().files.items():
            if name.startswith("logs/"):
                key = f"{prefix}/{name.removeprefix('logs/')}"
                self._s3.put_object(Bucket=_BUCKET, Key=key, Body=content)
                print(f"  put s3://{_BUCKET}/{key}", file=self._out)
        _until(self._all_read, "the server has read the logs")

    def events(self, number: int) -> list[dict[str, Any]]:
        """So many findings, as the events on the queue tell of them."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            for one in self._sqs.receive_message(QueueUrl=self._events, WaitTimeSeconds=1).get("Messages", ()):
                found.append(json.loads(one["Body"])["detail"])
                self._sqs.delete_message(QueueUrl=self._events, ReceiptHandle=one["ReceiptHandle"])
            return len(found) >= number

        _until(enough, "the event has come")
        return found

    def login_link(self) -> str:
        """Where a browser is signed in to the console, once."""
        now = time.time_ns() // 1_000_000
        with Store.open(self._state) as store:
            create_user(store, _USER, ACCOUNT, "admin", secrets.token_urlsafe(), now)
            return f"{self._server}{LOGIN}{new_link(store, _USER, now)}"

    def findings(self) -> list[dict[str, Any]]:
        """What the API lists."""
        ids = self._guardduty.list_findings(DetectorId=self._detector)["FindingIds"]
        found = self._guardduty.get_findings(DetectorId=self._detector, FindingIds=ids)["Findings"] if ids else []
        return list(found)

    def _all_read(self) -> bool:
        """A message is deleted when what it tells of is committed."""
        counted = self._sqs.get_queue_attributes(QueueUrl=self._logs, AttributeNames=["All"])["Attributes"]
        return all(counted[name] == "0" for name in (
            "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"))


@contextmanager
def stage(files: Mapping[str, bytes], out: TextIO) -> Iterator[Stage]:
    """Everything started, and ended again. ``files`` holds the inventory (``inventory/…``)."""
    with tempfile.TemporaryDirectory(prefix="vedette-demo-") as told, _aws() as aws:
        folder = Path(told)
        logs, events = _bucket_and_queues(aws)
        print(f"moto stands in for AWS at {aws}; logs and lists go to s3://{_BUCKET}.", file=out)
        for name, content in files.items():
            if name.startswith("inventory/"):
                path = folder / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
        (folder / "vedette.toml").write_text(
            _CONFIGURATION.format(folder=folder, aws=aws, logs=logs, events=events), encoding="utf-8")
        with Store.open(folder / "state") as store:
            key, secret = create(store, Sealer(folder / "state" / KEY_FILE), ACCOUNT, "admin", "demo",
                                 time.time_ns() // 1_000_000)
        with _server(folder) as url:
            print(f"The server listens at {url} (vedette serve --config vedette.toml).", file=out)
            yield Stage(aws, url, (logs, events), (key.id, secret), folder / "state", out)


@contextmanager
def _aws() -> Iterator[str]:
    """moto's server on loopback."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        raise VedetteError("needs moto to stand in for AWS: pip install 'vedette[demo]'", where="demo") from None

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # Whatever credentials the user has are not to be used here.
    os.environ |= {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo", "AWS_DEFAULT_REGION": REGION}
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ["AWS_ENDPOINT_URL"] = f"http://{host}:{port}"
    try:
        yield os.environ["AWS_ENDPOINT_URL"]
    finally:
        server.stop()


def _bucket_and_queues(aws: str) -> tuple[str, str]:
    """The bucket, which tells a queue of its logs; the URLs of that queue and of the one for events."""
    import boto3

    s3, sqs = boto3.client("s3", endpoint_url=aws), boto3.client("sqs", endpoint_url=aws)
    s3.create_bucket(Bucket=_BUCKET)
    logs, events = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("vedette-logs", "vedette-events"))
    arn = sqs.get_queue_attributes(QueueUrl=logs, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.put_bucket_notification_configuration(Bucket=_BUCKET, NotificationConfiguration={"QueueConfigurations": [
        {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"],
         "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".gz"}]}}}]})
    return logs, events


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """``vedette serve`` in a process of its own; its URL."""
    log = folder / "server.log"
    with log.open("wb") as told:
        process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-m", "vedette", "serve", "--config", str(folder / "vedette.toml")],
            stdout=told, stderr=told)
    try:
        def listening() -> bool:
            if process.poll() is not None:
                raise VedetteError(f"the server did not start: {log.read_text('utf-8')[-2000:]}", where="demo")
            return _URL.search(log.read_text("utf-8")) is not None

        _until(listening, "the server listens")
        found = _URL.search(log.read_text("utf-8"))
        yield found[1] if found else ""
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()


_URL = re.compile(r'"url": ?"(http://[^"]+)"')


def _until(there: Callable[[], bool], what: str) -> None:
    """Wait until it is so.

    Raises:
        VedetteError: it is not, after a minute.
    """
    deadline = time.monotonic() + _PATIENCE
    while not there():
        if time.monotonic() > deadline:
            raise VedetteError(f"waited a minute in vain until {what}", where="demo")
        time.sleep(0.1)
