"""Findings, statistics, samples and filters as boto3 sees them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.api.callers import ACCOUNT, NOON, REGION, Caller
from tests.api.wire import called
from tests.findings.documents import document, put
from vedette.api.errors import BadRequest

TRAIL = "Stealth:IAMUser/CloudTrailLoggingDisabled"
AT_NOON = datetime.fromtimestamp(NOON / 1000, UTC)


@pytest.fixture
def caller(store):
    return Caller(store)


def test_a_sample_goes_through_a_clients_hands(caller):
    assert called(caller, "CreateSampleFindings", FindingTypes=[TRAIL]) == {}
    (one,) = called(caller, "ListFindings")["FindingIds"]
    criteria = {"Criterion": {"type": {"Equals": [TRAIL]}, "service.additionalInfo.sample": {"Eq": ["true"]},
                              "updatedAt": {"GreaterThanOrEqual": NOON}, "severity": {"Lt": 9}}}
    order = {"AttributeName": "severity", "OrderBy": "ASC"}
    assert called(caller, "ListFindings", FindingCriteria=criteria, SortCriteria=order, MaxResults=1) == {
        "FindingIds": [one], "NextToken": ""}
    (whole,) = called(caller, "GetFindings", FindingIds=[one], SortCriteria=order)["Findings"]
    assert (whole["Id"], whole["Type"], whole["AccountId"], whole["Region"]) == (one, TRAIL, ACCOUNT, REGION)
    assert whole["Service"]["AdditionalInfo"]["Value"] == '{"sample":true}'
    assert whole["Service"]["Action"]["AwsApiCallAction"]["Api"] in ("StopLogging", "DeleteTrail")
    assert called(caller, "ArchiveFindings", FindingIds=[one]) == {}
    assert called(caller, "UpdateFindingsFeedback", FindingIds=[one], Feedback="USEFUL", Comments="c") == {}
    (whole,) = called(caller, "GetFindings", FindingIds=[one])["Findings"]
    assert (whole["Service"]["Archived"], whole["Service"]["UserFeedback"]) == (True, "USEFUL")
    assert called(caller, "UnarchiveFindings", FindingIds=[one]) == {}


def test_every_sample_reads_as_the_service_model_says(caller):
    called(caller, "CreateSampleFindings")
    ids, token = [], ""
    while True:
        page = called(caller, "ListFindings", MaxResults=20, **({"NextToken": token} if token else {}))
        ids += page["FindingIds"]
        token = page["NextToken"]
        if not token:
            break
    documents = {one["id"]: one for one in caller.store.get(ids)}
    for start in range(0, len(ids), 50):
        for one in called(caller, "GetFindings", FindingIds=ids[start:start + 50])["Findings"]:
            assert leaves(one) == leaves(documents.pop(one["Id"]))
    assert documents == {}


def leaves(value):
    """How many values a finding has: none is lost on the way to the client."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    return sum(map(leaves, value)) if isinstance(value, list) else 1


def test_the_times_of_buckets_arrive_as_they_were(caller):
    made = document(1, accountId=ACCOUNT, region=REGION, detectorId=caller.detector,
                    resource={"s3BucketDetails": [{"name": "b", "createdAt": NOON / 1000}]})
    with caller.store.transaction() as batch:
        put(batch, made)
    (whole,) = called(caller, "GetFindings", FindingIds=[made["id"]])["Findings"]
    assert whole["Resource"]["S3BucketDetails"][0]["CreatedAt"] == AT_NOON


@pytest.mark.parametrize(("by", "key"), [
    ("ACCOUNT", {"AccountId": ACCOUNT}), ("FINDING_TYPE", {"FindingType": TRAIL}), ("SEVERITY", {"Severity": 2.0}),
    ("DATE", {"Date": AT_NOON.replace(hour=0, minute=0, second=0), "Severity": 2.0}),
    ("RESOURCE", {"AccountId": ACCOUNT, "ResourceType": "AccessKey"}),
])
def test_statistics_arrive_in_the_models_members(caller, by, key):
    called(caller, "CreateSampleFindings", FindingTypes=[TRAIL])
    asked = {"OrderBy": "ASC", "MaxResults": 100, "FindingCriteria": {"Criterion": {"type": {"Equals": [TRAIL]}}}}
    statistics = called(caller, "GetFindingsStatistics", GroupBy=by, **asked)["FindingStatistics"]
    ((name, (group,)),) = statistics.items()
    assert name.lower() == "groupedby" + by.lower().replace("_", "")
    assert group.pop("ResourceId", "AKIA").startswith("A")
    assert group == {**key, "TotalFindings": 1, "LastGeneratedAt": AT_NOON}
    counted = called(caller, "GetFindingsStatistics", FindingStatisticTypes=["COUNT_BY_SEVERITY"])
    assert counted == {"FindingStatistics": {"CountBySeverity": {"2.0": 1}}}


def test_a_filter_goes_through_a_clients_hands(caller):
    criteria = {"Criterion": {"type": {"Matches": ["Recon:*"], "NotEquals": ["Recon:EC2/Portscan"]},
                              "severity": {"GreaterThan": 4}}}
    made = {"Name": "quiet", "FindingCriteria": criteria, "Action": "ARCHIVE", "Rank": 3, "Description": "ours",
            "Tags": {"a": "b"}}
    assert called(caller, "CreateFilter", ClientToken="t", **made) == {"Name": "quiet"}
    assert called(caller, "GetFilter", FilterName="quiet") == {
        **made, "CreatedAt": AT_NOON, "UpdatedAt": AT_NOON, "Version": 1}
    assert called(caller, "UpdateFilter", FilterName="quiet", Rank=1) == {"Name": "quiet"}
    assert called(caller, "GetFilter", FilterName="quiet")["Version"] == 2
    assert called(caller, "ListFilters", MaxResults=1) == {"FilterNames": ["quiet"], "NextToken": ""}
    assert called(caller, "DeleteFilter", FilterName="quiet") == {}
    assert called(caller, "ListFilters")["FilterNames"] == []


@pytest.mark.parametrize(("name", "members"), [
    ("GetFindings", {"FindingIds": ["f"] * 51}),
    ("ArchiveFindings", {"FindingIds": ["f"] * 51}),
    ("UpdateFindingsFeedback", {"FindingIds": ["f"] * 51, "Feedback": "USEFUL"}),
    ("UpdateFindingsFeedback", {"FindingIds": [], "Feedback": "PERHAPS"}),
    ("ListFindings", {"MaxResults": 51}),
    ("GetFindingsStatistics", {"GroupBy": "COLOUR"}),
    ("GetFindingsStatistics", {"GroupBy": "DATE", "MaxResults": 101}),
    ("CreateSampleFindings", {"FindingTypes": [TRAIL] * 51}),
    ("CreateFilter", {"Name": "quiet", "FindingCriteria": {"Criterion": {"type": {"Equals": ["x"]}}}, "Rank": 101}),
])
def test_what_the_model_forbids_does_not_reach_an_operation(caller, name, members):
    with pytest.raises(BadRequest):
        called(caller, name, **members)
