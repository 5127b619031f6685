"""AWS is called from an address on a threat list, on an open feed, or from a Tor exit: 13 types, one table.

*The attack.* Stolen credentials are tried from an address that is known for something else already, or through Tor.
First the thief looks around (Recon, Discovery), then reads secrets and data (Exfiltration), changes and launches
things (UnauthorizedAccess, Impact).

*What ordinary work looks the same.* A colleague behind a shared proxy that a feed names: trust that address. Scanners
that try everybody's public buckets without signing: the world's background, left out unless they changed something.
Users of an application who sign up and in at Cognito, from wherever they are: they hold no AWS credentials.

*A call that was denied counts*: who tries from there is news in itself; the error is in the finding.

*Where it is blind.* IPv6 callers, addresses behind an AWS service (the record has the service's name), lists that are
not loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from vedette.detectors.declare import calls_where, detector
from vedette.detectors.finding_type import HIGH, MEDIUM, THREAT_LIST, FindingType, Plan, feeds
from vedette.detectors.known import Known
from vedette.detectors.s3_calls import S3Act, bucket_of, is_anonymous, is_s3_data, objects_of, s3_act
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.intel.categories import HARMFUL, Category
from vedette.intel.lookup import ListInfo
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import Given, anonymous, iam_user, role_session, story
from vedette.simulate.addresses import OUTSIDE, STRANGER, TOR_EXIT

# 1. The finding types, and the lists that they need.

_CUSTOM, _FEED, _TOR = "an address on threat list {list}", "an address on feed {list}", "a Tor exit (feed {list})"
_NEEDS = {_CUSTOM: (THREAT_LIST,), _FEED: (feeds(*HARMFUL),), _TOR: (feeds(Category.TOR_EXIT),)}

_REMEDY = (
    "Ask whoever holds these credentials whether the call was theirs. If not, disable them and look at all they did. "
    "If the address is yours, put it on a trusted list."
)


def _api(name: str, did: str, where: str, attack: str) -> FindingType:
    return FindingType(
        name=name, severity=MEDIUM, plan=Plan.FOUNDATIONAL, resource="AccessKey",
        title=f"{{api}} was called from {where}.",
        description=f"{{principal}} {did} with {{service}} {{api}} in account {{account}} from {{source}}, {where}.",
        attack=(attack,), remedy=_REMEDY, needs=_NEEDS[where],
    )


def _s3(name: str, did: str, where: str, attack: str, severity: float = HIGH) -> FindingType:
    return FindingType(
        name=name, severity=severity, plan=Plan.S3_DATA_EVENTS, resource="S3Bucket",
        title=f"{{api}} was called on bucket {{bucket}} from {where}.",
        description=f"{{principal}} {did} in bucket {{bucket}} with {{api}} from {{source}}, {where}.",
        attack=(attack,), remedy=_REMEDY, needs=_NEEDS[where],
    )


_LOOKED, _ACTED = "asked what is there", "acted"

RECON = _api("Recon:IAMUser/MaliciousIPCaller", _LOOKED, _FEED, "T1580")
RECON_CUSTOM = _api("Recon:IAMUser/MaliciousIPCaller.Custom", _LOOKED, _CUSTOM, "T1580")
RECON_TOR = _api("Recon:IAMUser/TorIPCaller", _LOOKED, _TOR, "T1580")
ACCESS = _api("UnauthorizedAccess:IAMUser/MaliciousIPCaller", _ACTED, _FEED, "T1078.004")
ACCESS_CUSTOM = _api("UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom", _ACTED, _CUSTOM, "T1078.004")
ACCESS_TOR = _api("UnauthorizedAccess:IAMUser/TorIPCaller", _ACTED, _TOR, "T1090.003")
S3_DISCOVERY = _s3("Discovery:S3/MaliciousIPCaller", _LOOKED, _FEED, "T1619")
S3_DISCOVERY_CUSTOM = _s3("Discovery:S3/MaliciousIPCaller.Custom", _LOOKED, _CUSTOM, "T1619")
S3_DISCOVERY_TOR = _s3("Discovery:S3/TorIPCaller", _LOOKED, _TOR, "T1619", MEDIUM)
S3_EXFILTRATION = _s3("Exfiltration:S3/MaliciousIPCaller", "asked for content", _FEED, "T1530")
S3_IMPACT = _s3("Impact:S3/MaliciousIPCaller", "wrote or deleted", _FEED, "T1485")
S3_ACCESS_CUSTOM = _s3("UnauthorizedAccess:S3/MaliciousIPCaller.Custom", _ACTED, _CUSTOM, "T1530")
S3_ACCESS_TOR = _s3("UnauthorizedAccess:S3/TorIPCaller", _ACTED, _TOR, "T1530")

# 2. Settings.

_LOOKS = re.compile(
    r"(Get|List|Describe|Head|Lookup|Search|BatchGet|Check|Count|Estimate|Preview|Simulate|Validate|View)")
_TAKES = frozenset({
    "BatchGetItem", "BatchGetSecretValue", "GetAuthorizationToken", "GetClusterCredentials",
    "GetClusterCredentialsWithIAM", "GetCredentialsForIdentity", "GetDataKey", "GetFederationToken", "GetItem",
    "GetLogEvents", "GetLogRecord", "GetOpenIdToken", "GetParameter", "GetParameterHistory", "GetParameters",
    "GetParametersByPath", "GetPasswordData", "GetQueryResults", "GetRecords", "GetRoleCredentials",
    "GetSecretValue", "GetSessionToken", "GetSigninToken", "GetSnapshotBlock", "ListSnapshotBlocks",
})
"""Names that sound like looking around and take secrets, credentials or data."""

# 3. The logic.


def _meets(of_this_kind: Callable[[ListInfo], bool]) -> Callable[[str, Known], bool]:
    return lambda ip, known: any(of_this_kind(match.list) for match in known.intel.threats_of_ip(ip))


def _custom(info: ListInfo) -> bool:
    return info.custom


def _malicious(info: ListInfo) -> bool:
    return info.category in HARMFUL


def _tor(info: ListInfo) -> bool:
    return info.category is Category.TOR_EXIT


@detector(RECON_CUSTOM, ACCESS_CUSTOM, S3_DISCOVERY_CUSTOM, S3_ACCESS_CUSTOM,
          on=calls_where("source_ip", _meets(_custom)))
def caller_on_threat_list(call: ApiCall, known: Known) -> Iterator[Signal]:
    """The caller's address is on a threat list of the user's own."""
    yield from _judge(call, known, _custom, RECON_CUSTOM, ACCESS_CUSTOM, {
        S3Act.DISCOVERY: S3_DISCOVERY_CUSTOM, S3Act.EXFILTRATION: S3_ACCESS_CUSTOM, S3Act.IMPACT: S3_ACCESS_CUSTOM})


@detector(RECON, ACCESS, S3_DISCOVERY, S3_EXFILTRATION, S3_IMPACT,
          on=calls_where("source_ip", _meets(_malicious)))
def caller_on_feed(call: ApiCall, known: Known) -> Iterator[Signal]:
    """The caller's address is on an open feed of harmful hosts."""
    yield from _judge(call, known, _malicious, RECON, ACCESS, {
        S3Act.DISCOVERY: S3_DISCOVERY, S3Act.EXFILTRATION: S3_EXFILTRATION, S3Act.IMPACT: S3_IMPACT})


@detector(RECON_TOR, ACCESS_TOR, S3_DISCOVERY_TOR, S3_ACCESS_TOR,
          on=calls_where("source_ip", _meets(_tor)))
def caller_through_tor(call: ApiCall, known: Known) -> Iterator[Signal]:
    """The caller's address is a Tor exit."""
    yield from _judge(call, known, _tor, RECON_TOR, ACCESS_TOR, {
        S3Act.DISCOVERY: S3_DISCOVERY_TOR, S3Act.EXFILTRATION: S3_ACCESS_TOR, S3Act.IMPACT: S3_ACCESS_TOR})


def _judge(call: ApiCall, known: Known, of_this_kind: Callable[[ListInfo], bool], recon: FindingType,
           access: FindingType, s3: dict[S3Act, FindingType]) -> Iterator[Signal]:
    threats = [match for match in known.intel.threats_of_ip(call.source_ip) if of_this_kind(match.list)]
    if not threats:
        return
    if is_s3_data(call):
        act = s3_act(call)
        # What is public is read by anyone, and what is not is refused: only an unsigned change is news.
        if is_anonymous(call) and not (act is S3Act.IMPACT and call.succeeded):
            return
        bucket = bucket_of(call)
        yield about_call(call, s3[act], threats=threats, buckets=(bucket,) if bucket else (), objects=objects_of(call))
    elif not is_anonymous(call):
        yield about_call(call, recon if looks_around(call) else access, threats=threats)


def looks_around(call: ApiCall) -> bool:
    """The call asks what there is, and takes no secret, credential or data."""
    return (call.read_only is not False and call.event_name not in _TAKES
            and _LOOKS.match(call.event_name) is not None)


# 4. EXAMPLES.

_mallory = iam_user("mallory", ip=OUTSIDE)
_app_user = replace(anonymous(ip=TOR_EXIT), user_identity={"type": "Unknown", "principalId": "Anonymous"})
_nobody = anonymous(ip=OUTSIDE)
_nobody_now = replace(_nobody, user_identity={"type": "AWSAccount", "principalId": "", "accountId": "anonymous"})
"""As S3 writes it in newer records."""
_LISTED = Given(threat_ips=(OUTSIDE,))
_C2 = Given(feeds={"command-and-control": (OUTSIDE,)})
_EXIT = Given(feeds={"tor-exit": (TOR_EXIT,)})
_object = {"bucketName": "acme-ledger", "key": "2026/02.csv"}

EXAMPLES = [
    story(
        "a stolen key looks around, reads parameters and lists a bucket from a listed address",
        _mallory.calls("dynamodb", "ListTables"),
        _mallory.calls("ssm", "GetParameters", {"names": ["/prod/db"], "withDecryption": True}),
        _mallory.calls("s3", "ListObjects", {"bucketName": "acme-ledger"}),
        given=_LISTED,
    ).fires(RECON_CUSTOM, {"resource.accessKeyDetails.userName": "mallory"}).fires(ACCESS_CUSTOM).fires(
        S3_DISCOVERY_CUSTOM),
    story(
        "a denied look from a listed address counts, and three are one finding",
        *(_mallory.calls("ec2", "DescribeInstances", error="UnauthorizedOperation") for _ in range(3)),
        given=_LISTED,
    ).fires(RECON_CUSTOM, count=3),
    story(
        "a bucket is listed, an object read and deleted from a host that a feed calls command and control",
        _mallory.calls("s3", "ListObjects", {"bucketName": "acme-ledger"}),
        _mallory.calls("s3", "GetObject", _object),
        _mallory.calls("s3", "DeleteObject", _object),
        given=_C2,
    ).fires(S3_DISCOVERY).fires(S3_EXFILTRATION).fires(S3_IMPACT),
    story(
        "an instance is launched, and another described, from that host",
        _mallory.calls("ec2", "RunInstances", {"instanceType": "p3.16xlarge"}),
        _mallory.calls("iam", "ListUsers"),
        given=_C2,
    ).fires(ACCESS).fires(RECON),
    story(
        "someone signs in, looks around, and reads and lists a bucket through Tor",
        _mallory.console_login(ip=TOR_EXIT),
        _mallory.calls("iam", "ListUsers", ip=TOR_EXIT),
        _mallory.calls("s3", "GetObject", _object, ip=TOR_EXIT),
        _mallory.calls("s3", "ListObjects", {"bucketName": "acme-ledger"}, ip=TOR_EXIT),
        given=_EXIT,
    ).fires(ACCESS_TOR).fires(RECON_TOR).fires(S3_ACCESS_TOR).fires(S3_DISCOVERY_TOR),
    story(
        "an upload comes from a listed address",
        _mallory.calls("s3", "PutObject", _object),
        given=_LISTED,
    ).fires(S3_ACCESS_CUSTOM),
    story(
        "somebody signs in to an application through Tor, at Cognito",
        _app_user.calls("cognito-idp", "InitiateAuth", {"clientId": "4u37654rhubjei0", "authFlow": "USER_SRP_AUTH"}),
        _app_user.calls("cognito-identity", "GetCredentialsForIdentity", {"identityId": "us-east-1:0f3a9c1b"}),
        given=_EXIT,
    ).silent(),
    story(
        "scanners try public and private buckets without signing",
        *(call for who in (_nobody, _nobody_now) for call in (
            who.calls("s3", "GetObject", {"bucketName": "acme-website", "key": "index.html"}),
            who.calls("s3", "ListObjects", {"bucketName": "acme-website"}, error="AccessDenied"),
            who.calls("s3", "PreflightRequest", {"bucketName": "acme-website", "key": "in/1.jpg"}))),
        given=Given(feeds={"scanner": (OUTSIDE,)}),
    ).silent(),
    story(
        "nobody's name is on it, and an object is gone: the bucket lets everybody delete",
        _nobody_now.calls("s3", "DeleteObject", _object),
        given=_C2,
    ).fires(S3_IMPACT, count=1),
    story(
        "a service works for someone, others call from elsewhere, and a listed address is trusted",
        iam_user("ann").through("cloudformation.amazonaws.com").calls("ec2", "DescribeVpcs"),
        iam_user("ann").calls("s3", "GetObject", _object),
        role_session("deploy", "release-41", ip=STRANGER).calls("ec2", "RunInstances"),
        given=Given(threat_ips=(OUTSIDE, STRANGER), trusted_ips=(STRANGER,)),
    ).silent(),
]
