"""Many things, some at a time: a statement takes only so many values, a request so many bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

CHUNK = 1000


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """At most ``size`` of them at a time, in order."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def batches(
    items: Iterable[T], size_of: Callable[[T], int], size: int, count: int | None = None
) -> Iterator[list[T]]:
    """The items in their order, at most ``size`` in one batch, all told, and ``count`` of them.

    One that is larger than ``size`` makes a batch of its own.
    """
    batch: list[T] = []
    held = 0
    for item in items:
        needed = size_of(item)
        if batch and (len(batch) == count or held + needed > size):
            yield batch
            batch, held = [], 0
        batch.append(item)
        held += needed
    if batch:
        yield batch
