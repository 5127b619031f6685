"""A finding's resource, actor and period in a few words, for people. Nothing is escaped here: see `plain_text`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NOBODY = "-"


def resource_in_words(finding: Mapping[str, Any]) -> str:
    """What was attacked, or attacks: ``i-0abc (web)``, ``IAMUser bob (AKIA…)``, ``bucket logs``."""
    resource = finding["resource"]
    ways = {"Instance": (_instance, _key, _buckets), "AccessKey": (_key, _instance, _buckets),
            "S3Bucket": (_buckets, _key, _instance), "EKSCluster": (_cluster,),
            "RDSDBInstance": (_database,), "RDSLimitlessDB": (_database,)}
    for way in ways.get(resource.get("resourceType", ""), (_instance, _key, _buckets, _cluster, _database)):
        if said := way(resource):
            return said
    return str(resource.get("resourceType", NOBODY))


def actor_in_words(finding: Mapping[str, Any]) -> str:
    """Who is at the other end: an address with its country, a domain, a service; the first of several."""
    action = finding.get("service", {}).get("action", {})
    match action.get("actionType"):
        case "AWS_API_CALL":
            call = action["awsApiCallAction"]
            return _remote(call.get("remoteIpDetails")) or call.get("domainDetails", {}).get("domain", NOBODY)
        case "NETWORK_CONNECTION":
            return _remote(action["networkConnectionAction"].get("remoteIpDetails")) or NOBODY
        case "PORT_PROBE":
            probes = action["portProbeAction"].get("portProbeDetails", ())
            remotes = list(dict.fromkeys(_remote(probe.get("remoteIpDetails")) for probe in probes)) or [NOBODY]
            return f"{remotes[0]} and {len(remotes) - 1} more" if len(remotes) > 1 else remotes[0]
        case "KUBERNETES_API_CALL":
            return _remote(action["kubernetesApiCallAction"].get("remoteIpDetails")) or NOBODY
        case "RDS_LOGIN_ATTEMPT":
            return _remote(action["rdsLoginAttemptAction"].get("remoteIpDetails")) or NOBODY
        case "DNS_REQUEST":
            return str(action["dnsRequestAction"].get("domain", NOBODY))
    return NOBODY


def short_time(text: str) -> str:
    """A finding's time to the second: ``2026-03-02 09:00:00``, UTC."""
    return text[:19].replace("T", " ")


def name_tag(resource: Mapping[str, Any]) -> str:
    """The instance's ``Name`` tag, or nothing."""
    tags = resource.get("instanceDetails", {}).get("tags", ())
    return next((str(tag.get("value", "")) for tag in tags if tag.get("key") == "Name"), "")


def _instance(resource: Mapping[str, Any]) -> str:
    details = resource.get("instanceDetails", {})
    interfaces = details.get("networkInterfaces") or [{}]
    first = interfaces[0]
    known = details.get("instanceId") or first.get("networkInterfaceId") or first.get("privateIpAddress") or ""
    name = name_tag(resource)
    return f"{known} ({name})" if known and name else str(known)


def _key(resource: Mapping[str, Any]) -> str:
    key = resource.get("accessKeyDetails", {})
    who = key.get("userName") or key.get("principalId") or ""
    said = " ".join(part for part in (key.get("userType", ""), who) if part)
    key_id = key.get("accessKeyId", "")
    return f"{said} ({key_id})" if said and key_id else said or key_id


def _buckets(resource: Mapping[str, Any]) -> str:
    names = [bucket.get("name", "") for bucket in resource.get("s3BucketDetails", ())]
    return f"bucket {', '.join(names)}" if names else ""


def _cluster(resource: Mapping[str, Any]) -> str:
    name = resource.get("eksClusterDetails", {}).get("name")
    told = resource.get("kubernetesDetails", {})
    workload, user = told.get("kubernetesWorkloadDetails", {}), told.get("kubernetesUserDetails", {})
    what = "/".join(part for part in (workload.get("namespace"), workload.get("name")) if part)
    said = [f"cluster {name}" if name else "", what, f"by {user['username']}" if user.get("username") else ""]
    return " ".join(part for part in said if part)


def _database(resource: Mapping[str, Any]) -> str:
    details = resource.get("rdsDbInstanceDetails") or resource.get("rdsLimitlessDbDetails", {})
    user = resource.get("rdsDbUserDetails", {})
    name = details.get("dbInstanceIdentifier") or details.get("dbClusterIdentifier")
    said = [f"database {name}" if name else "", f"by {user['user']}" if user.get("user") else ""]
    return " ".join(part for part in said if part)


def _remote(details: Mapping[str, Any] | None) -> str:
    if not details:
        return ""
    address = details.get("ipAddressV4") or details.get("ipAddressV6") or ""
    country = details.get("country", {})
    where = country.get("countryCode") or country.get("countryName")
    return f"{address} ({where})" if where else str(address)
