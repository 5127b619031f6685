"""Contacts are the same however their rows were cut, doubled or split; a rhythm is what a clock has."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.baselines.beacons import KEPT, LEAST, REMEMBERED, SLOT, Contacts, rhythm

NOW = 1_772_442_000
ROWS = st.lists(st.tuples(st.integers(NOW, NOW + 40 * SLOT), st.integers(1, 3)), max_size=60).map(sorted)


def _kept(rows: list[tuple[int, int]]) -> Contacts:
    contacts = Contacts()
    for time, port in rows:
        contacts.add(time, port)
    return contacts


@given(ROWS, st.randoms(use_true_random=False))
def test_of_a_slot_only_the_first_row_counts(rows: list[tuple[int, int]], chance: random.Random) -> None:
    firsts: dict[int, tuple[int, int]] = {}
    for row in rows:
        firsts.setdefault(row[0] // SLOT, row)
    some = sorted({*firsts.values(), *(row for row in rows if chance.random() < 0.5)},
                  key=lambda row: (row[0], row != firsts[row[0] // SLOT]))
    assert _kept(some) == _kept(list(firsts.values()))


@given(st.lists(st.integers(NOW, NOW + 3 * REMEMBERED), max_size=80), st.randoms(use_true_random=False))
def test_two_halves_of_new_connections_make_the_whole(times: list[int], chance: random.Random) -> None:
    whole = [(time, -1) for time in sorted(times)]
    sides = [(row, chance.random() < 0.5) for row in whole]
    one, other = (_kept([row for row, side in sides if side is which]) for which in (True, False))
    assert one.merge(other) == other.merge(one) == _kept(whole)


def test_a_connection_that_stays_open_is_one_contact_and_memory_is_bounded() -> None:
    assert len(_kept([(NOW + 60 * number, 40_000) for number in range(50)]).times) == 1
    flood = _kept([(NOW + SLOT * number, number) for number in range(9_000)])
    assert len(flood.times) == KEPT
    assert len(msgspec.msgpack.encode(flood)) < 10_000


def test_a_clock_has_a_rhythm_and_chance_has_less() -> None:
    clock = rhythm([NOW + 600 * number for number in range(145)])
    assert clock is not None
    assert (clock.interval, clock.contacts, clock.span) == (600, 145, 86_400)
    assert clock.score > 0.98
    # Half a day of it: the duration is one of three equal parts (and three contacts to a part, in one four).
    half = rhythm([NOW + 600 * number for number in range(73)])
    assert half is not None
    assert clock.score - half.score == pytest.approx(1 / 6, abs=0.02)
    chance, at = random.Random(1), float(NOW)
    poisson = [int(at := at + chance.expovariate(1 / 600)) for _ in range(145)]
    loose = rhythm(poisson)
    assert loose is not None
    assert loose.score < 0.8


def test_too_few_contacts_and_too_dense_ones_have_none() -> None:
    assert rhythm([NOW + 600 * number for number in range(LEAST - 1)]) is None
    assert rhythm([NOW + SLOT * number for number in range(500)]) is None
