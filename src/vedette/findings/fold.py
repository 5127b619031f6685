"""Signals of one identity folded: a repeat raises the count. The fold does not depend on the order signals come in."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Self

import msgspec

from vedette.detectors.signal import Evidence, Signal

EVIDENCE_KEPT = 25
"""Records kept at either end: the first and last, and up to 50 in all."""

REMEMBERED = 2000
"""Signal ids remembered for ever. A record that comes twice within the lateness bound is always known; one that comes
again much later (a second trail of the same account, scanned next month) is known among this many."""


class Fold(msgspec.Struct):
    """What a finding is before it is written down."""

    count: int = 0
    first_seen: int = 0
    last_seen: int = 0
    severity: float = 0.0
    """The worst of its signals."""
    latest_id: str = ""
    latest: Signal | None = None
    """The newest signal: a finding shows the details of its latest occurrence, as GuardDuty's do."""
    first: list[Evidence] = []
    last: list[Evidence] = []
    seen: set[str] = set()

    def add(self, signal_id: str, signal: Signal) -> Self:
        """One more signal; the same one again changes nothing."""
        if signal_id in self.seen:
            return self
        if len(self.seen) < REMEMBERED:
            self.seen.add(signal_id)
        self.first_seen = signal.first_seen if self.count == 0 else min(self.first_seen, signal.first_seen)
        self.last_seen = max(self.last_seen, signal.last_seen)
        self.severity = max(self.severity, signal.severity)
        self.count += 1
        if self.latest is None or (signal.last_seen, signal_id) > (self.latest.last_seen, self.latest_id):
            self.latest_id, self.latest = signal_id, signal
        self.first = sorted({*self.first, *signal.evidence})[:EVIDENCE_KEPT]
        self.last = sorted({*self.last, *signal.evidence})[-EVIDENCE_KEPT:]
        return self

    @property
    def evidence(self) -> list[Evidence]:
        """The records kept, in time order, each once."""
        return sorted({*self.first, *self.last})


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Fold)
_SIGNAL = msgspec.msgpack.Decoder(Signal)


def encode_fold(fold: Fold) -> bytes:
    """The fold as bytes, for the store."""
    return _ENCODER.encode(fold)


def decode_fold(data: bytes | None) -> Fold:
    """The fold of stored bytes; an empty one of None."""
    return _DECODER.decode(data) if data else Fold()


def encode_signal(signal: Signal) -> bytes:
    """The signal as bytes, for the store."""
    return _ENCODER.encode(signal)


def decode_signal(data: bytes) -> Signal:
    """The signal of stored bytes."""
    return _SIGNAL.decode(data)


def folded(base: Fold, signals: Iterable[tuple[str, Signal]]) -> Fold:
    """``base`` with ``signals`` added; ``base`` itself is changed."""
    for signal_id, signal in signals:
        base.add(signal_id, signal)
    return base


def detector_id(account: str, region: str) -> str:
    """GuardDuty has one detector an account and Region; its id is 32 hex digits."""
    return blake2b(f"detector\0{account}\0{region}".encode(), digest_size=16).hexdigest()


def finding_id(signal: Signal) -> str:
    """32 hex digits, derived from what makes a repeat a repeat: never drawn at random."""
    parts = (signal.account, signal.region, signal.type, *signal.identity)
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
