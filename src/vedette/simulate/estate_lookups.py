"""A day's Resolver query logs of an estate at ordinary work."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from vedette.logs.times import format_time
from vedette.simulate.delivery import BUCKET_MS
from vedette.simulate.estate_plan import Machine, Network, Plan
from vedette.simulate.identifiers import bare_hex

HOUR = 3_600_000

_SITES = (
    "github.com", "api.github.com", "pypi.org", "files.pythonhosted.org", "registry.npmjs.org", "deb.debian.org",
    "security.ubuntu.com", "proxy.golang.org", "index.docker.io", "auth.docker.io", "slack.com", "hooks.slack.com",
    "api.stripe.com", "api.twilio.com", "api.sendgrid.com", "sentry.io", "o4504.ingest.sentry.io", "login.okta.com",
    "intake.logs.datadoghq.com", "trace.agent.datadoghq.com", "www.google.com", "oauth2.googleapis.com",
    "fonts.gstatic.com", "graph.microsoft.com", "login.microsoftonline.com", "api.openai.com", "www.wikipedia.org",
    "time.cloudflare.com", "letsencrypt.org", "r3.o.lencr.org", "ocsp.digicert.com", "packages.microsoft.com",
)
_ENDPOINTS = (
    "s3", "dynamodb", "sqs", "sns", "sts", "kms", "secretsmanager", "ssm", "ssmmessages", "ec2messages", "logs",
    "monitoring", "ecr.api", "ecr.dkr", "events", "states", "kinesis", "firehose", "elasticloadbalancing",
)
_NOTHING: list[dict[str, str]] = []


def lookups_by_object(
    plan: Plan, start: int, hours: int, count: int, seed: int
) -> Iterator[tuple[Network, int, str]]:
    """Exactly ``count`` records, as (network, start of the five minutes in ms, lines of JSON)."""
    slots = hours * HOUR // BUCKET_MS
    edges = [round(count * edge / slots) for edge in range(slots + 1)]
    texts = [_Names(network) for network in plan.networks]
    weights = 1 / np.arange(1, len(texts) + 1)
    for slot, quota in enumerate(b - a for a, b in pairwise(edges)):
        rng = np.random.default_rng([seed, 3, slot])
        begin = start + slot * BUCKET_MS
        stamps = [format_time(begin + second * 1000)[:19] for second in range(BUCKET_MS // 1000)]
        for names, size in zip(texts, rng.multinomial(quota, weights / weights.sum()).tolist(), strict=True):
            if size:
                yield names.network, begin, names.lines(rng, size, stamps)


class _Names:
    """What the machines of a network look up, as text that lacks only the time and the port."""

    def __init__(self, network: Network) -> None:
        self.network = network
        rng = random.Random(f"names/{network.vpc}")  # noqa: S311 - nothing here is secret
        self.heads = [_head(network, machine) for machine in network.machines]
        self.tails = [_tail(machine) for machine in network.machines]
        asked = [*_services(network), *_outside(rng), *_inside(network), *_backwards(network, rng), *_lost(network)]
        self.questions = [_question(*one) for one in asked]
        # A few names are looked up all the time, and most seldom.
        popularity = 1 / (1 + np.argsort(np.argsort([bare_hex(8, one[0], one[1]) for one in asked])))
        self.shares = popularity / popularity.sum()

    def lines(self, rng: np.random.Generator, size: int, stamps: list[str]) -> str:
        """``size`` records, in order of time."""
        seconds = np.sort(rng.integers(0, len(stamps), size=size)).tolist()
        machines = rng.integers(0, len(self.heads), size=size).tolist()
        questions = rng.choice(len(self.questions), size=size, p=self.shares).tolist()
        ports = rng.integers(32768, 61000, size=size).tolist()
        heads, asked, tails = self.heads, self.questions, self.tails
        return "".join([
            f'{heads[machine]}{stamps[second]}Z"{asked[question]}{tails[machine][0]}{port}{tails[machine][1]}\n'
            for second, machine, question, port in zip(seconds, machines, questions, ports, strict=True)
        ])


def _head(network: Network, machine: Machine) -> str:
    record = {
        "version": "1.100000", "account_id": network.account, "region": network.region, "vpc_id": machine.host.vpc,
        "query_timestamp": "",
    }
    return msgspec.json.encode(record).decode()[:-2]


def _tail(machine: Machine) -> tuple[str, str]:
    record = {
        "srcaddr": machine.host.private_ip, "srcport": "@", "transport": "UDP",
        "srcids": {"instance": machine.host.instance_id},
    }
    before, after = ("," + msgspec.json.encode(record).decode()[1:]).split("@")
    return before, after


def _question(name: str, kind: str, rcode: str, answers: list[dict[str, str]]) -> str:
    record = {"query_name": f"{name}.", "query_type": kind, "query_class": "IN", "rcode": rcode, "answers": answers}
    return "," + msgspec.json.encode(record).decode()[1:-1]


Asked = tuple[str, str, str, list[dict[str, str]]]


def _answer(kind: str, data: str) -> dict[str, Any]:
    return {"Rdata": data, "Type": kind, "Class": "IN"}


def _services(network: Network) -> Iterator[Asked]:
    """AWS's endpoints, load balancers, databases and the metadata of the VPC."""
    region = network.region
    for number, endpoint in enumerate(_ENDPOINTS):
        name = f"{endpoint}.{region}.amazonaws.com"
        yield name, "A", "NOERROR", [
            _answer("A", f"52.94.{number + 10}.{place + 20}") for place in range(1 + number % 3)
        ]
        yield name, "AAAA", "NOERROR", _NOTHING
    bucket = f"corp-{network.name}-{region}.s3.{region}.amazonaws.com"
    yield bucket, "A", "NOERROR", [
        _answer("CNAME", f"s3-r-w.{region}.amazonaws.com."), *(_answer("A", f"52.216.{n}.44") for n in range(20, 28)),
    ]
    database = f"{network.name}-orders.c{bare_hex(11, network.vpc)}.{region}.rds.amazonaws.com"
    yield database, "A", "NOERROR", [_answer("A", network.of("db")[0].host.private_ip)]
    balancer = f"internal-{network.name}-api-1{int(bare_hex(7, network.vpc), 16):09d}.{region}.elb.amazonaws.com"
    yield balancer, "A", "NOERROR", [_answer("A", machine.host.private_ip) for machine in network.of("app")[:3]]
    # AWS's own name for the metadata service: not somebody else's name that leads there.
    yield "instance-data.ec2.internal", "A", "NOERROR", [_answer("A", "169.254.169.254")]


def _outside(rng: random.Random) -> Iterator[Asked]:
    """Sites, the delivery networks behind them, and their mail's records."""
    for number, site in enumerate(_SITES):
        address = f"151.101.{number * 4 % 250}.{67 + number}"
        yield site, "A", "NOERROR", [_answer("A", address)]
        yield site, "AAAA", "NOERROR", [_answer("AAAA", f"2a04:4e42:{number:x}::{67 + number:x}")]
    for number in range(120):
        distribution = f"d{bare_hex(13, 'cdn', number)}.cloudfront.net"
        site = f"static{number}.{rng.choice(('shop', 'media', 'assets', 'img'))}-partner{number % 17}.com"
        addresses = [_answer("A", f"18.64.{number % 250}.{place * 9 + 3}") for place in range(4)]
        yield site, "A", "NOERROR", [_answer("CNAME", f"{distribution}."), *addresses]
        yield distribution, "A", "NOERROR", addresses
    for number in range(200):
        yield f"customer-{number}.example-saas.com", "A", "NOERROR", [
            _answer("A", f"34.107.{number}.{number % 90 + 9}")
        ]
    for site in ("gmail.com", "outlook.com", "corp.example"):
        yield site, "MX", "NOERROR", [_answer("MX", f"10 mx1.{site}.")]
        yield f"selector1._domainkey.{site}", "TXT", "NOERROR", [
            _answer("TXT", '"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQ"')
        ]
        yield site, "TXT", "NOERROR", [_answer("TXT", '"v=spf1 include:_spf.google.com ~all"')]


def _inside(network: Network) -> Iterator[Asked]:
    """The VPC's own names."""
    suffix = "ec2.internal" if network.region == "us-east-1" else f"{network.region}.compute.internal"
    for machine in network.machines:
        address = machine.host.private_ip
        yield f"ip-{address.replace('.', '-')}.{suffix}", "A", "NOERROR", [_answer("A", address)]
    for name in ("api", "billing", "search", "orders", "auth", "cache"):
        yield f"{name}.{network.name}.internal", "A", "NOERROR", [_answer("A", network.of("app")[0].host.private_ip)]
        yield f"{name}.{network.name}.internal", "AAAA", "NOERROR", _NOTHING
        yield f"_{name}._tcp.{network.name}.internal", "SRV", "NOERROR", [
            _answer("SRV", f"1 1 8080 {name}.{network.name}.internal.")
        ]


def _backwards(network: Network, rng: random.Random) -> Iterator[Asked]:
    """Reverse look-ups: of machines here, and of clients that a web server logs."""
    suffix = "ec2.internal" if network.region == "us-east-1" else f"{network.region}.compute.internal"
    for machine in network.machines:
        octets = machine.host.private_ip.split(".")
        yield f"{'.'.join(reversed(octets))}.in-addr.arpa", "PTR", "NOERROR", [
            _answer("PTR", f"ip-{'-'.join(octets)}.{suffix}.")
        ]
    for _ in range(150):
        octets = [str(rng.choice((24, 67, 73, 86, 90, 98, 108))), *(str(rng.randrange(1, 255)) for _ in range(3))]
        known = rng.random() < 0.7
        yield (
            f"{'.'.join(reversed(octets))}.in-addr.arpa", "PTR", "NOERROR" if known else "NXDOMAIN",
            [_answer("PTR", f"host-{'-'.join(octets)}.isp.example.")] if known else _NOTHING,
        )


def _lost(network: Network) -> Iterator[Asked]:
    """Names that do not exist: the search list's expansions, and what somebody mistyped."""
    suffix = "ec2.internal" if network.region == "us-east-1" else f"{network.region}.compute.internal"
    for name in (*_SITES[:12], f"api.{network.name}.internal", "redis-master", "kafka-0.kafka", "localhost"):
        yield f"{name}.{suffix}", "A", "NXDOMAIN", _NOTHING
        yield f"{name}.{suffix}", "AAAA", "NXDOMAIN", _NOTHING
    for name in ("wpad.corp.example", "githb.com", "registry.npmjs.og"):
        yield name, "A", "NXDOMAIN", _NOTHING
    yield "slow.partner-example.net", "A", "SERVFAIL", _NOTHING
