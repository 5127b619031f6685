"""An event of a story: one thing that happens, which a log shows. Cheap to make, rendered when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vedette.logs.kinds import LogKind


@dataclass(slots=True)
class Event:
    """One thing that happens, in the words of the builder that made it.

    Nobody changes it; it is not frozen, since stories have tens of thousands and that took a tenth of a start.
    ``at`` is when, in seconds from the story's start; without it the event comes ``after`` seconds after the
    one before it. ``fields`` is for the module that renders this kind; it is none of a story's business.
    """

    kind: LogKind
    at: float | None
    fields: Mapping[str, Any]
    after: float = 1.0


Happening = Event | Sequence["Event | Sequence[Event]"]
"""What a builder gives: an event or several."""


def flatten(happenings: Iterable[Happening]) -> list[Event]:
    """The events in lists of lists, in the order they stand."""
    events: list[Event] = []
    for happening in happenings:
        if isinstance(happening, Event):
            events.append(happening)
        else:
            events.extend(flatten(happening))
    return events


def offsets(events: Sequence[Event]) -> list[float]:
    """When each event happens, in seconds from the story's start. The first is at 0 unless it says so."""
    moments: list[float] = []
    for event in events:
        if event.at is not None:
            moments.append(event.at)
        else:
            moments.append(moments[-1] + event.after if moments else 0.0)
    return moments


def every(
    seconds: float, n: int, make: Callable[[int], Happening], *, at: float | None = None
) -> list[Event]:
    """What ``make(0)`` … ``make(n - 1)`` give, ``seconds`` apart.

    The first comes after what stands before it in the story, or at ``at`` seconds from the story's start;
    with ``at``, an ``at`` inside ``make`` counts from the start of its repetition.

    Raises:
        ValueError: an event has an ``at`` of its own and ``every`` has none to count it from.
    """
    events: list[Event] = []
    last = 0.0
    for number in range(n):
        group = flatten([make(number)])
        if at is not None:
            start = at + number * seconds
            events += [
                replace(event, at=start + offset) for event, offset in zip(group, offsets(group), strict=True)
            ]
            continue
        if any(event.at is not None for event in group):
            raise ValueError("an event inside every() has an at=, so every() needs one too")
        if number and group:
            group[0] = replace(group[0], after=max(0.0, seconds - last))
        last = offsets(group)[-1] if group else 0.0
        events += group
    return events
