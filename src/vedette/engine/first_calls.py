"""Of calls that are alike within some hours, the first: what detectors that count days are given of a log.

Most calls of an hour say again who does what from where. A process tells that once. What is committed is committed in
the order in which it was read, so what was told before is there when this is. What is told again, since another process
has read it, changes no count of days.

Besides, a detector may have a sample of all calls, to count how often something is done. Which calls are in it follows
from each record alone, so that the same are counted however many processes read them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import compress, count, repeat
from operator import lt

import msgspec

from vedette.detectors.declare import SPAN, CallsUnlike, Detector
from vedette.detectors.known import Known
from vedette.engine.call_numbers import CallTable, NumberedCalls
from vedette.logs.cloudtrail import ApiCall
from vedette.logs.raw_json import NOTHING

_MEMO = 100_000
"""Different callers and deeds of which it is remembered what they are like."""

_LONGEST = 100
"""Bytes of what a call is about that are remembered: of longer ones the digest."""

_Asked = tuple[int, int, bytes]
"""Who calls; what is called, as its number in the table; and what it is about."""
_Stamp = tuple[float, str]
"""When, and which: earlier is less, and no two are alike."""
_NEVER = (math.inf, "")


class FirstCalls:
    """The calls that detectors want of those that are alike."""

    def __init__(self, rules: Iterable[tuple[CallsUnlike, Detector]], known: Known) -> None:
        self._rules = list(rules)
        self._known = known
        self._subjects = {source: _Subject({name for rule, _ in self._rules for name in rule.about.get(source, ())})
                          for rule, _ in self._rules for source in rule.about}
        self._table: CallTable | None = None
        self._likes: dict[_Asked, dict[int, int]] = {}
        """What calls are like to each rule that judges them, by the rule's number, as a number."""
        self._numbers: dict[tuple[int, tuple[str, ...]], int] = {}
        self._next = count()
        self._met: dict[tuple[_Asked, float], _Stamp] = {}
        self._told: dict[tuple[int, float], _Stamp] = {}

    def forget(self) -> None:
        """What was told until now is told again: it may not arrive."""
        self._met.clear()
        self._told.clear()

    def of(self, said: NumberedCalls, who: Sequence[int]) -> Iterator[tuple[int, ApiCall, Detector]]:
        """(place, call without its documents, detector) of what was not told yet, or is earlier than what was.

        Args:
            said: the calls.
            who: of each caller of their table, who it is, from where and with what: a number that is never another's.
        """
        if not self._rules:
            return
        if said.table is not self._table:
            # Another table's numbers stand for other deeds.
            self._table = said.table
            self._likes.clear()
            self._met.clear()
        # What is asked of every record there is is asked in one expression; most were met before.
        calls, times = said.calls, said.seconds
        stamps = list(zip(times, said.ids, strict=True))
        asked = list(zip(map(who.__getitem__, said.callers), said.deeds, self._about(calls), strict=True))
        keys = list(zip(asked, [time // SPAN for time in times], strict=True))
        met = self._met
        earlier = map(lt, stamps, map(met.get, keys, repeat(_NEVER)))
        given: set[tuple[int, int]] = set()
        for place in sorted(compress(count(), earlier), key=times.__getitem__):
            key, stamp = keys[place], stamps[place]
            if met.get(key, _NEVER) <= stamp:
                continue
            if len(met) >= _MEMO:
                self.forget()
            met[key] = stamp
            for number in self._first(calls[place], key, stamp):
                given.add((place, number))
                yield place, self._bare(calls[place], number), self._rules[number][1]
        for number, (rule, detector) in enumerate(self._rules):
            if rule.counted is None:
                continue
            sources, counted = rule.about.keys(), rule.counted
            for place in [at for at, call in enumerate(calls) if call.event_source in sources and counted(call)]:
                if (place, number) not in given and number in self._like(asked[place], calls[place]):
                    yield place, self._bare(calls[place], number), detector

    def _about(self, calls: Sequence[ApiCall]) -> Iterable[bytes]:
        subjects = self._subjects
        return [subjects[call.event_source].of(call) if call.event_source in subjects else b"" for call in calls]

    def _first(self, call: ApiCall, key: tuple[_Asked, float], stamp: _Stamp) -> Iterator[int]:
        """The numbers of the rules to which it is the first of its like."""
        asked, span = key
        for number, like in self._like(asked, call).items():
            if stamp < self._told.get((like, span), _NEVER):
                self._told[like, span] = stamp
                yield number

    def _bare(self, call: ApiCall, number: int) -> ApiCall:
        if call.event_source not in self._rules[number][0].about:
            return _bare(call)
        return msgspec.structs.replace(_bare(call), raw_request=self._subjects[call.event_source].alone(call),
                                       raw_additional=call.raw_additional)

    def _like(self, asked: _Asked, call: ApiCall) -> dict[int, int]:
        found = self._likes.get(asked)
        if found is None:
            if len(self._likes) >= _MEMO:
                self._likes.clear()
            likes = [rule.alike(call, self._known) for rule, _ in self._rules]
            found = self._likes[asked] = {
                number: self._number((number, like)) for number, like in enumerate(likes) if like is not None}
        return found

    def _number(self, like: tuple[int, tuple[str, ...]]) -> int:
        """Never another's. What is forgotten comes to have another, and so is told again."""
        number = self._numbers.get(like)
        if number is None:
            if len(self._numbers) >= _MEMO:
                self._numbers.clear()
            number = self._numbers[like] = next(self._next)
        return number


class _Subject:
    """What calls of a service are about: some of the parameters of their requests, as they are written."""

    def __init__(self, names: Iterable[str]) -> None:
        fields = [(f"_{number}", msgspec.Raw, msgspec.field(default=NOTHING, name=name))
                  for number, name in enumerate(sorted(names))]
        self._decode = msgspec.json.Decoder(msgspec.defstruct("Subject", fields, omit_defaults=True)).decode

    def alone(self, call: ApiCall) -> msgspec.Raw:
        """The request with nothing else in it."""
        try:
            return msgspec.Raw(msgspec.json.encode(self._decode(call.raw_request)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return NOTHING

    def of(self, call: ApiCall) -> bytes:
        """Something short that is never the same for two that differ."""
        # This runs for every record of the service.
        try:
            told = b",".join(map(bytes, msgspec.structs.astuple(self._decode(call.raw_request))))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return b""
        return told if len(told) <= _LONGEST else blake2b(told, digest_size=16).digest()


def _bare(call: ApiCall) -> ApiCall:
    return msgspec.structs.replace(
        call, raw_request=NOTHING, raw_response=NOTHING, raw_additional=NOTHING, raw_resources=NOTHING,
        raw_insight=NOTHING)
