"""Members: the accounts that an administrator manages."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from vedette.api.enabling import FOR_MEMBERS, bring_in, new_detector
from vedette.api.errors import BadRequest
from vedette.api.features import change_features, shown_data_sources, shown_features
from vedette.api.operation import Context, operation
from vedette.api.relationships import (
    ASSOCIATED,
    MOST_MEMBERS,
    Relationships,
    detector_of,
    page,
    unprocessed,
)
from vedette.findings.configuration import Member
from vedette.findings.configured import ConfigurationReader
from vedette.findings.membership import MANAGED
from vedette.findings.store import Batch
from vedette.logs.times import format_time

_ACCOUNT = re.compile(r"[0-9]{12}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

NO_MEMBER = "the given account ID is not a member of the current account"
"""Also what an account hears that asks for what only a member can be asked."""


@operation("CreateMembers", changes=True)
def create_members(context: Context, *, detector_id: str, account_details: list[dict[str, str]]) -> dict[str, Any]:
    """Name accounts as members: to be invited, or, by the organization's delegated administrator, enabled at once."""
    context.detector(detector_id)
    left: list[dict[str, str]] = []
    with context.store.transaction() as batch:
        known = Relationships(batch, context.region)
        known.refuse_member(context.account)
        for one in account_details:
            why = _create(context, batch, known, one["accountId"], one["email"])
            if why:
                left.append(unprocessed(one["accountId"], why))
    return {"UnprocessedAccounts": left}


def _create(context: Context, batch: Batch, known: Relationships, account: str, email: str) -> str:
    """Why it was not done, or nothing."""
    if not _ACCOUNT.fullmatch(account):
        return "the given account ID is not 12 digits"
    if account == context.account:
        return "an account cannot be a member of itself"
    if not _EMAIL.fullmatch(email):
        return "the given email is no email address"
    delegated = context.account == known.delegated
    member = known.member(context.account, account)
    if member is None:
        if len(known.members(context.account)) >= MOST_MEMBERS:
            return f"the current account has {MOST_MEMBERS} members, the most that there can be"
        member = Member(account=context.account, region=context.region, id=account, email=email,
                        created=context.clock())
    elif member.relationship in ASSOCIATED and (member.by_organization or not delegated):
        return "the given account ID is already a member of the current account"
    member.email = email
    if delegated:
        return bring_in(batch, known, member, context.clock())
    member.relationship, member.by_organization, member.invitation, member.invited = "Created", False, "", 0
    known.keep(batch, member, context.clock())
    return ""


@operation("GetMembers", changes=False)
def get_members(context: Context, *, detector_id: str, account_ids: list[str]) -> dict[str, Any]:
    """Members by account."""
    context.detector(detector_id)
    found: list[dict[str, Any]] = []
    left: list[dict[str, str]] = []
    for account in dict.fromkeys(account_ids):
        member = context.store.configuration(Member, context.account, context.region, account)
        if member is None:
            left.append(unprocessed(account, NO_MEMBER))
        else:
            found.append(_described(context.store, member))
    return {"Members": found, "UnprocessedAccounts": left}


@operation("ListMembers", changes=False)
def list_members(
    context: Context, *, detector_id: str, only_associated: str = "true", max_results: int = 50, next_token: str = "",
) -> dict[str, Any]:
    """Members by account: those that are or were invited or enabled and have not left, or all that were named."""
    context.detector(detector_id)
    if only_associated.lower() not in ("true", "false"):
        raise BadRequest("The request is rejected because onlyAssociated is neither true nor false.")
    every = only_associated.lower() == "false"
    wanted = [one for one in context.store.configured(Member, context.account, context.region)
              if every or one.relationship in ASSOCIATED]
    shown, onward = page(sorted(wanted, key=_id), _id, max_results, next_token)
    return {"Members": [_described(context.store, one) for one in shown], **onward}


@operation("DeleteMembers", changes=True)
def delete_members(context: Context, *, detector_id: str, account_ids: list[str]) -> dict[str, Any]:
    """Forget accounts as members. Their GuardDuty stays as it is."""

    def delete(batch: Batch, known: Relationships, member: Member) -> str:
        known.forget(batch, member)
        return ""

    return _each(context, detector_id, account_ids, delete, lets_go=True)


@operation("InviteMembers", changes=True)
def invite_members(
    context: Context, *, detector_id: str, account_ids: list[str], disable_email_notification: bool = False,  # noqa: ARG001
    message: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """Invite members. The invitation is in the account's list at once; e-mail, and so a message, is never sent."""

    def invite(batch: Batch, known: Relationships, member: Member) -> str:
        if member.relationship in MANAGED:
            return "the given account ID is already a member of the current account"
        if member.by_organization:
            return "the given account ID belonged to the organization: CreateMembers brings it back"
        if member.relationship != "Invited":
            member.relationship, member.invitation = "Invited", secrets.token_hex(16)
        member.invited = context.clock()
        known.keep(batch, member, context.clock())
        return ""

    return _each(context, detector_id, account_ids, invite)


@operation("DisassociateMembers", changes=True)
def disassociate_members(context: Context, *, detector_id: str, account_ids: list[str]) -> dict[str, Any]:
    """Let members go, or withdraw their invitation. Their e-mail address is kept, and their GuardDuty as it is."""

    def disassociate(batch: Batch, known: Relationships, member: Member) -> str:
        if member.relationship not in ASSOCIATED:
            return "the given account ID is not associated with the current account"
        member.relationship, member.invitation, member.invited = "Removed", "", 0
        known.keep(batch, member, context.clock())
        return ""

    return _each(context, detector_id, account_ids, disassociate, lets_go=True)


@operation("StartMonitoringMembers", changes=True)
def start_monitoring_members(context: Context, *, detector_id: str, account_ids: list[str]) -> dict[str, Any]:
    """Monitor again what was stopped: the member's detector is enabled."""
    return _monitor(context, detector_id, account_ids, enabled=True)


@operation("StopMonitoringMembers", changes=True)
def stop_monitoring_members(context: Context, *, detector_id: str, account_ids: list[str]) -> dict[str, Any]:
    """Suspend the members' detectors: nothing new is found there."""
    return _monitor(context, detector_id, account_ids, enabled=False)


def _monitor(context: Context, detector_id: str, account_ids: list[str], *, enabled: bool) -> dict[str, Any]:
    def switch(batch: Batch, known: Relationships, member: Member) -> str:
        detector = detector_of(batch, member.id, context.region)
        if member.relationship not in MANAGED or detector is None:
            return _unmanaged(member)
        if detector.enabled != enabled:
            detector.enabled, detector.updated = enabled, context.clock()
            batch.configure(detector)
        member.relationship = "Enabled" if enabled else "Disabled"
        known.keep(batch, member, context.clock())
        return ""

    return _each(context, detector_id, account_ids, switch, lets_go=not enabled)


@operation("GetMemberDetectors", changes=False)
def get_member_detectors(context: Context, *, detector_id: str, account_ids: list[str]) -> dict[str, Any]:
    """What protection plans members have on."""
    context.detector(detector_id)
    found: list[dict[str, Any]] = []
    left: list[dict[str, str]] = []
    for account in dict.fromkeys(account_ids):
        member = context.store.configuration(Member, context.account, context.region, account)
        detector = detector_of(context.store, account, context.region)
        if member is None:
            left.append(unprocessed(account, NO_MEMBER))
        elif member.relationship not in MANAGED or detector is None:
            left.append(unprocessed(account, _unmanaged(member)))
        else:
            found.append({"accountId": account, "dataSources": shown_data_sources(detector),
                          "features": [one for one in shown_features(detector) if one["name"] in FOR_MEMBERS]})
    return {"MemberDataSourceConfigurations": found, "UnprocessedAccounts": left}


@operation("UpdateMemberDetectors", changes=True)
def update_member_detectors(
    context: Context, *, detector_id: str, account_ids: list[str], data_sources: dict[str, Any] | None = None,
    features: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Change members' protection plans, as UpdateDetector would in their own accounts."""
    features = features or []
    # What no detector can be asked refuses the whole request; what one of them cannot, is said of that member.
    change_features(new_detector("", "", 0), features, data_sources, now=0)

    def update(batch: Batch, known: Relationships, member: Member) -> str:  # noqa: ARG001
        detector = detector_of(batch, member.id, context.region)
        if member.relationship not in MANAGED or detector is None:
            return _unmanaged(member)
        try:
            change_features(detector, features, data_sources, now=context.clock())
        except BadRequest:
            return "the member has one of EKS_RUNTIME_MONITORING and RUNTIME_MONITORING, which exclude each other"
        detector.updated = context.clock()
        batch.configure(detector)
        return ""

    return _each(context, detector_id, account_ids, update)


def _each(
    context: Context, detector_id: str, accounts: Iterable[str],
    do: Callable[[Batch, Relationships, Member], str], *, lets_go: bool = False,
) -> dict[str, Any]:
    """Do something to the caller's members of those accounts; ``do`` says why not, or nothing."""
    context.detector(detector_id)
    left: list[dict[str, str]] = []
    with context.store.transaction() as batch:
        known = Relationships(batch, context.region)
        known.refuse_member(context.account)
        named = {account: known.member(context.account, account) for account in accounts}
        if lets_go:
            known.refuse_under_all(named.values())
        for account, member in named.items():
            why = NO_MEMBER if member is None else do(batch, known, member)
            if why:
                left.append(unprocessed(account, why))
    return {"UnprocessedAccounts": left}


def _unmanaged(member: Member) -> str:
    if member.relationship not in MANAGED:
        return f"the given account ID is a member that is {member.relationship}, not Enabled"
    return "the given account ID has no detector"


def _id(member: Member) -> str:
    return member.id


def _described(store: ConfigurationReader, member: Member) -> dict[str, Any]:
    described: dict[str, Any] = {
        "accountId": member.id, "administratorId": member.account, "masterId": member.account, "email": member.email,
        "relationshipStatus": member.relationship, "updatedAt": format_time(member.updated)}
    if member.invited:
        described["invitedAt"] = format_time(member.invited)
    # Who has not accepted shows nothing of itself.
    detector = detector_of(store, member.id, member.region) if member.relationship in MANAGED else None
    if detector is not None:
        described["detectorId"] = detector.id
    return described
