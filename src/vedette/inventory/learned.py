"""What CloudTrail and flow logs teach of the estate. Any shape in them may be wrong: then nothing is learned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from vedette.inventory import buckets, described
from vedette.inventory.described import ALLOCATION, ASSOCIATION, ATTACHMENT, BUCKET, INSTANCE, INTERFACE, NAT, Place
from vedette.inventory.fact import Fact, fact
from vedette.inventory.item import Item, as_described
from vedette.logs.cloudtrail import ApiCall

if TYPE_CHECKING:
    import polars as pl

_EC2 = "ec2.amazonaws.com"
_S3 = "s3.amazonaws.com"
_FACTS = 40_000
"""Facts taken of one call: RunInstances of a thousand instances gives about 30,000."""
_ID = 64
"""Characters of a VPC's or subnet's id in a flow row, at most."""
_STOPPED = frozenset({"stopping", "stopped", "shutting-down", "terminated"})

Teacher = Callable[[Item, Item, Place, int], Iterator[Fact]]
"""From request and response to facts."""


def _run_instances(_request: Item, response: Item, place: Place, at: int) -> Iterator[Fact]:
    owner = response.known("OwnerId", described.ACCOUNT, "an account id")
    for one in response.items("Instances"):
        yield from described.instance(one, place._replace(account=owner or place.account), at, complete=False)


def _states(_request: Item, response: Item, _place: Place, at: int) -> Iterator[Fact]:
    for one in response.items("Instances"):
        entity = _entity("instance", one.known("InstanceId", INSTANCE, "an instance id"))
        state = one.child("CurrentState").text("Name")
        if entity and state:
            yield fact(entity, "state", state, at)
            if state in _STOPPED:
                # A stop gives a public address back that is not Elastic.
                yield fact(entity, "stopped", True, at)


def _modify_instance(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    entity = _entity("instance", request.known("InstanceId", INSTANCE, "an instance id"))
    kind = request.child("InstanceType").text("Value")
    if not kind and request.text("Attribute") == "instanceType":
        kind = request.text("Value")
    if entity and kind:
        yield fact(entity, "type", kind, at)


def _profile(_request: Item, response: Item, _place: Place, at: int) -> Iterator[Fact]:
    association = _inner(response).child("IamInstanceProfileAssociation")
    entity = _entity("instance", association.known("InstanceId", INSTANCE, "an instance id"))
    profile = described.profile(association.child("IamInstanceProfile"))
    if entity and profile:
        yield fact(entity, "profile", profile, at)


def _no_profile(_request: Item, response: Item, _place: Place, at: int) -> Iterator[Fact]:
    association = _inner(response).child("IamInstanceProfileAssociation")
    if entity := _entity("instance", association.known("InstanceId", INSTANCE, "an instance id")):
        yield fact(entity, "profile", None, at)


def _create_interface(_request: Item, response: Item, place: Place, at: int) -> Iterator[Fact]:
    yield from described.interface(response.child("NetworkInterface"), place, at, complete=False)


def _delete_interface(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    if entity := _entity("interface", request.known("NetworkInterfaceId", INTERFACE, "an interface id")):
        yield fact(entity, "attachment", None, at)


def _attach_interface(request: Item, response: Item, _place: Place, at: int) -> Iterator[Fact]:
    entity = _entity("interface", request.known("NetworkInterfaceId", INTERFACE, "an interface id"))
    attached = described.attachment(Item({**response.value, **request.value}), "")
    if entity and attached:
        yield fact(entity, "attachment", attached, at)


def _detach_interface(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    if entity := _entity("attachment", request.known("AttachmentId", ATTACHMENT, "an attachment id")):
        yield fact(entity, "ended", True, at)


def _allocate_address(_request: Item, response: Item, place: Place, at: int) -> Iterator[Fact]:
    yield from described.address(response, place, at)


def _release_address(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    name = request.known("AllocationId", ALLOCATION, "an allocation id") or request.address("PublicIp")
    if entity := _entity("allocation", name):
        yield fact(entity, "released", True, at)


def _associate_address(request: Item, response: Item, _place: Place, at: int) -> Iterator[Fact]:
    association = response.known("AssociationId", ASSOCIATION, "an association id")
    if association:
        yield from described.associated(
            association, request.known("AllocationId", ALLOCATION, "an allocation id"), request.address("PublicIp"),
            request.known("InstanceId", INSTANCE, "an instance id"),
            request.known("NetworkInterfaceId", INTERFACE, "an interface id"), request.address("PrivateIpAddress"), at)


def _disassociate_address(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    if entity := _entity("association", request.known("AssociationId", ASSOCIATION, "an association id")):
        yield fact(entity, "ended", True, at)


def _create_nat_gateway(_request: Item, response: Item, place: Place, at: int) -> Iterator[Fact]:
    yield from described.nat_gateway(_inner(response).child("NatGateway"), place, at)


def _delete_nat_gateway(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    inner = _inner(request)
    if entity := _entity("nat", inner.known("NatGatewayId", NAT, "a NAT gateway id")):
        yield fact(entity, "state", "deleted", at)


def _create_tags(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    tags = described.tags(request, "Tags")
    for entity in _tagged(request):
        for key, value in tags.items():
            yield fact(entity, f"tag/{key}", value, at)


def _delete_tags(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    tags = described.tags(request, "Tags")
    for entity in _tagged(request):
        if not request.items("Tags"):  # all of them
            yield fact(entity, "tags", {}, at)
        for key in tags:
            yield fact(entity, f"tag/{key}", None, at)


def _create_bucket(request: Item, _response: Item, place: Place, at: int) -> Iterator[Fact]:
    if not (entity := _bucket(request)):
        return
    region = request.child("CreateBucketConfiguration").text("LocationConstraint") or place.region
    yield fact(entity, "createdAt", at, at)
    if place.account:
        yield fact(entity, "account", place.account, at)
    if region:
        yield fact(entity, "region", region, at)
    if acl := _acl(request):
        yield fact(entity, "acl", acl, at)


def _delete_bucket(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    if entity := _bucket(request):
        yield fact(entity, "deleted", True, at)


def _put_tags(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    tag_set = request.child("Tagging").child("TagSet")
    if (entity := _bucket(request)) and "TagSet" in request.child("Tagging"):
        yield fact(entity, "tags", described.tags(tag_set, "Tag"), at)


def _put_encryption(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    found = buckets.encryption(request.child("ServerSideEncryptionConfiguration"))
    if (entity := _bucket(request)) and found:
        yield fact(entity, "encryption", found, at)


def _put_access_block(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    block = request.child("PublicAccessBlockConfiguration")
    if (entity := _bucket(request)) and block:
        yield fact(entity, "publicAccessBlock", buckets.access_block(block), at)


def _put_account_block(request: Item, _response: Item, place: Place, at: int) -> Iterator[Fact]:
    block = request.child("PublicAccessBlockConfiguration")
    if place.account and block:
        yield fact(f"account/{place.account}", "publicAccessBlock", buckets.access_block(block), at)


def _delete_account_block(_request: Item, _response: Item, place: Place, at: int) -> Iterator[Fact]:
    if place.account:
        yield fact(f"account/{place.account}", "publicAccessBlock", buckets.NOT_BLOCKED, at)


def _put_acl(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    if entity := _bucket(request):
        yield fact(entity, "acl", _acl(request), at)


def _put_policy(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
    document = request.child("bucketPolicy")
    if (entity := _bucket(request)) and document:
        yield fact(entity, "policy", buckets.policy(document), at)


def _reset(field: str, value: Any) -> Teacher:
    """A setting that a call takes away, so that ``value`` holds."""

    def teach(request: Item, _response: Item, _place: Place, at: int) -> Iterator[Fact]:
        if entity := _bucket(request):
            yield fact(entity, field, value, at)

    return teach


_OF_EC2: Mapping[str, Teacher] = {
    "RunInstances": _run_instances, "StartInstances": _states, "StopInstances": _states, "TerminateInstances": _states,
    "ModifyInstanceAttribute": _modify_instance, "AssociateIamInstanceProfile": _profile,
    "ReplaceIamInstanceProfileAssociation": _profile, "DisassociateIamInstanceProfile": _no_profile,
    "CreateNetworkInterface": _create_interface, "DeleteNetworkInterface": _delete_interface,
    "AttachNetworkInterface": _attach_interface, "DetachNetworkInterface": _detach_interface,
    "AllocateAddress": _allocate_address, "ReleaseAddress": _release_address,
    "AssociateAddress": _associate_address, "DisassociateAddress": _disassociate_address,
    "CreateNatGateway": _create_nat_gateway, "DeleteNatGateway": _delete_nat_gateway,
    "CreateTags": _create_tags, "DeleteTags": _delete_tags,
}
_OF_S3: Mapping[str, Teacher] = {
    "CreateBucket": _create_bucket, "DeleteBucket": _delete_bucket,
    "PutBucketTagging": _put_tags, "DeleteBucketTagging": _reset("tags", {}),
    # Since 2023 a bucket without a setting encrypts with S3's own keys.
    "PutBucketEncryption": _put_encryption,
    "DeleteBucketEncryption": _reset("encryption", {"encryptionType": "AES256"}),
    "PutBucketPublicAccessBlock": _put_access_block,
    "DeleteBucketPublicAccessBlock": _reset("publicAccessBlock", buckets.NOT_BLOCKED),
    "PutAccountPublicAccessBlock": _put_account_block, "DeleteAccountPublicAccessBlock": _delete_account_block,
    "PutBucketAcl": _put_acl, "PutBucketPolicy": _put_policy,
    "DeleteBucketPolicy": _reset("policy", {buckets.READ: False, buckets.WRITE: False}),
}

LEARNS_FROM: Mapping[str, frozenset[str]] = {_EC2: frozenset(_OF_EC2), _S3: frozenset(_OF_S3)}
"""The calls that `learn` looks at: event source → event names."""


def learn(call: ApiCall) -> list[Fact]:
    """The facts that a call's record teaches; none of a call that failed, or is misshapen."""
    teach = (_OF_EC2 if call.event_source == _EC2 else _OF_S3 if call.event_source == _S3 else {}).get(call.event_name)
    if teach is None or not call.succeeded:
        return []
    try:
        request, response = call.request, call.response
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return []
    if call.event_source == _EC2:
        request, response = as_described(request), as_described(response)
    account = call.account if described.ACCOUNT.fullmatch(call.account) else ""
    place = Place(account, call.region if described.REGION.fullmatch(call.region) else "")
    facts: list[Fact] = []
    for one in teach(Item(_as_object(request)), Item(_as_object(response)), place, call.time):
        if len(facts) == _FACTS:
            break
        facts.append(one)
    return facts


def learn_flows(frame: pl.DataFrame) -> list[Fact]:
    """What a block of flow rows teaches of interfaces, where the format names instances, VPCs or subnets.

    ``frame`` has the columns of `vedette.logs.vpc_flow`; a fact is observed at the last start of the rows that say so.
    """
    import polars as pl

    fields = {"instance_id": "flowInstance", "vpc_id": "vpcId", "subnet_id": "subnetId", "account_id": "account"}
    here = [column for column in fields if column in frame.columns]
    if "interface_id" not in frame.columns or "start" not in frame.columns or set(here) <= {"account_id"}:
        return []
    last = (
        frame.lazy().filter(pl.col("interface_id").is_not_null() & pl.col("start").is_not_null())
        .group_by("interface_id", *here).agg(pl.col("start").max()).sort("start", "interface_id", *here).collect()
    )
    facts = []
    for row in last.iter_rows(named=True):
        if not INTERFACE.fullmatch(str(row["interface_id"])):
            continue
        for column in here:
            value = str(row[column] or "")
            sound = column in {"vpc_id", "subnet_id"} or (
                INSTANCE if column == "instance_id" else described.ACCOUNT).fullmatch(value)
            if value and value != "-" and len(value) <= _ID and sound:
                facts.append(fact(f"interface/{row['interface_id']}", fields[column], value, int(row["start"]) * 1000))
    return facts


def _entity(kind: str, name: str) -> str:
    return f"{kind}/{name}" if name else ""


def _bucket(request: Item) -> str:
    return _entity("bucket", request.known("bucketName", BUCKET, "a bucket's name"))


def _tagged(request: Item) -> Iterator[str]:
    for one in request.items("Resources"):
        if entity := _entity("instance", one.known("ResourceId", INSTANCE, "an instance id")):
            yield entity


def _inner(item: Item) -> Item:
    """A newer EC2 call's record wraps request and response in one object of the call's name."""
    return next((item.child(name) for name in item.value if name.endswith(("Response", "Request"))), item)


def _acl(request: Item) -> dict[str, bool] | None:
    """What a request's access control list lets everyone do. None: it is given in headers that are not judged here."""
    if policy := request.child("AccessControlPolicy"):
        return buckets.grants(policy.child("AccessControlList").items("Grant"))
    canned = request.texts("x-amz-acl")
    return buckets.canned_acl(canned[0]) if canned else None


def _as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
