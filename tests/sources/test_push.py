"""Log records pushed over HTTP, through a real server, into a real ingestion."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.engine.test_service import _stopped as stopped
from tests.engine.test_service import running, until
from tests.playing import everything_in, known_in
from vedette.errors import SourceError, VedetteError
from vedette.findings.store import Store
from vedette.sources.feed import Outcome
from vedette.sources.push import BODIES, Ingest, PushFeed


@dataclass(frozen=True)
class Sender:
    account: str = "111122223333"
    region: str = "eu-west-1"


class DeniedError(VedetteError):
    CODE, STATUS = "AccessDeniedException", 403


def anybody(scope: Mapping[str, Any], body: bytes) -> Sender:
    if (b"authorization", b"key") not in scope["headers"]:
        raise DeniedError("You are not the one.")
    return Sender()


@contextmanager
def serving(app: Any) -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


def post(port: int, body: bytes, path: str = "/ingest/agents", method: str = "POST", **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent = {"authorization": "key", **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.request(method, path, body, sent)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    if answer.status == 503:
        assert answer.getheader("retry-after") == "10"
    return answer.status, told


def lines(*numbers: int) -> bytes:
    return b"\n".join(json.dumps(json.loads(stopped(number))["Records"][0]).encode() for number in numbers) + b"\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        yield opened


def test_what_is_answered_with_200_is_committed(store: Store, tmp_path: Path) -> None:
    feed = PushFeed("agents", tmp_path / "pushed")
    with running(store, known_in(tmp_path), feed), serving(Ingest([feed], anybody)) as port:
        assert post(port, lines(1, 2)) == (200, {"records": 2, "deadLetters": 0})
        assert len(everything_in(store).findings) == 2
        assert post(port, gzip.compress(lines(3)), content_encoding="gzip")[0] == 200
        assert len(everything_in(store).findings) == 3
        assert post(port, b'not a record\n{"neither": "is this"}\n' + lines(4)) == (
            200, {"records": 1, "deadLetters": 2})
    assert [entry.source for entry in store.ledger()] == ["push/agents"] * 3


def test_what_is_sent_again_counts_once(store: Store, tmp_path: Path) -> None:
    feed = PushFeed("agents", tmp_path / "pushed")
    with running(store, known_in(tmp_path), feed), serving(Ingest([feed], anybody)) as port:
        for _ in range(3):
            assert post(port, lines(1))[0] == 200
            assert post(port, lines(2), idempotency_key="k")[0] == 200
        assert post(port, lines(3), idempotency_key="k")[0] == 409
    assert len(list(store.ledger())) == 2
    assert [found["service"]["count"] for found in everything_in(store).findings] == [1, 1]


def test_many_senders_at_once_are_each_answered(store: Store, tmp_path: Path) -> None:
    feed = PushFeed("agents", tmp_path / "pushed")
    answers: list[int] = []
    with running(store, known_in(tmp_path), feed), serving(Ingest([feed], anybody)) as port:
        def send(number: int) -> None:
            while (status := post(port, lines(number % 10))[0]) == 503:
                time.sleep(0.05)
            answers.append(status)

        threads = [threading.Thread(target=send, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [200] * 40
    assert len(everything_in(store).findings) == 10


def test_what_was_accepted_and_not_committed_is_read_after_the_next_start(store: Store, tmp_path: Path) -> None:
    feed = PushFeed("agents", tmp_path / "pushed")
    with serving(Ingest([feed], anybody, patience=0.3)) as port:  # nobody ingests
        status, told = post(port, lines(1, 2))
        assert status == 503
        assert "It is kept" in told["message"]
    again = PushFeed("agents", tmp_path / "pushed")
    with running(store, known_in(tmp_path), again) as ingestion:
        until(lambda: ingestion.progress()[0].objects == 1)
        assert len(everything_in(store).findings) == 2
        with serving(Ingest([again], anybody)) as port:
            assert post(port, lines(1, 2))[0] == 200
    assert [found["service"]["count"] for found in everything_in(store).findings] == [1, 1]


def test_senders_wait_when_detection_is_behind(store: Store, tmp_path: Path) -> None:
    feed = PushFeed("agents", tmp_path / "pushed", largest_backlog=len(lines(1)))
    with serving(Ingest([feed], anybody, patience=0.1)) as port:
        post(port, lines(1, 2))
        assert feed.overloaded()
        status, told = post(port, lines(3))
        assert (status, told["__type"]) == (503, "ServiceUnavailableException")
        assert "analysed" in told["message"]
        assert len(list((tmp_path / "pushed").rglob("*.log"))) == 1
        with running(store, known_in(tmp_path), feed):
            until(lambda: not feed.overloaded())
            assert post(port, lines(3))[0] in (200, 503)


@pytest.mark.parametrize(("changed", "status", "code"), [
    ({"authorization": "another"}, 403, "AccessDeniedException"),
    ({"path": "/ingest/others"}, 404, "ResourceNotFoundException"),
    ({"path": "/ingest/agents/more"}, 404, "ResourceNotFoundException"),
    ({"method": "PUT"}, 405, "MethodNotAllowedException"),
    ({"body": b"x" * 1001}, 413, "RequestEntityTooLargeException"),
    ({"body": b""}, 400, "BadRequestException"),
    ({"content_encoding": "br"}, 415, "UnsupportedMediaTypeException"),
    ({"idempotency_key": "k" * 201}, 400, "BadRequestException"),
])
def test_what_is_refused(changed: dict[str, Any], status: int, code: str, tmp_path: Path) -> None:
    feed = PushFeed("agents", tmp_path)
    with serving(Ingest([feed], anybody, largest=1000)) as port:
        told = post(port, **{"body": lines(1), **changed})
    assert (told[0], told[1]["__type"]) == (status, code)
    assert list(tmp_path.rglob("*.log")) == []


def test_a_body_without_a_length_is_bounded_too(tmp_path: Path) -> None:
    app = Ingest([PushFeed("agents", tmp_path)], anybody, largest=1000)
    given: list[int] = []
    said: list[Mapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        given.append(1)
        return {"type": "http.request", "body": b"x" * 400, "more_body": True}

    async def send(message: Mapping[str, Any]) -> None:
        said.append(message)

    asyncio.run(app({"type": "http", "method": "POST", "path": "/ingest/agents", "headers": []}, receive, send))
    assert said[0]["status"] == 413
    assert len(given) == 3


def test_a_sender_that_goes_away_or_stalls_holds_nothing(tmp_path: Path) -> None:
    app = Ingest([PushFeed("agents", tmp_path)], anybody, patience=0.1)
    said: list[Mapping[str, Any]] = []

    async def stalled() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        said.append(message)

    for receive in (stalled, gone):
        asyncio.run(app({"type": "http", "method": "POST", "path": "/ingest/agents", "headers": []}, receive, send))
    assert [message["status"] for message in said if "status" in message] == [408, 400]


def test_a_body_that_comes_slower_than_any_network_gives_up_its_place(tmp_path):
    app = Ingest([PushFeed("agents", tmp_path)], anybody, largest=1 << 30, idle=0.2)
    given = []

    async def push(part, pause):
        said = []

        async def receive():
            await asyncio.sleep(pause)
            given.append(part)
            return {"type": "http.request", "body": part, "more_body": len(given) < 100}

        async def send(message):
            said.append(message)

        await app({"type": "http", "method": "POST", "path": "/ingest/agents", "headers": []}, receive, send)
        return said[0]["status"]

    assert asyncio.run(push(b"x", 0.02)) == 408
    assert len(given) < 50
    given.clear()
    # As slow, and with enough in each part: it is read to its end, and refused for what is in it, or kept.
    app._patience = 3.0
    assert asyncio.run(push(b"x" * 4096, 0.005)) != 408
    assert len(given) == 100
    assert app._bodies == {"agents": 0}


def test_records_without_an_account_are_of_the_sender(tmp_path: Path) -> None:
    feed = PushFeed("agents", tmp_path)
    feed.accept(b"x", "", Sender("444455556666", "us-east-1"), lambda _: None)
    delivery = feed.next(threading.Event())
    assert delivery is not None
    (obj,) = delivery.objects
    assert (obj.account, obj.region) == ("444455556666", "us-east-1")


def test_names_and_callers_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    for name in ("", "..", ".hidden", "a/b", "a" * 65, "ä"):
        with pytest.raises(SourceError, match="no name of a source"):
            PushFeed(name, tmp_path)
    feed = PushFeed("agents", tmp_path)
    for caller in (replace(Sender(), account="../.."), replace(Sender(), region="../../x")):
        with pytest.raises(SourceError, match="cannot be in a path"):
            feed.accept(b"x", "", caller, lambda _: None)


def test_what_was_committed_long_ago_is_deleted_and_what_was_not_is_kept(tmp_path: Path) -> None:
    now = [time.time()]
    feed = PushFeed("agents", tmp_path, kept=3600, clock=lambda: now[0])

    def accept(body: bytes) -> None:
        feed.accept(body, "", Sender(), lambda _: None)

    accept(b"committed")
    delivery = feed.next(threading.Event())
    assert delivery is not None
    delivery.acknowledge([Outcome(obj) for obj in delivery.objects])
    delivery.release()
    accept(b"waiting")
    now[0] += 3601
    accept(b"new")
    assert sorted(path.read_bytes() for path in tmp_path.rglob("*.log")) == [b"new", b"waiting"]


def test_a_delivery_that_was_not_acknowledged_is_handed_out_again(tmp_path: Path) -> None:
    feed = PushFeed("agents", tmp_path)
    feed.accept(b"x", "", Sender(), lambda _: None)
    first = feed.next(threading.Event())
    assert first is not None
    assert feed.backlog() == 1
    first.release()
    second = feed.next(threading.Event())
    assert second is not None
    assert list(first.objects) == list(second.objects)




def test_strangers_are_refused_before_their_body_and_take_no_senders_place(store: Store, tmp_path: Path) -> None:
    def known(scope: Mapping[str, Any]) -> None:
        anybody(scope, b"")

    feed = PushFeed("agents", tmp_path / "pushed")
    with running(store, known_in(tmp_path), feed), serving(Ingest([feed], anybody, expect=known)) as port:
        strangers = []
        for _ in range(BODIES + 4):
            sock = socket.create_connection(("127.0.0.1", port), timeout=10)
            sock.sendall(b"POST /ingest/agents HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
            strangers.append(sock)
        assert all(b" 403 " in sock.recv(1000) for sock in strangers)
        assert post(port, lines(3))[0] == 200
        for sock in strangers:
            sock.close()


def test_a_folder_may_be_given_from_where_the_server_is_started(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    feed = PushFeed("agents", Path("link") / "pushed")
    with running(store, known_in(tmp_path), feed), serving(Ingest([feed], anybody)) as port:
        assert post(port, lines(3)) == (200, {"records": 1, "deadLetters": 0})


def test_the_servers_loop_waits_for_no_disk(tmp_path: Path) -> None:
    feed = PushFeed("agents", tmp_path)
    with feed._lock:  # as `accept` holds it while it writes
        asked = threading.Thread(target=feed.overloaded)
        asked.start()
        asked.join(10)
        assert not asked.is_alive()
