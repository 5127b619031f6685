import json
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.inventory import LEARNS_FROM, Inventory, learn, learn_flows
from vedette.logs.cloudtrail import from_object, is_record
from vedette.logs.times import parse_time

ACCOUNT = "111122223333"
EC2, S3 = "ec2.amazonaws.com", "s3.amazonaws.com"
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
INSTANCE, INTERFACE, ATTACHMENT = "i-0123456789abcdef0", "eni-0123456789abcdef0", "eni-attach-0123456789abcdef0"
ALLOCATION, ASSOCIATION = "eipalloc-0123456789abcdef0", "eipassoc-0123456789abcdef0"
HOUR = 3_600_000
START = parse_time("2024-08-18T00:00:00Z")


def call(name, request=None, response=None, *, hour=0, source=EC2, **more):
    return from_object({
        "eventTime": f"2024-08-18T{hour:02}:00:00Z", "eventSource": source, "eventName": name, "eventID": name,
        "awsRegion": "eu-west-1", "recipientAccountId": ACCOUNT, "requestParameters": request,
        "responseElements": response, **more,
    })


def items(*values):
    return {"items": list(values)}


def run_instances(hour=0, **more):
    interface = {
        "networkInterfaceId": INTERFACE, "subnetId": "subnet-1", "vpcId": "vpc-1", "ownerId": ACCOUNT,
        "privateIpAddress": "10.0.1.5", "privateDnsName": "ip-10-0-1-5.eu-west-1.compute.internal",
        "groupSet": items({"groupId": "sg-1", "groupName": "web"}), "ipv6AddressesSet": {},
        "attachment": {"attachmentId": ATTACHMENT, "deviceIndex": 0, "status": "attaching"},
        "privateIpAddressesSet": {"item": [{"privateIpAddress": "10.0.1.5", "primary": True}]},
        "tagSet": {},
    }
    return call("RunInstances", {"instancesSet": items({"imageId": "ami-1"})}, {
        "ownerId": ACCOUNT, "reservationId": "r-1", "groupSet": {}, "instancesSet": items({
            "instanceId": INSTANCE, "imageId": "ami-1", "instanceType": "t3.micro", "launchTime": START + hour * HOUR,
            "instanceState": {"code": 0, "name": "pending"}, "placement": {"availabilityZone": "eu-west-1a"},
            "privateIpAddress": "10.0.1.5", "subnetId": "subnet-1", "vpcId": "vpc-1", "productCodes": {},
            "tagSet": items({"key": "Name", "value": "web"}), "networkInterfaceSet": items(interface),
            "iamInstanceProfile": {"arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/web", "id": "AIPA1"}, **more,
        }),
    }, hour=hour)


def taught(*calls):
    return Inventory(one for made in calls for one in learn(made))


def details(*calls):
    return taught(*calls).instance_details(instance_id=INSTANCE)


def test_a_started_instance_is_known_as_a_finding_shows_it():
    assert details(run_instances()) == {
        "instanceId": INSTANCE, "availabilityZone": "eu-west-1a", "imageId": "ami-1", "instanceType": "t3.micro",
        "iamInstanceProfile": {"arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/web", "id": "AIPA1"},
        "launchTime": "2024-08-18T00:00:00.000Z", "tags": [{"key": "Name", "value": "web"}],
        "networkInterfaces": [{
            "networkInterfaceId": INTERFACE, "privateIpAddress": "10.0.1.5", "subnetId": "subnet-1", "vpcId": "vpc-1",
            "privateDnsName": "ip-10-0-1-5.eu-west-1.compute.internal",
            "privateIpAddresses": [{"privateIpAddress": "10.0.1.5"}],
            "securityGroups": [{"groupId": "sg-1", "groupName": "web"}],
        }],
    }


def test_a_started_instance_is_found_by_interface_and_by_private_address():
    inventory = taught(run_instances())
    assert inventory.instance_of(interface_id=INTERFACE) == INSTANCE
    assert inventory.instance_of(private_ip="10.0.1.5", vpc_id="vpc-1") == INSTANCE
    assert inventory.interface_addresses() == {INTERFACE: ("10.0.1.5",)}
    assert inventory.owns_address("10.0.1.5", ACCOUNT)


@pytest.mark.parametrize("error", [{"errorCode": "Client.DryRunOperation"}, {"errorMessage": "no"}])
def test_a_failed_call_teaches_nothing(error):
    sound = run_instances()
    failed = msgspec.structs.replace(
        sound, error_code=error.get("errorCode"), error_message=error.get("errorMessage"))
    assert learn(sound)
    assert learn(failed) == []


def test_tags_change_one_by_one():
    create = call("CreateTags", {"resourcesSet": items({"resourceId": INSTANCE}, {"resourceId": "vol-1"}),
                                 "tagSet": items({"key": "env", "value": "prod"}, {"key": "Name", "value": "db"})},
                  hour=1)
    delete = call("DeleteTags", {"resourcesSet": items({"resourceId": INSTANCE}),
                                 "tagSet": items({"key": "Name"})}, hour=2)
    delete_all = call("DeleteTags", {"resourcesSet": items({"resourceId": INSTANCE})}, hour=3)

    def tags(*calls):
        return {tag["key"]: tag["value"] for tag in details(*calls).get("tags", ())}

    assert tags(run_instances(), create) == {"Name": "db", "env": "prod"}
    assert tags(delete, create, run_instances()) == {"env": "prod"}
    assert tags(run_instances(), create, delete_all) == {}


def public_ip(*calls):
    return details(*calls)["networkInterfaces"][0].get("publicIp")


ALLOCATE = call("AllocateAddress", {"domain": "vpc"}, {
    "publicIp": "198.51.100.7", "domain": "vpc", "allocationId": ALLOCATION}, hour=1)


@pytest.mark.parametrize("holder", [{"instanceId": INSTANCE}, {"networkInterfaceId": INTERFACE}])
def test_an_elastic_address_comes_and_goes(holder):
    associate = call("AssociateAddress", {"allocationId": ALLOCATION, **holder}, {
        "associationId": ASSOCIATION, "_return": True}, hour=2)
    disassociate = call("DisassociateAddress", {"associationId": ASSOCIATION}, {"_return": True}, hour=3)
    release = call("ReleaseAddress", {"allocationId": ALLOCATION}, {"_return": True}, hour=4)
    assert public_ip(run_instances(), ALLOCATE) is None
    assert public_ip(run_instances(), ALLOCATE, associate) == "198.51.100.7"
    assert public_ip(associate, run_instances()) is None  # the record names no address, and none is invented
    assert public_ip(run_instances(), disassociate, associate, ALLOCATE) is None
    associated = taught(run_instances(), ALLOCATE, associate)
    assert associated.addresses_of_instance(INSTANCE) == {"10.0.1.5", "198.51.100.7"}
    assert associated.account_of_address("198.51.100.7") == ACCOUNT
    released = taught(run_instances(), ALLOCATE, associate, disassociate, release)
    assert not released.owns_address("198.51.100.7", ACCOUNT)


def stop(hour, name="StopInstances", state="stopping"):
    return call(name, {"instancesSet": items({"instanceId": INSTANCE})}, {
        "instancesSet": items({"instanceId": INSTANCE, "currentState": {"name": state}})}, hour=hour)


def test_a_stop_gives_back_the_address_that_is_not_elastic_and_a_start_does_not_bring_it_back():
    started = run_instances(ipAddress="198.51.100.9")
    restart = stop(2, "StartInstances", "pending")
    assert public_ip(started) == "198.51.100.9"
    assert public_ip(started, stop(1)) is None
    assert public_ip(started, stop(1), restart) is None
    assert not taught(started, stop(1)).owns_address("198.51.100.9", ACCOUNT)
    associate = call("AssociateAddress", {"allocationId": ALLOCATION, "instanceId": INSTANCE},
                     {"associationId": ASSOCIATION}, hour=2)
    assert public_ip(started, ALLOCATE, associate, stop(3)) == "198.51.100.7"


def test_a_terminated_instance_says_so():
    assert details(run_instances(), stop(1, "TerminateInstances", "terminated"))["instanceState"] == "terminated"


def test_an_interface_is_attached_and_detached():
    other = "eni-0aaaaaaaaaaaaaaaa"
    create = call("CreateNetworkInterface", {"subnetId": "subnet-2"}, {"networkInterface": {
        "networkInterfaceId": other, "subnetId": "subnet-2", "vpcId": "vpc-1", "availabilityZone": "eu-west-1b",
        "ownerId": ACCOUNT, "privateIpAddress": "10.0.2.9", "groupSet": items({"groupId": "sg-2"}),
    }}, hour=1)
    attach = call("AttachNetworkInterface", {"networkInterfaceId": other, "instanceId": INSTANCE, "deviceIndex": 1},
                  {"attachmentId": "eni-attach-0b"}, hour=2)
    detach = call("DetachNetworkInterface", {"attachmentId": "eni-attach-0b"}, {"_return": True}, hour=3)

    def interfaces(*calls):
        return [one["networkInterfaceId"] for one in details(*calls)["networkInterfaces"]]

    assert taught(create).instance_details(interface_id=other) == {"networkInterfaces": [{
        "networkInterfaceId": other, "privateIpAddress": "10.0.2.9", "subnetId": "subnet-2", "vpcId": "vpc-1",
        "securityGroups": [{"groupId": "sg-2"}]}]}
    assert interfaces(run_instances(), create) == [INTERFACE]
    assert interfaces(attach, run_instances(), create) == [INTERFACE, other]
    assert interfaces(run_instances(), detach, attach, create) == [INTERFACE]
    assert taught(create, attach, detach).instance_of(interface_id=other) == ""


def test_a_nat_gateways_address_is_the_accounts():
    nat = call("CreateNatGateway", {"CreateNatGatewayRequest": {"AllocationId": ALLOCATION, "SubnetId": "subnet-1"}}, {
        "CreateNatGatewayResponse": {"xmlns": "http://ec2.amazonaws.com/doc/2016-11-15/", "natGateway": {
            "natGatewayId": "nat-0123456789abcdef0", "subnetId": "subnet-1", "vpcId": "vpc-1", "state": "pending",
            "natGatewayAddressSet": {"item": {"allocationId": ALLOCATION, "publicIp": "198.51.100.8"}},
        }}}, hour=1)
    gone = {"DeleteNatGatewayRequest": {"NatGatewayId": "nat-0123456789abcdef0"}}
    delete = call("DeleteNatGateway", gone, {}, hour=2)
    assert taught(nat).owns_address("198.51.100.8", ACCOUNT)
    assert taught(nat).account_of_address("198.51.100.8") == ACCOUNT
    assert not taught(nat, delete).owns_address("198.51.100.8", ACCOUNT)


def test_type_and_profile_change():
    larger = {"instanceId": INSTANCE, "instanceType": {"value": "m5.large"}}
    modify = call("ModifyInstanceAttribute", larger, {}, hour=1)
    association = {"associationId": "iip-assoc-1", "instanceId": INSTANCE,
                   "iamInstanceProfile": {"arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/admin", "id": "AIPA2"}}
    replace = call("ReplaceIamInstanceProfileAssociation", {}, {
        "ReplaceIamInstanceProfileAssociationResponse": {"iamInstanceProfileAssociation": association}}, hour=2)
    remove = call("DisassociateIamInstanceProfile", {}, {
        "DisassociateIamInstanceProfileResponse": {"iamInstanceProfileAssociation": association}}, hour=3)
    assert details(run_instances(), modify)["instanceType"] == "m5.large"
    assert details(run_instances(), replace)["iamInstanceProfile"]["id"] == "AIPA2"
    assert "iamInstanceProfile" not in details(run_instances(), replace, remove)


def bucket(*calls):
    return taught(*calls).bucket_details("my-logs")


def s3(name, hour, **request):
    return call(name, {"bucketName": "my-logs", **request}, source=S3, hour=hour)


def test_a_bucket_is_known_as_a_finding_shows_it():
    everything = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
                  "RestrictPublicBuckets": "true", "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/"}
    assert bucket(
        s3("CreateBucket", 1, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}),
        s3("PutBucketTagging", 2, Tagging={"TagSet": {"Tag": {"Key": "env", "Value": "prod"}}}),
        s3("PutBucketEncryption", 3, ServerSideEncryptionConfiguration={"Rule": {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:aws:kms:k"}}}),
        s3("PutBucketPublicAccessBlock", 4, PublicAccessBlockConfiguration=everything),
    ) == {
        "arn": "arn:aws:s3:::my-logs", "name": "my-logs", "type": "Destination", "createdAt": (START + HOUR) / 1000,
        "tags": [{"key": "env", "value": "prod"}],
        "defaultServerSideEncryption": {"encryptionType": "aws:kms", "kmsMasterKeyArn": "arn:aws:kms:k"},
        "publicAccess": {"effectivePermission": "NOT_PUBLIC", "permissionConfiguration": {"bucketLevelPermissions": {
            "blockPublicAccess": dict.fromkeys(
                ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"), True)}}},
    }


def test_a_bucket_is_opened_to_everyone_by_its_list_or_its_policy():
    def permissions(*calls):
        return bucket(*calls)["publicAccess"]["permissionConfiguration"]["bucketLevelPermissions"]

    def statement(**fields):
        return {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*", **fields}]}

    opened = {"allowsPublicReadAccess": True, "allowsPublicWriteAccess": False}
    shut = {"allowsPublicReadAccess": False, "allowsPublicWriteAccess": False}
    both = {"allowsPublicReadAccess": True, "allowsPublicWriteAccess": True}
    everyone = {"Grantee": {"xsi:type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}}
    owner = {"Grantee": {"xsi:type": "CanonicalUser", "ID": "x"}, "Permission": "FULL_CONTROL"}
    logs = {"Grantee": {"URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}, "Permission": "WRITE"}

    def acl(*grants):
        return s3("PutBucketAcl", 1, AccessControlPolicy={"AccessControlList": {"Grant": list(grants)}})

    assert permissions(s3("PutBucketAcl", 1, **{"x-amz-acl": ["public-read"]})) == {"accessControlList": opened}
    assert permissions(s3("PutBucketAcl", 1, **{"x-amz-acl": ["private"]})) == {"accessControlList": shut}
    assert permissions(acl(owner, {**everyone, "Permission": "READ"})) == {"accessControlList": opened}
    assert permissions(acl(owner, {**everyone, "Permission": "FULL_CONTROL"})) == {"accessControlList": both}
    assert permissions(acl(owner, logs)) == {"accessControlList": shut}
    # Other grants stand in headers: what was known before no longer holds.
    assert "publicAccess" not in bucket(
        s3("CreateBucket", 0), acl(owner), s3("PutBucketAcl", 2, **{"x-amz-grant-read": "uri=…"}))

    for document, expected in (
        (statement(), opened), (statement(Principal={"AWS": ["*"]}, Action=["s3:*"]), both),
        (statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), shut), (statement(Effect="Deny"), shut),
    ):
        assert permissions(s3("PutBucketPolicy", 1, bucketPolicy=document)) == {"bucketPolicy": expected}
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o"}}
    conditional = s3("PutBucketPolicy", 1, bucketPolicy=statement(Condition=condition))
    assert "publicAccess" not in bucket(s3("CreateBucket", 0), conditional)
    assert permissions(conditional, s3("DeleteBucketPolicy", 2)) == {"bucketPolicy": shut}


def test_the_accounts_own_block_closes_its_buckets():
    block = call("PutAccountPublicAccessBlock", {"PublicAccessBlockConfiguration": {
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}},
        source=S3, hour=3)
    opened = [s3("CreateBucket", 1), s3("PutBucketAcl", 2, **{"x-amz-acl": ["public-read"]})]
    assert bucket(*opened)["publicAccess"]["effectivePermission"] == "UNKNOWN"
    assert bucket(*opened, block)["publicAccess"]["effectivePermission"] == "NOT_PUBLIC"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2**70, 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20) | st.sampled_from([INSTANCE, INTERFACE, ALLOCATION, "10.0.0.1", "my-logs", "public-read"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([
        "items", "item", "instancesSet", "instanceId", "networkInterfaceSet", "networkInterfaceId", "networkInterface",
        "attachment", "tagSet", "resourcesSet", "resourceId", "key", "value", "launchTime", "placement", "association",
        "publicIp", "allocationId", "associationId", "currentState", "name", "groupSet", "bucketName", "Tagging",
        "TagSet", "Tag", "Key", "ServerSideEncryptionConfiguration", "Rule", "AccessControlPolicy", "AccessControlList",
        "Grant",
        "Grantee", "URI", "bucketPolicy", "Statement", "Effect", "Principal", "Action", "x-amz-acl", "natGateway",
        "CreateNatGatewayResponse", "natGatewayAddressSet", "PublicAccessBlockConfiguration", "IgnorePublicAcls",
        "iamInstanceProfileAssociation", "deviceIndex", "privateIpAddressesSet", "privateIpAddress", "attachmentId",
    ]), inner, max_size=6),
    max_leaves=25,
)
NAMES = sorted((source, name) for source, names in LEARNS_FROM.items() for name in names)


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(NAMES), JSON, JSON)
def test_no_shape_of_a_record_is_an_error_and_what_it_teaches_can_be_read(name, request, response):
    facts = learn(call(name[1], request, response, source=name[0]))
    inventory = Inventory(facts)
    for one in facts:
        kind, _, rest = one.entity.partition("/")
        if kind == "instance":
            inventory.instance_details(instance_id=rest)
        elif kind == "interface":
            inventory.instance_details(interface_id=rest)
        elif kind == "bucket":
            inventory.bucket_details(rest)
    inventory.interface_addresses()


def sound_shapes():
    yield run_instances()
    yield s3("PutBucketTagging", 1, Tagging={"TagSet": {"Tag": [{"Key": "a", "Value": "b"}]}})
    yield call("CreateTags", {
        "resourcesSet": items({"resourceId": INSTANCE}), "tagSet": items({"key": "a", "value": "b"})})
    yield call("AssociateAddress", {"allocationId": ALLOCATION, "instanceId": INSTANCE}, {"associationId": ASSOCIATION})


WRONG = [None, True, 7, -1.5, 2**70, "", "x" * 100_000, [], [[]], {}, {"items": 3}, "\x00", "i-../../etc"]


@pytest.mark.parametrize("sound", list(sound_shapes()), ids=lambda one: one.event_name)
def test_each_value_of_a_sound_record_may_be_wrong(sound):
    """Every value at every depth, replaced by each wrong one."""

    def variants(value):
        yield from WRONG
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from ({**value, key: changed} for changed in variants(inner))
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                yield from ([*value[:place], changed, *value[place + 1:]] for changed in variants(inner))

    for side in ("raw_request", "raw_response"):
        for changed in variants(msgspec.json.decode(getattr(sound, side))):
            facts = learn(msgspec.structs.replace(sound, **{side: msgspec.Raw(msgspec.json.encode(changed))}))
            inventory = Inventory(facts)
            inventory.instance_details(instance_id=INSTANCE)
            assert all(len(one.value) < 10_000 for one in facts)


def test_what_one_record_can_teach_is_bounded():
    many = call("RunInstances", {}, {"instancesSet": items(*[
        {"instanceId": f"i-{number}", "networkInterfaceSet": items(*[
            {"networkInterfaceId": f"eni-{number}-{place}".replace("-", "x").replace("enix", "eni-"),
             "privateIpAddress": "10.0.0.1"} for place in range(100)])}
        for number in range(3000)])})
    assert len(learn(many)) == 40_000


def test_a_deep_record_teaches_nothing_and_costs_nothing():
    deep = '{"instancesSet":' * 3000 + "1" + "}" * 3000
    assert learn(msgspec.structs.replace(run_instances(), raw_response=msgspec.Raw(deep.encode()))) == []


def records(folder, pattern):
    if not (SHARED / folder).is_dir():
        pytest.skip(f"no open test data beside the repository ({folder})")
    for path in sorted((SHARED / folder).glob(pattern)):
        for line in [path.read_text()] if path.suffix != ".jsonl" else path.read_text().splitlines():
            value = json.loads(line)
            value = value.get("Records") or value.get("log") or value if isinstance(value, dict) else value
            yield from (one for one in (value if isinstance(value, list) else [value])
                        if isinstance(one, dict) and is_record(one))


def test_real_calls_that_failed_teach_nothing_and_others_do_no_harm():
    looked_at = failed = 0
    for value in [*records("traildiscover", "*.cloudtrail"), *records("stratus", "*.json")]:
        made = from_object(value)
        if made.event_name in LEARNS_FROM.get(made.event_source, ()):
            looked_at += 1
            if not made.succeeded:
                failed += 1
                assert learn(made) == []
            else:
                learn(made)
    assert looked_at > 20
    assert failed > 10


def test_a_real_stop_and_start_is_learned():
    inventory = Inventory()
    for value in records("stratus", "aws.execution.ec2-user-data.json"):
        made = from_object(value)
        changed = inventory.apply(learn(made))
        if made.event_name == "StopInstances":
            [instance] = made.response["instancesSet"]["items"]
            assert f"instance/{instance['instanceId']}" in changed
            assert Inventory(learn(made)).instance_details(instance_id=instance["instanceId"]) == {
                "instanceId": instance["instanceId"], "instanceState": instance["currentState"]["name"]}
            break
    else:
        pytest.fail("the file has a StopInstances call")


def test_real_launches_are_learned_with_what_the_record_says():
    launches = 0
    for value in records("panther", "open.jsonl"):
        made = from_object(value)
        if made.event_name != "RunInstances" or not made.succeeded:
            continue
        launches += 1
        inventory = Inventory(learn(made))
        for said in made.response["instancesSet"]["items"]:
            known = inventory.instance_details(private_ip=said["privateIpAddress"], vpc_id=said["vpcId"])
            [interface] = said["networkInterfaceSet"]["items"]
            assert known["instanceId"] == said["instanceId"]
            assert known["imageId"] == said["imageId"]
            assert known["instanceType"] == said["instanceType"]
            assert parse_time(known["launchTime"]) == int(said["launchTime"])
            assert known["tags"] == [{"key": tag["key"], "value": tag["value"]} for tag in said["tagSet"]["items"]]
            [shown] = known["networkInterfaces"]
            assert shown["networkInterfaceId"] == interface["networkInterfaceId"]
            assert shown["privateIpAddress"] == interface["privateIpAddress"]
            assert shown["subnetId"] == interface["subnetId"]
            assert shown["securityGroups"] == interface["groupSet"]["items"]
            assert inventory.instance_of(interface_id=interface["networkInterfaceId"]) == said["instanceId"]
    assert launches == 2


def flows(**columns):
    return pl.DataFrame({"interface_id": [INTERFACE] * 2, "start": [START // 1000, START // 1000 + 60], **columns})


def test_flow_rows_that_name_instances_teach_them():
    frame = flows(instance_id=[INSTANCE] * 2, vpc_id=["vpc-1", None], subnet_id=["subnet-1", "-"],
                  account_id=[ACCOUNT] * 2)
    inventory = Inventory(learn_flows(frame))
    assert inventory.instance_of(interface_id=INTERFACE) == INSTANCE
    assert inventory.instance_details(interface_id=INTERFACE) == {"instanceId": INSTANCE, "networkInterfaces": [
        {"networkInterfaceId": INTERFACE, "vpcId": "vpc-1", "subnetId": "subnet-1"}]}
    newest = max(one.observed for one in learn_flows(frame))
    assert newest == START + 60_000


def test_flow_rows_teach_the_same_however_they_are_cut():
    frame = flows(instance_id=["i-1", "i-2"], vpc_id=["vpc-1", "vpc-1"])
    whole = Inventory(learn_flows(frame))
    cut = Inventory([*learn_flows(frame[1:]), *learn_flows(frame[:1])])
    assert list(whole.facts()) == list(cut.facts())
    assert whole.instance_of(interface_id=INTERFACE) == "i-2"


@pytest.mark.parametrize("frame", [
    flows(), flows(account_id=[ACCOUNT] * 2), flows(instance_id=[INSTANCE] * 2).drop("start"),
    flows(instance_id=[INSTANCE] * 2).drop("interface_id"), flows(instance_id=["-", "../x"]),
    flows(instance_id=pl.Series([None, None], dtype=pl.String)), flows(instance_id=[INSTANCE] * 2).clear(),
])
def test_flow_rows_that_name_nothing_teach_nothing(frame):
    assert learn_flows(frame) == []


def test_a_description_is_not_undone_by_flow_rows_and_a_move_is_seen_in_them():
    detach = call("DetachNetworkInterface", {"attachmentId": ATTACHMENT}, {"_return": True}, hour=1)
    before = flows(instance_id=[INSTANCE] * 2)
    after = before.with_columns(pl.col("start") + 7200, instance_id=pl.lit("i-0bbb"))
    known = taught(run_instances(), detach)
    known.apply(learn_flows(before))  # rows of before the detachment, read late
    assert known.instance_of(interface_id=INTERFACE) == ""
    known.apply(learn_flows(after))
    assert known.instance_of(interface_id=INTERFACE) == "i-0bbb"
