"""Stories at the edges of detectors' settings: a little more or less, and they would end otherwise.

They are told here and not in the detector files because nobody learns from them what the detector is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from vedette.detectors.api import (
    credential_exfiltration,
    model_invocation,
    password_policy,
    pentest_distributions,
    resource_credential_exfiltration,
    trail_tampering,
    unusual_calls,
)
from vedette.detectors.api_tactics import Tactic, tactic_of
from vedette.detectors.custom import sharing
from vedette.detectors.databases import guessing, unusual_data, unusual_login
from vedette.detectors.dns import data_exfiltration, generated_names
from vedette.detectors.finding_type import HIGH, LOW, MEDIUM
from vedette.detectors.kube_requests import WORKLOADS
from vedette.detectors.kube_traits import REVIEWS
from vedette.detectors.kubernetes import unusual_requests
from vedette.detectors.network import (
    brute_force,
    denial_of_service,
    listed_addresses,
    port_probe,
    port_scan,
    port_sweep,
    spambot,
)
from vedette.detectors.s3 import access_logging, public_access, unusual_access
from vedette.intel.categories import Category
from vedette.simulate import (
    AWS_STRANGER,
    FLOW_V5,
    INSTANCE_PUBLIC,
    NAT_PUBLIC,
    OUTSIDE,
    Given,
    Principal,
    anonymous,
    db_client,
    described,
    described_addresses,
    every,
    iam_user,
    instance,
    instance_session,
    kube_user,
    lambda_session,
    role_session,
    service,
    sso_session,
    story,
)
from vedette.simulate.events import Event
from vedette.simulate.story import BASE_TIME_MS, Story
from vedette.simulate.weeks import comes, works

_HOUR = 3600
_mallory = iam_user("mallory")


_vault = instance_session(instance("i-0b1ff00dba5e00018"), "vault")
_nobody = replace(anonymous(), user_identity={"type": "AWSAccount", "principalId": "ANONYMOUS_PRINCIPAL"})

_deployer = role_session("deploy", "release-41")
_app = instance("i-0aa11bb22cc33dd44", private_ip="10.0.1.6", public_ip=INSTANCE_PUBLIC)
_ours = Given(inventory={**described(_app), **described_addresses(NAT_PUBLIC)})


_stolen, _after, _pod, _web, _ann = (
    unusual_requests._stolen, unusual_requests._then, unusual_requests._container, unusual_requests._web,
    unusual_requests._ann)
_TOKEN: dict[str, Any] = {"agent": unusual_requests._kubectl, "namespace": "shop"}


def _workload(kind: str, number: int) -> dict[str, Any]:
    """A workload with a privileged container."""
    told = _pod(f"image-{number}", privileged=True)
    if kind == "pods":
        return unusual_requests._pod(told)
    made = unusual_requests._template(told)
    return {"spec": {"jobTemplate": made}} if kind == "cronjobs" else made


def _image(image: str, **more: Any) -> dict[str, Any]:
    return unusual_requests._pod(_pod(image, privileged=True, **more))


def _machine(number: int) -> Event | list[Event]:
    machine = instance(f"i-0aa11bb22cc33dd4{number}", private_ip=f"10.0.1.{number + 10}")
    return instance_session(machine).calls("s3", "ListBuckets", ip=OUTSIDE)


def _policy(**request: Any) -> Event | list[Event]:
    return _mallory.calls("iam", "UpdateAccountPasswordPolicy", request)


_THREE_KINDS = {"requireSymbols": True, "requireNumbers": True, "requireUppercaseCharacters": True}
_ALL_KINDS = _THREE_KINDS | {"requireLowercaseCharacters": True}


def _works_with_nobody(day: int) -> list[Event]:
    """A day of ordinary work with buckets, of which one is public."""
    return [*unusual_access._works(day), *unusual_access._does(_nobody, "GetObject", "acme-images")]


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


def _winrm(**sizes: Any) -> list[Event]:
    return _server.is_contacted_by(_guesser, 5985, connections=30, **({"spread": 240.0} | _try | sizes))


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



def _floods(packets: int, size: int = 540, *, port: int = 27_015, at: float = 0.0, **how: Any) -> list[Event]:
    """One socket that sends to a listed host for a minute; UDP, and nothing comes back, unless told so."""
    fields: dict[str, Any] = {"protocol": "udp", "packets": packets, "bytes": packets * size, "answered": False,
                              "duration": 58.0, "at": at}
    return _server.connects_to(_listed, port, **(fields | how))


def _for_minutes(minutes: int, packets: int, size: int = 540, *, first: float = 0.0, **how: Any) -> list[Event]:
    return [event for minute in range(minutes)
            for event in _floods(packets, size, at=first + 60.0 * minute, **how)]


_TICKS = next(port for port in range(40_000, 50_000) if (BASE_TIME_MS // 1000 + port + 443 + 120) % 256 == 0 and all(
    (BASE_TIME_MS // 1000 + port + 443 + 120) % other for other in (25, 2560)))
"""A client's port of a row that is looked at only because one in 256 is."""


def _ordinary(at: float, network: int = 140) -> Event:
    """A row that is looked at for its size, of another host, in TCP."""
    return _server.flow(srcaddr="10.0.4.50", dstaddr=f"9.9.{network}.1", srcport=40_001, dstport=443, protocol=6,
                        packets=12_000, bytes=600_000, at=at)


def _somebody(number: int) -> str:
    return f"9.{number * 37 % 250}.{number * 91 % 250}.{number % 250 + 1}"


def _tries(hosts: int, *, first: int = 0, at: float = 0.0, apart: float = 1.0, port: int = 22) -> list[Event]:
    return [event for number in range(hosts) for event in _server.connects_to(
        _somebody(first + number), port, answered=False, at=at + apart * number)]


def _mails(hosts: int, *, first: int = 0, at: float = 0.0) -> list[Event]:
    return _tries(hosts, first=first, at=at, port=25)


_DAY = 24 * _HOUR
_takes_mail: dict[str, Any] = {"packets": 20, "bytes": 14_000}

_PLAIN = ("garden", "hotel", "river", "photo", "green", "happy", "super", "kitchen", "doctor", "school")
_STIFF = ("gathered", "ushering", "mounded", "stabled", "derailed", "posed", "disobeys", "invoked", "mulched",
          "apparels", "dawned", "birded", "gloating", "slogged", "belies", "subsided", "sauted", "ferocity", "hastens",
          "gaunt")


def _seeming(count: int, low: float, high: float, *, first: int = 0) -> list[str]:
    """Names of two words, of which the model says something between."""
    names = [f"{one}{other}.net" for one in _STIFF for other in (*_STIFF, *_PLAIN) if one != other]
    fit = [name for name in names if low <= (generated_names.ratio(name) or 0.0) < high]
    return fit[first : first + count]


def _plain(count: int, *, sampled: bool) -> list[str]:
    """Names as people choose them, that are in the sample or are not."""
    pairs = [f"{one}{other}" for one in _PLAIN for other in _PLAIN if one != other]
    names = [f"{pair}{number}.com" for number in range(2, 9) for pair in pairs]
    taken = [name for name in names if generated_names._in_sample(name, generated_names.SAMPLE) is sampled]
    return taken[:count]


def _asked(names: Iterable[str], rcode: str = "NXDOMAIN") -> list[Event]:
    return [_app.resolves(name, rcode=rcode, after=10.0) for name in names]


def _coded(number: int, size: int) -> str:
    return blake2b(str(number).encode(), digest_size=size).hexdigest()


def _pieces(
    size: int, count: int, *, kind: str = "A", pause: float = 1.0, domain: str = "drop.example", rcode: str = "NOERROR",
    answer: str = "9.9.77.140", first: int = 0, hosts: int = 0, wait: float = 0.0, kinds: int = 1,
) -> list[Event]:
    several = [instance(f"i-0d44a8bbf3ffee0{number:02d}", private_ip=f"10.0.4.{number}") for number in range(hosts)]
    return [
        (several or [_server])[number % (hosts or 1)].resolves(
            f"{_coded(first + number, size)}.{domain}", asked, (answer,), rcode,
            after=pause if number or not wait else wait)
        for number in range(count) for asked in (kind, "AAAA")[:kinds]]


_bea, _key, _batch, _orders = (
    model_invocation._bea, model_invocation._key, model_invocation._batch, model_invocation._orders)
_OPUS = "anthropic.claude-3-opus-20240229-v1:0"
_FROM_OUTSIDE: dict[str, Any] = {"ip": OUTSIDE, "agent": "Boto3/1.26.0 Python/3.10.6 Windows/10 Botocore/1.29.0"}
_ON_IT: dict[str, Any] = {"agent": "aws-cli/2.15.0 Python/3.11.6 Linux/6.1 exe/x86_64"}
_RARE = [f"{maker}.one-v1:0" for maker in ("ai21", "cohere", "deepseek", "luma", "mistral", "stability", "writer")]


def _asks_each(who: Principal, **fields: Any) -> list[Event]:
    return [model_invocation._asks(who, model, error="ValidationException", **fields) for model in _RARE]


_shop = db_client("app", "10.0.1.7")
_moved, _report_job = db_client("app", "10.0.200.9"), db_client("report", "10.0.9.1")
_abroad = db_client("app", OUTSIDE, application="psql")


def _looks_for_models(name: str) -> Story:
    """A machine's new program asks for models by that API. What serves a tactic is itself unusual for a machine."""
    told = story(f"a machine's new program looks or asks for models, by {name}, and tries some", model_invocation._then(
        _orders.calls("bedrock", name, **_ON_IT), *_asks_each(_orders, **_ON_IT)))
    told = told.fires(model_invocation.ANOMALOUS_INVOCATION)
    tactic = tactic_of(f"bedrock:{name}")
    return told.fires(unusual_calls.TYPES[tactic]) if tactic else told


_SSO = sso_session("ann@acme.example", "Developer").user_name


def _department(call: str, who: Callable[[str], Principal]) -> Story:
    """Somebody reads secrets as a colleague does, whose department is told by that call, or is told no more."""
    ann, bob, *others = (who(name) for name in ("ann", "bob", *(f"looks{number}" for number in range(20))))
    admin, kind = iam_user("cleo"), "user" if call.endswith("User") else "role"
    tags = [{"key": "Department", "value": "payments"}]

    def tells(name: str) -> list[Event]:
        if call == "AssumeRoleWithSAML":
            return [admin.calls("sts", call, {
                "roleArn": f"arn:aws:iam::111122223333:role/{_SSO}", "roleSessionName": f"{name}@acme.example",
                "principalTags": {"Department": "payments"}})]
        named = {f"{kind}Name": name}
        if not call.startswith("Untag"):
            return [admin.calls("iam", call, {**named, "tags": tags})]
        return [admin.calls("iam", call.removeprefix("Un").capitalize().replace(kind, kind.capitalize()), {
            **named, "tags": tags}), *([admin.calls("iam", call, {**named, "tagKeys": ["Department"]})]
                                       if name == "bob" else [])]

    work = [ann.calls("secretsmanager", name, after=60) for name in ("ListSecrets", "GetSecretValue")] + [
        one.calls("ec2", "DescribeInstances", after=60) for one in (bob, *others)]
    told = story(f"a department that {call} tells of", tells("ann"), tells("bob"), every(86_400.0, 16, lambda _: work),
                 bob.calls("secretsmanager", "ListSecrets", after=86_400.0 - 1500),
                 bob.calls("secretsmanager", "GetSecretValue", after=20))
    return told.fires(unusual_calls.TYPES[Tactic.CREDENTIAL_ACCESS]) if call.startswith("Untag") else told.silent()


def _misses(who: Any, number: int, *, after: float = 20.0, wait: float = 20.0) -> list[Event]:
    return [who.fails(after=wait if n == 0 else after) for n in range(number)]


def _nightly(days: int) -> list[Event]:
    return every(_DAY, days, lambda _: [_shop.logs_in(), *_misses(_report_job, 18, after=60.0)])


def _drops(*names: str) -> list[Event]:
    return [_shop.runs(f"DROP TABLE {name}", 0) for name in names]


def _makes(*names: str) -> list[Event]:
    return [_shop.runs(f"CREATE TABLE {name} (id int)", 0) for name in names]


EDGES: dict[str, list[Story]] = {
    "api.unusual_calls": [
        *(_department(call, iam_user) for call in ("CreateUser", "UntagUser")),
        *(_department(call, lambda name: role_session(name, "job")) for call in ("CreateRole", "TagRole", "UntagRole")),
        _department("AssumeRoleWithSAML", lambda name: sso_session(f"{name}@acme.example", "Developer")),
    ],
    "custom.sharing": [
        story("a bucket's policy lets in everybody, which is found twice over", _mallory.calls(
            "s3", "PutBucketPolicy", {"bucketName": "acme-ledger", "bucketPolicy": {
                "Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::acme-ledger/*"}]}})).fires(sharing.S3_SHARED, {
            "title": "IAM user mallory shared bucket acme-ledger with everybody.",
        }).fires(public_access.ANONYMOUS_ACCESS_GRANTED),
    ],
    "databases.guessing": [
        story("a hundred failures where eighteen are usual", comes(_shop, days=8), _nightly(16), _misses(
            _moved, 100, wait=9_000.0)).fires(guessing.FAILED_LOGIN, count=1),
        story("eighteen were usual more than a month ago", comes(_shop, days=8), _nightly(10), comes(_shop, days=40),
              _misses(_moved, 30)).fires(guessing.FAILED_LOGIN, count=1),
        story("of a new database, one password is tried for eight users, from the Internet", [
            _abroad.fails(user=f"user{number}") for number in range(8)]).fires(guessing.FAILED_LOGIN, count=1),
        story("one try in half an hour", comes(_shop), _misses(_moved, 21, after=1_800.0))
        .fires(guessing.FAILED_LOGIN, count=1),
        story("a dozen failures, and a dozen two hours later", comes(_shop), _misses(_moved, 12), _misses(
            _moved, 12, wait=7_200.0)).silent(),
    ],
    "databases.unusual_data": [
        story("an application reads five hundred rows at a time, very often", comes(_shop), [
            _shop.runs("SELECT * FROM orders WHERE day = $1", 500) for _ in range(250)]).silent(),
        story("who builds drops a dozen tables", comes(_shop), every(
            _DAY, 3, lambda n: _makes(f"made_{n}")), _drops(*(f"orders_{n}" for n in range(12))))
        .fires(unusual_data.TYPES[unusual_data.Deed.DROPPED], count=1),
        story("what somebody made three weeks ago is dropped", comes(_shop, days=8), _makes("a", "b", "c"), comes(
            _shop, days=20), _drops("a", "b", "c")).fires(unusual_data.TYPES[unusual_data.Deed.DROPPED], count=1),
        story("what he made yesterday", comes(_shop), _makes("a", "b", "c"), comes(_shop, days=2), _drops(
            "a", "b", "c")).silent(),
    ],
    "databases.unusual_login": [
        story("failures two hours before", comes(_shop), _misses(_abroad, 6), _abroad.logs_in(after=7_200.0))
        .fires(unusual_login.SUCCESSFUL_LOGIN, {"severity": MEDIUM}),
        story("failures half an hour before", comes(_shop), _misses(_abroad, 6), _abroad.logs_in(after=1_800.0))
        .fires(unusual_login.SUCCESSFUL_LOGIN, {"severity": HIGH}),
    ],
    "api.model_invocation": [
        *(story(f"a key that never used a model asks one from elsewhere, by {name}", model_invocation._then(
            _bea.calls(source, name, {"modelId": _OPUS}, **_FROM_OUTSIDE)))
          .fires(model_invocation.ANOMALOUS_INVOCATION, count=1)
          for source, names in model_invocation.INVOKES.items() for name in names),
        *(_looks_for_models(name) for name in (*model_invocation.LOOKS, *model_invocation.OPENS)),
        story("a machine's new program tries models", model_invocation._then(*_asks_each(_orders, **_ON_IT))).silent(),
        *(story(f"{whose} program opens models, and tries some in another Region", model_invocation._then(
            *[who.calls("bedrock", name, agent=agent) for name in (
                "CreateFoundationModelAgreement", "PutFoundationModelEntitlement")],
            *_asks_each(who, region="us-west-2", agent=agent))).silent()
          for whose, who, agent in (("a machine's own", _orders, None), ("a job's new", _batch, "curl/8.5.0"))),
        story("somebody who uses models goes on as ever, from three new networks", model_invocation._then(
            *[model_invocation._asks(model_invocation._ann, "us.anthropic.claude-sonnet-4-20250514-v1:0",
                                     "ConverseStream", ip=ip, after=900) for ip in (OUTSIDE, "9.44.4.1", "9.45.4.1")]))
        .silent(),
        story("a key opens models from elsewhere, and uses none", model_invocation._then(
            *[_bea.calls("bedrock", name, **_FROM_OUTSIDE) for name in (
                "CreateFoundationModelAgreement", "PutFoundationModelEntitlement")])).silent(),
        story("an application's key sends 50 prompts, three of 100,000 tokens, and is told to be slower 100 times",
              model_invocation._then(
                  *[model_invocation._asks(_key, error="ThrottlingException", **_FROM_OUTSIDE) for _ in range(100)],
                  *[model_invocation._asks(_key, after=5, **_FROM_OUTSIDE) for _ in range(50)],
                  *[model_invocation._asks(_key, tokens=(100_000, 400), after=5, **_FROM_OUTSIDE) for _ in range(3)]))
        .fires(model_invocation.ANOMALOUS_INVOCATION, count=1),
        story("a job's session sends 60 prompts from elsewhere, of which some are looked at", model_invocation._then(
            *[model_invocation._asks(_batch, _OPUS, after=5, **_FROM_OUTSIDE) for _ in range(60)]))
        .fires(model_invocation.ANOMALOUS_INVOCATION, count=2),
    ],
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
    "s3.unusual_access": [
        story(
            "a machine's role is refused one bucket after the other",
            unusual_access._then(*[unusual_access._does(
                unusual_access._web, "ListObjects", f"acme-{number}", error="AccessDenied") for number in range(14)]),
        ).fires(unusual_access.TYPES[unusual_access.Act.LIST]),
        story(
            "a job does all that there is with one new bucket, where nobody ever uses one",
            unusual_access._then(*[unusual_access._does(unusual_access._etl(9), name, "acme-new") for name in (
                "ListObjects", "PutObject", "GetObject", "DeleteObjects")]),
        ).silent(),
        story(
            "a user reads her bucket as always, 4,480 times",
            unusual_access._then(
                unusual_access._many(unusual_access._bea, "GetObject", "acme-ledger", 70, "x")),
        ).fires(unusual_access.TYPES[unusual_access.Act.READ]),
        story(
            "she reads it 1,280 times",
            unusual_access._then(
                unusual_access._many(unusual_access._bea, "GetObject", "acme-ledger", 20, "x")),
        ).silent(),
        story(
            "the first machine of a new role does what it is for",
            unusual_access._then(*[unusual_access._does(_vault, name, bucket) for bucket in unusual_access._SAFES
                                   for name in ("ListObjects", "GetObject", "DeleteObject")]),
        ).silent(),
        story(
            "nobody, who reads daily, reads and deletes, as old records name him",
            unusual_access._then(*[unusual_access._does(_nobody, name, bucket) for bucket in unusual_access._SAFES
                                   for name in ("GetObject", "DeleteObject")], work=_works_with_nobody),
        ).silent(),
    ],
    "s3.access_logging": [
        story(
            "a bucket of the same name is made again, and logs nowhere again",
            _mallory.calls("s3", "PutBucketLogging", _LOGS_NOWHERE), _mallory.calls("s3", "DeleteBucket", _ledger),
            _mallory.calls("s3", "PutBucketLogging", _LOGS_NOWHERE),
        ).fires(access_logging.SERVER_ACCESS_LOGGING_DISABLED, count=2),
    ],
    "dns.generated_names": [
        story("forty names that are hardly odd", _asked(_seeming(40, 0.3, 1.0))).silent(),
        story("five missing names, and one of the same kind that is there", _asked(_seeming(5, 3.2, 9.0)),
              _asked(_seeming(3, 1.0, 4.0), "NOERROR")).silent(),
        story("ten odd names, with one other looked at", _asked(_plain(1, sampled=True)),
              _asked(_seeming(12, 2.8, 9.0))).fires(generated_names.GENERATED, count=1),
        story("very odd names, with very many others", _asked(_plain(8, sampled=True)), _asked(_seeming(12, 5.0, 6.2)))
        .fires(generated_names.GENERATED, count=1),
        story("ten odd names, with thirty others of which none is looked at", _asked(_plain(30, sampled=False)),
              _asked(_seeming(9, 2.2, 3.2))).fires(generated_names.GENERATED, count=1),
        story("odd names of which forty are there", _asked(_seeming(40, 1.5, 4.0), "NOERROR"),
              _asked(_seeming(12, 2.2, 3.2, first=40))).silent(),
        story("odd names that are there and are not looked at, and some that are missing", _asked(
            [name for name in _seeming(27, 1.0, 1.5) if not generated_names._in_sample(name, generated_names.THERE)],
            "NOERROR"), _asked(_seeming(7, 2.6, 3.2))).fires(generated_names.GENERATED, count=1),
    ],
    "network.brute_force": [
        story("a few tries at each of three hosts", [
            _server.connects_to(f"9.9.32.{number}", 22, connections=8, spread=20.0, **_try) for number in range(3)],
        ).silent(),
        story("a third of the connections do nothing", _logs_in(60, at=0, **_job), _logs_in(30, at=1)).silent(),
        story("a third of the connections fail, the others fetch much with few packets", _logs_in(
            60, at=0, packets=6, bytes=700, reply_packets=30, reply_bytes=40_000), _logs_in(30, at=1)).silent(),
        story("guessing again after two hours", _logs_in(), _logs_in(at=2 * _HOUR))
        .fires(brute_force.SSH_BRUTE_FORCE, count=2),
        story("guessing again after twenty minutes", _logs_in(), _logs_in(at=1200))
        .fires(brute_force.SSH_BRUTE_FORCE, count=1),
        story("too few packets", _logs_in(packets=6, bytes=1200)).silent(),
        story("too many packets", _logs_in(packets=80, bytes=5000)).silent(),
        story("too few bytes", _logs_in(packets=10, bytes=700)).silent(),
        story("too many bytes", _logs_in(packets=50, bytes=9000)).silent(),
        story("WinRM: too few bytes", _winrm(packets=10, bytes=700)).silent(),
        story("WinRM: too many bytes", _winrm(packets=40, bytes=12_000)).silent(),
        story("WinRM: too much comes back", _winrm(reply_packets=30, reply_bytes=30_000)).silent(),
        story("WinRM: what is too much for SSH", _winrm(bytes=8_000, reply_bytes=8_000))
        .fires(brute_force.WINRM_BRUTE_FORCE, count=1),
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
    "network.denial_of_service": [
        story("five hundred packets a second without an answer", _for_minutes(3, 30_000)).silent(),
        story("ten thousand full packets a second", _for_minutes(2, 600_000, 1_400))
        .fires(denial_of_service.UDP_FLOOD, count=1),
        story("one packet in five hundred is answered", _for_minutes(
            2, 300_000, answered=True, reply_packets=600, reply_bytes=60_000))
        .fires(denial_of_service.UDP_FLOOD, count=1),
        story("short bursts, minutes apart", [_floods(11_000, duration=1.0, at=120.0 * n) for n in range(4)]).silent(),
        story("a flood of ten seconds, and soon after it the next row", _floods(200_000, duration=9.0), _ordinary(12))
        .fires(denial_of_service.UDP_FLOOD, count=1),
        story("an upload whose answer begins a second later", [_server.flow(
            srcaddr="10.0.4.50", dstaddr=_listed, srcport=41_000, dstport=27_015, protocol=17, packets=300_000,
            bytes=300_000_000, at=60 * minute, end=59) for minute in range(3)], [_server.flow(
                srcaddr=_listed, dstaddr="10.0.4.50", srcport=27_015, dstport=41_000, protocol=17, packets=30_000,
                bytes=3_000_000, at=60 * minute + 1, end=58) for minute in range(3)],
            [_ordinary(60 * minute + 1, network) for minute in range(3) for network in range(140, 146)]).silent(),
        story("the next row comes twenty hours later", _floods(200_000), _ordinary(20 * _HOUR))
        .fires(denial_of_service.UDP_FLOOD, count=1),
        story("the next row comes three days later", _floods(200_000), _ordinary(3 * _DAY)).silent(),
        story("a flood again after two hours", _for_minutes(2, 200_000), _for_minutes(2, 200_000, first=2.0 * _HOUR))
        .fires(denial_of_service.UDP_FLOOD, count=2),
        story("a flood goes on for twenty minutes", _for_minutes(20, 200_000))
        .fires(denial_of_service.UDP_FLOOD, count=1),
        story("sound that flows one way, from ports that are sampled", [event for minute in range(2) for port in (
            40_000, 40_032, 40_064) for event in _floods(1_400, 200, port=27_008, local_port=port, at=60.0 * minute)])
        .silent(),
        story("SYNs that are answered, and reset", _server.flow(
            srcaddr="10.0.4.50", dstaddr=_listed, srcport=50_000, dstport=80, protocol=6, packets=200_000,
            bytes=8_000_000, tcp_flags=6, end=59, flow_direction="egress"), flow_fields=FLOW_V5)
        .fires(denial_of_service.TCP_FLOOD, count=1),
        story("two hundred and fifty sockets of three hundred packets", _floods(
            300, connections=250, spread=4.0, duration=50.0), _ordinary(59))
        .fires(denial_of_service.UDP_FLOOD, count=1),
        story("a flood from very many ports within one second", _floods(
            140, connections=480, spread=0.9, duration=50.0, port=53)).fires(denial_of_service.DNS_FLOOD, count=1),
        story("twenty connections that do not exist", _for_minutes(
            2, 20_000, 552, protocol="tcp", connections=20, spread=5.0, duration=50.0, port=80))
        .fires(denial_of_service.TCP_FLOOD, count=1),
        story("uploads by QUIC, with few reports each", _for_minutes(
            2, 6_000, 1_100, answered=True, connections=20, spread=5.0, duration=50.0, reply_packets=80,
            reply_bytes=6_000, port=443)).silent(),
        story("an upload that is acknowledged once in 150 packets", _for_minutes(
            3, 900_000, 1_100, protocol="tcp", answered=True, reply_packets=6_000, reply_bytes=6_000 * 52, port=443),
        ).silent(),
        story("a hundred thousand packets a second in one burst", _floods(1_000_000, duration=9.0))
        .fires(denial_of_service.UDP_FLOOD, count=1),
        story("a file transfer of seven thousand packets a second, answered", _for_minutes(
            2, 420_000, 1_100, answered=True, reply_packets=9_000, reply_bytes=900_000, port=30_000)).silent(),
        story("empty datagrams in one burst", _floods(200_000, 28, duration=20.0))
        .fires(denial_of_service.UDP_FLOOD, count=1),
        story("a feed of small messages over TCP, both ways", _for_minutes(
            3, 120_000, 150, protocol="tcp", answered=True, reply_packets=120_000, reply_bytes=120_000 * 150,
            port=9_500)).silent(),
        story("SYNs of 40 bytes from one port, refused, in the default format", _for_minutes(
            2, 120_000, 40, protocol="tcp", refused=True, reply_packets=120_000, reply_bytes=120_000 * 40, port=80))
        .fires(denial_of_service.TCP_FLOOD, count=1),
        story("a QUIC server sends a lot for little", [event for minute in range(3) for event in
              _server.is_contacted_by(_listed, 443, protocol="udp", packets=400, bytes=40_000, reply_packets=200_000,
                                      reply_bytes=200_000 * 1_100, duration=58.0, at=60.0 * minute)]).silent(),
        story("a flood from a port below clients'", _for_minutes(2, 200_000, local_port=5_000))
        .fires(denial_of_service.UDP_FLOOD, count=1),
        story("some row of the interface, of one in 256, tells that nothing came back", _floods(200_000),
              _server.flow(srcaddr="10.0.4.50", dstaddr="9.9.140.1", srcport=_TICKS, dstport=443, protocol=6,
                           packets=9, bytes=1_500, at=120)).fires(denial_of_service.UDP_FLOOD, count=1),
    ],
    "kubernetes.unusual_requests": [
        story("each kind of workload, on a cluster's first day", [
            _ann.asks("create", kind, "x", namespace="shop", request=_workload(kind, number))
            for number, kind in enumerate(sorted(WORKLOADS))])
        .fires(unusual_requests.FIRST_PRIVILEGED, findings=8, count=1),
        *[story(f"a workload is changed by {verb} and has an image that never was privileged", _after(
            _ann.asks(verb, "deployments", "web", namespace="shop", request=_workload("deployments", 1))))
            .fires(unusual_requests.FIRST_PRIVILEGED, count=1) for verb in ("update", "patch")],
        *[story(f"the same by {verb} on a cluster's first day, when it may have been so before",
                _ann.asks(verb, "deployments", "web", namespace="shop", request=_workload("deployments", 1)))
            .silent() for verb in ("update", "patch")],
        *[story(f"a container is added to a pod that runs, by {verb}", _after(_stolen(
            verb, "pods/ephemeralcontainers", "web-0", namespace="shop",
            request={"spec": {"ephemeralContainers": [_pod("alpine", privileged=True)]}})))
            .fires(unusual_requests.PRIVILEGED, count=1) for verb in ("update", "patch")],
        *[story(f"a pod's account does {verb} {what}", _after(_web.asks(verb, what, "db", ip=OUTSIDE, **_TOKEN)))
            .fires(unusual_requests.SECRETS) for verb, what in (
                ("get", "secrets"), ("list", "secrets"), ("watch", "secrets"), ("create", "serviceaccounts/token"))],
        *[story(f"a stolen session does {verb} {what}", _after(_stolen(verb, what, "vault-0", namespace="vault")))
            .fires(unusual_requests.EXEC) for verb in ("create", "get") for what in ("pods/exec", "pods/attach")],
        *[story(f"a pod's account asks by {what}", _after(_web.asks(
            "create", what, ip=OUTSIDE, **_TOKEN, request=unusual_requests._may("list", "secrets"))))
            .fires(unusual_requests.CHECKED) for what in sorted(REVIEWS)],
        *[story(f"a stolen session does {verb} {what}", _after(_stolen(
            verb, what, "x", namespace="shop", request=unusual_requests._rule("get", of="secrets"))))
            .fires(unusual_requests.ROLE, {"severity": LOW}) for verb, what in (
                ("create", "roles"), ("update", "roles"), ("patch", "clusterroles"))],
        *[story(f"a stolen session does create {what}", _after(_stolen(
            "create", what, "x", namespace="shop", request=unusual_requests._binding("view"))))
            .fires(unusual_requests.BOUND, {"severity": MEDIUM}) for what in ("rolebindings", "clusterrolebindings")],
        story("an operator that only ever read secrets attaches to a pod, with its own program", _after(
            unusual_requests._certs.asks("create", "pods/attach", "vault-0", namespace="vault")))
        .fires(unusual_requests.EXEC),
        story("a stolen session deploys a privileged image made for breaking in, which is one thing", _after(
            _stolen("create", "pods", "x", namespace="shop", request=_image("kalilinux/kali-rolling"))))
        .fires(unusual_requests.PRIVILEGED),
        story("a developer lists the secrets of another namespace for the first time", _after(
            unusual_requests._dan.asks("list", "secrets", namespace="vault"))).silent(),
        story("somebody at a hotel asks for all that is worth having", _after(*[
            _ann.asks("create", "selfsubjectaccessreviews", ip=OUTSIDE, request=unusual_requests._may(verb, what))
            for verb, what in (("*", "*"), ("get", "secrets"), ("create", "pods"), ("create", "roles"),
                               ("impersonate", "users"), ("get", "nodes/proxy"), ("create", "pods/exec"),
                               ("create", "serviceaccounts/token"))]))
        .fires(unusual_requests.CHECKED),
        story("a node's own credentials are used with another program", _after(unusual_requests._node.asks(
            "list", "secrets", code=403, agent=unusual_requests._kubectl), unusual_requests._node.asks(
            "list", "secrets", namespace="shop", agent=unusual_requests._kubectl))).fires(unusual_requests.SECRETS),
        story("a new kubelet asks for other things", _after(*[
            unusual_requests._node.asks(verb, what, "x", namespace="shop") for verb, what in (
                ("list", "secrets"), ("create", "pods"), ("patch", "pods/ephemeralcontainers"), ("create", "jobs"))]))
        .silent(),
        story("EKS has a new part, which lists secrets", _after(kube_user(
            "eks:new-part", ip="10.0.7.7", agent="new-part/1.0").asks("list", "secrets", namespace="shop"))).silent(),
        story("a node is one of another make", _after(unusual_requests._node.asks(
            "get", "secrets", "env", namespace="shop", agent="fargate-kubelet/1.31"))).silent(),
        story("an image is privileged again within a year", _ann.asks(
            "create", "pods", "a", namespace="shop", request=_image("dind")), _ann.asks(
            "create", "pods", "b", namespace="shop", request=_image("dind"), after=300.0 * _DAY))
        .fires(unusual_requests.FIRST_PRIVILEGED, count=1),
        story("and after more than a year", _ann.asks(
            "create", "pods", "a", namespace="shop", request=_image("dind")), _ann.asks(
            "create", "pods", "b", namespace="shop", request=_image("dind"), after=401.0 * _DAY))
        .fires(unusual_requests.FIRST_PRIVILEGED, findings=2, count=1),
    ],
    "network.port_sweep": [
        story("a host every quarter of an hour", _tries(60, apart=900.0)).silent(),
        story("a sweep again after two hours", _tries(30), _tries(30, first=100, at=2.0 * _HOUR))
        .fires(port_sweep.PORT_SWEEP, count=2),
        story("a sweep goes on after twenty minutes", _tries(30), _tries(30, first=100, at=1200.0))
        .fires(port_sweep.PORT_SWEEP, count=1),
        story("a half-open sweep in which every second host is there", [_server.flow(
            srcaddr="10.0.4.50", dstaddr=_somebody(number), srcport=50_000 + number, dstport=22, protocol=6,
            packets=1 + number % 2, bytes=40 * (1 + number % 2), tcp_flags=2 + 4 * (number % 2), end=1,
            flow_direction="egress", at=number) for number in range(70)], flow_fields=FLOW_V5)
        .fires(port_sweep.PORT_SWEEP, count=1),
        story("twelve hosts are gone", _tries(12)).silent(),
        story("thirty web sites are gone", _tries(30, port=443)).silent(),
    ],
    "dns.data_exfiltration": [
        story("data in pieces of 13, as slow as 233 bytes an hour", _pieces(13, 312, pause=200.0))
        .fires(data_exfiltration.DATA_EXFILTRATION, count=1),
        story("the same for an hour", _pieces(13, 312, pause=10.0)).silent(),
        story("the same, each name asked for twice", _pieces(13, 312, pause=100.0, kinds=2)).silent(),
        story("a monitor goes round the tenants of a service again and again, and finds a new one",
              [_pieces(16, 252, pause=14.0) for _ in range(3)], _pieces(16, 1, first=900)).silent(),
        story("fifteen pieces of 30 bytes", _pieces(30, 15)).silent(),
        story("sixteen", _pieces(30, 16)).fires(data_exfiltration.DATA_EXFILTRATION, count=1),
        story("three long names", [_server.resolves(
            f"{_coded(n, 31)}.{_coded(n + 9, 31)}.{_coded(n + 99, 31)}.drop.example", "TXT", ("1",)) for n in range(3)])
        .silent(),
        story("pieces of 20 bytes, asked for as mail servers", _pieces(20, 19, kind="MX", answer="10 mx.example."))
        .fires(data_exfiltration.DATA_EXFILTRATION, count=1),
        story("hashes that are on no list", _pieces(20, 90, rcode="NXDOMAIN")).silent(),
        story("hashes of which each has an address", _pieces(20, 90))
        .fires(data_exfiltration.DATA_EXFILTRATION, count=1),
        story("data before a whole name that nobody has", _pieces(30, 30, domain="vendor.com.drop.example",
                                                                  rcode="NXDOMAIN")).silent(),
        story("data before a whole name that somebody answers for", _pieces(30, 30, domain="vendor.com.drop.example"))
        .fires(data_exfiltration.DATA_EXFILTRATION, count=1),
        story("what is asked for again is no news", _pieces(30, 12), _pieces(30, 12), _pieces(30, 4, first=11))
        .silent(),
        story("what goes slowly is counted for a day and no longer",
              [_pieces(30, 1, first=n, pause=3_600.0) for n in range(90)]).silent(),
        story("selectors, and pieces that are too small for anything", _pieces(8, 60, kind="TXT", answer="v=1"),
              _pieces(6, 700, pause=20.0, domain="other.example")).silent(),
        story("ten long names in some hours", [_server.resolves(
            f"{_coded(n, 31)}.{_coded(n + 9, 31)}.{_coded(n + 99, 31)}.{_coded(n + 999, 20)}.drop.example", "TXT",
            ("1",), after=1_500.0) for n in range(10)]).silent(),
        story("a product of five instances, and of one a week later", _pieces(30, 20, hosts=5, pause=3_600.0),
              _pieces(30, 40, first=40, wait=7.0 * _DAY)).silent(),
        story("and of one when the others are long gone", _pieces(30, 20, hosts=5),
              _pieces(30, 40, first=40, wait=20.0 * _DAY)).fires(data_exfiltration.DATA_EXFILTRATION, count=1),
        story("four instances asked two days ago", _pieces(30, 8, hosts=4), _pieces(30, 40, first=40, wait=2.0 * _DAY))
        .fires(data_exfiltration.DATA_EXFILTRATION, count=1),
        story("a product of four instances is not common", _pieces(30, 72, hosts=4))
        .fires(data_exfiltration.DATA_EXFILTRATION, findings=4, count=1),
    ],
    "network.spambot": [
        story("three new mail hosts an hour", [
            event for hour in range(9) for event in _mails(3, first=3 * hour, at=hour * 3600.0)]).silent(),
        story("a bot that sends a little, and three hours later a lot", _mails(8), _mails(20, first=50, at=3.0 * _HOUR))
        .fires(spambot.SPAMBOT, count=1),
        story("mail was taken three days ago", _server.is_contacted_by(_guesser, 25, **_takes_mail),
              _mails(30, at=3.0 * _DAY)).silent(),
        story("mail was taken twenty days ago", _server.is_contacted_by(_guesser, 25, **_takes_mail),
              _mails(30, at=20.0 * _DAY)).fires(spambot.SPAMBOT, count=1),
        story("a scanner reads the banner of a bot", _server.is_contacted_by(_guesser, 25, packets=5, bytes=300),
              _mails(30, at=60.0)).fires(spambot.SPAMBOT, count=1),
        story("who has used a relay for three weeks sends to some more", works(_server, 40),
              works(_server, 22, first=18, port=25),
              [_mails(1, first=number, at=40.0 * _DAY + 900 * number) for number in range(9)]).silent(),
        story("a network a day", works(_server, 40),
              [_mails(1, first=number, at=(18.0 + number) * _DAY) for number in range(9)]).silent(),
    ],
}
"""By detector file."""
