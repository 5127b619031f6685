"""The finding's JSON document, as GuardDuty writes it on the wire (schema version 2.0, lowerCamelCase).

Only what the records and the inventory prove is in it: an absent key means that nobody knows.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from vedette.detectors.custom_rule import custom_rules
from vedette.detectors.finding_type import FindingType
from vedette.detectors.signal import (
    ApiCallAction,
    Database,
    DnsAction,
    Guardrail,
    KubeAction,
    Kubernetes,
    KubeWorkload,
    LoginAction,
    NetworkAction,
    PortProbeAction,
    Signal,
)
from vedette.findings.fold import Fold, detector_id, finding_id
from vedette.findings.words import sentence, words_of
from vedette.logs.times import format_time

if TYPE_CHECKING:
    from vedette.intel.geo import Geo
    from vedette.inventory import Inventory

_PORT_NAMES = {
    20: "FTP-DATA", 21: "FTP", 22: "SSH", 23: "Telnet", 25: "SMTP", 53: "DNS", 80: "HTTP", 110: "POP3", 123: "NTP",
    143: "IMAP", 389: "LDAP", 443: "HTTPS", 445: "SMB", 465: "SMTPS", 587: "SMTP", 636: "LDAPS", 993: "IMAPS",
    1433: "MSSQL", 1521: "Oracle", 3306: "MySQL", 3389: "RDP", 5432: "PostgreSQL", 5985: "WinRM", 5986: "WinRM",
    6379: "Redis", 9200: "Elasticsearch", 9300: "Elasticsearch", 11211: "Memcached", 27017: "MongoDB",
}


class Writer:
    """Writes findings down, with what the inventory and the geo databases know."""

    def __init__(self, types: Mapping[str, FindingType], inventory: Inventory, geo: Geo) -> None:
        self._types = types
        self._inventory = inventory
        self._geo = geo

    def document(
        self, fold: Fold, *, archived: bool = False, created: int | None = None, updated: int | None = None,
        feedback: str = "",
    ) -> dict[str, Any]:
        """The finding that ``fold`` makes. The same fold and inventory always give the same document.

        ``created`` and ``updated`` (ms) are the times of its records unless they are given.
        """
        signal = fold.latest
        if signal is None:
            raise ValueError("a finding has at least one signal")
        kind = self._types[signal.type]
        partition = partition_of(signal.region)
        detector = detector_id(signal.account, signal.region)
        own_id = finding_id(signal)
        instance = self._instance(signal)
        words = words_of(signal, str(instance.get("instanceId", "")) if instance else "",
                         self._inventory.functions_of(signal.resource.interface_of_function))
        service: dict[str, Any] = {
            "serviceName": "guardduty",
            "detectorId": detector,
            "resourceRole": signal.role,
            "eventFirstSeen": format_time(fold.first_seen),
            "eventLastSeen": format_time(fold.last_seen),
            "count": fold.count,
            "archived": archived,
            "action": self._action(signal),
            "additionalInfo": {
                "value": msgspec.json.encode(signal.additional, order="sorted").decode(), "type": "default"},
        }
        if signal.threats:
            service["evidence"] = {"threatIntelligenceDetails": [
                {"threatListName": threat.list_name, "threatNames": list(threat.threat_names)}
                for threat in signal.threats]}
        if signal.anomaly:
            service["detection"] = {"anomaly": signal.anomaly}
        if feedback:
            service["userFeedback"] = feedback
        # Which rule of several it was last, as everything else that a finding shows.
        named = {"customDetectionRuleName": custom_rules()[signal.rule].name} if signal.rule else {}
        return {
            "schemaVersion": "2.0",
            "accountId": signal.account,
            "region": signal.region,
            "partition": partition,
            "id": own_id,
            "arn": f"arn:{partition}:guardduty:{signal.region}:{signal.account}:detector/{detector}/finding/{own_id}",
            "type": signal.type,
            "title": sentence(kind.title, words),
            "description": sentence(kind.description, words),
            "severity": fold.severity,
            "createdAt": format_time(fold.first_seen if created is None else created),
            "updatedAt": format_time(fold.last_seen if updated is None else updated),
            "resource": self._resource(signal, instance),
            "service": service,
            **named,
        }

    def _instance(self, signal: Signal) -> dict[str, Any] | None:
        ref = signal.resource.instance
        if ref is None:
            return None
        known = self._inventory.instance_details(
            instance_id=ref.instance_id, interface_id=ref.interface_id, private_ip=ref.private_ip, vpc_id=ref.vpc_id)
        if known is not None:
            return known
        said = {"instanceId": ref.instance_id} if ref.instance_id else {}
        interface = _without_empty({
            "networkInterfaceId": ref.interface_id, "privateIpAddress": ref.private_ip, "vpcId": ref.vpc_id,
            "subnetId": ref.subnet_id})
        return said | ({"networkInterfaces": [interface]} if interface else {})

    def _resource(self, signal: Signal, instance: dict[str, Any] | None) -> dict[str, Any]:
        resource = signal.resource
        written: dict[str, Any] = {"resourceType": resource.kind}
        if resource.access_key is not None:
            key = resource.access_key
            written["accessKeyDetails"] = _without_empty({
                "accessKeyId": key.access_key_id, "principalId": key.principal_id, "userName": key.user_name,
                "userType": key.user_type})
        if instance:
            written["instanceDetails"] = instance
        if resource.kind == "Lambda":
            written["lambdaDetails"] = self._inventory.function_details(resource.interface_of_function)
        if resource.guardrail is not None:
            written["bedrockGuardrailDetails"] = _guardrail(resource.guardrail)
        if resource.kubernetes is not None:
            cluster = self._inventory.cluster_details(signal.account, signal.region, resource.kubernetes.cluster)
            written |= _kubernetes(resource.kubernetes, cluster)
        if resource.database is not None:
            told = resource.database
            written |= _database(told, self._inventory.database_details(
                signal.account, signal.region, told.instance, told.cluster))
        if resource.models:
            written["modelDetails"] = [{"modelId": model} for model in resource.models]
        if resource.buckets:
            written["s3BucketDetails"] = [self._bucket(signal, name) for name in resource.buckets]
        return written

    def _bucket(self, signal: Signal, name: str) -> dict[str, Any]:
        said: dict[str, Any] = {"name": name, "arn": f"arn:{partition_of(signal.region)}:s3:::{name}"}
        details = said | (self._inventory.bucket_details(name) or {})
        objects = [key for bucket, key in signal.resource.objects if bucket == name]
        if objects:
            details["s3ObjectDetails"] = [{"objectArn": f"{details['arn']}/{key}", "key": key} for key in objects]
        return details

    def _action(self, signal: Signal) -> dict[str, Any]:
        match signal.action:
            case ApiCallAction() as call:
                return {"actionType": "AWS_API_CALL", "awsApiCallAction": self._api_call(call)}
            case NetworkAction() as flow:
                return {"actionType": "NETWORK_CONNECTION", "networkConnectionAction": _without_empty({
                    "connectionDirection": flow.direction,
                    "protocol": flow.protocol,
                    "blocked": flow.blocked,
                    "localPortDetails": _port(flow.local_port),
                    "remotePortDetails": _port(flow.remote_port),
                    "localIpDetails": _address(flow.local_ip),
                    "localNetworkInterface": flow.interface_id,
                    "remoteIpDetails": self._remote(flow.remote_ip),
                })}
            case PortProbeAction() as probe:
                return {"actionType": "PORT_PROBE", "portProbeAction": {
                    "blocked": probe.blocked,
                    "portProbeDetails": [
                        {"localPortDetails": _port(port), "localIpDetails": _address(local),
                         "remoteIpDetails": self._remote(remote)} for port, local, remote in probe.probes]}}
            case LoginAction() as login:
                return {"actionType": "RDS_LOGIN_ATTEMPT", "rdsLoginAttemptAction": _without_empty({
                    "remoteIpDetails": self._remote(login.remote_ip) if _version_of(login.remote_ip) else {},
                    "LoginAttributes": [_login(*one) for one in login.logins]})}
            case KubeAction() as call:
                return self._request(call)
            case DnsAction() as lookup:
                return {"actionType": "DNS_REQUEST", "dnsRequestAction": _without_empty({
                    "domain": lookup.domain, "protocol": lookup.protocol, "blocked": lookup.blocked,
                    "vpcOwnerAccountId": lookup.vpc_owner})}

    def _api_call(self, call: ApiCallAction) -> dict[str, Any]:
        is_address = _version_of(call.source) is not None
        written: dict[str, Any] = {
            "api": call.api,
            "serviceName": call.service,
            "callerType": "Remote IP" if is_address else "Domain",
            "errorCode": call.error_code,
            "userAgent": call.user_agent,
        }
        if is_address:
            written["remoteIpDetails"] = self._remote(call.source)
        elif call.source:
            written["domainDetails"] = {"domain": call.source}
        if call.remote_account:
            written["remoteAccountDetails"] = {"accountId": call.remote_account, "affiliated": call.affiliated}
        if call.affected:
            written["affectedResources"] = dict(call.affected)
        return _without_empty(written)

    def _request(self, call: KubeAction) -> dict[str, Any]:
        written: dict[str, Any] = {
            "actionType": "KUBERNETES_API_CALL",
            "kubernetesApiCallAction": _without_empty({
                "requestUri": call.uri, "verb": call.verb, "resource": call.resource, "subresource": call.subresource,
                "namespace": call.namespace, "resourceName": call.name, "sourceIPs": list(call.source_ips),
                "userAgent": call.user_agent,
                "remoteIpDetails": self._remote(call.remote_ip) if _version_of(call.remote_ip) else {},
                "statusCode": call.code or None, "parameters": call.parameters}),
        }
        if call.binding:
            names = ("kind", "name", "uid", "roleRefName", "roleRefKind")
            written["kubernetesRoleBindingDetails"] = _without_empty(dict(zip(names, call.binding, strict=True)))
        return written

    def _remote(self, ip: str) -> dict[str, Any]:
        written: dict[str, Any] = _address(ip)
        facts = self._geo.of(ip)
        if facts is None:
            return written
        if facts.country_code or facts.country_name:
            written["country"] = _without_empty({"countryCode": facts.country_code, "countryName": facts.country_name})
        if facts.city:
            written["city"] = {"cityName": facts.city}
        if facts.lat is not None and facts.lon is not None:
            written["geoLocation"] = {"lat": facts.lat, "lon": facts.lon}
        organization = _without_empty({"asn": facts.asn, "asnOrg": facts.asn_org, "isp": facts.isp, "org": facts.org})
        if organization:
            written["organization"] = organization
        return written


def _guardrail(guardrail: Guardrail) -> dict[str, Any]:
    return _without_empty({
        "guardrailArn": guardrail.arn, "guardrailVersion": guardrail.version,
        "guardrailAction": "GUARDRAIL_INTERVENED", "guardrailSource": "INPUT",
        "contentPolicyFilters": [{"type": kind, "confidence": confidence, "action": action}
                                 for kind, confidence, action in guardrail.filters]})


def _kubernetes(told: Kubernetes, cluster: dict[str, Any]) -> dict[str, Any]:
    user = _without_empty({
        "username": told.username, "uid": told.uid, "groups": list(told.groups),
        "sessionName": list(told.sessions),
        "impersonatedUser": _without_empty({
            "username": told.impersonated, "groups": list(told.impersonated_groups)}),
    })
    return _without_empty({
        "eksClusterDetails": cluster,
        "kubernetesDetails": _without_empty({
            "kubernetesUserDetails": user,
            "kubernetesWorkloadDetails": _workload(told.workload) if told.workload else {}}),
    })


def _database(told: Database, details: dict[str, Any]) -> dict[str, Any]:
    return _without_empty({
        **({"rdsLimitlessDbDetails": _without_empty({
            "dbShardGroupIdentifier": told.shard_group, "dbClusterIdentifier": told.cluster})} if told.shard_group
           else {"rdsDbInstanceDetails": details}),
        "rdsDbUserDetails": _without_empty({
            "user": told.user, "application": told.application, "database": told.database, "ssl": told.ssl,
            "authMethod": told.method}),
    })


def _login(user: str, application: str, failed: int, successful: int) -> dict[str, Any]:
    numbers = {"failedLoginAttempts": failed, "successfulLoginAttempts": successful}
    return _without_empty({"user": user, "application": application}) | {
        name: number for name, number in numbers.items() if number}


def _workload(workload: KubeWorkload) -> dict[str, Any]:
    return _without_empty({
        "name": workload.name, "type": workload.type, "uid": workload.uid, "namespace": workload.namespace,
        "serviceAccountName": workload.service_account, "hostNetwork": workload.host_network,
        "hostIPC": workload.host_ipc, "hostPID": workload.host_pid,
        "containers": [_without_empty({
            "name": one.name, "image": one.image, "imagePrefix": one.image.rpartition("/")[0],
            "volumeMounts": [{"name": name, "mountPath": path} for name, path in one.mounts],
            "securityContext": _without_empty({
                "privileged": one.privileged, "allowPrivilegeEscalation": one.escalation}),
        }) for one in workload.containers],
        "volumes": [_without_empty({"name": name, "hostPath": _without_empty({"path": path})})
                    for name, path in workload.volumes],
    })


def partition_of(region: str) -> str:
    """The AWS partition of a Region; ``aws`` when it is not known."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and value not in ("", {}, [])}


def _version_of(text: str) -> int | None:
    try:
        return ipaddress.ip_address(text).version
    except ValueError:
        return None


def _address(ip: str) -> dict[str, Any]:
    if not ip:
        return {}
    return {"ipAddressV6" if _version_of(ip) == 6 else "ipAddressV4": ip}


def _port(number: int) -> dict[str, Any]:
    return {"port": number, "portName": _PORT_NAMES.get(number, "Unknown")}
