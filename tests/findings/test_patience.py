"""Reading that takes too long is broken off; writing is not."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from vedette.findings import database
from vedette.findings.configuration import DetectorSettings
from vedette.findings.database import patience
from vedette.findings.store import Store

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def ask(store: Store, query: str) -> object:
    with store._connected() as connection:
        return connection.scalar(text(query))


def test_reading_is_broken_off_when_patience_ends_and_the_next_reads_on(store: Store) -> None:
    with patience(0.3) as deadline, pytest.raises(OperationalError):
        ask(store, ENDLESS)
    assert deadline.passed()
    with patience(60):
        assert ask(store, "SELECT 1") == 1
    assert ask(store, "SELECT 2") == 2


def test_what_is_asked_after_patience_has_ended_is_not_answered_at_length(store: Store) -> None:
    with patience(0.0), pytest.raises(OperationalError):
        ask(store, ENDLESS)


def test_one_threads_patience_is_not_anothers(store: Store) -> None:
    told: list[object] = []
    long = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n"
    with patience(0.0):
        thread = threading.Thread(target=lambda: told.append(ask(store, long)))
        thread.start()
        thread.join(60)
    assert told == [300_000]


def test_writing_is_not_broken_off(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_STEPS", 1)
    with patience(0.0), store.transaction() as batch:
        batch.configure(DetectorSettings(account="1", region="r", id="d"))
    assert [one.id for one in store.configured(DetectorSettings)] == ["d"]
