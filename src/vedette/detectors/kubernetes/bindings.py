"""A binding gives rights in a cluster to nobody in particular, or all rights to whatever runs in a namespace.

*The attack.* Both are the usual way in, and a way to come back. With a role for ``system:anonymous`` or
``system:unauthenticated`` whoever reaches the API server has it. With ``cluster-admin`` for a namespace's ``default``
service account every pod of that namespace that names no other account can do everything, and so can who breaks in.

*What ordinary work looks the same.* Tutorials and hurried installations do the very same: that is what the findings
are about. The bindings that every cluster has for its health endpoints, and that ``kubeadm`` makes, are left out.

*Where it is blind.* Bindings made before the log begins; a role of one's own that is as good as ``cluster-admin``;
changes by patch in clusters whose audit log has no response objects, when the patch names only what it adds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vedette.detectors.declare import detector, kube_requests
from vedette.detectors.finding_type import HIGH, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.kube_requests import about_request, name_of, role_of, subjects_of
from vedette.detectors.signal import Signal
from vedette.logs.eks_audit import ANONYMOUS, KubeCall
from vedette.simulate import kube_iam, kube_user, service_account, story

# 1. The finding types.

ANONYMOUS_GRANTED = FindingType(
    name="Policy:Kubernetes/AnonymousAccessGranted", severity=HIGH, plan=Plan.EKS_AUDIT_LOGS, resource="EKSCluster",
    title="Anonymous users were given a role in EKS cluster {cluster}.",
    description="{principal} gave {role} to {subject} in EKS cluster {cluster} with binding {binding}, from {source}. "
    "Whoever reaches the API server has it now, without signing in.",
    attack=("T1078.001", "T1098.006"),
    remedy="Delete the binding, unless everybody on the network is meant to have this. Look for requests of "
    "system:anonymous since then.",
)
DEFAULT_ADMIN = FindingType(
    name="Policy:Kubernetes/AdminAccessToDefaultServiceAccount", severity=HIGH, plan=Plan.EKS_AUDIT_LOGS,
    resource="EKSCluster",
    title="A default service account was made an administrator in EKS cluster {cluster}.",
    description="{principal} gave {role} to {subject} in EKS cluster {cluster} with binding {binding}, from {source}. "
    "Every pod that names no other account can act with it.",
    attack=("T1098.006", "T1078.001"),
    remedy="Delete the binding. Give the workload that needs rights an account of its own, with only those it needs.",
)

# 2. Settings.

_UNAUTHENTICATED = "system:unauthenticated"
_OF_EVERY_CLUSTER = frozenset({"system:public-info-viewer", "kubeadm:bootstrap-signer-clusterinfo"})
"""Roles that are bound to everybody by Kubernetes itself, for health, version and joining nodes."""
_ADMIN = frozenset({"cluster-admin", "admin"})
_ALL_ACCOUNTS = re.compile(r"system:serviceaccounts(:.+)?")
"""The group of all service accounts, or of a namespace's: the default one is among them."""

# 3. The logic.

_bindings = kube_requests("create update patch", "rolebindings", "clusterrolebindings")


@detector(ANONYMOUS_GRANTED, DEFAULT_ADMIN, on=_bindings)
def unwise_binding(call: KubeCall, known: Known) -> Iterator[Signal]:
    """A binding names anonymous users, or gives an administrator's role to a default service account."""
    kind, role = role_of(call)
    if not call.succeeded:
        return
    for type_, subject in _given(call, role):
        yield about_request(call, type_, identity=(call.about.namespace, name_of(call)), words={
            "role": f"{kind or 'role'} {role or 'that is not named'}", "subject": subject, "binding": name_of(call)})


def _given(call: KubeCall, role: str) -> Iterator[tuple[FindingType, str]]:
    subjects = subjects_of(call)
    if role not in _OF_EVERY_CLUSTER:
        named = [name for kind, name, _ in subjects
                 if (kind, name) in {("User", ANONYMOUS), ("Group", _UNAUTHENTICATED)}]
        if named:
            yield ANONYMOUS_GRANTED, " and ".join(named)
    if role in _ADMIN:
        accounts = [f"service account {namespace}/{name}" if kind == "ServiceAccount" else f"group {name}"
                    for kind, name, namespace in subjects
                    if (kind == "ServiceAccount" and name == "default")
                    or (kind == "Group" and _ALL_ACCOUNTS.fullmatch(name))]
        if accounts:
            yield DEFAULT_ADMIN, " and ".join(accounts)


# 4. EXAMPLES.

_ann = kube_iam("platform-admin", "system:masters")


def _binding(role: str, *subjects: dict[str, str], name: str = "quick-fix") -> dict[str, object]:
    return {"kind": "ClusterRoleBinding", "metadata": {"name": name, "uid": "5c1f"}, "subjects": list(subjects),
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}}


_ANYBODY, _NOBODY = {"kind": "User", "name": ANONYMOUS}, {"kind": "Group", "name": _UNAUTHENTICATED}
_DEFAULT = {"kind": "ServiceAccount", "name": "default", "namespace": "shop"}
_CI = {"kind": "ServiceAccount", "name": "ci", "namespace": "build"}

EXAMPLES = [
    story(
        "anonymous users may view all",
        _ann.asks("create", "clusterrolebindings", "quick-fix", request=_binding("view", _ANYBODY)),
    ).fires(ANONYMOUS_GRANTED, {
        "resource.kubernetesDetails.kubernetesUserDetails.sessionName": ["platform-admin-session"],
        "service.action.kubernetesRoleBindingDetails.roleRefName": "view",
        "service.action.kubernetesRoleBindingDetails.name": "quick-fix",
    }),
    story(
        "a patch adds those who have not signed in; the answer shows what became of it",
        _ann.asks("patch", "rolebindings", "readers", namespace="shop", request={"subjects": [_NOBODY]},
                  response=_binding("view", _NOBODY, name="readers")),
    ).fires(ANONYMOUS_GRANTED, {"service.action.kubernetesApiCallAction.namespace": "shop"}),
    story(
        "a default service account becomes cluster-admin, and all accounts of a namespace do",
        _ann.asks("create", "clusterrolebindings", "a", request=_binding("cluster-admin", _DEFAULT, name="a")),
        _ann.asks("update", "clusterrolebindings", "b", request=_binding(
            "cluster-admin", {"kind": "Group", "name": "system:serviceaccounts:shop"}, name="b")),
    ).fires(DEFAULT_ADMIN, findings=2),
    story(
        "what every cluster does, what was refused, and a role for an account of its own",
        kube_user("system:apiserver", "system:masters", ip="::1").asks(
            "create", "clusterrolebindings", "system:public-info-viewer",
            request=_binding("system:public-info-viewer", _NOBODY)),
        _ann.asks("update", "clusterrolebindings", "system:public-info-viewer",
                  request=_binding("system:public-info-viewer", _NOBODY, name="system:public-info-viewer")),
        service_account("web", "shop").asks("create", "clusterrolebindings", "x", code=403,
                                            request=_binding("cluster-admin", _DEFAULT)),
        _ann.asks("create", "clusterrolebindings", "ci", request=_binding("cluster-admin", _CI, name="ci")),
        _ann.asks("create", "rolebindings", "d", namespace="shop", request=_binding("view", _DEFAULT, name="d")),
        _ann.asks("delete", "clusterrolebindings", "quick-fix", response=_binding("view", _ANYBODY)),
    ).silent(),
]
