"""An instance that is no mail server sends mail to everybody: a spambot.

*The attack.* Spam software on a taken-over instance connects to the mail servers of its victims, one after another, at
TCP port 25. AWS closes that port for most accounts on the way out: then the same attempts stay without an answer.

*How it shows.* Within an hour the instance opens, or tries to open, connections to port 25 of many different hosts.
Refused, dropped, answered or stopped by its own security group: all count.

*What ordinary mail looks the same.* Applications hand their mail to one relay, or to a few addresses of one; SES and
other hosts at AWS do not count at all. A mail server is one that also takes mail: an instance that clients or other
servers reach at 25, 465, 587 or 2525 is not reported. Nor is one that had been sending to several hosts for a day
before it sends to many: a newsletter's server is reported once, where the logs begin, and never when they go back
further.

*Where it is blind.* Spam through one relay or through SES; bots that talk to fewer hosts in an hour; mail servers that
are taken over. GuardDuty learns for weeks what an instance does at port 25; here only what the detector has seen itself
counts (two weeks of port 25), and the learned part is still to come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from vedette.detectors.declare import Memory, Row, flows, keyed_detector
from vedette.detectors.finding_type import MEDIUM, FindingType, Plan
from vedette.detectors.flow_shapes import of_instances, outside
from vedette.detectors.known import Known
from vedette.detectors.say import about_flow, interface_key, minutes
from vedette.detectors.signal import Evidence, Signal
from vedette.logs.vpc_flow import TCP, Flow
from vedette.simulate import FLOW_V5, Event, every, instance, story

SPAMBOT = FindingType(
    name="Backdoor:EC2/Spambot",
    severity=MEDIUM,
    plan=Plan.FOUNDATIONAL,
    resource="Instance",
    title="EC2 instance {instance} talks to many mail servers, as a spambot does.",
    description="EC2 instance {instance} ({local_ip}), which is not known to send or take mail, opened connections to "
    "port 25 of {hosts} hosts within {minutes}, among them {sample}.",
    attack=("T1584.005", "T1496"),
    remedy="If the instance should not send mail, close port 25 on the way out, look for what sends, find out how it "
    "came there and replace the credentials of the instance's role. If it is a new mail server, suppress the finding "
    "for this instance.",
)

MAIL = 25
SERVED = frozenset({25, 465, 587, 2525})
"""Ports at which mail is taken."""

HOSTS = 15
"""Different hosts within an hour. The names of a big relay (Microsoft's, Google's) lead to up to ten."""
FEW = 5
"""Hosts within an hour that are more than an application's relay has: from then on the instance is a sender."""
WINDOW_MS = 3_600_000
SETTLED_MS = 86_400_000
"""So long it must have been a sender for its mail to be its job."""
HISTORY_MS = 14 * 86_400_000
"""What lies further back does not count: as long as GuardDuty learns."""
QUIET_MS = 86_400_000
"""Spam goes on for days: it is one occurrence a day."""
DELIVERED = 8
"""Packets of a client that handed over a mail, or tried: a scanner that reads the banner sends fewer."""


def _mail(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Connections to port 25 on the Internet, and mail that the instance takes."""
    sends = pl.col("outgoing") & (pl.col("remote_port") == MAIL)
    takes = (~pl.col("outgoing") & pl.col("local_port").is_in(sorted(SERVED)) & (pl.col("packets") >= DELIVERED)
             & (pl.col("action") == "ACCEPT"))
    mail = frame.filter((pl.col("protocol") == TCP) & (sends | takes))
    # The slice keeps the optimiser from looking at the addresses of all the rows that are dropped here.
    return of_instances(mail).slice(0).filter(takes | outside(pl.col("remote")))


class MailTraffic(Memory):
    """What an interface did at port 25."""

    sent: dict[str, Evidence] = {}
    """Host -> the latest record of a connection to it, of the last hour."""
    sender_since: int = 0
    """When it first talked to a few hosts in an hour (ms)."""
    took: int = 0
    """When it last took mail (ms)."""
    reported: int = 0
    """When it was last called a spambot (ms)."""
    seen: int = 0
    """When anything of this last happened (ms)."""

    def expire(self, watermark: int) -> bool:
        """Forget hosts of more than an hour ago, and all after two weeks without mail."""
        self.forget(watermark)
        return self.seen + HISTORY_MS < watermark or not self.seen

    def forget(self, now: int) -> None:
        """Drop the hosts that lie before the hour that ends now."""
        self.sent = {host: last for host, last in self.sent.items() if last.time >= now - WINDOW_MS}

    def merge(self, other: MailTraffic) -> MailTraffic:
        """What both saw."""
        latest = dict(sorted([*self.sent.items(), *other.sent.items()], key=lambda item: item[1]))
        kept = sorted(latest.items(), key=lambda item: item[1])[-HOSTS:]
        since = [moment for moment in (self.sender_since, other.sender_since) if moment]
        return MailTraffic(dict(kept), min(since, default=0), max(self.took, other.took),
                           max(self.reported, other.reported), max(self.seen, other.seen))

    def is_mail_server(self, now: int) -> bool:
        """It takes mail, or has been sending for long and was never called a spambot."""
        sends = 0 < self.sender_since <= now - SETTLED_MS and not self.reported
        return sends or 0 < self.took >= now - HISTORY_MS


@keyed_detector(SPAMBOT, on=flows(_mail), key=interface_key, memory=MailTraffic)
def spambot(rows: Sequence[Row[Flow]], memory: MailTraffic, known: Known) -> Iterator[Signal]:
    """An instance that is no mail server connects to port 25 of many hosts."""
    for row in rows:
        flow = row.record
        if not flow.outgoing:
            memory.took = memory.seen = row.time
            continue
        if flow.remote in known.aws or flow.pkt_dst_aws_service:
            continue
        if row.time > memory.seen + HISTORY_MS:
            memory.sent, memory.sender_since, memory.reported = {}, 0, 0
        memory.seen = row.time
        if memory.is_mail_server(row.time) or (memory.reported and row.time < memory.reported + QUIET_MS):
            continue
        memory.forget(row.time)
        memory.sent[flow.remote] = row.evidence
        if len(memory.sent) >= FEW and not memory.sender_since:
            memory.sender_since = row.time
        if len(memory.sent) >= HOSTS:
            yield _signal(flow, memory.sent)
            memory.sent, memory.reported = {}, row.time


def _signal(flow: Flow, sent: dict[str, Evidence]) -> Signal:
    evidence = sorted(sent.values())
    first = evidence[0].time
    return about_flow(flow, SPAMBOT, role="ACTOR", evidence=evidence, first_seen=first, words={
        "hosts": str(len(sent)), "minutes": minutes(flow.time - first), "sample": ", ".join(sorted(sent)[:5])})


_bot = instance("i-0a77dbe1a6ffee007", private_ip="10.0.7.80", public_ip="54.210.33.12")


def _mail_host(number: int) -> str:
    return f"9.{number * 37 % 250}.{number * 91 % 250}.25"


def _delivers(hosts: int, first: int = 0, at: float = 0.0) -> list[Event]:
    """A mail to each of some hosts."""
    return [event for number in range(hosts) for event in _bot.connects_to(
        _mail_host(first + number), MAIL, packets=18, bytes=9_000, reply_packets=16, reply_bytes=1_900,
        at=at + 40.0 * number)]


EXAMPLES = [
    story(
        "an instance sends to the mail servers of twenty domains", _delivers(20),
    ).fires(SPAMBOT, {
        "severity": MEDIUM,
        "service.resourceRole": "ACTOR",
        "service.action.networkConnectionAction.connectionDirection": "OUTBOUND",
        "service.action.networkConnectionAction.remotePortDetails.port": 25,
    }, count=1),
    story(
        "AWS keeps port 25 closed: SYNs without an answer, in a log with TCP flags",
        [_bot.connects_to(_mail_host(number), MAIL, answered=False, packets=3, after=2.0) for number in range(40)],
        flow_fields=FLOW_V5,
    ).fires(SPAMBOT, count=1),
    story(
        "the instance's own security group keeps port 25 closed, in rows of ten minutes",
        [_bot.flow(srcaddr="10.0.7.80", dstaddr=_mail_host(number), srcport=40_000 + number, dstport=25, protocol=6,
                   packets=5, bytes=300, action="REJECT", end=590) for number in range(20)],
    ).fires(SPAMBOT, {"service.action.networkConnectionAction.blocked": True}, count=1),
    story(
        "an instance that has used one relay for days sends to everybody",
        every(43_200.0, 6, lambda _: _bot.connects_to("9.9.25.1", MAIL), at=0.0), _delivers(20, at=345_600.0),
    ).fires(SPAMBOT, count=1),
    story(
        "a spambot goes on for three days: one finding, counted once a day",
        [_delivers(20, 100 * hour, at=hour * 21_600.0) for hour in range(12)],
    ).fires(SPAMBOT, count=3),
    story(
        "an application hands its mail to a relay of eight addresses, all day",
        every(600, 40, lambda number: _bot.connects_to(f"9.9.25.{number % 8 + 1}", MAIL)),
    ).silent(),
    story(
        "SES answers at many addresses of AWS",
        [_bot.connects_to(f"52.94.{number}.25", MAIL, after=20.0) for number in range(40)],
    ).silent(),
    story(
        "a mail server takes mail and passes it on",
        _bot.is_contacted_by("9.9.26.3", 25, packets=20, bytes=14_000), _delivers(40, at=600.0),
    ).silent(),
    story(
        "a relay for the VPC takes mail from inside",
        _bot.is_contacted_by("10.0.2.9", 587, packets=20, bytes=14_000), _delivers(40, at=600.0), flow_fields=FLOW_V5,
    ).silent(),
    story(
        "a newsletter's server that has sent to a few for two days sends to many",
        _delivers(8), _delivers(8, 8, at=86_400.0), _delivers(60, 20, at=172_800.0),
    ).silent(),
    story(
        "other hosts inside, other ports, and clients of a server",
        [_bot.connects_to(f"10.0.8.{number}", MAIL, after=1.0) for number in range(1, 30)],
        [_bot.connects_to(_mail_host(number), 587, after=1.0) for number in range(30)],
        [_bot.is_contacted_by(_mail_host(number), 443, after=1.0) for number in range(30)], flow_fields=FLOW_V5,
    ).silent(),
]
