"""A finding in the AWS Security Finding Format (2018-10-08), as Security Hub's own GuardDuty integration writes it.

Limits are the format's: what is longer is cut, what is more is left out. Absent and empty values are left out as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from vedette.logs.times import format_time
from vedette.publish.asff_types import asff_type
from vedette.publish.severity import band_of

_TITLE, _DESCRIPTION, _ID = 256, 1024, 512
_PRODUCT_FIELDS, _FIELD_NAME, _FIELD_VALUE = 50, 128, 2048
_RESOURCES, _TAGS, _TAG_NAME, _TAG_VALUE = 32, 50, 128, 256

_ASN = re.compile(r"(?:AS)?(\d{1,10})$", re.ASCII)

Document = Mapping[str, Any]

_NOTHING: tuple[Any, ...] = (None, "", {}, [])


def asff(finding: Document) -> dict[str, Any]:
    """The finding as `securityhub.BatchImportFindings` takes it."""
    service = finding["service"]
    partition, region = finding["partition"], finding["region"]
    product = f"arn:{partition}:securityhub:{region}::product/aws/guardduty"
    severity = {"Product": float(finding["severity"]), "Label": band_of(finding["severity"]).upper()}
    types = [asff_type(finding["type"])]
    return without_empty({
        "SchemaVersion": "2018-10-08",
        "Id": finding["arn"][:_ID],
        "ProductArn": product,
        "ProductName": "GuardDuty",
        "CompanyName": "Amazon",
        "Region": region,
        "GeneratorId": finding["arn"].partition("/finding/")[0],
        "AwsAccountId": finding["accountId"],
        "Types": types,
        "FirstObservedAt": service["eventFirstSeen"],
        "LastObservedAt": service["eventLastSeen"],
        "CreatedAt": finding["createdAt"],
        "UpdatedAt": finding["updatedAt"],
        "Severity": severity,
        "Title": finding["title"][:_TITLE],
        "Description": finding["description"][:_DESCRIPTION],
        "ProductFields": _product_fields(finding, product),
        "Resources": resources_of(finding),
        "Action": _action(service["action"], service),
        "FindingProviderFields": {"Severity": {"Label": severity["Label"]}, "Types": types},
        "WorkflowState": "NEW",
        "Workflow": {"Status": "NEW"},
        "RecordState": "ARCHIVED" if service["archived"] else "ACTIVE",
    })


def resources_of(finding: Document) -> list[dict[str, Any]]:
    """What the finding is about, as the format's ``Resources``: at least one."""
    resource = finding["resource"]
    found = [
        *_instance(resource.get("instanceDetails"), finding),
        *_access_key(resource.get("accessKeyDetails")),
        *_buckets(resource.get("s3BucketDetails", ())),
        *_cluster(resource.get("eksClusterDetails"), finding),
        *_database(resource.get("rdsDbInstanceDetails") or resource.get("rdsLimitlessDbDetails"), finding),
    ]
    named = [one for one in found if str(one["Id"] or "").strip()] or [
        {"Type": "AwsAccount", "Id": f"AWS::::Account:{finding['accountId']}"}]
    place = {"Partition": finding["partition"], "Region": finding["region"]}
    return [without_empty({**place, **one}) for one in named[:_RESOURCES]]


def without_empty(fields: Document) -> dict[str, Any]:
    """``fields`` without members that say nothing: null, empty and blank text, empty objects and lists."""
    said = ((name, _said(value)) for name, value in fields.items())
    return {name: value for name, value in said if value not in _NOTHING}


def _said(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_empty(value)
    if isinstance(value, list):
        return [inner for inner in map(_said, value) if inner not in _NOTHING]
    return None if isinstance(value, str) and not value.strip() else value


def _instance(details: Document | None, finding: Document) -> Iterator[dict[str, Any]]:
    if not details:
        return
    owned = f"arn:{finding['partition']}:ec2:{finding['region']}:{finding['accountId']}"
    interfaces = details.get("networkInterfaces", [])
    first = interfaces[0] if interfaces else {}
    interface_id, private_ip = first.get("networkInterfaceId"), first.get("privateIpAddress")
    if instance_id := details.get("instanceId"):
        v4 = [first.get("publicIp"), *(one.get("privateIpAddress") for one in interfaces)]
        v6 = [address for one in interfaces for address in one.get("ipv6Addresses", ())]
        yield {"Type": "AwsEc2Instance", "Id": f"{owned}:instance/{instance_id}", "Tags": _tags(details),
               "Details": {"AwsEc2Instance": {
                   "Type": details.get("instanceType"),
                   "ImageId": details.get("imageId"),
                   "IpV4Addresses": v4,
                   "IpV6Addresses": v6,
                   "IamInstanceProfileArn": details.get("iamInstanceProfile", {}).get("arn"),
                   "VpcId": first.get("vpcId"),
                   "SubnetId": first.get("subnetId"),
                   "LaunchedAt": details.get("launchTime"),
                   "NetworkInterfaces": [{"NetworkInterfaceId": one.get("networkInterfaceId")} for one in interfaces],
               }}}
    elif interface_id:
        addresses = [{"PrivateIpAddress": private_ip}] if private_ip else []
        yield {"Type": "AwsEc2NetworkInterface", "Id": f"{owned}:network-interface/{interface_id}",
               "Details": {"AwsEc2NetworkInterface": {
                   "NetworkInterfaceId": interface_id, "PrivateIpAddresses": addresses}}}
    elif private_ip:
        yield {"Type": "Other", "Id": private_ip, "Details": {"Other": {"privateIpAddress": private_ip}}}


def _access_key(details: Document | None) -> Iterator[dict[str, Any]]:
    if not details:
        return
    known = details.get("accessKeyId") or details.get("principalId") or details.get("userName")
    yield {"Type": "AwsIamAccessKey", "Id": f"AWS::IAM::AccessKey:{known or details.get('userType', 'unknown')}"[:_ID],
           "Details": {"AwsIamAccessKey": {
               "AccessKeyId": details.get("accessKeyId"),
               "PrincipalId": details.get("principalId"),
               "PrincipalName": details.get("userName"),
               "PrincipalType": details.get("userType"),
           }}}


def _buckets(buckets: Any) -> Iterator[dict[str, Any]]:
    for bucket in buckets:
        created = bucket.get("createdAt")
        yield {"Type": "AwsS3Bucket", "Id": bucket.get("arn") or bucket.get("name"), "Tags": _tags(bucket),
               "Details": {"AwsS3Bucket": {
                   "Name": bucket.get("name"),
                   "OwnerId": bucket.get("owner", {}).get("id"),
                   "CreatedAt": format_time(round(created * 1000)) if isinstance(created, int | float) else created,
                   "ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {
                       "SSEAlgorithm": bucket.get("defaultServerSideEncryption", {}).get("encryptionType"),
                       "KMSMasterKeyID": bucket.get("defaultServerSideEncryption", {}).get("kmsMasterKeyArn"),
                   }}]},
               }}}
    for bucket in buckets:
        for one in bucket.get("s3ObjectDetails", ()):
            yield {"Type": "AwsS3Object", "Id": one["objectArn"][:_ID],
                   "Details": {"AwsS3Object": {"ETag": one.get("eTag"), "VersionId": one.get("versionId")}}}


def _cluster(details: Document | None, finding: Document) -> Iterator[dict[str, Any]]:
    if not details:
        return
    arn = f"arn:{finding['partition']}:eks:{finding['region']}:{finding['accountId']}:cluster/{details['name']}"
    yield {"Type": "AwsEksCluster", "Id": details.get("arn") or arn, "Tags": _tags(details),
           "Details": {"AwsEksCluster": {
               "Name": details["name"], "Arn": details.get("arn") or arn, "ClusterStatus": details.get("status"),
           }}}


def _database(details: Document | None, finding: Document) -> Iterator[dict[str, Any]]:
    name = (details or {}).get("dbInstanceIdentifier") or (details or {}).get("dbClusterIdentifier")
    if not details or not name:
        return
    kind = "db" if details.get("dbInstanceIdentifier") else "cluster"
    arn = f"arn:{finding['partition']}:rds:{finding['region']}:{finding['accountId']}:{kind}:{name}"
    if kind == "cluster":
        yield {"Type": "AwsRdsDbCluster", "Id": arn, "Details": {"AwsRdsDbCluster": {"DbClusterIdentifier": name}}}
        return
    yield {"Type": "AwsRdsDbInstance", "Id": details.get("dbInstanceArn") or arn, "Tags": _tags(details),
           "Details": {"AwsRdsDbInstance": {
               "DBInstanceIdentifier": name, "DBClusterIdentifier": details.get("dbClusterIdentifier"),
               "Engine": details.get("engine"), "EngineVersion": details.get("engineVersion"),
               "DbiResourceId": details.get("dbiResourceId"),
           }}}


def _tags(details: Document) -> dict[str, str]:
    pairs = [(tag["key"][:_TAG_NAME], tag.get("value", "")[:_TAG_VALUE]) for tag in details.get("tags", ())]
    return dict(pairs[:_TAGS])


def _action(action: Document, service: Document) -> dict[str, Any]:
    written: dict[str, Any] = {"ActionType": action["actionType"]}
    if call := action.get("awsApiCallAction"):
        written["AwsApiCallAction"] = {
            "Api": call.get("api"),
            "ServiceName": call.get("serviceName"),
            "CallerType": call.get("callerType"),
            "RemoteIpDetails": _remote(call.get("remoteIpDetails")),
            "DomainDetails": {"Domain": call.get("domainDetails", {}).get("domain")},
            "AffectedResources": call.get("affectedResources"),
            "FirstSeen": service["eventFirstSeen"],
            "LastSeen": service["eventLastSeen"],
        }
    if flow := action.get("networkConnectionAction"):
        written["NetworkConnectionAction"] = {
            "ConnectionDirection": flow.get("connectionDirection"),
            "RemoteIpDetails": _remote(flow.get("remoteIpDetails")),
            "RemotePortDetails": _port(flow.get("remotePortDetails")),
            "LocalPortDetails": _port(flow.get("localPortDetails")),
            "Protocol": flow.get("protocol"),
            "Blocked": flow.get("blocked"),
        }
    if probe := action.get("portProbeAction"):
        written["PortProbeAction"] = {
            "PortProbeDetails": [
                {"LocalPortDetails": _port(one.get("localPortDetails")),
                 "LocalIpDetails": {"IpAddressV4": one.get("localIpDetails", {}).get("ipAddressV4")},
                 "RemoteIpDetails": _remote(one.get("remoteIpDetails"))}
                for one in probe.get("portProbeDetails", ())],
            "Blocked": probe.get("blocked"),
        }
    if lookup := action.get("dnsRequestAction"):
        written["DnsRequestAction"] = {
            "Domain": lookup.get("domain"), "Protocol": lookup.get("protocol"), "Blocked": lookup.get("blocked")}
    return written


def _remote(details: Document | None) -> dict[str, Any]:
    """The format knows IPv4 only; an IPv6 address is in the product fields."""
    if not details:
        return {}
    organization = details.get("organization", {})
    where = details.get("geoLocation", {})
    return {
        "IpAddressV4": details.get("ipAddressV4"),
        "Organization": {"Asn": as_number(organization.get("asn")), "AsnOrg": organization.get("asnOrg"),
                         "Isp": organization.get("isp"), "Org": organization.get("org")},
        "Country": {"CountryCode": details.get("country", {}).get("countryCode"),
                    "CountryName": details.get("country", {}).get("countryName")},
        "City": {"CityName": details.get("city", {}).get("cityName")},
        "GeoLocation": {"Lon": where.get("lon"), "Lat": where.get("lat")},
    }


def as_number(text: Any) -> int | None:
    """An autonomous system's number, of the text that a finding holds."""
    found = _ASN.match(str(text or ""))
    return int(found[1]) if found else None


def _port(details: Document | None) -> dict[str, Any]:
    return {"Port": details.get("port"), "PortName": details.get("portName")} if details else {}


def _product_fields(finding: Document, product: str) -> dict[str, str]:
    fields = {
        "aws/securityhub/FindingId": f"{product}/{finding['arn']}",
        "aws/securityhub/ProductName": "GuardDuty",
        "aws/securityhub/CompanyName": "Amazon",
    }
    # Short of room, what identifies and explains the finding goes before the rest of the action.
    flat = sorted(_flat("aws/guardduty/service", finding["service"]), key=lambda pair: ("/action/" in pair[0], pair[0]))
    for name, value in flat:
        if len(fields) < _PRODUCT_FIELDS and len(name) <= _FIELD_NAME:
            fields[name] = value[:_FIELD_VALUE]
    return fields


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{path}/{name}", inner)
        if path.endswith("/additionalInfo"):
            yield from _written_out(path, value.get("value"))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(f"{path}.{number}_", inner)
    elif value is not None and value != "":
        yield path, _text(value)


def _written_out(path: str, text: Any) -> Iterator[tuple[str, str]]:
    """The keys of additional information, which GuardDuty writes beside its text."""
    for name, inner in msgspec.json.decode(text or "{}").items():
        yield f"{path}/{name}", inner if isinstance(inner, str) else msgspec.json.encode(inner).decode()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
