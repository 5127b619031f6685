from __future__ import annotations

import json

import pytest

from tests.api.callers import ACCOUNT, HOUR, NOON, OTHER, REGION, Caller
from tests.findings.documents import document, row_of
from tests.playing import known_in
from vedette.api.errors import UNKNOWN_DETECTOR, BadRequest
from vedette.detectors.catalogue import catalogue
from vedette.engine.pipeline import Street
from vedette.engine.samples import example, sampled_types
from vedette.findings.configuration import Destination
from vedette.findings.fold import Fold, decode_fold, detector_id
from vedette.findings.policy import EXPORT
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.logs.times import format_time, parse_time
from vedette.sources import open_source

TRAIL = "Stealth:IAMUser/CloudTrailLoggingDisabled"
PLACES = [("999988887777", "eu-west-1", "aws"), ("999988887777", "cn-north-1", "aws-cn"), (ACCOUNT, REGION, "aws")]


@pytest.fixture
def caller(store):
    return Caller(store)


def all_of(caller):
    ids, token = [], ""
    while True:
        page = caller("ListFindings", next_token=token)
        ids += page["FindingIds"]
        token = page["NextToken"]
        if not token:
            return caller.store.get(ids)


def test_every_type_of_the_catalogue_has_a_sample():
    assert sampled_types() == sorted(catalogue().types)


@pytest.mark.parametrize(("account", "region", "partition"), PLACES)
def test_a_sample_of_every_type_is_made_in_the_callers_account_and_region(tmp_path, account, region, partition):
    with Store.open(tmp_path / "state") as store:
        caller = Caller(store, account, region)
        caller("CreateSampleFindings")
        found = all_of(caller)
        assert sorted(one["type"] for one in found) == sorted(catalogue().types)
        rows = store.finding_row([one["id"] for one in found])
        for one in found:
            row, service = rows[one["id"]], one["service"]
            assert row.disagreement(one) == ""
            assert (one["accountId"], one["region"], one["partition"]) == (account, region, partition)
            assert one["arn"] == (f"arn:{partition}:guardduty:{region}:{account}:detector/{caller.detector}"
                                  f"/finding/{one['id']}")
            assert service["detectorId"] == caller.detector == detector_id(account, region)
            assert one["title"].startswith("[SAMPLE] ")
            assert one["title"].count("[SAMPLE]") == 1
            assert json.loads(service["additionalInfo"]["value"])["sample"] is True
            assert service["additionalInfo"]["type"] == "default"
            assert one["createdAt"] == one["updatedAt"] == service["eventLastSeen"] == format_time(NOON)
            assert parse_time(service["eventFirstSeen"]) <= NOON
            assert (service["count"], service["archived"]) == (1, False)
        text = json.dumps([found, [str(row) for row in rows.values()]])
        assert (ACCOUNT in text) is (account == ACCOUNT)
        assert ("us-east-1" in text) is (region == "us-east-1")


@pytest.mark.parametrize("kind", sorted(catalogue().types))
def test_a_sample_says_what_its_story_says_but_for_the_place_the_time_and_the_mark(tmp_path, kind):
    with Store.open(tmp_path / "state") as store:
        caller = Caller(store)
        caller("CreateSampleFindings", finding_types=[kind])
        (one,) = all_of(caller)
    told = example(kind).document
    assert one["resource"] == told["resource"]
    assert one["service"]["action"] == told["service"]["action"]
    assert one["severity"] == told["severity"]
    assert one["title"] == "[SAMPLE] " + told["title"]
    info = json.loads(one["service"]["additionalInfo"]["value"])
    assert info.pop("sample") is True
    assert info == json.loads(told["service"]["additionalInfo"]["value"])
    assert one["id"] != told["id"]
    took, takes = (parse_time(each["service"]["eventLastSeen"]) - parse_time(each["service"]["eventFirstSeen"])
                   for each in (told, one))
    assert takes == took


def test_the_same_sample_again_repeats(caller):
    caller("CreateSampleFindings", finding_types=[TRAIL, TRAIL])
    (first,) = all_of(caller)
    caller("UpdateFindingsFeedback", finding_ids=[first["id"]], feedback="USEFUL")
    caller.now += HOUR
    caller("CreateSampleFindings", finding_types=[TRAIL])
    (again,) = all_of(caller)
    assert (again["id"], again["service"]["count"]) == (first["id"], 2)
    assert (again["createdAt"], again["updatedAt"]) == (format_time(NOON), format_time(NOON + HOUR))
    assert again["service"]["eventFirstSeen"] == first["service"]["eventFirstSeen"]
    assert again["service"]["eventLastSeen"] == format_time(NOON + HOUR)
    assert again["service"]["userFeedback"] == "USEFUL"
    caller.now -= 2 * HOUR
    caller("CreateSampleFindings", finding_types=[TRAIL])
    (last,) = all_of(caller)
    assert last["updatedAt"] == format_time(NOON + HOUR), "the clock was set back: nothing goes backwards"


def test_samples_are_found_as_such(caller):
    caller("CreateSampleFindings", finding_types=[TRAIL])
    real = document(1, accountId=ACCOUNT, region=REGION, detectorId=caller.detector)
    with caller.store.transaction() as batch:
        batch.put_finding(row_of(real), real, b"", [])
    samples = {"criterion": {"service.additionalInfo.sample": {"equals": ["true"]}}}
    (one,) = caller("ListFindings", finding_criteria=samples)["FindingIds"]
    assert one != real["id"]


@pytest.mark.parametrize(("members", "said"), [
    ({"finding_types": [TRAIL, "Recon:EC2/Nothing"]}, "Recon:EC2/Nothing"),
    ({"detector": detector_id(OTHER, REGION)}, UNKNOWN_DETECTOR),
])
def test_what_there_is_no_sample_of_is_a_bad_request_and_makes_none(caller, members, said):
    with pytest.raises(BadRequest, match=said):
        caller("CreateSampleFindings", **members)
    assert all_of(caller) == []


def test_no_types_at_all_are_all_types(caller):
    caller("CreateSampleFindings", finding_types=[])
    assert len(all_of(caller)) == len(catalogue().types)


def due(caller, destination):
    return [one.finding for one in caller.store.due(destination, NOON + 1000 * HOUR)]


def with_export(caller):
    with caller.store.transaction() as batch:
        batch.configure(Destination(account=ACCOUNT, region=REGION, id="bucket", arn="arn:aws:s3:::bucket"))


def test_samples_are_published_as_findings_are(caller):
    with_export(caller)
    caller("CreateSampleFindings", finding_types=[TRAIL])
    (one,) = all_of(caller)
    assert due(caller, "hook") == due(caller, EXPORT + "bucket") == [one["id"]]
    with caller.store.transaction() as batch:
        for destination in ("hook", EXPORT + "bucket"):
            batch.sent(batch.due(destination, NOON), NOON, 6 * HOUR)
    caller("ArchiveFindings", finding_ids=[one["id"]])
    caller("CreateSampleFindings", finding_types=[TRAIL])
    assert all_of(caller)[0]["service"]["archived"] is True
    assert due(caller, "hook") == [one["id"]]
    assert due(caller, EXPORT + "bucket") == []


def test_samples_are_suppressed_as_findings_are(caller):
    with_export(caller)
    caller("CreateFilter", name="quiet", action="ARCHIVE",
           finding_criteria={"criterion": {"service.additionalInfo.sample": {"equals": ["true"]}}})
    for _ in range(2):
        caller("CreateSampleFindings", finding_types=[TRAIL])
        (one,) = all_of(caller)
        assert one["service"]["archived"] is True
        assert caller.store.handling([one["id"]])[one["id"]].suppressed_by == "quiet"
        assert due(caller, "hook") == due(caller, EXPORT + "bucket") == []


def test_a_rule_leaves_samples_that_were_there_before_it(caller):
    caller("CreateSampleFindings", finding_types=[TRAIL])
    (first,) = all_of(caller)
    with caller.store.transaction() as batch:
        batch.sent(batch.due("hook", NOON), NOON, 6 * HOUR)
    of_type = {"criterion": {"type": {"equals": [TRAIL]}}}
    caller("CreateFilter", name="quiet", action="ARCHIVE", finding_criteria=of_type)
    caller("CreateSampleFindings", finding_types=[TRAIL])
    (again,) = all_of(caller)
    assert (again["id"], again["service"]["count"], again["service"]["archived"]) == (first["id"], 2, False)
    assert caller.store.handling([again["id"]]) == {}
    assert due(caller, "hook") == [again["id"]]


def test_logs_that_teach_of_a_samples_resource_leave_the_sample_alone(caller, tmp_path):
    caller("CreateSampleFindings")
    before = {one["id"]: one for one in all_of(caller)}
    assert all(decode_fold(base) == Fold() for base in caller.store.base_of(before).values())
    named = {
        interface["networkInterfaceId"] for one in before.values()
        for interface in one["resource"].get("instanceDetails", {}).get("networkInterfaces", [])
        if "networkInterfaceId" in interface}
    assert named
    # Flows of the samples' own interfaces, in a format that tells their subnet.
    fields = ("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action"
              " log-status subnet-id")
    rows = [f"5 {ACCOUNT} {one} 10.0.1.15 9.9.4.20 40000 443 6 10 1000 1790000000 1790000060 ACCEPT OK subnet-01234567"
            for one in sorted(named)]
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "flows.log").write_text("\n".join([fields, *rows, ""]))
    Street(caller.store, known_in(tmp_path), Geo.open(None, None)).run(open_source(str(tmp_path / "logs")))
    assert {f"interface/{one}" for one in named} <= {fact.entity for fact in caller.store.facts()}
    assert {one["id"]: one for one in all_of(caller)} == before
