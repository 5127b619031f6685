"""How much goes where: transfers add up within a day, and what was called unusual is not learned to be usual."""

from __future__ import annotations

from vedette.baselines.presence import DAY_MS
from vedette.baselines.volumes import NEW, OPEN, PLACES, Volumes

DAY = 200
AT = DAY * DAY_MS
GB = 1_000_000_000


def test_a_transfer_is_what_goes_to_a_place_within_a_day() -> None:
    volumes = Volumes()
    assert volumes.add(1, "9.9.0.0/16", AT, GB).size == GB
    assert volumes.add(1, "9.9.0.0/16", AT + DAY_MS - 1, GB).size == 2 * GB
    assert volumes.add(1, "9.8.0.0/16", AT, GB).size == GB
    assert volumes.add(1, "9.9.0.0/16", AT + DAY_MS, GB).size == GB


def test_usual_is_what_all_but_the_biggest_day_had_and_nothing_that_was_told() -> None:
    volumes = Volumes()
    for day, size in enumerate((3, 9, 2, 1)):
        volumes.add(1, "9.9.0.0/16", AT + day * DAY_MS, size * GB)
    volumes.add(1, "9.8.0.0/16", AT + 4 * DAY_MS, 50 * GB).told = True
    assert volumes.usual(1, DAY + 5) == 3 * GB
    volumes.expire(AT + 9 * DAY_MS)
    assert volumes.usual(1, DAY + 9) == 3 * GB
    assert volumes.usual(2, DAY + 9) == 0


def test_a_place_stays_new_for_a_week_and_to_others_as_long_as_they_are_few() -> None:
    volumes = Volumes()
    volumes.add(1, "9.9.0.0/16", AT, GB)
    assert volumes.is_new(1, "9.9.0.0/16", DAY + NEW - 1, 1)
    assert not volumes.is_new(1, "9.9.0.0/16", DAY + NEW, 1)
    assert volumes.is_new(2, "9.9.0.0/16", DAY + NEW, 2)
    assert not volumes.is_new(2, "9.9.0.0/16", DAY + NEW, 1)


def test_it_is_bounded_merges_either_way_and_is_forgotten() -> None:
    one, other = Volumes(), Volumes()
    for number in range(1_000):
        (one if number % 2 else other).add(number % 7, f"9.{number}.0.0/16", AT + number, number * 1_000)
    both = one.merge(other)
    assert both == other.merge(one)
    assert len(both.places) <= PLACES
    assert len(both.open) <= OPEN
    assert not both.expire(AT + 59 * DAY_MS)
    assert both.expire(AT + 62 * DAY_MS)
