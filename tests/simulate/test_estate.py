"""The estate: exact counts, AWS's layout, records that read back, and nothing in it that deserves a finding."""

from __future__ import annotations

import gzip
import hashlib
import ipaddress
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vedette.logs.cloudtrail import ApiCall
from vedette.logs.kinds import LogKind
from vedette.simulate.estate import START_MS, Written, plan, write_estate
from vedette.simulate.network import FLOW_V2, FLOW_V5

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
COUNTS = {LogKind.CLOUDTRAIL: 6_000, LogKind.VPC_FLOW: 20_001, LogKind.DNS: 5_003}
DAY = 86_400_000


def build(into: Path, **settings: Any) -> Written:
    return write_estate(
        into, cloudtrail=COUNTS[LogKind.CLOUDTRAIL], flows=COUNTS[LogKind.VPC_FLOW], dns=COUNTS[LogKind.DNS], **settings
    )


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("estate")
    assert build(into).records == COUNTS
    return into


def objects(estate: Path, part: str) -> list[tuple[Path, bytes]]:
    return [
        (path, gzip.decompress(path.read_bytes())) for path in sorted((estate / "logs").rglob("*.gz"))
        if part in path.as_posix()
    ]


@pytest.fixture(scope="module")
def raw_calls(estate: Path) -> list[dict[str, Any]]:
    return [record for _, text in objects(estate, "/CloudTrail/") for record in json.loads(text)["Records"]]


@pytest.fixture(scope="module")
def calls(raw_calls: list[dict[str, Any]]) -> list[ApiCall]:
    return msgspec.json.decode(msgspec.json.encode(raw_calls), type=list[ApiCall])


@pytest.fixture(scope="module")
def flows(estate: Path) -> list[dict[str, str]]:
    found = []
    for _, text in objects(estate, "/vpcflowlogs/"):
        head, *lines = text.decode().splitlines()
        assert head.split(" ") == list(FLOW_V2)
        found += [dict(zip(FLOW_V2, line.split(" "), strict=True)) for line in lines]
    return found


@pytest.fixture(scope="module")
def lookups(estate: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for _, text in objects(estate, "/vpcdnsquerylogs/") for line in text.splitlines()]


def digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return total.hexdigest()


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(estate: Path, tmp_path: Path) -> None:
    build(tmp_path / "again")
    build(tmp_path / "other", seed=2)
    assert digest(tmp_path / "again") == digest(estate)
    assert digest(tmp_path / "other") != digest(estate)


def test_each_log_has_exactly_as_many_records_as_asked_for(
    raw_calls: list[Any], flows: list[Any], lookups: list[Any]
) -> None:
    assert [len(raw_calls), len(flows), len(lookups)] == list(COUNTS.values())


def test_nothing_asked_for_writes_an_inventory_only(tmp_path: Path) -> None:
    written = write_estate(tmp_path, cloudtrail=0, flows=0, dns=0)
    assert sum(written.objects.values()) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"inventory"}


def test_days_follow_each_other(tmp_path: Path) -> None:
    write_estate(tmp_path, days=3, cloudtrail=900, flows=900, dns=900)
    for part in ("CloudTrail", "vpcflowlogs", "vpcdnsquerylogs"):
        days = {path.as_posix().split("/2026/")[1][:5] for path, _ in objects(tmp_path, f"/{part}/")}
        # CloudTrail's last object of a day is delivered in the next.
        assert {"03/02", "03/03", "03/04"} <= days <= {"03/02", "03/03", "03/04", "03/05"}


def test_an_object_holds_the_records_of_its_account_region_and_five_minutes(estate: Path) -> None:
    for path, text in objects(estate, "/CloudTrail/"):
        account, _, region, stamp, _ = path.name.split("_")
        assert path.as_posix().endswith(
            f"AWSLogs/{account}/CloudTrail/{region}/{stamp[:4]}/{stamp[4:6]}/{stamp[6:8]}/{path.name}"
        )
        for record in json.loads(text)["Records"]:
            assert (record["recipientAccountId"], record["awsRegion"]) == (account, region)
            clock = record["eventTime"].translate(str.maketrans("", "", "-:"))
            assert clock < stamp.replace("Z", "00Z")
    for path, text in objects(estate, "/vpcflowlogs/"):
        account, _, region, _, stamp, _ = path.name.split("_")
        assert f"/{account}/vpcflowlogs/{region}/" in path.as_posix()
        lines = [line.split() for line in text.decode().splitlines()[1:]]
        assert {line[1] for line in lines} == {account}
        assert len({int(line[10]) // 300 for line in lines}) == 1, stamp
    for path, text in objects(estate, "/vpcdnsquerylogs/"):
        vpc = path.name.split("_")[2]
        assert {json.loads(line)["vpc_id"] for line in text.splitlines()} == {vpc}


def test_calls_read_back_with_ids_of_their_own_within_the_day(calls: list[ApiCall]) -> None:
    assert len({call.event_id for call in calls}) == len(calls)
    assert all(START_MS <= call.time < START_MS + DAY for call in calls)
    assert all(call.account for call in calls)


def test_services_without_regions_are_logged_in_us_east_1(calls: list[ApiCall]) -> None:
    regions = {call.region for call in calls if call.event_source in ("iam.amazonaws.com", "signin.amazonaws.com")}
    assert regions == {"us-east-1"}
    assert {call.region for call in calls} == {"us-east-1", "eu-west-1"}


def test_no_slot_is_left_open(estate: Path) -> None:
    assert not any(b"@@" in text for _, text in objects(estate, "/CloudTrail/"))


def test_calls_are_as_large_and_as_varied_as_real_ones(raw_calls: list[dict[str, Any]], calls: list[ApiCall]) -> None:
    sizes = [len(json.dumps(record, separators=(",", ":"))) for record in raw_calls]
    assert 1_400 < sum(sizes) / len(sizes) < 2_600
    assert len({(call.event_source, call.event_name) for call in calls}) > 50
    assert {call.identity.type for call in calls} >= {
        "AssumedRole", "IAMUser", "AWSService", "AWSAccount", "WebIdentityUser",
    }
    failed = sum(not call.succeeded for call in calls) / len(calls)
    assert 0.005 < failed < 0.05
    assert "AWS Internal" in {call.source_ip for call in calls}
    data = sum(call.event_category == "Data" for call in calls) / len(calls)
    assert 0.2 < data < 0.6


def test_the_largest_calls_are_as_large_as_real_launches(tmp_path: Path) -> None:
    write_estate(tmp_path, cloudtrail=40_000, flows=100, dns=100)
    launches = [record for _, text in objects(tmp_path, "/CloudTrail/") for record in json.loads(text)["Records"]
                if record["eventName"] == "RunInstances" and "errorCode" not in record]
    assert launches
    assert max(len(json.dumps(record, separators=(",", ":"))) for record in launches) > 4_000


def test_an_s3_record_names_one_object_throughout(raw_calls: list[dict[str, Any]]) -> None:
    objects_named = [record for record in raw_calls if record["eventName"] == "GetObject"]
    assert objects_named
    for record in objects_named:
        request = record["requestParameters"]
        assert record["resources"][0]["ARN"] == f"arn:aws:s3:::{request['bucketName']}/{request['key']}"


def test_people_work_by_day_and_machines_by_night_too(calls: list[ApiCall]) -> None:
    def hours(people: bool) -> Counter[int]:
        return Counter(
            (call.time - START_MS) // 3_600_000 for call in calls
            if ("@corp.example" in (call.identity.arn or "")) is people
        )

    assert sum(hours(people=False)[hour] > 0 for hour in range(24)) == 24
    office = hours(people=True)
    assert sum(office[hour] for hour in range(8, 18)) > 5 * sum(office[hour] for hour in range(2))


def test_nobody_does_what_deserves_a_finding(calls: list[ApiCall]) -> None:
    assert not any(call.identity.type == "Root" for call in calls)
    writes = {call.event_name for call in calls if call.read_only is False}
    assert not writes & {
        "StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "DeleteFlowLogs", "PutBucketPolicy",
        "DeletePublicAccessBlock", "PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock", "PutBucketAcl",
        "UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy", "PutBucketLogging", "CreateAccessKey",
    }
    agents = " ".join({call.user_agent or "" for call in calls}).lower()
    assert not any(name in agents for name in ("kali", "parrot", "pentoo", "blackarch"))


def test_instance_credentials_are_used_from_the_instances_own_addresses_only(calls: list[ApiCall]) -> None:
    allowed: defaultdict[str, set[str]] = defaultdict(set)
    for network in plan(1).networks:
        for machine in network.machines:
            allowed[machine.host.instance_id] |= {
                machine.host.private_ip, machine.host.public_ip or str(network.nat.public_ip),
            }
    used = [
        call for call in calls
        if call.identity.session_context is not None and call.identity.session_context.ec2_role_delivery
    ]
    assert len(used) > 500
    for call in used:
        assert call.source_ip in allowed[(call.identity.principal_id or "").partition(":")[2]]


def test_credentials_are_used_by_the_session_that_they_were_given_to(calls: list[ApiCall]) -> None:
    given = {
        call.response["credentials"]["accessKeyId"]: call.response["assumedRoleUser"]["arn"]
        for call in calls if call.event_name.startswith("AssumeRole")
    }
    used = {
        call.identity.access_key_id: call.identity.arn for call in calls if call.identity.access_key_id in given
    }
    assert len(used) >= 5
    assert used.items() <= given.items()


def test_a_login_is_tried_at_most_twice_in_a_row(calls: list[ApiCall]) -> None:
    failures = Counter(
        call.identity.arn for call in calls if call.event_name == "ConsoleLogin" and not call.succeeded
    )
    assert max(failures.values(), default=0) <= 2


def test_rows_of_flows_lie_within_their_minute_and_say_what_flowed(flows: list[dict[str, str]]) -> None:
    statuses = Counter(row["log-status"] for row in flows)
    assert statuses["NODATA"] > 50
    assert statuses["OK"] > 0.97 * len(flows)
    for row in flows:
        assert int(row["start"]) // 60 == int(row["end"]) // 60
        if row["log-status"] != "OK":
            assert row["srcaddr"] == row["bytes"] == row["action"] == "-"
        else:
            ipaddress.IPv4Address(row["srcaddr"])
            ipaddress.IPv4Address(row["dstaddr"])
            assert int(row["bytes"]) >= int(row["packets"]) > 0


def test_what_strangers_knock_at_is_closed(flows: list[dict[str, str]]) -> None:
    rejected = [row for row in flows if row["action"] == "REJECT"]
    assert 0.02 < len(rejected) / len(flows) < 0.06
    assert all(row["dstaddr"].startswith("10.") for row in rejected)
    strangers = {row["srcaddr"] for row in rejected}
    assert not any(row["dstaddr"] in strangers for row in flows)


def test_nobody_scans_ports_or_guesses_passwords(flows: list[dict[str, str]]) -> None:
    opened: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    ssh: Counter[tuple[str, str, int]] = Counter()
    for row in flows:
        # An answer goes to a higher port than it comes from, a NAT gateway's from 1024 up.
        if row["action"] == "ACCEPT" and int(row["dstport"]) < int(row["srcport"]):
            opened[row["srcaddr"], row["dstaddr"]].add(row["dstport"])
        if row["action"] == "ACCEPT" and row["dstport"] == "22":
            ssh[row["srcaddr"], row["dstaddr"], int(row["start"]) // 3600] += 1
    assert max(map(len, opened.values())) <= 4
    assert ssh
    assert max(ssh.values()) <= 5


def test_rich_flow_logs_name_the_ends_behind_a_nat_gateway(tmp_path: Path) -> None:
    write_estate(tmp_path, cloudtrail=0, flows=5_000, dns=0, flow_fields=FLOW_V5)
    rows = []
    for _, text in objects(tmp_path, "/vpcflowlogs/"):
        head, *lines = text.decode().splitlines()
        rows += [dict(zip(head.split(" "), line.split(" "), strict=True)) for line in lines]
    assert {row["version"] for row in rows} == {"5"}
    nats = {network.nat.private_ip: network for network in plan(1).networks}
    inside = [row for row in rows if row["dstaddr"] in nats and row["srcaddr"].startswith("10.")]
    assert inside
    for row in inside:
        assert row["instance-id"] == "-"
        assert row["pkt-srcaddr"] == row["srcaddr"]
        assert not ipaddress.ip_address(row["pkt-dstaddr"]).is_private
    for row in rows:
        if row["log-status"] == "OK" and row["tcp-flags"] == "19":
            assert row["action"] == "ACCEPT"


def test_look_ups_are_of_ordinary_names(lookups: list[dict[str, Any]]) -> None:
    names = {record["query_name"] for record in lookups}
    assert all(name.endswith(".") for name in names)
    assert {record["query_type"] for record in lookups} >= {"A", "AAAA", "PTR", "TXT", "SRV"}
    missing = sum(record["rcode"] == "NXDOMAIN" for record in lookups) / len(lookups)
    assert 0.01 < missing < 0.3
    hosts = {machine.host.instance_id for network in plan(1).networks for machine in network.machines}
    assert {record["srcids"]["instance"] for record in lookups} <= hosts
    # Only AWS's own name leads to the metadata service.
    assert {
        record["query_name"] for record in lookups for answer in record["answers"]
        if answer["Type"] == "A" and answer["Rdata"].startswith("169.254.")
    } <= {"instance-data.ec2.internal."}


def test_no_address_or_name_of_the_estate_is_on_a_public_threat_list(
    calls: list[ApiCall], flows: list[dict[str, str]], lookups: list[dict[str, Any]]
) -> None:
    if not (DATA / "ipsum").is_dir() or not (DATA / "maltrail").is_dir():
        pytest.skip("shared data ipsum and maltrail are not here")
    listed: set[str] = set()
    for path in (*(DATA / "ipsum").iterdir(), *(DATA / "maltrail").rglob("*.txt")):
        listed.update(line.split("#")[0].strip() for line in path.read_text(errors="replace").splitlines())
    seen = {call.source_ip for call in calls} | {row[end] for row in flows for end in ("srcaddr", "dstaddr")}
    assert len(seen) > 1_000
    assert not seen & listed
    for name in {record["query_name"].rstrip(".") for record in lookups}:
        labels = name.split(".")
        assert not any(".".join(labels[place:]) in listed for place in range(len(labels))), name


def test_the_inventory_knows_every_machine_and_elastic_address(estate: Path) -> None:
    documents = [json.loads(path.read_bytes()) for path in (estate / "inventory").glob("*.json")]
    machines = {
        machine["InstanceId"] for document in documents for reservation in document.get("Reservations", ())
        for machine in reservation["Instances"]
    }
    elastic = [address["PublicIp"] for document in documents for address in document.get("Addresses", ())]
    networks = plan(1).networks
    assert machines == {machine.host.instance_id for network in networks for machine in network.machines}
    assert len(set(elastic)) == len(elastic)
    assert set(elastic) == {
        host.public_ip for network in networks
        for host in (*(machine.host for machine in network.machines), network.nat) if host.public_ip
    }
