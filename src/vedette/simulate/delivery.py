"""Where AWS's log delivery puts its objects in a bucket, and what it calls them."""

from __future__ import annotations

from datetime import UTC, datetime

from vedette.simulate.identifiers import bare_hex, upper_id

BUCKET_MS = 300_000
"""Both CloudTrail and the VPC logs are delivered in objects of about five minutes."""


def call_object(account: str, region: str, millis: int, seed: str) -> str:
    """The key of a CloudTrail object delivered at ``millis``; its name's time is that of delivery."""
    when = _utc(millis)
    suffix = upper_id("", 16, "object", account, region, millis, seed)
    return (
        f"AWSLogs/{account}/CloudTrail/{region}/{when:%Y/%m/%d}/"
        f"{account}_CloudTrail_{region}_{when:%Y%m%dT%H%MZ}_{suffix}.json.gz"
    )


def flow_object(account: str, region: str, flow_log: str, millis: int, seed: str) -> str:
    """The key of a flow log object whose five minutes begin at ``millis``."""
    when = _utc(millis)
    return (
        f"AWSLogs/{account}/vpcflowlogs/{region}/{when:%Y/%m/%d}/"
        f"{account}_vpcflowlogs_{region}_{flow_log}_{when:%Y%m%dT%H%MZ}_"
        f"{bare_hex(8, 'object', flow_log, millis, seed)}.log.gz"
    )


def lookup_object(account: str, vpc: str, millis: int, seed: str) -> str:
    """The key of a Resolver query log object whose five minutes begin at ``millis``."""
    when = _utc(millis)
    return (
        f"AWSLogs/{account}/vpcdnsquerylogs/{vpc}/{when:%Y/%m/%d}/"
        f"{account}_vpcdnsquerylogs_{vpc}_{when:%Y%m%dT%H%MZ}_"
        f"{bare_hex(8, 'object', vpc, millis, seed)}.log.gz"
    )


def audit_object(account: str, region: str, cluster: str, millis: int, seed: str) -> str:
    """The key of what Firehose delivers of a cluster's log group, with a prefix that names the account and Region."""
    when = _utc(millis)
    return (
        f"eks/account_id={account}/region={region}/{when:%Y/%m/%d/%H}/"
        f"{cluster}-1-{when:%Y-%m-%d-%H-%M-%S}-{bare_hex(8, 'object', cluster, millis, seed)}.json.gz"
    )


def database_object(account: str, region: str, group: str, millis: int, seed: str) -> str:
    """The key of what is exported of a database's log group, with a prefix that names account, Region and group."""
    when = _utc(millis)
    return (
        f"rds/account_id={account}/region={region}/{group}/{when:%Y/%m/%d/%H}/"
        f"{when:%M%S}-{bare_hex(8, 'object', group, millis, seed)}.log.gz"
    )


def _utc(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, tz=UTC)
