"""How far time has come, when several sources feed one state."""

from __future__ import annotations

from vedette.engine.frontier import Frontiers
from vedette.engine.mapping import ObjectRead
from vedette.engine.plan import EARLIEST, LATENESS, LATEST
from vedette.sources import LogObject

HOUR = LATENESS
NOW = 1_000 * HOUR
"""The clock, in milliseconds."""


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def hours(self, number: float) -> None:
        self.seconds += number * HOUR / 1000


def read(first: int, last: int | None = None) -> ObjectRead:
    return ObjectRead(object=LogObject("x", "1", 1, 1), source="s", first_time=first,
                      last_time=first if last is None else last)


def three(at: int) -> list[ObjectRead]:
    """So many objects that end at a time that it counts."""
    return [read(at) for _ in range(3)]


def committed(frontiers: Frontiers, name: str, at: int, clock: int = NOW) -> int:
    """The watermark of a commit of objects of one time, after which a source has caught up; without lateness."""
    frontiers.begin(name, at, caught_up=True)
    watermark = frontiers.watermark(name, three(at), LATEST, clock)
    frontiers.committed(name, three(at), LATEST, clock)
    frontiers.rest(name, caught_up=True)
    return watermark + LATENESS


def test_nothing_is_settled_before_every_source_has_caught_up() -> None:
    frontiers = Frontiers(("a", "b"), Clock())
    assert committed(frontiers, "a", 10 * HOUR) == EARLIEST
    committed(frontiers, "b", 20 * HOUR)
    assert committed(frontiers, "a", 11 * HOUR) == 11 * HOUR


def test_the_slowest_source_holds_the_others() -> None:
    frontiers = Frontiers(("a", "b"), Clock())
    committed(frontiers, "a", 10 * HOUR)
    committed(frontiers, "b", 20 * HOUR)
    assert committed(frontiers, "b", 30 * HOUR) == 10 * HOUR


def test_a_quiet_source_holds_the_others_for_the_lateness_bound_only() -> None:
    clock = Clock()
    frontiers = Frontiers(("a", "b"), clock)
    committed(frontiers, "a", 10 * HOUR)
    committed(frontiers, "b", 10 * HOUR)
    clock.hours(0.9)
    assert committed(frontiers, "b", 11 * HOUR) == 10 * HOUR
    frontiers.rest("a", caught_up=True)  # asked, and nothing there
    clock.hours(0.2)
    assert committed(frontiers, "b", 12 * HOUR) == 12 * HOUR


def test_a_source_that_never_answers_holds_the_others_no_longer() -> None:
    clock = Clock()
    frontiers = Frontiers(("a", "away"), clock)
    assert committed(frontiers, "a", 10 * HOUR) == EARLIEST
    clock.hours(1.1)
    assert committed(frontiers, "a", 11 * HOUR) == 11 * HOUR


def test_a_source_that_comes_back_with_old_objects_takes_time_back() -> None:
    clock = Clock()
    frontiers = Frontiers(("a", "b"), clock)
    committed(frontiers, "a", 10 * HOUR)
    committed(frontiers, "b", 10 * HOUR)
    clock.hours(5)
    assert committed(frontiers, "b", 15 * HOUR) == 15 * HOUR
    frontiers.begin("a", 10 * HOUR, caught_up=True)
    assert committed(frontiers, "b", 16 * HOUR) == 10 * HOUR
    assert frontiers.watermark("a", [read(11 * HOUR)], 12 * HOUR, NOW) + LATENESS == 10 * HOUR


def test_a_known_backlog_counts_by_what_follows() -> None:
    frontiers = Frontiers(("a",), Clock())
    frontiers.begin("a", 10 * HOUR, caught_up=True)
    assert frontiers.watermark("a", three(12 * HOUR), 11 * HOUR, NOW) + LATENESS == 11 * HOUR
    frontiers.committed("a", three(12 * HOUR), 11 * HOUR, NOW)
    assert committed(frontiers, "a", 13 * HOUR) == 13 * HOUR


def test_an_empty_answer_before_a_backlog_does_not_count_for_it() -> None:
    frontiers = Frontiers(("a",), Clock())
    frontiers.rest("a", caught_up=True)  # what a killed process had received is hidden still
    frontiers.begin("a", 10 * HOUR, caught_up=False)
    assert frontiers.watermark("a", three(13 * HOUR), LATEST, NOW) + LATENESS == EARLIEST


def test_what_is_worked_on_of_an_unknown_backlog_is_not_taken_for_its_earliest() -> None:
    frontiers = Frontiers(("a", "b"), Clock())
    committed(frontiers, "a", 10 * HOUR)
    frontiers.begin("a", 13 * HOUR, caught_up=False)
    assert committed(frontiers, "b", 20 * HOUR) == EARLIEST


def test_an_unknown_backlog_counts_by_the_earliest_met_once_many_were() -> None:
    frontiers = Frontiers(("a",), Clock())
    frontiers.begin("a", 500 * HOUR, caught_up=False)
    for number in range(999):
        reads = [read((500 + number % 7) * HOUR)]
        assert frontiers.watermark("a", reads, LATEST, NOW) + LATENESS == EARLIEST
        frontiers.committed("a", reads, LATEST, NOW)
        frontiers.rest("a", caught_up=False)
    assert frontiers.watermark("a", [read(505 * HOUR)], LATEST, NOW) + LATENESS == 500 * HOUR
    frontiers.rest("a", caught_up=True)
    assert committed(frontiers, "a", 506 * HOUR) == 506 * HOUR


def test_two_records_of_the_year_9999_do_not_end_time_and_the_clock_bounds_more_of_them() -> None:
    frontiers = Frontiers(("a",), Clock())
    committed(frontiers, "a", 10 * HOUR)
    absurd = 9_000_000 * HOUR
    assert frontiers.watermark("a", [read(11 * HOUR, absurd)] * 2, LATEST, NOW) + LATENESS == 10 * HOUR
    frontiers.committed("a", [read(11 * HOUR, absurd)] * 10, LATEST, NOW)
    frontiers.rest("a", caught_up=True)
    assert committed(frontiers, "a", 11 * HOUR) == NOW
    for _ in range(30):
        committed(frontiers, "a", 12 * HOUR)
    assert committed(frontiers, "a", 12 * HOUR) == 12 * HOUR  # what was long ago is forgotten


def test_objects_that_tell_no_time_say_nothing() -> None:
    frontiers = Frontiers(("a",), Clock())
    committed(frontiers, "a", 10 * HOUR)
    empty = ObjectRead(object=LogObject("x", "1", 1, 1), source="s", failed="is gone")
    assert frontiers.watermark("a", [empty] * 70, LATEST, NOW) + LATENESS == 10 * HOUR
