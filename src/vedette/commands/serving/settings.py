"""The tables and keys of the configuration file. What is written here is also their documentation.

A struct is a table, its docstring what the table is for; a field is a key, with its type, range and meaning.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from vedette.commands.serving.secret_text import SecretText
from vedette.detectors.exemptions import SHARED_AFTER
from vedette.detectors.known import DEPARTMENT_TAGS

Days = Annotated[int, Meta(ge=0, le=3650)]
Text = Annotated[str, Meta(min_length=1)]
Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}\\Z")]
"""Small letters, digits and hyphens."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file."""


class ServerTable(Table, frozen=True):
    """Where the API listens."""

    host: Annotated[Text, Meta(
        description="The address to listen on. `0.0.0.0` and `::` are every address of the machine.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="0 takes a free one; the log says which.")] = 8470
    tls_certificate: Annotated[Path | None, Meta(
        description="A PEM file with the certificate and those that lead to its authority.")] = None
    tls_key: Annotated[Path | None, Meta(
        description="The certificate's private key, a PEM file, not encrypted.")] = None
    allow_plain_http_elsewhere: Annotated[bool, Meta(
        description="Listen beyond this machine without TLS. Signatures keep requests from being changed; findings "
        "are readable on the way. For a machine behind a proxy that ends TLS.")] = False
    metrics_token: Annotated[SecretText | None, Meta(
        description="What a scraper of `/metrics` must send as its bearer token. Beyond this machine `/metrics` is "
        "refused without one.")] = None
    requests_per_second: Annotated[int, Meta(
        ge=0, le=1_000_000, description="Of each access key, over ten seconds. What is beyond is answered with 429 "
        "`TooManyRequestsException`: AWS's clients wait and try again. 0 is no limit.")] = 1_000
    read_seconds: Annotated[int, Meta(
        ge=0, le=3_600, description="How long the database may work on one request that changes nothing. It is broken "
        "off then and refused. 0 is no limit.")] = 30


class StateTable(Table, frozen=True):
    """Where everything is kept."""

    location: Annotated[SecretText, Meta(
        description="A folder of this machine, or a `postgresql://user@host/name` URL.")]
    key_file: Annotated[Path | None, Meta(
        description="The file that access keys are sealed with; made if need be. In the folder, `vedette.key`, unless "
        "given; must be given for PostgreSQL, the same on all machines.")] = None
    audit_log: Annotated[Path | None, Meta(
        description="The file that tells of every call that was to change something. In the folder, `audit.jsonl`, "
        "unless given; must be given for PostgreSQL.")] = None


SourceName = Annotated[Name | None, Meta(
    description="What the ledger, metrics and the log call it; its location unless given. With another name nothing is "
    "read again.")]


class FolderSource(Table, tag_field="kind", tag="folder", frozen=True):
    """A folder that log files are put into. They are read within seconds."""

    location: Annotated[Text, Meta(description="A folder, or a glob pattern.")]
    poll_seconds: Annotated[int, Meta(
        ge=1, le=86_400, description="Between two looks at the whole folder, for notices that were lost.")] = 300
    name: SourceName = None


class S3Source(Table, tag_field="kind", tag="s3", frozen=True):
    """A bucket whose listing is looked at again and again: for stores that cannot notify."""

    location: Annotated[str, Meta(
        pattern="^s3://.", description="The bucket, and what its keys begin with.")]
    endpoint_url: Annotated[Text | None, Meta(description="Another S3 than Amazon's.")] = None
    poll_seconds: Annotated[int, Meta(ge=1, le=86_400, description="Between two listings.")] = 60
    backfill_days: Annotated[Days | None, Meta(
        description="Read only what was written since so many days before the first start; else everything that is "
        "there.")] = None
    name: SourceName = None


class QueueSource(Table, tag_field="kind", tag="queue", frozen=True):
    """An SQS queue of S3's notifications, direct, over SNS or over EventBridge. `vedette connect aws` makes one."""

    location: Annotated[str, Meta(pattern="^https?://.", description="The queue's URL.")]
    endpoint_url: Annotated[Text | None, Meta(description="Another AWS than Amazon's, for queue and buckets.")] = None
    name: SourceName = None


class CloudWatchSource(Table, tag_field="kind", tag="cloudwatch", frozen=True):
    """A log group of CloudWatch Logs, asked for what is new. What a subscription exports to S3 is read there."""

    group: Annotated[Text, Meta(description="The log group's name.")]
    region: Annotated[Text, Meta(description="Where it is.")]
    account: Annotated[str, Meta(
        pattern="^([0-9]{12})?\\Z", description="Whose it is, for records that do not say so themselves.")] = ""
    streams: Annotated[str, Meta(
        max_length=512, description="How the names begin of the streams that are read, all of them unless given. Of an "
        "EKS cluster's group, `kube-apiserver-audit-`: its other streams are not read by Vedette. A database's groups "
        "(`/aws/rds/instance/<name>/postgresql`, `…/audit`, `…/error`) are read whole.")] = ""
    flow_format: Annotated[str, Meta(
        description="The fields of flow logs that have a format of their own: `${version} ${account-id} …`.")] = ""
    endpoint_url: Annotated[Text | None, Meta(description="Another CloudWatch Logs than Amazon's.")] = None
    poll_seconds: Annotated[int, Meta(ge=1, le=86_400, description="Between two questions.")] = 30
    backfill_days: Annotated[Days | None, Meta(
        description="Read only what happened since so many days before the first start; else everything that is "
        "there.")] = None
    name: SourceName = None


class PushSource(Table, tag_field="kind", tag="push", frozen=True):
    """Logs that agents and shippers send to this server: `POST /ingest/<name>`, signed with a key of the role `ingest`.

    They are answered when what they sent is committed.
    """

    name: Annotated[Name, Meta(description="What the path says.")]
    folder: Annotated[Path | None, Meta(
        description="Where what is sent is kept for a week. In the state's folder, `pushed`, unless given; must be "
        "given for PostgreSQL.")] = None


Source = FolderSource | S3Source | QueueSource | CloudWatchSource | PushSource


class ListsTable(Table, frozen=True):
    """Lists that hold for every account, besides those that accounts make over the API."""

    threat: Annotated[tuple[Text, ...], Meta(
        description="Threat lists, each `LOCATION[:FORMAT]`: a path, `https://…` or `s3://…`.")] = ()
    trusted: Annotated[tuple[Text, ...], Meta(description="Trusted lists, likewise; they always win.")] = ()
    exposed_keys: Annotated[tuple[Text, ...], Meta(
        description="Lists of exposed credentials, each a path, `https://…` or `s3://…`: a line an access key's id, a "
        "principal's id or ARN, or the SHA-256 of one in hex.")] = ()
    api_folder: Annotated[Path | None, Meta(
        description="The folder that lists made over the API may be read from as files; without it, none may.")] = None
    api_hosts: Annotated[tuple[Text, ...], Meta(
        description="Hosts, each `host` or `host:port`, that lists made over the API may be fetched from over https; "
        "without them, from S3 only. One that is named may be inside your network: not one that answers anybody. `*` "
        "stands for all that have addresses of the Internet only, none of them private, local or a cloud's own.")] = ()
    aws_ranges: Annotated[Text | None, Meta(
        description="AWS's `ip-ranges.json`; else a dated snapshot is used.")] = None


class FeedsTable(Table, frozen=True):
    """Open threat feeds."""

    files: Annotated[tuple[Path, ...], Meta(description="Each a TOML file, or a folder `<category>/<file>`.")] = ()
    renew_hours: Annotated[int, Meta(
        ge=1, le=720, description="How often all that this file names of lists, feeds and inventory is read again. A "
        "feed is fetched when its maker's own interval has passed.")] = 6


class InventoryTable(Table, frozen=True):
    """What there is in the accounts, beyond what the logs tell."""

    files: Annotated[tuple[Path, ...], Meta(
        description="What AWS's describe calls printed: JSON files, or folders of them.")] = ()
    describe_regions: Annotated[tuple[Text, ...], Meta(
        description="Regions of which AWS itself is asked at the start.")] = ()
    department_tags: Annotated[tuple[Text, ...], Meta(
        description="Keys of tags, in any case, that say to which department a user or a role belongs; of several, the "
        "first that is there counts. Unusual calls are compared with those of the department. None: with nobody's.",
        )] = DEPARTMENT_TAGS


class ExemptTable(Table, frozen=True):
    """What is ordinary for credentials of your machines. Nothing is, unless it is named here or learned."""

    egress: Annotated[tuple[Text, ...], Meta(
        description="Networks (CIDR) that traffic of yours leaves through: an office, a proxy, a hub's NAT gateways. "
        "Credentials of instances, functions and tasks may be used from there.")] = ()
    endpoints: Annotated[tuple[Text, ...], Meta(
        description="VPC endpoints (`vpce-…`) of other accounts that machines of yours call through.")] = ()
    accounts: Annotated[tuple[Text, ...], Meta(
        description="Affiliated accounts: credentials of yours that are used there are Medium, not High, and what is "
        "shared with them alone is no finding of a custom detection rule.")] = ()
    shared_after: Annotated[int, Meta(
        ge=0, le=1000, description="Machines used from one place after which it is taken for a shared way out, and is "
        "no news any more; 0: however many, it is.")] = SHARED_AFTER


class GeoTable(Table, frozen=True):
    """Where addresses are, from databases of your own."""

    city: Annotated[Path | None, Meta(description="A city or country database (MMDB).")] = None
    asn: Annotated[Path | None, Meta(description="An ASN or ISP database (MMDB).")] = None


class PublishTable(Table, tag_field="kind", frozen=True):
    """What all destinations have."""

    name: Annotated[Name, Meta(
        description="What the outbox keeps its findings under: another name is another destination, which is sent "
        "only what comes after.")]


Endpoint = Annotated[Text | None, Meta(description="Another AWS than Amazon's.")]
Region = Annotated[Text | None, Meta(description="Its Region; else as AWS's own settings say.")]
EventSource = Annotated[Text, Meta(description="The event's `source`.")]
Form = Annotated[Literal["guardduty", "ocsf"], Meta(
    description="`guardduty`, or `ocsf` for OCSF Detection Findings.")]


class S3Publish(PublishTable, tag="s3", kw_only=True, frozen=True):
    """A bucket, laid out as GuardDuty exports findings."""

    bucket: Annotated[Text, Meta(
        description="The bucket's ARN, with a prefix if need be: `arn:aws:s3:::bucket/prefix`.")]
    kms_key: Annotated[str, Meta(description="The ARN of the KMS key to encrypt with.")] = ""
    expected_bucket_owner: Annotated[str, Meta(
        pattern="^([0-9]{12})?\\Z", description="The account that must own the bucket.")] = ""
    form: Form = "guardduty"
    endpoint_url: Endpoint = None
    region: Region = None


class EventBridgePublish(PublishTable, tag="eventbridge", kw_only=True, frozen=True):
    """An EventBridge bus."""

    bus: Annotated[Text, Meta(description="Its name or ARN.")] = "default"
    source: Annotated[Text, Meta(
        description="The event's `source`. Real EventBridge keeps `aws.guardduty` for AWS.")] = "vedette.guardduty"
    endpoint_url: Endpoint = None
    region: Region = None


class SnsPublish(PublishTable, tag="sns", kw_only=True, frozen=True):
    """An SNS topic."""

    topic_arn: Annotated[str, Meta(pattern="^arn:", description="Its ARN.")]
    source: EventSource = "aws.guardduty"
    endpoint_url: Endpoint = None
    region: Region = None


class SqsPublish(PublishTable, tag="sqs", kw_only=True, frozen=True):
    """An SQS queue."""

    queue_url: Annotated[str, Meta(pattern="^https?://.", description="Its URL.")]
    source: EventSource = "aws.guardduty"
    endpoint_url: Endpoint = None
    region: Region = None


class WebhookPublish(PublishTable, tag="webhook", kw_only=True, frozen=True):
    """A web server that takes POST requests with JSON."""

    url: Annotated[SecretText, Meta(description="`https://…`; plain HTTP to this machine only.")]
    secret: Annotated[SecretText, Meta(
        description="What both sides know: the HMAC-SHA256 in `Vedette-Signature` is made with it.")]
    insecure: Annotated[bool, Meta(description="Allow plain HTTP to other machines.")] = False
    timeout_seconds: Annotated[int, Meta(ge=1, le=120, description="For each of: connect, send, answer.")] = 10
    form: Form = "guardduty"


class SecurityHubPublish(PublishTable, tag="securityhub", kw_only=True, frozen=True):
    """AWS Security Hub, in every Region that findings are of."""

    account: Annotated[str, Meta(
        pattern="^([0-9]{12})?\\Z", description="The account that imports all findings; else each finding's own.")] = ""
    endpoint_url: Endpoint = None


class ChatPublish(PublishTable, tag="chat", kw_only=True, frozen=True):
    """Chat or mail, through Apprise (`pip install vedette[chat]`)."""

    url: Annotated[SecretText, Meta(description="An address that Apprise understands: `slack://…`, `mailtos://…`.")]


Publish = (
    S3Publish | EventBridgePublish | SnsPublish | SqsPublish | WebhookPublish | SecurityHubPublish | ChatPublish)


class OrganizationTable(Table, frozen=True):
    """The AWS organization whose accounts this server serves."""

    management_account: Annotated[str, Meta(
        pattern="^([0-9]{12})?\\Z", description="The account that may name the delegated administrator, who may then "
        "bring in accounts without asking them. Nobody may unless it is given.")] = ""


class RetentionTable(Table, frozen=True):
    """How long things are kept."""

    findings_days: Annotated[int, Meta(
        ge=1, le=36_500, description="Findings that were not updated for so many days are removed.")] = 90


class HistoryTable(Table, frozen=True):
    """The event history: every record that is read, as Parquet files that Polars and others can read.

    None is kept unless `days` is given: it takes disk space, somewhat less than the logs as AWS stores them, and
    reading waits while the disk is full.
    """

    days: Annotated[Days, Meta(
        description="Records are removed when their day ended so many days ago. 0 keeps no history.")] = 0
    location: Annotated[Text | None, Meta(
        description="A folder of this machine, of this server alone. In the state's folder, `history`, unless given; "
        "must be given for PostgreSQL.")] = None
    archive: Annotated[Text | None, Meta(
        description="Where hours are moved to which nothing was written for two hours: `s3://bucket/prefix`. Needs "
        "`s3:ListBucket` on the bucket, and `s3:GetObject`, `s3:PutObject` and `s3:DeleteObject` below the prefix. "
        "All of it stays in the folder unless given.")] = None
    endpoint_url: Annotated[Text | None, Meta(description="Another S3 than Amazon's, for the archive.")] = None


class LogTable(Table, frozen=True):
    """What the server says of itself, on stderr."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="The least that is said.")] = "info"
    format: Annotated[Literal["json", "text"], Meta(description="`json` a line each, or `text` for people.")] = "json"


class Settings(Table, frozen=True):
    """The whole file."""

    state: StateTable
    server: ServerTable = ServerTable()
    source: tuple[Source, ...] = ()
    lists: ListsTable = ListsTable()
    feeds: FeedsTable = FeedsTable()
    inventory: InventoryTable = InventoryTable()
    exempt: ExemptTable = ExemptTable()
    geo: GeoTable = GeoTable()
    publish: tuple[Publish, ...] = ()
    organization: OrganizationTable = OrganizationTable()
    retention: RetentionTable = RetentionTable()
    history: HistoryTable = HistoryTable()
    log: LogTable = LogTable()
