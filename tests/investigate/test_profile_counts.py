"""A profile of random records says what counting them one by one in plain Python says."""

from __future__ import annotations

import itertools
import os
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.intel.test_geo import write_mmdb
from tests.playing import known_in
from vedette.engine import history_files, history_names
from vedette.engine.history_archive import SETTLED
from vedette.engine.history_files import merge_small
from vedette.engine.history_names import note_names
from vedette.engine.history_rows import SCHEMAS
from vedette.engine.history_writer import place_of, write_rows
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.investigate import kept_tallies, summing, sums
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.profile import BEFORE, Place, Profile, Sources, around, profile, usual_since, width_of
from vedette.investigate.sightings import Past
from vedette.investigate.summing import sum_up
from vedette.investigate.wanted import Scope
from vedette.logs.kinds import LogKind

HOUR, DAY = 3_600_000, 86_400_000
SINCE = 1_767_225_600_000 + 50 * DAY
LATER = SINCE + 10_000 * DAY
TIMES = [SINCE - BEFORE - 1, SINCE - BEFORE, SINCE - 9 * DAY, SINCE - 1, SINCE, SINCE + 1, SINCE + HOUR,
         SINCE + 2 * DAY, SINCE + 3 * DAY - 1, SINCE + 3 * DAY]
ACCOUNT, OTHER = "111122223333", "444455556666"
IPS = ["10.0.0.1", "10.0.0.2", "198.51.100.7", "203.0.113.9"]
ROLE, USER = f"arn:aws:iam::{ACCOUNT}:role/deploy", f"arn:aws:iam::{ACCOUNT}:user/bob"
EDGES = [edge - before for edge in (SINCE - BEFORE, SINCE, SINCE + 3 * DAY) for before in (5 * HOUR, 3 * HOUR, 1)]

Record = dict[str, Any]


def _of(kind: LogKind, fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Record]:
    account = "account" if kind is LogKind.CLOUDTRAIL else "account_id"
    return st.fixed_dictionaries({
        "log": st.just(kind), account: st.sampled_from([ACCOUNT, ACCOUNT, OTHER]),
        "region": st.sampled_from(["eu-west-1", "us-east-1"]), **fields,
        "time": st.sampled_from(TIMES),
        "copies": st.sampled_from([1, 1, 2, 3])})


def _maybe(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *values])


_WHO = st.sampled_from([
    {"principal_type": "IAMUser", "principal_arn": USER, "principal_id": "AIDABOB", "access_key_id": "AKIABOB"},
    {"principal_type": "AssumedRole", "principal_arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/jane",
     "principal_id": "AROADEPLOY:jane", "access_key_id": "ASIAJANE",
     "session": f'{{"sessionIssuer": {{"arn": "{ROLE}", "userName": "deploy"}}}}'},
    {"principal_type": "AssumedRole",
     "principal_arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/i-0123456789abcdef0",
     "principal_id": "AROADEPLOY:i-0123456789abcdef0", "access_key_id": "ASIAWEB"},
    {"principal_type": "AWSService", "invoked_by": "ec2.amazonaws.com"}])

RECORDS = st.one_of(
    _of(LogKind.CLOUDTRAIL, {
        "who": _WHO, "event_id": st.one_of(st.none(), st.just(""), st.uuids().map(str)),
        "event_source": st.sampled_from(["s3.amazonaws.com", "ec2.amazonaws.com"]),
        "event_name": st.sampled_from(["GetObject", "PutObject"]), "error_code": _maybe(["", "AccessDenied"]),
        "source_ip": st.sampled_from([*IPS, "ec2.amazonaws.com"]), "user_agent": _maybe(["aws-cli", "curl"]),
        "request": _maybe(['{"bucketName": "logs", "key": "a"}', '{"key": "logs"}', "{}", "broken"]),
        "resources": _maybe(['[{"ARN": "arn:aws:s3:::logs/a"}]', "[]"])}),
    _of(LogKind.VPC_FLOW, {
        "interface_id": _maybe(["eni-1", "eni-2"]), "instance_id": _maybe(["i-0123456789abcdef0", "i-2"]),
        "srcaddr": _maybe(IPS), "dstaddr": _maybe(IPS), "pkt_srcaddr": _maybe(IPS), "pkt_dstaddr": _maybe(IPS),
        "bytes": st.sampled_from([None, 40, 1500]), "srcport": st.sampled_from([53, 443]),
        "action": st.sampled_from(["ACCEPT", "REJECT"]), "end": st.sampled_from([1, 2]),
        "flow_direction": _maybe(["ingress", "egress"])}),
    _of(LogKind.DNS, {
        "srcaddr": _maybe(IPS), "instance_id": _maybe(["i-0123456789abcdef0"]),
        "query_name": st.sampled_from(["bad.example", "www.bad.example", "notbad.example"]),
        "rcode": _maybe(["NOERROR", "NXDOMAIN"]),
        "answers": _maybe([[], ["198.51.100.7", "198.51.100.7", "cname.example"], ["203.0.113.9"]])}),
    _of(LogKind.EKS_AUDIT, {
        "source_ips": _maybe([["198.51.100.7"], IPS]), "username": _maybe(["admin", "system:anonymous"]),
        "impersonated": _maybe(["admin"]), "cluster": _maybe(["prod"]), "verb": st.sampled_from(["get", "create"]),
        "resource": _maybe(["pods", "secrets"]), "subresource": _maybe(["exec"]), "namespace": _maybe(["default"]),
        "name": _maybe(["web"]), "code": _maybe([200, 403]), "request_uri": _maybe(["/api?x=1", "/version"])}),
    _of(LogKind.RDS, {
        "source": _maybe([*IPS, "host.example"]), "instance": _maybe(["orders"]), "cluster": _maybe(["orders"]),
        "user": _maybe(["root"]), "did": st.sampled_from(["failed", "logged in"])}))

ENTITIES = [
    Entity(EntityKind.IP, "198.51.100.7"), Entity(EntityKind.IP, "10.0.0.1"), Entity(EntityKind.PRINCIPAL, USER),
    Entity(EntityKind.PRINCIPAL, ROLE), Entity(EntityKind.PRINCIPAL, "AIDABOB"),
    Entity(EntityKind.PRINCIPAL, "AROADEPLOY"),
    Entity(EntityKind.ROLE_SESSION, f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/jane"),
    Entity(EntityKind.ROLE_SESSION, "AROADEPLOY:jane"), Entity(EntityKind.ACCESS_KEY, "ASIAJANE"),
    Entity(EntityKind.USER_AGENT, "curl"), Entity(EntityKind.INSTANCE, "i-0123456789abcdef0"),
    Entity(EntityKind.INTERFACE, "eni-1"), Entity(EntityKind.BUCKET, "logs"), Entity(EntityKind.CLUSTER, "prod"),
    Entity(EntityKind.KUBERNETES_USER, "admin"), Entity(EntityKind.POD, "default/web"),
    Entity(EntityKind.DATABASE, "orders"), Entity(EntityKind.DATABASE_USER, "root"),
    Entity(EntityKind.DOMAIN, "bad.example"), Entity(EntityKind.ACCOUNT, ACCOUNT)]


def lay_history(folder: Path, records: list[Record], number: Iterator[int], *, scattered: bool = False) -> None:
    """Each copy in an object of its own, each object in a file of its own; some where those of many hours lie."""
    for record in records:
        for _ in range(record["copies"]):
            one = next(number)
            row = {**{k: v for k, v in record.items() if k not in ("log", "who", "copies")}, **record.get("who", {}),
                   "object": f"o{one % 7}", "object_version": f"v{one}", "position": one}
            schema = {name: kind for name, kind in SCHEMAS[record["log"]].items() if row.get(name) is not None}
            moment = pl.from_epoch(pl.Series([row["time"]]), "ms")[0]
            hour = "any~any" if scattered and one % 5 == 0 else f"{moment:%Y-%m-%d}~{moment:%H}"
            place = folder / place_of(f"{record['log']}~{hour}~{one:024}.parquet")
            place.parent.mkdir(parents=True, exist_ok=True)
            write_rows(pl.DataFrame([row], schema=schema), place)


def echoed(records: list[Record]) -> list[Record]:
    """Some of it said again about the edges of what is looked at: records that are alike, and none is a copy."""
    return [*records, *(
        {**one, "time": time, **({"event_id": f"{one['event_id']}-{time}"} if one.get("event_id") else {})}
        for one in records[:4] for time in EDGES if time != one["time"])]


def deduplicated(records: list[Record]) -> list[Record]:
    """Calls with one account and id are one; of other records those that say the same."""
    found: dict[Any, Record] = {}
    for record in records:
        # Of calls that differ and have one id any may be kept: the strategy makes ids unique, copies aside.
        told = tuple(sorted((k, str(v)) for k, v in record.items() if k != "copies"))
        found.setdefault(told, record)
    return list(found.values())


def named_in(record: Record) -> Iterator[tuple[EntityKind, str]]:
    """What a record names, flows' addresses too."""
    row = {**record, **record.get("who", {})}
    log = record["log"]

    def given(kind: EntityKind, *names: str) -> Iterator[tuple[EntityKind, str]]:
        yield from ((kind, row[name]) for name in names if row.get(name))

    def addresses(values: list[str]) -> Iterator[tuple[EntityKind, str]]:
        yield from ((EntityKind.IP, one) for one in values if one in IPS)

    yield from given(EntityKind.ACCOUNT, "account" if log is LogKind.CLOUDTRAIL else "account_id")
    if log is LogKind.CLOUDTRAIL:
        yield from addresses([row["source_ip"]])
        yield from given(EntityKind.ACCESS_KEY, "access_key_id")
        yield from given(EntityKind.USER_AGENT, "user_agent")
        if row["principal_type"] == "AssumedRole":
            yield from given(EntityKind.ROLE_SESSION, "principal_arn")
            if "session" in row:
                yield EntityKind.PRINCIPAL, ROLE
            if row["principal_id"].endswith("i-0123456789abcdef0"):
                yield EntityKind.INSTANCE, "i-0123456789abcdef0"
        else:
            yield from given(EntityKind.PRINCIPAL, "principal_arn")
        if row["event_source"] == "s3.amazonaws.com" and (
                "bucketName" in (row["request"] or "") or "s3:::logs" in (row["resources"] or "")):
            yield EntityKind.BUCKET, "logs"
    elif log is LogKind.VPC_FLOW:
        yield from given(EntityKind.IP, "srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr")
        yield from given(EntityKind.INSTANCE, "instance_id")
        yield from given(EntityKind.INTERFACE, "interface_id")
    elif log is LogKind.DNS:
        yield from addresses([row["srcaddr"], *(row["answers"] or [])])
        yield from given(EntityKind.INSTANCE, "instance_id")
        yield from given(EntityKind.DOMAIN, "query_name")
    elif log is LogKind.EKS_AUDIT:
        yield from addresses(row["source_ips"] or [])
        yield from given(EntityKind.KUBERNETES_USER, "username", "impersonated")
        yield from given(EntityKind.CLUSTER, "cluster")
        if row["resource"] == "pods" and row["namespace"] and row["name"]:
            yield EntityKind.POD, "default/web"
    else:
        yield from addresses([row["source"]])
        yield from given(EntityKind.DATABASE, "instance", "cluster")
        yield from given(EntityKind.DATABASE_USER, "user")


def names(record: Record, entity: Entity) -> bool:
    if entity.kind is EntityKind.DOMAIN and "query_name" in record:
        return record["query_name"] in ("bad.example", "www.bad.example")
    told = record.get("who", {}).get("principal_id", "")
    if entity.kind is EntityKind.PRINCIPAL and entity.value == ROLE:
        return told.startswith("AROADEPLOY")
    if entity.kind is EntityKind.PRINCIPAL and not entity.value.startswith("arn:"):
        return told.partition(":")[0] == entity.value
    if entity.kind is EntityKind.ROLE_SESSION and entity.value == told:
        return True
    return (entity.kind, entity.value) in set(named_in(record))


def failed(record: Record) -> bool:
    match record["log"]:
        case LogKind.CLOUDTRAIL:
            return bool(record["error_code"])
        case LogKind.VPC_FLOW:
            return record["action"] == "REJECT"
        case LogKind.DNS:
            return record["rcode"] == "NXDOMAIN"
        case LogKind.EKS_AUDIT:
            return record["code"] == 403
        case _:
            return record["did"] == "failed"


def call_of(record: Record) -> tuple[str, str] | None:
    match record["log"]:
        case LogKind.CLOUDTRAIL:
            return record["event_source"], record["event_name"]
        case LogKind.EKS_AUDIT:
            what = record["resource"] or (record["request_uri"] or "").partition("?")[0]
            below = f"/{record['subresource']}" if record["subresource"] else ""
            return "kubernetes", f"{record['verb']} {what}{below}"
        case LogKind.RDS:
            return "database", record["did"]
    return None


def far_end(record: Record, entity: Entity) -> tuple[str, int, int] | None:
    """The other address of a flow, and the bytes from it and to it."""
    size = record["bytes"] or 0
    if entity.kind is EntityKind.IP:
        out = entity.value in (record["srcaddr"], record["pkt_srcaddr"])
    elif record["flow_direction"]:
        out = record["flow_direction"] == "egress"
    else:
        private = [(record[name] or "").startswith("10.") for name in ("srcaddr", "dstaddr")]
        if private[0] == private[1]:
            return None
        out = private[0]
    far = (record["pkt_dstaddr"] or record["dstaddr"]) if out else (record["pkt_srcaddr"] or record["srcaddr"])
    return (far, 0 if out else size, size if out else 0) if far else None


def counted(records: list[Record], entity: Entity, since: int, until: int, scope: Scope | None) -> dict[str, Any]:
    """What a profile must say of activity, calls and peers."""
    seen, later = [], []
    for record in deduplicated(records):
        account = record.get("account") or record.get("account_id")
        visible = scope is None or account == scope.account or (
            account in scope.members and record["region"] == scope.region)
        if visible and names(record, entity) and usual_since(since) <= record["time"] < until:
            seen.append(record)
        elif visible and names(record, entity) and record["time"] >= until:
            later.append(record)
    inside = [one for one in seen if one["time"] >= since]
    width = width_of(since, until)
    activity: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    calls: dict[Any, list[Any]] = defaultdict(lambda: [0, 0, []])
    peers: dict[Any, list[Any]] = defaultdict(lambda: [0, 0, 0, []])
    nearby: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    told = {one["log"] for one in seen}
    shown = around(since, until)
    for record in [*seen, *(one for one in later if one["log"] in told)]:
        begins = shown[0] if record["time"] < since else until
        if since <= record["time"] < until or not shown[0] <= record["time"] < shown[1]:
            continue
        bucket = nearby[record["log"], max(record["time"] // width * width, begins)]
        bucket[0] += 1
        bucket[1] += failed(record)
    for record in inside:
        bucket = activity[record["log"], max(record["time"] // width * width, since)]
        bucket[0] += 1
        bucket[1] += failed(record)
        if what := call_of(record):
            calls[what][failed(record)] += 1
            calls[what][2].append(record["time"])
        for kind, value in set(named_in(record)):
            if not (record["log"] is LogKind.VPC_FLOW and kind is EntityKind.IP):
                peers[record["log"], kind, value][0] += 1
                peers[record["log"], kind, value][3].append(record["time"])
        if record["log"] is LogKind.VPC_FLOW and entity.kind is not EntityKind.ACCOUNT and (
                far := far_end(record, entity)):
            peer = peers[record["log"], EntityKind.IP, far[0]]
            peer[0] += 1
            peer[1] += far[1]
            peer[2] += far[2]
            peer[3].append(record["time"])
    return {
        "first": min((one["time"] for one in seen), default=None),
        "last": max((one["time"] for one in seen), default=None),
        "activity": {place: tuple(numbers) for place, numbers in activity.items()},
        "around": {place: tuple(numbers) for place, numbers in nearby.items()},
        "calls": {what: (good, bad, min(times), max(times)) for what, (good, bad, times) in calls.items()},
        "peers": {place: (count, came, went, min(times), max(times))
                  for place, (count, came, went, times) in peers.items() if place[1:] != (entity.kind, entity.value)}}


def said(told: Profile) -> dict[str, Any]:
    return {
        "first": told.first_seen, "last": told.last_seen,
        "activity": {(one.log, bucket.start): (bucket.count, bucket.failed)
                     for one in told.activity for bucket in one.buckets if bucket.count},
        "around": {(one.log, bucket.start): (bucket.count, bucket.failed)
                   for one in told.activity for bucket in one.around if bucket.count},
        "calls": {(one.service, one.name): (one.succeeded, one.failed, one.first, one.last) for one in told.calls},
        "peers": {
            (one.log, one.kind, one.value): (one.count, one.bytes_in or 0, one.bytes_out or 0, one.first, one.last)
            for one in told.peers}}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sources]:
    known = known_in(tmp_path_factory.mktemp("known"))
    with Store.in_memory() as store:
        yield Sources(store, None, known, known.inventory)


def test_places_are_told_as_far_as_the_databases_know_them(sources: Sources, tmp_path: Path) -> None:
    calls = [{"log": LogKind.CLOUDTRAIL, "account": ACCOUNT, "region": "eu-west-1", "time": SINCE, "copies": 1,
              "who": {"principal_type": "IAMUser", "principal_arn": USER, "principal_id": "AIDABOB"},
              "event_id": str(number), "event_source": "s3.amazonaws.com", "event_name": "GetObject", "source_ip": ip}
             for number, ip in enumerate(["8.8.8.8", "8.8.8.9", "9.9.9.9", "9.9.9.9", "9.9.9.9", "7.7.7.7"])]
    lay_history(tmp_path / "history", calls, itertools.count())
    geo = Geo.open(write_mmdb(tmp_path / "city.mmdb", "City", {
        "8.8.8.0/24": {"country": {"iso_code": "US"}, "city": {"names": {"en": "Ashburn"}},
                       "location": {"latitude": 39.0, "longitude": -77.5}},
        "9.9.9.0/24": {"country": {"iso_code": "CH"}}}))
    known = replace(sources.known, geo=geo)
    asked = Sources(sources.store, Past(tmp_path / "history"), known, sources.inventory, None)
    told = profile(asked, Entity(EntityKind.PRINCIPAL, USER), SINCE, SINCE + DAY)
    assert told.geography == [
        Place(country="CH", city="", lat=None, lon=None, asn="", count=3),
        Place(country="US", city="Ashburn", lat=39.0, lon=-77.5, asn="", count=2)]


@settings(max_examples=60, deadline=None)
@given(records=st.builds(echoed, st.lists(RECORDS, max_size=30)), entity=st.sampled_from(ENTITIES),
       lying=st.sampled_from(["apart", "noted", "merged", "merged and noted", "summed", "merged and summed",
                              "summed and scattered", "summed twice", "summed before others came", "summed in parts",
                              "summed and tallied", "summed in parts and tallied", "summed and tallied and scattered",
                              "summed and tallied twice", "summed and tallied before others came",
                              "summed by the hour and tallied", "summed by the hour twice"]),
       many=st.sampled_from([1, 2, 3]),
       earlier=st.sampled_from([0, 0, 1, HOUR, 4 * HOUR, 5 * HOUR - 1, DAY]),
       long=st.sampled_from([3 * DAY, 3 * DAY + HOUR, 9 * DAY, DAY, HOUR]),
       scope=st.sampled_from([None, Scope(ACCOUNT, "eu-west-1"), Scope(OTHER, "eu-west-1", frozenset({ACCOUNT}))]))
def test_a_profile_counts_as_one_would_by_hand(
    sources: Sources, records: list[Record], entity: Entity, lying: str, many: int, earlier: int, long: int,
    scope: Scope | None,
) -> None:
    since, until = SINCE - earlier, SINCE - earlier + long
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(history_files, "MANY", 2)
        patched.setattr(history_names, "BLOCK", 2)
        patched.setattr(sums, "BLOCK", 2)
        patched.setattr(sums, "ALL_OVER", 2)
        patched.setattr(sums, "_FEW", 1)
        patched.setattr(kept_tallies, "MANY", many if "tallied" in lying else 1000)
        if "parts" in lying:
            patched.setattr(summing, "AT_ONCE", 10_000)
            patched.setattr(summing, "TOGETHER", 30_000)
        number = itertools.count()
        first = len(records) // 2 if "others" in lying or "twice" in lying else len(records)
        lay_history(Path(folder), records[:first], number, scattered="scattered" in lying)
        if "merged" in lying:
            merge_small(Path(folder), threading.Event())
            merge_small(Path(folder), threading.Event())
        patched.setattr(history_names, "MANY", 100)
        if "noted" in lying:
            note_names(Path(folder), threading.Event())
        if "summed" in lying:
            if "hour" in lying:
                # The last day that there is something of is not over.
                for path in Path(folder).rglob("*.parquet"):
                    os.utime(path, (0, 0))
                sum_up(Path(folder), SINCE + 3 * DAY + SETTLED - 1, threading.Event())
            else:
                sum_up(Path(folder), LATER, threading.Event())
            lay_history(Path(folder), records[first:], number)
        if "twice" in lying:
            sum_up(Path(folder), LATER, threading.Event())
        asked = Sources(sources.store, Past(Path(folder)), sources.known, sources.inventory, scope)
        told = profile(asked, entity, since, until)
        assert said(told) == counted(records, entity, since, until, scope)
        assert profile(asked, entity, since, until) == told
