"""The organization: who administers GuardDuty for it, and what is switched on in its accounts by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from vedette.api.enabling import FOR_MEMBERS, bring_in, enable_features, new_detector
from vedette.api.errors import BadRequest
from vedette.api.features import ADDITIONAL, BOTH_RUNTIMES, new_features
from vedette.api.operation import Context, operation
from vedette.api.relationships import MOST_MEMBERS, Relationships, detector_of
from vedette.api.single_page import refuse_token
from vedette.findings.configuration import (
    DetectorSettings,
    Member,
    OrganizationAdmin,
    OrganizationSettings,
)
from vedette.findings.membership import MANAGED
from vedette.findings.store import Batch

AutoEnable = Literal["NEW", "ALL", "NONE"]

_ACCOUNT = re.compile(r"[0-9]{12}")


@operation("EnableOrganizationAdminAccount", changes=True)
def enable_organization_admin_account(context: Context, *, admin_account_id: str) -> dict[str, Any]:
    """Name the Region's delegated administrator, and switch GuardDuty on in that account if it is not.

    Only the account that the server's configuration names as the management account may.
    """
    if not _ACCOUNT.fullmatch(admin_account_id):
        raise BadRequest("The request is rejected because adminAccountId is not 12 digits.")
    with context.store.transaction() as batch:
        known = Relationships(batch, context.region)
        _refuse_stranger(context)
        if known.delegated == admin_account_id:
            return {}
        if known.delegated:
            raise BadRequest(
                "The request is rejected because another account is already enabled as GuardDuty delegated "
                "administrator for the organization.")
        if known.manager(admin_account_id) is not None:
            raise BadRequest(
                "The request is rejected because the given account ID is a member account of an administrator.")
        now = context.clock()
        batch.configure(OrganizationAdmin(account=context.account, region=context.region, id=admin_account_id,
                                          created=now, updated=now))
        detector = detector_of(batch, admin_account_id, context.region)
        if detector is None:
            batch.configure(new_detector(admin_account_id, context.region, now))
        elif not detector.enabled:
            detector.enabled, detector.updated = True, now
            batch.configure(detector)
    return {}


@operation("DisableOrganizationAdminAccount", changes=True)
def disable_organization_admin_account(context: Context, *, admin_account_id: str) -> dict[str, Any]:
    """Take the delegated administrator's office: the organization's accounts are members no more, and stay as they are.

    Members that it invited, and that accepted, stay its own.
    """
    with context.store.transaction() as batch:
        known = Relationships(batch, context.region)
        _refuse_stranger(context)
        if not known.delegated or known.delegated != admin_account_id:
            raise BadRequest(
                "The request is rejected because the given account ID is not the GuardDuty delegated administrator of "
                "the organization.")
        for member in known.members(admin_account_id):
            if member.by_organization and member.relationship in MANAGED:
                member.relationship = "Removed"
                known.keep(batch, member, context.clock())
        batch.unconfigure(OrganizationSettings, admin_account_id, context.region, "organization")
        batch.unconfigure(OrganizationAdmin, context.account, context.region, admin_account_id)
    return {}


@operation("ListOrganizationAdminAccounts", changes=False)
def list_organization_admin_accounts(
    context: Context, *, max_results: int = 50, next_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """The Region's delegated administrator, if there is one: there are never more pages than one."""
    refuse_token(next_token)
    known = Relationships(context.store, context.region)
    _refuse_stranger(context)
    admins = [known.delegated] if known.delegated else []
    return {"AdminAccounts": [{"adminAccountId": one, "adminStatus": "ENABLED"} for one in admins]}


@operation("DescribeOrganizationConfiguration", changes=False)
def describe_organization_configuration(
    context: Context, *, detector_id: str, max_results: int = 50, next_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """What the organization's accounts are given by themselves. All features fit one page."""
    context.detector(detector_id)
    refuse_token(next_token)
    known = Relationships(context.store, context.region)
    _refuse_others(context, known)
    settings = known.settings()
    of = {name: settings.features.get(name, "NONE") for name in FOR_MEMBERS}
    features: list[dict[str, Any]] = []
    for name, says in of.items():
        one: dict[str, Any] = {"name": name, "autoEnable": says}
        if ADDITIONAL[name]:
            one["additionalConfiguration"] = [
                {"name": more, "autoEnable": settings.additional.get(name, {}).get(more, "NONE")}
                for more in ADDITIONAL[name]]
        features.append(one)
    older = {name: {"autoEnable": says != "NONE"} for name, says in of.items()}
    return {
        "AutoEnable": settings.auto_enable != "NONE",
        "AutoEnableOrganizationMembers": settings.auto_enable,
        "MemberAccountLimitReached": len(known.members(context.account)) >= MOST_MEMBERS,
        "DataSources": {
            "s3Logs": older["S3_DATA_EVENTS"],
            "kubernetes": {"auditLogs": older["EKS_AUDIT_LOGS"]},
            "malwareProtection": {
                "scanEc2InstanceWithFindings": {"ebsVolumes": older["EBS_MALWARE_PROTECTION"]}},
        },
        "Features": features,
    }


@operation("UpdateOrganizationConfiguration", changes=True)
def update_organization_configuration(
    context: Context, *, detector_id: str, auto_enable: bool | None = None,
    auto_enable_organization_members: AutoEnable | None = None, data_sources: dict[str, Any] | None = None,
    features: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Set what the organization's accounts are given by themselves.

    ALL takes effect at once on the accounts that the delegated administrator has brought in: those that were suspended
    or removed are enabled again. NEW holds when an account is brought in. NONE changes nothing that is.
    """
    context.detector(detector_id)
    if (auto_enable is None) == (auto_enable_organization_members is None):
        raise BadRequest(
            "The request is rejected because it needs one of autoEnableOrganizationMembers and autoEnable, not both.")
    asked = auto_enable_organization_members or _older(bool(auto_enable))
    now = context.clock()
    with context.store.transaction() as batch:
        known = Relationships(batch, context.region)
        _refuse_others(context, known)
        settings = known.settings()
        settings.auto_enable, settings.created, settings.updated = asked, settings.created or now, now
        _set_features(settings, features or [], data_sources or {})
        batch.configure(settings)
        _enable_all(batch, known, settings, now)
    return {}


def _enable_all(batch: Batch, known: Relationships, settings: OrganizationSettings, now: int) -> None:
    for member in known.members(settings.account):
        if not member.by_organization:
            continue
        if settings.auto_enable == "ALL" and member.relationship != "Enabled":
            # Who has found another administrator since stays with that one.
            bring_in(batch, known, member, now)
        detector = detector_of(batch, member.id, member.region) if member.relationship in MANAGED else None
        if detector is not None:
            enable_features(detector, settings, ("ALL",), now)
            batch.configure(detector)


def _set_features(
    settings: OrganizationSettings, features: list[dict[str, Any]], data_sources: Mapping[str, Any]
) -> None:
    asked: dict[str, AutoEnable] = {}
    for entry in features:
        name, says = _entry(entry, "features", FOR_MEMBERS)
        if name in asked:
            raise BadRequest(f"The request is rejected because the feature {name} is named twice.")
        asked[name] = says
        for more in entry.get("additionalConfiguration") or ():
            what, wanted = _entry(more, f"additionalConfiguration of {name}", ADDITIONAL[name])
            settings.additional.setdefault(name, {})[what] = wanted
    if {"RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING"} <= asked.keys():
        raise BadRequest(BOTH_RUNTIMES)
    for name, enabled in _switched(data_sources).items():
        if (asked.setdefault(name, _older(enabled)) != "NONE") != enabled:
            raise BadRequest(f"The request is rejected because dataSources and features disagree on {name}.")
    settings.features = {**settings.features, **asked}
    if all(settings.features.get(name, "NONE") != "NONE" for name in ("RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING")):
        raise BadRequest(BOTH_RUNTIMES)


def _entry(entry: Mapping[str, Any], where: str, known: tuple[str, ...]) -> tuple[str, AutoEnable]:
    name, says = entry.get("name"), entry.get("autoEnable")
    if not name or not says:
        raise BadRequest(f"The request is rejected because an entry of {where} has no name or no autoEnable.")
    if name not in known:
        raise BadRequest(
            f"The request is rejected because {where} cannot have {name}: it takes {', '.join(known) or 'nothing'}.")
    return name, says


def _switched(data_sources: Mapping[str, Any]) -> dict[str, bool]:
    scan = data_sources.get("malwareProtection", {}).get("scanEc2InstanceWithFindings", {})
    switches = {
        "S3_DATA_EVENTS": data_sources.get("s3Logs", {}).get("autoEnable"),
        "EKS_AUDIT_LOGS": data_sources.get("kubernetes", {}).get("auditLogs", {}).get("autoEnable"),
        "EBS_MALWARE_PROTECTION": scan.get("ebsVolumes", {}).get("autoEnable"),
    }
    return {name: enabled for name, enabled in switches.items() if enabled is not None}


def _older(auto_enable: bool) -> AutoEnable:
    return "NEW" if auto_enable else "NONE"


@operation("GetOrganizationStatistics", changes=False)
def get_organization_statistics(context: Context) -> dict[str, Any]:
    """How many accounts have GuardDuty, and each feature, on; counted now.

    The organization's accounts are those that its delegated administrator has brought in, itself, and the management
    account. Only enabled detectors count for a feature.
    """
    known = Relationships(context.store, context.region)
    _refuse_others(context, known)
    members = [one for one in known.members(context.account) if one.by_organization]
    accounts = {known.management, known.delegated, *(one.id for one in members)}
    detectors = context.store.configured(DetectorSettings, region=context.region)
    enabled = [one for one in detectors if one.account in accounts and one.enabled]
    return {"OrganizationDetails": {
        "updatedAt": context.clock(),
        "organizationStatistics": {
            "totalAccountsCount": len(accounts),
            "memberAccountsCount": _in(members, MANAGED),
            "activeAccountsCount": _in(members, ("Enabled",)),
            "enabledAccountsCount": len(enabled),
            "countByFeature": [_count(name, enabled) for name in FOR_MEMBERS],
        },
    }}


def _in(members: list[Member], relationships: tuple[str, ...]) -> int:
    return sum(one.relationship in relationships for one in members)


def _count(name: str, detectors: list[DetectorSettings]) -> dict[str, Any]:
    on = [feature for one in detectors if (feature := {**new_features(one.created), **one.features}[name]).enabled]
    counted: dict[str, Any] = {"name": name, "enabledAccountsCount": len(on)}
    if ADDITIONAL[name]:
        counted["additionalConfiguration"] = [
            {"name": more, "enabledAccountsCount": sum(one.additional.get(more, False) for one in on)}
            for more in ADDITIONAL[name]]
    return counted


def _refuse_stranger(context: Context) -> None:
    if not context.management_account:
        raise BadRequest(
            "The request is rejected because the server's configuration names no management account: set "
            "management_account in [organization].")
    if context.account != context.management_account:
        raise BadRequest(
            "The request is rejected because only the organization's management account can ask for this.")


def _refuse_others(context: Context, known: Relationships) -> None:
    if context.account != known.delegated:
        raise BadRequest(
            "The request is rejected because the current account is not the GuardDuty delegated administrator of the "
            "organization.")
