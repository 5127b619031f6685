"""Of calls that are alike within some hours, the first: what detectors that count days are given of a log.

Most calls of an hour say again who does what from where. A process tells that once. What is committed is committed in
the order in which it was read, so what was told before is there when this is. What is told again, since another process
has read it, changes no count of days.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from vedette.detectors.declare import SPAN, CallsUnlike, Detector
from vedette.detectors.known import Known
from vedette.logs.cloudtrail import ApiCall
from vedette.logs.raw_json import NOTHING

_MEMO = 100_000
"""Different callers and deeds of which it is remembered what they are like."""

_DEED = attrgetter("region", "event_source", "event_name", "error_code", "management_event")
_TIME, _ID = attrgetter("event_time"), attrgetter("event_id")

_Key = tuple[int, tuple[Any, ...], float]
_Stamp = tuple[float, str]
"""When, and which: earlier is less, and no two are alike."""
_NEVER = (math.inf, "")


class FirstCalls:
    """The calls that detectors want of those that are alike."""

    def __init__(self, rules: Iterable[tuple[CallsUnlike, Detector]], known: Known) -> None:
        self._rules = list(rules)
        self._known = known
        self._likes: dict[tuple[int, tuple[Any, ...]], list[tuple[str, ...] | None]] = {}
        self._met: dict[_Key, _Stamp] = {}
        self._told: dict[tuple[int, tuple[str, ...], float], _Stamp] = {}

    def forget(self) -> None:
        """What was told until now is told again: it may not arrive."""
        self._met.clear()
        self._told.clear()

    def of(self, calls: Sequence[ApiCall], callers: Sequence[int]) -> Iterator[tuple[int, ApiCall, Detector]]:
        """(place, call without its documents, detector) of what was not told yet, or is earlier than what was.

        Args:
            calls: just decoded.
            callers: who made each, from where and with what: a number that is never another's.
        """
        if not self._rules:
            return
        # The loop runs for every record there is.
        times = list(map(datetime.timestamp, map(_TIME, calls)))
        stamps = list(zip(times, map(_ID, calls), strict=True))
        keys = list(zip(callers, map(_DEED, calls), [time // SPAN for time in times], strict=True))
        met = self._met
        for place in np.argsort(times, kind="stable").tolist():
            key, stamp = keys[place], stamps[place]
            before = met.get(key)
            if before is not None and before <= stamp:
                continue
            if len(met) >= _MEMO:
                self.forget()
            met[key] = stamp
            yield from self._first(place, calls[place], key, stamp)

    def _first(self, place: int, call: ApiCall, key: _Key, stamp: _Stamp) -> Iterator[tuple[int, ApiCall, Detector]]:
        caller, deed, span = key
        for number, like in enumerate(self._like((caller, deed), call)):
            if like is not None and stamp < self._told.get((number, like, span), _NEVER):
                self._told[number, like, span] = stamp
                yield place, _bare(call), self._rules[number][1]

    def _like(self, asked: tuple[int, tuple[Any, ...]], call: ApiCall) -> list[tuple[str, ...] | None]:
        found = self._likes.get(asked)
        if found is None:
            if len(self._likes) >= _MEMO:
                self._likes.clear()
            found = self._likes[asked] = [rule.alike(call, self._known) for rule, _ in self._rules]
        return found


def _bare(call: ApiCall) -> ApiCall:
    return msgspec.structs.replace(
        call, raw_request=NOTHING, raw_response=NOTHING, raw_additional=NOTHING, raw_resources=NOTHING,
        raw_insight=NOTHING)
