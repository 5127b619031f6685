"""From a source's table to what follows it."""

from __future__ import annotations

import os
import threading

import pytest

from vedette.commands.serving import settings as tables
from vedette.commands.serving.feeds import DAY, Since, feed_of, first_followed
from vedette.commands.serving.heartbeat import beating
from vedette.errors import SourceError
from vedette.findings.rows import LedgerEntry
from vedette.findings.store import Store
from vedette.sources import LogObject, NothingToRead, SourceSpec
from vedette.sources.cloudwatch import OVERLAP

NOW = 1_800_000_000_000


class Listing:
    """A source that lists objects written so many days before `NOW`."""

    spec = SourceSpec("s3", "s3://b/")
    name = "s3://b/"
    far = True

    def __init__(self, *days: float) -> None:
        self.days = days

    def objects(self):
        for age in self.days:
            yield LogObject(f"s3://b/{age}", "1", 1, int(NOW - age * DAY))


def test_what_was_written_before_a_time_is_left_out():
    since = Since(Listing(9, 7, 7.001, 0.5), NOW - 7 * DAY)
    assert [obj.locator for obj in since.objects()] == ["s3://b/7", "s3://b/0.5"]
    assert (since.spec, since.name, since.far) == (Listing.spec, Listing.name, True)


def test_a_source_with_nothing_new_enough_has_nothing_to_read():
    with pytest.raises(NothingToRead):
        list(Since(Listing(9), NOW).objects())


def test_the_first_start_counts_not_the_last(location):
    with Store.open(location) as store:
        assert first_followed(store, "s3://b/", NOW) == NOW
        assert first_followed(store, "s3://c/", NOW + 5) == NOW + 5
    with Store.open(location) as store:
        assert first_followed(store, "s3://b/", NOW + 9 * DAY) == NOW


def test_each_kind_of_table_is_followed_under_a_name_of_its_own(store, tmp_path):
    feeds = [feed_of(table, tmp_path, store, NOW) for table in (
        tables.FolderSource(location=str(tmp_path)), tables.S3Source(location="s3://b/p"),
        tables.S3Source(location="s3://b/q", backfill_days=0), tables.QueueSource(location="https://sqs/1/q"),
        tables.CloudWatchSource(group="/aws/g", region="eu-west-1"), tables.PushSource(name="agents"))]
    assert [feed.name for feed in feeds] == [
        str(tmp_path), "s3://b/p", "s3://b/q", "https://sqs/1/q", "cloudwatch://eu-west-1/%2Faws%2Fg", "push/agents"]
    assert (tmp_path / "pushed" / "agents").is_dir()


def test_each_kind_of_source_may_be_given_a_name_and_is_then_called_so_and_reads_the_same(store, tmp_path):
    (tmp_path / "a.json").write_text("{}")
    os.utime(tmp_path / "a.json", (1_700_000_000, 1_700_000_000))
    given = [tables.FolderSource(location=str(tmp_path), name="drop"),
             tables.S3Source(location="s3://b/p", name="trail"),
             tables.S3Source(location="s3://b/q", backfill_days=0, name="flows"),
             tables.QueueSource(location="https://sqs/1/q", name="queue"),
             tables.CloudWatchSource(group="/aws/g", region="eu-west-1", name="dns")]
    feeds = [feed_of(table, tmp_path, store, NOW) for table in given]
    assert [feed.name for feed in feeds] == ["drop", "trail", "flows", "queue", "dns"]
    delivery = feeds[0].next(threading.Event())
    assert [obj.locator for obj in delivery.objects] == [str(tmp_path / "a.json")]
    feeds[0].close()
    # Under another name a source is the same source: it does not begin from now.
    assert first_followed(store, "s3://b/q", NOW + DAY) == NOW
    assert first_followed(store, "cloudwatch://eu-west-1/%2Faws%2Fg", NOW + DAY) == NOW


GROUP = "cloudwatch://eu-west-1/g"


def since_of(store, tmp_path, now=NOW, **given):
    """From when on (ms) a log group is asked for events."""
    return feed_of(tables.CloudWatchSource(group="g", region="eu-west-1", **given), tmp_path, store, now)._since


def beat(store, moment):
    stop = threading.Event()

    def clock():
        stop.set()
        return moment

    beating(store, clock)(stop)


def read_until(store, *times):
    with store.transaction() as batch:
        for time in times:
            batch.record_object(LedgerEntry(source=GROUP, object=f"{GROUP}/s?from=1&to={time}", version="1",
                                            state="done", kind="vpc-flow"))


def test_a_log_group_is_read_from_its_beginning_or_from_so_many_days_before_the_first_start(store, tmp_path):
    assert since_of(store, tmp_path) == 0
    assert since_of(store, tmp_path, NOW + 3 * DAY, backfill_days=2) == NOW - 2 * DAY


def test_after_a_restart_a_log_group_is_taken_up_a_little_before_the_newest_event(store, tmp_path):
    read_until(store, NOW - 500, NOW - 9_000)
    beat(store, NOW)
    assert since_of(store, tmp_path, NOW + DAY, backfill_days=2) == NOW - 500 - OVERLAP


def test_what_was_noted_of_a_log_group_is_believed_and_the_ledger_not_gone_through(store, tmp_path, monkeypatch):
    feed = feed_of(tables.CloudWatchSource(group="g", region="eu-west-1"), tmp_path, store, NOW)
    read_until(store, NOW - 9_000)
    feed._tell(NOW - 500)
    beat(store, NOW)
    monkeypatch.setattr(Store, "known_objects", None)
    assert since_of(store, tmp_path, NOW + DAY, name="other") == NOW - 500 - OVERLAP


def test_a_named_log_group_that_was_killed_before_the_first_note_goes_by_the_ledger(store, tmp_path):
    with store.transaction() as batch:
        batch.record_object(LedgerEntry(source="dns", object=f"{GROUP}/s?from=1&to={NOW - 500}", version="1",
                                        state="done", kind="dns"))
    assert since_of(store, tmp_path, NOW + DAY, name="dns") == NOW - 500 - OVERLAP


def test_an_event_from_the_future_makes_nothing_be_passed_over_that_came_while_the_server_was_down(store, tmp_path):
    read_until(store, NOW - 500, NOW + 7_200_000)
    beat(store, NOW)
    assert since_of(store, tmp_path, NOW + 7_200_000) == NOW - OVERLAP


def test_a_table_that_names_nothing_is_told(store, tmp_path):
    with pytest.raises(SourceError, match="is no queue's URL"):
        feed_of(tables.QueueSource(location="https://sqs"), tmp_path, store, NOW)
