"""An instance talks to a host on the Internet at a port that it has never used.

*The attack.* What runs on a taken-over instance calls out where the instance never does: to an LDAP server that a
Log4j lookup named (389, 1389), an IRC channel, a reverse shell's listener at 4444, a stranger's SSH, FTP or rsync.

*How it shows.* The instance opens a TCP conversation, which is answered, with a public address at a port that neither
it nor a neighbour (in the same /24 of the same VPC) used on any of the last sixty days.

*What ordinary traffic looks the same.* A new dependency at a port of its own is just as new. Most are a database, a
mailbox, a mail relay or a broker that is rented: their ports are left out. Another is told once, of the first host that
uses it; its neighbours follow unheard. The web, mail's port 25 (`spambot`) and DNS (`unusual_resolver`) are left out.
File sharing, FTP and builds take ports as they come: a host that took up a new one on two of the last 28 days is not
judged, but for LDAP; nor is UDP, where calls and games do. A day's first unusual port stands for all of that day.

*Where it is blind.* Instances younger than fourteen days, or seen on fewer than seven: what autoscaling starts for
hours has no history, and its neighbours' is not taken for it. Ports that a neighbour uses, and an intruder's second
victim among neighbours. Port 443, where most control servers listen, and a stranger's server at a database's port;
private addresses, where each rollout brings new ports and scans are `port_scan`'s. In formats without TCP flags, ports
from 32768 on. Connections that were not answered. What the learning period held already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import polars as pl

from vedette.baselines.presence import LEARNING_MS, REMEMBERED, day_of, host_number
from vedette.baselines.uses import Use, Uses
from vedette.detectors.declare import Memory, Row, flows, keyed_detector
from vedette.detectors.finding_type import HIGH, MEDIUM, FindingType, Plan
from vedette.detectors.flow_shapes import first_of_day, of_instances, opened_here, outside, seen_daily
from vedette.detectors.known import Known
from vedette.detectors.say import about_flow, instance_key, neighbourhood_key
from vedette.detectors.signal import Signal
from vedette.logs.vpc_flow import TCP, Flow
from vedette.simulate import FLOW_V5, every, instance, story
from vedette.simulate.weeks import DAY, LATER, WEEKS, works

NETWORK_PORT_UNUSUAL = FindingType(
    name="Behavior:EC2/NetworkPortUnusual",
    severity=MEDIUM,
    severity_note="High at ports 389 and 1389, where the callback of a Log4j exploit goes.",
    plan=Plan.FOUNDATIONAL,
    resource="Instance",
    title="EC2 instance {instance} talks to port {remote_port} of a remote host, which it does not usually do.",
    description="EC2 instance {instance} ({local_ip}) had a conversation with {remote_ip} at port {remote_port}. "
    "In the last {remembered} days, of which {seen} showed it, it never used that port on the Internet, and nor did "
    "its neighbours; what they do use is {usual}.",
    attack=("T1571", "T1095"),
    remedy="If nobody has given this instance a new task that needs the port, look for the process that opened the "
    "connection, isolate the instance and replace the credentials of its role. After ports 389 or 1389, look for "
    "Log4j in what the instance serves.",
)

ELSEWHERE = (25, 53, 80, 123, 443, 853)
"""The web and time, which everything may use, and ports of which other files judge the use."""
RENTED = (465, 587, 636, 993, 995, 1433, 1521, 3306, 5432, 5671, 6380, 8883, 9092, 9093, 9094, 27017)
"""Where mail is handed in and fetched, directories over TLS, databases and brokers listen. Applications take them up
often, and control servers and shells are hardly ever there."""
LDAP = frozenset({389, 1389})
PEERS = 1
"""Neighbours that make a port ordinary. With two, each rollout to a group of hosts is told twice."""
ANSWER = 4
"""Packets of an answer that carries something: the handshake and a banner. A closed port answers with one."""
HEADERS = 52
"""Bytes of a bare ACK with time stamps: an answer of nothing else is no conversation."""


def _rows(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Each instance's first row of a day, and its first of each day and port that shows a conversation it opened."""
    columns = frame.collect_schema().names()
    port, packets = pl.col("remote_port"), pl.col("packets")
    answered = (
        ~pl.col("outgoing") & (pl.col("protocol") == TCP) & (packets >= ANSWER) & (pl.col("action") == "ACCEPT")
        & ~port.is_in([*ELSEWHERE, *RENTED]) & (pl.col("bytes") > packets * HEADERS) & opened_here(columns)
    )
    # The slice keeps the optimiser from looking at the addresses of all the rows that are dropped here.
    talks = of_instances(frame.filter(answered)).slice(0)
    return pl.concat([
        seen_daily(frame),
        talks.filter(outside(pl.col("remote"))).filter(first_of_day("interface_id", "local", "remote_port")),
    ])


class Ports(Memory):
    """The ports that a neighbourhood uses on the Internet."""

    LEARNS = LEARNING_MS

    uses: Uses = msgspec.field(default_factory=Uses)
    told: dict[int, int] = {}
    """Host → the last day on which something was said of it."""

    def expire(self, watermark: int) -> bool:
        """Forget hosts and ports of long ago."""
        day = day_of(watermark)
        self.told = {host: last for host, last in self.told.items() if last >= day}
        return self.uses.expire(day) and not self.told

    def merge(self, other: Ports) -> Ports:
        """What both know."""
        told = {host: max(self.told.get(host, 0), other.told.get(host, 0))
                for host in sorted(self.told.keys() | other.told.keys())}
        return Ports(self.uses.merge(other.uses), told)


@keyed_detector(NETWORK_PORT_UNUSUAL, on=flows(_rows), key=neighbourhood_key, memory=Ports)
def unusual_port(rows: Sequence[Row[Flow]], memory: Ports, known: Known) -> Iterator[Signal]:
    """An instance had a conversation at a port that is new to it and to its neighbours."""
    for row in rows:
        flow, day = row.record, day_of(row.time)
        host = host_number(instance_key(flow))
        if flow.outgoing:
            memory.uses.saw(host, day)
            continue
        port = flow.remote_port or 0
        found = memory.uses.use(host, str(port), day, PEERS)
        if (found is Use.UNUSUAL and memory.told.get(host, -1) < day) or (
                port in LDAP and found in (Use.UNUSUAL, Use.RESTLESS)):
            memory.told[host] = day
            yield _signal(row, memory.uses, host, day)


def _signal(row: Row[Flow], uses: Uses, host: int, day: int) -> Signal:
    flow = row.record
    usual = sorted(int(port) for port in uses.used(day))
    additional = {"unusual": {"port": flow.remote_port}, "usual": {"ports": usual}, "inBytes": str(flow.bytes)}
    if flow.remote_port in LDAP:
        additional["context"] = "An outbound LDAP conversation can be the callback of a Log4j (JNDI) exploit."
    return about_flow(
        flow, NETWORK_PORT_UNUSUAL, severity=HIGH if flow.remote_port in LDAP else MEDIUM, role="ACTOR",
        evidence=[row.evidence], additional=additional,
        words={"remembered": str(REMEMBERED), "seen": str(uses.hosts[host].seen.before(day)),
               "usual": ", ".join(map(str, usual)) or "no port but the web's"})


_app = instance("i-0d51b7c0e2ffee011", private_ip="10.0.11.20")
_next = instance("i-0d51b7c0e2ffee012", private_ip="10.0.11.21")
_far = instance("i-0d51b7c0e2ffee013", private_ip="10.0.19.22")
_young = instance("i-0d51b7c0e2ffee014", private_ip="10.0.11.23")
_stranger, _web = "9.9.61.4", "9.9.60.1"

EXAMPLES = [
    story(
        "a Log4j lookup makes a server call an LDAP server at 1389",
        works(_app), _app.connects_to(_stranger, 1389, packets=7, bytes=420, reply_packets=6, reply_bytes=620,
                                       at=LATER),
    ).fires(NETWORK_PORT_UNUSUAL, {
        "severity": HIGH,
        "service.resourceRole": "ACTOR",
        "service.action.networkConnectionAction.connectionDirection": "OUTBOUND",
        "service.action.networkConnectionAction.remotePortDetails.port": 1389,
        "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4": _stranger,
    }, count=1),
    story(
        "a reverse shell at 4444 lasts for two days; the company's Git server is known",
        works(_app), works(_app, port=9418, remote="9.9.62.1"),
        _app.connects_to(_stranger, 4444, packets=900, bytes=90_000, reply_packets=800, reply_bytes=50_000,
                         duration=600.0, at=LATER),
        _app.connects_to(_stranger, 4444, packets=900, bytes=90_000, reply_packets=800, reply_bytes=50_000,
                         duration=600.0, at=LATER + DAY),
        _app.connects_to("9.9.62.1", 9418, at=LATER + DAY + 60),
    ).fires(NETWORK_PORT_UNUSUAL, {"severity": MEDIUM}, count=1),
    story(
        "a shell at a client's port, in a log with TCP flags",
        works(_app), _app.connects_to(_stranger, 53_211, local_port=40_100, at=LATER), flow_fields=FLOW_V5,
    ).fires(NETWORK_PORT_UNUSUAL, count=1),
    story(
        "a host that shares files each day at another port, and then calls an LDAP server",
        works(_app), every(DAY, WEEKS, lambda day: _app.connects_to(
            f"9.9.66.{day + 1}", 7_000 + 91 * day, at=300), at=0.0), _app.connects_to(_stranger, 389, at=LATER),
    ).fires(NETWORK_PORT_UNUSUAL, {"severity": HIGH}, count=1),
    story(
        "what is unusual of one host is unusual of another, elsewhere in the VPC",
        works(_app), works(_far), works(_app, port=22, remote="9.9.63.1"), _far.connects_to(_stranger, 22, at=LATER),
    ).fires(NETWORK_PORT_UNUSUAL, count=1),
    story(
        "two unusual ports on a day, and one the week after, are two occurrences",
        works(_app), _app.connects_to(_stranger, 6667, at=LATER), _app.connects_to(_stranger, 873, at=LATER + 900),
        works(_app, 7, first=WEEKS + 1), _app.connects_to(_stranger, 21, at=LATER + 8 * DAY),
    ).fires(NETWORK_PORT_UNUSUAL, count=2),
    story(
        "a neighbour uses the port already",
        works(_app), works(_next, port=8884, remote="9.9.64.1"), _app.connects_to("9.9.64.1", 8884, at=LATER),
    ).silent(),
    story(
        "an application begins to use a rented database, and hands its mail in",
        works(_app), _app.connects_to("9.9.64.2", 5432, at=LATER), _app.connects_to("9.9.64.3", 587, at=LATER + DAY),
    ).silent(),
    story(
        "an instance that autoscaling has just started, among old ones",
        works(_app), works(_young, 3, first=WEEKS - 3), _young.connects_to(_stranger, 4444, at=LATER),
    ).silent(),
    story(
        "an instance that was seen on two days in three weeks",
        _app.connects_to(_web, 443), _app.connects_to(_web, 443, at=9 * DAY),
        _app.connects_to(_stranger, 4444, at=20 * DAY),
    ).silent(),
    story(
        "a partner's FTP server, once a month",
        works(_app, 62), _app.connects_to("9.9.65.1", 21, at=3 * DAY), _app.connects_to("9.9.65.1", 21, at=33 * DAY),
        _app.connects_to("9.9.65.1", 21, at=64 * DAY),
    ).silent(),
    story(
        "images are shared by BitTorrent: another port of another peer each day",
        works(_app), every(DAY, 20, lambda day: _app.connects_to(
            f"9.9.66.{day + 1}", 7_000 + 91 * day, at=300), at=0.0),
    ).silent(),
    story(
        "attempts that nobody answers, refusals, knocks, and a connection in which nothing is said",
        works(_app),
        _app.connects_to(_stranger, 4444, answered=False, packets=6, at=LATER),
        _app.connects_to(_stranger, 4445, answered=False, refused=True, at=LATER + 60),
        _app.connects_to(_stranger, 4446, packets=3, bytes=160, reply_packets=2, reply_bytes=112, at=LATER + 120),
        _app.connects_to(_stranger, 4448, packets=9, bytes=468, reply_packets=8, reply_bytes=416, at=LATER + 150),
        _app.connects_to(_stranger, 4447, accepted=False, at=LATER + 180), flow_fields=FLOW_V5,
    ).silent(),
    story(
        "others come to the instance, from any port, and it goes to others inside",
        works(_app),
        [_app.is_contacted_by(f"9.9.67.{number}", 8080, remote_port=2_000 + number, at=LATER + number)
         for number in range(1, 9)],
        _app.connects_to("10.0.77.9", 389, at=LATER + 60), flow_fields=FLOW_V5,
    ).silent(),
    story(
        "calls and games take UDP ports as they come",
        works(_app), [_app.connects_to("9.9.68.3", 16_500 + number, protocol="udp", at=LATER + number)
                       for number in range(9)],
    ).silent(),
]
