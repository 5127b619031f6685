"""Small objects are read together; each must say what it says when it is read alone."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.detectors.catalogue import catalogue
from vedette.detectors.known import Known
from vedette.engine.mapping import Mapper, ObjectRead
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.flow_fields import DEFAULT_FORMAT
from vedette.logs.kinds import Limits, LogKind
from vedette.sources import LogObject

KNOWN = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
V2 = " ".join(DEFAULT_FORMAT).replace("_", "-")
V5 = f"{V2} vpc-id subnet-id instance-id tcp-flags flow-direction"


class Alone(io.BytesIO):
    """A stream that cannot be wound back, so that the object is read by itself."""

    def seekable(self) -> bool:
        return False


@pytest.fixture(scope="module")
def mapper() -> Mapper:
    return Mapper(catalogue().detectors, KNOWN)


def flow(interface: str, source: str, target: str, port: int, start: int, status: str = "OK", tail: str = "") -> str:
    if status != "OK":
        return f"2 111122223333 {interface} - - - - - - - {start} {start + 60} - {status}{tail and ' - - - - -'}"
    return (f"2 111122223333 {interface} {source} {target} 40000 {port} 6 9 2600 {start} {start + 60} ACCEPT OK{tail}")


ADDRESSES = st.sampled_from(["10.0.0.1", "10.0.0.2", "9.9.9.9", "9.9.9.10", "2001:db8::1"])
TAIL = " vpc-0a11d5e7c0ffee001 subnet-0a11d5e7c0ffee001 i-0a11d5e7c0ffee001 2 egress"
BROKEN = st.sampled_from(["nonsense", "", "2 111122223333 eni-0a1", "\ufffd" * 3])


@st.composite
def flow_texts(draw: st.DrawFn) -> bytes:
    tail = draw(st.sampled_from(["", TAIL]))
    rows = draw(st.lists(st.builds(
        flow, st.sampled_from(["eni-0a11d5e7c0ffee001", "eni-0a11d5e7c0ffee002"]), ADDRESSES, ADDRESSES,
        st.sampled_from([22, 3389, 443, 9]), st.integers(1_772_409_600, 1_772_409_900),
        st.sampled_from(["OK", "OK", "OK", "NODATA"]), st.just(tail)), max_size=6))
    if draw(st.integers(0, 7)) == 0:
        rows.insert(draw(st.integers(0, len(rows))), draw(BROKEN))
    header = [V5] if tail else draw(st.sampled_from([[], [V2]]))
    return ("\n".join([*header, *rows]) + draw(st.sampled_from(["\n", "\n", "\n", ""]))).encode()


def lookup(name: str, answer: str, second: int, *, usual: bool = False, **more: object) -> str:
    """``usual``: as the Resolver writes it, without a space."""
    return json.dumps({
        "version": "1.1", "account_id": "111122223333", "region": "eu-west-1", "vpc_id": "vpc-0a1",
        "query_timestamp": f"2026-03-02T00:00:{second:02}Z", "query_name": name, "query_type": "A",
        "query_class": "IN", "rcode": "NOERROR", "answers": [{"Rdata": answer, "Type": "A", "Class": "IN"}],
        "srcaddr": "10.0.0.1", "srcport": "40000", "transport": "UDP", "srcids": {"instance": "i-0a11d5e7c0ffee001"},
    } | more, separators=(",", ":") if usual else None)


ODD: st.SearchStrategy[dict[str, object]] = st.sampled_from([
    {"srcport": 53}, {"srcport": ""}, {"srcport": "70000"}, {"answers": None}, {"answers": [{"Rdata": 5}]},
    {"account_id": 5}, {"query_timestamp": "2026-03-02 00:00:01.5"}, {"query_timestamp": "yesterday"}, {"answers": []},
    {"firewall_rule_action": "BLOCK"}, {"query_name": 'a"\\b.'}, {"query_name": "\u043a."},
    {"srcids": {"query_name": "b."}}, {"firewall_rule_action": {"query_name": "b."}},
    {"transport": None}, {"version": '","query_name":"'},
])


ODD_LINES = [
    # Fields that stand twice, or where another one is looked for: the last of them counts.
    lambda line: line.replace("}}", '},"query_name":"rebind.example."}'),
    lambda line: line.replace('"query_type"', '"query_name":"rebind.example.","query_type"'),
    lambda line: line.replace("}}", '},"answers":[{"Rdata":"169.254.169.254","Type":"A","Class":"IN"}]}'),
    lambda line: line.replace("}}", '},"query_timestamp":"2026-03-02T00:00:09Z"}'),
    lambda line: line.replace("}}", '},"rcode":"NXDOMAIN"}'), lambda line: line.replace("{", '{"rcode":"REFUSED",', 1),
    lambda line: line.replace('"answers"', '"account_id":"444455556666","answers"'),
    lambda line: line.replace('"NOERROR"', '"NOERROR"}').replace("}}", "}"),
    lambda line: line.replace("00Z", "00Z\t"), lambda line: line.replace("40000", "40000\t"),
    lambda line: line.replace("40000", "4\\u0030000"), lambda line: line.replace("40000", "40\\x"),
    lambda line: line.replace("Example", "Ex\tample"), lambda line: line.replace("Example", "Ex\\qample"),
    lambda line: line.replace('"A"', '"A","x":1]', 1), lambda line: line.replace("\"UDP\"", "UDP"),
    lambda line: line.replace('[{"Rdata"', '[{"srcaddr":"1","Rdata"'), lambda line: "\x01" + line,
    lambda line: line.replace("Example", "\x01"), lambda line: line + " ", lambda line: line + "\r",
    lambda line: " " + line, lambda line: f"{line}{line}", lambda line: "", lambda line: line[:-1],
    lambda line: f"[{line}]",
]


COUNT_DAYS = {one.name for one in catalogue().detectors if one.learns}


@st.composite
def lookup_texts(draw: st.DrawFn) -> bytes:
    rows = draw(st.lists(st.builds(
        lookup, st.sampled_from(["Example.com.", "guarddutyc2activityb.com.", "rebind.example."]),
        st.sampled_from(["9.9.9.9", "169.254.169.254"]), st.integers(0, 59), usual=st.integers(0, 4).map(bool)),
        min_size=1, max_size=6))
    if draw(st.integers(0, 3)) == 0:
        rows.insert(draw(st.integers(0, len(rows))), lookup(
            "rebind.example.", "169.254.169.254", 7, usual=draw(st.booleans()), **draw(ODD)))
    if draw(st.integers(0, 9)) == 0:
        rows.insert(draw(st.integers(0, len(rows))), draw(st.sampled_from(["", "{", "{} {}", rows[0] + rows[0]])))
    return ("\n".join(rows) + draw(st.sampled_from(["\n", "\n", "\n", ""]))).encode()


def objects(texts: list[bytes]) -> list[LogObject]:
    return [LogObject(f"/logs/{number}", "1", len(text), 0, account="111122223333", region="eu-west-1")
            for number, text in enumerate(texts)]


def alone(mapper: Mapper, texts: list[bytes]) -> list[ObjectRead]:
    found = [mapper.map_objects("logs", [(obj, Alone(text))])[0]
             for obj, text in zip(objects(texts), texts, strict=True)]
    assert len(found) == len(texts)
    return found


def together(mapper: Mapper, texts: list[bytes]) -> list[ObjectRead]:
    return mapper.map_objects(
        "logs", [(obj, io.BytesIO(text)) for obj, text in zip(objects(texts), texts, strict=True)])


def without_facts(reads: list[ObjectRead]) -> list[ObjectRead]:
    """Nor rows of what counts days: of those that are alike, the first of all that is read together is enough."""
    return [msgspec.structs.replace(read, facts=[], rows=[row for row in read.rows if row.detector not in COUNT_DAYS])
            for read in reads]


def last_seen(reads: list[ObjectRead]) -> dict[tuple[str, str, str], int]:
    """What is left of facts when all have been applied: for each the time at which it was seen last."""
    seen: dict[tuple[str, str, str], int] = {}
    for read in reads:
        for fact in read.facts:
            key = (fact.entity, fact.field, str(fact.value))
            seen[key] = max(seen.get(key, 0), fact.observed)
    return seen


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(flow_texts() | lookup_texts(), min_size=1, max_size=6), zipped=st.booleans())
def test_each_object_says_the_same_alone_and_together(mapper: Mapper, texts: list[bytes], zipped: bool) -> None:
    given_texts = [gzip.compress(text) for text in texts] if zipped else texts
    one_by_one, at_once = alone(mapper, given_texts), together(mapper, given_texts)
    assert without_facts(at_once) == without_facts(one_by_one)
    assert last_seen(at_once) == last_seen(one_by_one)


@pytest.mark.parametrize("change", ODD_LINES)
def test_an_odd_line_among_usual_ones_says_the_same_alone_and_together(
    mapper: Mapper, change: Callable[[str], str],
) -> None:
    usual = [lookup("Example.", "9.9.9.9", second, usual=True) for second in range(3)]
    texts = [("\n".join([usual[0], change(usual[1]), usual[2]]) + "\n").encode(), ("\n".join(usual) + "\n").encode()]
    assert together(mapper, texts) == alone(mapper, texts)


def test_rows_keep_their_own_lines_and_times(mapper: Mapper) -> None:
    empty = flow("eni-0a1", "-", "-", 0, 1_772_409_605, "NODATA")
    login, another = (flow("eni-0a1", "9.9.9.9", "10.0.0.1", 22, 1_772_409_600 + after) for after in (10, 100))
    one, two = together(mapper, [f"{V2}\n{empty}\n{login}\n".encode(), f"{another}\n".encode()])
    assert [row.evidence.position for row in one.rows] == [3]
    assert [row.evidence.position for row in two.rows] == [1]
    assert (one.first_time, two.first_time) == (1_772_409_610_000, 1_772_409_700_000)
    assert one.passed_over == 1
    assert one.records == {LogKind.VPC_FLOW: 1}


def test_an_address_common_to_one_object_is_not_asked_of_another(mapper: Mapper) -> None:
    # Nothing but these rows tells which end is the interface: in each object another address is in all of them.
    first = "".join(f"{flow('eni-0a1', f'9.9.8.{n}', '9.9.9.1', 22, 1_772_409_600 + n)}\n" for n in range(3))
    second = "".join(f"{flow('eni-0a1', f'9.9.7.{n}', '9.9.9.2', 22, 1_772_409_600 + n)}\n" for n in range(3))
    reads = together(mapper, [first.encode(), second.encode()])
    locals_ = [{json.loads(row.record)["local"] for row in read.rows} for read in reads]
    assert locals_ == [{"9.9.9.1"}, {"9.9.9.2"}]


def test_an_object_of_a_kind_that_is_not_asked_for_is_not_read() -> None:
    only_calls = Mapper(catalogue().detectors, KNOWN, limits=Limits(), kinds=frozenset({LogKind.CLOUDTRAIL}))
    (read,) = together(only_calls, [f"{lookup('guarddutyc2activityb.com.', '9.9.9.9', 1)}\n".encode()])
    assert (read.records, read.signals) == ({}, [])
