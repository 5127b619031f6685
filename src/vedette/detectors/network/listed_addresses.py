"""An instance talks to an address that is on a threat list: command and control, mining, Tor, loot, a black hole.

*The attack.* Malware on an instance calls its controller, mines, hides behind Tor, or sends what it stole to a drop
point. The user's own threat lists are wider: they say of an address that nothing should pass to it or from it.

*What ordinary traffic looks the same.* A listed host that scans the Internet reaches open ports and is even answered:
that is no channel, so a feed's entry counts only where the instance opens the conversation (only the user's own lists
count inbound too). What a security group keeps out is background; an attempt from inside that was blocked is news. Tor
relays also serve NTP, mail and web pages to others: only TCP, and no mail, SSH or DNS, makes a Tor client. Tor exits
visit every public web server: a relay both takes connections from relays and opens some to relays.

*How it counts.* Of a conversation's two rows in each interval only the opener's counts, so a conversation that lasts
three intervals counts three times, whether or not the other side answers.

*Where it is blind.* A controller behind a CDN, at an address not listed, or that itself calls a back door; ICMP
tunnels to a feed's address (a ping of a scanner that we answer would look the same); in default-format logs,
conversations between two high ports of which the instance's part is bare RSTs. A relay opens connections as a client
does, so it is reported as a client as well. Interfaces of which the log says that they have no instance: gateways,
which would say the same again, but Fargate tasks too (functions have types of their own).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from vedette.detectors.declare import Row, detector, flows, keyed_detector
from vedette.detectors.finding_type import HIGH, MEDIUM, THREAT_LIST, FindingType, Plan, feeds
from vedette.detectors.flow_shapes import of_instances
from vedette.detectors.known import Known
from vedette.detectors.listed_traffic import RelayTraffic, among_relays, forwards, listed, on_feeds, on_users_list
from vedette.detectors.say import about_flow, interface_key
from vedette.detectors.signal import Signal
from vedette.intel.categories import Category
from vedette.logs.vpc_flow import Flow
from vedette.simulate import FLOW_V5, Given, every, instance, story

_LOOK = (
    "Look at what on the instance holds the connection. If you did not expect it, isolate the instance (a security "
    "group without rules), keep its disk and memory for analysis, and replace the credentials of its role."
)


def _type(
    name: str, severity: float, needs: frozenset[str], title: str, description: str, *attack: str
) -> FindingType:
    return FindingType(
        name=name, severity=severity, plan=Plan.FOUNDATIONAL, resource="Instance", title=title,
        description=description, attack=attack, remedy=_LOOK, needs=(needs,),
    )


MALICIOUS_IP_CUSTOM = _type(
    "UnauthorizedAccess:EC2/MaliciousIPCaller.Custom", MEDIUM, THREAT_LIST,
    "EC2 instance {instance} exchanges traffic with {remote_ip}, which is on your threat list {list}.",
    "EC2 instance {instance} ({local_ip}) had {protocol} traffic with {remote_ip}. That address is on the threat list "
    "{list} that you gave.", "T1071",
)
COMMAND_AND_CONTROL = _type(
    "Backdoor:EC2/C&CActivity.B", HIGH, feeds(Category.COMMAND_AND_CONTROL),
    "EC2 instance {instance} talks to the command-and-control server {remote_ip}.",
    "EC2 instance {instance} ({local_ip}) opened a {protocol} connection to {remote_ip} port {remote_port}. The list "
    "{list} names that address as a command-and-control server.", "T1071", "T1571",
)
MINING = _type(
    "CryptoCurrency:EC2/BitcoinTool.B", HIGH, feeds(Category.CRYPTO_MINING),
    "EC2 instance {instance} talks to {remote_ip}, an address of cryptocurrency mining.",
    "EC2 instance {instance} ({local_ip}) opened a {protocol} connection to {remote_ip} port {remote_port}. The list "
    "{list} names that address for cryptocurrency activity.", "T1496",
)
BLACK_HOLE = _type(
    "Trojan:EC2/BlackholeTraffic", MEDIUM, feeds(Category.SINKHOLE),
    "EC2 instance {instance} tries to reach {remote_ip}, a black hole.",
    "EC2 instance {instance} ({local_ip}) tried {protocol} port {remote_port} of {remote_ip}. The list {list} names "
    "that address as a sinkhole: traffic of infected machines is led there.", "T1071",
)
DROP_POINT = _type(
    "Trojan:EC2/DropPoint", MEDIUM, feeds(Category.DROP_POINT),
    "EC2 instance {instance} talks to {remote_ip}, which is known to hold stolen data.",
    "EC2 instance {instance} ({local_ip}) opened a {protocol} connection to {remote_ip} port {remote_port}. The list "
    "{list} names that address as a place where malware leaves stolen data.", "T1041",
)
TOR_CLIENT = _type(
    "UnauthorizedAccess:EC2/TorClient", HIGH, feeds(Category.TOR_RELAY),
    "EC2 instance {instance} connects to the Tor network at {remote_ip}.",
    "EC2 instance {instance} ({local_ip}) opened a connection to {remote_ip} port {remote_port}. The list {list} names "
    "that address as a Tor guard or authority node.", "T1090.003",
)
TOR_RELAY = _type(
    "UnauthorizedAccess:EC2/TorRelay", HIGH, feeds(Category.TOR_RELAY),
    "EC2 instance {instance} works as a Tor relay.",
    "EC2 instance {instance} took connections from {callers} Tor relays at port {relay_port} and opened connections to "
    "{called} Tor relays within an hour, as a relay that forwards Tor traffic does.", "T1090.003",
)


_SHOWS = {
    Category.COMMAND_AND_CONTROL: COMMAND_AND_CONTROL, Category.CRYPTO_MINING: MINING, Category.SINKHOLE: BLACK_HOLE,
    Category.DROP_POINT: DROP_POINT, Category.TOR_RELAY: TOR_CLIENT}


def _listed(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """For all detectors here."""
    return listed(of_instances(frame), known)


@detector(MALICIOUS_IP_CUSTOM, on=flows(_listed))
def on_a_users_list(flow: Flow, known: Known) -> Signal | None:
    """Traffic passed between an instance and an address of the user's own list, or was tried from inside."""
    threats = on_users_list(flow, known)
    if not threats or interface_key(flow, known) is None:
        return None
    return about_flow(flow, MALICIOUS_IP_CUSTOM, threats=threats)


@detector(*_SHOWS.values(), on=flows(_listed))
def on_a_feed(flow: Flow, known: Known) -> Iterator[Signal]:
    """An instance opened, or tried to open, a connection to an address of a feed."""
    if interface_key(flow, known) is not None:
        for category, found in on_feeds(flow, known):
            yield about_flow(flow, _SHOWS[category], threats=found)


def _interface(flow: Flow, known: Known) -> str | None:
    return interface_key(flow, known) if among_relays(flow, known) else None


@keyed_detector(TOR_RELAY, on=flows(_listed), key=_interface, memory=RelayTraffic)
def tor_relay(rows: Sequence[Row[Flow]], memory: RelayTraffic, known: Known) -> Iterator[Signal]:
    """Several Tor relays connect to one port of an instance that connects to several Tor relays."""
    for found in forwards(rows, memory):
        yield about_flow(found.flow, TOR_RELAY, threats=known.intel.threats_of_ip(found.flow.remote), words=found.words,
                         evidence=found.evidence, first_seen=found.evidence[0].time)


_web = instance("i-0a11d5e7c0ffee001", private_ip="10.0.1.20", public_ip="54.210.33.12")
_nat = replace(instance("i-0a11d5e7c0ffee011", private_ip="10.0.0.9"), instance_id="-")
_listed_host = "9.9.77.140"
_relay_hosts = tuple(f"9.9.88.{number}" for number in range(1, 13))
_custom = Given(threat_ips=(_listed_host,))


def _feed(category: Category, *addresses: str) -> Given:
    return Given(feeds={category.value: addresses or (_listed_host,)})


_command = _feed(Category.COMMAND_AND_CONTROL)
_tor = _feed(Category.TOR_RELAY, *_relay_hosts)

EXAMPLES = [
    story(
        "an instance pings an address of the user's threat list, every minute",
        every(60, 3, lambda _: _web.pings(_listed_host)), given=_custom,
    ).fires(MALICIOUS_IP_CUSTOM, {
        "service.action.networkConnectionAction.protocol": "ICMP",
        "service.action.networkConnectionAction.blocked": False,
        "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4": _listed_host,
        "service.evidence.threatIntelligenceDetails.threatListName": "threat-ips",
    }, count=3),
    story(
        "an instance connects to an address of the user's threat list: one conversation, counted once",
        _web.connects_to(_listed_host, 8009), given=_custom, flow_fields=FLOW_V5,
    ).fires(MALICIOUS_IP_CUSTOM, {
        "service.action.networkConnectionAction.connectionDirection": "OUTBOUND",
        "service.action.networkConnectionAction.remotePortDetails.port": 8009,
    }, count=1),
    story(
        "an address of the user's threat list reaches the web server",
        _web.is_contacted_by(_listed_host, 443), given=_custom,
    ).fires(MALICIOUS_IP_CUSTOM, {"service.action.networkConnectionAction.connectionDirection": "INBOUND"}, count=1),
    story(
        "the security group keeps a listed address out",
        _web.is_contacted_by(_listed_host, 22, accepted=False), given=_custom,
    ).silent(),
    story(
        "an attempt to reach a listed address is blocked on the way out",
        _web.connects_to(_listed_host, 4444, accepted=False), given=_custom,
    ).fires(MALICIOUS_IP_CUSTOM, {"service.action.networkConnectionAction.blocked": True}),
    story(
        "the address is on a trusted list as well",
        _web.connects_to(_listed_host, 443), given=Given(threat_ips=(_listed_host,), trusted_ips=(_listed_host,)),
    ).silent(),
    story(
        "malware calls its controller each minute",
        every(60, 4, lambda _: _web.connects_to(_listed_host, 443)), given=_command,
    ).fires(COMMAND_AND_CONTROL, {"service.action.networkConnectionAction.connectionDirection": "OUTBOUND"}, count=4),
    story(
        "a controller on a port as high as a client's does not answer",
        _web.connects_to(_listed_host, 50050, answered=False), given=_command,
    ).fires(COMMAND_AND_CONTROL),
    story(
        "a host that a feed lists scans the instance: an open web port, a closed one, a high one, a ping",
        _web.is_contacted_by(_listed_host, 443),
        _web.is_contacted_by(_listed_host, 23, refused=True, answered=False),
        _web.is_contacted_by(_listed_host, 50050, refused=True, answered=False),
        _web.is_contacted_by(_listed_host, 0, protocol="icmp", packets=1), given=_command,
    ).silent(),
    story(
        "a controller beyond a transit gateway: the packet's own address is the one that is listed",
        _web.flow(srcaddr="10.0.1.20", dstaddr="10.0.0.9", pkt_dstaddr=_listed_host, srcport=41_000, dstport=8443,
                  protocol=6, packets=14, bytes=2_400, tcp_flags=3, flow_direction="egress"),
        given=_command, flow_fields=FLOW_V5,
    ).fires(COMMAND_AND_CONTROL, {
        "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4": _listed_host,
    }, count=1),
    story(
        "a miner's connection that lasts all day, in rows of ten minutes of which none has a SYN",
        every(600, 3, lambda _: [
            _web.flow(srcaddr="10.0.1.20", dstaddr=_listed_host, srcport=41_000, dstport=3333, protocol=6, packets=40,
                      bytes=6_000, tcp_flags=0, flow_direction="egress", end=595),
            _web.flow(srcaddr=_listed_host, dstaddr="10.0.1.20", srcport=3333, dstport=41_000, protocol=6, packets=40,
                      bytes=9_000, tcp_flags=0, flow_direction="ingress", end=595, after=0.0)]),
        given=_feed(Category.CRYPTO_MINING), flow_fields=FLOW_V5,
    ).fires(MINING, count=3),
    story(
        "in rows of ten minutes: loot goes to a drop point, a bot tries a sinkhole by UDP, Tor by a high port",
        _web.flow(srcaddr="10.0.1.20", dstaddr=_listed_host, srcport=41_000, dstport=443, protocol=6, packets=90_000,
                  bytes=120_000_000, end=590),
        _web.flow(srcaddr="10.0.1.20", dstaddr="9.9.77.141", srcport=41_001, dstport=8_080, protocol=17, packets=4,
                  bytes=240, end=590),
        _web.flow(srcaddr="10.0.1.20", dstaddr=_relay_hosts[0], srcport=41_002, dstport=9_001, protocol=6, packets=900,
                  bytes=700_000, end=590),
        given=Given(feeds={Category.DROP_POINT.value: (_listed_host,), Category.SINKHOLE.value: ("9.9.77.141",),
                           Category.TOR_RELAY.value: _relay_hosts}),
    ).fires(DROP_POINT).fires(BLACK_HOLE, {"service.action.networkConnectionAction.protocol": "UDP"}).fires(TOR_CLIENT),
    story("an instance mines", _web.connects_to(_listed_host, 3333), given=_feed(Category.CRYPTO_MINING)).fires(MINING),
    story(
        "an infected instance is led into a sinkhole", _web.connects_to(_listed_host, 80, answered=False),
        given=_feed(Category.SINKHOLE),
    ).fires(BLACK_HOLE),
    story(
        "an instance sends data to a drop point", _web.connects_to(_listed_host, 443, bytes=90_000_000, packets=60_000),
        given=_feed(Category.DROP_POINT),
    ).fires(DROP_POINT),
    story(
        "an instance uses Tor", _web.connects_to(_relay_hosts[0], 9001), _web.connects_to(_relay_hosts[1], 443),
        given=_tor,
    ).fires(TOR_CLIENT, count=2),
    story(
        "a Tor relay's machine also serves time and takes mail; exits visit the web server",
        _web.connects_to(_relay_hosts[0], 123, protocol="udp"), _web.connects_to(_relay_hosts[1], 25),
        [_web.is_contacted_by(relay, 443) for relay in _relay_hosts], given=_tor,
    ).silent(),
    story(
        "an instance is a Tor relay",
        [_web.is_contacted_by(relay, 9001) for relay in _relay_hosts[:6]],
        [_web.connects_to(relay, 443) for relay in _relay_hosts[6:]],
        [_web.is_contacted_by(relay, 9001) for relay in _relay_hosts],
        [_web.connects_to(relay, 443) for relay in _relay_hosts], given=_tor,
    ).fires(TOR_RELAY, count=1).fires(TOR_CLIENT, count=18),
    story(
        "the same in the default format, which does not tell a gateway's interface; the inventory does",
        [host.connects_to(_listed_host, 8009) for host in (_web, _nat)],
        given=replace(_custom, inventory={"describe-network-interfaces": {"NetworkInterfaces": [{
            "NetworkInterfaceId": _nat.interface, "InterfaceType": "nat_gateway", "OwnerId": _nat.account}]}}),
    ).fires(MALICIOUS_IP_CUSTOM, count=1),
    story(
        "a NAT gateway's log shows an instance's connection again",
        [host.connects_to(_listed_host, 8009) for host in (_web, _nat)], given=_custom, flow_fields=FLOW_V5,
    ).fires(MALICIOUS_IP_CUSTOM, count=1),
]
