"""What is kept of a key of a keyed detector between batches: written, for whoever comes next, and at hand.

An account's habits are some hundred kilobytes. To read and write them, and to judge an hour's records anew, is most of
what a batch of five minutes costs; so the memories of keys that are busy stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from vedette.detectors.declare import Memory
from vedette.detectors.signal import Evidence, Signal

ROOM = 8 << 20
"""Bytes, as written, of the memories that stay at hand; as objects, two of a key, they take nine times as many."""

IDLE_TURNS = 12
"""Batches after which a key that had no records gives its room to others."""


class Pending(msgspec.Struct, frozen=True):
    """A row that waits for the watermark."""

    time: int
    evidence: Evidence
    record: bytes
    begins: bool = True
    """A memory may begin with it."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """What is kept of one key between batches."""

    version: int
    """Of the memory's class."""
    memory: bytes
    """The settled memory; no bytes are an empty one."""
    pending: bytes
    """The rows that wait, earliest first: `Pending`, as MessagePack."""


@dataclass(slots=True)
class Left:
    """A key as a batch has left it."""

    state: KeyState
    waiting: list[Pending]
    """At least one."""
    settled: Memory | None
    """As in ``state``; None: it has not been read yet."""
    ahead: Memory
    """The memory that has seen the rows that wait, too."""
    provisional: list[tuple[str, Signal]]
    """What it has said of them, in order."""


class AtHand:
    """What some keys were left as. Where there is no room for all that are busy, those that came first stay."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._left: dict[tuple[str, str], tuple[int, Left]] = {}
        """With the batch that left it; the longest idle first."""
        self._size = 0
        self._turn = 0

    def turn(self) -> None:
        """Another batch begins."""
        self._turn += 1

    def take(self, key: tuple[str, str], state: KeyState | None) -> Left | None:
        """What a detector's key was left as, if its state is still the same: other processes write states too.

        It changes from now on, and is no longer here.
        """
        left = self._gone(key) if key in self._left else None
        return left if left is not None and left.state == state else None

    def put(self, key: tuple[str, str], left: Left) -> None:
        """Keep it for the next batch, if there is room."""
        size = _size(left)
        while self._size + size > self._room:
            idle = next(iter(self._left), None)
            if idle is None or self._left[idle][0] > self._turn - IDLE_TURNS:
                return
            self._gone(idle)
        self._left[key] = self._turn, left
        self._size += size

    def _gone(self, key: tuple[str, str]) -> Left:
        _, left = self._left.pop(key)
        self._size -= _size(left)
        return left


def _size(left: Left) -> int:
    return len(left.state.memory) + len(left.state.pending)
