"""A trail is stopped, deleted or blinded, so that what follows leaves no record.

**Read this file first if you want to write a detector.** It has the five parts that each has, in this order: what the
attack is (here), the finding types, the settings, the logic, and EXAMPLES. Nothing about a finding type stands anywhere
else: the catalogue, the docs, the sample findings, COVERAGE.md and the tests are made from this file.

*The attack.* Someone with stolen administrator rights calls StopLogging or DeleteTrail, narrows what a trail records
(UpdateTrail to one Region, PutEventSelectors without management events), leads it to another bucket, or deletes the
bucket that it writes to.

*What ordinary work looks the same.* A trail replaced by an organisation's trail, a Terraform destroy of a test account.
They are reported too, at low severity, as GuardDuty does: the owner knows whether it was planned. The console sends a
trail's whole configuration with each change; until the log has shown it once, what was off before looks switched off.

*What is not it.* A call that failed: an AccessDenied StopLogging stopped nothing. A trail that its maker tells at once
to record data events only: it never recorded more. A change that takes nothing away, as far as the log shows the trail.

*Where it is blind.* Trails that never existed; how a trail stood before the log; event data stores of CloudTrail Lake;
a bucket policy, lifecycle or key that swallows the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

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
    title="CloudTrail trail {trail} {effect}: {principal} called {api}.",
    description="{principal} called {api} in account {account}, Region {region}, from {source}: trail {trail} "
    "{effect}. Activity after this may not be recorded.",
    attack=("T1562.008",),
    remedy="Ask whoever holds these credentials whether they meant it. If not, disable the credentials, start the "
    "trail again, and look at what else they did before and after.",
)

# 2. Settings: each number with its reason.

_MAKING_MS = 60_000
"""A client that makes a trail and sets what it records does both within seconds: the console, Terraform and
CloudFormation alike."""
_MOST_TRAILS = 500
"""Remembered; the one not heard of for longest makes room. Most accounts have one or two."""

# 3. The logic. `on` says which records may fire it; the engine indexes that, so nothing else costs anything.


@detector(CLOUDTRAIL_LOGGING_DISABLED, on=calls("cloudtrail.amazonaws.com", "StopLogging", "DeleteTrail"))
def trail_disabled(call: ApiCall, known: Known) -> Signal | None:
    """A trail was stopped or deleted."""
    if not call.succeeded:
        return None
    effect = "no longer logs" if call.event_name == "StopLogging" else "was deleted"
    return about_call(call, CLOUDTRAIL_LOGGING_DISABLED, words={"trail": _name(call), "effect": effect},
                      affected=[("AWS::CloudTrail::Trail", _given_name(call))])


def _given_name(call: ApiCall) -> str:
    """A name or an ARN: CloudTrail takes both."""
    return str(call.request.get("name") or call.request.get("trailName") or "unknown")


def _name(call: ApiCall) -> str:
    return _given_name(call).rpartition("/")[2]


# A detector that must remember has a Memory. It is given one key's records in event-time order; the engine keeps the
# memory, bounds it and brings late records back into order.


class Trail(msgspec.Struct):
    """What the log last showed of a trail. None: nothing."""

    bucket: str = ""
    every_region: bool | None = None
    global_services: bool | None = None
    validated: bool | None = None
    """Its log files are signed."""
    changes: bool | None = None
    """It records management events that change something."""
    made: int = 0
    """When it was made (ms), if the log shows it."""
    maker: str = ""
    at: int = 0
    """When it was last heard of (ms)."""


class Trails(Memory):
    """All trails, by account, Region and name. A trail's bucket is often another account's."""

    trails: dict[str, Trail] = {}

    def expire(self, watermark: int) -> bool:
        """Nothing is forgotten: a trail lasts for years, and there are few."""
        return not self.trails

    def merge(self, other: Trails) -> Trails:
        """Of each trail what was heard last."""
        both = {name: max((one.trails[name] for one in (self, other) if name in one.trails),
                          key=lambda trail: (trail.at, msgspec.json.encode(trail)))
                for name in self.trails.keys() | other.trails.keys()}
        return Trails(dict(sorted(both.items(), key=lambda item: (item[1].at, item[0]))[-_MOST_TRAILS:]))

    def of(self, name: str, time: int) -> Trail:
        """The trail's entry."""
        if name not in self.trails and len(self.trails) >= _MOST_TRAILS:
            del self.trails[min(self.trails, key=lambda one: (self.trails[one].at, one))]
        trail = self.trails.setdefault(name, Trail())
        trail.at = time
        return trail


def _all_together(call: ApiCall, known: Known) -> str | None:
    return "trails" if call.succeeded else None


@keyed_detector(
    CLOUDTRAIL_LOGGING_DISABLED,
    on=[calls("cloudtrail.amazonaws.com", "CreateTrail", "DeleteTrail", "UpdateTrail", "PutEventSelectors"),
        calls("s3.amazonaws.com", "DeleteBucket")],
    key=_all_together,
    memory=Trails,
)
def trail_narrowed(rows: Sequence[Row[ApiCall]], memory: Trails, known: Known) -> Iterator[Signal]:
    """A trail was made to record less, was led elsewhere, or lost the bucket that it writes to."""
    for row in rows:
        call = row.record
        if call.event_name == "DeleteBucket":
            yield from _bucket_deleted(row, memory)
            continue
        key = f"{call.account}/{call.region}/{_name(call)}"
        if call.event_name in ("CreateTrail", "DeleteTrail"):
            memory.trails.pop(key, None)
        if call.event_name == "DeleteTrail":
            continue
        trail = memory.of(key, row.time)
        if call.event_name == "CreateTrail":
            trail.made, trail.maker = row.time, _client(call)
        lost = _unselected(call, trail) if call.event_name == "PutEventSelectors" else _reconfigured(call, trail)
        if lost:
            yield about_call(call, CLOUDTRAIL_LOGGING_DISABLED, evidence=[row.evidence],
                             words={"trail": _name(call), "effect": lost},
                             affected=[("AWS::CloudTrail::Trail", _given_name(call))])


def _client(call: ApiCall) -> str:
    return f"{call.identity.principal} {call.user_agent}"


def _bucket_deleted(row: Row[ApiCall], memory: Trails) -> Iterator[Signal]:
    bucket = str(row.record.request.get("bucketName"))
    starved = {key: trail for key, trail in memory.trails.items() if trail.bucket == bucket}
    for trail in starved.values():
        trail.bucket, trail.at = "", row.time
    if starved:
        yield about_call(
            row.record, CLOUDTRAIL_LOGGING_DISABLED, evidence=[row.evidence],
            words={"trail": min(starved).rpartition("/")[2], "effect": "lost the bucket that it writes to"},
            affected=[("AWS::S3::Bucket", bucket)])


_SWITCHES = {
    "isMultiRegionTrail": ("every_region", "other Regions"),
    "includeGlobalServiceEvents": ("global_services", "global services"),
}


def _reconfigured(call: ApiCall, trail: Trail) -> str:
    """What CreateTrail or UpdateTrail takes away; remembers how the trail stands now."""
    request, left_out, changed = call.request, [], []
    for field, (kept_as, what) in _SWITCHES.items():
        now = request.get(field, call.response.get(field))
        if now is False and field in request and getattr(trail, kept_as) is not False:
            left_out.append(what)
        if isinstance(now, bool):
            setattr(trail, kept_as, now)
    if left_out:
        changed.append(f"now leaves out {' and '.join(left_out)}")
    validated = request.get("enableLogFileValidation", call.response.get("logFileValidationEnabled"))
    if validated is False and "enableLogFileValidation" in request and trail.validated is not False:
        changed.append("now leaves its log files unsigned")
    bucket = request.get("s3BucketName", call.response.get("s3BucketName"))
    if isinstance(bucket, str) and trail.bucket and bucket != trail.bucket:
        changed.append(f"no longer writes to bucket {trail.bucket} but to {bucket}")
    trail.validated = validated if isinstance(validated, bool) else trail.validated
    trail.bucket = bucket if isinstance(bucket, str) else trail.bucket
    return "" if call.event_name == "CreateTrail" else " and ".join(changed)


def _unselected(call: ApiCall, trail: Trail) -> str:
    """What PutEventSelectors leaves out of the management events; remembers it."""
    selected = _selected(call.request)
    if selected is None:
        return ""
    was, trail.changes = trail.changes, "WriteOnly" in selected
    making = call.time - trail.made <= _MAKING_MS and trail.maker == _client(call)
    if trail.changes or was is False or making:
        return ""
    return f"now records no management events{' that change something' if selected else ''}"


def _selected(request: dict[str, Any]) -> set[str] | None:
    """Which management events the selectors take, of ``ReadOnly`` and ``WriteOnly``; None: the request names none."""
    basic, advanced = request.get("eventSelectors"), request.get("advancedEventSelectors")
    if isinstance(basic, list) and basic:
        kinds = {str(one.get("readWriteType", "All")) for one in basic
                 if isinstance(one, dict) and one.get("includeManagementEvents", True)}
        return {"ReadOnly", "WriteOnly"} if "All" in kinds else kinds
    if isinstance(advanced, list) and advanced:
        return set().union(*(_selected_by(one) for one in advanced))
    return None


def _selected_by(selector: Any) -> set[str]:
    fields = selector.get("fieldSelectors") if isinstance(selector, dict) else None
    equals = {str(one.get("field")): one.get("equals") for one in fields if isinstance(one, dict)} if isinstance(
        fields, list) else {}
    category, read_only = equals.get("eventCategory"), equals.get("readOnly")
    if not isinstance(category, list) or "Management" not in category:
        return set()
    if not isinstance(read_only, list):
        return {"ReadOnly", "WriteOnly"}
    return {"ReadOnly" if str(value).lower() == "true" else "WriteOnly" for value in read_only}


# 4. EXAMPLES: timed stories, played through the real parsers and the whole engine by the tests. A story's findings must
#    be exactly those it names. Tell the attack, and the ordinary thing that looks like it.

_mallory = iam_user("mallory")
_deployer = role_session("deploy", "release-41")
_trail = {"name": "main", "s3BucketName": "acme-trail-logs", "isMultiRegionTrail": True}
_regional = {"name": "regional", "s3BucketName": "acme-trail-logs", "isMultiRegionTrail": False,
             "includeGlobalServiceEvents": False, "enableLogFileValidation": False}


def _objects(*buckets: str) -> dict[str, Any]:
    return {"trailName": "objects", "eventSelectors": [
        {"readWriteType": "All", "includeManagementEvents": False, "excludeManagementEventSources": [],
         "dataResources": [{"type": "AWS::S3::Object", "values": [f"arn:aws:s3:::{name}/" for name in buckets]}]}]}


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
        "the console sends the whole configuration, with the signing of log files switched off; then once more",
        *(_mallory.calls("cloudtrail", "UpdateTrail", {
            "name": "arn:aws:cloudtrail:us-east-1:111122223333:trail/signed", "s3BucketName": "acme-trail-logs",
            "snsTopicName": "", "isMultiRegionTrail": True, "enableLogFileValidation": False, "kmsKeyId": ""})
          for _ in range(2)),
    ).fires(CLOUDTRAIL_LOGGING_DISABLED, {
        "title": "CloudTrail trail signed now leaves its log files unsigned: IAM user mallory called UpdateTrail."},
        count=1),
    story(
        "a trail's selectors drop management events",
        _mallory.calls("cloudtrail", "PutEventSelectors", {"trailName": "main", "eventSelectors": [
            {"readWriteType": "ReadOnly", "includeManagementEvents": True, "dataResources": []}]}),
    ).fires(CLOUDTRAIL_LOGGING_DISABLED),
    story(
        "advanced selectors take only management events that read",
        _mallory.calls("cloudtrail", "PutEventSelectors", {
            "trailName": "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit", "advancedEventSelectors": [
                {"name": "reads", "fieldSelectors": [
                    {"field": "eventCategory", "equals": ["Management"]}, {"field": "readOnly", "equals": ["true"]}]},
                {"name": "objects", "fieldSelectors": [
                    {"field": "eventCategory", "equals": ["Data"]},
                    {"field": "resources.type", "equals": ["AWS::S3::Object"]}]}]}),
    ).fires(CLOUDTRAIL_LOGGING_DISABLED, {
        "title": "CloudTrail trail audit now records no management events that change something: "
                 "IAM user mallory called PutEventSelectors."}),
    story(
        "a trail is led to another bucket, under its ARN",
        _deployer.calls("cloudtrail", "CreateTrail", _trail),
        _mallory.calls("cloudtrail", "UpdateTrail", {
            "name": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main", "s3BucketName": "mallorys-logs"}, at=3600),
    ).fires(CLOUDTRAIL_LOGGING_DISABLED, {
        "title": "CloudTrail trail main no longer writes to bucket acme-trail-logs but to mallorys-logs: "
                 "IAM user mallory called UpdateTrail."}),
    story(
        "the trail's bucket is deleted",
        _deployer.calls("cloudtrail", "CreateTrail", _trail),
        _mallory.calls("s3", "DeleteBucket", {"bucketName": "acme-trail-logs"}, at=86_400),
    ).fires(CLOUDTRAIL_LOGGING_DISABLED, {"resource.accessKeyDetails.userName": "mallory"}),
    story(
        "the trail is deleted, and then the bucket that it wrote to: that is said once",
        _deployer.calls("cloudtrail", "CreateTrail", _trail),
        _mallory.calls("cloudtrail", "DeleteTrail", {"name": "main"}, at=3600),
        _mallory.calls("s3", "DeleteBucket", {"bucketName": "acme-trail-logs"}),
    ).fires(CLOUDTRAIL_LOGGING_DISABLED, count=1),
    story(
        "a deployment makes a trail for data events only, and tunes it later",
        _deployer.calls("cloudtrail", "CreateTrail", {"name": "objects", "s3BucketName": "acme-object-logs"}),
        _deployer.calls("cloudtrail", "StartLogging", {"name": "objects"}),
        _deployer.calls("cloudtrail", "PutEventSelectors", _objects("acme-ledger")),
        _deployer.calls("cloudtrail", "PutEventSelectors", _objects("acme-ledger", "acme-mail"), at=86_400),
    ).silent(),
    story(
        "a trail of one Region is updated as a whole, without a change of what it records",
        _deployer.calls("cloudtrail", "CreateTrail", _regional),
        _deployer.calls("cloudtrail", "UpdateTrail", _regional | {"kmsKeyId": "alias/trail"}, at=3600),
    ).silent(),
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
