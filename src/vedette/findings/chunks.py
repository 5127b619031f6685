"""Many things, some at a time: a statement takes only so many values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

CHUNK = 1000


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """At most ``size`` of them at a time, in order."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
