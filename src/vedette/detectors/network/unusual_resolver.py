"""An instance asks a public DNS resolver that it has not used before: at port 53, over TLS, or inside HTTPS.

*The attack.* Names that the VPC's resolver would log, or that a DNS firewall would block, are looked up elsewhere:
malware has 8.8.8.8 written into it, or asks over TLS (DoT) or HTTPS (DoH) so that nobody on the way can read the names.
A tunnel over DNS goes past the VPC's resolver when it can.

*How it shows.* The VPC's own resolver is in no flow log, so what is at port 53 or 853 of a public address, or at 443 of
one that a resolver is known to have, goes past it. It counts when neither the instance nor two of its neighbours asked
that operator in that way on any of the last sixty days.

*What ordinary asking looks the same.* Containers and appliances have 8.8.8.8 written into them too: what the learning
period shows is known. An administrator's first `dig @1.1.1.1`, and an image with another default resolver, are told
once. Resolvers of one's own ask name servers all over the Internet: all addresses that are no known operator's count as
one, and only ten answers to one socket count of them: who renews a certificate asks the zone's servers a few times.
When the VPC's resolver is away, whole groups fall back on public ones: of a neighbourhood, one instance a day is told
of DNS. DoT to any address counts: nothing else is at 853. At 443 of 1.1.1.1 there is a web site as well, which looks
the same.

*Where it is blind.* Instances with less than fourteen days of history, or seen on fewer than seven. DoH at addresses
that no list has: it looks like the web. Another unlisted resolver after the first; one asked from a new port each time.
Forwarders inside the VPC hide who asked. The second instance that asks by DNS on a day when a neighbour was told. What
the learning period held already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import polars as pl

from vedette.baselines.presence import LEARNING_MS, REMEMBERED, day_of, host_number
from vedette.baselines.uses import Use, Uses
from vedette.detectors.declare import Memory, Row, flows, keyed_detector
from vedette.detectors.finding_type import MEDIUM, FindingType, Plan
from vedette.detectors.flow_shapes import first_of_day, of_instances, opened_here, outside, seen_daily
from vedette.detectors.known import Known
from vedette.detectors.say import about_flow, instance_key, neighbourhood_key
from vedette.detectors.signal import Signal
from vedette.intel.public_resolvers import OPERATOR
from vedette.logs.vpc_flow import TCP, UDP, Flow
from vedette.simulate import FLOW_V5, Event, Instance, every, instance, story
from vedette.simulate.weeks import DAY, LATER, WEEKS, works


def _type(name: str, how: str, technique: str) -> FindingType:
    return FindingType(
        name=f"DefenseEvasion:EC2/{name}", severity=MEDIUM, plan=Plan.FOUNDATIONAL, resource="Instance",
        title="EC2 instance {instance} " + how + " of {operator}, which it does not usually do.",
        description="EC2 instance {instance} ({local_ip}) " + how + " of {operator} at {remote_ip}. In the last "
        "{remembered} days, of which {seen} showed it, neither it nor its neighbours did; what they do use is {usual}.",
        attack=(technique, "T1572"),
        remedy="If the VPC's resolver is meant to be the only one, allow ports 53 and 853 to nobody else. Look for the "
        "process that asked; malware often brings its own resolver. If it is meant, there is nothing to do: it is "
        "known from now on.",
    )


UNUSUAL_DNS = _type("UnusualDNSResolver", "looks names up with the DNS resolver", "T1071.004")
UNUSUAL_DOH = _type("UnusualDoHActivity", "talks to the DNS-over-HTTPS server", "T1071.001")
UNUSUAL_DOT = _type("UnusualDoTActivity", "talks to the DNS-over-TLS server", "T1071.004")

WAYS = {53: ("DNS", UNUSUAL_DNS), 853: ("DoT", UNUSUAL_DOT), 443: ("DoH", UNUSUAL_DOH)}
"""Port → how a resolver is asked there."""
UNLISTED = "an operator not known here"
PEERS = 2
"""Neighbours that make a resolver ordinary: one is often the container in which it is written."""
ANSWERS = 10
"""Packets of an unlisted server's to one socket, by UDP: a tunnel's or a forwarder's."""
HANDSHAKE = 4
"""Packets of an answer in a connection: less is a knock, or a test of whether the Internet is there."""

def _rows(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Each instance's first row of a day, and its first answer of each day and resolver."""
    columns = frame.collect_schema().names()
    port, protocol, remote = pl.col("remote_port"), pl.col("protocol"), pl.col("remote")
    answered = (
        ~pl.col("outgoing") & port.is_in(list(WAYS)) & (pl.col("action") == "ACCEPT") & protocol.is_in([TCP, UDP])
        & ((pl.col("packets") >= HANDSHAKE) | ((protocol == UDP) & (port != 443))) & opened_here(columns)
    )
    listed = remote.is_in(list(OPERATOR))
    seen = (port != 443) & ((port != 53) | (protocol == TCP) | (pl.col("packets") >= ANSWERS))
    whose = pl.when(listed).then(remote).otherwise(pl.lit(""))
    # The slice keeps the optimiser from looking at the addresses of all the rows that are dropped here.
    asks = of_instances(frame.filter(answered)).slice(0)
    return pl.concat([
        seen_daily(frame),
        asks.filter(listed | (seen & outside(remote))).filter(
            first_of_day("interface_id", "local", "remote_port", whose)),
    ])


class Resolvers(Memory):
    """The public resolvers that a neighbourhood asks."""

    LEARNS = LEARNING_MS

    uses: Uses = msgspec.field(default_factory=Uses)
    told: int = 0
    """The last day on which an operator's DNS was told."""

    def expire(self, watermark: int) -> bool:
        """Forget hosts and resolvers of long ago."""
        return self.uses.expire(day_of(watermark))

    def merge(self, other: Resolvers) -> Resolvers:
        """What both know."""
        return Resolvers(self.uses.merge(other.uses), max(self.told, other.told))


@keyed_detector(UNUSUAL_DNS, UNUSUAL_DOH, UNUSUAL_DOT, on=flows(_rows), key=neighbourhood_key, memory=Resolvers)
def unusual_resolver(rows: Sequence[Row[Flow]], memory: Resolvers, known: Known) -> Iterator[Signal]:
    """An instance asked a resolver that is new to it and to its neighbours."""
    for row in rows:
        flow, day = row.record, day_of(row.time)
        host = host_number(instance_key(flow))
        if flow.outgoing:
            memory.uses.saw(host, day)
            continue
        if flow.remote_port not in WAYS:
            continue
        way, kind = WAYS[flow.remote_port]
        operator = OPERATOR.get(flow.remote, UNLISTED)
        if memory.uses.use(host, f"{way} of {operator}", day, PEERS) is not Use.UNUSUAL:
            continue
        listed = kind is UNUSUAL_DNS and operator != UNLISTED
        if not listed or memory.told < day:
            memory.told = day if listed else memory.told
            yield _signal(row, kind, operator, memory.uses, host, day)


def _signal(row: Row[Flow], kind: FindingType, operator: str, uses: Uses, host: int, day: int) -> Signal:
    usual = uses.used(day)
    return about_flow(
        row.record, kind, role="ACTOR", evidence=[row.evidence],
        additional={"unusual": {"resolver": operator}, "usual": {"resolvers": usual}},
        words={"operator": operator, "remembered": str(REMEMBERED), "seen": str(uses.hosts[host].seen.before(day)),
               "usual": ", ".join(usual) or "none but the VPC's resolver"})


_app = instance("i-0c18a7c0e2ffee021", private_ip="10.0.12.20")
_next = instance("i-0c18a7c0e2ffee022", private_ip="10.0.12.21")
_third = instance("i-0c18a7c0e2ffee023", private_ip="10.0.12.22")


def _asks(host: Instance, resolver: str, at: float, days: int = 1) -> list[Event]:
    """A name is looked up, once a day."""
    return every(DAY, days, lambda _: host.connects_to(
        resolver, 53, protocol="udp", packets=1, bytes=70, reply_packets=1, reply_bytes=150, at=0), at=at)


EXAMPLES = [
    story(
        "the VPC's resolver is away, and two instances fall back on public ones; one of them does so again days later",
        works(_app), works(_next), _asks(_app, "8.8.8.8", LATER), _asks(_next, "9.9.9.9", LATER + 60),
        _asks(_next, "208.67.222.222", LATER + 3 * DAY),
    ).fires(UNUSUAL_DNS, findings=2, count=1),
    story(
        "malware asks 8.8.8.8 instead of the VPC's resolver, for three days",
        works(_app), _asks(_app, "8.8.8.8", LATER, 3),
    ).fires(UNUSUAL_DNS, {
        "severity": MEDIUM, "service.resourceRole": "ACTOR",
        "service.action.networkConnectionAction.connectionDirection": "OUTBOUND",
        "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4": "8.8.8.8",
    }, count=1),
    story(
        "a tunnel to a name server of its own, past the VPC's resolver",
        works(_app), _app.connects_to("9.9.71.3", 53, protocol="udp", packets=60, reply_packets=60, at=LATER),
    ).fires(UNUSUAL_DNS, count=1),
    story(
        "a tunnel inside HTTPS to Cloudflare, in a log with TCP flags",
        works(_app), _app.connects_to("1.1.1.1", 443, packets=60, reply_packets=50, at=LATER), flow_fields=FLOW_V5,
    ).fires(UNUSUAL_DOH, {"severity": MEDIUM}, count=1),
    story(
        "DoH by HTTP/3 to Google, and plain DNS to the same operator, are two things",
        works(_app), _asks(_app, "8.8.4.4", 0.0, WEEKS),
        _app.connects_to("8.8.8.8", 443, protocol="udp", packets=30, at=LATER), _asks(_app, "8.8.8.8", LATER + 60),
    ).fires(UNUSUAL_DOH, count=1),
    story(
        "DoT to an address that no list has",
        works(_app), _app.connects_to("9.9.72.5", 853, packets=30, at=LATER),
    ).fires(UNUSUAL_DOT, {"severity": MEDIUM}, count=1),
    story(
        "one neighbour uses Quad9 already",
        works(_app), works(_next), _asks(_next, "9.9.9.9", 10.0, WEEKS), _asks(_app, "9.9.9.9", LATER),
    ).fires(UNUSUAL_DNS, count=1),
    story(
        "a container has 8.8.8.8 written into it and runs every week",
        works(_app, 40), every(7 * DAY, 6, lambda _: _asks(_app, "8.8.8.8", 0.0), at=60.0),
    ).silent(),
    story(
        "a neighbourhood of containers asks 1.1.1.1; a machine of it begins to",
        works(_app), works(_next), works(_third), _asks(_next, "1.1.1.1", 10.0, WEEKS),
        _asks(_third, "1.1.1.1", 10.0, WEEKS),
        _asks(_app, "1.0.0.1", LATER),
    ).silent(),
    story(
        "a new machine asks a public resolver",
        works(_app), works(_next, 4, first=WEEKS - 4), _asks(_next, "8.8.8.8", LATER),
    ).silent(),
    story(
        "a resolver of the company's own asks the name servers of the world",
        every(DAY, WEEKS, lambda day: [_app.connects_to(
            f"9.9.{73 + day % 4}.{day + 1}", 53, protocol="udp", packets=12, at=60.0 * number)
            for number in range(2)], at=0.0),
        [_app.connects_to(f"9.9.77.{number}", 53, protocol="udp", packets=12, at=LATER + number)
         for number in range(1, 20)],
    ).silent(),
    story(
        "a certificate is renewed: the zone's own servers are asked whether they have the new record",
        works(_app), every(20.0, 6, lambda _: _app.connects_to(
            "9.9.78.1", 53, protocol="udp", packets=1, reply_packets=1, at=0), at=LATER),
    ).silent(),
    story(
        "a test of whether the Internet is there, a knock at DoT, and a site at an ordinary address",
        works(_app), _app.connects_to("1.1.1.1", 443, packets=3, reply_packets=2, at=LATER),
        _app.connects_to("9.9.9.9", 853, answered=False, packets=3, at=LATER + 60),
        _app.connects_to("9.9.79.1", 443, packets=30, at=LATER + 120),
    ).silent(),
    story(
        "the instance is a name server, and resolvers ask it",
        works(_app), [_app.is_contacted_by("8.8.8.8", 53, protocol="udp", remote_port=53, at=LATER + number)
                       for number in range(4)],
        _app.connects_to("10.0.77.2", 53, protocol="udp", at=LATER + 60),
    ).silent(),
]
