"""What nobody's story tells of unusual use of buckets: hostile records, the sample, and what lasts over a midnight."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.detectors.declare import Row
from vedette.detectors.known import Known
from vedette.detectors.s3 import unusual_access as detector
from vedette.detectors.signal import Evidence, Signal
from vedette.detectors.unusual import STEP, AccountHabits
from vedette.detectors.weighing import KNOWN as KNOWN_LONG
from vedette.detectors.weighing import OTHER_HANDS
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.cloudtrail import ApiCall, decode_record
from vedette.simulate.identifiers import uuid

KNOWN = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
ELSEWHERE = {"sourceIPAddress": "81.2.69.160", "userAgent": "aws-cli/2.15 Windows/10"}


def call(number: int, at: datetime = MONDAY, bucket: Any = "acme-ledger", **fields: Any) -> ApiCall:
    return decode_record(json.dumps({
        "eventVersion": "1.11", "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}", "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject", "awsRegion": "us-east-1", "sourceIPAddress": "9.9.9.9", "managementEvent": False,
        "userAgent": "aws-cli/2.15 Linux", "eventID": uuid("call", number), "recipientAccountId": "111122223333",
        "eventCategory": "Data", "requestParameters": {"bucketName": bucket, "key": "a"},
        "userIdentity": {"type": "IAMUser", "principalId": "AIDA1", "arn": "arn:aws:iam::111122223333:user/bea",
                         "accountId": "111122223333"}, **fields}).encode())


def told(calls: list[ApiCall], memory: AccountHabits) -> list[Signal]:
    judge = detector.unusual_access.update
    assert judge is not None
    rows = [Row(one.time, Evidence(one.time, one.event_id, "", "", 0), one) for one in calls]
    return list(judge(rows, memory, KNOWN))


def weeks(number: int = 20) -> AccountHabits:
    memory = AccountHabits()
    told([call(day, MONDAY + timedelta(days=day)) for day in range(number)], memory)
    return memory


def theft(since: datetime, number: int = 4) -> list[ApiCall]:
    return [call(1_000 + n, since + timedelta(seconds=n), f"acme-{n}", **ELSEWHERE) for n in range(number)]


@pytest.mark.parametrize("bucket", [None, 7, [], {}, "", "x" * 1_000_000, "a: 9", "a, calls: b", "\0"])
@pytest.mark.parametrize("additional", [None, 7, {"bytesTransferredOut": "many"}, {"bytesTransferredOut": -1e300},
                                        {"bytesTransferredOut": 1e308}, {"bytesTransferredOut": None}])
def test_no_record_breaks_it_or_makes_the_memory_large(bucket: Any, additional: Any) -> None:
    memory = weeks()
    before = len(msgspec.msgpack.encode(memory))
    told([call(1_000 + n, MONDAY + timedelta(days=20, seconds=n), bucket, additionalEventData=additional,
               eventName=name, **ELSEWHERE)
          for n, name in enumerate(("GetObject", "DeleteObjects", "PutBucketPolicy", "ListObjects") * 3)], memory)
    assert len(msgspec.msgpack.encode(memory)) < before + 20_000


def test_a_theft_is_told_again_on_the_day_after_and_not_learned_while_it_goes_on() -> None:
    memory = weeks()
    night = MONDAY.replace(hour=23, minute=59, second=58) + timedelta(days=20)
    signals = told(theft(night, 8), memory)
    assert {one.type for one in signals} == {"Exfiltration:S3/AnomalousBehavior"}
    assert len({one.identity for one in signals}) == 1
    assert len(signals[-1].evidence) >= 8


def test_a_finding_says_what_is_unusual_and_what_is_usual() -> None:
    said = told(theft(MONDAY + timedelta(days=20)), weeks())[0]
    unusual = {key: one for one in said.additional["unusual"] for key in one}
    assert unusual["network"]["network"] == "81.2.0.0/16"
    assert unusual["network"]["daysSeenWithPrincipal"] == 0
    assert said.additional["usual"]["network"][0]["value"] == "9.9.0.0/16"
    assert said.additional["usual"]["network"][0]["daysSeenWithPrincipal"] > 10


def test_a_session_without_a_second_factor_is_told_but_is_weighed_by_nobody() -> None:
    role = {"type": "Role", "principalId": "AROA1", "arn": "arn:aws:iam::111122223333:role/ops", "userName": "ops"}
    identity = {
        factor: {"type": "AssumedRole", "principalId": "AROA1:dan", "accountId": "111122223333",
                 "arn": "arn:aws:sts::111122223333:assumed-role/ops/dan",
                 "sessionContext": {"sessionIssuer": role, "attributes": {"mfaAuthenticated": factor}}}
        for factor in ("true", "false")}
    found = {}
    for factor in identity:
        memory = AccountHabits()
        told([call(day, MONDAY + timedelta(days=day), userIdentity=identity["true"]) for day in range(20)], memory)
        found[factor] = told([call(1_000 + n, MONDAY + timedelta(days=20, seconds=n), f"acme-{n}", **ELSEWHERE,
                                   userIdentity=identity[factor]) for n in range(4)], memory)[-1].additional
    assert found["true"]["weighed"] == found["false"]["weighed"]
    assert [one["mfa"] for one in found["false"]["unusual"] if "mfa" in one] == ["without MFA"]
    assert found["false"]["usual"]["mfa"][0]["value"] == "with MFA"


BEA = "arn:aws:iam::111122223333:user/bea"


def suspected(memory: AccountHabits) -> float:
    return detector.suspicion(memory.habits, BEA, memory.bursts[BEA])


def test_a_finding_says_what_was_weighed() -> None:
    memory = weeks()
    signals = told(theft(MONDAY + timedelta(days=20)), memory)
    weighed = signals[-1].additional["weighed"]
    assert sum(detector.weighed(memory.habits, BEA, memory.bursts[BEA]).values()) == pytest.approx(suspected(memory))
    assert weighed["network and program"] == OTHER_HANDS
    assert weighed["known for long"] == KNOWN_LONG
    assert "volumes" not in weighed


def test_a_volume_speaks_for_a_thief_by_how_far_it_lies_beyond_what_was_known_up_to_a_number() -> None:
    def weighed(size: int) -> float:
        memory = weeks()
        told([call(1_000, MONDAY + timedelta(days=20), additionalEventData={"bytesTransferredOut": size})], memory)
        return detector.weighed(memory.habits, BEA, memory.bursts[BEA])["volumes"] if memory.bursts else 0.0

    least = detector.LEAST["bytes"]
    found = [weighed(least * STEP**number) for number in range(8)]
    assert found == [detector.BEYOND * min(number, detector.STEPS) for number in range(8)]


def test_one_new_network_is_no_burst_however_seldom_there_is_a_new_one() -> None:
    memory = weeks()
    assert not told([call(1_000, MONDAY + timedelta(days=20), sourceIPAddress="81.2.69.160")], memory)
    assert suspected(memory) == 0


def test_of_the_first_two_weeks_nothing_is_said() -> None:
    assert not told(theft(MONDAY + timedelta(days=10)), weeks(10))


def test_calls_of_services_and_of_nobody_are_none_of_its_business() -> None:
    nobody = {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
    for fields in ({"userIdentity": nobody}, {"userIdentity": {**nobody, "principalId": "x"}},
                   {"sourceIPAddress": "config.amazonaws.com"},
                   {"userIdentity": {"type": "AWSService", "invokedBy": "logging.s3.amazonaws.com"}},
                   {"eventSource": "ec2.amazonaws.com"}, {"userIdentity": None}):
        assert detector.alike(call(1, **fields), KNOWN) is None
    assert detector.alike(call(1), KNOWN) is not None


def test_sessions_of_a_role_of_another_account_are_one_principal() -> None:
    partners = [{"type": "AWSAccount", "principalId": f"AROA1:run-{n}", "accountId": "444455556666"} for n in (1, 2)]
    assert len({detector.alike(call(1, userIdentity=one), KNOWN) for one in partners}) == 1


def test_a_machine_is_compared_with_the_others_of_its_role() -> None:
    machines = [{"type": "AssumedRole", "principalId": f"AROA1:i-0b1ff00dba5e0001{n}",
                 "arn": f"arn:aws:sts::111122223333:assumed-role/shop/i-0b1ff00dba5e0001{n}"} for n in (1, 2)]
    found = [detector.who_uses(call(1, userIdentity=one)) for one in machines]
    assert len({name for name, _ in found}) == 2
    assert {peers for _, peers in found} == {"arn:aws:sts::111122223333:assumed-role/shop"}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from([0, 5_000, 1 << 26, 1 << 28, 3 << 30]))
def test_the_sample_says_how_many_there_were_and_how_large(seed: int, size: int) -> None:
    # Within five standard deviations, whatever the IDs: nothing but them decides.
    number = 20_000
    one = call(0, additionalEventData={"bytesTransferredOut": size})
    chance = detector.chance(one)
    chosen = sum(detector.counted(msgspec.structs.replace(one, event_id=uuid(seed, n))) for n in range(number))
    assert abs(chosen - number * chance) <= 5 * (number * chance * (1 - chance)) ** 0.5


@given(st.lists(st.floats(0.5, 5_000), min_size=1, max_size=60), st.integers(1, 59))
def test_levels_are_reached_once_each_however_amounts_are_split(amounts: list[float], cut: int) -> None:
    def reached(parts: list[float]) -> list[str]:
        memory = AccountHabits()
        return [level for part in parts for level in memory.reached(
            0, "bea", "reads a", "calls", part, detector.SCALE)]

    levels = [int(one.rpartition(": ")[2]) for one in reached(amounts)]
    least = detector.LEAST["calls"]
    assert levels == [level for level in (least * STEP**n for n in range(12)) if level <= sum(amounts)]
    one, other = AccountHabits(), AccountHabits()
    for memory, parts in ((one, amounts[:cut]), (other, amounts[cut:])):
        for part in parts:
            memory.reached(0, "bea", "reads a", "calls", part, detector.SCALE)
    assert sum(one.merge(other).amounts.values()) == pytest.approx(sum(amounts))
