"""Ordinary look-ups of a day, most of them of kinds that are said to look like tunnels.

A kind is a function that gives names for ever; a `Habit` says how many machines ask that way and for what share of all.
"""

from __future__ import annotations

import base64
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

from benchmarks.dns_exfiltration.questions import HOUR, START, Question

_WORDS = ("api", "cdn", "static", "img", "login", "auth", "data", "events", "metrics", "registry", "download", "update",
          "mail", "shop", "news", "media", "assets", "graph", "search", "billing", "orders", "payment", "gateway",
          "telemetry", "collector", "portal", "console", "internal", "production", "staging", "monitoring", "config")
_ENDINGS = ("com", "net", "org", "io", "de", "co.uk", "fr", "com.br", "dev", "app")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"

Asked = tuple[str, str, str, str]
"""Name, type, rcode, answer."""
Kind = Callable[[random.Random], Iterator[Asked]]


@dataclass(frozen=True)
class Habit:
    """Machines that ask alike."""

    name: str
    kind: Kind
    machines: int
    share: float
    """Of all look-ups."""
    twice: bool = False
    """For A and then for AAAA, as most resolvers of C libraries do."""


def day(habits: tuple[Habit, ...], count: int, seed: int) -> Iterator[tuple[Habit, list[Question]]]:
    """About ``count`` look-ups of twenty-four hours, machine by machine, each in order of time."""
    whole = sum(habit.share for habit in habits)
    for number, habit in enumerate(habits):
        each = max(round(count * habit.share / whole / habit.machines), 1)
        for machine in range(habit.machines):
            rng = random.Random(f"{habit.name}/{machine}/{seed}")
            names = habit.kind(rng)
            client = (seed * 64 + number) * 4096 + machine
            asked: list[Question] = []
            for time in sorted(rng.randrange(24 * HOUR) for _ in range(-(-each // (1 + habit.twice)))):
                name, kind, rcode, answer = next(names)
                asked.append(Question(START + time, client, name, kind, rcode, answer))
                if habit.twice:
                    asked.append(Question(START + time, client, name, "AAAA", rcode, ""))
            yield habit, asked


def _some(rng: random.Random, least: int, most: int) -> str:
    return "".join(rng.choices(_LETTERS, k=rng.randint(least, most)))


def _site(rng: random.Random) -> str:
    return f"{rng.choice(_WORDS)}{rng.choice(_WORDS)}{rng.choice(('', '-shop', '24', '-group'))}.{rng.choice(_ENDINGS)}"


def _host(rng: random.Random) -> str:
    return f"{rng.choice(_WORDS)}{rng.choice(('', '1', '-eu', '02', '-v2'))}.{_site(rng)}"


def _address(rng: random.Random) -> str:
    return f"{rng.randint(1, 223)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def _found(name: str, kind: str = "A") -> Asked:
    return name, kind, "NOERROR", "52.1.2.3" if kind == "A" else '"v=1"'


def _lost(name: str, kind: str = "A") -> Asked:
    return name, kind, "NXDOMAIN", ""


def _pool(make: Callable[[random.Random], str], size: int) -> Kind:
    """Always the same names: those of a fleet's services, or what a monitor goes through again and again."""

    def names(rng: random.Random) -> Iterator[Asked]:
        yield from map(_found, cycle([make(rng) for _ in range(size)]))

    return names


def _new(make: Callable[[random.Random], Asked]) -> Kind:
    """A new name each time."""

    def names(rng: random.Random) -> Iterator[Asked]:
        while True:
            yield make(rng)

    return names


# Tuning


def _listed(rng: random.Random) -> Asked:
    name = f"{_address(rng)}.zen.spamhaus.org" if rng.random() < 0.7 else f"{_site(rng)}.multi.surbl.org"
    return (name, "A", "NOERROR", "127.0.0.2") if rng.random() < 0.3 else _lost(name)


def _expanded(rng: random.Random) -> Asked:
    below = rng.choice(("default.svc.cluster.local", "svc.cluster.local", "cluster.local", "ec2.internal",
                        "corp.acme-one.com", "corp.acme-one.com"))
    cloud = (f"d{_some(rng, 13, 13)}.cloudfront.net", f"{_some(rng, 10, 10)}.execute-api.us-east-1.amazonaws.com")
    return _lost(f"{_host(rng) if rng.random() < 0.9 else rng.choice(cloud)}.{below}")


def _delivered(rng: random.Random) -> Asked:
    return _found(rng.choice((
        f"d{_some(rng, 13, 13)}.cloudfront.net", f"e{rng.randrange(10**5)}.dsc{rng.choice('abcg')}.akamaiedge.net",
        f"acme-{_some(rng, 8, 16)}.s3.amazonaws.com", f"{_some(rng, 4, 9)}.cdn-one.net",
        f"k8s-web-{_some(rng, 10, 10)}-{rng.randrange(10**9)}.us-east-1.elb.amazonaws.com")))


def _file_hash(rng: random.Random) -> Asked:
    name = f"{base64.b32encode(rng.randbytes(16)).decode().lower()[:26]}.avqs.mcafee.com"
    return name, "A", "NOERROR", f"127.{rng.randrange(256)}.0.8"


def _mail_policy(rng: random.Random) -> Asked:
    site = _site(rng)
    return _found(rng.choice((f"s{rng.randrange(10**8)}._domainkey.{site}", f"_dmarc.{site}", site,
                              f"{_some(rng, 32, 32)}._domainkey.{site}")), "TXT")


TUNING = (
    Habit("sites", _pool(_host, 400), 60, 0.40, twice=True),
    Habit("AWS's endpoints", _pool(lambda rng: f"{rng.choice(_WORDS)}.us-east-1.amazonaws.com", 30), 60, 0.20, True),
    Habit("search lists", _new(_expanded), 20, 0.12, twice=True),
    Habit("delivery networks", _new(_delivered), 30, 0.08),
    Habit("block lists", _new(_listed), 2, 0.08),
    Habit("origin-ASN", _new(lambda rng: _found(f"{_address(rng)}.origin.asn.cymru.com", "TXT")), 1, 0.02),
    Habit("reverse names", _new(lambda rng: _lost(f"{_address(rng)}.in-addr.arpa", "PTR")), 3, 0.05),
    Habit("anti-virus", _new(_file_hash), 2, 0.01),
    Habit("mail policies", _new(_mail_policy), 2, 0.04),
)


# Held


def _keyed_list(rng: random.Random) -> Asked:
    reverse = ".".join(f"{rng.randrange(16):x}" for _ in range(32)) if rng.random() < 0.2 else _address(rng)
    key = "kq7xw2vnt4ydj6slhp3b5cmfza"
    zone = rng.choice((f"{key}.zen.dq.spamhaus.net", f"{key}.combined.mail.abusix.zone", "dnsbl.obscure-list-h.org",
                       "bl.another-h.eu"))
    return (f"{reverse}.{zone}", "A", "NOERROR", "127.0.0.4") if rng.random() < 0.2 else _lost(f"{reverse}.{zone}")


def _hash_list(rng: random.Random) -> Asked:
    name = rng.choice((f"{rng.randbytes(20).hex()}.ebl.obscure-list-h.org", f"{rng.randbytes(16).hex()}.h.another-h.eu",
                       f"{rng.randbytes(20).hex()}.malware.hash.cymru.com"))
    return (name, "A", "NOERROR", "127.0.0.2") if rng.random() < 0.1 else _lost(name)


def _macro(rng: random.Random) -> Asked:
    site = rng.choice(("spf.has-h.com", "_spf.crm-h.com", "spf.vali-h.net"))
    return _found(rng.choice((f"{_address(rng)}._i.{_host(rng)}._d.{site}",
                              f"{_address(rng)}.in-addr.{_site(rng)}.{site}",
                              f"{rng.choice(_WORDS)}.{rng.choice(_WORDS)}.{_host(rng)}.{site}")))


def _vendor(rng: random.Random) -> Asked:
    return _found(rng.choice((f"{rng.randbytes(16).hex()}.{rng.randrange(99)}.f.sophosxl.net",
                              f"{_some(rng, 40, 60)}.{_some(rng, 20, 40)}.i.sophosxl.net",
                              f"{_some(rng, 26, 26)}.a.j.e5.sk")), "TXT")


def _agent(rng: random.Random) -> Asked:
    return _found(f"{rng.randbytes(24).hex()}.{rng.randbytes(3).hex()}.rep.endpoint-h.com", "TXT")


AGENT = _new(_agent)


def _cloud(rng: random.Random) -> Asked:
    return _found(rng.choice((
        f"{rng.randbytes(16).hex()}.us-east-1.aws.found.io", f"pkc-{_some(rng, 5, 5)}.eu-west-1.aws.confluent.cloud",
        f"cluster0-shard-00-0{rng.randrange(3)}.{_some(rng, 5, 5)}.mongodb.net",
        f"{uuid.UUID(int=rng.getrandbits(128))}.webhook.site",
        f"rr{rng.randint(1, 8)}---sn-{_some(rng, 8, 8)}.googlevideo.com",
        f"prod{_some(rng, 12, 20)}.blob.core.windows.net",
        f"{_some(rng, 22, 22)}-xyz.a.run.app", f"ec2-{_address(rng).replace('.', '-')}.compute-1.amazonaws.com",
        f"db.c{_some(rng, 11, 11)}.eu-west-1.rds.amazonaws.com",
        f"node{rng.randrange(99)}.tail{rng.randbytes(3).hex()}.ts.net")))


def _tracker(rng: random.Random) -> Asked:
    return _found(rng.choice((
        f"{_some(rng, 14, 18)}.r.bh.d.mailer-h.com", f"u{rng.randrange(10**8)}.ct.mailer-h.net",
        f"{_some(rng, 8, 12)}.tenant-h.io", f"{uuid.UUID(int=rng.getrandbits(128))}.links.crm-h.com")))


def _probe(rng: random.Random) -> Asked:
    return _found(rng.choice((
        f"p2-{_some(rng, 16, 16)}-{_some(rng, 16, 16)}-if-v6exp3-v4.metric.gstatic.com",
        f"bafybei{base64.b32encode(rng.randbytes(32)).decode().lower()[:52]}.ipfs.dweb.link",
        f"{_some(rng, 8, 8)}.{rng.randrange(10**10)}.perf-h.net")))


def _container(rng: random.Random) -> Asked:
    return _lost(rng.choice((
        f"web-{rng.randbytes(5).hex()}-{_some(rng, 5, 5)}.svc.platform-h.com",
        f"{rng.choice(('s3', 'sqs'))}.eu-west-1.amazonaws.com.svc.platform-h.com",
        f"d{_some(rng, 13, 13)}.cloudfront.net.platform-h.com", f"{_some(rng, 16, 20)}.{_site(rng)}.platform-h.com",
        f"kafka-{rng.randrange(9)}.kafka-headless.data.svc.cluster.local.platform-h.com")))


def _discovered(rng: random.Random) -> Asked:
    return _found(rng.choice((
        f"_ldap._tcp.{uuid.UUID(int=rng.getrandbits(128))}.domains._msdcs.corp-h.com", "_kerberos._tcp.corp-h.com",
        f"_{rng.choice(_WORDS)}._tcp.{_host(rng)}", f"{rng.choice(_WORDS)}.service.eu.consul")), "SRV")


HELD = (
    Habit("sites", _pool(_host, 900), 150, 0.45, twice=True),
    Habit("crawler", _new(lambda rng: _found(_host(rng))), 3, 0.06),
    Habit("keyed block lists", _new(_keyed_list), 3, 0.10),
    Habit("hash lists", _new(_hash_list), 2, 0.02),
    Habit("SPF macros", _new(_macro), 3, 0.03),
    Habit("anti-virus of vendors that are known", _new(_vendor), 6, 0.02),
    Habit("anti-virus of a vendor that nobody knows, on a fleet", AGENT, 40, 0.04),
    Habit("cloud", _new(_cloud), 25, 0.04, twice=True),
    Habit("a monitor of tenants", _pool(lambda rng: f"{uuid.UUID(int=rng.getrandbits(128))}.saas-h.com", 700), 1, 0.03),
    Habit("previews", _pool(lambda rng: f"{rng.randbytes(20).hex()}.preview-h.dev", 60), 2, 0.01, twice=True),
    Habit("a mail gateway follows links", _new(_tracker), 2, 0.004, twice=True),
    Habit("headless browsers", _new(_probe), 4, 0.001, twice=True),
    Habit("containers' search lists", _new(_container), 12, 0.10, twice=True),
    Habit("service discovery", _new(_discovered), 10, 0.01),
    Habit("DKIM and ACME", _new(lambda rng: _found(rng.choice((
        f"{_some(rng, 32, 32)}._domainkey.{_site(rng)}",
        f"_acme-challenge.{_some(rng, 8, 12)}.preview-h.dev")), "TXT")),
          3, 0.01),
)
