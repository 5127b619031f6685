"""Somebody who talks to an EKS cluster's API server, and the audit events of what he asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from vedette.logs.kinds import LogKind
from vedette.logs.times import format_time
from vedette.simulate.addresses import ACCOUNT, OFFICE, REGION
from vedette.simulate.events import Event
from vedette.simulate.identifiers import bare_hex, upper_id

KUBECTL = "kubectl/v1.31.2 (linux/amd64) kubernetes/5864a46"

_GROUPS = {
    "roles": "rbac.authorization.k8s.io", "rolebindings": "rbac.authorization.k8s.io",
    "clusterroles": "rbac.authorization.k8s.io", "clusterrolebindings": "rbac.authorization.k8s.io",
    "deployments": "apps", "daemonsets": "apps", "statefulsets": "apps", "replicasets": "apps", "jobs": "batch",
    "cronjobs": "batch", "selfsubjectaccessreviews": "authorization.k8s.io",
    "selfsubjectrulesreviews": "authorization.k8s.io", "networkpolicies": "networking.k8s.io",
}
_CODES = {"create": 201}


@dataclass(frozen=True, slots=True)
class KubePrincipal:
    """A user of one cluster."""

    username: str
    groups: tuple[str, ...]
    ip: str
    agent: str
    cluster: str
    account: str
    region: str
    uid: str = ""
    extra: Mapping[str, Sequence[str]] | None = None
    impersonated: str = ""

    def asks(
        self, verb: str, resource: str = "", name: str = "", *, namespace: str = "",
        request: Mapping[str, Any] | None = None, response: Mapping[str, Any] | None = None, uri: str | None = None,
        code: int | None = None,
        ip: str | Sequence[str] | None = None, agent: str | None = None, stage: str = "ResponseComplete",
        at: float | None = None, after: float = 1.0, **top_level: Any,
    ) -> Event:
        """A request: ``ann.asks("create", "pods/exec", "web-0", namespace="shop")``.

        ``request`` and ``response`` are the objects that go to and fro, as the API server notes them. Without a
        ``resource``, ``uri`` is the path asked for. ``code`` is the answer's status, the usual one unless given.
        ``top_level`` fields replace the event's own; a None removes the field.
        """
        return Event(LogKind.EKS_AUDIT, at, {
            "principal": self, "verb": verb, "resource": resource, "name": name, "namespace": namespace,
            "request": request, "response": response, "uri": uri,
            "code": code or (101 if "/exec" in resource else _CODES.get(verb, 200)),
            "ips": [ip] if isinstance(ip, str) else list(ip or [self.ip]), "agent": agent or self.agent, "stage": stage,
            "top_level": top_level,
        }, after)

    def impersonating(self, username: str) -> KubePrincipal:
        """The same, who acts as somebody else."""
        return replace(self, impersonated=username)


def kube_user(
    username: str, *groups: str, ip: str = OFFICE, agent: str = KUBECTL, cluster: str = "shop-prod",
    account: str = ACCOUNT, region: str = REGION,
) -> KubePrincipal:
    """Somebody by the name that the cluster knows him by; everybody is authenticated unless he is anonymous."""
    own = "system:unauthenticated" if username == "system:anonymous" else "system:authenticated"
    return KubePrincipal(username, (*groups, own), ip, agent, cluster, account, region)


def kube_iam(
    name: str, *groups: str, ip: str = OFFICE, agent: str = KUBECTL, cluster: str = "shop-prod", account: str = ACCOUNT,
    region: str = REGION,
) -> KubePrincipal:
    """An IAM role's session that the cluster's access entries let in."""
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{name}-session"
    role = upper_id("AROA", 21, account, name)
    return replace(
        kube_user(arn, *groups, ip=ip, agent=agent, cluster=cluster, account=account, region=region),
        uid=f"aws-iam-authenticator:{account}:{role}", extra={
            "accessKeyId": [upper_id("ASIA", 20, account, name)], "arn": [arn],
            "canonicalArn": [f"arn:aws:iam::{account}:role/{name}"], "principalId": [role],
            "sessionName": [f"{name}-session"]})


def service_account(
    name: str, namespace: str, *, ip: str = "10.0.14.201", agent: str = "Go-http-client/2.0",
    cluster: str = "shop-prod", account: str = ACCOUNT, region: str = REGION,
) -> KubePrincipal:
    """A workload's own account."""
    return kube_user(
        f"system:serviceaccount:{namespace}:{name}", "system:serviceaccounts", f"system:serviceaccounts:{namespace}",
        ip=ip, agent=agent, cluster=cluster, account=account, region=region)


def audit_of(fields: Mapping[str, Any], millis: int, seed: str) -> dict[str, Any]:
    """The audit event of a request that `KubePrincipal.asks` made."""
    who: KubePrincipal = fields["principal"]
    resource, _, part = fields["resource"].partition("/")
    group = _GROUPS.get(resource, "")
    path = f"/apis/{group}/v1" if group else "/api/v1"
    steps = [path, *(["namespaces", fields["namespace"]] if fields["namespace"] else []), resource,
             *([fields["name"]] if fields["name"] and (fields["verb"] != "create" or part) else []), part]
    user: dict[str, Any] = {"username": who.username, "groups": list(who.groups)}
    if who.uid:
        user["uid"] = who.uid
    if who.extra:
        user["extra"] = {name: list(values) for name, values in who.extra.items()}
    event: dict[str, Any] = {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1",
        "level": "RequestResponse" if fields["response"] else "Request" if fields["request"] else "Metadata",
        "auditID": _uuid(seed), "stage": fields["stage"],
        "requestURI": fields["uri"] or "/".join(step for step in steps if step), "verb": fields["verb"], "user": user,
        "sourceIPs": fields["ips"], "userAgent": fields["agent"],
        "responseStatus": {"metadata": {}, "code": fields["code"]},
        "requestReceivedTimestamp": _micros(millis), "stageTimestamp": _micros(millis + 12),
        "annotations": {"authorization.k8s.io/decision": "allow" if fields["code"] < 400 else "forbid",
                        "authorization.k8s.io/reason": ""},
    }
    if who.impersonated:
        event["impersonatedUser"] = {"username": who.impersonated, "groups": ["system:authenticated"]}
    if resource:
        about = {"resource": resource, "namespace": fields["namespace"], "name": fields["name"], "apiVersion": "v1",
                 "apiGroup": group, "subresource": part}
        event["objectRef"] = {name: value for name, value in about.items() if value}
    for name in ("request", "response"):
        if fields[name] is not None:
            event[f"{name}Object"] = fields[name]
    event |= fields["top_level"]
    return {name: value for name, value in event.items() if value is not None}


def delivered(records: Sequence[Mapping[str, Any]], account: str, cluster: str) -> bytes:
    """What a subscription to the cluster's log group passes on."""
    return msgspec.json.encode({
        "messageType": "DATA_MESSAGE", "owner": account, "logGroup": f"/aws/eks/{cluster}/cluster",
        "logStream": f"kube-apiserver-audit-{bare_hex(16, account, cluster)}",
        "subscriptionFilters": ["to-firehose"],
        "logEvents": [{"id": f"{number:056d}", "timestamp": 0, "message": msgspec.json.encode(record).decode()}
                      for number, record in enumerate(records)]})


def _uuid(seed: str) -> str:
    digits = bare_hex(32, "audit", seed)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _micros(millis: int) -> str:
    return f"{format_time(millis)[:-1]}000Z"
