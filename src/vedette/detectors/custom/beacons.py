"""An instance comes back to one host on the Internet as evenly as a clock: an implant that asks for orders.

*The attack.* What runs on a taken-over instance asks its control server every few minutes what to do, with some jitter,
at a port that is always open (443).

*How it shows.* For most of a day the instance opens connections to one public address, and the times between them are
as RITA's score says of beacons (`baselines/beacons.py`). No more than two of the account's instances talk to the
address. Outbound only: that scanners come again and again says nothing.

*What ordinary work looks the same.* A job that sends its metrics, an agent and a program that polls a service do
exactly this. What three instances talk to in a week is left out, as are AWS's services, time, DNS and mail; a load
balancer's checks come from the other side. What one or two instances poll is told, once a day, for as long as it goes
on: that is why this rule is off until somebody turns it on.

*Where it is blind.* Flow rows tell of a connection's first packet in a minute or ten, and what stays open shows in
every row: only new connections count, in the default format those from another port than before. One connection that is
kept open has no rhythm, nor has what connects more than once in 45 seconds. Intervals of more than about an hour, or
exponentially distributed; beacons that last for less than half a day; a control server behind a CDN that others use, of
three victims, at EC2 where AWS's own list of its ranges is not loaded, or at one address of many that take turns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

import msgspec
import polars as pl

from vedette.baselines.beacons import SLOT, Contacts, Rhythm, rhythm
from vedette.detectors.custom_rule import keyed_rule
from vedette.detectors.declare import Memory, Row, flows
from vedette.detectors.finding_type import MEDIUM, FindingType, Plan
from vedette.detectors.flow_shapes import of_instances, opened_here, outside
from vedette.detectors.known import Known
from vedette.detectors.say import about_flow, instance_key, interface_key
from vedette.detectors.signal import Evidence, Signal
from vedette.logs.vpc_flow import TCP, UDP, Flow
from vedette.simulate import FLOW_V5, Event, Instance, every, instance, story
from vedette.simulate.weeks import DAY

# 1. The finding type.

BEACONING = FindingType(
    name="Behavior:EC2/Beaconing.Vedette",
    severity=MEDIUM,
    plan=Plan.CUSTOM_DETECTION_RULES,
    resource="Instance",
    title="EC2 instance {instance} comes back to remote host {remote_ip} at even intervals, as a beacon does.",
    description="EC2 instance {instance} ({local_ip}) opened {contacts} connections to {remote_ip}, last at port "
    "{remote_port}, within {hours} hours, about one each {interval} seconds. Its rhythm scores {score} of 1. At most "
    "one other instance of the account was seen to talk to that host.",
    attack=("T1071", "T1029"),
    remedy="Find the process that opens the connections, and who owns the remote host. If it is a job, an agent or a "
    "service that is polled, suppress the finding for this instance and host. If nobody knows it, isolate the instance "
    "and replace the credentials of its role.",
)

# 2. Settings.

SCORE = 0.85
"""Chosen on the estates of docs/network-models.md."""
POPULAR = 3
"""Instances in a week that make a host one that work is done with."""
LEFT_OUT = (25, 53, 123, 853)
"""Mail, DNS and time."""
WEEK_MS = 7 * 86_400_000
JUDGED_MS = 3_600_000
"""A rhythm does not change within an hour, and judging it takes a thousand contacts."""
QUIET_MS = 86_400_000
"""A beacon goes on for days: it is one occurrence a day."""

# 3. The logic.

_SYN = 2


def _rows(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Of connections that instances open to hosts on the Internet, the first row of each half minute."""
    columns = frame.collect_schema().names()
    opens = (pl.col("outgoing") & pl.col("protocol").is_in([TCP, UDP]) & (pl.col("action") == "ACCEPT")
             & ~pl.col("remote_port").is_in(LEFT_OUT) & opened_here(columns))
    if "tcp_flags" in columns:
        flags = pl.col("tcp_flags")
        opens &= flags.is_null() | (pl.col("protocol") == UDP) | (flags & _SYN != 0)
    # The slice keeps the optimiser from looking at the addresses of all the rows that are dropped here.
    opened = of_instances(frame.filter(opens)).slice(0).filter(outside(pl.col("remote")))
    first = pl.col("start").min().over("interface_id", "local", "remote", pl.col("start") // SLOT)
    return opened.filter(pl.col("start") == first)


def _remote_key(flow: Flow, known: Known) -> str | None:
    """The account and the remote host, so that all who talk to it are known; None: a service of AWS's."""
    if interface_key(flow, known) is None or flow.pkt_dst_aws_service not in ("", "EC2"):
        return None
    prefix = known.aws.find(flow.remote)
    return f"{flow.account_id}/{flow.remote}" if prefix is None or prefix.service == "EC2" else None


class Caller(msgspec.Struct, array_like=True):
    """What one instance has to do with the remote host."""

    contacts: Contacts = msgspec.field(default_factory=Contacts)
    judged: int = 0
    """When its rhythm was last looked at (ms)."""
    told: int = 0
    """When it was last called a beacon (ms)."""
    began_with: Evidence | None = None
    """The record of the first contact, or of the one that was last told."""


class Callers(Memory):
    """The instances that talk to a remote host, until there are too many."""

    LEARNS = 12 * 3_600_000

    callers: dict[str, Caller] = {}
    popular: int = 0
    """When somebody last talked to a host that many talk to (ms)."""

    def expire(self, watermark: int) -> bool:
        """Forget what was a week ago."""
        self.forget(watermark)
        return not self.callers and not self.popular

    def forget(self, now: int) -> None:
        """Drop those that have not been there for a week."""
        if now >= self.popular + WEEK_MS:
            self.popular = 0
        self.callers = {name: one for name, one in self.callers.items()
                        if now < one.contacts.slot * SLOT * 1000 + WEEK_MS}

    def merge(self, other: Callers) -> Callers:
        """What both know."""
        popular = max(self.popular, other.popular)
        names = sorted(self.callers.keys() | other.callers.keys())
        if len(names) >= POPULAR:
            popular = max(popular, *(one.contacts.slot * SLOT * 1000 for each in (self, other)
                                     for one in each.callers.values()))
        if popular:
            return Callers({}, popular)
        return Callers({name: _both(self.callers.get(name, Caller()), other.callers.get(name, Caller()))
                        for name in names})


def _both(one: Caller, other: Caller) -> Caller:
    began = [each.began_with for each in (one, other) if each.began_with]
    return Caller(one.contacts.merge(other.contacts), max(one.judged, other.judged), max(one.told, other.told),
                  min(began, default=None))


@keyed_rule("ec2-beaconing", "EC2Beaconing", BEACONING, MEDIUM, on=flows(_rows), key=_remote_key, memory=Callers,
            says="An implant asks its control server for orders like that; so do jobs and agents.")
def beaconing(rows: Sequence[Row[Flow]], memory: Callers, known: Known) -> Iterator[Signal]:
    """An instance opened connections to one remote host at even intervals for most of a day."""
    for row in rows:
        flow, begins = row.record, row.time // 1000 // SLOT * SLOT * 1000
        memory.forget(begins)
        name = instance_key(flow)
        if memory.popular or (name not in memory.callers and len(memory.callers) >= POPULAR - 1):
            memory.callers, memory.popular = {}, begins
            continue
        one = memory.callers.setdefault(name, Caller())
        if not one.contacts.add(row.time // 1000, -1 if flow.tcp_flags else flow.local_port or -1):
            continue
        if one.began_with is None or len(one.contacts.times) == 1:
            one.began_with = row.evidence
        if row.time < max(one.judged + JUDGED_MS, one.told + QUIET_MS):
            continue
        one.judged = row.time
        found = rhythm(one.contacts.times)
        if found is not None and found.score >= SCORE:
            yield _signal(row, one.began_with, found)
            one.told, one.began_with = row.time, row.evidence


def _signal(row: Row[Flow], first: Evidence, found: Rhythm) -> Signal:
    return about_flow(
        row.record, BEACONING, role="ACTOR", identity=(row.record.remote,), evidence=[first, row.evidence],
        first_seen=first.time,
        additional={"beacon": {"score": round(found.score, 2), "intervalSeconds": found.interval,
                               "connections": found.contacts, "seconds": found.span}},
        words={"contacts": str(found.contacts), "hours": str(round(found.span / 3600)),
               "interval": str(found.interval), "score": f"{found.score:.2f}"})


# 4. EXAMPLES.

_app = instance("i-0bea77c0e2ffee041", private_ip="10.0.21.20")
_others = [instance(f"i-0bea77c0e2ffee05{number}", private_ip=f"10.0.2{number}.21") for number in range(1, 3)]
_control = "9.91.61.4"


def _calls(host: Instance, pauses: Sequence[float], remote: str = _control, port: int = 443) -> list[Event]:
    """A short connection after each pause."""
    return [event for number, at in enumerate(accumulate(pauses)) for event in host.connects_to(
        remote, port, packets=9, bytes=1_400, reply_packets=8, reply_bytes=4_200, duration=2.0,
        local_port=33_000 + 7 * number % 25_000, at=at)]


def _even(every_seconds: float, hours: float, jitter: float = 0.0) -> list[float]:
    """Pauses that are spread evenly around their middle, in no order that means anything."""
    return [every_seconds * (1 + jitter * ((number * 61 % 97) / 48 - 1))
            for number in range(int(hours * 3_600 / every_seconds))]


def _uneven(every_seconds: float, hours: float) -> list[float]:
    """Pauses as work makes them: many short ones, a few long."""
    return [every_seconds * ((number * 61 % 97) / 48) ** 3 / 2 for number in range(int(hours * 3_600 / every_seconds))]


EXAMPLES = [
    story(
        "an implant calls home every ten minutes for a day", _calls(_app, _even(600, 26)),
    ).fires(BEACONING, {
        "severity": MEDIUM, "service.resourceRole": "ACTOR",
        "service.action.networkConnectionAction.connectionDirection": "OUTBOUND",
        "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4": _control,
    }, count=1),
    story(
        "every five minutes give or take half of it, in a log with TCP flags, and a second instance too",
        _calls(_app, _even(300, 26, 0.5)), _calls(_others[0], _even(300, 26, 0.5)), flow_fields=FLOW_V5,
    ).fires(BEACONING, findings=2, count=1),
    story(
        "for three days", _calls(_app, _even(900, 76, 0.3)),
    ).fires(BEACONING, count=3),
    story(
        "three instances poll a service", [_calls(host, _even(600, 26)) for host in (_app, *_others)],
    ).silent(),
    story(
        "three instances poll a service for some hours, and after two days one of them alone",
        [_calls(host, _even(600, 3)) for host in (_app, *_others)], _calls(_app, [2 * DAY, *_even(600, 26)]),
    ).silent(),
    story(
        "the same after eight days, when nobody knows the service any more",
        [_calls(host, _even(600, 3)) for host in (_app, *_others)], _calls(_app, [8 * DAY, *_even(600, 26)]),
    ).fires(BEACONING, count=1),
    story(
        "an implant that is found and taken away after eighteen hours", _calls(_app, _even(600, 18)),
    ).fires(BEACONING, count=1),
    story(
        "a service of AWS's is polled", _calls(_app, _even(600, 26), "52.216.10.4"),
    ).silent(),
    story(
        "time, DNS over TLS, and mail", _calls(_app, _even(600, 26), "9.91.62.1", 123),
        _calls(_app, _even(600, 26), "9.91.63.1", 853), _calls(_app, _even(600, 26), "9.91.64.1", 25),
    ).silent(),
    story(
        "an application asks a service when its users want something", _calls(_app, _uneven(300, 30)),
    ).silent(),
    story(
        "a page that reloads all the time", _calls(_app, _even(40, 14)),
    ).silent(),
    story(
        "half a morning, and five times a day",
        _calls(_app, _even(300, 6)), _calls(_app, _even(17_000, 48), "9.91.65.1"),
    ).silent(),
    story(
        "a connection that stays open for days",
        every(600.0, 160, lambda _: _app.connects_to(
            "9.91.66.1", 443, packets=9, bytes=900, local_port=41_000, at=0.0), at=0.0),
    ).silent(),
    story(
        "a monitor on the Internet checks the instance, and the instance a neighbour",
        every(300.0, 320, lambda _: _app.is_contacted_by("9.91.67.1", 443, at=0.0), at=0.0),
        _calls(_app, _even(300, 26), "10.0.77.4"), flow_fields=FLOW_V5,
    ).silent(),
]
