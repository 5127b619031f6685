"""A company's estate: as large as asked for, the same for a seed, days one after the other, stories among them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from vedette.errors import VedetteError
from vedette.logs.times import parse_time
from vedette.simulate import jobs_calls, jobs_clusters, jobs_names, jobs_network
from vedette.simulate.company import Company
from vedette.simulate.estate import START_MS
from vedette.simulate.estate_hour import DAY
from vedette.simulate.estate_plan import Plan, Size, plan
from vedette.simulate.events import flatten
from vedette.simulate.network import instance
from vedette.simulate.principals import iam_user
from vedette.simulate.story import Story, story

SMALL = Size(accounts=2, principals=90, instances=40)


def small(seed: int = 4, days: int = 2, stories: list[Story] = []) -> Company:  # noqa: B006
    return Company(seed=seed, days=days, size=SMALL, stories=stories)


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def second_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("company")
    small().write_day(1, into)
    return into


@pytest.mark.parametrize("size", [Size(), SMALL, Size(accounts=8, principals=300, instances=150)])
def test_an_estate_is_as_large_as_asked_for(size: Size) -> None:
    made = plan(3, size)
    assert len({network.account for network in made.networks}) == size.accounts
    assert sum(len(network.machines) for network in made.networks) == size.instances
    machines = [machine.host for network in made.networks for machine in network.machines]
    addresses = [host.public_ip for host in machines if host.public_ip]
    addresses += [str(network.nat.public_ip) for network in made.networks]
    assert len(set(addresses)) == len(addresses)
    assert len({host.private_ip for host in machines}) == len(machines)
    assert len({person.email for person in made.people}) == len(made.people)


def test_without_a_size_it_is_the_estate_that_benchmarks_use() -> None:
    made = plan(1)
    assert (len(made.networks), sum(len(network.machines) for network in made.networks), len(made.people)) == (
        7, 154, 30)


@pytest.mark.parametrize(("size", "where"), [
    (Size(accounts=0), "--accounts"), (Size(accounts=13), "--accounts"), (Size(principals=100), "--principals"),
    (Size(instances=30), "--instances"),
])
def test_what_cannot_be_is_refused(size: Size, where: str) -> None:
    with pytest.raises(VedetteError) as caught:
        plan(1, size)
    assert where in str(caught.value)


def test_the_least_that_a_refusal_names_is_enough() -> None:
    with pytest.raises(VedetteError) as caught:
        plan(1, Size(instances=10))
    least = int(str(caught.value).split("give ")[1].split()[0])
    assert sum(len(network.machines) for network in plan(1, Size(instances=least)).networks) == least
    with pytest.raises(VedetteError):
        plan(1, Size(instances=least - 1))


@pytest.mark.long
def test_a_day_is_the_same_whatever_was_written_before(second_day: Path, tmp_path: Path) -> None:
    company = small()
    company.write_day(0, tmp_path / "first")
    company.write_day(1, tmp_path / "second")
    assert content(tmp_path / "second") == content(second_day)
    assert content(tmp_path / "first") != content(tmp_path / "second")


@pytest.mark.long
def test_another_seed_is_another_day(second_day: Path, tmp_path: Path) -> None:
    small(seed=5).write_day(1, tmp_path)
    assert content(tmp_path) != content(second_day)


@pytest.mark.long
def test_a_day_holds_its_own_hours_only(second_day: Path) -> None:
    begin, end = START_MS + DAY, START_MS + 2 * DAY
    for path in (second_day / "logs").rglob("*CloudTrail*.json.gz"):
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            assert begin <= parse_time(record["eventTime"]) < end
    for path in (second_day / "logs" / "eks").rglob("*.json.gz"):
        for told in json.loads(gzip.decompress(path.read_bytes()))["logEvents"]:
            assert begin <= parse_time(json.loads(told["message"])["requestReceivedTimestamp"]) < end
    for path in (second_day / "logs").rglob("*vpcdnsquerylogs*.log.gz"):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            assert begin <= parse_time(json.loads(line)["query_timestamp"]) < end


@pytest.mark.long
def test_a_company_has_clusters_whose_logs_say_all_day_what_clusters_do(second_day: Path) -> None:
    asked = Counter[str]()
    named = set()
    for path in (second_day / "logs" / "eks").rglob("*.json.gz"):
        delivered = json.loads(gzip.decompress(path.read_bytes()))
        named.add(delivered["logGroup"].split("/")[3])
        for told in delivered["logEvents"]:
            event = json.loads(told["message"])
            about = event.get("objectRef", {})
            asked[f"{event['verb']} {about.get('resource')}/{about.get('subresource', '')}"] += 1
    assert named == small().clusters
    assert {"update leases/", "create serviceaccounts/token", "list secrets/", "create pods/", "patch deployments/",
            "create pods/exec"} <= asked.keys()
    assert asked["update leases/"] > asked["create pods/"]


@pytest.mark.long
def test_a_flow_has_packets_and_their_bytes(second_day: Path) -> None:
    formats = Counter[str]()
    for path in (second_day / "logs").rglob("*vpcflowlogs*.log.gz"):
        head, *lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        formats[head] += len(lines)
        names = head.split(" ")
        for line in lines:
            row = dict(zip(names, line.split(" "), strict=True))
            if row["log-status"] == "OK":
                assert int(row["packets"]) > 0
                assert int(row["bytes"]) >= 20 * int(row["packets"])
    assert len(formats) == 2, "the default format, and a custom one"


@pytest.mark.parametrize("job", [*jobs_network.JOBS, *jobs_names.JOBS, *jobs_calls.JOBS, *jobs_clusters.JOBS],
                         ids=lambda job: f"{job.__module__.rpartition('.')[2]}.{job.__name__}")
def test_each_job_is_done_in_some_hour_of_four_weeks(job: object, company_plan: Plan) -> None:
    import random

    from vedette.simulate.estate_hour import HOUR, Hour

    for hour in range(24 * 28):
        moment = Hour(company_plan, START_MS + hour * HOUR, random.Random(hour))
        done = flatten(job(moment))  # type: ignore[operator]
        if done:
            assert all(event.at is not None and event.at >= 0 for event in done)
            return
    pytest.fail("never done")


@pytest.fixture(scope="module")
def company_plan() -> Plan:
    return plan(1, Size())


@pytest.mark.long
def test_stories_happen_where_expected_json_says(tmp_path: Path) -> None:
    told = [
        story("somebody stops a trail", iam_user("mallory").calls("cloudtrail", "StopLogging", {"name": "main"})).fires(
            "Stealth:IAMUser/CloudTrailLoggingDisabled"),
        story("somebody connects", instance("i-0feedfacefeedface").connects_to("9.9.9.9", 4444)).silent(),
    ]
    company = small(stories=told)
    company.write_knowledge(tmp_path)
    for day in range(2):
        company.write_day(day, tmp_path)
    expected = json.loads((tmp_path / "expected.json").read_bytes())["stories"]
    assert [one["title"] for one in expected] == [one.title for one in told]
    assert [one["type"] for one in expected[0]["expected"]] == ["Stealth:IAMUser/CloudTrailLoggingDisabled"]
    stops = [
        record for path in (tmp_path / "logs").rglob("*CloudTrail*.json.gz")
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"] if record["eventName"] == "StopLogging"]
    assert [parse_time(record["eventTime"]) // 1000 for record in stops] == [expected[0]["start"] // 1000]
    rows = [line for path in (tmp_path / "logs").rglob("*vpcflowlogs*.log.gz")
            for line in gzip.decompress(path.read_bytes()).decode().splitlines() if " 9.9.9.9 " in line]
    assert rows


def test_a_story_longer_than_the_days_is_refused() -> None:
    long = story("a year", iam_user("ann").calls("sts", "GetCallerIdentity", at=400 * 86_400.0)).silent()
    with pytest.raises(VedetteError):
        small(stories=[long])
