"""The administrator that a member has, as the member sees it."""

from __future__ import annotations

from typing import Any

from vedette.api.errors import BadRequest
from vedette.api.operation import Context, operation
from vedette.api.relationships import Relationships
from vedette.logs.times import format_time


@operation("GetAdministratorAccount", changes=False)
def get_administrator_account(context: Context, *, detector_id: str) -> dict[str, Any]:
    """Who manages this account. For one that has no administrator the member is left out, though the model requires
    it: that is how GuardDuty's clients tell."""
    return {"Administrator": _administrator(context, detector_id)}


@operation("GetMasterAccount", changes=False)
def get_master_account(context: Context, *, detector_id: str) -> dict[str, Any]:
    """The older name of GetAdministratorAccount."""
    return {"Master": _administrator(context, detector_id)}


@operation("DisassociateFromAdministratorAccount", changes=True)
def disassociate_from_administrator_account(context: Context, *, detector_id: str) -> dict[str, Any]:
    """Leave the administrator that this account accepted. GuardDuty here stays as it is."""
    context.detector(detector_id)
    with context.store.transaction() as batch:
        known = Relationships(batch, context.region)
        member = known.manager(context.account)
        if member is None:
            raise BadRequest("The request is rejected because the current account has no administrator account.")
        if member.by_organization:
            raise BadRequest(
                "The request is rejected because the current account is a member of the organization: its delegated "
                f"administrator {member.account} can disassociate it.")
        member.relationship, member.invitation, member.invited = "Resigned", "", 0
        known.keep(batch, member, context.clock())
    return {}


@operation("DisassociateFromMasterAccount", changes=True)
def disassociate_from_master_account(context: Context, *, detector_id: str) -> dict[str, Any]:
    """The older name of DisassociateFromAdministratorAccount."""
    return disassociate_from_administrator_account(context, detector_id=detector_id) or {}


def _administrator(context: Context, detector_id: str) -> dict[str, Any] | None:
    context.detector(detector_id)
    member = Relationships(context.store, context.region).manager(context.account)
    if member is None:
        return None
    described: dict[str, Any] = {"accountId": member.account, "relationshipStatus": member.relationship}
    if member.invitation:
        described |= {"invitationId": member.invitation, "invitedAt": format_time(member.invited)}
    return described
