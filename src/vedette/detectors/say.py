"""From a record to the signal it supports: the resource, the actor and the action, in the record's own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from vedette.detectors.finding_type import FindingType
from vedette.detectors.known import Known
from vedette.detectors.signal import (
    AccessKey,
    ApiCallAction,
    DnsAction,
    Evidence,
    InstanceRef,
    ListedThreat,
    NetworkAction,
    PortProbeAction,
    Resource,
    Signal,
)
from vedette.logs.cloudtrail import ASSUMED, ApiCall

if TYPE_CHECKING:
    from vedette.intel.lookup import Match
    from vedette.logs.resolver_dns import Lookup
    from vedette.logs.vpc_flow import Flow

Role = Literal["TARGET", "ACTOR"]

PROTOCOLS = {1: "ICMP", 2: "IGMP", 4: "IPIP", 6: "TCP", 17: "UDP", 41: "IPV6", 47: "GRE", 50: "ESP", 51: "AH",
             58: "ICMPV6", 89: "OSPF", 132: "SCTP"}
"""IANA protocol numbers to the names that findings show."""


def caller(call: ApiCall) -> AccessKey:
    """Who called, as findings show it."""
    who = call.identity
    return AccessKey(
        access_key_id=who.access_key_id or "",
        principal_id=who.principal_id or "",
        user_name=who.user_name or _issuer_name(call) or _last_of_arn(who.arn),
        user_type=who.type or "",
    )


def _issuer_name(call: ApiCall) -> str:
    """The role whose session calls, or the user who asked for it; empty for who calls in his own name."""
    who = call.identity
    issuer = who.session_context.session_issuer if who.session_context else None
    if who.type in ("IAMUser", "Root"):
        return ""
    if issuer and (issuer.user_name or issuer.arn):
        return issuer.user_name or _last_of_arn(issuer.arn)
    session = ASSUMED.fullmatch(who.arn or "")
    return session[2] if session else ""


def about_call(
    call: ApiCall, kind: FindingType, *, severity: float | None = None, role: Role = "TARGET",
    buckets: Sequence[str] = (), objects: Sequence[tuple[str, str]] = (), threats: Iterable[Match] = (),
    affected: Iterable[tuple[str, str]] = (), identity: Sequence[str] = (), additional: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None, remote_account: str = "", affiliated: bool = False,
    evidence: Sequence[Evidence] = (), first_seen: int | None = None,
) -> Signal:
    """The call shows ``kind``.

    ``identity`` adds to what keeps findings of one principal (or of one bucket) apart.
    """
    listed = listed_threats(threats)
    instance_id = call.identity.instance
    resource = Resource(
        kind="S3Bucket" if kind.resource == "S3Bucket" else "AccessKey",
        access_key=caller(call),
        instance=InstanceRef(instance_id=instance_id) if instance_id else None,
        buckets=tuple(buckets), objects=tuple(objects),
    )
    about = tuple(buckets) if kind.resource == "S3Bucket" else ()
    return Signal(
        type=kind.name, severity=kind.severity if severity is None else severity, account=call.account,
        region=call.region, first_seen=call.time if first_seen is None else first_seen, last_seen=call.time,
        resource=resource, role=role, evidence=tuple(evidence),
        action=ApiCallAction(
            api=call.event_name, service=call.event_source, source=call.source_ip, error_code=call.error_code or "",
            user_agent=call.user_agent or "", remote_account=remote_account, affiliated=affiliated,
            affected=tuple(affected),
        ),
        identity=(call.identity.principal, *about, *identity), threats=listed,
        additional={**list_names(listed), **(additional or {})}, words=dict(words or {}),
    )


def about_flow(
    flow: Flow, kind: FindingType, *, severity: float | None = None, role: Role = "TARGET",
    threats: Iterable[Match] = (), identity: Sequence[str] = (), additional: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None, evidence: Sequence[Evidence] = (), first_seen: int | None = None,
    whose: str = "",
) -> Signal:
    """The flow, or a window that ends with it (then with the window's evidence), shows ``kind``.

    ``whose`` keeps findings apart in place of the interface, which one function may have several of.
    """
    listed = listed_threats(threats)
    resource = Resource(kind="Instance", instance=instance_of_flow(flow))
    if kind.resource == "Lambda":
        resource = Resource(kind="Lambda", interface_of_function=flow.interface_id)
    direction: Literal["INBOUND", "OUTBOUND", "UNKNOWN"] = "UNKNOWN"
    if flow.initiator:
        direction = "OUTBOUND" if flow.initiator == "local" else "INBOUND"
    return Signal(
        type=kind.name, severity=kind.severity if severity is None else severity, account=flow.account_id,
        region=flow.region, first_seen=flow.time if first_seen is None else first_seen, last_seen=flow.end_time,
        role=role, resource=resource,
        action=NetworkAction(
            direction=direction, protocol=protocol_name(flow.protocol),
            blocked=flow.action == "REJECT", local_ip=flow.local, remote_ip=flow.remote,
            local_port=flow.local_port or 0, remote_port=flow.remote_port or 0, interface_id=flow.interface_id,
        ),
        identity=(whose or instance_key(flow), *identity), threats=listed,
        additional={**list_names(listed), **(additional or {})}, words=dict(words or {}), evidence=tuple(evidence),
    )


def about_probe(
    flow: Flow, kind: FindingType, *, severity: float | None = None, threats: Iterable[Match] = ()
) -> Signal:
    """The flow is a remote host's knock at a port of the instance, and shows ``kind``."""
    listed = listed_threats(threats)
    return Signal(
        type=kind.name, severity=kind.severity if severity is None else severity, account=flow.account_id,
        region=flow.region, first_seen=flow.time, last_seen=flow.end_time,
        resource=Resource(kind="Instance", instance=instance_of_flow(flow)),
        action=PortProbeAction(
            blocked=flow.action == "REJECT", probes=((flow.local_port or 0, flow.local, flow.remote),)),
        identity=(instance_key(flow),), threats=listed, additional=list_names(listed),
    )


def about_lookup(
    lookup: Lookup, kind: FindingType, *, severity: float | None = None, threats: Iterable[Match] = (),
    identity: Sequence[str] = (), additional: Mapping[str, Any] | None = None, words: Mapping[str, str] | None = None,
    evidence: Sequence[Evidence] = (), first_seen: int | None = None,
) -> Signal:
    """The look-up, or a window that ends with it (then with the window's evidence), shows ``kind``."""
    listed = listed_threats(threats)
    source = lookup.instance_id or lookup.srcaddr
    return Signal(
        type=kind.name, severity=kind.severity if severity is None else severity, account=lookup.account_id,
        region=lookup.region, first_seen=lookup.time if first_seen is None else first_seen, last_seen=lookup.time,
        resource=Resource(kind="Instance", instance=InstanceRef(
            instance_id=lookup.instance_id, private_ip=lookup.srcaddr, vpc_id=lookup.vpc_id)),
        action=DnsAction(domain=lookup.query_name, protocol=lookup.transport,
                         blocked=lookup.firewall_rule_action == "BLOCK"),
        identity=(source, *identity), threats=listed,
        additional={**list_names(listed), **(additional or {})}, words=dict(words or {}), evidence=tuple(evidence),
    )


def protocol_name(number: int | None) -> str:
    """The name that findings show of an IANA protocol number; empty when the log does not say."""
    return "" if number is None else PROTOCOLS.get(number, str(number))


def minutes(span: int) -> str:
    """A time span (ms) in whole minutes, one at least: ``1 minute``, ``7 minutes``."""
    number = max(-(-span // 60_000), 1)
    return f"{number} minute{'s' if number > 1 else ''}"


def instance_of_flow(flow: Flow) -> InstanceRef:
    """The instance end of a flow, as far as the row names it."""
    return InstanceRef(instance_id=flow.instance_id, interface_id=flow.interface_id, private_ip=flow.local,
                       vpc_id=flow.vpc_id, subnet_id=flow.subnet_id)


def interface_key(flow: Flow, known: Known) -> str | None:
    """The key of detectors that remember something of an interface: its account, and `instance_key`.

    None: the inventory knows the interface, and that it is no instance's but a NAT gateway's or a load balancer's.
    """
    if not flow.instance_id and known.inventory.has_no_instance(flow.interface_id):
        return None
    return f"{flow.account_id}/{instance_key(flow)}"


def neighbourhood_key(flow: Flow, known: Known) -> str | None:
    """The key of detectors that compare hosts with their neighbours: the account, the VPC and the local /24 or /64.

    A default-format log names no VPC: then the Region stands for it. None: as for `interface_key`.
    """
    if not flow.local or (not flow.instance_id and known.inventory.has_no_instance(flow.interface_id)):
        return None
    local = ":".join(flow.local.split(":")[:4]) if ":" in flow.local else flow.local.rpartition(".")[0]
    return f"{flow.account_id}/{flow.vpc_id or flow.region}/{local}"


def instance_key(flow: Flow) -> str:
    """What keeps instances apart: the interface, which every flow format can name, else the address."""
    return flow.interface_id or flow.instance_id or flow.local


def listed_threats(matches: Iterable[Match]) -> tuple[ListedThreat, ...]:
    """Each list that matched, once, with the names of its threats."""
    names: dict[str, set[str]] = {}
    for match in matches:
        names.setdefault(match.list.name, set()).update(match.threat_names)
    return tuple(ListedThreat(name, tuple(sorted(threats))) for name, threats in sorted(names.items()))


def list_names(listed: tuple[ListedThreat, ...]) -> dict[str, Any]:
    """What ``additionalInfo`` says of the lists that matched."""
    if not listed:
        return {}
    found: dict[str, Any] = {"threatListName": listed[0].list_name}
    if listed[0].threat_names:
        found["threatName"] = ", ".join(listed[0].threat_names)
    return found


def _last_of_arn(arn: str | None) -> str:
    return arn.rpartition("/")[2] if arn and "/" in arn else ""
