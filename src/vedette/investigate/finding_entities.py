"""Which entities a finding names, and which findings name an entity. One table of paths for both directions.

A finding names no principal by its ARN but by id, name and account: what cannot be told from these is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from vedette.findings.attributes import Values, filter_paths, values_of
from vedette.findings.filters import FindingCriteria
from vedette.findings.store import Store
from vedette.investigate.entity import Entity, EntityKind, Named, Role

MOST = 100
"""Findings of an entity that are told, the newest first; and entities that are looked at in a search."""

COUNTED = 1000
"""Findings that are counted in a search."""

_OWN = tuple(name for name in filter_paths() if not name.startswith("service.detection.sequence."))


def _ending(*ends: str) -> tuple[str, ...]:
    return tuple(name for name in _OWN if name.endswith(ends))


_KEY = "resource.accessKeyDetails"
_POD = "resource.kubernetesDetails.kubernetesWorkloadDetails"

REMOTE = _ending("remoteIpDetails.ipAddressV4", "remoteIpDetails.ipAddressV6")
"""Where a finding names an address at the other end."""

PATHS: Mapping[EntityKind, tuple[str, ...]] = {
    EntityKind.IP: (*REMOTE, *_ending(
        "localIpDetails.ipAddressV4", "localIpDetails.ipAddressV6", "networkInterfaces.privateIpAddress",
        "networkInterfaces.publicIp", "networkInterfaces.ipv6Addresses")),
    EntityKind.ACCESS_KEY: (f"{_KEY}.accessKeyId",),
    EntityKind.USER_AGENT: _ending("Action.userAgent"),
    EntityKind.INSTANCE: ("resource.instanceDetails.instanceId",),
    EntityKind.INTERFACE: (
        "resource.instanceDetails.networkInterfaces.networkInterfaceId",
        "service.action.networkConnectionAction.localNetworkInterface"),
    EntityKind.BUCKET: ("resource.s3BucketDetails.name",),
    EntityKind.CLUSTER: ("resource.eksClusterDetails.name",),
    EntityKind.KUBERNETES_USER: _ending("kubernetesUserDetails.username", "impersonatedUser.username"),
    EntityKind.DATABASE: (
        "resource.rdsDbInstanceDetails.dbInstanceIdentifier", "resource.rdsDbInstanceDetails.dbClusterIdentifier",
        "resource.rdsLimitlessDbDetails.dbClusterIdentifier"),
    EntityKind.DATABASE_USER: ("resource.rdsDbUserDetails.user", *_ending("loginAttributes.user")),
    EntityKind.FUNCTION: ("resource.lambdaDetails.functionName",),
    EntityKind.DOMAIN: ("service.action.dnsRequestAction.domain",),
    EntityKind.ACCOUNT: ("accountId", "service.action.awsApiCallAction.remoteAccountDetails.accountId"),
}
"""Where a finding names an entity by its value alone. Principals and pods are told by several fields."""

_SOUGHT = (
    *((kind, path, path) for kind, paths in PATHS.items() for path in paths),
    (EntityKind.PRINCIPAL, f"{_KEY}.principalId", f"{_KEY}.principalId"),
    (EntityKind.PRINCIPAL, f"{_KEY}.principalId", f"{_KEY}.userName"),
)
"""Kinds, where their values stand, and where a text is sought."""

_USER = re.compile(r"arn:[a-z-]+:iam::(\d{12}):user/(?:.*/)?([^/]+)$", re.ASCII)
_ROLE = re.compile(r"arn:[a-z-]+:iam::(\d{12}):role/(?:.*/)?([^/]+)$", re.ASCII)
_SESSION = re.compile(r"arn:[a-z-]+:sts::(\d{12}):assumed-role/([^/]+)/([^/]+)$", re.ASCII)
_ROOT = re.compile(r"arn:[a-z-]+:iam::(\d{12}):root$", re.ASCII)


def entities_of(document: Mapping[str, Any]) -> list[Named]:
    """What a finding names, sorted. A value stands there once, as the most telling thing that it is."""
    values = values_of(document)
    acts = document["service"].get("resourceRole") == "ACTOR"
    own: Role = "actor" if acts else "resource"
    found: dict[Entity, Role] = {}
    for kind, paths in PATHS.items():
        for path in paths:
            role = own if path.startswith("resource.") else "other"
            if path in REMOTE and not acts:
                role = "actor"
            for value in values.get(path, ()):
                _keep(found, Entity(kind, value), "other" if kind is EntityKind.ACCOUNT else role)
    for entity in _principals(values):
        _keep(found, entity, own)
    for name in values.get(f"{_POD}.name", ()):
        if "pods" in values.get(f"{_POD}.type", ()):
            for namespace in values.get(f"{_POD}.namespace", ()):
                _keep(found, Entity(EntityKind.POD, f"{namespace}/{name}"), own)
    return sorted(Named(entity.kind, entity.value, role) for entity, role in found.items())


def findings_of(
    store: Store, entity: Entity, detectors: Collection[str] | None, since: int | None = None, until: int | None = None,
    most: int = MOST,
) -> list[dict[str, Any]]:
    """The documents of the newest findings that name an entity and lie, in part, from ``since`` to ``until`` (ms).

    ``detectors`` are the ids of those whose findings are seen; None is all.
    """
    within: dict[str, Any] = {}
    if since is not None:
        within["service.eventLastSeen"] = {"greaterThanOrEqual": since}
    if until is not None:
        within["service.eventFirstSeen"] = {"lessThan": until}
    ids: set[str] = set()
    for asked in _criteria(entity):
        criteria = FindingCriteria.parse({"criterion": {**asked, **within}})
        ids.update(store.list(criteria, ("service.eventLastSeen", "DESC"), most, detectors=detectors).ids)
    # A wildcard in a value from a log is a letter like any other.
    documents = [one for one in store.get(sorted(ids)) if _is_named(entity, values_of(one))]
    return sorted(documents, key=lambda one: (one["service"]["eventLastSeen"], one["id"]), reverse=True)[:most]


def finding_ids_of(store: Store, entity: Entity, detectors: Collection[str] | None, most: int) -> set[str]:
    """The ids of findings that name an entity, ``most`` or some more where there are so many."""
    return {one for asked in _criteria(entity) for one in store.list(
        FindingCriteria.parse({"criterion": asked}), limit=most, detectors=detectors).ids}


def search(store: Store, text: str, detectors: Collection[str] | None, most: int) -> list[tuple[Entity, int]]:
    """Entities of findings in whose value a text stands, and how many findings name each, the most first.

    Upper and lower case are different. A principal, whom findings name by id, is also found by its user name. At most
    `COUNTED` findings are counted.
    """
    pattern = f"*{re.sub('[*?]', '?', text)}*"
    found: set[Entity] = set()
    for kind, path, asked in _SOUGHT:
        if asked != path and "?" in pattern:
            continue
        criteria = FindingCriteria.parse({"criterion": {asked: {"matches": [pattern]}}})
        values = store.commonest(criteria, [path], MOST, detectors)[path].values
        for value, _ in values:
            who, _, session = value.partition(":") if kind is EntityKind.PRINCIPAL else (value, "", "")
            for entity in (Entity(kind, who), *([Entity(EntityKind.ROLE_SESSION, value)] if session else [])):
                if asked != path or text in entity.value:
                    found.add(entity)
    told = [(entity, len(finding_ids_of(store, entity, detectors, COUNTED))) for entity in sorted(found)[:MOST]]
    return sorted((one for one in told if one[1]), key=lambda one: (-one[1], one[0]))[:most]


def _keep(found: dict[Entity, Role], entity: Entity, role: Role) -> None:
    if found.get(entity, "other") == "other":
        found[entity] = role


def _principals(values: Mapping[str, Values]) -> Iterator[Entity]:
    for told in values.get(f"{_KEY}.principalId", ()):
        who, _, session = told.partition(":")
        if session:
            yield Entity(EntityKind.ROLE_SESSION, told)
        yield Entity(EntityKind.PRINCIPAL, who)


def _criteria(entity: Entity) -> Iterator[dict[str, Any]]:
    """Criteria of which a finding that names the entity fits one."""
    value = entity.value

    def equal(**fields: str) -> dict[str, Any]:
        paths = {"account": "accountId", "user": f"{_KEY}.userName", "principal": f"{_KEY}.principalId",
                 "kind": f"{_KEY}.userType"}
        return {paths[name]: {"equals": [text]} for name, text in fields.items()}

    match entity.kind:
        case EntityKind.PRINCIPAL:
            if found := _USER.match(value):
                yield equal(account=found[1], user=found[2], kind="IAMUser")
            elif found := _ROLE.match(value):
                for kind in ("AssumedRole", "Role"):
                    yield equal(account=found[1], user=found[2], kind=kind)
            elif found := _ROOT.match(value):
                yield equal(account=found[1], kind="Root")
            elif not value.startswith("arn:"):
                yield equal(principal=value)
                yield {f"{_KEY}.principalId": {"matches": [f"{value}:*"]}}
        case EntityKind.ROLE_SESSION:
            if found := _SESSION.match(value):
                yield {**equal(account=found[1], user=found[2]),
                       f"{_KEY}.principalId": {"matches": [f"*:{found[3]}"]}}
            elif not value.startswith("arn:"):
                yield equal(principal=value)
        case EntityKind.POD:
            namespace, _, name = value.partition("/")
            yield {f"{_POD}.type": {"equals": ["pods"]}, f"{_POD}.name": {"equals": [name]},
                   f"{_POD}.namespace": {"equals": [namespace]}}
        case EntityKind.DOMAIN:
            for path in PATHS[entity.kind]:
                yield {path: {"equals": [value]}}
                yield {path: {"matches": [f"*.{value}"]}}
        case _:
            for path in PATHS[entity.kind]:
                yield {path: {"equals": [value]}}


def _is_named(entity: Entity, values: Mapping[str, Values]) -> bool:
    value = entity.value
    if entity.kind is EntityKind.DOMAIN:
        looked_up = (told for path in PATHS[entity.kind] for told in values.get(path, ()))
        return any(told == value or told.endswith(f".{value}") for told in looked_up)
    told = next(iter(values.get(f"{_KEY}.principalId", ())), "")
    if entity.kind is EntityKind.ROLE_SESSION:
        found = _SESSION.match(value)
        return told.endswith(f":{found[3]}") if found else told == value
    if entity.kind is EntityKind.PRINCIPAL and not value.startswith("arn:"):
        return told.partition(":")[0] == value
    return True
