"""A day's CloudTrail of an estate at ordinary work: people, pipelines, machines, functions and AWS's own services."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

import msgspec

from vedette.logs.times import format_time
from vedette.simulate.addresses import REGION
from vedette.simulate.call_record import record_of
from vedette.simulate.delivery import BUCKET_MS
from vedette.simulate.estate_plan import Network, Person, Plan
from vedette.simulate.estate_shapes import SHAPES, Shape, assume_role, web_identity_role
from vedette.simulate.identifiers import bare_hex, upper_id
from vedette.simulate.principals import (
    AWS_CLI,
    BOTO3,
    BROWSER,
    TERRAFORM,
    Principal,
    ecs_session,
    foreign_account,
    iam_user,
    instance_session,
    lambda_session,
    role_session,
    service,
    service_role_session,
    sso_session,
    web_identity,
)

HOUR = 3_600_000

_SLOT = re.compile(r'"@@#(\w+?)@@"|@@(\w+?)@@')
_HOSTED_RUNNERS = ("20.57.43", "20.109.38", "4.227.115", "13.105.117", "52.159.247", "172.183.77")
"""Where the hosted runners of a CI service (in another cloud) call from; each run from another address."""
_VENDOR = "464622532012"
_VENDOR_IP = "3.233.151.18"

_DENIED = {
    "ec2": ("Client.UnauthorizedOperation", "You are not authorized to perform this operation."),
    "s3": ("AccessDenied", "Access Denied"),
}
_GLOBAL = frozenset({"iam", "route53", "ce", "health", "signin"})
"""Services without Regions, whose calls are logged in us-east-1."""
_NEVER_DENIED = frozenset({"GetCallerIdentity"})
_ORDINARY_FAILURES = (
    ("s3:HeadObject", "NoSuchKey", "The specified key does not exist."),
    ("ec2:DescribeInstances", "Client.RequestLimitExceeded", "Request limit exceeded."),
    ("cloudformation:DescribeStacks", "ValidationException", "Stack with id prod-search does not exist"),
    ("logs:CreateLogStream", "ResourceAlreadyExistsException", "The specified log stream already exists"),
    ("dynamodb:DescribeTable", "ResourceNotFoundException", "Requested resource not found: Table: carts not found"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A call of a routine: how likely it is at all, and how often it then is made in a row, at most."""

    shape: Shape
    chance: float = 1.0
    times: int = 1


@dataclass(slots=True, eq=False)
class Actor:
    """Somebody at work, with what they do in one go."""

    who: Principal
    network: Network
    steps: Sequence[Step]
    pause: float
    """Seconds between two calls, on average."""
    weight: Callable[[int], float]
    """How often the routine is begun in the hour that begins at this time (ms), against the other actors."""
    lasts: int = 6 * HOUR
    """How long one set of temporary credentials is used."""
    addresses: Sequence[str] = ()
    """Where calls come from, if from more than one place: another for each set of credentials."""
    failures: float = 0.01
    gives_to: Principal | None = None
    """Whose credentials the calls give out."""
    templates: dict[tuple[int, bool], tuple[str, ...]] = field(default_factory=dict)
    """The texts of its calls, by the shape's place in memory (an actor keeps its shapes)."""


def calls_by_object(
    plan: Plan, start: int, hours: int, count: int, seed: int
) -> Iterator[tuple[str, str, int, list[str]]]:
    """Exactly ``count`` records, as (account, Region, delivery time in ms, records as JSON), hour by hour.

    Records of one object are in no particular order, as CloudTrail's are not.
    """
    actors = _actors(plan)
    open_objects: defaultdict[tuple[int, str, str], list[str]] = defaultdict(list)
    for hour, quota in enumerate(_quotas(actors, start, hours, count)):
        begin = start + hour * HOUR
        rng = random.Random(f"calls/{seed}/{hour}")  # noqa: S311 - nothing here is secret
        made = 0
        weights = list(accumulate(actor.weight(begin) for actor in actors))
        while made < quota:
            actor = rng.choices(actors, cum_weights=weights)[0]
            for moment, account, region, record in _routine(actor, begin, rng):
                if made == quota or moment >= start + hours * HOUR:
                    break
                made += 1
                open_objects[moment - moment % BUCKET_MS + BUCKET_MS, account, region].append(record(moment))
        done = begin + HOUR if hour + 1 < hours else begin + 3 * HOUR
        for key in sorted(key for key in open_objects if key[0] <= done):
            yield key[1], key[2], key[0], open_objects.pop(key)


def _quotas(actors: Sequence[Actor], start: int, hours: int, count: int) -> list[int]:
    """How many records each hour has: more when people work; together ``count``."""
    busy = list(accumulate(sum(actor.weight(start + hour * HOUR) for actor in actors) for hour in range(hours)))
    edges = [round(count * part / busy[-1]) for part in busy]
    return [edge - before for before, edge in zip([0, *edges], edges, strict=False)]


def _routine(
    actor: Actor, begin: int, rng: random.Random
) -> Iterator[tuple[int, str, str, Callable[[int], str]]]:
    moment = begin + rng.random() * HOUR
    for step in actor.steps:
        if step.chance < 1 and rng.random() > step.chance:
            continue
        for _ in range(rng.randint(1, step.times) if step.times > 1 else 1):
            denied = rng.random() < actor.failures
            region = _region(actor, step.shape)
            yield int(moment), actor.who.recipient, region, _Writer(actor, step.shape, denied, rng)
            moment += rng.expovariate(1.0) * actor.pause * 1000


def _region(actor: Actor, shape: Shape) -> str:
    """Where the call is logged."""
    return REGION if shape.service in _GLOBAL else actor.network.region


@dataclass(frozen=True, slots=True)
class _Writer:
    actor: Actor
    shape: Shape
    denied: bool
    rng: random.Random

    def __call__(self, moment: int) -> str:
        actor, shape = self.actor, self.shape
        key = (id(shape), self.denied)
        template = actor.templates.get(key)
        if template is None:
            template = actor.templates[key] = _template(actor, shape, self.denied)
        return _fill(template, actor, moment, self.rng)


def _template(actor: Actor, shape: Shape, denied: bool) -> tuple[str, ...]:
    """The record's text cut at its slots: literal, number slot, text slot, literal, …"""
    more = dict(shape.more)
    top_level = {"eventTime": "@@TIME@@", "eventID": "@@UUID@@"} | {
        name: more.pop(name) for name in ("sharedEventID",) if name in more
    }
    if shape.service != "signin":
        top_level["requestID"] = "@@ID16@@" if shape.service == "s3" else "@@UUID@@"
    if denied and "error_message" not in more and shape.name not in _NEVER_DENIED:
        error, message = _DENIED.get(shape.service, ("AccessDenied", None))
        more |= {"error": error, "error_message": message}
    event = actor.who.calls(
        shape.service, shape.name, shape.request, response=shape.response, ip="@@IP@@" if actor.addresses else None,
        region=_region(actor, shape),
        **more, **top_level,
    )
    record = record_of(event.fields, 0, 0, "estate")
    identity = record["userIdentity"]
    if "accessKeyId" in identity and identity["accessKeyId"].startswith("ASIA"):
        identity["accessKeyId"] = "@@KEY@@"
    if "sessionContext" in identity:
        identity["sessionContext"]["attributes"]["creationDate"] = "@@CREATED@@"
    if shape.service == "s3" and "additionalEventData" in record:
        record["additionalEventData"] |= {"x-amz-id-2": "@@B64@@@@ID16@@=", "bytesTransferredOut": "@@#N5@@"}
    text = msgspec.json.encode(record).decode()
    network = actor.network
    for slot, value in (
        ("ACCOUNT", actor.who.recipient), ("REGION", network.region), ("NET", network.name),
        ("ROLEID", _holder(actor).principal_id.partition(":")[0]),
    ):
        text = text.replace(f"@@{slot}@@", value)
    return tuple(part or "" for part in _SLOT.split(text))


def _fill(template: Sequence[str], actor: Actor, moment: int, rng: random.Random) -> str:
    parts = list(template)
    age = _offset(actor) % actor.lasts
    period = (moment - age) // actor.lasts
    file = ""
    for place in range(1, len(parts), 3):
        slot = parts[place] or parts[place + 1]
        parts[place + 1] = ""
        draw = _DRAWS.get(slot)
        if draw is not None:
            parts[place] = draw(rng)
        elif slot == "TIME":
            parts[place] = format_time(moment)[:19] + "Z"
        elif slot == "FILE":
            parts[place] = file = file or f"part-{_digits(5)(rng)}-{_uuid(rng)}"
        elif slot == "MS":
            parts[place] = str(moment)
        elif slot == "DAY":
            parts[place] = format_time(moment)[:10].replace("-", "/")
        elif slot == "CREATED":
            parts[place] = format_time(period * actor.lasts + age)[:19] + "Z"
        elif slot == "EXPIRY":
            parts[place] = _american(period * actor.lasts + age + actor.lasts)
        elif slot == "KEY":
            parts[place] = upper_id("ASIA", 20, _holder(actor).arn, actor.network.region, period)
        elif slot == "IP":
            parts[place] = actor.addresses[int(bare_hex(6, _holder(actor).arn, period), 16) % len(actor.addresses)]
        elif slot == "INSTANCE":
            parts[place] = rng.choice(actor.network.machines).host.instance_id
        else:
            raise ValueError(f"a shape has a slot {slot!r}, which nothing fills")
    return "".join(parts)


def _holder(actor: Actor) -> Principal:
    """Who has the temporary credentials that the actor's records show."""
    return actor.gives_to or actor.who


def _offset(actor: Actor) -> int:
    """When in its cycle an actor's credentials change, so that not all do at once."""
    return int(bare_hex(8, _holder(actor).principal_id, _holder(actor).arn), 16)


def _hex(digits: int) -> Callable[[random.Random], str]:
    return lambda rng: f"{rng.getrandbits(digits * 4):0{digits}x}"


def _digits(length: int) -> Callable[[random.Random], str]:
    return lambda rng: str(rng.randrange(10 ** (length - 1), 10**length))


def _uuid(rng: random.Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


_DRAWS: Mapping[str, Callable[[random.Random], str]] = {
    "UUID": _uuid, "H16": _hex(16), "H32": _hex(32), "B64": _hex(56), "N3": _digits(3), "N5": _digits(5),
    "N10": _digits(10), "ID16": lambda rng: f"{rng.getrandbits(64):016X}", "B": lambda rng: str(rng.randrange(4, 250)),
    "MAC": lambda rng: ":".join(f"{byte:02x}" for byte in rng.randbytes(5)),
}


def _american(millis: int) -> str:
    """``Mar 2, 2026, 9:00:00 AM``, as STS's answers are logged."""
    text = format_time(millis)
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[int(text[5:7]) - 1]
    hour = int(text[11:13])
    return f"{month} {int(text[8:10])}, {text[:4]}, {hour % 12 or 12}{text[13:19]} {'AM' if hour < 12 else 'PM'}"


def _steps(*told: tuple[str, float, int] | Step) -> tuple[Step, ...]:
    return tuple(one if isinstance(one, Step) else Step(SHAPES[one[0]], one[1], one[2]) for one in told)


def _always(weight: float) -> Callable[[int], float]:
    return lambda _: weight


def _at_work(utc_offset: int, weight: float, elsewhere: float = 0.0) -> Callable[[int], float]:
    def weigh(begin: int) -> float:
        local = begin // HOUR + utc_offset
        weekday = (local // 24 + 3) % 7  # 1970-01-01 was a Thursday
        return weight if weekday < 5 and 9 <= local % 24 < 18 else elsewhere
    return weigh


def _failing(number: int) -> Step:
    name, error, message = _ORDINARY_FAILURES[number % len(_ORDINARY_FAILURES)]
    shape = SHAPES[name]
    return Step(replace(shape, more={"error": error, "error_message": message}), 0.1)


def _actors(plan: Plan) -> list[Actor]:
    actors: list[Actor] = []
    for network in plan.networks:
        actors += _machines(network)
        actors += _functions(network)
        actors += _services(network)
        actors += _pipelines(network)
    by_account = {network.account: network for network in reversed(plan.networks)}
    for person in plan.people:
        actors += _people(person, by_account)
    return actors


def _machines(network: Network) -> Iterator[Actor]:
    for number, machine in enumerate(network.machines):
        role = machine.role
        who = instance_session(machine.host, role, ip=machine.host.public_ip or network.nat.public_ip)
        steps = {
            "worker": _steps(
                ("s3:ListObjects", 0.6, 1), ("s3:GetObject", 1, 12), ("kms:Decrypt", 0.8, 3), ("s3:PutObject", 1, 6),
                ("kms:GenerateDataKey", 0.5, 1), _failing(number),
            ),
            "monitor": _steps(
                ("ec2:DescribeInstances", 1, 3), ("ec2:DescribeTags", 1, 2), ("monitoring:GetMetricData", 1, 6),
                ("autoscaling:DescribeAutoScalingGroups", 1, 1), ("elasticloadbalancing:DescribeTargetHealth", 1, 3),
                ("rds:DescribeDBInstances", 0.5, 1), ("sqs:GetQueueAttributes", 0.7, 2), _failing(number),
            ),
        }.get(machine.kind, _steps(
            ("ssm:UpdateInstanceInformation", 1, 2), ("secretsmanager:GetSecretValue", 0.3, 1),
            ("ssm:GetParametersByPath", 0.3, 2), ("s3:GetObject", 0.4, 2), ("sts:GetCallerIdentity", 0.1, 1),
        ))
        yield Actor(who, network, steps, 3.0, _always(4.0 if machine.kind in ("worker", "monitor") else 1.5))
        given_out = assume_role(role, machine.host.instance_id, network.account)
        yield Actor(
            service("ec2.amazonaws.com", network.account), network, _steps(Step(given_out)), 1.0, _always(0.15),
            failures=0.0, gives_to=who,
        )
        if machine.kind == "worker":
            endpoint = replace(SHAPES["s3:GetObject"], more={
                "vpc_endpoint": network.endpoint, "vpc_endpoint_account": network.account,
            })
            private = replace(who, ip=machine.host.private_ip)
            yield Actor(private, network, _steps(Step(endpoint, 1, 8)), 2.0, _always(1.0))


def _functions(network: Network) -> Iterator[Actor]:
    head = "44.200.10" if network.region == "us-east-1" else "34.240.77"
    for number, function in enumerate(("orders", "invoices", "thumbnails", "webhooks", "nightly-report")):
        role = f"{network.name}-{function}-fn"
        who = lambda_session(function, role, network.account)
        addresses = tuple(f"{head}.{number * 20 + place}" for place in range(12))
        yield Actor(who, network, _steps(
            ("logs:CreateLogStream", 0.5, 1), ("secretsmanager:GetSecretValue", 0.3, 1), ("s3:GetObject", 0.7, 3),
            ("kms:Decrypt", 0.6, 2), ("s3:PutObject", 0.6, 2), ("sqs:GetQueueAttributes", 0.2, 1), _failing(number),
        ), 0.4, _always(4.0), lasts=HOUR, addresses=addresses)
        yield Actor(
            service("lambda.amazonaws.com", network.account), network,
            _steps(Step(assume_role(role, function, network.account))), 1.0, _always(0.5), lasts=HOUR, failures=0.0,
            gives_to=who,
        )
    for task in ("api", "billing", "search"):
        role = f"{network.name}-{task}-task"
        who = ecs_session(f"{network.name}/{task}", role, network.account, ip=str(network.nat.public_ip))
        yield Actor(who, network, _steps(
            ("ssm:GetParametersByPath", 0.5, 1), ("secretsmanager:GetSecretValue", 0.7, 1),
            ("dynamodb:DescribeTable", 0.4, 1), ("s3:PutObject", 0.6, 4), ("s3:GetObject", 0.6, 4),
            ("kms:GenerateDataKey", 0.4, 1),
        ), 2.0, _always(3.0))


def _services(network: Network) -> Iterator[Actor]:
    account = network.account
    recorder = service_role_session(
        "AWSServiceRoleForConfig", "AWSConfig-Describe", "config.amazonaws.com", account
    )
    yield Actor(recorder, network, _steps(
        ("ec2:DescribeInstances", 0.7, 2), ("ec2:DescribeSecurityGroups", 1, 2), ("ec2:DescribeVolumes", 0.7, 1),
        ("ec2:DescribeNetworkInterfaces", 1, 1), ("iam:GetRole", 0.6, 4), ("iam:ListAttachedRolePolicies", 0.6, 4),
        ("rds:DescribeDBInstances", 0.5, 1), ("acm:DescribeCertificate", 0.5, 2), ("s3:GetBucketLocation", 0.5, 2),
        ("cloudtrail:DescribeTrails", 0.3, 1), ("lambda:GetFunction20150331v2", 0.4, 3),
    ), 0.8, _always(12.0), failures=0.002)
    scaler = service_role_session(
        "AWSServiceRoleForAutoScaling", "AutoScaling", "autoscaling.amazonaws.com", account
    )
    yield Actor(scaler, network, _steps(
        ("ec2:DescribeInstanceStatus", 1, 3), ("ec2:RunInstances", 0.02, 1), ("ec2:CreateTags", 0.02, 1),
        ("ec2:TerminateInstances", 0.02, 1), ("elasticloadbalancing:RegisterTargets", 0.02, 2),
        ("elasticloadbalancing:DescribeTargetHealth", 0.8, 2), ("monitoring:DescribeAlarms", 0.3, 1),
    ), 5.0, _always(8.0), failures=0.0)
    balancer = service_role_session(
        "AWSServiceRoleForElasticLoadBalancing", "ElasticLoadBalancing", "elasticloadbalancing.amazonaws.com", account
    )
    yield Actor(balancer, network, _steps(
        ("ec2:DescribeNetworkInterfaces", 1, 2), ("ec2:DescribeSubnets", 0.5, 1),
        ("ec2:DescribeSecurityGroups", 0.5, 1),
    ), 2.0, _always(4.0), failures=0.0)
    yield Actor(service("cloudtrail.amazonaws.com", account), network, _steps(
        ("s3:GetBucketAcl", 1, 1), ("kms:GenerateDataKey", 0.7, 1),
    ), 1.0, _always(5.0), failures=0.0)
    delivery = service("delivery.logs.amazonaws.com", account)
    yield Actor(delivery, network, _steps(Step(replace(SHAPES["s3:PutObject"], request={
        "bucketName": "corp-flow-logs", "Host": "corp-flow-logs.s3.amazonaws.com",
        "x-amz-acl": "bucket-owner-full-control",
        "key": f"AWSLogs/{account}/vpcflowlogs/{network.region}/@@DAY@@/{account}_vpcflowlogs_@@H16@@.log.gz",
    }), 1, 3)), 1.0, _always(5.0), failures=0.0)
    inside = replace(
        role_session("AWSServiceRoleForSupport", "MemberRole", account), ip="AWS Internal", agent="AWS Internal"
    )
    inside = replace(inside, user_identity={**inside.user_identity, "invokedBy": "AWS Internal"})
    yield Actor(inside, network, _steps(
        ("kms:Decrypt", 1, 2), ("kms:GenerateDataKey", 0.5, 1), ("health:DescribeEventAggregates", 0.3, 1),
    ), 1.0, _always(3.0), failures=0.0)
    vendor = foreign_account(_VENDOR, account, ip=_VENDOR_IP)
    session = "MonitoringIntegration"
    watches = role_session("MonitoringVendor", session, account, ip=_VENDOR_IP, agent=BOTO3)
    yield Actor(vendor, network, _steps(
        Step(assume_role("MonitoringVendor", session, account, externalId="9c1d04f0b5f64b21b1b0f4c7")),
    ), 1.0, _always(1.0), lasts=HOUR, failures=0.0, gives_to=watches)
    yield Actor(watches, network, _steps(
        ("monitoring:GetMetricData", 1, 8), ("ec2:DescribeInstances", 1, 2), ("tagging:GetResources", 1, 2),
        ("rds:DescribeDBInstances", 0.6, 1), ("ecs:DescribeServices", 0.8, 2),
        ("health:DescribeEventAggregates", 0.5, 1),
    ), 1.0, _always(6.0), lasts=HOUR)


def _pipelines(network: Network) -> Iterator[Actor]:
    account = network.account
    role, session = f"{network.name}-deploy", "GitHubActions"
    addresses = tuple(f"{head}.{last}" for head in _HOSTED_RUNNERS for last in range(3, 250, 13))
    weight = _at_work(0, 6.0, 0.8)
    deploys = role_session(role, session, account, agent=BOTO3)
    asks = web_identity("repo:corp/platform:ref:refs/heads/main", "token.actions.githubusercontent.com", account)
    yield Actor(asks, network, _steps(Step(web_identity_role(role, session, account))), 1.0, weight,
                lasts=HOUR // 4, addresses=addresses, failures=0.0, gives_to=deploys)
    yield Actor(deploys, network, _steps(
        ("sts:GetCallerIdentity", 1, 1), ("ecr:GetAuthorizationToken", 1, 1), ("ecr:BatchGetImage", 1, 3),
        ("ecr:PutImage", 0.8, 1), ("ecs:RegisterTaskDefinition", 0.8, 1), ("ecs:UpdateService", 0.8, 1),
        ("ecs:DescribeServices", 1, 12), ("lambda:UpdateFunctionCode20150331v2", 0.4, 1), ("s3:HeadObject", 0.5, 2),
    ), 4.0, weight, lasts=HOUR // 4, addresses=addresses, failures=0.004)
    plans = role_session(f"{network.name}-terraform", "terraform", account, agent=TERRAFORM)
    yield Actor(plans, network, _steps(
        ("sts:GetCallerIdentity", 1, 1), ("ec2:DescribeVpcs", 1, 1), ("ec2:DescribeSubnets", 1, 4),
        ("ec2:DescribeSecurityGroups", 1, 6), ("iam:GetRole", 1, 12), ("iam:ListAttachedRolePolicies", 1, 12),
        ("lambda:GetFunction20150331v2", 1, 4), ("s3:GetBucketLocation", 1, 5), ("route53:ListHostedZones", 1, 1),
        ("ec2:CreateTags", 0.2, 2),
    ), 0.5, _at_work(0, 3.0, 0.3), lasts=HOUR // 4, addresses=addresses, failures=0.01)
    builds = replace(deploys.through("cloudformation.amazonaws.com"), user_identity={
        **role_session(role, session, account).user_identity, "invokedBy": "cloudformation.amazonaws.com",
    })
    yield Actor(builds, network, _steps(
        ("ec2:DescribeSecurityGroups", 1, 3), ("iam:GetRole", 1, 3), ("lambda:ListFunctions20150331", 0.5, 1),
        ("ec2:CreateTags", 0.4, 1),
    ), 2.0, weight, failures=0.0)


def _people(person: Person, networks: Mapping[str, Network]) -> Iterator[Actor]:
    weight = _at_work(person.utc_offset, 3.0, 0.02)
    addresses = (person.office, person.office, person.home)
    for place, account in enumerate(person.accounts):
        network = networks[account]
        if person.iam_user and place == 0:
            user = iam_user(person.user, account, ip=person.office)
            yield Actor(user, network, _browsing(), 8.0, weight, addresses=addresses, lasts=24 * HOUR)
            yield Actor(user, network, _command_line(person), 12.0, weight, addresses=addresses, lasts=24 * HOUR)
            yield from _signs_in(user, network, addresses, _at_work(person.utc_offset, 0.15), "Yes")
            continue
        browser = sso_session(person.email, person.permission_set, account, ip=person.office, agent=BROWSER)
        yield Actor(browser, network, _browsing(), 6.0, weight, addresses=addresses, lasts=12 * HOUR)
        shell = replace(browser, agent=AWS_CLI)
        yield Actor(shell, network, _command_line(person), 10.0, weight, addresses=addresses, lasts=12 * HOUR)
        yield from _signs_in(browser, network, addresses, _at_work(person.utc_offset, 0.15), "No")


def _browsing() -> tuple[Step, ...]:
    return _steps(
        ("health:DescribeEventAggregates", 0.8, 2), ("ec2:DescribeInstances", 0.6, 2), ("ec2:DescribeTags", 0.4, 2),
        ("ec2:DescribeInstanceStatus", 0.6, 4), ("ec2:DescribeVpcs", 0.3, 1), ("monitoring:DescribeAlarms", 0.6, 3),
        ("ecs:DescribeServices", 0.6, 3), ("logs:DescribeLogGroups", 0.5, 2), ("logs:FilterLogEvents", 0.5, 5),
        ("s3:ListBuckets", 0.3, 1), ("cloudformation:DescribeStacks", 0.4, 2),
        ("cloudformation:DescribeStackEvents", 0.3, 2), ("iam:ListRoles", 0.1, 1),
        ("cloudtrail:LookupEvents", 0.1, 2), ("ce:GetCostAndUsage", 0.1, 2),
    )


def _command_line(person: Person) -> tuple[Step, ...]:
    if person.permission_set == "DataEngineer":
        return _steps(
            ("sts:GetCallerIdentity", 0.5, 1), ("s3:ListObjects", 1, 5), ("s3:GetObject", 1, 10),
            ("s3:PutObject", 0.3, 3),
        )
    return _steps(
        ("sts:GetCallerIdentity", 0.6, 1), ("logs:FilterLogEvents", 0.6, 4), ("ecs:DescribeServices", 0.5, 2),
        ("ssm:GetParametersByPath", 0.2, 1), ("s3:ListObjects", 0.3, 2), ("ec2:DescribeInstances", 0.5, 2),
        ("cloudformation:CreateChangeSet", 0.1, 1), ("cloudformation:ExecuteChangeSet", 0.08, 1),
    )


def _signs_in(
    who: Principal, network: Network, addresses: Sequence[str], weight: Callable[[int], float], mfa: str
) -> Iterator[Actor]:
    signs_in = who.console_login().fields
    at_console = signs_in["principal"]
    additional = {**signs_in["additional"], "MFAUsed": mfa}
    common = {"event_type": "AwsConsoleSignIn", "read_only": False, "additional": additional, "agent": BROWSER}
    right = Shape("signin", "ConsoleLogin", None, {"ConsoleLogin": "Success"}, common)
    steps = [Step(right)]
    if mfa == "Yes":
        # Now and then somebody mistypes a password once.
        wrong = Shape("signin", "ConsoleLogin", None, {"ConsoleLogin": "Failure"}, {
            **common, "error_message": "Failed authentication",
        })
        yield Actor(at_console, network, (Step(wrong), Step(right)), 20.0, lambda begin: weight(begin) / 12,
                    addresses=addresses, lasts=24 * HOUR, failures=0.0)
    yield Actor(at_console, network, steps, 5.0, weight, addresses=addresses, lasts=12 * HOUR, failures=0.0)
