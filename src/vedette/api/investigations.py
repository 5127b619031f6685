"""Whose investigations a caller sees: its own, and those of the accounts that it manages in the Region."""

from __future__ import annotations

from vedette.api.errors import NO_SUCH_RESOURCE, ResourceNotFound
from vedette.api.operation import Context
from vedette.findings.configuration import Member
from vedette.findings.investigations import Investigation


def accounts_seen(context: Context) -> list[str]:
    """The caller's account and its enabled members."""
    members = context.store.configured(Member, context.account, context.region)
    return sorted({context.account, *(one.id for one in members if one.relationship == "Enabled")})


def found_investigation(context: Context, investigation_id: str) -> Investigation:
    """One of these accounts' investigations.

    Raises:
        ResourceNotFound: there is none of this id.
    """
    for account in accounts_seen(context):
        if found := context.store.configuration(Investigation, account, context.region, investigation_id.lower()):
            return found
    raise ResourceNotFound(NO_SUCH_RESOURCE)
