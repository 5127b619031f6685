"""A detector's protection plans as the API takes and shows them: ``features``, and ``dataSources`` that came before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vedette.api.errors import BadRequest
from vedette.findings.configuration import DetectorSettings, Feature

FOUNDATIONAL = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS")
"""Shown as features, always on."""

ADDITIONAL: Mapping[str, tuple[str, ...]] = {
    "S3_DATA_EVENTS": (),
    "EKS_AUDIT_LOGS": (),
    "EBS_MALWARE_PROTECTION": (),
    "RDS_LOGIN_EVENTS": ("RDS_DATA_RISK",),
    "LAMBDA_NETWORK_LOGS": (),
    "EKS_RUNTIME_MONITORING": ("EKS_ADDON_MANAGEMENT",),
    "RUNTIME_MONITORING": ("EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT"),
    "AI_PROTECTION": (),
    "AI_ANALYST": (),
}
"""The features that can be switched, and what else is configured of each."""

# GuardDuty's reference says that all but the runtime ones are on unless they are named. The analyst is opted into: it
# is no protection plan, and it lets a model read the findings.
_OFF_AT_FIRST = frozenset({"EKS_RUNTIME_MONITORING", "RUNTIME_MONITORING", "AI_ANALYST"})

_RUNTIME = frozenset({"EKS_RUNTIME_MONITORING", "RUNTIME_MONITORING"})

BOTH_RUNTIMES = (
    "The request is rejected because EKS_RUNTIME_MONITORING and RUNTIME_MONITORING cannot both be specified: "
    "RUNTIME_MONITORING includes what EKS_RUNTIME_MONITORING does.")


def new_features(now: int) -> dict[str, Feature]:
    """What a detector made at ``now`` (ms) has where nothing else is asked for."""
    return {
        name: Feature(enabled=name not in _OFF_AT_FIRST, updated=now, additional=dict.fromkeys(additional, False))
        for name, additional in ADDITIONAL.items()}


def change_features(
    settings: DetectorSettings, features: Sequence[Mapping[str, Any]] = (),
    data_sources: Mapping[str, Any] | None = None, *, now: int,
) -> None:
    """Switch ``settings``' features as a request's ``features`` and ``dataSources`` say; what is not named stays.

    Raises:
        BadRequest: an entry has no name or status, is named twice with another status, or does not exist there; both
            runtime features are named, or would be on. ``settings`` may then be half changed: do not keep it.
    """
    asked = _asked(features)
    for name, enabled in _switched(data_sources or {}).items():
        if asked.setdefault(name, (enabled, {}))[0] != enabled:
            raise BadRequest(f"The request is rejected because dataSources and features disagree on {name}.")
    if asked.keys() >= _RUNTIME:
        raise BadRequest(BOTH_RUNTIMES)
    for name, (enabled, additional) in asked.items():
        feature = settings.features.setdefault(name, Feature(enabled=enabled))
        feature.enabled, feature.updated = enabled, now
        feature.additional = {**dict.fromkeys(ADDITIONAL[name], False), **feature.additional, **additional}
    if all(name in settings.features and settings.features[name].enabled for name in _RUNTIME):
        raise BadRequest(BOTH_RUNTIMES)


def shown_features(settings: DetectorSettings) -> list[dict[str, Any]]:
    """``features`` of a detector, the foundational ones first."""
    always = [{"name": name, "status": "ENABLED", "updatedAt": settings.created} for name in FOUNDATIONAL]
    shown: list[dict[str, Any]] = []
    for name, additional in ADDITIONAL.items():
        feature = settings.features.get(name) or Feature(enabled=name not in _OFF_AT_FIRST, updated=settings.created)
        one: dict[str, Any] = {"name": name, "status": status(feature.enabled), "updatedAt": feature.updated}
        if additional:
            one["additionalConfiguration"] = [
                {"name": more, "status": status(feature.additional.get(more, False)), "updatedAt": feature.updated}
                for more in additional]
        shown.append(one)
    return [*always, *shown]


def shown_data_sources(settings: DetectorSettings) -> dict[str, Any]:
    """``dataSources`` of a detector: the same, in the words of before."""
    of = {one["name"]: {"status": one["status"]} for one in shown_features(settings)}
    return {
        "cloudTrail": of["CLOUD_TRAIL"],
        "dnsLogs": of["DNS_LOGS"],
        "flowLogs": of["FLOW_LOGS"],
        "s3Logs": of["S3_DATA_EVENTS"],
        "kubernetes": {"auditLogs": of["EKS_AUDIT_LOGS"]},
        "malwareProtection": {"scanEc2InstanceWithFindings": {"ebsVolumes": of["EBS_MALWARE_PROTECTION"]}},
    }


def status(enabled: bool) -> str:
    """As the API spells it."""
    return "ENABLED" if enabled else "DISABLED"


def _asked(features: Sequence[Mapping[str, Any]]) -> dict[str, tuple[bool, dict[str, bool]]]:
    asked: dict[str, tuple[bool, dict[str, bool]]] = {}
    for entry in features:
        name, enabled = _entry(entry, "features", ADDITIONAL)
        additional: dict[str, bool] = {}
        for more in entry.get("additionalConfiguration") or ():
            known, on = _entry(more, f"additionalConfiguration of {name}", ADDITIONAL[name])
            if additional.setdefault(known, on) != on:
                raise BadRequest(f"The request is rejected because {known} of {name} is named twice.")
        if asked.setdefault(name, (enabled, additional)) != (enabled, additional):
            raise BadRequest(f"The request is rejected because the feature {name} is named twice.")
    return asked


def _entry(entry: Mapping[str, Any], where: str, known: Mapping[str, Any] | Sequence[str]) -> tuple[str, bool]:
    name, switch = entry.get("name"), entry.get("status")
    if not name or not switch:
        raise BadRequest(f"The request is rejected because an entry of {where} has no name or no status.")
    if name not in known:
        allowed = ", ".join(known) or "nothing"
        raise BadRequest(f"The request is rejected because {where} cannot have {name}: it takes {allowed}.")
    return name, switch == "ENABLED"


def _switched(data_sources: Mapping[str, Any]) -> dict[str, bool]:
    """The features that ``dataSources`` of a request switch."""
    volumes = data_sources.get("malwareProtection", {}).get("scanEc2InstanceWithFindings", {}).get("ebsVolumes")
    switches = {
        "S3_DATA_EVENTS": data_sources.get("s3Logs", {}).get("enable"),
        "EKS_AUDIT_LOGS": data_sources.get("kubernetes", {}).get("auditLogs", {}).get("enable"),
        "EBS_MALWARE_PROTECTION": volumes,
    }
    return {name: enabled for name, enabled in switches.items() if enabled is not None}
