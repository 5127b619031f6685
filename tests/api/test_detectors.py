"""The detector of an account: its features in old words and new, suspended, deleted; and what is then found."""

from __future__ import annotations

import json

import pytest

from tests.api.accounts import NOON, REGION, Account, invited, joined
from tests.engine.test_dated_by_the_clock import ACCOUNT as LOGGED
from tests.engine.test_dated_by_the_clock import REGION as LOGGED_REGION
from tests.engine.test_dated_by_the_clock import Server, stopped
from tests.findings.documents import document, put
from vedette.api.errors import UNKNOWN_DETECTOR
from vedette.api.features import ADDITIONAL, BOTH_RUNTIMES
from vedette.api.operations.detectors import EXISTS
from vedette.findings.configuration import ClientToken, Destination, Filter, SavedList, ScanSettings
from vedette.findings.fold import detector_id
from vedette.findings.policy import EXPORT
from vedette.findings.store import Store
from vedette.logs.times import format_time

ON_AT_FIRST = {"S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS",
               "AI_PROTECTION"}
ALWAYS_ON = {"FLOW_LOGS", "CLOUD_TRAIL", "DNS_LOGS"}


@pytest.fixture
def now():
    return [NOON]


@pytest.fixture
def memory():
    with Store.in_memory() as opened:
        yield opened


@pytest.fixture
def account(memory, now):
    return Account(memory, "111122223333", now)


def switch(name, status="ENABLED", **additional):
    one = {"name": name, "status": status}
    if additional:
        one["additionalConfiguration"] = [{"name": more, "status": says} for more, says in additional.items()]
    return one


def shown(account):
    """The features that are on, as GetDetector has them."""
    return {one["name"] for one in account("GetDetector")["Features"] if one["status"] == "ENABLED"}


def additional(account, feature):
    features = {one["name"]: one for one in account("GetDetector")["Features"]}
    return {one["name"]: one["status"] for one in features[feature].get("additionalConfiguration", ())}


def in_old_words(account):
    sources = account("GetDetector")["DataSources"]
    volumes = sources["malwareProtection"]["scanEc2InstanceWithFindings"]["ebsVolumes"]
    pairs = {"S3_DATA_EVENTS": sources["s3Logs"], "EKS_AUDIT_LOGS": sources["kubernetes"]["auditLogs"],
             "EBS_MALWARE_PROTECTION": volumes, "FLOW_LOGS": sources["flowLogs"], "DNS_LOGS": sources["dnsLogs"],
             "CLOUD_TRAIL": sources["cloudTrail"]}
    return {name for name, one in pairs.items() if one["status"] == "ENABLED"}


def test_an_account_has_one_detector_a_region(memory, account, now):
    assert account.asks("ListDetectors") == {"DetectorIds": []}
    assert account.asks("CreateDetector", enable=True) == {"DetectorId": account.detector}
    assert account.refused("CreateDetector", enable=True) == EXISTS
    assert account.asks("ListDetectors") == {"DetectorIds": [account.detector]}
    elsewhere = Account(memory, account.id, now, "us-east-1")
    assert elsewhere.asks("CreateDetector", enable=True)["DetectorId"] != account.detector
    assert account.asks("ListDetectors") == {"DetectorIds": [account.detector]}
    assert "nextToken" in account.refused("ListDetectors", next_token="x")


def test_a_new_detector_has_all_on_but_what_is_opted_into(account):
    account.asks("CreateDetector", enable=True, tags={"team": "blue"})
    found = account("GetDetector")
    assert found["Status"] == "ENABLED"
    assert found["FindingPublishingFrequency"] == "SIX_HOURS"
    assert found["CreatedAt"] == found["UpdatedAt"] == format_time(NOON)
    assert found["Tags"] == {"team": "blue"}
    assert found["ServiceRole"].startswith("arn:aws:iam::111122223333:role/aws-service-role/")
    assert shown(account) == ON_AT_FIRST | ALWAYS_ON
    assert {one["name"] for one in found["Features"]} == ADDITIONAL.keys() | ALWAYS_ON
    assert additional(account, "RUNTIME_MONITORING") == {
        "EKS_ADDON_MANAGEMENT": "DISABLED", "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
        "EC2_AGENT_MANAGEMENT": "DISABLED"}


def test_what_is_asked_for_at_creation_is_had_and_the_rest_is_as_usual(account):
    account.asks("CreateDetector", enable=False, finding_publishing_frequency="ONE_HOUR", features=[
        switch("EKS_AUDIT_LOGS", "DISABLED"),
        switch("RUNTIME_MONITORING", EC2_AGENT_MANAGEMENT="ENABLED")],
        data_sources={"s3Logs": {"enable": False}})
    found = account("GetDetector")
    assert (found["Status"], found["FindingPublishingFrequency"]) == ("DISABLED", "ONE_HOUR")
    assert shown(account) == ALWAYS_ON | ON_AT_FIRST - {"EKS_AUDIT_LOGS", "S3_DATA_EVENTS"} | {"RUNTIME_MONITORING"}
    assert additional(account, "RUNTIME_MONITORING")["EC2_AGENT_MANAGEMENT"] == "ENABLED"
    assert additional(account, "RUNTIME_MONITORING")["EKS_ADDON_MANAGEMENT"] == "DISABLED"


@pytest.mark.parametrize("name", ["S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION"])
def test_features_and_data_sources_are_in_step_both_ways(account, name):
    account.asks("CreateDetector", enable=True)

    def old(enabled):
        return {
            "S3_DATA_EVENTS": {"s3Logs": {"enable": enabled}},
            "EKS_AUDIT_LOGS": {"kubernetes": {"auditLogs": {"enable": enabled}}},
            "EBS_MALWARE_PROTECTION": {"malwareProtection": {"scanEc2InstanceWithFindings": {"ebsVolumes": enabled}}},
        }[name]

    for enabled in (False, True):
        account("UpdateDetector", data_sources=old(enabled))
        assert (name in shown(account)) is (name in in_old_words(account)) is enabled
        account("UpdateDetector", features=[switch(name, "DISABLED" if enabled else "ENABLED")])
        assert (name in shown(account)) is (name in in_old_words(account)) is not enabled
    assert name in account.refused("UpdateDetector", features=[switch(name)], data_sources=old(False))
    assert shown(account) - {name} == (ON_AT_FIRST | ALWAYS_ON) - {name}


def test_a_change_touches_what_it_names_and_dates_it(account, now):
    account.asks("CreateDetector", enable=True)
    now[0] += 60_000
    account("UpdateDetector", features=[switch("RDS_LOGIN_EVENTS", "DISABLED", RDS_DATA_RISK="DISABLED")])
    found = account("GetDetector")
    assert (found["CreatedAt"], found["UpdatedAt"]) == (format_time(NOON), format_time(NOON + 60_000))
    dated = {one["name"]: one["updatedAt"] for one in found["Features"]}
    assert {name for name, when in dated.items() if when == NOON + 60_000} == {"RDS_LOGIN_EVENTS"}
    assert found["Status"] == "ENABLED"
    account("UpdateDetector", enable=False)
    account("UpdateDetector", finding_publishing_frequency="FIFTEEN_MINUTES")
    found = account("GetDetector")
    assert (found["Status"], found["FindingPublishingFrequency"]) == ("DISABLED", "FIFTEEN_MINUTES")
    assert shown(account) == (ON_AT_FIRST | ALWAYS_ON) - {"RDS_LOGIN_EVENTS"}


def test_the_two_runtime_features_exclude_each_other(account):
    both = [switch("EKS_RUNTIME_MONITORING"), switch("RUNTIME_MONITORING")]
    assert account.refused("CreateDetector", enable=True, features=both) == BOTH_RUNTIMES
    assert account.asks("ListDetectors") == {"DetectorIds": []}
    account.asks("CreateDetector", enable=True, features=both[:1])
    assert account.refused("UpdateDetector", features=both[1:]) == BOTH_RUNTIMES
    assert "EKS_RUNTIME_MONITORING" in shown(account)
    assert "RUNTIME_MONITORING" not in shown(account)
    account("UpdateDetector", features=[switch("EKS_RUNTIME_MONITORING", "DISABLED")])
    account("UpdateDetector", features=both[1:])
    assert "RUNTIME_MONITORING" in shown(account)


@pytest.mark.parametrize("features", [
    [{"name": "S3_DATA_EVENTS"}],
    [{"status": "ENABLED"}],
    [switch("S3_DATA_EVENTS"), switch("S3_DATA_EVENTS", "DISABLED")],
    [switch("S3_DATA_EVENTS", EC2_AGENT_MANAGEMENT="ENABLED")],
    [switch("EKS_RUNTIME_MONITORING", RDS_DATA_RISK="ENABLED")],
    [{**switch("RUNTIME_MONITORING"), "additionalConfiguration": [{"name": "EC2_AGENT_MANAGEMENT"}]}],
])
def test_features_that_make_no_sense_are_refused_and_change_nothing(account, features):
    account.asks("CreateDetector", enable=True)
    before = account("GetDetector")
    assert account.refused("UpdateDetector", features=features, enable=False)
    assert account("GetDetector") == before


def test_only_the_own_detector_can_be_asked_for(memory, account, now):
    account.asks("CreateDetector", enable=True)
    other = Account(memory, "444455556666", now).with_detector()
    for operation in ("GetDetector", "UpdateDetector", "DeleteDetector"):
        with pytest.raises(Exception, match=UNKNOWN_DETECTOR):
            account.asks(operation, detector_id=other.detector)
    assert other.settings is not None


def test_tags_at_creation_are_those_that_a_resource_can_have(account):
    assert "aws:" in account.refused("CreateDetector", enable=True, tags={"aws:x": "1"})
    assert "50" in account.refused("CreateDetector", enable=True, tags={f"k{place}": "" for place in range(51)})
    assert account.asks("ListDetectors") == {"DetectorIds": []}


def configured_at(batch, account, region=REGION):
    """One of everything."""
    here = {"account": account, "region": region}
    digest = batch.keep_content(b"198.51.100.0/24\n")
    batch.configure(Filter(**here, id="rule", criteria={"criterion": {}}))
    batch.configure(SavedList(**here, id="l" * 32, kind="ipset", name="ours", format="TXT", location="s3://b/k",
                              digest=digest, status="ACTIVE"))
    batch.configure(Destination(**here, id=f"to-{account}", arn="arn:aws:s3:::bucket"))
    batch.configure(ScanSettings(**here, id="malware"))
    batch.configure(ClientToken(**here, id="CreateFilter/t", parameters="", answer={}))
    return digest


def test_a_deleted_detector_takes_along_its_findings_and_all_configured_there(store, now):
    account, other = (Account(store, number, now).with_detector() for number in ("111122223333", "444455556666"))
    with store.transaction() as batch:
        for one in (account, other):
            digest = configured_at(batch, one.id)
        for number, owner in ((1, account), (2, account), (3, other)):
            found = document(number, accountId=owner.id, detectorId=owner.detector)
            put(batch, found)
            batch.publish(found["id"], ["hook", EXPORT + f"to-{owner.id}"], NOON, 1)
            batch.add_open([(f"s{number}", found["id"], NOON, b"")])
    assert account("DeleteDetector") == {}
    assert account.asks("ListDetectors") == {"DetectorIds": []}
    assert account.refused("GetDetector") == UNKNOWN_DETECTOR
    left = f"{3:032x}"
    assert store.list().ids == [left]
    assert [one.finding for one in store.due("hook", NOON)] == [left]
    assert store.due(EXPORT + f"to-{account.id}", NOON) == []
    assert set(store.open_of(f"{number:032x}" for number in (1, 2, 3))) == {left}
    for kind in (Filter, SavedList, Destination, ScanSettings, ClientToken):
        assert [one.account for one in store.configured(kind)] == [other.id]
    assert store.content(digest) is not None, "another's list has the same content"
    other("DeleteDetector")
    assert store.content(digest) is None
    assert store.list().ids == []
    again = account.asks("CreateDetector", enable=True)
    assert account("GetDetector")["Tags"] == {}
    assert again == {"DetectorId": account.detector}


def test_a_detector_stays_while_its_account_has_members_or_is_one(memory, account, now):
    account.with_detector()
    member = Account(memory, "200000000002", now).with_detector()
    joined(account, member)
    assert "administrator" in account.refused("DeleteDetector")
    assert account.id in member.refused("DeleteDetector")
    member("DisassociateFromAdministratorAccount")
    assert "members" in account.refused("DeleteDetector")
    account("DeleteMembers", account_ids=[member.id])
    account("DeleteDetector")
    member("DeleteDetector")
    assert account.settings is member.settings is None


def test_an_invitation_alone_binds_nobody(memory, account, now):
    account.with_detector()
    member = Account(memory, "200000000002", now).with_detector()
    invited(account, member)
    member("DeleteDetector")
    assert member.settings is None


def test_a_member_is_published_as_often_as_its_administrator_says(memory, account, now):
    account.with_detector(frequency="FIFTEEN_MINUTES")
    member = Account(memory, "200000000002", now).with_detector()
    joined(account, member)
    assert member("GetDetector")["FindingPublishingFrequency"] == "FIFTEEN_MINUTES"
    assert account.id in member.refused("UpdateDetector", finding_publishing_frequency="ONE_HOUR")
    member("UpdateDetector", finding_publishing_frequency="FIFTEEN_MINUTES", enable=True)
    assert member("GetDetector")["FindingPublishingFrequency"] == "FIFTEEN_MINUTES"


# What is found, record by record, through the street.

KALI = "aws-cli/2.15.0 ua/2.0 os/linux#6.5.0-kali3-amd64 md/arch#x86_64 lang/python#3.11.8"


def read_from_kali(minute):
    return {**stopped(minute), "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "userAgent": KALI,
            "eventCategory": "Data", "requestParameters": {"bucketName": "acme-ledger", "key": "2026/02.csv"}}


@pytest.fixture
def server(tmp_path, store):
    return Server(tmp_path, store)


@pytest.fixture
def watched(server):
    return Account(server.store, LOGGED, [NOON], LOGGED_REGION)


def counts(server, minute):
    """How often each finding was seen, once a trail was stopped and a bucket read from Kali in this minute."""
    (server.logs / f"s3-{minute}.json").write_text(json.dumps(read_from_kali(minute + 30)))
    server.receives(minute)
    found = server.store.get(server.store.list().ids)
    return {one["type"].partition("/")[2]: one["service"]["count"] for one in found}


TRAIL, BUCKET = "CloudTrailLoggingDisabled", "KaliLinux"


def test_a_plan_that_is_off_is_silent_and_finds_again_when_it_is_on(server, watched):
    watched.asks("CreateDetector", enable=True, features=[switch("S3_DATA_EVENTS", "DISABLED")])
    assert counts(server, 1) == {TRAIL: 1}
    watched("UpdateDetector", data_sources={"s3Logs": {"enable": True}})
    assert counts(server, 2) == {TRAIL: 2, BUCKET: 1}
    watched("UpdateDetector", features=[switch("S3_DATA_EVENTS", "DISABLED")])
    assert counts(server, 3) == {TRAIL: 3, BUCKET: 1}


def test_a_suspended_detector_is_silent_keeps_its_findings_and_finds_again_when_it_is_on(server, watched):
    watched.asks("CreateDetector", enable=False)
    assert counts(server, 1) == {}
    watched("UpdateDetector", enable=True)
    assert counts(server, 2) == {TRAIL: 1, BUCKET: 1}
    watched("UpdateDetector", enable=False)
    assert counts(server, 3) == {TRAIL: 1, BUCKET: 1}


def test_findings_of_a_deleted_detector_do_not_come_back_with_what_is_read_next(server, watched):
    watched.asks("CreateDetector", enable=True)
    assert counts(server, 1) == {TRAIL: 1, BUCKET: 1}
    watched("DeleteDetector")
    assert counts(server, 2) == {TRAIL: 1, BUCKET: 1}, "what was seen before is not counted any more"
    assert detector_id(LOGGED, LOGGED_REGION) == watched.detector
