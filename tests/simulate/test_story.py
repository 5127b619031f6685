"""Stories: when their events happen, which files they become, and what they promise."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.simulate.addresses import ACCOUNT, OUTSIDE, TOR_EXIT
from vedette.simulate.events import Event, every, offsets
from vedette.simulate.network import FLOW_V2, FLOW_V5, described, instance
from vedette.simulate.principals import iam_user
from vedette.simulate.story import BASE_TIME_MS, GAP, Given, Story, story, write

BOB = iam_user("bob")
WEB = instance("i-0123456789abcdef0", public_ip="54.210.33.12", name="web")


def reads(files: object, part: str) -> list[str]:
    """The decompressed objects whose name has ``part`` in it."""
    assert isinstance(files, dict)
    return [gzip.decompress(content).decode() for name, content in files.items() if part in name]


def records(told: Story, **settings: int) -> list[dict[str, object]]:
    texts = reads(told.render(**settings).files, "/CloudTrail/")
    return [record for text in texts for record in json.loads(text)["Records"]]


def call(number: int = 0) -> Event:
    return BOB.calls("s3", "GetObject", {"bucketName": "b", "key": f"k{number}"})


def test_events_follow_each_other_by_a_second_and_at_places_them() -> None:
    events = [call(), call(), BOB.calls("sts", "GetCallerIdentity", at=30), call()]
    assert offsets(events) == [0, 1, 30, 31]


def test_every_repeats_at_its_period_after_what_stands_before_it() -> None:
    told = story("x", call(), every(60, 3, lambda number: [call(number), call(number)]))
    assert offsets(told.events) == [0, 1, 2, 61, 62, 121, 122]


def test_every_with_a_start_counts_times_inside_from_each_repetition() -> None:
    events = every(100, 2, lambda _: [call(), BOB.calls("sts", "GetCallerIdentity", at=40)], at=10)
    assert offsets(events) == [10, 50, 110, 150]


def test_every_without_a_start_refuses_times_inside() -> None:
    with pytest.raises(ValueError, match="needs one too"):
        every(60, 2, lambda _: BOB.calls("sts", "GetCallerIdentity", at=5))


@given(st.floats(0, 1000), st.integers(1, 20), st.integers(1, 4))
def test_every_keeps_order_and_loses_nothing(seconds: float, n: int, size: int) -> None:
    moments = offsets(every(seconds, n, lambda _: [call()] * size))
    assert len(moments) == n * size
    assert moments == sorted(moments)


def test_a_story_that_fires_cannot_be_silent_nor_the_other_way_round() -> None:
    told = story("x", call())
    assert told.expected is None
    with pytest.raises(ValueError, match="fires and cannot be silent"):
        told.fires("A:B/C").silent()
    with pytest.raises(ValueError, match="silent and cannot fire"):
        told.silent().fires("A:B/C")


def test_a_story_may_fire_several_types_and_says_how_often() -> None:
    told = story("x", call()).fires("A:B/C", {"severity": 5}, count=3).fires("D:E/F", findings=2)
    assert told.expected is not None
    assert [(one.type, one.findings, one.count, one.details) for one in told.expected] == [
        ("A:B/C", 1, 3, {"severity": 5}), ("D:E/F", 2, None, {}),
    ]
    assert told.render().expected == told.expected


def test_objects_lie_where_aws_delivers_them() -> None:
    told = story("x", call(), WEB.connects_to(OUTSIDE, 443), WEB.resolves("example.com"))
    names = sorted(name for name in told.render().files if name.startswith("logs/"))
    day = "2026/03/02"
    patterns = (
        rf"CloudTrail/us-east-1/{day}/{ACCOUNT}_CloudTrail_us-east-1_20260302T0905Z_[A-Z0-9]{{16}}\.json\.gz",
        rf"vpcdnsquerylogs/{WEB.vpc}/{day}/{ACCOUNT}_vpcdnsquerylogs_{WEB.vpc}_20260302T0900Z_[0-9a-f]{{8}}\.log\.gz",
        rf"vpcflowlogs/us-east-1/{day}/{ACCOUNT}_vpcflowlogs_us-east-1_fl-\w{{17}}_20260302T0900Z_[0-9a-f]{{8}}\.log\.gz",
    )
    assert len(names) == len(patterns)
    for name, pattern in zip(names, patterns, strict=True):
        assert re.fullmatch(rf"logs/AWSLogs/{ACCOUNT}/{pattern}", name), name


def test_accounts_regions_and_five_minutes_have_objects_of_their_own() -> None:
    eve = iam_user("eve", account="444455556666")
    told = story(
        "x", call(), eve.calls("sts", "GetCallerIdentity"),
        BOB.calls("ec2", "DescribeInstances", region="eu-west-1"), BOB.calls("ec2", "DescribeInstances", at=301),
    )
    assert len(reads(told.render().files, "/CloudTrail/")) == 4


def test_records_stand_in_order_of_time_and_at_the_moment_the_story_says() -> None:
    told = story("x", BOB.calls("sts", "GetCallerIdentity", at=90), BOB.calls("s3", "ListBuckets", at=10))
    assert [(one["eventName"], one["eventTime"]) for one in records(told)] == [
        ("ListBuckets", "2026-03-02T09:00:10Z"), ("GetCallerIdentity", "2026-03-02T09:01:30Z"),
    ]
    later = records(told, base_time_ms=BASE_TIME_MS + 86_400_000)
    assert later[0]["eventTime"] == "2026-03-03T09:00:10Z"


def test_the_same_seed_gives_the_same_bytes_and_another_gives_other_ids() -> None:
    told = story("x", call(), call(), WEB.connects_to(OUTSIDE, 443, connections=3))
    first, again, other = told.render(), told.render(), told.render(seed=1)
    assert first.files == again.files
    ids = [[one["eventID"] for one in records(told, seed=seed)] for seed in (0, 1)]
    assert len(set(ids[0] + ids[1])) == 4
    assert other.files.keys() == first.files.keys()


def test_an_event_id_can_be_given() -> None:
    assert records(story("x", BOB.calls("sts", "GetCallerIdentity", event_id="e-1")))[0]["eventID"] == "e-1"


def test_what_is_known_lies_beside_the_logs() -> None:
    told = story("x", call(), given=Given(
        threat_ips=(OUTSIDE,), threat_domains=("bad.example",), trusted_ips=("81.2.69.160",),
        feeds={"tor-exit": (TOR_EXIT,)}, inventory=described(WEB),
    ))
    files = told.render().files
    assert files["lists/threat-ips.txt"] == f"{OUTSIDE}\n".encode()
    assert files["lists/threat-domains.txt"] == b"bad.example\n"
    assert files["lists/trusted-ips.txt"] == b"81.2.69.160\n"
    assert files["feeds/tor-exit/story-tor-exit.txt"] == f"{TOR_EXIT}\n".encode()
    document = json.loads(files["inventory/0-describe-instances.json"])
    machine = document["Reservations"][0]["Instances"][0]
    assert machine["InstanceId"] == WEB.instance_id
    assert machine["NetworkInterfaces"][0]["NetworkInterfaceId"] == WEB.interface


def test_a_story_that_is_given_nothing_has_no_lists() -> None:
    files = story("x", call()).silent().render().files
    assert {name.partition("/")[0] for name in files} == {"logs", "expected.json"}
    told = json.loads(files["expected.json"])["stories"][0]
    assert told == {"title": "x", "start": BASE_TIME_MS, "expected": []}


def test_stories_written_together_follow_one_another_and_share_what_is_known(tmp_path: Path) -> None:
    one = story("one", call(), call(), given=Given(threat_ips=(OUTSIDE,))).fires("A:B/C")
    two = story("two", call(), given=Given(threat_ips=(OUTSIDE, TOR_EXIT), inventory=described(WEB))).silent()
    rendered = write([one, two], tmp_path, seed=3)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert written == set(rendered.files)
    assert (tmp_path / "lists/threat-ips.txt").read_text().split() == [OUTSIDE, TOR_EXIT]
    starts = [told["start"] for told in json.loads((tmp_path / "expected.json").read_text())["stories"]]
    assert starts == [BASE_TIME_MS, BASE_TIME_MS + (1 + GAP) * 1000]
    ids = re.findall(r'"eventID":"([^"]+)"', "".join(reads(rendered.files, "/CloudTrail/")))
    assert len(set(ids)) == 3


def test_bare_events_are_written_as_a_story_without_a_promise(tmp_path: Path) -> None:
    write([call(), call()], tmp_path)
    told = json.loads((tmp_path / "expected.json").read_text())["stories"]
    assert [one["expected"] for one in told] == [None]


def test_flow_logs_of_different_formats_are_different_logs() -> None:
    plain = story("plain", WEB.connects_to(OUTSIDE, 443))
    rich = story("rich", WEB.connects_to(OUTSIDE, 443), flow_fields=FLOW_V5)
    heads = {reads(told.render().files, "vpcflowlogs")[0].splitlines()[0] for told in (plain, rich)}
    assert heads == {" ".join(FLOW_V2), " ".join(FLOW_V5)}
    names = [name for told in (plain, rich) for name in told.render().files if "vpcflowlogs" in name]
    assert len(set(names)) == 2
