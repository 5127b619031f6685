"""Usage: what was really counted, of whom the caller may see; and the trial that there is none of."""

from __future__ import annotations

import pytest

from tests.api.accounts import NOON, REGION, Account, joined, left
from tests.engine.test_dated_by_the_clock import ACCOUNT as LOGGED
from tests.engine.test_dated_by_the_clock import REGION as LOGGED_REGION
from tests.engine.test_dated_by_the_clock import Server
from vedette.api.errors import LONGEST
from vedette.api.operations.usage import DAY, FEATURES, FREE_TRIAL, SOURCES
from vedette.findings.rows import LAMBDA_NETWORK, S3_DATA, Usage
from vedette.findings.store import Store
from vedette.logs.kinds import LogKind


@pytest.fixture
def memory():
    with Store.in_memory() as store:
        yield store


@pytest.fixture
def account(memory):
    return Account(memory, "111122223333", [NOON]).with_detector()


def counted(store, *rows, day=0):
    """Rows of (account, kind, records, bytes) so many days ago."""
    with store.transaction() as batch:
        batch.count_usage((Usage(account=account, region=region, kind=kind, records=records, bytes=size)
                           for account, kind, records, size, *rest in rows for region in (*rest, REGION)[:1]),
                          NOON - day * DAY)


def asked(account, kind, unit="", **criteria):
    more = {"unit": unit} if unit else {}
    answer = account("GetUsageStatistics", usage_statistic_type=kind, usage_criteria=criteria, **more)
    assert answer.keys() == {"UsageStatistics"}
    ((_, rows),) = answer["UsageStatistics"].items()
    return rows


def sums(rows):
    return {next(value for name, value in row.items() if name != "total"): row["total"]["amount"] for row in rows}


def test_every_log_kind_is_counted_under_a_feature():
    assert FEATURES.keys() == {*LogKind, LAMBDA_NETWORK, S3_DATA}
    # GuardDuty's data sources are older than RDS protection.
    assert SOURCES.keys() == FEATURES.keys() - {LogKind.RDS}


def test_flow_records_of_functions_are_a_feature_of_their_own_and_flow_logs_as_a_source(memory, account):
    counted(memory, (account.id, "lambda-network", 4, 40), (account.id, "vpc-flow", 7, 70))
    assert sums(asked(account, "SUM_BY_FEATURES")) == {"LAMBDA_NETWORK_LOGS": "4", "FLOW_LOGS": "7"}
    assert sums(asked(account, "SUM_BY_DATA_SOURCE")) == {"FLOW_LOGS": "11"}


def test_a_feature_that_is_no_data_source_is_summed_up_by_feature_alone(memory, account):
    counted(memory, (account.id, "rds", 12, 1200), (account.id, "dns", 3, 30))
    assert sums(asked(account, "SUM_BY_FEATURES")) == {"RDS_LOGIN_EVENTS": "12", "DNS_LOGS": "3"}
    assert sums(asked(account, "SUM_BY_DATA_SOURCE")) == {"DNS_LOGS": "3"}
    assert sums(asked(account, "SUM_BY_FEATURES", dataSources=["DNS_LOGS"])) == {"DNS_LOGS": "3"}
    assert sums(asked(account, "SUM_BY_ACCOUNT", features=["RDS_LOGIN_EVENTS"])) == {account.id: "12"}


def test_what_was_analysed_is_summed_up_by_source_feature_and_account(memory, account):
    counted(memory, (account.id, "cloudtrail", 10, 1000), (account.id, "dns", 3, 30), (account.id, "vpc-flow", 7, 70))
    counted(memory, (account.id, "cloudtrail", 5, 500), ("444455556666", "cloudtrail", 99, 99),
            (account.id, "cloudtrail", 50, 50, "us-east-1"), day=3)
    wanted = {"CLOUD_TRAIL": "15", "DNS_LOGS": "3", "FLOW_LOGS": "7"}
    assert sums(asked(account, "SUM_BY_DATA_SOURCE")) == wanted
    assert sums(asked(account, "SUM_BY_FEATURES")) == wanted
    assert sums(asked(account, "SUM_BY_ACCOUNT")) == {account.id: "25"}
    assert sums(asked(account, "SUM_BY_ACCOUNT", "BYTES")) == {account.id: "1600"}


def test_usage_goes_back_thirty_days(memory, account):
    for day in (0, 29, 30):
        counted(memory, (account.id, "dns", 1, 1), day=day)
    assert sums(asked(account, "SUM_BY_ACCOUNT")) == {account.id: "2"}


def test_totals_say_what_they_count_and_nothing_costs_money(memory, account):
    counted(memory, (account.id, "dns", 4, 9))
    for unit, total in (("", {"amount": "4", "unit": "RECORDS"}), ("RECORDS", {"amount": "4", "unit": "RECORDS"}),
                        ("BYTES", {"amount": "9", "unit": "BYTES"}), ("USD", {"amount": "0.00", "unit": "USD"})):
        assert [one["total"] for one in asked(account, "SUM_BY_FEATURES", unit)] == [total]
    assert "EUR" in account.refused("GetUsageStatistics", usage_statistic_type="SUM_BY_ACCOUNT", usage_criteria={},
                                    unit="EUR")


def test_a_unit_of_any_length_is_refused_in_a_message_that_can_be_read(memory, account):
    message = account.refused("GetUsageStatistics", usage_statistic_type="SUM_BY_ACCOUNT", usage_criteria={},
                              unit="a" * 20_000)
    assert len(message) < LONGEST + 10
    assert message.startswith("The request is rejected because unit is RECORDS, BYTES or USD, not 'aaa")
    assert message.endswith("aaa'.")


def test_criteria_choose_among_what_was_counted(memory, account):
    counted(memory, (account.id, "cloudtrail", 10, 0), (account.id, "dns", 3, 0), (account.id, "vpc-flow", 7, 0))
    assert sums(asked(account, "SUM_BY_ACCOUNT", features=["DNS_LOGS", "FLOW_LOGS"])) == {account.id: "10"}
    assert sums(asked(account, "SUM_BY_FEATURES", dataSources=["DNS_LOGS", "S3_LOGS"])) == {"DNS_LOGS": "3"}
    assert asked(account, "SUM_BY_FEATURES", features=["EKS_AUDIT_LOGS"]) == []
    assert asked(account, "SUM_BY_FEATURES", accountIds=["444455556666"]) == []


def test_an_administrator_sees_its_enabled_members_and_those_who_use_most_first(memory, account):
    members = [Account(memory, f"20000000000{place}", [NOON]).with_detector() for place in range(3)]
    for member in members:
        joined(account, member)
    account("StopMonitoringMembers", account_ids=[members[2].id])
    counted(memory, (account.id, "dns", 5, 0), (members[0].id, "dns", 9, 0), (members[1].id, "dns", 5, 0),
            (members[2].id, "dns", 100, 0), (members[1].id, "cloudtrail", 2, 0))
    assert sums(asked(account, "SUM_BY_ACCOUNT")) == {account.id: "5", members[0].id: "9", members[1].id: "7"}
    assert sums(asked(account, "SUM_BY_ACCOUNT", accountIds=[members[1].id, members[2].id])) == {members[1].id: "7"}
    assert sums(asked(members[0], "SUM_BY_ACCOUNT")) == {members[0].id: "9"}
    top = {one["feature"]: one["accounts"] for one in asked(account, "TOP_ACCOUNTS_BY_FEATURE")}
    assert {feature: [one["accountId"] for one in accounts] for feature, accounts in top.items()} == {
        "CLOUD_TRAIL": [members[1].id], "DNS_LOGS": [members[0].id, account.id, members[1].id]}
    assert top["DNS_LOGS"][0]["total"] == {"amount": "9", "unit": "RECORDS"}


def test_pages_follow_each_other_and_leave_nothing_out(memory, account):
    counted(memory, *((account.id, kind, 1, 1) for kind in FEATURES))
    seen, token = [], ""
    for page in range(len(FEATURES)):
        answer = account("GetUsageStatistics", usage_statistic_type="SUM_BY_FEATURES", usage_criteria={},
                         max_results=1, next_token=token)
        (row,) = answer["UsageStatistics"]["sumByFeature"]
        seen.append(row["feature"])
        token = answer.get("NextToken", "")
        assert bool(token) is (page < len(FEATURES) - 1)
    assert sorted(seen) == sorted(FEATURES.values())
    assert "nextToken" in account.refused("GetUsageStatistics", usage_statistic_type="SUM_BY_FEATURES",
                                          usage_criteria={}, next_token="???")


def of_buckets(store, account, **records):
    with store.transaction() as batch:
        batch.count_usage((Usage(account=account.id, region=REGION, kind=S3_DATA, resource=bucket.replace("_", "-"),
                                 records=number, bytes=10 * number) for bucket, number in records.items()), NOON)


def test_s3_data_events_are_counted_by_the_bucket_they_are_about(memory, account):
    counted(memory, (account.id, "cloudtrail", 100, 1000))
    of_buckets(memory, account, acme_ledger=3, acme_drop=9)
    of_buckets(memory, account, acme_ledger=2)
    assert sums(asked(account, "SUM_BY_RESOURCE")) == {"acme-drop": "9", "acme-ledger": "5"}
    assert [row["resource"] for row in asked(account, "SUM_BY_RESOURCE")] == ["acme-drop", "acme-ledger"]
    assert sums(asked(account, "SUM_BY_RESOURCE", "BYTES", resources=["acme-ledger"])) == {"acme-ledger": "50"}
    assert sums(asked(account, "SUM_BY_ACCOUNT", resources=["acme-ledger", "none-such"])) == {account.id: "5"}
    assert sums(asked(account, "SUM_BY_DATA_SOURCE")) == {"CLOUD_TRAIL": "100", "S3_LOGS": "14"}
    assert sums(asked(account, "SUM_BY_DATA_SOURCE", dataSources=["S3_LOGS"])) == {"S3_LOGS": "14"}
    assert sums(asked(account, "SUM_BY_FEATURES", features=["S3_DATA_EVENTS"])) == {"S3_DATA_EVENTS": "14"}


def test_the_buckets_with_most_come_first_on_every_page(memory, account):
    of_buckets(memory, account, **{f"bucket_{number:02}": (7 * number) % 60 + 1 for number in range(60)})
    seen, token = [], ""
    while True:
        answer = account("GetUsageStatistics", usage_statistic_type="TOP_RESOURCES", usage_criteria={},
                         max_results=20, next_token=token)
        seen += answer["UsageStatistics"]["topResources"]
        token = answer.get("NextToken", "")
        if not token:
            break
    amounts = [int(row["total"]["amount"]) for row in seen]
    assert len({row["resource"] for row in seen}) == 50
    assert amounts == sorted(range(11, 61), reverse=True)



def test_usage_is_of_the_logs_that_were_read(tmp_path, store):
    server = Server(tmp_path, store)
    server.logs = server.logs / "AWSLogs" / LOGGED / "CloudTrail" / LOGGED_REGION / "2026" / "03" / "02"
    server.logs.mkdir(parents=True)
    server.receives(1)
    server.receives(2)
    account = Account(store, LOGGED, [server.now], LOGGED_REGION).with_detector()
    assert sums(asked(account, "SUM_BY_FEATURES")) == {"CLOUD_TRAIL": "2"}
    size = sum(path.stat().st_size for path in server.logs.iterdir())
    assert sums(asked(account, "SUM_BY_FEATURES", "BYTES")) == {"CLOUD_TRAIL": str(size)}


def test_nothing_is_on_trial(memory, account):
    member = Account(memory, "200000000002", [NOON]).with_detector()
    joined(account, member)
    answer = account("GetRemainingFreeTrialDays", account_ids=[account.id, member.id, "444455556666", account.id])
    assert [one["accountId"] for one in answer["Accounts"]] == [account.id, member.id]
    for one in answer["Accounts"]:
        assert {feature["name"]: feature["freeTrialDaysRemaining"] for feature in one["features"]} == dict.fromkeys(
            FREE_TRIAL, 0)
    assert left(answer).keys() == {"444455556666"}
