"""The outbox is emptied whatever happens on the way: at least once, nothing invented, nobody held up by another."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.findings.documents import document, put
from tests.publish.many import answering
from vedette.engine.publisher import AT_ONCE, FIRST_WAIT, LONGEST_WAIT, Publisher, wait_after
from vedette.errors import StoreError
from vedette.findings.configuration import Destination, DetectorSettings
from vedette.findings.rows import Handling
from vedette.findings.store import Store
from vedette.publish.destination import ARRIVED, UNTRIED, Outcome

ACCOUNT, REGION = "111122223333", "eu-west-1"
HOUR = 3_600_000


class Clock:
    def __init__(self, now=10_000_000):
        self.now = now

    def __call__(self):
        return self.now


class Recorder:
    """A destination that keeps what arrives. ``say(document)`` gives each outcome; as a sender it stops where a sender
    does: after a refusal the rest is untried."""

    def __init__(self, say=lambda _: ARRIVED):
        self.say = say
        self.got = []
        self.calls = 0

    def send(self, documents, now):
        self.calls += 1
        outcomes = []
        for one in documents:
            outcome = self.say(one)
            outcomes.append(outcome)
            if outcome.fate == "arrived":
                self.got.append(one)
            elif outcome.fate != "never":
                break
        return outcomes + [UNTRIED] * (len(documents) - len(outcomes))

    def numbers(self):
        return [int(one["id"], 16) for one in self.got]


def publish(store, clock, *numbers, to=("hook",), period=6 * HOUR, **fields):
    with store.transaction() as batch:
        for number in numbers:
            one = document(number, **fields)
            put(batch, one)
            batch.publish(one["id"], to, clock(), period)


def drain(publisher):
    for _ in range(200):
        if not publisher.step():
            return
    raise AssertionError("there is no end to it")


@pytest.fixture
def clock():
    return Clock()


def test_what_is_due_is_sent_once_as_it_is_now(store, clock):
    hook, queue = Recorder(), Recorder()
    publisher = Publisher(store, {"hook": hook, "queue": queue}, clock)
    assert not publisher.step()
    publish(store, clock, 1, 2, to=("hook", "queue"))
    assert publisher.step()
    assert not publisher.step()
    assert (hook.numbers(), queue.numbers()) == ([1, 2], [1, 2])
    assert hook.got[0] == document(1)


def test_many_are_sent_a_portion_at_a_time(store, clock):
    hook = Recorder()
    publish(store, clock, *range(1, 2 * AT_ONCE + 2))
    drain(Publisher(store, {"hook": hook}, clock))
    assert sorted(hook.numbers()) == list(range(1, 2 * AT_ONCE + 2))
    assert hook.calls == 3


def test_repeats_follow_by_the_detectors_frequency(store, clock):
    hook = Recorder()
    publisher = Publisher(store, {"hook": hook}, clock)
    with store.transaction() as batch:
        batch.configure(DetectorSettings(account=ACCOUNT, region=REGION, id="d", frequency="FIFTEEN_MINUTES"))

    def say(one):
        # The finding happens again while it is on its way.
        if one["service"]["count"] == 1:
            publish(store, clock, 1, count=2, period=HOUR // 4)
        return ARRIVED

    hook.say = say
    publish(store, clock, 1)
    drain(publisher)
    clock.now += HOUR // 4 - 1
    assert not publisher.step()
    clock.now += 1
    assert publisher.step()
    assert [one["service"]["count"] for one in hook.got] == [1, 2]


@pytest.mark.parametrize("fate", ["later", "unable"])
def test_what_is_refused_is_tried_again_after_twice_the_time_to_a_quarter_of_an_hour(store, clock, fate):
    hook = Recorder(lambda _: Outcome(fate, "down"))
    publisher = Publisher(store, {"hook": hook}, clock)
    publish(store, clock, 1)
    waits = []
    for _ in range(14):
        assert publisher.step()
        waited = clock.now
        due = store.due("hook", clock.now + 2 * LONGEST_WAIT)[0].due
        clock.now = due - 1
        assert not publisher.step()
        clock.now = due
        waits.append(due - waited)
    assert waits == [min(FIRST_WAIT * 2 ** number, LONGEST_WAIT) for number in range(14)]
    assert publisher.failing() == {"hook": "down"}
    hook.say = lambda _: ARRIVED
    assert publisher.step()
    assert (hook.numbers(), publisher.failing()) == ([1], {})


def test_a_destination_that_is_down_is_asked_once_a_wait_not_once_a_finding(store, clock):
    hook = Recorder(lambda _: Outcome("later", "down"))
    publisher = Publisher(store, {"hook": hook}, clock)
    publish(store, clock, *range(1, 1001))
    for _ in range(600):
        publisher.step()
        clock.now += 1000
    assert hook.calls == 10  # after 0, 1, 3, 7, … 511 seconds
    hook.say = lambda _: ARRIVED
    clock.now += LONGEST_WAIT
    drain(publisher)
    assert sorted(hook.numbers()) == list(range(1, 1001))


@pytest.mark.parametrize("fate", ["later", "unable"])
def test_one_finding_that_is_always_refused_does_not_hold_up_the_others(store, clock, fate):
    hook = Recorder(lambda one: Outcome(fate, "no") if int(one["id"], 16) == 1 else ARRIVED)
    publisher = Publisher(store, {"hook": hook}, clock)
    publish(store, clock, *range(1, 6))
    for _ in range(5):
        publisher.step()
        clock.now += 1000
    assert hook.numbers() == [2, 3, 4, 5]


def test_what_can_never_be_sent_is_given_up_until_it_changes(store, clock):
    hook = Recorder(lambda one: Outcome("never", "too large") if one["service"]["count"] == 1 else ARRIVED)
    publisher = Publisher(store, {"hook": hook}, clock)
    publish(store, clock, 1)
    drain(publisher)
    clock.now += 100 * HOUR
    assert (hook.calls, publisher.step(), publisher.failing()) == (1, False, {})
    publish(store, clock, 1, count=2)
    drain(publisher)
    assert hook.numbers() == [1]


def test_archived_findings_are_not_exported_but_told_of_elsewhere(store, clock):
    hook, bucket = Recorder(), Recorder()
    with store.transaction() as batch:
        batch.configure(Destination(account=ACCOUNT, region=REGION, id="x", arn="arn:aws:s3:::b"))
    publisher = Publisher(store, {"hook": hook}, clock, lambda _: bucket)
    publish(store, clock, 1, to=("hook", "export/x"), archived=True)
    publish(store, clock, 2, to=("hook", "export/x"))
    drain(publisher)
    assert (hook.numbers(), bucket.numbers()) == ([1, 2], [2])
    publish(store, clock, 1, to=("export/x",))  # taken out of the archive
    drain(publisher)
    assert bucket.numbers() == [2, 1]


def test_suppressed_findings_are_sent_nowhere(store, clock):
    hook = Recorder()
    publish(store, clock, 1, archived=True)
    with store.transaction() as batch:
        batch.handle(document(1)["id"], Handling(suppressed_by="noise"))
    drain(Publisher(store, {"hook": hook}, clock))
    assert hook.got == []


def test_a_finding_that_is_gone_is_forgotten(store, clock):
    with store.transaction() as batch:
        batch.publish("f" * 32, ["hook", "queue"], clock(), HOUR)
    hook = Recorder()
    assert Publisher(store, {"hook": hook}, clock).step()
    assert (hook.calls, store.backlog("hook", clock()).waiting, store.backlog("queue", clock()).waiting) == (0, 0, 0)


def test_what_is_withheld_while_it_is_refused_stays_withheld(store, clock):
    def say(one):
        with store.transaction() as batch:
            batch.withhold([one["id"]])
        return Outcome("later", "down")

    publisher = Publisher(store, {"hook": Recorder(say)}, clock)
    publish(store, clock, 1)
    publisher.step()
    clock.now += HOUR
    assert not publisher.step()


def test_what_changes_while_it_is_given_up_is_sent(store, clock):
    def say(one):
        if one["service"]["count"] == 1:
            publish(store, clock, 1, count=2)
            return Outcome("never", "no")
        return ARRIVED

    hook = Recorder(say)
    publish(store, clock, 1)
    drain(Publisher(store, {"hook": hook}, clock))
    assert hook.numbers() == [1]


def test_a_clock_that_is_set_back_stops_nothing(store, clock):
    hook = Recorder(lambda _: Outcome("later", "down"))
    publisher = Publisher(store, {"hook": hook}, clock)
    publish(store, clock, 1)
    publisher.step()
    hook.say = lambda _: ARRIVED
    clock.now -= 1000 * HOUR
    assert publisher.step()
    assert hook.numbers() == [1]


# Exports that users configure.


def export(store, **fields):
    with store.transaction() as batch:
        batch.configure(Destination(**{"account": ACCOUNT, "region": REGION, "id": "x", "arn": "arn:aws:s3:::b",
                                       "status": "PUBLISHING", **fields}))


def exported(store):
    return store.configuration(Destination, ACCOUNT, REGION, "x")


def test_an_export_says_since_when_somebody_must_look_at_it(store, clock):
    bucket = Recorder(lambda _: Outcome("unable", "AccessDenied"))
    publisher = Publisher(store, {}, clock, lambda _: bucket)
    export(store)
    publish(store, clock, 1, to=("export/x",))
    publisher.step()
    began = clock.now
    clock.now += FIRST_WAIT
    publisher.step()
    assert (exported(store).status, exported(store).failing_since) == (
        "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY", began)
    bucket.say = lambda _: ARRIVED
    clock.now += LONGEST_WAIT
    publisher.step()
    assert (exported(store).status, exported(store).failing_since, bucket.numbers()) == ("PUBLISHING", 0, [1])


def test_a_bucket_that_is_only_busy_is_not_said_to_need_mending(store, clock):
    export(store)
    publish(store, clock, 1, to=("export/x",))
    Publisher(store, {}, clock, lambda _: Recorder(lambda _: Outcome("later", "SlowDown"))).step()
    assert exported(store).status == "PUBLISHING"


def test_senders_are_made_anew_when_an_export_changes_and_kept_when_it_does_not(store, clock):
    made = []
    publisher = Publisher(store, {}, clock, lambda one: made.append(one.arn) or Recorder())
    export(store)
    publisher.step()
    publisher.step()
    export(store, arn="arn:aws:s3:::c")
    publisher.step()
    assert made == ["arn:aws:s3:::b", "arn:aws:s3:::c"]
    export(store, arn="arn:aws:s3:::c", updated=5)  # confirmed: what was wrong lay elsewhere
    publisher.step()
    assert len(made) == 3
    with store.transaction() as batch:
        batch.unconfigure(Destination, ACCOUNT, REGION, "x")
    publish(store, clock, 1, to=("export/x",))
    assert not publisher.step()


# Threads.


def served(publisher, *, until, seconds=20):
    stop = threading.Event()
    thread = threading.Thread(target=publisher.run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + seconds
    try:
        while not until() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert until()
    finally:
        stop.set()
        thread.join(seconds)
    assert not thread.is_alive()


def test_a_destination_that_hangs_delays_no_other(store, clock):
    release = threading.Event()
    slow, quick = Recorder(lambda _: release.wait(20) and ARRIVED), Recorder()
    publish(store, clock, 1, 2, to=("slow", "quick"))

    def done():
        if len(quick.got) == 2 and not release.is_set():
            assert slow.got == []
            release.set()
        return len(slow.got) == 2

    served(Publisher(store, {"slow": slow, "quick": quick}, clock), until=done)


def test_an_export_that_is_configured_meanwhile_is_served(store, clock):
    bucket = Recorder()
    publisher = Publisher(store, {}, clock, lambda _: bucket)
    begun = []

    def until():
        if not begun:
            begun.append(True)
            export(store)
            publish(store, clock, 1, to=("export/x",))
        return bucket.numbers() == [1] and not store.backlog("export/x", clock()).waiting

    served(publisher, until=until)


def test_the_thread_of_an_export_ends_with_it(store, clock):
    bucket = Recorder()
    export(store)
    publish(store, clock, 1, to=("export/x",))
    deleted = []

    def until():
        if bucket.got and not deleted:
            deleted.append(True)
            with store.transaction() as batch:
                batch.unconfigure(Destination, ACCOUNT, REGION, "x")
        return deleted and "publish export/x" not in [thread.name for thread in threading.enumerate()]

    served(Publisher(store, {}, clock, lambda _: bucket), until=until)


def test_a_publisher_that_fails_leaves_no_thread_behind_and_can_be_run_again(store, clock):
    """Two threads of one destination would send everything twice."""
    hook = Recorder()
    faults = [ZeroDivisionError("a bug")]

    def exporter(_):
        if faults:
            raise faults.pop()
        return Recorder()

    publisher = Publisher(store, {"hook": hook}, clock, exporter)
    stop = threading.Event()
    publish(store, clock, 1)
    thread = threading.Thread(target=_fails, args=(publisher.run, stop))
    thread.start()
    deadline = time.monotonic() + 20
    while not hook.got and time.monotonic() < deadline:
        time.sleep(0.02)
    export(store)
    thread.join(20)
    assert not thread.is_alive()
    assert "publish hook" not in [one.name for one in threading.enumerate()]
    publish(store, clock, 2, to=("hook", "export/x"))
    served(publisher, until=lambda: hook.numbers() == [1, 2])


def _fails(run, stop):
    with pytest.raises(ZeroDivisionError):
        run(stop)


def test_a_bug_in_one_sender_neither_loses_findings_nor_stops_the_others(store, capsys):
    broken = []

    class Broken(Recorder):
        def send(self, documents, now):
            if len(broken) < 2:
                broken.append(True)
                raise ZeroDivisionError("a bug")
            return super().send(documents, now)

    bad, good = Broken(), Recorder()
    publish(store, lambda: 1, 1, to=("bad", "good"))
    served(Publisher(store, {"bad": bad, "good": good}, lambda: time.time_ns() // 1_000_000),
           until=lambda: bad.numbers() == [1])
    assert good.numbers() == [1]
    assert "a bug" in capsys.readouterr().out


def test_what_is_sent_while_the_database_cannot_be_written_is_noted_later_and_not_sent_again(store, monkeypatch):
    hook = Recorder()
    publish(store, lambda: 1, 1)
    locked = [StoreError("the database cannot be written: disk full")] * 2
    transaction = store.transaction

    def perhaps():
        if locked:
            raise locked.pop()
        return transaction()

    monkeypatch.setattr(store, "transaction", perhaps)
    served(Publisher(store, {"hook": hook}, lambda: time.time_ns() // 1_000_000),
           until=lambda: not store.backlog("hook", 1 << 50).waiting)
    assert (locked, hook.calls) == ([], 1)


# Whatever happens.


class Killed(BaseException):
    pass


FATES = ["arrived", "arrived", "arrived", "later", "unable", "never", "kill before", "kill after", "locked"]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_every_finding_that_is_not_suppressed_arrives_and_none_is_invented(data):
    """Destinations refuse, the process dies before or after a send, the database is locked: in the end all is there."""
    clock = Clock()
    with Store.in_memory() as store:
        states: dict[int, int] = {}
        suppressed: set[int] = set()
        given_up: set[tuple[int, int]] = set()
        trouble = True
        received: list[tuple[int, int]] = []

        class Troubled:
            def send(self, documents, now):
                fates = [data.draw(st.sampled_from(FATES)) if trouble else "arrived" for _ in documents]
                if "kill before" in fates:
                    raise Killed
                outcomes = []
                for one, fate in zip(documents, fates, strict=True):
                    what = int(one["id"], 16), one["service"]["count"]
                    if fate == "never":
                        given_up.add(what)
                    if fate not in ("later", "unable", "never"):
                        received.append(what)
                        fate = "arrived"
                    outcomes.append(Outcome(fate))
                if data.draw(st.booleans()) and trouble:
                    outcomes[1:] = [UNTRIED] * (len(outcomes) - 1)
                if "kill after" in fates:
                    raise Killed
                if "locked" in fates:
                    raise StoreError("locked")
                return outcomes

        def fresh():
            return Publisher(store, {"hook": Troubled()}, clock)

        publisher = fresh()
        for step in data.draw(st.lists(st.sampled_from(["find", "repeat", "step", "wait"]), max_size=40)):
            if step == "find":
                number = len(states) + 1
                states[number] = 1
                hidden = data.draw(st.booleans())
                with store.transaction() as batch:
                    put(batch, document(number, archived=hidden))
                    if hidden:
                        # As one that was queued before somebody made a rule of it.
                        batch.handle(document(number)["id"], Handling(suppressed_by="rule"))
                        suppressed.add(number)
                    batch.publish(document(number)["id"], ["hook"], clock(), 6 * HOUR)
            elif step == "repeat" and states:
                number = data.draw(st.sampled_from(sorted(states)))
                states[number] += 1
                publish(store, clock, number, count=states[number], archived=number in suppressed)
            elif step == "wait":
                clock.now += data.draw(st.integers(1, 7 * HOUR))
            else:
                try:
                    publisher.step()
                except (Killed, StoreError):
                    publisher = fresh()
        trouble = False
        for _ in range(3):
            clock.now += 7 * HOUR
            drain(publisher)
        for number, state in states.items():
            if number not in suppressed and (number, state) not in given_up:
                assert (number, state) in received
        for number, state in received:
            assert number not in suppressed
            assert 1 <= state <= states[number]
        assert store.backlog("hook", clock()).waiting == 0


SERVE = """
import sys, threading, time
from vedette.engine.publisher import Publisher
from vedette.findings.store import Store
from vedette.publish.webhook import Webhook
with Store.open(sys.argv[1]) as store:
    print("ready", flush=True)
    senders = {"hook": Webhook(sys.argv[2], "secret")}
    Publisher(store, senders, lambda: time.time_ns() // 1_000_000).run(threading.Event())
"""


@pytest.mark.long
def test_a_publisher_that_is_killed_again_and_again_sends_everything(tmp_path):
    count, rng = 1200, random.Random(7)
    got: list[str] = []

    def take(request, body):
        got.append(json.loads(body)["detail"]["id"])
        return (503, b"busy") if rng.random() < 0.02 else (204, b"")

    with Store.open(tmp_path) as store, answering(take) as url:
        publish(store, lambda: 1, *range(count))
        kills = 0
        deadline = time.monotonic() + 60
        while store.backlog("hook", 1 << 50).waiting and time.monotonic() < deadline:
            serving = subprocess.Popen([sys.executable, "-c", SERVE, str(tmp_path), url], stdout=subprocess.PIPE)
            assert serving.stdout.readline() == b"ready\n"
            wait = rng.uniform(0.02, 0.3) if kills < 8 else 3
            try:
                serving.wait(wait)
            except subprocess.TimeoutExpired:
                serving.send_signal(signal.SIGKILL)
                serving.wait()
                kills += 1
            serving.stdout.close()
        assert store.backlog("hook", 1 << 50).waiting == 0
    assert kills >= 3
    assert set(got) == {document(number)["id"] for number in range(count)}


def test_waits_double_to_a_quarter_of_an_hour():
    assert [wait_after(attempts) for attempts in (1, 2, 3, 10, 11, 1000)] == [
        1000, 2000, 4000, 512_000, 900_000, 900_000]
