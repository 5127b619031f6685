"""What is known of logs by when they came: the same whatever the order, and no hour that nobody saw."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vedette.findings.receptions import HOUR, HOURS, Heard, Reception
from vedette.findings.store import Store

NOW = 500_000 * HOUR + 1


def told(first: int, last: int, kind: str = "dns", account: str = "111122223333") -> Heard:
    return Heard(account=account, region="eu-west-1", kind=kind, first=first, last=last)


def one(store: Store) -> Reception:
    (found,) = store.receptions([("111122223333", "eu-west-1")])
    return found


def hear(store: Store, now: int, *objects: Heard) -> None:
    with store.transaction() as batch:
        batch.hear(objects, now)


SPANS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40)), min_size=1, max_size=8)


@given(SPANS, st.randoms(use_true_random=False), st.integers(1, 8))
def test_in_whatever_order_objects_come_hours_are_those_of_a_week_that_some_had(spans, random, at_once):
    objects = [told(NOW - (ago + length) * HOUR, NOW - ago * HOUR) for ago, length in spans]
    random.shuffle(objects)
    with Store.in_memory() as store, store.transaction() as batch:
        for begin in range(0, len(objects), at_once):
            batch.hear(objects[begin:begin + at_once], NOW)
        (found,) = batch.receptions([("111122223333", "eu-west-1")])
    newest = min(ago for ago, _ in spans)
    hours = {hour for ago, length in spans for hour in range(ago, ago + length + 1) if hour < newest + HOURS}
    assert found.last_record == NOW - newest * HOUR
    assert {newest + bit for bit in range(HOURS) if found.hours >> bit & 1} == hours
    assert found.known_since == (NOW // HOUR - max(hours)) * HOUR
    silent = {hour for gap in found.gaps(NOW) for hour in range(gap[0] // HOUR, gap[1] // HOUR)}
    assert silent == {NOW // HOUR - ago for ago in range(1, max(hours)) if ago not in hours}


def test_a_record_of_the_future_is_one_of_now_and_an_old_one_says_nothing_of_this_week(store):
    hear(store, NOW, told(NOW + 9 * HOUR, NOW + 10 * HOUR))
    assert (one(store).last_record, one(store).hours) == (NOW, 1)
    hear(store, NOW + HOUR, told(5 * HOUR, 6 * HOUR))
    assert one(store) == Reception(account="111122223333", region="eu-west-1", kind="dns", received=NOW + HOUR,
                                   last_record=NOW, hours=1)
    assert one(store).gaps(NOW + HOUR) == []
    assert one(store).gaps(NOW + 3 * HOUR) == [(NOW + HOUR - 1, NOW + 3 * HOUR - 1)]


def test_of_a_place_is_known_which_of_its_logs_is_silent_the_longest(store):
    hear(store, NOW, told(NOW, NOW), told(NOW - 9 * HOUR, NOW - 8 * HOUR, "rds"),
         told(NOW - 10 * HOUR, NOW - 10 * HOUR, account="999999999999"))
    assert store.heard_places(["111122223333"]) == [("111122223333", "eu-west-1", NOW - 8 * HOUR)]
    assert {entry.kind for entry in store.receptions([("111122223333", "eu-west-1")])} == {"dns", "rds"}
    assert store.receptions([]) == []
