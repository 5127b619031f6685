"""Somebody guesses passwords at an instance's SSH, RDP or WinRM, or the instance guesses them at others.

*The attack.* hydra, crowbar or a botnet tries one password after another: many connections from one host, each of the
size of a log-in that failed. Guessed at (target) is the fate of every open port: low severity. An instance that guesses
(actor) has been taken over: high.

*How it shows.* A failed SSH log-in, with one to six tries, is 10 to 60 packets and 1 to 6 kB from the client and as
much back, and it is over within the minutes that sshd grants; RDP's is much alike, and WinRM's, three HTTP requests
that are refused, is a little larger. Both rows of a connection, in all intervals, are added up first, so that a longer
one is not taken for several small ones.

*What ordinary traffic looks the same.* Ansible (by SSH or WinRM), CI and bastions open many connections too, but most
of theirs carry work: unless nearly all are that small, nothing is said. Monitors log in a few times a minute for ever:
below the rate, which is higher for neighbours in private networks. A fleet is reached with few connections a host, a
guesser needs several. Scanners send a SYN, or read the banner: too small. GitHub, GitLab and Bitbucket, which take no
passwords, are polled by log-ins and nothing else. A load balancer passes on what others guess; it is no instance.

*Where it is blind.* Less than two tries a minute, or a few from each of many hosts; other ports than 22, 3389, 5985 and
5986; many passwords tried in one connection, as WinRM's HTTP allows. Jobs that do nothing but log in, more often than
that from or to outside, look the same and are reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec
import polars as pl

from vedette.detectors.declare import Memory, Row, flows, keyed_detector
from vedette.detectors.finding_type import HIGH, LOW, FindingType, Plan
from vedette.detectors.flow_shapes import is_outside, of_instances
from vedette.detectors.known import Known
from vedette.detectors.say import Role, about_flow, interface_key, minutes
from vedette.detectors.signal import Evidence, Signal
from vedette.logs.vpc_flow import TCP, Flow
from vedette.simulate import FLOW_V5, Given, every, instance, story


def _guessing(name: str, service: str) -> FindingType:
    return FindingType(
        name=name, severity=LOW, plan=Plan.FOUNDATIONAL, resource="Instance",
        severity_note="High when the instance is the one that guesses.",
        title=f"{service} passwords are guessed {{relation}} EC2 instance {{instance}}.",
        description=f"{{attempts}} connections of the size of a failed {service} log-in passed from {{from}} to {{to}} "
        "within {minutes}.",
        attack=("T1110.001",),
        remedy=f"Target: close the {service} port to the Internet (Session Manager needs none), allow keys only, and "
        "look whether one of the log-ins succeeded. Actor: isolate the instance and find out how it was taken over.",
    )


SSH_BRUTE_FORCE = _guessing("UnauthorizedAccess:EC2/SSHBruteForce", "SSH")
RDP_BRUTE_FORCE = _guessing("UnauthorizedAccess:EC2/RDPBruteForce", "RDP")
WINRM_BRUTE_FORCE = _guessing("Impact:EC2/WinRMBruteForce", "WinRM")
SERVICES = {22: SSH_BRUTE_FORCE, 3389: RDP_BRUTE_FORCE, 5985: WINRM_BRUTE_FORCE, 5986: WINRM_BRUTE_FORCE}

_SSH = 22
WINDOW_MS = 600_000
ATTEMPTS_OUTSIDE = 20
"""Within the window, from or to one public address: two a minute. Guessers make tens; people and jobs on the Internet
do not log in that often with nothing to do."""
ATTEMPTS_INSIDE = 60
"""The same between private addresses, where monitors log in several times a minute."""
MANY_HOSTS = 40
"""Attempts at several hosts together; only hosts with at least `PER_HOST` count, or each fleet job would be one."""
PER_HOST = 5
PER_HOST_INSIDE = 15
"""The same of a neighbour: a monitor logs in to each host of a fleet once a minute, and leaves when it has asked."""
NEARLY_ALL = 0.8
"""Of a host's connections that got as far as a key exchange, how many must be failed log-ins."""
QUIET_MS = 3_600_000
"""Guessing goes on for hours: it is one occurrence an hour."""

PACKETS = range(8, 61)
"""Of the client, in one connection. Fewer are a scan or a banner; a session soon has more."""
SENT = range(900, 6_501)
"""Bytes of the client: a key exchange alone is 900, six tries end below 6,500."""
RECEIVED = 6_500
"""Bytes of the server, at most: key exchange and refusals. A shell's prompt or a repository's refs go beyond."""
WINRM_SENT = range(900, 9_001)
"""The same of WinRM: three requests of up to 2.5 kB, and a TLS handshake at 5986. Work begins with five."""
WINRM_RECEIVED = 9_000
"""Three refusals, and a chain of certificates."""
GRACE_MS = 720_000
"""sshd closes what has not logged in after 120 s, and a row may claim its whole interval, of 10 minutes at most."""

_GIT_HOSTS = tuple(map(ip_network, (
    "140.82.112.0/20", "143.55.64.0/20", "185.199.108.0/22", "192.30.252.0/22",  # github.com
    "172.65.251.78/32",  # gitlab.com
    "104.192.136.0/21", "185.166.140.0/22",  # bitbucket.org
)))
"""Public Git hosts, which take no passwords. What polls them (Argo CD, Flux, Jenkins) does nothing but log in and ask
for a few refs, many times a minute, all day."""

HOSTS = 256
"""Remote hosts remembered; those not seen for longest make room."""
CONNECTIONS = 128
"""Connections remembered of each: twice what decides."""
ALL_CONNECTIONS = 640
"""Connections remembered of all hosts, some 200 kB: thirty that guess, each just short of being reported."""

_SMALLEST = 4
"""Packets of a row below which it cannot decide anything: SYN scans, and the close of a long session."""


class Connection(msgspec.Struct, array_like=True):
    """One connection's rows, added up."""

    began: int
    ended: int
    evidence: Evidence
    packets: int = 0
    sent: int = 0
    received: int = 0

    def failed(self, service: int) -> bool:
        """It is of the size of a log-in that failed at that port."""
        sent, received = _sizes(service)
        return (self.packets in PACKETS and self.sent in sent and self.received <= received
                and self.ended - self.began <= GRACE_MS)

    def counts(self, service: int) -> bool:
        """It is a failed log-in or more."""
        sent, received = _sizes(service)
        return self.packets >= PACKETS.start or self.received > received or self.sent in sent


def _sizes(service: int) -> tuple[range, int]:
    """Bytes of the client, and at most of the server, in a failed log-in."""
    return (WINRM_SENT, WINRM_RECEIVED) if SERVICES[service] is WINRM_BRUTE_FORCE else (SENT, RECEIVED)


class Peer(msgspec.Struct):
    """A remote host's connections of the last window."""

    seen: int = 0
    """When the last of its rows ended (ms)."""
    connections: dict[int, Connection] = {}
    """Client's port -> connection."""
    attempts: int = 0
    """How many of them are failed log-ins, if nearly all are; else 0."""
    quiet_until: int = 0

    def judge(self, now: int, service: int) -> None:
        """Count again what lies in the window that ends now."""
        self.connections = {
            port: one for port, one in self.connections.items() if one.ended >= now - WINDOW_MS}
        failed = sum(one.failed(service) for one in self.connections.values())
        all_of_them = sum(one.counts(service) for one in self.connections.values())
        self.attempts = failed if failed >= NEARLY_ALL * all_of_them else 0


class Logins(Memory):
    """Connections to SSH, RDP and WinRM, by role, port and remote host: ``ACTOR 22 9.9.9.9``."""

    peers: dict[str, Peer] = {}
    quiet_until: dict[str, int] = {}
    """``ACTOR 22`` -> until when nothing more is said of guessing at many hosts."""

    def expire(self, watermark: int) -> bool:
        """Forget hosts not seen in the window."""
        self.peers = {name: peer for name, peer in self.peers.items()
                      if peer.seen >= watermark - WINDOW_MS or peer.quiet_until > watermark}
        self.quiet_until = {name: until for name, until in self.quiet_until.items() if until > watermark}
        return not self.peers and not self.quiet_until

    def merge(self, other: Logins) -> Logins:
        """The connections of both; the rows of one connection that came to both places are added up."""
        merged = dict(self.peers)
        for name, theirs in other.peers.items():
            merged[name] = _both(merged[name], theirs, int(name.split(" ")[1])) if name in merged else theirs
        kept = sorted(merged, key=lambda name: (merged[name].seen, name))[-HOSTS:]
        services = self.quiet_until.keys() | other.quiet_until.keys()
        both = Logins({name: merged[name] for name in sorted(kept)}, {
            name: max(self.quiet_until.get(name, 0), other.quiet_until.get(name, 0)) for name in sorted(services)})
        both.bound(max((peer.seen for peer in both.peers.values()), default=0))
        return both

    def bound(self, time: int) -> None:
        """Keep to `ALL_CONNECTIONS`: forget those of the hosts not seen for longest, many at once."""
        since = time - WINDOW_MS
        held = sum(len(peer.connections) for peer in self.peers.values() if peer.seen >= since)
        if held <= ALL_CONNECTIONS:
            return
        self.expire(time)
        for name in sorted(self.peers, key=lambda one: (self.peers[one].seen, one)):
            if held <= ALL_CONNECTIONS * 3 // 4:
                break
            held -= len(self.peers[name].connections)
            self.peers[name].connections, self.peers[name].attempts = {}, 0

    def of(self, name: str, time: int) -> Peer:
        """The host's entry."""
        if name not in self.peers and len(self.peers) >= HOSTS:
            self.expire(time)
            if len(self.peers) >= HOSTS:
                # Many at once, since finding out which costs as much as for one.
                for longest in sorted(self.peers, key=lambda one: (self.peers[one].seen, one))[:HOSTS // 4]:
                    del self.peers[longest]
        return self.peers.setdefault(name, Peer())


def _both(one: Peer, other: Peer, service: int) -> Peer:
    connections = dict(one.connections)
    for port, theirs in other.connections.items():
        ours = connections.get(port)
        connections[port] = theirs if ours is None else Connection(
            min(ours.began, theirs.began), max(ours.ended, theirs.ended), min(ours.evidence, theirs.evidence),
            ours.packets + theirs.packets, ours.sent + theirs.sent, ours.received + theirs.received)
    newest = sorted(connections.items(), key=lambda item: item[1].evidence)[-CONNECTIONS:]
    merged = Peer(max(one.seen, other.seen), dict(newest), 0, max(one.quiet_until, other.quiet_until))
    merged.judge(merged.seen, service)
    return merged


@dataclass(frozen=True, slots=True)
class _Side:
    """Which end serves, on which port, and the client's port; ``from_client`` tells whose packets the row counts."""

    role: Role
    service: int
    client_port: int
    from_client: bool


def _side(flow: Flow) -> _Side | None:
    """The ports tell it: a service's here or there, and a client's port at the other end."""
    local, remote = flow.local_port or 0, flow.remote_port or 0
    if local in SERVICES and remote not in SERVICES:
        return _Side("TARGET", local, remote, not flow.outgoing)
    if remote in SERVICES and local not in SERVICES and not (remote == _SSH and _hosts_git(flow.remote)):
        return _Side("ACTOR", remote, local, flow.outgoing)
    return None


@lru_cache(1 << 12)
def _hosts_git(host: str) -> bool:
    return any(ip_address(host) in network for network in _GIT_HOSTS)


def _logins(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Accepted rows of SSH, RDP and WinRM that are more than a knock."""
    ports = list(SERVICES)
    return of_instances(frame).filter(
        (pl.col("local_port").is_in(ports) | pl.col("remote_port").is_in(ports)) & (pl.col("protocol") == TCP)
        & (pl.col("action") == "ACCEPT") & (pl.col("packets") >= _SMALLEST))


def _interface(flow: Flow, known: Known) -> str | None:
    return interface_key(flow, known) if _side(flow) else None


@keyed_detector(SSH_BRUTE_FORCE, RDP_BRUTE_FORCE, WINRM_BRUTE_FORCE, on=flows(_logins), key=_interface, memory=Logins)
def brute_force(rows: Sequence[Row[Flow]], memory: Logins, known: Known) -> Iterator[Signal]:
    """Many connections of the size of a failed log-in, from one host or to one or several."""
    for row in rows:
        flow, side = row.record, _side(row.record)
        if side is None:
            continue
        group = f"{side.role} {side.service}"
        peer = memory.of(f"{group} {flow.remote}", row.time)
        peer.seen = max(peer.seen, row.time, flow.end_time)
        if row.time < max(peer.quiet_until, memory.quiet_until.get(group, 0)):
            continue
        _add(peer, row, side)
        memory.bound(row.time)
        peer.judge(row.time, side.service)
        needed = ATTEMPTS_OUTSIDE if is_outside(flow.remote) else ATTEMPTS_INSIDE
        if peer.attempts >= needed:
            yield _signal(flow, side, [peer])
            peer.quiet_until = row.time + QUIET_MS
            peer.connections, peer.attempts = {}, 0
        elif side.role == "ACTOR" and peer.attempts >= _per_host(flow.remote):
            spread = [other for name, other in memory.peers.items()
                      if name.startswith(f"{group} ") and other.attempts >= _per_host(name.rpartition(" ")[2])
                      and other.seen >= row.time - WINDOW_MS]
            if len(spread) > 1 and sum(other.attempts for other in spread) >= MANY_HOSTS:
                yield _signal(flow, side, spread)
                memory.quiet_until[group] = row.time + QUIET_MS
                for other in spread:
                    other.connections, other.attempts = {}, 0


def _per_host(host: str) -> int:
    return PER_HOST if is_outside(host) else PER_HOST_INSIDE


def _add(peer: Peer, row: Row[Flow], side: _Side) -> None:
    flow = row.record
    one = peer.connections.get(side.client_port)
    if one is None:
        if len(peer.connections) >= CONNECTIONS:
            del peer.connections[min(peer.connections, key=lambda port: peer.connections[port].evidence)]
        one = peer.connections[side.client_port] = Connection(flow.time, flow.end_time, row.evidence)
    one.ended = max(one.ended, flow.end_time)
    if side.from_client:
        one.packets, one.sent = one.packets + flow.packets, one.sent + flow.bytes
    else:
        one.received += flow.bytes


def _signal(flow: Flow, side: _Side, peers: Sequence[Peer]) -> Signal:
    attempts = [one for peer in peers for one in peer.connections.values() if one.failed(side.service)]
    first, last = min(one.began for one in attempts), max(one.ended for one in attempts)
    evidence = sorted({*(one.evidence for one in attempts)})
    here, there = f"EC2 instance ({flow.local})", flow.remote
    if len(peers) > 1:
        there = f"{len(peers)} hosts, {flow.remote} among them,"
    target = side.role == "TARGET"
    return about_flow(
        msgspec.structs.replace(flow, initiator="remote" if target else "local"), SERVICES[side.service],
        severity=LOW if target else HIGH, role=side.role, identity=(side.role,), first_seen=first, evidence=evidence,
        words={
            "relation": "at" if target else "by", "attempts": str(len(attempts)),
            "minutes": minutes(last - first), "from": there if target else here,
            "to": here if target else there,
        },
    )


_server = instance("i-0d44a8bbf3ffee004", private_ip="10.0.4.50", public_ip="54.210.33.12",
                   ipv6="2600:1f18:1234:5600::50")
_balancer = replace(instance("i-0d44a8bbf3ffee044", private_ip="10.0.0.17"), instance_id="-")
_guesser, _neighbour = "9.9.33.7", "10.0.9.80"
_try: dict[str, Any] = {"packets": 18, "bytes": 2_600, "reply_packets": 16, "reply_bytes": 3_000, "duration": 5.0}
_refused: dict[str, Any] = {"packets": 16, "bytes": 6_900, "reply_packets": 13, "reply_bytes": 7_400, "duration": 2.0}
"""A log-in that fails at WinRM, over TLS."""
_job: dict[str, Any] = {"packets": 220, "bytes": 160_000, "reply_packets": 180, "reply_bytes": 24_000, "duration": 8.0}

EXAMPLES = [
    story(
        "a botnet's host guesses SSH passwords at an instance",
        _server.is_contacted_by(_guesser, 22, connections=60, spread=240.0, **_try),
    ).fires(SSH_BRUTE_FORCE, {
        "severity": LOW,
        "service.resourceRole": "TARGET",
        "service.action.networkConnectionAction.connectionDirection": "INBOUND",
        "service.action.networkConnectionAction.localPortDetails.port": 22,
        "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4": _guesser,
    }, count=1),
    story(
        "a host guesses four times a minute, and a worm at many hosts, over IPv6",
        _server.is_contacted_by("2607:f8b0:4004:c07::7", 22, connections=40, spread=600.0, **_try),
        [_server.connects_to(f"2607:f8b0:4004:{number:x}::9", 22, connections=8, spread=20.0, at=7200, **_try)
         for number in range(1, 9)], flow_fields=FLOW_V5,
    ).fires(SSH_BRUTE_FORCE, findings=2),
    story(
        "nineteen tries are not yet guessing",
        _server.is_contacted_by(_guesser, 22, connections=19, spread=240.0, **_try),
    ).silent(),
    story(
        "an instance guesses SSH passwords at a host outside",
        _server.connects_to(_guesser, 22, connections=40, spread=300.0, **_try), flow_fields=FLOW_V5,
    ).fires(SSH_BRUTE_FORCE, {
        "severity": HIGH,
        "service.resourceRole": "ACTOR",
        "service.action.networkConnectionAction.connectionDirection": "OUTBOUND",
    }, count=1),
    story(
        "an instance guesses at a neighbour, as Amazon's tester does",
        _server.connects_to(_neighbour, 22, connections=100, spread=300.0, **_try), flow_fields=FLOW_V5,
    ).fires(SSH_BRUTE_FORCE, {"service.resourceRole": "ACTOR"}, count=1),
    story(
        "a worm guesses a few passwords at each of many hosts",
        [_server.connects_to(f"9.9.32.{number}", 22, connections=8, spread=20.0, **_try) for number in range(1, 9)],
    ).fires(SSH_BRUTE_FORCE, {"service.resourceRole": "ACTOR"}, count=1),
    story(
        "an instance guesses at three neighbours in turn",
        [_server.connects_to(f"10.0.9.{number}", 22, connections=20, spread=60.0, **_try) for number in range(81, 84)],
        flow_fields=FLOW_V5,
    ).fires(SSH_BRUTE_FORCE, {"service.resourceRole": "ACTOR"}, count=1),
    story(
        "RDP passwords are guessed at an instance, and then by it",
        _server.is_contacted_by(_guesser, 3389, connections=40, spread=200.0, remote_port=0, **_try),
        _server.connects_to("9.9.34.8", 3389, connections=40, spread=200.0, at=3600, **_try),
    ).fires(RDP_BRUTE_FORCE, findings=2),
    story(
        "netexec guesses WinRM passwords at an instance, over TLS",
        _server.is_contacted_by(_guesser, 5986, connections=40, spread=200.0, **_refused),
    ).fires(WINRM_BRUTE_FORCE, {
        "severity": LOW, "service.resourceRole": "TARGET",
        "service.action.networkConnectionAction.connectionDirection": "INBOUND",
        "service.action.networkConnectionAction.localPortDetails.port": 5986,
    }, count=1),
    story(
        "an instance guesses WinRM passwords at a neighbour and, a few each, at many, in rows of ten minutes",
        [_server.flow(srcaddr="10.0.4.50", dstaddr=_neighbour, srcport=50_000 + number, dstport=5985, protocol=6,
                      packets=12, bytes=4_100, tcp_flags=3, end=590, flow_direction="egress", after=1.0)
         for number in range(70)],
        [_server.connects_to(f"9.9.32.{number}", 5985, connections=8, spread=20.0, at=7_200 + number, **_try)
         for number in range(1, 9)], flow_fields=FLOW_V5,
    ).fires(WINRM_BRUTE_FORCE, {"severity": HIGH, "service.resourceRole": "ACTOR"}, count=2),
    story(
        "Ansible works on Windows hosts by WinRM, and a monitor asks each a little every minute",
        every(60, 4, lambda _: [_server.connects_to(
            f"10.0.9.{number}", 5986, connections=4, spread=20.0, packets=46, bytes=31_000, reply_packets=40,
            reply_bytes=26_000) for number in range(80, 90)]),
        every(60, 12, lambda _: [_server.connects_to(f"10.0.9.{number}", 5985, **_try) for number in range(60, 66)]),
        flow_fields=FLOW_V5,
    ).silent(),
    story(
        "guessing on two days is one finding, counted twice",
        _server.is_contacted_by(_guesser, 22, connections=30, spread=240.0, **_try),
        _server.is_contacted_by(_guesser, 22, connections=30, spread=240.0, at=86_400, **_try),
    ).fires(SSH_BRUTE_FORCE, count=2),
    story(
        "scanners knock at SSH, with a SYN or to read the banner",
        _server.is_contacted_by(_guesser, 22, connections=100, spread=100.0, packets=2, bytes=100, reply_packets=1),
        _server.is_contacted_by("9.9.33.8", 22, connections=60, spread=100.0, packets=6, bytes=360, reply_packets=5,
                                reply_bytes=420),
    ).silent(),
    story(
        "the security group keeps the guesser out",
        _server.is_contacted_by(_guesser, 22, connections=100, spread=100.0, accepted=False),
    ).silent(),
    story(
        "Ansible from outside: many connections, most with work in them",
        _server.is_contacted_by(_guesser, 22, connections=60, spread=400.0, **_job),
        _server.is_contacted_by(_guesser, 22, connections=20, spread=400.0, at=0, **_try),
    ).silent(),
    story(
        "CI fetches from a Git host all day",
        every(600, 6, lambda _: _server.connects_to(
            _guesser, 22, connections=50, spread=580.0, packets=40, bytes=5_400, reply_packets=60, reply_bytes=48_000)),
    ).silent(),
    story(
        "a job reaches a fleet, two connections a host",
        [_server.connects_to(f"9.9.31.{number}", 22, connections=2, spread=10.0, **_try) for number in range(1, 60)],
    ).silent(),
    story(
        "a monitor inside logs in three times a minute, for hours",
        every(60, 180, lambda _: _server.is_contacted_by(_neighbour, 22, connections=3, spread=50.0, **_try)),
        flow_fields=FLOW_V5,
    ).silent(),
    story(
        "a shell stays open for two hours and an SFTP backup runs",
        _server.is_contacted_by(_guesser, 22, packets=9_000, bytes=900_000, reply_packets=9_000, duration=7_200.0),
        _server.connects_to("9.9.35.9", 22, packets=90_000, bytes=90_000_000, duration=1_800.0),
    ).silent(),
    story(
        "the instance is a mail server that many clients reach often",
        _server.is_contacted_by(_guesser, 25, connections=100, spread=300.0, **_try),
    ).silent(),
    story(
        "a network load balancer passes the world's guesses on to the host behind it",
        _balancer.connects_to(_neighbour, 22, connections=100, spread=300.0, **_try), flow_fields=FLOW_V5,
    ).silent(),
    story(
        "Argo CD polls small repositories at a public Git host, over SSH",
        every(22, 160, lambda _: _server.connects_to(
            "140.82.112.3", 22, packets=22, bytes=4_300, reply_packets=20, reply_bytes=4_900)), flow_fields=FLOW_V5,
    ).silent(),
    story(
        "the same to a host that is none",
        every(22, 160, lambda _: _server.connects_to(
            _guesser, 22, packets=22, bytes=4_300, reply_packets=20, reply_bytes=4_900)), flow_fields=FLOW_V5,
    ).fires(SSH_BRUTE_FORCE, {"service.resourceRole": "ACTOR"}),
    story(
        "a trusted host guesses: an audit of passwords",
        _server.is_contacted_by(_guesser, 22, connections=60, spread=240.0, **_try),
        given=Given(trusted_ips=(_guesser,)),
    ).silent(),
]
