"""Memories that stay at hand between batches."""

from __future__ import annotations

from dataclasses import replace

from vedette.detectors.declare import Memory
from vedette.engine.key_states import AtHand, KeyState, Left

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
    at_hand = AtHand(room=30)
    states = []
    for number in range(4):
        one = left(memory=bytes([number]) * 6)
        states.append(one.state)
        at_hand.put(("detector", str(number)), one)
    assert at_hand.take(("detector", "0"), states[0]) is None
    taken = at_hand.take(("detector", "1"), states[1])
    assert taken is not None
    at_hand.put(("detector", "large"), replace(taken, state=KeyState(1, b"x" * 31, b"")))
    assert [at_hand.take(("detector", str(number)), state) for number, state in enumerate(states)] == [None] * 4
