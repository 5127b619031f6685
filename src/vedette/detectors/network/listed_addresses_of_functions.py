"""A Lambda function talks to an address that is on a threat list: command and control, mining, Tor, loot, a black hole.

*The attack.* Code that came with a dependency, or through an injection, calls its controller, mines, hides behind Tor,
or sends to a drop point what the function may read. The user's own threat lists are wider: they say of an address that
nothing should pass to it.

*What ordinary traffic looks the same.* As for instances, and it counts as theirs does: see
`vedette.detectors.listed_traffic`. A function that checks whether the links of a site still work asks strangers.

*How a function is told.* A flow log names a network interface. The inventory says which interfaces Lambda has, and of
the functions which use its subnet with its security groups. Where several do, they share it, and the finding names them
all: the log does not tell them apart.

*Where it is blind.* Without an inventory of interfaces; functions outside a VPC, which have no flow log; what a
function's address does behind a NAT gateway's is in the function's own rows, not in the gateway's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from vedette.detectors.declare import Row, detector, flows, keyed_detector
from vedette.detectors.finding_type import HIGH, INVENTORY, MEDIUM, THREAT_LIST, FindingType, Plan, feeds
from vedette.detectors.flow_shapes import of_functions
from vedette.detectors.known import Known
from vedette.detectors.listed_traffic import RelayTraffic, among_relays, forwards, listed, on_feeds, on_users_list
from vedette.detectors.say import about_flow
from vedette.detectors.signal import Signal
from vedette.intel.categories import Category
from vedette.logs.vpc_flow import Flow
from vedette.simulate import FLOW_V5, Given, described_functions, every, function, instance, story

_LOOK = (
    "Look at the function's code, layers and dependencies, and at who changed them last. If you did not expect the "
    "traffic, set the function's reserved concurrency to zero, and replace what its role and its environment could "
    "reach: credentials, secrets, data."
)


def _type(
    name: str, severity: float, needs: frozenset[str], title: str, description: str, *attack: str
) -> FindingType:
    return FindingType(
        name=name, severity=severity, plan=Plan.LAMBDA_NETWORK_LOGS, resource="Lambda", title=title,
        description=description, attack=attack, remedy=_LOOK, needs=(needs, INVENTORY),
    )


MALICIOUS_IP_CUSTOM = _type(
    "UnauthorizedAccess:Lambda/MaliciousIPCaller.Custom", MEDIUM, THREAT_LIST,
    "Lambda function {function} exchanges traffic with {remote_ip}, which is on your threat list {list}.",
    "Lambda function {function} ({local_ip}) had {protocol} traffic with {remote_ip}. That address is on the threat "
    "list {list} that you gave.", "T1071",
)
COMMAND_AND_CONTROL = _type(
    "Backdoor:Lambda/C&CActivity.B", HIGH, feeds(Category.COMMAND_AND_CONTROL),
    "Lambda function {function} talks to the command-and-control server {remote_ip}.",
    "Lambda function {function} ({local_ip}) opened a {protocol} connection to {remote_ip} port {remote_port}. The "
    "list {list} names that address as a command-and-control server.", "T1071", "T1571",
)
MINING = _type(
    "CryptoCurrency:Lambda/BitcoinTool.B", HIGH, feeds(Category.CRYPTO_MINING),
    "Lambda function {function} talks to {remote_ip}, an address of cryptocurrency mining.",
    "Lambda function {function} ({local_ip}) opened a {protocol} connection to {remote_ip} port {remote_port}. The "
    "list {list} names that address for cryptocurrency activity.", "T1496",
)
BLACK_HOLE = _type(
    "Trojan:Lambda/BlackholeTraffic", MEDIUM, feeds(Category.SINKHOLE),
    "Lambda function {function} tries to reach {remote_ip}, a black hole.",
    "Lambda function {function} ({local_ip}) tried {protocol} port {remote_port} of {remote_ip}. The list {list} names "
    "that address as a sinkhole: traffic of infected machines is led there.", "T1071",
)
DROP_POINT = _type(
    "Trojan:Lambda/DropPoint", MEDIUM, feeds(Category.DROP_POINT),
    "Lambda function {function} talks to {remote_ip}, which is known to hold stolen data.",
    "Lambda function {function} ({local_ip}) opened a {protocol} connection to {remote_ip} port {remote_port}. The "
    "list {list} names that address as a place where malware leaves stolen data.", "T1041",
)
TOR_CLIENT = _type(
    "UnauthorizedAccess:Lambda/TorClient", HIGH, feeds(Category.TOR_RELAY),
    "Lambda function {function} connects to the Tor network at {remote_ip}.",
    "Lambda function {function} ({local_ip}) opened a connection to {remote_ip} port {remote_port}. The list {list} "
    "names that address as a Tor guard or authority node.", "T1090.003",
)
TOR_RELAY = _type(
    "UnauthorizedAccess:Lambda/TorRelay", HIGH, feeds(Category.TOR_RELAY),
    "Lambda function {function} works as a Tor relay.",
    "Lambda function {function} took connections from {callers} Tor relays at port {relay_port} and opened connections "
    "to {called} Tor relays within an hour, as a relay that forwards Tor traffic does.", "T1090.003",
)

_SHOWS = {
    Category.COMMAND_AND_CONTROL: COMMAND_AND_CONTROL, Category.CRYPTO_MINING: MINING, Category.SINKHOLE: BLACK_HOLE,
    Category.DROP_POINT: DROP_POINT, Category.TOR_RELAY: TOR_CLIENT}


def _listed(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """For all detectors here."""
    return listed(of_functions(frame, known), known)


def _whose(flow: Flow, known: Known) -> str:
    """What keeps findings of one function together, whatever interfaces it has; empty where it is not known."""
    return ",".join(known.inventory.functions_of(flow.interface_id))


@detector(MALICIOUS_IP_CUSTOM, on=flows(_listed))
def function_on_a_users_list(flow: Flow, known: Known) -> Signal | None:
    """Traffic passed between a function and an address of the user's own list, or was tried by it."""
    threats = on_users_list(flow, known)
    return about_flow(flow, MALICIOUS_IP_CUSTOM, threats=threats, whose=_whose(flow, known)) if threats else None


@detector(*_SHOWS.values(), on=flows(_listed))
def function_on_a_feed(flow: Flow, known: Known) -> Iterator[Signal]:
    """A function opened, or tried to open, a connection to an address of a feed."""
    for category, found in on_feeds(flow, known):
        yield about_flow(flow, _SHOWS[category], threats=found, whose=_whose(flow, known))


def _interface(flow: Flow, known: Known) -> str | None:
    return f"{flow.account_id}/{flow.interface_id}" if among_relays(flow, known) else None


@keyed_detector(TOR_RELAY, on=flows(_listed), key=_interface, memory=RelayTraffic)
def function_relays(rows: Sequence[Row[Flow]], memory: RelayTraffic, known: Known) -> Iterator[Signal]:
    """Several Tor relays connect to one port of a function that connects to several Tor relays."""
    for found in forwards(rows, memory):
        yield about_flow(
            found.flow, TOR_RELAY, threats=known.intel.threats_of_ip(found.flow.remote), words=found.words,
            evidence=found.evidence, first_seen=found.evidence[0].time, whose=_whose(found.flow, known))


_orders, _mail = function("orders"), function("mail", private_ip="10.0.1.91")
_again = replace(_orders, interface="eni-0a11d5e7c0ffee032", private_ip="10.0.1.92")
_task = replace(instance("i-0a11d5e7c0ffee031", private_ip="10.0.1.20"), instance_id="-")
_listed_host = "9.9.77.140"
_relay_hosts = tuple(f"9.9.88.{number}" for number in range(1, 13))
_functions = described_functions(_orders, _mail)


def _given(category: Category, *addresses: str) -> Given:
    return Given(feeds={category.value: addresses or (_listed_host,)}, inventory=_functions)


_custom = Given(threat_ips=(_listed_host,), inventory=_functions)
_command, _tor = _given(Category.COMMAND_AND_CONTROL), _given(Category.TOR_RELAY, *_relay_hosts)

EXAMPLES = [
    story(
        "a dependency calls its controller each time that the function runs",
        every(300, 3, lambda _: _orders.connects_to(_listed_host, 443)), given=_command, flow_fields=FLOW_V5,
    ).fires(COMMAND_AND_CONTROL, {
        "resource.resourceType": "Lambda", "resource.lambdaDetails.functionName": "orders",
        "resource.lambdaDetails.role": "arn:aws:iam::111122223333:role/orders-role",
        "resource.lambdaDetails.vpcConfig.vpcId": _orders.vpc,
        "service.action.networkConnectionAction.connectionDirection": "OUTBOUND",
        "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4": _listed_host,
    }, count=3),
    story(
        "the same in the default format, which names neither VPC nor instance; the controller does not answer",
        _orders.connects_to(_listed_host, 4444, answered=False), given=_command,
    ).fires(COMMAND_AND_CONTROL, {"resource.lambdaDetails.functionName": "orders"}),
    story(
        "two functions share the interface: the finding says that it is one of them",
        _orders.connects_to(_listed_host, 443),
        given=Given(feeds={Category.COMMAND_AND_CONTROL.value: (_listed_host,)},
                    inventory=described_functions(_orders, sharing=("refunds",))),
    ).fires(COMMAND_AND_CONTROL, {
        "title": f"Lambda function orders or refunds talks to the command-and-control server {_listed_host}.",
        "resource.lambdaDetails.vpcConfig.subnetIds": [_orders.subnet],
    }),
    story(
        "two functions talk to an address of the user's threat list",
        _orders.connects_to(_listed_host, 8009), _mail.pings(_listed_host), given=_custom, flow_fields=FLOW_V5,
    ).fires(MALICIOUS_IP_CUSTOM, {
        "service.evidence.threatIntelligenceDetails.threatListName": "threat-ips",
    }, findings=2, count=1),
    story(
        "what calls the controller from the function's subnet is a container: neither an instance nor a function",
        _task.connects_to(_listed_host, 443), given=_command, flow_fields=FLOW_V5,
    ).silent(),
    story(
        "a container of the subnet is a Tor relay: no function is",
        [_task.is_contacted_by(relay, 9001) for relay in _relay_hosts[:6]],
        [_task.connects_to(relay, 443) for relay in _relay_hosts[6:]], given=_tor, flow_fields=FLOW_V5,
    ).silent(),
    story(
        "interfaces of functions of which nothing else is known: two, so two findings",
        _orders.connects_to(_listed_host, 8009), _mail.connects_to(_listed_host, 8009),
        given=Given(threat_ips=(_listed_host,), inventory={"describe-network-interfaces": {"NetworkInterfaces": [{
            "NetworkInterfaceId": one.interface, "OwnerId": one.account, "InterfaceType": "interface",
            "Description": "AWS Lambda VPC ENI: 3f6c1d2e"} for one in (_orders, _mail)]}}),
    ).fires(MALICIOUS_IP_CUSTOM, findings=2),
    story(
        "a function with two interfaces is one function",
        _orders.connects_to(_listed_host, 8009), _again.connects_to(_listed_host, 8009),
        given=Given(threat_ips=(_listed_host,), inventory=described_functions(_orders, _again)),
    ).fires(MALICIOUS_IP_CUSTOM, count=2),
    story("a function mines", _orders.connects_to(_listed_host, 3333), given=_given(Category.CRYPTO_MINING),
          ).fires(MINING, {"severity": HIGH}),
    story(
        "a function is led into a sinkhole", _orders.connects_to(_listed_host, 80, answered=False),
        given=_given(Category.SINKHOLE),
    ).fires(BLACK_HOLE),
    story(
        "a function sends data to a drop point", _orders.connects_to(_listed_host, 443, bytes=9_000_000, packets=6_000),
        given=_given(Category.DROP_POINT),
    ).fires(DROP_POINT),
    story(
        "a function uses Tor", _orders.connects_to(_relay_hosts[0], 9001), _orders.connects_to(_relay_hosts[1], 443),
        given=_tor,
    ).fires(TOR_CLIENT, count=2),
    story(
        "what runs as a function is a Tor relay",
        [_orders.is_contacted_by(relay, 9001) for relay in _relay_hosts[:6]],
        [_orders.connects_to(relay, 443) for relay in _relay_hosts[6:]], given=_tor,
    ).fires(TOR_RELAY, {"resource.lambdaDetails.functionName": "orders"}, count=1).fires(TOR_CLIENT, count=6),
    story(
        "ordinary work: APIs, a database, mail by a relay that also serves Tor, time",
        _orders.connects_to("52.94.10.7", 443), _orders.connects_to("10.0.2.7", 5432),
        _mail.connects_to(_relay_hosts[1], 587), _orders.connects_to(_relay_hosts[2], 123, protocol="udp"), given=_tor,
    ).silent(),
    story(
        "a listed host knocks at the function's interface, which lets nobody in",
        _orders.is_contacted_by(_listed_host, 443, accepted=False),
        _orders.is_contacted_by(_listed_host, 22, accepted=False), given=_custom,
    ).silent(),
    story(
        "the address is on a trusted list as well", _orders.connects_to(_listed_host, 443),
        given=Given(threat_ips=(_listed_host,), trusted_ips=(_listed_host,), inventory=_functions),
    ).silent(),
]
