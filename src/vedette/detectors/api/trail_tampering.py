"""A trail is stopped, deleted or blinded, so that what follows leaves no record.

**Read this file first if you want to write a detector.** It has the five parts that each has, in this order: what the
attack is (here), the finding types, the settings, the logic, and EXAMPLES. Nothing about a finding type stands anywhere
else: the catalogue, the docs, the sample findings, COVERAGE.md and the tests are made from this file.

*The attack.* Someone with stolen administrator rights calls StopLogging or DeleteTrail, narrows what a trail records
(UpdateTrail to one Region, PutEventSelectors without management events), or deletes the bucket that it writes to.

*What ordinary work looks the same.* A trail replaced by an organisation's trail, a Terraform destroy of a test account.
They are reported too, at low severity, as GuardDuty does: the owner knows whether it was planned.

*What is not it.* A call that failed: an AccessDenied StopLogging stopped nothing.

*Where it is blind.* Trails that never existed; a bucket policy that locks CloudTrail out (see s3/public_access.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vedette.detectors.declare import Memory, Row, calls, detector, keyed_detector
from vedette.detectors.finding_type import LOW, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, service, story

# 1. The finding types. Title and description may use the words of `vedette.findings.words`, which only hold what a
#    signal carries; words of your own are given with ``words=``.

CLOUDTRAIL_LOGGING_DISABLED = FindingType(
    name="Stealth:IAMUser/CloudTrailLoggingDisabled",
    severity=LOW,
    plan=Plan.FOUNDATIONAL,
    resource="AccessKey",
    title="CloudTrail trail {trail} was disabled by {principal}.",
    description="{principal} called {api} in account {account}: trail {trail} {effect}. Activity after this may not be "
    "recorded.",
    attack=("T1562.008",),
    remedy="Ask whoever holds these credentials whether they meant it. If not, disable the credentials, start the "
    "trail again, and look at what else they did before and after.",
)

# 2. Settings: each number with its reason. This detector has none.

# 3. The logic. `on` says which records may fire it; the engine indexes that, so nothing else costs anything.


@detector(
    CLOUDTRAIL_LOGGING_DISABLED,
    on=calls("cloudtrail.amazonaws.com", "StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"),
)
def trail_disabled(call: ApiCall, known: Known) -> Signal | None:
    """A trail was stopped, deleted, or made to record less."""
    effect = _effect(call)
    if effect is None or not call.succeeded:
        return None
    trail = str(call.request.get("name") or call.request.get("trailName") or "unknown")
    return about_call(call, CLOUDTRAIL_LOGGING_DISABLED, words={"trail": trail, "effect": effect},
                      affected=[("AWS::CloudTrail::Trail", trail)])


def _effect(call: ApiCall) -> str | None:
    """What the call does to the trail, if it takes something away."""
    request = call.request
    if call.event_name == "StopLogging":
        return "no longer logs"
    if call.event_name == "DeleteTrail":
        return "was deleted"
    if call.event_name == "UpdateTrail":
        lost = [what for field, what in _LOST_BY_UPDATE.items() if request.get(field) is False]
        return f"no longer has {' and '.join(lost)}" if lost else None
    return "no longer records management events" if _records_no_management(request) else None


_LOST_BY_UPDATE = {
    "isMultiRegionTrail": "other Regions", "includeGlobalServiceEvents": "global services",
    "enableLogFileValidation": "log file validation",
}


def _records_no_management(request: dict[str, Any]) -> bool:
    """The event selectors, basic or advanced, leave out all or half of the management events."""
    basic = request.get("eventSelectors")
    if isinstance(basic, list) and basic:
        return not any(isinstance(one, dict) and one.get("includeManagementEvents", True)
                       and one.get("readWriteType", "All") in ("All", "WriteOnly") for one in basic)
    advanced = request.get("advancedEventSelectors")
    if isinstance(advanced, list) and advanced:
        return not any(_selects_management(one) for one in advanced)
    return False


def _selects_management(selector: Any) -> bool:
    fields = selector.get("fieldSelectors") if isinstance(selector, dict) else None
    return isinstance(fields, list) and any(
        isinstance(one, dict) and one.get("field") == "eventCategory" and "Management" in (one.get("equals") or [])
        for one in fields)


# A detector that must remember has a Memory. It is given one key's records in event-time order; the engine keeps the
# memory, bounds it and brings late records back into order.


class LogBuckets(Memory):
    """Whether a bucket receives a trail's logs, and since when it is known to (ms)."""

    trails: dict[str, int] = {}

    def expire(self, watermark: int) -> bool:
        """Nothing is forgotten: a trail lasts for years, and there are few."""
        return not self.trails

    def merge(self, other: LogBuckets) -> LogBuckets:
        """Each trail with the later time."""
        both = {name: max(self.trails.get(name, 0), other.trails.get(name, 0))
                for name in self.trails.keys() | other.trails.keys()}
        return LogBuckets(both)


def _bucket(call: ApiCall, known: Known) -> str | None:
    name = call.request.get("s3BucketName") or call.request.get("bucketName")
    return str(name) if name and call.succeeded else None


@keyed_detector(
    CLOUDTRAIL_LOGGING_DISABLED,
    on=[calls("cloudtrail.amazonaws.com", "CreateTrail", "UpdateTrail"), calls("s3.amazonaws.com", "DeleteBucket")],
    key=_bucket,
    memory=LogBuckets,
)
def log_bucket_deleted(rows: Sequence[Row[ApiCall]], memory: LogBuckets, known: Known) -> Iterator[Signal]:
    """The bucket that a trail writes to was deleted."""
    for row in rows:
        call = row.record
        if call.event_name != "DeleteBucket":
            memory.trails[str(call.request.get("name") or "unknown")] = row.time
        elif memory.trails:
            trail = min(memory.trails)
            memory.trails.clear()
            yield about_call(
                call, CLOUDTRAIL_LOGGING_DISABLED, evidence=[row.evidence],
                words={"trail": trail, "effect": "lost the bucket that it writes to"},
                affected=[("AWS::S3::Bucket", str(call.request["bucketName"]))])


# 4. EXAMPLES: timed stories, played through the real parsers and the whole engine by the tests. A story's findings must
#    be exactly those it names. Tell the attack, and the ordinary thing that looks like it.

_mallory = iam_user("mallory")
_deployer = role_session("deploy", "release-41")
_trail = {"name": "main", "s3BucketName": "acme-trail-logs", "isMultiRegionTrail": True}

EXAMPLES = [
    story(
        "a stolen key deletes the trail",
        _mallory.calls("cloudtrail", "DeleteTrail", {"name": "main"}),
    ).fires(CLOUDTRAIL_LOGGING_DISABLED, {
        "resource.accessKeyDetails.userName": "mallory",
        "service.action.awsApiCallAction.api": "DeleteTrail",
    }),
    story(
        "the same call is denied",
        _mallory.calls("cloudtrail", "DeleteTrail", {"name": "main"}, error="AccessDenied"),
    ).silent(),
    story(
        "logging is stopped twice: one finding, counted twice",
        _mallory.calls("cloudtrail", "StopLogging", {"name": "main"}),
        _mallory.calls("cloudtrail", "StartLogging", {"name": "main"}),
        _mallory.calls("cloudtrail", "StopLogging", {"name": "main"}),
    ).fires(CLOUDTRAIL_LOGGING_DISABLED, count=2),
    story(
        "a trail is narrowed to one Region",
        _mallory.calls("cloudtrail", "UpdateTrail", {"name": "main", "isMultiRegionTrail": False}),
    ).fires(CLOUDTRAIL_LOGGING_DISABLED),
    story(
        "a trail's selectors drop management events",
        _mallory.calls("cloudtrail", "PutEventSelectors", {"trailName": "main", "eventSelectors": [
            {"readWriteType": "ReadOnly", "includeManagementEvents": True, "dataResources": []}]}),
    ).fires(CLOUDTRAIL_LOGGING_DISABLED),
    story(
        "the trail's bucket is deleted",
        _deployer.calls("cloudtrail", "CreateTrail", _trail),
        _mallory.calls("s3", "DeleteBucket", {"bucketName": "acme-trail-logs"}, at=86_400),
    ).fires(CLOUDTRAIL_LOGGING_DISABLED, {"resource.accessKeyDetails.userName": "mallory"}),
    story(
        "a deployment makes a trail, tunes it, and deletes a bucket of its own",
        _deployer.calls("cloudtrail", "CreateTrail", _trail),
        _deployer.calls("cloudtrail", "UpdateTrail", {"name": "main", "snsTopicName": "trail-news"}),
        _deployer.calls("cloudtrail", "PutEventSelectors", {"trailName": "main", "eventSelectors": [
            {"readWriteType": "All", "includeManagementEvents": True, "dataResources": []}]}),
        _deployer.calls("s3", "DeleteBucket", {"bucketName": "release-41-scratch"}),
        service("config.amazonaws.com").calls("cloudtrail", "DescribeTrails"),
    ).silent(),
]
