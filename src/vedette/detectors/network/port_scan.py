"""An instance tries many ports of one host in a short time.

*The attack.* After a foothold, nmap, masscan or a loop around nc looks for what else can be reached.

*How it shows.* Most ports are closed or filtered, so the instance's SYNs stand alone: a row of equal packets as small
as a bare SYN, whether an RST came back, nothing came back, or its own security group dropped them. Each port that
failed so adds one to the remote host's score and the score leaks with time: a cumulative sum, which sees a scan of one
port a minute as well as a fast one. Rows of working connections never count, so a host's few open ports do not matter.

*What ordinary traffic looks the same.* Replies to clients, whose ports are many and high. A load balancer or monitor
that polls a few ports of a host that is down. Containers on changing ports and NodePorts (20000 and above do not
count). Peers that are gone: few ports each. A vulnerability scanner is a true finding: suppress it by its instance.

*Where it is blind.* One port of many hosts is for the file port_sweep, which says this type too where those are
private. Scans slower than one port in ten minutes; UDP (traceroute
walks ports too); a host that answers on every port; default-format logs from which the near end cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import msgspec
import polars as pl

from vedette.detectors.declare import Memory, Row, flows, keyed_detector
from vedette.detectors.finding_type import MEDIUM, FindingType, Plan
from vedette.detectors.flow_shapes import bare_syn, of_instances
from vedette.detectors.known import Known
from vedette.detectors.say import about_flow, interface_key, minutes
from vedette.detectors.signal import Evidence, Signal
from vedette.logs.vpc_flow import Flow
from vedette.simulate import FLOW_V5, Given, every, instance, story

PORT_SCAN = FindingType(
    name="Recon:EC2/Portscan",
    severity=MEDIUM,
    plan=Plan.FOUNDATIONAL,
    resource="Instance",
    title="EC2 instance {instance} scans {scanned}.",
    description="EC2 instance {instance} ({local_ip}) tried {tried} without success within {minutes}, among them "
    "{sample}.",
    attack=("T1046",),
    remedy="If this instance is not your vulnerability scanner, look for what runs on it, isolate it, and replace the "
    "credentials of its role. If it is, suppress the finding for this instance.",
)

FAILED_PORTS = 10
"""Ports of one host that must fail. Published sequential tests decide after 4 to 9; monitors of a host that is down and
Active Directory clients try up to 9 different ports."""
LEAK_MS = 600_000
"""The score loses one in this time: as fast as the slowest scan it can see."""
QUIET_MS = 3_600_000
"""A scan of all ports lasts hours; it is one occurrence an hour, not thousands."""
HIGHEST_PORT = 19_999
"""Schedulers give out ports from 20000 on, NodePorts begin at 30000, containers' and clients' ports above: those change
and fail in ordinary life."""
PORTS = FAILED_PORTS + 2
"""Failed ports remembered of a host: one more than decide, and room for scans so slow that they never add up."""
HOSTS = 64
"""Remote hosts remembered for an interface, 250 kB at most. A sweep passes through thousands: those with least to show
make room, and a host that is scanned soon has more."""

ATTEMPTS = 7
"""Packets: Linux sends a SYN seven times before it gives up."""

_RESERVED = 1024


def _failed_attempts(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Bare SYNs from the inside to a port that could be a service's."""
    return of_instances(frame.filter(
        (pl.col("remote_port") <= HIGHEST_PORT) & bare_syn(frame.collect_schema().names(), ATTEMPTS)))


class Suspicion(msgspec.Struct):
    """One remote host's failed ports."""

    at: int
    """When the score was last brought up to date (ms)."""
    score: float = 0.0
    failed: dict[int, Evidence] = {}
    """Port -> the first record of its failure; the port does not count again until the score has leaked away."""
    from_port: dict[int, int] = {}
    """The instance's port -> one port that it failed at, to know a server that resets many clients."""
    quiet_until: int = 0

    def now(self, time: int) -> float:
        """The score at a time."""
        return max(0.0, self.score - max(0, time - self.at) / LEAK_MS)

    def is_over(self, time: int) -> bool:
        """Nothing after ``time`` can be judged differently because of this."""
        return self.now(time) == 0 and self.quiet_until <= time


class Suspicions(Memory):
    """The remote hosts at which an interface failed lately."""

    hosts: dict[str, Suspicion] = {}

    def expire(self, watermark: int) -> bool:
        """Forget hosts whose score has leaked away."""
        self.hosts = {name: one for name, one in self.hosts.items() if not one.is_over(watermark)}
        return not self.hosts

    def merge(self, other: Suspicions) -> Suspicions:
        """For each host the ports of both. The score is at most the ports there are."""
        merged = dict(self.hosts)
        for name, theirs in other.hosts.items():
            if (ours := merged.get(name)) is None:
                merged[name] = theirs
                continue
            at = max(ours.at, theirs.at)
            failed = {port: min(seen[port] for seen in (ours.failed, theirs.failed) if port in seen)
                      for port in sorted(ours.failed.keys() | theirs.failed.keys())}
            from_port = {port: min(seen[port] for seen in (ours.from_port, theirs.from_port) if port in seen)
                         for port in sorted(ours.from_port.keys() | theirs.from_port.keys())}
            score = min(ours.now(at) + theirs.now(at), float(len(failed)))
            merged[name] = Suspicion(at, score, failed, from_port, max(ours.quiet_until, theirs.quiet_until))
        kept = sorted(merged, key=lambda name: (merged[name].score, merged[name].at, name))[-HOSTS:]
        return Suspicions({name: merged[name] for name in kept})

    def of(self, name: str, time: int) -> Suspicion:
        """The host's entry, a new one if there is none or it is over."""
        one = self.hosts.get(name)
        if one is not None and not one.is_over(time):
            return one
        if one is None and len(self.hosts) >= HOSTS:
            self._make_room(time)
        self.hosts[name] = one = Suspicion(time)
        return one

    def _make_room(self, time: int) -> None:
        """Many at once, since finding out which costs as much as for one."""
        self.expire(time)
        if len(self.hosts) >= HOSTS:
            least = sorted(self.hosts, key=lambda name: (self.hosts[name].now(time), self.hosts[name].at, name))
            for name in least[:HOSTS // 4]:
                del self.hosts[name]


@keyed_detector(PORT_SCAN, on=flows(_failed_attempts), key=interface_key, memory=Suspicions)
def port_scan(rows: Sequence[Row[Flow]], memory: Suspicions, known: Known) -> Iterator[Signal]:
    """An instance failed at many ports of one host."""
    for row in rows:
        flow, port = row.record, row.record.remote_port or 0
        host = memory.of(flow.remote, row.time)
        if row.time < host.quiet_until or port in host.failed or _resets_clients(flow, host):
            continue
        host.score, host.at = host.now(row.time) + 1, row.time
        host.failed[port] = row.evidence
        if host.score < FAILED_PORTS and len(host.failed) <= PORTS:
            continue
        if host.score >= FAILED_PORTS:
            yield _scan(flow, host)
            memory.hosts[flow.remote] = Suspicion(row.time, quiet_until=row.time + QUIET_MS)
        else:
            # So slow that the score stands still: the oldest port is forgotten, so that memory has a bound.
            del host.failed[min(host.failed, key=lambda known_port: host.failed[known_port])]


def _resets_clients(flow: Flow, host: Suspicion) -> bool:
    """Without TCP flags, small packets from one port to many high ones are a server's, to clients behind one address.

    Scanners that send all from one port make SYNs of their own, of 40 to 48 bytes, one at a time.
    """
    port = flow.local_port or 0
    if flow.tcp_flags is not None or (flow.remote_port or 0) < _RESERVED:
        return False
    if len(host.from_port) < PORTS:
        before = host.from_port.setdefault(port, flow.remote_port or 0)
    else:
        before = host.from_port.get(port, flow.remote_port or 0)
    return before != flow.remote_port and (flow.packets > 1 or flow.bytes > 48)


def _scan(flow: Flow, host: Suspicion) -> Signal:
    evidence = sorted(host.failed.values())
    ports = sorted(host.failed)
    span = minutes(evidence[-1].time - evidence[0].time)
    return about_flow(
        flow, PORT_SCAN, role="ACTOR", evidence=evidence, first_seen=evidence[0].time,
        additional={"portsScannedSample": ports},
        words={"scanned": f"ports of {flow.remote}", "tried": f"{len(ports)} ports of {flow.remote}", "minutes": span,
               "sample": ", ".join(map(str, ports[:8]))},
    )


_box = instance("i-0c33f7a9e2ffee003", private_ip="10.0.3.40")
_nat = replace(instance("i-0c33f7a9e2ffee033", private_ip="10.0.0.9"), instance_id="-")
_victim, _inside = "9.9.44.5", "10.0.9.17"
_top = (21, 22, 23, 25, 53, 80, 110, 111, 135, 139, 143, 443, 445, 993, 995, 1723, 3306, 3389, 5900, 8080)

EXAMPLES = [
    story(
        "nmap scans a host: most ports closed, a few open",
        [_box.connects_to(_victim, port, refused=port not in {22, 443}, answered=port in {22, 443}, after=0.2)
         for port in _top],
    ).fires(PORT_SCAN, {
        "service.resourceRole": "ACTOR",
        "service.action.networkConnectionAction.connectionDirection": "OUTBOUND",
        "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4": _victim,
    }, count=1),
    story(
        "a half-open scan of a filtered host inside, from one port, in a log with TCP flags",
        [_box.connects_to(_inside, port, answered=False, bytes=44, local_port=41_000, after=0.1) for port in _top],
        flow_fields=FLOW_V5,
    ).fires(PORT_SCAN, count=1),
    story(
        "a half-open scan from one port, in the default format",
        [_box.connects_to(_victim, port, answered=False, bytes=44, local_port=41_000, after=0.1) for port in _top],
    ).fires(PORT_SCAN, count=1),
    story(
        "a scan of one port a minute",
        every(60, 15, lambda n: _box.connects_to(_victim, 1000 + n, answered=False, packets=3)),
    ).fires(PORT_SCAN, count=1),
    story(
        "a scan that the instance's own security group blocks",
        [_box.connects_to(_victim, port, accepted=False, after=0.2) for port in _top],
    ).fires(PORT_SCAN, {"service.action.networkConnectionAction.blocked": True}, count=1),
    story(
        "the same host is scanned on two days",
        [_box.connects_to(_victim, port, refused=True, answered=False, after=0.2) for port in _top],
        [_box.connects_to(_victim, port, refused=True, answered=False, at=86_400 + port / 100) for port in _top],
    ).fires(PORT_SCAN, count=2),
    story(
        "nine ports fail",
        [_box.connects_to(_victim, port, refused=True, answered=False, after=0.2) for port in _top[:9]],
    ).silent(),
    story(
        "a monitor polls eight services of a host, for hours, while the host is down",
        every(60, 120, lambda _: [_box.connects_to(_inside, port, answered=False, packets=3) for port in _top[:8]]),
        flow_fields=FLOW_V5,
    ).silent(),
    story(
        "a monitor connects to twenty open ports",
        every(300, 3, lambda _: [_box.connects_to(_victim, port, packets=3, bytes=164) for port in _top]),
    ).silent(),
    story(
        "a web server closes connections of an office behind one address",
        [_box.flow(dstaddr=_victim, srcaddr="10.0.3.40", srcport=443, dstport=20_000 + number, protocol=6, packets=1,
                   bytes=40) for number in range(40)],
    ).silent(),
    story(
        "a container on a high port answers a load balancer's health checks",
        [_box.is_contacted_by(_inside, 40_123, remote_port=2000 + 7 * number, packets=3, bytes=164, reply_packets=2,
                              reply_bytes=112) for number in range(40)], flow_fields=FLOW_V5,
    ).silent(),
    story(
        "the same from a public address, in the default format: single segments of 60 bytes",
        [_box.is_contacted_by(_victim, 40_123, remote_port=2000 + 7 * number, packets=2, bytes=112, reply_packets=1,
                              reply_bytes=60) for number in range(40)],
    ).silent(),
    story(
        "a load balancer checks the changing ports of a node that drains",
        [_box.connects_to(_inside, 20_000 + 311 * number, refused=True, answered=False) for number in range(40)],
        flow_fields=FLOW_V5,
    ).silent(),
    story(
        "a peer-to-peer client calls peers that are gone, two ports each",
        [_box.connects_to(f"9.8.{number % 7}.{number}", 6881 + port, answered=False)
         for number in range(1, 100) for port in range(2)],
    ).silent(),
    story(
        "Internet scanners try the instance's ports: it resets them",
        [_box.is_contacted_by(_victim, port, refused=True, answered=False) for port in _top],
    ).silent(),
    story(
        "a trusted host is scanned",
        [_box.connects_to(_victim, port, answered=False, bytes=44, after=0.1) for port in _top],
        given=Given(trusted_ips=(_victim,)),
    ).silent(),
    story(
        "a NAT gateway's log shows the scan of an instance behind it again",
        [host.connects_to(_victim, port, answered=False, bytes=44, after=0.1)
         for host in (_box, _nat) for port in _top], flow_fields=FLOW_V5,
    ).fires(PORT_SCAN, count=1),
]
