"""A known scanner reaches a port that nothing protects.

*The attack.* Hosts that scan the whole Internet find an open database, a Redis, a cluster's console, and come back.

*What ordinary traffic looks the same.* Every public address is scanned all day. What the security group keeps out is
background and stays silent, and so do replies of a listed host to what the instance asked. Ports 80 and 443 are meant
to be reached. A port that is open for a reason (mail) is reported, at low severity, as GuardDuty does. NAT gateways and
load balancers have no instance: a NAT gateway's log even shows as accepted what the gateway then drops.

*Where it is blind.* Logs without the instance's id, where a NAT gateway looks like an instance; scanners on no list;
ports from 32768 on, where clients' ports are. Whether anything listens behind the port is not judged: the group lets
it in.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from vedette.detectors.declare import detector, flows
from vedette.detectors.finding_type import HIGH, INVENTORY, LOW, FindingType, Plan, feeds
from vedette.detectors.flow_shapes import of_instances
from vedette.detectors.known import Known
from vedette.detectors.say import about_probe, interface_key
from vedette.detectors.signal import Signal
from vedette.intel.categories import Category
from vedette.logs.vpc_flow import TCP, UDP, Flow
from vedette.simulate import FLOW_V5, Given, described, instance, story

_CLOSE = (
    "If the port need not be reached from everywhere, narrow the security group to the addresses that use it, or put "
    "the service behind a load balancer, VPN or Session Manager."
)

SCANNERS = (Category.SCANNER, Category.MALICIOUS)
"""Feeds of mass scanners, and of hosts that are bad for an unnamed reason: nearly all of those are seen scanning."""

UNPROTECTED_PORT = FindingType(
    name="Recon:EC2/PortProbeUnprotectedPort",
    severity=LOW,
    severity_note="High for ports 9200 and 9300 (Elasticsearch), where an open port usually gives the data away.",
    plan=Plan.FOUNDATIONAL,
    resource="Instance",
    title="Unprotected port {local_port} of EC2 instance {instance} is probed by the known scanner {remote_ip}.",
    description="Traffic of {remote_ip}, which is on the list {list}, was let in to port {local_port} of EC2 instance "
    "{instance} ({local_ip}).",
    attack=("T1046", "T1595.001"),
    remedy=_CLOSE,
    needs=(feeds(*SCANNERS),),
)
UNPROTECTED_EMR_PORT = FindingType(
    name="Recon:EC2/PortProbeEMRUnprotectedPort",
    severity=HIGH,
    plan=Plan.FOUNDATIONAL,
    resource="Instance",
    title="EMR port {local_port} of cluster node {instance} is probed by the known scanner {remote_ip}.",
    description="Traffic of {remote_ip}, which is on the list {list}, was let in to port {local_port} of the EMR "
    "cluster node {instance} ({local_ip}). Whoever reaches such a port can often run code on the cluster.",
    attack=("T1046", "T1595.001"),
    remedy=f"{_CLOSE} Turn on EMR's block public access.",
    needs=(feeds(*SCANNERS), INVENTORY),
)

MEANT_TO_BE_REACHED = (80, 443)
"""GuardDuty does not report these."""

ELASTICSEARCH = frozenset({9200, 9300})

EMR = frozenset({
    8088, 8042, 8090, 19888, 8188, 50070, 9870, 50075, 9864, 18080, 8888, 8890, 16010, 10000, 9443, 8998, 8032,
})
"""Consoles and services of EMR nodes: YARN, HDFS, Spark history, Hue, Zeppelin, HBase, Hive, JupyterHub, Livy."""
EMR_TAG = "aws:elasticmapreduce:job-flow-id"

SERVICES = frozenset({
    1433, 1521, 1883, 2049, 2375, 2376, 2379, 3128, 3306, 3389, 4444, 5000, 5432, 5555, 5601, 5672, 5900, 5984, 5985,
    6379, 6443, 7001, 8000, 8008, 8080, 8081, 8443, 8500, 8888, 9000, 9042, 9090, 9092, 9200, 9300, 10250, 11211, 15672,
    27017, *EMR,
})
"""Ports above 1023 at which the instance is the server even where the scanner's port is below a client's usual ones."""

_RESERVED, _CLIENT = 1024, 32_768


def _probes(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """What listed hosts got in to a service's port that should not be everybody's.

    The slice keeps the optimiser from asking the lists about the rows that are dropped here, which is what costs.
    """
    port = pl.col("local_port")
    let_in = of_instances(frame).filter(
        ~pl.col("outgoing") & (pl.col("action") == "ACCEPT") & pl.col("protocol").is_in([TCP, UDP])
        & ~port.is_in(MEANT_TO_BE_REACHED) & ((port < _CLIENT) | port.is_in(sorted(SERVICES)))).slice(0)
    return known.intel.listed_ips(let_in, "remote", SCANNERS, custom=False)


@detector(UNPROTECTED_PORT, UNPROTECTED_EMR_PORT, on=flows(_probes))
def port_probe(flow: Flow, known: Known) -> Signal | None:
    """A listed scanner's traffic was let in to a port that is not 80 or 443."""
    if flow.initiator == "local" or (flow.initiator == "" and not _at_service(flow)):
        return None
    if interface_key(flow, known) is None:
        return None
    scanners = [match for match in known.intel.threats_of_ip(flow.remote)
                if match.list.category in SCANNERS and not match.list.custom]
    if flow.local_port in EMR and _is_emr_node(flow, known):
        return about_probe(flow, UNPROTECTED_EMR_PORT, threats=scanners)
    severity = HIGH if flow.local_port in ELASTICSEARCH else LOW
    return about_probe(flow, UNPROTECTED_PORT, severity=severity, threats=scanners)


def _at_service(flow: Flow) -> bool:
    return flow.local_port in SERVICES and (flow.remote_port or 0) >= _RESERVED and flow.remote_port not in SERVICES


def _is_emr_node(flow: Flow, known: Known) -> bool:
    details = known.inventory.instance_details(
        instance_id=flow.instance_id, interface_id=flow.interface_id, private_ip=flow.local, vpc_id=flow.vpc_id)
    return any(tag["key"] == EMR_TAG for tag in (details or {}).get("tags", ()))


_host = instance("i-0b22e6f8d1ffee002", private_ip="10.0.2.30", public_ip="54.210.33.12")
_scanner = "9.9.66.13"
_known_scanner = Given(feeds={"scanner": (_scanner,)})


def _emr_node() -> Given:
    document = {**described(_host)}
    answer = document["describe-instances"]
    answer["Reservations"][0]["Instances"][0]["Tags"] = [{"Key": EMR_TAG, "Value": "j-2AXXXXXXGAPLF"}]
    return Given(feeds={"scanner": (_scanner,)}, inventory=document)


def _interface(**said: str) -> Given:
    return replace(_known_scanner, inventory={"describe-network-interfaces": {"NetworkInterfaces": [{
        "NetworkInterfaceId": _host.interface, "OwnerId": _host.account, "PrivateIpAddress": _host.private_ip,
        "VpcId": _host.vpc, **said}]}})


EXAMPLES = [
    story(
        "a known scanner gets in to SSH and to a database", _host.is_contacted_by(_scanner, 22),
        _host.is_contacted_by(_scanner, 5432, refused=True, answered=False), given=_known_scanner,
    ).fires(UNPROTECTED_PORT, {
        "severity": LOW,
        "service.action.actionType": "PORT_PROBE",
        "service.action.portProbeAction.blocked": False,
        "service.action.portProbeAction.portProbeDetails.localPortDetails.port": 5432,
        "service.action.portProbeAction.portProbeDetails.remoteIpDetails.ipAddressV4": _scanner,
    }, count=2),
    story(
        "a known scanner gets in to Elasticsearch", _host.is_contacted_by(_scanner, 9200, remote_port=12000),
        given=_known_scanner,
    ).fires(UNPROTECTED_PORT, {"severity": HIGH}),
    story(
        "a known scanner gets in to YARN on a cluster node", _host.is_contacted_by(_scanner, 8088), given=_emr_node(),
        flow_fields=FLOW_V5,
    ).fires(UNPROTECTED_EMR_PORT),
    story(
        "a known scanner gets in to the same port of what is no cluster node", _host.is_contacted_by(_scanner, 8088),
        given=_known_scanner,
    ).fires(UNPROTECTED_PORT, {"severity": LOW}),
    story(
        "the security group keeps the scanner out; the web server is there for everyone",
        [_host.is_contacted_by(_scanner, port, accepted=False) for port in (22, 23, 3389, 9200)],
        _host.is_contacted_by(_scanner, 443), _host.is_contacted_by(_scanner, 80), given=_known_scanner,
    ).silent(),
    story(
        "hosts on no list connect to a mail server",
        [_host.is_contacted_by(f"9.9.55.{number}", 25) for number in range(1, 9)], given=_known_scanner,
    ).silent(),
    story(
        "a listed host answers what the instance asked", _host.connects_to(_scanner, 8443),
        _host.connects_to(_scanner, 53, protocol="udp"), given=_known_scanner,
    ).silent(),
    story(
        "a NAT gateway's low ports are clients too", _host.connects_to(_scanner, 8443, local_port=9000),
        _host.connects_to(_scanner, 443, local_port=5432), given=_known_scanner,
    ).silent(),
    story(
        "a NAT gateway's log: accepted, and dropped by the gateway",
        [_host.flow(srcaddr=_scanner, dstaddr="10.0.2.30", srcport=50_000 + port, dstport=port, protocol=6, packets=1,
                    bytes=44, tcp_flags=2, instance_id="-", flow_direction="ingress") for port in (22, 23, 3389)],
        given=_known_scanner, flow_fields=FLOW_V5,
    ).silent(),
    story(
        "a NAT gateway's log in the default format, and the inventory says whose the interface is",
        [_host.is_contacted_by(_scanner, port) for port in (22, 23, 3389, 9200)],
        given=_interface(InterfaceType="nat_gateway", Status="in-use"),
    ).silent(),
    story(
        "an interface that was free when the inventory was taken, and has an instance since",
        _host.is_contacted_by(_scanner, 22), given=_interface(InterfaceType="interface", Status="available"),
    ).fires(UNPROTECTED_PORT),
    story(
        "the scanner is known by the user's own list alone, which has its own finding",
        _host.is_contacted_by(_scanner, 22, accepted=False), given=Given(threat_ips=(_scanner,)),
    ).silent(),
]
