"""What a detector says: this record, or this window, shows that type, on that resource, by that actor.

A signal names only what the records behind it hold. What the inventory knows is added when the finding is written, so
a late fact about an instance changes how a finding reads, never whether it exists.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Evidence(msgspec.Struct, frozen=True, order=True):
    """One log record behind a signal. Ordered by time, then by identity, so that first and last are well defined."""

    time: int
    """Milliseconds since the epoch."""
    record: str
    """What makes the record itself: CloudTrail's event id, or a digest of a line that has none."""
    object: str
    """The log object's locator."""
    version: str
    """The log object's version (ETag, or size and time of change)."""
    position: int
    """Where in the object; see `vedette.logs.kinds.Batch`."""


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials, and who holds them."""

    access_key_id: str = ""
    principal_id: str = ""
    user_name: str = ""
    user_type: str = ""


class InstanceRef(msgspec.Struct, frozen=True, kw_only=True):
    """An instance as a log names it: some of these are always empty."""

    instance_id: str = ""
    interface_id: str = ""
    private_ip: str = ""
    vpc_id: str = ""
    subnet_id: str = ""


class Guardrail(msgspec.Struct, frozen=True, kw_only=True):
    """A Bedrock guardrail that intervened at what it was given to read."""

    arn: str = ""
    version: str = ""
    filters: tuple[tuple[str, str, str], ...] = ()
    """(type, confidence, action) of its content filters, as Bedrock names them."""


class KubeContainer(msgspec.Struct, frozen=True, kw_only=True):
    """A container as a workload's specification has it."""

    name: str = ""
    image: str = ""
    mounts: tuple[tuple[str, str], ...] = ()
    """(volume's name, path in the container)"""
    privileged: bool | None = None
    escalation: bool | None = None
    """It may gain more privileges than its parent has."""


class KubeWorkload(msgspec.Struct, frozen=True, kw_only=True):
    """A pod, or what makes pods."""

    name: str = ""
    type: str = ""
    """Its resource: ``pods``, ``deployments``."""
    uid: str = ""
    namespace: str = ""
    service_account: str = ""
    host_network: bool = False
    host_ipc: bool = False
    host_pid: bool = False
    containers: tuple[KubeContainer, ...] = ()
    volumes: tuple[tuple[str, str], ...] = ()
    """(name, path on the host, or nothing)"""


class Kubernetes(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster, and who did what to which workload in it."""

    cluster: str = ""
    username: str = ""
    uid: str = ""
    groups: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    impersonated: str = ""
    impersonated_groups: tuple[str, ...] = ()
    workload: KubeWorkload | None = None


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """A database server, and who does what at it; empty where the log does not say."""

    instance: str = ""
    cluster: str = ""
    shard_group: str = ""
    """Of a Limitless Database, where the finding is about one as such."""
    user: str = ""
    application: str = ""
    database: str = ""
    ssl: str = ""
    method: str = ""
    """How the user is authenticated."""


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What was attacked, or attacks."""

    kind: Literal["AccessKey", "Instance", "S3Bucket", "EKSCluster", "Lambda", "RDSDBInstance", "RDSLimitlessDB"]
    access_key: AccessKey | None = None
    instance: InstanceRef | None = None
    interface_of_function: str = ""
    """The network interface of a Lambda function: it is all that a flow log says of it."""
    buckets: tuple[str, ...] = ()
    objects: tuple[tuple[str, str], ...] = ()
    """(bucket, key) of S3 objects that the record names."""
    guardrail: Guardrail | None = None
    kubernetes: Kubernetes | None = None
    database: Database | None = None
    models: tuple[str, ...] = ()
    """AI models, as records name them."""


class ApiCallAction(msgspec.Struct, frozen=True, kw_only=True, tag="AWS_API_CALL"):
    """An AWS API call."""

    api: str
    service: str
    """``ec2.amazonaws.com``"""
    source: str = ""
    """CloudTrail's ``sourceIPAddress``: an address, or a service's name."""
    error_code: str = ""
    user_agent: str = ""
    remote_account: str = ""
    """The account that the caller's network belongs to, when the record says so."""
    affiliated: bool = False
    affected: tuple[tuple[str, str], ...] = ()
    """(CloudFormation resource type, ARN or name) pairs."""


class NetworkAction(msgspec.Struct, frozen=True, kw_only=True, tag="NETWORK_CONNECTION"):
    """Traffic between an interface and a remote host."""

    direction: Literal["INBOUND", "OUTBOUND", "UNKNOWN"]
    protocol: str
    """``TCP``, ``UDP``, ``ICMP`` or the IANA number's name."""
    blocked: bool
    local_ip: str
    remote_ip: str
    local_port: int = 0
    remote_port: int = 0
    interface_id: str = ""


class PortProbeAction(msgspec.Struct, frozen=True, kw_only=True, tag="PORT_PROBE"):
    """A scanner that reached open ports."""

    blocked: bool
    probes: tuple[tuple[int, str, str], ...]
    """(local port, local IP, remote IP)"""


class DnsAction(msgspec.Struct, frozen=True, kw_only=True, tag="DNS_REQUEST"):
    """A name that was looked up."""

    domain: str
    protocol: str
    blocked: bool
    vpc_owner: str = ""


class KubeAction(msgspec.Struct, frozen=True, kw_only=True, tag="KUBERNETES_API_CALL"):
    """A request to a cluster's API server."""

    uri: str
    verb: str
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    source_ips: tuple[str, ...] = ()
    remote_ip: str = ""
    """The one of them that is meant."""
    user_agent: str = ""
    code: int = 0
    """The answer's HTTP status; 0: not known."""
    parameters: str = ""
    """The URI's query."""
    binding: tuple[str, str, str, str, str] | None = None
    """Of a role's binding: its kind, name and uid, and the role's name and kind."""


class LoginAction(msgspec.Struct, frozen=True, kw_only=True, tag="RDS_LOGIN_ATTEMPT"):
    """Log-ins at a database, or what somebody does there who is logged in."""

    remote_ip: str
    """Or a name, or nothing."""
    logins: tuple[tuple[str, str, int, int], ...] = ()
    """(user, application, failed, successful)"""


Action = ApiCallAction | NetworkAction | PortProbeAction | DnsAction | KubeAction | LoginAction


class ListedThreat(msgspec.Struct, frozen=True, order=True):
    """An entry of a list that matched, as the finding's evidence shows it."""

    list_name: str
    threat_names: tuple[str, ...] = ()


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A detector's statement, with what it proves."""

    type: str
    severity: float
    account: str
    region: str
    first_seen: int
    last_seen: int
    resource: Resource
    action: Action
    identity: tuple[str, ...]
    """What makes a repeat a repeat, within type, account and Region."""
    role: Literal["TARGET", "ACTOR"] = "TARGET"
    threats: tuple[ListedThreat, ...] = ()
    additional: dict[str, Any] = {}
    """``service.additionalInfo``: facts the records prove."""
    anomaly: dict[str, Any] = {}
    """``service.detection.anomaly``: volumes beside what is usual, in GuardDuty's form."""
    words: dict[str, str] = {}
    """Further words that this type's title and description use."""
    rule: str = ""
    """The id of the custom detection rule that says so; empty for all other types."""
    evidence: tuple[Evidence, ...] = ()
    """The engine fills this in for a signal of one record."""
