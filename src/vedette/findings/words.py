"""The words that titles and descriptions may use: only what a signal carries, or what the inventory knows."""

from __future__ import annotations

from collections.abc import Sequence

from vedette.detectors.signal import (
    ApiCallAction,
    DnsAction,
    KubeAction,
    LoginAction,
    NetworkAction,
    PortProbeAction,
    Resource,
    Signal,
)

UNKNOWN = "unknown"

VOCABULARY = frozenset({
    "account", "region", "principal", "access_key", "instance", "bucket", "list", "threat", "api", "service", "source",
    "user_agent", "direction", "protocol", "local_ip", "local_port", "remote_ip", "remote_port", "domain", "cluster",
    "verb", "target", "function", "database",
})
"""Every type's templates may use these; a type that uses others has signals that carry them as ``words``."""


def words_of(signal: Signal, instance_id: str = "", functions: Sequence[str] = ()) -> dict[str, str]:
    """The values of the vocabulary for one signal.

    ``instance_id`` is what the inventory knows the interface by, where the log itself does not say; ``functions`` are
    those that it may be the interface of.
    """
    words = dict.fromkeys(VOCABULARY, UNKNOWN)
    words |= {
        "account": signal.account or UNKNOWN, "region": signal.region or UNKNOWN,
        "principal": principal_in_words(signal.resource), "instance": _instance(signal.resource, instance_id),
        "bucket": ", ".join(signal.resource.buckets) or UNKNOWN,
        "function": _function(signal.resource, functions),
    }
    if signal.resource.access_key:
        words["access_key"] = signal.resource.access_key.access_key_id or UNKNOWN
    if signal.threats:
        words["list"] = ", ".join(threat.list_name for threat in signal.threats)
        words["threat"] = ", ".join(name for threat in signal.threats for name in threat.threat_names) or UNKNOWN
    if signal.resource.kubernetes:
        words["cluster"] = signal.resource.kubernetes.cluster or UNKNOWN
    if signal.resource.database:
        words["database"] = signal.resource.database.cluster or signal.resource.database.instance or UNKNOWN
    match signal.action:
        case LoginAction() as action:
            words |= {"source": action.remote_ip or UNKNOWN, "remote_ip": action.remote_ip or UNKNOWN}
        case ApiCallAction() as action:
            words |= {"api": action.api, "service": action.service.removesuffix(".amazonaws.com"),
                      "source": action.source or UNKNOWN, "user_agent": action.user_agent or UNKNOWN,
                      "remote_ip": action.source or UNKNOWN}
        case NetworkAction() as action:
            words |= {"direction": action.direction.lower(), "protocol": action.protocol,
                      "local_ip": action.local_ip, "local_port": str(action.local_port),
                      "remote_ip": action.remote_ip, "remote_port": str(action.remote_port)}
        case PortProbeAction() as action if action.probes:
            port, local, remote = action.probes[-1]
            words |= {"local_ip": local, "local_port": str(port), "remote_ip": remote}
        case KubeAction() as action:
            words |= {"verb": action.verb, "target": _target(action), "source": action.remote_ip or UNKNOWN,
                      "remote_ip": action.remote_ip or UNKNOWN, "user_agent": action.user_agent or UNKNOWN}
        case DnsAction() as action:
            words |= {"domain": action.domain, "protocol": action.protocol}
    return words | signal.words


def sentence(template: str, words: dict[str, str]) -> str:
    """The template filled in, starting with a capital."""
    text = template.format_map(words)
    return text[:1].upper() + text[1:]


def principal_in_words(resource: Resource) -> str:
    """Who acted, for a sentence."""
    if resource.kubernetes:
        return f"Kubernetes user {resource.kubernetes.username or UNKNOWN}"
    if resource.database:
        return f"database user {resource.database.user or UNKNOWN}"
    key = resource.access_key
    if key is None:
        return UNKNOWN
    if key.user_type == "Root":
        return "the root user"
    kinds = {"IAMUser": "IAM user", "AssumedRole": "role", "FederatedUser": "federated user", "AWSService": "service",
             "AWSAccount": "another account's principal", "IdentityCenterUser": "Identity Center user"}
    who = key.user_name or key.principal_id or key.access_key_id
    if not who and key.user_type == "AWSAccount":
        return "an anonymous caller"
    return f"{kinds.get(key.user_type, 'principal')} {who or UNKNOWN}"


def _target(action: KubeAction) -> str:
    """What a request is about: ``pods/exec web-0 in namespace shop``, or a path."""
    if not action.resource:
        return action.uri.partition("?")[0] or UNKNOWN
    what = f"{action.resource}/{action.subresource}" if action.subresource else action.resource
    named = f"{what} {action.name}" if action.name else what
    return f"{named} in namespace {action.namespace}" if action.namespace else named


_NAMED = 5


def _function(resource: Resource, functions: Sequence[str]) -> str:
    """The function, or those of which it is one."""
    names = [one.rpartition(":")[2] for one in functions[:_NAMED]] + ["others"] * (len(functions) > _NAMED)
    if len(names) > 1:
        return f"{', '.join(names[:-1])} or {names[-1]}"
    return names[0] if names else f"behind interface {resource.interface_of_function or UNKNOWN}"


def _instance(resource: Resource, instance_id: str) -> str:
    ref = resource.instance
    known = instance_id or (ref.instance_id if ref else "")
    if known or ref is None:
        return known or UNKNOWN
    return f"behind interface {ref.interface_id}" if ref.interface_id else f"at {ref.private_ip or UNKNOWN}"
