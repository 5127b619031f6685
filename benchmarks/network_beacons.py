"""How much does `custom.beacons` find, and how often does it speak of ordinary work?

A section of docs/network-models.md, which `benchmarks.network_models --page` writes. Made data by the author of the
detector, as there: a regression anchor. Settings were chosen on `TUNING` alone.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import polars as pl

from vedette.detectors.custom import beacons
from vedette.detectors.declare import FrameWhere, Memory, Row
from vedette.detectors.known import Known
from vedette.detectors.signal import Evidence
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.vpc_flow import Flow, oriented, to_flows

HOSTS, DAYS, BEGINS = 40, 5, 2
"""Hosts of an estate, days, and the day on which its beacons begin."""
DAY = 86_400
START = 20_500 * DAY
JOB = "a job of one host"
SCORES = (0.75, 0.8, 0.85, 0.9)


@dataclass(frozen=True)
class Author:
    """An estate's habits."""

    name: str
    seeds: Sequence[int]
    jobs: float
    """Share of hosts with a job or agent of their own that tells a service something, or asks it, regularly."""
    job_every: tuple[int, ...]
    calls: tuple[float, float]
    """Connections in an hour that an application opens to a service that only it uses."""
    beacons: tuple[tuple[int, float], ...]
    """(seconds, jitter), jitter being a share of the pause to both sides; above 1: exponential."""


TUNING = Author("Tuning half", range(1, 6), 0.1, (60, 300, 600, 3_600), (4, 40),
                ((60, 0), (300, 0.2), (600, 0.5), (900, 0.8), (1_800, 0.3), (300, 2)))
HELD = Author("Held half", range(101, 106), 0.15, (120, 180, 900, 1_800), (2, 120),
              ((60, 0.3), (120, 0.8), (420, 0.1), (1_200, 0.5), (3_000, 0.2), (600, 2)))

Talks = Iterator[tuple[int, str, int, int, int]]
"""(when, remote, port, protocol, the host's port or 0)."""


def _address(draw: random.Random) -> str:
    return f"{draw.choice((5, 31, 45, 77, 91, 185, 193))}.{draw.randrange(1, 250)}.{draw.randrange(250)}.9"


def _regular(draw: random.Random, remote: str, every: float, jitter: float, begin: int = 0, port: int = 443) -> Talks:
    at = START + begin * DAY + draw.uniform(0, every)
    while at < START + DAYS * DAY:
        yield int(at), remote, port, 6, 0
        at += draw.expovariate(1 / every) if jitter > 1 else every * draw.uniform(1 - jitter, 1 + jitter) + 0.3


def _asked(draw: random.Random, remote: str, an_hour: float) -> Talks:
    """Work: at random, more by day, some connections at once now and then."""
    at = float(START)
    while at < START + DAYS * DAY:
        hour = int(at) % DAY // 3600
        at += draw.expovariate(an_hour / 3600 * (1.6 if 7 <= hour < 19 else 0.4))
        for _ in range(draw.choice((1, 1, 1, 4))):
            yield int(at), remote, 443, 6, 0


def _stays(remote: str, port: int, protocol: int, local_port: int) -> Talks:
    """One connection that stays open: a row each minute."""
    for at in range(START, START + DAYS * DAY, 60):
        yield at, remote, port, protocol, local_port


def _ordinary(draw: random.Random, author: Author, host: int, shared: Sequence[str]) -> list[tuple[str, Talks]]:
    made = [("an agent that all have", _regular(draw, shared[0], 300, 0.02)),
            ("time", _regular(draw, shared[1], 512, 0.1, port=123)),
            ("AWS's own services", _regular(draw, "52.94.12.84", 300, 0.1)),
            ("a service that some poll", _regular(draw, shared[2 + host % 4], 600, 0.1)),
            ("packages", _regular(draw, shared[6], DAY / 2, 0.5)),
            ("what work asks of a service", _asked(draw, _address(draw), draw.uniform(*author.calls)))]
    if host % 10 == 0:
        made.append(("a connection that stays open", _stays(_address(draw), 443, 6, 40_100)))
        made.append(("a VPN", _stays(_address(draw), 4_500, 17, 45_000)))
    if draw.random() < author.jobs:
        made.append((JOB, _regular(draw, _address(draw), draw.choice(author.job_every), 0.01)))
    return made


@dataclass
class Outcome:
    """One seed's, at one score."""

    false: dict[str, int]
    """Kind of work → pairs of a host and a remote one that were told."""
    found: dict[tuple[int, float], tuple[int, int]]


class Estate:
    """One seed's rows, and whose they are."""

    def __init__(self, author: Author, seed: int) -> None:
        draw = random.Random(seed)
        shared = [_address(draw) for _ in range(7)]
        self.author, self.flags = author, seed % 2 == 0
        self.kinds: dict[tuple[str, str], str] = {}
        self.beacons: dict[tuple[str, str], tuple[int, float]] = {}
        rows: list[tuple[Any, ...]] = []
        for host in range(HOSTS):
            interface, local = f"eni-{host:017x}", f"10.3.0.{host + 10}"
            talks = _ordinary(draw, author, host, shared)
            if host % 3 == 0:
                every, jitter = author.beacons[host // 3 % len(author.beacons)]
                talks.append(("", _regular(draw, _address(draw), every, jitter, BEGINS)))
            for kind, some in talks:
                for number, (at, remote, port, protocol, near) in enumerate(some):
                    if number == 0 and kind:
                        self.kinds[interface, remote] = kind
                    elif number == 0:
                        self.beacons[interface, remote] = every, jitter
                    flag = 0 if near and at > START else 2
                    rows.append((interface, "111122223333", local, remote, near or draw.randrange(32_768, 61_000),
                                 port, protocol, 9, 1_400, at, at + 1, "ACCEPT", flag if protocol == 6 else 0))
        frame = pl.DataFrame(rows, orient="row", schema={
            "interface_id": pl.String, "account_id": pl.String, "srcaddr": pl.String, "dstaddr": pl.String,
            "srcport": pl.UInt16, "dstport": pl.UInt16, "protocol": pl.UInt8, "packets": pl.Int64, "bytes": pl.Int64,
            "start": pl.Int64, "end": pl.Int64, "action": pl.String, "tcp_flags": pl.UInt8}).sort("start")
        frame = frame.with_columns(position=pl.int_range(pl.len(), dtype=pl.UInt32))
        self.frame = oriented(frame if self.flags else frame.drop("tcp_flags")).collect()

    def judged(self, score: float) -> Outcome:
        """What the detector says, if that score is enough."""
        told: set[tuple[str, str]] = set()
        known = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
        (trigger,) = beacons.beaconing.on
        key, update, memory = beacons.beaconing.key, beacons.beaconing.update, beacons.beaconing.memory
        if not isinstance(trigger, FrameWhere) or not key or not update or not memory:
            raise TypeError("the detector is no keyed detector of flows")
        memories: dict[str, Memory] = defaultdict(memory)
        keyed: dict[str, list[Row[Flow]]] = defaultdict(list)
        for flow in to_flows(trigger.select(self.frame.lazy(), known).collect()):
            if (name := key(flow, known)) is not None:
                keyed[name].append(Row(flow.time, Evidence(flow.time, flow.record, "a", "1", flow.position), flow))
        with patch.object(beacons, "SCORE", score):
            for name, some in keyed.items():
                for signal in update(sorted(some, key=lambda row: row.evidence), memories[name], known):
                    told.add((signal.identity[0], signal.identity[1]))
        false: dict[str, int] = defaultdict(int)
        for pair in told - self.beacons.keys():
            false[self.kinds[pair]] += 1
        found: dict[tuple[int, float], tuple[int, int]] = {}
        for pair, how in self.beacons.items():
            hits, tries = found.get(how, (0, 0))
            found[how] = hits + (pair in told), tries + 1
        return Outcome(dict(false), found)


def told(author: Author) -> list[str]:
    """A half, as lines of a page."""
    estates = [Estate(author, seed) for seed in author.seeds]
    how = [f"{every} s{', exponential' if jitter > 1 else f' ± {jitter:.0%}' if jitter else ''}"
           for every, jitter in author.beacons]
    lines = ["", f"### {author.name}", "",
             f"| `SCORE` | other work, a host-month | jobs of one host, told | {' | '.join(how)} |",
             f"|---|---|---|{'---|' * len(how)}"]
    jobs = sum(kind == JOB for estate in estates for kind in estate.kinds.values())
    for score in SCORES:
        seeds = [estate.judged(score) for estate in estates]
        cells = []
        for one in author.beacons:
            hits, tries = (sum(seed.found[one][place] for seed in seeds) for place in (0, 1))
            cells.append(f"{hits} of {tries}")
        word = f"**{score}**" if score == beacons.SCORE else str(score)
        others = sum(count for seed in seeds for kind, count in seed.false.items() if kind != JOB)
        lines.append(f"| {word} | {others / (len(seeds) * HOSTS * DAYS / 30):.2f} | "
                     f"{sum(seed.false.get(JOB, 0) for seed in seeds)} of {jobs} | {' | '.join(cells)} |")
    return lines


def section() -> list[str]:
    """Of docs/network-models.md."""
    return [
        "", "## Beacons (`Behavior:EC2/Beaconing.Vedette`, off until it is turned on)", "",
        "Ordinary pairs of an instance and a remote host that were told, and beacons found within",
        f"{DAYS - BEGINS} days, by pause and jitter. {HOSTS} hosts a seed, five seeds a half, {DAYS} days; in half the",
        ("seeds the log has TCP flags. Ordinary are agents, time, AWS, polling that many do, packages, what work asks "
         "of"),
        "services, connections that stay open; and jobs and agents of one host, which are beacons by every measure:",
        "they are told, once a day each, and are why the rule is off. That hardly anything else is told says that",
        "these estates are easy.",
        "No real flow logs were at hand.",
        *told(TUNING), *told(HELD)]
