"""An instance that is no mail server sends mail to everybody: a spambot.

*The attack.* Spam software on a taken-over instance connects to the mail servers of its victims, one after another, at
TCP port 25. AWS closes that port for most accounts on the way out: then the same attempts stay without an answer.

*How it shows.* Within an hour the instance opens, or tries to open, connections to port 25 of many different hosts.
Refused, dropped, answered or stopped by its own security group: all count. Fewer are enough of an instance that
has been known for two weeks and never spoke at port 25: hosts of five networks within a day, in the week in which it
begins.

*What ordinary mail looks the same.* Applications hand their mail to one relay, or to a few addresses of one; SES and
other hosts at AWS do not count at all. A mail server is one that also takes mail: an instance that clients or other
servers reach at 25, 465, 587 or 2525 is not reported. Nor is one that had been sending to several hosts for a day
before it sends to many: a newsletter's server is reported once, where the logs begin, and never when they go back
further. Who begins to use a relay, and another to fall back on, meets addresses of some four networks; all of
Google's and all of Microsoft's count as one, since there one relay's name leads to many. Where two neighbours (in the
same /24 of the same VPC) send to as many networks, as a fleet of senders does, another that begins is not told of
before it sends to many. An application that begins to deliver its mail by itself looks the same, and is told in its
first week.

*Where it is blind.* Spam through one relay or through SES; mail servers that are taken over; bots that talk to fewer
hosts in an hour on instances that used a relay before, that are younger than two weeks or were seen on fewer than seven
days, among senders, or slowly: to fewer than five networks a day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import polars as pl

from vedette.baselines.presence import (
    DAY_MS,
    LEARNING_MS,
    REMEMBERED,
    Days,
    Host,
    day_of,
    host_number,
    is_settled,
    saw,
    still_there,
    together,
)
from vedette.detectors.declare import Memory, Row, flows, keyed_detector
from vedette.detectors.finding_type import MEDIUM, FindingType, Plan
from vedette.detectors.flow_shapes import is_outside, of_instances, outside, seen_daily
from vedette.detectors.known import Known
from vedette.detectors.say import about_flow, instance_key, interface_key, minutes, neighbourhood_key
from vedette.detectors.signal import Evidence, Signal
from vedette.intel.addresses import Ranges, ipv4_number
from vedette.logs.vpc_flow import TCP, Flow
from vedette.simulate import FLOW_V5, Event, Instance, every, instance, story
from vedette.simulate.weeks import DAY, LATER, WEEKS, works

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

PROVIDERS = 5
"""Networks within a day that are more than a relay, and another to fall back on, have: a network is a /16 of IPv4 or a
/32 of IPv6. Names of relays lead to up to ten addresses, of one network mostly and of three at most, but for these."""
GOOGLE = Ranges.of([
    "64.233.160.0/19", "66.102.0.0/20", "66.249.80.0/20", "72.14.192.0/18", "74.125.0.0/16", "108.177.0.0/17",
    "142.250.0.0/15", "172.217.0.0/16", "172.253.0.0/16", "173.194.0.0/16", "209.85.128.0/17", "216.58.192.0/19",
    "216.239.32.0/19"]).seeker()
MICROSOFT = Ranges.of(["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17"]).seeker()
BEGINS_MS = 7 * DAY_MS
"""So long an instance is new to port 25: who tries whether it is open sends a day or two later."""
PEERS = 2
"""Neighbours that send, which make it ordinary: one can be a victim too."""
KEPT = 64
"""Hosts of which is remembered what they did at port 25. Those that neither send to many networks nor take mail, and
were there longest ago, make room."""


_SENDS = pl.col("outgoing") & (pl.col("remote_port") == MAIL) & (pl.col("protocol") == TCP)


def _mail(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Connections to port 25 on the Internet, and mail that the instance takes."""
    takes = (~pl.col("outgoing") & pl.col("local_port").is_in(sorted(SERVED)) & (pl.col("packets") >= DELIVERED)
             & (pl.col("action") == "ACCEPT"))
    mail = frame.filter((pl.col("protocol") == TCP) & (_SENDS | takes))
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
        if _at_aws(flow, known):
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


def _mail_and_presence(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """The same, and each instance's first row of a day."""
    there = seen_daily(frame).slice(0).filter(~(_SENDS & outside(pl.col("remote"))))
    return pl.concat([there, _mail(frame, known)])


class Sender(msgspec.Struct, array_like=True):
    """What one host of a neighbourhood did at port 25."""

    began: int = 0
    """When it first sent, if it has gone on since (ms)."""
    last: int = 0
    """When it last sent or took mail (ms)."""
    took: int = 0
    """When it last took mail (ms)."""
    told: int = 0
    """When it was last called a spambot (ms)."""
    wide: Days = msgspec.field(default_factory=Days)
    """Days on which it sent to so many networks, but for what was called a spambot's."""
    sent: dict[str, tuple[str, Evidence]] = {}
    """Network → host and record of the latest connection there, of the last day."""

    def merged(self, other: Sender) -> Sender:
        """What both saw."""
        latest = sorted([*self.sent.items(), *other.sent.items()], key=lambda item: (item[1][1], item[1][0]))
        kept = sorted(dict(latest).items(), key=lambda item: (item[1][1], item[1][0]))[-PROVIDERS:]
        began = [moment for moment in (self.began, other.began) if moment]
        return Sender(min(began, default=0), max(self.last, other.last), max(self.took, other.took),
                      max(self.told, other.told), self.wide.merged(other.wide), dict(kept))


class Newcomers(Memory):
    """Since when the hosts of a neighbourhood are there, and what they did at port 25."""

    LEARNS = LEARNING_MS

    hosts: dict[int, Host] = {}
    senders: dict[int, Sender] = {}

    def expire(self, watermark: int) -> bool:
        """Forget hosts of long ago, and what they sent before."""
        day = day_of(watermark)
        self.hosts = still_there(self.hosts, day)
        self.senders = {host: one for host, one in self.senders.items() if one.last + REMEMBERED * DAY_MS >= watermark}
        for one in self.senders.values():
            one.sent = {network: last for network, last in one.sent.items() if last[1].time >= watermark - DAY_MS}
        return not self.hosts and not self.senders

    def merge(self, other: Newcomers) -> Newcomers:
        """What both know."""
        senders = dict(self.senders)
        for host, theirs in other.senders.items():
            senders[host] = senders[host].merged(theirs) if host in senders else theirs
        kept = sorted(senders, key=lambda host: _worth(senders[host], host))[-KEPT:]
        return Newcomers(together(self.hosts, other.hosts), {host: senders[host] for host in sorted(kept)})

    def sender(self, host: int, now: int) -> Sender:
        """The host does something at port 25. What it did too long ago does not count."""
        one = self.senders.get(host)
        if one is None or now > one.last + REMEMBERED * DAY_MS:
            self.senders.pop(host, None)
            if len(self.senders) >= KEPT:
                for least in sorted(self.senders, key=lambda each: _worth(self.senders[each], each))[:KEPT // 8]:
                    del self.senders[least]
            one = self.senders[host] = Sender()
        one.last = max(one.last, now)
        return one

    def is_new(self, host: int, now: int) -> bool:
        """It has just begun to send, after two weeks in which it did not, and takes no mail."""
        one = self.senders[host]
        return (now < one.began + BEGINS_MS and is_settled(self.hosts[host], day_of(one.began))
                and not 0 < one.took >= now - HISTORY_MS)

    def is_ordinary(self, host: int, day: int) -> bool:
        """Its neighbours send to many networks as well, since yesterday or before."""
        return sum(one.wide.before(day) > 0 for other, one in self.senders.items() if other != host) >= PEERS


def _worth(sender: Sender, host: int) -> tuple[bool, int, int]:
    return sender.wide.bits > 0 or sender.took > 0, sender.last, host


@keyed_detector(SPAMBOT, on=flows(_mail_and_presence), key=neighbourhood_key, memory=Newcomers)
def new_sender(rows: Sequence[Row[Flow]], memory: Newcomers, known: Known) -> Iterator[Signal]:
    """An instance that has never used port 25 begins to talk to hosts of several networks there."""
    for row in rows:
        flow, day = row.record, day_of(row.time)
        host = host_number(instance_key(flow))
        saw(memory.hosts, host, day)
        if not flow.outgoing:
            memory.sender(host, row.time).took = row.time
            continue
        if flow.protocol != TCP or flow.remote_port != MAIL or not is_outside(flow.remote):
            continue
        if _at_aws(flow, known):
            continue
        one = memory.sender(host, row.time)
        one.began = one.began or row.time
        if one.told and row.time < one.told + QUIET_MS:
            continue
        one.sent = {network: last for network, last in one.sent.items() if last[1].time >= row.time - DAY_MS}
        one.sent[_network(flow.remote)] = flow.remote, row.evidence
        if len(one.sent) < PROVIDERS:
            continue
        if memory.is_new(host, row.time) and not memory.is_ordinary(host, day):
            seen = memory.hosts[host].seen.before(day_of(one.began))
            yield _signal(flow, dict(one.sent.values()), f"On {seen} of the {REMEMBERED} days before, the instance was "
                          "seen, and it never used port 25.")
            one.told = row.time
        else:
            one.wide.add(day)
        one.sent = {}


def _network(address: str) -> str:
    """An address's network, as wide as one owner's are."""
    if ":" in address:
        return ":".join(address.split(":")[:2])
    number = ipv4_number(address)
    if number in GOOGLE:
        return "Google"
    return "Microsoft" if number in MICROSOFT else ".".join(address.split(".")[:2])


def _at_aws(flow: Flow, known: Known) -> bool:
    return bool(flow.remote in known.aws or flow.pkt_dst_aws_service)


def _signal(flow: Flow, sent: dict[str, Evidence], context: str = "") -> Signal:
    evidence = sorted(sent.values())
    first = evidence[0].time
    additional = {"context": context} if context else {}
    return about_flow(flow, SPAMBOT, role="ACTOR", evidence=evidence, first_seen=first, additional=additional, words={
        "hosts": str(len(sent)), "minutes": minutes(flow.time - first), "sample": ", ".join(sorted(sent)[:5])})


_bot = instance("i-0a77dbe1a6ffee007", private_ip="10.0.7.80", public_ip="54.210.33.12")


def _mail_host(number: int) -> str:
    return f"9.{number * 37 % 250}.{number * 91 % 250}.25"


def _delivers(hosts: int, first: int = 0, at: float = 0.0) -> list[Event]:
    """A mail to each of some hosts."""
    return [event for number in range(hosts) for event in _bot.connects_to(
        _mail_host(first + number), MAIL, packets=18, bytes=9_000, reply_packets=16, reply_bytes=1_900,
        at=at + 40.0 * number)]


_next = instance("i-0a77dbe1a6ffee008", private_ip="10.0.7.81")
_third = instance("i-0a77dbe1a6ffee009", private_ip="10.0.7.82")
_EXCHANGES = ("9.31.4.25", "77.88.21.249", "67.195.204.72", "194.25.134.8", "94.100.180.31", "212.227.15.9",
              "213.165.67.97", "104.47.14.33")
"""Of eight providers, in eight networks."""


def _mails(host: Instance, remotes: Sequence[str], at: float, pause: float = 2_000.0) -> list[Event]:
    """A mail to each of some hosts."""
    return [event for number, remote in enumerate(remotes) for event in host.connects_to(
        remote, MAIL, packets=18, bytes=9_000, reply_packets=16, reply_bytes=1_900, at=at + pause * number)]


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
        "an instance that has never sent mail in weeks talks to the mail servers of eight providers in an afternoon",
        works(_bot), _mails(_bot, _EXCHANGES, LATER),
    ).fires(SPAMBOT, {
        "service.resourceRole": "ACTOR", "service.action.networkConnectionAction.connectionDirection": "OUTBOUND",
        "service.action.networkConnectionAction.remotePortDetails.port": 25,
    }, count=1),
    story(
        "it tries whether port 25 is open, and sends two days later; nobody answers, in a log with TCP flags",
        works(_bot, WEEKS + 3), _bot.connects_to(_EXCHANGES[7], MAIL, answered=False, packets=3, at=LATER),
        [_bot.connects_to(remote, MAIL, answered=False, packets=3, at=LATER + 2 * DAY + 900 * number)
         for number, remote in enumerate(_EXCHANGES)], flow_fields=FLOW_V5,
    ).fires(SPAMBOT, count=1),
    story(
        "one neighbour is a newsletter's server, another uses a relay",
        works(_bot), works(_next), works(_third), _mails(_next, _EXCHANGES, 300.0),
        every(DAY, WEEKS, lambda _: _mails(_third, ["9.9.25.1"], 0.0), at=600.0), _mails(_bot, _EXCHANGES, LATER),
    ).fires(SPAMBOT, count=1),
    story(
        "after weeks an application begins to use a relay of eight addresses in two networks, and another to fall back",
        works(_bot), _mails(_bot, [f"9.{9 + number % 2}.25.{number + 1}" for number in range(8)], LATER),
        _mails(_bot, ["194.25.134.8", "194.25.134.9"], LATER + 20_000),
    ).silent(),
    story(
        "and another Google's relay, whose name leads to many networks, and Microsoft's",
        works(_bot), _mails(_bot, ["74.125.133.28", "142.250.102.28", "142.251.9.28", "172.217.218.28",
                                   "173.194.76.28", "108.177.15.28", "52.101.73.4", "104.47.14.33"], LATER),
    ).silent(),
    story(
        "after weeks an application begins to use SES, and a relay inside",
        works(_bot), _mails(_bot, [f"{network}.25.9" for network in (
            "52.94", "54.240", "3.5", "18.232", "34.192", "44.192", "10.1", "10.2", "172.16", "192.168")], LATER),
    ).silent(),
    story(
        "another host joins a fleet of senders that autoscaling starts each day",
        works(_bot), [_mails(host, _EXCHANGES, day * DAY + 600) for host in (_next, _third) for day in (16, 17)],
        _mails(_bot, _EXCHANGES, LATER),
    ).silent(),
    story(
        "an instance that is a week old begins to send mail",
        works(_bot, 7, first=WEEKS - 7), works(_next), _mails(_bot, _EXCHANGES, LATER),
    ).silent(),
    story(
        "after weeks an instance becomes a mail server, which takes mail first",
        works(_bot), _bot.is_contacted_by("9.9.26.3", 25, packets=20, bytes=14_000, at=LATER),
        _mails(_bot, _EXCHANGES, LATER + 600),
    ).silent(),
    story(
        "the invoices of each month are delivered without a relay",
        works(_bot, WEEKS + 45), [_mails(_bot, _EXCHANGES, month * 30 * DAY + 600) for month in (0, 1, 2)],
    ).silent(),
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
