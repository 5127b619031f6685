"""What lists, address ranges, geography and the inventory say of an entity. What nobody says is left out."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vedette.detectors.known import Known
from vedette.intel.lookup import Match
from vedette.inventory import Inventory
from vedette.investigate.entity import Entity, EntityKind

Fact = tuple[str, str]
"""A name and a value."""


def facts_of(entity: Entity, known: Known, inventory: Inventory) -> list[Fact]:
    """What is known of an entity besides its records."""
    match entity.kind:
        case EntityKind.IP:
            return list(_of_address(entity.value, known, inventory))
        case EntityKind.DOMAIN:
            return list(_of_domain(entity.value, known))
        case EntityKind.INSTANCE:
            return list(_written(inventory.instance_details(instance_id=entity.value) or {}))
        case EntityKind.INTERFACE:
            return list(_written(inventory.instance_details(interface_id=entity.value) or {}))
        case EntityKind.BUCKET:
            return list(_written(inventory.bucket_details(entity.value) or {}))
    return []


def _of_address(ip: str, known: Known, inventory: Inventory) -> Iterator[Fact]:
    if not ipaddress.ip_address(ip).is_global:
        yield "range", "not public"
    if known.intel.is_trusted_ip(ip):
        yield "trusted list", "yes"
    yield from _listed(known.intel.threats_of_ip(ip))
    if (ours := known.aws.find(ip)) is not None:
        yield "AWS range", " ".join(part for part in (ours.network, ours.service, ours.region) if part)
    facts = known.geo.of(ip)
    if facts is not None:
        told = {"country": facts.country_name or facts.country_code, "city": facts.city,
                "ASN": facts.asn and f"AS{facts.asn}", "ASN holder": facts.asn_org, "ISP": facts.isp,
                "organization": facts.org}
        yield from ((name, value) for name, value in told.items() if value)
    if instance := inventory.instance_of(private_ip=ip):
        yield "instance", instance
    if account := inventory.account_of_address(ip):
        yield "account", account


def _of_domain(name: str, known: Known) -> Iterator[Fact]:
    if known.intel.is_trusted_domain(name):
        yield "trusted list", "yes"
    yield from _listed(known.intel.threats_of_domain(name))


def _listed(matches: Iterable[Match]) -> Iterator[Fact]:
    for match in matches:
        said = f": {', '.join(match.threat_names)}" if match.threat_names else ""
        yield "threat list", f"{match.list.name} has {match.entry}{said}"


def _written(details: Mapping[str, Any], above: str = "") -> Iterator[Fact]:
    """Leaves of a document of GuardDuty's, each with its path."""
    for name, value in details.items():
        yield from _leaves(f"{above}{name}", value)


def _leaves(name: str, value: Any) -> Iterator[Fact]:
    if isinstance(value, Mapping):
        if set(value) == {"key", "value"}:
            yield f"{name} {value['key']}", str(value["value"])
        else:
            yield from _written(value, f"{name}.")
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(name, one)
    elif value not in (None, ""):
        yield name, str(value).lower() if isinstance(value, bool) else str(value)
