from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.logs.kinds import Limits
from vedette.logs.resolver_dns import COLUMNS, Answer, read_lines, read_records, recognise_record, to_lookups

LIMITS = Limits()
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
RECORD = {
    "version": "1.100000", "account_id": "123456789012", "region": "us-east-1", "vpc_id": "vpc-0a1b",
    "query_timestamp": "2024-05-01T10:20:30Z", "query_name": "WWW.Example.com.", "query_type": "A",
    "query_class": "IN", "rcode": "NOERROR",
    "answers": [{"Rdata": "web.example.com.", "Type": "CNAME", "Class": "IN"},
                {"Rdata": "192.0.2.7", "Type": "A", "Class": "IN"}],
    "srcaddr": "10.0.0.5", "srcport": "53124", "transport": "UDP", "srcids": {"instance": "i-0abc"},
}


def lines(*records: object) -> bytes:
    return b"".join((record if isinstance(record, bytes) else json.dumps(record).encode()) + b"\n"
                    for record in records)


def test_a_look_up_is_read_with_its_answers_and_its_instance() -> None:
    batch = read_lines(lines(RECORD), 7, LIMITS)
    assert dict(batch.frame.schema) == COLUMNS
    (lookup,) = to_lookups(batch.frame)
    assert (lookup.query_name, lookup.query_type, lookup.query_class, lookup.rcode) == (
        "www.example.com", "A", "IN", "NOERROR")
    assert lookup.answers == (Answer("web.example.com.", "CNAME", "IN"), Answer("192.0.2.7", "A", "IN"))
    assert (lookup.srcaddr, lookup.srcport, lookup.transport) == ("10.0.0.5", 53124, "UDP")
    assert (lookup.account_id, lookup.region, lookup.vpc_id) == ("123456789012", "us-east-1", "vpc-0a1b")
    assert (lookup.instance_id, lookup.position) == ("i-0abc", 7)
    assert lookup.time == 1714558830000


def test_the_resolver_endpoint_and_the_firewall_are_read() -> None:
    more = {
        "srcids": {"resolver_endpoint": "rslvr-in-1", "resolver_network_interface": "rni-1"},
        "firewall_rule_action": "BLOCK", "firewall_rule_group_id": "rslvr-frg-1",
        "firewall_domain_list_id": "rslvr-fdl-1",
    }
    first, second = to_lookups(read_lines(lines(RECORD, RECORD | more), 1, LIMITS).frame)
    assert first.firewall_rule_action == ""
    assert (second.firewall_rule_action, second.firewall_rule_group_id, second.firewall_domain_list_id) == (
        "BLOCK", "rslvr-frg-1", "rslvr-fdl-1")
    assert (second.resolver_endpoint, second.resolver_network_interface) == ("rslvr-in-1", "rni-1")
    assert second.instance_id == ""


def test_a_record_may_lack_all_but_its_name_and_time() -> None:
    bare = {"query_name": "a.example", "query_timestamp": "2024-05-01 10:20:30"}
    (lookup,) = to_lookups(read_lines(lines(bare), 1, LIMITS).frame)
    assert (lookup.answers, lookup.srcport, lookup.instance_id, lookup.time) == ((), None, "", 1714558830000)


BROKEN = {
    "truncated": json.dumps(RECORD).encode()[:-30],
    "not an object": b"[1, 2]",
    "another kind": b'{"eventSource": "ec2.amazonaws.com"}',
    "wrong type": json.dumps(RECORD | {"query_name": 5}).encode(),
    "no time": json.dumps(RECORD | {"query_timestamp": "yesterday"}).encode(),
    "NUL": b"\0\0\0",
    "not UTF-8": b'{"query_name": "\xff\xfe", "query_timestamp": "2024-05-01T10:20:30Z"}',
    "too deep": b"[" * 100_000,
    "too long": json.dumps(RECORD | {"query_name": "x" * 300_000}).encode(),
    "two on a line": json.dumps(RECORD).encode() * 2,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_line_is_named_and_the_others_are_read(name: str) -> None:
    limits = Limits(record=250_000) if name == "too long" else LIMITS
    if name == "too long":
        # the quick way reads a long record that is sound; the careful way, taken beside a broken one, refuses it
        batch = read_lines(lines(RECORD, BROKEN[name], RECORD, b"x"), 1, limits)
        assert [letter.position for letter in batch.dead] == [2, 4]
    else:
        batch = read_lines(lines(RECORD, BROKEN[name], RECORD), 1, limits)
        assert [letter.position for letter in batch.dead] == [2]
    assert batch.frame["position"].to_list() == [1, 3]
    assert batch.dead[0].reason.startswith("not a readable look-up (")
    assert len(batch.dead[0].sample) <= 200


@pytest.mark.parametrize("port", ["70000", "-1", "9" * 30, "9" * 5000, "dns", "", "-"])
def test_a_look_up_is_not_lost_for_a_port_that_is_none(port: str) -> None:
    batch = read_lines(lines(RECORD, RECORD | {"srcport": port}), 1, LIMITS)
    assert [lookup.srcport for lookup in to_lookups(batch.frame)] == [53124, None]
    assert not batch.dead


def test_blank_lines_are_skipped_and_counted() -> None:
    batch = read_lines(b"\n" + lines(RECORD, b"", RECORD), 10, LIMITS)
    assert batch.frame["position"].to_list() == [11, 13]
    assert not batch.dead


def test_decoded_records_are_read_and_broken_ones_named() -> None:
    batch = read_records([RECORD, RECORD | {"srcaddr": 5}, RECORD], [3, 4, 9])
    assert batch.frame["position"].to_list() == [3, 9]
    assert [letter.position for letter in batch.dead] == [4]


def test_answers_cannot_forge_further_answers() -> None:
    told = [{"Rdata": "a\x1eb", "Type": "TXT", "Class": "IN"}, {"Rdata": "c\x1e", "Type": "TXT", "Class": "IN"}]
    for answers in (told, told[:1]):
        (lookup,) = to_lookups(read_lines(lines(RECORD | {"answers": answers}), 1, LIMITS).frame)
        assert len(lookup.answers) == len(answers)


def test_equal_look_ups_are_one_record_wherever_they_stand() -> None:
    first, second, third = to_lookups(
        read_lines(lines(RECORD, RECORD, RECORD | {"srcport": "1"}), 1, LIMITS).frame
    )
    assert first.record == second.record != third.record


words = st.text(st.characters(exclude_characters="\x1e", exclude_categories=["Cs"]), max_size=20)
names = st.from_regex(r"[a-z0-9.-]{0,20}[a-z0-9]", fullmatch=True)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.fixed_dictionaries({
    "query_name": names, "query_timestamp": st.just("2024-05-01T10:20:30Z"),
    "answers": st.lists(st.fixed_dictionaries({
        "Rdata": words, "Type": st.sampled_from(["A", "TXT"]), "Class": st.just("IN")}), max_size=4),
    "srcport": st.integers(0, 65535).flatmap(lambda port: st.sampled_from([port, str(port)])),
    "srcids": st.none() | st.fixed_dictionaries({"instance": names}), "rcode": words.filter(bool),
}), min_size=1, max_size=6), st.booleans())
def test_records_come_back_as_they_were_written(records: list[dict], spoiled: bool) -> None:
    batch = read_lines(lines(*records, *([b"x"] if spoiled else [])), 1, LIMITS)
    assert len(batch.dead or ()) == spoiled
    for record, lookup in zip(records, to_lookups(batch.frame), strict=True):
        assert lookup.query_name == record["query_name"]
        assert [(answer.rdata, answer.type) for answer in lookup.answers] == [
            (answer["Rdata"], answer["Type"]) for answer in record["answers"]]
        assert (lookup.srcport, lookup.rcode) == (int(record["srcport"]), record["rcode"])
        assert lookup.instance_id == (record["srcids"] or {"instance": ""})["instance"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=5))
def test_no_bytes_can_crash_the_reader_or_lose_a_good_line(junk: list[bytes]) -> None:
    mixed = [part for piece in junk for part in (piece.replace(b"\n", b" "), RECORD)]
    assert read_lines(lines(*mixed), 1, LIMITS).records == len(junk)


@pytest.mark.skipif(not SHARED.exists(), reason="shared data are not here")
def test_records_that_others_wrote_for_their_tests_are_read() -> None:
    logs = [json.loads(text)["log"] for text in (SHARED / "panther" / "open.jsonl").read_text().splitlines()]
    found = [log for log in logs if isinstance(log, dict) and recognise_record(log)]
    assert len(found) >= 3
    batch = read_lines(lines(*found), 1, LIMITS)
    assert not batch.dead
    for log, lookup in zip(found, to_lookups(batch.frame), strict=True):
        assert lookup.query_name == log["query_name"].lower().removesuffix(".")
        assert [answer.rdata for answer in lookup.answers] == [
            answer["Rdata"] for answer in log.get("answers") or ()]
