import json
import os
from datetime import timedelta

import boto3
import msgspec
import pytest

from tests.aws import aws_over_http, be_nobody
from vedette.errors import InventoryError
from vedette.inventory import Inventory, describe_account, load_inventory

REGIONS = ["eu-west-1", "us-east-1"]
ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def endpoint():
    """An AWS over HTTP."""
    with aws_over_http() as url:
        yield url


@pytest.fixture(autouse=True)
def aws(monkeypatch, tmp_path):
    """Credentials of nobody, and no configuration of whoever runs the tests."""
    be_nobody(monkeypatch, tmp_path / "none")


@pytest.fixture(scope="module")
def estate(endpoint):
    """An instance with an Elastic IP address, a NAT gateway, a role, and a tagged, encrypted bucket."""
    made = {"endpoint_url": endpoint, "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    ec2 = boto3.client("ec2", region_name="eu-west-1", **made)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    [instance] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", TagSpecifications=[
        {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}])["Instances"]
    address = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance["InstanceId"])
    outgoing = ec2.allocate_address(Domain="vpc")
    ec2.create_nat_gateway(SubnetId=instance["SubnetId"], AllocationId=outgoing["AllocationId"])
    role = boto3.client("iam", region_name="us-east-1", **made).create_role(
        RoleName="web", AssumeRolePolicyDocument="{}")["Role"]
    s3 = boto3.client("s3", region_name="us-east-1", **made)
    s3.create_bucket(Bucket="estate-logs")
    s3.create_bucket(Bucket="estate-plain")
    s3.put_bucket_tagging(Bucket="estate-logs", Tagging={"TagSet": [{"Key": "env", "Value": "prod"}]})
    s3.put_bucket_encryption(Bucket="estate-logs", ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:aws:kms:k"}}]})
    s3.put_public_access_block(Bucket="estate-logs", PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True})
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [instance["VpcId"]]}])["Subnets"][0]
    group = ec2.describe_security_groups()["SecurityGroups"][0]
    boto3.client("lambda", region_name="eu-west-1", **made).create_function(
        FunctionName="orders", Role=role["Arn"], Runtime="python3.12", Handler="main.handler", Code={"ZipFile": b"x"},
        Tags={"team": "shop"}, VpcConfig={"SubnetIds": [subnet["SubnetId"]], "SecurityGroupIds": [group["GroupId"]]})
    boto3.client("eks", region_name="eu-west-1", **made).create_cluster(
        name="shop", roleArn=role["Arn"], tags={"team": "shop"}, resourcesVpcConfig={"subnetIds": [subnet["SubnetId"]]})
    boto3.client("rds", region_name="eu-west-1", **made).create_db_instance(
        DBInstanceIdentifier="ledger", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
        Tags=[{"Key": "team", "Value": "books"}])
    interface = ec2.create_network_interface(
        SubnetId=subnet["SubnetId"], Groups=[group["GroupId"]],
        Description=f"AWS Lambda VPC ENI-orders-{'0' * 8}-0000-0000-0000-{'0' * 12}")["NetworkInterface"]
    return {"instance": instance, "interface": interface["NetworkInterfaceId"], "public": address["PublicIp"],
            "outgoing": outgoing["PublicIp"], "role": role, "ec2": ec2}


def test_an_account_is_described_as_it_is(endpoint, estate):
    inventory = Inventory(describe_account(REGIONS, endpoint_url=endpoint))
    instance = estate["instance"]
    details = inventory.instance_details(instance_id=instance["InstanceId"])
    assert details["instanceType"] == "t3.micro"
    assert details["imageId"] == instance["ImageId"]
    assert details["instanceState"] == "running"
    assert details["availabilityZone"].startswith("eu-west-1")
    assert details["launchTime"].startswith(f"{instance['LaunchTime']:%Y-%m-%dT%H:%M:%S}")
    assert details["tags"] == [{"key": "Name", "value": "web"}]
    [interface] = details["networkInterfaces"]
    assert interface["privateIpAddress"] == instance["PrivateIpAddress"]
    assert interface["publicIp"] == estate["public"]
    found = inventory.instance_of(private_ip=instance["PrivateIpAddress"], vpc_id=instance["VpcId"])
    assert found == details["instanceId"]
    assert inventory.account_of_address(estate["public"]) == ACCOUNT
    assert inventory.owns_address(estate["outgoing"], ACCOUNT)
    assert inventory.knows_addresses_of(ACCOUNT)


def test_a_function_is_described_with_its_tags_and_known_by_its_interface(endpoint, estate):
    inventory = Inventory(describe_account(REGIONS, endpoint_url=endpoint))
    details = inventory.function_details(estate["interface"])
    assert details["functionName"] == "orders"
    assert details["role"] == estate["role"]["Arn"]
    assert details["tags"] == [{"key": "team", "value": "shop"}]
    assert details["vpcConfig"]["subnetIds"]


def test_clusters_and_databases_are_described_with_their_tags(endpoint, estate):
    inventory = Inventory(describe_account(REGIONS, endpoint_url=endpoint))
    cluster = inventory.cluster_details(ACCOUNT, "eu-west-1", "shop")
    assert cluster["tags"] == [{"key": "team", "value": "shop"}]
    assert cluster["arn"] == f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/shop"
    assert inventory.cluster_details(ACCOUNT, "us-east-1", "shop") == {"name": "shop"}
    database = inventory.database_details(ACCOUNT, "eu-west-1", "ledger", "")
    assert database["engine"] == "postgres"
    assert database["tags"] == [{"key": "team", "value": "books"}]
    assert database["dbInstanceArn"].startswith(f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:")


def test_buckets_are_described_with_their_settings(endpoint, estate):
    inventory = Inventory(describe_account(["us-east-1"], endpoint_url=endpoint))
    logs, plain = inventory.bucket_details("estate-logs"), inventory.bucket_details("estate-plain")
    assert logs["tags"] == [{"key": "env", "value": "prod"}]
    assert logs["defaultServerSideEncryption"] == {"encryptionType": "aws:kms", "kmsMasterKeyArn": "arn:aws:kms:k"}
    assert logs["publicAccess"]["effectivePermission"] == "NOT_PUBLIC"
    assert "tags" not in plain
    assert plain["publicAccess"]["permissionConfiguration"]["bucketLevelPermissions"]["bucketPolicy"] == {
        "allowsPublicReadAccess": False, "allowsPublicWriteAccess": False}


def test_what_aws_answers_and_what_its_cli_prints_are_read_alike(endpoint, estate, tmp_path):
    asked = Inventory(describe_account(["eu-west-1"], endpoint_url=endpoint))
    folder = tmp_path / ACCOUNT
    folder.mkdir()
    for call in ("describe_instances", "describe_network_interfaces", "describe_addresses", "describe_nat_gateways"):
        answer = getattr(estate["ec2"], call)()
        answer.pop("ResponseMetadata")
        (folder / f"{call}.json").write_bytes(msgspec.json.encode(answer))
        # moto's calls disagree on private DNS names; facts of one moment are settled alike in both ways.
        os.utime(folder / f"{call}.json", (1_700_000_000, 1_700_000_000))
    given = load_inventory([tmp_path])
    name = estate["instance"]["InstanceId"]
    assert given.instance_details(instance_id=name) == asked.instance_details(instance_id=name)
    assert given.owns_address(estate["outgoing"], ACCOUNT)


def test_the_account_is_asked_again_only_when_the_cache_is_old_or_of_other_regions(endpoint, estate, tmp_path):
    cache = tmp_path / "inventory.json"
    first = describe_account(["eu-west-1"], endpoint_url=endpoint, cache=cache)
    assert cache.stat().st_mode & 0o777 == 0o600
    kept = json.loads(cache.read_text())
    kept["facts"] = kept["facts"][:1]
    cache.write_text(json.dumps(kept))
    assert describe_account(["eu-west-1"], endpoint_url=endpoint, cache=cache) == first[:1]
    assert len(describe_account(["us-east-1"], endpoint_url=endpoint, cache=cache)) > 1
    cache.write_text(json.dumps(kept))
    again = describe_account(["eu-west-1"], endpoint_url=endpoint, cache=cache, max_age=timedelta(0))
    assert {(one.entity, one.field) for one in again} == {(one.entity, one.field) for one in first}
    assert [path.name for path in tmp_path.iterdir()] == ["inventory.json"]


def test_a_cache_that_is_none_is_said_so_and_not_overwritten(endpoint, tmp_path):
    cache = tmp_path / "precious.json"
    cache.write_text('{"mine": 1}')
    with pytest.raises(InventoryError, match="no cached inventory"):
        describe_account(["eu-west-1"], endpoint_url=endpoint, cache=cache)
    assert cache.read_text() == '{"mine": 1}'
    with pytest.raises(InventoryError, match="cannot be written"):
        describe_account(["eu-west-1"], endpoint_url=endpoint, cache=tmp_path / "no-folder" / "x.json")


def test_what_aws_refuses_or_cannot_be_asked_is_said_in_one_sentence(endpoint, monkeypatch):
    with pytest.raises(InventoryError, match="no Region"):
        describe_account([], endpoint_url=endpoint)
    with pytest.raises(InventoryError, match="cannot be asked") as caught:
        describe_account(["not a region"], endpoint_url=endpoint)
    assert "\n" not in str(caught.value)
    with pytest.raises(InventoryError, match="cannot be asked"):
        describe_account(["eu-west-1"], endpoint_url="no-url")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(InventoryError, match="check credentials"):
        describe_account(["eu-west-1"], endpoint_url=endpoint)
