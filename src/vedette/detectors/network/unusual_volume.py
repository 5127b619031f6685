"""An instance sends far more to a host on the Internet than it usually sends to anybody.

*The attack.* What was collected leaves: a database dump goes by HTTPS, SSH or FTP to a machine or a storage service of
the intruder's.

*How it shows.* Within a day from its first big row the instance sends 750 MB or more, over connections that it
opened, to one place that is new to it and to its neighbours (the same /24 of the same VPC), and clearly more than it
sent to any place on all but one of the last sixty days. A place is a /16 of IPv4, a /32 of IPv6, or an AWS service in a
Region where the log or AWS's ranges name it: clouds answer from many addresses.

*What ordinary traffic looks the same.* A new target of the nightly backup and a move of data to another provider are
just this; they are told once. Log shippers, backups, registries and CDNs' origins are known, and an instance that sends
much every day must send more than that. What clients fetch from the instance does not count.

*Where it is blind.* Instances with less than fourteen days of history, or seen on fewer than seven. Places that the
instance, or two neighbours, have sent a megabyte to for a week: a bucket, repository or VPS at a provider that is
already used. Rows below a megabyte: a slow leak. As much as the instance usually sends. What others fetch from it,
WireGuard and other tunnels between high ports, private addresses, what the learning period held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import polars as pl

from vedette.baselines.presence import LEARNING_MS, day_of, host_number
from vedette.baselines.volumes import Volumes
from vedette.detectors.declare import Memory, Row, flows, keyed_detector
from vedette.detectors.finding_type import MEDIUM, FindingType, Plan
from vedette.detectors.flow_shapes import is_outside, of_instances, opened_here, outside, seen_daily
from vedette.detectors.known import Known
from vedette.detectors.say import about_flow, instance_key, neighbourhood_key
from vedette.detectors.signal import Evidence, Signal
from vedette.logs.vpc_flow import TCP, UDP, Flow
from vedette.simulate import FLOW_V5, Event, Instance, every, instance, story
from vedette.simulate.weeks import DAY, LATER, WEEKS, works

TRAFFIC_VOLUME_UNUSUAL = FindingType(
    name="Behavior:EC2/TrafficVolumeUnusual",
    severity=MEDIUM,
    plan=Plan.FOUNDATIONAL,
    resource="Instance",
    title="EC2 instance {instance} sends an unusual amount of data to remote host {remote_ip}.",
    description="EC2 instance {instance} ({local_ip}) sent {size} within a day to {place}, where neither it nor its "
    "neighbours had sent anything before; last to {remote_ip} at port {remote_port}. On nearly all days it sends no "
    "more than {usual} to any one place on the Internet.",
    attack=("T1048", "T1567"),
    remedy="Find out which process sent the data and what it was. A new backup or a move of data you know of needs "
    "no work: the place is known from then on. If it is neither, isolate the instance, replace the credentials of its "
    "role, and take what it could read to be lost.",
)

LEAST = 750_000_000
"""Bytes that a finding takes. Updates of images, crash dumps and uploads of builds to new places stay below."""
TIMES = 2
"""How much more it must be than the usual."""
BIG = 1_000_000
"""Bytes of a row that counts: a minute of a transfer of 750 MB in twelve hours."""
PEERS = 2
"""Neighbours that make a place ordinary, as for `unusual_port`."""


def _rows(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Each instance's first row of a day, and big rows out over connections that it opened."""
    columns = frame.collect_schema().names()
    big = (pl.col("outgoing") & (pl.col("bytes") >= BIG) & pl.col("protocol").is_in([TCP, UDP])
           & (pl.col("action") == "ACCEPT") & opened_here(columns))
    # The slices keep the optimiser from looking at the addresses of all the rows that are dropped here.
    sends = of_instances(frame.filter(big)).slice(0).filter(outside(pl.col("remote")))
    return pl.concat([seen_daily(frame).slice(0).filter(~(big & outside(pl.col("remote")))), sends])


class Sent(Memory):
    """What a neighbourhood sends to the Internet."""

    LEARNS = LEARNING_MS

    volumes: Volumes = msgspec.field(default_factory=Volumes)
    began_with: dict[str, Evidence] = {}
    """The first record of each transfer under way."""

    def expire(self, watermark: int) -> bool:
        """Forget hosts and places of long ago, and transfers that are over."""
        over = self.volumes.expire(watermark)
        self.began_with = {name: first for name, first in self.began_with.items() if name in self.volumes.open}
        return over

    def merge(self, other: Sent) -> Sent:
        """What both know."""
        both = self.volumes.merge(other.volumes)
        firsts = {name: min(one.began_with[name] for one in (self, other) if name in one.began_with)
                  for name in sorted(self.began_with.keys() | other.began_with.keys()) if name in both.open}
        return Sent(both, firsts)


@keyed_detector(TRAFFIC_VOLUME_UNUSUAL, on=flows(_rows), key=neighbourhood_key, memory=Sent)
def unusual_volume(rows: Sequence[Row[Flow]], memory: Sent, known: Known) -> Iterator[Signal]:
    """An instance sent far more than usual to a place that is new."""
    volumes = memory.volumes
    for row in rows:
        flow, day = row.record, day_of(row.time)
        host = host_number(instance_key(flow))
        if not _sends_much(flow):
            volumes.saw(host, day)
            continue
        place = _place(flow, known)
        transfer = volumes.add(host, place, row.time, flow.bytes)
        name = f"{host} {place}"
        if transfer.size == flow.bytes or name not in memory.began_with:
            memory.began_with[name] = row.evidence
        if len(memory.began_with) > len(volumes.open):
            memory.began_with = {one: memory.began_with[one] for one in memory.began_with if one in volumes.open}
        usual = volumes.usual(host, day)
        if (transfer.size >= max(LEAST, TIMES * usual) and not transfer.told
                and volumes.is_settled(host, day) and volumes.is_new(host, place, day, PEERS)):
            transfer.told = True
            yield _signal(row, memory.began_with[name], transfer.size, usual, place)


def _sends_much(flow: Flow) -> bool:
    """The row is a big one over a connection that was opened here, to the Internet; else it only shows the host."""
    return (flow.bytes >= BIG and flow.protocol in (TCP, UDP) and flow.action == "ACCEPT"
            and flow.initiator == "local" and is_outside(flow.remote))


def _place(flow: Flow, known: Known) -> str:
    """Where a row went, as wide as one owner's addresses are."""
    if flow.pkt_dst_aws_service:
        return f"AWS's {flow.pkt_dst_aws_service}"
    if (prefix := known.aws.find(flow.remote)) is not None and prefix.service:
        return f"AWS's {prefix.service} in {prefix.region}"
    if ":" in flow.remote:
        return ":".join(flow.remote.split(":")[:2]) + "::/32"
    return ".".join(flow.remote.split(".")[:2]) + ".0.0/16"


def _signal(row: Row[Flow], first: Evidence, size: int, usual: int, place: str) -> Signal:
    evidence = sorted({first, row.evidence})
    return about_flow(
        row.record, TRAFFIC_VOLUME_UNUSUAL, role="ACTOR", evidence=evidence, first_seen=evidence[0].time,
        additional={"outBytes": str(size), "unusual": {"place": place}, "usual": {"outBytes": str(usual)}},
        words={"size": _in_words(size), "usual": _in_words(usual), "place": place})


def _in_words(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= LEAST else f"{size / 1e6:.0f} MB"


_db = instance("i-0e62a7c0e2ffee031", private_ip="10.0.13.20")
_next = instance("i-0e62a7c0e2ffee032", private_ip="10.0.13.21")
_third = instance("i-0e62a7c0e2ffee033", private_ip="10.0.13.22")
_stranger, _backups = "9.81.61.4", "9.82.62.1"


def _sends(host: Instance, remote: str, megabytes: int, at: float, port: int = 443) -> list[Event]:
    """An upload of some minutes."""
    return host.connects_to(remote, port, packets=megabytes * 700, bytes=megabytes * 1_000_000, duration=290.0,
                            reply_packets=megabytes * 100, reply_bytes=megabytes * 5_200, at=at)


def _nightly(host: Instance, remote: str, megabytes: int) -> list[Event]:
    return every(DAY, WEEKS, lambda _: _sends(host, remote, megabytes, 0.0), at=7_200.0)


EXAMPLES = [
    story(
        "a database's dump of 5 GB goes to a stranger",
        works(_db), _sends(_db, _stranger, 5_000, LATER),
    ).fires(TRAFFIC_VOLUME_UNUSUAL, {
        "severity": MEDIUM, "service.resourceRole": "ACTOR",
        "service.action.networkConnectionAction.connectionDirection": "OUTBOUND",
        "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4": _stranger,
    }, count=1),
    story(
        "in twenty pieces over hours, by SSH to two addresses of one network, in a log with TCP flags",
        works(_db), every(3_000.0, 20, lambda number: _sends(_db, f"9.81.61.{4 + number % 2}", 40, 0.0, 22), at=LATER),
        flow_fields=FLOW_V5,
    ).fires(TRAFFIC_VOLUME_UNUSUAL, count=1),
    story(
        "a machine that backs 2 GB up each night sends 5 GB to a stranger, on two days",
        works(_db), _nightly(_db, _backups, 2_000), _sends(_db, _stranger, 5_000, LATER),
        _sends(_db, "9.83.61.4", 6_000, LATER + 3 * DAY),
    ).fires(TRAFFIC_VOLUME_UNUSUAL, count=2),
    story(
        "one neighbour has long sent there",
        works(_db), _nightly(_next, _backups, 2_000), _sends(_db, _backups, 2_000, LATER),
    ).fires(TRAFFIC_VOLUME_UNUSUAL, count=1),
    story(
        "the nightly backup",
        works(_db), _nightly(_db, _backups, 2_000), _sends(_db, "9.82.99.7", 9_000, LATER),
    ).silent(),
    story(
        "a machine that backs 4 GB up each night sends 5 GB somewhere else",
        works(_db), _nightly(_db, _backups, 4_000), _sends(_db, _stranger, 5_000, LATER),
    ).silent(),
    story(
        "the backup of three neighbours gets another member",
        works(_db), _nightly(_next, _backups, 2_000), _nightly(_third, _backups, 2_000),
        _sends(_db, _backups, 2_000, LATER),
    ).silent(),
    story(
        "400 MB of images go to a new registry",
        works(_db), _sends(_db, _stranger, 400, LATER),
    ).silent(),
    story(
        "a new machine is filled and sends its old data away",
        works(_db), works(_next, 5, first=WEEKS - 5), _sends(_next, _stranger, 5_000, LATER),
    ).silent(),
    story(
        "many small rows: what a chatty client sends in a day",
        works(_db), _db.connects_to(_stranger, 443, connections=900, spread=40_000.0, packets=4_000, bytes=900_000,
                                    at=LATER),
    ).silent(),
    story(
        "clients fetch 5 GB, and a neighbour inside gets a copy of everything",
        works(_db), _db.is_contacted_by(_stranger, 443, packets=90_000, bytes=5_000_000, reply_packets=4_000_000,
                                        reply_bytes=5_000_000_000, duration=290.0, at=LATER),
        _sends(_db, "10.0.77.4", 5_000, LATER + 900), flow_fields=FLOW_V5,
    ).silent(),
]
