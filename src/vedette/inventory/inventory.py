"""What is known of the estate, put together from facts: details for findings, and whose an address is.

The newest fact of each field counts, so that facts may come in any order, and more than once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from vedette.inventory.buckets import Setting, bucket_entry, partition
from vedette.inventory.fact import Fact
from vedette.logs.times import format_time

_NEVER = -1
_OWNED = 1 << 16
"""Addresses whose accounts are remembered."""
_GONE = frozenset({"terminated", "shutting-down"})
_WIRE = {
    "zone": "availabilityZone", "profile": "iamInstanceProfile", "imageId": "imageId", "state": "instanceState",
    "type": "instanceType", "outpostArn": "outpostArn", "platform": "platform", "productCodes": "productCodes",
}
_INTERFACE_WIRE = {
    "ipv6": "ipv6Addresses", "privateDnsName": "privateDnsName", "privateIp": "privateIpAddress",
    "privateIps": "privateIpAddresses", "publicDnsName": "publicDnsName", "securityGroups": "securityGroups",
    "subnetId": "subnetId", "vpcId": "vpcId",
}
_OF_PRIMARY = ("privateDnsName", "privateIp", "publicDnsName", "securityGroups", "subnetId", "vpcId")
"""What an instance's own description says of its first interface."""


class Inventory:
    """Instances, interfaces, addresses, buckets and roles, as facts tell."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self._facts: dict[str, dict[str, tuple[int, str]]] = {}
        self._naming: dict[str, set[tuple[str, str]]] = {}
        """What is named → (entity, field) that name it. Addresses are named as ``private/…`` and ``address/…``."""
        self._owned: dict[str, frozenset[str]] = {}
        """Address → its accounts, as far as asked: the same few are asked about in every record."""
        self._described: dict[str, bool] = {}
        self._of_functions: frozenset[str] | None = None
        self.apply(facts)

    def apply(self, facts: Iterable[Fact]) -> set[str]:
        """Take facts in, and say of which entities the details may have changed by them.

        The newest observation of a field counts; of two at the same time, the larger value. Besides the facts' own
        entities these are given back: those whose details are read from them (the instance of a changed interface), and
        ``private/<ip>`` where it may have become known, or another's. See `entities_of`.
        """
        changed: set[str] = set()
        self._owned.clear()
        self._described.clear()
        self._of_functions = None
        told: dict[str, list[Fact]] = {}
        for one in facts:
            told.setdefault(one.entity, []).append(one)
        news = [entity for entity, of_it in told.items() if self._is_news(of_it)]
        for entity in news:
            changed |= self._readers(entity)
        for of_it in told.values():
            for one in of_it:
                self._take(one)
        for entity in news:
            changed |= self._readers(entity)
        return changed

    def _is_news(self, facts: Iterable[Fact]) -> bool:
        """One of an entity's facts may make something read otherwise."""
        for one in facts:
            before = self._facts.get(one.entity, {}).get(one.field)
            if before is not None and (one.observed, one.value) <= before:
                continue
            if before is None or before[1] != one.value or self._overtakes(one, before):
                return True
        return False

    def _take(self, one: Fact) -> None:
        fields = self._facts.setdefault(one.entity, {})
        before, after = fields.get(one.field), (one.observed, one.value)
        if before is not None and after <= before:
            return
        if before is None or before[1] != one.value:
            self._name(one.entity, one.field, before, after)
        fields[one.field] = after

    def facts(self) -> Iterator[Fact]:
        """All that counts, in the order of entities and fields."""
        for entity in sorted(self._facts):
            for field, (observed, value) in sorted(self._facts[entity].items()):
                yield Fact(entity, field, value, observed)

    def instance_details(
        self, *, instance_id: str = "", interface_id: str = "", private_ip: str = "", vpc_id: str = ""
    ) -> dict[str, Any] | None:
        """GuardDuty's ``instanceDetails``, on the wire, of the instance that a log names by any of these.

        Only what is known is there. An interface without an instance gives ``networkInterfaces`` alone; None when
        nothing is known.
        """
        found = instance_id or self.instance_of(interface_id=interface_id, private_ip=private_ip, vpc_id=vpc_id)
        if found:
            return self._instance(found)
        if f"interface/{interface_id}" in self._facts:
            return {"networkInterfaces": [self._interface(interface_id, "", primary=False)]}
        return None

    def instance_of(self, *, interface_id: str = "", private_ip: str = "", vpc_id: str = "") -> str:
        """The instance that has this interface, or, in its VPC, this private address. Empty: unknown, or not unique."""
        if interface_id and (found := self._attached(interface_id)[0]):
            return found
        if not private_ip or (interface_id and f"interface/{interface_id}" in self._facts):
            return ""
        candidates: set[str] = set()
        for entity, _ in self._naming.get(f"private/{private_ip}", ()):
            kind, _, name = entity.partition("/")
            known_vpc = self._text(entity, "vpcId")
            if vpc_id and known_vpc and known_vpc != vpc_id:
                continue
            if kind == "instance":
                candidates.add(name)
            elif kind == "interface" and (owner := self._attached(name)[0]):
                candidates.add(owner)
        alive = {one for one in candidates if self._value(f"instance/{one}", "state") not in _GONE}
        candidates = alive or candidates
        return candidates.pop() if len(candidates) == 1 else ""

    def has_no_instance(self, interface_id: str) -> bool:
        """The interface is known to be a service's: a NAT gateway's, a load balancer's, an endpoint's.

        One of which no instance is known is not: it may be attached to one any time.
        """
        return bool(self._value(f"interface/{interface_id}", "service")) and not self._attached(interface_id)[0]

    def interfaces_of_functions(self) -> frozenset[str]:
        """The interfaces by which Lambda functions reach into VPCs."""
        if self._of_functions is None:
            self._of_functions = frozenset(
                entity.removeprefix("interface/") for entity, fields in self._facts.items()
                if "ofFunctions" in fields and entity.startswith("interface/"))
        return self._of_functions

    def tags_of_principal(self, arn: str) -> Mapping[str, str]:
        """The tags of a user or a role by key, as far as known."""
        kind = "user" if ":user/" in arn else "role"
        tags = self._value(f"{kind}/{arn}", "tags")
        return tags if isinstance(tags, dict) else {}

    def functions_of(self, interface_id: str) -> tuple[str, ...]:
        """The ARNs of the functions that may be behind an interface; none when unknown.

        Functions with the same subnet and security groups share an interface; it is named after the one that it was
        made for, which says something only where no function is known to be in the subnet.
        """
        entity = f"interface/{interface_id}"
        subnet, account = self._text(entity, "subnetId"), self._text(entity, "account")
        groups = {one.get("groupId", "") for one in self._value(entity, "securityGroups") or ()}
        there = {named for named, field in self._naming.get(f"subnet/{subnet}", ()) if field == "subnets"}
        sharing = {one.removeprefix("function/") for one in there
                   if set(self._value(one, "groups") or ()) == groups and account in {"", one.split(":")[4]}}
        region, name = self._text(entity, "region"), self._text(entity, "madeFor")
        if not sharing and name and region and account:
            sharing = {f"arn:{partition(region)}:lambda:{region}:{account}:function:{name}"}
        return tuple(sorted(sharing))

    def function_details(self, interface_id: str) -> dict[str, Any]:
        """GuardDuty's ``lambdaDetails``, on the wire, as far as known: of the one function behind an interface.

        Of one of several, where it is: the interface's subnet and security groups.
        """
        functions = self.functions_of(interface_id)
        if len(functions) == 1 and f"function/{functions[0]}" in self._facts:
            return self._function(functions[0])
        entity = f"interface/{interface_id}"
        subnet = self._text(entity, "subnetId")
        within = {"vpcId": self._text(entity, "vpcId"), "subnetIds": [subnet] if subnet else [],
                  "securityGroups": self._value(entity, "securityGroups") or []}
        found: dict[str, Any] = {"vpcConfig": told} if (told := {k: v for k, v in within.items() if v}) else {}
        if len(functions) == 1:
            found |= {"functionArn": functions[0], "functionName": functions[0].rpartition(":")[2]}
        return found

    def _function(self, arn: str) -> dict[str, Any]:
        entity = f"function/{arn}"
        found: dict[str, Any] = {"functionArn": arn, "functionName": arn.rpartition(":")[2]}
        for field, wire in (("description", "description"), ("role", "role"), ("version", "functionVersion"),
                            ("revisionId", "revisionId")):
            if value := self._text(entity, field):
                found[wire] = value
        if (changed := self._value(entity, "lastModifiedAt")) is not None:
            found["lastModifiedAt"] = changed / 1000
        within = {"vpcId": self._text(entity, "vpcId"), "subnetIds": self._value(entity, "subnets"),
                  "securityGroups": [{"groupId": one} for one in self._value(entity, "groups") or ()]}
        if told := {name: value for name, value in within.items() if value}:
            found["vpcConfig"] = told
        if tags := self._tags(entity):
            found["tags"] = tags
        return found

    def interface_addresses(self) -> Mapping[str, tuple[str, ...]]:
        """The private and IPv6 addresses of each interface of which some are known."""
        found = {}
        for entity in self._facts:
            if entity.startswith("interface/") and (addresses := self._own_addresses(entity)):
                found[entity.removeprefix("interface/")] = addresses
        return found

    def addresses_of_instance(self, instance_id: str) -> frozenset[str]:
        """All addresses, private and public, that the instance is known to have."""
        found: set[str] = set()
        entity = f"instance/{instance_id}"
        if private := self._text(entity, "privateIp"):
            found.add(private)
        interfaces = self._interfaces_of(instance_id)
        for interface_id, primary in interfaces:
            found.update(self._own_addresses(f"interface/{interface_id}"))
            found.add(self._public_ip(interface_id, instance_id, primary=primary))
            found.update(
                link["publicIp"] for link in self._current_links(f"interface/{interface_id}") if "publicIp" in link)
        if not interfaces:
            found.add(self._public_ip("", instance_id, primary=True))
        return frozenset(found - {""})

    def owns_address(self, ip: str, account: str) -> bool:
        """The address, public or private, is one of the account's: of an instance, a NAT gateway, or reserved."""
        return account in self._owners_of(ip)

    def account_of_address(self, ip: str) -> str:
        """The one account that has this address; empty when none or several are known to."""
        owners = self._owners_of(ip)
        return next(iter(owners)) if len(owners) == 1 else ""

    def knows_addresses_of(self, account: str) -> bool:
        """Whether all public addresses of an account were described, so that one that is not known is not its own.

        That takes its network interfaces, or its instances with its Elastic IP addresses or NAT gateways.
        """
        known = self._described.get(account)
        if known is None:
            known = self._described[account] = self._knows_addresses_of(account)
        return known

    def _knows_addresses_of(self, account: str) -> bool:
        fields = self._facts.get(f"account/{account}", {})
        described = {name.removeprefix("described/") for name in fields if name.startswith("described/")}
        return "describe-network-interfaces" in described or (
            "describe-instances" in described
            and not described.isdisjoint({"describe-addresses", "describe-nat-gateways"}))

    def account_of_endpoint(self, endpoint_id: str) -> str:
        """The account of a VPC endpoint (``vpce-…``); empty when unknown."""
        return self._text(f"endpoint/{endpoint_id}", "account")

    def bucket_details(self, name: str) -> dict[str, Any] | None:
        """The entry of GuardDuty's ``s3BucketDetails``, on the wire, as far as known. None when nothing is."""
        entity = f"bucket/{name}"
        fields = self._facts.get(entity, {})
        # A bucket made again under an old name has none of the old one's settings.
        deleted = self._seen(entity, "deleted")
        known = {field: seen for field, (seen, _) in fields.items() if field != "deleted"}
        if any(seen > deleted for seen in known.values()):
            known = {field: seen for field, seen in known.items() if seen > deleted}
        if not known:
            return None
        account = self._text(entity, "account")
        blocked = self._value(f"account/{account}", "publicAccessBlock") if account else None
        return bucket_entry(
            name, {field: Setting(self._value(entity, field), seen) for field, seen in known.items()}, blocked)

    def cluster_details(self, account: str, region: str, name: str) -> dict[str, Any]:
        """GuardDuty's ``eksClusterDetails``, on the wire, as far as known: of a cluster of an account and Region."""
        for arn in self._facts.get(f"cluster/{name}", {}):
            if arn.split(":")[3:5] == [region, account]:
                known = self._value(f"cluster/{name}", arn)
                tags = [{"key": key, "value": text} for key, text in sorted(known.get("tags", {}).items())]
                created = {"createdAt": known["createdAt"] / 1000} if "createdAt" in known else {}
                told = {key: known[key] for key in ("vpcId", "status") if key in known}
                return {"name": name, "arn": arn, **told, **created, **({"tags": tags} if tags else {})}
        return {"name": name} if name else {}

    def database_details(self, account: str, region: str, instance: str, cluster: str) -> dict[str, Any]:
        """GuardDuty's ``rdsDbInstanceDetails``, on the wire, as far as known."""
        said = {name: told for name, told in (
            ("dbInstanceIdentifier", instance), ("dbClusterIdentifier", cluster)) if told}
        for arn in self._facts.get(f"database/{instance}", {}) if instance else ():
            if arn.split(":")[3:5] == [region, account]:
                known = self._value(f"database/{instance}", arn)
                tags = [{"key": key, "value": text} for key, text in sorted(known.pop("tags", {}).items())]
                return {**said, **known, "dbInstanceArn": arn, **({"tags": tags} if tags else {})}
        return said

    def entities_of(
        self, *, instance_id: str = "", interface_id: str = "", private_ip: str = "", buckets: Iterable[str] = ()
    ) -> frozenset[str]:
        """The entities by which a finding's details are looked up, known already or not.

        When `apply` gives one of them back, the details may read otherwise than before.
        """
        given = {"instance": instance_id, "interface": interface_id, "private": private_ip}
        return frozenset(f"{kind}/{name}" for kind, name in given.items() if name) | {f"bucket/{b}" for b in buckets}

    def _value(self, entity: str, field: str) -> Any:
        found = self._facts.get(entity, {}).get(field)
        return None if found is None else msgspec.json.decode(found[1])

    def _text(self, entity: str, field: str) -> str:
        return self._value(entity, field) or ""

    def _seen(self, entity: str, field: str) -> int:
        found = self._facts.get(entity, {}).get(field)
        return _NEVER if found is None else found[0]

    def _name(self, entity: str, field: str, before: tuple[int, str] | None, after: tuple[int, str]) -> None:
        if before is not None:
            for target in _targets(entity, field, msgspec.json.decode(before[1])):
                self._naming[target].discard((entity, field))
        for target in _targets(entity, field, msgspec.json.decode(after[1])):
            self._naming.setdefault(target, set()).add((entity, field))

    def _overtakes(self, one: Fact, before: tuple[int, str] | None) -> bool:
        """The same value, seen again later, is now newer than something that spoke against it."""
        old = _NEVER if before is None else before[0]
        rivals: Iterable[int]
        fields = self._facts[one.entity]
        if one.entity.startswith("bucket/"):
            rivals = (seen for field, (seen, _) in fields.items() if field == "deleted" or one.field == "deleted")
        elif one.field == "tags":
            rivals = (seen for field, (seen, _) in fields.items() if field.startswith("tag/"))
        elif one.field.startswith("tag/"):
            rivals = (self._seen(one.entity, "tags"),)
        else:
            # What else weighs times: attachments, public addresses, and what ends them. These are few.
            return one.field in {"attachment", "flowInstance", "publicIp", "link", "ended", "stopped", "released"}
        return any(old <= seen <= one.observed for seen in rivals)

    def _readers(self, entity: str) -> set[str]:
        """The entity, and those whose details are read from it."""
        found = {entity}
        unread = [entity]
        while unread:
            for neighbour in self._neighbours(unread.pop()):
                if neighbour not in found:
                    found.add(neighbour)
                    unread.append(neighbour)
        return found

    def _neighbours(self, entity: str) -> set[str]:
        kind = entity.partition("/")[0]
        if kind == "address":
            # An association or allocation tells whether those who showed the address still have it.
            return {one for one, field in self._naming.get(entity, ()) if one.startswith(("instance/", "interface/"))
                    and field == "publicIp"}
        named = {
            target for field, (_, value) in self._facts.get(entity, {}).items()
            for target in _targets(entity, field, msgspec.json.decode(value))
        }
        naming = {named_by for named_by, _ in self._naming.get(entity, ())}
        if kind == "interface":
            return {one for one in named if one.startswith(("instance/", "private/"))}
        if kind == "instance":
            return {one for one in named if one.startswith("private/")} | {
                one for one in naming if one.startswith("interface/")}
        if kind == "association":
            return named
        if kind == "function":
            return {one for place in named for one, _ in self._naming.get(place, ()) if one.startswith("interface/")}
        if kind in {"allocation", "attachment", "account"}:
            return naming | {one for one in named if one.startswith("address/")}
        return set()

    def _attached(self, interface_id: str) -> tuple[str, int | None]:
        """The instance that has the interface, and the interface's place there."""
        entity = f"interface/{interface_id}"
        attachment = self._value(entity, "attachment")
        since = self._seen(entity, "attachment")
        if attachment and (identity := attachment.get("id")):
            ended = self._seen(f"attachment/{identity}", "ended")
            if ended >= since:
                attachment, since = None, ended
        in_flows = self._text(entity, "flowInstance")
        if in_flows and self._seen(entity, "flowInstance") > since and (
            not attachment or attachment["instance"] != in_flows
        ):
            return in_flows, None
        return (attachment["instance"], attachment.get("index")) if attachment else ("", None)

    def _interfaces_of(self, instance_id: str) -> list[tuple[str, bool]]:
        """The instance's interfaces in their order, each with whether it is the first."""
        places = []
        for entity, _ in self._naming.get(f"instance/{instance_id}", ()):
            if entity.startswith("interface/"):
                interface_id = entity.removeprefix("interface/")
                owner, index = self._attached(interface_id)
                if owner == instance_id:
                    places.append((1 << 16 if index is None else index, interface_id))
        ordered = sorted(set(places))
        own = self._text(f"instance/{instance_id}", "privateIp")
        return [
            (interface_id, index == 0 or len(ordered) == 1
             or (own != "" and own == self._text(f"interface/{interface_id}", "privateIp")))
            for index, interface_id in ordered
        ]

    def _own_addresses(self, entity: str) -> tuple[str, ...]:
        listed = self._value(entity, "privateIps") or ()
        private = [one["privateIpAddress"] for one in listed]
        first = self._text(entity, "privateIp")
        return tuple(dict.fromkeys([*([first] if first else ()), *private, *(self._value(entity, "ipv6") or ())]))

    def _current_links(self, entity: str) -> list[dict[str, str]]:
        """The Elastic IP addresses of an interface or instance, the last associated first."""
        found = []
        for association, _ in self._naming.get(entity, ()):
            if not association.startswith("association/") or not self._is_current(association):
                continue
            link = self._value(association, "link")
            if "publicIp" not in link and "allocation" in link:
                link = {**link, "publicIp": self._text(f"allocation/{link['allocation']}", "publicIp")}
            if link.get("publicIp"):
                found.append((self._seen(association, "link"), association, link))
        return [link for _, _, link in sorted(found, key=lambda one: one[:2], reverse=True)]

    def _is_current(self, association: str) -> bool:
        return self._seen(association, "ended") < self._seen(association, "link")

    def _public_ip(self, interface_id: str, instance_id: str, *, primary: bool) -> str:
        """The interface's public address now: an Elastic one, or the one it was started with."""
        entity = f"interface/{interface_id}"
        private = self._text(entity, "privateIp")
        links = self._current_links(entity) if interface_id else []
        if primary and instance_id:
            links += [link for link in self._current_links(f"instance/{instance_id}") if "interface" not in link]
        links.sort(key=lambda link: link.get("privateIp", private) != private)
        if links:
            return links[0]["publicIp"]
        stopped = self._seen(f"instance/{instance_id}", "stopped") if instance_id else _NEVER
        for holder in (entity, f"instance/{instance_id}" if primary else ""):
            if (seen := self._seen(holder, "publicIp")) == _NEVER:
                continue
            public = self._text(holder, "publicIp")
            return "" if self._lost(public, seen, stopped) else public
        return ""

    def _lost(self, public: str, seen: int, stopped: int) -> bool:
        """An address seen at an interface is not there any more: it was taken away, or given back at a stop."""
        associations = [one for one, field in self._naming.get(f"address/{public}", ()) if field == "link"]
        if any(self._seen(one, "ended") >= seen for one in associations):
            return True
        elastic = associations or any(
            one.startswith("allocation/") for one, _ in self._naming.get(f"address/{public}", ()))
        return not elastic and stopped >= seen

    def _owners_of(self, ip: str) -> frozenset[str]:
        owners = self._owned.get(ip)
        if owners is None:
            if len(self._owned) >= _OWNED:
                self._owned.clear()
            owners = self._owned[ip] = frozenset(self._owners(ip))
        return owners

    def _owners(self, ip: str) -> set[str]:
        owners: set[str] = set()
        for target in (f"address/{ip}", f"private/{ip}"):
            for entity, field in self._naming.get(target, ()):
                if field != "publicIp" or entity.startswith("allocation/") or self._has_public(entity, ip):
                    owners.add(self._account_of(entity))
        return owners - {""}

    def _has_public(self, entity: str, ip: str) -> bool:
        kind, _, name = entity.partition("/")
        instance_id = name if kind == "instance" else self._attached(name)[0]
        stopped = self._seen(f"instance/{instance_id}", "stopped") if instance_id else _NEVER
        return not self._lost(ip, self._seen(entity, "publicIp"), stopped)

    def _account_of(self, entity: str) -> str:
        """The account of an entity that has an address; empty when unknown, or when it has it no more."""
        kind = entity.partition("/")[0]
        if kind == "association":
            link = self._value(entity, "link")
            if not self._is_current(entity):
                return ""
            holders = [f"{name}/{link[name]}" for name in ("allocation", "interface", "instance") if name in link]
            return next((account for one in holders if (account := self._account_of(one))), "")
        if kind == "allocation" and self._value(entity, "released"):
            return ""
        if kind == "nat":
            if self._value(entity, "state") == "deleted":
                return ""
            named = [f"{name}/{one[name]}" for one in self._value(entity, "addresses") or ()
                     for name in ("interface", "allocation") if name in one]
            return self._text(entity, "account") or next(
                (account for one in named if (account := self._account_of(one))), "")
        return self._text(entity, "account")

    def _instance(self, instance_id: str) -> dict[str, Any] | None:
        entity = f"instance/{instance_id}"
        interfaces = [
            self._interface(interface_id, instance_id, primary=primary)
            for interface_id, primary in self._interfaces_of(instance_id)
        ]
        if not interfaces and (only := self._interface("", instance_id, primary=True)):
            interfaces = [only]
        details = {wire: value for field, wire in _WIRE.items() if (value := self._value(entity, field))}
        if (launched := self._value(entity, "launchTime")) is not None:
            details["launchTime"] = format_time(launched)
        if details.get("instanceState") == "pending":
            # What RunInstances and StartInstances answer; nobody says when it has passed.
            del details["instanceState"]
        if interfaces:
            details["networkInterfaces"] = interfaces
        if tags := self._tags(entity):
            details["tags"] = tags
        return {"instanceId": instance_id, **details} if details else None

    def _interface(self, interface_id: str, instance_id: str, *, primary: bool) -> dict[str, Any]:
        entity = f"interface/{interface_id}" if interface_id else ""
        found: dict[str, Any] = {"networkInterfaceId": interface_id} if interface_id else {}
        for field, wire in _INTERFACE_WIRE.items():
            value = self._value(entity, field)
            if not value and primary and field in _OF_PRIMARY:
                value = self._value(f"instance/{instance_id}", field)
            if value:
                found[wire] = value
        if public := self._public_ip(interface_id, instance_id, primary=primary):
            found["publicIp"] = public
        return found

    def _tags(self, entity: str) -> list[dict[str, str]]:
        base = self._seen(entity, "tags")
        tags: dict[str, str | None] = dict(self._value(entity, "tags") or {})
        for field, (seen, value) in self._facts.get(entity, {}).items():
            if field.startswith("tag/") and seen >= base:
                tags[field.removeprefix("tag/")] = msgspec.json.decode(value)
        return [{"key": key, "value": value} for key, value in sorted(tags.items()) if value is not None]


def _targets(entity: str, field: str, value: Any) -> Iterator[str]:
    """What a field's value names."""
    if not value:
        return
    if field == "attachment":
        yield f"instance/{value['instance']}"
        if "id" in value:
            yield f"attachment/{value['id']}"
    elif field == "flowInstance":
        yield f"instance/{value}"
    elif field == "link":
        yield from _linked(value)
    elif field == "subnets":
        yield from (f"subnet/{one}" for one in value)
    elif field == "subnetId" and entity.startswith("interface/"):
        yield f"subnet/{value}"
    elif field == "madeFor" or (field == "name" and entity.startswith("function/")):
        yield f"named/{value}"
    elif field == "addresses":
        for one in value:
            yield from _linked(one)
    elif field == "publicIp":
        yield f"address/{value}"
    elif field == "privateIp":
        yield f"private/{value}"
    elif field == "privateIps":
        yield from (f"private/{one['privateIpAddress']}" for one in value)
    elif field == "ipv6":
        yield from (f"address/{one}" for one in value)
    elif field == "account" and entity.startswith("bucket/"):
        yield f"account/{value}"


def _linked(link: Mapping[str, str]) -> Iterator[str]:
    for name in ("instance", "interface", "allocation"):
        if name in link:
            yield f"{name}/{link[name]}"
    if "publicIp" in link:
        yield f"address/{link['publicIp']}"
