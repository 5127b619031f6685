"""The world fails around a server that runs: it says so, works again by itself, and nothing is lost."""

from __future__ import annotations

import http.client
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.aws import aws_over_http
from tests.commands.conftest import TRAIL
from tests.conftest import Server as Postgres
from tests.conftest import server_binaries
from tests.server.conftest import REGION, Receiver, Server, until
from vedette.detectors.catalogue import catalogue
from vedette.simulate.story import write

pytestmark = pytest.mark.long

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}


class Drops:
    """A folder that a story's log can be dropped into, under ever new names."""

    def __init__(self, folder: Path, told: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.table = f'[[source]]\nkind = "folder"\nlocation = "{folder}"\npoll_seconds = 1\n'
        self._content = told.read_bytes()
        self._numbers = count(1)

    def drop(self) -> None:
        (self.folder / f"{next(self._numbers)}.json.gz").write_bytes(self._content)


@pytest.fixture(scope="module")
def trail_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One log file, in which a trail is stopped."""
    folder = tmp_path_factory.mktemp("trail")
    told = next(one for module, one in catalogue().stories() if module == "api.trail_tampering" and one.expected)
    write([told], folder)
    [path] = [path for path in (folder / "logs").rglob("*") if path.is_file()]
    return path


@pytest.fixture
def drops(tmp_path: Path, trail_log: Path) -> Drops:
    return Drops(tmp_path / "logs", trail_log)


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with aws_over_http() as url:
        yield url


def types(receiver: Receiver) -> list[str]:
    return [finding["type"] for _, finding in receiver.told]


def found(receiver: Receiver, patience: float = 60.0) -> None:
    """The finding of the story has been told of."""
    until(lambda: TRAIL in types(receiver), "the finding is told of", patience)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A folder on a disk of its own, of 4 MiB."""
    folder = Path(tempfile.mkdtemp(prefix="vedette-disk-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "vedette-test", folder], capture_output=True)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"no disk can be mounted: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    folder.rmdir()


def test_a_full_disk(
    small_disk: Path, drops: Drops, receiver: Receiver, server_with: Callable[..., Server], tmp_path: Path
) -> None:
    server = server_with(drops.table + receiver.table)
    state = server.config.read_text().replace(f'location = "{server.state}"', f'location = "{small_disk}/state"')
    shutil.copytree(server.state, small_disk / "state")
    server.config.write_text(state)
    server.start()
    server.listening()
    api = server.client()
    detector = api.create_detector(Enable=True)["DetectorId"]
    filler = small_disk / "filler"
    fill(filler)
    drops.drop()
    server.said("a source does not work", reason="full")
    assert server.metric("vedette_source_up") == 0
    status, said = server.get("/readyz")
    assert status == 503
    assert "database cannot be written" in said
    # Asked to change something, the server refuses; what is asked of it, it answers.
    with pytest.raises(ClientError) as refused:
        make_filters(api, detector, 50)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert api.list_detectors()["DetectorIds"] == [detector]
    assert not receiver.told
    filler.unlink()
    found(receiver)
    server.said("a source works again")
    until(lambda: server.get("/readyz")[0] == 200, "it is ready again")
    until(lambda: server.metric("vedette_source_up") == 1, "the source is up")
    assert types(receiver) == [TRAIL]
    assert server.stop() == 0


def make_filters(api: Any, detector: str, number: int) -> None:
    for one in range(number):
        api.create_filter(DetectorId=detector, Name=f"filter-{one}", FindingCriteria={"Criterion": {
            "type": {"Equals": ["x" * 40] * 40}}})


def fill(path: Path) -> None:
    """Write until nothing more can be written."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue


def test_a_database_that_another_process_keeps(
    drops: Drops, receiver: Receiver, server_with: Callable[..., Server]
) -> None:
    server = server_with(drops.table + receiver.table)
    server.start()
    server.listening()
    with sqlite3.connect(f"{server.state}/vedette.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        drops.drop()
        server.said("a source does not work", patience=90, reason="locked")
        assert server.metric("vedette_source_up") == 0
        status, said = server.get("/readyz")
        assert (status, "database cannot be written" in said) == (503, True)
        assert server.client().list_detectors()["DetectorIds"] == []
        other.execute("ROLLBACK")
    found(receiver, 120)
    server.said("a source works again")
    until(lambda: server.get("/readyz")[0] == 200, "it is ready again", 90)
    assert types(receiver) == [TRAIL]
    assert server.stop() == 0


def test_a_queue_that_is_deleted_and_made_again(
    aws: str, trail_log: Path, receiver: Receiver, server_with: Callable[..., Server]
) -> None:
    """What the queue held is gone with it; what S3 tells the new one of is read."""
    own: dict[str, Any] = {"endpoint_url": aws, "region_name": REGION, "aws_access_key_id": "test",
                           "aws_secret_access_key": "test"}
    s3, sqs = boto3.client("s3", **own), boto3.client("sqs", **own)
    s3.create_bucket(Bucket="deleted-queue")
    queue = sqs.create_queue(QueueName="deleted")["QueueUrl"]
    server = server_with(
        f'[[source]]\nkind = "queue"\nlocation = "{queue}"\nendpoint_url = "{aws}"\n{receiver.table}', **KEYS)
    server.start()
    server.listening()
    until(lambda: server.metric("vedette_source_up") == 1, "the source is up")
    sqs.delete_queue(QueueUrl=queue)
    server.said("a source does not work", reason="the queue does not exist")
    until(lambda: server.metric("vedette_source_up") == 0, "the metrics say so")
    assert server.get("/readyz") == (200, "ready\n")  # what has been found can be asked for
    arn = sqs.get_queue_attributes(QueueUrl=sqs.create_queue(QueueName="deleted")["QueueUrl"],
                                   AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.put_bucket_notification_configuration(Bucket="deleted-queue", NotificationConfiguration={
        "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]})
    s3.put_object(Bucket="deleted-queue", Key="one.json.gz", Body=trail_log.read_bytes())
    found(receiver)
    server.said("a source works again")
    assert server.metric("vedette_source_up") == 1
    assert server.stop() == 0


class Guarded:
    """In front of AWS: says AccessDenied to what is denied, and hands all else on."""

    def __init__(self, aws: str) -> None:
        outer, behind = self, urlsplit(aws)
        self.denied: Callable[[str], bool] = lambda path: False

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if outer.denied(self.path):
                    self.answer(403, {}, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
                    return
                connection = http.client.HTTPConnection(behind.hostname or "", behind.port, timeout=20)
                connection.request("GET", self.path, headers=dict(self.headers))
                answer = connection.getresponse()
                kept = {name: value for name, value in answer.getheaders()
                        if name.lower() not in ("content-length", "transfer-encoding", "connection")}
                self.answer(answer.status, kept, answer.read())
                connection.close()

            def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def guarded(aws: str) -> Iterator[Guarded]:
    one = Guarded(aws)
    try:
        yield one
    finally:
        one.close()


@pytest.mark.parametrize("what", ["listing", "reading"])
def test_a_bucket_that_is_denied_and_allowed_again(
    what: str, aws: str, trail_log: Path, receiver: Receiver, server_with: Callable[..., Server]
) -> None:
    bucket = f"denied-{what}"
    s3 = boto3.client("s3", endpoint_url=aws, region_name=REGION, aws_access_key_id="test",
                      aws_secret_access_key="test")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="one.json.gz", Body=trail_log.read_bytes())
    with guarded(aws) as front:
        front.denied = lambda path: ("one.json.gz" in path) == (what == "reading")
        server = server_with(f'[[source]]\nkind = "s3"\nlocation = "s3://{bucket}/"\nendpoint_url = "{front.url}"\n'
                             f"poll_seconds = 1\n{receiver.table}", **KEYS)
        server.start()
        if what == "listing":
            server.said("a source does not work", reason="denied")
            until(lambda: server.metric("vedette_source_up") == 0, "the metrics say so")
        else:
            server.said("cannot be read", reason="denied")
            until(lambda: server.metric("vedette_source_unreadable_objects_total"), "the metrics say so")
        assert not receiver.told
        front.denied = lambda path: False
        found(receiver)
        if what == "listing":
            server.said("a source works again")
        assert server.metric("vedette_source_up") == 1
        assert types(receiver) == [TRAIL]
        assert server.stop() == 0


@pytest.mark.parametrize("how", ["is away", "answers 503"])
def test_a_webhook_that_is_down_for_a_while(
    how: str, drops: Drops, receiver: Receiver, server_with: Callable[..., Server]
) -> None:
    server = server_with(drops.table + receiver.table)
    if how == "is away":
        receiver.down()
    else:
        receiver.status = 503
    server.start()
    server.listening()
    drops.drop()
    server.said("publishing is refused", destination="events")
    until(lambda: server.metric("vedette_destination_up") == 0, "the metrics say so")
    assert server.metric("vedette_source_up") == 1
    assert server.get("/readyz") == (200, "ready\n")
    if how == "is away":
        receiver.up()
    else:
        receiver.status = 200
    found(receiver)
    server.said("publishing works again", destination="events")
    until(lambda: server.metric("vedette_destination_up") == 1, "the metrics say so")
    until(lambda: server.metric("vedette_outbox_waiting_findings") == 0, "nothing waits")
    assert types(receiver) == [TRAIL]
    assert server.stop() == 0


_SHIFTED = """
import sys, time
from pathlib import Path
from vedette import cli
from vedette.commands import serve
shift = Path(sys.argv.pop(1))
serve.now = lambda: time.time_ns() // 1_000_000 + int(shift.read_text())
cli.main()
"""


@pytest.mark.parametrize("hours", [2, 24 * 30])
def test_a_clock_that_is_set_back(
    hours: int, drops: Drops, receiver: Receiver, server_with: Callable[..., Server], tmp_path: Path
) -> None:
    """What was to be sent at a time that has not come yet is sent all the same, and what comes after it too."""
    shift = tmp_path / "shift"
    shift.write_text(str(hours * 3_600_000))
    receiver.status = 503
    server = server_with(drops.table + receiver.table)
    server.program = ["-c", _SHIFTED, str(shift)]
    server.start()
    server.listening()
    drops.drop()
    server.said("publishing is refused", destination="events")
    turned = tmp_path / "turned"
    turned.write_text("0")
    turned.rename(shift)
    receiver.status = 200
    found(receiver, 30)
    assert server.metric("vedette_source_up") == 1
    until(lambda: server.metric("vedette_destination_up") == 1, "the destination is up")
    assert server.get("/readyz") == (200, "ready\n")
    assert server.stop() == 0


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="vedette-pg-"))
    binaries = next((one for one in server_binaries() if (one / "initdb").exists()), None)
    if binaries is None:
        shutil.rmtree(folder)
        pytest.skip("no PostgreSQL server's programs were found")
    server = Postgres(binaries, folder)
    yield server
    if (server.data / "postmaster.pid").exists():
        server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_postgresql_that_is_stopped_and_started(
    own_postgres: Postgres, drops: Drops, receiver: Receiver, server_with: Callable[..., Server]
) -> None:
    server = server_with(drops.table + receiver.table, state=own_postgres.url("public"))
    server.start()
    server.listening()
    until(lambda: server.get("/readyz")[0] == 200, "it is ready")
    own_postgres.stop()
    drops.drop()
    told = server.said("a source does not work", reason="the database does not answer")
    assert "SELECT" not in told["reason"]
    assert server.metric("vedette_source_up") == 0
    assert server.metric("vedette_database_up") == 0
    status, said = server.get("/readyz")
    assert (status, "the database does not answer" in said) == (503, True)
    assert "host=" not in said
    with pytest.raises(ClientError) as refused:
        server.client().list_detectors()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    own_postgres.run("pg_ctl", "-D", own_postgres.data, "-w", "-l", own_postgres.folder / "log", "-o",
                     f"-h '' -k {own_postgres.folder} -c fsync=off", "start")
    found(receiver)
    server.said("a source works again")
    until(lambda: server.get("/readyz")[0] == 200, "it is ready again")
    assert server.metric("vedette_database_up") == 1
    assert types(receiver) == [TRAIL]
    assert server.stop() == 0
