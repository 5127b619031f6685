"""Objects as they lie in buckets and folders, sound and broken, through `Reading`, and back again by `raw_record`."""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.logs.kinds import Limits, LogKind
from vedette.logs.reading import Reading, raw_record

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def call(number: int, **changes: object) -> dict[str, object]:
    return {
        "eventVersion": "1.11", "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": "bob"},
        "eventTime": f"2024-08-02T08:{number % 60:02d}:24Z", "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject", "awsRegion": "eu-west-1", "sourceIPAddress": "198.51.100.7",
        "requestParameters": {"key": "ключ", "list": [{"eventName": "x"}]}, "responseElements": None,
        "eventID": f"id-{number}", "eventType": "AwsApiCall", "recipientAccountId": "111122223333", **changes,
    }


def lookup(number: int) -> dict[str, object]:
    return {"version": "1.1", "account_id": "111122223333", "region": "us-east-1", "vpc_id": "vpc-1",
            "query_timestamp": f"2024-08-02T08:{number % 60:02d}:24Z", "query_name": f"id-{number}.example.",
            "query_type": "A", "query_class": "IN", "rcode": "NOERROR", "srcaddr": "10.0.0.5", "srcport": "53",
            "transport": "UDP", "srcids": {"instance": "i-1"}}


def js(value: object, **how: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, **how).encode()


def lines(*values: object) -> bytes:
    return b"".join((value if isinstance(value, bytes) else js(value)) + b"\n" for value in values)


CALLS = [call(number) for number in range(5)]
IDS = [f"id-{number}" for number in range(5)]
EVENTS = [{"EventId": one["eventID"], "EventName": one["eventName"], "EventTime": 1722587004.0, "Resources": [],
           "CloudTrailEvent": js(one).decode()} for one in CALLS]
ENVELOPES = [{"version": "0", "id": str(n), "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3",
              "time": "2024-08-02T08:23:24Z", "resources": [], "detail": one} for n, one in enumerate(CALLS)]


def message(*calls: object) -> dict[str, object]:
    return {"messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "trail", "logStream": "s",
            "subscriptionFilters": ["f"],
            "logEvents": [{"id": str(n), "timestamp": 1722587004000, "message": js(one).decode()}
                          for n, one in enumerate(calls)]}


CONTROL = {"messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "",
           "subscriptionFilters": [], "logEvents": [
               {"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health of destination Kinesis."}]}

DELIVERY = js({"Records": CALLS})
LAYOUTS = {
    "delivery": DELIVERY,
    "delivery, gzip": gzip.compress(DELIVERY),
    "delivery, pretty": js({"Records": CALLS}, indent=2),
    "delivery, BOM": b"\xef\xbb\xbf" + DELIVERY,
    "delivery, padded with NUL": DELIVERY + b"\0" * 5000,
    "delivery, more keys": js({"note": {"Records": 1, "x": "}{"}, "Records": CALLS, "last": ["]"]}),
    "two gzip members": gzip.compress(js({"Records": CALLS[:2]})) + gzip.compress(js({"Records": CALLS[2:]})),
    "three deliveries, one a line": lines({"Records": CALLS[:2]}, {"Records": []}, {"Records": CALLS[2:]}),
    "array": js(CALLS),
    "array, one a line": b"[" + b",\n".join(map(js, CALLS)) + b"\n]\n",
    "array, pretty, CRLF": js(CALLS, indent=4).replace(b"\n", b"\r\n"),
    "JSON lines": lines(*CALLS),
    "JSON lines, gzip": gzip.compress(lines(*CALLS)),
    "JSON lines, a member each": b"".join(gzip.compress(lines(one)) for one in CALLS),
    "JSON lines, no last line end": lines(*CALLS)[:-1],
    "JSON lines, CRLF, blank lines": b"\r\n\r\n" + lines(*CALLS).replace(b"\n", b"\r\n\r\n"),
    "JSON lines, BOM": b"\xef\xbb\xbf" + lines(*CALLS),
    "records without anything between": b"".join(map(js, CALLS)),
    "pretty records": b"\n".join(js(one, indent=2) for one in CALLS),
    "lookup-events": js({"Events": EVENTS}, indent=4),
    "lookup-events, a token first": js({"NextToken": "abc", "Events": EVENTS}),
    "lookup-events, a token last": js({"Events": EVENTS, "NextToken": "abc"}, indent=4),
    "lookup-events as lines": lines(*EVENTS),
    "lookup-events as array": js(EVENTS),
    "EventBridge as lines": lines(*ENVELOPES),
    "EventBridge as array": js(ENVELOPES),
    "EventBridge from Firehose": b"".join(map(js, ENVELOPES)),
    "subscription": js(message(*CALLS)),
    "subscription, pretty": js(message(*CALLS), indent=1),
    "subscription as lines": lines(message(*CALLS[:2]), CONTROL, message(*CALLS[2:])),
    "subscription from Firehose": gzip.compress(js(CONTROL)) + gzip.compress(js(message(*CALLS))),
    "subscription, events only": js({"logEvents": message(*CALLS)["logEvents"]}),
    "subscription with EventBridge inside": js(message(*ENVELOPES)),
    "CloudWatch export": b"".join(b"2024-08-02T08:23:24.123Z " + js(one) + b"\n" for one in CALLS),
    "exported by Splunk": lines(*({"preview": False, "offset": n, "lastrow": n == 4, "result": {
        "_raw": js(one).decode(), "host": "h", "sourcetype": "aws:cloudtrail"}} for n, one in enumerate(CALLS))),
    "exported by Splunk, raw alone": lines(*({"_raw": js(one).decode()} for one in CALLS)),
    "exported from Elasticsearch": lines(*({"_index": "i", "_id": str(n), "_source": {
        "@timestamp": "2024-08-02T08:23:24Z", "message": "bob got an object",
        "event": {"original": js(one).decode(), "action": "GetObject"},
        "aws": {"cloudtrail": {}}}} for n, one in enumerate(CALLS))),
    "exported from Elasticsearch, as array": js([{"_index": "i", "_source": one} for one in CALLS]),
    "other key order": js({"Records": [dict(sorted(one.items())) for one in CALLS]}),
    "unknown fields": js({"Records": [one | {"eventVersion": "9.9", "new": {"deep": [1]}} for one in CALLS]}),
    "one field of another type": js({"Records": [CALLS[0] | {"errorCode": 5}, *CALLS[1:]]}),
}


def read(data: bytes, limits: Limits | None = None, kinds: frozenset[LogKind] | None = None):
    reading = Reading(io.BytesIO(data), limits or Limits(), kinds)
    return reading, list(reading.batches())


def named(batches) -> dict[str, int]:
    """Id of each record -> its position."""
    found = {}
    for batch in batches:
        if batch.structs is not None:
            found |= {one.event_id: at for one, at in zip(batch.structs, batch.positions, strict=True)}
        elif batch.kind is LogKind.DNS:
            rows = batch.frame.select("query_name", "position").rows()
            found |= {name.removesuffix(".example"): at for name, at in rows}
        else:
            found |= {f"id-{port}": at for port, at in batch.frame.select("srcport", "position").rows()}
    return found


def ids(data: bytes, limits: Limits | None = None) -> list[str]:
    return sorted(named(read(data, limits)[1]))


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_gives_all_its_records_and_leads_back_to_each(name):
    data = LAYOUTS[name]
    reading, batches = read(data)
    found = named(batches)
    assert sorted(found) == IDS
    assert reading.records == 5
    assert (reading.dead, reading.dead_count) == ([], 0)
    assert reading.size == len(data)
    for own, position in found.items():
        # A line may hold several records, as a subscription's does; it holds this one.
        assert own in raw_record(io.BytesIO(data), position)


def test_what_raw_record_gives_is_the_record_as_it_was_written():
    for name in ("delivery", "array", "JSON lines", "pretty records", "delivery, pretty"):
        data = LAYOUTS[name]
        for own, position in named(read(data)[1]).items():
            text = raw_record(io.BytesIO(data), position)
            assert json.loads(text) == CALLS[IDS.index(own)]
            assert text.encode() in data


@pytest.mark.parametrize("name", LAYOUTS)
def test_there_is_no_record_before_the_first_or_behind_the_last(name):
    for position in (-1, 100):
        with pytest.raises(LookupError, match="no record"):
            raw_record(io.BytesIO(LAYOUTS[name]), position)


def test_a_single_record_may_stand_in_any_dress():
    one = call(1)
    for data in (js(one), js(one, indent=2), js([one]), js(ENVELOPES[1]), js(ENVELOPES[1], indent=2), js(EVENTS[1]),
                 js(EVENTS[1], indent=2), b"\n\n" + js(one) + b"\n", js(one | {"requestParameters": "x" * 200_000})):
        reading, batches = read(data)
        assert list(named(batches)) == ["id-1"]
        assert reading.dead_count == 0
        assert "id-1" in raw_record(io.BytesIO(data), named(batches)["id-1"])


def test_management_data_insight_and_network_events_are_read():
    insight = {"eventVersion": "1.07", "eventTime": "2024-08-02T08:23:00Z", "awsRegion": "us-east-1", "eventID": "in",
               "eventType": "AwsCloudTrailInsight", "eventCategory": "Insight", "recipientAccountId": "111122223333",
               "sharedEventID": "s", "insightDetails": {"state": "Start", "eventSource": "ec2.amazonaws.com",
                                                        "eventName": "RunInstances"}}
    categories = [call(1, eventCategory="Management"), call(2, eventCategory="Data"),
                  call(3, eventCategory="NetworkActivity", vpcEndpointId="vpce-1")]
    for data in (js({"Records": [insight]}), js({"Records": [*categories, insight]}), lines(*categories, insight)):
        reading, batches = read(data)
        assert reading.dead_count == 0
        assert "in" in named(batches)
    assert [one.event_category for batch in batches for one in batch.structs] == [
        "Management", "Data", "NetworkActivity", "Insight"]


def test_a_digest_and_a_control_message_are_passed_over():
    digest = {"awsAccountId": "1", "digestStartTime": "2024-08-02T08:23:24Z", "digestEndTime": "x",
              "digestS3Bucket": "b", "digestS3Object": "o", "newestEventTime": "x",
              "logFiles": [{"s3Bucket": "b", "hashValue": "x"}]}
    for data in (js(digest), js(digest, indent=2), gzip.compress(js(digest)), js(CONTROL)):
        reading, batches = read(data)
        assert (batches, reading.passed_over, reading.dead_count) == ([], 1, 0)


def test_a_kind_that_is_not_asked_for_is_not_given_and_is_no_dead_letter():
    reading, batches = read(lines(*CALLS, lookup(7)), kinds=frozenset({LogKind.DNS}))
    assert list(named(batches)) == ["id-7"]
    assert (reading.records, reading.dead_count) == (1, 0)
    reading, batches = read(lines(*CALLS, lookup(7)), kinds=frozenset({LogKind.VPC_FLOW}))
    assert (batches, reading.records, reading.dead_count) == ([], 0, 0)


FLOW = b"2 123456789012 eni-0a 10.0.0.1 10.0.0.2 %d 443 6 1 40 1722587004 1722587064 ACCEPT OK\n"


def test_flows_lead_back_to_their_lines():
    data = b"".join(FLOW % number for number in range(50))
    for limits in (Limits(), Limits(block=300, record=200)):
        found = named(read(data, limits)[1])
        assert len(found) == 50
        for own, position in found.items():
            text = raw_record(io.BytesIO(data), position, limits)
            assert text.encode() + b"\n" == FLOW % int(own.removeprefix("id-"))


def test_kinds_may_be_mixed_line_by_line():
    values = [call(0), lookup(1), ENVELOPES[2], EVENTS[3], message(call(4)), call(5, errorCode=1), lookup(6)]
    for order in (values, values[::-1], values[3:] + values[:3]):
        data = lines(*order)
        reading, batches = read(data)
        found = named(batches)
        assert sorted(found) == [f"id-{n}" for n in range(7)]
        assert reading.dead_count == 0
        for own, position in found.items():
            assert own in raw_record(io.BytesIO(data), position)


DEEP = b"[" * 100_000
BAD_LINES = {
    "truncated": (js(call(9))[:-40], "broken JSON (it ends too early)"),
    "no JSON": (b"Traceback (most recent call last):", "broken JSON"),
    "a list": (b"[1, 2]", "not a JSON object"),
    "a number": (b"12", "not a JSON object"),
    "another log": (b'{"level": "info", "msg": "hello"}', "not a record of a log that Vedette reads"),
    "no time": (js({name: told for name, told in call(9).items() if name != "eventTime"}), "not a record of a log"),
    "a bad time": (js(call(9, eventTime="soon")), "ISO 8601"),
    "not UTF-8": (js(call(9)).replace(b"bob", b"b\xffb"), "not UTF-8 (invalid start byte at byte"),
    "not UTF-8 in what stays raw": (js(call(9)).replace("ключ".encode(), b"\xc3"), "not UTF-8"),
    "NUL inside": (js(call(9)).replace(b"bob", b"b\0b"), "broken JSON"),
    "only NUL": (b"\0" * 10, "NUL bytes"),
    "deep": (DEEP, "nested too deeply"),
    "deep in a request": (js(call(9, requestParameters="HERE")).replace(b'"HERE"', DEEP), "nested too deeply"),
    "deep in a string": (js(ENVELOPES[0] | {"detail": {"CloudTrailEvent": DEEP.decode()}}), "nested too deeply"),
    "two in one line": (js(call(9)) * 2, "broken JSON (trailing characters"),
    "half an escape": (rb'{"eventTime": "\ud800"}', "broken JSON"),
    "too long": (js(call(9, userAgent="x" * 400_000)), "record longer than 300000 bytes"),
    "envelopes without end": (b'{"detail-type":"a","detail":' * 400 + b"{}" + b"}" * 400, "not a record"),
    "a broken message": (js({"timestamp": 1, "message": '{"eventVersion": "1.0"'}), "broken JSON"),
    "a huge number": (js({"eventSource": "s", "eventTime": "HERE"}).replace(b'"HERE"', b"1" * 5000), "not a readable"),
}


@pytest.mark.parametrize("name", BAD_LINES)
@pytest.mark.parametrize("place", [0, 2, 5])
def test_a_bad_line_is_named_with_its_number_and_reason_and_costs_no_other(name, place):
    bad, reason = BAD_LINES[name]
    data = lines(*CALLS[:place], bad, *CALLS[place:])
    reading, batches = read(data, Limits(record=300_000))
    assert sorted(named(batches)) == IDS
    assert reason in reading.dead[0].reason
    if place > 0 or len(bad) < 64_000:  # a first line like that looks like a document, whose elements are counted
        assert reading.dead[0].position == place + 1
        assert reading.dead_count == 1
    assert len(reading.dead[0].sample) <= 210
    assert "\0" not in reading.dead[0].sample


@pytest.mark.parametrize("name", sorted(BAD_LINES.keys() - {"two in one line", "only NUL", "too long"}))
@pytest.mark.parametrize("place", [0, 2, 5])
def test_a_bad_element_of_a_document_costs_no_other(name, place):
    bad, _ = BAD_LINES[name]
    elements = list(map(js, CALLS))
    for before, after in ((b'{"Records":[', b"]}"), (b"[", b"]"), (b'{"a":1,"Events":[\n', b'\n],"NextToken":"x"}')):
        data = before + b",\n".join([*elements[:place], bad, *elements[place:]]) + after
        reading, batches = read(data, Limits(record=300_000))
        found = named(batches)
        lost = set(IDS) - set(found)
        # What is not closed swallows its neighbour's beginning; a flat text of numbers or words does not.
        assert len(lost) <= (name in {"truncated", "deep", "deep in a request"}), lost
        assert reading.dead_count >= 1
        for own, position in found.items():
            assert own in raw_record(io.BytesIO(data), position, Limits(record=300_000))


def test_an_8_mb_block_with_one_bad_line_keeps_all_the_others():
    many = [js(call(number)) for number in range(12_000)]
    many[7_000] = many[7_000][:-1]
    data = lines(*many)
    assert len(data) > 4 << 20
    reading, _ = read(data)
    assert reading.records == 11_999
    assert [one.position for one in reading.dead] == [7_001]


@pytest.mark.parametrize("neighbours", [CALLS, [*CALLS, b"junk"]], ids=["sound", "broken"])
def test_a_line_over_the_limit_is_dead_whatever_its_neighbours_are(neighbours):
    limits = Limits(record=1000, block=1 << 20)
    long = js(call(9, userAgent="x" * 2000))
    for data in (lines(long, *neighbours), lines(*neighbours, long), lines(*neighbours, long)[:-1]):
        reading, batches = read(data, limits)
        assert sorted(named(batches)) == IDS
        assert [one.reason for one in reading.dead if "longer" in one.reason] == ["record longer than 1000 bytes"]


@pytest.mark.parametrize("cut", [1, 30, 300, 900, 1500, 2000])
def test_of_a_truncated_document_the_records_before_the_break_are_used(cut):
    data = DELIVERY[:-cut]
    reading, batches = read(data)
    whole = [own for own, one in zip(IDS, CALLS, strict=True) if js(one) in data]
    assert sorted(named(batches)) == whole
    assert reading.dead_count == (0 if len(whole) == 5 else 1)
    if reading.dead_count:
        assert reading.dead[0].position == len(whole)
        assert "broken JSON" in reading.dead[0].reason


def test_of_a_truncated_gzip_the_records_before_the_break_are_used_and_the_break_is_told():
    noisy = [call(n, userAgent=random.Random(n).randbytes(300).hex()) for n in range(200)]
    for data in (js({"Records": noisy}), lines(*noisy)):
        packed = gzip.compress(data)
        reading, batches = read(packed[: len(packed) // 2])
        assert 90 <= reading.records <= 100
        assert (reading.dead[-1].position, reading.dead[-1].reason) == (-1, "gzip data end too early (truncated)")
        assert sorted(named(batches)) == sorted(f"id-{n}" for n in range(reading.records))
        assert reading.dead_count == 2


def test_records_behind_a_break_are_found_again():
    parts = [js(one) for one in CALLS]
    data = b'{"Records":[' + parts[0] + b"," + parts[1][:200] + b"," + b",".join(parts[2:]) + b"]}"
    reading, batches = read(data)
    found = named(batches)
    assert {"id-0", "id-2", "id-3", "id-4"} <= set(found)
    assert reading.dead_count == 1
    for own, position in found.items():
        assert own in raw_record(io.BytesIO(data), position)
    # A delivery that was cut and the whole one that follows it.
    data = DELIVERY[:-300] + js({"Records": [call(n) for n in range(10, 15)]})
    assert {f"id-{n}" for n in (0, 1, 2, 3, 10, 11, 12, 13, 14)} <= set(named(read(data)[1]))


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "empty"),
    (gzip.compress(b"", mtime=0), "empty"),
    (b" \r\n\t\n", "nothing but white space or NUL bytes"),
    (b"\0" * 100, "nothing but white space or NUL bytes"),
    (b"MIT License\n\nCopyright\n", "not a log that Vedette reads"),
    (b"# Title\n\n- a: {b: 1}\n", "not a log that Vedette reads"),
    (b"a: 1\nb:\n  - c\n", "not a log that Vedette reads"),
    (b"PK\x03\x04" + b"\0" * 50, "not a log that Vedette reads (a zip archive: unpack it first)"),
    (lines(*CALLS).decode().encode("utf-16"), "not a log that Vedette reads (UTF-16 text: save it as UTF-8)"),
    (lines(*[{"level": "info", "n": n} for n in range(3000)]),
     "not a log that Vedette reads (JSON; none of its 3000 records is of one)"),
    (js([{"kind": "Pod"}] * 3), "not a log that Vedette reads (JSON; none of its 3 records is of one)"),
])
def test_an_object_that_is_no_log_is_one_dead_letter(data, reason):
    reading, batches = read(data)
    assert batches == []
    assert [(one.position, one.reason) for one in reading.dead] == [(-1, reason)]
    assert reading.dead_count == 1


def test_dead_letters_are_counted_beyond_those_that_are_kept():
    reading, _ = read(lines(*CALLS, *[b"{"] * 50), Limits(dead_letters=7))
    assert (len(reading.dead), reading.dead_count, reading.records) == (7, 50, 5)


def test_a_bomb_is_read_up_to_the_limit_and_named():
    one = lines(call(1))
    packed = gzip.compress(one * 20_000)
    reading, _ = read(packed, Limits(expansion=1 << 20, block=1 << 18))
    assert (1 << 20) // len(one) <= reading.records <= (3 << 20) // len(one)
    assert reading.dead[-1].reason == "more than 1048576 bytes of text: reading stops here"


def test_documents_longer_than_what_is_held_at_once_are_read_all_the_same():
    limits = Limits(document=1000, block=2000)
    for name in ("delivery", "array", "lookup-events", "subscription", "delivery, more keys"):
        reading, batches = read(LAYOUTS[name], limits)
        assert sorted(named(batches)) == IDS
        assert reading.dead_count == 0
    many = js({"Records": [call(n) for n in range(3000)]})
    reading, batches = read(many, limits)
    assert reading.records == 3000
    assert len(batches) > 100, "so much is never held at once"
    for own, position in list(named(batches).items())[::500]:
        assert json.loads(raw_record(io.BytesIO(many), position, limits))["eventID"] == own


LONG = """
import io, resource, sys
from vedette.logs.kinds import Limits
from vedette.logs.reading import Reading

SIZE = 100 << 20

class Long:
    '''{head}, then 100 MB made on the way, then {tail}.'''
    def __init__(self):
        self.parts = [HEAD, *[FILL] * (SIZE // len(FILL)), TAIL]
        self.held = b""
    def read(self, size):
        while len(self.held) < size and self.parts:
            self.held += self.parts.pop(0)
        out, self.held = self.held[:size], self.held[size:]
        return out

record = (b'{"eventTime":"2024-08-02T08:23:24Z","eventSource":"s3.amazonaws.com","eventName":"x","eventID":"%d",'
          b'"requestParameters":{"key":"' + b"k" * 800 + b'"}}')
HEAD, FILL, TAIL = WHAT
list(Reading(io.BytesIO(record % 1)).batches())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
reading = Reading(Long())
for batch in reading.batches():
    pass
print(reading.records, reading.dead_count, reading.dead[0].reason if reading.dead else "-")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


@pytest.mark.parametrize(("what", "records", "dead", "reason"), [
    ('(record % 1 + b"\\n", b"x" * 65536, b"\\n" + record % 2)', 2, 1, "record longer than 4194304 bytes"),
    ('(b\'{"a":"\', b"x" * 65536, b\'"}\\n\' + record % 2)', 1, 1, "record longer than 4194304 bytes"),
    ('(record % 1 + b"\\n" + b\'{"a":"\', b"\\0" * 65536, b\'"}\\n\' + record % 2)', 2, 1,
     "record longer than 4194304 bytes"),
    ('(b\'{"Records":[\', record % 1 + b",", record % 2 + b"]}")', None, 0, "-"),
    ('(b\'{"Records":[\' + record % 1 + b\',{"a":"\', b"x" * 65536, b\'"},\' + record % 2 + b"]}")', 2, 1,
     "record longer than 4194304 bytes"),
    ('(b\'{"Records":[\', b"1," * 32768, record % 2 + b"]}")', 1, None, "not a JSON object"),
], ids=["line", "first line", "NULs", "document", "element", "numbers"])
def test_100_mb_on_one_line_take_bounded_memory(what, records, dead, reason):
    source = LONG.replace("WHAT", what)
    if dead is None:  # a letter each would take minutes: some show the same
        source = source.replace("100 << 20", "3 << 20")
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=300, check=True)
    figures, grown = done.stdout.splitlines()
    read_records, read_dead, said = figures.split(" ", 2)
    assert said == reason
    if records is not None:
        assert int(read_records) == records
    if dead is not None:
        assert int(read_dead) == dead
    assert int(grown) < 250, f"{grown} MB more than for a single record"


ORIGINALS = {name: data for name, data in LAYOUTS.items() if data[:2] != b"\x1f\x8b"} | {
    "DNS": lines(*map(lookup, range(5))),
    "flows": b"".join(FLOW % number for number in range(5)),
}
junk = st.binary(min_size=1, max_size=20) | st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b"\n", b",", b'{"Records":[', b"\\", b":"])
cuts = st.tuples(st.sampled_from(["flip", "cut", "insert", "zero"]), st.floats(0, 1), st.integers(1, 300), junk)


def damaged(data: bytes, steps: list[tuple[str, float, int, bytes]]) -> bytes:
    out = bytearray(data)
    for how, where, size, put in steps:
        at = int(where * len(out))
        if how == "flip" and at < len(out):
            out[at] ^= put[0] or 1
        elif how == "cut":
            del out[at : at + size]
        elif how == "insert":
            out[at:at] = put
        else:
            out[at : at + size] = b"\0" * len(out[at : at + size])
    return bytes(out)


@given(st.sampled_from(sorted(ORIGINALS)), st.lists(cuts, min_size=1, max_size=4), st.booleans(), st.booleans())
@settings(max_examples=1500, deadline=None)
def test_damage_never_raises_and_every_record_that_is_left_leads_back_to_itself(name, steps, packed, small):
    data = damaged(ORIGINALS[name], steps)
    if packed:
        data = gzip.compress(data, 1)
    limits = Limits(block=700, document=500) if small else Limits()
    reading, batches = read(data, limits)
    assert len(reading.dead) == reading.dead_count
    assert reading.records == sum(batch.records for batch in batches)
    for batch in batches:
        if batch.structs is not None:
            pairs = [(one.event_id, at) for one, at in zip(batch.structs, batch.positions, strict=True)]
            for one in batch.structs:
                assert isinstance(one.request, dict)
        elif batch.kind is LogKind.DNS:
            pairs = batch.frame.select("instance_id", "position").rows()
        else:
            pairs = batch.frame.select("interface_id", "position").rows()
        for own, at in pairs:
            text = raw_record(io.BytesIO(data), at, limits)
            assert not own or not own.isascii() or not own.isprintable() or own in text or "\\" in text


@given(st.lists(cuts, min_size=1, max_size=3), st.booleans())
@settings(max_examples=300, deadline=None)
def test_damaged_gzip_never_raises_and_what_is_left_leads_back_to_itself(steps, as_lines):
    data = damaged(gzip.compress(lines(*CALLS) if as_lines else DELIVERY), steps)
    for own, at in named(read(data)[1]).items():
        assert own in raw_record(io.BytesIO(data), at)


@given(st.sampled_from(["JSON lines", "DNS"]), st.integers(0, 4), st.lists(cuts, min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_damage_within_one_line_costs_that_line_alone(name, place, steps):
    original = ORIGINALS[name].removesuffix(b"\n").split(b"\n")
    bad = damaged(original[place], steps).replace(b"\n", b" ")
    data = b"\n".join([*original[:place], bad, *original[place + 1 :]])
    found = set(named(read(data)[1]))
    assert set(IDS) - {IDS[place]} <= found


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(max_examples=500, deadline=None)
def test_no_bytes_make_it_raise(data):
    reading, batches = read(data)
    assert reading.records == sum(batch.records for batch in batches)
    if not data.strip():
        assert reading.dead_count == 1


def _in_ocsf(unmapped):
    return (b'{"class_uid":6003,"time":1700000000000,"metadata":{"product":{"name":"Amazon EKS"},"version":"1.1.0"},'
            b'"api":{"operation":"create"},"unmapped":{' + unmapped + b"}}\n")


@pytest.mark.parametrize("data", [
    b'{"Records":[' + b'{"eventVersion":[' * 200_000,
    b'{"Records":[' + b'{"eventVersion":"' * 200_000,
    b'{"a":"' + b'\\"' * 2_000_000,
    b"{" * 4_000_000,
    b'{"Records":[' + (b'{"eventVersion":[' * 900 + b"0," * 100) * 60,
    b'{"Records":[]}' * 200_000,
    b'{"Records":[],"a":"\\"\\"' * 50_000,
    b'{\n"eventVersion":"' * 50_000,
    _in_ocsf(b'"requestObject.%b":"x"' % (b"a." * 1_900_000)),
    _in_ocsf(b'"requestObject.a[].b":"%b",' % (b"," * 1_900_000)
             + b",".join(b'"requestObject.a[].%d":"x,y"' % number for number in range(55_000))),
    _in_ocsf(b",".join(b'"requestObject.%b":"x"' % b".".join([b"%d" % number] * 29) for number in range(20_000))),
], ids=["starts", "strings", "escapes", "braces", "nested", "lists", "tails", "tops", "OCSF paths", "OCSF lists",
        "OCSF depths"])
def test_no_few_megabytes_of_malice_take_long(data, tmp_path):
    """What is quadratic takes minutes of these, and is killed."""
    path = tmp_path / "malice"
    path.write_bytes(data)
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (90, 90))\n"
        "from vedette.logs.reading import Reading\n"
        f"for _ in Reading(open({str(path)!r}, 'rb')).batches(): pass\n")
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared test data are not here")
def test_all_real_records_of_others_are_read():
    for folder, expected in (("stratus", 310), ("traildiscover", 563)):
        total = 0
        for path in sorted((SHARED / folder).iterdir()):
            with path.open("rb") as stream:
                reading = Reading(stream)
                batches = list(reading.batches())
            found = [(one, at) for batch in batches if batch.structs for one, at in zip(
                batch.structs, batch.positions, strict=True)]
            total += len(found)
            for one, at in found[::7]:
                with path.open("rb") as stream:
                    assert one.event_id in raw_record(stream, at)
        assert total == expected


@pytest.mark.parametrize("text", [
    b'{"Records":[' + b"1," * 300_000 + b"1]}", b'{"a":1}\n' + b"1  \n" * 600_000,
], ids=["an array", "lines"])
def test_an_object_of_rubbish_is_not_read_to_its_end_and_says_so(text: bytes) -> None:
    limits = Limits(unreadable=1000, block=1 << 12)
    reading = Reading(io.BytesIO(gzip.compress(text)), limits=limits)
    assert list(reading.batches()) == []
    assert 1000 < reading.dead_count < text.count(b"1") * .9
    assert reading.dead[-1].reason == f"{reading.dead_count} unreadable records: reading stops here"


def test_records_that_are_mostly_readable_are_read_to_their_end() -> None:
    text = b"".join(lines(*(call(30 * part + number) for number in range(30)), *[b"1"] * 20) for part in range(20))
    reading = Reading(io.BytesIO(text), limits=Limits(unreadable=5, block=1 << 12))
    assert sum(batch.records for batch in reading.batches()) + reading.passed_over + reading.left_out == 600
    assert reading.dead_count == 400


ROWS = [f"2 111122223333 eni-0123456789abcdef0 10.0.0.{number} 9.9.9.9 40000 443 6 5 300 1722587004 1722587060 "
        "ACCEPT OK" for number in range(3)]
LOOKUP = {"version": "1.100000", "account_id": "111122223333", "region": "us-east-1", "vpc_id": "vpc-1",
          "query_timestamp": "2024-08-02T08:23:24Z", "query_name": "example.com.", "query_type": "A",
          "query_class": "IN", "rcode": "NOERROR", "answers": [], "srcaddr": "10.0.0.5", "srcport": "5000",
          "transport": "UDP", "srcids": {"instance": "i-0123456789abcdef0"}}


def of_messages(*messages: str) -> dict[str, object]:
    return message() | {"logEvents": [
        {"id": str(n), "timestamp": 1722587004000, "message": one} for n, one in enumerate(messages)]}


@pytest.mark.parametrize("data", [
    js(of_messages(*ROWS)), lines(of_messages(*ROWS[:1]), CONTROL, of_messages(*ROWS[1:])),
    lines(*({"message": row} for row in ROWS)), b"".join(js({"message": row + "\n"}) for row in ROWS),
    js(of_messages(ROWS[0], js(LOOKUP).decode(), *ROWS[1:])),
], ids=["subscription", "subscription as lines", "Firehose", "Firehose without line ends", "with look-ups"])
def test_flow_rows_in_envelopes_are_rows(data: bytes) -> None:
    reading = Reading(io.BytesIO(data))
    found = {batch.kind: batch for batch in reading.batches()}
    assert reading.dead == []
    frame = found[LogKind.VPC_FLOW].frame
    assert frame["srcaddr"].to_list() == ["10.0.0.0", "10.0.0.1", "10.0.0.2"]
    for place, row in zip(frame["position"].to_list(), ROWS, strict=True):
        assert row in raw_record(io.BytesIO(data), place)


def test_a_row_in_an_envelope_that_cannot_be_read_is_named_where_it_stands() -> None:
    broken = ROWS[1].replace(" 443 ", " 99443 ")
    reading = Reading(io.BytesIO(lines(*({"message": row} for row in (ROWS[0], broken, "hello", ROWS[2])))))
    (batch,) = reading.batches()
    assert batch.frame["position"].to_list() == [1, 4]
    assert sorted(letter.position for letter in reading.dead) == [2, 3]


@pytest.mark.parametrize(("text", "told"), [
    ("version resource-type tgw-id tgw-attachment-id srcaddr dstaddr srcport dstport packets start end\n",
     "a transit gateway's flow log"),
    ("3 vpc-1 subnet-1 i-1 eni-0123456789abcdef0 111122223333 IPv4 10.0.0.1 10.0.0.2 1 2 6 1 40 1 2 ACCEPT OK\n",
     "put the header line first"),
    ("1.0 2017-12-13T08:15:50.235Z Z123412341234 example.com A NOERROR UDP IAD12 192.168.3.1 -\n",
     "a log of public DNS queries to Route 53"),
])
def test_what_looks_like_a_log_that_is_read_is_told_apart(text: str, told: str) -> None:
    reading = Reading(io.BytesIO(text.encode()))
    assert list(reading.batches()) == []
    (letter,) = reading.dead
    assert told in letter.reason
