"""What AWS's describe, list and get calls print, to facts. Shapes: the AWS CLI's JSON, which is boto3's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from vedette.inventory.fact import Fact, fact
from vedette.inventory.item import Item, Misshapen

ACCOUNT = re.compile(r"\d{12}", re.ASCII)
REGION = re.compile(r"[a-z]{2}[a-z-]*-[a-z]+-\d{1,2}", re.ASCII)
INSTANCE = re.compile(r"i-[0-9A-Za-z]{1,32}", re.ASCII)
INTERFACE = re.compile(r"eni-[0-9A-Za-z]{1,32}", re.ASCII)
ATTACHMENT = re.compile(r"eni-attach-[0-9A-Za-z]{1,32}", re.ASCII)
ALLOCATION = re.compile(r"eipalloc-[0-9A-Za-z]{1,32}", re.ASCII)
ASSOCIATION = re.compile(r"eipassoc-[0-9A-Za-z]{1,32}", re.ASCII)
NAT = re.compile(r"nat-[0-9A-Za-z]{1,32}", re.ASCII)
ENDPOINT = re.compile(r"vpce-[0-9A-Za-z]{1,32}", re.ASCII)
FUNCTION = re.compile(r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:([A-Za-z0-9_-]{1,140})", re.ASCII)
_SUBNET = re.compile(r"subnet-[0-9A-Za-z]{1,32}", re.ASCII)
_GROUP = re.compile(r"sg-[0-9A-Za-z]{1,32}", re.ASCII)
_OF_FUNCTION = re.compile(
    r"AWS Lambda VPC ENI-([A-Za-z0-9_-]{1,140})-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
"""What Lambda calls the interfaces that it makes: the function is the one that it made them for, which others share."""
CLUSTER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}", re.ASCII)
DATABASE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}", re.ASCII)
BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}", re.ASCII)
_ZONE = re.compile(r"([a-z]{2}[a-z-]*-[a-z]+-\d{1,2})(?:[a-z]|-[a-z0-9-]+)", re.ASCII)
_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:([a-z0-9-]*):(\d{12}):.{1,1900}", re.ASCII)
_TAGS = 100
"""Tags taken of a resource: AWS allows 50, and its own come on top."""


class Place(NamedTuple):
    """Where a description comes from, as far as its surroundings say: what it says itself comes first."""

    account: str = ""
    region: str = ""


def instance(item: Item, place: Place, observed: int, *, complete: bool) -> Iterator[Fact]:
    """An instance, with its interfaces. ``complete``: what is not named does not exist (a description, no event)."""
    instance_id = item.known("InstanceId", INSTANCE, "an instance id (i-…)")
    if not instance_id:
        return
    entity = f"instance/{instance_id}"
    zone = item.child("Placement").text("AvailabilityZone")
    facts: dict[str, Any] = {
        "imageId": item.text("ImageId"), "type": item.text("InstanceType"), "launchTime": item.time("LaunchTime"),
        "platform": item.text("Platform"), "state": item.child("State").text("Name"), "zone": zone,
        "outpostArn": item.text("OutpostArn"), "vpcId": item.text("VpcId"), "subnetId": item.text("SubnetId"),
        "privateIp": item.address("PrivateIpAddress"), "privateDnsName": item.text("PrivateDnsName"),
        "publicDnsName": item.text("PublicDnsName"), "account": place.account,
        "region": region_of_zone(zone) or place.region,
        "securityGroups": groups(item, "SecurityGroups") or groups(item, "Groups"),
        "productCodes": [
            {"productCodeId": code.text("ProductCodeId"), "productCodeType": code.text("ProductCodeType")}
            for code in item.items("ProductCodes")
        ],
    }
    yield from _present(entity, facts, observed)
    changing = {
        "profile": profile(item.child("IamInstanceProfile")), "publicIp": item.address("PublicIpAddress") or None,
    }
    yield from _present(entity, changing, observed, absent=complete)
    if complete or "Tags" in item:
        yield fact(entity, "tags", tags(item, "Tags"), observed)
    for one in item.items("NetworkInterfaces"):
        yield from interface(one, place, observed, complete=complete, instance_id=instance_id)


_MACHINES = frozenset({"", "interface", "efa", "efa-only", "trunk", "branch"})
"""Types of interfaces that instances have; the others are of services: ``nat_gateway``, ``network_load_balancer``, …"""


_LAMBDAS = "AWS Lambda VPC ENI"


def interface(
    item: Item, place: Place, observed: int, *, complete: bool, instance_id: str = ""
) -> Iterator[Fact]:
    """A network interface; ``instance_id`` when it is printed inside its instance."""
    interface_id = item.known("NetworkInterfaceId", INTERFACE, "an interface id (eni-…)")
    if not interface_id:
        return
    entity = f"interface/{interface_id}"
    private = [
        {"privateIpAddress": one.address("PrivateIpAddress"), "privateDnsName": one.text("PrivateDnsName")}
        for one in item.items("PrivateIpAddresses")
    ]
    zone = item.text("AvailabilityZone")
    of_functions = item.text("InterfaceType") == "lambda" or item.text("Description").startswith(_LAMBDAS)
    facts: dict[str, Any] = {
        "privateIp": item.address("PrivateIpAddress"), "privateDnsName": item.text("PrivateDnsName"),
        "privateIps": [_known_only(one) for one in private if one["privateIpAddress"]],
        "subnetId": item.text("SubnetId"), "vpcId": item.text("VpcId"), "securityGroups": groups(item, "Groups"),
        "account": item.known("OwnerId", ACCOUNT, "an account id") or place.account,
        "region": region_of_zone(zone) or place.region,
        "service": of_functions or item.text("InterfaceType") not in _MACHINES or bool(
            item.flag("RequesterManaged")) or None,
        "ofFunctions": of_functions or None,
        "madeFor": found[1] if (found := _OF_FUNCTION.fullmatch(item.text("Description"))) else "",
    }
    yield from _present(entity, facts, observed)
    addresses = [one.address("Ipv6Address") for one in item.items("Ipv6Addresses")]
    yield from _present(entity, {"ipv6": [one for one in addresses if one]}, observed, absent=complete)
    association = item.child("Association")
    public = {
        "publicIp": association.address("PublicIp") or None,
        "publicDnsName": association.text("PublicDnsName") or item.text("PublicDnsName") or None,
    }
    yield from _present(entity, public, observed, absent=complete)
    attached = attachment(item.child("Attachment"), instance_id)
    yield from _present(entity, {"attachment": attached}, observed, absent=complete)


def address(item: Item, place: Place, observed: int) -> Iterator[Fact]:
    """An Elastic IP address, with what it is associated with."""
    allocation = item.known("AllocationId", ALLOCATION, "an allocation id (eipalloc-…)")
    public = item.address("PublicIp")
    if not public:
        return
    owner = place.account or item.known("NetworkInterfaceOwnerId", ACCOUNT, "an account id")
    association = item.known("AssociationId", ASSOCIATION, "an association id (eipassoc-…)")
    region = item.text("NetworkBorderGroup")
    entity = f"allocation/{allocation or public}"
    yield from _present(entity, {
        "publicIp": public, "account": owner, "region": region if REGION.fullmatch(region) else place.region,
        "released": False,
    }, observed)
    if association:
        yield from associated(
            association, allocation, public, item.known("InstanceId", INSTANCE, "an instance id (i-…)"),
            item.known("NetworkInterfaceId", INTERFACE, "an interface id (eni-…)"),
            item.address("PrivateIpAddress"), observed)


def associated(
    association: str, allocation: str, public: str, instance_id: str, interface_id: str, private: str, observed: int
) -> Iterator[Fact]:
    """An Elastic IP address that an interface has."""
    link = {"allocation": allocation, "publicIp": public, "instance": instance_id, "interface": interface_id,
            "privateIp": private}
    yield fact(f"association/{association}", "link", _known_only(link), observed)


def nat_gateway(item: Item, place: Place, observed: int) -> Iterator[Fact]:
    """A NAT gateway: what leaves through it has its addresses."""
    nat = item.known("NatGatewayId", NAT, "a NAT gateway id (nat-…)")
    if not nat:
        return
    addresses = [
        _known_only({
            "allocation": one.known("AllocationId", ALLOCATION, "an allocation id (eipalloc-…)"),
            "interface": one.known("NetworkInterfaceId", INTERFACE, "an interface id (eni-…)"),
            "publicIp": one.address("PublicIp"), "privateIp": one.address("PrivateIp"),
        })
        for one in item.items("NatGatewayAddresses")
    ]
    yield from _present(f"nat/{nat}", {
        "addresses": [one for one in addresses if one], "vpcId": item.text("VpcId"),
        "subnetId": item.text("SubnetId"), "state": item.text("State"), "account": place.account,
        "region": place.region,
    }, observed)


def vpc_endpoint(item: Item, place: Place, observed: int) -> Iterator[Fact]:
    """A VPC endpoint, by which a call may enter."""
    endpoint = item.known("VpcEndpointId", ENDPOINT, "an endpoint id (vpce-…)")
    if endpoint:
        yield from _present(f"endpoint/{endpoint}", {
            "vpcId": item.text("VpcId"), "service": item.text("ServiceName"), "state": item.text("State"),
            "account": item.known("OwnerId", ACCOUNT, "an account id") or place.account, "region": place.region,
        }, observed)


def role(item: Item, observed: int) -> Iterator[Fact]:
    """An IAM role."""
    arn, role_id = item.text("Arn"), item.text("RoleId")
    if arn_parts(arn) is not None:
        yield from _present(f"role/{arn}", {
            "roleId": role_id, "name": item.text("RoleName"), "account": _account_of_arn(arn),
        }, observed)
        # list-roles says nothing of tags, so that they are absent there says nothing either.
        if "Tags" in item:
            yield fact(f"role/{arn}", "tags", tags(item, "Tags"), observed)


def user(item: Item, observed: int) -> Iterator[Fact]:
    """An IAM user: its tags."""
    arn = item.text("Arn")
    if arn_parts(arn) is not None and "Tags" in item:
        yield fact(f"user/{arn}", "tags", tags(item, "Tags"), observed)


def cluster(item: Item, observed: int) -> Iterator[Fact]:
    """An EKS cluster. Clusters of one name, in other accounts or Regions, are fields of one entity, by their ARNs."""
    name, arn = item.text("name"), item.text("arn")
    if not CLUSTER.fullmatch(name) or arn_parts(arn) is None:
        return
    created = item.time("createdAt")
    vpc = item.child("resourcesVpcConfig").text("vpcId")
    told = {"vpcId": vpc, "status": item.text("status"), "createdAt": created, "tags": {
        key: value for key, value in item.child("tags").value.items()
        if isinstance(value, str) and key.isprintable()}}
    yield fact(f"cluster/{name}", arn, {key: value for key, value in told.items() if value}, observed)


def function(item: Item, observed: int) -> Iterator[Fact]:
    """A Lambda function: its configuration, as list-functions prints it, which has no tags."""
    arn = item.known("FunctionArn", FUNCTION, "a function's ARN without a version")
    if not arn:
        return
    within = item.child("VpcConfig")
    changed = item.time("LastModified")
    yield from _present(f"function/{arn}", {
        "name": item.text("FunctionName"), "description": item.text("Description"), "role": item.text("Role"),
        "version": item.text("Version"), "revisionId": item.text("RevisionId"), "lastModifiedAt": changed,
    }, observed)
    yield from _present(f"function/{arn}", {
        "vpcId": within.text("VpcId"), "subnets": sorted(filter(_SUBNET.fullmatch, within.texts("SubnetIds"))),
        "groups": sorted(filter(_GROUP.fullmatch, within.texts("SecurityGroupIds"))),
    }, observed, absent=True)


def function_tags(arn: str, told: Item, observed: int) -> Iterator[Fact]:
    """Of a function, its tags by key."""
    if FUNCTION.fullmatch(arn):
        named = {key: value for key, value in told.value.items() if isinstance(value, str) and key.isprintable()}
        yield fact(f"function/{arn}", "tags", dict(list(named.items())[:_TAGS]), observed)


def database(item: Item, observed: int) -> Iterator[Fact]:
    """A database instance. Those of one name, in other accounts or Regions, are fields of one entity, by their ARNs."""
    name, arn = item.text("DBInstanceIdentifier"), item.text("DBInstanceArn")
    if not DATABASE.fullmatch(name) or arn_parts(arn) is None:
        return
    yield fact(f"database/{name}", arn, _known_only({
        "engine": item.text("Engine"), "engineVersion": item.text("EngineVersion"),
        "dbClusterIdentifier": item.text("DBClusterIdentifier"), "dbiResourceId": item.text("DbiResourceId"),
    }) | {"tags": tags(item, "TagList")}, observed)


def bucket(item: Item, owner: Item, place: Place, observed: int) -> Iterator[Fact]:
    """A bucket, as list-buckets prints it."""
    name = item.known("Name", BUCKET, "a bucket's name")
    if name:
        yield from _present(f"bucket/{name}", {
            "createdAt": item.time("CreationDate"), "region": item.text("BucketRegion"), "owner": owner.text("ID"),
            "account": place.account,
        }, observed)


def groups(item: Item, key: str) -> list[dict[str, str]]:
    """Security groups in a finding's shape."""
    found = [_known_only({"groupId": one.text("GroupId"), "groupName": one.text("GroupName")})
             for one in item.items(key)]
    return [one for one in found if one]


def tags(item: Item, key: str) -> dict[str, str]:
    """Tags by key."""
    return {
        one.text("Key"): one.text("Value") for one in item.items(key)[:_TAGS]
        if one.text("Key") and one.text("Key").isprintable()
    }


def profile(item: Item) -> dict[str, str] | None:
    """An instance profile in a finding's shape."""
    return _known_only({"arn": item.text("Arn"), "id": item.text("Id")}) or None


def attachment(item: Item, instance_id: str) -> dict[str, Any] | None:
    """How an interface is attached to its instance; None when it is not."""
    instance_id = instance_id or item.known("InstanceId", INSTANCE, "an instance id (i-…)")
    if not instance_id:
        return None
    attached: dict[str, Any] = _known_only({
        "id": item.known("AttachmentId", ATTACHMENT, "an attachment id (eni-attach-…)"), "instance": instance_id})
    index = item.number("DeviceIndex")
    return attached if index is None else {**attached, "index": index}


def arn_parts(arn: str) -> re.Match[str] | None:
    """Region and account of an ARN that has an account."""
    return _ARN.fullmatch(arn)


def region_of_zone(zone: str) -> str:
    """``eu-west-1`` of ``eu-west-1a`` and of a local zone's name."""
    found = _ZONE.fullmatch(zone)
    return found[1] if found else ""


Reader = Callable[[Item, Item, Place, int], Iterator[Fact]]


class Call(NamedTuple):
    """A call whose output is a list of resources."""

    name: str
    """As the AWS CLI spells it."""
    key: str
    """The list in its output, by which it is recognised."""
    reads: Reader


def _reservation(item: Item, document: Item, place: Place, observed: int) -> Iterator[Fact]:
    del document
    owner = item.known("OwnerId", ACCOUNT, "an account id")
    if "Instances" not in item:
        raise Misshapen(f"{item.place}.Instances", "there")
    for one in item.items("Instances"):
        yield from instance(one, place._replace(account=owner or place.account), observed, complete=True)


CALLS = (
    Call("describe-instances", "Reservations", _reservation),
    Call("describe-network-interfaces", "NetworkInterfaces",
         lambda item, _, place, observed: interface(item, place, observed, complete=True)),
    Call("describe-addresses", "Addresses", lambda item, _, place, observed: address(item, place, observed)),
    Call("describe-nat-gateways", "NatGateways", lambda item, _, place, observed: nat_gateway(item, place, observed)),
    Call("describe-vpc-endpoints", "VpcEndpoints",
         lambda item, _, place, observed: vpc_endpoint(item, place, observed)),
    Call("list-buckets", "Buckets",
         lambda item, document, place, observed: bucket(item, document.child("Owner"), place, observed)),
    Call("describe-db-instances", "DBInstances", lambda item, _document, _place, observed: database(item, observed)),
    Call("list-roles", "Roles", lambda item, _document, _place, observed: role(item, observed)),
    Call("list-functions", "Functions", lambda item, _document, _place, observed: function(item, observed)),
)
"""The calls that list resources."""


def described(call: Call, document: Item, place: Place, observed: int) -> Iterator[Fact]:
    """The facts of one call's output. A whole listing of an account is a fact of the account.

    Raises:
        Misshapen: the document is strict and not what the call prints.
    """
    for item in document.items(call.key):
        yield from call.reads(item, document, place, observed)
    if place.account and not document.text("NextToken"):
        yield fact(f"account/{place.account}", f"described/{call.name}", True, observed)


def _account_of_arn(arn: str) -> str:
    found = arn_parts(arn)
    return found[2] if found else ""


def _known_only(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _present(entity: str, values: dict[str, Any], observed: int, *, absent: bool = False) -> Iterator[Fact]:
    """Facts of the values that are there; of the others too, that they are not, when ``absent``."""
    for name, value in values.items():
        if value not in (None, "", []):
            yield fact(entity, name, value, observed)
        elif absent:
            yield fact(entity, name, None, observed)
