from __future__ import annotations

import pytest

from vedette.findings.configuration import DetectorSettings, Feature, Filter
from vedette.findings.rows import Usage

ACCOUNT, REGION = "111122223333", "eu-west-1"


def named(name, account=ACCOUNT, region=REGION, **changes):
    return Filter(account=account, region=region, id=name, criteria={"criterion": {}}, **changes)


def test_things_come_back_as_they_were_kept_in_the_order_they_were_made(store):
    things = [named("b", rank=3, tags={"k": "é\0"}), named("a"), named("a", account="444455556666")]
    with store.transaction() as batch:
        for thing in things:
            batch.configure(thing)
    assert store.configured(Filter) == things
    assert store.configured(Filter, ACCOUNT) == things[:2]
    assert store.configured(Filter, ACCOUNT, "us-east-1") == []
    assert store.configuration(Filter, ACCOUNT, REGION, "a") == things[1]
    assert store.configuration(Filter, ACCOUNT, REGION, "c") is None


def test_the_same_id_is_another_thing_in_another_place_and_of_another_kind(store):
    detector = DetectorSettings(account=ACCOUNT, region=REGION, id="a", features={"X": Feature(enabled=False)})
    with store.transaction() as batch:
        batch.configure(named("a"))
        batch.configure(named("a", region="us-east-1"))
        batch.configure(detector)
        assert batch.unconfigure(Filter, ACCOUNT, REGION, "a")
        assert not batch.unconfigure(Filter, ACCOUNT, REGION, "a")
    assert [one.region for one in store.configured(Filter)] == ["us-east-1"]
    assert store.configured(DetectorSettings) == [detector]


def test_a_change_keeps_the_place_in_the_order(store):
    with store.transaction() as batch:
        batch.configure(named("first"))
        batch.configure(named("second"))
        batch.configure(named("first", description="changed"))
    assert [(one.id, one.description) for one in store.configured(Filter)] == [("first", "changed"), ("second", "")]


def test_a_transaction_that_fails_leaves_nothing(store):
    def fails():
        with store.transaction() as batch:
            batch.configure(named("a"))
            batch.keep_content(b"x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert store.configured(Filter) == []


def test_content_is_kept_once_and_dropped(store):
    with store.transaction() as batch:
        digest = batch.keep_content(b"\0list")
        assert batch.keep_content(b"\0list") == digest
    assert store.content(digest) == b"\0list"
    with store.transaction() as batch:
        batch.drop_content(digest)
    assert store.content(digest) is None


def test_usage_adds_up_by_place_kind_and_day(store):
    day = 86_400_000
    one = Usage(account=ACCOUNT, region=REGION, kind="dns", records=2, bytes=10)
    with store.transaction() as batch:
        batch.count_usage([one, one], 5 * day)
    with store.transaction() as batch:
        batch.count_usage([one], 5 * day + 1)
        batch.count_usage([one], 6 * day)
    assert sorted((use.day, use.records, use.bytes) for use in store.usage(0)) == [(5, 6, 30), (6, 2, 10)]
    assert [use.day for use in store.usage(6, [ACCOUNT])] == [6]
    assert store.usage(0, ["444455556666"]) == []
