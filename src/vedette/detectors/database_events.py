"""What the detectors over databases' logs have in common: whose client it is, where it is, and what a finding says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from vedette.detectors.finding_type import FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import list_names, listed_threats
from vedette.detectors.signal import Database, Evidence, LoginAction, Resource, Signal
from vedette.logs.rds import DbEvent, Did

if TYPE_CHECKING:
    from vedette.intel.lookup import Match

_OF_RDS = frozenset({"rdsadmin", "rdsproxyadmin", "rdsrepladmin", "rdstopmgr", "rds_superuser_reserved"})
"""Users with which RDS runs the database, watches it, and comes through its proxies."""
_SOCKETS = frozenset({"[local]", "localhost"})


@lru_cache(20_000)
def is_public(source: str) -> bool:
    """The client is somewhere on the Internet."""
    try:
        return ip_address(source).is_global
    except ValueError:
        return False


@lru_cache(20_000)
def place_of(source: str) -> str:
    """Where the client is, so that what stands in one place is one: of private addresses the subnet (a /20)."""
    try:
        address = ip_address(source)
    except ValueError:
        return source
    if address.is_global:
        return source
    if address.version == 6:
        return ":".join(address.exploded.split(":")[:4]) + "::/64"
    first, second, third, _ = source.split(".")
    return f"{first}.{second}.{int(third) & 0xF0}.0/20"


def network_of(source: str, known: Known) -> str:
    """The same; of public addresses whose network it is, as far as can be told."""
    if not is_public(source):
        return place_of(source)
    facts = known.geo.of(source)
    if facts is not None and facts.asn:
        return f"AS{facts.asn}"
    return ".".join(source.split(".")[:2]) + ".0.0/16" if "." in source else ":".join(source.split(":")[:2]) + "::/32"


def is_of_rds(event: DbEvent) -> bool:
    """RDS itself is the client, as far as can be told: on the host or from the VPC, never from the Internet."""
    return event.source in _SOCKETS or (event.user in _OF_RDS and not is_public(event.source))


def home_key(event: DbEvent) -> str:
    """The key of detectors that remember something of a database."""
    return f"{event.account_id}/{event.region}/{event.home}"


def about_event(
    event: DbEvent, kind: FindingType, *, severity: float | None = None, threats: Iterable[Match] = (),
    logins: Sequence[tuple[str, str, int, int]] | None = None, identity: Sequence[str] = (),
    additional: Mapping[str, Any] | None = None, words: Mapping[str, str] | None = None,
    evidence: Sequence[Evidence] = (), first_seen: int | None = None,
) -> Signal:
    """The event, or a window that ends with it (then with the window's evidence), shows ``kind``.

    ``logins`` are (user, application, failed, successful); of a single log-in they follow from it. Of GuardDuty's types
    those about log-ins know Limitless Databases; what is done with their data is told of the cluster.
    """
    listed = listed_threats(threats)
    if logins is None:
        failed, succeeded = event.did == Did.FAILED, event.did == Did.LOGGED_IN
        logins = [(event.user, event.application, int(failed), int(succeeded))] if event.user else []
    shard_group = event.shard_group if kind.plan is Plan.RDS_LOGIN_EVENTS else ""
    return Signal(
        type=kind.name, severity=kind.severity if severity is None else severity, account=event.account_id,
        region=event.region, first_seen=event.moment if first_seen is None else first_seen, last_seen=event.moment,
        resource=Resource(kind="RDSLimitlessDB" if shard_group else "RDSDBInstance", database=Database(
            instance=event.instance, cluster=event.cluster, shard_group=shard_group, user=event.user,
            application=event.application, database=event.database, ssl=event.ssl, method=event.method)),
        action=LoginAction(remote_ip=event.source, logins=tuple(logins)),
        identity=(event.home, *identity), threats=listed, evidence=tuple(evidence),
        additional={**list_names(listed), **(additional or {})}, words=dict(words or {}),
    )
