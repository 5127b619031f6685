"""How tries to sign in are spaced, by a clock of the test's own."""

from __future__ import annotations

import pytest

from vedette.api.console import attempts
from vedette.api.console.attempts import (
    FORGOTTEN,
    PATIENCE,
    Attempts,
    TooManyAttemptsError,
    of_address,
    of_user,
)

ALICE, HERE = of_user("alice"), of_address("198.51.100.7")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_some_tries_are_free_and_each_further_one_waits_for_the_last(clock: Clock) -> None:
    tries = Attempts(clock)
    assert [tries.wait([ALICE]) for _ in range(ALICE.free)] == [0.0] * ALICE.free
    # All at once: the waits add up, until one is refused, which does not count.
    assert [tries.wait([ALICE]) for _ in range(2)] == [1.0, 3.0]
    for _ in range(3):
        with pytest.raises(TooManyAttemptsError) as refused:
            tries.wait([ALICE])
        assert refused.value.seconds == 8
    clock.now += 7
    assert tries.wait([ALICE]) == 0.0
    clock.now += 8 - PATIENCE
    assert tries.wait([ALICE]) == PATIENCE


def test_nobody_waits_longer_than_half_a_minute(clock: Clock) -> None:
    tries = Attempts(clock)
    for _ in range(40):
        tries.wait([ALICE])
        clock.now += ALICE.longest
    tries.wait([ALICE])
    with pytest.raises(TooManyAttemptsError) as refused:
        tries.wait([ALICE])
    assert refused.value.seconds == ALICE.longest + 1
    assert tries.wait([HERE]) == 0.0


def test_who_gets_in_or_stays_away_begins_anew(clock: Clock) -> None:
    tries = Attempts(clock)
    for _ in range(50):
        tries.wait([ALICE, HERE])
        tries.succeeded([ALICE, HERE])
        clock.now += 5
    for _ in range(ALICE.free):
        assert tries.wait([ALICE]) == 0.0
    assert tries.wait([ALICE]) == 1.0
    clock.now += FORGOTTEN + 1
    assert [tries.wait([ALICE]) for _ in range(ALICE.free)] == [0.0] * ALICE.free


def test_who_signs_in_well_does_not_clear_an_address_that_guesses(clock: Clock) -> None:
    tries = Attempts(clock)
    for number in range(HERE.free):
        assert tries.wait([of_user(f"user{number}"), HERE]) == 0.0
    tries.wait([ALICE, HERE])
    tries.succeeded([ALICE, HERE])
    assert tries.wait([of_user("bob"), HERE]) > 0


def test_what_is_remembered_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_KEYS", 100)
    tries = Attempts(clock)
    for number in range(1000):
        tries.wait([of_user(f"user{number}"), of_address(f"10.0.{number % 256}.1")])
    assert len(tries._tries) <= 101


def test_addresses_of_one_network_are_one() -> None:
    assert of_address("2001:db8:1:2:3::4") == of_address("2001:db8:1:2:ffff::1") != of_address("2001:db8:1:3::1")
    assert of_address("::ffff:198.51.100.7") == HERE != of_address("198.51.100.8")
    assert of_address("fe80::1%eth0") == of_address("fe80::2")
    assert of_address("") == of_address("a socket")
