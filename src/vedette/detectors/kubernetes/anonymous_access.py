"""Somebody who did not say who he is was let in by a cluster's API server: five types, by what his request serves.

*The attack.* A cluster whose API server the Internet reaches, and in which somebody gave rights to nobody in particular
(`Policy:Kubernetes/AnonymousAccessGranted`), belongs to whoever finds it: scanners ask every address for its pods and
secrets, and make workloads that mine where they are let.

*What ordinary work looks the same.* Load balancers and monitors ask for health and version without signing in, and
every cluster answers that. Scanners who are turned down: the world's background.

*Where it is blind.* A request that was let in under another name; who may impersonate.
"""

from __future__ import annotations

import re

from vedette.detectors.declare import KubeCaller, detector, kube_callers_where
from vedette.detectors.finding_type import HIGH, MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.kube_requests import KubeTactic, about_request, tactic_of
from vedette.detectors.signal import Signal
from vedette.logs.eks_audit import ANONYMOUS, KubeCall
from vedette.simulate import OUTSIDE, kube_iam, kube_user, story

# 1. The finding types.

_SERVES = {
    KubeTactic.CREDENTIAL_ACCESS: ("read credentials", "T1552.007", HIGH),
    KubeTactic.DEFENSE_EVASION: ("took away what watches or guards", "T1562.001", HIGH),
    KubeTactic.DISCOVERY: ("looked at what there is", "T1613", MEDIUM),
    KubeTactic.IMPACT: ("changed or ran something", "T1485", HIGH),
    KubeTactic.PERSISTENCE: ("made something that stays", "T1133", HIGH),
}

TYPES = {
    tactic: FindingType(
        name=f"{tactic}:Kubernetes/SuccessfulAnonymousAccess", severity=severity, plan=Plan.EKS_AUDIT_LOGS,
        resource="EKSCluster",
        title=f"An anonymous user {did} in EKS cluster {{cluster}}.",
        description=f"An anonymous user {did} in EKS cluster {{cluster}}: {{verb}} {{target}}, from {{source}}. The "
        "API server let the request in without asking who it was.",
        attack=("T1078.001", technique),
        remedy="Find the role or cluster role binding that names system:anonymous or system:unauthenticated, and "
        "delete it. Look at all that this address did in the cluster, replace the secrets it read, and let only known "
        "addresses reach the API server.",
    ) for tactic, (did, technique, severity) in _SERVES.items()
}

# 2. Settings.

_PUBLIC = re.compile(r"/(healthz|livez|readyz|version)(/.*)?")
"""What every cluster tells everybody."""

# 3. The logic.


def _nobody(caller: KubeCaller, known: Known) -> bool:
    return caller.username == ANONYMOUS


@detector(*TYPES.values(), on=kube_callers_where(_nobody))
def anonymous_access(call: KubeCall, known: Known) -> Signal | None:
    """An anonymous request succeeded that was for more than health and version."""
    path = call.request_uri.partition("?")[0]
    if not call.succeeded or _PUBLIC.fullmatch(path):
        return None
    return about_request(call, TYPES[tactic_of(call)])


# 4. EXAMPLES.

_nobody_at_all = kube_user(ANONYMOUS, ip=OUTSIDE, agent="python-requests/2.31.0")

EXAMPLES = [
    story(
        "a scanner is let in: it lists pods, reads secrets, starts a miner and deletes the events",
        _nobody_at_all.asks("list", "pods"),
        _nobody_at_all.asks("list", "secrets"),
        _nobody_at_all.asks("create", "daemonsets", "kube-controller", namespace="kube-system", request={
            "spec": {"template": {"spec": {"containers": [{"name": "c", "image": "docker.io/evil/xmrig"}]}}}}),
        _nobody_at_all.asks("deletecollection", "events", namespace="kube-system"),
        _nobody_at_all.asks("delete", "deployments", "web", namespace="shop"),
    ).fires(TYPES[KubeTactic.DISCOVERY], {
        "severity": MEDIUM,
        "resource.eksClusterDetails.name": "shop-prod",
        "resource.kubernetesDetails.kubernetesUserDetails.username": ANONYMOUS,
        "service.action.kubernetesApiCallAction.verb": "list",
        "service.action.kubernetesApiCallAction.remoteIpDetails.ipAddressV4": OUTSIDE,
    }).fires(TYPES[KubeTactic.CREDENTIAL_ACCESS], {"severity": HIGH}).fires(TYPES[KubeTactic.PERSISTENCE], {
        "resource.kubernetesDetails.kubernetesWorkloadDetails.type": "daemonsets",
        "resource.kubernetesDetails.kubernetesWorkloadDetails.name": "kube-controller",
    }).fires(TYPES[KubeTactic.DEFENSE_EVASION]).fires(TYPES[KubeTactic.IMPACT]),
    story(
        "a command is run in a pod, which comes in two stages and is one request",
        _nobody_at_all.asks("get", "pods/exec", "web-0", namespace="shop", stage="ResponseStarted", auditID="e1"),
        _nobody_at_all.asks("get", "pods/exec", "web-0", namespace="shop", at=0.0, auditID="e1"),
    ).fires(TYPES[KubeTactic.IMPACT], {
        "service.action.kubernetesApiCallAction.statusCode": 101,
    }, count=1),
    story(
        "scanners are turned down, monitors ask for health, and somebody signed in",
        kube_iam("developer").asks("list", "pods"),
        _nobody_at_all.asks("list", "pods", code=403), _nobody_at_all.asks("list", "secrets", code=401),
        *[_nobody_at_all.asks("get", uri=path) for path in (
            "/healthz", "/livez?verbose", "/readyz/etcd", "/version", "/version/")],
    ).silent(),
]
