"""The outbox: which finding is to be sent to which destination, and when.

A finding goes out at once when it is new, and once a period at most while it repeats. A row says when it is due; it
stays after it was sent, so that the next repeat knows when that was. Rows change with the finding, in one transaction;
sending happens outside, and what changed meanwhile is sent again: at least once, never lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, null, or_, select, update

from vedette.findings import schema
from vedette.findings.configuration import PERIODS

_TABLE = schema.publication

LONGEST_WAIT = 900_000
"""Before what was refused is tried again (ms), at most."""

_LONGEST = max(PERIODS.values())


class Publication(msgspec.Struct, frozen=True):
    """A finding that is due at a destination."""

    destination: str
    finding: str
    due: int
    """Milliseconds since the epoch."""
    changes: int
    """What `PublicationWriter.sent` wants to know, to tell whether the finding changed meanwhile."""
    attempts: int


class Backlog(msgspec.Struct, frozen=True):
    """How a destination fares."""

    waiting: int
    """Findings that are due."""
    oldest: int | None
    """When the first of them was due (ms)."""


class PublicationReader:
    """What can be asked of the outbox, in a transaction or outside."""

    def _connected(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    def due(self, destination: str, now: int, limit: int = 100) -> list[Publication]:
        """What is to be sent to a destination by ``now`` (ms), the oldest first."""
        columns = [_TABLE.c[name] for name in Publication.__struct_fields__]
        query = select(*columns).where(_TABLE.c.destination == destination, _by(now))
        with self._connected() as connection:
            found = connection.execute(query.order_by(_TABLE.c.due, _TABLE.c.finding).limit(limit))
            return [Publication(*row) for row in found]

    def backlog(self, destination: str, now: int) -> Backlog:
        """What waits for a destination at ``now`` (ms)."""
        query = select(func.count(), func.min(_TABLE.c.due)).where(
            _TABLE.c.destination == destination, _by(now))
        with self._connected() as connection:
            return Backlog(*connection.execute(query).one())


class PublicationWriter(PublicationReader):
    """Changes to the outbox, in a transaction."""

    def publish(self, finding: str, destinations: Iterable[str], now: int, period: int) -> None:
        """The finding is new or has changed: it is due now where it was never sent, else a ``period`` (ms) after that.

        What is due already stays due when it is.
        """
        with self._connected() as connection:
            for destination in destinations:
                here = and_(_TABLE.c.destination == destination, _TABLE.c.finding == finding)
                row = connection.execute(select(_TABLE.c.due, _TABLE.c.sent).where(here)).one_or_none()
                if row is None:
                    connection.execute(_TABLE.insert().values(
                        destination=destination, finding=finding, due=now, sent=None, changes=1, attempts=0, error=""))
                    continue
                due, sent = row
                if due is None:
                    due = now if sent is None else max(now, sent + period)
                connection.execute(update(_TABLE).where(here).values(due=due, changes=_TABLE.c.changes + 1))

    def sent(self, publications: Iterable[Publication], now: int, period: int) -> None:
        """They have arrived. What changed while they were on their way is due again after a ``period`` (ms)."""
        with self._connected() as connection:
            for one in publications:
                again = case((or_(_TABLE.c.changes == one.changes, _TABLE.c.due.is_(None)), null()), else_=now + period)
                connection.execute(update(_TABLE).where(_is(one)).values(due=again, sent=now, attempts=0, error=""))

    def refused(self, publications: Iterable[Publication], again_at: int, error: str) -> None:
        """They could not be sent: they are due again at ``again_at`` (ms), unless they were withheld meanwhile."""
        with self._connected() as connection:
            for one in publications:
                connection.execute(update(_TABLE).where(_is(one), _TABLE.c.due.is_not(None)).values(
                    due=again_at, attempts=_TABLE.c.attempts + 1, error=error[:500]))

    def passed_over(self, publications: Iterable[Publication], error: str = "") -> None:
        """They are not to be sent as they were: nothing is due until they change again. ``error`` says why they cannot.

        What has changed since they were taken stays due.
        """
        with self._connected() as connection:
            for one in publications:
                connection.execute(update(_TABLE).where(_is(one), _TABLE.c.changes == one.changes).values(
                    due=None, attempts=0, error=error[:500]))

    def hasten(self, destination: str, now: int) -> None:
        """What was refused there is due at ``now`` (ms): somebody has mended the destination."""
        with self._connected() as connection:
            connection.execute(update(_TABLE).where(
                _TABLE.c.destination == destination, _TABLE.c.due > now, _TABLE.c.attempts > 0).values(due=now))

    def withhold(self, findings: Iterable[str], destination: str | None = None) -> None:
        """Nothing of these findings is to be sent (to one destination) until they change again."""
        with self._connected() as connection:
            for finding in findings:
                query = update(_TABLE).where(_TABLE.c.finding == finding).values(due=None)
                if destination is not None:
                    query = query.where(_TABLE.c.destination == destination)
                connection.execute(query)

    def drop_publications(self, finding: str = "", destination: str = "") -> None:
        """Forget all that was or is to be sent of a finding, or to a destination."""
        with self._connected() as connection:
            connection.execute(delete(_TABLE).where(or_(
                _TABLE.c.finding == finding, _TABLE.c.destination == destination)))


def _is(one: Publication) -> ColumnElement[bool]:
    return and_(_TABLE.c.destination == one.destination, _TABLE.c.finding == one.finding)


def _by(now: int) -> ColumnElement[bool]:
    """It is due by ``now`` (ms)."""
    # Nothing is put off for longer than a period, nor what was never sent or was refused for longer than a wait: where
    # it seems to be, the clock was ahead, and has been set back.
    refused = and_(_TABLE.c.due > now + LONGEST_WAIT, or_(_TABLE.c.sent.is_(None), _TABLE.c.attempts > 0))
    return or_(_TABLE.c.due <= now, _TABLE.c.due > now + _LONGEST, refused)
