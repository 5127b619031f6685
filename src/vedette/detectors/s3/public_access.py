"""A bucket is opened to the world, or what keeps it from being opened is switched off.

*The attack.* Data are taken the simple way: Block Public Access is lifted (of a bucket or the whole account), and a
policy or an ACL lets everybody, or everybody with an AWS account, read or write.

*What ordinary work looks the same.* A website that is meant to be public. It is reported, as GuardDuty does: the
owner knows which buckets those are and can suppress them.

*What is not it.* Calls that failed; a block that is set in part where, for all that is known, there was none (accounts,
and buckets before S3 blocked new ones by itself); policies for ``*`` that a condition or a Deny narrows to named
networks, accounts, organizations or resources (`vedette.detectors.bucket_policy`); grants that Block Public Access, the
bucket's own or the account's, leaves without effect, as far as the log shows it; access points that take requests from
a VPC only. When the block is lifted later, the grant takes effect and is reported then.

*Where it is blind.* ACLs of single objects; blocks and grants from before the log. That an access point lets everybody
in is reported whatever the policy of its bucket says, which is not always in the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import msgspec

from vedette.detectors.bucket_policy import Audience, acl_audience, policy_audience
from vedette.detectors.declare import Memory, Row, calls, keyed_detector
from vedette.detectors.finding_type import HIGH, LOW, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.s3_calls import bucket_of
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, story

# 1. The finding types.

_REMEDY = (
    "Ask whoever holds these credentials whether it was meant. If not, turn Block Public Access on again, undo the "
    "policy or ACL, disable the credentials, and look at who read the bucket since."
)


def _type(name: str, severity: float, title: str, description: str, attack: str) -> FindingType:
    return FindingType(name=name, severity=severity, plan=Plan.FOUNDATIONAL, resource="AccessKey", title=title,
                       description=description, attack=(attack,), remedy=_REMEDY)


ACCOUNT_BLOCK_DISABLED = _type(
    "Policy:S3/AccountBlockPublicAccessDisabled", LOW,
    "S3 Block Public Access of account {account} was {switched} off.",
    "{principal} called {api} from {source}: account {account} is without {lost}.", "T1562.001")
BUCKET_BLOCK_DISABLED = _type(
    "Policy:S3/BucketBlockPublicAccessDisabled", LOW,
    "Block Public Access of bucket {bucket} was {switched} off.",
    "{principal} called {api} from {source}: bucket {bucket} is without {lost}.", "T1562.001")
ANONYMOUS_ACCESS_GRANTED = _type(
    "Policy:S3/BucketAnonymousAccessGranted", HIGH, "{target} was opened to everybody.",
    "{principal} called {api} from {source}: {means} of {target} now lets in anybody on the Internet.", "T1537")
PUBLIC_ACCESS_GRANTED = _type(
    "Policy:S3/BucketPublicAccessGranted", HIGH, "{target} was opened to everybody who has an AWS account.",
    "{principal} called {api} from {source}: {means} of {target} now lets in anybody with an AWS account.", "T1537")
_GRANTED = {Audience.AUTHENTICATED: PUBLIC_ACCESS_GRANTED, Audience.EVERYONE: ANONYMOUS_ACCESS_GRANTED}

# 2. Settings.

BLOCKED_SINCE = 1_680_652_800_000
"""2023-04-05 (ms): since then each new bucket is blocked, and nearly every older one has been looked at.
https://aws.amazon.com/about-aws/whats-new/2022/12/amazon-s3-automatically-enable-block-public-access-disable-access-control-lists-buckets-april-2023/
"""
_MOST_TARGETS = 1000
"""Buckets and access points remembered of an account, of those that are in any way open or known to be blocked; the one
not heard of for longest makes room."""

# 3. The logic.

_SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ALL = dict.fromkeys(_SWITCHES, True)
_NONE = dict.fromkeys(_SWITCHES, False)
_BLOCK_CALLS = ("PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock")
_ACCOUNT_CALLS = ("PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock")


class Target(msgspec.Struct):
    """What keeps a bucket or access point closed and what opens it, as far as the log shows."""

    block: dict[str, bool] | None = None
    """The switches of its own Block Public Access; None: not known."""
    acl: int = Audience.NAMED
    policy: int = Audience.NAMED
    inside: bool = False
    """An access point that takes requests from a VPC only."""
    at: int = 0

    @property
    def says_nothing(self) -> bool:
        """No more than of one that was never heard of."""
        return self.block is None and not self.acl and not self.policy and not self.inside


class Openness(Memory):
    """An account's block, and its buckets and access points."""

    VERSION: ClassVar[int] = 2
    block: dict[str, bool] | None = None
    block_at: int = 0
    targets: dict[str, Target] = {}
    """By name, as findings say it."""

    def expire(self, watermark: int) -> bool:
        """What is set stays set until it is changed."""
        return self.block is None and not self.targets

    def merge(self, other: Openness) -> Openness:
        """Of each what was told later."""
        first = max(self, other, key=lambda one: (one.block_at, sorted((one.block or {}).items())))
        both = {name: max((one.targets[name] for one in (self, other) if name in one.targets),
                          key=lambda target: (target.at, msgspec.json.encode(target)))
                for name in self.targets.keys() | other.targets.keys()}
        return Openness(first.block, first.block_at, dict(
            sorted(both.items(), key=lambda item: (item[1].at, item[0]))[-_MOST_TARGETS:]))

    def of(self, name: str) -> Target:
        """What is known of a bucket or access point."""
        return self.targets.get(name) or Target()

    def keep(self, name: str, target: Target, time: int) -> None:
        """Remember it, as told at ``time``."""
        self.targets.pop(name, None)
        target.at = time
        if not target.says_nothing:
            self.targets[name] = target
        while len(self.targets) > _MOST_TARGETS:
            del self.targets[next(iter(self.targets))]

    def by_acl(self, target: Target) -> Audience:
        """Whom its ACL lets in, the blocks considered."""
        return Audience.NAMED if self._blocks(target, "IgnorePublicAcls") else Audience(target.acl)

    def by_policy(self, target: Target) -> Audience:
        """Whom its policy lets in, the blocks considered."""
        closed = target.inside or self._blocks(target, "RestrictPublicBuckets")
        return Audience.NAMED if closed else Audience(target.policy)

    def _blocks(self, target: Target, switch: str) -> bool:
        return any(block is not None and block[switch] for block in (self.block, target.block))


def _account(call: ApiCall, known: Known) -> str | None:
    return (call.account or "unknown") if call.succeeded else None


def _name(call: ApiCall) -> str:
    """The bucket or access point that a call is about, in words; empty when it names none."""
    if "AccessPoint" in call.event_name:
        details = _inner(_inner(call.request, "PutMultiRegionAccessPointPolicyRequest"), "Details")
        return f"access point {call.request.get('name') or details.get('Name') or ''}"
    bucket = bucket_of(call)
    return f"bucket {bucket}" if bucket else ""


@keyed_detector(
    ACCOUNT_BLOCK_DISABLED, BUCKET_BLOCK_DISABLED, ANONYMOUS_ACCESS_GRANTED, PUBLIC_ACCESS_GRANTED,
    on=calls("s3.amazonaws.com", "CreateBucket", "DeleteBucket", "PutBucketPolicy", "DeleteBucketPolicy",
             "PutBucketAcl", "PutBucketOwnershipControls", "CreateAccessPoint", "PutAccessPointPolicy",
             "DeleteAccessPointPolicy", "PutMultiRegionAccessPointPolicy", *_BLOCK_CALLS, *_ACCOUNT_CALLS),
    key=_account,
    memory=Openness,
)
def public_access(rows: Sequence[Row[ApiCall]], memory: Openness, known: Known) -> Iterator[Signal]:
    """A block was lifted, or a grant came into effect."""
    for row in rows:
        if row.record.event_name in _ACCOUNT_CALLS:
            yield from _account_block(row, memory)
        elif name := _name(row.record):
            target = memory.of(name)
            yield from _change(row, name, target, memory)
            memory.keep(name, target, row.time)


def _account_block(row: Row[ApiCall], memory: Openness) -> Iterator[Signal]:
    before = {name: _effects(target, memory) for name, target in memory.targets.items()}
    memory.block, lost = _changed(row, memory.block, new=False)
    memory.block_at = row.time
    if lost:
        yield _switched_off(row, ACCOUNT_BLOCK_DISABLED, memory.block, lost)
    for name, target in memory.targets.items():
        yield from _risen(row, name, before[name], _effects(target, memory))


def _change(row: Row[ApiCall], name: str, target: Target, memory: Openness) -> Iterator[Signal]:
    """What a call does to a bucket or access point; ``target`` is changed."""
    call, did = row.record, row.record.event_name
    before = _effects(target, memory)
    if did in _BLOCK_CALLS:
        target.block, lost = _changed(row, target.block, new=row.time >= BLOCKED_SINCE)
        if lost:
            yield _switched_off(row, BUCKET_BLOCK_DISABLED, target.block, lost)
        yield from _risen(row, name, before, _effects(target, memory))
    elif did == "DeleteBucket":
        target.block, target.acl, target.policy = None, Audience.NAMED, Audience.NAMED
    elif did == "PutBucketOwnershipControls":
        # S3 refuses to enforce the owner's rule while the ACL grants others something.
        if any(text == "bucketownerenforced" for text in _rules(call.request)):
            target.acl = Audience.NAMED
    elif did == "CreateAccessPoint":
        asked = _inner(call.request, "CreateAccessPointRequest") or call.request
        target.inside = bool(_inner(asked, "VpcConfiguration") or _inner(asked, "vpcConfiguration"))
        target.block = _switches(asked) or dict(_ALL)
        target.policy = Audience.NAMED
    elif "Policy" in did:
        target.policy = _policy(call) if did.startswith("Put") else Audience.NAMED
        if widest := memory.by_policy(target):
            yield _opened(row, name, widest, "the policy")
    else:
        if did == "CreateBucket" and row.time < BLOCKED_SINCE:
            target.block = dict(_NONE)
        target.acl = acl_audience(call.request)
        if widest := memory.by_acl(target):
            yield _opened(row, name, widest, "the ACL")


def _effects(target: Target, memory: Openness) -> tuple[Audience, Audience]:
    return memory.by_acl(target), memory.by_policy(target)


def _risen(
    row: Row[ApiCall], name: str, before: tuple[Audience, Audience], after: tuple[Audience, Audience]
) -> Iterator[Signal]:
    if max(after) > max(before):
        yield _opened(row, name, max(after), "the ACL" if after[0] == max(after) else "the policy")


def _rules(request: dict[str, Any]) -> Iterator[str]:
    controls = request.get("OwnershipControls")
    rules = controls.get("Rule") if isinstance(controls, dict) else None
    for rule in rules if isinstance(rules, list) else [rules]:
        if isinstance(rule, dict):
            yield str(rule.get("ObjectOwnership")).lower()


def _changed(
    row: Row[ApiCall], before: dict[str, bool] | None, *, new: bool
) -> tuple[dict[str, bool] | None, list[str]]:
    """A block after a call, and the switches that it lost.

    Where the log does not show what was there before, the block of a ``new`` bucket counts as on, since S3 sets it by
    itself; what is switched off as a whole counts as having been on.
    """
    call = row.record
    after = dict(_NONE) if call.event_name.startswith("Delete") else _switches(call.request)
    if after is None:
        return before, []
    if before is None:
        before = _ALL if new or not any(after.values()) else _NONE
    return after, [name for name in _SWITCHES if before[name] and not after[name]]


def _switched_off(row: Row[ApiCall], kind: FindingType, left: dict[str, bool] | None, lost: list[str]) -> Signal:
    bucket = bucket_of(row.record) if kind is BUCKET_BLOCK_DISABLED else ""
    return about_call(
        row.record, kind, evidence=[row.evidence],
        buckets=(bucket,) if bucket else (), identity=(bucket,) if bucket else (),
        affected=[("AWS::S3::Bucket", bucket)] if bucket else [], words={
            "lost": ", ".join(lost), "switched": "partly switched" if any((left or {}).values()) else "switched"})


def _switches(request: dict[str, Any]) -> dict[str, bool] | None:
    block = request.get("PublicAccessBlockConfiguration")
    if not isinstance(block, dict):
        return None
    return {name: str(block.get(name)).lower() == "true" for name in _SWITCHES}


def _policy(call: ApiCall) -> Audience:
    """The policy of a bucket or access point, wherever this call's record has it."""
    request = call.request
    put = _inner(request, "PutAccessPointPolicyRequest")
    details = _inner(_inner(request, "PutMultiRegionAccessPointPolicyRequest"), "Details")
    bucket = bucket_of(call) if call.event_name == "PutBucketPolicy" else ""
    return max(policy_audience(one, bucket) for one in (
        request.get("bucketPolicy"), request.get("policy"), request.get("Policy"), put.get("Policy"),
        details.get("Policy")))


def _inner(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _opened(row: Row[ApiCall], name: str, widest: Audience, means: str) -> Signal:
    bucket = name.removeprefix("bucket ") if name.startswith("bucket ") else ""
    return about_call(
        row.record, _GRANTED[widest], evidence=[row.evidence], buckets=(bucket,) if bucket else (), identity=(name,),
        affected=[("AWS::S3::Bucket", bucket)] if bucket else [], words={"target": name, "means": means})


# 4. EXAMPLES.

_mallory = iam_user("mallory")
_deployer = role_session("deploy", "release-41")
_GROUP = "http://acs.amazonaws.com/groups/global/"


def _for_everybody(resource: str) -> str:
    return ('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", '
            f'"Resource": "{resource}"}}]}}')


def _grants(group: str, bucket: str = "acme-ledger") -> dict[str, Any]:
    return {"bucketName": bucket, "acl": "", "AccessControlPolicy": {
        "AccessControlList": {"Grant": [
            {"Grantee": {"xsi:type": "Group", "URI": _GROUP + group}, "Permission": "READ"}]},
        "Owner": {"ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"}}}


def _lets_in(condition: dict[str, Any] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                                 "Resource": "arn:aws:s3:::acme-ledger/*"}
    return {"bucketName": "acme-ledger", "policy": "", "bucketPolicy": {
        "Version": "2012-10-17", "Statement": [statement | ({"Condition": condition} if condition else {})]}}


_SIGNED = {"StringNotEquals": {"aws:PrincipalType": "Anonymous"}}
_MEMBERS = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}

EXAMPLES = [
    story(
        "a stolen key lifts a bucket's block and opens it to everybody",
        _mallory.calls("s3", "DeleteBucketPublicAccessBlock", {"bucketName": "acme-ledger", "publicAccessBlock": ""}),
        _mallory.calls("s3", "PutBucketPolicy", _lets_in()),
    ).fires(BUCKET_BLOCK_DISABLED, {"resource.s3BucketDetails.name": "acme-ledger"}).fires(
        ANONYMOUS_ACCESS_GRANTED, {"resource.accessKeyDetails.userName": "mallory"}),
    story(
        "the whole account's block is switched off, twice: once is enough",
        _mallory.calls("s3", "PutAccountPublicAccessBlock", {"PublicAccessBlockConfiguration": _NONE}),
        _mallory.calls("s3", "DeleteAccountPublicAccessBlock", {}),
    ).fires(ACCOUNT_BLOCK_DISABLED, count=1),
    story(
        "a bucket's block is lifted in part, as the console wrote it in 2019",
        _mallory.calls("s3", "PutBucketPublicAccessBlock", {
            "bucketName": "acme-ledger", "publicAccessBlock": [""], "host": ["acme-ledger.s3.amazonaws.com"],
            "PublicAccessBlockConfiguration": {
                "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "RestrictPublicBuckets": True,
                "BlockPublicPolicy": False, "BlockPublicAcls": False, "IgnorePublicAcls": True}}),
    ).fires(BUCKET_BLOCK_DISABLED, {
        "title": "Block Public Access of bucket acme-ledger was partly switched off.",
        "description": "IAM user mallory called PutBucketPublicAccessBlock from 81.2.69.160: bucket acme-ledger is "
                       "without BlockPublicAcls, BlockPublicPolicy."}),
    story(
        "ACLs: one for everybody, one for everybody with an account",
        _mallory.calls("s3", "PutBucketAcl", _grants("AllUsers")),
        _mallory.calls("s3", "PutBucketAcl", _grants("AuthenticatedUsers")),
    ).fires(ANONYMOUS_ACCESS_GRANTED).fires(PUBLIC_ACCESS_GRANTED),
    story(
        "a policy for whoever signs, and a bucket that is made public at once",
        _mallory.calls("s3", "PutBucketPolicy", _lets_in(_SIGNED)),
        _mallory.calls("s3", "CreateBucket", {"bucketName": "acme-drop", "x-amz-acl": "public-read-write"}),
    ).fires(PUBLIC_ACCESS_GRANTED).fires(ANONYMOUS_ACCESS_GRANTED),
    story(
        "a policy that half a block leaves without effect takes effect when the block goes",
        _mallory.calls("s3", "PutBucketPublicAccessBlock", {
            "bucketName": "acme-ledger", "PublicAccessBlockConfiguration": _NONE | {"RestrictPublicBuckets": True}}),
        _mallory.calls("s3", "PutBucketPolicy", _lets_in()),
        _mallory.calls("s3", "DeleteBucketPublicAccessBlock", {"bucketName": "acme-ledger"}, at=7200),
    ).fires(BUCKET_BLOCK_DISABLED, count=2).fires(
        ANONYMOUS_ACCESS_GRANTED, {"service.action.awsApiCallAction.api": "DeleteBucketPublicAccessBlock"}, count=1),
    story(
        "the account's block leaves a policy and an ACL without effect, until it goes",
        _mallory.calls("s3", "PutAccountPublicAccessBlock", {"PublicAccessBlockConfiguration": _NONE | {
            "IgnorePublicAcls": True, "RestrictPublicBuckets": True}}),
        _mallory.calls("s3", "PutBucketPolicy", _lets_in()),
        _mallory.calls("s3", "PutBucketAcl", _grants("AllUsers", "acme-drop")),
        _mallory.calls("s3", "DeleteAccountPublicAccessBlock", {}, at=7200),
    ).fires(ACCOUNT_BLOCK_DISABLED, count=1).fires(ANONYMOUS_ACCESS_GRANTED, {
        "service.action.awsApiCallAction.api": "DeleteAccountPublicAccessBlock"}, findings=2),
    story(
        "an access point for everybody: of one Region, and of several",
        _mallory.calls("s3", "PutAccessPointPolicy", {"name": "reports", "PutAccessPointPolicyRequest": {
            "Policy": _for_everybody("arn:aws:s3:us-east-1:111122223333:accesspoint/reports/object/*")}}),
        _mallory.calls("s3", "PutMultiRegionAccessPointPolicy", {"PutMultiRegionAccessPointPolicyRequest": {
            "ClientToken": "1", "Details": {"Name": "world", "Policy": _for_everybody(
                "arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap/object/*")}}}),
    ).fires(ANONYMOUS_ACCESS_GRANTED, findings=2),
    story(
        "everything is denied",
        _mallory.calls("s3", "DeleteBucketPublicAccessBlock", {"bucketName": "acme-ledger"}, error="AccessDenied"),
        _mallory.calls("s3", "PutBucketPolicy", _lets_in(), error="AccessDenied"),
        _mallory.calls("s3", "PutBucketAcl", _grants("AllUsers"), error="AccessDenied"),
    ).silent(),
    story(
        "an account is blocked for the first time, in part",
        _deployer.calls("s3", "PutAccountPublicAccessBlock", {"PublicAccessBlockConfiguration": _NONE | {
            "BlockPublicAcls": True, "IgnorePublicAcls": True}}),
    ).silent(),
    story(
        "a deployment makes a private bucket for its organisation",
        _deployer.calls("s3", "CreateBucket", {"bucketName": "acme-ledger"}),
        _deployer.calls("s3", "PutBucketPublicAccessBlock", {
            "bucketName": "acme-ledger", "PublicAccessBlockConfiguration": _ALL}),
        _deployer.calls("s3", "PutBucketAcl", {"bucketName": "acme-ledger", "acl": "", "x-amz-acl": "private"}),
        _deployer.calls("s3", "PutBucketPolicy", _lets_in(_MEMBERS)),
        _deployer.calls("s3", "DeleteBucketPolicy", {"bucketName": "acme-ledger"}),
    ).silent(),
    story(
        "an access point for everybody in a VPC",
        _deployer.calls("s3", "CreateAccessPoint", {"name": "reports", "CreateAccessPointRequest": {
            "Bucket": "acme-ledger", "VpcConfiguration": {"VpcId": "vpc-0a1b2c3d4e5f60718"},
            "PublicAccessBlockConfiguration": _NONE}}),
        _deployer.calls("s3", "PutAccessPointPolicy", {"name": "reports", "PutAccessPointPolicyRequest": {
            "Policy": _for_everybody("arn:aws:s3:us-east-1:111122223333:accesspoint/reports/object/*")}}),
    ).silent(),
    story(
        "a bucket's ACL is made void by its owner's rule before the account's block goes",
        _deployer.calls("s3", "PutAccountPublicAccessBlock", {"PublicAccessBlockConfiguration": _NONE | {
            "IgnorePublicAcls": True}}),
        _deployer.calls("s3", "PutBucketAcl", _grants("AllUsers")),
        _deployer.calls("s3", "PutBucketOwnershipControls", {
            "bucketName": "acme-ledger", "ownershipControls": "", "OwnershipControls": {
                "Rule": {"ObjectOwnership": "BucketOwnerEnforced"}}}),
        _deployer.calls("s3", "DeleteAccountPublicAccessBlock", {}, at=7200),
    ).fires(ACCOUNT_BLOCK_DISABLED),
]
