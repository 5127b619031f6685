from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import boto3
import hcl2
import pytest
from cfnlint.api import ManualArgs, lint

from tests.aws import aws_over_http
from vedette.commands.connect import Connection, check_connection, write_connection
from vedette.errors import VedetteError

TEMPLATES = files("vedette.commands").joinpath("connection")
TRUSTED = "arn:aws:iam::111122223333:role/vedette"
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def moto():
    with aws_over_http() as url:
        yield url


@pytest.fixture
def aws(moto, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return lambda service: boto3.client(service, endpoint_url=moto)


def template(name: str) -> str:
    return TEMPLATES.joinpath(name).read_text("utf-8")


def actions(text: str) -> set[str]:
    return set(re.findall(r"\b(?:s3|sqs|ec2|iam|logs|kms):[A-Z]\w+", text))


def checked(moto, connection, **options) -> tuple[int, str]:
    out = io.StringIO()
    return check_connection(connection, out, endpoint_url=moto, region="us-east-1", **options), out.getvalue()


def test_the_cloudformation_template_is_sound():
    assert lint(template("vedette.yaml"), config=ManualArgs(regions=["us-east-1"])) == []


def test_the_terraform_module_is_sound_and_asks_for_what_is_written_beside_it(tmp_path):
    module = hcl2.loads(template("vedette.tf"))
    asked = {name.strip('"') for variable in module["variable"] for name in variable}
    write_connection(Connection("acme-logs", trusted=(TRUSTED,)), tmp_path / "new", io.StringIO())
    given = json.loads((tmp_path / "new/vedette.auto.tfvars.json").read_text())
    assert given.keys() == asked - {"manage_bucket_events"}


def test_both_allow_the_same_and_nothing_that_changes_the_account():
    allowed = actions(template("vedette.tf"))
    assert allowed == actions(template("vedette.yaml"))
    changing = {one for one in allowed if not re.search(r":(Get|List|Describe|Filter)", one)}
    assert changing == {"sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
                        "kms:Decrypt"}


def test_the_template_deploys_and_its_outputs_are_what_vedette_asks_for(aws, tmp_path):
    write_connection(Connection("acme-logs", "AWSLogs/", (TRUSTED,), ("vpc",)), tmp_path / "new", io.StringIO())
    cloudformation = aws("cloudformation")
    cloudformation.create_stack(
        StackName="vedette", TemplateBody=(tmp_path / "new/vedette.yaml").read_text(),
        Parameters=json.loads((tmp_path / "new/parameters.json").read_text()), Capabilities=["CAPABILITY_NAMED_IAM"])
    (stack,) = cloudformation.describe_stacks(StackName="vedette")["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert aws("sqs").get_queue_attributes(QueueUrl=outputs["QueueUrl"], AttributeNames=["All"])["Attributes"]
    trust = aws("iam").get_role(RoleName=outputs["RoleArn"].rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]
    assert "sts:ExternalId" in json.dumps(trust)


def test_the_values_are_for_their_owner_alone_and_the_secret_is_new_each_time(tmp_path):
    secrets = set()
    for name in "ab":
        write_connection(Connection("acme-logs", trusted=(TRUSTED,)), tmp_path / name, io.StringIO())
        path = tmp_path / name / "vedette.auto.tfvars.json"
        assert path.stat().st_mode & 0o077 == 0
        secrets.add(json.loads(path.read_text())["external_id"])
    assert len(secrets) == 2
    with pytest.raises(VedetteError, match="cannot be made"):
        write_connection(Connection("acme-logs", trusted=(TRUSTED,)), tmp_path / "a", io.StringIO())


@pytest.mark.parametrize(("connection", "where"), [
    (Connection("Not_A_Bucket", trusted=(TRUSTED,)), "--bucket"), (Connection("acme-logs"), "--trust"),
    (Connection("acme-logs", trusted=("*",)), "--trust"), (Connection("acme-logs", "a\nb", (TRUSTED,)), "--prefix"),
    (Connection("acme-logs", "", (TRUSTED,), ("a b",)), "--log-group"),
    (Connection("acme-logs", "", (TRUSTED,), (), ("key",)), "--kms-key"),
])
def test_a_name_that_cannot_be_right_is_refused_before_anything_is_written(tmp_path, connection, where):
    with pytest.raises(VedetteError) as caught:
        write_connection(connection, tmp_path / "new", io.StringIO())
    assert caught.value.where == where
    assert not (tmp_path / "new").exists()


def test_an_account_that_has_everything_passes(moto, aws):
    s3, sqs, logs = aws("s3"), aws("sqs"), aws("logs")
    s3.create_bucket(Bucket="whole")
    for folder in ("CloudTrail", "vpcflowlogs", "vpcdnsquerylogs"):
        s3.put_object(Bucket="whole", Key=f"AWSLogs/111122223333/{folder}/us-east-1/x.gz", Body=b"x")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    queue = sqs.create_queue(QueueName="live", Attributes={
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})})["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.put_bucket_notification_configuration(Bucket="whole", NotificationConfiguration={
        "QueueConfigurations": [{"QueueArn": told, "Events": ["s3:ObjectCreated:*"]}]})
    logs.create_log_group(logGroupName="flows")
    code, said = checked(moto, Connection("whole", "AWSLogs/", log_groups=("flows",)), queue=queue)
    assert (code, "MISSING" in said) == (0, False), said
    assert said.endswith("everything is there\n")
    late = checked(moto, Connection("whole"), now=NOW + timedelta(days=30))
    assert (late[0], late[1].count("nothing has come for two days")) == (3, 3)


def test_what_is_missing_is_named_with_what_to_do(moto, aws):
    aws("s3").create_bucket(Bucket="bare")
    aws("s3").put_object(Bucket="bare", Key="AWSLogs/1/CloudTrail/x.gz", Body=b"x")
    code, said = checked(moto, Connection("bare", log_groups=("none",)), queue=f"{moto}/123456789012/none")
    assert code == 3
    missing = [line for line in said.splitlines() if line.startswith("MISSING")]
    assert [line.split("  ")[1].partition(":")[0] for line in missing] == [
        "VPC flow logs", "DNS query logs", "queue", "bucket events", "log group none"]
    assert "allow sqs:GetQueueAttributes" in said
    code, said = checked(moto, Connection("nowhere"))
    assert "cannot be listed: NoSuchBucket" in said
    assert "Traceback" not in said
