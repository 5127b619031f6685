"""Memories that stay at hand between batches."""

from __future__ import annotations

from vedette.detectors.declare import Memory
from vedette.engine.key_states import IDLE_TURNS, AtHand, KeyState, Left

KEY = ("detector", "key")


def left(memory: bytes = b"memory", pending: bytes = b"rows") -> Left:
    return Left(KeyState(1, memory, pending), [], None, Memory(), [])


def test_a_key_is_taken_once_and_only_as_it_was_left() -> None:
    at_hand, one = AtHand(), left()
    at_hand.put(KEY, one)
    assert at_hand.take(KEY, KeyState(1, b"memory", b"rows")) is one
    assert at_hand.take(KEY, one.state) is None


def test_a_state_that_another_process_has_written_is_read_anew() -> None:
    for other in (None, KeyState(2, b"memory", b"rows"), KeyState(1, b"other", b"rows"), KeyState(1, b"memory", b"")):
        at_hand, one = AtHand(), left()
        at_hand.put(KEY, one)
        assert at_hand.take(KEY, other) is None
        assert at_hand.take(KEY, one.state) is None


def test_there_is_no_more_at_hand_than_there_is_room_for() -> None:
    """Of keys that come again and again, some are at hand each time, rather than none."""
    at_hand, keys = AtHand(room=30), [("detector", str(number)) for number in range(5)]
    there = {}
    for _ in range(3):
        at_hand.turn()
        there = {key: at_hand.take(key, left().state) for key in keys}
        for key in keys:
            at_hand.put(key, left())
    assert [one is not None for one in there.values()] == [True, True, True, False, False]
    at_hand.put(("detector", "large"), left(memory=b"x" * 31))
    assert at_hand.take(("detector", "large"), left(memory=b"x" * 31).state) is None


def test_a_key_that_is_idle_gives_its_room_to_others() -> None:
    at_hand, other = AtHand(room=10), ("detector", "other")
    at_hand.put(KEY, left())
    for turns in range(IDLE_TURNS + 1):
        assert at_hand.take(other, left().state) is None, turns
        at_hand.put(other, left())
        at_hand.turn()
    assert at_hand.take(other, left().state) is not None
    assert at_hand.take(KEY, left().state) is None
