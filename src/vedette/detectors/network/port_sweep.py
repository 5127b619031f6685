"""An instance tries one port on many hosts: on the Internet a sweep, in private networks a scan for the next foothold.

*The attack.* A worm or a botnet's scanner on a taken-over instance looks for SSH, Telnet, SMB, Redis or a web panel on
one address after another; an intruder looks which neighbours have SSH or SMB open.

*How it shows.* Most addresses have nobody at that port, so bare SYNs go out to ever new hosts and nothing comes of
them. For each port, every new host that fails adds one to a score; a connection that works takes one away, and the
score leaks with time. That is a random walk: it climbs where most hosts fail, fast or slow, and stays down where
most are there, however many they are. Working connections to the web's ports and inside are many, so one in 16 is
looked at and counts 16 times, and more must fail at the web's.

*What ordinary traffic looks the same.* Crawlers, uptime monitors, feed readers: most of their hosts are there.
Instances whose way out is closed fail everywhere, but at AWS's own addresses, which do not count at the web's ports.
Peer-to-peer clients and blockchain nodes call many peers that are gone: the ports of those networks, and ports from
20000 on, do not count. Mail servers: port 25 is for Spambot. A host that stays down counts once, however often it is
tried. NTP and DNS are UDP, and a CDN's or a load balancer's replies are not bare SYNs. A search for hosts by an asset
or vulnerability scanner of one's own is a true finding: suppress it for its instance.

*Where it is blind.* Sweeps slower than one host in ten minutes; of UDP ports, of ports from 20000 on, of port 25; of
addresses taken from a list of hosts that are up; of AWS's addresses at 80 and 443. GuardDuty's threshold is not
published; this one is ours. Amazon knows PortSweep for public addresses only; the same among private ones is said here
as Portscan, which Amazon describes for ports of one host.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import polars as pl

from vedette.detectors.declare import Memory, Row, flows, keyed_detector
from vedette.detectors.finding_type import HIGH, FindingType, Plan
from vedette.detectors.flow_shapes import bare_syn, is_bare_syn, is_outside, of_instances, outside
from vedette.detectors.known import Known
from vedette.detectors.network.port_scan import ATTEMPTS, HIGHEST_PORT, PORT_SCAN
from vedette.detectors.say import about_flow, interface_key, minutes
from vedette.detectors.signal import Evidence, Signal
from vedette.logs.addresses import private
from vedette.logs.vpc_flow import TCP, Flow
from vedette.simulate import FLOW_V5, every, instance, story

PORT_SWEEP = FindingType(
    name="Impact:EC2/PortSweep",
    severity=HIGH,
    plan=Plan.FOUNDATIONAL,
    resource="Instance",
    title="EC2 instance {instance} sweeps the Internet for hosts with port {remote_port}.",
    description="EC2 instance {instance} ({local_ip}) tried {tried} without success within {minutes}, "
    "among them {sample}.",
    attack=("T1595.001", "T1046"),
    remedy="If this instance is not your scanner, look for what runs on it, isolate it, find out how it was taken over "
    "and replace the credentials of its role. If it is, suppress the finding for this instance.",
)

FAILED_HOSTS = 25
"""New hosts of one port that fail, less those that work. A published sequential test decides after 4 to 9 hosts; a
fleet that was just replaced, or a region that is out, leaves some twenty behind."""
FAILED_WEB_HOSTS = 100
"""The same at ports 80 and 443, where what works is estimated from a sample."""
WEB = frozenset({80, 443})
SAMPLE = 16
"""Of working connections, one client's port in so many is looked at."""
COMMON_SAMPLE = 32
"""The same of those to the web's ports, and of those inside: nearly all that there are."""
LEAK_MS = 600_000
"""The score loses one in this time: as fast as the slowest sweep it can see."""
QUIET_MS = 3_600_000
"""A sweep lasts hours; it is one occurrence an hour."""
WORKING = 4
"""Packets out of a connection that did something: SYN, ACK, a request, FIN."""

MAIL = 25
PEERS = frozenset({
    1337, 2710, 4001, 4662, *range(6881, 7000), 8333, 8444, 9333, 9735, 18080, 18333,
})
"""BitTorrent and its trackers, IPFS, eDonkey, and the networks of Bitcoin, Litecoin, Lightning and Monero, whose nodes
try hundreds of peers from lists of which most are stale."""

PORTS = 12
"""Ports remembered of an interface; those with least to show make room."""
HELD = 160
"""Hosts remembered of a port: what decides, and room so that a host which is tried again and again counts once."""
KEPT = 24
"""Records kept as evidence."""


def _attempts(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Bare SYNs from the inside, and connections that work or a sample of them, to ports that are swept."""
    remote, port, packets = pl.col("remote"), pl.col("remote_port"), pl.col("packets")
    client = pl.col("local_port")
    out = pl.col("outgoing") & (pl.col("protocol") == TCP) & ((packets <= ATTEMPTS) | (client % SAMPLE == 0))
    failed = bare_syn(frame.collect_schema().names(), ATTEMPTS).fill_null(value=False)
    works = (packets >= WORKING) & ~failed & (pl.col("action") == "ACCEPT")
    common = client % COMMON_SAMPLE == 0
    swept = (port <= HIGHEST_PORT) & ~port.is_in(sorted({MAIL, *PEERS}))
    # The slices keep the optimiser from asking all of rows that are dropped here.
    some = of_instances(frame.filter(out)).slice(0).filter(
        (failed | (works & (common | ~port.is_in(sorted(WEB))))) & swept).slice(0)
    return some.filter(outside(remote) | (private(remote) & (failed | common)))


class Walk(msgspec.Struct):
    """What became of the attempts at one port."""

    at: int
    """When the score was last brought up to date (ms)."""
    score: float = 0.0
    failed: dict[str, int] = {}
    """Host -> when it first failed (ms); it does not count again until it is forgotten."""
    worked: dict[str, int] = {}
    evidence: list[Evidence] = []
    """The latest failures."""
    quiet_until: int = 0

    def now(self, time: int) -> float:
        """The score at a time."""
        return max(0.0, self.score - max(0, time - self.at) / LEAK_MS)

    def is_over(self, time: int) -> bool:
        """Nothing after ``time`` can be judged differently because of this."""
        return self.now(time) == 0 and self.quiet_until <= time


class Walks(Memory):
    """The ports that an interface has tried lately, outside and inside: ``out 22``, ``in 445``."""

    ports: dict[str, Walk] = {}

    def expire(self, watermark: int) -> bool:
        """Forget ports whose score has leaked away."""
        self.ports = {name: one for name, one in self.ports.items() if not one.is_over(watermark)}
        return not self.ports

    def merge(self, other: Walks) -> Walks:
        """For each port the hosts of both. The score is at most the hosts that failed."""
        merged = dict(self.ports)
        for name, theirs in other.ports.items():
            merged[name] = _both(merged[name], theirs) if name in merged else theirs
        kept = sorted(merged, key=lambda name: (merged[name].score, merged[name].at, name))[-PORTS:]
        return Walks({name: merged[name] for name in sorted(kept)})

    def of(self, name: str, time: int) -> Walk:
        """The port's entry, a new one if there is none or it is over."""
        one = self.ports.get(name)
        if one is not None and not one.is_over(time):
            return one
        if one is None and len(self.ports) >= PORTS:
            self.expire(time)
            if len(self.ports) >= PORTS:
                least = min(self.ports, key=lambda each: (self.ports[each].now(time), self.ports[each].at, each))
                del self.ports[least]
        self.ports[name] = one = Walk(time)
        return one


def _both(one: Walk, other: Walk) -> Walk:
    at = max(one.at, other.at)
    failed, worked = _earliest(one.failed, other.failed), _earliest(one.worked, other.worked)
    return Walk(at, min(one.now(at) + other.now(at), float(len(failed))), failed, worked,
                sorted({*one.evidence, *other.evidence})[-KEPT:], max(one.quiet_until, other.quiet_until))


def _earliest(ours: dict[str, int], theirs: dict[str, int]) -> dict[str, int]:
    both = {host: min(seen[host] for seen in (ours, theirs) if host in seen) for host in ours.keys() | theirs.keys()}
    return {host: both[host] for host in sorted(both, key=lambda host: (both[host], host))[-HELD:]}


@keyed_detector(PORT_SWEEP, PORT_SCAN, on=flows(_attempts), key=interface_key, memory=Walks)
def port_sweep(rows: Sequence[Row[Flow]], memory: Walks, known: Known) -> Iterator[Signal]:
    """An instance found nobody at one port of many hosts."""
    for row in rows:
        flow, port = row.record, row.record.remote_port or 0
        far, fails = is_outside(flow.remote), is_bare_syn(flow, ATTEMPTS)
        if fails and far and port in WEB and (flow.remote in known.aws or flow.pkt_dst_aws_service):
            continue
        name = f"{'out' if far else 'in'} {port}"
        if not fails and name not in memory.ports:
            continue
        walk = memory.of(name, row.time)
        hosts = walk.failed if fails else walk.worked
        if row.time < walk.quiet_until or flow.remote in hosts:
            continue
        if len(hosts) >= HELD:
            del hosts[min(hosts, key=lambda host: (hosts[host], host))]
        hosts[flow.remote] = row.time
        step = 1 if fails else -COMMON_SAMPLE if port in WEB or not far else -SAMPLE
        walk.score, walk.at = max(0.0, walk.now(row.time) + step), max(walk.at, row.time)
        if not fails:
            continue
        walk.evidence = [*walk.evidence, row.evidence][-KEPT:]
        if walk.score >= (FAILED_WEB_HOSTS if far and port in WEB else FAILED_HOSTS):
            yield _sweep(flow, walk, PORT_SWEEP if far else PORT_SCAN)
            memory.ports[name] = Walk(row.time, quiet_until=row.time + QUIET_MS)


def _sweep(flow: Flow, walk: Walk, kind: FindingType) -> Signal:
    tried = sorted(walk.failed, key=lambda host: (walk.failed[host], host))
    what = f"port {flow.remote_port} of {len(tried)} hosts"
    return about_flow(
        msgspec.structs.replace(flow, initiator="local"), kind, role="ACTOR", evidence=sorted(walk.evidence),
        first_seen=min(walk.evidence).time,
        words={"scanned": what, "tried": what, "minutes": minutes(flow.time - walk.failed[tried[0]]),
               "sample": ", ".join(tried[-5:])},
    )


_box = instance("i-0f66cad0f5ffee006", private_ip="10.0.6.70", public_ip="54.210.33.12",
                ipv6="2600:1f18:1234:5600::70")


def _host(number: int) -> str:
    return f"9.{number * 37 % 250}.{number * 91 % 250}.{number % 250 + 1}"


def _neighbour(number: int) -> str:
    return f"10.0.{20 + number // 200}.{number % 200 + 1}"


EXAMPLES = [
    story(
        "a worm looks for Telnet, one address after another",
        [_box.connects_to(_host(number), 23, answered=number % 20 == 0, after=0.1) for number in range(120)],
    ).fires(PORT_SWEEP, {
        "severity": HIGH,
        "service.resourceRole": "ACTOR",
        "service.action.networkConnectionAction.connectionDirection": "OUTBOUND",
        "service.action.networkConnectionAction.remotePortDetails.port": 23,
    }, count=1),
    story(
        "masscan looks for SMB from one port, in a log with TCP flags",
        [_box.connects_to(_host(number), 445, answered=False, bytes=40, local_port=61_000, after=0.1)
         for number in range(40)], flow_fields=FLOW_V5,
    ).fires(PORT_SWEEP, count=1),
    story(
        "one address a minute, over hours; some refuse",
        every(60, 45, lambda number: _box.connects_to(_host(number), 6379, answered=False, refused=number % 3 == 0,
                                                      packets=1 if number % 3 == 0 else 3)),
    ).fires(PORT_SWEEP, count=1),
    story(
        "IPv6 addresses in rows of ten minutes",
        [_box.flow(srcaddr="2600:1f18:1234:5600::70", dstaddr=f"2607:f8b0:4004:{number:x}::1", srcport=40_000 + number,
                   dstport=22, protocol=6, packets=4, bytes=320, tcp_flags=2, end=590, flow_direction="egress",
                   after=0.2) for number in range(40)], flow_fields=FLOW_V5,
    ).fires(PORT_SWEEP, count=1),
    story(
        "a sweep that the instance's own security group drops",
        [_box.connects_to(_host(number), 3389, accepted=False, after=0.1) for number in range(40)],
    ).fires(PORT_SWEEP, {"service.action.networkConnectionAction.blocked": True}, count=1),
    story(
        "the web's ports of random addresses",
        [_box.connects_to(_host(number), 80, answered=number % 40 == 0, after=0.1) for number in range(140)],
    ).fires(PORT_SWEEP, count=1),
    story(
        "a sweep goes on while the instance also fetches from a Git host",
        [[*_box.connects_to(_host(number), 22, answered=False, after=0.1),
          *_box.connects_to("9.9.201.7", 22, after=0.1)] for number in range(40)],
    ).fires(PORT_SWEEP, count=1),
    story(
        "neighbours in the VPC are tried for SSH",
        [_box.connects_to(_neighbour(number), 22, answered=False, refused=number % 9 == 0, after=0.1)
         for number in range(60)], flow_fields=FLOW_V5,
    ).fires(PORT_SCAN, {"service.action.networkConnectionAction.remotePortDetails.port": 22}, count=1),
    story(
        "neighbours are tried for SMB, one a minute",
        every(60, 40, lambda number: _box.connects_to(_neighbour(number), 445, answered=False, packets=2)),
        flow_fields=FLOW_V5,
    ).fires(PORT_SCAN, count=1),
    story(
        "a crawler of sites, a third of which are gone",
        [_box.connects_to(_host(number), 443, answered=number % 3 != 0, packets=14 if number % 3 else 3, after=0.2)
         for number in range(420)],
    ).silent(),
    story(
        "an uptime monitor of SSH: sixty hosts, a fifth of them down, every five minutes",
        every(300, 6, lambda _: [
            _box.connects_to(_host(number), 22, answered=number % 5 != 0, after=0.1) for number in range(60)]),
    ).silent(),
    story(
        "twenty hosts that are down are tried every minute",
        every(60, 8, lambda _: [_box.connects_to(_host(number), 8883, answered=False, packets=3, after=0.1)
                                for number in range(20)]),
    ).silent(),
    story(
        "an instance without a way out tries AWS's own addresses",
        [_box.connects_to(f"52.{94 + number % 2}.{number}.{number + 1}", 443, answered=False, after=0.5)
         for number in range(150)],
    ).silent(),
    story(
        "a monitor inside scrapes a fleet, in which some have just gone",
        [_box.connects_to(_neighbour(number), 9100, answered=number % 7 != 0, after=0.1) for number in range(240)],
        flow_fields=FLOW_V5,
    ).silent(),
    story(
        "a BitTorrent client and a Bitcoin node call peers that are gone",
        [[*_box.connects_to(_host(number), 6881, answered=False, after=0.1),
          *_box.connects_to(_host(number + 500), 8333, answered=False, after=0.1),
          *_box.connects_to(_host(number + 1000), 20_000 + number * 131, answered=False, after=0.1)]
         for number in range(60)],
    ).silent(),
    story(
        "a mail server cannot deliver to forty hosts",
        _box.is_contacted_by(_host(1), 25, packets=20, bytes=14_000),
        [_box.connects_to(_host(number), 25, answered=False, after=0.1) for number in range(40)],
    ).silent(),
    story(
        "a web server and an NTP client have many peers",
        [[*_box.is_contacted_by(_host(number), 443, after=0.1),
          *_box.connects_to(_host(number), 123, protocol="udp", after=0.1)] for number in range(50)],
        [_box.is_contacted_by(_host(number), port, refused=True, answered=False, after=0.1)
         for number in range(40) for port in (22, 23)],
    ).silent(),
]
