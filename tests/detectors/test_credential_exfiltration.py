"""Where machines' credentials may be used: ways out that are shared, addresses that change, accounts of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.playing import Played, known_in, play
from vedette.detectors.api.credential_exfiltration import Places
from vedette.detectors.api.resource_credential_exfiltration import Handed
from vedette.detectors.exemptions import Exemptions, exemptions_of
from vedette.detectors.known import NOTHING_EXEMPT
from vedette.errors import ListError
from vedette.simulate import (
    Given,
    described,
    described_addresses,
    instance,
    instance_session,
    lambda_session,
    role_session,
    service,
    story,
)
from vedette.simulate.addresses import AWS_STRANGER, INSTANCE_PUBLIC, NAT_PUBLIC, OTHER_ACCOUNT, OUTSIDE
from vedette.simulate.events import Happening

OUTSIDE_AWS = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"
INSIDE_AWS = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS"
OBJECT = {"bucketName": "acme-ledger", "key": "a"}
WEB = instance("i-0f3a9c1b2d4e5f607", public_ip=INSTANCE_PUBLIC)
OURS = Given(inventory={**described(WEB), **described_addresses(NAT_PUBLIC)})


def played(
    tmp_path: Path, *events: Happening, given: Given | None = None, exempt: Exemptions = NOTHING_EXEMPT,
) -> Played:
    story("a test", *events, given=given or Given()).render().save(tmp_path)
    return play(tmp_path / "logs", replace(known_in(tmp_path), exempt=exempt))


def test_a_place_used_by_many_instances_goes_quiet_after_the_third(tmp_path: Path) -> None:
    fleet = [instance_session(instance(f"i-0f3a9c1b2d4e5f6{n:02}")) for n in range(8)]
    found = played(tmp_path, *(one.calls("s3", "GetObject", OBJECT, ip=OUTSIDE) for one in fleet))
    assert found.types == [OUTSIDE_AWS] * 3


@pytest.mark.parametrize(("shared_after", "told_of"), [(0, 8), (1, 1), (5, 5)])
def test_after_how_many_a_place_is_shared_is_a_setting(tmp_path: Path, shared_after: int, told_of: int) -> None:
    fleet = [instance_session(instance(f"i-0f3a9c1b2d4e5f6{n:02}")) for n in range(8)]
    found = played(tmp_path, *(one.calls("s3", "GetObject", OBJECT, ip=OUTSIDE) for one in fleet),
                   exempt=exemptions_of(shared_after=shared_after))
    assert found.types == [OUTSIDE_AWS] * told_of


def test_ones_own_ways_out_are_ordinary_and_no_others(tmp_path: Path) -> None:
    calls = [instance_session(WEB).calls("s3", "GetObject", OBJECT, ip=ip) for ip in ("9.9.4.7", "9.9.5.7")]
    found = played(tmp_path, *calls, exempt=exemptions_of(egress=["9.9.4.0/24"]))
    (finding,) = found.findings
    assert finding["service"]["action"]["awsApiCallAction"]["remoteIpDetails"]["ipAddressV4"] == "9.9.5.7"


def test_an_endpoint_and_an_account_that_are_vouched_for(tmp_path: Path) -> None:
    hub = {"ip": "10.9.0.4", "vpc_endpoint_account": OTHER_ACCOUNT}
    known, strange = (instance_session(WEB).calls("s3", "ListObjects", OBJECT, vpc_endpoint=one, **hub)
                      for one in ("vpce-0a9b8c7d6e5f40312", "vpce-0a9b8c7d6e5f40399"))
    assert played(tmp_path / "a", known, exempt=exemptions_of(endpoints=["vpce-0a9b8c7d6e5f40312"])).findings == []
    (high,) = played(tmp_path / "b", strange, exempt=exemptions_of(endpoints=["vpce-0a9b8c7d6e5f40312"])).findings
    (medium,) = played(tmp_path / "c", strange, exempt=exemptions_of(accounts=[OTHER_ACCOUNT])).findings
    assert (high["severity"], medium["severity"]) == (8, 5)


@pytest.mark.parametrize(("given", "said"), [
    ({"egress": ["0.0.0.0/0"]}, "wider than /8"), ({"egress": ["::/0"]}, "wider than /19"),
    ({"egress": ["9.9.4.1/24"]}, "host bits"), ({"egress": ["office"]}, "office"),
    ({"endpoints": ["eni-1"]}, "VPC endpoint"), ({"accounts": ["acme"]}, "twelve digits"),
])
def test_what_is_no_exemption_is_refused(given: dict[str, list[str]], said: str) -> None:
    with pytest.raises(ListError, match=said):
        exemptions_of(**given)


def test_two_places_are_counted_apart(tmp_path: Path) -> None:
    fleet = [instance_session(instance(f"i-0f3a9c1b2d4e5f6{n:02}")) for n in range(4)]
    found = played(tmp_path, *(one.calls("s3", "GetObject", OBJECT, ip=f"9.9.4.{n}") for n, one in enumerate(fleet)))
    assert found.types == [OUTSIDE_AWS] * 4


def test_another_account_of_ones_own_is_of_medium_severity(tmp_path: Path) -> None:
    other = instance("i-0bb11bb22cc33dd44", public_ip=AWS_STRANGER, account=OTHER_ACCOUNT)
    found = played(tmp_path, instance_session(WEB).calls("s3", "GetObject", OBJECT, ip=AWS_STRANGER),
                   given=Given(inventory=described(WEB, other)))
    assert found.types == [INSIDE_AWS]
    (finding,) = found.findings
    assert finding["severity"] == 5
    assert finding["service"]["action"]["awsApiCallAction"]["remoteAccountDetails"] == {
        "accountId": OTHER_ACCOUNT, "affiliated": True}


@pytest.mark.parametrize("before", [
    role_session("ops", "ann").calls("ec2", "StartInstances", {"instancesSet": {"items": [
        {"instanceId": WEB.instance_id}]}}),
    role_session("ops", "ann").calls("ec2", "AllocateAddress", {"domain": "vpc"}, response={"publicIp": AWS_STRANGER}),
], ids=["started again", "given an address"])
def test_an_aws_address_that_may_be_newer_than_the_inventory_is_no_news(tmp_path: Path, before: Happening) -> None:
    call = instance_session(WEB).calls("s3", "GetObject", OBJECT, ip=AWS_STRANGER)
    assert played(tmp_path / "with", before, call, given=OURS).types == []
    assert played(tmp_path / "without", call, given=OURS).types == [INSIDE_AWS]


def test_an_instance_that_the_inventory_does_not_have_may_call_from_any_aws_address(tmp_path: Path) -> None:
    new = instance_session(instance("i-0cc11bb22cc33dd44"))
    assert played(tmp_path, new.calls("s3", "GetObject", OBJECT, ip=AWS_STRANGER), given=OURS).types == []


def test_a_server_that_checks_who_an_instance_is_sends_its_signed_call(tmp_path: Path) -> None:
    call = instance_session(WEB).calls("sts", "GetCallerIdentity", ip=AWS_STRANGER)
    assert played(tmp_path, call, given=OURS).types == []


def test_names_that_only_look_like_an_instance_are_none(tmp_path: Path) -> None:
    names = ("i-love-cats-2", "i-0123456789", "ai-0123456789abcdef0", "i-0123456789abcdef0x")
    sessions = [role_session("web", name, ip=OUTSIDE) for name in names]
    found = played(tmp_path, *(one.calls("s3", "GetObject", OBJECT) for one in sessions))
    assert found.types == []


def test_a_function_session_that_is_older_than_twelve_hours_is_nobodys(tmp_path: Path) -> None:
    handed = service("lambda.amazonaws.com").calls("sts", "AssumeRole", {
        "roleArn": "arn:aws:iam::111122223333:role/report-role", "roleSessionName": "report"})
    late = lambda_session("report", "report-role").calls("s3", "GetObject", OBJECT, ip=OUTSIDE, at=12 * 3600 + 60)
    assert played(tmp_path, handed, late).types == []


def test_memories_are_bounded_and_merge_either_way() -> None:
    places = Places()
    for n in range(2000):
        places.admits(f"9.9.{n // 250}.{n % 250}", "i-0123456789abcdef0", 3)
    assert len(places.users) == 500
    one, other = Places(users={"a": ["i-2", "i-1"]}), Places(users={"a": ["i-3", "i-4"], "b": ["i-1"]})
    assert one.merge(other).users == other.merge(one).users == {"a": ["i-1", "i-2", "i-3", "i-4"], "b": ["i-1"]}
    odd, even = (Places(users={"a": [f"i-{n:04}" for n in range(start, 2000, 2)]}) for start in (0, 1))
    assert odd.merge(even).users == even.merge(odd).users == {"a": [f"i-{n:04}" for n in range(1000)]}
    early, late = Handed(to="ECS task", at=1), Handed(to="somebody", at=2)
    assert early.merge(late) == late.merge(early) == late
