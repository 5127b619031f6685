"""An instance floods somebody on the Internet: packets without end that nobody answers.

*The attack.* A bot, a booter's script or hping3 on a taken-over instance sends as many packets as it can to one target
or its network: UDP from one socket or from a new port for each packet, bare SYNs, segments of connections that do not
exist, GRE or a protocol that nobody speaks.

*How it shows.* A flow log leaves nothing out and says what came back. A flood is fast (at least a thousand packets a
second through a whole minute, or as many in a burst) and one-sided: less than one packet in two hundred is answered.
SYNs need no such look: that many of them are a flood whether refused, answered or dropped. From one source port it is
a row or two of very many packets; from thousands of ports it is thousands of rows, of which one in 32 is looked at.
Replies have rows of their own that may come a moment later, so a big row is judged by the next row of its interface,
unless its shape alone says enough (UDP at a port of TCP, empty datagrams, a protocol without replies).

*What ordinary traffic looks the same.* Backups, CDN origins, QUIC, WireGuard, IPsec and GRE tunnels, calls and games
are fast too, and answered: even a bare download's ACKs and a video client's reports are more than one in two hundred.
Servers' replies (DNS, NTP, web) go to whoever asked: ports below 1024 here and a client's port there are passed over.
Video and telemetry (syslog, NetFlow) may flow one way: full packets and those ports need five times the rate. Crawlers
and peer-to-peer clients reach many networks with little each. What goes to private addresses is not looked at.

*Where it is blind.* Floods of whole connections or requests, which look like a load test; floods below a thousand
packets a second, or spread thinly over many networks; a server made a reflector from a port below 1024; a single burst
of plain UDP after which little is logged of the interface: of its other rows only those to and from the Internet are
looked at, one in 256, and one must come within a day. Thresholds are ours: GuardDuty does not
publish its own. A NAT gateway's interface sees the flood too, and is passed over only where the log names instances.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import polars as pl

from vedette.detectors.declare import Memory, Row, flows, keyed_detector
from vedette.detectors.finding_type import HIGH, FindingType, Plan
from vedette.detectors.flow_shapes import SYN_SIZES, network_of, of_instances, outside
from vedette.detectors.known import Known
from vedette.detectors.say import about_flow, interface_key
from vedette.detectors.signal import Evidence, Signal
from vedette.logs.vpc_flow import TCP, UDP, Flow
from vedette.simulate import FLOW_V5, Event, every, instance, story


def _flood(mechanism: str, of_what: str) -> FindingType:
    return FindingType(
        name=f"Backdoor:EC2/DenialOfService.{mechanism}", severity=HIGH, plan=Plan.FOUNDATIONAL, resource="Instance",
        title=f"EC2 instance {{instance}} floods {{remote_ip}} with {of_what}.",
        description=f"EC2 instance {{instance}} ({{local_ip}}) sent some {{packets}} {{protocol}} packets of {{size}} "
        f"bytes to {{target}} within a minute, and {{answers}}: a flood of {of_what}, as in a denial of service "
        "attack.",
        attack=("T1498.001",),
        remedy="Isolate the instance, look for what sends (a new process, a cron job, a container), find out how it "
        "came there, and replace the credentials of the instance's role. If it is your own load test, suppress the "
        "finding for this instance, and mind that AWS wants to approve such tests.",
    )


TCP_FLOOD = _flood("Tcp", "TCP packets")
UDP_FLOOD = _flood("Udp", "UDP packets")
DNS_FLOOD = _flood("Dns", "DNS packets")
UDP_ON_TCP_PORTS = _flood("UdpOnTcpPorts", "UDP packets at a port of TCP")
UNUSUAL_PROTOCOL = _flood("UnusualProtocol", "packets of an unusual protocol")

RATE = 1_000
"""Packets a second to one network, through a minute: ten times a busy call or game, a fiftieth of what one core of a
small instance sends."""
ONE_WAY_TIMES = 5
"""Times as many where ordinary traffic flows one way: a video feed of 50 Mbit/s, a fleet's syslog."""
FULL_SIZE = 1_200
"""Bytes a packet from which on it may be video or a transfer: transport streams have 1,344, floods' usual payload of
1,024 makes 1,052."""
TELEMETRY = frozenset({162, 514, 2055, 4729, 4739, 4789, 6343, 6514, 8125, 9995, 9996})
"""SNMP traps, syslog, NetFlow, IPFIX, VXLAN mirrors, sFlow, StatsD: sent and never answered."""
ANSWERED = 200
"""One packet back for so many out is an answer: an ACK for each 64 kB is one in 45, a tunnel's or a video's reports are
more; a flooded host sends none."""
WINDOW_MS = 60_000
"""One row's interval with the finer of AWS's two settings; rows of ten minutes are brought to it."""
REPLY_MS = 2_000
"""By then a reply's row has begun, if there is a reply: a round trip, and the second that times are rounded to."""
PATIENCE_MS = 86_400_000
"""How long a big row waits for the next row of its interface."""
QUIET_MS = 3_600_000
"""A flood lasts hours: it is one occurrence an hour."""

BIG = 150
"""Packets of a UDP row that is looked at whatever its ports are. Less than a minute of a call has."""
BIG_TCP = 10_000
"""The same of TCP: 15 MB, or a download of twice that acknowledged."""
SAMPLE = 32
"""Of the smaller rows, those of one conversation in so many are looked at: a flood from many ports has thousands. At
least twelve of them make a flood, and the rows of a second come in random order: of answered ones some answers would
have been among them."""
CLOCK = 256
"""Of all other rows one in so many is looked at, only to see time pass."""
REPLY_PACKETS = 10
"""Packets of an incoming UDP row that is always looked at, as a reply."""
ACK = 100
"""Bytes a packet, at most, of the rows that answer an upload."""
FASTEST = 50_000
"""Packets a second of one conversation that only tunnels and file transfers reach."""

TCP_PORTS = frozenset({
    20, 21, 22, 23, 25, 80, 110, 139, 143, 179, 443, 445, 465, 587, 636, 993, 995, 1433, 1521, 2375, 3306, 5432, 5900,
    5985, 5986, 6379, 8000, 8080, 8081, 8443, 8888, 9042, 9200, 27017,
})
"""Ports of services that speak TCP. Amazon's own tester calls a UDP flood of port 80 plain `.Udp`, so that is said of
each of these as well."""
QUIC = frozenset({443, 8443})
TUNNELS = QUIC | {500, 1194, 1701, 4500, 4789, 9993, 33001, 41641, 51820}
"""QUIC, IPsec, OpenVPN, L2TP, VXLAN, ZeroTier, Aspera, Tailscale, WireGuard."""
CONVERSING = frozenset({1, 4, 41, 47, 50, 51, 58, 97, 115, 132})
"""Protocols besides TCP and UDP that somebody may answer: ICMP, SCTP, and those of tunnels."""

NETWORKS = 24
"""Networks remembered of an interface; those with least to show make room."""
KEPT = 8
"""Records kept as evidence of a flood."""

_SYN, _SYN_AND_RESET = 2, 6
_RESERVED = 1024
_EMPTY = 48
"""Bytes of a packet: a tunnel's, a call's and QUIC's smallest have more, hping3's datagrams 28."""
_SYN_ONLY = (44, 48, 60)
"""Sizes of SYNs that no bare ACK has."""
_NO_DATA = 60
"""SYNs, ACKs and resets have no more, in IPv4."""


def _rows(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Rows to and from the Internet that are large, of a sampled conversation, or tell the time."""
    here, there = (pl.col(name).cast(pl.Int64).fill_null(0) for name in ("local_port", "remote_port"))
    packets, size, out, protocol = pl.col("packets"), pl.col("bytes"), pl.col("outgoing"), pl.col("protocol")
    serves = (here < _RESERVED) & (there >= _RESERVED)
    sampled = (here + there) % SAMPLE == 0
    udp = (packets >= BIG) | (~out & (packets >= REPLY_PACKETS)) | sampled
    answer = ~out & (packets >= BIG_TCP // ANSWERED) & (size <= packets * ACK)
    tcp = (packets >= BIG_TCP) | answer | (out & sampled & (size <= packets * SYN_SIZES[-1]))
    wanted = pl.when(protocol == UDP).then(udp & ~serves).when(protocol == TCP).then(tcp & ~serves).otherwise(
        packets >= REPLY_PACKETS)
    clock = (pl.col("start") + here + there) % CLOCK == 0
    # The slice keeps the optimiser from looking at the addresses of all the rows that are dropped here.
    return of_instances(frame.filter((wanted | clock) & (packets > 0))).slice(0).filter(outside(pl.col("remote")))


class Traffic(msgspec.Struct):
    """What passed between an interface and one network in the current minute, of one kind."""

    began: int
    """When the minute did: with its first row (ms)."""
    out: float = 0
    """Packets of big rows."""
    back: float = 0
    plain: float = 0
    """Those of `out` whose shape alone says that nobody can have asked for an answer."""
    wide: float = 0
    """Packets of small rows, estimated from the sampled ones."""
    wide_back: float = 0
    size: float = 0
    """Bytes out."""
    back_size: float = 0
    to_tcp: float = 0
    """Packets out to ports of TCP."""
    one_way: float = 0
    """Packets out to ports of telemetry."""
    crossed: int = 0
    """When enough had gone out (ms), and whether it was answered is still to be seen; else 0."""
    flow: Flow | None = None
    """The latest row out."""
    evidence: list[Evidence] = []

    @property
    def sent(self) -> float:
        """Packets out, all together."""
        return self.out + self.wide

    @property
    def needed(self) -> float:
        """Packets in a minute that are a flood."""
        one_way = self.size >= FULL_SIZE * self.sent or self.one_way * 2 > self.sent
        return RATE * WINDOW_MS / 1000 * (ONE_WAY_TIMES if one_way else 1)

    def is_over(self, time: int) -> bool:
        """Its minute has passed, and it waits for nothing."""
        return time >= (self.crossed + PATIENCE_MS if self.crossed else self.began + WINDOW_MS)


class Conversations(Memory):
    """The networks that an interface talks to: ``17 9.9.9`` (protocol, network), and ``dns 9.9.9``."""

    networks: dict[str, Traffic] = {}
    quiet_until: dict[str, int] = {}
    """Protocol, or ``dns`` -> until when (ms) nothing more is said of such floods."""

    def expire(self, watermark: int) -> bool:
        """Forget minutes that are over."""
        self.networks = {name: one for name, one in self.networks.items() if not one.is_over(watermark)}
        self.quiet_until = {name: until for name, until in self.quiet_until.items() if until > watermark}
        return not self.networks and not self.quiet_until

    def merge(self, other: Conversations) -> Conversations:
        """The traffic of both; of minutes that differ, the later."""
        merged = dict(self.networks)
        for name, theirs in other.networks.items():
            merged[name] = _both(merged[name], theirs) if name in merged else theirs
        kept = sorted(merged, key=lambda name: (merged[name].sent, merged[name].began, name))[-NETWORKS:]
        quiet = {name: max(self.quiet_until.get(name, 0), other.quiet_until.get(name, 0))
                 for name in sorted(self.quiet_until.keys() | other.quiet_until.keys())}
        return Conversations({name: merged[name] for name in sorted(kept)}, quiet)

    def of(self, name: str, time: int) -> Traffic:
        """The network's traffic in the minute that ``time`` is in."""
        one = self.networks.get(name)
        if one is None and len(self.networks) >= NETWORKS:
            self.expire(time)
            if len(self.networks) >= NETWORKS:
                # Many at once, since finding out which costs as much as for one.
                for least in sorted(self.networks, key=lambda each: (self.networks[each].sent, each))[:NETWORKS // 4]:
                    del self.networks[least]
        if one is None or (not one.crossed and time >= one.began + WINDOW_MS):
            one = self.networks[name] = Traffic(time)
        return one


def _both(one: Traffic, other: Traffic) -> Traffic:
    early, late = sorted((one, other), key=lambda each: (each.began, each.sent, each.evidence))
    if late.began >= early.began + WINDOW_MS:
        return late
    named = max((each.flow for each in (one, other) if each.flow), key=lambda flow: (flow.time, flow.record),
                default=None)
    both = Traffic(early.began, crossed=max(one.crossed, other.crossed), flow=named,
                   evidence=sorted([*one.evidence, *other.evidence])[:KEPT])
    for name in _SUMS:
        setattr(both, name, getattr(one, name) + getattr(other, name))
    return both


_SUMS = ("out", "back", "plain", "wide", "wide_back", "size", "back_size", "to_tcp", "one_way")


@keyed_detector(
    TCP_FLOOD, UDP_FLOOD, DNS_FLOOD, UDP_ON_TCP_PORTS, UNUSUAL_PROTOCOL, on=flows(_rows), key=interface_key,
    memory=Conversations,
)
def denial_of_service(rows: Sequence[Row[Flow]], memory: Conversations, known: Known) -> Iterator[Signal]:
    """Very many packets went out to one network of the Internet, and nearly none came back."""
    for row in rows:
        flow, family = row.record, _family(row.record)
        # The replies to what went out before this have been seen by now.
        for name in [name for name, one in memory.networks.items()
                     if one.crossed and row.time >= one.crossed + REPLY_MS]:
            one, waited = memory.networks[name], name.partition(" ")[0]
            if not one.is_over(row.time) and _unanswered(one, waited):
                yield from _signals(one, waited)
                memory.quiet_until[waited] = row.time + QUIET_MS
            del memory.networks[name]
        if row.time < memory.quiet_until.get(family, 0):
            continue
        parts = _counted(flow)
        if not any(parts):
            continue
        one = memory.of(f"{family} {network_of(flow.remote)}", row.time)
        _add(one, row, *parts)
        if one.plain >= one.needed or _wide(one, family):
            yield from _signals(one, family)
            memory.quiet_until[family] = row.time + QUIET_MS
            memory.networks = {
                name: each for name, each in memory.networks.items() if name.partition(" ")[0] != family}
        elif one.out >= one.needed and not one.crossed:
            one.crossed = row.time


def _family(flow: Flow) -> str:
    return "dns" if flow.protocol == UDP and flow.remote_port == 53 else str(flow.protocol)


def _counted(flow: Flow) -> tuple[bool, bool]:
    """Whether the row counts by itself, and whether it stands for those that are not looked at."""
    here, there = flow.local_port or 0, flow.remote_port or 0
    if flow.protocol not in (TCP, UDP):
        return flow.packets >= REPLY_PACKETS, False
    if here < _RESERVED <= there:
        return False, False
    sampled = (here + there) % SAMPLE == 0
    if flow.protocol == UDP:
        return flow.packets >= (BIG if flow.outgoing else REPLY_PACKETS), sampled and (
            flow.packets < BIG or not flow.outgoing)
    if not flow.outgoing:
        return flow.packets >= BIG_TCP or flow.bytes <= flow.packets * ACK, False
    return flow.packets >= BIG_TCP, sampled and flow.packets < BIG_TCP and _is_bare(flow)


def _is_bare(flow: Flow) -> bool:
    """Nothing but SYNs, and the resets that follow an answer to one."""
    if flow.tcp_flags is not None:
        return flow.tcp_flags in (_SYN, _SYN_AND_RESET) and flow.bytes <= flow.packets * SYN_SIZES[-1]
    return flow.bytes % flow.packets == 0 and flow.bytes // flow.packets in SYN_SIZES


def _add(one: Traffic, row: Row[Flow], big: bool, sampled: bool) -> None:
    flow = row.record
    seconds = flow.end - flow.start + 1
    in_a_minute = min(1.0, WINDOW_MS / 1000 / seconds)
    packets = flow.packets * in_a_minute
    if not flow.outgoing:
        one.back += packets if big else 0
        one.back_size += flow.bytes * in_a_minute if big else 0
        one.wide_back += packets * SAMPLE if sampled else 0
        return
    weight = SAMPLE if sampled else 1
    one.out += packets if big else 0
    one.plain += packets if big and _is_plain(flow, seconds) else 0
    one.wide += packets * weight if sampled else 0
    one.size += flow.bytes * in_a_minute * weight
    one.to_tcp += packets * weight if flow.remote_port in TCP_PORTS else 0
    one.one_way += packets * weight if flow.remote_port in TELEMETRY else 0
    one.flow = flow
    if len(one.evidence) < KEPT:
        one.evidence.append(row.evidence)


def _is_plain(flow: Flow, seconds: int) -> bool:
    """The row's shape alone says that these are no packets of a conversation."""
    if flow.protocol == TCP:
        if flow.tcp_flags is not None:
            return _is_bare(flow)
        return flow.bytes % flow.packets == 0 and flow.bytes // flow.packets in _SYN_ONLY
    if flow.protocol == UDP:
        there, here = flow.remote_port or 0, flow.local_port or 0
        fastest = flow.packets >= FASTEST * seconds and not TUNNELS & {here, there}
        return fastest or there in TCP_PORTS - QUIC or flow.bytes < flow.packets * _EMPTY
    return flow.protocol not in CONVERSING


def _wide(one: Traffic, family: str) -> bool:
    """Enough went out in small rows of many conversations, and hardly one was answered; SYNs may be."""
    return one.wide >= one.needed and (family == str(TCP) or one.wide_back * ANSWERED <= one.wide)


def _unanswered(one: Traffic, family: str) -> bool:
    """Nearly nothing came back; or, of TCP, nothing that carries data went either way."""
    if one.back * ANSWERED <= one.out:
        return True
    return family == str(TCP) and one.size <= one.sent * _NO_DATA and one.back_size <= one.back * _NO_DATA


def _signals(one: Traffic, family: str) -> Iterator[Signal]:
    flow = one.flow
    if flow is None:
        return
    kinds = [{"dns": DNS_FLOOD, str(UDP): UDP_FLOOD, str(TCP): TCP_FLOOD}.get(family, UNUSUAL_PROTOCOL)]
    if family == str(UDP) and one.to_tcp * 2 > one.sent:
        kinds.append(UDP_ON_TCP_PORTS)
    answers = "that is what no conversation does"
    if family == str(TCP) and one.size <= one.sent * _NO_DATA:
        answers = "none of them carries data"
    elif (one.back + one.wide_back) * ANSWERED <= one.sent:
        answers = "nearly nothing came back"
    words = {
        "packets": f"{round(one.sent, -3):,.0f}", "size": f"{one.size / one.sent:.0f}", "answers": answers,
        "target": f"{flow.remote} port {flow.remote_port}" if flow.remote_port else flow.remote,
    }
    for kind in kinds:
        yield about_flow(
            msgspec.structs.replace(flow, initiator="local"), kind, role="ACTOR", words=words,
            evidence=sorted(one.evidence), first_seen=min(one.evidence).time)


_bot = instance("i-0e55b9ccf4ffee005", private_ip="10.0.5.60", public_ip="54.210.33.12",
                ipv6="2600:1f18:1234:5600::60")
_victim = "9.9.120.7"
_other = "9.9.121.9"


def _sends(port: int, packets: int, size: int, *, to: str = _victim, protocol: str = "udp", **how: Any) -> list[Event]:
    """One socket that sends for a minute, and gets nothing back unless told so."""
    fields: dict[str, Any] = {"protocol": protocol, "packets": packets, "bytes": packets * size, "answered": False,
                              "duration": 58.0}
    return _bot.connects_to(to, port, **(fields | how))


def _raw(protocol: int, packets: int, size: int, *, back: int = 0, at: float = 0, seconds: int = 59,
         ports: tuple[int, int] = (0, 0)) -> list[Event]:
    """A row of any protocol, and the one that answers it."""
    there, here = ports
    rows = [_bot.flow(srcaddr="10.0.5.60", dstaddr=_victim, srcport=here, dstport=there, protocol=protocol,
                      packets=packets, bytes=packets * size, at=at, end=seconds)]
    if back:
        rows.append(_bot.flow(srcaddr=_victim, dstaddr="10.0.5.60", srcport=there, dstport=here, protocol=protocol,
                              packets=back, bytes=back * 60, at=at, end=seconds))
    return rows


EXAMPLES = [
    story(
        "four hundred thousand datagrams to port 80, in eight seconds, as Amazon's tester sends them",
        _sends(80, 400_000, 1_052, duration=8.0),
    ).fires(UDP_FLOOD, {
        "severity": HIGH,
        "service.resourceRole": "ACTOR",
        "service.action.networkConnectionAction.connectionDirection": "OUTBOUND",
        "service.action.networkConnectionAction.protocol": "UDP",
        "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4": _victim,
    }, count=1).fires(UDP_ON_TCP_PORTS, {
        "service.action.networkConnectionAction.remotePortDetails.port": 80,
    }, count=1),
    story(
        "a query from a new port each time: a flood of a name server",
        _bot.connects_to(_victim, 53, protocol="udp", connections=460, spread=8.0, duration=50.0, packets=140,
                         bytes=140 * 92, answered=False),
    ).fires(DNS_FLOOD, {"service.action.networkConnectionAction.remotePortDetails.port": 53}, count=1),
    story(
        "a socket that sends and sends, for three minutes, to a high port",
        every(60, 3, lambda _: _sends(27_015, 120_000, 540)), flow_fields=FLOW_V5,
    ).fires(UDP_FLOOD, count=1),
    story(
        "the same in a log of ten minutes a row, and to IPv6",
        every(600, 2, lambda _: _bot.flow(
            srcaddr="2600:1f18:1234:5600::60", dstaddr="2607:f8b0:4004:800::200e", srcport=40_001, dstport=27_015,
            protocol=17, packets=3_000_000, bytes=1_500_000_000, end=595, flow_direction="egress"), at=0),
        flow_fields=FLOW_V5,
    ).fires(UDP_FLOOD, count=1),
    story(
        "the same, which the instance's own security group drops",
        every(60, 2, lambda _: _sends(27_015, 120_000, 540, accepted=False)),
    ).fires(UDP_FLOOD, {"service.action.networkConnectionAction.blocked": True}, count=1),
    story(
        "SYNs from hundreds of ports, which the target even answers",
        _bot.connects_to(_victim, 443, connections=460, spread=8.0, duration=50.0, packets=140, bytes=140 * 40,
                         refused=True, reply_packets=140, reply_bytes=140 * 40),
    ).fires(TCP_FLOOD, {"service.action.networkConnectionAction.protocol": "TCP"}, count=1),
    story(
        "SYNs from one port, in a log with TCP flags",
        _sends(80, 2_000_000, 40, protocol="tcp", refused=True, reply_packets=900_000, reply_bytes=900_000 * 40,
               duration=30.0),
        flow_fields=FLOW_V5,
    ).fires(TCP_FLOOD, count=1),
    story(
        "segments of a connection that does not exist",
        every(60, 2, lambda _: _sends(80, 300_000, 552, protocol="tcp")),
    ).fires(TCP_FLOOD, count=1),
    story(
        "GRE without end and without answer", _raw(47, 900_000, 540), _raw(47, 900_000, 540, at=60),
    ).fires(UNUSUAL_PROTOCOL, {"service.action.networkConnectionAction.protocol": "GRE"}, count=1),
    story(
        "a single minute of IGMP", _raw(2, 200_000, 60),
    ).fires(UNUSUAL_PROTOCOL, {"service.action.networkConnectionAction.protocol": "IGMP"}, count=1),
    story(
        "a flood inside the VPC is not GuardDuty's",
        every(60, 3, lambda _: _sends(80, 400_000, 1_052, to="10.0.9.9")),
        every(60, 3, lambda _: _sends(80, 400_000, 1_052, to="fd00::9")),
        every(60, 3, lambda _: _sends(27_015, 400_000, 1_052, to="172.31.4.4")),
    ).silent(),
    story(
        "a backup goes up, a release comes down, a CDN fetches from the origin",
        every(60, 3, lambda _: [
            _sends(443, 900_000, 1_440, protocol="tcp", answered=True, reply_packets=30_000, reply_bytes=30_000 * 52),
            _sends(443, 200_000, 52, protocol="tcp", answered=True, to=_other, reply_packets=800_000,
                   reply_bytes=800_000 * 1_440),
            _bot.is_contacted_by(_victim, 80, packets=20_000, bytes=20_000 * 52, reply_packets=900_000,
                                 reply_bytes=900_000 * 1_440, duration=58.0)]),
    ).silent(),
    story(
        "a QUIC upload, a WireGuard download, IPsec and GRE tunnels",
        every(60, 3, lambda _: [
            _sends(443, 600_000, 1_228, answered=True, reply_packets=20_000, reply_bytes=20_000 * 70),
            _sends(51_820, 200_000, 128, answered=True, to=_other, reply_packets=700_000, reply_bytes=700_000 * 1_400),
        ]),
        [_raw(50, 300_000, 1_400, back=60_000, at=600 + 60 * minute) for minute in range(3)],
        [_raw(47, 300_000, 1_400, back=60_000, at=600 + 60 * minute) for minute in range(3)],
    ).silent(),
    story(
        "a game server on a high port sends more than its many players do",
        _bot.is_contacted_by(_victim, 27_015, protocol="udp", connections=220, spread=20.0, duration=38.0, packets=60,
                             bytes=60 * 80, reply_packets=300, reply_bytes=300 * 300),
        _bot.is_contacted_by(_victim, 27_015, protocol="udp", at=120),
    ).silent(),
    story(
        "an authoritative name server answers, a resolver asks",
        every(60, 2, lambda _: _bot.is_contacted_by(
            _victim, 53, protocol="udp", packets=400, bytes=400 * 70, reply_packets=200_000, reply_bytes=60_000_000,
            duration=55.0)),
        _bot.connects_to(_other, 53, protocol="udp", connections=440, spread=50.0, duration=8.0, packets=140,
                         bytes=140 * 70, reply_packets=140, reply_bytes=140 * 300),
    ).silent(),
    story(
        "a video feed of 40 Mbit/s and a fleet's syslog, neither of which is answered",
        every(60, 3, lambda _: [_sends(5004, 220_000, 1_344), _sends(514, 200_000, 420, to=_other)]),
    ).silent(),
    story(
        "calls: voice to a provider, both ways",
        every(60, 2, lambda _: [_bot.connects_to(
            _victim, 12_000 + call, protocol="udp", local_port=20_000 + call, packets=3_000, bytes=600_000,
            reply_packets=3_000, reply_bytes=600_000, duration=55.0) for call in range(0, 60, 2)]),
    ).silent(),
    story(
        "a load test that is answered",
        every(60, 2, lambda _: _bot.connects_to(
            _victim, 443, connections=200, spread=50.0, packets=400, bytes=400 * 180, reply_packets=500,
            reply_bytes=400_000, duration=9.0)),
    ).silent(),
    story(
        "BitTorrent asks thousands of peers, most of whom are gone",
        [_bot.connects_to(f"9.{number % 90}.{number % 250}.{number % 200}", 6_881 + number % 900, protocol="udp",
                          answered=number % 4 == 0, packets=12, bytes=12 * 120, local_port=51_413, after=0.1)
         for number in range(400)],
    ).silent(),
    story(
        "somebody pings the instance very fast, and it answers",
        _raw(1, 200_000, 84, back=200_000), _raw(1, 200_000, 84, back=200_000, at=60), flow_fields=FLOW_V5,
    ).silent(),
    story(
        "a NAT gateway's log shows an instance's flood again",
        [host.connects_to(_victim, 80, protocol="udp", packets=400_000, bytes=420_800_000, answered=False, duration=8.0)
         for host in (_bot, replace(_bot, instance_id="-", interface="eni-0a0a0a0a0a0a0a0a0", private_ip="10.0.0.9"))],
        flow_fields=FLOW_V5,
    ).fires(UDP_FLOOD, count=1).fires(UDP_ON_TCP_PORTS, count=1),
]
