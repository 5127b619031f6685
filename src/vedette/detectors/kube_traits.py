"""What a request to a cluster's API server shows of who makes it: who it is, from where, with what, and what it is for.

Each is a **trait**, as of calls to AWS (`vedette.detectors.traits`). What Kubernetes' and EKS's own parts do follows
from what others asked for: of them only the kind of request, the network and the program are traits. A cluster's pods
are all in one network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from vedette.baselines.habits import WITHIN
from vedette.detectors.known import Known
from vedette.detectors.kube_pods import Pod, is_from_template, pod_of
from vedette.detectors.kube_requests import BINDINGS, WORKLOADS, dict_of, dicts_of, role_of
from vedette.detectors.traits import network_around, short, with_what
from vedette.logs.eks_audit import ANONYMOUS, KubeCall, KubeUser

ROLES = frozenset({"roles", "clusterroles"})
REVIEWS = frozenset({"selfsubjectaccessreviews", "selfsubjectrulesreviews"})
"""Questions of what one may do oneself."""

_NODE, _ACCOUNT = "system:node:", "system:serviceaccount:"
_OWN = ("system:", "eks:")
_SESSION = re.compile(r"arn:aws[\w-]*:sts::(\d+):assumed-role/([^/]+)/(.*)", re.DOTALL)
_SSO = "AWSReservedSSO_"
_INSIDE = re.compile(r"10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|127\."
                     r"|::1$|f[cd][0-9a-f]{2}:", re.ASCII | re.IGNORECASE)
_HELM = frozenset({"owner=helm"})
_MOST = 30
"""Rules of a role, and words of a rule, that are looked at."""


class Act(StrEnum):
    """What a request is for, as GuardDuty's types of unusual behaviour tell it."""

    CHECK = "checks"
    READ = "secrets"
    EXEC = "commands"
    DEPLOY = "workloads"
    ROLE = "roles"
    BIND = "bindings"


def act_of(call: KubeCall) -> Act | None:
    """What the request is for; None: nothing of these, nothing that was answered yet, or only to see what would be."""
    about = call.about
    what = (about.resource, about.subresource)
    if not call.code or "dryRun=All" in call.request_uri:
        return None
    if (about.resource == "secrets" and not about.subresource) or what == ("serviceaccounts", "token"):
        return Act.READ
    if about.resource in REVIEWS:
        return Act.CHECK
    if what in (("pods", "exec"), ("pods", "attach")):
        return Act.EXEC
    if about.subresource not in ("", "ephemeralcontainers"):
        return None
    if about.resource in WORKLOADS:
        return Act.DEPLOY
    return Act.ROLE if about.resource in ROLES else Act.BIND if about.resource in BINDINGS else None


def is_refused(call: KubeCall) -> bool:
    """It was tried, and forbidden."""
    return call.code in (401, 403)


def identified(call: KubeCall) -> tuple[str, str]:
    """Who it is, and whose ways are like his.

    Nodes come and go, and are one. Of IAM's roles sessions do not count, but of Identity Center's, which many people
    share, each person is one. Service accounts are compared with others of their namespace, people with their groups.
    """
    who = call.who
    name = who.username
    if name.startswith(_NODE):
        return "system:nodes", "system:nodes"
    if name.startswith(_ACCOUNT):
        return short(name), peers_of_account(name)
    if name.startswith(_OWN):
        return short(name), "the cluster's own"
    groups = sorted({one for one in who.groups[:_MOST] if one != "system:authenticated"})
    # Whoever names groups does not say which is within which.
    return short(_person(who)), short(", ".join(groups).replace(WITHIN, "/") or "people")


def _person(who: KubeUser) -> str:
    told = who.extra or {}
    canonical = next(iter(told.get("canonicalArn", ())), "")
    session = next(iter(who.sessions), "")
    if canonical:
        return f"{canonical}/{session}" if _SSO in canonical and session else canonical
    found = _SESSION.fullmatch(who.username)
    return who.username if found is None or _SSO in found[2] else f"role {found[2]} of {found[1]}"


def is_somebody(call: KubeCall) -> bool:
    """It says who asks: who does not, has no habits."""
    return call.who.username not in ("", ANONYMOUS)


def is_machinery(call: KubeCall) -> bool:
    """Kubernetes' or EKS's own part, or a controller that makes what a template says."""
    name = call.who.username
    return (name.startswith(_OWN) and not name.startswith(_ACCOUNT)) or is_from_template(call)


def traits_of(call: KubeCall, act: Act, pod: Pod | None, known: Known) -> list[str]:
    """What the request shows."""
    around = [with_what(call.user_agent or "")]
    address = (call.source_ips or ("",))[-1]
    if not (call.who.username.startswith(_ACCOUNT) and is_inside(address)):
        around.append(f"network:{network_around(address, known)}")
    if call.impersonated:
        around.append(f"user:{call.impersonated.username}")
    asked = requested(call)
    if is_machinery(call):
        return list(map(short, (f"request:{asked}", *around)))
    if is_refused(call):
        return list(map(short, (f"denied:{asked} in {_where(call)}", *around)))
    done = [f"request:{asked}"]
    if act is not Act.CHECK and not _is_of_helm(call):
        done.append(f"namespace:{act} in {_where(call)}")
    if pod is not None:
        done += [f"image:{image}" for image in pod.images]
    done += [f"right:{right}" for right in rights_of(call, act, pod)]
    return list(map(short, (*done, *around)))


def is_inside(address: str) -> bool:
    """An address of a private network: where pods are, and EKS's side of a cluster."""
    return _INSIDE.match(address) is not None


def runs(call: KubeCall) -> str:
    """The service account whose pod a node asks a token for: it is there, whether it asks for anything or not."""
    about = call.about
    if about.subresource != "token" or not call.who.username.startswith(_NODE) or not call.succeeded:
        return ""
    return short(f"{_ACCOUNT}{about.namespace}:{about.name}")


def peers_of_account(name: str) -> str:
    """The other service accounts of its namespace."""
    return short(f"system:serviceaccounts:{name.removeprefix(_ACCOUNT).partition(':')[0]}")


def requested(call: KubeCall) -> str:
    """``create pods/exec``, ``change roles``; of releases that Helm keeps as secrets, that it is these."""
    about = call.about
    what = f"{about.resource}/{about.subresource}" if about.subresource else about.resource
    verb = "change" if call.verb in ("update", "patch") else call.verb
    return f"{verb} {what}{' of Helm' if _is_of_helm(call) else ''}"


def _where(call: KubeCall) -> str:
    if call.about.namespace:
        return call.about.namespace
    return "the whole cluster"


def _is_of_helm(call: KubeCall) -> bool:
    if call.about.resource != "secrets":
        return False
    if call.about.name.startswith("sh.helm.release.v1."):
        return True
    query = call.request_uri.partition("?")[2]
    return "helm" in query and _selects_helm(query[:1_000])


@lru_cache(2_000)
def _selects_helm(query: str) -> bool:
    """The request is for what Helm's label marks, by the server's own choice."""
    selected = parse_qs(query).get("labelSelector", [""])[-1]
    return not _HELM.isdisjoint(one.strip().replace("==", "=") for one in selected.split(","))


def rights_of(call: KubeCall, act: Act, pod: Pod | None) -> list[str]:
    """Rights that the request gives, uses or asks about: powerful ones."""
    if act is Act.DEPLOY:
        return [*pod.rights, *pod.tools] if pod else []
    if act is Act.BIND:
        kind, role = role_of(call)
        return [f"{kind} {role}"] if role else []
    if act is Act.ROLE:
        told = call.resulting("rules")
        return [f"to {one}" for one in _all(_of_rules(told))]
    if act is Act.CHECK:
        asked = dict_of(dict_of(call.request.get("spec")).get("resourceAttributes"))
        part = asked.get("subresource")
        what = f"{asked.get('resource')}/{part}" if part else str(asked.get("resource"))
        return [f"asked: to {one}" for one in _powers(str(asked.get("verb")), what)]
    return []


def only_reads(call: KubeCall) -> bool:
    """The role lets one look, at no secrets and into no pod. Of one of which not all rules are known it is not said."""
    rules = call.resulting("rules")
    if not isinstance(rules, list) or len(rules) > _MOST or call.resulting("aggregationRule"):
        return False
    return all(isinstance(rule, dict) and _only_reads(rule) for rule in rules)


def _only_reads(rule: dict[str, Any]) -> bool:
    verbs, resources = rule.get("verbs"), rule.get("resources") or []
    for told in (verbs, resources):
        if not isinstance(told, list) or len(told) > _MOST or not all(isinstance(one, str) for one in told):
            return False
    into = any(one.rpartition("/")[2] in _INTO for one in _words(resources))
    return not into and _READS.issuperset(_words(verbs)) and not any(_of_rules([rule]))


def _of_rules(told: object) -> Iterator[str]:
    for rule in dicts_of(told)[:_MOST]:
        for verb in _words(rule.get("verbs")):
            for resource in _words(rule.get("resources")):
                yield from _powers(verb, resource)


def _all(words: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _words(told: object) -> list[str]:
    return [one for one in told[:_MOST] if isinstance(one, str)] if isinstance(told, list) else []


_READS = frozenset({"get", "list", "watch"})
_INTO = frozenset({"exec", "attach", "portforward", "proxy", "*"})
"""Ways into pods and nodes, which are opened with ``get`` too."""
_CHANGE = frozenset({"create", "update", "patch"})
_POWERS = (
    (frozenset({"secrets"}), _READS, "read secrets"),
    (frozenset({"serviceaccounts/token"}), frozenset({"create"}), "make tokens"),
    (frozenset({"pods/exec", "pods/attach"}), frozenset({"create", "get"}), "run commands in pods"),
    (WORKLOADS, _CHANGE, "deploy workloads"),
    (ROLES | BINDINGS, _CHANGE | {"bind", "escalate"}, "give rights"),
    (frozenset({"users", "groups", "serviceaccounts"}), frozenset({"impersonate"}), "act as others"),
    (frozenset({"nodes/proxy"}), frozenset({"get", "create"}), "reach nodes"),
    (frozenset({"mutatingwebhookconfigurations", "validatingwebhookconfigurations"}), _CHANGE, "change admission"),
    (frozenset({"certificatesigningrequests/approval"}), frozenset({"update", "patch"}), "approve certificates"),
)


def _powers(verb: str, resource: str) -> Iterator[str]:
    if verb == resource == "*":
        yield "do everything"
        return
    for resources, verbs, words in _POWERS:
        if (resource == "*" or resource in resources) and (verb == "*" or verb in verbs):
            yield words


def deployed(call: KubeCall, act: Act | None) -> Pod | None:
    """The pod that is deployed, if one is."""
    return pod_of(call) if act is Act.DEPLOY else None
