"""Invitations, as the accounts that were invited see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vedette.api.errors import BadRequest
from vedette.api.operation import Context, operation
from vedette.api.relationships import Relationships, page, unprocessed
from vedette.findings.configuration import Member
from vedette.findings.membership import MANAGED
from vedette.findings.store import Batch
from vedette.logs.times import format_time


@operation("AcceptAdministratorInvitation", changes=True)
def accept_administrator_invitation(
    context: Context, *, detector_id: str, administrator_id: str, invitation_id: str
) -> dict[str, Any]:
    """Become a member of the account that invited."""
    context.detector(detector_id)
    with context.store.transaction() as batch:
        known = Relationships(batch, context.region)
        member = known.member(administrator_id, context.account)
        if member is None or member.relationship != "Invited" or member.invitation != invitation_id:
            raise BadRequest(
                "The request is rejected because the given account has not sent the current account an invitation of "
                "that invitation ID, or it was withdrawn or declined.")
        manager = known.manager(context.account)
        if manager is not None:
            raise BadRequest(
                "The request is rejected because the current account already is a member account of the administrator "
                f"{manager.account}.")
        if known.leads(context.account):
            raise BadRequest(
                "The request is rejected because the current account is an administrator that has members itself.")
        if known.manager(administrator_id) is not None:
            raise BadRequest(
                "The request is rejected because the given account has become a member account itself.")
        member.relationship = "Enabled"
        known.keep(batch, member, context.clock())
    return {}


@operation("AcceptInvitation", changes=True)
def accept_invitation(context: Context, *, detector_id: str, master_id: str, invitation_id: str) -> dict[str, Any]:
    """The older name of AcceptAdministratorInvitation."""
    return accept_administrator_invitation(
        context, detector_id=detector_id, administrator_id=master_id, invitation_id=invitation_id) or {}


@operation("ListInvitations", changes=False)
def list_invitations(context: Context, *, max_results: int = 50, next_token: str = "") -> dict[str, Any]:
    """The invitations to this account, by who sent them: also the accepted one, and declined ones not yet deleted."""
    shown, onward = page(_invitations(context), lambda one: one.account, max_results, next_token)
    return {"Invitations": [_described(one) for one in shown], **onward}


@operation("GetInvitationsCount", changes=False)
def get_invitations_count(context: Context) -> dict[str, Any]:
    """How many there are, but for the accepted one."""
    return {"InvitationsCount": sum(one.relationship not in MANAGED for one in _invitations(context))}


@operation("DeclineInvitations", changes=True)
def decline_invitations(context: Context, *, account_ids: list[str]) -> dict[str, Any]:
    """Say no. The invitation stays in the list until it is deleted, and cannot be accepted any more."""

    def decline(member: Member) -> None:
        member.relationship = "Resigned"

    return _each(context, account_ids, decline)


@operation("DeleteInvitations", changes=True)
def delete_invitations(context: Context, *, account_ids: list[str]) -> dict[str, Any]:
    """Take invitations out of the list. One that was not answered is declined."""

    def delete(member: Member) -> None:
        member.relationship, member.invitation, member.invited = "Resigned", "", 0

    return _each(context, account_ids, delete)


def _each(context: Context, accounts: list[str], do: Callable[[Member], None]) -> dict[str, Any]:
    """Change the invitations that those accounts sent to the caller."""
    left: list[dict[str, str]] = []
    with context.store.transaction() as batch:
        known = Relationships(batch, context.region)
        for account in dict.fromkeys(accounts):
            why = _answered(context, batch, known, account, do)
            if why:
                left.append(unprocessed(account, why))
    return {"UnprocessedAccounts": left}


def _answered(
    context: Context, batch: Batch, known: Relationships, account: str, do: Callable[[Member], None]
) -> str:
    member = known.member(account, context.account)
    if member is None or not member.invitation:
        return "the given account ID has not invited the current account"
    if member.relationship in MANAGED:
        return "the invitation was accepted: disassociate from the administrator account first"
    do(member)
    known.keep(batch, member, context.clock())
    return ""


def _invitations(context: Context) -> list[Member]:
    return [one for one in Relationships(context.store, context.region).known_to(context.account) if one.invitation]


def _described(member: Member) -> dict[str, Any]:
    return {"accountId": member.account, "invitationId": member.invitation,
            "relationshipStatus": member.relationship, "invitedAt": format_time(member.invited)}
