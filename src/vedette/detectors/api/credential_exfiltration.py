"""Credentials that AWS gave to a machine are used from somewhere else: of instances, Lambda functions and ECS tasks.

*The attack.* A hole in an application gives out the role credentials of its instance (metadata service), function or
task (environment, credentials endpoint). The thief uses them from a machine of his own: a laptop (OutsideAWS), or an
instance in an account of his own (InsideAWS). The session's name stays the instance's, function's or task's.

*What ordinary work looks the same.* Traffic that leaves through an office, a proxy or a hub account: put its address
on a trusted list. After three machines have been used from one place, that place is taken for a shared way out and
goes quiet.

*What is not it.* The machine's own addresses and any of its account (inventory, AllocateAddress in the log, addresses
of one's own brought to AWS); any other AWS address, as long as the inventory does not say all of the account's;
private addresses behind a VPC endpoint of the account; calls that a service makes in the session's name; S3 links
that the machine signed for others; on-premises machines (``mi-…``).

*Where it is blind.* The same account, the same NAT gateway; IPv6; AWS addresses without an inventory; functions whose
session the log does not show being handed out by Lambda within the twelve hours that it may last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vedette.detectors.declare import Memory, Row, calls, calls_where, keyed_detector
from vedette.detectors.finding_type import HIGH, MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.intel.special_ranges import is_public
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import (
    Given,
    described,
    described_addresses,
    ecs_session,
    instance,
    instance_session,
    lambda_session,
    role_session,
    service,
    story,
)
from vedette.simulate.addresses import AWS_STRANGER, INSTANCE_PUBLIC, NAT_PUBLIC, OTHER_ACCOUNT, OUTSIDE, STRANGER

# 1. The finding types.


_NOTE = "Medium when the inventory knows the other account: it is one of yours."


def _type(whose: str, where: str, victim: str, place: str) -> FindingType:
    return FindingType(
        name=f"UnauthorizedAccess:IAMUser/{whose}CredentialExfiltration.{where}", severity=HIGH, plan=Plan.FOUNDATIONAL,
        resource="AccessKey",
        title=f"Credentials of {victim} were used from {place}.",
        description=f"{{principal}} called {{service}} {{api}} in account {{account}} from {{source}}. The session "
        f"belongs to {victim}, and was used from {place}.",
        attack=("T1552.005", "T1078.004"),
        remedy="Revoke the role's active sessions, find how the credentials got out, and look at all that was called "
        "from there. If the place is a way out of your own network, put its address on a trusted list.",
        severity_note=_NOTE if where == "InsideAWS" else "",
    )


_OUTSIDE_PLACE, _INSIDE_PLACE = "{source}, outside AWS", "{place}"
INSTANCE_OUTSIDE = _type("Instance", "OutsideAWS", "instance {instance}", _OUTSIDE_PLACE)
INSTANCE_INSIDE = _type("Instance", "InsideAWS", "instance {instance}", _INSIDE_PLACE)
RESOURCE_OUTSIDE = _type("Resource", "OutsideAWS", "{holder}", _OUTSIDE_PLACE)
RESOURCE_INSIDE = _type("Resource", "InsideAWS", "{holder}", _INSIDE_PLACE)

# 2. Settings.

_SHARED = 3
"""Machines used from one place after which it is a shared way out. A thief of three has been reported three times."""
_MOST_PLACES, _MOST_ADDRESSES = 500, 2000
"""Remembered of an account; the oldest go first. Elastic IP addresses have a quota of 5 a Region unless raised."""
_SESSION_MS = 12 * 3_600_000
"""The longest that a role session lasts."""

# 3. The logic. First: where a call comes from, and whether that is elsewhere.

_INSTANCE = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})$", re.ASCII | re.IGNORECASE)
_TASK = re.compile(r"[0-9a-f]{32}$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A place that is not the session's own."""

    outside: bool
    """Outside AWS."""
    place: str
    account: str = ""
    """The account whose address or VPC endpoint it is, when that is known."""
    unsure: bool = False
    """It is an AWS address of which the inventory only says that it was not the account's when it was taken."""


def elsewhere(call: ApiCall, known: Known) -> Elsewhere | None:
    """Where a session is used, when it is neither its account's network nor, for all that is known, its machine."""
    who = call.identity
    own = who.account_id or call.account
    if who.invoked_by:
        return None
    place = _through(call, own, known) if call.vpc_endpoint_id else _from_address(call.source_ip, own, known)
    # Asked last: these are decoded for it. Links that the session signed are followed by anybody.
    if place is None or call.additional.get("AuthenticationMethod") == "QueryString":
        return None
    # Before version 1.08 the endpoint stood here, and the address is one inside its VPC.
    return None if not call.vpc_endpoint_id and "vpcEndpointId" in call.additional else place


def _through(call: ApiCall, own: str, known: Known) -> Elsewhere | None:
    owner = call.vpc_endpoint_account_id or known.inventory.account_of_endpoint(call.vpc_endpoint_id or "")
    return Elsewhere(outside=False, place=owner, account=owner) if owner and owner != own else None


def _from_address(ip: str, own: str, known: Known) -> Elsewhere | None:
    if not is_public(ip):
        return None
    block = known.aws.find(ip)
    owner = known.inventory.account_of_address(ip)
    if block and not owner and not (
            block.service in ("", "AMAZON", "EC2") and known.inventory.knows_addresses_of(own)):
        return None
    if known.inventory.owns_address(ip, own) or known.intel.is_trusted_ip(ip):
        return None
    # An address outside AWS's ranges that an account is known to have was brought there.
    return Elsewhere(outside=not block and not owner, place=ip, account=owner, unsure=block is not None and not owner)


def _session_name(call: ApiCall) -> str:
    return (call.identity.principal_id or "").rpartition(":")[2] if call.identity.type == "AssumedRole" else ""


def _signal(row: Row[ApiCall], known: Known, place: Elsewhere, outside: FindingType, inside: FindingType,
            holder: str, affected: Sequence[tuple[str, str]] = ()) -> Signal:
    call = row.record
    # The inventory holds what the user gave of his own accounts: one that it knows is one of his.
    ours = bool(place.account) and (known.inventory.knows_addresses_of(place.account)
                                    or known.inventory.account_of_address(call.source_ip) == place.account)
    words = {"holder": holder, "place": f"account {place.account}" if place.account else
             f"{place.place}, an AWS address that is not the account's"}
    return about_call(
        call, outside if place.outside else inside, severity=MEDIUM if ours else HIGH, evidence=[row.evidence],
        remote_account=place.account, affiliated=ours, affected=affected, words=words)


# Instances: the session is named after its instance. An account's are judged together, for the shared ways out.


class Places(Memory):
    """Of an account: from where its instances' sessions were used, and which public addresses came to it."""

    users: dict[str, list[str]] = {}
    """Place → the first instances used from there."""
    own: dict[str, int] = {}
    """Public address that was reserved → when (ms)."""
    restarted: dict[str, int] = {}
    """Instance whose public address may have changed → when (ms)."""

    def expire(self, watermark: int) -> bool:
        """Bounded by number, not by time: a way out stays one."""
        return not (self.users or self.own or self.restarted)

    def merge(self, other: Places) -> Places:
        """Of each place the first instances of both."""
        users = {place: sorted({*self.users.get(place, ()), *other.users.get(place, ())})[:_SHARED]
                 for place in (*self.users, *other.users)}
        return Places(users, self.own | other.own, self.restarted | other.restarted)

    def admits(self, place: str, instance_id: str) -> bool:
        """Whether this use of a place is news; remembers it."""
        seen = self.users.setdefault(place, [])
        if instance_id not in seen:
            if len(seen) >= _SHARED:
                return False
            seen.append(instance_id)
        _bound(self.users, _MOST_PLACES)
        return True


def _bound(kept: dict[str, list[str]] | dict[str, int], most: int) -> None:
    while len(kept) > most:
        del kept[next(iter(kept))]


_ADDRESS_CALLS = frozenset({"AllocateAddress", "AssociateAddress"})


def _of_instance(principal_id: str, known: Known) -> bool:
    return _INSTANCE.match(principal_id.rpartition(":")[2]) is not None


def _account(call: ApiCall, known: Known) -> str | None:
    if _INSTANCE.match(_session_name(call)) and elsewhere(call, known):
        return call.identity.account_id or call.account
    if call.event_source == "ec2.amazonaws.com" and call.succeeded and (
            call.event_name in _ADDRESS_CALLS or call.event_name == "StartInstances"):
        return call.account
    return None


@keyed_detector(
    INSTANCE_OUTSIDE, INSTANCE_INSIDE,
    on=[calls_where("principal_id", _of_instance),
        calls("ec2.amazonaws.com", "AllocateAddress", "AssociateAddress", "StartInstances")],
    key=_account, memory=Places,
)
def instance_credentials_elsewhere(rows: Sequence[Row[ApiCall]], memory: Places, known: Known) -> Iterator[Signal]:
    """An instance's role session is used from another place."""
    for row in rows:
        call = row.record
        instance_id = _session_name(call)
        place = elsewhere(call, known) if _INSTANCE.match(instance_id) else None
        news = place and not _explained(call, instance_id, place, memory, known)
        if place and news and memory.admits(place.place, instance_id):
            yield _signal(row, known, place, INSTANCE_OUTSIDE, INSTANCE_INSIDE, instance_id)
        if call.event_source == "ec2.amazonaws.com" and call.succeeded:
            _learn(call, row.time, memory)


def _explained(call: ApiCall, instance_id: str, place: Elsewhere, memory: Places, known: Known) -> bool:
    if place.place in memory.own:
        return True
    # An instance's own address may be newer than the inventory. GetCallerIdentity is also how an instance shows a
    # server who it is (EKS, Vault): it signs the call and the server sends it.
    return place.unsure and (
        instance_id in memory.restarted or not known.inventory.addresses_of_instance(instance_id)
        or call.event_name == "GetCallerIdentity")


def _learn(call: ApiCall, time: int, memory: Places) -> None:
    if call.event_name in _ADDRESS_CALLS:
        for given in (call.response.get("publicIp"), call.request.get("publicIp")):
            if isinstance(given, str) and is_public(given):
                memory.own[given] = time
        _bound(memory.own, _MOST_ADDRESSES)
    elif call.event_name == "StartInstances":
        started = call.request.get("instancesSet")
        items = started.get("items") if isinstance(started, dict) else None
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and isinstance(item.get("instanceId"), str):
                memory.restarted[item["instanceId"]] = time
        _bound(memory.restarted, _MOST_ADDRESSES)


# Functions and tasks: their sessions are told by who asked for them. AssumeRole is in the same log, called by Lambda or
# ECS with the session's name: the function's, or the task's id (32 hexadecimal digits, which few others use).

_HANDED_BY = {"lambda.amazonaws.com": "Lambda function", "ecs-tasks.amazonaws.com": "ECS task"}
_HANDING_CALLS = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
_FUNCTION = re.compile(r"[A-Za-z0-9_-]{1,64}$", re.ASCII)
"""A function's name, and a task's id."""
_GENERATED = ("botocore-session-", "aws-go-sdk-", "aws-sdk-js-", "AWSCLI-Session", "GitHubActions", "mi-")
"""Names that clients give their sessions where nobody chose one: these were taken by a client, not handed out."""
_OF_TASK = _HANDED_BY["ecs-tasks.amazonaws.com"]


class Handed(Memory):
    """To whom a session of this role and name was last handed out."""

    to: str = ""
    at: int = 0

    def expire(self, watermark: int) -> bool:
        """No session outlives twelve hours."""
        return watermark - self.at > _SESSION_MS

    def merge(self, other: Handed) -> Handed:
        """The later one."""
        return self if self.at >= other.at else other


def _handed_out(call: ApiCall) -> str:
    """``role/session`` when this hands out a session that may be a function's or task's; else empty."""
    role, name = call.request.get("roleArn"), call.request.get("roleSessionName")
    if call.event_name not in _HANDING_CALLS or not call.succeeded:
        return ""
    if not isinstance(role, str) or not isinstance(name, str):
        return ""
    return f"{role}/{name}" if call.identity.invoked_by in _HANDED_BY or _TASK.match(name) else ""


def _used(call: ApiCall, known: Known) -> str:
    """``role/session`` of a call that comes from elsewhere; empty otherwise, and for people and instances."""
    name = _session_name(call)
    issuer = call.identity.session_context.session_issuer if call.identity.session_context else None
    if not issuer or not issuer.arn or ":role/aws-" in issuer.arn:
        return ""
    if not _FUNCTION.match(name) or name.startswith(_GENERATED) or _INSTANCE.match(name):
        return ""
    return f"{issuer.arn}/{name}" if elsewhere(call, known) else ""


def _session(call: ApiCall, known: Known) -> str | None:
    return _handed_out(call) or _used(call, known) or None


def _outside_aws(ip: str, known: Known) -> bool:
    return is_public(ip) and known.aws.find(ip) is None and not known.intel.is_trusted_ip(ip)


def _of_task_like(principal_id: str, known: Known) -> bool:
    return _TASK.match(principal_id.rpartition(":")[2]) is not None


@keyed_detector(
    RESOURCE_OUTSIDE, RESOURCE_INSIDE,
    on=[calls_where("source_ip", _outside_aws), calls_where("principal_id", _of_task_like),
        calls("sts.amazonaws.com", *_HANDING_CALLS)],
    key=_session, memory=Handed,
)
def resource_credentials_elsewhere(rows: Sequence[Row[ApiCall]], memory: Handed, known: Known) -> Iterator[Signal]:
    """A function's or task's role session is used from another place."""
    for row in rows:
        call = row.record
        if _handed_out(call):
            memory.to, memory.at = _HANDED_BY.get(call.identity.invoked_by or "", "somebody"), row.time
            continue
        place, name = elsewhere(call, known), _session_name(call)
        told = row.time - memory.at <= _SESSION_MS
        to = memory.to if told else _OF_TASK if _TASK.match(name) else ""
        # Only tasks' sessions are told apart inside AWS, and only by the account at the other end.
        if place and to in _HANDED_BY.values() and (place.outside or (to == _OF_TASK and place.account)):
            kind = "AWS::ECS::Task" if to == _OF_TASK else "AWS::Lambda::Function"
            yield _signal(row, known, place, RESOURCE_OUTSIDE, RESOURCE_INSIDE, f"{to} {name}", [(kind, name)])


# 4. EXAMPLES.

_web = instance("i-0f3a9c1b2d4e5f607", public_ip=INSTANCE_PUBLIC)
_app = instance("i-0aa11bb22cc33dd44", private_ip="10.0.1.6")
_thief, _private = instance_session(_web), instance_session(_app)
_OURS = Given(inventory={**described(_web, _app), **described_addresses(NAT_PUBLIC)})
_report = lambda_session("report", "report-role")
_task = ecs_session("orders", "orders-task")
_lambda, _ecs = service("lambda.amazonaws.com"), service("ecs-tasks.amazonaws.com")
_object = {"bucketName": "acme-ledger", "key": "2026/02.csv"}


def _assumed(role: str, session: str) -> dict[str, str]:
    return {"roleArn": f"arn:aws:iam::111122223333:role/{role}", "roleSessionName": session}


EXAMPLES = [
    story(
        "an instance's credentials are tried on a laptop: denied calls count, and three are one finding",
        _thief.calls("sts", "GetCallerIdentity", ip=OUTSIDE),
        _thief.calls("iam", "ListUsers", ip=OUTSIDE, error="AccessDenied"),
        _thief.calls("s3", "GetObject", _object, ip=OUTSIDE),
    ).fires(INSTANCE_OUTSIDE, {
        "resource.instanceDetails.instanceId": "i-0f3a9c1b2d4e5f607", "resource.accessKeyDetails.userName": "web",
    }, count=3),
    story(
        "they are used through a VPC endpoint of another account",
        _thief.calls("s3", "ListObjects", {"bucketName": "acme-ledger"}, ip="10.9.0.4",
                     vpc_endpoint="vpce-0a9b8c7d6e5f40312", vpc_endpoint_account=OTHER_ACCOUNT),
    ).fires(INSTANCE_INSIDE, {"service.action.awsApiCallAction.remoteAccountDetails.accountId": OTHER_ACCOUNT}),
    story(
        "they are used on an AWS machine, and all of the account's addresses are known",
        _thief.calls("s3", "GetObject", _object, ip=AWS_STRANGER),
        given=_OURS,
    ).fires(INSTANCE_INSIDE),
    story(
        "instances call from their own address, from the NAT gateway's, and from inside",
        _thief.calls("s3", "GetObject", _object),
        _private.calls("s3", "GetObject", _object),
        _private.calls("s3", "GetObject", _object, ip="10.0.1.6", vpc_endpoint="vpce-0123456789abcdef0",
                       vpc_endpoint_account="111122223333"),
        _thief.through("cloudformation.amazonaws.com").calls("ec2", "DescribeVpcs"),
        given=_OURS,
    ).silent(),
    story(
        "a visitor follows a link that the instance signed; an address of one's own is brought to AWS; a proxy is "
        "trusted",
        _thief.calls("s3", "GetObject", _object, ip=OUTSIDE, additional={"AuthenticationMethod": "QueryString"}),
        role_session("network", "release-41").calls("ec2", "AllocateAddress", {"domain": "vpc"}, response={
            "publicIp": STRANGER, "allocationId": "eipalloc-0123456789abcdef0"}),
        _private.calls("s3", "GetObject", _object, ip=STRANGER),
        _private.calls("s3", "GetObject", _object, ip="9.9.4.21"),
        role_session("deploy", "mi-0123456789abcdef0", ip=OUTSIDE).calls("ssm", "UpdateInstanceInformation"),
        given=Given(trusted_ips=("9.9.4.21",)),
    ).silent(),
    story(
        "a function's credentials are used on a laptop",
        _lambda.calls("sts", "AssumeRole", _assumed("report-role", "report"), response={"credentials": {}}),
        _report.calls("s3", "GetObject", _object),
        _report.calls("s3", "ListBuckets", ip=OUTSIDE, at=1800),
    ).fires(RESOURCE_OUTSIDE, {"service.action.awsApiCallAction.api": "ListBuckets"}, count=1),
    story(
        "a task's credentials are used on a laptop, and through somebody else's VPC endpoint",
        _ecs.calls("sts", "AssumeRole", _assumed("orders-task", _task.principal_id.partition(":")[2])),
        _task.calls("s3", "GetObject", _object, ip=OUTSIDE),
        _task.calls("s3", "GetObject", _object, ip="10.9.0.4", vpc_endpoint="vpce-0a9b8c7d6e5f40312",
                    vpc_endpoint_account=OTHER_ACCOUNT),
    ).fires(RESOURCE_OUTSIDE).fires(RESOURCE_INSIDE),
    story(
        "functions and tasks at work, a deployment from the office, and a job that names its session like a task",
        _lambda.calls("sts", "AssumeRole", _assumed("report-role", "report"), response={"credentials": {}}),
        _report.calls("s3", "GetObject", _object),
        _task.calls("s3", "GetObject", _object),
        role_session("deploy", "release-41").calls("ec2", "DescribeInstances"),
        role_session("ci", "ci").calls("sts", "AssumeRole", _assumed("batch", "0123456789abcdef0123456789abcdef")),
        role_session("batch", "0123456789abcdef0123456789abcdef", ip=STRANGER).calls("s3", "GetObject", _object),
    ).silent(),
]
