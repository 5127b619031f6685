"""Stories at the edges of detectors' settings: a little more or less, and they would end otherwise.

They are told here and not in the detector files because nobody learns from them what the detector is for.
"""

from __future__ import annotations

from typing import Any

from vedette.detectors.api import (
    credential_exfiltration,
    password_policy,
    pentest_distributions,
    resource_credential_exfiltration,
    trail_tampering,
)
from vedette.detectors.finding_type import LOW, MEDIUM
from vedette.detectors.network import brute_force, listed_addresses, port_probe, port_scan
from vedette.detectors.s3 import access_logging, public_access
from vedette.intel.categories import Category
from vedette.simulate import (
    AWS_STRANGER,
    FLOW_V5,
    INSTANCE_PUBLIC,
    NAT_PUBLIC,
    OUTSIDE,
    Given,
    described,
    described_addresses,
    every,
    iam_user,
    instance,
    instance_session,
    lambda_session,
    role_session,
    service,
    story,
)
from vedette.simulate.events import Event
from vedette.simulate.story import Story

_HOUR = 3600
_mallory = iam_user("mallory")


_deployer = role_session("deploy", "release-41")
_app = instance("i-0aa11bb22cc33dd44", private_ip="10.0.1.6", public_ip=INSTANCE_PUBLIC)
_ours = Given(inventory={**described(_app), **described_addresses(NAT_PUBLIC)})


def _machine(number: int) -> Event | list[Event]:
    machine = instance(f"i-0aa11bb22cc33dd4{number}", private_ip=f"10.0.1.{number + 10}")
    return instance_session(machine).calls("s3", "ListBuckets", ip=OUTSIDE)


def _policy(**request: Any) -> Event | list[Event]:
    return _mallory.calls("iam", "UpdateAccountPasswordPolicy", request)


_THREE_KINDS = {"requireSymbols": True, "requireNumbers": True, "requireUppercaseCharacters": True}
_ALL_KINDS = _THREE_KINDS | {"requireLowercaseCharacters": True}


def _agent(padding: int) -> str:
    return f"tool/1.0 {'x' * padding} os/linux#6.5.0-kali3-amd64"


_report = lambda_session("report", "report-role")


def _used_after(seconds: float) -> list[Any]:
    return [
        service("lambda.amazonaws.com").calls("sts", "AssumeRole", {
            "roleArn": "arn:aws:iam::111122223333:role/report-role", "roleSessionName": "report"}),
        _report.calls("s3", "ListBuckets", ip=OUTSIDE, at=seconds),
    ]


def _taken(call: str) -> list[Any]:
    name = "0123456789abcdef0123456789abcdef"
    return [
        role_session("ci", "ci", ip=NAT_PUBLIC).calls("sts", call, {
            "roleArn": "arn:aws:iam::111122223333:role/batch", "roleSessionName": name}),
        role_session("batch", name, ip=OUTSIDE).calls("s3", "ListBuckets"),
    ]


_CLOSED = {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False,
           "RestrictPublicBuckets": True}
_OPEN = dict.fromkeys(_CLOSED, False)
_ledger = {"bucketName": "acme-ledger"}
_FOR_ALL = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-ledger/*"}]}


def _forgotten(call: str) -> list[Any]:
    """A policy that a block leaves without effect is gone before the block is."""
    return [
        _mallory.calls("s3", "PutBucketPublicAccessBlock", _ledger | {"PublicAccessBlockConfiguration": _CLOSED}),
        _mallory.calls("s3", "PutBucketPolicy", _ledger | {"bucketPolicy": _FOR_ALL}),
        _mallory.calls("s3", call, _ledger),
        _mallory.calls("s3", "DeleteBucketPublicAccessBlock", _ledger),
    ]


_LOGS_NOWHERE = _ledger | {"BucketLoggingStatus": ""}


def _selectors_after(seconds: float) -> list[Any]:
    return [
        _mallory.calls("cloudtrail", "CreateTrail", {"name": "data", "s3BucketName": "acme-data-logs"}),
        _mallory.calls("cloudtrail", "PutEventSelectors", {"trailName": "data", "eventSelectors": [
            {"readWriteType": "All", "includeManagementEvents": False, "dataResources": []}]}, at=seconds),
    ]


_server = instance("i-0d44a8bbf3ffee004", private_ip="10.0.4.50", public_ip="54.210.33.12")
_guesser = "9.9.33.7"
_try: dict[str, Any] = {"packets": 18, "bytes": 2_600, "reply_packets": 16, "reply_bytes": 3_000, "duration": 5.0}
_job: dict[str, Any] = {"packets": 220, "bytes": 160_000, "reply_packets": 180, "reply_bytes": 24_000, "duration": 8.0}


def _logs_in(connections: int = 30, **sizes: Any) -> list[Event]:
    return _server.is_contacted_by(_guesser, 22, connections=connections, **({"spread": 240.0} | _try | sizes))


def _piece(seconds: float, packets: int, size: int) -> list[Event]:
    """A part of each of thirty connections."""
    return [_server.flow(srcaddr=_guesser, dstaddr="10.0.4.50", srcport=40_000 + number, dstport=22, protocol=6,
                         packets=packets, bytes=size, at=seconds + number / 10) for number in range(30)]


_listed = "9.9.77.140"
_command = Given(feeds={Category.COMMAND_AND_CONTROL.value: (_listed,)})
_relays = tuple(f"9.9.88.{number}" for number in range(1, 13))
_tor = Given(feeds={Category.TOR_RELAY.value: _relays})


def _relayed(seconds: float) -> list[Event]:
    called = [event for relay in _relays[:6] for event in _server.is_contacted_by(relay, 9001)]
    return called + [event for place, relay in enumerate(_relays[6:])
                     for event in _server.connects_to(relay, 443, at=seconds + place)]


_scanned = Given(feeds={Category.SCANNER.value: (_listed,)})


def _scan(first: int, *, at: float = 0.0, **how: Any) -> list[Event]:
    return [event for number in range(15) for event in _server.connects_to(
        _listed, first + number, answered=False, at=at + number, **how)]


EDGES: dict[str, list[Story]] = {
    "api.credential_exfiltration": [
        story("the fourth instance used from one place is no news", [_machine(number) for number in range(4)])
        .fires(credential_exfiltration.INSTANCE_OUTSIDE, findings=3),
        story(
            "an address of one's own is given to an instance",
            _deployer.calls("ec2", "AssociateAddress", {"publicIp": OUTSIDE, "instanceId": _app.instance_id}),
            instance_session(_app).calls("s3", "ListBuckets", ip=OUTSIDE),
        ).silent(),
        story(
            "an instance has an AWS address that it did not have when the inventory was taken",
            instance_session(_app).calls("s3", "ListBuckets", ip=AWS_STRANGER), given=_ours,
        ).fires(credential_exfiltration.INSTANCE_INSIDE),
        story(
            "it was started meanwhile, which brings a new address",
            _deployer.calls("ec2", "StartInstances", {"instancesSet": {"items": [{"instanceId": _app.instance_id}]}}),
            instance_session(_app).calls("s3", "ListBuckets", ip=AWS_STRANGER), given=_ours,
        ).silent(),
    ],
    "api.password_policy": [
        story("three protections lost", _policy(minimumPasswordLength=6, requireSymbols=True, requireNumbers=True))
        .fires(password_policy.PASSWORD_POLICY_CHANGE, {"severity": MEDIUM}),
        story("as strict as AWS's default", _policy(minimumPasswordLength=8, **_THREE_KINDS)).silent(),
        story("a length that is not named is set back", _policy(**_ALL_KINDS))
        .fires(password_policy.PASSWORD_POLICY_CHANGE, {"severity": LOW}),
        story("it is set back to six", _policy(minimumPasswordLength=6, **_ALL_KINDS), _policy(**_ALL_KINDS))
        .fires(password_policy.PASSWORD_POLICY_CHANGE, count=1),
    ],
    "api.pentest_distributions": [
        story("a long user agent", _mallory.calls("iam", "ListUsers", agent=_agent(600)))
        .fires(pentest_distributions.KALI),
        story("a user agent longer than CloudTrail writes any", _mallory.calls("iam", "ListUsers", agent=_agent(5000)))
        .silent(),
    ],
    "api.resource_credential_exfiltration": [
        story("eleven hours after a session was handed out", *_used_after(11 * _HOUR))
        .fires(resource_credential_exfiltration.RESOURCE_OUTSIDE),
        story("thirteen hours after", *_used_after(13 * _HOUR)).silent(),
        *(story(f"a session named like a task's that somebody took with {call}", *_taken(call)).silent()
          for call in ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")),
    ],
    "api.trail_tampering": [
        story("half a minute after a trail was made it is told what to record", *_selectors_after(30)).silent(),
        story("five minutes after", *_selectors_after(300)).fires(trail_tampering.CLOUDTRAIL_LOGGING_DISABLED),
    ],
    "s3.public_access": [
        story(
            "in 2022 a new bucket had no block that could be lifted",
            _mallory.calls("s3", "CreateBucket", {"bucketName": "acme-old"}, at=-4 * 365 * 24 * _HOUR),
            _mallory.calls("s3", "DeleteBucketPublicAccessBlock", {"bucketName": "acme-old"}),
        ).silent(),
        story(
            "today it has", _mallory.calls("s3", "CreateBucket", {"bucketName": "acme-new"}),
            _mallory.calls("s3", "DeleteBucketPublicAccessBlock", {"bucketName": "acme-new"}),
        ).fires(public_access.BUCKET_BLOCK_DISABLED),
        *(story(f"{call} comes before the block goes", *_forgotten(call))
          .fires(public_access.BUCKET_BLOCK_DISABLED, count=2) for call in ("DeleteBucket", "DeleteBucketPolicy")),
        story("the account's block is deleted", _mallory.calls("s3", "DeleteAccountPublicAccessBlock"))
        .fires(public_access.ACCOUNT_BLOCK_DISABLED),
        story("the account's block is switched off", _mallory.calls("s3", "PutAccountPublicAccessBlock", {
            "PublicAccessBlockConfiguration": _OPEN})).fires(public_access.ACCOUNT_BLOCK_DISABLED),
        story("an access point lets everybody in", _mallory.calls("s3", "PutAccessPointPolicy", {
            "name": "reports", "policy": _FOR_ALL})).fires(public_access.ANONYMOUS_ACCESS_GRANTED),
    ],
    "s3.access_logging": [
        story(
            "a bucket of the same name is made again, and logs nowhere again",
            _mallory.calls("s3", "PutBucketLogging", _LOGS_NOWHERE), _mallory.calls("s3", "DeleteBucket", _ledger),
            _mallory.calls("s3", "PutBucketLogging", _LOGS_NOWHERE),
        ).fires(access_logging.SERVER_ACCESS_LOGGING_DISABLED, count=2),
    ],
    "network.brute_force": [
        story("a few tries at each of three hosts", [
            _server.connects_to(f"9.9.32.{number}", 22, connections=8, spread=20.0, **_try) for number in range(3)],
        ).silent(),
        story("a third of the connections do nothing", _logs_in(60, at=0, **_job), _logs_in(30, at=1)).silent(),
        story("guessing again after two hours", _logs_in(), _logs_in(at=2 * _HOUR))
        .fires(brute_force.SSH_BRUTE_FORCE, count=2),
        story("guessing again after twenty minutes", _logs_in(), _logs_in(at=1200))
        .fires(brute_force.SSH_BRUTE_FORCE, count=1),
        story("too few packets", _logs_in(packets=6, bytes=1200)).silent(),
        story("too many packets", _logs_in(packets=80, bytes=5000)).silent(),
        story("too few bytes", _logs_in(packets=10, bytes=700)).silent(),
        story("too many bytes", _logs_in(packets=50, bytes=9000)).silent(),
        story("connections that last longer than a log-in may", _piece(0, 5, 500), _piece(400, 4, 300),
              _piece(800, 6, 700)).silent(),
        story("log-ins that hesitate for a minute and a half", _logs_in(
            packets=10, bytes=1400, duration=100.0, spread=20.0, at=0)).fires(brute_force.SSH_BRUTE_FORCE, count=1),
        story("connections that only keep themselves alive", _logs_in(
            packets=9, bytes=1200, duration=150.0, spread=20.0, at=0)).silent(),
    ],
    "network.listed_addresses": [
        story("relays called half an hour after relays called", _relayed(_HOUR / 2), given=_tor)
        .fires(listed_addresses.TOR_RELAY, count=1).fires(listed_addresses.TOR_CLIENT, count=6),
        story("relays called two hours after", _relayed(2 * _HOUR), given=_tor)
        .fires(listed_addresses.TOR_CLIENT, count=6),
        story("hosts that are no relays call and are called", _relayed(60), given=_command).silent(),
        story("a controller on an unusual port, from an unusual port", _server.connects_to(
            _listed, 20_000, local_port=2000), given=_command).fires(listed_addresses.COMMAND_AND_CONTROL, count=1),
    ],
    "network.port_probe": [
        story("a scanner with an unusual port", _server.is_contacted_by(_listed, 9200, remote_port=6000),
              given=_scanned).fires(port_probe.UNPROTECTED_PORT),
        story("a port that no known service has", _server.is_contacted_by(_listed, 7777), given=_scanned)
        .fires(port_probe.UNPROTECTED_PORT),
        story("a port as high as clients'", _server.is_contacted_by(_listed, 40_000), given=_scanned,
              flow_fields=FLOW_V5).silent(),
    ],
    "network.port_scan": [
        story("a port every quarter of an hour", every(900, 30, lambda n: _server.connects_to(
            _listed, 100 + n, answered=False))).silent(),
        story("a scan again after two hours", _scan(100), _scan(100, at=2 * _HOUR))
        .fires(port_scan.PORT_SCAN, count=2),
        story("a scan goes on after twenty minutes", _scan(100), _scan(200, at=1200))
        .fires(port_scan.PORT_SCAN, count=1),
        story("high ports are scanned", _scan(5000)).fires(port_scan.PORT_SCAN, count=1),
        story("more packets than a SYN is sent again", _scan(100, packets=10, bytes=600)).silent(),
        story("a proxy resets clients that come through a NAT with few ports", [
            _server.flow(srcaddr="10.0.4.50", dstaddr=_listed, srcport=8080, dstport=2000 + number, protocol=6,
                         packets=1, bytes=40) for number in range(40)]).silent(),
    ],
}
"""By detector file."""
