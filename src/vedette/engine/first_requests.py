"""Of requests to clusters' API servers that are alike within some hours, the first. Of calls: `engine.first_calls`.

Most requests say again what others said, of nodes and programs that ask for the same again and again. They are known by
what they say word by word, without a question to any detector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from vedette.detectors.declare import SPAN, Detector, KubeRequests
from vedette.detectors.known import Known
from vedette.logs.cloudtrail import EARLIEST, LATEST
from vedette.logs.eks_audit import KubeCall
from vedette.logs.raw_json import NOTHING

_MEMO = 100_000
"""Different requests, and what they are like, that are remembered."""
_LONGEST = 1_000
"""Characters of what is asked for, and with what, that are remembered."""

_SPAN_MS = SPAN * 1000
_EPOCH, _FIRST, _LAST = (datetime(1970, 1, 1, tzinfo=UTC), datetime.min.replace(tzinfo=UTC),
                         datetime.max.replace(tzinfo=UTC))
_MILLISECOND = timedelta(milliseconds=1)

_Stamp = tuple[float, str]
"""When, and which: earlier is less, and no two are alike."""


class Asking(NamedTuple):
    """What is asked of a cluster, by whom and from where, and who wants that."""

    number: int
    """Another's is another."""
    own: bool
    """A part of the cluster asks, of which nothing but its name is of account."""
    firsts: tuple[tuple[KubeRequests, Detector], ...]
    """Those that want the first of those that are alike, and why."""
    always: tuple[Detector, ...]


@dataclass(slots=True)
class _Alike:
    """Requests of which the same detectors were, or were not yet, given the first."""

    likes: tuple[tuple[int, Detector], ...]
    """What they are like to each detector to which they are of interest."""
    after: datetime = _LAST
    """After this moment, and ``before`` that, one is surely not the first of them."""
    before: datetime = _FIRST


class FirstRequests:
    """The requests that detectors want of those that are alike."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._numbers: dict[tuple[Any, ...], int] = {}
        """To whom, where, and what requests are like → a number."""
        self._alike: dict[tuple[int, ...], _Alike] = {}
        self._said: dict[tuple[Any, ...] | None, _Alike] = {}
        """What requests say word by word → those that they are like."""
        self._told: dict[tuple[int, int], _Stamp] = {}

    def forget(self) -> None:
        """What was told until now is told again: it may not arrive."""
        self._told.clear()
        for alike in self._alike.values():
            alike.after, alike.before = _LAST, _FIRST

    def of(self, calls: Sequence[KubeCall], asked: Sequence[Asking], home: str) -> list[Sequence[Detector]]:
        """Of each request those of its ``firsts`` that were not told yet of its like, or only of a later one.

        Args:
            calls: the requests.
            asked: what each asks, and of whom it is.
            home: what is known from elsewhere of where they were made: others' requests are not alike.
        """
        # This runs for a fifth of all records. Not the words alone make what a request is like where there is more.
        words = [(one.number, home, call.account_id, call.region, call.cluster, call.status, call.request_uri,
                  call.user_agent, call.about.namespace, call.about.name,
                  _digest(call) if call.raw_request is not NOTHING else None)
                 if one.own and call.raw_response is NOTHING and call.impersonated is None else None
                 for call, one in zip(calls, asked, strict=True)]
        given: list[Sequence[Detector]] = []
        for call, one, said, alike in zip(calls, asked, words, map(self._said.get, words), strict=True):
            if alike is None:
                given.append(self._first(self._meet(said, one, call, home), call))
            elif call.received is not None and alike.after < call.received < alike.before:
                given.append(())
            else:
                given.append(self._first(alike, call))
        return given

    def _meet(self, words: tuple[Any, ...] | None, asked: Asking, call: KubeCall, home: str) -> _Alike:
        if max(len(self._numbers), len(self._said)) >= _MEMO:
            # Numbers that are given again must not meet what was told of others.
            for memo in (self._numbers, self._alike, self._said, self._told):
                memo.clear()
        where = home, call.account_id, call.region, call.cluster
        likes = []
        for rule, detector in asked.firsts:
            like = rule.alike(call, self._known) if rule.alike else None
            if like is not None:
                to = id(rule), detector.name, where, like
                likes.append((self._numbers.setdefault(to, len(self._numbers)), detector))
        alike = self._alike.setdefault(tuple(number for number, _ in likes), _Alike(tuple(likes)))
        if words is not None and _is_short(call):
            self._said[words] = alike
        return alike

    def _first(self, alike: _Alike, call: KubeCall) -> list[Detector]:
        """To whom it is the first."""
        moment = call.time
        span = moment // _SPAN_MS
        given = [detector for number, detector in alike.likes if self._is_first(number, span, moment, call)]
        alike.after, alike.before = _a_little_later(call.received), _beginning(span + 1)
        return given

    def _is_first(self, number: int, span: int, moment: int, call: KubeCall) -> bool:
        told = self._told.get((number, span))
        if told is not None and (told[0] < moment or (told[0] == moment and told[1] <= call.record)):
            return False
        if len(self._told) >= _MEMO:
            self.forget()
        self._told[number, span] = moment, call.record
        return True


def _digest(call: KubeCall) -> bytes:
    return blake2b(call.raw_request, digest_size=16).digest()


def _a_little_later(received: datetime | None) -> datetime:
    """What comes later than this comes in a later millisecond."""
    return received + _MILLISECOND if received is not None and received < _LAST - _MILLISECOND else _LAST


@lru_cache(1_000)
def _beginning(span: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=min(max(span * _SPAN_MS, EARLIEST), LATEST))


def _is_short(call: KubeCall) -> bool:
    """What it says can be remembered by the thousand."""
    about = call.about
    told = (call.who.username, call.verb, call.request_uri, call.user_agent or "", about.resource, about.subresource,
            about.namespace, about.name, *(call.source_ips or ()))
    return sum(map(len, told)) <= _LONGEST
