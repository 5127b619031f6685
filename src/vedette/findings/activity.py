"""What people did with findings: who, what and when, as the database keeps it beside each finding.

The audit log of the server tells of every change for good; this tells those who look at a finding, within bounds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import Connection, delete, func, select

from vedette.findings.chunks import chunks
from vedette.findings.schema import activity, finding

Deed = Literal["STATUS", "ASSIGNEE", "COMMENT", "ARCHIVED", "UNARCHIVED", "FEEDBACK"]

KEPT = 250
"""Of a finding; of more, the oldest go that are no comments."""

COMMENTS = 100
"""Of a finding: these are never dropped, so that it cannot have more."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who does something with a finding."""

    account: str
    name: str
    """A console user's, or an access key's."""
    access_key_id: str = ""
    """Empty of a console user."""


NOBODY = Person(account="", name="")


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done with a finding."""

    time: int
    """Milliseconds since the epoch."""
    what: Deed
    value: str = ""
    """The new status, assignee (empty: nobody) or feedback."""
    text: str = ""
    """The comment, or what was said with the feedback."""
    by: Person


class Activities(NamedTuple):
    """Some of what was done with a finding, the newest first."""

    some: list[Activity]
    kept: int
    forgotten: int
    """How many there were before those kept."""


_PLAIN = ("time", "what", "value", "text")
_BY = Person.__struct_fields__


class ActivityReader:
    """What can be asked of it, in a transaction or outside."""

    def _connected(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    def activities(self, finding_id: str, offset: int, limit: int) -> Activities:
        """What was done with a finding: at most ``limit`` after the newest ``offset``."""
        of_it = activity.c.seq == select(finding.c.seq).where(finding.c.id == finding_id).scalar_subquery()
        columns = [activity.c[name] for name in (*_PLAIN, *_BY)]
        query = select(*columns).where(of_it).order_by(activity.c.place.desc()).offset(offset).limit(limit)
        with self._connected() as connection:
            kept, last = connection.execute(
                select(func.count(), func.coalesce(func.max(activity.c.place), 0)).where(of_it)).one()
            return Activities([_activity(row) for row in connection.execute(query)], kept, last - kept)

    def comments(self, ids: Collection[str]) -> dict[str, int]:
        """How many comments each of the findings has that has any."""
        query = (
            select(finding.c.id, func.count()).join_from(activity, finding, finding.c.seq == activity.c.seq)
            .where(activity.c.what == "COMMENT").group_by(finding.c.id))
        found: dict[str, int] = {}
        with self._connected() as connection:
            for chunk in chunks(ids):
                found.update((one, number) for one, number in connection.execute(query.where(finding.c.id.in_(chunk))))
        return found

    def last_comments(self, ids: Collection[str]) -> dict[str, Activity]:
        """The newest comment on each of the findings that has any."""
        newest = (
            select(activity.c.seq, func.max(activity.c.place).label("place"), finding.c.id)
            .join_from(activity, finding, finding.c.seq == activity.c.seq)
            .where(activity.c.what == "COMMENT").group_by(activity.c.seq, finding.c.id))
        found: dict[str, Activity] = {}
        with self._connected() as connection:
            for chunk in chunks(ids):
                last = newest.where(finding.c.id.in_(chunk)).subquery()
                query = select(last.c.id, *(activity.c[name] for name in (*_PLAIN, *_BY))).join_from(
                    activity, last, (activity.c.seq == last.c.seq) & (activity.c.place == last.c.place))
                found.update((one, _activity(row)) for one, *row in connection.execute(query))
        return found


class ActivityWriter(ActivityReader):
    """Changes to it, in a transaction."""

    def note(self, ids: Iterable[str], done: Activity) -> None:
        """Keep that this was done with findings; ids of none are passed over."""
        last = select(func.coalesce(func.max(activity.c.place), 0)).where(activity.c.seq == finding.c.seq)
        row = {name: getattr(done, name) for name in _PLAIN} | msgspec.structs.asdict(done.by)
        with self._connected() as connection:
            for chunk in chunks(ids):
                places = connection.execute(
                    select(finding.c.seq, last.scalar_subquery()).where(finding.c.id.in_(chunk))).all()
                if not places:
                    continue
                rows = [{"seq": seq, "place": place + 1, **row} for seq, place in places]
                connection.execute(activity.insert(), rows)
                for seq, place in places:
                    if place >= KEPT:
                        self._drop(connection, seq)

    @staticmethod
    def _drop(connection: Connection, seq: int) -> None:
        """Leave at most `KEPT` of a finding's."""
        there = select(activity.c.place).where(activity.c.seq == seq)
        beyond = (connection.scalar(select(func.count()).select_from(there.subquery())) or 0) - KEPT
        if beyond > 0:
            oldest = there.where(activity.c.what != "COMMENT").order_by(activity.c.place).limit(beyond)
            places = connection.scalars(oldest).all()
            connection.execute(delete(activity).where(activity.c.seq == seq, activity.c.place.in_(places)))


def _activity(row: Any) -> Activity:
    told = dict(zip((*_PLAIN, *_BY), row, strict=True))
    by = Person(**{name: told.pop(name) for name in _BY})
    return Activity(**told, by=by)
