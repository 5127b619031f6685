"""What is kept of a key of a keyed detector between batches: written, for whoever comes next, and at hand.

An account's habits are some hundred kilobytes. To read and write them, and to judge an hour's records anew, is most of
what a batch of five minutes costs; so the memories of keys that are busy stay as they are.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import msgspec

from vedette.detectors.declare import Memory
from vedette.detectors.signal import Evidence, Signal

ROOM = 16 << 20
"""Bytes, as written, of the memories that stay at hand; as objects they take some times as many."""


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
    """What some keys were left as; of those that have not been asked for the longest time, nothing."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._left: OrderedDict[tuple[str, str], Left] = OrderedDict()
        self._size = 0

    def take(self, key: tuple[str, str], state: KeyState | None) -> Left | None:
        """What a detector's key was left as, if its state is still the same: other processes write states too.

        It changes from now on, and is no longer here.
        """
        left = self._left.pop(key, None)
        if left is None:
            return None
        self._size -= _size(left)
        return left if left.state == state else None

    def put(self, key: tuple[str, str], left: Left) -> None:
        """Keep it for the next batch."""
        self._left[key] = left
        self._size += _size(left)
        while self._size > self._room:
            _, first = self._left.popitem(last=False)
            self._size -= _size(first)


def _size(left: Left) -> int:
    return len(left.state.memory) + len(left.state.pending)
