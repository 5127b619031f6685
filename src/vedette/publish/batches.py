"""Entries put together into calls, as many and as large as a service takes at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batches(entries: Sequence[T], size_of: Callable[[T], int], count: int, size: int) -> Iterator[list[T]]:
    """``entries`` in their order, at most ``count`` and ``size`` bytes in one batch.

    An entry that is larger than ``size`` makes a batch of its own.
    """
    batch: list[T] = []
    held = 0
    for entry in entries:
        needed = size_of(entry)
        if batch and (len(batch) == count or held + needed > size):
            yield batch
            batch, held = [], 0
        batch.append(entry)
        held += needed
    if batch:
        yield batch
