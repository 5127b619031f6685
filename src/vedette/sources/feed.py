"""The words of endless sources: a feed hands out deliveries of log objects, and hears what became of each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from vedette.sources.log_object import LogObject, Source


class Outcome(msgspec.Struct, frozen=True):
    """What became of a log object."""

    object: LogObject
    records: int = 0
    dead: int = 0
    failed: str = ""
    """Why it could not be read. Else all that it says is committed, now or at an earlier delivery."""


def _nothing(_outcomes: Sequence[Outcome]) -> None:
    """For feeds that have nothing to acknowledge."""


def _no_end() -> None:
    """For deliveries that hold nothing open."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Log objects that a feed has for the engine. What was read before may be among them."""

    source: Source
    """Opens them."""
    objects: Iterable[LogObject]
    """May be gone through again, when the database was away."""
    caught_up: bool = True
    """Nothing older waits behind them at the feed."""
    unreadable: Sequence[tuple[LogObject, str]] = ()
    """What the feed itself cannot make log objects of, and why: to be kept as dead letters."""
    acknowledge: Callable[[Sequence[Outcome]], None] = _nothing
    """Told when all is committed, or could not be read.

    Raises:
        SourceError: the feed could not be told: all of it comes again.
    """
    release: Callable[[], None] = _no_end
    """Told at the end, acknowledged or not."""


class Feed(Protocol):
    """A source that never ends. One thread uses it."""

    name: str
    """What the ledger, metrics and errors call it. May be given another one before it is first asked."""

    def next(self, stop: threading.Event) -> Delivery | None:
        """What is there now, or comes within some seconds; None when nothing does, or ``stop`` is set.

        Raises:
            SourceError: it cannot be asked for now.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds open."""
        ...
