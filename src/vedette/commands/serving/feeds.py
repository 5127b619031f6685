"""From the ``[[source]]`` tables to what the engine follows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from vedette.commands.serving import settings as tables
from vedette.commands.serving.heartbeat import last_alive
from vedette.findings.store import Store
from vedette.logs.times import format_time, parse_time
from vedette.sources import LogObject, NothingToRead, Source
from vedette.sources.cloudwatch import OVERLAP, GroupFeed, group_location, latest
from vedette.sources.feed import Feed
from vedette.sources.folder import FolderSource
from vedette.sources.push import PushFeed
from vedette.sources.queue import QueueFeed
from vedette.sources.s3 import S3Source
from vedette.sources.watch import PolledFeed, WatchedFolder

DAY = 86_400_000
"""Milliseconds."""

_READ_UNTIL = "read-until/"


def feed_of(table: tables.Source, state: Path, store: Store, now: int) -> Feed:
    """What follows a source, under the name that it is given. Nothing is read yet.

    Args:
        table: what the file says of it.
        state: the folder for what is pushed to the server, where the source names none.
        store: remembers when the source was first followed.
        now: milliseconds since the epoch.

    Raises:
        SourceError: the table names nothing that could be followed.
    """
    feed = _feed(table, state, store, now)
    if not isinstance(table, tables.PushSource) and table.name is not None:
        feed.name = table.name
    return feed


def _feed(table: tables.Source, state: Path, store: Store, now: int) -> Feed:
    match table:
        case tables.FolderSource():
            return WatchedFolder(FolderSource(table.location), rescan=table.poll_seconds)
        case tables.S3Source():
            source: Source = S3Source(table.location, table.endpoint_url)
            if table.backfill_days is not None:
                source = Since(source, first_followed(store, source.name, now) - table.backfill_days * DAY)
            return PolledFeed(source, table.poll_seconds)
        case tables.QueueSource():
            return QueueFeed(table.location, endpoint_url=table.endpoint_url)
        case tables.CloudWatchSource():
            place = group_location(table.region, table.group)
            return GroupFeed(
                table.region, table.group, _resumed(store, place, table, now), account=table.account,
                streams=table.streams, flow_format=table.flow_format, endpoint_url=table.endpoint_url,
                interval=table.poll_seconds,
                note=partial(_note, store, place))
        case tables.PushSource():
            return PushFeed(table.name, table.folder or state / "pushed")


def _resumed(store: Store, group: str, table: tables.CloudWatchSource, now: int) -> int:
    """The time (ms) of the first events of a log group that may not have been read yet."""
    first = first_followed(store, group, now)
    noted = store.meta(_READ_UNTIL + group)
    # Killed before the first note, it may have read something all the same.
    newest = parse_time(noted) if noted else latest(locator for locator, _ in store.known_objects(table.name or group))
    if newest is None:
        return 0 if table.backfill_days is None else first - table.backfill_days * DAY
    # Events may be dated up to two hours ahead: those of what was written later are not read for that.
    return min(newest, last_alive(store) or newest) - OVERLAP


def _note(store: Store, group: str, newest: int) -> None:
    """Remember the newest event of a log group that is committed, so that the next start need not look for it."""
    with store.transaction() as batch:
        batch.put_meta(_READ_UNTIL + group, format_time(newest))


def first_followed(store: Store, source: str, now: int) -> int:
    """When a source was followed for the first time (ms): ``now`` if it never was."""
    key = f"followed/{source}"
    with store.transaction() as batch:
        known = batch.meta(key)
        if known is None:
            batch.put_meta(key, format_time(now))
            return now
    return parse_time(known)


class Since:
    """A source without what was written before a time."""

    def __init__(self, source: Source, since: int) -> None:
        """``since`` is in milliseconds."""
        self.spec = source.spec
        self.name = source.name
        self.far = source.far
        self._source = source
        self._since = since

    def objects(self) -> Iterator[LogObject]:
        """As `Source.objects`.

        Raises:
            NothingToRead: there is none.
            SourceError: it cannot be listed.
        """
        some = False
        for obj in self._source.objects():
            if obj.modified >= self._since:
                some = True
                yield obj
        if not some:
            raise NothingToRead("holds nothing that was written lately enough", where=self.name)

    def open(self, obj: LogObject) -> BinaryIO:
        """As `Source.open`.

        Raises:
            SourceError: it is gone, changed, or cannot be read.
        """
        return self._source.open(obj)
