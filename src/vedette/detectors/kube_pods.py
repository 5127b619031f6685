"""What a workload's pods would be: their images, what of the node they get hold of, and what they run.

A request that makes or changes a workload has the pods' specification in it, or, where it is a list of changes, the
answer has. All of it is what somebody wrote: of any type, and of any length.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from vedette.detectors.kube_requests import WORKLOADS, dict_of, dicts_of
from vedette.logs.eks_audit import KubeCall

_MOST = 20
"""Containers of a pod, and paths, that are looked at."""
_LONGEST = 300
"""Characters of an image's name and of a path."""
_COMMAND = 4_000
"""Characters of a command that are read."""

_UNDER = ("/etc", "/root", "/proc", "/boot", "/var/lib/kubelet", "/var/lib/docker", "/var/lib/containerd",
          "/run/containerd", "/run/docker.sock", "/run/crio", "/run/dockershim.sock", "/var/spool/cron",
          "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/home/admin")
"""Places on a node through which it is taken: accounts, keys, start-up, what the kubelet and the runtime obey."""
_BUT = ("/etc/cni", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/localtime", "/etc/timezone",
        "/etc/machine-id", "/etc/os-release", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf",
        "/var/lib/kubelet/device-plugins", "/var/lib/kubelet/pod-resources", "/var/lib/kubelet/plugins",
        "/var/lib/kubelet/plugins_registry")
"""What is in these and harmless, or meant for what nodes are extended with."""
_ABOVE = frozenset({"/", "/var", "/var/lib", "/run", "/usr", "/var/spool", "/usr/local", "/home"})
"""Whole trees with such places in them."""
_CAPABILITIES = frozenset({"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "DAC_READ_SEARCH"})
"""With which a container breaks out as if it were privileged."""

_AGENTS = re.compile(
    r"(?:602401143452|877085696533|800184023465|918309763551|961992271922|590381155156|558608220178|151742754352"
    r"|759879836304|900889452093|900612956339|013241004608|455263428931)\.dkr\.ecr[.-].*"
    r"|public\.ecr\.aws/(?:eks|eks-distro|ebs-csi-driver|efs-csi-driver|fsx-csi-driver|aws-observability|datadog|"
    r"falcosecurity|cloudwatch-agent|bottlerocket)/.*"
    r"|registry\.k8s\.io/.*|quay\.io/(?:cilium|calico|tigera|prometheus)/.*|gcr\.io/datadoghq/.*"
    r"|(?:falcosecurity|calico|cilium|datadog|fluent|longhornio|rook|sysdig|dynatrace|newrelic|istio)/.*"
    r"|nvcr\.io/nvidia/.*|quay\.io/sysdig/.*|docker\.elastic\.co/beats/.*", re.ASCII)
"""Where AWS, Kubernetes and makers of well-known agents publish the images of their add-ons."""

_TOOLS = re.compile(
    r"(?:^|[/_.-])(?:kali(?:linux)?|kali-rolling|parrotsec|blackarch|metasploit(?:-framework)?|cobaltstrike|peirates|"
    r"kube-hunter|kubesploit|kdigger|amicontained|deepce|botb|impacket|chisel|ligolo(?:-ng)?|hashcat|sqlmap|nmap|"
    r"xmrig|cpuminer|ethminer)(?:$|[/_.-])", re.IGNORECASE | re.ASCII)
"""Images of distributions and tools for breaking in, and of miners."""
_SHELL = r"(?:/\w+)*/?\b(?:a|ba|da|k|z)?sh\b"
_CALLS_HOME = re.compile(
    rf"\b(?:a|ba|da|k|z)?sh\s+-i\b.{{0,200}}?/dev/(?:tcp|udp)/|/dev/(?:tcp|udp)/\S{{1,200}}\s+0[<>]&\d"
    rf"|<>\s*/dev/(?:tcp|udp)/.{{0,200}}?{_SHELL}\s*\d*[<>-]"
    rf"|\b(?:nc|ncat|netcat)(?:\.\w+)?\s[^|;&]{{0,200}}?(?:-\w*[ec]|--(?:sh-)?exec)\s*['\"]?{_SHELL}"
    rf"|\bsocat\b.{{0,300}}?\bexec:['\"]?{_SHELL}"
    r"|\bmkfifo\b.{0,300}?\|\s*(?:nc|ncat|netcat|openssl|telnet)\b"
    r"|\bsocket\.socket\(.{0,600}?(?:dup2|pty\.spawn|subprocess)"
    r"|\buse\s+socket;.{0,300}?\bexec\b|\bfsockopen\(.{0,300}?\bexec\b|\bruby\s+-rsocket\b|/inet/tcp/",
    re.IGNORECASE | re.DOTALL)
"""Commands that connect to somebody and give him a shell."""

TEMPLATES = frozenset({"daemon-set-controller", "replicaset-controller", "statefulset-controller", "job-controller",
                       "cronjob-controller", "deployment-controller", "replication-controller"})
"""Kubernetes' controllers (service accounts in ``kube-system``) that make pods, and what makes pods, by templates."""


class Pod(NamedTuple):
    """What a pod would be."""

    images: tuple[str, ...] = ()
    """Without tags and digests."""
    privileged: tuple[str, ...] = ()
    """Images of containers that are privileged."""
    mounts: tuple[tuple[str, str], ...] = ()
    """(image, path) of sensitive places on the node that a container can write to."""
    rights: tuple[str, ...] = ()
    """What of the node it gets hold of, in words."""
    tools: tuple[str, ...] = ()
    """What is told by itself: an image made for breaking in, a command that gives somebody a shell."""


def pod_of(call: KubeCall) -> Pod | None:
    """The pod that a request would make, or change a workload's pods to; None when it says nothing of pods.

    Of a request to make a workload whose body is not logged: an empty one.
    """
    if call.about.resource not in WORKLOADS or call.about.subresource not in ("", "ephemeralcontainers"):
        return None
    spec = _spec(call, call.request) or (_spec(call, call.response) if not call.request else {})
    if not spec:
        return Pod() if call.verb == "create" else None
    return _read(spec)


def is_from_template(call: KubeCall) -> bool:
    """One of Kubernetes' own controllers makes what a template says: whoever made that has been judged by it."""
    account = call.who.username.removeprefix("system:serviceaccount:kube-system:")
    # The request is decoded for it: asked last.
    return account in TEMPLATES and account != call.who.username and (not call.request or any(
        one.get("controller") is True
        for one in dicts_of(dict_of(call.request.get("metadata")).get("ownerReferences"))))


def is_of_every_node(call: KubeCall) -> bool:
    """It makes a pod that each new node gets, by a template, or by a node itself."""
    return call.who.username.startswith("system:node:") or (
        is_from_template(call) and call.who.username.endswith(":daemon-set-controller"))


def is_agent(call: KubeCall, image: str) -> bool:
    """A well-known maker's image, on every node: how add-ons get at nodes."""
    return _AGENTS.fullmatch(image) is not None and (call.about.resource == "daemonsets" or is_of_every_node(call))


def repository(image: str) -> str:
    """The image without tag and digest, and without the registry that is meant where none is named.

    >>> repository("docker.io/library/nginx:1.27"), repository("r.example:5000/shop/web@sha256:12")
    ('nginx', 'r.example:5000/shop/web')
    """
    name, _, _ = image[:_LONGEST].partition("@")
    head, slash, last = name.rpartition("/")
    named = f"{head}{slash}{last.partition(':')[0]}"
    for registry in ("docker.io/", "index.docker.io/"):
        named = named.removeprefix(registry)
    return named.removeprefix("library/")


def is_sensitive(path: str) -> bool:
    """Who writes there has the node."""
    normal = "/" + posixpath.normpath(path[:_LONGEST]).lstrip("/")
    if normal.startswith("/var/run"):
        normal = normal.removeprefix("/var")
    if normal in _ABOVE or normal in _UNDER:
        return True
    return _within(normal, _UNDER) and not _within(normal, _BUT)


def _within(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


def _spec(call: KubeCall, told: dict[str, Any]) -> dict[str, Any]:
    spec = dict_of(told.get("spec"))
    if call.about.resource == "cronjobs":
        spec = dict_of(dict_of(spec.get("jobTemplate")).get("spec"))
    return spec if call.about.resource == "pods" else dict_of(dict_of(spec.get("template")).get("spec"))


def _read(spec: dict[str, Any]) -> Pod:
    containers = [one for name in ("initContainers", "containers", "ephemeralContainers")
                  for one in dicts_of(spec.get(name))][:_MOST]
    paths = {str(one.get("name")): path for one in dicts_of(spec.get("volumes"))[:10 * _MOST]
             if isinstance(path := dict_of(one.get("hostPath")).get("path"), str) and is_sensitive(path)}
    images: dict[str, None] = {}
    privileged: dict[str, None] = {}
    mounts: dict[tuple[str, str], None] = {}
    rights = [words for name, words in _SHARES.items() if spec.get(name) is True]
    tools: dict[str, None] = {}
    for one in containers:
        image = repository(one["image"]) if isinstance(one.get("image"), str) else ""
        if image:
            images[image] = None
        context = dict_of(one.get("securityContext"))
        if context.get("privileged") is True:
            privileged[image] = None
        added = dict_of(context.get("capabilities")).get("add")
        rights += [f"capability {name}" for name in (added if isinstance(added, list) else [])[:_MOST]
                   if isinstance(name, str) and name.upper().removeprefix("CAP_") in _CAPABILITIES]
        for mount in dicts_of(one.get("volumeMounts"))[:10 * _MOST]:
            path = paths.get(str(mount.get("name")))
            if path is not None and mount.get("readOnly") is not True and len(mounts) < _MOST:
                mounts[image, path[:_LONGEST]] = None
        if _TOOLS.search(image):
            tools[f"image {image}"] = None
        if _CALLS_HOME.search(" ".join(_commands(one))[:_COMMAND]):
            tools["a command that gives somebody elsewhere a shell"] = None
    rights += [f"host path {path}" for _, path in mounts] + (["privileged container"] if privileged else [])
    return Pod(tuple(images), tuple(privileged), tuple(mounts), tuple(dict.fromkeys(rights)), tuple(tools))


_SHARES = {"hostPID": "the node's processes", "hostIPC": "the node's shared memory", "hostNetwork":
           "the node's network"}


def _commands(container: dict[str, Any]) -> Iterator[str]:
    """All that the container is told to run."""
    hooks = dict_of(container.get("lifecycle"))
    for told in (container.get("command"), container.get("args"),
                 *(dict_of(dict_of(hooks.get(name)).get("exec")).get("command") for name in ("postStart", "preStop"))):
        for one in told if isinstance(told, list) else ():
            if isinstance(one, str):
                yield one[:_COMMAND]
