from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.findings.store import Store

HOUR = 3_600_000


def test_a_new_finding_is_due_at_once_and_a_repeat_a_period_after_it_was_sent(store):
    with store.transaction() as batch:
        batch.publish("f", ["hook"], 1000, HOUR)
    (first,) = store.due("hook", 1000)
    assert (first.finding, first.due, first.attempts) == ("f", 1000, 0)
    with store.transaction() as batch:
        batch.sent([first], 2000, HOUR)
        batch.publish("f", ["hook"], 5000, HOUR)
        batch.publish("f", ["hook"], 9000, HOUR)
    assert store.due("hook", HOUR + 1999) == []
    assert [one.due for one in store.due("hook", HOUR + 2000)] == [HOUR + 2000]


def test_what_changes_while_it_is_sent_is_sent_again(store):
    with store.transaction() as batch:
        batch.publish("f", ["hook"], 1000, HOUR)
    (taken,) = store.due("hook", 1000)
    with store.transaction() as batch:
        batch.publish("f", ["hook"], 1500, HOUR)
    with store.transaction() as batch:
        batch.sent([taken], 2000, HOUR)
    assert [one.due for one in store.due("hook", 2 * HOUR)] == [HOUR + 2000]


def test_a_refused_one_is_tried_again_and_counts_its_attempts(store):
    with store.transaction() as batch:
        batch.publish("f", ["hook", "queue"], 1000, HOUR)
    with store.transaction() as batch:
        batch.refused(store.due("hook", 1000), 7000, "no such host " + "x" * 900)
    assert store.due("hook", 6999) == []
    assert [one.attempts for one in store.due("hook", 7000)] == [1]
    assert [one.attempts for one in store.due("queue", 1000)] == [0]


def test_what_is_withheld_is_not_sent_until_it_changes(store):
    with store.transaction() as batch:
        batch.publish("f", ["hook", "queue"], 1000, HOUR)
        batch.withhold(["f"], "hook")
    assert store.due("hook", HOUR) == []
    assert len(store.due("queue", HOUR)) == 1
    with store.transaction() as batch:
        batch.publish("f", ["hook"], 2000, HOUR)
    assert [one.due for one in store.due("hook", HOUR)] == [2000]


def test_the_backlog_says_how_many_wait_and_since_when(store):
    with store.transaction() as batch:
        for number in range(3):
            batch.publish(str(number), ["hook"], 1000 + number, HOUR)
    assert tuple(getattr(store.backlog("hook", 1001), name) for name in ("waiting", "oldest")) == (2, 1000)
    assert store.backlog("other", 1001).waiting == 0
    with store.transaction() as batch:
        batch.drop_publications(destination="hook")
    assert store.backlog("hook", 5000).waiting == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["change", "take", "arrive", "refuse"]), st.integers(1, HOUR)), max_size=30))
def test_the_last_change_is_always_sent_and_never_twice_in_a_period(steps):
    """A destination that sees the finding as it is when it is taken has, in the end, seen its newest state."""
    with Store.in_memory() as store:
        now, state, seen, taken, taken_state = 0, 0, -1, [], 0
        arrivals = []
        def change():
            with store.transaction() as batch:
                batch.publish("f", ["d"], now, HOUR)
        change()
        for what, wait in [*steps, ("arrive", 1), ("take", 3 * HOUR), ("arrive", 1), ("take", 3 * HOUR), ("arrive", 1)]:
            now += wait
            if what == "change":
                state += 1
                change()
            elif what == "take" and not taken:
                taken, taken_state = store.due("d", now), state
            elif what == "arrive" and taken:
                seen = taken_state
                arrivals.append(now)
                with store.transaction() as batch:
                    batch.sent(taken, now, HOUR)
                taken = []
            elif what == "refuse" and taken:
                with store.transaction() as batch:
                    batch.refused(taken, now + 1, "down")
                taken = []
        assert seen == state
        assert all(later - earlier >= HOUR for earlier, later in pairwise(arrivals))


def test_what_is_passed_over_waits_for_a_change_but_not_what_changed_since_it_was_taken(store):
    with store.transaction() as batch:
        batch.publish("same", ["hook"], 1000, HOUR)
        batch.publish("changed", ["hook"], 1000, HOUR)
    taken = store.due("hook", 1000)
    with store.transaction() as batch:
        batch.publish("changed", ["hook"], 1500, HOUR)
        batch.passed_over(taken, "too large")
    assert [one.finding for one in store.due("hook", HOUR)] == ["changed"]
    with store.transaction() as batch:
        batch.publish("same", ["hook"], 2000, HOUR)
    assert [one.finding for one in store.due("hook", HOUR)] == ["changed", "same"]


def test_what_is_withheld_while_it_is_on_its_way_stays_withheld(store):
    with store.transaction() as batch:
        for name in ("sent", "sent-changed", "refused"):
            batch.publish(name, ["hook"], 1000, HOUR)
    taken = {one.finding: one for one in store.due("hook", 1000)}
    with store.transaction() as batch:
        batch.publish("sent-changed", ["hook"], 1500, HOUR)
        batch.withhold(taken)
        batch.sent([taken["sent"], taken["sent-changed"]], 2000, HOUR)
        batch.refused([taken["refused"]], 3000, "down")
    assert store.due("hook", 5 * HOUR) == []


def test_what_was_refused_can_be_hastened_and_repeats_cannot(store):
    with store.transaction() as batch:
        batch.publish("refused", ["hook", "queue"], 1000, HOUR)
        batch.publish("repeat", ["hook"], 1000, HOUR)
    both = store.due("hook", 1000)
    with store.transaction() as batch:
        batch.refused([one for one in both if one.finding == "refused"], HOUR // 6, "denied")
        batch.sent([one for one in both if one.finding == "repeat"], 1000, HOUR)
        batch.publish("repeat", ["hook"], 1500, HOUR)
        batch.refused(store.due("queue", 1000), HOUR // 6, "denied")
        batch.hasten("hook", 2000)
    assert [one.finding for one in store.due("hook", 2000)] == ["refused"]
    assert store.due("queue", 2000) == []


def test_what_is_due_later_than_anything_is_put_off_was_dated_by_a_wrong_clock(store):
    """A new finding is never put off, a refused one for a quarter of an hour at most, a repeat for six hours."""
    with store.transaction() as batch:
        batch.publish("new", ["new"], 100 * HOUR, HOUR)
        batch.publish("refused", ["refused"], 99 * HOUR, HOUR)
        batch.publish("repeat", ["repeat"], 94 * HOUR, 6 * HOUR)
    [refused], [first] = (store.due(name, 99 * HOUR) for name in ("refused", "repeat"))
    with store.transaction() as batch:
        batch.refused([refused], 100 * HOUR, "down")
        batch.sent([first], 94 * HOUR, 6 * HOUR)
        batch.publish("repeat", ["repeat"], 94 * HOUR, 6 * HOUR)
    for name, longest in (("new", HOUR // 4), ("refused", HOUR // 4), ("repeat", 6 * HOUR)):
        assert store.due(name, 100 * HOUR - longest) == []
        assert store.backlog(name, 100 * HOUR - longest).waiting == 0
        assert len(store.due(name, 100 * HOUR - longest - 1)) == 1
        assert store.backlog(name, 100 * HOUR - longest - 1).waiting == 1
