"""What was analysed, as it was counted. Vedette has no price: a total is a number of records or bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from vedette.api.errors import BadRequest
from vedette.api.operation import Context, operation
from vedette.api.relationships import page, unprocessed
from vedette.findings.configuration import Member
from vedette.findings.rows import LAMBDA_NETWORK, S3_DATA, Usage
from vedette.logs.kinds import LogKind

DAYS = 30
"""How far back usage is summed up, today counted."""

DAY = 86_400_000

FEATURES: Mapping[str, str] = {
    LogKind.CLOUDTRAIL: "CLOUD_TRAIL", LogKind.VPC_FLOW: "FLOW_LOGS", LogKind.DNS: "DNS_LOGS",
    LogKind.EKS_AUDIT: "EKS_AUDIT_LOGS", LogKind.RDS: "RDS_LOGIN_EVENTS", S3_DATA: "S3_DATA_EVENTS",
    LAMBDA_NETWORK: "LAMBDA_NETWORK_LOGS"}
"""The feature that a kind is counted under."""

SOURCES: Mapping[str, str] = {
    **{kind: feature for kind, feature in FEATURES.items() if kind != LogKind.RDS},
    LogKind.EKS_AUDIT: "KUBERNETES_AUDIT_LOGS", S3_DATA: "S3_LOGS", LAMBDA_NETWORK: "FLOW_LOGS"}
"""The data source that a kind is counted under: newer features are none."""

FREE_TRIAL = (
    "FLOW_LOGS", "CLOUD_TRAIL", "DNS_LOGS", "S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION",
    "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS", "EKS_RUNTIME_MONITORING", "EC2_RUNTIME_MONITORING",
    "FARGATE_RUNTIME_MONITORING", "AI_PROTECTION")
"""The features of which GuardDuty has free trials."""

RECORDS, BYTES, USD = "RECORDS", "BYTES", "USD"

MOST_TOP = 50
"""Accounts shown of a feature, and resources that are used most."""


@operation("GetUsageStatistics", changes=False)
def get_usage_statistics(
    context: Context, *, detector_id: str, usage_statistic_type: str, usage_criteria: dict[str, Any],
    unit: str = RECORDS, max_results: int = 50, next_token: str = "",
) -> dict[str, Any]:
    """What was analysed in the last 30 days, of the account and its enabled members.

    ``unit`` is RECORDS (unless said otherwise), BYTES (of log objects as stored, compressed), or USD, of which
    everything costs nothing. Resources are buckets, of which the S3 data events are counted.
    """
    context.detector(detector_id)
    if unit not in (RECORDS, BYTES, USD):
        raise BadRequest(f"The request is rejected because unit is {RECORDS}, {BYTES} or {USD}, not {unit!r}.")
    counted = _counted(context, usage_criteria)
    place: Callable[[dict[str, Any]], str] = _name
    if usage_statistic_type == "TOP_ACCOUNTS_BY_FEATURE":
        name, rows = "TopAccountsByFeature", _top_accounts(counted, unit)
    elif usage_statistic_type == "SUM_BY_ACCOUNT":
        name, rows = "SumByAccount", _sums("accountId", ((one.account, one) for one in counted), unit)
    elif usage_statistic_type == "SUM_BY_RESOURCE":
        name, rows = "SumByResource", _sums("resource", _by_resource(counted), unit)
    elif usage_statistic_type == "TOP_RESOURCES":
        name, rows = "TopResources", _top("resource", _by_resource(counted), unit)
        place = partial(_rank, rows)
    elif usage_statistic_type == "SUM_BY_DATA_SOURCE":
        name, rows = "SumByDataSource", _sums("dataSource", (
            (SOURCES[one.kind], one) for one in counted if one.kind in SOURCES), unit)
    else:
        name, rows = "SumByFeature", _sums("feature", ((FEATURES[one.kind], one) for one in counted), unit)
    shown, more = page(rows, place, max_results, next_token)
    return {"UsageStatistics": {name[0].lower() + name[1:]: shown}, **more}


@operation("GetRemainingFreeTrialDays", changes=False)
def get_remaining_free_trial_days(context: Context, *, detector_id: str, account_ids: list[str]) -> dict[str, Any]:
    """No days anywhere: Vedette has no trial that could end."""
    context.detector(detector_id)
    seen = _accounts(context)
    none = {"freeTrialDaysRemaining": 0}
    return {
        "Accounts": [
            {
                "accountId": account,
                "dataSources": {
                    "cloudTrail": none, "dnsLogs": none, "flowLogs": none, "s3Logs": none,
                    "kubernetes": {"auditLogs": none}, "malwareProtection": {"scanEc2InstanceWithFindings": none},
                },
                "features": [{"name": name, **none} for name in FREE_TRIAL],
            } for account in dict.fromkeys(account_ids) if account in seen],
        "UnprocessedAccounts": [
            unprocessed(account, "the given account ID is not an associated member of the current account")
            for account in dict.fromkeys(account_ids) if account not in seen],
    }


def _accounts(context: Context) -> set[str]:
    """The account and its enabled members."""
    members = context.store.configured(Member, context.account, context.region)
    return {context.account, *(one.id for one in members if one.relationship == "Enabled")}


def _counted(context: Context, criteria: Mapping[str, Any]) -> list[Usage]:
    """What was counted of what is asked for, and the caller may see."""
    accounts = _accounts(context)
    if criteria.get("accountIds"):
        accounts &= set(criteria["accountIds"])
    since = context.clock() // DAY - DAYS + 1
    sources, features, resources = (criteria.get(name) for name in ("dataSources", "features", "resources"))
    return [
        one for one in context.store.usage(since, accounts)
        if one.region == context.region and one.kind in FEATURES
        and (not sources or SOURCES.get(one.kind) in sources) and (not features or FEATURES[one.kind] in features)
        and (not resources or one.resource in resources)]


def _sums(key: str, pairs: Iterable[tuple[str, Usage]], unit: str) -> list[dict[str, Any]]:
    """A row a key, in the order of the keys."""
    return [{key: name, "total": _total(amount, unit)} for name, amount in sorted(_amounts(pairs, unit).items())]


def _top_accounts(counted: Sequence[Usage], unit: str) -> list[dict[str, Any]]:
    """A row a feature, with the accounts that used it most."""
    by_feature: dict[str, list[tuple[str, Usage]]] = defaultdict(list)
    for one in counted:
        by_feature[FEATURES[one.kind]].append((one.account, one))
    return [
        {
            "feature": feature,
            "accounts": _top("accountId", pairs, unit),
        } for feature, pairs in sorted(by_feature.items())]


def _top(key: str, pairs: Iterable[tuple[str, Usage]], unit: str) -> list[dict[str, Any]]:
    """A row a key, those with most first; no more than `MOST_TOP`."""
    most = sorted(_amounts(pairs, unit).items(), key=lambda one: (-one[1], one[0]))
    return [{key: name, "total": _total(amount, unit)} for name, amount in most[:MOST_TOP]]


def _name(row: dict[str, Any]) -> str:
    """Of whom or what a row tells."""
    return str(next(iter(row.values())))


def _rank(rows: Sequence[dict[str, Any]], row: dict[str, Any]) -> str:
    return f"{rows.index(row):02}"


def _by_resource(counted: Iterable[Usage]) -> list[tuple[str, Usage]]:
    return [(one.resource, one) for one in counted if one.resource]


def _amounts(pairs: Iterable[tuple[str, Usage]], unit: str) -> dict[str, int]:
    amounts: dict[str, int] = defaultdict(int)
    for name, one in pairs:
        amounts[name] += one.bytes if unit == BYTES else one.records
    return amounts


def _total(amount: int, unit: str) -> dict[str, str]:
    return {"amount": "0.00" if unit == USD else str(amount), "unit": unit}
