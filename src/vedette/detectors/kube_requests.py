"""What an audit event says: what a request serves, which workload it is about, and the signal that it supports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from vedette.detectors.finding_type import FindingType
from vedette.detectors.say import list_names, listed_threats
from vedette.detectors.signal import (
    Evidence,
    KubeAction,
    KubeContainer,
    Kubernetes,
    KubeWorkload,
    Resource,
    Signal,
)
from vedette.logs.eks_audit import KubeCall

if TYPE_CHECKING:
    from vedette.intel.lookup import Match

BINDINGS = frozenset({"rolebindings", "clusterrolebindings"})

_LONGEST = 512
_MOST = 20
"""Containers, volumes and mounts that a finding shows of a workload."""

_LOOKS = frozenset({"get", "list", "watch", "head", "options"})
_CHANGES = frozenset({"create", "update", "patch"})
_REVIEWS = frozenset({
    "selfsubjectaccessreviews", "selfsubjectrulesreviews", "localsubjectaccessreviews", "subjectaccessreviews",
    "selfsubjectreviews", "tokenreviews",
})
"""Are created, and change nothing: they are questions."""
_GUARDS = frozenset({
    "events", "networkpolicies", "validatingwebhookconfigurations", "mutatingwebhookconfigurations",
    "validatingadmissionpolicies", "validatingadmissionpolicybindings", "podsecuritypolicies",
})
"""What records what happens, or keeps it from happening."""
_LASTING = frozenset({
    "pods", "deployments", "daemonsets", "statefulsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs",
    "serviceaccounts", "roles", "rolebindings", "clusterroles", "clusterrolebindings", "services", "ingresses",
})
"""What somebody makes who means to come back."""
_SESSIONS = frozenset({"exec", "attach", "portforward", "proxy", "ephemeralcontainers"})


class KubeTactic(StrEnum):
    """What a request serves, as GuardDuty groups its Kubernetes types."""

    CREDENTIAL_ACCESS = "CredentialAccess"
    DEFENSE_EVASION = "DefenseEvasion"
    DISCOVERY = "Discovery"
    IMPACT = "Impact"
    PERSISTENCE = "Persistence"


def tactic_of(call: KubeCall) -> KubeTactic:
    """What the request serves."""
    about, looks = call.about, call.verb in _LOOKS
    if (about.resource == "secrets" and looks) or (about.resource, about.subresource) == ("serviceaccounts", "token"):
        return KubeTactic.CREDENTIAL_ACCESS
    if about.subresource in _SESSIONS:
        return KubeTactic.IMPACT  # `kubectl exec` comes as GET too
    if looks or about.resource in _REVIEWS:
        return KubeTactic.DISCOVERY
    if about.resource in _GUARDS:
        return KubeTactic.DEFENSE_EVASION
    if (call.verb == "create" and about.resource in _LASTING) or (call.verb in _CHANGES and (
            about.resource in BINDINGS | {"roles", "clusterroles"})):
        return KubeTactic.PERSISTENCE
    return KubeTactic.IMPACT


def about_request(
    call: KubeCall, kind: FindingType, *, remote_ip: str = "", threats: Iterable[Match] = (),
    identity: Sequence[str] = (), words: Mapping[str, str] | None = None, evidence: Sequence[Evidence] = (),
) -> Signal:
    """The request shows ``kind``.

    ``remote_ip`` is the client's address that is meant: the one that reached the server unless given, as those before
    it are what the client says.
    """
    who, acts_as, about = call.who, call.impersonated, call.about
    listed = listed_threats(threats)
    addresses = tuple(_cut(one) for one in (call.source_ips or ())[-_MOST:])
    uri, _, query = call.request_uri.partition("?")
    return Signal(
        type=kind.name, severity=kind.severity, account=call.account_id,
        region=call.region, first_seen=call.time, last_seen=call.time,
        resource=Resource(kind="EKSCluster", kubernetes=Kubernetes(
            cluster=call.cluster, username=_cut(who.username), uid=_cut(who.uid or ""),
            groups=tuple(map(_cut, who.groups[:_MOST])), sessions=tuple(map(_cut, who.sessions[:_MOST])),
            impersonated=_cut(acts_as.username) if acts_as else "",
            impersonated_groups=tuple(map(_cut, acts_as.groups[:_MOST])) if acts_as else (),
            workload=workload_of(call))),
        action=KubeAction(
            uri=_cut(uri), verb=_cut(call.verb), resource=_cut(about.resource), subresource=_cut(about.subresource),
            namespace=_cut(about.namespace), name=_cut(name_of(call)), source_ips=addresses,
            remote_ip=remote_ip or (addresses[-1] if addresses else ""), user_agent=_cut(call.user_agent or ""),
            code=call.code, parameters=_cut(query), binding=_binding(call)),
        identity=(call.cluster, _cut(who.username), *identity), threats=listed, evidence=tuple(evidence),
        additional=list_names(listed), words=dict(words or {}),
    )


def name_of(call: KubeCall) -> str:
    """What the object is called: the request's own word, or the server's where it gives the name."""
    metadata = call.resulting("metadata")
    given = metadata.get("name") if isinstance(metadata, dict) else ""
    return call.about.name or (given if isinstance(given, str) else "")


def subjects_of(call: KubeCall) -> list[tuple[str, str, str]]:
    """(kind, name, namespace) of those to whom a binding gives its role."""
    told = call.resulting("subjects")
    return [(_text(one, "kind"), _text(one, "name"), _text(one, "namespace") or call.about.namespace)
            for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def role_of(call: KubeCall) -> tuple[str, str]:
    """(kind, name) of the role that a binding gives."""
    told = call.resulting("roleRef")
    return (_text(told, "kind"), _text(told, "name")) if isinstance(told, dict) else ("", "")


def _binding(call: KubeCall) -> tuple[str, str, str, str, str] | None:
    if call.about.resource not in BINDINGS:
        return None
    kind, role = role_of(call)
    metadata = call.resulting("metadata")
    uid = _text(metadata, "uid") if isinstance(metadata, dict) else ""
    own = "ClusterRoleBinding" if call.about.resource == "clusterrolebindings" else "RoleBinding"
    return own, _cut(name_of(call)), uid, role, kind


WORKLOADS = frozenset({
    "pods", "deployments", "daemonsets", "statefulsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs"})


def workload_of(call: KubeCall) -> KubeWorkload | None:
    """The workload that the request is about, as far as the event has it; None when it is about something else."""
    if call.about.resource not in WORKLOADS:
        return None
    spec = dict_of(call.resulting("spec"))
    metadata = dict_of(call.resulting("metadata"))
    if call.about.resource == "cronjobs":
        spec = dict_of(dict_of(spec.get("jobTemplate")).get("spec"))
    if call.about.resource != "pods":
        spec = dict_of(dict_of(spec.get("template")).get("spec"))
    containers = [one for name in ("initContainers", "containers", "ephemeralContainers")
                  for one in dicts_of(spec.get(name))]
    return KubeWorkload(
        name=_cut(name_of(call)), type=_cut(call.about.resource), uid=_text(metadata, "uid"),
        namespace=_cut(call.about.namespace), service_account=_text(spec, "serviceAccountName"),
        host_network=spec.get("hostNetwork") is True, host_ipc=spec.get("hostIPC") is True,
        host_pid=spec.get("hostPID") is True, containers=tuple(map(_container, containers[:_MOST])),
        volumes=tuple((_text(one, "name"), _text(dict_of(one.get("hostPath")), "path"))
                      for one in dicts_of(spec.get("volumes"))[:_MOST]))


def _container(told: dict[str, Any]) -> KubeContainer:
    context = dict_of(told.get("securityContext"))
    privileged, escalation = context.get("privileged"), context.get("allowPrivilegeEscalation")
    return KubeContainer(
        name=_text(told, "name"), image=_text(told, "image"),
        mounts=tuple((_text(one, "name"), _text(one, "mountPath"))
                     for one in dicts_of(told.get("volumeMounts"))[:_MOST]),
        privileged=privileged if isinstance(privileged, bool) else None,
        escalation=escalation if isinstance(escalation, bool) else None)


def _cut(text: str) -> str:
    return text[:_LONGEST]


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return _cut(value) if isinstance(value, str) else ""


def dict_of(told: Any) -> dict[str, Any]:
    """The object; an empty one in the place of anything else."""
    return told if isinstance(told, dict) else {}


def dicts_of(told: Any) -> list[dict[str, Any]]:
    """The objects of a list; none in the place of anything else."""
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
