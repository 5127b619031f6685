"""How much do the models over flow logs find, and how often do they speak of ordinary work?

``python -m benchmarks.network_models`` prints the tuning half, ``--busy`` a busier estate to tune on, ``--held`` the
half that nothing was chosen on, and ``--page`` writes all into docs/network-models.md. What comes out is of made data,
by the one who wrote the detectors: a regression anchor, and no measurement of the field.

**The split**, written before the first run. Two authors of estates, `TUNING` and `HELD`, share the kinds of ordinary
work and nothing else: other rates, sizes, ports, places, roles and group sizes, other techniques of attack, other
seeds. Settings of detectors are chosen on `TUNING`, and on `BUSY`, the same author's estate of more beginnings. Each
look at `HELD` is entered in `LOOKS`.

Every day's rows go through `oriented`, each detector's own selection and its own `update`, with the memory expired each
night. In half the seeds the log has TCP flags, in half it is of the default format.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import polars as pl

from benchmarks import network_beacons
from vedette.baselines.uses import Uses
from vedette.detectors.catalogue import catalogue
from vedette.detectors.declare import Detector, FrameWhere, Memory, Row
from vedette.detectors.known import Known
from vedette.detectors.network.unusual_volume import Sent
from vedette.detectors.signal import Evidence, NetworkAction, Signal
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.vpc_flow import Flow, oriented, to_flows

PAGE = Path(__file__).resolve().parent.parent / "docs" / "network-models.md"

LOOKS: tuple[tuple[str, str], ...] = (
    ("2026-11-28, first", "all models, once their settings had been chosen. No setting was changed after it."),
    ("2026-11-28, second", "`LEAST` of the volume model was varied for the curve below, and left as it was."),
    ("2026-11-28, third", "twice, to write this page with the cheaper selections: the same tables as at first."),
    ("2026-11-28, fourth", (
        "after three changes that were chosen on the tuning half: ports of rented services are left out, one instance "
        "of a neighbourhood and day is told of DNS, and `LEAST` is 750 MB (which had been in the curve below). No "
        "setting was changed after it.")),
    ("2026-11-28, fifth", "for the curve of all together, and thrice to write this page. No setting was changed."),
    ("2026-11-30, sixth", (
        "once, with a volume model that asked how much a neighbourhood uploads to new places: the first look at which "
        "ordinary work is told. That uploads are much of it was known, and the busier estate, on which that model was "
        "chosen, begins things about as often as the held ones do. It was not kept, for what this look showed.")),
    ("2026-11-30, seventh", "twice, to write this page of the models as they are. No setting was changed."),
)
"""Each look at the held half: when, and what was done after it."""

CURVE = """## What was done about the noise

Of 121 false findings of the tuning half (0.191 in a host-month), 29 were a service at a port of its own that a group
took up, 15 a weekly or monthly job's first run, 14 a build's, 9 somebody who tried a port; 27 a group that fell back on
public resolvers while the VPC's was away, 16 an administrator's one look-up, 11 an upload. What an analyst would have
known of them is now in the detectors: which ports databases, brokers and mail are rented at, and that a fall-back
concerns a group and is told of once a day. An upload takes 750 MB. The others are what the attacks are: one look-up at
8.8.8.8, one conversation at a port, once. In the held half the ports that are left out bring nothing (0.098 before and
after): three of its twenty services are at such a port, of the tuning half's fourteen eleven. Whose services are like
the tuning half's gains what it gained.

Later the tuning half was found too tame to choose on (0.085 of 0.1, three uploads in all), and the busier estate was
made, by its author, in which about as much is begun as in the held half. Half of what is told there are uploads. A
host's own days are too few to know how big uploads to new places are. To ask that of its neighbourhood, for each port
(what is told takes twice what all but the biggest day had), was tried, and is not kept. On the held half 0.202 became
0.186, but two of twenty thefts of 20 GB were hidden by what neighbours move; and where uploads are as big as thefts, as
on the busier estate, thefts are lost with them. To miss 20 GB is worse than two findings in a hundred host-months:

| `LEAST`, neighbours | uploads | all, median | all, worst | recall | 1 GB | 1 GB by SCP | 1.5 GB | 5 GB |
|---|---|---|---|---|---|---|---|---|
| **0.75 GB, not asked, as it is** | 0.131 | 0.258 | 0.326 | 0.79 | 17 of 20 | 19 of 20 | 16 of 20 | 13 of 20 |
| 0.75 GB, asked | 0.089 | 0.216 | 0.273 | 0.71 | 8 of 20 | 19 of 20 | 12 of 20 | 13 of 20 |
| 1 GB, not asked | 0.084 | 0.226 | 0.295 | 0.62 | 0 of 20 | 0 of 20 | 16 of 20 | 13 of 20 |
| 1.2 GB, not asked | 0.053 | 0.179 | 0.273 | 0.62 | 0 of 20 | 0 of 20 | 16 of 20 | 13 of 20 |

(The settings of this table and the next were changed by hand: no command prints them.)

Tried as well, and not kept:

| of ports | tuning half, all a host-month | of 200 attacks | why not |
|---|---|---|---|
| as they are | 0.082 | 173 | |
| the port is known in the whole VPC, to one host | 0.081 | 119 | a file sharer elsewhere hides LDAP, IRC, shells |
| the same, to four hosts | 0.111 | 156 | builds and groups are told more, SSH is hidden |
| takes up new things all the time: the host, or the middle one of its neighbours | 0.079 | 172 | two builds fewer |
| the same of the sum of both | 0.074 | 171 | one outage or roll-out counts twice and hides a month |
| two new things within 56 days, not 28 | 0.069 | 169 | costs as many attacks as it spares builds |
| what is new in a host's first week does not count | 0.101 | 173 | builds are told more |

## Why 0.1 is not reached on the held half

The table above says what it was: uploads, services that a group takes up, weekly and monthly jobs, somebody's look-up
at a public resolver, a group's fall-back on one, ports that somebody tries, builds, moves of data. Each is the first of
its kind for the host and its neighbours, and to a place that nobody there knew: as an attack is. Whether it comes
again, or a neighbour follows, is known later, and an intruder who has two victims looks the same. All but uploads and
builds are told once; jobs end when two months are known. What the models do not see would help: which process it was (a
sensor), who was logged on, what the name in DNS was, a change that was announced.

## The curve of all together, on the held half

What would bring 0.1 near costs more attacks than it is worth.

| settings | median | worst seed | recall, median | recall, worst |
|---|---|---|---|---|
| **as they are** | 0.202 | 0.280 | 0.91 | 0.77 |
| neighbours' uploads are asked for | 0.186 | 0.269 | 0.91 | 0.73 |
| `LEAST` of the volume model 1 GB | 0.166 | 0.238 | 0.82 | 0.73 |
| a host that took up one new thing in 28 days, not two, is not judged | 0.155 | 0.228 | 0.82 | 0.73 |
| both | 0.124 | 0.186 | 0.73 | 0.64 |

## The volume model's curve, on the held half

In the held estates every fourth host uploads a build, a dump or an image of up to 1.2 GB to a new place in a month.
Nothing in a flow log tells these from a theft of as much. (Measured when the model was built.)

| `LEAST` | median | worst seed | 1 GB | 5 GB over ten hours | 20 GB |
|---|---|---|---|---|---|
| 0.5 GB | 0.124 | 0.166 | 18 of 20 | 17 of 20 | 20 of 20 |
| **0.75 GB** | 0.078 | 0.093 | 18 of 20 | 17 of 20 | 20 of 20 |
| 1 GB | 0.026 | 0.062 | 0 of 20 | 17 of 20 | 20 of 20 |
| 2 GB | 0.010 | 0.021 | 0 of 20 | 17 of 20 | 20 of 20 |

What else is missed: ports and resolvers that a neighbour uses already (SSH, FTP, rsync; 1.1.1.1 where containers have
it written into them), hosts that take up something new all the time, and every host that autoscaling has just started.
An instance's first use of port 25 (`Backdoor:EC2/Spambot`) is not in these estates, and not measured.""".splitlines()

MODELS = ("network.unusual_port.unusual_port", "network.unusual_resolver.unusual_resolver",
          "network.unusual_volume.unusual_volume")
PORT, VOLUME = "Behavior:EC2/NetworkPortUnusual", "Behavior:EC2/TrafficVolumeUnusual"
DNS, DOH, DOT = (f"DefenseEvasion:EC2/{name}" for name in (
    "UnusualDNSResolver", "UnusualDoHActivity", "UnusualDoTActivity"))
TYPES = (PORT, VOLUME, DNS, DOH, DOT)
TARGET = 0.1
"""Findings of ordinary work in a host-month, at most."""

DAYS, ATTACKS_FROM, LEARNED = 60, 40, 14
_DAY = 86_400
_START = 20_500 * _DAY
GB = 1_000_000_000


@dataclass(frozen=True)
class Author:
    """An estate's habits. Rates are in a month: of a group of hosts, or of one host where it says so."""

    name: str
    seeds: Sequence[int]
    groups: Sequence[tuple[str, int]]
    """(role, hosts) of each /24."""
    ports: Sequence[int]
    """Of the services that are rented."""
    begin_with: int
    """Such services in use from the first day, in a group."""
    dependency: float
    """A group takes up another service at a port of its own."""
    rollout_days: float
    tried: float
    """Somebody tries a port, once, on one host (a rate of each host)."""
    monthly_jobs: float
    """Share of hosts that have a job at a port of its own once a month; half as many have a weekly one."""
    new_backup: float
    """Share of backup hosts that get another target in a month."""
    move: float
    """A host moves its data to somewhere else, once (a rate of each host)."""
    moved: tuple[float, float]
    """Gigabytes of a move: from, to."""
    nightly: tuple[float, float]
    artefact: float
    """A host uploads a build, dump or image to a place that is new (a rate of each host)."""
    artefact_size: tuple[float, float]
    deliveries: tuple[float, float]
    """Gigabytes of a batch host's delivery to a customer."""
    customers: int
    new_customer: float
    digs: float
    """An administrator asks a public resolver (a rate of each host)."""
    fallback: float
    """The VPC's resolver is away for an hour, and a group falls back on public ones."""
    hardcoded: float
    """Share of hosts in whose containers a public resolver is written."""
    churn_hours: tuple[float, float]
    """How long hosts live that autoscaling starts."""
    attacks: Sequence[tuple[str, str, Callable[[random.Random], list[Talk]]]] = ()
    """(technique, the type that must be found, what happens)."""


@dataclass(frozen=True)
class Talk:
    """A conversation that a host opens."""

    remote: str
    port: int
    out: int = 3_000
    back: int = 9_000
    protocol: int = 6
    length: int = 20
    at: int | None = None
    """Seconds of the day; at any time without."""
    why: str = ""
    """Of ordinary work that is new to the host: what it is."""


@dataclass
class Host:
    interface: str
    address: str
    role: str
    group: int
    life: tuple[int, int] = (_START, _START + DAYS * _DAY)
    uses: list[tuple[int, int, str]] = field(default_factory=list)
    """(from day, port, remote): used daily."""
    jobs: list[tuple[int, int, int, str]] = field(default_factory=list)
    """(every so many days, on which of them, port, remote)."""
    once: dict[int, list[Talk]] = field(default_factory=lambda: defaultdict(list))
    backups: list[tuple[int, str]] = field(default_factory=list)
    """(from day, /16)."""
    resolver: str = ""


_HEADS = (5, 23, 31, 37, 45, 62, 77, 80, 91, 94, 103, 144, 149, 162, 185, 193, 194, 212)


def _address(draw: random.Random, network: str = "") -> str:
    head = network or f"{draw.choice(_HEADS)}.{draw.randrange(1, 255)}"
    return f"{head}.{draw.randrange(1, 255)}.{draw.randrange(1, 255)}"


def _network(draw: random.Random) -> str:
    return ".".join(_address(draw).split(".")[:2])


def _upload(low: float, high: float, port: int = 443, hours: float = 1.0,
            why: str = "") -> Callable[[random.Random], list[Talk]]:
    def happen(draw: random.Random) -> list[Talk]:
        return [Talk(_address(draw), port, int(draw.uniform(low, high) * GB), 8_000_000, length=int(hours * 3600),
                     at=draw.randrange(int(_DAY - hours * 3600 - 60)), why=why)]

    return happen


def _talks(port: int | tuple[int, int], **how: Any) -> Callable[[random.Random], list[Talk]]:
    return lambda draw: [Talk(_address(draw), port if isinstance(port, int) else draw.randrange(*port), **how)]


def _asks(remotes: Sequence[str], port: int, **how: Any) -> Callable[[random.Random], list[Talk]]:
    return lambda draw: [Talk(draw.choice(remotes), port, **how)]


TUNING = Author(
    name="tuning", seeds=range(1, 11),
    groups=(("web", 9), ("app", 14), ("mixed", 7), ("backup", 3), ("batch", 4), ("p2p", 2), ("ci", 4), ("scaled", 12)),
    ports=(22, 21, 587, 465, 5671, 5432, 3306, 27017, 9092, 8883, 6380, 11371, 8443, 636), begin_with=2,
    dependency=0.4, rollout_days=2.0, tried=0.02, monthly_jobs=0.08, new_backup=0.1, move=0.01, moved=(5, 200),
    nightly=(1, 40), artefact=0.1, artefact_size=(0.05, 0.7), deliveries=(0.2, 3), customers=8, new_customer=0.5,
    digs=0.02, fallback=0.05, hardcoded=0.1, churn_hours=(2, 20),
    attacks=(
        ("LDAP callback at 1389", PORT, _talks(1389, out=500, back=700, length=2)),
        ("IRC at 6667", PORT, _talks(6667, out=9_000, back=30_000, length=7_200)),
        ("reverse shell at 4444", PORT, _talks(4444, out=200_000, back=40_000, length=3_000)),
        ("SSH out at 22", PORT, _talks(22, out=40_000, back=60_000, length=900)),
        ("FTP at 21", PORT, _talks(21, out=4_000, back=5_000, length=60)),
        ("1.5 GB uploaded", VOLUME, _upload(1.5, 1.5)),
        ("5 GB uploaded", VOLUME, _upload(5, 5)),
        ("8.8.8.8 instead of the VPC's resolver", DNS, _asks(("8.8.8.8",), 53, protocol=17, out=70, back=150)),
        ("a tunnel in DoH to Cloudflare", DOH, _asks(("1.1.1.1",), 443, out=400_000, back=900_000, length=3_000)),
        ("DoT to Google", DOT, _asks(("8.8.8.8",), 853)),
    ))

HELD = Author(
    name="held", seeds=range(101, 111),
    groups=(("app", 22), ("web", 5), ("mixed", 12), ("backup", 2), ("batch", 6), ("p2p", 1), ("ci", 8), ("mixed", 4),
            ("scaled", 25)),
    ports=(22, 2222, 990, 25_060, 5_222, 1433, 5_439, 9_243, 9_093, 873, 4_222, 8_080, 15_671, 1_883, 43, 993, 6_379,
           8_089, 10_443, 7_687), begin_with=3,
    dependency=0.7, rollout_days=5.0, tried=0.03, monthly_jobs=0.15, new_backup=0.2, move=0.015, moved=(1, 60),
    nightly=(0.3, 90), artefact=0.25, artefact_size=(0.02, 1.2), deliveries=(0.05, 8), customers=20, new_customer=1.0,
    digs=0.03, fallback=0.08, hardcoded=0.2, churn_hours=(0.5, 60),
    attacks=(
        ("LDAP callback at 389", PORT, _talks(389, out=420, back=600, length=1)),
        ("reverse shell at 8443", PORT, _talks(8443, out=60_000, back=20_000, length=1_200)),
        ("reverse shell at a random port", PORT, _talks((1_025, 32_000), out=90_000, back=30_000, length=2_400)),
        ("rsync at 873", PORT, _talks(873, out=90_000_000, back=900_000, length=300)),
        ("1 GB by SCP at 22", VOLUME, _upload(1, 1, 22, 0.3)),
        ("5 GB over ten hours", VOLUME, _upload(5, 5, 443, 10)),
        ("20 GB uploaded", VOLUME, _upload(20, 20, 443, 3)),
        ("1.1.1.1 or 9.9.9.9 instead of the VPC's resolver", DNS, _asks(
            ("1.1.1.1", "9.9.9.9"), 53, protocol=17, out=70, back=150)),
        ("a DNS tunnel to a server of its own", DNS, _asks(
            ("185.61.9.7", "45.77.3.9"), 53, protocol=17, out=90_000, back=120_000, length=900)),
        ("DoH to AdGuard or Quad9", DOH, _asks(("94.140.14.14", "9.9.9.9"), 443, out=90_000, back=200_000, length=900)),
        ("DoT to a server that is not listed", DOT, _talks(853, out=9_000, back=30_000, length=60)),
    ))

BUSY = replace(
    TUNING, name="busy", seeds=range(11, 21),
    groups=(("web", 9), ("app", 24), ("mixed", 10), ("backup", 3), ("batch", 4), ("p2p", 2), ("ci", 7), ("scaled", 12)),
    ports=(22, 21, 1_790, 3_303, 4_391, 6_120, 8_472, 9_715, 11_036, 14_208, 16_993, 18_554, 20_077, 23_461, 25_390,
           27_845, 29_102, 31_276),
    dependency=0.8, rollout_days=4.0, tried=0.03, monthly_jobs=0.15, new_backup=0.2, artefact=0.3,
    artefact_size=(0.05, 1.4), digs=0.03, fallback=0.08,
    attacks=(*TUNING.attacks, ("1 GB uploaded", VOLUME, _upload(1, 1)),
             ("1 GB by SCP at 22", VOLUME, _upload(1, 1, 22))))
"""More is begun here than in `TUNING`, at ports of which nothing is known, and uploads are as big as thefts."""

_PUBLIC = ("8.8.8.8", "1.1.1.1", "9.9.9.9", "208.67.222.222")
_ODD = (23, 2_222, 5_000, 6_443, 7_000, 8_000, 8_081, 9_000, 9_200, 10_000, 1_194, 3_389, 5_900, 70)


class Estate:
    """One seed's hosts and what will happen to them."""

    def __init__(self, author: Author, seed: int) -> None:
        self.author, self.draw = author, random.Random(seed)
        self.hosts: list[Host] = []
        self.attacked: dict[tuple[str, str], tuple[str, int, bool]] = {}
        """(interface, type) → technique, day, whether the host had a history."""
        self.whys: dict[tuple[str, str, int], str] = {}
        """(interface, remote, port) → what the conversation is; of the days that are over."""
        for number, (role, count) in enumerate(author.groups):
            self._group(number, role, count)
        self._attacks()

    def _happens(self, rate: float) -> list[int]:
        """The days of events with a rate in a month."""
        return [day for day in range(DAYS) if self.draw.random() < rate / 30]

    def _group(self, number: int, role: str, count: int) -> None:
        draw, author = self.draw, self.author
        services = [(draw.choice(author.ports), _address(draw)) for _ in range(author.begin_with)]
        stable = 3 if role == "scaled" else count
        group = [Host(f"eni-{draw.getrandbits(60):017x}", f"10.{number}.0.{10 + place}", role, number)
                 for place in range(stable)]
        for host in group:
            host.uses = [(0, *one) for one in services if draw.random() < (0.4 if role == "mixed" else 0.9)]
            self._habits(host)
        for day in self._happens(author.dependency):
            port, remote = draw.choice(author.ports), _address(draw)
            for host in group if role != "mixed" else draw.sample(group, 1 + len(group) // 4):
                host.uses.append((day + int(draw.expovariate(1 / author.rollout_days)), port, remote))
        for day in self._happens(author.fallback):
            for host in group:
                host.once[day].append(
                    Talk(draw.choice(_PUBLIC), 53, 70, 150, 17, 1, why="a fall-back on public resolvers"))
        self.hosts += group
        if role == "scaled":
            for place in range(count - stable):
                time = float(_START)
                while time < _START + DAYS * _DAY:
                    life = draw.uniform(*author.churn_hours) * 3600
                    self.hosts.append(Host(f"eni-{draw.getrandbits(60):017x}", f"10.{number}.0.{20 + place}", "young",
                                           number, (int(time), int(time + life)), [(0, *one) for one in services]))
                    time += life + draw.expovariate(1 / 3_600)

    def _habits(self, host: Host) -> None:
        draw, author = self.draw, self.author
        chance = draw.random()
        if chance < author.monthly_jobs:
            host.jobs.append((30, draw.randrange(30), draw.choice(author.ports), _address(draw)))
        elif chance < 1.5 * author.monthly_jobs:
            host.jobs.append((7, draw.randrange(7), draw.choice(author.ports), _address(draw)))
        if draw.random() < author.hardcoded:
            host.resolver = draw.choice(_PUBLIC)
        for day in self._happens(author.tried):
            host.once[day].append(
                Talk(_address(draw), draw.choice((*_ODD, *author.ports)), why="somebody tries a port"))
        for day in self._happens(author.digs):
            host.once[day].append(Talk(draw.choice(_PUBLIC), 53, 70, 150, 17, 1, why="an administrator's look-up"))
        for day in self._happens(author.move):
            host.once[day] += _upload(*author.moved, hours=4, why="data are moved")(draw)
        for day in self._happens(author.artefact):
            host.once[day] += _upload(*author.artefact_size, hours=0.2, why="a build, dump or image is uploaded")(draw)
        if host.role == "backup":
            host.backups = [(0, _network(draw))]
            host.backups += [(day, _network(draw)) for day in self._happens(author.new_backup)]
        if host.role == "batch":
            customers = [_network(draw) for _ in range(author.customers)]
            for day in range(DAYS):
                if draw.random() < author.new_customer / 30:
                    customers.append(_network(draw))
                for customer in draw.sample(customers, draw.choice((0, 0, 1, 2, 5))):
                    size = draw.uniform(*author.deliveries) * GB
                    host.once[day].append(Talk(_address(draw, customer), 443, int(size), 3_000_000, length=1_500,
                                               why="a delivery to a customer"))

    def _attacks(self) -> None:
        """Two of each technique, on hosts of two groups that have been there long, and one on a host that has not."""
        draw = self.draw
        settled = [host for host in self.hosts if host.role != "young"]
        young = [host for host in self.hosts if host.role == "young"
                 and host.life[0] > _START + ATTACKS_FROM * _DAY and host.life[1] < _START + DAYS * _DAY]
        for technique, kind, happens in self.author.attacks:
            chosen: list[Host] = []
            for host in [*draw.sample(settled, len(settled)), draw.choice(young)]:
                # One host is attacked in one way, so that one attack does not change what is said of another.
                if (host.interface, kind) not in self.attacked and host.group not in {one.group for one in chosen} and (
                        len(chosen) < 2 or host.role == "young"):
                    chosen.append(host)
            for host in chosen:
                day = draw.randrange(ATTACKS_FROM, DAYS - 1)
                at = None
                if host.role == "young":
                    day, at = divmod(host.life[0] + 600 - _START, _DAY)
                host.once[day] += [moved_to(talk, at) for talk in happens(draw)]
                self.attacked[host.interface, kind] = (technique, day, host.role != "young")

    def day(self, day: int) -> Iterator[tuple[Host, Talk]]:
        """What happens on a day."""
        draw = self.draw
        begin, end = _START + day * _DAY, _START + (day + 1) * _DAY
        for host in self.hosts:
            first, last = max(begin, host.life[0]), min(end, host.life[1])
            if last - first < 300:
                continue
            talks = [Talk(_address(draw, "151.101"), 443) for _ in range(3)]
            talks += [Talk(remote, port, why="a group takes a service up") for since, port, remote in host.uses
                      if day >= since and draw.random() < 0.9]
            talks += [Talk(remote, port, why="a weekly or monthly job") for every, on, port, remote in host.jobs
                      if day % every == on]
            talks += [Talk(_address(draw, network), 443, int(draw.uniform(*self.author.nightly) * GB), 90_000_000,
                           length=7_000, at=3_600 * 2 + draw.randrange(600), why="a backup's new target")
                      for since, network in host.backups if day >= since]
            if host.role in ("web", "app"):
                talks.append(Talk(_address(draw, "35.190"), 443, draw.randrange(2_000_000, 90_000_000), 90_000,
                                  length=1_000))
            if host.role == "p2p":
                talks += [Talk(_address(draw), draw.randrange(1_025, 65_000), 90_000, 900_000, draw.choice((6, 17)),
                               300, why="files are shared") for _ in range(30)]
            if host.role == "ci":
                talks += [Talk("140.82.112.4", 22), *(Talk(_address(draw), 443) for _ in range(6))]
                if draw.random() < 0.1:
                    talks += [Talk(_address(draw), draw.choice(_ODD), why="a build")]
            if host.resolver and draw.random() < 0.5:
                talks.append(Talk(host.resolver, 53, 70, 150, 17, 1, why="a resolver is written into a container"))
            if draw.random() < 0.02:
                talks.append(Talk("1.1.1.1", 443, 160, 100, length=1))
            for talk in [*talks, *host.once.get(day, ())]:
                moment = begin + talk.at if talk.at is not None else draw.randrange(first, last - 200)
                if talk.why:
                    self.whys[host.interface, talk.remote, talk.port] = talk.why
                yield host, moved_to(talk, moment)


def moved_to(talk: Talk, at: int | None) -> Talk:
    """The conversation at a time."""
    return talk if at is None else replace(talk, at=at)


def rows(talks: Iterator[tuple[Host, Talk]], draw: random.Random, flags: bool) -> pl.DataFrame:
    """The interfaces' log of these conversations, in rows of a minute."""
    made: list[tuple[Any, ...]] = []
    for host, talk in talks:
        pieces, near = max(1, talk.length // 60), draw.randrange(33_000, 60_000)
        ends = ((host.address, talk.remote, near, talk.port), (talk.remote, host.address, talk.port, near))
        for piece in range(pieces):
            start = (talk.at or 0) + piece * 60
            for way, (ours, size) in enumerate(zip(ends, (talk.out, talk.back), strict=True)):
                # What is said first (a banner, certificates, a greeting) is half of a talk that is not a transfer.
                part = size // pieces if size > 1_000_000 or pieces == 1 else (
                    size // 2 if piece == 0 else size // 2 // (pieces - 1))
                if not part:
                    continue
                packets = max(part // 1_300, min(8, part // 120), 1)
                flag = (18 if way else 2) if piece == 0 and talk.protocol == 6 else 0
                made.append((host.interface, "111122223333", *ours, talk.protocol, packets, part, start,
                             start + min(talk.length, 59), "ACCEPT", flag))
    frame = pl.DataFrame(made, orient="row", schema={
        "interface_id": pl.String, "account_id": pl.String, "srcaddr": pl.String, "dstaddr": pl.String,
        "srcport": pl.UInt16, "dstport": pl.UInt16, "protocol": pl.UInt8, "packets": pl.Int64, "bytes": pl.Int64,
        "start": pl.Int64, "end": pl.Int64, "action": pl.String, "tcp_flags": pl.UInt8})
    frame = frame.with_columns(position=pl.int_range(pl.len(), dtype=pl.UInt32))
    return frame if flags else frame.drop("tcp_flags")


@dataclass
class Outcome:
    """One seed's."""

    seed: int
    host_months: float
    """Of hosts that had a history."""
    false: Counter[tuple[str, str]]
    """(type, what the ordinary work was) → findings."""
    found: dict[str, tuple[int, int]]
    """Technique → found, of hosts with a history."""
    young: tuple[int, int]
    """Found, of hosts without one."""
    largest: dict[str, int]
    """Model → bytes of its largest memory (one neighbourhood's)."""
    per_host: dict[str, float]
    """Model → bytes a host that it remembers, over all neighbourhoods."""


class Run:
    """The models over one estate."""

    def __init__(self, author: Author, seed: int) -> None:
        self.author, self.seed = author, seed
        self.known = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
        self.models = [one for one in catalogue().detectors if one.name in MODELS]
        self.memories: dict[tuple[str, str], Memory] = {}
        self.said: list[Signal] = []

    def run(self) -> Outcome:
        """Sixty days."""
        estate = Estate(self.author, self.seed)
        draw = random.Random(f"rows {self.seed}")
        for day in range(DAYS):
            frame = oriented(rows(estate.day(day), draw, flags=self.seed % 2 == 0)).collect()
            for model in self.models:
                self._judge(model, frame)
            watermark = (_START + (day + 1) * _DAY) * 1000 - 3_600_000
            self.memories = {key: memory for key, memory in self.memories.items() if not memory.expire(watermark)}
        return self._outcome(estate)

    def _judge(self, model: Detector, frame: pl.DataFrame) -> None:
        (trigger,) = model.on
        if not isinstance(trigger, FrameWhere) or not model.key or not model.update or not model.memory:
            raise TypeError(f"{model.name} is no keyed detector of flows")
        keyed: dict[str, list[Row[Flow]]] = defaultdict(list)
        for flow in to_flows(trigger.select(frame.lazy(), self.known).collect()):
            if (key := model.key(flow, self.known)) is not None:
                keyed[key].append(Row(flow.time, Evidence(flow.time, flow.record, "a", "1", flow.position), flow))
        for key, some in keyed.items():
            memory = self.memories.setdefault((model.name, key), model.memory())
            self.said += model.update(sorted(some, key=lambda row: row.evidence), memory, self.known)

    def _outcome(self, estate: Estate) -> Outcome:
        false: Counter[tuple[str, str]] = Counter()
        hit: set[tuple[str, str]] = set()
        for signal in self.said:
            (interface, *_), day = signal.identity, (signal.last_seen // 1000 - _START) // _DAY
            about = (interface, signal.type)
            if about in estate.attacked and estate.attacked[about][1] <= day <= estate.attacked[about][1] + 1:
                hit.add(about)
            elif not (signal.type == PORT and any(
                    estate.attacked.get((interface, kind), ("", -9, True))[1] in (day, day - 1) for kind in TYPES)):
                talk = signal.action
                if not isinstance(talk, NetworkAction):
                    raise TypeError(f"{signal.type} tells of no conversation")
                false[signal.type, estate.whys[interface, talk.remote_ip, talk.remote_port]] += 1
        found: dict[str, tuple[int, int]] = {technique: (0, 0) for technique, _, _ in self.author.attacks}
        young = (0, 0)
        for about, (technique, _, settled) in estate.attacked.items():
            score = (int(about in hit), 1)
            if settled:
                found[technique] = (found[technique][0] + score[0], found[technique][1] + 1)
            else:
                young = (young[0] + score[0], young[1] + 1)
        sizes: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for (name, _), memory in self.memories.items():
            hosts = len(memory.volumes.hosts if isinstance(memory, Sent) else getattr(memory, "uses", Uses()).hosts)
            sizes[name].append((len(msgspec.msgpack.encode(memory)), hosts))
        months = sum(host.role != "young" for host in estate.hosts) * (DAYS - LEARNED) / 30
        return Outcome(
            self.seed, months, false, found, young,
            {name: max(size for size, _ in some) for name, some in sizes.items()},
            {name: sum(size for size, _ in some) / sum(hosts for _, hosts in some) for name, some in sizes.items()})


def told(author: Author) -> list[str]:
    """All seeds of an author, as lines of a page."""
    outcomes = [Run(author, seed).run() for seed in author.seeds]
    names = [kind.partition("/")[2] for kind in TYPES]
    lines = [f"| seed | host-months | {' | '.join(names)} | all a host-month | recall |",
             f"|---|---|{'---|' * len(names)}---|---|"]
    rates, recalls = [], []
    for one in outcomes:
        hits, tries = (sum(pair[place] for pair in one.found.values()) for place in (0, 1))
        rates.append({kind: sum(count for (of, _), count in one.false.items() if of == kind) / one.host_months
                      for kind in TYPES})
        recalls.append(hits / tries)
        cells = " | ".join(f"{rates[-1][kind]:.3f}" for kind in TYPES)
        lines.append(f"| {one.seed} | {one.host_months:.0f} | {cells} | {sum(rates[-1].values()):.3f} | "
                     f"{hits} of {tries} ({hits / tries:.2f}) |")
    for word, of in (("median", median), ("worst", max)):
        cells = " | ".join(f"**{of(rate[kind] for rate in rates):.3f}**" for kind in TYPES)
        recall = median(recalls) if word == "median" else min(recalls)
        lines.append(f"| {word} | | {cells} | **{of(sum(rate.values()) for rate in rates):.3f}** | **{recall:.2f}** |")
    lines += ["", "| told of ordinary work | what it was | findings | a host-month |", "|---|---|---|---|"]
    false = sum((one.false for one in outcomes), Counter())
    months = sum(one.host_months for one in outcomes)
    for (kind, why), count in sorted(false.items(), key=lambda item: (TYPES.index(item[0][0]), -item[1], item[0])):
        lines.append(f"| {kind.partition('/')[2]} | {why} | {count} | {count / months:.3f} |")
    lines += ["", "| technique | found | the least of a seed |", "|---|---|---|"]
    for technique, kind, _ in author.attacks:
        pairs = [one.found[technique] for one in outcomes if one.found[technique][1]]
        hits, tries = sum(hit for hit, _ in pairs), sum(of for _, of in pairs)
        lines.append(f"| {technique} (`{kind}`) | {hits} of {tries} | "
                     f"{min(hit / of for hit, of in pairs):.2f} |")
    hits, tries = (sum(one.young[place] for one in outcomes) for place in (0, 1))
    lines += [f"| all of them, on hosts that autoscaling started hours before | {hits} of {tries} | |", "",
              "| memory of | bytes a host (largest of a seed) | bytes of the largest neighbourhood |", "|---|---|---|"]
    for name in MODELS:
        lines.append(f"| `{name.rpartition('.')[2]}` | {max(one.per_host[name] for one in outcomes):.0f} | "
                     f"{max(one.largest[name] for one in outcomes)} |")
    return lines


def page() -> str:
    """docs/network-models.md."""
    lines = [
        "# What the models over flow logs find", "",
        "<!-- Written by `python -m benchmarks.network_models --page`. -->", "",
        "Findings of ordinary work in a host-month (all together may be 0.1), and attacks found, per seed. The data",
        "are made by the author of the detectors: a regression anchor, no measurement of the field. What is ordinary",
        "begins new things at rates that the benchmark states and nobody has measured. Tuned on the first two",
        "estates only.",
    ]
    for author, what in ((TUNING, "Tuning half: settings were chosen here"), (BUSY, "A busier estate to tune on"),
                         (HELD, "Held half")):
        lines += ["", f"## {what}", "", *told(author)]
    lines += ["", "## Looks at the held half", "", *(f"- {when}: {what}" for when, what in LOOKS), "", *CURVE,
              *network_beacons.section()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print, or write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.network_models", description=__doc__)
    parser.add_argument("--busy", action="store_true", help="the busier estate to tune on")
    parser.add_argument("--held", action="store_true", help="the half that nothing was chosen on")
    parser.add_argument("--page", action="store_true", help="write docs/network-models.md")
    asked = parser.parse_args()
    if asked.page:
        PAGE.write_text(page(), encoding="utf-8")
        return
    print("\n".join(told(HELD if asked.held else BUSY if asked.busy else TUNING)))


if __name__ == "__main__":
    main()
