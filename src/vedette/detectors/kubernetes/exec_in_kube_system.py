"""A command is run in a pod of ``kube-system``.

*The attack.* What runs there has rights: network agents on every node, DNS, storage drivers with the host's disks. Who
can run commands in one of them has the node, and often the cluster.

*What ordinary work looks the same.* An administrator who looks for a fault. There is no other way to tell, and it is
rare: GuardDuty reports every such command, and so do we.

*Where it is blind.* ``attach``, ``debug`` with an ephemeral container, and what runs commands without the API server.
"""

from __future__ import annotations

from vedette.detectors.declare import detector, kube_requests
from vedette.detectors.finding_type import MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.kube_requests import about_request
from vedette.detectors.signal import Signal
from vedette.logs.eks_audit import KubeCall
from vedette.simulate import kube_iam, kube_user, service_account, story

EXEC = FindingType(
    name="Execution:Kubernetes/ExecInKubeSystemPod", severity=MEDIUM, plan=Plan.EKS_AUDIT_LOGS, resource="EKSCluster",
    title="A command was run in a kube-system pod of EKS cluster {cluster}.",
    description="{principal} ran a command in pod {pod} of namespace kube-system in EKS cluster {cluster}, from "
    "{source}.",
    attack=("T1609",),
    remedy="Ask who holds these credentials whether the command was theirs. If not, take their rights away, replace "
    "the pod and its node, and the credentials that both could read.",
)


@detector(EXEC, on=kube_requests("create get", "pods/exec"))
def exec_in_kube_system(call: KubeCall, known: Known) -> Signal | None:
    """A command was run in a pod of ``kube-system``."""
    if call.about.namespace != "kube-system" or not call.succeeded:
        return None
    return about_request(call, EXEC, words={"pod": call.about.name or "(unnamed)"})


_ann, _thief = kube_iam("oncall"), service_account("web", "shop", agent="kubectl/v1.29.0 (linux/amd64)")
_SYSTEM = "kube-system"

EXAMPLES = [
    story(
        "a pod's stolen account opens a shell in the DNS server's pod, as websockets do it and as SPDY does",
        _thief.asks("get", "pods/exec", "coredns-5c9f8", uri="/api/v1/namespaces/kube-system/pods/coredns-5c9f8/exec"
                    "?command=sh&container=coredns&stdin=true&tty=true", namespace=_SYSTEM),
        _thief.asks("create", "pods/exec", "coredns-5c9f8", namespace=_SYSTEM),
    ).fires(EXEC, {
        "resource.kubernetesDetails.kubernetesUserDetails.username": "system:serviceaccount:shop:web",
        "resource.kubernetesDetails.kubernetesWorkloadDetails.name": "coredns-5c9f8",
        "service.action.kubernetesApiCallAction.subresource": "exec",
    }, count=2),
    story(
        "somebody whom the cluster calls as it calls EKS itself, and what says no address",
        kube_user("eks:helper").asks("create", "pods/exec", "coredns-5c9f8", namespace=_SYSTEM, ip="somewhere"),
    ).fires(EXEC, {"service.action.kubernetesApiCallAction.remoteIpDetails": None}),
    story(
        "a shell elsewhere, one that is refused, and a look at the logs",
        _ann.asks("create", "pods/exec", "web-0", namespace="shop"),
        _ann.asks("create", "pods/exec", "coredns-5c9f8", code=403, namespace=_SYSTEM),
        _ann.asks("get", "pods/log", "coredns-5c9f8", namespace=_SYSTEM),
    ).silent(),
]
