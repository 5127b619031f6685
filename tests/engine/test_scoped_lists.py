"""Lists differ by account and Region: each record is judged by those of its own, whatever it is read together with."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.test_read_together import Alone, flow, lookup
from tests.playing import play, single_records
from vedette.detectors.catalogue import catalogue
from vedette.detectors.known import Known
from vedette.engine.knowledge import open_scopes, save_scopes
from vedette.engine.mapping import Mapper, ObjectRead
from vedette.engine.pipeline import Settings, Street
from vedette.engine.scoped import Place, Scopes
from vedette.findings.store import Store
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.geo import Geo
from vedette.intel.limits import ListKind
from vedette.intel.lists import ListSpec, LoadedList, loaded_from
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.cloudtrail import ApiCall
from vedette.logs.resolver_dns import Lookup
from vedette.logs.vpc_flow import Flow
from vedette.simulate.story import Story
from vedette.sources import LogObject, open_source

A, B = "111122223333", "444455556666"
EAST, WEST = "us-east-1", "eu-west-1"
PLACES: list[Place] = [(A, EAST), (A, WEST), (B, EAST), (B, WEST)]
IPS, NAMES = ["9.9.9.9", "9.9.9.10"], ["bad.example", "worse.example"]
AWS, INVENTORY = AwsRanges.snapshot(), Inventory()


def listed(name: str, entries: Iterable[str], kind: ListKind = ListKind.THREAT) -> LoadedList:
    spec = ListSpec(name=name, location=f"/{name}", entities=True, kind=kind)
    return loaded_from(spec, "".join(f"{one}\n" for one in entries).encode(), 0)


def known(*lists: LoadedList) -> Known:
    return Known(intel=Intel.of(lists), aws=AWS, inventory=INVENTORY)


def knowledge(number: int, threats: list[str], trusted: list[str]) -> Known:
    return known(*([listed(f"bad {number}", threats)] if threats else []),
                 *([listed("good", trusted, ListKind.TRUSTED)] if trusted else []))


ENTRIES = st.lists(st.sampled_from([*IPS, *NAMES]), max_size=3, unique=True)
SCOPES = st.tuples(
    st.tuples(ENTRIES, ENTRIES), st.dictionaries(st.sampled_from(PLACES), st.tuples(ENTRIES, ENTRIES))
).map(lambda drawn: Scopes(
    knowledge(0, *drawn[0]),
    {place: knowledge(number, *lists) for number, (place, lists) in enumerate(drawn[1].items(), 1)}))


def call(place: Place | None, ip: str, event: int) -> dict[str, Any]:
    """A call that says its place, or neither account nor Region."""
    said = {"recipientAccountId": place[0], "awsRegion": place[1]} if place else {}
    return said | {
        "eventVersion": "1.09", "eventTime": f"2026-03-02T00:00:{event:02}Z", "eventSource": "iam.amazonaws.com",
        "eventName": "ListUsers", "sourceIPAddress": ip, "userAgent": "x", "eventID": f"{event:036}",
        "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "userName": "alice",
                         "accessKeyId": "ASIA2IDUAVT5QPKTNQOR"},
        "eventType": "AwsApiCall", "managementEvent": True, "readOnly": True, "eventCategory": "Management"}


SAID = st.none() | st.sampled_from(PLACES)


@st.composite
def calls_texts(draw: st.DrawFn) -> bytes:
    drawn = draw(st.lists(st.tuples(SAID, st.sampled_from(IPS)), min_size=1, max_size=5))
    return json.dumps({"Records": [call(place, ip, at) for at, (place, ip) in enumerate(drawn)]}).encode()


@st.composite
def flow_texts(draw: st.DrawFn) -> bytes:
    """Some say their Region, all their account; each interface is of one account."""
    with_region = draw(st.booleans())
    rows = []
    for account, region, ip, start in draw(st.lists(
            st.tuples(st.sampled_from([A, B]), st.sampled_from([EAST, WEST]), st.sampled_from(IPS), st.integers(0, 9)),
            min_size=1, max_size=5)):
        row = flow(f"eni-{account}", "10.0.0.1", ip, 443, 1_772_409_600 + start).replace(A, account)
        rows.append(f"{row} {region}" if with_region else row)
    fields = ("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
              "log-status")
    return ("\n".join([f"{fields} region" if with_region else fields, *rows]) + "\n").encode()


@st.composite
def lookup_texts(draw: st.DrawFn) -> bytes:
    rows = draw(st.lists(st.builds(
        lambda name, at, place: lookup(f"{name}.", "10.9.9.9", at, account_id=place[0], region=place[1]),
        st.sampled_from(NAMES), st.integers(0, 59), st.sampled_from(PLACES) | st.just((A, EAST))),
        min_size=1, max_size=4))
    return ("\n".join(rows) + "\n").encode()


OBJECTS = st.lists(st.tuples(st.sampled_from(PLACES), calls_texts() | flow_texts() | lookup_texts()),
                   min_size=1, max_size=6)


def mapped(scopes: Scopes | Known, objects: list[tuple[Place, bytes]], *, alone: bool = False) -> list[ObjectRead]:
    stream = Alone if alone else io.BytesIO
    return Mapper(catalogue().detectors, scopes).map_objects("logs", [
        (LogObject(f"/logs/{number}", "1", len(text), 0, account=place[0], region=place[1]), stream(text))
        for number, (place, text) in enumerate(objects)])


COUNT_DAYS = {one.name for one in catalogue().detectors if one.learns}


def said(reads: list[ObjectRead], at: Place | None = None) -> set[bytes]:
    """Everything that is said, or what is said of one place."""
    found = []
    for number, read in enumerate(reads):
        found += [((signal.account, signal.region), number, one, signal) for one, signal in read.signals]
        # Of what counts days, the first of all that is read together is enough.
        found += [(_place(row.detector, row.record), number, row.key, row) for row in read.rows
                  if row.detector not in COUNT_DAYS]
    return {msgspec.msgpack.encode(one) for one in found if at is None or one[0] == at}


def _place(detector: str, record: bytes) -> Place:
    if detector.startswith("api"):
        call = msgspec.json.decode(record, type=ApiCall)
        return call.account, call.region
    of: Any = Lookup if detector.startswith("dns") else Flow
    decoded = msgspec.json.decode(record, type=of)
    return decoded.account_id, decoded.region


@pytest.mark.long
@settings(max_examples=120, deadline=None)
@given(scopes=SCOPES, objects=OBJECTS, alone=st.booleans())
def test_of_each_place_is_said_what_its_own_lists_say(
    scopes: Scopes, objects: list[tuple[Place, bytes]], alone: bool
) -> None:
    expected = set[bytes]()
    for place in PLACES:
        expected |= said(mapped(scopes.at(*place), objects, alone=True), place)
    assert said(mapped(scopes, objects, alone=alone)) == expected


@settings(max_examples=60, deadline=None)
@given(one=st.tuples(ENTRIES, ENTRIES), two=st.tuples(ENTRIES, ENTRIES), objects=OBJECTS)
def test_two_tenants_lists_do_not_touch_each_other(
    one: tuple[list[str], list[str]], two: tuple[list[str], list[str]], objects: list[tuple[Place, bytes]]
) -> None:
    """Whatever B's lists are, A's findings are the same."""
    mine = {(A, EAST): knowledge(1, [IPS[0], NAMES[0]], [])}
    first, second = (
        said(mapped(Scopes(known(), mine | {(B, EAST): knowledge(2, *lists)}), objects), (A, EAST))
        for lists in (one, two))
    assert first == second
    assert first == said(mapped(mine[A, EAST], objects), (A, EAST))


def test_it_says_something_of_every_log() -> None:
    bad, unlisted = Scopes(known(), {(A, EAST): knowledge(1, [*IPS, *NAMES], [])}), Scopes(known(), {})
    for text in (json.dumps({"Records": [call(None, IPS[0], 1)]}),
                 flow("eni-1", "10.0.0.1", IPS[0], 443, 1_772_409_600) + "\n",
                 lookup("bad.example.", "10.9.9.9", 1, account_id=A, region=EAST) + "\n"):
        east, west = ((A, EAST), text.encode()), ((A, WEST), text.replace(EAST, WEST).encode())
        assert said(mapped(bad, [east])) > said(mapped(unlisted, [east]))
        assert said(mapped(bad, [west])) == said(mapped(unlisted, [west]))


def test_scopes_come_back_from_a_folder(tmp_path: Path) -> None:
    first, second = knowledge(1, [IPS[0]], []), knowledge(2, [IPS[1]], [IPS[0]])
    everywhere = replace(known(), departments=("costcentre",))
    save_scopes(Scopes(everywhere, {(A, EAST): first, (A, WEST): first, (B, EAST): second}), tmp_path)
    opened = open_scopes(tmp_path)
    assert opened.everywhere.departments == opened.at(A, EAST).departments == ("costcentre",)
    assert opened.ruled.keys() == {(A, EAST), (A, WEST), (B, EAST)}
    assert opened.at(A, EAST) is opened.at(A, WEST)
    assert opened.at(B, WEST) is opened.everywhere
    for place in PLACES:
        answers = {ip: [match.list.name for match in opened.at(*place).intel.threats_of_ip(ip)] for ip in IPS}
        wanted = {(A, EAST): {IPS[0]: ["bad 1"]}, (A, WEST): {IPS[0]: ["bad 1"]}, (B, EAST): {IPS[1]: ["bad 2"]}}
        assert answers == {ip: wanted.get(place, {}).get(ip, []) for ip in IPS}


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_whole_way_with_one_process_or_several(jobs: int, tmp_path: Path) -> None:
    for account in (A, B):
        folder = tmp_path / "logs" / account
        folder.mkdir(parents=True)
        (folder / "calls.json").write_text(json.dumps({"Records": [
            call((account, EAST), ip, at) | {"eventID": f"{account}{at:024}"} for at, ip in enumerate(IPS)]}))
    scopes = Scopes(known(), {(A, EAST): knowledge(1, [IPS[0]], []), (B, EAST): knowledge(2, IPS, [IPS[0]])})
    found = played(tmp_path / "logs", scopes, Settings(jobs=jobs, task_size=1))
    assert {(one["accountId"], one["service"]["action"]["awsApiCallAction"]["remoteIpDetails"]["ipAddressV4"])
            for one in found} == {(A, IPS[0]), (B, IPS[1])}


def played(logs: Path, scopes: Scopes, chosen: Settings | None = None) -> list[Mapping[str, Any]]:
    with Store.in_memory() as store:
        Street(store, scopes, Geo.open(None, None)).run(open_source(str(logs)), settings=chosen)
        rows, _ = store.list(limit=50)
        return store.get(sorted(rows))


def stolen_credentials() -> Story:
    return next(told for name, told in catalogue().stories() if name == "api.credential_exfiltration")


def test_a_keyed_detector_judges_each_row_by_its_own_regions_lists(tmp_path: Path) -> None:
    """One key (the account) with rows of two Regions; the address is trusted in one of them."""
    stolen_credentials().render().save(tmp_path / "story")
    records = [json.loads(text)["Records"][0] for _, text in single_records(tmp_path / "story" / "logs")]
    (address,) = {record["sourceIPAddress"] for record in records}
    moved = [record | {"awsRegion": WEST, "eventID": f"{record['eventID'][:-4]}beef"} for record in records]
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "calls.json").write_text(json.dumps({"Records": sorted(
        records + moved, key=lambda record: str(record["eventTime"]))}))
    trusting = known(listed("good", [address], ListKind.TRUSTED))
    regions = {}
    for place in ((A, EAST), (A, WEST), (B, EAST)):
        regions[place] = {(one["accountId"], one["region"]) for one in played(logs, Scopes(known(), {place: trusting}))}
    assert regions == {(A, EAST): {(A, WEST)}, (A, WEST): {(A, EAST)}, (B, EAST): {(A, EAST), (A, WEST)}}
    assert play(logs, trusting).findings == []
