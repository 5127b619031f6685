"""A bucket's server access logging is turned off, so that who reads it is no longer written down.

*The attack.* Before data are taken, the bucket is told to log nowhere (PutBucketLogging with an empty configuration).

*What ordinary work looks the same.* A move to CloudTrail data events, a Terraform change. Reported at low severity,
as GuardDuty does.

*What is not it.* A call that failed, and one that sets a target (again). A bucket that never logged and is told so
once more cannot be told apart in one record; when the log shows that logging was off already, it stays silent.

*Where it is blind.* The log bucket's policy or lifecycle, which can swallow the logs as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vedette.detectors.declare import Memory, Row, calls, keyed_detector
from vedette.detectors.finding_type import LOW, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.s3_calls import bucket_of
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, story

# 1. The finding type.

SERVER_ACCESS_LOGGING_DISABLED = FindingType(
    name="Stealth:S3/ServerAccessLoggingDisabled",
    severity=LOW,
    plan=Plan.FOUNDATIONAL,
    resource="AccessKey",
    title="Server access logging of bucket {bucket} was turned off by {principal}.",
    description="{principal} called {api} from {source}: bucket {bucket} in account {account} no longer logs who "
    "accesses it.",
    attack=("T1562.008",),
    remedy="Ask whoever holds these credentials whether they meant it. If not, disable the credentials, turn logging "
    "on again, and look at what else was done with the bucket.",
)

# 2. Settings: none.

# 3. The logic.


class BucketLogging(Memory):
    """Whether a bucket is known to log nowhere."""

    off: bool = False
    at: int = 0

    def expire(self, watermark: int) -> bool:
        """A bucket that logs, or of which nothing is known, needs no memory; that one is off lasts."""
        return not self.off

    def merge(self, other: BucketLogging) -> BucketLogging:
        """The later one."""
        return self if self.at >= other.at else other


def _bucket(call: ApiCall, known: Known) -> str | None:
    bucket = bucket_of(call)
    return f"{call.account}/{bucket}" if bucket and call.succeeded else None


@keyed_detector(
    SERVER_ACCESS_LOGGING_DISABLED,
    on=calls("s3.amazonaws.com", "PutBucketLogging", "DeleteBucket"),
    key=_bucket,
    memory=BucketLogging,
)
def access_logging_disabled(rows: Sequence[Row[ApiCall]], memory: BucketLogging, known: Known) -> Iterator[Signal]:
    """A configuration without a target took the place of one that may have had one."""
    for row in rows:
        call, was_off = row.record, memory.off
        disables = call.event_name == "PutBucketLogging" and _logs_nowhere(call.request)
        memory.off, memory.at = disables, row.time
        if disables and not was_off:
            bucket = bucket_of(call)
            yield about_call(call, SERVER_ACCESS_LOGGING_DISABLED, buckets=(bucket,), identity=(bucket,),
                             evidence=[row.evidence], affected=[("AWS::S3::Bucket", bucket)])


def _logs_nowhere(request: dict[str, Any]) -> bool:
    # An empty XML element may be written as empty text.
    status = request.get("BucketLoggingStatus")
    return status == "" or (isinstance(status, dict) and not status.get("LoggingEnabled"))


# 4. EXAMPLES.

_XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"
_mallory = iam_user("mallory")
_OFF = {"bucketName": "acme-ledger", "logging": "", "BucketLoggingStatus": {"xmlns": _XMLNS}}
_ON = {"bucketName": "acme-ledger", "logging": "", "BucketLoggingStatus": {
    "xmlns": _XMLNS, "LoggingEnabled": {"TargetBucket": "acme-logs", "TargetPrefix": "ledger/"}}}

EXAMPLES = [
    story(
        "a stolen key turns a bucket's logging off",
        _mallory.calls("s3", "PutBucketLogging", _OFF),
    ).fires(SERVER_ACCESS_LOGGING_DISABLED, {"resource.s3BucketDetails.name": "acme-ledger"}),
    story(
        "it is turned off, on, and off again: one finding, counted twice",
        _mallory.calls("s3", "PutBucketLogging", _OFF),
        _mallory.calls("s3", "PutBucketLogging", _ON),
        _mallory.calls("s3", "PutBucketLogging", _OFF),
    ).fires(SERVER_ACCESS_LOGGING_DISABLED, count=2),
    story(
        "it is turned off twice in a row: once is enough",
        _mallory.calls("s3", "PutBucketLogging", _OFF),
        _mallory.calls("s3", "PutBucketLogging", _OFF, at=90_000),
    ).fires(SERVER_ACCESS_LOGGING_DISABLED, count=1),
    story(
        "the call is denied, and a deployment sets a target",
        _mallory.calls("s3", "PutBucketLogging", _OFF, error="AccessDenied"),
        role_session("deploy", "release-41").calls("s3", "PutBucketLogging", _ON),
    ).silent(),
]
