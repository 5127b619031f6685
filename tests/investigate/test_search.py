"""A search of random records finds what asking them one by one in plain Python finds, however they lie in files."""

from __future__ import annotations

import io
import itertools
import json
import re
import tempfile
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.test_history_archive import archive, bucket, endpoint
from tests.investigate.conftest import Delivered
from tests.investigate.test_profile_counts import (
    ACCOUNT,
    ENTITIES,
    OTHER,
    RECORDS,
    SINCE,
    Record,
    deduplicated,
    failed,
    lay_history,
    names,
    sources,
)
from tests.investigate.test_profiles import HOSTILE
from vedette.commands.investigate import Place
from vedette.commands.search import Wish, show_records
from vedette.engine import history_files, history_names
from vedette.engine.history_archive import Archive
from vedette.engine.history_derived import DERIVED
from vedette.engine.history_files import merge_small
from vedette.engine.history_names import note_names
from vedette.engine.history_rows import PLACE, SCHEMAS
from vedette.errors import VedetteError
from vedette.findings.database import patience
from vedette.investigate import tiles
from vedette.investigate.conditions import OPERATORS, Condition, Operator, holds, written
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.naming import logs_of
from vedette.investigate.profile import BUCKETS, Sources
from vedette.investigate.search import Found, Question, search
from vedette.investigate.sightings import Past, columns_of
from vedette.investigate.wanted import Scope
from vedette.logs.kinds import LogKind

__all__ = ["archive", "bucket", "endpoint", "sources"]

HOUR, DAY = 3_600_000, 86_400_000
WORDS = ["198.51.100.7", "AccessDenied", "logs", "deploy", "bad.example", "admin", "eni-1", "A", "", "é", "a.b", "("]
NUMBERS = ["0", "443", "53", "1500", "-1", str(2**40)]
SCOPES = st.sampled_from([
    None, Scope(ACCOUNT, "eu-west-1"), Scope(ACCOUNT, "eu-west-1", frozenset({OTHER})), Scope(OTHER, "us-east-1")])
_NOT = {"notEquals": "equals", "notBeginsWith": "beginsWith", "notContains": "contains", "missing": "exists"}


def row_of(record: Record) -> dict[str, Any]:
    """All that a record says, derived columns too."""
    row = {**record, **record.get("who", {})}
    if record["log"] is LogKind.CLOUDTRAIL and row["event_source"] == "s3.amazonaws.com" and (
            "bucketName" in (row["request"] or "") or "s3:::logs" in (row["resources"] or "")):
        row["bucket"] = "logs"
    if record["log"] is LogKind.EKS_AUDIT and row["resource"] == "pods" and row["namespace"] and row["name"]:
        row["pod"] = f"{row['namespace']}/{row['name']}"
    return row


def meets(row: dict[str, Any], one: Condition) -> bool:
    if str(one.operator) in _NOT:
        return not meets(row, Condition(one.column, Operator(_NOT[one.operator]), one.value))
    told = row.get(one.column)
    if one.operator is Operator.EXISTS:
        return told not in (None, "", [])
    if isinstance(told, list):
        return any(meets({one.column: each}, one) for each in told)
    if told is None:
        return False
    if isinstance(told, str):
        return {Operator.EQUALS: told == one.value, Operator.BEGINS_WITH: told.startswith(one.value),
                Operator.CONTAINS: one.value in told}[one.operator]
    number = int(one.value)
    return {Operator.EQUALS: told == number, Operator.GREATER_THAN: told > number, Operator.LESS_THAN: told < number,
            Operator.GREATER_THAN_OR_EQUAL: told >= number, Operator.LESS_THAN_OR_EQUAL: told <= number}[one.operator]


def all_met(row: dict[str, Any], conditions: list[Condition]) -> bool:
    equals = [one for one in conditions if one.operator is Operator.EQUALS]
    return all(meets(row, one) for one in conditions if one not in equals) and all(
        any(meets(row, one) for one in equals if one.column == column) for column in {one.column for one in equals})


@st.composite
def conditions(draw: st.DrawFn, log: LogKind) -> Condition:
    columns = [name for name in (*SCHEMAS[log], "bucket", "pod") if name in SCHEMAS[log] or name in DERIVED[log]]
    column = draw(st.sampled_from([one for one in columns if one not in PLACE]))
    kind = holds(log, column)
    operator = draw(st.sampled_from(OPERATORS[kind]))
    if operator in (Operator.EXISTS, Operator.MISSING):
        return Condition(column, operator)
    values = {"number": [*NUMBERS, str(SINCE)], "truth": ["true", "false"]}.get(kind, WORDS)
    return Condition(column, operator, draw(st.sampled_from(values)))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    log = draw(st.sampled_from([None, *LogKind]))
    possible = [one for one in ENTITIES if log is None or log in logs_of(one.kind)]
    entities = draw(st.lists(st.sampled_from(possible), max_size=2)) if possible else []
    return Question(
        since=SINCE - draw(st.sampled_from([0, 1, 9 * DAY, 45 * DAY])), log=log, entities=entities,
        until=SINCE + draw(st.sampled_from([1, 2 * DAY, 3 * DAY, 10 * DAY])),
        conditions=draw(st.lists(conditions(log), max_size=3)) if log else [],
        texts=draw(st.lists(st.sampled_from(WORDS), max_size=1)),
        facets=draw(st.lists(st.sampled_from(sorted(SCHEMAS[log])), max_size=2, unique=True)) if log else [],
        limit=draw(st.sampled_from([1, 2, 50])))


def sought_by(records: list[Record], question: Question, scope: Scope | None) -> list[Record]:
    """The records that it is for."""
    found = []
    for record in deduplicated(records):
        account = record.get("account") or record.get("account_id")
        seen = scope is None or account == scope.account or (
            account in scope.members and record["region"] == scope.region)
        if (seen and question.since <= record["time"] < question.until
                and question.log in (None, record["log"])
                and all(record["log"] in logs_of(one.kind) and names(record, one) for one in question.entities)
                and all_met(row_of(record), list(question.conditions))
                and all(any(text in one for one in texts_of(record)) for text in question.texts)):
            found.append(record)
    return found


def texts_of(record: Record) -> list[str]:
    """What stands in the columns that name anything."""
    row = row_of(record)
    told = [row.get(name) for name in columns_of(record["log"])]
    return [one for value in told for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def pages(sources: Sources, question: Question) -> tuple[Found, list[tuple[LogKind, dict[str, Any]]]]:
    """The first answer, and the records of all pages."""
    first = found = search(sources, question)
    rows = list(found.rows)
    while found.next_token:
        found = search(sources, msgspec.structs.replace(question, token=found.next_token))
        assert (found.logs, found.stretches, found.facets) == ([], [], {})
        rows += found.rows
    return first, [(one.log, one.record) for one in rows]


def said(log: LogKind, row: dict[str, Any]) -> tuple[Any, ...]:
    """A record without the place of its copy."""
    return log, *sorted((name, str(value)) for name, value in row.items()
                        if name in SCHEMAS[log] and value is not None and name not in PLACE)


@settings(max_examples=60)
@given(records=st.lists(RECORDS, min_size=1, max_size=12), question=questions(), scope=SCOPES, tile=st.sampled_from(
    [1, 3000, tiles.TILE]), scattered=st.booleans(), merged=st.booleans())
def test_a_search_finds_what_one_by_one_would_be_found(
    sources: Sources, records: list[Record], question: Question, scope: Scope | None, tile: int, scattered: bool,
    merged: bool,
) -> None:
    with tempfile.TemporaryDirectory() as told, pytest.MonkeyPatch.context() as patch:
        folder = Path(told)
        patch.setattr(tiles, "TILE", tile)
        patch.setattr(history_files, "MANY", 2)
        patch.setattr(history_names, "BLOCK", 1)
        lay_history(folder, records, itertools.count(), scattered=scattered)
        if merged:
            merge_small(folder, threading.Event())
            note_names(folder, threading.Event())
        here = replace(sources, past=Past(folder), scope=scope)
        first, rows = pages(here, question)
    expected = sought_by(records, question, scope)
    assert (first.looked_since, first.history_on) == (question.since, True)
    assert sum(one.total for one in first.logs) == len(expected)
    assert {(log.log, begin): (count, bad) for log in first.logs for (begin, _), count, bad in zip(
        first.stretches, log.counts, log.failures, strict=True) if count} == {
        place: (len(some), sum(map(failed, some))) for place, some in by_stretch(expected, first).items()}
    assert len(first.stretches) <= BUCKETS
    assert (first.stretches[0][0], first.stretches[-1][1]) == (question.since, question.until)
    assert all(one[1] == other[0] for one, other in itertools.pairwise(first.stretches))
    for name, facet in first.facets.items():
        assert first.among[name] == len(expected)
        if name not in PLACE:
            assert {one.value: one.count for one in facet} == values_in(expected, name)
    assert sorted(said(log, row) for log, row in rows) == sorted(said(one["log"], row_of(one)) for one in expected)
    assert [row["time"] for _, row in rows] == sorted((row["time"] for _, row in rows), reverse=True)
    assert len(first.rows) == min(question.limit, len(expected))


def values_in(records: list[Record], column: str) -> Counter[str]:
    told = [value for one in records if (value := row_of(one).get(column)) is not None]
    return Counter(str(one) for value in told for one in (value if isinstance(value, list) else [value]))


def by_stretch(records: list[Record], found: Found) -> dict[tuple[LogKind, int], list[Record]]:
    placed: dict[tuple[LogKind, int], list[Record]] = {}
    for one in records:
        begin = next(begin for begin, end in found.stretches if begin <= one["time"] < end)
        placed.setdefault((one["log"], begin), []).append(one)
    return placed


@settings(max_examples=15)
@given(records=st.lists(RECORDS, min_size=2, max_size=8), limit=st.sampled_from([1, 3, 50]))
def test_who_has_no_time_is_told_since_when_was_looked_and_comes_to_the_end_from_there(
    sources: Sources, records: list[Record], limit: int,
) -> None:
    question = Question(since=SINCE - 45 * DAY, until=SINCE + 4 * DAY, limit=limit)
    with tempfile.TemporaryDirectory() as told, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "TILE", 1)
        lay_history(Path(told), records, itertools.count())
        here = replace(sources, past=Past(Path(told)))
        expected = sought_by(records, question, None)
        with patience(0):
            first, rows = pages(here, question)
            # The time that was not looked at can be asked for by itself.
            parts, until = 0, question.until
            while until > question.since:
                found = search(here, msgspec.structs.replace(question, until=until))
                parts += sum(one.total for one in found.logs)
                until = found.looked_since
    if len({one["time"] // HOUR for one in expected}) > 1:
        assert first.looked_since > question.since
    assert sum(one.total for one in first.logs) == sum(one["time"] >= first.looked_since for one in expected)
    assert sorted(said(log, row) for log, row in rows) == sorted(said(one["log"], row_of(one)) for one in expected)
    assert parts == len(expected)


def test_a_column_of_very_many_values_is_counted_of_the_newest(sources: Sources, tmp_path: Path) -> None:
    log = LogKind.VPC_FLOW
    rows = [{"log": log, "account_id": ACCOUNT, "region": "eu-west-1", "time": SINCE + number * HOUR,
             "copies": 1, "srcaddr": f"10.0.0.{number}", "dstaddr": "10.9.9.9", "action": "ACCEPT", "end": number}
            for number in range(6)]
    lay_history(tmp_path, rows, itertools.count())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "TILE", 1)
        patch.setattr("vedette.investigate.search.DISTINCT", 2)
        found = search(replace(sources, past=Past(tmp_path)), Question(
            since=SINCE, until=SINCE + DAY, log=log, facets=["srcaddr", "dstaddr"]))
    assert found.among == {"srcaddr": 3, "dstaddr": 6}
    assert [(one.value, one.count) for one in found.facets["srcaddr"]] == [
        ("10.0.0.3", 1), ("10.0.0.4", 1), ("10.0.0.5", 1)]
    assert [(one.value, one.count) for one in found.facets["dstaddr"]] == [("10.9.9.9", 6)]


def test_what_was_never_received_is_named(sources: Sources, tmp_path: Path) -> None:
    question = Question(since=SINCE, until=SINCE + DAY, entities=[Entity(EntityKind.IP, "10.0.0.1")])
    assert search(sources, question).history_on is False
    lay_history(tmp_path, [{"log": LogKind.RDS, "account_id": ACCOUNT, "region": "eu-west-1", "time": SINCE - 9 * DAY,
                            "copies": 1, "source": "10.0.0.1", "did": "failed"}], itertools.count())
    found = search(replace(sources, past=Past(tmp_path)), question)
    assert {one.log: one.since for one in found.logs} == {
        log: SINCE - 9 * DAY if log is LogKind.RDS else None for log in LogKind}
    assert sum(one.total for one in found.logs) == 0


@pytest.mark.parametrize(("typed", "condition"), [
    ("event_name=ConsoleLogin", Condition("event_name", Operator.EQUALS, "ConsoleLogin")),
    ("user_agent!:kali", Condition("user_agent", Operator.NOT_CONTAINS, "kali")),
    ("user_agent:a=b\nc", Condition("user_agent", Operator.CONTAINS, "a=b\nc")),
    ("srcport>=1024", Condition("srcport", Operator.GREATER_THAN_OR_EQUAL, "1024")),
    ("principal_arn^arn:", Condition("principal_arn", Operator.BEGINS_WITH, "arn:")),
    ("error_code=", Condition("error_code", Operator.MISSING)),
    ("error_code!=", Condition("error_code", Operator.EXISTS))])
def test_a_condition_is_read_as_it_is_typed(typed: str, condition: Condition) -> None:
    assert written(typed) == condition


@pytest.mark.parametrize(("asked", "said"), [
    ({"conditions": [Condition("host", Operator.EQUALS, "x")]}, "is no column of vpc-flow: give time, interface_id"),
    ({"conditions": [Condition("srcport", Operator.CONTAINS, "4")]}, "contains cannot be asked of it: give equals"),
    ({"conditions": [Condition("srcport", Operator.EQUALS, "9" * 5000)]}, "is compared with a whole number"),
    ({"conditions": [Condition("srcport", Operator.EQUALS, "9223372036854775808")]}, "is compared with a whole"),
    ({"conditions": [Condition("srcport", Operator.GREATER_THAN, "1e3")]}, "is compared with a whole number"),
    ({"conditions": [Condition("action", Operator.EXISTS, "x")]}, "exists is asked without a value"),
    ({"log": LogKind.CLOUDTRAIL, "conditions": [Condition("read_only", Operator.EQUALS, "yes")]}, "is true or false"),
    ({"log": None, "conditions": [Condition("action", Operator.EXISTS)]}, "are of one log: name it"),
    ({"log": None, "facets": ["action"]}, "are of one log: name it"),
    ({"facets": ["bucket"]}, "is no column of vpc-flow"),
    ({"entities": [Entity(EntityKind.BUCKET, "logs")]}, "no record of vpc-flow names any: give a log of cloudtrail"),
    ({"token": "é"}, "is no token that a page gave"), ({"token": "e30"}, "is no token that a page gave"),
    ({"token": "WzFlOTksIiIsIiIsIiIsMF0"}, "is no token that a page gave")])
def test_what_cannot_be_asked_is_refused_with_what_can(sources: Sources, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(VedetteError, match=re.escape(said)):
        search(sources, Question(**{"since": 0, "until": 1, "log": LogKind.VPC_FLOW, **asked}))


def test_the_command_tells_what_the_search_found(delivered: Delivered) -> None:
    [key] = {one["resource"]["accessKeyDetails"]["accessKeyId"] for one in delivered.store.get(
        delivered.store.list(limit=10_000).ids) if one["type"] == "PenTest:IAMUser/KaliLinux"}
    when = ("2020-01-01", "2030-01-01")
    text, data = io.StringIO(), io.StringIO()
    place = Place(str(delivered.state), delivered.history)
    wish = Wish(*when, log="cloudtrail", where=["user_agent:kali"], entities=[f"access-key={key}"],
                counts=["event_name"])
    show_records(place, wish, text, as_json=False)
    show_records(place, wish, data, as_json=True)
    said = json.loads(data.getvalue())
    assert said["logs"][0]["total"] == len(said["rows"]) > 0
    assert all("kali" in one["record"]["user_agent"] and one["record"]["access_key_id"] == key for one in said["rows"])
    assert f"cloudtrail: {len(said['rows'])} records" in text.getvalue()
    assert all(f"event_name={one['record']['event_name']}" in text.getvalue() for one in said["rows"])
    assert f"event_name of {len(said['rows'])} records" in text.getvalue()
    for wrong in (Wish(*when, entities=["ip"]), Wish(*when, where=["event_name"]), Wish(*when, log="syslog"),
                  Wish(*reversed(when)), Wish(*when, limit=10_001)):
        with pytest.raises(VedetteError):
            show_records(place, wrong, text, as_json=False)


@pytest.mark.parametrize("log", LogKind)
def test_a_hostile_value_is_a_text_like_any_other(delivered: Delivered, log: LogKind) -> None:
    looked = Sources(delivered.store, Past(delivered.history), delivered.known, delivered.known.inventory)
    period = {"since": 1_700_000_000_000, "until": 1_800_000_000_000, "log": log, "limit": 1}
    column = columns_of(log)[-1] if holds(log, columns_of(log)[-1]) == "text" else "region"
    for value in HOSTILE:
        for operator in (Operator.EQUALS, Operator.BEGINS_WITH, Operator.CONTAINS):
            found = search(looked, Question(**period, conditions=[Condition(column, operator, value)]))
            assert all(value in one.record[column] for one in found.rows)
        assert not [one for one in search(looked, Question(**period, texts=[value])).rows
                    if value not in str(one.record)]


def test_what_has_moved_to_an_archive_is_found_as_before(
    sources: Sources, tmp_path: Path, archive: Archive
) -> None:
    rows = [{"log": LogKind.CLOUDTRAIL, "account": ACCOUNT, "region": "eu-west-1", "time": SINCE + number * HOUR,
             "copies": 1 + number % 2, "event_id": str(number), "event_source": "s3.amazonaws.com",
             "event_name": "GetObject", "request": '{"bucketName": "logs"}'} for number in range(6)]
    lay_history(tmp_path / "history", rows, itertools.count())
    here = replace(sources, past=Past(tmp_path / "history", archive))
    questions = [
        Question(since=SINCE, until=SINCE + DAY, limit=2),
        Question(since=SINCE + HOUR, until=SINCE + 3 * HOUR, log=LogKind.CLOUDTRAIL, facets=["event_id"], conditions=[
            Condition("bucket", Operator.EQUALS, "logs"), Condition("event_id", Operator.NOT_EQUALS, "2")])]
    before = [pages(here, one) for one in questions]
    assert [sum(one.total for one in found.logs) for found, _ in before] == [6, 1]
    # Of each hour there are one file and more; some of it comes when the rest has moved.
    assert archive.move(tmp_path / "history", SINCE + 10_000 * DAY, threading.Event()) == 9
    assert [pages(here, one) for one in questions] == before
    lay_history(tmp_path / "history", rows[:3], itertools.count(100))
    assert [pages(here, one)[0].logs for one in questions] == [found.logs for found, _ in before]
