"""A cluster's dashboard is put on the Internet: the Kubernetes dashboard, or Kubeflow's.

*The attack.* Both show and change all that their service account may. Miners look for them, and found thousands: who
reaches one that asks for no password starts what he likes.

*How it shows.* A service of type ``LoadBalancer`` for the dashboard. Kubeflow's stands behind Istio's ingress gateway,
which serves other things elsewhere: it counts in clusters whose log shows that Kubeflow is there.

*What ordinary work looks the same.* Load balancers that only the VPC reaches, and those that let in named addresses
alone, are left out.

*Where it is blind.* Ingresses, node ports, ``kubectl proxy`` on a public machine; services made before the log begins;
Kubeflow in a cluster of whose log nothing of it was read before.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vedette.detectors.declare import Memory, Row, keyed_detector, kube_requests
from vedette.detectors.finding_type import MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.kube_requests import about_request, name_of
from vedette.detectors.signal import Signal
from vedette.logs.eks_audit import KubeCall
from vedette.simulate import kube_iam, service_account, story

# 1. The finding types.


def _type(name: str, dashboard: str) -> FindingType:
    return FindingType(
        name=f"Policy:Kubernetes/{name}", severity=MEDIUM, plan=Plan.EKS_AUDIT_LOGS, resource="EKSCluster",
        title=f"{dashboard} of EKS cluster {{cluster}} was put on the Internet.",
        description=f"{{principal}} gave {dashboard} of EKS cluster {{cluster}} a load balancer that the Internet "
        "reaches: service {name} in namespace {namespace}, from {source}.",
        attack=("T1133", "T1610"),
        remedy="Make the service internal, or name the addresses that may reach it (loadBalancerSourceRanges). Look at "
        "what the dashboard's service account did since then.",
    )


DASHBOARD = _type("ExposedDashboard", "the Kubernetes dashboard")
KUBEFLOW = _type("KubeflowDashboardExposed", "the Kubeflow dashboard")

# 2. Settings.

_DASHBOARD, _KUBEFLOW, _GATEWAY = "kubernetes-dashboard", "centraldashboard", "istio-ingressgateway"
_INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"
_SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
_TYPE = "service.beta.kubernetes.io/aws-load-balancer-type"
_OWN_CONTROLLER = frozenset({"external", "nlb-ip"})
"""Load balancers of AWS's own controller, which are internal unless said otherwise; Kubernetes' own are public."""
FORGOTTEN_MS = 400 * 86_400_000

# 3. The memory.


class Kubeflow(Memory):
    """Whether a cluster has it."""

    seen: int = 0
    """When something of it was last asked for (ms); 0: never."""

    def expire(self, watermark: int) -> bool:
        """Forget what was not asked for in a year."""
        return not self.seen or self.seen + FORGOTTEN_MS < watermark

    def merge(self, other: Kubeflow) -> Kubeflow:
        """Seen by either."""
        return Kubeflow(max(self.seen, other.seen))


# 4. The logic.


def _cluster(call: KubeCall, known: Known) -> str:
    return f"{call.account_id}/{call.region}/{call.cluster}"


@keyed_detector(DASHBOARD, KUBEFLOW, on=kube_requests("create update patch", "services", "deployments"), key=_cluster,
                memory=Kubeflow)
def exposed_dashboard(rows: Sequence[Row[KubeCall]], memory: Kubeflow, known: Known) -> Iterator[Signal]:
    """A dashboard's service became a load balancer that the Internet reaches."""
    for row in rows:
        call = row.record
        if not call.succeeded:
            continue
        name = name_of(call)
        if _KUBEFLOW in (name, *_labels(call, "app")):
            memory.seen = max(memory.seen, row.time)
        if call.about.resource != "services" or not is_public(call):
            continue
        if _DASHBOARD in (name, *_labels(call, "k8s-app"), *_labels(call, "app.kubernetes.io/name")):
            yield _said(call, DASHBOARD, row)
        elif name == _KUBEFLOW or (name == _GATEWAY and row.time - memory.seen <= FORGOTTEN_MS):
            yield _said(call, KUBEFLOW, row)


def _said(call: KubeCall, kind: FindingType, row: Row[KubeCall]) -> Signal:
    return about_request(
        call, kind, identity=(call.about.namespace, name_of(call)), evidence=(row.evidence,),
        words={"name": name_of(call), "namespace": call.about.namespace or "(none)"})


def is_public(call: KubeCall) -> bool:
    """The service is a load balancer that the Internet reaches, as far as the event says."""
    spec = _mapping(call.resulting("spec"))
    annotations = _mapping(_mapping(call.resulting("metadata")).get("annotations"))
    if spec.get("type") != "LoadBalancer" or str(annotations.get(_INTERNAL, "false")).lower() not in ("false", ""):
        return False
    scheme = annotations.get(_SCHEME)
    own = annotations.get(_TYPE) in _OWN_CONTROLLER or spec.get("loadBalancerClass") == "service.k8s.aws/nlb"
    if scheme == "internal" or (own and scheme != "internet-facing"):
        return False
    ranges = spec.get("loadBalancerSourceRanges")
    return not isinstance(ranges, list) or not ranges or any(map(_lets_anybody_in, ranges))


def _lets_anybody_in(cidr: Any) -> bool:
    try:
        return ipaddress.ip_network(str(cidr).strip(), strict=False).prefixlen == 0
    except ValueError:
        return False


def _labels(call: KubeCall, label: str) -> tuple[Any, Any]:
    """What the object's label says, and that of what it stands before."""
    own = _mapping(_mapping(call.resulting("metadata")).get("labels"))
    return own.get(label), _mapping(_mapping(call.resulting("spec")).get("selector")).get(label)


def _mapping(told: Any) -> Mapping[str, Any]:
    return told if isinstance(told, dict) else {}


# 5. EXAMPLES.

_ann = kube_iam("platform-admin")


def _service(name: str, **spec: Any) -> dict[str, Any]:
    annotations = spec.pop("annotations", {})
    return {"kind": "Service", "metadata": {"name": name, "annotations": annotations, "labels": {"k8s-app": name}},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 443}]} | spec}


_kubeflow = _ann.asks("create", "deployments", "centraldashboard", namespace="kubeflow")

EXAMPLES = [
    story(
        "the dashboard's service becomes a load balancer",
        _ann.asks("patch", "services", _DASHBOARD, namespace=_DASHBOARD, request={"spec": {"type": "LoadBalancer"}},
                  response=_service(_DASHBOARD)),
    ).fires(DASHBOARD, {
        "resource.eksClusterDetails.name": "shop-prod",
        "service.action.kubernetesApiCallAction.resourceName": _DASHBOARD,
    }),
    story(
        "so does a service of one's own before it, and one of AWS's controller, open to the whole world",
        _ann.asks("create", "services", "see", namespace="ops", request=_service(
            "see", selector={"k8s-app": _DASHBOARD})),
        _ann.asks("update", "services", _DASHBOARD, namespace=_DASHBOARD, request=_service(
            _DASHBOARD, loadBalancerSourceRanges=["10.0.0.0/8", "0.0.0.0/0"],
            annotations={_TYPE: "external", _SCHEME: "internet-facing"})),
    ).fires(DASHBOARD, findings=2),
    story(
        "Kubeflow is installed, and its gateway opened",
        _kubeflow,
        _ann.asks("patch", "services", _GATEWAY, namespace="istio-system", request={"spec": {"type": "LoadBalancer"}},
                  after=86_400.0),
    ).fires(KUBEFLOW, {"service.action.kubernetesApiCallAction.namespace": "istio-system"}),
    story(
        "the gateway is opened a year after anything was seen of Kubeflow",
        _kubeflow, _ann.asks("patch", "services", _GATEWAY, namespace="istio-system",
                             request={"spec": {"type": "LoadBalancer"}}, after=401 * 86_400.0),
    ).silent(),
    story(
        "or some months after",
        _kubeflow, _ann.asks("patch", "services", _GATEWAY, namespace="istio-system",
                             request={"spec": {"type": "LoadBalancer"}}, after=300 * 86_400.0),
    ).fires(KUBEFLOW),
    story(
        "load balancers for few, inside, or of other things; and one that was refused",
        _ann.asks("create", "services", _DASHBOARD, namespace="a", request=_service(
            _DASHBOARD, loadBalancerSourceRanges=["81.2.69.0/24"])),
        _ann.asks("create", "services", _DASHBOARD, namespace="b", request=_service(
            _DASHBOARD, annotations={_INTERNAL: "true"})),
        _ann.asks("create", "services", _DASHBOARD, namespace="c", request=_service(
            _DASHBOARD, annotations={_TYPE: "external"})),
        _ann.asks("create", "services", _DASHBOARD, namespace="d", request=_service(_DASHBOARD, type="ClusterIP")),
        _ann.asks("create", "services", "web", namespace="shop", request=_service("web")),
        _ann.asks("patch", "services", _GATEWAY, namespace="istio-system", request={"spec": {"type": "LoadBalancer"}}),
        service_account("web", "shop").asks("create", "services", _DASHBOARD, namespace="e", code=403,
                                            request=_service(_DASHBOARD)),
    ).silent(),
]
