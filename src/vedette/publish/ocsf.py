"""A finding as an OCSF 1.3 Detection Finding (class 2004), with the cloud profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from vedette import __version__
from vedette.logs.times import parse_time
from vedette.publish.asff import as_number, resources_of, without_empty
from vedette.publish.severity import Band, band_of

SCHEMA = "1.3.0"
_CLASS = 2004

_SEVERITY_IDS: Mapping[Band, int] = {"Low": 2, "Medium": 3, "High": 4, "Critical": 5}
_DIRECTIONS = {"INBOUND": (1, "Inbound"), "OUTBOUND": (2, "Outbound")}
_PROTOCOLS = {"ICMP": 1, "TCP": 6, "UDP": 17}
_USER_TYPES = {"IAMUser": 1, "Root": 2, "AWSService": 3}

Document = Mapping[str, Any]


def ocsf(finding: Document, attacks: tuple[str, ...] = ()) -> dict[str, Any]:
    """The finding as an OCSF event. Times are milliseconds since the epoch.

    Args:
        finding: GuardDuty's wire JSON, decoded.
        attacks: the ATT&CK technique ids of its type.
    """
    service = finding["service"]
    band = band_of(finding["severity"])
    activity, activity_name = (1, "Create") if service["count"] == 1 else (2, "Update")
    status, status_name = (3, "Suppressed") if service["archived"] else (1, "New")
    event = without_empty({
        "class_name": "Detection Finding",
        "category_name": "Findings",
        "activity_name": activity_name,
        "type_name": f"Detection Finding: {activity_name}",
        "severity": band,
        "status": status_name,
        "message": finding["title"],
        "metadata": {
            "version": SCHEMA,
            "profiles": ["cloud"],
            "product": {"name": "Vedette", "vendor_name": "Vedette", "version": __version__,
                        "feature": {"uid": finding["arn"].partition("/finding/")[0], "name": "Detector"}},
            "log_version": finding["schemaVersion"],
        },
        "cloud": {
            "provider": "AWS", "region": finding["region"],
            "account": {"uid": finding["accountId"], "type": "AWS Account", "type_id": 10}},
        "finding_info": {
            "uid": finding["arn"],
            "title": finding["title"],
            "desc": finding["description"],
            "types": [finding["type"]],
            "created_time": parse_time(finding["createdAt"]),
            "modified_time": parse_time(finding["updatedAt"]),
            "first_seen_time": parse_time(service["eventFirstSeen"]),
            "last_seen_time": parse_time(service["eventLastSeen"]),
            "attacks": [_attack(technique) for technique in attacks],
        },
        "resources": [_resource(one) for one in resources_of(finding)],
        "evidences": list(_evidences(finding)),
    })
    return event | {
        "class_uid": _CLASS, "category_uid": 2, "activity_id": activity, "type_uid": _CLASS * 100 + activity,
        "severity_id": _SEVERITY_IDS[band], "status_id": status, "count": service["count"],
        "time": parse_time(finding["updatedAt"]),
        "start_time": parse_time(service["eventFirstSeen"]), "end_time": parse_time(service["eventLastSeen"]),
    }


def _attack(technique: str) -> dict[str, Any]:
    parent = technique.partition(".")[0]
    written = {"technique": {"uid": parent, "src_url": f"https://attack.mitre.org/techniques/{parent}/"}}
    if technique != parent:
        written["sub_technique"] = {
            "uid": technique, "src_url": f"https://attack.mitre.org/techniques/{technique.replace('.', '/')}/"}
    return written


def _resource(resource: Document) -> dict[str, Any]:
    return {
        "uid": resource["Id"], "type": resource["Type"], "cloud_partition": resource["Partition"],
        "region": resource["Region"], "data": resource.get("Details"), "name": resource.get("Tags", {}).get("Name"),
        "labels": [f"{name}={value}" for name, value in resource.get("Tags", {}).items()]}


def _evidences(finding: Document) -> Iterator[dict[str, Any]]:
    service = finding["service"]
    action = service["action"]
    said = {"resourceRole": service["resourceRole"],
            "additionalInfo": msgspec.json.decode(service["additionalInfo"]["value"] or "{}"),
            "threatIntelligenceDetails": service.get("evidence", {}).get("threatIntelligenceDetails")}
    actor = {"user": _user(finding["resource"].get("accessKeyDetails", {}))}
    if call := action.get("awsApiCallAction"):
        rest = ("callerType", "userAgent", "affectedResources", "remoteAccountDetails")
        error = {"error": call.get("errorCode")}
        yield {"actor": actor,
               "api": {"operation": call["api"], "service": {"name": call.get("serviceName")}, "response": error},
               "src_endpoint": _remote(call.get("remoteIpDetails")) or _domain(call),
               "data": said | {name: call.get(name) for name in rest}}
    elif request := action.get("kubernetesApiCallAction"):
        user = finding["resource"].get("kubernetesDetails", {}).get("kubernetesUserDetails", {})
        names = ("resource", "subresource", "namespace", "resourceName", "userAgent", "sourceIPs", "parameters")
        yield {"actor": {"user": {
                   "name": user.get("username"), "uid": user.get("uid"),
                   "groups": [{"name": group} for group in user.get("groups", ())]}},
               "api": {"operation": request.get("verb"), "response": {"code": request.get("statusCode")},
                       "request": {"uid": request.get("requestUri")}},
               "src_endpoint": _remote(request.get("remoteIpDetails")),
               "data": said | {name: request.get(name) for name in names}}
    elif (login := action.get("rdsLoginAttemptAction")) is not None:
        user = finding["resource"].get("rdsDbUserDetails", {})
        yield {"actor": {"user": {"name": user.get("user")}, "app_name": user.get("application")},
               "src_endpoint": _remote(login.get("remoteIpDetails")),
               "data": said | {"logins": login.get("LoginAttributes"), "database": user.get("database")}}
    elif flow := action.get("networkConnectionAction"):
        local = {"ip": _ip(flow.get("localIpDetails")), "port": flow.get("localPortDetails", {}).get("port"),
                 "interface_uid": flow.get("localNetworkInterface")}
        remote = _remote(flow.get("remoteIpDetails")) | {"port": flow.get("remotePortDetails", {}).get("port")}
        inbound = flow.get("connectionDirection") == "INBOUND"
        yield {"src_endpoint": remote if inbound else local, "dst_endpoint": local if inbound else remote,
               "connection_info": _connection(flow.get("protocol", ""), flow.get("connectionDirection", "")),
               "data": said | {"blocked": flow.get("blocked")}}
    elif probes := action.get("portProbeAction"):
        for probe in probes["portProbeDetails"]:
            yield {"src_endpoint": _remote(probe.get("remoteIpDetails")),
                   "dst_endpoint": {"ip": _ip(probe.get("localIpDetails")), "port": probe["localPortDetails"]["port"]},
                   "connection_info": _connection("TCP", "INBOUND"), "data": said | {"blocked": probes.get("blocked")}}
    elif lookup := action.get("dnsRequestAction"):
        yield {"query": {"hostname": lookup["domain"]},
               "connection_info": _connection(lookup.get("protocol", ""), "OUTBOUND"),
               "data": said | {name: lookup.get(name) for name in ("blocked", "vpcOwnerAccountId")}}


def _user(key: Document) -> dict[str, Any]:
    if not (key.get("userName") or key.get("principalId")):
        return {}
    kind = key.get("userType", "")
    return {"name": key.get("userName"), "uid": key.get("principalId"), "credential_uid": key.get("accessKeyId"),
            "type": kind, "type_id": _USER_TYPES.get(kind, 99 if kind else 0)}


def _connection(protocol: str, direction: str) -> dict[str, Any]:
    number, name = _DIRECTIONS.get(direction, (0, "Unknown"))
    return {"direction_id": number, "direction": name, "protocol_name": protocol.lower(),
            "protocol_num": _PROTOCOLS.get(protocol)}


def _domain(call: Document) -> dict[str, Any]:
    return {"hostname": call.get("domainDetails", {}).get("domain")}


def _ip(details: Document | None) -> str | None:
    return (details or {}).get("ipAddressV4") or (details or {}).get("ipAddressV6")


def _remote(details: Document | None) -> dict[str, Any]:
    if not details:
        return {}
    organization = details.get("organization", {})
    country, city = details.get("country", {}).get("countryCode"), details.get("city", {}).get("cityName")
    where = details.get("geoLocation", {})
    # The schema takes coordinates only with a city or a country.
    location = {"city": city, "country": country, "lat": where.get("lat"), "long": where.get("lon"),
                "isp": organization.get("isp")}
    return {"ip": _ip(details), "location": location if city or country else None,
            "autonomous_system": {"number": as_number(organization.get("asn")), "name": organization.get("asnOrg")}}
