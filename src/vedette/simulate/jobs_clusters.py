"""What goes on in a company's EKS clusters: nodes, controllers, operators, deployments, and people who look after them.

An API server is asked for the same things all day. A part of that is written: of watches, leases and status reports
some each hour, of what detectors look at all that there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vedette.simulate.estate_hour import Hour, Job
from vedette.simulate.estate_plan import Network, Person, Plan
from vedette.simulate.events import Happening
from vedette.simulate.identifiers import bare_hex
from vedette.simulate.kubernetes import KubePrincipal, kube_iam, kube_user, service_account

_WITH_CLUSTERS = ("prod", "staging", "data")
_NODES = 9
_K8S = "v1.31.2 (linux/amd64) kubernetes/5864a46"
_REGISTRY = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
_TEAMS: Mapping[str, tuple[str, ...]] = {
    "shop": ("web", "cart", "checkout", "catalogue"), "pay": ("ledger", "risk", "gateway"),
    "search": ("index", "query"), "mail": ("composer", "sender"),
}
"""Namespace → services."""
_OPERATORS = (
    # namespace, account, program, what it asks of secrets: verbs, and in the whole cluster or in these namespaces
    ("cert-manager", "cert-manager", "cert-manager-controller/v1.16.1", ("list", "watch"), ()),
    ("cert-manager", "cert-manager", "cert-manager-controller/v1.16.1", ("get",), ("shop", "pay")),
    ("external-secrets", "external-secrets", "external-secrets/v0.10.4", ("get", "watch"), tuple(_TEAMS)),
    ("argocd", "argocd-application-controller", "argocd-application-controller/v2.12.4", ("list", "watch"), ()),
    ("argocd", "argocd-server", "argocd-server/v2.12.4", ("get",), ("argocd",)),
    ("monitoring", "prometheus-operator", "PrometheusOperator/0.77.1", ("list", "watch"), ("monitoring",)),
    ("kube-system", "aws-load-balancer-controller", "elbv2.k8s.aws/v2.9.0", ("watch",), ()),
    ("kyverno", "kyverno-background-controller", "background-controller/v1.12.5", ("get",), ("kyverno",)),
)
_ADDONS = (
    # name, image, has the node's network and disk
    ("aws-node", "602401143452.dkr.ecr.us-east-1.amazonaws.com/amazon-k8s-cni:v1.18.{}", "/etc/cni/net.d"),
    ("kube-proxy", "602401143452.dkr.ecr.us-east-1.amazonaws.com/eks/kube-proxy:v1.31.{}", "/lib/modules"),
    ("ebs-csi-node", "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.36.{}", "/var/lib/kubelet"),
    ("datadog", "gcr.io/datadoghq/agent:7.58.{}", "/var/run/containerd"),
    ("falco", "falcosecurity/falco:0.39.{}", "/boot"),
)


@dataclass(frozen=True, slots=True)
class _Cluster:
    network: Network
    name: str

    def account(self, namespace: str, name: str, agent: str, *, ip: str = "") -> KubePrincipal:
        """A workload's account."""
        return service_account(name, namespace, agent=agent, ip=ip or f"{self.network.prefix}.4.77", **self.home)

    def user(self, name: str, *groups: str, agent: str, ip: str = "") -> KubePrincipal:
        """One of EKS's own, or of Kubernetes'."""
        return kube_user(name, *groups, agent=agent, ip=ip or f"{self.network.prefix}.0.200", **self.home)

    def controller(self, name: str) -> KubePrincipal:
        """One of Kubernetes' controllers."""
        return self.account("kube-system", name, f"kube-controller-manager/{_K8S}/system:serviceaccount:kube-system:"
                            f"{name}", ip=f"{self.network.prefix}.0.201")

    def node(self, number: int) -> KubePrincipal:
        """A node; every one is replaced by and by."""
        ip = f"{self.network.prefix}.{4 + number % 3}.{30 + number % 200}"
        return self.user(f"system:node:ip-{ip.replace('.', '-')}.ec2.internal", "system:bootstrappers", "system:nodes",
                         agent=f"kubelet/{_K8S}", ip=ip)

    @property
    def home(self) -> dict[str, str]:
        """Where it is."""
        return {"cluster": self.name, "account": self.network.account, "region": self.network.region}


def clusters(plan: Plan) -> list[_Cluster]:
    """The company's clusters, at most one in each account."""
    homes = {network.account: network for network in reversed(plan.networks) if network.name in _WITH_CLUSTERS}
    return [_Cluster(network, f"{network.name}-apps") for network in homes.values()]


def nodes(hour: Hour) -> Iterator[Happening]:
    """Nodes report, read what their pods need, and ask for their accounts' tokens."""
    for cluster in clusters(hour.plan):
        for number in range(_NODES):
            node = cluster.node(hour.day * 2 + number)
            for turn in range(30):
                yield node.asks("update", "leases", node.username[12:], namespace="kube-node-lease", at=hour.moment())
                if turn % 3 == 0:
                    yield node.asks("patch", "nodes/status", node.username[12:], at=hour.moment())
                    yield node.asks("get", "pods", f"web-{turn}", namespace="shop", at=hour.moment())
            for namespace, services in _TEAMS.items():
                service = hour.rng.choice(services)
                yield node.asks("create", "serviceaccounts/token", service, namespace=namespace, at=hour.moment())
                yield node.asks("watch", "secrets", f"{service}-env", namespace=namespace, at=hour.moment())
                yield node.asks("get", "configmaps", "kube-root-ca.crt", namespace=namespace, at=hour.moment())
            for name, _, _ in _ADDONS:
                yield node.asks("create", "serviceaccounts/token", name, namespace="kube-system", at=hour.moment())


def machinery(hour: Hour) -> Iterator[Happening]:
    """Leader elections, EKS's own parts, the scaling of workloads, and monitors that ask for health."""
    for cluster in clusters(hour.plan):
        for name in ("kube-scheduler", "kube-controller-manager", "cloud-controller-manager"):
            who = cluster.user(f"system:{name}", agent=f"{name}/{_K8S}")
            for _ in range(10):
                yield who.asks("update", "leases", name, namespace="kube-system", at=hour.moment())
        for name in ("eks:addon-manager", "eks:vpc-resource-controller", "eks:certificate-controller"):
            who = cluster.user(name, "system:authenticated", agent=f"{name[4:]}/v0.0.0 (linux/amd64)")
            yield who.asks("get", "configmaps", name[4:], namespace="kube-system", at=hour.moment())
        if hour.of_day % 6 == 2:
            manager = cluster.user("eks:addon-manager", agent="Go-http-client/1.1")
            for name, image, path in _ADDONS[:3]:
                yield manager.asks("patch", "daemonsets", name, namespace="kube-system", at=hour.moment(),
                                   request=_workload(image.format(hour.day // 20), path))
            yield manager.asks("patch", "clusterroles", "aws-node", at=hour.moment(), request={"rules": [
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch", "get"]}]})
        scaler = cluster.controller("horizontal-pod-autoscaler")
        for namespace, services in _TEAMS.items():
            yield scaler.asks("update", "deployments/scale", hour.rng.choice(services), namespace=namespace,
                              at=hour.moment())
        for path in ("/healthz", "/readyz", "/livez"):
            yield cluster.user("system:anonymous", agent="ELB-HealthChecker/2.0").asks(
                "get", uri=path, at=hour.moment())


def controllers(hour: Hour) -> Iterator[Happening]:
    """The controller manager asks for the tokens of its controllers."""
    for cluster in clusters(hour.plan):
        manager = cluster.user("system:kube-controller-manager", agent=f"kube-controller-manager/{_K8S}/controllers")
        for name in ("deployment-controller", "replicaset-controller", "job-controller", "node-controller"):
            yield manager.asks("create", "serviceaccounts/token", name, namespace="kube-system", at=hour.moment())


def operators(hour: Hour) -> Iterator[Happening]:
    """Operators read secrets and ask what they may do."""
    for cluster in clusters(hour.plan):
        for namespace, name, agent, verbs, places in _OPERATORS:
            who = cluster.account(namespace, name, f"{agent} (linux/amd64) kubernetes/$Format")
            for verb in verbs:
                for place in places or ("",):
                    yield who.asks(verb, "secrets", "" if verb != "get" else f"{place}-tls", namespace=place,
                                   at=hour.moment())
            yield who.asks("update", "leases", name, namespace=namespace, at=hour.moment())
            yield who.asks("create", "events", namespace=namespace, at=hour.moment())
        if hour.of_day % 8 == 0:
            agent = "argocd-server/v2.12.4 (linux/amd64) kubernetes/$Format"
            for verb, what in (("list", "pods"), ("*", "*"), ("list", "secrets")):
                yield cluster.account("argocd", "argocd-server", agent).asks(
                    "create", "selfsubjectaccessreviews", request=_may(verb, what), at=hour.moment())


def new_nodes(hour: Hour) -> Iterator[Happening]:
    """Karpenter brings nodes and takes them away: each gets the pods of all daemon sets, and some of the services'."""
    for cluster in clusters(hour.plan):
        for _ in range(hour.rng.randrange(3) if hour.working else hour.rng.random() < 0.3):
            daemons, replicas = cluster.controller("daemon-set-controller"), cluster.controller("replicaset-controller")
            at = hour.moment()
            for place, (name, image, path) in enumerate(_ADDONS):
                yield daemons.asks("create", "pods", namespace="kube-system", at=at + place, request=_owned(
                    "DaemonSet", name, image.format(hour.day // 20), path))
            for namespace, services in _TEAMS.items():
                service = hour.rng.choice(services)
                yield replicas.asks("create", "pods", namespace=namespace, at=at + 9, request=_owned(
                    "ReplicaSet", service, f"{_REGISTRY}/{service}:{hour.day}"))


def rollouts(hour: Hour) -> Iterator[Happening]:
    """Pipelines roll out with Helm, and Argo CD what is in Git; a new service now and then, with all that it needs."""
    if not hour.working:
        return
    for place, cluster in enumerate(clusters(hour.plan)):
        pipeline = kube_iam(f"{cluster.network.name}-deploy", agent="Helm/3.16.2", **cluster.home,
                            ip=f"20.57.43.{hour.rng.randrange(2, 250)}")
        for _ in range(hour.rng.randrange(4)):
            namespace = hour.rng.choice(list(_TEAMS))
            yield from _release(hour, cluster, pipeline, namespace, hour.rng.choice(_TEAMS[namespace]))
        argo = cluster.account("argocd", "argocd-application-controller",
                               "argocd-application-controller/v2.12.4 (linux/amd64) kubernetes/$Format")
        for _ in range(hour.rng.randrange(3)):
            namespace = hour.rng.choice(list(_TEAMS))
            service = hour.rng.choice(_TEAMS[namespace])
            yield argo.asks("patch", "deployments", service, namespace=namespace, at=hour.moment(),
                            request=_workload(f"{_REGISTRY}/{service}:{hour.day}"))
        if hour.of_day == 10 and (hour.day + place) % 5 == 0:
            name = f"svc{hour.day % 1_000}"
            at = hour.moment()
            yield pipeline.asks("create", "serviceaccounts", name, namespace="shop", at=at)
            yield pipeline.asks("create", "roles", name, namespace="shop", at=at + 1, request={"rules": [
                {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]})
            yield pipeline.asks("create", "rolebindings", name, namespace="shop", at=at + 2, request=_binding(
                name, "Role", name, "shop"))
            yield from _release(hour, cluster, pipeline, "shop", name, verb="create")


def _release(
    hour: Hour, cluster: _Cluster, who: KubePrincipal, namespace: str, service: str, verb: str = "patch",
) -> Iterator[Happening]:
    at = hour.moment()
    yield who.asks("list", "secrets", namespace=namespace, at=at, uri=f"/api/v1/namespaces/{namespace}/secrets?"
                   f"labelSelector=name%3D{service}%2Cowner%3Dhelm")
    yield who.asks("create", "secrets", f"sh.helm.release.v1.{service}.v{hour.day}", namespace=namespace, at=at + 1)
    yield who.asks("get", "secrets", f"sh.helm.release.v1.{service}.v{hour.day}", namespace=namespace, at=at + 2)
    made = _workload(f"{_REGISTRY}/{service}:{hour.day}")
    yield who.asks(verb, "deployments", service, namespace=namespace, at=at + 3, request=made)
    yield cluster.controller("deployment-controller").asks(
        "create", "replicasets", namespace=namespace, at=at + 4, request=made | _metadata("Deployment", service))
    for copy in range(2):
        yield cluster.controller("replicaset-controller").asks("create", "pods", namespace=namespace, at=at + 5 + copy,
                                                               request=_owned("ReplicaSet", service,
                                                                              f"{_REGISTRY}/{service}:{hour.day}"))


def cron_jobs(hour: Hour) -> Iterator[Happening]:
    """Cron jobs; and the runners of pipelines, which build images with Docker in Docker."""
    for cluster in clusters(hour.plan):
        crons, makers = cluster.controller("cronjob-controller"), cluster.controller("job-controller")
        for name in ("nightly-report", "cache-warmer"):
            at = hour.moment()
            yield crons.asks("create", "jobs", namespace="shop", at=at, request=_workload(
                f"{_REGISTRY}/{name}:1") | _metadata("CronJob", name))
            yield makers.asks("create", "pods", namespace="shop", at=at + 1, request=_owned(
                "Job", name, f"{_REGISTRY}/{name}:1"))
        if cluster.network.name == "staging" and hour.working:
            runner = cluster.account("runners", "gitlab-runner", "gitlab-runner 17.4.0 linux/amd64")
            for _ in range(2):
                at = hour.moment()
                yield runner.asks("create", "secrets", namespace="runners", at=at)
                yield runner.asks("create", "pods", namespace="runners", at=at + 1, request={"spec": {"containers": [
                    {"name": "build", "image": f"{_REGISTRY}/build:3"},
                    {"name": "svc-0", "image": "docker:27-dind", "securityContext": {"privileged": True}}]}})
                yield runner.asks("create", "pods/attach", f"runner-{hour.rng.randrange(9_999)}", namespace="runners",
                                  at=at + 9)
                yield runner.asks("create", "pods/exec", f"runner-{hour.rng.randrange(9_999)}", namespace="runners",
                                  at=at + 20)


_CONSOLE = (("list", "pods"), ("list", "namespaces"), ("list", "secrets"), ("list", "nodes"), ("create", "pods/exec"))
"""What k9s asks as it starts."""


def cluster_users(hour: Hour) -> Iterator[Happening]:
    """Developers look at their pods and open shells in them; operators read secrets, restart, change roles."""
    for cluster in clusters(hour.plan):
        for number, person in enumerate(hour.plan.people):
            local = (hour.of_day + person.utc_offset) % 24
            if cluster.network.account not in person.accounts or hour.weekday > 4 or not 9 <= local < 18:
                continue
            # No more than a part of them works with clusters at all.
            if number % 4 == 0 and person.permission_set in ("Developer", "Operations") and hour.rng.random() < 0.3:
                yield from _session(hour, cluster, person, number)


def _session(hour: Hour, cluster: _Cluster, person: Person, number: int) -> Iterator[Happening]:
    system = "darwin/arm64" if number % 3 else "linux/amd64"
    who = _person(cluster, person, agent=f"kubectl/v1.31.0 ({system}) kubernetes/9edcffc",
                  ip=person.home if number % 7 == hour.day % 7 else person.office)
    namespaces = list(_TEAMS)
    namespace = namespaces[number % len(namespaces)] if hour.rng.random() < 0.9 else hour.rng.choice(namespaces)
    at, pod = hour.moment(), f"{hour.rng.choice(_TEAMS[namespace])}-{bare_hex(5, person.user, hour.begin)}"
    for step, what in enumerate(("pods", "deployments", "events", "services")):
        yield who.asks("list", what, namespace=namespace, at=at + step)
    if number % 8 == 0:
        for step, (verb, what) in enumerate(_CONSOLE):
            yield replace(who, agent="k9s/v0.32.5").asks(
                "create", "selfsubjectaccessreviews", at=at + 5 + step / 10, request=_may(verb, what))
    drawn = hour.rng.random()
    yield who.asks("get", "pods/log", pod, namespace=namespace, at=at + 8)
    if drawn < 0.4:
        yield who.asks("create" if number % 3 else "get", "pods/exec", pod, namespace=namespace, at=at + 20)
    if person.permission_set == "Operations":
        yield from _operates(hour, who, namespace, at + 60)
    elif drawn > 0.9:
        yield who.asks("list", "secrets", namespace=namespace, at=at + 30, code=403)


def _operates(hour: Hour, who: KubePrincipal, namespace: str, at: float) -> Iterator[Happening]:
    service = hour.rng.choice(_TEAMS[namespace])
    yield who.asks("list", "secrets", namespace=namespace, at=at)
    yield who.asks("patch", "deployments", service, namespace=namespace, at=at + 5, request={
        "spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}})
    drawn = hour.rng.random()
    if drawn < 0.15:
        yield who.asks("patch", "deployments", service, namespace=namespace, at=at + 20, request=_workload(
            f"{_REGISTRY}/{service}:{hour.day - 1}"))
    elif drawn < 0.25:
        yield who.asks("create", "rolebindings", f"{service}-readers", namespace=namespace, at=at + 20,
                       request=_binding(f"{service}-readers", "ClusterRole", "view", namespace))
    elif drawn < 0.3:
        yield who.asks("create", "pods", f"debug-{hour.day}", namespace=namespace, at=at + 20, request={
            "spec": {"containers": [{"name": "debug", "image": "nicolaka/netshoot:v0.13"}]}})
        yield who.asks("create", "pods/attach", f"debug-{hour.day}", namespace=namespace, at=at + 24)


def _person(cluster: _Cluster, person: Person, *, agent: str, ip: str) -> KubePrincipal:
    account = cluster.network.account
    role = f"AWSReservedSSO_{person.permission_set}_{bare_hex(16, account, person.permission_set)}"
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/{person.email}"
    group = "operators" if person.permission_set == "Operations" else "developers"
    return replace(cluster.user(arn, group, agent=agent, ip=ip), uid=f"aws-iam-authenticator:{account}:{role}", extra={
        "arn": [arn], "sessionName": [person.email],
        "canonicalArn": [f"arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/{role}"]})


def _may(verb: str, what: str) -> dict[str, Any]:
    return {"spec": {"resourceAttributes": {"verb": verb, "resource": what}}}


def _binding(name: str, kind: str, role: str, namespace: str) -> dict[str, Any]:
    return {"roleRef": {"kind": kind, "name": role}, "subjects": [
        {"kind": "ServiceAccount", "name": name, "namespace": namespace}]}


def _metadata(kind: str, name: str) -> dict[str, Any]:
    return {"metadata": {"ownerReferences": [{"kind": kind, "name": name, "controller": True}]}}


def _pod(image: str, path: str = "") -> dict[str, Any]:
    container: dict[str, Any] = {"name": "main", "image": image}
    if not path:
        return {"containers": [container]}
    container |= {"securityContext": {"privileged": True}, "volumeMounts": [{"name": "host", "mountPath": "/host"}]}
    return {"containers": [container], "hostNetwork": True, "volumes": [{"name": "host", "hostPath": {"path": path}}]}


def _workload(image: str, path: str = "") -> dict[str, Any]:
    return {"spec": {"template": {"spec": _pod(image, path)}}}


def _owned(kind: str, name: str, image: str, path: str = "") -> dict[str, Any]:
    return {"spec": _pod(image, path)} | _metadata(kind, name)


JOBS: tuple[Job, ...] = (nodes, machinery, controllers, operators, new_nodes, rollouts, cron_jobs, cluster_users)
