"""Health, readiness and metrics, asked in this process: what a real server cannot be brought to at will."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from tests.findings.documents import document, put
from vedette.api import operating
from vedette.api.metrics import RequestMetrics, StateMetrics, new_registry
from vedette.api.operating import Operating
from vedette.engine.service import Progress
from vedette.errors import StoreError
from vedette.findings.configuration import Destination, RuleTrial
from vedette.findings.policy import EXPORT
from vedette.findings.store import Store

NOW = 1_800_000_000_000


def scope(path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}


async def answer(app: Any, asked: dict[str, Any]) -> tuple[int, dict[bytes, bytes], str]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        raise AssertionError("these paths need no body")

    await app(asked, receive, send)
    start, *parts = sent
    return start["status"], dict(start["headers"]), b"".join(part.get("body", b"") for part in parts).decode()


def ask(app: Any, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    status, _, text = asyncio.run(answer(app, scope(path, method, **headers)))
    return status, text


def operating_of(store: Any, registry: Any = None, **given: Any) -> Operating:
    settings: dict[str, Any] = {"stopping": lambda: False, "dead": dict, "token": None, "exposed": False, **given}
    return Operating(store, registry or new_registry(), **settings)


def test_a_server_is_ready_while_the_database_answers_and_nothing_has_died(store):
    assert ask(operating_of(store), "/readyz") == (200, "ready\n")


def test_why_a_server_is_not_ready_is_told_line_by_line(store):
    app = operating_of(store, stopping=lambda: True, dead=lambda: {"sources": "it died of ValueError",
                                                                   "publisher": "it has ended"})
    status, text = ask(app, "/readyz")
    assert (status, text.splitlines()) == (
        503, ["the server is stopping", "publisher: it has ended", "sources: it died of ValueError"])
    assert ask(app, "/healthz") == (200, "alive\n")


@pytest.mark.parametrize("error", [
    StoreError("no", where="postgresql://user:password@host"), OperationalError("SELECT", {}, Exception("password"))])
def test_a_database_that_is_away_is_told_without_its_address(error):
    class Away:
        def meta(self, _key: str) -> None:
            raise error

    status, text = ask(operating_of(Away()), "/readyz")
    assert (status, text) == (503, f"the database does not answer ({type(error).__name__})\n")


def test_a_database_that_hangs_is_told_and_collects_no_threads(monkeypatch):
    monkeypatch.setattr(operating, "PATIENCE", 0.1)
    asked, go_on = [], threading.Event()

    class Hanging:
        writable = True

        def meta(self, key: str) -> None:
            asked.append(key)
            go_on.wait(30)

    async def several() -> list[int]:
        app = operating_of(Hanging())
        found = [(await answer(app, scope("/readyz")))[0] for _ in range(3)]
        go_on.set()
        await asyncio.sleep(0.2)
        return [*found, (await answer(app, scope("/readyz")))[0]]

    assert asyncio.run(several()) == [503, 503, 503, 200]
    assert len(asked) == 2


def test_only_get_and_only_these_paths_are_served(store):
    app = operating_of(store)
    for path in ("/healthz", "/readyz", "/metrics"):
        assert ask(app, path, "POST")[0] == 405
        assert ask(app, path, "HEAD") == (200, "")
    for path in ("/", "/healthz/", "/metrics/x", "//healthz", "/HEALTHZ"):
        assert ask(app, path)[0] == 404


@pytest.mark.parametrize(("token", "exposed", "sent", "status"), [
    (None, False, None, 200), (None, True, None, 403), (None, True, "Bearer ", 403), ("t", False, None, 401),
    ("t", True, "Bearer t", 200), ("t", True, "Bearer u", 401), ("t", True, "Bearer ", 401), ("t", True, "t", 401),
    ("t", True, "bearer t", 401), ("t", True, "Bearer \xfc", 401)])
def test_metrics_are_shown_to(store, token, exposed, sent, status):
    headers = {} if sent is None else {"authorization": sent}
    found, text = ask(operating_of(store, token=token, exposed=exposed), "/metrics", **headers)
    assert found == status
    assert ("process_cpu_seconds_total" in text) == (status == 200)


def lines_of(text: str) -> dict[str, float]:
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in text.splitlines() if line.startswith("vedette_")}


def state_metrics(store: Store, progress: list[Progress] = [], failing: dict[str, str] = {}) -> dict[str, float]:  # noqa: B006
    registry = new_registry()
    registry.register(StateMetrics(store, lambda: NOW, destinations=["hook"], progress=lambda: progress,
                                   failing=lambda: failing))
    return lines_of(ask(operating_of(store, registry), "/metrics")[1])


def test_findings_are_counted_by_their_band(store):
    with store.transaction() as batch:
        for number, severity in enumerate((1.0, 3.9, 4.0, 7.0, 8.9, 9.0, 10.0)):
            put(batch, document(number, severity=severity))
    found = state_metrics(store)
    assert [found[f'vedette_findings{{severity="{band}"}}'] for band in ("Low", "Medium", "High", "Critical")] == [
        2, 1, 2, 2]


def test_what_rules_that_are_tried_would_have_found_is_counted(store):
    assert not any("trial" in name for name in state_metrics(store))
    with store.transaction() as batch:
        batch.configure(RuleTrial(account="111122223333", region="eu-west-1", id="ami-external-access", matches=3))
    assert state_metrics(store)[
        'vedette_custom_rule_trial_matches_total{account="111122223333",region="eu-west-1",rule="ami-external-access"}'
    ] == 3


def test_sources_show_what_they_have_done_and_how_far_they_are_behind(store):
    found = state_metrics(store, [
        Progress("a", objects=3, size=70, records={"cloudtrail": 5, "dns": 6}, dead_letters=1, failed=2, waiting=4,
                 oldest_waiting=NOW - 90_000, last_event=NOW - 1_500, errors=8, failure="away"), Progress('b"\n')])
    of_a = {name.replace('source="a"', "").replace("{}", ""): value for name, value in found.items()
            if 'source="a"' in name}
    assert of_a == {
        "vedette_source_objects_total": 3, "vedette_source_bytes_total": 70, 'vedette_source_records_total{kind='
        '"cloudtrail",}': 5, 'vedette_source_records_total{kind="dns",}': 6, "vedette_source_dead_letters_total": 1,
        "vedette_source_unreadable_objects_total": 2, "vedette_source_errors_total": 8,
        "vedette_source_waiting_objects": 4, "vedette_source_lag_seconds": 90,
        "vedette_source_last_event_time_seconds": (NOW - 1_500) / 1000, "vedette_source_up": 0}
    assert found['vedette_source_up{source="b\\"\\n"}'] == 1


def test_destinations_show_what_waits_and_whether_they_work(store):
    with store.transaction() as batch:
        batch.configure(Destination(account="1", region="r", id="d1", arn="arn:aws:s3:::b"))
        batch.publish("f1", ["hook", EXPORT + "d1"], NOW - 60_000, 0)
        batch.publish("f2", ["hook"], NOW - 30_000, 0)
    found = state_metrics(store, failing={"hook": "refused"})
    assert [found[f'vedette_{name}{{destination="hook"}}'] for name in (
        "outbox_waiting_findings", "outbox_lag_seconds", "destination_up")] == [2, 60, 0]
    assert [found[f'vedette_{name}{{destination="export/d1"}}'] for name in (
        "outbox_waiting_findings", "outbox_lag_seconds", "destination_up")] == [1, 60, 1]


def test_metrics_are_shown_without_the_databases_while_it_is_away():
    class Away:
        def statistics(self, _by: str) -> None:
            raise StoreError("away")

    found = state_metrics(Away(), [Progress("a", objects=3)])  # type: ignore[arg-type]
    assert found["vedette_database_up"] == 0
    assert found['vedette_source_objects_total{source="a"}'] == 3
    assert not any(name.startswith("vedette_findings") for name in found)


def test_a_request_that_breaks_the_server_counts_as_500(store):
    async def broken(_scope: Any, _receive: Any, _send: Any) -> None:
        raise RuntimeError

    registry = new_registry()
    app = RequestMetrics(broken, registry)
    with pytest.raises(RuntimeError):
        ask(app, "/detector")
    found = lines_of(ask(operating_of(store, registry), "/metrics")[1])
    assert found['vedette_api_requests_total{operation="ListDetectors",status="500"}'] == 1


def test_strangers_paths_make_no_new_labels(store):
    async def nothing_here(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})

    registry = new_registry()
    app = RequestMetrics(nothing_here, registry)
    for path in ("/detector/a/b/c/d/e", "/detector/x/y/z/w/v", "/nowhere/1", "/nowhere/2", "/"):
        assert ask(app, path)[0] == 404
    found = lines_of(ask(operating_of(store, registry), "/metrics")[1])
    assert {name: value for name, value in found.items() if name.startswith("vedette_api_requests_total")} == {
        'vedette_api_requests_total{operation="unknown",status="404"}': 2}


def test_the_consoles_requests_have_names_of_their_own(store):
    async def answered(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    registry = new_registry()
    app = RequestMetrics(answered, registry)
    for method, path in (("POST", "/vedette/v1/session"), ("GET", "/vedette/v1/session"), ("GET", "/vedette/v1/health"),
                         ("GET", "/vedette/v1/findings/0123/evidence"), ("GET", "/vedette/v1/nothing"), ("GET", "/")):
        ask(app, path, method)
    found = lines_of(ask(operating_of(store, registry), "/metrics")[1])
    assert {name for name in found if name.startswith("vedette_api_requests_total")} == {
        f'vedette_api_requests_total{{operation="{name}",status="200"}}'
        for name in ("CreateSession", "GetSession", "GetHealth", "GetEvidence", "unknown")}
