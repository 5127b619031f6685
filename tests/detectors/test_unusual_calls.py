"""What nobody's story tells of unusual calls: records that are made to break or to mislead the model."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.playing import known_in, play
from vedette.detectors import unusual, weighing
from vedette.detectors.api import unusual_calls as detector
from vedette.detectors.declare import Row
from vedette.detectors.known import Known
from vedette.detectors.signal import Evidence, Signal
from vedette.detectors.traits import country_of
from vedette.detectors.unusual import AccountHabits
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.geo import Geo
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.cloudtrail import ApiCall, decode_record
from vedette.simulate.place_file import mmdb, place

KNOWN = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def record(number: int, **fields: Any) -> dict[str, Any]:
    arn = "arn:aws:iam::111122223333:user/bea"
    return {
        "eventVersion": "1.09", "eventTime": "2026-03-02T09:00:00Z", "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances", "awsRegion": "us-east-1", "sourceIPAddress": "9.9.9.9",
        "userAgent": "aws-cli/2.15 Linux", "eventID": f"{number:032x}", "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "principalId": "AIDA1", "arn": arn, "accountId": "111122223333"}, **fields,
    }


def call(number: int, **fields: Any) -> ApiCall:
    return decode_record(json.dumps(record(number, **fields)).encode())


def given(calls: list[ApiCall], memory: detector.CallHabits, known: Known = KNOWN) -> list[Signal]:
    judge = detector.unusual_calls.update
    assert judge is not None
    rows = [Row(one.time, Evidence(one.time, one.event_id, "", "", 0), one) for one in calls]
    return list(judge(rows, memory, known))


def weeks(number: int = 20) -> detector.CallHabits:
    memory = detector.CallHabits()
    given([call(day, eventTime=f"{MONDAY + timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}") for day in range(number)], memory)
    return memory


def after(days: int = 20, seconds: int = 0) -> str:
    return f"{MONDAY + timedelta(days=days, seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "1969-12-31T23:59:59Z"])
def test_a_record_at_an_end_of_time_takes_nothing_with_it(time: str, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    told = {"Records": [record(1, eventTime=time), record(2, eventSource="cloudtrail.amazonaws.com",
                                                          eventName="StopLogging", requestParameters={"name": "main"})]}
    (tmp_path / "logs" / "calls.json").write_text(json.dumps(told), encoding="utf-8")
    found = play(tmp_path / "logs", known_in(tmp_path))
    assert [one["type"] for one, _ in found.comparable.values()] == ["Stealth:IAMUser/CloudTrailLoggingDisabled"]


def test_no_record_makes_the_memory_large() -> None:
    long, memory = "x" * 1_000_000, weeks()
    before = len(msgspec.msgpack.encode(memory))
    identity = {"type": "IAMUser", "principalId": long, "arn": f"arn:aws:iam::111122223333:user/{long}"}
    given([call(1_000 + number, eventTime=after(seconds=number), **fields) for number, fields in enumerate((
        {"userAgent": long}, {"eventName": long}, {"eventSource": long}, {"awsRegion": long}, {"sourceIPAddress": long},
        {"userIdentity": identity}, {"userIdentity": {**identity, "type": long}},
        {"userIdentity": {**identity, "type": "AssumedRole", "arn": None}}))], memory)
    assert len(msgspec.msgpack.encode(memory)) < before + 20_000


def test_long_names_that_begin_alike_are_told_apart() -> None:
    one, other = (call(number, eventName="x" * 500 + end) for number, end in enumerate("ab"))
    assert detector.alike(one, KNOWN) != detector.alike(other, KNOWN)


def test_people_without_a_principal_id_are_told_apart() -> None:
    calls = [call(number, userIdentity={"type": "IAMUser", "arn": f"arn:aws:iam::111122223333:user/{name}",
                                        "accountId": "111122223333"}) for number, name in enumerate("ab")]
    assert len({detector.alike(one, KNOWN) for one in calls}) == 2


def test_what_failed_is_not_called_a_success() -> None:
    memory = weeks()
    apis = ("CreateUser", "CreateAccessKey", "AttachUserPolicy", "CreateLoginProfile", "PutUserPolicy")
    signals = given([call(1_000 + number, eventTime=after(seconds=number), eventSource="iam.amazonaws.com",
                          eventName=name, userAgent="Boto3/1 Windows", sourceIPAddress="81.2.69.160",
                          **({"errorCode": "ThrottlingException"} if name == "CreateAccessKey" else {}))
                     for number, name in enumerate(apis)], memory)
    told = signals[-1].additional["anomalies"]["anomalousAPIs"]
    assert "CreateAccessKey:failure" in told
    assert "CreateUser:success" in told


def test_an_account_that_was_seen_long_ago_has_no_history() -> None:
    memory = weeks(1)
    apis = ("CreateUser", "CreateAccessKey", "AttachUserPolicy", "CreateLoginProfile", "PutUserPolicy")
    assert not given([call(1_000 + number, eventTime=after(400, number), eventSource="iam.amazonaws.com",
                           eventName=name, userAgent="Boto3/1 Windows", sourceIPAddress="81.2.69.160")
                      for number, name in enumerate(apis)], memory)


BEA = "arn:aws:iam::111122223333:user/bea"
GRAVE = ("iam:CreateUser", "iam:CreateAccessKey", "iam:AttachUserPolicy", "iam:CreateLoginProfile", "iam:PutUserPolicy",
         "iam:DeleteUser")


def suspected(apis: tuple[str, ...], memory: detector.CallHabits | None = None, **fields: Any) -> float:
    """How much speaks for a thief when bea's key calls these."""
    memory = memory or weeks()
    given([call(2_000 + number, eventTime=after(seconds=number), eventSource=f"{api.partition(':')[0]}.amazonaws.com",
                eventName=api.partition(":")[2], **fields) for number, api in enumerate(apis)], memory)
    return detector.suspicion(memory.habits, BEA, memory.bursts[BEA])


def test_calls_of_work_speak_against_a_thief_but_do_not_hide_him() -> None:
    alone, *padded = (suspected((*GRAVE, *(f"kafka:Update{letter}" for letter in "abcdefghijklmnopqrst"[:number])))
                      for number in (0, 1, 2, 20))
    assert alone > padded[0] > padded[1]
    assert padded[2] == pytest.approx(padded[1])


def test_of_a_newcomer_it_is_no_news_that_he_does_what_is_new() -> None:
    others = {"type": "IAMUser", "principalId": "AIDA2", "arn": f"{BEA}2", "accountId": "111122223333"}
    newcomer = detector.CallHabits()
    given([call(day, eventTime=after(day), **({} if day == 19 else {"userIdentity": others})) for day in range(20)],
          newcomer)
    assert suspected(GRAVE, newcomer) < detector.ENOUGH < suspected(GRAVE, sourceIPAddress="81.2.69.160")
    assert suspected(GRAVE, weeks(14)) - suspected(GRAVE, newcomer) > weighing.KNOWN / 2


def test_what_intruders_are_known_to_call_speaks_for_one() -> None:
    assert suspected(("ec2:DescribeVpcs", "ec2:DescribeImages")) > suspected(
        ("ec2:DescribeVpnGateways", "ec2:DescribePlacementGroups"))


def test_refusals_speak_for_a_thief_up_to_a_number() -> None:
    found = [suspected(GRAVE[:number]) for number in (2, 5)]
    refused = [suspected(GRAVE[:number], errorCode="AccessDenied") for number in (2, 5)]
    assert refused[0] - found[0] == pytest.approx(2 * detector.REFUSED)
    assert refused[1] - found[1] == pytest.approx(detector.REFUSALS * detector.REFUSED)


def test_a_new_network_and_a_new_program_together_say_more_than_each() -> None:
    network, program = "81.2.69.160", "Boto3/1 Windows"
    neither, one, other = (suspected(GRAVE), suspected(GRAVE, sourceIPAddress=network),
                           suspected(GRAVE, userAgent=program))
    both = suspected(GRAVE, sourceIPAddress=network, userAgent=program)
    assert both - neither > (one - neither) + (other - neither) + 1


def test_a_finding_says_what_was_weighed() -> None:
    memory = weeks()
    signals = given([call(1_000 + number, eventTime=after(seconds=number), eventSource="iam.amazonaws.com",
                          eventName=api.partition(":")[2], userAgent="Boto3/1 Windows", sourceIPAddress="81.2.69.160")
                     for number, api in enumerate(GRAVE)], memory)
    told = signals[-1].additional["weighed"]
    assert sum(told.values()) == pytest.approx(detector.suspicion(memory.habits, BEA, memory.bursts[BEA]), abs=0.5)
    assert told["known for long"] == weighing.KNOWN
    assert "APIs of work" not in told


def signed_in(factor: str) -> dict[str, Any]:
    """Dan's session of a role that people take."""
    role = {"type": "Role", "principalId": "AROA1", "arn": "arn:aws:iam::111122223333:role/ops", "userName": "ops"}
    return {"type": "AssumedRole", "principalId": "AROA1:dan", "accountId": "111122223333",
            "arn": "arn:aws:sts::111122223333:assumed-role/ops/dan",
            "sessionContext": {"sessionIssuer": role, "attributes": {"mfaAuthenticated": factor}}}


def grave(memory: detector.CallHabits, known: Known = KNOWN, **fields: Any) -> list[Signal]:
    """What is found when dan calls what is grave, from elsewhere."""
    return given([call(3_000 + number, eventTime=after(seconds=number), eventSource="iam.amazonaws.com",
                       eventName=api.partition(":")[2], userAgent="Boto3/1 Windows", sourceIPAddress="81.2.69.160",
                       **fields) for number, api in enumerate(GRAVE)], memory, known)


def dans_weeks(known: Known = KNOWN) -> detector.CallHabits:
    memory = detector.CallHabits()
    given([call(day, eventTime=after(day), userIdentity=signed_in("true")) for day in range(20)], memory, known)
    return memory


def test_a_session_without_a_second_factor_is_told_as_unusual_but_is_weighed_by_nobody() -> None:
    signals = {factor: grave(dans_weeks(), userIdentity=signed_in(factor))[-1] for factor in ("true", "false")}
    assert signals["true"].additional["weighed"] == signals["false"].additional["weighed"]
    told = signals["false"].additional
    assert {"mfa": "without MFA", "nats": 0.0, "daysSeenWithPrincipal": 0.0, "daysSeenWithPeers": 0.0,
            "daysSeenInAccount": 0.0}.items() <= next(one for one in told["unusual"] if "mfa" in one).items()
    assert told["usual"]["mfa"][0]["value"] == "with MFA"
    assert not any("mfa" in one for one in signals["true"].additional["unusual"])


def test_a_country_is_told_where_a_database_knows_it_but_is_weighed_by_nobody(tmp_path: Path) -> None:
    dutch, british = place("", "Netherlands", "NL", 52.0, 5.0), place("", "United Kingdom", "GB", 54.0, -2.0)
    told = {}
    for name, there in {"moved": british, "at home": dutch}.items():
        (tmp_path / f"{name}.mmdb").write_bytes(mmdb("City", {"9.9.9.0/24": dutch, "81.2.0.0/16": there}))
        known = replace(KNOWN, geo=Geo.open(tmp_path / f"{name}.mmdb"))
        told[name] = grave(dans_weeks(known), known, userIdentity=signed_in("true"))[-1].additional
    assert told["moved"]["weighed"] == told["at home"]["weighed"]
    assert [one["country"] for one in told["moved"]["unusual"] if "country" in one] == ["GB"]
    assert told["moved"]["usual"]["country"][0]["value"] == "NL"
    assert not any("country" in one for one in told["at home"]["unusual"])


def test_amazons_own_addresses_and_what_comes_through_an_endpoint_are_in_no_country(tmp_path: Path) -> None:
    irish = place("", "Ireland", "IE", 53.0, -8.0)
    (tmp_path / "City.mmdb").write_bytes(mmdb("City", {"52.94.0.0/16": irish, "81.2.0.0/16": irish}))
    known = replace(KNOWN, geo=Geo.open(tmp_path / "City.mmdb"))
    assert country_of(call(1, sourceIPAddress="81.2.69.160"), known) == "IE"
    assert country_of(call(1, sourceIPAddress="52.94.76.5"), known) == ""
    assert country_of(call(1, sourceIPAddress="81.2.69.160", vpcEndpointId="vpce-1"), known) == ""


def test_a_new_network_with_its_country_and_a_sign_in_without_a_factor_are_one_thing() -> None:
    memory = dans_weeks()
    given([call(3_000, eventTime=after(), sourceIPAddress="81.2.69.160", userIdentity=signed_in("false"))], memory)
    (burst,) = memory.bursts.values()
    assert burst.kinds() == {"network": 1, "mfa": 1}
    assert not burst.is_several()


def works(day: int, networks: list[int]) -> list[ApiCall]:
    """Twenty APIs are called on a day, from each of these networks."""
    return [call(100_000 * day + 100 * network + api, eventTime=after(day, 20 * place + api),
                 eventName=f"Describe{api}", sourceIPAddress=f"9.{network}.9.9")
            for place, network in enumerate(networks) for api in range(20)]


def busy_weeks() -> detector.CallHabits:
    """Twenty calls a day, each from one network; in all from twenty."""
    memory = detector.CallHabits()
    given([one for day in range(20) for one in works(day, [day])], memory)
    return memory


def test_far_more_different_calls_than_ever_are_told_with_what_is_usual_but_are_weighed_by_nobody() -> None:
    told = {}
    for networks in (1, 14):
        memory = busy_weeks()
        given(works(20, list(range(networks))), memory)
        told[networks] = grave(memory)[-1].additional
    assert not any("volume" in one for one in told[1]["unusual"])
    assert [one["volume"] for one in told[14]["unusual"] if "volume" in one] == ["all, different calls: 256"]
    assert [one["value"] for one in told[14]["usual"]["volume"]] == ["all, different calls: 16"]
    assert told[1]["weighed"] == told[14]["weighed"]


@pytest.mark.parametrize("room", [5, 100, 20_000])
def test_calls_that_two_processes_told_are_counted_once_however_many_there_are(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unusual, "MOST_TOLD", room)
    once, twice = detector.CallHabits(), detector.CallHabits()
    calls = works(20, list(range(14)))
    given(calls, once)
    given([one for one in calls for _ in range(2)], twice)
    assert once.amounts == twice.amounts
    assert list(once.amounts.values()) == [min(room - 1, 280)]


def test_how_much_is_called_makes_no_burst() -> None:
    memory = busy_weeks()
    given([*works(20, list(range(14))), call(1, eventTime=after(20, 600), eventName="Describe1",
                                            sourceIPAddress="81.2.69.160")], memory)
    (burst,) = memory.bursts.values()
    assert burst.kinds() == {"volume": 1, "network": 1}
    assert detector.suspicion(memory.habits, BEA, burst) == 0.0


def tagged(name: str, department: str, seconds: int = 0) -> ApiCall:
    return call(4_000 + seconds, eventTime=after(0, seconds), eventSource="iam.amazonaws.com", eventName="TagUser",
                requestParameters={"userName": name, "tags": [{"key": "Department", "value": department}]})


def test_a_departments_people_are_peers_within_the_larger_group() -> None:
    memory = weeks()
    given([tagged("bea", "payments"), call(5_000, eventTime=after(20))], memory)
    assert memory.habits.profiles[BEA].peers == "IAMUser / payments"
    told = given([call(5_001 + number, eventTime=after(20, 60 + number), eventSource="iam.amazonaws.com",
                       eventName=api.partition(":")[2], sourceIPAddress="81.2.69.160")
                  for number, api in enumerate(GRAVE)], memory)[-1].additional
    assert told["peers"] == "IAMUser / payments"
    assert memory.forget_principal(BEA)
    assert not memory.departments


def test_a_call_that_says_something_of_tags_is_judged_as_others_are() -> None:
    memory = weeks()
    given([tagged("bea", "payments")], memory)
    assert "api:iam:TagUser" in memory.habits.profiles[BEA].today
    service = call(6_000, eventTime=after(20), eventName="CreateRole", eventSource="iam.amazonaws.com",
                   sourceIPAddress="cloudformation.amazonaws.com", userIdentity={
                       "type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"},
                   requestParameters={"roleName": "jobs", "tags": [{"key": "team", "value": "web"}]})
    known = set(memory.habits.profiles)
    given([service], memory)
    assert set(memory.habits.profiles) == known
    assert memory.departments["role/jobs"].department == "web"


def test_both_memories_know_what_was_said_last_of_a_department() -> None:
    one, other = weeks(), weeks()
    given([tagged("bea", "web")], one)
    given([tagged("bea", "payments", 5)], other)
    assert one.merge(other).departments == other.merge(one).departments == other.departments
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=detector.CallHabits) == one


def test_a_memory_from_before_departments_can_still_be_read() -> None:
    before = AccountHabits(weeks().habits)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(before), type=detector.CallHabits).habits == before.habits
    assert AccountHabits.VERSION == detector.CallHabits.VERSION
