"""``vedette connect``: what an AWS account needs so that Vedette can read its logs, written down and checked."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, TextIO

from vedette.errors import VedetteError

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:(iam|sts)::\d{12}:[\w+=,.@/-]+|\d{12}")
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+")
_GROUP = re.compile(r"[\w./#-]{1,512}")
_LOOKED_BACK = timedelta(days=2)
_KEYS_LOOKED_AT = 5000

_DELIVERIES = {
    "CloudTrail": ("/CloudTrail/", "every detection about API calls is blind without it",
                   "create a trail for all Regions with management events (and S3 data events for S3 Protection)"),
    "VPC flow logs": ("/vpcflowlogs/", "the EC2 detections are blind without them",
                      "create flow logs of each VPC, to S3, with all traffic"),
    "DNS query logs": ("/vpcdnsquerylogs/", "the DNS detections are blind without them",
                       "create a Route 53 Resolver query logging configuration for each VPC, to S3"),
}


@dataclass(frozen=True, slots=True)
class Connection:
    """The account's side, as the options name it."""

    bucket: str
    prefix: str = ""
    trusted: Sequence[str] = ()
    log_groups: Sequence[str] = ()
    kms_keys: Sequence[str] = ()

    def checked(self) -> Connection:
        """Itself.

        Raises:
            VedetteError: a name that cannot be right.
        """
        if not _BUCKET.fullmatch(self.bucket):
            raise VedetteError(f"{self.bucket!r} is not a bucket's name", where="--bucket")
        if len(self.prefix) > 512 or not self.prefix.isprintable():
            raise VedetteError("is not the beginning of a key", where="--prefix")
        for option, values, pattern, what in (
            ("--trust", self.trusted, _PRINCIPAL, "an account id, or the ARN of a role or user"),
            ("--log-group", self.log_groups, _GROUP, "a log group's name"),
            ("--kms-key", self.kms_keys, _KEY, "the ARN of a KMS key"),
        ):
            for value in values:
                if not pattern.fullmatch(value):
                    raise VedetteError(f"{value!r} is not {what}", where=option)
        return self


def write_connection(connection: Connection, into: Path, out: TextIO) -> None:
    """Write the Terraform module, the CloudFormation template and their values into a new folder, and say what next.

    Raises:
        VedetteError: an option cannot be right, or the folder is there already.
    """
    connection.checked()
    if not connection.trusted:
        raise VedetteError("say who may take the role: the ARN of the role that Vedette runs as", where="--trust")
    try:
        into.mkdir(parents=True)
    except OSError as error:
        raise VedetteError(f"cannot be made: {error.strerror}", where=str(into)) from error
    partition = next((one.split(":")[1] for one in connection.trusted if ":" in one), "aws")
    external_id = secrets.token_urlsafe(24)
    values: dict[str, Any] = {
        "log_bucket": connection.bucket, "log_prefix": connection.prefix,
        "trusted_principals": list(connection.trusted), "external_id": external_id,
        "log_groups": list(connection.log_groups), "kms_keys": list(connection.kms_keys),
    }
    parameters = {
        "LogBucket": connection.bucket, "LogPrefix": connection.prefix,
        "TrustedPrincipals": ",".join(connection.trusted), "ExternalId": external_id,
        "LogGroups": ",".join(f"arn:{partition}:logs:*:*:log-group:{name}:*" for name in connection.log_groups),
        "KmsKeys": ",".join(connection.kms_keys),
    }
    templates = files("vedette.commands").joinpath("connection")
    texts = {
        "vedette.tf": templates.joinpath("vedette.tf").read_text("utf-8"),
        "vedette.auto.tfvars.json": json.dumps(values, indent=2) + "\n",
        "vedette.yaml": templates.joinpath("vedette.yaml").read_text("utf-8"),
        "parameters.json": json.dumps([{"ParameterKey": name, "ParameterValue": value}
                                       for name, value in parameters.items()], indent=2) + "\n",
    }
    for name, text in texts.items():
        path = into / name
        path.touch(mode=0o600 if name.endswith(".json") else 0o644)
        path.write_text(text, encoding="utf-8")
    print(_NEXT.format(into=into, bucket=connection.bucket), file=out)


_NEXT = """\
wrote {into}: a role that only reads, a queue, and the rule that tells the queue of new log objects.

1. Terraform:       cd {into} && terraform init && terraform apply
   CloudFormation:  aws cloudformation deploy --stack-name vedette --template-file {into}/vedette.yaml \\
                        --capabilities CAPABILITY_NAMED_IAM --parameter-overrides file://{into}/parameters.json
2. Switch the bucket's EventBridge events on, if they are not: S3 console, {bucket}, Properties, Amazon EventBridge.
   (manage_bucket_events = true does it in Terraform, but replaces the bucket's other notifications.)
3. vedette connect check --bucket {bucket} --queue QUEUE_URL"""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be there."""

    name: str
    fine: bool
    said: str
    """What was found, or what is missing."""
    remedy: str = ""


def check_connection(
    connection: Connection, out: TextIO, *, queue: str | None = None, endpoint_url: str | None = None,
    region: str | None = None, now: datetime | None = None,
) -> int:
    """Ask AWS whether everything is there; one line a check. 0: all is; 3: something is missing."""
    connection.checked()
    missing = 0
    clients = _clients(endpoint_url, region)
    for check in _checks(connection, queue, clients, now or datetime.now(UTC)):
        missing += not check.fine
        print(f"{'ok     ' if check.fine else 'MISSING'}  {check.name}: {check.said}", file=out)
        if not check.fine and check.remedy:
            print(f"         {check.remedy}", file=out)
    print("everything is there" if not missing else f"{missing} missing", file=out)
    return 3 if missing else 0


Clients = Callable[[str], Any]


def _clients(endpoint_url: str | None, region: str | None) -> Clients:
    import boto3.session
    from botocore.config import Config

    session = boto3.session.Session(region_name=region)
    config = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=10, read_timeout=20)

    def client(service: str) -> Any:
        make: Callable[..., Any] = session.client
        return make(service, endpoint_url=endpoint_url, config=config)

    return client


def _checks(connection: Connection, queue: str | None, client: Clients, now: datetime) -> Iterator[Check]:
    who = _answer(lambda: client("sts").get_caller_identity())
    if isinstance(who, str):
        yield Check("credentials", False, who, "give AWS credentials as every AWS client takes them")
        return
    yield Check("credentials", True, str(who.get("Arn", "")))
    yield from _bucket(connection, client("s3"), now)
    if queue:
        yield _queue(client("sqs"), queue)
        yield _events(client("s3"), connection.bucket)
    for name in connection.log_groups:
        yield _group(client("logs"), name)


def _bucket(connection: Connection, s3: Any, now: datetime) -> Iterator[Check]:
    name = f"bucket {connection.bucket}"
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=connection.bucket, Prefix=connection.prefix, PaginationConfig={"MaxItems": _KEYS_LOOKED_AT})
    listed = _answer(lambda: [
        (one["Key"], one["LastModified"]) for page in pages for one in page.get("Contents", ())])
    if isinstance(listed, str):
        yield Check(name, False, f"cannot be listed: {listed}", "allow s3:ListBucket on it")
        return
    keys: list[tuple[str, datetime]] = listed
    if not keys:
        yield Check(name, False, f"no object begins with {connection.prefix!r}", "deliver logs there first")
        return
    more = " or more" if len(keys) >= _KEYS_LOOKED_AT else ""
    yield Check(name, True, f"{len(keys):,}{more} objects below {connection.prefix!r}")
    newest, _ = max(keys, key=lambda one: one[1])
    read = _answer(lambda: s3.get_object(Bucket=connection.bucket, Key=newest, Range="bytes=0-0"))
    yield Check("an object", not isinstance(read, str),
                f"{newest} cannot be read: {read}" if isinstance(read, str) else f"{newest} can be read",
                "allow s3:GetObject, and kms:Decrypt with the key that it is encrypted with")
    for log, (folder, why, remedy) in _DELIVERIES.items():
        times = [time for key, time in keys if folder in f"/{key}"]
        if times:
            fresh = max(times) >= now - _LOOKED_BACK
            yield Check(log, fresh, f"newest object of {max(times):%Y-%m-%d %H:%M} UTC",
                        "" if fresh else "nothing has come for two days: is the delivery still on?")
        elif not more:
            yield Check(log, False, f"none in the bucket; {why}", remedy)
        else:
            yield Check(log, True, f"none among the first {_KEYS_LOOKED_AT:,} objects: give a narrower --prefix to see")


def _queue(sqs: Any, url: str) -> Check:
    told = _answer(lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]))
    if isinstance(told, str):
        return Check("queue", False, f"{url} cannot be asked: {told}", "allow sqs:GetQueueAttributes on it")
    attributes = told.get("Attributes", {})
    waiting = attributes.get("ApproximateNumberOfMessages", "?")
    if "RedrivePolicy" not in attributes:
        return Check("queue", False, "has no queue for messages that cannot be read",
                     "give it a redrive policy, or such messages come again for ever")
    return Check("queue", True, f"{waiting} messages wait")


def _events(s3: Any, bucket: str) -> Check:
    told = _answer(lambda: s3.get_bucket_notification_configuration(Bucket=bucket))
    if isinstance(told, str):
        return Check("bucket events", False, f"cannot be asked: {told}", "allow s3:GetBucketNotification on the bucket")
    ways = [name for name, field in (
        ("EventBridge", "EventBridgeConfiguration"), ("SQS", "QueueConfigurations"), ("SNS", "TopicConfigurations"),
    ) if field in told]
    return Check("bucket events", bool(ways), f"go to {', '.join(ways)}" if ways else "the bucket tells nobody",
                 "S3 console, the bucket, Properties, Amazon EventBridge: On")


def _group(logs: Any, name: str) -> Check:
    told = _answer(lambda: logs.filter_log_events(logGroupName=name, limit=1))
    fine = not isinstance(told, str)
    return Check(f"log group {name}", fine, "can be read" if fine else f"cannot be read: {told}",
                 "allow logs:FilterLogEvents on it")


def _answer(ask: Callable[[], Any]) -> Any:
    """What AWS answers, or in a few words why it does not."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return ask()
    except ClientError as error:
        told = error.response.get("Error", {})
        return f"{told.get('Code', '')}: {told.get('Message', '')}"[:300]
    except BotoCoreError as error:
        return str(error)[:300]
