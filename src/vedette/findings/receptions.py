"""What came last of each log of each account and Region, and which of the last hours had records.

An object counts for every hour from its first record to its last. Hours without records may have been lost, or nothing
happened in them: nobody can tell which.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, delete, func, select, tuple_

from vedette.findings.chunks import chunks
from vedette.findings.schema import reception
from vedette.findings.upserts import upsert

HOUR = 3_600_000
"""Milliseconds."""

HOURS = 168
"""Hours of which it is known whether they had records, that of the latest record counted: a week."""

_ALL = (1 << HOURS) - 1
_BYTES = HOURS // 8
_KEY = (reception.c.account, reception.c.region, reception.c.kind)

Place = tuple[str, str]
"""An account and a Region."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What an object had of a log: its account and Region, and its records' first and last time (ms)."""

    account: str
    region: str
    kind: str
    """A log kind, `vedette.findings.rows.S3_DATA` or `LAMBDA_NETWORK`."""
    first: int
    last: int


class Reception(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a log of an account and Region. Times are ms since the epoch."""

    account: str
    region: str
    kind: str
    received: int
    """When something of it was last committed."""
    last_record: int
    """The time of its latest record; not beyond the clock."""
    hours: int = 0
    """Bit n: n hours before that of the latest record there were records."""

    def heard(self, one: Heard, now: int) -> Reception:
        """With what an object had, committed at ``now``.

        >>> log = Reception(account="", region="", kind="dns", received=0, last_record=0)
        >>> bin(log.heard(Heard(account="", region="", kind="dns", first=2 * HOUR, last=3 * HOUR), 9 * HOUR).hours)
        '0b11'
        """
        last = max(self.last_record, min(one.last, now))
        newest = last // HOUR
        hours = self.hours << min(newest - self.last_record // HOUR, HOURS)
        low, high = newest - min(one.last, now) // HOUR, newest - min(one.first, now) // HOUR
        if low < HOURS:
            hours |= (1 << (min(high, HOURS - 1) + 1)) - (1 << low)
        return msgspec.structs.replace(self, received=now, last_record=last, hours=hours & _ALL)

    @property
    def known_since(self) -> int:
        """The first hour (ms) that is known to have had records, of a week at most."""
        return (self.last_record // HOUR - self.hours.bit_length() + 1) * HOUR

    def gaps(self, now: int) -> list[tuple[int, int]]:
        """(from, until) of each run of hours without records, since the first hour that had some, of a week at most.

        The time since the latest record is one, once it is a whole hour.
        """
        newest = self.last_record // HOUR
        found: list[tuple[int, int]] = []
        reached: int | None = None
        for hour in (newest - bit for bit in reversed(range(HOURS)) if self.hours >> bit & 1):
            if reached is not None and hour > reached + 1:
                found.append(((reached + 1) * HOUR, hour * HOUR))
            reached = hour
        if now // HOUR > newest + 1:
            found.append(((newest + 1) * HOUR, now // HOUR * HOUR))
        return found


class Quiet(NamedTuple):
    """An account and Region of which logs came, and the latest record (ms) of that which is silent the longest."""

    account: str
    region: str
    since: int


class ReceptionReader:
    """What can be asked, in a transaction or outside."""

    def _connected(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    def heard_places(self, accounts: Collection[str]) -> list[Quiet]:
        """Where logs of these accounts came from."""
        query = select(*_KEY[:2], func.min(reception.c.last_record)).group_by(*_KEY[:2])
        with self._connected() as connection:
            return [Quiet(*row) for chunk in chunks(accounts)
                    for row in connection.execute(query.where(reception.c.account.in_(chunk)))]

    def receptions(self, places: Collection[Place]) -> list[Reception]:
        """What is known of every log there."""
        return self._receptions(_KEY[:2], places)

    def _receptions(self, key: Sequence[Any], wanted: Collection[tuple[str, ...]]) -> list[Reception]:
        query = select(*(reception.c[name] for name in Reception.__struct_fields__))
        with self._connected() as connection:
            return [
                Reception(**{**row, "hours": int.from_bytes(row["hours"])})
                for chunk in chunks(wanted)
                for row in connection.execute(query.where(tuple_(*key).in_(chunk))).mappings()]


class ReceptionWriter(ReceptionReader):
    """Changes, in a transaction."""

    def hear(self, objects: Iterable[Heard], now: int) -> None:
        """Note what objects had that are committed at ``now`` (ms)."""
        told = list(objects)
        known = {(one.account, one.region, one.kind): one
                 for one in self._receptions(_KEY, {(one.account, one.region, one.kind) for one in told})}
        for one in told:
            key = one.account, one.region, one.kind
            before = known.get(key) or Reception(
                account=one.account, region=one.region, kind=one.kind, received=now, last_record=min(one.last, now))
            known[key] = before.heard(one, now)
        rows = [{**msgspec.structs.asdict(one), "hours": one.hours.to_bytes(_BYTES)} for one in known.values()]
        if not rows:
            return
        with self._connected() as connection:
            connection.execute(upsert(
                connection.dialect.name, reception, tuple(column.name for column in _KEY),
                ("received", "last_record", "hours")), rows)

    def forget_receptions_before(self, time: int) -> None:
        """Forget the logs of which nothing was committed since ``time`` (ms)."""
        with self._connected() as connection:
            connection.execute(delete(reception).where(reception.c.received < time))
