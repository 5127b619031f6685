"""Rows of the event history say what their records say, however often a thing is said and in whatever lots."""

from __future__ import annotations

import json
from operator import itemgetter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.engine import call_numbers, history_writer
from vedette.engine.call_numbers import CallNumbers
from vedette.engine.history_calls import kept_calls
from vedette.engine.history_rows import SCHEMAS, rows_of_calls
from vedette.engine.history_writer import HistoryWriter
from vedette.logs import distinct, resolver_dns
from vedette.logs.cloudtrail import ApiCall, decode_lines
from vedette.logs.distinct import as_text
from vedette.logs.kinds import Batch, Limits, LogKind
from vedette.logs.resolver_dns import kept_frame, read_together
from vedette.sources import LogObject

TEXT = st.sampled_from(["", "a", "A.Example.", "ключ", 'q"\\', "\x1e", "x\x1ey", "null", "192.0.2.1"])


def some(values: Any) -> Any:
    """A dictionary with any of these."""
    return st.fixed_dictionaries({}, optional=values)


ANSWER = some({"Rdata": TEXT, "Type": st.sampled_from(["A", "CNAME"]), "Class": st.just("IN")})
LOOKUP = st.builds(
    lambda needed, more: needed | more,
    st.fixed_dictionaries({"query_name": TEXT, "query_timestamp": st.sampled_from(
        ["2024-08-18T09:00:00Z", "2024-08-18T09:00:01Z", "2024-08-18T11:00:00.5+02:00"])}),
    some({
        "account_id": TEXT, "region": TEXT, "vpc_id": st.none() | TEXT, "query_type": TEXT, "query_class": TEXT,
        "rcode": TEXT, "answers": st.none() | st.lists(ANSWER, max_size=3), "srcaddr": TEXT, "transport": TEXT,
        "srcport": st.sampled_from([None, 53, "53", "70000", "", "x", -1]),
        "srcids": st.none() | some({"instance": st.none() | TEXT, "resolver_endpoint": TEXT}),
        "firewall_rule_action": TEXT, "firewall_domain_list_id": st.none() | TEXT}))

IDENTITY = some({
    "type": TEXT, "principalId": TEXT, "arn": TEXT, "accountId": TEXT, "accessKeyId": TEXT, "userName": TEXT,
    "invokedBy": TEXT, "sessionContext": st.none() | some({"sourceIdentity": TEXT})})
DOCUMENT = st.none() | some({"a": TEXT}) | TEXT
CALL = st.builds(
    lambda needed, more: needed | more,
    st.fixed_dictionaries({"eventSource": TEXT, "eventTime": st.sampled_from(
        ["2024-08-18T09:00:00Z", "2024-08-18T09:00:00.123Z", "1960-01-01T00:00:00.5Z", "0001-01-01T00:00:00+05:00"])}),
    some({
        "eventName": TEXT, "eventID": TEXT, "awsRegion": TEXT, "sourceIPAddress": TEXT, "userAgent": st.none() | TEXT,
        "errorCode": TEXT, "errorMessage": TEXT, "userIdentity": st.none() | IDENTITY, "recipientAccountId": TEXT,
        "eventType": TEXT, "readOnly": st.none() | st.booleans(), "vpcEndpointId": TEXT, "requestParameters": DOCUMENT,
        "responseElements": DOCUMENT, "additionalEventData": DOCUMENT,
        "resources": st.none() | st.lists(some({"ARN": st.none() | TEXT, "type": TEXT}), max_size=3) | TEXT}))


def lines(records: list[dict[str, Any]], *, ascii_only: bool = True) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=ascii_only) + "\n" for record in records).encode()


def told(frame: pl.DataFrame, kind: LogKind, *, without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Every column, as a reader meets it."""
    rows = as_text(frame)
    wanted = {name: type_ for name, type_ in SCHEMAS[kind].items() if name not in without}
    assert {name: rows.schema[name] for name in wanted if name in rows.columns} == {
        name: type_ for name, type_ in wanted.items() if name in rows.columns}
    return [{name: row.get(name) for name in wanted} for row in rows.to_dicts()]


@given(st.lists(st.lists(LOOKUP, min_size=1, max_size=6), min_size=1, max_size=4))
def test_look_ups_kept_as_numbers_are_those_that_a_whole_text_says(objects: list[list[dict[str, Any]]]) -> None:
    found = kept_frame(read_together([lines(records) for records in objects]))
    whole = resolver_dns.read_lines(lines([one for records in objects for one in records]), 1, Limits())
    assert whole.frame is not None
    assert not whole.dead
    place = ("object", "object_version", "position")
    assert told(found, LogKind.DNS, without=place) == told(whole.frame, LogKind.DNS, without=place)


def expected(call: ApiCall, raw: dict[str, Any], place: tuple[LogObject, int]) -> dict[str, Any]:
    """The row of a call, field by field."""
    who, (obj, position) = call.identity, place

    def document(name: str, within: dict[str, Any] | None = raw) -> str | None:
        value = (within or {}).get(name)
        return None if value is None else json.dumps(value, ensure_ascii=False)

    return {
        "time": call.time, "account": call.account or obj.account or None, "region": call.region or obj.region or None,
        "event_source": call.event_source, "event_name": call.event_name, "event_id": call.event_id,
        "event_type": call.event_type, "principal_type": who.type, "principal_id": who.principal_id,
        "principal_arn": who.arn, "principal_account": who.account_id, "user_name": who.user_name,
        "invoked_by": who.invoked_by, "access_key_id": who.access_key_id, "source_ip": call.source_ip,
        "user_agent": call.user_agent, "vpc_endpoint_id": call.vpc_endpoint_id, "error_code": call.error_code,
        "error_message": call.error_message, "read_only": call.read_only, "resources": document("resources"),
        "session": document("sessionContext", raw.get("userIdentity")), "request": document("requestParameters"),
        "response": document("responseElements"), "additional": document("additionalEventData"),
        "object": obj.locator, "object_version": obj.version, "position": position}


def an_object(number: int) -> LogObject:
    account, region = ("111122223333", "eu-west-1") if number % 2 else ("", "")
    return LogObject(f"o{number}", f"v{number}", size=1, modified=0, account=account, region=region)


@given(st.lists(st.lists(CALL, min_size=1, max_size=6), min_size=1, max_size=4))
def test_rows_of_calls_say_what_each_call_says(objects: list[list[dict[str, Any]]]) -> None:
    numbers = CallNumbers()
    held, right = [], []
    for number, records in enumerate(objects):
        calls, obj = decode_lines(lines(records, ascii_only=False)), an_object(number)
        held.append((kept_calls(numbers.of(calls)), range(len(calls)), obj))
        right += [expected(call, raw, (obj, position))
                  for position, (call, raw) in enumerate(zip(calls, records, strict=True))]
    assert told(rows_of_calls(held), LogKind.CLOUDTRAIL) == right


@pytest.mark.parametrize("alone", [1, 4, history_writer.ALONE])
@pytest.mark.parametrize("remembered", [{"_MOST": 1}, {"_MOST_TEXT": 20}, {}])
@settings(max_examples=12)
@given(st.lists(st.lists(CALL, min_size=1, max_size=6), min_size=1, max_size=4))
def test_files_say_what_each_call_says_however_much_is_remembered_and_joined(
    tmp_path_factory: pytest.TempPathFactory, remembered: dict[str, int], alone: int,
    objects: list[list[dict[str, Any]]],
) -> None:
    desk = tmp_path_factory.mktemp("desk")
    right = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history_writer, "ALONE", alone)
        for name, value in remembered.items():
            patch.setattr(call_numbers, name, value)
        writer = HistoryWriter(desk)
        writer.start()
        for number, records in enumerate(objects):
            calls, obj = decode_lines(lines(records, ascii_only=False)), an_object(number)
            writer.add(Batch(LogKind.CLOUDTRAIL, structs=calls, positions=range(len(calls))), obj)
            writer.read()
            right += [expected(call, raw, (obj, position))
                      for position, (call, raw) in enumerate(zip(calls, records, strict=True))]
        found = [row for name in writer.finished() for row in told(pl.read_parquet(desk / name), LogKind.CLOUDTRAIL)]
    place = itemgetter("object", "position")
    assert sorted(found, key=place) == sorted(right, key=place)


def test_texts_of_which_there_are_too_many_are_not_numbered() -> None:
    many = [str(number) for number in range(distinct.FEW + 1)]
    assert distinct.texts("t", [*many, None]).to_list() == [*many, None]
    assert distinct.texts("t", many).dtype == pl.String
    assert isinstance(distinct.texts("t", many[1:]).dtype, pl.Enum)


@pytest.mark.parametrize(("own", "whole"), [
    (["a", "b", "a"], ["a", "b", "a"]), (["a", None, ""], ["a", "y", "z"]), (["", "b", "b"], ["x", "b", "b"])])
def test_a_column_is_filled_from_another_where_it_lacks_something_and_else_the_other_is_not_asked_for(
    own: list[str | None], whole: list[str]
) -> None:
    asked = []

    def other() -> pl.Series:
        asked.append(True)
        return distinct.texts("other", ["x", "y", "z"])

    for column in (distinct.texts("own", own), pl.Series("own", own)):
        asked.clear()
        filled = distinct.filled(column, other)
        assert (filled.name, filled.cast(pl.String).to_list()) == ("own", whole)
        assert bool(asked) == (own != whole)


def test_files_hold_text_for_any_reader_and_no_empty_columns(tmp_path: Path) -> None:
    writer = HistoryWriter(tmp_path)
    writer.start()
    calls = decode_lines(lines([
        {"eventSource": "s3.amazonaws.com", "eventTime": f"2024-08-18T0{hour}:00:00Z", "userAgent": "a",
         "resources": [{"ARN": "arn:aws:s3:::b"}]} for hour in (3, 1, 2, 1)]))
    writer.add(Batch(LogKind.CLOUDTRAIL, structs=calls, positions=range(4)), an_object(1))
    writer.read()
    files = [tmp_path / name for name in sorted(writer.finished())]
    assert len(files) == 3
    for file in files:
        schema = pl.read_parquet_schema(file)
        assert schema == {name: kind for name, kind in SCHEMAS[LogKind.CLOUDTRAIL].items() if name in schema}
        assert not {"error_code", "request", "session", "vpc_endpoint_id"} & schema.keys()
    assert [pl.read_parquet(file)["position"].to_list() for file in files] == [[1, 3], [2], [0]]
