"""A cluster's API server is asked from an address on a threat list, on an open feed, or from a Tor exit: 15 types.

*The attack.* Stolen credentials of a cluster (a kubeconfig file, a service account's token, an IAM session that is let
in) are used from an address that is known for something else already, or through Tor.

*What ordinary work looks the same.* A colleague behind a shared proxy that a feed names: trust that address. Scanners
who have no credentials: what does not say who it is, or is not believed, is left out; when it is let in all the same,
`Discovery:Kubernetes/SuccessfulAnonymousAccess` and its like say so. Other clusters' and vendors' agents that sign in
from clouds: only lists of hosts that do harm are asked.

*A request that was forbidden counts*: credentials that are valid, tried from there, are news.

*Where it is blind.* Addresses behind a proxy that does not pass them on; lists that are not loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vedette.detectors.declare import KubeCaller, detector, kube_callers_where
from vedette.detectors.finding_type import HIGH, MEDIUM, THREAT_LIST, FindingType, Plan, feeds
from vedette.detectors.known import Known
from vedette.detectors.kube_requests import KubeTactic, about_request, tactic_of
from vedette.detectors.signal import Signal
from vedette.intel.categories import HARMFUL, Category
from vedette.intel.lookup import ListInfo
from vedette.logs.eks_audit import ANONYMOUS, KubeCall
from vedette.simulate import (
    OFFICE,
    OUTSIDE,
    STRANGER,
    TOR_EXIT,
    Event,
    Given,
    KubePrincipal,
    Story,
    kube_iam,
    kube_user,
    service_account,
    story,
)

# 1. The finding types, and the lists that they need.

_SERVES = {
    KubeTactic.CREDENTIAL_ACCESS: ("read credentials", "T1552.007", HIGH),
    KubeTactic.DEFENSE_EVASION: ("took away what watches or guards", "T1562.001", HIGH),
    KubeTactic.DISCOVERY: ("looked at what there is", "T1613", MEDIUM),
    KubeTactic.IMPACT: ("changed or ran something", "T1485", HIGH),
    KubeTactic.PERSISTENCE: ("made something that stays", "T1133", MEDIUM),
}
_FEED = ("MaliciousIPCaller", "an address on feed {list}", (feeds(*HARMFUL),))
_CUSTOM = ("MaliciousIPCaller.Custom", "an address on threat list {list}", (THREAT_LIST,))
_TOR = ("TorIPCaller", "a Tor exit (feed {list})", (feeds(Category.TOR_EXIT),))


def _types(mechanism: str, where: str, needs: tuple[frozenset[str], ...]) -> dict[KubeTactic, FindingType]:
    return {
        tactic: FindingType(
            name=f"{tactic}:Kubernetes/{mechanism}", severity=severity, plan=Plan.EKS_AUDIT_LOGS,
            resource="EKSCluster",
            title=f"EKS cluster {{cluster}} was asked from {where}.",
            description=f"{{principal}} {did} in EKS cluster {{cluster}}: {{verb}} {{target}}, from {{source}}, "
            f"{where}.", attack=(technique,), needs=needs,
            remedy="Ask whoever holds these credentials whether the request was theirs. If not, take their rights "
            "away, replace the secrets that they could read, and look at all they did. If the address is yours, put it "
            "on a trusted list.",
        ) for tactic, (did, technique, severity) in _SERVES.items()
    }


FEED, CUSTOM, TOR = _types(*_FEED), _types(*_CUSTOM), _types(*_TOR)

# 2. The logic.


def _meets(of_this_kind: Callable[[ListInfo], bool]) -> Callable[[KubeCaller, Known], bool]:
    return lambda caller, known: caller.username not in ("", ANONYMOUS) and any(
        of_this_kind(match.list) for ip in caller.source_ips for match in known.intel.threats_of_ip(ip))


def _harmful(info: ListInfo) -> bool:
    return info.category in HARMFUL


def _custom(info: ListInfo) -> bool:
    return info.custom


def _tor(info: ListInfo) -> bool:
    return info.category is Category.TOR_EXIT


@detector(*FEED.values(), on=kube_callers_where(_meets(_harmful)))
def kube_caller_on_feed(call: KubeCall, known: Known) -> Iterator[Signal]:
    """The client's address is on an open feed of harmful hosts."""
    yield from _judge(call, known, _harmful, FEED)


@detector(*CUSTOM.values(), on=kube_callers_where(_meets(_custom)))
def kube_caller_on_threat_list(call: KubeCall, known: Known) -> Iterator[Signal]:
    """The client's address is on a threat list of the user's own."""
    yield from _judge(call, known, _custom, CUSTOM)


@detector(*TOR.values(), on=kube_callers_where(_meets(_tor)))
def kube_caller_through_tor(call: KubeCall, known: Known) -> Iterator[Signal]:
    """The client's address is a Tor exit."""
    yield from _judge(call, known, _tor, TOR)


def _judge(
    call: KubeCall, known: Known, of_this_kind: Callable[[ListInfo], bool], types: dict[KubeTactic, FindingType]
) -> Iterator[Signal]:
    for ip in reversed(call.source_ips or ()):
        threats = [match for match in known.intel.threats_of_ip(ip) if of_this_kind(match.list)]
        if threats:
            yield about_request(call, types[tactic_of(call)], remote_ip=ip, threats=threats)
            return


# 3. EXAMPLES.

_thief = kube_iam("deploy", ip=OUTSIDE)
_stolen = service_account("web", "shop", ip=TOR_EXIT, agent="curl/8.5.0")
_C2 = Given(feeds={"command-and-control": (OUTSIDE,)})
_LISTED = Given(threat_ips=(OUTSIDE,))
_EXIT = Given(feeds={"tor-exit": (TOR_EXIT,)})


def _tour(who: KubePrincipal) -> list[Event]:
    """One request of each tactic."""
    return [
        who.asks("list", "pods", namespace="shop"), who.asks("get", "secrets", "db", namespace="shop"),
        who.asks("delete", "networkpolicies", "deny-all", namespace="shop"),
        who.asks("create", "cronjobs", "sync", namespace="shop"),
        who.asks("create", "pods/exec", "web-0", namespace="shop"),
    ]


def _fires_all(told: Story, types: dict[KubeTactic, FindingType], who: KubePrincipal) -> Story:
    for tactic in KubeTactic:
        told = told.fires(types[tactic], {
            "resource.resourceType": "EKSCluster", "resource.eksClusterDetails.name": "shop-prod",
            "resource.kubernetesDetails.kubernetesUserDetails.username": who.username,
            "service.action.kubernetesApiCallAction.remoteIpDetails.ipAddressV4": who.ip,
        }, count=1)
    return told


EXAMPLES = [
    _fires_all(story(
        "an administrator's stolen session tours the cluster from a host that a feed calls command and control",
        _tour(_thief), given=_C2), FEED, _thief),
    _fires_all(story("the same from an address on a threat list", _tour(_thief), given=_LISTED), CUSTOM, _thief),
    _fires_all(story("a pod's stolen token is used through Tor", _tour(_stolen), given=_EXIT), TOR, _stolen),
    story(
        "a forbidden look counts; behind a proxy that passes the address on, the listed one is shown",
        kube_iam("deploy").asks("list", "secrets", code=403, ip=[OUTSIDE, OFFICE]), given=_LISTED,
    ).fires(CUSTOM[KubeTactic.CREDENTIAL_ACCESS], {
        "service.action.kubernetesApiCallAction.remoteIpDetails.ipAddressV4": OUTSIDE,
        "service.action.kubernetesApiCallAction.statusCode": 403,
    }),
    story(
        "who has no credentials is turned down, an address is trusted, and colleagues ask from the office",
        kube_user(ANONYMOUS, ip=OUTSIDE).asks("list", "pods", code=403),
        kube_user("", ip=OUTSIDE).asks("list", "pods", code=401),
        _tour(kube_iam("deploy", ip=STRANGER)), _tour(kube_iam("deploy")),
        given=Given(threat_ips=(OUTSIDE, STRANGER), trusted_ips=(STRANGER,),
                    feeds={"tor-exit": (OUTSIDE,), "scanner": (OUTSIDE,)}),
    ).silent(),
]
