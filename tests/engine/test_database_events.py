"""What happened at databases, on its way: to the detectors, to the event history, and into findings."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.test_analysed import NOTHING_KNOWN
from vedette.detectors.declare import Detector, Trigger, database_callers_where, database_events
from vedette.engine.dispatch import Dispatcher
from vedette.engine.history_rows import SCHEMAS
from vedette.engine.history_writer import HistoryWriter
from vedette.engine.mapping import at_home
from vedette.inventory import load_inventory
from vedette.logs.kinds import Batch, LogKind
from vedette.logs.rds import DbEvent, Did
from vedette.logs.reading import Reading
from vedette.simulate import db_client
from vedette.simulate.databases import delivered, lines_of
from vedette.sources import LogObject

HOUR = 3_600_000
NINE = 492_345 * HOUR


def wanting(name: str, *on: Trigger) -> Detector:
    return Detector(name=name, types=(), on=on, judge=lambda record, known: None)


DETECTORS = [
    wanting("all", database_events(Did.LOGGED_IN, Did.FAILED)),
    wanting("first", database_events(Did.LOGGED_IN, Did.FAILED, first=True)),
    wanting("place", database_callers_where(lambda source, known: source.endswith("7"))),
]
EVENTS = st.lists(st.builds(
    DbEvent, moment=st.sampled_from([NINE, NINE + 1, NINE + HOUR - 1, NINE + HOUR]),
    did=st.sampled_from([Did.LOGGED_IN, Did.FAILED, Did.ASKED]), user=st.sampled_from(["a", "b"]),
    source=st.sampled_from(["10.0.1.7", "10.0.1.8"]), session=st.sampled_from(["1", "2", "3"])), max_size=20)


def alike(event: DbEvent) -> tuple[Any, ...]:
    return event.user, event.source, event.moment // HOUR


@given(EVENTS)
def test_detectors_meet_what_they_want_and_of_log_ins_that_are_alike_the_first(events: list[DbEvent]) -> None:
    batch = Batch(LogKind.RDS, structs=events, positions=range(10, 10 + len(events)))
    met: dict[str, list[int]] = {one.name: [] for one in DETECTORS}
    for position, record, detector in Dispatcher(DETECTORS, NOTHING_KNOWN).hits(batch):
        assert record is events[position - 10]
        met[detector.name].append(position - 10)
    assert sorted(met["all"]) == [n for n, one in enumerate(events) if one.did in (Did.LOGGED_IN, Did.FAILED)]
    assert sorted(met["place"]) == [n for n, one in enumerate(events) if one.source.endswith("7")]
    failed = [n for n, one in enumerate(events) if one.did == Did.FAILED]
    assert [n for n in sorted(met["first"]) if n in failed] == failed
    told = [events[n] for n in met["first"] if n not in failed]
    assert len({alike(one) for one in told}) == len(told)
    logins = [one for one in events if one.did == Did.LOGGED_IN]
    for one in told:
        same = [other for other in logins if alike(other) == alike(one)]
        assert (one.moment, one.record) == min((other.moment, other.record) for other in same)
    assert {alike(one) for one in told} == {alike(one) for one in logins}


def test_the_event_history_keeps_what_happened_when_it_happened(tmp_path: Path) -> None:
    client = db_client("app", "10.0.1.7")
    lines = [line for event in (client.connects(), client.logs_in(), client.fails(), client.runs(
        "DELETE FROM carts", 7)) for line in lines_of(event.fields, NINE, "x")]
    data = gzip.compress(delivered(lines))
    obj = LogObject("aws/rds/instance/shop-db/postgresql/1.gz", "v", len(data), 0, None, "111122223333", "eu-west-1")
    path = tmp_path / "log"
    path.write_bytes(data)
    writer = HistoryWriter(tmp_path)
    writer.start()
    with path.open("rb") as stream:
        for batch in Reading(stream).batches():
            writer.add(batch, obj)
    writer.read()
    (name,) = writer.finished()
    rows = pl.read_parquet(tmp_path / name)
    assert set(rows.columns) <= SCHEMAS[LogKind.RDS].keys()
    assert rows["did"].to_list() == ["connected", "connected", "logged in", "connected", "failed", "asked"]
    assert set(rows["time"].to_list()) == {NINE}
    assert rows["account_id"].unique().to_list() == ["111122223333"]
    assert rows["rows"].to_list() == [None, None, None, None, None, 7]
    assert rows["position"].to_list() == [1, 2, 4, 5, 6, 7]


def test_a_path_says_whose_log_it_is_where_the_entries_do_not() -> None:
    obj = LogObject("cloudwatch://eu-west-1/%2Faws%2Frds%2Fcluster%2Fshop%2Fpostgresql/shop-1.0?from=1&to=2", "v", 1, 0,
                    None, "111122223333", "eu-west-1")
    event = DbEvent(NINE, Did.FAILED, user="a")
    home = at_home(event, obj)
    assert (home.account_id, home.region, home.cluster, home.instance) == (
        "111122223333", "eu-west-1", "shop", "shop-1")
    assert event == DbEvent(NINE, Did.FAILED, user="a")
    told = at_home(DbEvent(NINE, Did.FAILED, instance="other", account_id="444455556666", region="us-east-1"), obj)
    assert (told.account_id, told.region, told.cluster, told.instance) == ("444455556666", "us-east-1", "", "other")


def test_what_the_inventory_knows_of_a_database_is_shown(tmp_path: Path) -> None:
    arn = "arn:aws:rds:eu-west-1:111122223333:db:shop-db"
    (tmp_path / "describe-db-instances.json").write_bytes(b"""{"DBInstances": [{
        "DBInstanceIdentifier": "shop-db", "DBInstanceArn": "%s", "Engine": "postgres", "EngineVersion": "16.3",
        "DbiResourceId": "db-ABC", "TagList": [{"Key": "team", "Value": "shop"}]}]}""" % arn.encode())
    known = load_inventory([tmp_path])
    assert known.database_details("111122223333", "eu-west-1", "shop-db", "") == {
        "dbInstanceIdentifier": "shop-db", "engine": "postgres", "engineVersion": "16.3", "dbiResourceId": "db-ABC",
        "dbInstanceArn": arn, "tags": [{"key": "team", "value": "shop"}]}
    assert known.database_details("444455556666", "eu-west-1", "shop-db", "shop") == {
        "dbInstanceIdentifier": "shop-db", "dbClusterIdentifier": "shop"}
    assert known.database_details("111122223333", "eu-west-1", "", "") == {}
