import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.errors import InventoryError
from vedette.inventory import load_inventory, read_inventory

ACCOUNT, OTHER = "111122223333", "444455556666"
INSTANCE, INTERFACE = "i-0123456789abcdef0", "eni-0123456789abcdef0"


def write(folder, name, document):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def instances(**more):
    return {"Reservations": [{"ReservationId": "r-1", "OwnerId": ACCOUNT, "Groups": [], "Instances": [{
        "InstanceId": INSTANCE, "ImageId": "ami-1", "InstanceType": "t3.micro",
        "LaunchTime": "2024-08-18T08:14:02+00:00", "Platform": "windows", "State": {"Code": 16, "Name": "running"},
        "Placement": {"AvailabilityZone": "eu-west-1a"}, "PrivateIpAddress": "10.0.1.5",
        "PublicIpAddress": "198.51.100.9", "PrivateDnsName": "ip-10-0-1-5.eu-west-1.compute.internal",
        "PublicDnsName": "ec2-198-51-100-9.example",
        "SubnetId": "subnet-1", "VpcId": "vpc-1", "ProductCodes": [],
        "IamInstanceProfile": {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/web", "Id": "AIPA1"},
        "Tags": [{"Key": "Name", "Value": "web"}, {"Key": "env", "Value": ""}],
        "NetworkInterfaces": [{
            "NetworkInterfaceId": INTERFACE, "OwnerId": ACCOUNT, "PrivateIpAddress": "10.0.1.5", "SubnetId": "subnet-1",
            "VpcId": "vpc-1", "PrivateDnsName": "ip-10-0-1-5.eu-west-1.compute.internal",
            "Attachment": {"AttachmentId": "eni-attach-1", "DeviceIndex": 0, "Status": "attached"},
            "Association": {"PublicIp": "198.51.100.9", "PublicDnsName": "ec2-198-51-100-9.example",
                            "IpOwnerId": "amazon"},
            "Groups": [{"GroupId": "sg-1", "GroupName": "web"}], "Ipv6Addresses": [{"Ipv6Address": "2001:DB8::1"}],
            "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": "10.0.1.5",
                                    "PrivateDnsName": "ip-10-0-1-5.eu-west-1.compute.internal"},
                                   {"Primary": False, "PrivateIpAddress": "10.0.1.6"}],
        }], **more,
    }]}]}


DETAILS = {
    "instanceId": INSTANCE, "imageId": "ami-1", "instanceType": "t3.micro", "launchTime": "2024-08-18T08:14:02.000Z",
    "platform": "windows", "instanceState": "running", "availabilityZone": "eu-west-1a",
    "iamInstanceProfile": {"arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/web", "id": "AIPA1"},
    "tags": [{"key": "Name", "value": "web"}, {"key": "env", "value": ""}],
    "networkInterfaces": [{
        "networkInterfaceId": INTERFACE, "privateIpAddress": "10.0.1.5", "publicIp": "198.51.100.9",
        "privateDnsName": "ip-10-0-1-5.eu-west-1.compute.internal", "publicDnsName": "ec2-198-51-100-9.example",
        "privateIpAddresses": [
            {"privateIpAddress": "10.0.1.5", "privateDnsName": "ip-10-0-1-5.eu-west-1.compute.internal"},
            {"privateIpAddress": "10.0.1.6"}],
        "ipv6Addresses": ["2001:db8::1"], "subnetId": "subnet-1", "vpcId": "vpc-1",
        "securityGroups": [{"groupId": "sg-1", "groupName": "web"}],
    }],
}
ADDRESSES = {"Addresses": [
    {"PublicIp": "198.51.100.7", "AllocationId": "eipalloc-1", "Domain": "vpc", "NetworkBorderGroup": "eu-west-1"},
    {"PublicIp": "198.51.100.8", "AllocationId": "eipalloc-2", "AssociationId": "eipassoc-2",
     "NetworkInterfaceId": INTERFACE, "NetworkInterfaceOwnerId": ACCOUNT, "PrivateIpAddress": "10.0.1.6"},
]}
NATS = {"NatGateways": [{"NatGatewayId": "nat-1", "VpcId": "vpc-1", "State": "available", "NatGatewayAddresses": [
    {"AllocationId": "eipalloc-3", "NetworkInterfaceId": "eni-3", "PublicIp": "198.51.100.10", "PrivateIp": "10.0.0.3"},
]}]}


def test_instances_as_the_cli_prints_them_are_known_as_a_finding_shows_them(tmp_path):
    path = write(tmp_path, "any-name.json", instances())
    inventory = load_inventory([path])
    assert inventory.instance_details(instance_id=INSTANCE) == DETAILS
    assert inventory.instance_details(interface_id=INTERFACE) == DETAILS
    assert inventory.instance_details(private_ip="10.0.1.6", vpc_id="vpc-1") == DETAILS
    assert inventory.interface_addresses() == {INTERFACE: ("10.0.1.5", "10.0.1.6", "2001:db8::1")}
    assert inventory.addresses_of_instance(INSTANCE) == {"10.0.1.5", "10.0.1.6", "2001:db8::1", "198.51.100.9"}


def test_facts_are_as_of_the_files_time(tmp_path):
    path = write(tmp_path, "x.json", instances())
    os.utime(path, ns=(0, 1_700_000_000_123_000_000))
    assert {one.observed for one in read_inventory([path])} == {1_700_000_000_123}


def test_a_later_description_takes_away_what_is_gone(tmp_path):
    old, new = write(tmp_path, "old.json", instances()), write(tmp_path, "new.json", instances(
        PublicIpAddress=None, IamInstanceProfile=None, Tags=[], NetworkInterfaces=[]))
    os.utime(old, (1000, 1000))
    os.utime(new, (2000, 2000))
    details = load_inventory([tmp_path]).instance_details(instance_id=INSTANCE)
    assert "iamInstanceProfile" not in details
    assert "tags" not in details


def test_whose_an_address_is(tmp_path):
    write(tmp_path, "instances.json", instances())
    write(tmp_path, "addresses.json", ADDRESSES)
    write(tmp_path, "nats.json", NATS)
    inventory = load_inventory([tmp_path])
    for address in ("198.51.100.7", "198.51.100.8", "198.51.100.9", "198.51.100.10"):
        assert inventory.account_of_address(address) == ACCOUNT
        assert inventory.owns_address(address, ACCOUNT)
        assert not inventory.owns_address(address, OTHER)
    assert inventory.account_of_address("198.51.100.11") == ""
    assert inventory.knows_addresses_of(ACCOUNT)
    assert not inventory.knows_addresses_of(OTHER)
    assert "198.51.100.8" in inventory.addresses_of_instance(INSTANCE)


def test_a_file_without_an_account_is_of_its_folders_account_but_only_if_that_is_one(tmp_path):
    write(tmp_path, "a/instances.json", instances())
    write(tmp_path, "a/nats.json", NATS)
    assert load_inventory([tmp_path]).account_of_address("198.51.100.10") == ACCOUNT
    other = json.loads(json.dumps(instances()).replace(ACCOUNT, OTHER).replace(INSTANCE, "i-2"))
    write(tmp_path, "a/others.json", other)
    assert load_inventory([tmp_path]).account_of_address("198.51.100.10") == ""


@pytest.mark.parametrize("name", [f"{ACCOUNT}/nats.json", f"{ACCOUNT}-eu-west-1-describe-nat-gateways.json"])
def test_a_name_says_the_account(tmp_path, name):
    write(tmp_path, name, NATS)
    assert load_inventory([tmp_path]).account_of_address("198.51.100.10") == ACCOUNT


def test_an_empty_listing_of_a_named_account_is_knowledge_and_an_unfinished_one_is_not(tmp_path):
    write(tmp_path, f"{ACCOUNT}/interfaces.json", {"NetworkInterfaces": []})
    write(tmp_path, f"{OTHER}/interfaces.json", {"NetworkInterfaces": [], "NextToken": "more"})
    inventory = load_inventory([tmp_path])
    assert inventory.knows_addresses_of(ACCOUNT)
    assert not inventory.knows_addresses_of(OTHER)


FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:orders"


def function(name="orders", group="sg-0a1", **more):
    return {
        "FunctionName": name, "FunctionArn": FUNCTION.replace("orders", name), "Version": "$LATEST",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/orders", "Description": "Takes orders", "RevisionId": "r1",
        "LastModified": "2024-08-18T08:14:02.000+0000", "VpcConfig": {
            "VpcId": "vpc-1", "SubnetIds": ["subnet-0a1", "subnet-0a2"], "SecurityGroupIds": [group]}} | more


def interface_of_functions(description=f"AWS Lambda VPC ENI-orders-{'0' * 8}-0000-0000-0000-{'0' * 12}", **more):
    return {"NetworkInterfaces": [{
        "NetworkInterfaceId": INTERFACE, "OwnerId": ACCOUNT, "AvailabilityZone": "eu-west-1a", "VpcId": "vpc-1",
        "SubnetId": "subnet-0a1", "InterfaceType": "lambda", "Description": description,
        "Groups": [{"GroupId": "sg-0a1", "GroupName": "orders"}]} | more]}


def test_a_function_is_known_by_its_interface_with_its_tags(tmp_path):
    write(tmp_path, "interfaces.json", interface_of_functions())
    write(tmp_path, "functions.json", {"Functions": [
        function(), function("elsewhere", VpcConfig={}), function("apart", "sg-0a9")]})
    write(tmp_path, "get-function.json", {"Configuration": function(), "Code": {}, "Tags": {"team": "shop"}})
    inventory = load_inventory([tmp_path])
    assert inventory.interfaces_of_functions() == {INTERFACE}
    assert inventory.has_no_instance(INTERFACE)
    assert inventory.functions_of(INTERFACE) == (FUNCTION,)
    assert inventory.function_details(INTERFACE) == {
        "functionArn": FUNCTION, "functionName": "orders", "description": "Takes orders", "functionVersion": "$LATEST",
        "revisionId": "r1", "role": f"arn:aws:iam::{ACCOUNT}:role/orders", "lastModifiedAt": 1723968842.0,
        "vpcConfig": {"vpcId": "vpc-1", "subnetIds": ["subnet-0a1", "subnet-0a2"],
                      "securityGroups": [{"groupId": "sg-0a1"}]},
        "tags": [{"key": "team", "value": "shop"}]}


def test_of_functions_that_share_an_interface_none_is_named_alone(tmp_path):
    write(tmp_path, "interfaces.json", interface_of_functions())
    write(tmp_path, "functions.json", {"Functions": [function(), function("refunds")]})
    inventory = load_inventory([tmp_path])
    assert inventory.functions_of(INTERFACE) == (FUNCTION, FUNCTION.replace("orders", "refunds"))
    assert inventory.function_details(INTERFACE) == {"vpcConfig": {
        "vpcId": "vpc-1", "subnetIds": ["subnet-0a1"],
        "securityGroups": [{"groupId": "sg-0a1", "groupName": "orders"}]}}


def test_where_no_function_is_known_the_interface_is_named_after_one(tmp_path):
    write(tmp_path, "interfaces.json", interface_of_functions())
    inventory = load_inventory([tmp_path])
    assert inventory.functions_of(INTERFACE) == (FUNCTION,)
    assert inventory.function_details(INTERFACE)["functionName"] == "orders"
    write(tmp_path, "interfaces.json", interface_of_functions("AWS Lambda VPC ENI: 0a1", InterfaceType="interface"))
    inventory = load_inventory([tmp_path])
    assert inventory.interfaces_of_functions() == {INTERFACE}
    assert inventory.functions_of(INTERFACE) == ()
    assert inventory.functions_of("") == ()


def test_tags_of_users_and_roles(tmp_path):
    user, role = f"arn:aws:iam::{ACCOUNT}:user/people/bea", f"arn:aws:iam::{ACCOUNT}:role/web"
    write(tmp_path, "1.json", {
        "UserDetailList": [{"UserName": "bea", "Arn": user, "Tags": [{"Key": "Department", "Value": "payments"}]},
                           {"UserName": "bob", "Arn": f"{user}2"}],
        "RoleDetailList": [{"RoleName": "web", "RoleId": "AROA1", "Arn": role,
                            "Tags": [{"Key": "team", "Value": "x"}]}],
        "GroupDetailList": [], "Policies": []})
    write(tmp_path, "2.json", {"Roles": [{"RoleName": "web", "RoleId": "AROA1", "Arn": role}]})
    inventory = load_inventory([tmp_path])
    assert inventory.tags_of_principal(user) == {"Department": "payments"}
    assert inventory.tags_of_principal(role) == {"team": "x"}
    assert inventory.tags_of_principal(f"{user}2") == inventory.tags_of_principal("") == {}


def test_interfaces_endpoints_roles(tmp_path):
    write(tmp_path, "1.json", {"NetworkInterfaces": [{
        "NetworkInterfaceId": INTERFACE, "OwnerId": ACCOUNT, "AvailabilityZone": "eu-west-1a", "VpcId": "vpc-1",
        "PrivateIpAddress": "10.0.1.5", "Attachment": {"AttachmentId": "eni-attach-1", "InstanceId": INSTANCE,
                                                       "DeviceIndex": 1}, "TagSet": []}]})
    write(tmp_path, "2.json", {"VpcEndpoints": [
        {"VpcEndpointId": "vpce-1", "OwnerId": OTHER, "VpcId": "vpc-9", "ServiceName": "com.amazonaws.eu-west-1.s3"}]})
    arn = f"arn:aws:iam::{ACCOUNT}:role/web"
    write(tmp_path, "3.json", {"Roles": [{"RoleName": "web", "RoleId": "AROA1", "Arn": arn, "Path": "/"}]})
    inventory = load_inventory([tmp_path])
    assert inventory.instance_of(interface_id=INTERFACE) == INSTANCE
    assert inventory.account_of_endpoint("vpce-1") == OTHER


def test_buckets_with_their_settings(tmp_path):
    write(tmp_path, f"{ACCOUNT}/list-buckets.json", {
        "Buckets": [{"Name": "my-logs", "CreationDate": "2020-01-02T03:04:05+00:00"}], "Owner": {"ID": "canonical"}})
    write(tmp_path, f"{ACCOUNT}/get-bucket-tagging.my-logs.json", {"TagSet": [{"Key": "env", "Value": "prod"}]})
    write(tmp_path, f"{ACCOUNT}/get-bucket-encryption.my-logs.json", {"ServerSideEncryptionConfiguration": {"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}})
    write(tmp_path, f"{ACCOUNT}/get-public-access-block.my-logs.json", {"PublicAccessBlockConfiguration": {
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}})
    write(tmp_path, f"{ACCOUNT}/get-bucket-acl.my-logs.json", {"Owner": {"ID": "canonical"}, "Grants": [
        {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
         "Permission": "READ"}]})
    write(tmp_path, f"{ACCOUNT}/get-bucket-policy.my-logs.json", {"Policy": json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Sid": "x" * 5000}]})})
    assert load_inventory([tmp_path]).bucket_details("my-logs") == {
        "arn": "arn:aws:s3:::my-logs", "name": "my-logs", "type": "Destination", "createdAt": 1577934245,
        "owner": {"id": "canonical"}, "tags": [{"key": "env", "value": "prod"}],
        "defaultServerSideEncryption": {"encryptionType": "AES256"},
        "publicAccess": {"effectivePermission": "NOT_PUBLIC", "permissionConfiguration": {"bucketLevelPermissions": {
            "accessControlList": {"allowsPublicReadAccess": True, "allowsPublicWriteAccess": False},
            "bucketPolicy": {"allowsPublicReadAccess": False, "allowsPublicWriteAccess": True},
            "blockPublicAccess": dict.fromkeys(
                ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"), True),
        }}},
    }


@pytest.mark.parametrize(("document", "said"), [
    ("{", "not JSON"),
    ('{"a":' * 5000 + "1" + "}" * 5000, "not JSON"),
    ("[]", "not a JSON object"),
    ({"Clusters": []}, "the document is not the output of a known call, with one of Reservations"),
    ({"Reservations": 5}, "Reservations is not a list"),
    ({"Reservations": ["x"]}, r"Reservations\[0\] is not an object"),
    ({"Reservations": [{"OwnerId": ACCOUNT}]}, r"Reservations\[0\].Instances is not there"),
    ({"Reservations": [{"OwnerId": "me", "Instances": []}]}, r"Reservations\[0\].OwnerId is not an account id"),
    (instances(InstanceId="vol-1"), r"Reservations\[0\].Instances\[0\].InstanceId is not an instance id \(i-"),
    (instances(PrivateIpAddress="10.0.0.300"), "PrivateIpAddress is not an IP address"),
    (instances(InstanceType=5), "InstanceType is not a text"),
    (instances(LaunchTime="yesterday"), "LaunchTime is not an ISO 8601 time"),
    (instances(Tags={"Key": "a"}), "Tags is not a list"),
    (instances(State="running"), "State is not an object"),
    ({"Addresses": [{"PublicIp": "198.51.100.7", "AllocationId": "x"}]}, r"Addresses\[0\].AllocationId"),
    ({"TagSet": []}, "the file's name is not get-bucket-….<bucket>.json"),
])
def test_a_malformed_file_is_named_with_the_key(tmp_path, document, said):
    path = write(tmp_path, "x.json", document)
    with pytest.raises(InventoryError, match=said) as caught:
        load_inventory([path])
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_path_that_is_not_there_and_a_folder_without_files_are_named(tmp_path):
    with pytest.raises(InventoryError, match="No such file"):
        load_inventory([tmp_path / "nowhere"])
    with pytest.raises(InventoryError, match=r"holds no \.json file"):
        load_inventory([tmp_path])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from([INSTANCE, ACCOUNT, "10.0.0.1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "Reservations", "Instances", "InstanceId", "OwnerId", "Tags", "Key", "NetworkInterfaces", "NetworkInterfaceId",
        "Addresses", "PublicIp", "NatGateways", "VpcEndpoints", "Buckets", "Name", "Owner", "Roles", "Arn", "TagSet",
        "Grants", "Policy", "PublicAccessBlockConfiguration", "ServerSideEncryptionConfiguration", "NextToken",
    ]), inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=400, deadline=None)
@given(JSON)
def test_any_json_is_an_inventory_or_an_error_that_says_why(tmp_path_factory, document):
    path = write(tmp_path_factory.getbasetemp(), "get-bucket-any.my-logs.json", document)
    said = f"{path}: "
    try:
        load_inventory([path])
    except InventoryError as error:
        said = str(error)
    assert said.startswith(f"{path}: ")
