"""What of an object counts as analysed: all of it once, S3's data events by bucket."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.detectors.known import Known
from vedette.engine.analysed import analysed, heard
from vedette.engine.mapping import Mapper, ObjectRead, Period
from vedette.findings.rows import LAMBDA_NETWORK, S3_DATA
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.inventory.fact import fact
from vedette.logs.kinds import LogKind
from vedette.sources import LogObject

NOTHING_KNOWN = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
OBJECT = LogObject("folder/one.json", "1", 1000, 0, 0, "111122223333", "eu-west-1")


def event(name, bucket, category):
    return {"eventTime": "2026-03-02T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": name,
            "eventID": f"{name}{bucket}", "eventCategory": category, "requestParameters": {"bucketName": bucket}}


def mapped(records, *, by_bucket):
    mapper = Mapper([], NOTHING_KNOWN, by_bucket=by_bucket)
    text = json.dumps({"Records": records}).encode()
    (read,) = mapper.map_objects("folder", [(OBJECT, io.BytesIO(text))])
    return read


def test_s3_data_events_are_counted_by_bucket_and_other_calls_are_not():
    records = [event("GetObject", "acme-ledger", "Data"), event("PutObject", "acme-ledger", "Data"),
               event("GetObject", "acme-drop", "Data"), event("PutBucketAcl", "acme-ledger", "Management")]
    read = mapped(records, by_bucket=True)
    assert read.buckets == {"acme-ledger": 2, "acme-drop": 1}
    assert {(one.kind, one.resource): one.records for one in analysed([read])} == {
        (S3_DATA, "acme-ledger"): 2, (S3_DATA, "acme-drop"): 1, (LogKind.CLOUDTRAIL, ""): 1}
    assert mapped(records, by_bucket=False).buckets == {}


def test_an_object_is_heard_of_each_of_its_logs_for_as_long_as_its_records_are():
    early = {**event("PutBucketAcl", "acme-ledger", "Management"), "eventTime": "2026-03-02T08:59:00Z"}
    read = mapped([event("GetObject", "acme-ledger", "Data"), early], by_bucket=True)
    assert {(one.account, one.region, one.kind, one.last - one.first) for one in heard([read])} == {
        ("111122223333", "eu-west-1", kind, 61 * 60_000) for kind in (LogKind.CLOUDTRAIL, S3_DATA)}
    assert list(heard([mapped([], by_bucket=True)])) == []


@pytest.mark.parametrize("together", [False, True])
def test_what_no_name_tells_of_an_object_its_records_do_where_they_are_of_one_place(together):
    def counted(*places, account="", region=""):
        lines = "".join(json.dumps({
            "version": "1.1", "account_id": one, "region": where, "vpc_id": "vpc-1", "query_name": "example.com.",
            "query_timestamp": "2026-03-02T10:00:00Z", "query_type": "A", "query_class": "IN", "rcode": "NOERROR",
            "answers": [], "srcaddr": "10.0.0.1", "srcport": "1", "transport": "UDP", "srcids": {}}) + "\n"
            for one, where in places)
        mapper = Mapper([], NOTHING_KNOWN, by_bucket=True)
        obj = msgspec.structs.replace(OBJECT, account=account, region=region, size=10 if together else 10_000_000)
        (read,) = mapper.map_objects("folder", [(obj, io.BytesIO(lines.encode()))])
        return {(one.account, one.region) for one in heard([read])} | {
            (one.account, one.region) for one in analysed([read])}

    here = ("111122223333", "eu-west-1")
    assert counted(here, here) == {here}
    assert counted(here, account="111122223333") == {here}
    assert counted(here, account="222233334444", region="eu-north-1") == {("222233334444", "eu-north-1")}
    if not together:
        assert counted(here, ("222233334444", "eu-west-1")) == {("", "")}


def test_names_that_no_bucket_has_and_very_many_count_as_of_none():
    odd = ["", "a" * 256, "a" * 3_000_000, "a\x00b", "a b", "../x", "ab", "-ab"]
    assert mapped([event("GetObject", name, "Data") for name in odd], by_bucket=True).buckets == {"": len(odd)}
    many = mapped([event("GetObject", f"b-{number}", "Data") for number in range(5_000)], by_bucket=True).buckets
    assert sum(many.values()) == 5_000
    assert len(many) <= 1_001


@pytest.mark.parametrize("one_by_one", [False, True])
def test_flow_records_of_functions_are_counted_apart(one_by_one):
    rows = "".join(
        f"2 111122223333 {interface} 10.0.1.9 9.9.9.9 40000 443 6 9 2600 1772409600 1772409660 ACCEPT OK\n"
        for interface in ("eni-0a1", "eni-0a2", "eni-0a1", "eni-0a3"))
    functions = Inventory([fact(f"interface/{name}", "ofFunctions", True, 1) for name in ("eni-0a1", "eni-0a2")])
    mapper = Mapper([], replace(NOTHING_KNOWN, inventory=functions), period=Period(since=0) if one_by_one else None)
    first, second = mapper.map_objects("folder", [
        (OBJECT, io.BytesIO(rows.encode())), (OBJECT, io.BytesIO(rows.replace("eni-0a1", "eni-0a9").encode()))])
    assert {one.kind: (one.records, one.bytes) for one in analysed([first])} == {
        LAMBDA_NETWORK: (3, first.size * 3 // 4), LogKind.VPC_FLOW: (1, first.size - first.size * 3 // 4)}
    assert {one.kind: one.records for one in analysed([second])} == {LAMBDA_NETWORK: 1, LogKind.VPC_FLOW: 3}


@given(st.dictionaries(st.sampled_from(list(LogKind)), st.integers(1, 10**6)), st.integers(0, 10**9), st.data())
def test_every_record_and_byte_counts_once(records, size, data):
    left = records.get(LogKind.CLOUDTRAIL, 0)
    buckets = {}
    for name in ("a", "b", "c"):
        if left and (part := data.draw(st.integers(0, left))):
            buckets[name] = part
            left -= part
    functions = data.draw(st.integers(0, records.get(LogKind.VPC_FLOW, 0)))
    read = ObjectRead(
        object=OBJECT, source="folder", records=records, buckets=buckets, of_functions=functions, size=size)
    rows = list(analysed([read]))
    assert sum(one.records for one in rows) == sum(records.values())
    assert all(one.records > 0 and one.bytes >= 0 for one in rows)
    counted = sum(one.bytes for one in rows)
    # What is left of a division goes to the other calls; when there are none, it is less than a byte a bucket.
    assert size - len(buckets) <= counted <= size if records else counted == 0
    assert {one.account for one in rows} <= {OBJECT.account}
