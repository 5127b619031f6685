"""GuardDuty switched on in accounts by their organization's delegated administrator."""

from __future__ import annotations

from collections.abc import Collection

from vedette.api.features import ADDITIONAL, new_features
from vedette.api.relationships import Relationships, detector_of
from vedette.findings.configuration import DetectorSettings, Feature, Member, OrganizationSettings
from vedette.findings.fold import detector_id
from vedette.findings.store import Batch

FOR_MEMBERS = tuple(name for name in ADDITIONAL if name != "AI_ANALYST")
"""The features that an administrator sets for its members and the organization."""


def new_detector(account: str, region: str, now: int) -> DetectorSettings:
    """A detector as CreateDetector makes it when nothing more is said."""
    return DetectorSettings(account=account, region=region, id=detector_id(account, region), created=now, updated=now,
                            features=new_features(now))


def bring_in(batch: Batch, known: Relationships, member: Member, now: int) -> str:
    """Make an account a member of the organization, with GuardDuty on and the organization's features.

    Features that the organization does not enable by itself stay as they are, or off where there was no detector.

    Returns why it was not done, or nothing.
    """
    manager = known.manager(member.id)
    if manager is not None and manager.account != member.account:
        return "the given account ID is a member of another administrator"
    if known.leads(member.id):
        return "the given account ID is an administrator that has members itself"
    detector = detector_of(batch, member.id, member.region)
    if detector is None:
        if member.id == known.management:
            return "the organization's management account must enable GuardDuty itself before it is added"
        detector = new_detector(member.id, member.region, now)
        detector.features = {
            name: Feature(enabled=False, updated=now, additional=feature.additional)
            for name, feature in detector.features.items()}
    detector.enabled, detector.updated = True, now
    enable_features(detector, known.settings(), ("NEW", "ALL"), now)
    batch.configure(detector)
    member.relationship, member.by_organization, member.invitation, member.invited = "Enabled", True, "", 0
    known.keep(batch, member, now)
    return ""


def enable_features(
    detector: DetectorSettings, settings: OrganizationSettings, saying: Collection[str], now: int
) -> None:
    """Switch on the features, and what else is configured of each, of which the organization says one of ``saying``."""
    there = {**new_features(detector.created), **detector.features}
    for name in FOR_MEMBERS:
        feature = there[name]
        additional = {more: True for more, says in settings.additional.get(name, {}).items() if says in saying}
        enabled = feature.enabled or settings.features.get(name, "NONE") in saying
        if enabled != feature.enabled or not additional.items() <= feature.additional.items():
            there[name] = Feature(enabled=enabled, updated=now, additional={**feature.additional, **additional})
            detector.updated = now
    # The two exclude each other, and runtime monitoring covers EKS as well.
    if there["RUNTIME_MONITORING"].enabled and there["EKS_RUNTIME_MONITORING"].enabled:
        there["EKS_RUNTIME_MONITORING"].enabled, there["EKS_RUNTIME_MONITORING"].updated = False, now
    detector.features = there
