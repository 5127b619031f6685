"""What a destination of findings is to the publisher, and what becomes of each finding that is sent to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from vedette.errors import VedetteError

Finding = Mapping[str, Any]
"""GuardDuty's wire JSON, decoded."""


class DestinationError(VedetteError):
    """What a destination was given cannot be used; ``where`` is the address or the setting."""


Fate = Literal["arrived", "later", "unable", "never", "untried"]
"""``later``: refused for now (busy, unreachable). ``unable``: refused until somebody changes the destination or its
rights; tried again all the same. ``never``: this finding cannot be sent there, however often it is tried. ``untried``:
nothing was said of it, because those before it failed."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of one finding."""

    fate: Fate
    reason: str = ""
    """Why it did not arrive, for a person."""


ARRIVED = Outcome("arrived")
UNTRIED = Outcome("untried")


class Sender(Protocol):
    """A way to one destination. Used by one thread at a time."""

    def send(self, documents: Sequence[Finding], now: int) -> list[Outcome]:
        """Send findings at ``now`` (ms); one outcome each, in their order. Refusals are outcomes, bugs raise."""


def whole_or_untried(outcome: Outcome, tried: int, asked: int) -> list[Outcome]:
    """``outcome`` for the first ``tried`` of ``asked`` findings, the others untried."""
    return [outcome] * tried + [UNTRIED] * (asked - tried)
