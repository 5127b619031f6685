"""A bucket is opened to the world, or what keeps it from being opened is switched off.

*The attack.* Data are taken the simple way: Block Public Access is lifted (of a bucket or the whole account), and a
policy or an ACL lets everybody, or everybody with an AWS account, read or write.

*What ordinary work looks the same.* A website that is meant to be public. It is reported, as GuardDuty does: the
owner knows which buckets those are and can suppress them.

*What is not it.* Calls that failed; a block that is set in part where, for all that is known, there was none (accounts,
and buckets before S3 blocked new ones by itself); policies for ``*`` that a condition or a Deny narrows to named
networks, accounts, organisations or resources; grants that the bucket's own Block Public Access leaves without effect,
as far as the log shows it. When that block is lifted later, the grant takes effect and is reported then.

*Where it is blind.* ACLs of single objects; blocks and grants from before the log; the account's block, for a
bucket's grants (with it on, S3 refuses public policies and ACLs anyway); policies of Multi-Region Access Points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

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

# 3. The logic.

_SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ALL = dict.fromkeys(_SWITCHES, True)
_NONE = dict.fromkeys(_SWITCHES, False)
_BLOCK_CALLS = ("PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock")
_ACCOUNT_CALLS = ("PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock")


class Openness(Memory):
    """What keeps a bucket (or account, or access point) closed and what opens it, as far as the log shows."""

    block: dict[str, bool] | None = None
    """The switches of Block Public Access; None: not known."""
    acl: int = Audience.NAMED
    policy: int = Audience.NAMED
    at: int = 0

    def expire(self, watermark: int) -> bool:
        """What is set stays set until it is changed; only a bucket of which nothing is known needs no memory."""
        return self.block is None and not self.acl and not self.policy

    def merge(self, other: Openness) -> Openness:
        """The later one."""
        return self if self.at >= other.at else other

    def by_acl(self) -> Audience:
        """Whom the ACL lets in, the block considered."""
        return Audience.NAMED if self.block and self.block["IgnorePublicAcls"] else Audience(self.acl)

    def by_policy(self) -> Audience:
        """Whom the policy lets in, the block considered."""
        return Audience.NAMED if self.block and self.block["RestrictPublicBuckets"] else Audience(self.policy)


def _target(call: ApiCall, known: Known) -> str | None:
    if not call.succeeded:
        return None
    if call.event_name in _ACCOUNT_CALLS:
        return call.account
    if call.event_name.endswith("AccessPointPolicy"):
        return f"{call.account}/access point {call.request.get('name', '')}"
    bucket = bucket_of(call)
    return f"{call.account}/{bucket}" if bucket else None


@keyed_detector(
    ACCOUNT_BLOCK_DISABLED, BUCKET_BLOCK_DISABLED, ANONYMOUS_ACCESS_GRANTED, PUBLIC_ACCESS_GRANTED,
    on=calls("s3.amazonaws.com", "CreateBucket", "DeleteBucket", "PutBucketPolicy", "DeleteBucketPolicy",
             "PutBucketAcl", "PutAccessPointPolicy", "DeleteAccessPointPolicy", *_BLOCK_CALLS, *_ACCOUNT_CALLS),
    key=_target,
    memory=Openness,
)
def public_access(rows: Sequence[Row[ApiCall]], memory: Openness, known: Known) -> Iterator[Signal]:
    """A block was lifted, or a grant came into effect."""
    for row in rows:
        call, name = row.record, row.record.event_name
        memory.at = row.time
        before = memory.by_acl(), memory.by_policy()
        if name in _BLOCK_CALLS or name in _ACCOUNT_CALLS:
            yield from _block(row, memory)
            after = memory.by_acl(), memory.by_policy()
            rose = max(after) > max(before)
            widest = max(after) if rose else Audience.NAMED
            means = "the ACL" if after[0] == widest else "the policy"
        elif name == "DeleteBucket":
            memory.block, memory.acl, memory.policy = None, Audience.NAMED, Audience.NAMED
            continue
        elif "Policy" in name:
            memory.policy = _policy(call) if name.startswith("Put") else Audience.NAMED
            widest, means = memory.by_policy(), "the policy"
        else:
            if name == "CreateBucket" and row.time < BLOCKED_SINCE:
                memory.block = dict(_NONE)
            memory.acl = acl_audience(call.request)
            widest, means = memory.by_acl(), "the ACL"
        if widest:
            yield _opened(row, _GRANTED[widest], means)


def _block(row: Row[ApiCall], memory: Openness) -> Iterator[Signal]:
    """What a block that changes no longer keeps out.

    Where the log does not show what was there before, a bucket's block counts as on since S3 sets it by itself; what is
    switched off as a whole counts as having been on.
    """
    call = row.record
    switches = _NONE if call.event_name.startswith("Delete") else _switches(call.request)
    if switches is None:
        return
    bucket = "" if call.event_name in _ACCOUNT_CALLS else bucket_of(call)
    on_before = memory.block
    if on_before is None:
        on_before = _ALL if (bucket and row.time >= BLOCKED_SINCE) or not any(switches.values()) else _NONE
    lost = [name for name in _SWITCHES if not switches[name] and on_before[name]]
    memory.block = dict(switches)
    if not lost:
        return
    yield about_call(
        call, BUCKET_BLOCK_DISABLED if bucket else ACCOUNT_BLOCK_DISABLED, evidence=[row.evidence],
        buckets=(bucket,) if bucket else (), identity=(bucket,) if bucket else (),
        affected=[("AWS::S3::Bucket", bucket)] if bucket else [], words={
            "lost": ", ".join(lost), "switched": "partly switched" if any(switches.values()) else "switched"})


def _switches(request: dict[str, Any]) -> dict[str, bool] | None:
    block = request.get("PublicAccessBlockConfiguration")
    if not isinstance(block, dict):
        return None
    return {name: str(block.get(name)).lower() == "true" for name in _SWITCHES}


def _policy(call: ApiCall) -> Audience:
    """The policy of a bucket or access point, wherever this call's record has it."""
    request = call.request
    nested = request.get("PutAccessPointPolicyRequest")
    inner = nested if isinstance(nested, dict) else {}
    return max(policy_audience(one) for one in (
        request.get("bucketPolicy"), request.get("policy"), request.get("Policy"), inner.get("Policy")))


def _opened(row: Row[ApiCall], kind: FindingType, means: str) -> Signal:
    call = row.record
    bucket = bucket_of(call)
    target = f"bucket {bucket}" if bucket else f"access point {call.request.get('name', '')}"
    return about_call(
        call, kind, evidence=[row.evidence], buckets=(bucket,) if bucket else (), identity=(target,),
        affected=[("AWS::S3::Bucket", bucket)] if bucket else [], words={"target": target, "means": means})


# 4. EXAMPLES.

_mallory = iam_user("mallory")
_deployer = role_session("deploy", "release-41")
_GROUP = "http://acs.amazonaws.com/groups/global/"


def _grants(group: str) -> dict[str, Any]:
    return {"bucketName": "acme-ledger", "acl": "", "AccessControlPolicy": {
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
]
