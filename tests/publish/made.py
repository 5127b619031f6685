"""Findings made as the engine makes them, from signals: one of each kind of action."""

from __future__ import annotations

from typing import Any

from vedette.detectors.finding_type import HIGH, LOW, MEDIUM, FindingType, Plan
from vedette.detectors.signal import (
    AccessKey,
    Action,
    ApiCallAction,
    DnsAction,
    InstanceRef,
    ListedThreat,
    NetworkAction,
    PortProbeAction,
    Resource,
    Signal,
)
from vedette.findings.finding import Writer
from vedette.findings.fold import Fold
from vedette.intel.geo import Geo
from vedette.inventory import Inventory

START = 1_772_442_000_000  # 2026-03-02T09:00:00Z

SEVERITIES = {
    "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom": MEDIUM,
    "UnauthorizedAccess:EC2/SSHBruteForce": LOW,
    "Recon:EC2/PortProbeUnprotectedPort": HIGH,
    "Trojan:EC2/DropPoint!DNS": HIGH,
}
API, FLOW, PROBE, DNS = SEVERITIES

KEY = Resource(
    kind="S3Bucket", buckets=("acme-ledger",), objects=(("acme-ledger", "2026/q1.csv"),),
    access_key=AccessKey(access_key_id="AKIA2IDUAVT5QPKTNQOR", principal_id="AIDAEXAMPLE", user_name="mallory",
                         user_type="IAMUser"))
HOST = Resource(kind="Instance", instance=InstanceRef(
    instance_id="i-0a11d5e7c0ffee001", interface_id="eni-1", private_ip="10.0.1.5", vpc_id="vpc-1", subnet_id="s-1"))
INTERFACE = Resource(kind="Instance", instance=InstanceRef(interface_id="eni-1", private_ip="10.0.1.5"))

ACTIONS: dict[str, tuple[Resource, Action]] = {
    API: (KEY, ApiCallAction(
        api="GetObject", service="s3.amazonaws.com", source="198.51.100.7", error_code="AccessDenied",
        user_agent="curl/8", affected=(("AWS::S3::Bucket", "acme-ledger"),))),
    FLOW: (HOST, NetworkAction(
        direction="INBOUND", protocol="TCP", blocked=False, local_ip="10.0.1.5", remote_ip="198.51.100.8",
        local_port=22, remote_port=40000, interface_id="eni-1")),
    PROBE: (INTERFACE, PortProbeAction(
        blocked=False, probes=((9200, "10.0.1.5", "198.51.100.9"), (9300, "10.0.1.5", "198.51.100.10")))),
    DNS: (HOST, DnsAction(domain="drop.bad.example", protocol="UDP", blocked=False, vpc_owner="111122223333")),
}


def finding(
    name: str, *, title: str = "A title.", description: str = "A description.", times: int = 1,
    action: Action | None = None, resource: Resource | None = None, archived: bool = False, region: str = "eu-west-1",
    additional: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A finding's document; ``title`` and ``description`` stand as they are."""
    kind = FindingType(
        name=name, severity=SEVERITIES[name], plan=Plan.FOUNDATIONAL, resource="Instance", title="{said_title}",
        description="{said_description}", attack=("T1110.001",), remedy="Look.")
    usual_resource, usual_action = ACTIONS[name]
    fold = Fold()
    for number in range(times):
        fold.add(str(number), Signal(
            type=name, severity=kind.severity, account="111122223333", region=region,
            first_seen=START + number * 1000, last_seen=START + number * 1000, resource=resource or usual_resource,
            action=action or usual_action, identity=("one",),
            threats=(ListedThreat("my list", ("Mirai",)),), additional=additional or {"sample": True},
            words={"said_title": title, "said_description": description}))
    return Writer({name: kind}, Inventory(), Geo.open(None, None)).document(fold, archived=archived)


def each() -> list[dict[str, Any]]:
    """One finding of each kind of action."""
    return [finding(name, times=3) for name in ACTIONS]
