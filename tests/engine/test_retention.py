import threading

import pytest
from sqlalchemy import func, select

from tests.findings.documents import document, put, row_of
from vedette.detectors.signal import Evidence
from vedette.engine import retention
from vedette.engine.retention import DAY, Retention
from vedette.findings import schema
from vedette.findings.activity import Activity, Person
from vedette.findings.receptions import Heard
from vedette.findings.rows import Handling, Usage
from vedette.logs.times import format_time

NOW = 1_800_000_000_000


def updated(number, days_ago):
    return document(number, updatedAt=format_time(NOW - days_ago * DAY))


@pytest.fixture
def kept(store):
    """Findings 1 to 5, last updated as many tens of days ago."""
    with store.transaction() as batch:
        for number in range(1, 6):
            found = updated(number, number * 10)
            batch.put_finding(row_of(found), found, b"", [Evidence(1, "r", "o", "1", 1)])
            batch.handle(found["id"], Handling(comments="seen", status="RESOLVED", assignee="ann"))
            batch.note([found["id"]], Activity(
                time=NOW, what="COMMENT", text="seen", by=Person(account="111122223333", name="ann")))
            batch.publish(found["id"], ["hook"], NOW, DAY)
    return store


def ids(*numbers):
    return {document(number)["id"] for number in numbers}


def test_findings_not_updated_for_so_many_days_are_removed(kept):
    assert Retention(kept, 30, lambda: NOW).step() == 2
    assert set(kept.list().ids) == ids(1, 2, 3)


def test_nothing_of_a_removed_finding_is_left(kept):
    Retention(kept, 1, lambda: NOW).step()
    with kept._connected() as connection:
        for table in ("finding", "finding_document", "finding_entity", "attribute", "posting", "evidence", "handling",
                      "activity", "publication"):
            assert connection.scalar(select(func.count()).select_from(schema.metadata.tables[table])) == 0, table


def test_a_finding_that_is_still_judged_is_not_removed(kept):
    with kept.transaction() as batch:
        batch.add_open([("s", document(5)["id"], 1, b"")])
    assert Retention(kept, 30, lambda: NOW).step() == 1
    assert set(kept.list().ids) == ids(1, 2, 3, 5)


def test_a_log_is_known_as_long_as_something_of_it_came_within_two_months(store):
    with store.transaction() as batch:
        for kind, days in (("dns", 59), ("rds", 61)):
            batch.hear([Heard(account="1", region="r", kind=kind, first=0, last=1)], NOW - days * DAY)
    Retention(store, 30, lambda: NOW).step()
    assert [one.kind for one in store.receptions([("1", "r")])] == ["dns"]


def test_what_was_analysed_is_known_as_long_as_anybody_can_ask_for_it(store):
    today = NOW // DAY
    counted = Usage(account="111122223333", region="eu-west-1", kind="dns", records=5, bytes=50)
    with store.transaction() as batch:
        for days_ago in (0, 29, retention.USAGE_DAYS, retention.USAGE_DAYS + 1):
            batch.count_usage([counted], NOW - days_ago * DAY)
    Retention(store, 30, lambda: NOW).step()
    assert sorted(one.day for one in store.usage(0)) == [today - retention.USAGE_DAYS, today - 29, today]


def test_one_transaction_removes_no_more_than_its_share(kept):
    with kept.transaction() as batch:
        assert [batch.delete_findings_before(NOW, limit) for limit in (2, 2, 2, 2)] == [2, 2, 1, 0]


def test_a_clock_set_back_removes_nothing(kept):
    assert Retention(kept, 30, lambda: NOW - 3650 * DAY).step() == 0


def test_the_thread_removes_everything_that_is_too_old_and_stops(kept, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    monkeypatch.setattr(retention, "PAUSE", 0)
    with kept.transaction() as batch:
        put(batch, updated(6, 0))
    stop = threading.Event()
    thread = threading.Thread(target=Retention(kept, 5, lambda: NOW).run, args=(stop,))
    thread.start()
    for _ in range(200):
        if len(kept.list().ids) == 1:
            break
        stop.wait(0.05)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert set(kept.list().ids) == ids(6)
