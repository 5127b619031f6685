"""``kill -9`` at any moment of a server's life, again and again: in the end it is as if nothing had happened.

What is promised of events: each finding that is not suppressed is told of at least once, an event may come twice (the
process died between sending it and noting it), and the last one says what the finding says, at the latest when the
period is over for which repeats are kept back. An event may tell of a finding that a record which came late takes back
again: it was true of what had been read. These logs come in the order in which things happened, so none does here.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
import urllib.error
import urllib.request
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from tests.aws import aws_over_http
from tests.engine.test_history import expected, told
from tests.engine.test_promises import event_time
from tests.playing import everything_in
from tests.server.conftest import ACCOUNT, REGION, Receiver, Server, until
from vedette.api.keys import KEY_FILE, Sealer, create
from vedette.commands.serving.checking import checked
from vedette.commands.serving.reading import read_settings
from vedette.engine.history import History
from vedette.engine.publisher import Publisher
from vedette.findings.configuration import PERIODS
from vedette.findings.store import Store
from vedette.logs.kinds import LogKind
from vedette.sources.delivery import promise

pytestmark = pytest.mark.long

SUPPRESSED = ("PenTest:S3/ParrotLinux", "PenTest:S3/PentooLinux")
STARTS_IN = 2.5
"""Seconds, about, until a server listens."""

Pieces = list[tuple[str, bytes]]
Event = tuple[str, dict[str, Any]]


class FolderAndWebhook:
    """Logs are dropped into a folder, events go to a web server."""

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        self.folder = folder / "logs"
        self.folder.mkdir(parents=True)
        self.receiver = receiver
        self.tables = f'[[source]]\nkind = "folder"\nlocation = "{self.folder}"\npoll_seconds = 2\n{receiver.table}'

    def put(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def after_a_kill(self) -> None:
        """Nothing is held."""

    def watch_for_an_event(self) -> Callable[[], bool]:
        self.receiver.asked.clear()
        return self.receiver.asked.is_set

    def told(self) -> list[Event]:
        return list(self.receiver.told)


class Queues:
    """Logs are put into a bucket that tells a queue of them, events go to another queue."""

    def __init__(self, aws: str, name: str) -> None:
        self.bucket, self.names = f"logs-{name}", (f"told-{name}", f"events-{name}")
        own: dict[str, Any] = {"endpoint_url": aws, "region_name": REGION, "aws_access_key_id": "test",
                               "aws_secret_access_key": "test"}
        self.s3, self.sqs = boto3.client("s3", **own), boto3.client("sqs", **own)
        self.s3.create_bucket(Bucket=self.bucket)
        logs, self.events = (self.sqs.create_queue(QueueName=one)["QueueUrl"] for one in self.names)
        arn = self.sqs.get_queue_attributes(QueueUrl=logs, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.s3.put_bucket_notification_configuration(Bucket=self.bucket, NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]})
        self.tables = (f'[[source]]\nkind = "queue"\nlocation = "{logs}"\nendpoint_url = "{aws}"\n'
                       f'[[publish]]\nkind = "sqs"\nname = "events"\nqueue_url = "{self.events}"\n'
                       f'endpoint_url = "{aws}"\nregion = "{REGION}"\n')

    def put(self, name: str, content: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=name, Body=content)

    def after_a_kill(self) -> None:
        """What the dead server held is handed out again: at once, instead of in two minutes."""
        time.sleep(2.2)  # a request of the dead that still waits may be given messages, here as at Amazon's
        queue = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues[self.names[0]]
        for message in list(queue._messages):
            message.change_visibility(0)
        queue.pending_messages.clear()

    def watch_for_an_event(self) -> Callable[[], bool]:
        before = len(self._sent())
        return lambda: len(self._sent()) > before

    def told(self) -> list[Event]:
        bodies = [json.loads(message.body) for message in self._sent()]
        return [(body["id"], body["detail"]) for body in bodies]

    def _sent(self) -> list[Any]:
        return list(sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues[self.names[1]]._messages)


class Pushes:
    """A shipper sends one record after the other, each again and again until it hears that it is committed."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.tables = f'[[source]]\nkind = "push"\nname = "agents"\n{receiver.table}'
        self.server: Server | None = None
        self._left: deque[tuple[str, bytes]] = deque()
        self._keys: dict[str, tuple[str, str]] = {}
        self._stop = threading.Event()
        self.answers: Counter[int] = Counter()
        """What was answered, by status; 0: nothing, or not to the end."""

    def put(self, name: str, content: bytes) -> None:
        self._left.append((name, _in_its_group(name, content)))

    def ship(self) -> None:
        """In order: what is on its way while the server dies is sent to the next one."""
        while not self._stop.is_set():
            if not self._left:
                self._stop.wait(0.01)
                continue
            status = self._sent(*self._left[0])
            self.answers[status] += 1
            assert status in (0, 200, 503), status
            if status == 200:
                self._left.popleft()
            else:
                self._stop.wait(0.1)

    def end(self) -> None:
        self._stop.set()

    def _sent(self, name: str, content: bytes) -> int:
        assert self.server is not None
        found = promise(name)
        request = AWSRequest("POST", f"{self.server.url}/ingest/agents", data=content,
                             headers={"Idempotency-Key": sha256(name.encode()).hexdigest()})
        key = self._key(found.account or ACCOUNT)
        SigV4Auth(Credentials(*key), "guardduty", found.region or REGION).add_auth(request)
        try:
            with urllib.request.urlopen(urllib.request.Request(
                request.url, content, dict(request.headers.items()), method="POST"), timeout=60
            ) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except (OSError, HTTPException):
            return 0

    def _key(self, account: str) -> tuple[str, str]:
        """One that may deliver logs and do nothing else."""
        assert self.server is not None
        if account not in self._keys:
            with Store.open(self.server.state) as store:
                made, secret = create(store, Sealer(Path(self.server.state) / KEY_FILE), account, "ingest", "shipper",
                                      time.time_ns() // 1_000_000)
            self._keys[account] = made.id, secret
        return self._keys[account]

    def after_a_kill(self) -> None:
        """Nothing is held."""

    def watch_for_an_event(self) -> Callable[[], bool]:
        self.receiver.asked.clear()
        return self.receiver.asked.is_set

    def told(self) -> list[Event]:
        return list(self.receiver.told)


_GROUP = re.compile(r"/(aws/rds/instance/([^/]+)/[^/]+)/")


def _in_its_group(name: str, content: bytes) -> bytes:
    """What a shipper passes on of a database's log group, which says whose it is; a body has no path that would."""
    group = _GROUP.search(name)
    if group is None:
        return content
    message = content.decode().partition(" ")[2].rstrip("\n")
    return json.dumps({
        "messageType": "DATA_MESSAGE", "owner": promise(name).account, "logGroup": f"/{group[1]}",
        "logStream": f"{group[2]}.0", "subscriptionFilters": ["all"],
        "logEvents": [{"id": "1", "timestamp": 1, "message": message}]}, separators=(",", ":")).encode()


Way = FolderAndWebhook | Queues | Pushes


@dataclass
class End:
    """What there was when everything had been read and sent."""

    findings: dict[str, Any]
    documents: dict[str, dict[str, Any]]
    suppressed: set[str]
    ledger: list[tuple[str, str, str]]
    due: int
    """Findings that were not sent yet."""
    events: list[Event]
    lists: dict[str, list[str]]
    """Each list's name and its states."""
    filters: list[str]
    asked: list[str] = field(default_factory=list)
    kills: int = 0
    unheard: int = 0
    """Kills before the server listened."""


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with aws_over_http() as url:
        yield url


def insist(ask: Callable[[], Any]) -> Any:
    """Ask until the server answers, as clients do that are cut off."""
    deadline = time.monotonic() + 300
    while True:
        try:
            return ask()
        except BotoCoreError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def set_up(server: Server, world: Path) -> None:
    """A detector, the world's lists, and a rule that suppresses two types: by the API, each asked for until done."""
    api = server.client()
    # What a scan judges at once, a server judges where it is turned on: this is off at first.
    features = [{"Name": "RDS_LOGIN_EVENTS", "Status": "ENABLED", "AdditionalConfiguration": [
        {"Name": "RDS_DATA_RISK", "Status": "ENABLED"}]}]
    detector = insist(lambda: api.create_detector(
        Enable=True, Features=features, ClientToken="detector"))["DetectorId"]
    common = {"DetectorId": detector, "Format": "TXT", "Activate": True}
    ways = {"threat-ips": api.create_threat_intel_set, "trusted-ips": api.create_trusted_entity_set,
            "threat-domains": api.create_threat_entity_set}
    for path in sorted((world / "lists").glob("*.txt")):
        insist(lambda path=path: ways[path.stem](
            **common, Name=path.stem, Location=str(path), ClientToken=f"list {path.stem}"))
    insist(lambda: api.create_filter(
        DetectorId=detector, Name="suppress", Action="ARCHIVE", ClientToken="suppress",
        FindingCriteria={"Criterion": {"type": {"Equals": list(SUPPRESSED)}}}))
    until(lambda: all(state == ["ACTIVE"] for state in insist(lambda: lists_of(api, detector)).values()),
          "the lists are active", 300)


def lists_of(api: Any, detector: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, key in (("threat_intel_set", "ThreatIntelSetId"), ("trusted_entity_set", "TrustedEntitySetId"),
                      ("threat_entity_set", "ThreatEntitySetId")):
        for made in getattr(api, f"list_{kind}s")(DetectorId=detector)[key + "s"]:
            told = getattr(api, f"get_{kind}")(DetectorId=detector, **{key: made})
            found.setdefault(told["Name"], []).append(told["Status"])
    return found


def go_on_asking(server: Server, stop: threading.Event, asked: list[str]) -> None:
    """Make one filter after the other, each with its token until there is an answer."""
    api = server.client()
    [detector] = insist(api.list_detectors)["DetectorIds"]
    while not stop.is_set() and len(asked) < 60:
        name = f"filter-{len(asked)}"
        insist(lambda name=name: api.create_filter(
            DetectorId=detector, Name=name, ClientToken=name, Action="NOOP",
            FindingCriteria={"Criterion": {"type": {"Equals": ["none"]}}}))
        asked.append(name)
        stop.wait(0.3)


def live(way: Way, server: Server, world: Path, pieces: Pieces, kills: int, rng: random.Random) -> End:
    """A server's life, from the first list to the last log, with so many deaths in between."""
    counted = unheard = 0

    def a_short_life(meanwhile: Callable[[], None] | None = None) -> None:
        nonlocal counted, unheard
        seen = way.watch_for_an_event()
        server.start()
        if meanwhile:
            meanwhile()
        if rng.random() < 0.3:
            # While it sends, or before it has noted that it did.
            deadline = time.monotonic() + 6
            while not seen() and time.monotonic() < deadline:
                time.sleep(0.002)
        else:
            time.sleep(rng.uniform(0.0, 2 * STARTS_IN))
        server.kill()
        counted += 1
        unheard += not any(line["event"] == "listening" for line in server.log())
        way.after_a_kill()

    setting_up = threading.Thread(target=set_up, args=(server, world), daemon=True)
    setting_up.start()
    while setting_up.is_alive() and counted < kills // 4:
        a_short_life()
    server.start()
    setting_up.join(300)
    assert not setting_up.is_alive(), server.log()[-5:]

    arrived = sorted(pieces, key=lambda piece: (event_time(piece[1]), piece[0]))
    stop, asked = threading.Event(), list[str]()
    asking = threading.Thread(target=go_on_asking, args=(server, stop, asked), daemon=True)
    asking.start()
    lives = max(1, kills - counted)
    share = len(arrived) // lives + 1
    for start in range(0, len(arrived), share):
        some = arrived[start:start + share]
        if not kills:
            put_slowly(way, some, 0.0)
            continue
        if start == 0:
            server.kill()
            counted += 1
            way.after_a_kill()
        putting = threading.Thread(target=put_slowly, args=(way, some, rng.uniform(0, 3) / len(some)))
        a_short_life(putting.start)
        putting.join()
    if kills:
        server.start()
    return the_end(way, server, len(pieces), stop, asking, asked, counted, unheard)


def put_slowly(way: Way, some: Pieces, pause: float) -> None:
    for name, content in some:
        way.put(name, content)
        time.sleep(pause)


def the_end(
    way: Way, server: Server, pieces: int, stop: threading.Event, asking: threading.Thread, asked: list[str],
    kills: int, unheard: int,
) -> End:
    """Wait until all is read, stop the server properly, and look."""
    server.listening()
    with Store.open(server.state) as store:
        until(lambda: len(list(store.ledger())) >= pieces, "all is read", 180)
        stop.set()
        asking.join(60)
        assert not asking.is_alive()
        now = time.time_ns() // 1_000_000
        until(lambda: store.backlog("events", now).waiting == 0, "all is sent")
        api = server.client()
        [detector] = api.list_detectors()["DetectorIds"]
        lists = lists_of(api, detector)
        filters = [name for page in api.get_paginator("list_filters").paginate(DetectorId=detector)
                   for name in page["FilterNames"]]
        assert server.stop() == 0
        events = list(way.told())
        # Repeats within six hours are kept back: in six hours they are sent as well.
        later = time.time_ns() // 1_000_000 + max(PERIODS.values())
        publisher = Publisher(store, checked(server.config, read_settings(server.config)), lambda: later)
        while publisher.step():
            pass
        events += way.told()[len(events):]
        found = everything_in(store)
        handled = store.handling([one["id"] for one in found.findings])
        return End(
            findings={one: (undated(document), evidence) for one, (document, evidence) in found.comparable.items()},
            documents={one["id"]: one for one in found.findings},
            suppressed={one for one, how in handled.items() if how.suppressed_by},
            ledger=[(entry.object, entry.version, entry.state) for entry in store.ledger()],
            due=store.backlog("events", later).waiting, events=events, lists=lists, filters=filters, asked=asked,
            kills=kills, unheard=unheard)


def undated(document: dict[str, Any]) -> dict[str, Any]:
    """Without what the clock says."""
    return {name: value for name, value in document.items() if name not in ("createdAt", "updatedAt")}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, world: Path, pieces: Pieces) -> End:
    folder = tmp_path_factory.mktemp("undisturbed")
    receiver = Receiver()
    receiver.up()
    way = FolderAndWebhook(folder, receiver)
    server = Server(folder / "server", way.tables + more(world))
    try:
        return live(way, server, world, pieces, 0, random.Random(0))
    finally:
        receiver.down()
        if server.process and server.process.poll() is None:
            server.process.kill()


def more(world: Path) -> str:
    return (f'[lists]\napi_folder = "{world}/lists"\nexposed_keys = ["{world}/exposed/exposed-keys.txt"]\n'
            f'[feeds]\nfiles = ["{world}/feeds"]\n[inventory]\nfiles = ["{world}/inventory"]\n')


def test_the_undisturbed_run_is_worth_comparing_with(
    undisturbed: End, truth: dict[str, Any], world: Path, pieces: Pieces,
) -> None:
    # What a scan finds with the same lists, found by a server: the lists made over the API act as those do.
    assert set(undisturbed.findings) == set(truth)
    assert {one: document["service"]["count"] for one, document in undisturbed.documents.items()} == {
        one: document["service"]["count"] for one, (document, _) in truth.items()}
    assert undisturbed.suppressed == {
        one for one, document in undisturbed.documents.items() if document["type"] in SUPPRESSED}
    assert len(undisturbed.suppressed) >= 2
    assert undisturbed.lists == {path.stem: ["ACTIVE"] for path in (world / "lists").glob("*.txt")}
    assert len(undisturbed.lists) >= 2
    check(undisturbed, undisturbed, len(pieces))
    # Nothing died, so nothing was sent twice.
    assert max(Counter(event for event, _ in undisturbed.events).values()) == 1


def check(end: End, undisturbed: End, pieces: int) -> None:
    assert set(end.findings) == set(undisturbed.findings)
    for one, found in undisturbed.findings.items():
        assert end.findings[one] == found, one
    assert end.suppressed == undisturbed.suppressed
    assert all(end.documents[one]["service"]["archived"] == (one in end.suppressed) for one in end.documents)
    # The ledger: every object once, and read.
    assert len(end.ledger) == len({(name, version) for name, version, _ in end.ledger}) == pieces
    assert {state for *_, state in end.ledger} == {"done"}
    # The events.
    last = {document["id"]: document for _, document in end.events}
    assert set(last) == set(end.documents) - end.suppressed
    for one, document in last.items():
        assert document == end.documents[one]
    assert end.due == 0
    # What was asked for over the API was done once.
    assert end.lists == undisturbed.lists
    assert sorted(end.filters) == sorted({"suppress", *end.asked})


KILLS = [pytest.param(6, 1, id="6 kills"), pytest.param(30, 2, id="30 kills")]


@pytest.mark.parametrize(("kills", "seed"), KILLS)
def test_a_server_that_follows_a_folder_is_killed_again_and_again(
    kills: int, seed: int, tmp_path: Path, receiver: Receiver, world: Path, pieces: Pieces, undisturbed: End,
    server_with: Callable[..., Server],
) -> None:
    way = FolderAndWebhook(tmp_path, receiver)
    end = live(way, server_with(way.tables + more(world)), world, pieces, kills, random.Random(seed))
    assert end.kills >= kills
    assert end.unheard < end.kills, "it was never killed while it served"
    check(end, undisturbed, len(pieces))


@pytest.mark.parametrize(("kills", "seed"), KILLS)
def test_a_server_that_follows_a_queue_is_killed_again_and_again(
    kills: int, seed: int, tmp_path: Path, world: Path, pieces: Pieces, undisturbed: End, aws: str,
    server_with: Callable[..., Server], monkeypatch: pytest.MonkeyPatch,
) -> None:
    way = Queues(aws, f"{kills}-{seed}")
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    server = server_with(way.tables + more(world), **keys)
    end = live(way, server, world, pieces, kills, random.Random(seed))
    assert end.kills >= kills
    assert end.unheard < end.kills, "it was never killed while it served"
    check(end, undisturbed, len(pieces))


def test_a_server_that_is_pushed_to_is_killed_again_and_again(
    tmp_path: Path, receiver: Receiver, world: Path, pieces: Pieces, undisturbed: End,
    server_with: Callable[..., Server],
) -> None:
    way = Pushes(receiver)
    way.server = server_with(way.tables + more(world))
    shipping = threading.Thread(target=way.ship, daemon=True)
    shipping.start()
    try:
        end = live(way, way.server, world, pieces, 10, random.Random(3))
    finally:
        way.end()
        shipping.join(90)
    assert not shipping.is_alive()
    # Every record was acknowledged once, and some were sent before to a server that died.
    assert way.answers[200] == len(pieces)
    assert way.answers[0] > 0
    assert end.kills >= 10
    assert end.unheard < end.kills, "it was never killed while it served"
    check(end, undisturbed, len(pieces))


def test_a_server_that_keeps_the_event_history_is_killed_again_and_again(
    tmp_path: Path, receiver: Receiver, world: Path, pieces: Pieces, undisturbed: End,
    server_with: Callable[..., Server],
) -> None:
    way = FolderAndWebhook(tmp_path, receiver)
    server = server_with(way.tables + more(world) + "[history]\ndays = 3650\n")
    end = live(way, server, world, pieces, 10, random.Random(4))
    assert end.kills >= 10
    assert end.unheard < end.kills, "it was never killed while it served"
    check(end, undisturbed, len(pieces))
    history = Path(server.state) / "history"
    with Store.open(server.state) as store:
        History(history, store).close()
    paths = [way.folder / name for name, _ in pieces]
    records = 0
    for kind in LogKind:
        assert told(history, kind) == expected(paths, kind)
        records += len(told(history, kind))
    assert records >= len(pieces)
    assert list((history / "desks").iterdir()) == []
