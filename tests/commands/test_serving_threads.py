"""The threads of a server: told to stop, waited for, and missed when they die."""

from __future__ import annotations

import threading
import time

from structlog.testing import capture_logs

from vedette.commands.serving import activating as activating_module
from vedette.commands.serving import heartbeat
from vedette.commands.serving import threads as threads_module
from vedette.commands.serving.activating import activating
from vedette.commands.serving.heartbeat import beating, last_alive
from vedette.commands.serving.threads import Threads
from vedette.errors import StoreError
from vedette.findings.store import Store


def soon(true):
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_threads_finish_what_they_do_when_they_are_told_to_stop():
    done = []

    def work(stop):
        stop.wait()
        time.sleep(0.2)
        done.append(True)

    threads = Threads()
    threads.start("one", work)
    assert not threads.stopping
    threads.stop()
    assert threads.join(20, threading.Event()) == []
    assert (done, threads.dead(), threads.stopping) == ([True], {}, True)


def test_a_thread_that_does_not_finish_is_named_after_so_long_or_when_there_is_a_hurry():
    go_on = threading.Event()
    threads = Threads()
    threads.start("slow", lambda _: go_on.wait(60) and None)
    threads.stop()
    assert threads.join(0.2, threading.Event()) == ["slow"]
    hurried = threading.Event()
    threading.Timer(0.2, hurried.set).start()
    assert threads.join(3600, hurried) == ["slow"]
    go_on.set()


def test_a_thread_that_dies_or_ends_too_early_is_missed_and_the_others_go_on():
    def dies(_stop):
        raise ValueError("a bug")

    with capture_logs() as told:
        threads = Threads()
        threads.start("dying", dies)
        threads.start("ending", lambda _: None)
        threads.start("working", lambda stop: stop.wait() and None)
        soon(lambda: len(threads.dead()) == 2)
    assert threads.dead() == {"dying": "it died of ValueError, and is begun anew",
                              "ending": "it has ended, and is begun anew"}
    assert {line["thread"] for line in told if "thread" in line} == {"dying", "ending"}
    threads.stop()
    assert threads.join(20, threading.Event()) == []


def test_work_that_died_is_begun_anew_after_longer_and_longer_waits_and_then_not_missed_any_more(monkeypatch):
    monkeypatch.setattr(threads_module, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(threads_module, "LONGEST_WAIT", 0.03)
    begun = []

    def works_at_last(stop):
        begun.append(True)
        if len(begun) <= 4:
            raise ValueError("a bug")
        stop.wait()

    with capture_logs() as told:
        threads = Threads()
        threads.start("one", works_at_last)
        soon(lambda: len(begun) == 5)
        soon(lambda: not threads.dead())
        threads.stop()
        assert threads.join(20, threading.Event()) == []
    assert [line["wait_seconds"] for line in told if "wait_seconds" in line] == [0.01, 0.02, 0.03, 0.03]
    assert len(begun) == 5


def test_work_that_was_sound_for_long_is_begun_anew_at_once(monkeypatch):
    monkeypatch.setattr(threads_module, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(threads_module, "SOUND", 0.0)
    begun = []

    def dies(stop):
        begun.append(True)
        if len(begun) == 4:
            stop.wait()
        raise ValueError("a bug")

    with capture_logs() as told:
        threads = Threads()
        threads.start("one", dies)
        soon(lambda: len(begun) == 4)
        threads.stop()
        assert threads.join(20, threading.Event()) == []
    assert [line["deaths"] for line in told if "deaths" in line] == [1, 1, 1]


def test_a_server_that_stops_does_not_wait_for_work_that_died():
    def dies(_stop):
        raise ValueError("a bug")

    threads = Threads()
    threads.start("one", dies)
    soon(threads.dead)
    threads.stop()
    assert threads.join(60, threading.Event()) == []


def test_activating_goes_on_after_the_database_was_away_and_after_a_bug(monkeypatch):
    monkeypatch.setattr(activating_module, "WAIT", 0.01)
    monkeypatch.setattr(activating_module, "LOOK", 0.01)
    stop = threading.Event()
    asked = []

    class Activator:
        def step(self):
            asked.append(True)
            if len(asked) == 1:
                raise StoreError("locked")
            if len(asked) == 2:
                raise ZeroDivisionError
            if len(asked) == 5:
                stop.set()
            return len(asked) == 3

    with capture_logs() as told:
        activating(Activator())(stop)
    assert len(asked) == 5
    assert [line["log_level"] for line in told] == ["warning", "error"]


def test_the_heart_beats_until_it_is_told_to_stop(tmp_path, monkeypatch):
    monkeypatch.setattr(heartbeat, "PERIOD", 0.01)
    moments = iter(range(1_000, 100_000_000, 1_000))
    with Store.open(tmp_path) as store:
        assert last_alive(store) is None
        stop = threading.Event()
        thread = threading.Thread(target=beating(store, lambda: next(moments)), args=(stop,))
        thread.start()
        soon(lambda: (last_alive(store) or 0) >= 3_000)
        stop.set()
        thread.join(20)
        assert not thread.is_alive()
