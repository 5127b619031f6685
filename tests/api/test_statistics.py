from __future__ import annotations

import pytest

from tests.api.callers import ACCOUNT, OTHER, REGION, Caller
from tests.findings.documents import document, row_of
from vedette.api.errors import BadRequest
from vedette.findings.fold import detector_id
from vedette.logs.times import format_time

DAY = 86_400_000


@pytest.fixture
def caller(store):
    caller = Caller(store)
    Caller(store, OTHER)
    told = [
        (ACCOUNT, "Recon:EC2/Portscan", 5.0, 1, "i-1"), (ACCOUNT, "Recon:EC2/Portscan", 5.0, 2, "i-1"),
        (ACCOUNT, "Impact:EC2/PortSweep", 8.0, 3, ""), (OTHER, "Recon:EC2/Portscan", 2.0, 4, "i-2"),
        (OTHER, "Impact:EC2/WinRMBruteForce", 2.0, 5, "i-2"), (OTHER, "Recon:EC2/Portscan", 2.5, 6, "i-2"),
    ]
    with store.transaction() as batch:
        for number, (account, kind, severity, day, instance) in enumerate(told):
            found = document(number, accountId=account, region=REGION, type=kind, severity=severity,
                             detectorId=detector_id(account, REGION), updatedAt=format_time(day * DAY + 7))
            batch.put_finding(row_of(found, instance_id=instance), found, b"", [])
    return caller


def grouped(caller, by, **members):
    answer = caller("GetFindingsStatistics", group_by=by, **members)["FindingStatistics"]
    (groups,) = answer.values()
    return groups


def test_findings_are_counted_by_severity(caller):
    by_severity = ["COUNT_BY_SEVERITY"]
    answer = caller("GetFindingsStatistics", finding_statistic_types=by_severity)
    assert answer == {"FindingStatistics": {"countBySeverity": {"5.0": 2, "8.0": 1}}}
    high = {"criterion": {"severity": {"greaterThan": 5}}}
    answer = caller("GetFindingsStatistics", finding_statistic_types=by_severity, finding_criteria=high)
    assert answer == {"FindingStatistics": {"countBySeverity": {"8.0": 1}}}
    caller.takes_in(OTHER)
    answer = caller("GetFindingsStatistics", finding_statistic_types=by_severity)
    assert answer["FindingStatistics"]["countBySeverity"] == {"2.0": 2, "2.5": 1, "5.0": 2, "8.0": 1}


def test_findings_are_grouped_in_five_ways(caller):
    assert grouped(caller, "ACCOUNT") == [
        {"accountId": ACCOUNT, "totalFindings": 3, "lastGeneratedAt": 3 * DAY + 7}]
    assert grouped(caller, "FINDING_TYPE") == [
        {"findingType": "Recon:EC2/Portscan", "totalFindings": 2, "lastGeneratedAt": 2 * DAY + 7},
        {"findingType": "Impact:EC2/PortSweep", "totalFindings": 1, "lastGeneratedAt": 3 * DAY + 7}]
    assert grouped(caller, "SEVERITY") == [
        {"severity": 5.0, "totalFindings": 2, "lastGeneratedAt": 2 * DAY + 7},
        {"severity": 8.0, "totalFindings": 1, "lastGeneratedAt": 3 * DAY + 7}]
    assert grouped(caller, "DATE") == [
        {"date": day * DAY, "severity": severity, "totalFindings": 1, "lastGeneratedAt": day * DAY + 7}
        for day, severity in ((3, 8.0), (2, 5.0), (1, 5.0))]
    assert grouped(caller, "RESOURCE") == [
        {"accountId": ACCOUNT, "resourceType": "Instance", "resourceId": "i-1", "totalFindings": 2,
         "lastGeneratedAt": 2 * DAY + 7},
        {"accountId": ACCOUNT, "resourceType": "Instance", "totalFindings": 1, "lastGeneratedAt": 3 * DAY + 7}]


def test_each_grouping_is_called_as_the_service_model_calls_it(caller):
    names = {by: set(caller("GetFindingsStatistics", group_by=by)["FindingStatistics"])
             for by in ("ACCOUNT", "DATE", "FINDING_TYPE", "RESOURCE", "SEVERITY")}
    assert names == {"ACCOUNT": {"groupedByAccount"}, "DATE": {"groupedByDate"},
                     "FINDING_TYPE": {"groupedByFindingType"}, "RESOURCE": {"groupedByResource"},
                     "SEVERITY": {"groupedBySeverity"}}


def test_groups_come_the_largest_first_or_as_asked_and_no_more_than_asked(caller):
    caller.takes_in(OTHER)
    assert [one["totalFindings"] for one in grouped(caller, "FINDING_TYPE")] == [4, 1, 1]
    assert [one["totalFindings"] for one in grouped(caller, "FINDING_TYPE", order_by="ASC")] == [1, 1, 4]
    assert [one["findingType"] for one in grouped(caller, "FINDING_TYPE", max_results=1)] == ["Recon:EC2/Portscan"]


def test_twenty_five_groups_come_unless_more_are_asked_for(caller):
    with caller.store.transaction() as batch:
        for number in range(100, 130):
            found = document(number, accountId=ACCOUNT, region=REGION, detectorId=caller.detector,
                             type=f"Recon:EC2/Type{number}")
            batch.put_finding(row_of(found), found, b"", [])
    assert len(grouped(caller, "FINDING_TYPE")) == 25
    assert len(grouped(caller, "FINDING_TYPE", max_results=100)) == 32


@pytest.mark.parametrize(("members", "said"), [
    ({}, "either"),
    ({"finding_statistic_types": []}, "either"),
    ({"finding_statistic_types": ["COUNT_BY_SEVERITY"], "group_by": "DATE"}, "not both"),
    ({"finding_statistic_types": ["COUNT_BY_SEVERITY"], "order_by": "ASC"}, "groupBy only"),
    ({"finding_statistic_types": ["COUNT_BY_SEVERITY"], "max_results": 5}, "groupBy only"),
    ({"group_by": "DATE", "finding_criteria": {"criterion": {"colour": {"equals": ["red"]}}}}, "colour"),
])
def test_what_cannot_be_counted_is_a_bad_request(caller, members, said):
    with pytest.raises(BadRequest, match=said):
        caller("GetFindingsStatistics", **members)
