"""What calls say again and again, by number: asked of each record once, for all that look at every one.

Who calls from where, and what is called, are few things in many records. Numbering them takes most of the time that
looking at a record takes; what is known of a number is found at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from vedette.logs.cloudtrail import ApiCall, UserIdentity

CALLER = ("user_identity", "source_ip", "user_agent", "vpc_endpoint_id", "vpc_endpoint_account_id",
          "recipient_account_id")
"""What makes a caller, in the order of `NumberedCalls`. Most records of one share their `UserIdentity`."""
DEED = ("region", "event_source", "event_name", "error_code", "event_type", "read_only", "management_event")
"""What makes a deed, in the order of `NumberedCalls`."""

_MOST, _MOST_TEXT = 50_000, 64 << 20
"""Callers or deeds, and characters of them, that a table holds before the next batch begins another."""


class Told(dict[tuple[Any, ...], int]):
    """Different things → their numbers, from 0 in the order in which they come."""

    def __init__(self) -> None:
        super().__init__()
        self.things: list[tuple[Any, ...]] = []
        """Number → thing."""
        self._text = 0

    def __missing__(self, thing: tuple[Any, ...]) -> int:
        number = self[thing] = len(self.things)
        self.things.append(thing)
        self._text += sum(map(_length, thing))
        return number

    @property
    def is_full(self) -> bool:
        """It holds as much as it may."""
        return len(self.things) >= _MOST or self._text >= _MOST_TEXT


def _length(said: object) -> int:
    if isinstance(said, UserIdentity):
        return sum(len(told) for told in (
            said.type, said.principal_id, said.arn, said.account_id, said.access_key_id, said.user_name,
            said.invoked_by, bytes(said.raw_session)) if told)
    return len(said) if isinstance(said, str) else 0


class CallTable:
    """The different callers and deeds of many calls."""

    def __init__(self) -> None:
        self.callers, self.deeds = Told(), Told()

    @property
    def is_full(self) -> bool:
        """It is time to begin anew."""
        return self.callers.is_full or self.deeds.is_full


class NumberedCalls:
    """Calls, with who made each and what it was as numbers of a table."""

    def __init__(self, table: CallTable, calls: Sequence[ApiCall]) -> None:
        self.table = table
        self.calls = calls
        callers = table.callers
        self.callers = [
            callers[call.user_identity, call.source_ip, call.user_agent, call.vpc_endpoint_id,
                    call.vpc_endpoint_account_id, call.recipient_account_id] for call in calls]

    @cached_property
    def deeds(self) -> list[int]:
        """What each was; found out only if somebody asks."""
        deeds = self.table.deeds
        return [deeds[call.region, call.event_source, call.event_name, call.error_code, call.event_type,
                      call.read_only, call.management_event] for call in self.calls]

    @cached_property
    def ids(self) -> list[str]:
        """Their event ids; as `deeds`."""
        return [call.event_id for call in self.calls]

    @cached_property
    def seconds(self) -> list[float]:
        """When each was made, since the epoch; as `deeds`."""
        return [call.event_time.timestamp() for call in self.calls]


class CallNumbers:
    """Numbers calls. It keeps the last ones numbered, as several ask for them, until it is told to let them go."""

    def __init__(self) -> None:
        self._table = CallTable()
        self._last: NumberedCalls | None = None

    def of(self, calls: Sequence[ApiCall]) -> NumberedCalls:
        """The calls of a batch, numbered. They are not changed as long as somebody asks for them."""
        if self._last is None or self._last.calls is not calls:
            if self._table.is_full:
                self._table = CallTable()
            self._last = NumberedCalls(self._table, calls)
        return self._last

    def let_go(self) -> None:
        """Nobody will ask for the last ones again: where they lie in memory, the next are read soonest."""
        self._last = None
