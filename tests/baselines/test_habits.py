"""The model of habits: what is new to whom, and how surprising that is."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.baselines import habits as model
from vedette.baselines.habits import Count, Habits

DAY_MS = 86_400_000
FIRST = 20_000


def lived(days: int, *, machines: int = 3, people: int = 3, seed: int = 1) -> Habits:
    """Machines that do one thing a day; people who do some of ten, and now and then something new."""
    rng, habits = random.Random(seed), Habits()
    for day in range(FIRST, FIRST + days):
        habits.turn(day)
        for number in range(machines):
            habits.show(f"machine{number}", "machines", ["api:s3:ListBuckets", "network:home"], day * DAY_MS)
        for number in range(people):
            traits = [f"api:ec2:Describe{rng.randrange(10)}", "network:office"]
            if rng.random() < 0.5:
                traits.append(f"api:new:Thing{rng.randrange(10_000)}")
            habits.show(f"person{number}", "people", traits, day * DAY_MS)
    habits.turn(FIRST + days)
    return habits


def test_a_day_is_judged_by_the_days_before_it() -> None:
    habits = lived(20)
    assert not habits.knows("machine0", "api:iam:CreateUser")
    assert habits.show("machine0", "machines", ["api:iam:CreateUser"], 0) == ["api:iam:CreateUser"]
    before = habits.choice("machine0", "api:iam:CreateUser")
    assert habits.show("machine0", "machines", ["api:iam:CreateUser"], 1) == []
    assert not habits.knows("machine0", "api:iam:CreateUser")
    assert habits.choice("machine0", "api:iam:CreateUser") == before
    habits.turn(FIRST + 21)
    assert habits.knows("machine0", "api:iam:CreateUser")
    assert habits.choice("machine0", "api:iam:CreateUser") < before
    assert habits.rarity("machine0", "api:iam:CreateUser").own == pytest.approx(0.5 ** (1 / model.HALF_LIFE))


def test_who_never_does_anything_new_surprises_more_than_who_does_so_daily() -> None:
    habits = lived(40)
    assert habits.novelty("machine0", "api", 1) > habits.novelty("person0", "api", 1) + 2
    assert habits.novelty("machine0", "api", 3) > habits.novelty("machine0", "api", 1)
    assert habits.novelty("machine0", "api", 0) == 0


def test_what_ones_peers_do_surprises_less_than_what_only_others_do_and_most_what_nobody_does() -> None:
    habits = lived(40)
    known_to_all, to_peers, to_none = (
        habits.choice("machine0", trait) for trait in ("api:s3:ListBuckets", "api:ec2:Describe1", "api:kms:Unheard"))
    assert known_to_all < to_peers < to_none <= model.SURPRISE


def test_what_a_small_group_within_a_larger_one_does_is_likelier_and_what_it_does_not_is_no_less_likely() -> None:
    habits = Habits()
    for day in range(FIRST, FIRST + 30):
        habits.turn(day)
        for group in ("a", "b"):
            for number in range(3):
                habits.show(f"{group}{number}", f"people / {group}", [f"api:{group}:Does", "api:s3:ListBuckets"], 0)
        habits.show("new", "people / c", ["api:s3:ListBuckets"], 0)
        habits.show("alone", "people", ["api:s3:ListBuckets"], 0)
    habits.turn(FIRST + 30)
    own, others, by_nobodys = (habits.choice(who, "api:a:Does") for who in ("a0", "b0", "new"))
    assert own < others
    assert others == by_nobodys == habits.choice("alone", "api:a:Does")
    assert len({habits.novelty(who, "api", 1) for who in ("a0", "b0", "new", "alone")}) == 1
    assert habits.rarity("b0", "api:b:Does").peers == pytest.approx(habits.groups["people / b"].days.at(FIRST + 30))
    habits.show("newcomer", "people / c", ["api:s3:ListBuckets"], 0)
    assert habits.knows("newcomer", "api:a:Does"), "somebody of the larger group does it"
    assert habits.forget("newcomer")
    assert habits.forget("alone")
    assert set(habits.groups) == {"people", "people / a", "people / b", "people / c"}
    for name in ("new", "a0", "a1", "a2", "b0", "b1", "b2"):
        assert habits.forget(name)
    assert not habits.groups


def test_who_settles_in_is_judged_by_his_peers() -> None:
    habits = lived(20)
    habits.show("person9", "people", ["network:office"], 0)
    assert habits.knows("person9", "network:office")
    assert not habits.knows("person9", "network:elsewhere")
    assert not habits.knows("machine0", "network:office")


def test_what_has_faded_is_forgotten_and_so_is_who_is_gone() -> None:
    habits = lived(20)
    habits.show("machine0", "machines", ["network:odd"], 0)
    for day in range(FIRST + 21, FIRST + 21 + 140):
        habits.turn(day)
        habits.show("machine0", "machines", ["api:s3:ListBuckets"], 0)
    habits.turn(FIRST + 200)
    assert not habits.knows("machine0", "network:odd")
    assert set(habits.profiles) == {"machine0"}
    assert "people" in habits.groups
    habits.turn(FIRST + 500)
    assert not habits.profiles
    assert not habits.groups


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 5)), max_size=60), st.randoms())
def test_the_order_within_a_day_and_saying_it_again_change_nothing(
    shown: list[tuple[int, int, int]], rng: random.Random
) -> None:
    def told(events: list[tuple[int, int, int]]) -> Habits:
        habits = Habits()
        for day, who, what in sorted(events, key=lambda one: one[0]):
            habits.turn(FIRST + day)
            habits.show(f"p{who}", "people", [f"api:a:B{what}"], day)
        habits.turn(FIRST + 9)
        return habits

    mixed = [*shown, *shown[: len(shown) // 2]]
    rng.shuffle(mixed)
    assert told(mixed) == told(shown)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=30))
def test_turning_day_by_day_is_turning_at_once(days: list[int]) -> None:
    by_day, at_once = Habits(), Habits()
    for day in sorted(days):
        for one in range(by_day.day or FIRST, FIRST + day + 1):
            by_day.turn(one)
        at_once.turn(FIRST + day)
        for habits in (by_day, at_once):
            habits.show("p", "people", [f"api:a:B{day % 3}"], day)
    for day in range(by_day.day, FIRST + 201):
        by_day.turn(day)
    at_once.turn(FIRST + 200)
    by_day.first = at_once.first
    assert by_day == at_once


def test_a_count_fades_to_half_and_parts_add_up() -> None:
    count = Count()
    count.add(10)
    assert count.at(40) == 0.5
    count.add(40)
    assert count.at(40) == 1.5
    other = Count(1.0, 70)
    assert count.joined(other) == other.joined(count) == Count(1.75, 70)


def test_both_halves_together_know_what_one_alone_would() -> None:
    whole, left, right = Habits(), Habits(), Habits()
    for day in range(FIRST, FIRST + 30):
        for number in range(6):
            for habits in (whole, left if number % 2 else right):
                habits.turn(day)
                habits.show(f"p{number}", "people", [f"api:a:B{day % (number + 2)}"], day)
    for habits in (whole, left, right):
        habits.turn(FIRST + 30)
    merged = left.merged(right)
    assert merged.profiles == whole.profiles
    for trait, count in whole.everybody.traits.items():
        assert merged.everybody.traits[trait].at(FIRST + 30) == pytest.approx(count.at(FIRST + 30))


def test_a_flood_of_names_and_of_deeds_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "PRINCIPALS", 50)
    monkeypatch.setattr(model, "TRAITS", 20)
    habits = Habits()
    habits.turn(FIRST)
    for number in range(1_000):
        habits.show(f"p{number}", "people", ["network:x"], number)
        habits.show("one", "people", [f"api:a:B{number}"], number)
    habits.turn(FIRST + 1)
    assert len(habits.profiles) <= 50
    assert len(habits.profiles["one"].own.traits) <= 20
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(habits), type=Habits) == habits


@given(st.integers(0, 1_000), st.integers(1, 200))
def test_without_somebody_the_others_are_what_they_would_have_been(seed: int, days: int) -> None:
    rng, whole, without = random.Random(seed), Habits(), Habits()
    for day in range(FIRST, FIRST + days):
        whole.turn(day)
        without.turn(day)
        for name in ("p0", "p1", "p2", "gone"):
            if rng.random() < 0.4:
                continue
            shown = [f"{kind}:{rng.randrange(8)}" for kind in ("api", "network") for _ in range(3)]
            for habits in (whole,) if name == "gone" else (whole, without):
                habits.show(name, "people" if name != "p2" else "others", shown, day)
    last = FIRST + days
    for habits in (whole, without):
        habits.turn(last)
    there = "gone" in whole.profiles
    assert whole.forget("gone") is there
    assert not whole.forget("gone")
    assert whole.profiles == without.profiles
    assert whole.groups.keys() == without.groups.keys()
    for level, wanted in [(whole.everybody, without.everybody),
                          *((whole.groups[name], without.groups[name]) for name in whole.groups)]:
        assert (level.days.at(last), level.settled.at(last)) == pytest.approx(
            (wanted.days.at(last), wanted.settled.at(last)))
        # A principal's own count below `FORGOTTEN` is not known any more, so that much of it may stay.
        for ours, theirs in ((level.traits, wanted.traits), (level.fresh, wanted.fresh)):
            for name in ours | theirs:
                assert ours.get(name, Count()).at(last) == pytest.approx(
                    theirs.get(name, Count()).at(last), abs=model.FORGOTTEN)
