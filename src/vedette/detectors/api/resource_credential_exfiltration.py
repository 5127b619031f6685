"""A Lambda function's or an ECS task's role credentials are used from somewhere else.

*The attack.* A hole in an application gives out the function's environment or the task's credentials endpoint. The
thief uses the credentials from a machine of his own. The session stays the function's or task's, in role and name.

*How such sessions are told.* Newer records say it of the credentials themselves (``inScopeOf``), wherever they are
used. Else by who asked for them: AssumeRole is in the same log, called by Lambda or ECS with the session's name, the
function's or the task's id (32 hexadecimal digits, which few others use: such a name alone counts as a task's, unless
the log shows that somebody else took the session). The user agent would say it too, but a thief does not bring it
along.

*What ordinary work looks the same.* A function or task in a VPC whose traffic leaves through an office or a proxy: put
its address on a trusted list.

*What is not it.* As for instances, see credential_exfiltration.py.

*Where it is blind.* In older records, functions whose session the log does not show being handed out in the twelve
hours that it may last; inside AWS, functions, and tasks used from an address whose account nobody knows; the same
account; IPv6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from vedette.detectors.declare import Memory, Row, Session, calls, keyed_detector, sessions_where
from vedette.detectors.known import Known
from vedette.detectors.session_use import (
    Elsewhere,
    elsewhere,
    exfiltration_type,
    place_of,
    session_name,
    used_elsewhere,
)
from vedette.detectors.signal import Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import ecs_session, lambda_session, role_session, service, story
from vedette.simulate.addresses import OTHER_ACCOUNT, OUTSIDE, STRANGER

# 1. The finding types.

RESOURCE_OUTSIDE = exfiltration_type("Resource", "OutsideAWS", "{holder}")
RESOURCE_INSIDE = exfiltration_type("Resource", "InsideAWS", "{holder}")

# 2. Settings.

_SESSION_MS = 12 * 3_600_000
"""The longest that a role session lasts."""

# 3. The logic.

_TASK = re.compile(r"[0-9a-f]{32}$", re.ASCII)
_HANDED_BY = {"lambda.amazonaws.com": "Lambda function", "ecs-tasks.amazonaws.com": "ECS task"}
_ISSUED_TO = {"AWS::Lambda::": "Lambda function", "AWS::ECS::": "ECS task"}
"""How ``inScopeOf.issuerType`` begins."""
_HANDING_CALLS = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
_FUNCTION = re.compile(r"[A-Za-z0-9_-]{1,64}$", re.ASCII)
"""A function's name, and a task's id."""
_GENERATED = (
    "botocore-session-", "aws-go-sdk-", "aws-sdk-js-", "AWSCLI-Session", "GitHubActions", "i-", "mi-",
)
"""How names begin that clients give their sessions where nobody chose one, and those of instances."""
_OF_TASK = _HANDED_BY["ecs-tasks.amazonaws.com"]


class Handed(Memory):
    """To whom a session of this role and name was last handed out."""

    to: str = ""
    at: int = 0

    def expire(self, watermark: int) -> bool:
        """No session outlives twelve hours."""
        return not self.at or watermark - self.at > _SESSION_MS

    def merge(self, other: Handed) -> Handed:
        """The later one."""
        return self if self.at >= other.at else other


def _handed_out(call: ApiCall) -> str:
    """``role/session`` when this hands out a session that may be a function's or task's; else empty."""
    if call.event_name not in _HANDING_CALLS or not call.succeeded:
        return ""
    role, name = call.request.get("roleArn"), call.request.get("roleSessionName")
    if not isinstance(role, str) or not isinstance(name, str):
        return ""
    return f"{role}/{name}" if call.identity.invoked_by in _HANDED_BY or _TASK.match(name) else ""


def _used(call: ApiCall, known: Known) -> str:
    """``role/session`` of a call that may come from elsewhere; empty otherwise."""
    name = session_name(call)
    issuer = call.identity.session_context.session_issuer if call.identity.session_context else None
    if not issuer or not issuer.arn or ":role/aws-" in issuer.arn:
        return ""
    # That it comes from elsewhere was asked before, except of calls that are wanted for their name.
    if call.event_name in _HANDING_CALLS and not elsewhere(call, known):
        return ""
    return f"{issuer.arn}/{name}"


def _may_be_resource(name: str) -> bool:
    return _FUNCTION.match(name) is not None and not name.startswith(_GENERATED)


def _issued_to(call: ApiCall) -> str:
    """What a newer record says that the credentials were issued to; empty when it says nothing, or something else."""
    scope = call.identity.in_scope_of
    issuer = (scope.issuer_type if scope else None) or ""
    return next((what for start, what in _ISSUED_TO.items() if issuer.startswith(start)), "")


def _tells_whose(call: ApiCall) -> bool:
    """By itself, it may tell that a session is a function's or a task's."""
    return bool(_handed_out(call) or _issued_to(call) or _TASK.match(session_name(call)))


def _session(call: ApiCall, known: Known) -> str | None:
    return _handed_out(call) or _used(call, known) or None


def _of_function_or_task_elsewhere(session: Session, known: Known) -> bool:
    name = session.principal_id.rpartition(":")[2]
    place = place_of(session, known) if _may_be_resource(name) else None
    return place is not None and _tells(place, _TASK.match(name) is not None)


def _tells(place: Elsewhere, is_task: bool) -> bool:
    """Only tasks' sessions are told apart inside AWS, by their names, and only by the account at the other end."""
    return place.outside or (is_task and bool(place.account))


@keyed_detector(
    RESOURCE_OUTSIDE, RESOURCE_INSIDE,
    on=[sessions_where(_of_function_or_task_elsewhere), calls("sts.amazonaws.com", *_HANDING_CALLS)],
    key=_session, memory=Handed, begins=_tells_whose,
)
def resource_credentials_elsewhere(rows: Sequence[Row[ApiCall]], memory: Handed, known: Known) -> Iterator[Signal]:
    """A function's or task's role session is used from another place."""
    for row in rows:
        call = row.record
        if _handed_out(call):
            memory.to, memory.at = _HANDED_BY.get(call.identity.invoked_by or "", "somebody"), row.time
            continue
        name = session_name(call)
        told = row.time - memory.at <= _SESSION_MS
        to = _issued_to(call) or (memory.to if told else _OF_TASK if _TASK.match(name) else "")
        # Most are people's, and tools' that work from outside.
        place = elsewhere(call, known) if to in _HANDED_BY.values() else None
        if place and _tells(place, to == _OF_TASK):
            kind = "AWS::ECS::Task" if to == _OF_TASK else "AWS::Lambda::Function"
            yield used_elsewhere(row, known, place, RESOURCE_OUTSIDE, RESOURCE_INSIDE, f"{to} {name}", [(kind, name)])


# 4. EXAMPLES.

_report = lambda_session("report", "report-role")
_task = ecs_session("orders", "orders-task")
_lambda, _ecs = service("lambda.amazonaws.com"), service("ecs-tasks.amazonaws.com")
_object = {"bucketName": "acme-ledger", "key": "2026/02.csv"}


def _assumed(role: str, session: str) -> dict[str, str]:
    return {"roleArn": f"arn:aws:iam::111122223333:role/{role}", "roleSessionName": session}


EXAMPLES = [
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
        "a function's credentials are used on a laptop, and the record itself says whose they are",
        replace(_report, user_identity={**_report.user_identity, "inScopeOf": {
            "issuerType": "AWS::Lambda::Function",
            "credentialsIssuedTo": "arn:aws:lambda:us-east-1:111122223333:function:report",
        }}).calls("s3", "ListBuckets", ip=OUTSIDE),
    ).fires(RESOURCE_OUTSIDE, {"title": "Credentials of Lambda function report were used from 9.9.4.20, outside AWS."}),
    story(
        "a task's credentials are used on a laptop, and the log does not show who handed them out",
        _task.calls("s3", "GetObject", _object),
        _task.calls("s3", "ListBuckets", ip=OUTSIDE, at=1800),
    ).fires(RESOURCE_OUTSIDE, count=1),
    story(
        "functions and tasks at work, a deployment from the office, and a job that names its session like a task",
        _lambda.calls("sts", "AssumeRole", _assumed("report-role", "report"), response={"credentials": {}}),
        _report.calls("s3", "GetObject", _object),
        _task.calls("s3", "GetObject", _object),
        role_session("deploy", "release-41").calls("ec2", "DescribeInstances"),
        role_session("ci", "ci").calls("sts", "AssumeRole", _assumed("batch", "0123456789abcdef0123456789abcdef")),
        role_session("batch", "0123456789abcdef0123456789abcdef", ip=STRANGER).calls("s3", "GetObject", _object),
    ).silent(),
    story(
        "a landing zone's own function, whose role's name AWS keeps for itself",
        _lambda.calls("sts", "AssumeRole", _assumed("aws-controltower-NotificationForwarder", "forward")),
        lambda_session("forward", "aws-controltower-NotificationForwarder").calls("s3", "GetObject", _object,
                                                                                  ip=OUTSIDE),
    ).silent(),
]
